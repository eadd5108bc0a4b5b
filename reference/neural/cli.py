"""The commands of ``python -m reference.neural``; results on stdout, all else on stderr.

Exit codes: 0 fine, 2 the arguments or files given are at fault, or the extra is missing,
130 stopped by a signal, with the state saved.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from reference.errors import RecipeError
from reference.neural.config import Config, load_config
from reference.report import plain
from xacle_eval import XacleEvalError

__all__ = ["main", "run"]

INTERRUPTED = 130  # 128 + SIGINT, as shells report it
NEEDED = ("torch", "transformers", "safetensors")
SPLITS = ("train", "validation", "test")
CONFIGS = Path(__file__).with_name("configs")

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
F = TypeVar("F", bound=Callable[..., Any])


def _settings(command: F) -> F:
    """Add the options that make the settings."""
    for option in (
        click.option("--workers", type=click.IntRange(0), metavar="N", help="Processes that read clips."),
        click.option("--seed", type=click.IntRange(0), metavar="N", help="Of weights, order and dropout."),
        click.option(
            "--encoders", type=click.Choice(["random"]), help="Random encoders, with a small RoBERTa: for tests."
        ),
        click.option(
            "--config", "settings", metavar="NAME|FILE",
            help="official, small, or a TOML file. [default: official]",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def _config(
    settings: str | None, encoders: str | None, seed: int | None, workers: int | None
) -> Config:
    named = CONFIGS / f"{settings}.toml"
    path = (
        named
        if settings is not None and named.is_file()
        else None
        if settings is None
        else Path(settings)
    )
    if path is not None and not path.exists():
        names = " or ".join(sorted(file.stem for file in CONFIGS.glob("*.toml")))
        raise RecipeError(f"there are no settings {settings}: name {names}, or a TOML file")
    changes: dict[str, dict[str, Any]] = {}
    if encoders is not None:
        changes["encoders"] = {"text": encoders, "audio": encoders}
    training = {"seed": seed, "workers": workers}
    given = {name: value for name, value in training.items() if value is not None}
    return load_config(path, changes | ({"training": given} if given else {}))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """The official baseline's architecture: BYOL-A and RoBERTa through a BiLSTM.

    \b
    Examples:
      python -m reference.neural train XACLE/ -o run/ --config my.toml
      torchrun --nproc-per-node 2 -m reference.neural train XACLE/ -o run/
      python -m reference.neural predict XACLE/ --model run/model.safetensors -o Neural_Reference_01.csv
    """


@main.command("train")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "-o", "--output", type=FOLDER, required=True, metavar="FOLDER", help="Model, history and state."
)
@click.option("--resume", is_flag=True, help="Go on from the last saved step of the run in FOLDER.")
@_settings
def train_command(
    directory: Path,
    output: Path,
    resume: bool,
    settings: str | None,
    encoders: str | None,
    seed: int | None,
    workers: int | None,
) -> int:
    """Train on DIR's train split; the best model by validation SRCC is kept.

    Ctrl-C and a termination signal stop the run after its step, with the state saved; --resume
    goes on from there to the same weights.

    \b
    Examples:
      python -m reference.neural train world/ -o run/ --config small
      python -m reference.neural train world/ -o run/ --config small --resume
    """
    from reference.neural.training import train

    train(directory, output, _config(settings, encoders, seed, workers), resume=resume, say=_say)
    return 0


@main.command("predict")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "--model", type=FILE, required=True, metavar="FILE", help="model.safetensors, or best_model.pt."
)
@click.option(
    "-o", "--output", type=FILE, required=True, metavar="FILE.csv", help="The prediction file."
)
@click.option(
    "--split", type=click.Choice(SPLITS), default="test", show_default=True, help="The pairs."
)
@click.option(
    "--batch",
    type=click.IntRange(1),
    metavar="N",
    help="Pairs at a time; the predictions stay the same.",
)
@click.option(
    "--official",
    is_flag=True,
    help="The model is the organisers' checkpoint; --config says its sizes.",
)
@_settings
def predict_command(
    directory: Path,
    model: Path,
    output: Path,
    split: str,
    batch: int | None,
    official: bool,
    settings: str | None,
    encoders: str | None,
    seed: int | None,
    workers: int | None,
) -> int:
    """Predict the scores of a split of DIR, as a submission.

    \b
    Examples:
      python -m reference.neural predict world/ --model run/model.safetensors -o Neural_Reference_01.csv
      python -m reference.neural predict XACLE/ --model best_model.pt --official -o Official_Reference_01.csv
    """
    from reference.neural.predicting import predict

    config = _config(settings, encoders, seed, workers)
    if not official and any(value is not None for value in (settings, encoders, seed)):
        raise click.UsageError(
            "the settings are in the model; --config, --encoders and --seed go with --official"
        )
    number = predict(
        directory,
        output,
        model,
        split=split,
        config=config if official else None,
        batch=batch,
        workers=workers,
    )
    _say(f"{number} predictions in {output}")
    return 0


def _say(message: str) -> None:
    click.echo(message, err=True)


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code; errors of the user's become messages on stderr."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        _say(
            f"error: {', '.join(missing)} is not installed; from the checkout: pip install -e '.[neural]'"
        )
        return 2
    try:
        result = main.main(
            args=arguments, prog_name="python -m reference.neural", standalone_mode=False
        )
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return error.exit_code
    except RecipeError as error:
        from reference.neural.training import StoppedError

        _say(
            plain(str(error)) if isinstance(error, StoppedError) else f"error: {plain(str(error))}"
        )
        return INTERRUPTED if isinstance(error, StoppedError) else error.exit_code
    except XacleEvalError as error:
        _say(f"error: {plain(str(error))}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        return INTERRUPTED

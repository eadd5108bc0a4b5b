"""The commands of ``python -m reference.neural``: results on stdout, everything else on stderr.

Exit codes: 0 ok, 2 usage error, invalid file or missing extra, 130 stopped by a signal.
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
from reference.neural.stopping import StoppedError
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
    """Add the options for the settings."""
    for option in (
        click.option(
            "--workers",
            type=click.IntRange(0),
            metavar="N",
            help="Number of processes that read clips.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0),
            metavar="N",
            help="Seed of weights, order and dropout.",
        ),
        click.option(
            "--encoders",
            type=click.Choice(["random"]),
            help="Use small random encoders, for tests.",
        ),
        click.option(
            "--config",
            "settings",
            metavar="NAME|FILE",
            help="Settings: official, small, or a TOML file. [default: official]",
        ),
    ):
        command = option(command)
    return command


def _config(
    settings: str | None,
    encoders: str | None,
    seed: int | None,
    workers: int | None,
    epochs: int | None = None,
) -> Config:
    path = None if settings is None else _settings_file(settings)
    changes: dict[str, dict[str, Any]] = {}
    if encoders is not None:
        changes["encoders"] = {"text": encoders, "audio": encoders}
    training = {"seed": seed, "workers": workers, "epochs": epochs}
    given = {name: value for name, value in training.items() if value is not None}
    return load_config(path, changes | ({"training": given} if given else {}))


def _settings_file(settings: str) -> Path:
    bundled = CONFIGS / f"{settings}.toml"
    path = bundled if bundled.is_file() else Path(settings)
    if not path.exists():
        names = " or ".join(sorted(file.stem for file in CONFIGS.glob("*.toml")))
        raise RecipeError(f"unknown settings {settings!r}: use {names}, or a TOML file")
    return path


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
def main() -> None:
    """Train the official baseline's architecture and predict with it.

    \b
    Examples:
      python -m reference.neural train XACLE/ -o run/ --config my.toml
      torchrun --nproc-per-node 2 -m reference.neural train XACLE/ -o run/
      python -m reference.neural predict XACLE/ \\
        --model run/model.safetensors -o Neural_Reference_01.csv
    """


@main.command("train")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "-o",
    "--output",
    type=FOLDER,
    required=True,
    metavar="FOLDER",
    help="Write the model, history and state to FOLDER.",
)
@click.option("--resume", is_flag=True, help="Resume the run in FOLDER from its last saved step.")
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    help="Number of epochs; may be raised with --resume.",
)
@_settings
def train_command(
    directory: Path,
    output: Path,
    resume: bool,
    epochs: int | None,
    settings: str | None,
    encoders: str | None,
    seed: int | None,
    workers: int | None,
) -> int:
    """Train a model on the train split of DIR.

    The encoders, the clips and the disk are checked first. The best trained model by validation
    SRCC is kept. Ctrl-C and SIGTERM stop the run after the current step and save its state;
    --resume continues the run and gives the same weights.

    \b
    Examples:
      python -m reference.neural train world/ -o run/ --config small
      python -m reference.neural train world/ -o run/ --config small --resume
      python -m reference.neural train world/ -o run/ --config small \\
        --resume --epochs 30
    """
    from reference.neural.training import train

    config = _config(settings, encoders, seed, workers, epochs)
    train(directory, output, config, resume=resume, log=_log)
    return 0


@main.command("predict")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "--model",
    type=FILE,
    required=True,
    metavar="FILE",
    help="Model file: model.safetensors or best_model.pt.",
)
@click.option(
    "-o",
    "--output",
    type=FILE,
    required=True,
    metavar="FILE.csv",
    help="Write the predictions to this file.",
)
@click.option(
    "--split",
    type=click.Choice(SPLITS),
    default="test",
    show_default=True,
    help="Split to predict.",
)
@click.option(
    "--batch",
    type=click.IntRange(1),
    metavar="N",
    help="Pairs per batch; does not change the predictions.",
)
@click.option(
    "--official",
    is_flag=True,
    help="Read the organisers' checkpoint; --config sets its sizes.",
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
    """Predict the scores of a split of DIR and write a submission.

    With --official, the file is written as by the organisers' inference.py: two decimals.

    \b
    Examples:
      python -m reference.neural predict world/ \\
        --model run/model.safetensors -o Neural_Reference_01.csv
      python -m reference.neural predict XACLE/ --official \\
        --model best_model.pt -o Official_Reference_01.csv
    """
    from reference.neural.predicting import predict

    config = _config(settings, encoders, seed, workers)
    if not official and any(value is not None for value in (settings, encoders, seed)):
        raise click.UsageError(
            "--config, --encoders and --seed require --official; other models contain settings"
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
    _log(f"{number} predictions written to {output}")
    return 0


def _log(message: str) -> None:
    click.echo(message, err=True)


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code; report user errors on stderr."""
    given = sys.argv[1:] if arguments is None else arguments
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing and not {"-h", "--help"} & set(given):
        _log(
            f"error: missing packages: {', '.join(missing)};"
            " to install them, run in the checkout: pip install -e '.[neural]'"
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
    except StoppedError as error:
        _log(plain(str(error)))
        return INTERRUPTED
    except XacleEvalError as error:
        _log(f"error: {plain(str(error))}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _log("interrupted")
        return INTERRUPTED

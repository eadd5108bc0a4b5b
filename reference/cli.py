"""The commands of ``python -m reference``; results on stdout, all else on stderr.

Exit codes: 0 fine, 1 `check` found the dataset at fault (or the toolkit a submission),
2 the arguments or files given are at fault, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from reference.checking import check
from reference.dataset import SPLITS, load_split
from reference.loop import controls, make_world, run_loop, say, sizes, train_system
from reference.minimal.model import SIDES, Sides, load_model, save_model
from reference.progress import progress_bar
from reference.report import lines_of, plain
from reference.systems import VARIANTS, examples, variant, write_submission
from reference.world import WorldConfig
from xacle_eval import XacleEvalError

__all__ = ["main", "run"]

FAULT_IN_DATASET = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells report it

FAULTS_LISTED = 10  # of each group, without --all
DEFAULT_MODEL = "minimal.npz"
CACHE_NAME = ".features"  # hidden: the check and other programs pass it over

SMALL = {"n_train": 120, "n_validation": 40, "n_test": 60, "seconds": 2.0}
"""The world of ``loop --small``: enough to see every step, too small for good scores."""

F = TypeVar("F", bound=Callable[..., Any])
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
DEFAULTS = WorldConfig()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _jobs(command: F) -> F:
    return click.option(
        "--jobs",
        type=click.IntRange(1),
        default=_processors,
        metavar="N",
        help="Processes. [default: one a core]",
    )(command)


def _cache(command: F) -> F:
    return click.option(
        "--features-cache",
        "cache",
        type=FOLDER,
        metavar="FOLDER",
        help=f"Where statistics of clips are kept between runs. [default: DIR/{CACHE_NAME}]",
    )(command)


def _world_options(command: F) -> F:
    for name, kind, default, text in (
        ("--test N", int, DEFAULTS.n_test, "Test pairs."),
        ("--validation N", int, DEFAULTS.n_validation, "Validation pairs."),
        ("--train N", int, DEFAULTS.n_train, "Training pairs."),
        ("--seconds S", float, DEFAULTS.seconds, "Length of a clip."),
        ("--seed N", int, DEFAULTS.seed, "Seed of the world."),
    ):
        option, metavar = name.split()
        target = f"n_{option[2:]}" if option[2:] in ("train", "validation", "test") else option[2:]
        command = click.option(
            option,
            target,
            type=kind,
            default=default,
            show_default=True,
            metavar=metavar,
            help=text,
        )(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """The reference recipe: a synthetic world, a minimal predictor, and the whole loop.

    \b
    Examples:
      python -m reference loop                    everything, ending in the leaderboard
      python -m reference loop --data XACLE/      the same on a dataset in the challenge's layout
      python -m reference check XACLE/            every fault of a dataset at once
    """


@main.command("synthesize")
@click.argument("directory", metavar="DIR", type=FOLDER)
@_world_options
@_jobs
def synthesize_command(directory: Path, jobs: int, **world: Any) -> int:
    """Write a synthetic dataset into DIR, in the challenge's layout.

    Interrupted, the same command goes on with the clips that are missing.

    \b
    Examples:
      python -m reference synthesize world/
      python -m reference synthesize world/ --train 200 --validation 50 --test 100 --seconds 4
    """
    config = WorldConfig(**world)
    make_world(config, directory, jobs=jobs)
    say(f"{sizes(config)} pairs in {directory}")
    return 0


@main.command("check")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help=f"List every fault, not {FAULTS_LISTED} of each group.",
)
def check_command(directory: Path, everything: bool) -> int:
    """Check the dataset in DIR and report every fault at once.

    Ends in 1 if the dataset is at fault; warnings alone end in 0.

    \b
    Examples:
      python -m reference check XACLE/
      python -m reference check XACLE/ --all > faults.txt
    """
    with progress_bar("check") as progress:
        report = check(directory, progress=progress)
    for line in lines_of(report, most=None if everything else FAULTS_LISTED):
        click.echo(line)
    return FAULT_IN_DATASET if report.errors else 0


@main.command("train")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "-o",
    "--output",
    type=FILE,
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="MODEL.npz",
    help="The model file.",
)
@click.option(
    "--sides",
    type=click.Choice(SIDES),
    default="both",
    show_default=True,
    help="What the model sees.",
)
@click.option(
    "--variant", "name", type=click.Choice(list(VARIANTS)), default="full", show_default=True,
    help="plain: the long-term spectrum and single words only.",
)  # fmt: skip
@_cache
@_jobs
def train_command(
    directory: Path, output: Path, sides: Sides, name: str, cache: Path | None, jobs: int
) -> int:
    """Train the minimal predictor on DIR's train split.

    Regularisation is chosen on the validation split by SRCC.

    \b
    Examples:
      python -m reference train world/ -o minimal.npz
      python -m reference train world/ --sides audio -o audio_only.npz
    """
    splits = [load_split(directory, split, rated=True) for split in ("train", "validation")]
    cache = directory / CACHE_NAME if cache is None else cache
    training, validation = (examples(split, cache=cache, jobs=jobs) for split in splits)
    save_model(train_system(variant(name, sides), training, validation, output.stem), output)
    return 0


@main.command("predict")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "-o", "--output", type=FILE, required=True, metavar="FILE.csv", help="The prediction file."
)
@click.option(
    "--model",
    type=FILE,
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="MODEL.npz",
    help="What `train` wrote.",
)
@click.option(
    "--split",
    type=click.Choice(SPLITS),
    default="test",
    show_default=True,
    help="The pairs to predict.",
)
@_cache
@_jobs
def predict_command(
    directory: Path, output: Path, model: Path, split: str, cache: Path | None, jobs: int
) -> int:
    """Predict the scores of a split of DIR, as a submission.

    \b
    Examples:
      python -m reference predict world/ -o Minimal_Reference_01.csv
      python -m reference predict world/ --split validation --model audio_only.npz -o validation.csv
    """
    loaded = load_model(model)
    pairs = load_split(directory, split, rated=False)
    shown = examples(pairs, cache=directory / CACHE_NAME if cache is None else cache, jobs=jobs)
    write_submission(
        output, [pair.id for pair in pairs.pairs], loaded.predict(shown.statistics, shown.texts)
    )
    return 0


@main.command("controls")
@click.argument("directory", metavar="DIR", type=FOLDER)
@_cache
@_jobs
def controls_command(directory: Path, cache: Path | None, jobs: int) -> int:
    """Print the metrics of the predictor on DIR's test split beside its controls.

    The controls see one side only, or clips that are shuffled among the pairs.

    \b
    Example:
      python -m reference controls world/
    """
    click.echo(
        controls(directory, cache=directory / CACHE_NAME if cache is None else cache, jobs=jobs)
    )
    return 0


@main.command("loop")
@click.argument("directory", metavar="[DIR]", type=FOLDER, default="reference-loop")
@click.option(
    "--data",
    type=FOLDER,
    metavar="FOLDER",
    help="A dataset to use as it is; nothing is synthesized.",
)
@click.option(
    "--small", is_flag=True, help="A tiny world of 2 s clips: every step in well under a minute."
)
@_world_options
@_jobs
@click.pass_context
def loop_command(
    context: click.Context,
    /,
    directory: Path,
    data: Path | None,
    small: bool,
    jobs: int,
    **world: Any,
) -> int:
    """Run everything in DIR (default: reference-loop), then the toolkit on the submissions.

    Synthesize, check, train, predict; then xacle-eval validate, score and leaderboard.
    Interrupted, the same command goes on where it was: finished clips and features are kept.

    \b
    Examples:
      python -m reference loop
      python -m reference loop quick/ --seconds 4
      python -m reference loop --data XACLE/
    """
    given = {
        name for name in world if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    if data is not None and (given or small):
        raise click.UsageError(
            "--data takes a dataset as it is; options of a synthetic world do not go with it"
        )
    if small:
        world |= {name: value for name, value in SMALL.items() if name not in given}
    return run_loop(directory, data, WorldConfig(**world), jobs=jobs)


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code; errors of the user's become messages on stderr."""
    try:
        result = main.main(args=arguments, prog_name="python -m reference", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return error.exit_code
    except XacleEvalError as error:
        click.echo(f"error: {plain(str(error))}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(
            "interrupted: finished files are kept, the same command goes on from there", err=True
        )
        return INTERRUPTED

"""The commands of ``python -m reference``: results on stdout, everything else on stderr.

Exit codes: 0 ok, 1 invalid dataset (or invalid submission), 2 usage error, 130 interrupted.
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
from reference.loop import controls, log, make_world, run_loop, sizes, train_system
from reference.minimal.model import SIDES, Sides, load_model, save_model
from reference.progress import progress_bar
from reference.report import lines_of, plain
from reference.systems import VARIANTS, examples, variant, write_submission
from reference.world import WorldConfig
from xacle_eval import XacleEvalError

__all__ = ["main", "run"]

DATASET_INVALID = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells report it

PROBLEMS_LISTED = 10  # per group, without --all
DEFAULT_MODEL = "minimal.npz"
CACHE_NAME = ".features"  # hidden, so that the check and other programs ignore it

SMALL = {"n_train": 120, "n_validation": 40, "n_test": 60, "seconds": 2.0}
"""The world of ``loop --small``: large enough to run every step, too small for good scores."""

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
        help="Number of processes. [default: one per core]",
    )(command)


def _cache(command: F) -> F:
    return click.option(
        "--features-cache",
        "cache",
        type=FOLDER,
        metavar="FOLDER",
        help=f"Cache of clip features. [default: DIR/{CACHE_NAME}]",
    )(command)


def _world_options(command: F) -> F:
    for name, kind, default, text in (
        ("--test N", int, DEFAULTS.n_test, "Number of test pairs."),
        ("--validation N", int, DEFAULTS.n_validation, "Number of validation pairs."),
        ("--train N", int, DEFAULTS.n_train, "Number of training pairs."),
        ("--seconds S", float, DEFAULTS.seconds, "Length of each clip in seconds."),
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


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
def main() -> None:
    """Run the reference recipe on a synthetic world or on a real dataset.

    \b
    Examples:
      python -m reference loop                run every step, to the leaderboard
      python -m reference loop --data XACLE/  the same on a real dataset
      python -m reference check XACLE/        list all problems of a dataset
    """


@main.command("synthesize")
@click.argument("directory", metavar="DIR", type=FOLDER)
@_world_options
@_jobs
def synthesize_command(directory: Path, jobs: int, **world: Any) -> int:
    """Write a synthetic dataset to DIR, in the challenge's layout.

    DIR also gets a challenge file: use `xacle-eval score FILE --challenge DIR`.

    If interrupted, run the same command again to write the missing clips.

    \b
    Examples:
      python -m reference synthesize world/
      python -m reference synthesize world/ --train 200 --test 100 --seconds 4
    """
    config = WorldConfig(**world)
    make_world(config, directory, jobs=jobs)
    log(f"{sizes(config)} pairs in {directory}")
    return 0


@main.command("check")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help=f"List every problem instead of {PROBLEMS_LISTED} per group.",
)
def check_command(directory: Path, everything: bool) -> int:
    """Check the dataset in DIR and report all its problems.

    Exit with 1 if the dataset has errors, with 0 if it only has warnings.

    \b
    Examples:
      python -m reference check XACLE/
      python -m reference check XACLE/ --all > problems.txt
    """
    with progress_bar("check") as progress:
        report = check(directory, progress=progress)
    for line in lines_of(report, most=None if everything else PROBLEMS_LISTED):
        click.echo(line)
    return DATASET_INVALID if report.errors else 0


@main.command("train")
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "-o",
    "--output",
    type=FILE,
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="MODEL.npz",
    help="Write the model to this file.",
)
@click.option(
    "--sides",
    type=click.Choice(SIDES),
    default="both",
    show_default=True,
    help="Side of the pairs that the model uses.",
)
@click.option(
    "--variant",
    "name",
    type=click.Choice(list(VARIANTS)),
    default="full",
    show_default=True,
    help="Features; plain uses only the long-term spectrum and single words.",
)
@_cache
@_jobs
def train_command(
    directory: Path, output: Path, sides: Sides, name: str, cache: Path | None, jobs: int
) -> int:
    """Train the minimal predictor on the train split of DIR.

    Choose the regularisation by SRCC on the validation split.

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
    "-o",
    "--output",
    type=FILE,
    required=True,
    metavar="FILE.csv",
    help="Write the predictions to this file.",
)
@click.option(
    "--model",
    type=FILE,
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="MODEL.npz",
    help="Model file written by `train`.",
)
@click.option(
    "--split",
    type=click.Choice(SPLITS),
    default="test",
    show_default=True,
    help="Split to predict.",
)
@_cache
@_jobs
def predict_command(
    directory: Path, output: Path, model: Path, split: str, cache: Path | None, jobs: int
) -> int:
    """Predict the scores of a split of DIR and write a submission.

    \b
    Examples:
      python -m reference predict world/ -o Minimal_Reference_01.csv
      python -m reference predict world/ --split validation -o validation.csv
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
    """Compare the predictor with its controls on the test split.

    The controls use only one side of the pairs, or shuffled clips.

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
    help="Use this dataset instead of a synthetic one.",
)
@click.option("--small", is_flag=True, help="Use a tiny world of 2 s clips; under a minute.")
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
    """Run every step in DIR (default: reference-loop).

    Synthesize, check, train and predict, then run xacle-eval validate, score and leaderboard on
    the submissions. If interrupted, run the same command again: finished clips and features are
    kept.

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
            "--data cannot be combined with --small or options of the synthetic world"
        )
    if small:
        world |= {name: value for name, value in SMALL.items() if name not in given}
    return run_loop(directory, data, WorldConfig(**world), jobs=jobs)


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code; report user errors on stderr."""
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
            "interrupted: finished files are kept; run the same command to continue", err=True
        )
        return INTERRUPTED

"""The whole loop: synthesize a world, check it, train, predict, and run the toolkit's commands.

The working folder contains::

    world/            the synthetic dataset (not with --data, which uses the given folder)
    features/         cached features of the clips
    models/           one trained model per system
    submissions/      one prediction file per system
    challenge/        a challenge file, if the test pairs differ from those of the challenge
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

import xacle_eval as xe
from reference.challenge import CHALLENGE_NAME, challenge_file
from reference.checking import check
from reference.dataset import Split, load_split
from reference.errors import DatasetError
from reference.files import write_bytes
from reference.minimal.model import Config, Model, save_model
from reference.minimal.training import Examples, train
from reference.progress import progress_bar
from reference.report import lines_of
from reference.systems import CONTROLS, TRAINED, derived_systems, examples, write_submission
from reference.world import WorldConfig, plan, write_audio, write_metadata

__all__ = ["Sets", "controls", "log", "make_world", "run_loop", "sizes", "train_system"]

CHALLENGE = "xacle2026"
SHUFFLE_SEED = 0  # for the control that combines captions with clips of other pairs


@dataclass(frozen=True)
class Sets:
    """The three splits, ready for training and prediction, and the test split as read."""

    training: Examples
    validation: Examples
    test: Examples
    test_split: Split

    @classmethod
    def load(cls, data: Path, *, cache: Path | None, jobs: int) -> Sets:
        """Read a dataset folder and compute the features of its clips."""
        splits = [
            load_split(data, name, rated=name != "test") for name in ("train", "validation", "test")
        ]
        training, validation, test = (examples(split, cache=cache, jobs=jobs) for split in splits)
        return cls(training, validation, test, splits[2])


def log(message: str) -> None:
    """Write a progress message to stderr."""
    click.echo(message, err=True)


def sizes(config: WorldConfig) -> str:
    """Return the sizes of a world's splits, such as ``2000 + 500 + 3000``."""
    return f"{config.n_train} + {config.n_validation} + {config.n_test}"


def make_world(config: WorldConfig, directory: Path, *, jobs: int) -> None:
    """Write a synthetic dataset in the challenge's layout; finished clips are kept."""
    world = plan(config)
    write_metadata(world, directory)
    with progress_bar("clips") as progress:
        write_audio(world, directory, jobs=jobs, progress=progress)


def train_system(base: Config, training: Examples, validation: Examples, label: str) -> Model:
    """Train one system, show the progress and report the chosen settings."""
    with progress_bar(f"training {label}") as progress:
        trained = train(base, training, validation, progress=progress)
    chosen = trained.model.config
    log(
        f"{label}: validation SRCC {trained.validation_srcc:.4f}"
        f" (components {chosen.components}, mismatch {chosen.mismatch:g}, ridge {chosen.ridge:g})"
    )
    return trained.model


def run_loop(work: Path, data: Path | None, config: WorldConfig, *, jobs: int) -> int:
    """Run the whole loop.

    Parameters
    ----------
    work : Path
        Folder for all output.
    data : Path or None
        A dataset folder in the challenge's layout; None creates a synthetic one.
    config : WorldConfig
        The synthetic world.
    jobs : int
        Number of processes.

    Returns
    -------
    int
        The first exit code of the toolkit's commands that is not 0, or else 0.

    Raises
    ------
    XacleEvalError
        If the dataset is invalid or a file cannot be written.
    """
    if data is None:
        data = work / "world"
        log(f"synthesize: {sizes(config)} pairs, {config.seconds:g} s each")
        make_world(config, data, jobs=jobs)
    _check_dataset(data)
    sets = Sets.load(data, cache=work / "features", jobs=jobs)
    predictions = _predictions(sets, work / "models")
    ids = [pair.id for pair in sets.test_split.pairs]
    for label, values in predictions.items():
        write_submission(work / "submissions" / f"{label}.csv", ids, values)
    log(f"submissions: {len(predictions)} files in {work / 'submissions'}")
    return _toolkit(work, sets.test_split, baseline=next(iter(TRAINED)))


def _check_dataset(data: Path) -> None:
    with progress_bar("check") as progress:
        report = check(data, progress=progress)
    for line in lines_of(report, most=5):
        log(line)
    if report.errors:
        problems = [
            f"{problem.where}: {problem.message}"
            for problem in report.problems
            if problem.severity == "error"
        ]
        raise DatasetError(str(data), problems)


def _predictions(sets: Sets, models: Path) -> dict[str, NDArray[np.float64]]:
    result = {}
    for label, base in TRAINED.items():
        model = train_system(base, sets.training, sets.validation, label)
        save_model(model, models / f"{label}.npz")
        result[label] = model.predict(sets.test.statistics, sets.test.texts)
    return result | derived_systems(result[next(iter(TRAINED))], sets.training.scores)


def _toolkit(work: Path, test: Split, baseline: str) -> int:
    challenge = _challenge_option(work, test)
    submissions = work / "submissions"
    code = _xacle_eval("validate", submissions, *challenge)
    if test.references is None:
        log("the test pairs have no scores in this dataset: score and leaderboard are skipped")
        return code
    references = ("--references", test.references)
    code = code or _xacle_eval("score", submissions / f"{baseline}.csv", *references, *challenge)
    return code or _xacle_eval("leaderboard", submissions, *references, *challenge)


def _challenge_option(work: Path, test: Split) -> tuple[str | Path, ...]:
    """Return the options for the challenge; write a challenge file if the test pairs differ."""
    ids = [pair.id for pair in test.pairs]
    if ids == sorted(xe.load_challenge(CHALLENGE).manifest.ids):
        return ()
    folder = work / "challenge"
    write_bytes(folder / "manifest.txt", "".join(f"{pair}\n" for pair in ids).encode("utf-8"))
    contents = challenge_file(
        "reference-recipe",
        "Pairs of the reference recipe",
        "The challenge of a dataset whose test pairs are not those of xacle2026.",
        {"test": {"list": "manifest.txt"}},
    )
    write_bytes(folder / CHALLENGE_NAME, contents)
    return ("--challenge", folder / CHALLENGE_NAME)


def _xacle_eval(*arguments: str | Path) -> int:
    """Run a command of the toolkit as a user would, with the same stdout and stderr."""
    words = [str(argument) for argument in arguments]
    log(f"\n$ xacle-eval {' '.join(words)}")
    sys.stdout.flush()
    return subprocess.run([sys.executable, "-m", "xacle_eval", *words], check=False).returncode


def controls(data: Path, *, cache: Path | None, jobs: int) -> str:
    """Compare the baseline with its one-sided and shuffled controls.

    Parameters
    ----------
    data : Path
        The dataset folder.
    cache : Path or None
        Cache of clip features.
    jobs : int
        Number of processes.

    Returns
    -------
    str
        A Markdown table of SRCC, LCC, KTAU and MSE on the test split.

    Raises
    ------
    XacleEvalError
        If the dataset is invalid or its test pairs have no scores.
    """
    sets = Sets.load(data, cache=cache, jobs=jobs)
    if np.isnan(sets.test.scores).any():
        raise DatasetError(str(data), ["test: pairs without a score; the controls need all scores"])
    rows = []
    for label, base in CONTROLS.items():
        model = train_system(base, sets.training, sets.validation, label)
        rows.append(
            _row(label, model.predict(sets.test.statistics, sets.test.texts), sets.test.scores)
        )
        if base.sides == "both":
            order = np.random.default_rng(SHUFFLE_SEED).permutation(len(sets.test.texts))
            shuffled = model.predict(sets.test.statistics[order], sets.test.texts)
            rows.append(
                _row("both sides, clips shuffled among the test pairs", shuffled, sets.test.scores)
            )
    return "\n".join(
        ["| system | SRCC | LCC | KTAU | MSE |", "| --- | ---: | ---: | ---: | ---: |", *rows]
    )


def _row(label: str, predictions: NDArray[np.float64], scores: NDArray[np.float64]) -> str:
    measures = (xe.metrics.srcc, xe.metrics.lcc, xe.metrics.ktau, xe.metrics.mse)
    return (
        f"| {label} | "
        + " | ".join(f"{measure(predictions, scores):.4f}" for measure in measures)
        + " |"
    )

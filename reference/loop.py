"""The whole loop: a world, its check, training, submissions, and the toolkit's own commands on
them.

In the working folder::

    world/            the synthetic dataset (with --data: not made, the given folder is used)
    features/         statistics of clips, kept between runs
    models/           a trained model a system
    submissions/      a prediction file a system
    challenge/        a challenge file, where the test pairs are not those of the challenge
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

__all__ = ["Sets", "controls", "make_world", "run_loop", "say", "sizes", "train_system"]

CHALLENGE = "xacle2026"
SHUFFLE_SEED = 0  # of the control that gives every caption another pair's clip

CHALLENGE_FILE = """\
# The challenge of a dataset whose test pairs are not those of xacle2026; the rules are the same.
name = "reference-recipe"
title = "Pairs of the reference recipe"
default_split = "test"

[ids]
column = "wav_file_name"
aliases = ["wave_file_name"]
ending = ".wav"
text = { column = "text" }

[predictions]
column = "pred_score"

[references]
column = "average_score"
aliases = ["average_semantic_alignement_score"]

[ratings]
column = "score"
listener = { column = "listener_id" }

[scores]
minimum = 0
maximum = 10

[splits.test]
list = "manifest.txt"

[ranking]
order = ["SRCC", "LCC", "KTAU", "MSE"]
decimals = 3
undefined = 0.0
level = "pair"

[submissions]
systems_per_team = 4
label_pattern = '^(?P<team>.+)_\\d+$'
"""


@dataclass(frozen=True)
class Sets:
    """The three splits, ready for training and prediction; `test` also as the folder gives it."""

    training: Examples
    validation: Examples
    test: Examples
    test_split: Split

    @classmethod
    def load(cls, data: Path, *, cache: Path | None, jobs: int) -> Sets:
        """Read a dataset folder and the statistics of its clips."""
        splits = [
            load_split(data, name, rated=name != "test") for name in ("train", "validation", "test")
        ]
        training, validation, test = (examples(split, cache=cache, jobs=jobs) for split in splits)
        return cls(training, validation, test, splits[2])


def say(message: str) -> None:
    """Write a line about the progress of the work to stderr."""
    click.echo(message, err=True)


def sizes(config: WorldConfig) -> str:
    """Return the sizes of a world's splits in words."""
    return f"{config.n_train} + {config.n_validation} + {config.n_test}"


def make_world(config: WorldConfig, directory: Path, *, jobs: int) -> None:
    """Write a synthetic dataset in the challenge's layout; finished clips are kept."""
    world = plan(config)
    write_metadata(world, directory)
    with progress_bar("clips") as progress:
        write_audio(world, directory, jobs=jobs, progress=progress)


def train_system(base: Config, training: Examples, validation: Examples, label: str) -> Model:
    """Train one system, showing its progress, and say what was chosen."""
    with progress_bar(f"training {label}") as progress:
        trained = train(base, training, validation, progress=progress)
    chosen = trained.model.config
    say(
        f"{label}: validation SRCC {trained.validation_srcc:.4f}"
        f" (components {chosen.components}, mismatch {chosen.mismatch:g}, ridge {chosen.ridge:g})"
    )
    return trained.model


def run_loop(work: Path, data: Path | None, config: WorldConfig, *, jobs: int) -> int:
    """Run the whole loop and return the exit code of the toolkit's commands.

    Parameters
    ----------
    work : Path
        Folder for everything that is made.
    data : Path or None
        A dataset folder in the challenge's layout; None makes a synthetic one.
    config : WorldConfig
        The synthetic world.
    jobs : int
        Processes.

    Raises
    ------
    XacleEvalError
        If the dataset is at fault or something cannot be written.
    """
    if data is None:
        data = work / "world"
        say(f"synthesize: {sizes(config)} pairs, {config.seconds:g} s each")
        make_world(config, data, jobs=jobs)
    _checked(data)
    sets = Sets.load(data, cache=work / "features", jobs=jobs)
    predictions = _predictions(sets, work / "models")
    ids = [pair.id for pair in sets.test_split.pairs]
    for label, values in predictions.items():
        write_submission(work / "submissions" / f"{label}.csv", ids, values)
    say(f"submissions: {len(predictions)} files in {work / 'submissions'}")
    return _toolkit(work, sets.test_split, baseline=next(iter(TRAINED)))


def _checked(data: Path) -> None:
    with progress_bar("check") as progress:
        report = check(data, progress=progress)
    for line in lines_of(report, most=5):
        say(line)
    if report.errors:
        faults = [
            f"{fault.where}: {fault.message}"
            for fault in report.faults
            if fault.severity == "error"
        ]
        raise DatasetError(str(data), faults)


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
        say("the test pairs have no scores in this dataset: the loop ends here")
        return code
    references = ("--references", test.references)
    code = code or _xacle_eval("score", submissions / f"{baseline}.csv", *references, *challenge)
    return code or _xacle_eval("leaderboard", submissions, *references, *challenge)


def _challenge_option(work: Path, test: Split) -> tuple[str | Path, ...]:
    """Return the options that name the challenge; a file is written where the test pairs are
    others.
    """
    ids = [pair.id for pair in test.pairs]
    if ids == sorted(xe.load_challenge(CHALLENGE).manifest.ids):
        return ()
    folder = work / "challenge"
    write_bytes(folder / "manifest.txt", "".join(f"{pair}\n" for pair in ids).encode("utf-8"))
    write_bytes(folder / "challenge.toml", CHALLENGE_FILE.encode("utf-8"))
    return ("--challenge", folder / "challenge.toml")


def _xacle_eval(*arguments: str | Path) -> int:
    """Run a command of the toolkit as a user would; its output goes where ours goes."""
    words = [str(argument) for argument in arguments]
    say(f"\n$ xacle-eval {' '.join(words)}")
    sys.stdout.flush()
    return subprocess.run([sys.executable, "-m", "xacle_eval", *words], check=False).returncode


def controls(data: Path, *, cache: Path | None, jobs: int) -> str:
    """Return a Markdown table of the metrics of the baseline, its one-sided versions and a shuffled
    test.

    Raises
    ------
    XacleEvalError
        If the dataset is at fault or its test pairs have no scores.
    """
    sets = Sets.load(data, cache=cache, jobs=jobs)
    if np.isnan(sets.test.scores).any():
        raise DatasetError(str(data), ["test: pairs have no score; the controls need them"])
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

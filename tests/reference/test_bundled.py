"""The files bundled with the toolkit equal the output of the recipe."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import xacle_eval as xe
from reference.world import same_ratings
from tests.reference.builders import command

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_submissions"
LARGEST_BYTES = 200_000


def test_the_demo_ratings_are_those_of_the_recipe() -> None:
    """The bundled demo ratings are small and equal the recipe's output byte by byte."""
    packed = (
        files("xacle_eval") / "challenge" / "bundled" / "xacle2026" / "demo_ratings.csv.gz"
    ).read_bytes()
    assert len(packed) < LARGEST_BYTES
    assert same_ratings(packed)


def test_the_samples_form_a_leaderboard() -> None:
    """At least six samples of four teams are ranked, and LCC breaks a tie in SRCC."""
    board = xe.leaderboard(SAMPLES)
    assert len(board.entries) >= 6
    assert len({entry.team for entry in board.entries}) >= 4
    assert not board.unranked
    assert all(re.fullmatch(r"\w+_\d\d", entry.system) for entry in board.entries)
    first, second = board.entries[:2]
    assert first.rounded["SRCC"] == second.rounded["SRCC"]
    assert (first.rounded["LCC"] or 0) > (second.rounded["LCC"] or 0)
    assert (first.rank, second.rank) == (1, 2)
    assert board.references is not None
    assert board.references.kind == "demo"


def _predictions(path: Path) -> tuple[list[str], np.ndarray]:
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]
    return [row[0] for row in rows], np.array([float(row[1]) for row in rows])


@pytest.mark.long
def test_the_loop_reproduces_the_samples(tmp_path: Path) -> None:
    """The loop on the default world prints the leaderboard and reproduces the samples."""
    done = command("loop", "work", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Minimal_Reference_01" in done.stdout.rpartition("leaderboard")[2]
    made = tmp_path / "work" / "submissions"
    assert sorted(file.name for file in made.iterdir()) == sorted(
        file.name for file in SAMPLES.iterdir()
    )
    for sample in sorted(SAMPLES.iterdir()):
        ids, predicted = _predictions(sample)
        again, values = _predictions(made / sample.name)
        assert again == ids
        # Another mathematics library may change the last bits of the audio, which can change a
        # prediction that is rounded to an integer: nearly all must agree closely.
        assert np.mean(np.abs(values - predicted) < 0.01) > 0.99, sample.name

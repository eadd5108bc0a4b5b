"""Probe-like predictions (XAC067): nearly constant ones with a few spikes."""

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA, codes, make_submission
from xacle_eval.challenge.columns import ScoreRange
from xacle_eval.submissions.probes import probe_finding

EXAMPLE = DATA / "example"
SCALE = ScoreRange(minimum=0, maximum=10)
RNG = np.random.default_rng(1)


def spiked(values, *spikes):
    """Return predictions whose first ones are replaced."""
    values = np.array(values, dtype=float)
    values[: len(spikes)] = spikes
    return values


@pytest.mark.parametrize(
    "predictions",
    [
        spiked(np.full(3000, 5.0), 110.0),
        spiked(np.full(3000, 5.0), 5.125),
        spiked(np.zeros(3000), *(40.0 * 81.0**place for place in range(4))),
        spiked(np.full(3000, 5.0), *[10.0] * 150),
        spiked(np.full(3000, 5.0), 0.0, 10.0),
        spiked(RNG.normal(5.0, 0.01, 3000), 10.0, 0.0),
        spiked(RNG.uniform(0.0, 10.0, 3000), 110.0),
        spiked(RNG.uniform(0.0, 10.0, 3000), -100.0),
        spiked(RNG.uniform(0.0, 10.0, 3000), 15.01),
        spiked(RNG.uniform(0.0, 10.0, 3000), -5.01, 47.0),
        spiked(np.full(100, 5.0), 6.0),
        spiked(np.full(20, 5.0), 16.0),
        spiked(np.full(3000, -7e98), 7e98),
    ],
)
def test_probes(predictions):
    """A spike on constant, nearly constant or usual predictions is found, at any scale."""
    finding = probe_finding(predictions, SCALE)
    outside = 0 < np.count_nonzero(np.abs(predictions - 5.0) > 10.0) <= predictions.size / 20
    assert (finding.code, finding.severity) == ("XAC067", "error" if outside else "warning")
    assert finding.count <= predictions.size / 20


@pytest.mark.parametrize(
    "predictions",
    [
        np.full(3000, 5.0),
        RNG.uniform(0.0, 10.0, 3000),
        RNG.normal(5.0, 2.0, 3000),
        RNG.normal(5.0, 0.01, 3000),
        np.clip(RNG.normal(9.0, 2.0, 3000), 0.0, 10.0),
        RNG.integers(0, 2, 3000) * 10.0,
        RNG.laplace(5.0, 1.0, 3000),
        np.exp(RNG.normal(0.0, 0.5, 3000)),
        spiked(np.full(3000, 5.0), *[10.0] * 151),
        spiked(RNG.uniform(0.0, 10.0, 3000), 15.0, -5.0),
        RNG.uniform(0.0, 100.0, 3000),
        spiked(np.full(99, 7.0), 6.0),  # rounded to whole numbers
        spiked(np.full(19, 5.0), 16.0),
    ],
)
def test_usual_systems(predictions):
    """Constant, normal, skewed, clipped, heavy-tailed and two-valued predictions, and those on
    another scale, are not."""
    assert probe_finding(predictions, SCALE) is None


def test_real_systems_are_not_probes(xacle_predictions):
    """The sample submissions and the example's systems are not probe-like."""
    sample = DATA.parents[1] / "sample_submissions"
    for paths, challenge in ((sample, "xacle2026"), (EXAMPLE / "submissions", EXAMPLE)):
        board = xe.leaderboard(paths, challenge=challenge)
        assert board.entries
        assert "XAC067" not in [code for entry in board.entries for code in codes(entry.findings)]


@pytest.fixture
def folder(tmp_path):
    """Write a usual system and a probe for the example."""
    ids = xe.load_challenge(EXAMPLE).manifest.ids
    usual = (EXAMPLE / "submissions" / "Hibari_01.csv").read_bytes()
    (tmp_path / "Hibari_01.csv").write_bytes(usual)
    probe = spiked(np.full(len(ids), 5.0), 110.0).tolist()
    make_submission(tmp_path / "Evil_01.csv", zip(ids, probe, strict=True))
    return tmp_path


def test_a_leaderboard_does_not_rank_probes(folder):
    """A probe is unranked with the finding as an error, and named for the whole leaderboard."""
    board = xe.leaderboard(folder, challenge=EXAMPLE)
    assert [entry.system for entry in board.entries] == ["Hibari_01"]
    (one,) = board.unranked
    found = {f.code: f for f in one.findings}
    assert (one.system, found["XAC067"].severity) == ("Evil_01", "error")
    assert "23 of 24 predictions are between -5 and 15; 1 spike is not" in found["XAC067"].message
    assert [(f.code, f.message) for f in board.findings] == [
        ("XAC067", "probe-like predictions: Evil_01")
    ]


def test_probes_are_ranked_on_request(folder):
    """With `rank_suspicious` a probe is ranked, with a warning."""
    board = xe.leaderboard(folder, challenge=EXAMPLE, rank_suspicious=True)
    assert board.unranked == ()
    assert codes(board.findings) == ["XAC067"]
    evil = next(entry for entry in board.entries if entry.system == "Evil_01")
    assert [f.severity for f in evil.findings if f.code == "XAC067"] == ["warning"]

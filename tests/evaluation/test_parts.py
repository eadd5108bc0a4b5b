"""Pairs that share listeners: they are resampled together, in scores and leaderboards."""

import json
import re

import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import DATA, make_submission
from xacle_eval.statistics import bootstrap_metrics, intervals

PAIRS = 120


SHARED = "pairs of one part share listeners"


def write_challenge(folder, block):
    """Write a challenge with blocks of pairs that have the same three listeners, and a system."""
    rng = np.random.default_rng(8)
    text = (DATA / "example/challenge.toml").read_text()
    folder.mkdir(exist_ok=True)
    (folder / "challenge.toml").write_text(text.replace("last = 24", f"last = {PAIRS}"))
    truth = rng.normal(5, 2, PAIRS)
    bias = rng.normal(0, 1.5, (PAIRS // block, 3))
    rows = ["wav_file_name,score,listener_id"]
    for pair in range(PAIRS):
        for listener in range(3):
            noisy = truth[pair] + bias[pair // block, listener] + rng.normal()
            score = int(np.clip(np.rint(noisy), 0, 10))
            rows.append(f"{pair + 1:03d}.wav,{score},b{pair // block}_{listener}")
    (folder / "ratings.csv").write_text("\n".join(rows) + "\n")
    predicted = truth + rng.normal(0, 1.5, PAIRS)
    ids = [f"{pair + 1:03d}.wav" for pair in range(PAIRS)]
    make_submission(folder / "systems/A_01.csv", zip(ids, predicted, strict=True))
    make_submission(folder / "systems/B_01.csv", zip(ids, predicted[::-1], strict=True))
    return predicted


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    """Return a challenge of forty blocks of three pairs, and the predictions of a system."""
    folder = tmp_path_factory.mktemp("blocks")
    return folder, write_challenge(folder, 3)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_a_score_draws_whole_parts(blocks, method):
    """The intervals are those of a bootstrap that draws the blocks with all their pairs."""
    folder, predicted = blocks
    plan = xe.Bootstrap(resamples=300, seed=3, method=method)
    card = xe.score(folder / "systems/A_01.csv", challenge=folder, bootstrap=plan)
    truth = xe.load_references(None, xe.load_challenge(folder)).values
    sample = bootstrap_metrics(predicted, truth, resamples=300, seed=3, parts=np.arange(PAIRS) // 3)
    found = intervals(sample, method=method, predictions=predicted, references=truth).rows[0]
    assert card.intervals == {name: {"low": i.low, "high": i.high} for name, i in found.items()}
    summary = card.resampling
    assert (summary.resample, summary.n_pairs, summary.n_parts) == ("parts", PAIRS, 40)
    assert "|resample:parts|" in card.signature
    assert card.signature.endswith(f"|ceiling:ordinal-{summary.ceilings.model.replace(' ', '-')}")
    pairs = xe.score(
        folder / "systems/A_01.csv",
        challenge=folder,
        bootstrap=xe.Bootstrap(resamples=300, seed=3, method=method, resample="pairs"),
    )
    assert (pairs.resampling.resample, pairs.resampling.n_parts) == ("pairs", 40)
    assert "|resample:pairs|" in pairs.signature
    assert pairs.intervals != card.intervals


@pytest.mark.long
def test_a_leaderboard_draws_whole_parts(blocks):
    """All systems share the resamples of the blocks; JSON and signature say so."""
    folder, predicted = blocks
    command = ("leaderboard", folder / "systems", "--challenge", folder, "--bootstrap", "200")
    board = json.loads(xacle_eval(*command, "--format", "json").out)
    truth = xe.load_references(None, xe.load_challenge(folder)).values
    sample = bootstrap_metrics(predicted, truth, resamples=200, parts=np.arange(PAIRS) // 3)
    first = board["entries"][0]
    expected = intervals(sample, method="normal").rows[0]["SRCC"]
    assert first["system"] == "A_01"
    assert first["uncertainty"]["intervals"]["SRCC"] == {
        "low": round(expected.low, 3),
        "high": round(expected.high, 3),
    }
    other = board["resampling"]["ceilings"]["other"]
    assert other == {name: round(value, 3) for name, value in other.items()} != {}
    assert (board["resampling"]["resample"], board["resampling"]["n_parts"]) == ("parts", 40)
    assert "|resample:parts|" in board["signature"]
    assert "|ceiling:ordinal-" in board["signature"]
    assert f"200 resamples of parts (120 pairs in 40 parts; {SHARED})" in xacle_eval(*command).out


@pytest.mark.long
def test_few_parts_are_not_drawn(tmp_path):
    """Ten parts say too little about their variation, so pairs are drawn, and the text says so."""
    write_challenge(tmp_path, 12)
    command = ("score", tmp_path / "systems/A_01.csv", "--challenge", tmp_path, "--bootstrap", "50")
    done = xacle_eval(*command)
    assert f"50 resamples of pairs (120 pairs in 10 parts; {SHARED})" in " ".join(done.out.split())
    assert "|resample:pairs|" in done.out.replace("\n", "")


def test_the_listeners_command_names_the_parts(blocks):
    """Intervals of reliability and ceilings draw the same parts."""
    folder, _ = blocks
    command = ("listeners", folder / "ratings.csv", "--challenge", folder, "--resamples", "20")
    text = " ".join(xacle_eval(*command).out.split())
    assert f"20 resamples of parts (120 pairs in 40 parts; {SHARED})" in text


def test_redrawn_listeners_are_refused_with_a_replacement(blocks):
    """The removed choice exits with 2, and the error says why and what to use."""
    folder, _ = blocks
    system = folder / "systems/A_01.csv"
    options = ("--challenge", folder, "--bootstrap", "50", "--resample", "listeners")
    done = xacle_eval("score", system, *options)
    assert (done.code, done.out) == (2, "")
    assert "listeners are not redrawn any more" in done.err
    assert "leave out --resample" in done.err
    with pytest.raises(xe.UsageError, match="not redrawn any more"):
        xe.Bootstrap(resample="listeners")


def test_a_comparison_prints_the_numbers_of_pairs_and_parts(blocks):
    """`compare` draws the same parts as a leaderboard, and says it in the same words."""
    folder, _ = blocks
    systems = sorted((folder / "systems").glob("*.csv"))[:2]
    done = xacle_eval("compare", *systems, "--challenge", folder, "--bootstrap", "30")
    text = " ".join(done.out.split())
    assert f"30 resamples of parts (120 pairs in 40 parts; {SHARED})" in text


def test_units_before_and_after_a_screening(blocks):
    """If a screening changes the numbers, one sentence names both."""
    folder, _ = blocks
    command = ("listeners", folder / "ratings.csv", "--challenge", folder, "--resamples", "20")
    screening = ("--screen", "agreement", "--set", "tolerance=0.5")
    text = " ".join(xacle_eval(*command, *screening).out.split())
    found = re.search(r"20 resamples of (.*?); \d+ random splits", text)
    assert found
    assert re.fullmatch(
        r"parts \(120 pairs in 40 parts; .*\) before the screening and of \w+ \(.*\) after it",
        found[1],
    )

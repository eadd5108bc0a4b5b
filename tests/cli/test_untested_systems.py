"""Comparisons and leaderboards in which systems are constant or nothing can be significant."""

import json

import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.cli.test_few_pairs import CHALLENGE
from tests.helpers import DATA
from xacle_eval.reports.views.uncertainty import uncertainty_view

N = 24


def write(path, header, values):
    """Write predictions or references of consecutive pairs."""
    rows = "".join(f"{7500 + n:05d}.wav,{value}\n" for n, value in enumerate(values))
    path.write_text(f"wav_file_name,{header}\n{rows}")


@pytest.fixture
def folder(tmp_path):
    """A challenge of 24 pairs with four systems; one is constant, one has two levels."""
    rng = np.random.default_rng(1)
    truth = rng.permutation(np.linspace(1, 9, N))
    text = CHALLENGE + f"last = {7499 + N}\n" + "[ratings]\n"
    (tmp_path / "c.toml").write_text(
        text + 'column = "score"\nlistener = { column = "listener_id" }\n'
    )
    write(tmp_path / "ref.csv", "average_score", truth)
    write(tmp_path / "Good_01.csv", "pred_score", truth + rng.normal(size=N) / 2)
    write(tmp_path / "Other_01.csv", "pred_score", truth + 2 * rng.normal(size=N))
    write(tmp_path / "Const_01.csv", "pred_score", np.full(N, 5.0))
    write(tmp_path / "Two_01.csv", "pred_score", np.where(truth > 5, 7, 3))
    return tmp_path


def run(folder, *arguments):
    """Return what a comparison prints."""
    given = ("--references", "ref.csv", "--challenge", "c.toml", "--bootstrap", "99")
    done = xacle_eval("compare", *arguments, *given, cwd=folder)
    assert done.code == 0, done.err
    return " ".join(done.out.split())


def test_a_constant_system_is_named_and_not_counted(folder):
    """Only tested differences are counted; one note names the constant system and the reason."""
    names = ("Good_01.csv", "Other_01.csv", "Const_01.csv", "Two_01.csv")
    out = run(folder, *names)
    assert " of the 3 tested differences in SRCC " in out
    assert "; 3 were not tested." in out
    assert " of 6 differences in MSE " in out
    assert (
        "Not tested: Const_01 has constant predictions, so its SRCC, LCC and KTAU are undefined "
        "(a leaderboard counts them as 0)."
    ) in out
    assert "Undefined in" not in out
    assert "over the 3 to 6 comparisons of each metric" in out
    out = run(folder, *names, "--against", "Good_01", "--metric", "SRCC")
    assert "its SRCC is undefined (a leaderboard counts it as 0)" in out
    assert "over the 2 comparisons of each metric" in out
    assert "any false difference among 2 verdicts" in out


def test_a_constant_system_has_no_note_on_its_levels(folder):
    """The note on few values is about tests that could be run, and names their metrics."""
    assert "few different" not in run(folder, "Good_01.csv", "Const_01.csv")
    out = run(folder, "Good_01.csv", "Two_01.csv")
    assert "Good_01 and Two_01: no permutation test of SRCC, LCC and KTAU, because" in out
    assert "; 99 permutations; seed 0" in out


def test_holm_without_a_permutation_test_does_not_name_one(folder):
    """If nothing can be swapped, the output names the bootstrap as the test that decides."""
    out = run(folder, "Good_01.csv", "Two_01.csv", "--metric", "SRCC", "--correction", "holm")
    assert "that of the bootstrap, because nothing can be swapped; with one comparison" in out
    assert " permutations" not in out
    assert "|test:bootstrap|correction:holm|" in out
    assert "permutations:" not in out


def test_few_undefined_resamples_are_counted_once(folder):
    """The metrics of two systems that are undefined in the same resamples share one count."""
    values = np.full(N, 5.0)
    values[:3] = (1.0, 9.0, 8.0)
    write(folder / "Near_01.csv", "pred_score", values)
    out = run(folder, "Good_01.csv", "Near_01.csv")
    assert "Undefined in some resamples: SRCC, LCC and KTAU of Good_01 and Near_01 in " in out
    assert " of 99. Intervals ignore" in out


def test_five_pairs_say_what_is_needed(folder):
    """With five pairs no neighbours differ, and the note asks for pairs, not for resamples."""
    text = CHALLENGE + "last = 7504\n" + '[ratings]\ncolumn = "score"\n'
    (folder / "c.toml").write_text(text + 'listener = { column = "listener_id" }\n')
    (folder / "systems").mkdir()
    write(folder / "ref.csv", "average_score", [1, 2, 3, 4, 5])
    write(folder / "systems/A_01.csv", "pred_score", [1, 2, 3, 5, 4])
    write(folder / "systems/B_01.csv", "pred_score", [2, 1, 4, 5, 3])
    given = ("--references", "ref.csv", "--challenge", "c.toml", "--bootstrap", "99")
    done = xacle_eval("leaderboard", "systems", *given, cwd=folder)
    assert done.code == 0, done.err
    out = " ".join(done.out.split())
    assert "more pairs are needed" in out
    assert "Neighbours in this ranking" not in out
    assert "No interval: at 95 %, at least 6 pairs are needed." in out
    done = xacle_eval("leaderboard", "systems", *given, "--format", "json", cwd=folder)
    found = json.loads(done.out)
    assert found["resampling"]["smallest_difference"] is None
    assert set(found["entries"][0]["uncertainty"]["no_interval"].values()) == {"few"}


def test_a_rank_outside_its_set_is_explained():
    """One sentence names the systems whose ranks are outside their sets, with the reason."""
    example = DATA / "example"
    board = xe.leaderboard(
        example / "submissions", challenge=example, bootstrap=xe.Bootstrap(resamples=99)
    )
    assert "outside the sets" not in " ".join(uncertainty_view(board).notes)
    entries = list(board.entries)
    for place, rank in ((0, 2), (1, 1)):
        span = dict.fromkeys(("rank_marginal_low", "rank_marginal_high"), rank)
        found = entries[place].uncertainty.model_copy(update=span)
        entries[place] = entries[place].model_copy(update={"uncertainty": found})
    board = board.model_copy(update={"entries": tuple(entries), "decimals": 1})
    assert (
        "Hibari_01, Hibari_02: the ranks of these systems are outside the sets, which are about "
        "SRCC before rounding. By the rule of the ranking, such systems are equal to others in "
        "SRCC after rounding to 1 decimal, and are ordered by LCC, KTAU, MSE."
    ) in uncertainty_view(board).notes

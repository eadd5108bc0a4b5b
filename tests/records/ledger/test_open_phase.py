"""The pages of a phase before its end: its metrics, its decimals and its ladder."""

import csv
import io

import numpy as np
import pytest
from scipy import stats

import xacle_eval as xe
from tests.records.ledger.helpers import PAIRS, PHASES, make_ledger, send

START = "2026-11-16T{:02d}:00:00+09:00"
END = "2026-11-22T00:00:00+09:00"


def make_phase(folder, table, uploads=12):
    """Return a ledger with a policy for its final phase, and the SRCC of each upload in order."""
    ledger = make_ledger(folder, f"{PHASES}\n[publish.phase.final]\n{table}")
    ratings = (folder / "task/ratings.csv").read_text(encoding="utf-8")
    sums = {}
    for row in csv.DictReader(io.StringIO(ratings)):
        sums.setdefault(row["wav_file_name"], []).append(float(row["score"]))
    averages = [np.mean(sums[pair]) for pair in PAIRS]
    sent = []
    for number in range(uploads):
        team = ("Kumo", "Suzume", "Hibari")[number % 3]
        label = f"{team}_{number:02d}"
        send(ledger, folder, label, START.format(number), seed=number)
        rows = csv.DictReader(io.StringIO((folder / f"{label}.csv").read_text()))
        values = [float(row["pred_score"]) for row in rows]
        sent.append((team, label, stats.spearmanr(values, averages).statistic))
    return ledger, sent


def test_a_phase_shows_its_metrics_and_decimals(tmp_path):
    """Scores and ranks are those of the rounded values, and nothing else is in the report."""
    ledger, sent = make_phase(tmp_path, 'metrics = ["SRCC", "MSE"]\ndecimals = 2\n')
    shown = ledger.report(phase="final", bootstrap=10)
    (board,) = shown.boards_of("system").values()
    srcc = {label: round(value, 2) for _, label, value in sent}
    assert len(board.entries) == 6  # final_systems is 2
    for entry in board.entries:
        assert list(entry.metrics) == ["SRCC", "MSE"]
        assert entry.metrics["SRCC"] == srcc[entry.system]
        assert (entry.uncertainty, entry.breakdown, entry.levels) == (None, None, {})
        keys = [
            (-each.metrics["SRCC"], each.metrics["MSE"])
            for each in board.entries
            if each.rank < entry.rank
        ]
        assert all(key < (-entry.metrics["SRCC"], entry.metrics["MSE"]) for key in keys)
    assert (shown.details, shown.ratings, board.resampling) == ({}, {}, None)
    for step in (*shown.history.bests, *shown.history.leaders):
        assert step.metrics["SRCC"] == srcc[step.system]
        assert list(step.metrics) == ["SRCC", "MSE"]
    ended = ledger.report(phase="final", bootstrap=10, as_of=END)
    assert len(ended.details[""]) == 6
    assert len(next(iter(ended.boards_of("system").values())).entries[0].metrics) > 2


@pytest.mark.parametrize("step", [0.1, 0.05])
def test_a_ladder_shows_only_steps(tmp_path, step):
    """History and board have, of each team, the uploads that are better than its shown score by
    more than the step; the scores are rounded to the step.
    """
    ledger, sent = make_phase(tmp_path, f"ladder = {step}\n")
    best, bests, leaders, last = {}, [], [], {}
    for team, label, value in sent:
        if team in best and value <= best[team] + step + 1e-12:
            continue
        rounded = round(round(value / step) * step, 10)
        if all(rounded > each for each in best.values()):
            leaders.append(label)
        best[team] = rounded
        last[team] = label
        bests.append((label, rounded))
    shown = ledger.report(phase="final", bootstrap=10)
    found = [(one.system, one.metrics["SRCC"]) for one in shown.history.bests]
    assert [label for label, _ in found] == [label for label, _ in bests]
    # The pages have one decimal, which a step of 0.05 does not reach.
    assert [value for _, value in found] == pytest.approx([value for _, value in bests], abs=0.051)
    assert [one.system for one in shown.history.leaders] == leaders
    (board,) = shown.boards_of("system").values()
    assert {one.team: one.system for one in board.entries} == last
    assert all(one.metrics["SRCC"] == round(one.metrics["SRCC"], 1) for one in board.entries)
    assert 3 < len(bests) < len(sent)


def test_a_phase_without_an_end_is_open(tmp_path):
    """A split of a challenge without phases has no policy; a phase without closes never ends."""
    ledger = make_ledger(tmp_path / "a", "")
    assert not ledger.is_open(as_of=END)
    ledger = make_ledger(tmp_path / "b", "[phases.main]\nopens = 2026-11-01T00:00:00Z\n")
    assert ledger.is_open(as_of=END)
    assert "add closes to [phases.main]" in ledger.limits_of_pages()
    ledger = make_ledger(tmp_path / "c")
    states = ("2026-11-21T23:59:59+09:00", END, "2026-11-22", 1, None)
    assert [ledger.is_open("final", as_of=each) for each in states] == [
        True, False, False, True, True,
    ]  # fmt: skip
    send(ledger, tmp_path / "c", "Kumo_01", START.format(1), seed=1)
    with pytest.raises(xe.UsageError, match="the phase final shows the part all"):
        ledger.report(phase="final", part="public")

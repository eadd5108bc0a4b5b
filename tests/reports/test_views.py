"""Views: values at the challenge's decimals, best values marked, notes for the reader."""

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.reports.site.boards import make_board, make_entry
from xacle_eval.references.model import ListenerCounts, ReferenceSummary
from xacle_eval.reports.formats.official import official_csv
from xacle_eval.reports.formats.tables import csv_table, markdown_table
from xacle_eval.reports.views.leaderboard import leaderboard_view, wide_view
from xacle_eval.reports.views.score import score_values, score_view
from xacle_eval.reports.views.table import (
    DEMO_NOTE,
    format_value,
    references_text,
    resampling_notes,
)
from xacle_eval.reports.views.uncertainty import resampled_ranks_view, set_notes
from xacle_eval.results.leaderboard import Entry

VOICEMOS = DATA / "challenges" / "voicemos"
INVALID = DATA / "invalid"


def small_board(*names, by="system"):
    """Return a leaderboard of the challenge with six pairs."""
    paths = [INVALID / "submissions" / f"{name}.csv" for name in names]
    return xe.leaderboard(*paths, references=INVALID / "references.csv", challenge=INVALID, by=by)


def test_values_are_rounded_as_the_ranking_does():
    """A value is shown as it was ranked: rounded by ``round``, without negative zero."""
    assert [format_value(value, 3) for value in (0.0005, 0.0015, -0.0001, 2.6745)] == [
        f"{abs(round(value, 3)):.3f}" for value in (0.0005, 0.0015, 0.0, 2.6745)
    ]
    assert [format_value(value, 3) for value in (999_999.9, 1e6, -2.5e9)] == [
        "999999.900", "1.000e+06", "-2.500e+09"
    ]  # fmt: skip


def test_ties_and_best_values(small):
    """Shared ranks are marked, and so is every system with the best value."""
    view = leaderboard_view(small_board("valid", "surplus_columns", "out_of_range"), small)
    assert [row[0] for row in view.rows] == ["1=", "1=", 3]
    assert {row for row, _ in view.best} == {0, 1}
    assert markdown_table(view).count("**0.943**") == 2


def test_the_best_mse_is_the_lowest(small):
    """The best MSE is the lowest, the best correlation the highest."""
    board = small_board("valid", "out_of_range")
    first, second = board.entries
    better = second.model_copy(update={"metrics": {**second.metrics, "MSE": 0.001}})
    view = leaderboard_view(board.model_copy(update={"entries": (first, better)}), small)
    assert view.best == {(0, 2), (0, 3), (0, 4), (1, 5)}


def test_undefined_metrics_are_named(small):
    """Undefined metrics are named with the policy, for at most five systems."""
    view = score_view(
        xe.score(INVALID / "submissions/constant.csv", INVALID / "references.csv", challenge=small),
        small,
    )
    note = (
        "Undefined (constant predictions or references): SRCC, LCC, KTAU; counted as 0 by the "
        "challenge's rule."
    )
    assert note in view.notes
    board = small_board("constant")
    (entry,) = board.entries
    many = tuple(entry.model_copy(update={"system": f"s{number}"}) for number in range(7))
    notes = leaderboard_view(board.model_copy(update={"entries": many}), small).notes
    assert sum("Undefined" in note for note in notes) == 1
    assert any("s4 (SRCC, LCC, KTAU) and 2 more; counted as 0" in note for note in notes)


def test_defined_metrics_of_another_system_tell_the_reason(small):
    """If another system has a correlation, the references vary, so the predictions do not."""
    notes = leaderboard_view(small_board("constant", "valid"), small).notes
    assert any(note.startswith("Undefined (constant predictions): constant (") for note in notes)
    alone = leaderboard_view(small_board("constant"), small).notes
    assert any(note.startswith("Undefined (constant predictions or references):") for note in alone)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_no_more_places_than_systems(number):
    """A board of two systems has no column for a third rank."""
    shares = (1.0, 0.0, 0.0)
    entries = [
        make_entry(rank, f"s{rank}", {"SRCC": 0.5}, bounds={}, podium=shares, rank_low=1,
                   rank_high=number)
        for rank in range(1, number + 1)
    ]  # fmt: skip
    view = resampled_ranks_view(make_board(entries, seed=1))
    places = [c.title for c in view.columns if c.name in ("p_first", "p_second", "p_third")]
    assert places == ["Share 1st", "2nd", "3rd"][:number]
    assert {len(row) for row in view.rows} == {len(view.columns)}


def test_one_system_is_not_too_many():
    """With no difference to test there is no note; with too many systems there is one."""
    summary = make_board([], family=0).resampling
    assert set_notes(summary, "SRCC", 0, False, "pair") == []
    assert set_notes(summary, "SRCC", 1, False, "pair") == []
    (note,) = set_notes(summary, "SRCC", 1_001, False, "pair")
    assert note.startswith("1,001 systems are too many")


def test_ceilings_have_the_published_decimals():
    """A ceiling that is published with one decimal is not shown with three."""
    summary = make_board([], ceiling=0.8).resampling
    assert any("SRCC 0.8; floor of MSE 0.5." in n for n in resampling_notes(summary, "pair", 1))
    assert any("SRCC 0.800; floor of MSE 0.500." in n for n in resampling_notes(summary))


def test_undefined_at_the_group_level(tmp_path):
    """If only the averages of groups are constant, the note names that level."""
    challenge = xe.load_challenge(VOICEMOS)
    number = dict.fromkeys((pair.split("-")[0] for pair in challenge.manifest.ids), 0)
    lines = []
    for pair in challenge.manifest.ids:
        system = pair.split("-")[0]
        number[system] += 1
        lines.append(f"{pair},{number[system]}")
    (tmp_path / "answer.txt").write_text("\n".join(lines) + "\n")
    view = score_view(xe.score(tmp_path / "answer.txt", challenge=challenge), challenge)
    assert [note for note in view.notes if "Undefined" in note] == [
        "Undefined (constant predictions or references): system level: SRCC, LCC, KTAU; "
        "counted as 0 by the challenge's rule."
    ]
    board = xe.leaderboard(tmp_path / "answer.txt", challenge=challenge)
    assert any(
        "answer (SRCC, LCC, KTAU)" in note for note in leaderboard_view(board, challenge).notes
    )


@pytest.mark.parametrize(
    ("names", "with_team"),
    [([("A", "A_01")], False), ([("A", "A_01"), ("B", "A_02")], True), ([("A", "Alpha")], True)],
)
def test_the_team_is_shown_where_the_label_does_not_name_it(names, with_team, small):
    """A column shows the team if a label does not contain it."""
    board = small_board("valid")
    (entry,) = board.entries
    entries = tuple(
        entry.model_copy(update={"team": team, "system": system}) for team, system in names
    )
    shown = leaderboard_view(board.model_copy(update={"entries": entries}), small)
    assert ("Team" in [column.title for column in shown.columns]) is with_team


def test_csv_is_the_frame():
    """The CSV of scores and leaderboards has the columns and values of to_frame."""
    challenge = xe.load_challenge(VOICEMOS)
    board = xe.leaderboard(VOICEMOS / "submissions", challenge=challenge)
    assert csv_table(wide_view(board, challenge)) == board.to_frame().to_csv(
        index=False, lineterminator="\n"
    )
    card = xe.score(VOICEMOS / "submissions/T01/answer.txt", challenge=challenge)
    assert csv_table(score_values(card)) == card.to_frame().to_csv(index=False, lineterminator="\n")


def test_csv_without_a_value(small):
    """An undefined value is an empty field in CSV and a dash in tables for people."""
    board = small_board("valid")
    entry = Entry(rank=1, team="A", system="A_01", metrics={"SRCC": None}, rounded={"SRCC": None})
    board = board.model_copy(update={"entries": (entry,), "order": ("SRCC",)})
    assert csv_table(wide_view(board, small)) == (
        f'rank,team,system,SRCC,references,signature\n1,A,A_01,,averages,"{board.signature}"\n'
    )
    assert "| 1 | A\\_01 | – |" in markdown_table(leaderboard_view(board, small))


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (ReferenceSummary(kind="averages", sha256="0", pairs=3000), "averages of 3,000 pairs"),
        (
            ReferenceSummary(
                kind="ratings",
                sha256="0",
                pairs=2,
                excluded=1,
                listeners=ListenerCounts(minimum=1, median=2.5, maximum=4, total=5),
            ),
            "5 ratings, 1 to 4 listeners per pair, median 2.5, 1 row excluded",
        ),
        (
            ReferenceSummary(
                kind="demo",
                sha256="0",
                pairs=2,
                listeners=ListenerCounts(minimum=8, median=8, maximum=8, total=16),
            ),
            "16 synthetic demo ratings, 8 listeners per pair",
        ),
    ],
)
def test_references_in_words(summary, text):
    """The references are described in words, with the number of listeners."""
    assert references_text(summary) == text


def test_demo_references_come_first(xacle, xacle_predictions):
    """The first note of a table with demo ratings is a warning."""
    card = xe.score(xacle_predictions, challenge=xacle)
    assert score_view(card, xacle).notes[0] == DEMO_NOTE


def test_the_organisers_lines():
    """The organisers' file has each metric at full precision, then the number of pairs."""
    card = xe.score(DATA / "example/submissions/Hibari_01.csv", challenge=DATA / "example")
    lines = official_csv(card).splitlines()
    assert lines[0] == "metric,value"
    assert [line.split(",")[0] for line in lines[1:]] == ["SRCC", "LCC", "KTAU", "MSE", "N"]
    assert [float(line.split(",")[1]) for line in lines[1:]] == [*card.metrics.values(), 24]


def test_intervals_are_beside_their_values():
    """With intervals a score card has one row per metric."""
    challenge = xe.load_challenge(VOICEMOS)
    card = xe.score(
        VOICEMOS / "submissions/T01/answer.txt",
        challenge=challenge,
        bootstrap=xe.Bootstrap(resamples=50),
    )
    view = score_view(card, challenge)
    assert [column.title for column in view.columns] == [
        "System",
        "Level",
        "n",
        "Metric",
        "Value",
        "95 % interval",
    ]
    assert [row[:4] for row in view.rows[3:5]] == [
        ("answer", "pair", 30, "KTAU ↑"),
        ("answer", "system", 6, "SRCC ↑"),
    ]
    low, high = (card.levels["system"].intervals["MSE"][end] for end in ("low", "high"))
    row = next(row for row in view.rows if row[1] == "system" and row[3] == "MSE ↓")
    assert row[4:] == (card.levels["system"].metrics["MSE"], f"{low:.4f}–{high:.4f}")
    assert len(csv_table(score_values(card)).splitlines()) == 3

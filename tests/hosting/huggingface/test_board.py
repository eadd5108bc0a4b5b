"""The leaderboard of the generated project: the ranking of published values."""

import random

import pytest

from tests.hosting.huggingface.settings import make_phase
from xacle_eval.challenge.ranking import Ranking
from xacle_eval.evaluation.ranking import rank_entries
from xacle_eval.hosting.huggingface.project.board import (
    cells,
    datatypes,
    headers,
    newest,
    rank_results,
    shown_keys,
    sort_values,
)
from xacle_eval.hosting.huggingface.project.settings import Board
from xacle_eval.results.leaderboard import Entry

ORDER = ("SRCC", "LCC", "MSE")


def record(account, system, scores, kind="competing", **changes):
    """Return a published result."""
    return {
        "id": f"{account}-{system}",
        "account": account,
        "system": system,
        "kind": kind,
        "phase": "test",
        "submitted": "2027-01-12T09:00:00Z",
        "scores": scores,
        "errors": {},
        **changes,
    }


def random_records(seed):
    """Return results with many ties, missing values, and systems that do not compete."""
    draw = random.Random(seed)  # noqa: S311 -- not for secrets
    found = []
    for place in range(40):
        scores = {name: draw.randint(0, 3) / 10 for name in ORDER}
        for name in ORDER[1:]:
            if draw.random() < 0.15:
                del scores[name]
        kind = draw.choice(["competing"] * 6 + ["baseline", "out of competition"])
        found.append(record(f"team{draw.randint(0, 9)}", f"s{place:02}", scores, kind))
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("by", ["system", "team"])
def test_the_rule_of_the_toolkit(seed, by):
    """Ranks, order and ties are those of the toolkit's leaderboard for the same values."""
    records = random_records(seed)
    entries = [
        Entry(
            rank=None,
            kind=each["kind"],
            team=each["account"],
            system=each["system"],
            path=each["id"],
            sha256="0" * 64,
            metrics={},
            rounded={name: each["scores"].get(name) for name in ORDER},
            undefined=(),
            levels={},
            findings=(),
        )
        for each in records
    ]
    expected = rank_entries(entries, Ranking(order=ORDER), by)
    phase = make_phase(keys=ORDER)
    rows = rank_results(records, phase, phase.boards[0], by_team=by == "team")
    found = [(row.rank, row.record["account"], row.record["system"]) for row in rows]
    assert found == [(each.rank, each.team, each.system) for each in expected]


def test_the_mean_of_ranks():
    """The overall value is the mean of the places for each target, shared where equal."""
    keys = ("a_SRCC", "b_SRCC")
    boards = (
        Board("overall", "Overall", (), keys, ("a", "b")),
        *(Board(name, name, (f"{name}_SRCC",), (f"{name}_SRCC",), ()) for name in "ab"),
    )
    phase = make_phase(keys=keys, boards=boards)
    values = {"x": (0.9, 0.1), "y": (0.5, 0.5), "z": (0.1, 0.9), "w": (0.5, 0.1)}
    records = [
        record(name, "s", dict(zip(keys, pair, strict=True))) for name, pair in values.items()
    ]
    records.append(record("base", "s", {"a_SRCC": 1.0, "b_SRCC": 1.0}, "baseline"))
    rows = rank_results(records, phase, boards[0], by_team=False)
    found = [(row.record["account"], row.rank, cells(row, phase, boards[0])[3]) for row in rows]
    # Places for a: x 1, y and w 2, z 4; for b: z 1, y 2, x and w 3.
    assert found == [
        ("base", None, "1.00"), ("x", 1, "2.00"), ("y", 1, "2.00"), ("w", 3, "2.50"),
        ("z", 3, "2.50"),
    ]  # fmt: skip
    assert headers(boards[0]) == [
        "Rank", "Team", "System", "Mean rank", "a_SRCC", "b_SRCC", "Submitted (UTC)",
    ]  # fmt: skip


def test_boards_without_a_target():
    """Who leaves a target out still counts for the places on other boards, and has their scores."""
    keys = ("overall_SRCC", "a_SRCC", "b_SRCC")
    boards = (
        Board("overall", "Overall", keys[:1], keys, ("a", "b"), ("a", "b")),
        *(Board(name, name, (f"{name}_SRCC",), (f"{name}_SRCC",), (), (name,)) for name in "ab"),
    )
    phase = make_phase(keys=keys, boards=boards)
    values = {"x": (0.1, 0.1), "y": (0.2, 0.05), "z": (0.9, -1.0)}
    records = [
        record(name, "s", dict(zip(keys, (-1.0, *pair), strict=True)))
        for name, pair in values.items()
    ]
    records[-1]["absent"] = ["b"]
    found = {
        board.name: [
            (row.rank, row.record["account"])
            for row in rank_results(records, phase, board, by_team=False)
        ]
        for board in boards
    }
    assert found == {
        # Places for a: z 1, y 2, x 3; for b: x 1, y 2.
        "overall": [(1, "x"), (1, "y")],
        "a": [(1, "z"), (2, "y"), (3, "x")],
        "b": [(1, "x"), (2, "y")],
    }
    assert shown_keys(phase, ["b"]) == {"a_SRCC"}
    assert shown_keys(phase, []) == set(keys)


def test_what_a_row_shows():
    """A row has decimals, error bars, its kind, a dash for what is missing, and its time."""
    phase = make_phase()
    board = phase.boards[0]
    first = record("a", "<b>x</b>", {"SRCC": 0.5, "MSE": 2.0}, errors={"SRCC": 0.04})
    base = record("o", "Mean", {"SRCC": 0.1}, "baseline", submitted="2027-01-13T10:00:00Z")
    rows = rank_results([base, first], phase, board, by_team=True)
    assert [cells(row, phase, board) for row in rows] == [
        ["1", "a", "<b>x</b>", "0.50 ± 0.04", "2.00", "2027-01-12 09:00:00"],
        ["–", "o", "Mean (baseline)", "0.10", "–", "2027-01-13 10:00:00"],
    ]
    assert [sort_values(row, board, 3) for row in rows] == [
        [1, "a", "<b>x</b>", 0.5, 2.0, "2027-01-12T09:00:00Z"],
        [3, "o", "Mean", 0.1, None, "2027-01-13T10:00:00Z"],
    ]
    assert datatypes(board) == ["number", "str", "str", "number", "number", "str"]
    assert newest([base, first], phase) == "2027-01-13 10:00:00"
    assert newest([], phase) == ""


def test_the_systems_of_a_team():
    """At most the best systems of a team are ranked, as many as the phase has in the end."""
    phase = make_phase(keys=("SRCC",), final_systems=2)
    records = [record("a", f"s{n}", {"SRCC": n / 10}) for n in range(5)]
    records += [record("b", "s", {"SRCC": 0.1}), record("a", "s", {"SRCC": 1.0}, phase="other")]
    rows = rank_results(records, phase, phase.boards[0], by_team=False)
    assert [(row.rank, row.record["system"]) for row in rows] == [(1, "s4"), (2, "s3"), (3, "s")]

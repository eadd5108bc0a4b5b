"""Ranking: rounding, directions, shared ranks and best systems, against pairwise comparison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import slow_ranks
from xacle_eval.challenge.ranking import Ranking
from xacle_eval.challenge.rounding import round_metrics
from xacle_eval.evaluation.ranking import rank_entries
from xacle_eval.results.leaderboard import Entry

ORDER = ("SRCC", "LCC", "KTAU", "MSE")


def entry(system, *values, team=None, ranking=None):
    """Return an entry with its four metrics; its team is the system's first letter."""
    metrics = dict(zip(ORDER, values, strict=True))
    decimals = (ranking or Ranking()).decimals
    return Entry(
        rank=None,
        team=team or system[0],
        system=system,
        metrics=metrics,
        rounded=round_metrics(metrics, decimals),
    )


def ranks(entries, ranking=None, by="system"):
    """Return (rank, system) in rank order."""
    return [(each.rank, each.system) for each in rank_entries(entries, ranking or Ranking(), by)]


COARSE = st.sampled_from([-0.0, 0.0, 0.0004, 0.0005, 0.0006, 0.5, 0.5004, 0.4996, 1.0, -0.3])


@given(
    st.lists(st.tuples(COARSE, COARSE, COARSE, COARSE), min_size=1, max_size=9),
    st.permutations(ORDER).flatmap(lambda order: st.integers(1, 4).map(lambda n: tuple(order[:n]))),
    st.integers(0, 4),
)
def test_ranks_equal_pairwise_comparison(rows, order, decimals):
    """For any order of metrics, a rank is 1 plus the number of better systems (1, 2, 2, 4)."""
    ranking = Ranking(order=order, decimals=decimals)
    entries = [entry(f"s{n:02d}", *row, ranking=ranking) for n, row in enumerate(rows)]
    expected = slow_ranks([dict(zip(ORDER, row, strict=True)) for row in rows], order, decimals)
    got = {name: rank for rank, name in ranks(entries, ranking)}
    assert [got[f"s{n:02d}"] for n in range(len(rows))] == expected


@given(
    st.lists(
        st.tuples(COARSE, COARSE, COARSE, COARSE, st.sampled_from("ABC")), min_size=1, max_size=9
    )
)
def test_the_best_system_of_each_team(rows):
    """Ranking by team keeps the first system of each team in the ranking by system."""
    entries = [entry(f"s{n}", *row[:4], team=row[4]) for n, row in enumerate(rows)]
    first = {}
    for each in rank_entries(entries, Ranking()):
        first.setdefault(each.team, each.system)
    best = rank_entries(entries, Ranking(), "team")
    assert {each.team: each.system for each in best} == first
    metrics = [each.metrics for each in best]
    assert [each.rank for each in best] == slow_ranks(metrics, ORDER, 3)


def test_the_order_of_entries_does_not_depend_on_the_order_of_files():
    """Systems with the same rank are sorted by team and name."""
    entries = [entry(name, 0.5, 0.5, 0.5, 2.0) for name in ("b1", "a2", "a1")]
    assert ranks(entries) == ranks(entries[::-1]) == [(1, "a1"), (1, "a2"), (1, "b1")]


def test_published_tables():
    """SRCC decides the challenge's published results; a higher MSE does not matter."""
    winner, baseline = (0.6402, 0.6873, 0.4612, 3.0111), (0.3345, 0.3420, 0.2290, 4.8110)
    runner_up = (0.6300, 0.6800, 0.4500, 2.9000)
    entries = [
        entry("baseline", *baseline),
        entry("runner-up", *runner_up),
        entry("winner", *winner),
    ]
    assert ranks(entries) == [(1, "winner"), (2, "runner-up"), (3, "baseline")]


@pytest.mark.parametrize(
    ("first", "second", "tied"),
    [
        ((0.6404999, 0.7), (0.6396, 0.7), True),
        ((0.6404999, 0.7), (0.6405001, 0.7), False),
        ((0.0005, 0.7), (0.0, 0.7), False),
        ((0.0004, 0.7), (-0.0004, 0.7), True),
        ((-0.0, 0.7), (0.0, 0.7), True),
    ],
)
def test_ties_are_those_of_the_printed_values(first, second, tied):
    """Systems tie if their printed values are equal; negative zero is printed as zero."""
    rows = [entry("a", *first, 0.5, 1.0), entry("b", *second, 0.5, 1.0)]
    assert (ranks(rows) == [(1, "a"), (1, "b")]) is tied
    assert (
        f"{first[0] + 0.0:.3f}".replace("-0.000", "0.000")
        == f"{second[0]:.3f}".replace("-0.000", "0.000")
    ) is tied


def test_rounding_is_pythons():
    """Rounding equals Python's round, but never gives negative zero."""
    values = round_metrics({"a": 0.6405, "b": 0.1235, "c": -0.0002, "d": 2.5, "e": None}, 3)
    assert values == {"a": round(0.6405, 3), "b": round(0.1235, 3), "c": 0.0, "d": 2.5, "e": None}
    assert str(values["c"]) == "0.0"
    assert round_metrics({"x": 2.5}, 0) == {"x": 2.0}


def test_a_tie_in_srcc_is_broken_by_the_next_metrics():
    """If printed SRCC values are equal, LCC decides, then KTAU, then the lower MSE."""
    entries = [
        entry("mse", 0.5, 0.5, 0.5, 2.0),
        entry("worse", 0.5, 0.5, 0.5, 2.5),
        entry("ktau", 0.5, 0.5, 0.6, 9.0),
        entry("lcc", 0.5004, 0.6, 0.1, 9.0),
    ]
    assert ranks(entries) == [(1, "lcc"), (2, "ktau"), (3, "mse"), (4, "worse")]

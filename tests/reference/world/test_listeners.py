"""Listeners rate on the scale, with individual habits, and together like real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reference.errors import RecipeError
from reference.world.calibration import compare, read_relate, statistics
from reference.world.listeners import ListenerModel, draw_listener, listener_number, rate
from reference.world.recipe import World, WorldConfig, plan
from reference.world.streams import Stream

# Measured on the kept ratings of RELATE (scores/REL.csv of the public repository, rows not
# "excluded").
RELATE = {
    "mean": 6.782,
    "sd": 3.299,
    "share of 0": 0.0664,
    "share of 10": 0.3135,
    "within-pair sd": 2.462,
    "ICC(1,1)": 0.444,
}
TOLERANCE = {
    "mean": 0.2,
    "sd": 0.15,
    "share of 0": 0.02,
    "share of 10": 0.03,
    "within-pair sd": 0.15,
    "ICC(1,1)": 0.05,
}


@pytest.fixture(scope="module")
def world() -> World:
    """Return the default world, planned once."""
    return plan(WorldConfig())


def scores(world: World, split: str) -> list[list[int]]:
    """Return the ratings of each pair in a split."""
    return [[rating.score for rating in pair.ratings] for pair in world.split(split)]


@pytest.mark.parametrize("split", ["train", "test"])
def test_ratings_are_close_to_real_ones(world: World, split: str) -> None:
    """Mean, spread, ends of the scale and agreement are within the stated tolerance of RELATE."""
    found = statistics(scores(world, split))
    assert {key: found[key] for key in RELATE} == {
        key: pytest.approx(value, abs=TOLERANCE[key]) for key, value in RELATE.items()
    }


def test_the_pinned_numbers_are_relates() -> None:
    """If RELATE's file is available, its statistics equal the pinned ones."""
    path = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "relate" / "REL.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    found = statistics(read_relate(path))
    assert {key: found[key] for key in RELATE} == {
        key: pytest.approx(value, abs=0.0006) for key, value in RELATE.items()
    }


def test_ratings_are_integers_on_the_scale(world: World) -> None:
    """Pairs have four ratings (test: eight), all from 0 to 10; all values occur."""
    for split, count in (("train", 4), ("validation", 4), ("test", 8)):
        ratings = scores(world, split)
        assert {len(pair) for pair in ratings} == {count}
        assert {rating for pair in ratings for rating in pair} == set(range(11))
        assert all(type(rating) is int for pair in ratings for rating in pair)


def test_pools_of_listeners_are_disjoint(world: World) -> None:
    """No listener rates in two splits, a pair twice, or more than 18 pairs."""
    pools = []
    for split in ("train", "validation", "test"):
        rated = [[rating.listener_id for rating in pair.ratings] for pair in world.split(split)]
        assert all(len(set(listeners)) == len(listeners) for listeners in rated)
        names, counts = np.unique(np.concatenate(rated), return_counts=True)
        assert counts.max() == 18
        pools.append(set(names.tolist()))
    assert not pools[0] & pools[1]
    assert not pools[0] & pools[2]
    assert not pools[1] & pools[2]


def test_combinations_of_listeners_vary() -> None:
    """Two listeners of a pair do not share more than 18 pairs: slots change at different times."""
    changes = []
    for slot in range(8):
        numbers = [listener_number(index, slot, 8) for index in range(40)]
        changes.append(next(index for index in range(40) if numbers[index] != numbers[0]))
    assert len(set(changes)) == 8


def test_better_aligned_pairs_are_rated_higher(world: World) -> None:
    """The SRCC of averages and alignment, the upper limit of predictors, is 0.8 to 0.95."""
    from scipy.stats import spearmanr

    truth = [pair.alignment for pair in world.test]
    averages = [pair.average for pair in world.test]
    assert 0.8 < spearmanr(truth, averages).statistic < 0.95


def test_listeners_differ(world: World) -> None:
    """The listeners' mean deviations vary more than without biases."""
    deviations: dict[str, list[float]] = {}
    for pair in world.test:
        for rating in pair.ratings:
            deviations.setdefault(rating.listener_id, []).append(rating.score - pair.average)
    means = np.array([np.mean(values) for values in deviations.values() if len(values) == 18])
    spread = np.std(np.concatenate([np.array(values) for values in deviations.values()]))
    assert means.var() > 1.5 * spread**2 / 18


def plain(**changes: float) -> ListenerModel:
    """Return listeners without habits, except for `changes`."""
    habits = {
        "pair_spread": 0.0,
        "bias_spread": 0.0,
        "least_spread": 0.0,
        "most_spread": 0.0,
        "round_share": 0.0,
        "end_share": 0.0,
        "careless_share": 0.0,
        "slip_ratings": 0.0,
    }
    return ListenerModel(impressions=(0.0, 2.5, 5.0, 7.5, 10.0), **{**habits, **changes})  # type: ignore[arg-type]


def rated(alignment: float, model: ListenerModel) -> list[int]:
    """Return 400 listeners' ratings of one pair."""
    listeners = [draw_listener(3, 1, number, model) for number in range(400)]
    return list(rate(alignment, listeners, Stream(3, 1), model))


def test_listeners_without_habits_rate_the_alignment() -> None:
    """Without habits, the rating is ten times the alignment, rounded."""
    assert [set(rated(a, plain())) for a in (0.0, 0.3, 0.56, 1.0)] == [{0}, {3}, {6}, {10}]


def test_each_habit_has_its_effect() -> None:
    """Round numbers, ends, carelessness and bias each have their documented effect."""
    assert set(rated(0.43, plain(round_share=0.5))) == {4, 5}
    assert set(rated(0.92, plain(end_share=0.5))) == {9, 10}
    assert set(rated(0.08, plain(end_share=0.5))) == {0, 1}
    assert set(rated(1.0, plain(slip_ratings=1.0))) == set(range(11))
    assert len(set(rated(0.5, plain(bias_spread=2.0)))) > 6


def test_an_alignment_outside_its_range_is_rejected() -> None:
    """An alignment is a share; 1.5 is an error."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        rate(1.5, [draw_listener(1, 1, 0)], Stream(1, 1))


def test_agreement_equals_the_published_example() -> None:
    """ICC(1,1) of table 2 of Shrout and Fleiss (1979), six targets and four judges, is 0.17."""
    table = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]
    found = statistics(table)
    assert found["ICC(1,1)"] == pytest.approx(0.17, abs=0.005)
    assert found["within-pair sd"] ** 2 == pytest.approx(6.26, abs=0.005)  # their WMS


def test_statistics_require_repeated_ratings() -> None:
    """Agreement of pairs with one rating each is an error with the number of usable pairs."""
    with pytest.raises(ValueError, match="0 of 2 have them"):
        statistics([[1], [2]])


def test_sets_of_ratings_are_shown_side_by_side() -> None:
    """The table has one column per set, with shares in per cent."""
    table = compare({"real": [[0, 10], [10, 10]], "made": [[5, 5], [4, 6]]})
    assert table.splitlines()[0] == "| statistic | real | made |"
    assert "| share of 10 | 75.0 % | 0.0 % |" in table


def test_a_file_that_is_not_relates_is_rejected(tmp_path: Path) -> None:
    """A missing file or one without RELATE's columns is reported."""
    path = tmp_path / "other.csv"
    path.write_text("wavname,score\na,1\n")
    with pytest.raises(RecipeError, match=r"other\.csv: missing columns: text, in RELATE dataset"):
        read_relate(path)
    with pytest.raises(RecipeError, match=r"none\.csv cannot be read"):
        read_relate(tmp_path / "none.csv")

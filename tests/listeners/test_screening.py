"""Screening: methods remove simulated careless listeners and keep the others."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.listeners.designs import relate
from xacle_eval.listeners import SCREENING_METHODS, Ratings, RatingsError, screen

CARELESS = ("l0", "l1", "l2")
CONSTANT = "l3"
#: Numbers of fitting and mismatched pairs, and how many of each a listener rates.
FITTING, MISMATCHED, HEARD = 170, 30, (25, 5)


def crowd(rng: np.random.Generator) -> Ratings:
    """Draw 40 listeners: l0 to l2 rate at random, l3 always 10, the others follow the pair."""
    listeners = 40
    truth = np.concatenate([rng.uniform(0, 10, FITTING), np.full(MISMATCHED, 0.5)])
    heard = [
        np.concatenate(
            [
                rng.choice(FITTING, HEARD[0], False),
                FITTING + rng.choice(MISMATCHED, HEARD[1], False),
            ]
        )
        for _ in range(listeners)
    ]
    pair = np.concatenate(heard)
    who = np.repeat(np.arange(listeners), sum(HEARD))
    values = np.clip(np.round(truth[pair] + rng.normal(size=pair.size)), 0, 10)
    random = who < len(CARELESS)
    values[random] = rng.integers(3, 11, random.sum())
    values[who == len(CARELESS)] = 10
    return Ratings.from_arrays(
        pair, [f"l{code}" for code in who], values, flags={"anchor": pair >= FITTING}
    )


@pytest.mark.parametrize(
    ("method", "settings", "expected"),
    [
        ("anchors", {"limit": 2.5}, {*CARELESS, CONSTANT}),
        ("anchors", {"limit": 4, "statistic": "max"}, {*CARELESS, CONSTANT}),
        ("rest-correlation", {"minimum": 0.5}, set(CARELESS)),
        ("no-variation", {}, {CONSTANT}),
    ],
)
def test_only_careless_listeners_are_removed(
    method: str, settings: dict[str, float | str], expected: set[str]
) -> None:
    """Each listener method removes exactly its careless listeners, with all their ratings."""
    for seed in range(5):
        ratings = crowd(np.random.default_rng(seed))
        found = screen(ratings, method, **settings)
        assert {removal.listener_id for removal in found.removals} == expected
        assert found.n_removed == 30 * len(expected)
        assert found.n_listeners_removed == len(expected)
        gone = {ratings.listener_ids[code] for code in ratings.listener[found.removed]}
        assert gone == expected


def test_averages_before_and_after() -> None:
    """Averages before use all ratings; averages after use the remaining ratings."""
    ratings = Ratings.from_arrays(
        ["a", "a", "a", "b", "c", "c"], ["x", "y", "bad", "bad", "x", "y"], [2, 4, 10, 10, 6, 8],
        flags={"anchor": [False, False, True, False, False, False]},
    )  # fmt: skip
    found = screen(ratings, "anchors", limit=5)
    assert found.pairs_lost == ("b",)
    assert found.untested == 2
    before, after = (part.to_frame().set_index("pair_id") for part in (found.before, found.after))
    assert before["mean"].to_dict() == pytest.approx({"a": 16 / 3, "b": 10, "c": 7})
    assert after["mean"].to_dict() == pytest.approx({"a": 3, "c": 7})
    assert found.removals[0].reason == "mean of anchor ratings 10, above 5"


def test_agreement_removes_isolated_ratings() -> None:
    """A rating is removed if no other listener is within the tolerance; the limit is kept."""
    ratings = Ratings.from_arrays(
        [*"aaabbccd"], ["1", "2", "3", "1", "2", "1", "2", "1"], [0, 6, 7, 0, 5, 0, 6, 3]
    )
    found = screen(ratings, "agreement")
    removed = [(removal.pair_id, removal.listener_id, removal.value) for removal in found.removals]
    assert removed == [("a", "1", 6.0), ("c", "1", 6.0), ("c", "2", 6.0)]
    assert found.untested == 1
    assert screen(ratings, "agreement", tolerance=6).n_removed == 0


def test_agreement_equals_a_double_loop_with_duplicates() -> None:
    """The sorted search equals a double loop over the ratings of other listeners."""
    rng = np.random.default_rng(8)
    n = 400
    ratings = Ratings.from_arrays(
        rng.integers(0, 60, n), rng.integers(0, 5, n), rng.integers(0, 11, n)
    )
    assert ratings.duplicates
    expected = []
    for row in range(n):
        other = (ratings.pair == ratings.pair[row]) & (ratings.listener != ratings.listener[row])
        gap = np.abs(ratings.values[other] - ratings.values[row])
        expected.append(bool(gap.size and gap.min() > 2))
    assert screen(ratings, "agreement", tolerance=2).removed.tolist() == expected
    assert any(expected)


def test_repeated_ratings_do_not_confirm_each_other() -> None:
    """A listener's repeated ratings do not count as the other rating nearby."""
    ratings = Ratings.from_arrays(["a", "a", "a", "b"], ["x", "x", "y", "y"], [9, 10, 1, 5])
    assert screen(ratings, "agreement").removed.tolist() == [True, True, True, False]


def test_too_few_ratings_are_not_tested() -> None:
    """Listeners with fewer ratings than the minimum are kept and counted as untested."""
    ratings = crowd(np.random.default_rng(0))
    found = screen(ratings, "rest-correlation", minimum=0.5, at_least=31)
    assert (found.n_removed, found.untested) == (0, 40)
    assert screen(ratings, "no-variation", at_least=31).untested == 40


def test_strict_limit_removes_only_flagged_ratings() -> None:
    """Between the two limits a listener loses only the ratings with the strict flag."""
    ratings = Ratings.from_arrays(
        ["p", "q", "r", "p", "q", "r"], ["x", "x", "x", "y", "y", "y"], [2, 7, 8, 0, 6, 9],
        flags={"anchor": [1, 0, 0, 1, 0, 0], "evaluation": [0, 1, 0, 0, 1, 0]},
    )  # fmt: skip
    found = screen(ratings, "anchors", limit=3, strict_flag="evaluation", strict_limit=1)
    assert found.removed.tolist() == [False, True, False, False, False, False]
    assert (
        found.removals[0].reason
        == "on ratings marked evaluation: mean of anchor ratings 2, above 1"
    )
    dropped = screen(ratings, "anchors", limit=3, drop_anchors=True)
    assert dropped.removed.tolist() == [True, False, False, True, False, False]


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        ("median", {}, "expected one of anchors, agreement, rest-correlation, no-variation"),
        ("anchors", {}, "requires the parameter limit"),
        ("anchors", {"limt": 3}, "no parameter 'limt'; expected limit"),
        ("anchors", {"limit": 3, "statistic": "median"}, "expected 'mean' or 'max'"),
        ("anchors", {"limit": 3, "flag": "decoy"}, "unknown flag 'decoy'"),
        ("anchors", {"limit": 1, "strict_flag": "anchor", "strict_limit": 2}, "strict_limit is 2"),
        ("anchors", {"limit": 1, "strict_flag": "anchor"}, "strict_limit is None"),
        ("anchors", {"limit": float("nan")}, "limit is nan; expected a finite number"),
        ("agreement", {"tolerance": -1}, "tolerance is -1; expected a number of at least 0"),
        ("anchors", {"limit": 10**400}, "expected a finite number"),
        ("rest-correlation", {"minimum": 3}, "at least -1 and at most 1"),
        ("rest-correlation", {"minimum": 0.2, "at_least": 2}, "at least 3"),
        ("no-variation", {"spread": True}, "spread is True"),
        ("no-variation", {"spread": 10}, "would remove every rating"),
    ],
)
def test_settings_are_checked(method: str, settings: dict[str, float | str], message: str) -> None:
    """Unknown methods and parameters and invalid thresholds are errors that name them."""
    with pytest.raises(RatingsError, match=message):
        screen(crowd(np.random.default_rng(0)), method, **settings)


def test_result_forms_and_registry() -> None:
    """Every method has its parameters, and its result converts to a table and strict JSON."""
    ratings = crowd(np.random.default_rng(2))
    required = {"anchors": {"limit": 2.5}, "rest-correlation": {"minimum": 0.5}}
    for name, method in SCREENING_METHODS.items():
        found = screen(ratings, name, **required.get(name, {}))
        assert set(found.parameters) == {parameter.name for parameter in method.parameters}
        assert len(found.to_frame()) == len(found.removals)
        assert list(found.to_frame()) == [
            "listener_id",
            "pair_id",
            "n_ratings",
            "value",
            "limit",
            "reason",
        ]
        document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert document["n_removed"] == found.n_removed
        assert len(document["before"]) == ratings.n_pairs


def test_relate_exclusions_are_reproduced() -> None:
    """Two limits on the mean of three anchors reproduce every exclusion of RELATE."""
    ratings = relate()
    excluded, listening = ratings.flag("excluded"), ~ratings.flag("anchor")
    one = screen(ratings, "anchors", limit=5 / 3).removed[listening]
    assert (int((one & excluded[listening]).sum()), int((one & ~excluded[listening]).sum())) == (
        5058,
        0,
    )
    two = screen(ratings, "anchors", limit=5 / 3, strict_flag="evaluation", strict_limit=2 / 3)
    assert int(excluded[listening].sum()) == 6900
    assert (two.removed == excluded)[listening].all()

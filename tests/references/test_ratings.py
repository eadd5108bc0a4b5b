"""``Ratings``: accepted and refused input, duplicates, and sums over pairs."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from tests.listeners.designs import one_way_design
from xacle_eval.listeners import Duplicate, Ratings, RatingsError
from xacle_eval.listeners.results import plain

PAIRS = ["b", "a", "b", "a", "b"]
WHO = ["x", "x", "y", "y", "x"]
VALUES = [4, 1, 6, 3, 8]


def test_codes_follow_first_appearance() -> None:
    """Pairs and listeners are coded in order of first appearance."""
    ratings = Ratings.from_arrays(PAIRS, WHO, VALUES)
    assert ratings.pair_ids == ("b", "a")
    assert ratings.listener_ids == ("x", "y")
    assert ratings.pair.tolist() == [0, 1, 0, 1, 0]
    assert ratings.listener.tolist() == [0, 0, 1, 1, 0]


def test_duplicates_are_kept_and_reported() -> None:
    """A listener's repeated ratings of a pair are kept and listed with all values."""
    ratings = Ratings.from_arrays(PAIRS, WHO, VALUES)
    assert ratings.n_ratings == 5
    assert ratings.duplicates == (Duplicate("b", "x", (4.0, 8.0)),)
    assert ratings.means().tolist() == [6.0, 2.0]


def test_duplicates_are_averaged_on_request() -> None:
    """Averaging puts the mean at the first rating's place, keeps the report and merges flags."""
    ratings = Ratings.from_arrays(
        PAIRS,
        WHO,
        VALUES,
        duplicates="average",
        flags={"anchor": [False, True, False, False, True]},
    )
    assert ratings.values.tolist() == [6.0, 1.0, 6.0, 3.0]
    assert ratings.pair.tolist() == [0, 1, 0, 1]
    assert ratings.listener.tolist() == [0, 0, 1, 1]
    assert ratings.flag("anchor").tolist() == [True, True, False, False]
    assert ratings.duplicates == (Duplicate("b", "x", (4.0, 8.0)),)


def test_means_and_squares_equal_a_loop() -> None:
    """Averages and sums of squares of unequal groups equal numpy for each group."""
    rng = np.random.default_rng(1)
    ratings, _ = one_way_design(rng, rng.integers(1, 9, 40))
    shifted = Ratings.from_arrays(ratings.pair, ratings.listener, ratings.values + 1e8)
    groups = [shifted.values[shifted.pair == code] for code in range(40)]
    np.testing.assert_allclose(shifted.means(), [group.mean() for group in groups], rtol=1e-14)
    np.testing.assert_allclose(
        shifted.squares_within(), [((g - g.mean()) ** 2).sum() for g in groups], atol=1e-6
    )


def test_equal_averages_of_whole_ratings_tie() -> None:
    """Averages that are equal fractions are equal to the last bit, also those of the others."""
    rng = np.random.default_rng(2)
    k = rng.integers(1, 13, 2000)
    pair = np.repeat(np.arange(k.size), k)
    ratings = Ratings.from_arrays(pair, np.arange(pair.size), rng.integers(0, 11, pair.size))
    exact = [
        Fraction(int(ratings.values[pair == code].sum()), int(k[code])) for code in range(k.size)
    ]
    assert len(set(ratings.means().tolist())) == len(set(exact))
    mean, count = ratings.others()
    totals = np.bincount(pair, ratings.values)[pair] - ratings.values
    fractions = {Fraction(int(t), int(n)) for t, n in zip(totals, count, strict=True) if n}
    assert len(set(mean[count > 0].tolist())) == len(fractions)


def test_others_leave_out_all_ratings_of_the_same_listener() -> None:
    """The mean of the others excludes a listener's own ratings; without others it is nan."""
    ratings = Ratings.from_arrays(["p", "p", "p", "q"], ["x", "x", "y", "x"], [2, 4, 9, 5])
    mean, count = ratings.others()
    np.testing.assert_allclose(mean, [9.0, 9.0, 3.0, np.nan])
    assert count.tolist() == [1, 1, 2, 0]


def test_selection_recodes_and_finds_remaining_duplicates() -> None:
    """A selection removes pairs, listeners and duplicates that no longer occur."""
    ratings = Ratings.from_arrays(PAIRS, WHO, VALUES)
    part = ratings.where(np.array([False, True, True, True, True]))
    assert part.pair_ids == ("b", "a")
    assert part.duplicates == ()
    assert part.where(part.pair == 1).pair_ids == ("a",)


def test_frame_round_trip() -> None:
    """Custom columns, two columns per pair and booleans as text survive a round trip."""
    frame = pd.DataFrame(
        {"clip": ["1.wav", "1.wav"], "text": ["rain", "dog"], "who": [7, 8], "points": [3, 10],
         "mismatch": ["True", "false"]}
    )  # fmt: skip
    ratings = Ratings.from_frame(
        frame, pair=("clip", "text"), listener="who", value="points", flags={"anchor": "mismatch"}
    )
    back = ratings.to_frame()
    assert back["pair_id"].tolist() == ["1.wav | rain", "1.wav | dog"]
    assert back["listener_id"].tolist() == ["7", "8"]
    assert back["value"].tolist() == [3.0, 10.0]
    assert back["anchor"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": [1, 2, 3, 4, np.nan]}, "rating 5 is nan"),
        ({"values": [1, 2, 3, 4, np.inf]}, "rating 5 is inf"),
        ({"values": [1, 2, 3, 4]}, "different lengths: pair 5, listener 5, value 4"),
        ({"values": [1, 2, "x", 4, 5]}, "^rating 3 is 'x'; expected a finite number$"),
        ({"values": [1, 2, 3, 4, None]}, "rating 5 is nan; expected a finite number$"),
        ({"values": [1, 2, 3, 4, pd.NA]}, "^rating 5 is '<NA>'; expected a finite number$"),
        ({"values": [1, 10**400, 3, 4, 5]}, "^rating 2 is too large; expected a finite number$"),
        ({"values": [1, 2, 3, 4, [5, 6]]}, r"^rating 5 is '\[5, 6\]'; expected a finite number$"),
        ({"values": [np.nan] * 5}, r"rating 1 is nan; expected a finite number \(5 ratings"),
        ({"pairs": ["a", "b", "", "c", "d"]}, "rating 3 has an empty"),
        ({"listeners": ["a", "b", float("nan"), "c", "d"]}, "rating 3 has an empty"),
        (
            {"flags": {"anchor": ["true", "false", "maybe", "true", "true"]}},
            "of rating 3 is 'maybe'",
        ),
        ({"flags": {"anchor": [True]}}, "different lengths: .* flag 'anchor' 1"),
        ({"flags": {"pair": [True]}}, "different lengths: pair 5, .* flag 'pair' 1"),
        ({"flags": {"anchor": [[True], [True, False]]}}, "not a flat sequence of booleans"),
        ({"duplicates": "drop"}, "expected 'keep' or 'average'"),
        ({"pairs": [], "listeners": [], "values": []}, "at least one"),
    ],
)
def test_invalid_input_is_refused(change: dict[str, object], message: str) -> None:
    """Invalid input is an error that names the place and what was expected."""
    columns = {"pairs": PAIRS, "listeners": WHO, "values": VALUES} | change
    with pytest.raises(RatingsError, match=message):
        Ratings.from_arrays(**columns)  # type: ignore[arg-type]


def test_missing_columns_are_listed() -> None:
    """A missing column is an error that lists the columns, and so is an ambiguous one."""
    frame = pd.DataFrame({"wav_file_name": ["a"], "score": [1]})
    with pytest.raises(
        RatingsError, match="no column 'listener_id'; found 'wav_file_name', 'score'"
    ):
        Ratings.from_frame(frame)
    twice = pd.DataFrame(
        [["a", "x", 1, 2]], columns=["wav_file_name", "listener_id", *["score"] * 2]
    )
    with pytest.raises(RatingsError, match="more than one column 'score'"):
        Ratings.from_frame(twice)


@pytest.mark.parametrize("column", ["wav_file_name", "listener_id"])
@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_identifiers_are_refused(column: str, missing: object) -> None:
    """Every kind of missing identifier is an error that names the rating."""
    frame = pd.DataFrame(
        {"wav_file_name": ["a", "b"], "listener_id": ["x", "y"], "score": [1, 2]}, dtype=object
    )
    frame.loc[1, column] = missing
    with pytest.raises(RatingsError, match="rating 2 has an empty"):
        Ratings.from_frame(frame)


def test_invalid_selections_and_flags_are_refused() -> None:
    """An empty selection, a mask of the wrong length and an unknown flag are errors."""
    ratings = Ratings.from_arrays(PAIRS, WHO, VALUES)
    with pytest.raises(RatingsError, match="the selection contains no rating"):
        ratings.where(np.zeros(5, dtype=bool))
    with pytest.raises(RatingsError, match="one boolean for each of 5"):
        ratings.where(np.ones(4, dtype=bool))
    with pytest.raises(RatingsError, match="unknown flag 'anchor'"):
        ratings.flag("anchor")


def test_plain_values_are_strict_json() -> None:
    """Nested numpy values become plain ones, nan becomes None, and unknown types are refused."""
    value = plain({"a": np.float64("nan"), "b": (np.int64(2), True), "c": np.array([1.5])})
    assert json.dumps(value, allow_nan=False) == '{"a": null, "b": [2, true], "c": [1.5]}'
    with pytest.raises(TypeError, match="strict JSON"):
        plain(object())

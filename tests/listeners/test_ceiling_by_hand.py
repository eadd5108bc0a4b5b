"""Noise ceiling, MSE floor and one human against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.listeners.designs import complete
from xacle_eval.listeners import Ratings, RatingsError, mse_floor, noise_ceiling, one_human
from xacle_eval.listeners import ceiling as module

#: Two pairs with two ratings each: mean squares 16 and 2, so ICC(1,1) = 14/18, ICC(1,k) = 7/8.
TWO_PAIRS = Ratings.from_arrays([*"aabb"], range(4), [1, 3, 5, 7])
#: Three pairs with four ratings each; the averages are 1, 1 and 4, so a third of the pairs tie.
TIED = Ratings.from_arrays([*"aaaabbbbcccc"], range(12), [0, 2, 0, 2, 1, 1, 0, 2, 3, 5, 4, 4])
#: Half correlations and √(untied shares) of two splits; their means are 0.5 and 0.85.
PLAIN, RESAMPLED, UNTIED = np.array([0.4, 0.6]), np.array([0.3, 0.5]), np.array([0.9, 0.8])


@pytest.fixture
def given_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the random splits by two splits with known correlations."""
    halves = module.Halves(PLAIN, RESAMPLED, UNTIED)
    monkeypatch.setattr(
        module, "_split_correlations", lambda *_: dict.fromkeys(("LCC", "SRCC", "KTAU"), halves)
    )


def _lcc(half: np.ndarray | float) -> np.ndarray:
    """Return the ceiling that Spearman–Brown and the root give for two equal halves."""
    return np.sqrt(2 * half / (1 + half))


def _srcc(half: np.ndarray | float) -> np.ndarray:
    """Return the ceiling of SRCC for two equal halves, through Pearson's relation."""
    rho = 2 * np.sin(np.pi * half / 6)
    return 6 / np.pi * np.arcsin(_lcc(rho) / 2)


def _ktau(half: np.ndarray | float, untied: np.ndarray | float, ties: float) -> np.ndarray:
    """Return the ceiling of KTAU for two equal halves, through Greiner's relation."""
    rho = np.sin(np.pi * half * untied / 2)
    return 2 / np.pi * np.arcsin(_lcc(rho)) / np.sqrt(1 - ties)


def test_two_pairs() -> None:
    """Reliability, ceiling and panel of LCC follow from the mean squares of two pairs."""
    found = noise_ceiling(TWO_PAIRS)
    lcc = found.of("LCC")
    assert (lcc.metric, lcc.method) == ("LCC", "variance components")
    assert lcc.components == lcc.value == pytest.approx(np.sqrt(7 / 8), abs=1e-12)
    assert lcc.panel == found.reliability == pytest.approx(7 / 8, abs=1e-12)
    # Every half of the upper pair is above every half of the lower one.
    assert [one.halves for one in found.ceilings] == pytest.approx([1, 1, 1])
    assert found.of("SRCC").value == found.of("KTAU").value == pytest.approx(1)
    assert [one.method for one in found.ceilings[1:]] == ["split halves"] * 2
    assert found.to_frame().index.tolist() == [0, 1, 2]


def test_interval_of_two_pairs() -> None:
    """Half of the resamples contain one pair twice: their reliability is negative, so 0."""
    lcc = noise_ceiling(TWO_PAIRS).of("LCC")
    assert (lcc.low, lcc.high) == (0.0, pytest.approx(np.sqrt(7 / 8), abs=1e-12))
    narrow = noise_ceiling(TWO_PAIRS, level=0.01, resamples=1).of("LCC")
    assert narrow.low == narrow.high


def test_reliability_above_one_is_impossible() -> None:
    """Ratings without noise have a reliability of exactly 1, and every ceiling is 1."""
    found = noise_ceiling(complete(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])))
    assert found.reliability == 1
    assert [(one.value, one.panel) for one in found.ceilings] == [(1, 1)] * 3


@pytest.mark.usefixtures("given_halves")
@pytest.mark.parametrize("conversion", ["normal", "spearman-brown"])
def test_mean_of_the_splits_is_stepped_up(conversion: str) -> None:
    """The mean half correlation, not the mean of the steps, is converted by each metric's map."""
    found = noise_ceiling(TIED, conversion=conversion)  # type: ignore[arg-type]
    if conversion == "normal":
        expected = [_lcc(0.5), _srcc(0.5), _ktau(0.5, 0.85, 1 / 3)]
    else:
        expected = [_lcc(0.5)] * 3
        assert np.isnan([one.components for one in found.ceilings[1:]]).all()
    assert [one.halves for one in found.ceilings] == pytest.approx(expected, abs=2e-5)
    assert [one.value for one in found.ceilings[1:]] == [one.halves for one in found.ceilings[1:]]
    assert found.of("LCC").value == found.of("LCC").components != found.of("LCC").halves


@pytest.mark.usefixtures("given_halves")
def test_intervals_of_the_splits() -> None:
    """Intervals of rank metrics use resampled halves; the interval of the splits does not."""
    found = noise_ceiling(TIED, level=0.5)
    maps = {
        "LCC": _lcc,
        "SRCC": _srcc,
        "KTAU": lambda half: _ktau(half, UNTIED, 1 / 3),
    }
    for name, ceiling_of in maps.items():
        one = found.of(name)
        assert (one.halves_low, one.halves_high) == pytest.approx(
            tuple(np.quantile(ceiling_of(PLAIN), [0.25, 0.75])), abs=2e-5
        )
        if name != "LCC":
            assert (one.low, one.high) == pytest.approx(
                tuple(np.quantile(ceiling_of(RESAMPLED), [0.25, 0.75])), abs=2e-5
            )


@pytest.mark.usefixtures("given_halves")
def test_panel_has_the_ties_of_both_sides() -> None:
    """Two panels correlate by R, mapped by each metric; both sides of KTAU have ties."""
    found = noise_ceiling(TIED)
    rho = {"SRCC": 2 * np.sin(np.pi / 12), "KTAU": np.sin(np.pi * 0.5 * 0.85 / 2)}
    panel = {name: 2 * one / (1 + one) for name, one in rho.items()}
    assert found.of("SRCC").panel == pytest.approx(
        6 / np.pi * np.arcsin(panel["SRCC"] / 2), abs=2e-5
    )
    assert found.of("KTAU").panel == pytest.approx(
        min(2 / np.pi * np.arcsin(panel["KTAU"]) / (1 - 1 / 3), 1), abs=2e-5
    )


@pytest.mark.usefixtures("given_halves")
def test_components_of_rank_metrics() -> None:
    """The components of SRCC and KTAU are the maps at the reliability of the average."""
    found = noise_ceiling(TIED)
    # Mean squares: 12 between pairs (2 degrees of freedom), 8/9 within pairs (9).
    root = np.sqrt((12 - 8 / 9) / 12)
    assert found.reliability == pytest.approx(root**2, abs=1e-12)
    assert found.of("SRCC").components == pytest.approx(6 / np.pi * np.arcsin(root / 2), abs=1e-12)
    expected = min(2 / np.pi * np.arcsin(root) / np.sqrt(2 / 3), 1)
    assert found.of("KTAU").components == pytest.approx(expected, abs=1e-12)


def test_unequal_panels_average_the_inverse_size() -> None:
    """With two and four ratings, R is ρ / (ρ + (1 − ρ) · mean of 1/k), also between panels."""
    values = [1, 3, 5, 7, 4, 4, 6, 6]
    ratings = Ratings.from_arrays([*"aabbcccc"], range(8), values)
    total, squares = 8, 4 + 4 + 16
    k0 = (total - squares / total) / 2
    between = (2 * (2 - 4.5) ** 2 + 2 * (6 - 4.5) ** 2 + 4 * (5 - 4.5) ** 2) / 2
    within = (2 + 2 + 4) / 5
    rho = (between - within) / (between + (k0 - 1) * within)
    expected = rho / (rho + (1 - rho) * (1 / 2 + 1 / 2 + 1 / 4) / 3)
    found = noise_ceiling(ratings)
    assert found.reliability == found.of("LCC").panel == pytest.approx(expected, abs=1e-12)
    assert {one.method for one in found.ceilings} == {"variance components"}
    assert (found.k_min, found.k_median, found.k_max) == (2, 2.0, 4)
    assert (found.n_pairs, found.n_pairs_split, found.n_ratings) == (3, 3, 8)


@pytest.mark.usefixtures("given_halves")
def test_unequal_halves_are_inverted_without_single_ratings() -> None:
    """A half correlation of 0.5 means λ · 5/6 = 1 over the pairs with two, two and four ratings."""
    ratings = Ratings.from_arrays([*"aabbccccd"], range(9), [1, 3, 5, 7, 4, 4, 6, 6, 9])
    mean_inverse = (1 / 2 + 1 / 2 + 1 / 4 + 1) / 4
    expected = 1 / np.sqrt(1 + 6 / 5 * mean_inverse)
    assert noise_ceiling(ratings).of("LCC").halves == pytest.approx(expected, abs=2e-5)


def test_halves_partition_the_ratings_of_each_pair() -> None:
    """The first half has ⌊k/2⌋ ratings, the second the rest, and each rating is in either half."""
    sizes = np.array([2, 3, 4, 5])
    pair = np.repeat(np.arange(4), sizes)
    # Powers of two: the sum of a half shows which ratings it has.
    values = np.concatenate([2.0 ** np.arange(k) for k in sizes])
    ratings = Ratings.from_arrays(pair, range(pair.size), values)
    generator = np.random.default_rng(1)
    seen: list[set[int]] = [set() for _ in sizes]
    for _ in range(200):
        first, second = module.random_halves(ratings, generator)
        for code, k in enumerate(sizes):
            one, other = first[code] * (k // 2), second[code] * (k - k // 2)
            assert int(one).bit_count() == k // 2
            assert one + other == 2**k - 1
            seen[code].add(int(one))
    # Every subset of the right size occurs: 2, 3, 6 and 10 of them.
    assert [len(one) for one in seen] == [2, 3, 6, 10]


def test_splits_use_pairs_with_two_ratings() -> None:
    """A pair with one rating is not split; two pairs with two ratings are enough, one is not."""
    two = Ratings.from_arrays([*"aabbc"], range(5), [1, 3, 5, 7, 100])
    found = noise_ceiling(two)
    assert (found.n_pairs, found.n_pairs_split) == (3, 2)
    assert found.of("SRCC").halves == pytest.approx(1)
    one = noise_ceiling(Ratings.from_arrays([*"aabc"], range(4), [1, 3, 5, 7]))
    assert one.n_pairs_split == 1
    assert np.isnan(one.of("SRCC").halves)
    assert "at least two pairs" in one.note
    assert noise_ceiling(Ratings.from_arrays([*"abc"], range(3), [1, 3, 5])).n_pairs_split == 0


def test_resampled_halves_draw_pairs_with_replacement() -> None:
    """The resampled correlations of the splits vary where those of all pairs are constant."""
    ratings = Ratings.from_arrays([*"aabbccdd"], range(8), [1, 1, 2, 2, 9, 9, 4, 4])
    halves = module._split_correlations(ratings, 200, seed=0)
    assert set(halves) == {"LCC", "SRCC", "KTAU"}
    assert halves["LCC"].plain == pytest.approx(np.ones(200))
    # The same pair four times has no correlation; any other resample of equal halves has 1.
    drawn = halves["LCC"].resampled
    assert drawn[~np.isnan(drawn)] == pytest.approx(1)
    assert 0 < np.isnan(drawn).sum() < 20
    assert halves["KTAU"].untied == pytest.approx(np.ones(200))


def test_untied_share_of_both_halves() -> None:
    """The factor from tau-b to tau-a is the root of the untied shares of the two halves."""
    # Both halves of each split are 1, 1, 2: a third of their pairs is tied.
    ratings = Ratings.from_arrays([*"aabbcc"], range(6), [1, 1, 1, 1, 2, 2])
    assert module._split_correlations(ratings, 200, 0)["KTAU"].untied == pytest.approx(2 / 3)
    # The halves of b are 1 and 2.5, or 4 and 1: one half of each split is tied with a.
    uneven = Ratings.from_arrays([*"aaabbbccc"], range(9), [1, 1, 1, 1, 1, 4, 9, 9, 9])
    untied = module._split_correlations(uneven, 200, 0)["KTAU"].untied
    assert untied == pytest.approx(np.sqrt(2 / 3))


def test_notes() -> None:
    """Zero reliability and a complete design have notes; repeated ratings are not complete."""
    # Mean squares between and within pairs are both 2, so the reliability is exactly 0.
    zero = noise_ceiling(Ratings.from_arrays([*"aabbcc"], range(6), [-1, 1, 0, 2, -2, 0]))
    assert zero.reliability == 0
    assert "do not distinguish the pairs" in zero.note
    # More variance within than between pairs: ICC(1,1) is negative and counts as 0.
    negative = noise_ceiling(Ratings.from_arrays([*"aabbcc"], range(6), [-3, 3, -2, 4, -1, 5]))
    assert [one.components for one in negative.ceilings] == [0, 0, 0]
    assert negative.of("LCC").panel == 0
    whole = Ratings.from_arrays([*"aabbcc"], [*"xyxyxy"], [1, 2, 5, 6, 8, 9])
    assert "every listener rated every pair" in noise_ceiling(whole).note
    repeated = Ratings.from_arrays([*"aabbcc"], [*"xyxyxx"], [1, 2, 5, 6, 8, 9])
    assert noise_ceiling(repeated).note == ""
    partial = Ratings.from_arrays([*"aabbcc"], [*"xyxzyz"], [1, 2, 5, 6, 8, 9])
    assert noise_ceiling(partial).note == ""


def test_smallest_settings_are_accepted() -> None:
    """200 splits and one resample are enough; the message names a setting below the minimum."""
    found = noise_ceiling(TWO_PAIRS, splits=200, resamples=1, seed=3, level=0.5)
    assert (found.splits, found.resamples, found.seed, found.level) == (200, 1, 3, 0.5)
    assert found.conversion == "normal"
    with pytest.raises(RatingsError, match=r"^splits is 199; expected 200 or more$"):
        noise_ceiling(TWO_PAIRS, splits=199)
    with pytest.raises(RatingsError, match=r"^resamples is 0; expected 1 or more$"):
        noise_ceiling(TWO_PAIRS, resamples=0)
    with pytest.raises(RatingsError, match=r"^conversion is 'none'; expected 'normal' or"):
        noise_ceiling(TWO_PAIRS, conversion="none")  # type: ignore[arg-type]
    assert mse_floor(TWO_PAIRS, resamples=1).resamples == 1
    with pytest.raises(RatingsError, match=r"^resamples is 0; expected 1 or more$"):
        mse_floor(TWO_PAIRS, resamples=0)


def test_defaults() -> None:
    """The defaults are 200 splits, 1,000 resamples, seed 0 and 95 % intervals."""
    found, floor = noise_ceiling(TWO_PAIRS), mse_floor(TWO_PAIRS)
    assert (found.splits, found.resamples, found.seed, found.level) == (200, 1000, 0, 0.95)
    assert (floor.resamples, floor.seed, floor.level) == (1000, 0, 0.95)


def test_floor_of_two_pairs() -> None:
    """The floor is the mean of 1 and 4, its interval from one pair drawn twice to the other."""
    found = mse_floor(Ratings.from_arrays([*"aabb"], range(4), [1, 3, 5, 9]))
    assert (found.value, found.low, found.high) == (2.5, 1.0, 4.0)
    assert found.pooled_variance == 5.0
    assert (found.n_pairs, found.n_single, found.note) == (2, 0, "")


def test_floor_without_two_pairs_to_compare() -> None:
    """With one pair that has two ratings the floor is undefined, and the note gives the reason."""
    found = mse_floor(Ratings.from_arrays([*"aab"], range(3), [1, 3, 5]))
    assert np.isnan(found.value)
    assert "at least two pairs with two ratings" in found.note
    assert (found.n_pairs, found.n_single) == (2, 1)


def test_one_human_of_two_pairs() -> None:
    """Ratings 1, 3, 5, 9 meet the others' 3, 1, 9, 5; a pair with one listener is ignored."""
    ratings = Ratings.from_arrays([*"aabbcdd"], [*"xyxyxxx"], [1, 3, 5, 9, 4, 6, 7])
    found = one_human(ratings)
    assert (found.n_ratings, found.n_pairs) == (4, 2)
    # Deviations from the mean 4.5: -3.5, -1.5, 0.5, 4.5 and -1.5, -3.5, 4.5, 0.5.
    assert found.metrics["LCC"] == pytest.approx(15 / 35)
    assert found.metrics["SRCC"] == pytest.approx(0.6)
    assert found.metrics["KTAU"] == pytest.approx(2 / 6)
    assert found.metrics["MSE"] == (4 + 4 + 16 + 16) / 4
    frame = found.to_frame()
    assert list(frame) == ["SRCC", "LCC", "KTAU", "MSE", "n_ratings", "n_pairs"]
    assert frame.iloc[0].tolist() == [*found.metrics.values(), 4, 2]
    alone = one_human(Ratings.from_arrays([*"ab"], [*"xx"], [1, 2]))
    assert all(np.isnan(value) for value in alone.metrics.values())

"""The ranking rule in every resample, compared with a loop that uses Python's round."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xacle_eval.errors import UsageError
from xacle_eval.metrics import DEFAULT_METRICS, METRICS
from xacle_eval.statistics import (
    BootstrapSample,
    RankStability,
    bootstrap_metrics,
    rank_by_first_keys,
    rank_by_rule,
    rank_stability,
    round_like_python,
)

ORDER = ("SRCC", "LCC", "KTAU", "MSE")


@given(st.lists(st.floats(allow_nan=False, width=64), min_size=1), st.integers(-3, 25))
def test_rounding_equals_pythons_on_any_number(values: list[float], decimals: int) -> None:
    """Every finite value is rounded as by round(value, decimals); infinities are unchanged."""
    expected = []
    for value in values:
        try:
            expected.append(round(value, decimals) if math.isfinite(value) else value)
        except OverflowError:
            return
    assert round_like_python(values, decimals).tolist() == expected


def test_rounding_equals_pythons_next_to_halves() -> None:
    """Next to k + 1/2 thousandths, where numpy.round is wrong, rounding equals Python's."""
    halves = (np.arange(-2000, 2000) + 0.5) / 1000
    values = np.concatenate([np.nextafter(halves, -9), halves, np.nextafter(halves, 9)])
    expected = [round(value, 3) for value in values.tolist()]
    assert round_like_python(values, 3).tolist() == expected
    assert np.round(values, 3).tolist() != expected


def slow_ranks(
    rows: np.ndarray, order: tuple[str, ...], decimals: int, undefined: float | None
) -> list[int]:
    """Rank one resample with round, tuples and counting."""
    keys = []
    for row in rows.tolist():
        key = []
        for name in order:
            value = row[list(DEFAULT_METRICS).index(name)]
            if math.isnan(value):
                value = undefined
            sign = -1 if METRICS[name].higher_is_better else 1
            key.append(math.inf if value is None else sign * round(value, decimals))
        keys.append(tuple(key))
    return [1 + sum(other < key for other in keys) for key in keys]


@pytest.mark.parametrize("decimals", [0, 1, 3])
@pytest.mark.parametrize("undefined", [0.0, None])
def test_ranks_equal_a_slow_loop(decimals: int, undefined: float | None) -> None:
    """Ranks in 1,500 resamples equal a loop's, with ties, later keys and undefined values."""
    rng = np.random.default_rng(decimals)
    values = np.round(rng.uniform(-0.1, 0.6, size=(6, 1500, 4)), 2)
    values[rng.random(values.shape) < 0.05] = np.nan
    values[:, :, 3] = np.nan_to_num(values[:, :, 3])
    for order in (ORDER, ("MSE", "KTAU")):
        fast = rank_by_rule(values, DEFAULT_METRICS, order, decimals, undefined)
        for resample in range(0, 1500, 7):
            assert fast[:, resample].tolist() == slow_ranks(
                values[:, resample], order, decimals, undefined
            )


def test_shared_ranks_skip_the_next() -> None:
    """Two systems equal in all rounded metrics share rank 2 and the last has rank 4."""
    values = [
        [0.6, 0.6, 0.4, 3.0],
        [0.5004, 0.5, 0.4, 3.0],
        [0.4996, 0.5, 0.4, 3.0],
        [0.5, 0.5, 0.4, 3.1],
    ]
    assert rank_by_rule(values, ORDER, ORDER).tolist() == [1, 2, 2, 4]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]])
def test_ranks_do_not_depend_on_the_order_of_the_systems(order: list[int]) -> None:
    """Three systems share rank 2 whatever their order, the next has rank 5, in every resample."""
    metrics = ("SRCC", "MSE")
    values = np.array([[0.9, 3.0], [0.5, 2.0], [0.5, 2.0], [0.5001, 1.9999], [0.5, 2.1]])
    expected = np.array([1, 2, 2, 2, 5])
    assert rank_by_rule(values[order], metrics, metrics).tolist() == expected[order].tolist()
    many = np.stack([values[order], values[order][::-1]], axis=1)
    ranks = rank_by_rule(many, metrics, metrics)
    assert ranks[:, 0].tolist() == expected[order].tolist()
    assert ranks[:, 1].tolist() == expected[order][::-1].tolist()


def test_a_later_key_decides_only_between_equal_ones() -> None:
    """Keys are compared in order and direction: the lower MSE wins where SRCC is equal."""
    values = [[0.5, 2.0], [0.6, 9.0], [0.5, 1.0], [0.5, 1.0]]
    assert rank_by_rule(values, ("SRCC", "MSE"), ("SRCC", "MSE")).tolist() == [4, 1, 2, 2]
    assert rank_by_rule(values, ("SRCC", "MSE"), ("MSE", "SRCC")).tolist() == [3, 4, 1, 1]
    assert rank_by_rule(values, ("SRCC", "MSE"), ("MSE",)).tolist() == [3, 4, 1, 1]


def test_first_keys_keep_the_order_of_the_others() -> None:
    """With KTAU first, ties are broken by SRCC before LCC."""
    values = [[0.5, 0.9, 0.3], [0.6, 0.1, 0.3], [0.5, 0.8, 0.4]]
    keys = rank_by_first_keys(values, ("SRCC", "LCC", "KTAU"), ("SRCC", "LCC", "KTAU"))
    assert keys[2].ranks.tolist() == [3, 2, 1]
    assert keys[1].ranks.tolist() == [1, 3, 2]


def test_quantiles_of_ranks_by_hand() -> None:
    """Of four resamples, the median is the second rank and a 50 % interval the first and third."""
    ranks = np.array([[4, 1, 3, 2], [1, 2, 3, 4], [2, 2, 1, 1], [3, 4, 4, 3]])
    found = RankStability(tuple("abcd"), ORDER, np.arange(1, 5), ranks, 0.5, np.ones(4))
    assert found.median.tolist() == [2, 2, 1, 3]
    assert found.low.tolist() == [1, 1, 1, 3]
    assert found.high.tolist() == [3, 3, 2, 4]
    assert found.podium[2].tolist() == [0.5, 0.5, 0.0]
    assert found.probability_first.tolist() == [0.25, 0.25, 0.5, 0.0]


@pytest.fixture(scope="module")
def sample() -> BootstrapSample:
    """Return a bootstrap of four systems, two of them nearly equal."""
    rng = np.random.default_rng(1)
    quality = rng.normal(size=120)
    noise = rng.normal(size=(4, 120)) * np.array([[0.5], [0.9], [0.9], [2.0]])
    references = np.round(quality * 8) / 8
    return bootstrap_metrics(quality + noise, references, resamples=500, systems=list("abcd"))


def test_stability_summarises_the_ranks(sample: BootstrapSample) -> None:
    """Counts, median, interval, podium and agreement equal those of the slow ranks."""
    found = rank_stability(sample)
    ranks = np.array([slow_ranks(sample.values[:, r], ORDER, 3, 0.0) for r in range(500)]).T
    np.testing.assert_array_equal(found.ranks, ranks)
    assert found.full.tolist() == slow_ranks(sample.observed, ORDER, 3, 0.0)
    assert found.counts.sum(axis=1).tolist() == [500] * 4
    assert found.counts[1, 2] == (ranks[1] == 3).sum()
    np.testing.assert_array_equal(found.podium[:, 1], (ranks == 2).mean(axis=1))
    np.testing.assert_array_equal(found.probability_first, (ranks == 1).mean(axis=1))
    assert found.median.tolist() == [sorted(row)[249] for row in ranks.tolist()]
    assert [found.low[1], found.high[1]] == [sorted(ranks[1])[12], sorted(ranks[1])[487]]
    taus = [stats.kendalltau(found.full, ranks[:, r]).statistic for r in range(500)]
    np.testing.assert_allclose(found.agreement, taus, rtol=1e-12)
    assert found.agreement_mean == pytest.approx(np.mean(taus))
    assert found.agreement_low == pytest.approx(np.quantile(taus, 0.025))
    assert found.to_frame().shape == (4, 8)


def test_a_single_system_is_always_first() -> None:
    """One system has rank 1 in every resample and an undefined agreement."""
    one = rank_stability(bootstrap_metrics([1.0, 2.0, 4.0], [1.0, 3.0, 2.0], resamples=20))
    assert one.probability_first.tolist() == [1.0]
    assert one.podium.tolist() == [[1.0, 0.0, 0.0]]
    assert math.isnan(one.agreement_mean)


def test_other_first_keys() -> None:
    """Each metric as the first key gives a ranking, its agreement and the number of changes."""
    values = [[0.7, 0.5, 0.5, 3.0], [0.6, 0.6, 0.4, 4.0], [0.5, 0.4, 0.3, 5.0]]
    keys = rank_by_first_keys(values, ORDER, ORDER)
    assert [key.metric for key in keys] == list(ORDER)
    assert [key.ranks.tolist() for key in keys] == [[1, 2, 3], [2, 1, 3], [1, 2, 3], [1, 2, 3]]
    assert [key.changed for key in keys] == [0, 2, 0, 0]
    assert keys[1].agreement == pytest.approx(1 / 3)


def test_a_metric_that_is_missing_is_an_error() -> None:
    """Ranking by a metric that was not computed is an error with its name."""
    with pytest.raises(UsageError, match="KTAU"):
        rank_by_rule([[0.1, 0.2]], ("SRCC", "MSE"), ("SRCC", "KTAU"))

"""Intervals and the jackknife."""

import math
from inspect import signature

import numpy as np
import pytest
from scipy import stats

from xacle_eval.errors import UsageError
from xacle_eval.metrics import DEFAULT_METRICS, all_metrics
from xacle_eval.statistics import (
    bca_interval,
    bootstrap_metrics,
    intervals,
    jackknife_metrics,
    normal_interval,
    percentile_interval,
)
from xacle_eval.statistics.intervals import bca_terms


@pytest.mark.parametrize(("n", "decimals"), [(2, 0), (3, 0), (8, 0), (60, 0), (60, 1), (200, 6)])
def test_the_jackknife_equals_leaving_each_pair_out(n: int, decimals: int) -> None:
    """All n values of every metric equal the metric of the other pairs, also if undefined."""
    rng = np.random.default_rng(n)
    y = np.round(rng.normal(size=n), 1 if n > 3 else 0)
    x = np.round(y + rng.normal(size=n), decimals)
    slow = [list(all_metrics(np.delete(x, i), np.delete(y, i)).values()) for i in range(n)]
    np.testing.assert_allclose(jackknife_metrics(x, y), slow, rtol=1e-11, atol=1e-12)


def test_the_jackknife_knows_what_is_left_constant() -> None:
    """Correlations are undefined only without the one pair that differs."""
    left_out = jackknife_metrics(
        [1.0, 1.0, 1.0, 2.0], [1.0, 2.0, 3.0, 4.0], ("SRCC", "LCC", "KTAU")
    )
    assert np.isnan(left_out[3]).all()
    assert not np.isnan(left_out[:3]).any()


def test_percentile_intervals_are_quantiles() -> None:
    """The interval has the middle 95 % of the defined values and counts the others."""
    values = np.r_[np.arange(1001.0), np.nan, np.nan]
    interval = percentile_interval(values)
    np.testing.assert_allclose([interval.low, interval.high], [25.0, 975.0])
    assert interval.undefined == 2
    assert interval.covers(interval.low)
    assert not interval.covers(24.9)


@pytest.mark.parametrize(
    ("level", "low", "high"), [(0.5, 1.0, 100.0), (0.75, 0.5, 550.0), (0.25, 5.5, 55.0)]
)
def test_percentile_ends_by_hand(level: float, low: float, high: float) -> None:
    """Of 0, 1, 10, 100, 1000 the ends lie at (1 - level) / 2 of the way, linear in between."""
    interval = percentile_interval([1000.0, 1.0, 100.0, 0.0, 10.0], level)
    assert (interval.low, interval.high, interval.level) == (low, high, level)
    assert interval.covers(low)
    assert interval.covers(high)
    assert not interval.covers(np.nextafter(low, -1.0))
    assert not interval.covers(np.nextafter(high, 2000.0))


def test_bca_moves_both_ends_up_by_its_bias() -> None:
    """With no acceleration, the ends are the quantiles at normal(2 z0 -+ 1.96)."""
    values = np.arange(1001.0)
    shift = 2 * stats.norm.ppf(600.5 / 1001)
    expected = np.quantile(values, stats.norm.cdf(shift + stats.norm.ppf([0.025, 0.975])))
    interval = bca_interval(values, 600.0, [-1.0, 1.0])
    np.testing.assert_allclose([interval.low, interval.high], expected, rtol=1e-12)


def _correlation(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    """Pearson's correlation along an axis, which older releases of scipy do not have."""
    a, b = (values - values.mean(axis=axis, keepdims=True) for values in (a, b))
    return (a * b).sum(axis=axis) / np.sqrt((a * a).sum(axis=axis) * (b * b).sum(axis=axis))


def test_bca_agrees_with_scipy() -> None:
    """For LCC of 40 pairs the ends equal scipy.stats.bootstrap's up to Monte Carlo error."""
    rng = np.random.default_rng(5)
    y = rng.normal(size=40)
    x = y + rng.normal(size=40)
    sample = bootstrap_metrics(x, y, resamples=9999, metrics=("LCC",))
    ours = intervals(sample, method="bca", predictions=x, references=y).rows[0]["LCC"]
    generator = {
        "rng"
        if "rng" in signature(stats.bootstrap).parameters
        else "random_state": np.random.default_rng(1)
    }
    theirs = stats.bootstrap(
        (x, y),
        _correlation,
        paired=True,
        vectorized=True,
        n_resamples=9999,
        method="BCa",
        **generator,
    ).confidence_interval
    np.testing.assert_allclose([ours.low, ours.high], [theirs.low, theirs.high], atol=0.012)
    plain = intervals(sample).rows[0]["LCC"]
    assert abs(ours.low - plain.low) > 0.012


def test_bca_terms_follow_their_definitions() -> None:
    """The bias is the normal quantile of the share below (ties half), by definition."""
    values = np.array([0.1, 0.2, 0.3, 0.3, 0.9])
    jackknife = np.array([0.2, 0.25, 0.5, 0.1])
    terms = bca_terms(values, 0.3, jackknife)
    assert terms.bias == pytest.approx(stats.norm.ppf(3 / 5))
    d = jackknife.mean() - jackknife
    assert terms.acceleration == pytest.approx((d**3).sum() / (6 * (d**2).sum() ** 1.5))


def test_bca_without_bias_and_acceleration_is_the_percentile_interval() -> None:
    """A symmetrical sample with a symmetrical jackknife gives the percentile interval."""
    values = np.linspace(-1, 1, 2001)
    bca, plain = bca_interval(values, 0.0, [-1.0, 1.0]), percentile_interval(values)
    np.testing.assert_allclose([bca.low, bca.high], [plain.low, plain.high], atol=1e-12)


def test_what_is_undefined_everywhere_has_no_interval() -> None:
    """For a constant system both ends of a correlation are nan, and all resamples are counted."""
    x, y = np.ones(20), np.arange(20.0)
    sample = bootstrap_metrics(x, y, resamples=50)
    for table in (intervals(sample), intervals(sample, method="bca", predictions=x, references=y)):
        interval = table.rows[0]["KTAU"]
        assert np.isnan([interval.low, interval.high]).all()
        assert interval.undefined == 50
        assert table.rows[0]["MSE"].low < table.rows[0]["MSE"].high


def test_impossible_intervals_are_refused() -> None:
    """A level of 95, an unknown method and BCa without data are errors."""
    x, y = np.arange(9.0), np.arange(9.0) % 4
    sample = bootstrap_metrics(x, y, resamples=20)
    with pytest.raises(UsageError, match=r"0\.95"):
        intervals(sample, level=95)
    with pytest.raises(UsageError, match="percentile, bca or normal"):
        intervals(sample, method="basic")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="jackknife"):
        intervals(sample, method="bca")


def test_the_jackknife_of_bca_leaves_out_whole_parts() -> None:
    """With parts, BCa uses the metrics of the data without each part in turn."""
    rng = np.random.default_rng(4)
    y = np.round(rng.normal(size=60), 1)
    x = np.round(y + rng.normal(size=60), 1)
    parts = rng.permutation(np.repeat(np.arange(12), [1, 2, 3, 4, 5, 6, 6, 6, 6, 7, 7, 7]))
    left_out = jackknife_metrics(x, y, DEFAULT_METRICS, parts)
    for part in range(12):
        rest = parts != part
        expected = list(all_metrics(x[rest], y[rest]).values())
        np.testing.assert_allclose(left_out[part], expected, rtol=1e-12)
    sample = bootstrap_metrics(x, y, resamples=200, parts=parts)
    found = intervals(sample, method="bca", predictions=x, references=y).rows[0]
    for m, name in enumerate(DEFAULT_METRICS):
        values, observed = sample.values[0, :, m], float(sample.observed[0, m])
        assert found[name] == bca_interval(values, observed, left_out[:, m], 0.95)


def test_the_normal_interval_is_that_of_a_scale_without_limits() -> None:
    """The ends are 1.96 standard errors from the observed value on the scale of atanh or log."""
    rng = np.random.default_rng(9)
    values = np.tanh(rng.normal(0.8, 0.3, 500))
    found = normal_interval(np.append(values, np.nan), 0.7, (-1.0, 1.0))
    half = stats.norm.ppf(0.975) * np.arctanh(values).std(ddof=1)
    centre = np.arctanh(0.7)
    assert (found.low, found.high) == pytest.approx(tuple(np.tanh([centre - half, centre + half])))
    assert (found.method, found.undefined) == ("normal", 1)
    errors = np.exp(rng.normal(1, 0.2, 500))
    half = stats.norm.ppf(0.95) * np.log(errors).std(ddof=1)
    found = normal_interval(errors, 2.5, (0.0, np.inf), 0.9)
    assert (found.low, found.high) == pytest.approx((2.5 * np.exp(-half), 2.5 * np.exp(half)))
    free = normal_interval(errors, 2.5, (-np.inf, np.inf))
    half = stats.norm.ppf(0.975) * errors.std(ddof=1)
    assert (free.low, free.high) == pytest.approx((2.5 - half, 2.5 + half))
    below = normal_interval(-errors, -2.5, (-np.inf, 0.0), 0.9)
    assert (below.low, below.high) == pytest.approx((-found.high, -found.low))
    share = normal_interval((values + 1) / 2, 0.85, (0.0, 1.0))
    same = normal_interval(values, 0.7, (-1.0, 1.0))
    assert (share.low, share.high) == pytest.approx(((same.low + 1) / 2, (same.high + 1) / 2))


def test_there_is_no_normal_interval_at_a_limit() -> None:
    """A perfect correlation, or more than 5 % of perfect resamples, has no standard error."""
    values = np.linspace(0.5, 0.9, 100)
    values[:6] = 1.0
    for sample, observed in ((values[6:], 1.0), (np.ones(4), 0.9), (values, 0.9), (-values, -0.9)):
        found = normal_interval(sample, observed, (-1.0, 1.0))
        assert math.isnan(found.low)
        assert math.isnan(found.high)
        assert (found.method, found.reason) == ("normal", "limit")
    assert normal_interval(values[1:], 0.9, (-1.0, 1.0)).reason == "limit"
    values[5] = 0.9
    assert normal_interval(values, 0.9, (-1.0, 1.0)).reason == ""
    assert normal_interval([0.5], 0.5, (-1.0, 1.0)) == percentile_interval([0.5])


@pytest.mark.parametrize("method", ["percentile", "bca", "normal"])
def test_few_pairs_and_perfect_systems_have_no_interval(method: str) -> None:
    """With 5 pairs no metric has an interval; a perfect correlation has none with more."""
    rng = np.random.default_rng(2)
    truth = rng.normal(size=30)
    data = np.stack([truth**3, truth + rng.normal(size=30)])

    def made(n: int, level: float = 0.95) -> list[dict[str, str]]:
        sample = bootstrap_metrics(data[:, :n], truth[:n], resamples=99)
        table = intervals(
            sample, method=method, level=level, predictions=data[:, :n], references=truth[:n]
        )
        return [{name: each.reason for name, each in row.items()} for row in table.rows]

    names = ("SRCC", "LCC", "KTAU", "MSE")
    assert made(5) == [dict.fromkeys(names, "few")] * 2
    assert "few" not in made(5, 0.8)[1].values()
    perfect, other = made(30)
    assert perfect == {"SRCC": "limit", "LCC": "", "KTAU": "limit", "MSE": ""}
    assert other == dict.fromkeys(names, "")


@pytest.mark.long
def test_normal_intervals_cover_with_thirty_pairs() -> None:
    """In 1,000 data sets of 30 pairs, normal intervals cover LCC and MSE better than percentile
    ones.
    """
    rng = np.random.default_rng(10)
    hits = {"percentile": np.zeros(2), "normal": np.zeros(2)}
    true = np.array([np.sqrt(0.5), 1.0])
    for repetition in range(1000):
        y = rng.normal(size=30)
        x = y + rng.normal(size=30)
        sample = bootstrap_metrics(x, y, metrics=("LCC", "MSE"), resamples=400, seed=repetition)
        for method, found in hits.items():
            row = intervals(sample, method=method).rows[0]
            found += [row["LCC"].covers(true[0]), row["MSE"].covers(true[1])]
    # 92 to 93 % in simulations of 2,000 repetitions (docs/simulations.md).
    assert (hits["normal"] >= 900).all()
    assert (hits["normal"] > hits["percentile"]).all()


@pytest.mark.long
def test_percentile_intervals_cover_the_truth() -> None:
    """In 200 data sets of 3,000 tied pairs, 95 % intervals cover the truth in 90 to 99 %."""
    from benchmarks.simulation import coverage_of_pairs

    row = coverage_of_pairs(3000, 200, 400, seed=1)[0]
    shares = [float(cell) for cell in row[-len(DEFAULT_METRICS) :]]
    assert all(90.0 <= share <= 99.0 for share in shares)

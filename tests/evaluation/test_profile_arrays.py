"""The error profile of arrays, compared with least squares, hand calculation and simulation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.stats import linregress
from scipy.stats import t as student

from tests.listeners.designs import one_way_design
from xacle_eval.evaluation.profile import PanelSpread, error_profile
from xacle_eval.listeners import reliability
from xacle_eval.metrics import MetricInputError, lcc, mse
from xacle_eval.results.profile import ErrorProfile

VALUES = st.lists(st.tuples(st.integers(-40, 120), st.integers(0, 80)), min_size=2, max_size=40)


def profile(p: ArrayLike, y: ArrayLike, panel: PanelSpread | None = None) -> ErrorProfile:
    """Return the error profile of pairs named 1, 2, ..."""
    return error_profile(p, y, [str(n) for n in range(1, np.size(p) + 1)], panel=panel)


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_parts_add_up_to_the_mse(pairs: list[tuple[int, int]]) -> None:
    """Bias, slope and residual parts add up to the MSE and are never negative."""
    p, y = np.array(pairs, dtype=float).T / 8
    found = profile(p, y)
    assert found.mse == pytest.approx(mse(p, y))
    assert found.bias_part + found.slope_part + found.residual_part == pytest.approx(
        found.mse, abs=1e-9
    )
    assert min(found.bias_part, found.slope_part, found.residual_part) >= 0
    assert found.mse_mapped == pytest.approx(found.residual_part, abs=1e-9)


def test_linear_map_equals_scipy() -> None:
    """The linear map equals scipy's regression; the residual is (1 − LCC²) times the variance."""
    rng = np.random.default_rng(1)
    y = rng.uniform(0, 10, 200)
    p = 3 + 0.4 * y + rng.normal(size=200)
    found, line = profile(p, y), linregress(p, y)
    assert (found.slope, found.intercept) == pytest.approx((line.slope, line.intercept))
    assert found.residual_part == pytest.approx((1 - lcc(p, y) ** 2) * y.var())
    assert profile(line.slope * p + line.intercept, y).mse == pytest.approx(found.mse_mapped)


def test_pure_errors_are_in_their_own_part() -> None:
    """A shift has only bias, a stretch only slope, a constant bias and the full variance."""
    y = np.array([1.0, 2.0, 4.0, 9.0])
    shifted, stretched = profile(y + 2, y), profile(4 + 3 * (y - 4), y)
    assert (shifted.bias_part, shifted.slope_part, shifted.residual_part) == pytest.approx(
        (4, 0, 0)
    )
    assert (stretched.bias_part, stretched.residual_part) == pytest.approx((0, 0), abs=1e-12)
    assert stretched.slope_part == pytest.approx(4 * y.var())
    flat = profile(np.full(4, 5.0), y)
    assert (flat.bias_part, flat.slope_part, flat.residual_part) == pytest.approx((1, 0, y.var()))
    assert (flat.slope, flat.intercept) == (0.0, 4.0)


def test_rmse_star_by_hand() -> None:
    """RMSE* equals the P.1401 formula with the pooled variance, calculated step by step."""
    y = np.array([0.0, 2.0, 4.0, 6.0, 8.0, 10.0])
    p = np.array([1.0, 0.0, 9.0, 5.0, 8.0, 9.5])
    counts = np.array([1, 4, 4, 9, 16, 16])
    found = profile(p, y, panel=PanelSpread(counts, variance=1.2, freedom=12)).tolerance
    assert found is not None
    line = linregress(p, y)
    width = student.ppf(0.975, 12) * np.sqrt(1.2 / counts)
    beyond = [
        max(0.0, abs(a - line.slope * b - line.intercept) - c)
        for a, b, c in zip(y, p, width, strict=True)
    ]
    assert found.rmse_star == pytest.approx(np.sqrt(sum(x * x for x in beyond) / 4))
    assert found.share_inside == sum(x == 0 for x in beyond) / 6
    assert 0 < found.share_inside < 1
    assert (found.half_width_min, found.half_width_max) == pytest.approx((width.min(), width.max()))


def test_the_truth_is_within_tolerance() -> None:
    """About 95 % of pairs are inside the tolerance if the predictions are the true scores."""
    ratings, truth = one_way_design(np.random.default_rng(2), np.full(4000, 4), pair_sd=6.0)
    found = reliability(ratings, resamples=1)
    panel = PanelSpread(ratings.counts(), found.within, found.n_ratings_used - found.n_pairs_used)
    errors = profile(truth, ratings.means(), panel=panel)
    assert errors.tolerance is not None
    assert errors.tolerance.share_inside == pytest.approx(0.95, abs=0.012)


def test_bands_split_the_references() -> None:
    """Distinct references give four bands of equal size, each with its own bias and metrics."""
    rng = np.random.default_rng(3)
    y = rng.permutation(np.arange(40.0))
    p = y + rng.normal(size=40) + (y < 10) * 5
    bands = profile(p, y).bands
    assert [(band.low, band.high, band.n) for band in bands] == [
        (0, 9, 10),
        (10, 19, 10),
        (20, 29, 10),
        (30, 39, 10),
    ]
    low = y < 10
    assert bands[0].bias == pytest.approx((p - y)[low].mean())
    assert bands[0].metrics["LCC"] == lcc(p[low], y[low])
    assert bands[0].bias > 4 > bands[1].bias


def test_tied_references_share_a_band() -> None:
    """Equal references share a band, and its undefined correlations are null in JSON."""
    y = np.array([1.0, 2.0, 3.0] + [10.0] * 9)
    found = profile(np.arange(12.0), y)
    assert [(band.low, band.high, band.n) for band in found.bands] == [(1, 3, 3), (10, 10, 9)]
    document = json.loads(json.dumps(found.model_dump(), allow_nan=False))
    assert document["bands"][1]["metrics"]["SRCC"] is None
    assert document["tolerance"] is None
    assert found.to_frame()["n"].tolist() == [3, 9]


def test_largest_errors_in_order() -> None:
    """At most ten errors are listed, the largest first, equal ones in the order of the pairs."""
    found = error_profile([3, 0, 9, 5], [1, 2, 2, 5], ["a", "b", "c", "d"])
    assert [(one.pair_id, one.error) for one in found.largest] == [
        ("c", 7.0),
        ("a", 2.0),
        ("b", -2.0),
        ("d", 0.0),
    ]
    assert len(profile(np.arange(12.0), np.zeros(12)).largest) == 10


def test_two_pairs_have_no_tolerance() -> None:
    """Two pairs leave no degree of freedom after the linear map, so RMSE* is undefined."""
    panel = PanelSpread(np.array([4, 4]), 1.0, 6)
    assert profile([1, 2], [3, 2], panel=panel).tolerance is None


@pytest.mark.parametrize(
    "setting",
    [
        {"pair_ids": ["a"]},
        {"panel": PanelSpread(np.array([4, 4]), 1.0, 6)},
        {"panel": PanelSpread(np.array([4, 4, 0]), 1.0, 6)},
        {"panel": PanelSpread(np.array([4, 4, 4]), float("nan"), 6)},
        {"panel": PanelSpread(np.array([4, 4, 4]), 1.0, 0)},
    ],
)
def test_ids_and_panels_that_do_not_fit(setting: dict[str, object]) -> None:
    """Ids and panels must fit the arrays."""
    settings: dict[str, object] = {"pair_ids": ["a", "b", "c"], **setting}
    with pytest.raises(MetricInputError):
        error_profile([1, 2, 3], [3, 2, 1], **settings)  # type: ignore[arg-type]

"""Variance components against a published table, a dense solution and known parameters."""

from __future__ import annotations

import numpy as np
import pytest

from tests.listeners.designs import SHROUT_FLEISS, complete, crossed_design
from xacle_eval.listeners import Ratings, variance_components


def test_complete_design_is_the_classical_analysis_of_variance() -> None:
    """On Shrout and Fleiss's table the components follow from the published mean squares."""
    found = variance_components(complete(SHROUT_FLEISS))
    # Table 3: between targets 11.24, between judges 32.49, residual 1.02 (printed to two decimals).
    assert found.rest == pytest.approx(1.02, abs=0.005)
    assert found.pair == pytest.approx((11.24 - 1.02) / 4, abs=0.005)
    assert found.listener == pytest.approx((32.49 - 1.02) / 6, abs=0.005)
    assert found.listener_share == pytest.approx(found.listener / (found.listener + found.rest))
    assert found.identifiable


def _dense(ratings: Ratings) -> tuple[float, float, float]:
    """Return Henderson's method 3 with dense projections and traces, as it is defined."""
    a = np.eye(ratings.n_pairs)[ratings.pair]
    b = np.eye(ratings.n_listeners)[ratings.listener]

    def projection(x: np.ndarray) -> np.ndarray:
        # The columns of a design are dependent: a cut-off well above rounding finds the rank.
        return x @ np.linalg.pinv(x, rcond=1e-10)

    y, n = ratings.values, ratings.n_ratings
    both, only_a, only_b = projection(np.hstack([a, b])), projection(a), projection(b)
    rest = float(y @ (np.eye(n) - both) @ y / np.trace(np.eye(n) - both))
    sizes = []
    for part, own in ((both - only_b, a), (both - only_a, b)):
        expected = np.trace(own.T @ part @ own)
        sizes.append(float((y @ part @ y - rest * np.trace(part)) / expected))
    return sizes[0], sizes[1], rest


@pytest.mark.parametrize("seed", range(4))
def test_unbalanced_design_equals_dense_projections(seed: int) -> None:
    """On unbalanced designs with one or two parts the sums equal dense projections."""
    rng = np.random.default_rng(seed)
    one = crossed_design(rng, 12, 8, 5, (2.0, 1.0, 1.5))
    other = crossed_design(rng, 9, 6, 4, (2.0, 1.0, 1.5))
    ratings = Ratings.from_arrays(
        np.concatenate([one.pair, other.pair + 100]),
        np.concatenate([one.listener, other.listener + 100]),
        np.concatenate([one.values, other.values + 50]),
    )
    assert variance_components(ratings).n_parts == 2
    for part in (one, other, ratings):
        found = variance_components(part)
        np.testing.assert_allclose(
            (found.pair, found.listener, found.rest), _dense(part), rtol=1e-8
        )


def test_known_truth_is_recovered() -> None:
    """The mean over simulated sparse designs recovers the variances 4, 1 and 6.25."""
    rng = np.random.default_rng(11)
    found = [
        variance_components(crossed_design(rng, 300, 60, 20, (2.0, 1.0, 2.5))) for _ in range(60)
    ]
    values = np.array([(one.pair, one.listener, one.rest) for one in found])
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    assert (np.abs(values.mean(axis=0) - [4.0, 1.0, 6.25]) < 4 * error).all()
    assert error.max() < 0.1


@pytest.mark.parametrize(
    ("pairs", "listeners", "reason"),
    [
        (["a", "a", "b", "b"], ["1", "2", "3", "4"], "no listener rated two pairs"),
        (["a", "b", "c"], ["1", "1", "2"], "no pair was rated by two listeners"),
        (["a", "a", "b"], ["1", "2", "2"], "no degrees of freedom"),
    ],
)
def test_designs_without_crossing_are_named(
    pairs: list[str], listeners: list[str], reason: str
) -> None:
    """If pairs and listeners are not crossed, the note gives the reason instead of a value."""
    found = variance_components(Ratings.from_arrays(pairs, listeners, np.arange(len(pairs))))
    assert not found.identifiable
    assert reason in found.note
    assert found.to_dict()["listener"] is None


def test_constant_ratings_have_no_variance() -> None:
    """Equal ratings give zero for all three variances and an undefined share."""
    found = variance_components(complete(np.full((4, 3), 7)))
    assert (found.pair, found.listener, found.rest) == (0.0, 0.0, 0.0)
    assert np.isnan(found.listener_share)

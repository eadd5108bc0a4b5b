"""Summaries against pandas and hand-computed values."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.listeners.designs import crossed_design, relate
from xacle_eval.listeners import (
    Ratings,
    RatingsError,
    averages,
    describe,
    listener_summary,
    mse_floor,
    noise_ceiling,
    reliability,
)


def test_averages_equal_pandas() -> None:
    """Mean, count and standard deviation of each pair equal pandas; sd is nan for one rating."""
    ratings = crossed_design(np.random.default_rng(1), 30, 12, 6, (2.0, 1.0, 1.0))
    expected = (
        ratings.to_frame().groupby("pair_id", sort=False)["value"].agg(["mean", "count", "std"])
    )
    found = averages(ratings).to_frame().set_index("pair_id")
    assert found.index.tolist() == expected.index.tolist()
    assert (found["n"] == 1).any()
    np.testing.assert_allclose(found[["mean", "n", "sd"]], expected, rtol=1e-12)


def test_description_by_hand() -> None:
    """Counts, spread and shares of a small file equal hand-computed values."""
    ratings = Ratings.from_arrays([*"aaabbc"], [*"xxyxyx"], [0, 10, 10, 5, 6, 2])
    found = describe(ratings)
    assert (found.n_ratings, found.n_pairs, found.n_listeners, found.n_duplicates) == (6, 3, 2, 1)
    assert (found.per_pair_min, found.per_pair_median, found.per_pair_max) == (1, 2.0, 3)
    assert (found.per_listener_min, found.per_listener_median, found.per_listener_max) == (
        2,
        3.0,
        4,
    )
    assert (found.n_single, found.minimum, found.maximum) == (1, 0.0, 10.0)
    assert found.mean == pytest.approx(5.5)
    assert found.sd == pytest.approx(np.std([0, 10, 10, 5, 6, 2], ddof=1))
    assert (found.share_lowest, found.share_highest) == (1 / 6, 2 / 6)
    assert describe(ratings, scale=(2, 6)).share_lowest == 2 / 6


def test_listener_summary_equals_a_loop() -> None:
    """The values of each listener equal those of a loop over listeners."""
    ratings = crossed_design(np.random.default_rng(4), 40, 15, 12, (2.0, 1.0, 1.0))
    found = listener_summary(ratings).to_frame()
    for code in range(ratings.n_listeners):
        rows = np.flatnonzero(ratings.listener == code)
        pairs = [ratings.pair == ratings.pair[row] for row in rows]
        rest = [ratings.values[same & (ratings.listener != code)] for same in pairs]
        use = [i for i, values in enumerate(rest) if values.size]
        own = ratings.values[rows]
        others = np.array([rest[i].mean() for i in use])
        line = found.iloc[code]
        assert (line["n"], line["n_shared"]) == (rows.size, len(use))
        assert line["mean"] == pytest.approx(own.mean())
        assert line["sd"] == pytest.approx(own.std(ddof=1))
        assert line["bias"] == pytest.approx((own[use] - others).mean())
        assert line["rest_correlation"] == pytest.approx(np.corrcoef(own[use], others)[0, 1])


def test_constant_and_isolated_listeners() -> None:
    """A constant listener has no rest-correlation and an isolated one no bias: null in JSON."""
    ratings = Ratings.from_arrays(
        [*"abcabcz"], ["flat"] * 3 + ["y"] * 3 + ["alone"], [0.1, 0.1, 0.1, 1, 5, 9, 4]
    )
    rows = listener_summary(ratings).to_dict()["rows"]
    assert rows[0]["rest_correlation"] is None
    assert rows[0]["sd"] == pytest.approx(0, abs=1e-15)
    assert (rows[2]["n_shared"], rows[2]["bias"], rows[2]["sd"]) == (0, None, None)
    json.dumps(rows, allow_nan=False)


def test_scale_must_ascend() -> None:
    """A descending scale is an error."""
    ratings = Ratings.from_arrays(["a"], ["x"], [1])
    with pytest.raises(RatingsError, match="scale is"):
        describe(ratings, scale=(10, 0))


def test_import_does_not_load_pandas_or_scipy() -> None:
    """Importing ``xacle_eval.listeners`` does not load the large packages."""
    code = (
        "import sys, xacle_eval.listeners; print({'pandas', 'scipy', 'numba'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.long
def test_real_ratings() -> None:
    """On the RELATE ratings counts, reliability, ceiling and floor have the known values."""
    ratings = relate()
    found = describe(ratings)
    assert (found.n_ratings, found.n_listeners, found.n_duplicates) == (28770, 1370, 0)
    kept = ratings.where(~ratings.flag("excluded"))
    assert (kept.n_ratings, kept.n_pairs) == (17774, 5463)
    assert reliability(kept, resamples=10).icc1 == pytest.approx(0.4443, abs=5e-4)
    assert noise_ceiling(kept, resamples=10).of("LCC").value == pytest.approx(0.7989, abs=5e-4)
    assert mse_floor(kept, resamples=10).value == pytest.approx(2.7073, abs=5e-4)

"""The error profile of a score card, compared with slow arithmetic."""

import csv

import numpy as np
import pytest
from scipy import stats

import xacle_eval as xe
from tests.helpers import DATA, make_submission

EXAMPLE = DATA / "example"
SYSTEM = EXAMPLE / "submissions" / "Hibari_01.csv"
METRICS = ("SRCC", "LCC", "KTAU", "MSE")


@pytest.fixture(scope="module")
def card():
    """Score the example's first system with its error profile."""
    return xe.score(SYSTEM, challenge=EXAMPLE, profile=True)


@pytest.fixture(scope="module")
def pairs():
    """Read the example without the toolkit: prediction and ratings by id."""
    with SYSTEM.open() as file:
        predictions = {row[0]: float(row[1]) for row in list(csv.reader(file))[1:]}
    found = {name: (value, []) for name, value in predictions.items()}
    with (EXAMPLE / "ratings.csv").open() as file:
        for row in csv.DictReader(file):
            found[row["wav_file_name"]][1].append(float(row["score"]))
    return found


def test_the_parts_of_the_error(card, pairs):
    """The parts add up to MSE, and the linear map equals numpy's least-squares line."""
    profile = card.profile
    predicted = np.array([p for p, _ in pairs.values()])
    truth = np.array([np.mean(r) for _, r in pairs.values()])
    slope, intercept = np.polyfit(predicted, truth, 1)
    left = np.mean((truth - slope * predicted - intercept) ** 2)
    assert profile.mse == pytest.approx(card.metrics["MSE"], abs=1e-12)
    assert profile.bias_part + profile.slope_part + profile.residual_part == pytest.approx(
        profile.mse, abs=1e-12
    )
    assert profile.bias == pytest.approx(np.mean(predicted - truth), abs=1e-12)
    assert (profile.slope, profile.intercept) == pytest.approx((slope, intercept), abs=1e-10)
    assert profile.mse_mapped == pytest.approx(left, abs=1e-10)
    assert profile.residual_part == pytest.approx(left, abs=1e-10)


def test_the_tolerance_is_that_of_p1401(card, pairs):
    """RMSE* and the share inside equal a loop over pairs with scipy and the pooled variance."""
    predicted = [p for p, _ in pairs.values()]
    slope, intercept = np.polyfit(predicted, [np.mean(r) for _, r in pairs.values()], 1)
    squares = sum((x - np.mean(r)) ** 2 for _, r in pairs.values() for x in r)
    freedom = sum(len(r) - 1 for _, r in pairs.values())
    beyond = []
    for prediction, ratings in pairs.values():
        width = stats.t.ppf(0.975, freedom) * np.sqrt(squares / freedom / len(ratings))
        beyond.append(max(0.0, abs(np.mean(ratings) - slope * prediction - intercept) - width))
    tolerance = card.profile.tolerance
    assert tolerance.freedom == freedom == 72
    assert tolerance.variance == pytest.approx(squares / freedom, abs=1e-12)
    assert tolerance.share_inside == np.mean([each == 0 for each in beyond])
    assert 0 < tolerance.share_inside < 1
    assert tolerance.rmse_star == pytest.approx(
        np.sqrt(sum(b * b for b in beyond) / (len(beyond) - 2)), abs=1e-10
    )


def test_bands_and_largest_errors(card, pairs):
    """Every pair is in one band, and the largest errors equal the first ones of a full sort."""
    profile = card.profile
    assert sum(band.n for band in profile.bands) == profile.n == len(pairs)
    ends = [end for band in profile.bands for end in (band.low, band.high)]
    assert ends == sorted(ends)
    for band in profile.bands:
        inside = [(p, np.mean(r)) for p, r in pairs.values() if band.low <= np.mean(r) <= band.high]
        assert len(inside) == band.n
        assert band.bias == pytest.approx(np.mean([p - y for p, y in inside]), abs=1e-12)
        assert band.metrics["SRCC"] == pytest.approx(
            stats.spearmanr(*zip(*inside, strict=True)).statistic, abs=1e-12
        )
    errors = {name: p - np.mean(r) for name, (p, r) in pairs.items()}
    worst = sorted(errors, key=lambda name: -abs(errors[name]))[:10]
    assert [each.pair_id for each in profile.largest] == worst
    for each in profile.largest:
        assert each.error == pytest.approx(errors[each.pair_id], abs=1e-12)
        assert (each.prediction, each.reference) == pytest.approx(
            (pairs[each.pair_id][0], np.mean(pairs[each.pair_id][1])), abs=1e-12
        )


def test_the_profile_does_not_change_other_fields(card):
    """The profile is optional, and no other field changes with it, not even the signature."""
    plain = xe.score(SYSTEM, challenge=EXAMPLE)
    assert plain.profile is None
    assert card.model_copy(update={"profile": None}) == plain
    plan = xe.Bootstrap(resamples=20)
    both = xe.score(SYSTEM, challenge=EXAMPLE, bootstrap=plan, profile=True)
    assert both.profile == card.profile
    assert both.intervals == xe.score(SYSTEM, challenge=EXAMPLE, bootstrap=plan).intervals


def test_the_frame_has_a_row_for_each_band(card):
    """The table has one row per band, with the values of the model."""
    frame = card.profile.to_frame()
    assert list(frame) == ["low", "high", "n", "bias", *METRICS]
    assert frame["n"].tolist() == [band.n for band in card.profile.bands]
    assert frame["MSE"].tolist() == [band.metrics["MSE"] for band in card.profile.bands]


@pytest.mark.parametrize("repeats", [0, 1])
def test_tolerance_needs_repeated_ratings(small, tmp_path, repeats):
    """Tolerance is None for averages and for one rating per pair."""
    ids, truth = small.manifest.ids, [6.5, 4, 8.25, 1, 5.5, 7]
    predictions = {pair: float(n) for n, pair in enumerate(ids)}
    references = dict(zip(ids, truth, strict=True))
    if repeats:
        references = tmp_path / "ratings.csv"
        rows = "".join(f"{pair},{value},a\n" for pair, value in zip(ids, truth, strict=True))
        references.write_text(f"wav_file_name,score,listener_id\n{rows}")
    profile = xe.score(predictions, references, challenge=small, profile=True).profile
    assert profile.tolerance is None
    assert profile.mse == pytest.approx(np.mean((np.arange(6) - truth) ** 2), abs=1e-12)


def test_a_constant_system_has_a_profile(small, tmp_path):
    """Constant predictions have slope 0, and undefined metrics of a band are None."""
    truth = dict(zip(small.manifest.ids, [6.5, 4, 8.25, 1, 5.5, 7], strict=True))
    file = make_submission(tmp_path / "A_01.csv", dict.fromkeys(truth, 5.0))
    profile = xe.score(file, truth, challenge=small, profile=True).profile
    assert (profile.slope, profile.slope_part) == (0, 0)
    assert profile.residual_part == pytest.approx(np.var(list(truth.values())), abs=1e-12)
    assert all(
        band.metrics["SRCC"] is None and band.metrics["MSE"] is not None for band in profile.bands
    )

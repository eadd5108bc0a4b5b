"""Uncertainty of scores and leaderboards, compared with the statistics functions."""

from dataclasses import replace

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA, make_submission
from xacle_eval.errors import UsageError
from xacle_eval.metrics import DEFAULT_METRICS, METRICS
from xacle_eval.statistics import bootstrap_metrics, intervals

EXAMPLE = DATA / "example"
SYSTEMS = ("Hibari_01", "Hibari_02", "Suzume_01")
PLAN = xe.Bootstrap(resamples=500, seed=3)


def predictions(name):
    """Read the predictions of a system without the toolkit, in manifest order."""
    lines = (EXAMPLE / f"submissions/{name}.csv").read_text().splitlines()[1:]
    return np.array([float(line.split(",")[1]) for line in sorted(lines)])


@pytest.fixture(scope="module")
def references():
    """Load the example's references."""
    return xe.load_references(None, xe.load_challenge(EXAMPLE))


@pytest.fixture(scope="module")
def board():
    """Return the example's leaderboard with its uncertainty."""
    return xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE, bootstrap=PLAN)


@pytest.mark.parametrize("method", ["percentile", "bca", "normal"])
def test_intervals_of_a_score(references, method):
    """The intervals of a card equal those of xacle_eval.statistics with the same seed."""
    plan = xe.Bootstrap(resamples=500, seed=3, method=method, level=0.9)
    card = xe.score(EXAMPLE / "submissions/Hibari_01.csv", challenge=EXAMPLE, bootstrap=plan)
    values = predictions("Hibari_01")
    sample = bootstrap_metrics(values, references.values, resamples=500, seed=3)
    table = intervals(
        sample, level=0.9, method=method, predictions=values, references=references.values
    )
    assert card.intervals == {
        name: {"low": i.low, "high": i.high} for name, i in table.rows[0].items()
    }
    assert f"bootstrap:500|seed:3|resample:pairs|interval:{method}90" in card.signature
    without = xe.score(EXAMPLE / "submissions/Hibari_01.csv", challenge=EXAMPLE)
    assert card.metrics == without.metrics
    assert without.intervals is None


def test_intervals_of_a_leaderboard(board, references):
    """The intervals of entries equal those of one bootstrap that all systems share."""
    rows = np.stack([predictions(entry.system) for entry in board.entries])
    sample = bootstrap_metrics(rows, references.values, resamples=500, seed=3)
    table = intervals(sample, method="normal")  # the default below 100 pairs
    for entry, row in zip(board.entries, table.rows, strict=True):
        assert entry.uncertainty.intervals == {
            name: {"low": i.low, "high": i.high} for name, i in row.items()
        }
    assert "|bootstrap:500|seed:3|resample:pairs|interval:normal95|" in board.signature
    assert board.signature.endswith(
        "|alpha:0.05|test:bootstrap-studentised|correction:max-t|family:system-pairs(SRCC)"
        "|rank-sets:95|ceiling:ordinal-plain"
    )


def test_the_bootstrap_does_not_change_ranks(board):
    """Ranks and metrics equal those of the leaderboard without a bootstrap."""
    plain = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE)
    assert [(e.rank, e.system, e.metrics) for e in board.entries] == [
        (e.rank, e.system, e.metrics) for e in plain.entries
    ]
    assert all(entry.uncertainty is None for entry in plain.entries)


def test_rank_intervals_equal_a_slow_loop(board, references):
    """Rank intervals and p_first equal those of a loop that ranks every resample."""
    rows = np.stack([predictions(entry.system) for entry in board.entries])
    values = bootstrap_metrics(rows, references.values, resamples=500, seed=3).values
    ranks = []
    for resample in range(500):
        keys = [
            tuple(
                (-1 if METRICS[name].higher_is_better else 1) * round(values[s, resample, m], 3)
                for m, name in enumerate(DEFAULT_METRICS)
            )
            for s in range(len(rows))
        ]
        ranks.append([1 + sum(other < key for other in keys) for key in keys])
    drawn = np.sort(np.array(ranks), axis=0)
    for place, entry in enumerate(board.entries):
        found = entry.uncertainty
        assert found.p_first == np.mean(drawn[:, place] == 1)
        # The smallest rank that at least 2.5 %, and 97.5 %, of the resamples do not exceed.
        assert found.rank_low == drawn[int(np.ceil(0.025 * 500)) - 1, place]
        assert found.rank_high == drawn[int(np.ceil(0.975 * 500)) - 1, place]
        assert found.podium[0] == found.p_first


def test_ceilings_need_ratings(board, tmp_path):
    """Noise ceiling and shares exist with ratings, and do not exist with averages."""
    ceilings = board.resampling.ceilings
    assert list(ceilings.ceiling) == ["SRCC", "LCC", "KTAU"]
    for entry in board.entries:
        for name, ceiling in ceilings.ceiling.items():
            assert entry.uncertainty.ceiling_share[name] == entry.metrics[name] / ceiling
    truth = xe.load_references(None, xe.load_challenge(EXAMPLE)).values
    ids = xe.load_challenge(EXAMPLE).manifest.ids
    header = ("wav_file_name", "average_score")
    averages = make_submission(tmp_path / "averages.csv", zip(ids, truth, strict=True), header)
    plain = xe.leaderboard(
        EXAMPLE / "submissions", challenge=EXAMPLE, references=averages, bootstrap=PLAN
    )
    assert plain.resampling.ceilings is None
    assert plain.entries[0].uncertainty.ceiling_share == {}
    assert plain.entries[0].uncertainty.intervals == board.entries[0].uncertainty.intervals


def test_groups_are_resampled_whole():
    """At the group level whole groups are resampled: intervals are those of group averages."""
    challenge = xe.load_challenge(DATA / "challenges/voicemos")
    folder = DATA / "challenges/voicemos"
    submissions = sorted(folder.rglob("answer.txt"))
    card = xe.score(submissions[0], challenge=challenge, bootstrap=replace(PLAN, level=0.8))
    level = card.levels[challenge.group.name]
    lines = [line.split(",") for line in submissions[0].read_text().split()]
    given = {pair: float(value) for pair, value in lines}
    truth = dict(
        zip(challenge.manifest.ids, xe.load_references(None, challenge).values, strict=True)
    )
    groups = list(dict.fromkeys(pair.split("-")[0] for pair in challenge.manifest.ids))
    means = [
        [
            np.mean([values[pair] for pair in values if pair.startswith(f"{group}-")])
            for group in groups
        ]
        for values in (given, truth)
    ]
    sample = bootstrap_metrics(means[0], means[1], resamples=500, seed=3)
    row = intervals(sample, method="normal", level=0.8).rows[0]
    for name, interval in row.items():
        found = level.intervals[name]
        if interval.reason:  # a correlation of few groups can be 1
            assert found == {"low": None, "high": None}
            assert level.no_interval[name] == interval.reason
            continue
        assert (found["low"], found["high"]) == pytest.approx(
            (interval.low, interval.high), abs=1e-12
        )
    assert level.intervals["MSE"]["low"] is not None
    plan = replace(PLAN, level=0.8)
    board = xe.leaderboard(folder / "submissions", challenge=challenge, bootstrap=plan)
    own = next(
        entry
        for entry in board.entries
        if entry.path.endswith(f"{submissions[0].parent.name}/answer.txt")
    )
    assert own.uncertainty.intervals == level.intervals


def test_undefined_metrics_are_counted(tmp_path, references):
    """Constant predictions have no intervals of correlations, and are in a worse cluster."""
    ids = xe.load_challenge(EXAMPLE).manifest.ids
    make_submission(tmp_path / "Kumo_01.csv", ((pair, 5) for pair in ids))
    for name in SYSTEMS:
        (tmp_path / f"{name}.csv").write_bytes((EXAMPLE / f"submissions/{name}.csv").read_bytes())
    found = xe.leaderboard(tmp_path, challenge=EXAMPLE, bootstrap=PLAN)
    constant = next(entry for entry in found.entries if entry.system == "Kumo_01").uncertainty
    assert constant.intervals["SRCC"] == {"low": None, "high": None}
    assert constant.undefined == {"SRCC": 500, "LCC": 500, "KTAU": 500}
    assert constant.cluster > found.entries[0].uncertainty.cluster
    assert not set(constant.letters) & set(found.entries[0].uncertainty.letters)


def test_identical_systems_share_cluster_and_letters(tmp_path):
    """Two teams with the same predictions share rank, cluster and letters."""
    for name in ("Hibari_01", "Kumo_01"):
        (tmp_path / f"{name}.csv").write_bytes((EXAMPLE / "submissions/Hibari_01.csv").read_bytes())
    first, second = xe.leaderboard(tmp_path, challenge=EXAMPLE, bootstrap=PLAN).entries
    assert (first.rank, second.rank) == (1, 1)
    assert first.uncertainty == second.uncertainty
    assert (first.uncertainty.cluster, first.uncertainty.letters) == (1, "a")


def test_linear_maps_share_a_cluster_by_lcc(tmp_path):
    """If LCC comes first, linear maps of the same predictions share cluster and letters."""
    text = (EXAMPLE / "challenge.toml").read_text()
    (tmp_path / "challenge.toml").write_text(
        text.replace('["SRCC", "LCC", "KTAU", "MSE"]', '["LCC", "SRCC"]')
    )
    (tmp_path / "ratings.csv").write_bytes((EXAMPLE / "ratings.csv").read_bytes())
    challenge = xe.load_challenge(tmp_path)
    values = predictions("Hibari_02")
    for name, mapped in {
        "A_01": values,
        "B_01": 0.37 * values + 0.1,
        "C_01": values / 3 - 0.7,
    }.items():
        rows = zip(challenge.manifest.ids, mapped.tolist(), strict=True)
        make_submission(tmp_path / f"systems/{name}.csv", rows)
    board = xe.leaderboard(tmp_path / "systems", challenge=challenge, bootstrap=PLAN)
    assert [(each.uncertainty.cluster, each.uncertainty.letters) for each in board.entries] == [
        (1, "a")
    ] * 3
    assert board.resampling.smallest_difference is None


def test_a_single_system(tmp_path):
    """A single system has rank 1 in every resample and no smallest difference."""
    (tmp_path / "Hibari_01.csv").write_bytes((EXAMPLE / "submissions/Hibari_01.csv").read_bytes())
    board = xe.leaderboard(tmp_path, challenge=EXAMPLE, bootstrap=PLAN)
    assert board.entries[0].uncertainty.p_first == 1.0
    assert board.resampling.smallest_difference is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"resamples": 0}, "at least 1"),
        ({"seed": -1}, "0 or more"),
        ({"level": 1.0}, "level must be between"),
        ({"alpha": 0.0}, r"^--alpha .* must be from 1e-06 to 0.5, got 0.0$"),
        ({"alpha": 1e-300}, r"^--alpha .* must be from 1e-06 to 0.5, got 1e-300$"),
        ({"alpha": 0.9999999}, r"^--alpha .* must be from 1e-06 to 0.5, got 0.9999999$"),
    ],
)
def test_invalid_settings_are_refused(settings, said):
    """Bootstrap raises UsageError for settings out of range."""
    with pytest.raises(UsageError, match=said):
        xe.Bootstrap(**settings)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"method": "basic"}, "method must be auto, percentile, bca or normal; got 'basic'"),
        ({"resample": "teams"}, "resample must be auto or pairs; got 'teams'"),
    ],
)
def test_an_unknown_name_is_a_usage_error(setting, message):
    """A mistyped setting of the bootstrap is refused when the settings are made."""
    with pytest.raises(xe.UsageError, match=message):
        xe.Bootstrap(**setting)

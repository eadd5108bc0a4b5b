"""The uncertainty of leaderboards against slow loops over the resamples: clusters, letters and
differences at their limits.
"""

import csv
import itertools
import statistics
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

import xacle_eval as xe
from tests.helpers import DATA, make_submission
from tests.oracles import max_t
from xacle_eval.evaluation import board_ranks
from xacle_eval.listeners import Ratings, mse_floor, noise_ceiling
from xacle_eval.metrics import DEFAULT_METRICS
from xacle_eval.reports.views.table import resampling_notes
from xacle_eval.reports.views.uncertainty import uncertainty_view
from xacle_eval.statistics import bootstrap_metrics, intervals, rank_sets, rank_stability

EXAMPLE = DATA / "example"
SMALL = DATA / "invalid"
DRAWS = 99


@pytest.fixture(scope="module")
def example():
    """The example challenge."""
    return xe.load_challenge(EXAMPLE)


@pytest.fixture(scope="module")
def references(example):
    """The example's references."""
    return xe.load_references(None, example)


@pytest.fixture(scope="module")
def averages(example, references, tmp_path_factory):
    """The example's references as a file of averages, for which no ceiling is computed."""
    rows = zip(example.manifest.ids, references.values.tolist(), strict=True)
    path = tmp_path_factory.mktemp("references") / "averages.csv"
    return make_submission(path, rows, ("wav_file_name", "average_score"))


@pytest.fixture(scope="module")
def systems(example, references, tmp_path_factory):
    """A folder of six systems from good to bad, two of them nearly equal, and their predictions."""
    rng = np.random.default_rng(8)
    folder, rows = tmp_path_factory.mktemp("systems"), {}
    for name, noise in zip("ABCDEF", (1.0, 1.2, 1.2, 2.0, 4.0, 9.0), strict=True):
        values = np.round(references.values + noise * rng.normal(size=references.values.size), 3)
        rows[f"{name}_01"] = values
        pairs = zip(example.manifest.ids, values.tolist(), strict=True)
        make_submission(folder / f"{name}_01.csv", pairs)
    return folder, rows


def board_of(folder, challenge, references=None, **plan):
    """Rank a folder with a bootstrap of 99 resamples."""
    plan = xe.Bootstrap(**{"resamples": DRAWS, **plan})
    return xe.leaderboard(folder, challenge=challenge, references=references, bootstrap=plan)


def sample_of(board, rows, references, **more):
    """Draw the same resamples without a leaderboard, the systems in rank order."""
    predictions = np.stack([rows[one.system] for one in board.entries])
    return bootstrap_metrics(predictions, references.values, resamples=DRAWS, **more)


def slow_p(sample, predictions):
    """Return the p of every two systems by the first metric of a sample, at [i][j]."""
    values, observed = sample.values[:, :, 0], sample.observed[:, 0]
    pairs = list(itertools.combinations(range(len(observed)), 2))
    p = [[1.0] * len(observed) for _ in observed]
    for (i, j), found in zip(pairs, max_t(values, observed, pairs), strict=True):
        differing = int(np.sum(predictions[i] != predictions[j]))
        p[i][j] = p[j][i] = max(found, min(1.0, 2 / 2**differing))
    return p


def check_groups(board, p, observed, alpha):
    """Compare clusters, letters and sets of a leaderboard with those of slow loops."""
    found = [one.uncertainty for one in board.entries]
    count = len(found)

    def beats(i, j):
        return p[i][j] <= alpha and observed[i] > observed[j]

    cluster = 1
    for cut in range(count):
        clean = cut and all(beats(i, j) for i in range(cut) for j in range(cut, count))
        cluster += bool(clean)
        assert found[cut].cluster == cluster
    for i, j in itertools.combinations(range(count), 2):
        alike = p[i][j] > alpha
        assert bool(set(found[i].letters) & set(found[j].letters)) is alike, (i, j, alpha)
    for i, one in enumerate(found):
        others = [observed[j] - observed[i] for j in range(count) if p[i][j] <= 0.05]
        sets = [1 + sum(gain > 0 for gain in others), count - sum(gain < 0 for gain in others)]
        assert [one.rank_simultaneous_low, one.rank_simultaneous_high] == sets
        assert sets[0] <= one.rank_marginal_low <= one.rank_marginal_high <= sets[1]
    first = sum(one.rank_simultaneous_low == 1 for one in found)
    assert board.resampling.could_be_first == first


def test_clusters_and_letters_change_exactly_at_their_p(example, references, averages, systems):
    """Every p, taken as alpha, makes the difference significant; the float just below does not."""
    folder, rows = systems
    board = board_of(folder, example, averages)
    sample = sample_of(board, rows, references)
    p = slow_p(sample, [rows[one.system] for one in board.entries])
    tested = sorted({each for row in p for each in row if each < 1.0})
    assert len(tested) > 5
    for each in tested:
        for alpha in (each, float(np.nextafter(each, 0))):
            # With a smaller one there are more resamples; above 0.5 is no level of a test.
            if 1 / (1 + DRAWS) <= alpha <= 0.5:
                found = board_of(folder, example, averages, alpha=alpha)
                check_groups(found, p, sample.observed[:, 0], alpha)


def test_the_first_metric_of_the_order_decides(references, systems, tmp_path):
    """Where MSE comes first, the lower value is the better one, in clusters, letters and sets."""
    folder, rows = systems
    text = (EXAMPLE / "challenge.toml").read_text()
    (tmp_path / "challenge.toml").write_text(
        text.replace('["SRCC", "LCC", "KTAU", "MSE"]', '["MSE", "SRCC"]')
    )
    (tmp_path / "ratings.csv").write_bytes((EXAMPLE / "ratings.csv").read_bytes())
    board = board_of(folder, tmp_path / "challenge.toml", alpha=0.1)
    sample = sample_of(board, rows, references, metrics=("MSE",))
    p = slow_p(sample, [rows[one.system] for one in board.entries])
    check_groups(board, p, (-sample.observed[:, 0]).tolist(), 0.1)
    assert {one.cluster for one in (entry.uncertainty for entry in board.entries)} != {1}
    assert "|family:system-pairs(MSE)" in board.signature


@pytest.mark.parametrize(
    ("asked", "alpha", "drawn"), [(18, 0.05, 19), (19, 0.05, 19), (9, 1e-4, 9_999)]
)
def test_resamples_are_raised_if_no_p_can_reach_alpha(
    asked, alpha, drawn, example, averages, systems
):
    """A p of 1/(R + 1) must be able to reach alpha; the result states both numbers."""
    found = board_of(systems[0], example, averages, resamples=asked, alpha=alpha)
    assert found.resampling.resamples == drawn
    assert f"|bootstrap:{drawn}|" in found.signature
    assert found.resampling.resamples_requested == (None if asked == drawn else asked)
    text = "\n".join(uncertainty_view(found).notes)
    assert ("was raised from" in text) == (asked != drawn)


def test_an_alpha_that_needs_too_many_resamples_is_explained(example, averages, systems):
    """Above 100,000 resamples nothing is raised, and the board says that no p can be so small."""
    found = board_of(systems[0], example, averages, alpha=1e-6)
    assert found.resampling.resamples == DRAWS
    assert found.resampling.smallest_p == 1 / (1 + DRAWS)
    text = "\n".join(uncertainty_view(found).notes)
    assert "No difference could be significant: the smallest possible p is 0.01" in text


def test_the_smallest_difference_is_that_of_the_median_neighbours(
    example, references, averages, systems
):
    """It is the normal quantile times the median standard deviation of the differences of
    neighbours.
    """
    folder, rows = systems
    for alpha in (0.05, 0.2):
        board = board_of(folder, example, averages, alpha=alpha)
        values = sample_of(board, rows, references).of("SRCC").tolist()
        errors = [
            statistics.stdev(b - a for a, b in zip(one, other, strict=True))
            for one, other in itertools.pairwise(values)
        ]
        expected = norm.ppf(1 - alpha / 2) * statistics.median(errors)
        assert board.resampling.smallest_difference == pytest.approx(expected, rel=1e-9)


def test_the_summary_is_that_of_the_plan_and_of_the_ranks(example, references, averages, systems):
    """Ranks, podium, agreement and the ranks by other first metrics are those of the statistics."""
    folder, rows = systems
    board = board_of(folder, example, averages, seed=4, level=0.8, alpha=0.1)
    stability = rank_stability(sample_of(board, rows, references, seed=4), level=0.8)
    for place, one in enumerate(entry.uncertainty for entry in board.entries):
        expected = (stability.low[place], stability.median[place], stability.high[place])
        assert (one.rank_low, one.rank_median, one.rank_high) == expected
        assert one.podium == tuple(stability.podium[place])
        assert one.p_first == stability.podium[place, 0]
        assert one.first_key_ranks["SRCC"] == board.entries[place].rank
        by_error = [sum(o.rounded["MSE"] < e.rounded["MSE"] for o in board.entries) + 1
                    for e in board.entries]  # fmt: skip
        assert one.first_key_ranks["MSE"] == by_error[place]
    found = board.resampling
    assert found.rank_agreement["mean"] == pytest.approx(stability.agreement_mean, abs=0)
    assert found.rank_agreement["low"] == pytest.approx(stability.agreement_low, abs=0)
    assert (found.resamples, found.seed, found.level, found.alpha) == (DRAWS, 4, 0.8, 0.1)
    assert (found.resample, found.method) == ("pairs", "normal")


def test_ceilings_are_those_of_the_listeners(example, systems):
    """Ceiling, floor, their intervals and note are the listeners' package's, with the plan's seed
    and level.
    """
    folder, _ = systems
    found = board_of(folder, example, seed=2, level=0.9).resampling.ceilings
    with (EXAMPLE / "ratings.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = ("wav_file_name", "listener_id", "score")
    ratings = Ratings.from_arrays(
        *([row[name] for row in rows] for name in columns[:2]),
        [float(row["score"]) for row in rows],
    )
    ceiling = noise_ceiling(ratings, seed=2, level=0.9)
    floor = mse_floor(ratings, seed=2, level=0.9)
    for name in ("SRCC", "LCC", "KTAU"):
        own = ceiling.of(name)
        assert found.ceiling[name] == own.value
        assert found.ceiling_intervals[name] == {"low": own.low, "high": own.high}
    assert (found.floor, found.floor_interval) == (
        floor.value,
        {"low": floor.low, "high": floor.high},
    )


def folder_of(tmp_path, challenge, rows):
    """Write predictions of some systems."""
    for name, values in rows.items():
        pairs = zip(challenge.manifest.ids, np.asarray(values).tolist(), strict=True)
        make_submission(tmp_path / "sent" / f"{name}.csv", pairs)
    return tmp_path / "sent"


@pytest.mark.parametrize("undefined", [0.0, 0.9, "unranked"])
def test_undefined_resamples_count_as_the_challenge_s_rule(undefined, tmp_path):
    """Where a correlation is undefined, clusters and letters take what the ranking takes: a number,
    or no advantage.
    """
    text = (SMALL / "challenge.toml").read_text()
    rule = f'"{undefined}"' if isinstance(undefined, str) else undefined
    path = tmp_path / "challenge.toml"
    path.write_text(text + f"\n[ranking]\nundefined = {rule}\n")
    challenge = xe.load_challenge(path)
    rows = {
        "A_01": [6, 4, 8, 1, 5, 7],
        "B_01": [6, 6, 6, 6, 6, 7.5],
        "C_01": [4, 6, 5, 8, 5, 1],
    }
    folder = folder_of(tmp_path, challenge, rows)
    file = SMALL / "references.csv"
    references = xe.load_references(file, challenge)
    board = board_of(folder, challenge, file)
    arrays = {k: np.array(v, float) for k, v in rows.items()}
    sample = sample_of(board, arrays, references)
    values = sample.values
    assert 10 < np.isnan(values[:, :, 0]).sum() < 90
    if not isinstance(undefined, str):
        sample = replace(sample, values=np.where(np.isnan(values), undefined, values))
    p = slow_p(sample, [arrays[one.system] for one in board.entries])
    observed = sample.observed[:, 0]
    for alpha in (0.05, 0.1, *sorted({each for row in p for each in row if each < 1.0})):
        check_groups(board_of(folder, challenge, file, alpha=alpha), p, observed, alpha)


def test_a_ceiling_of_zero_has_no_share(tmp_path):
    """Where the listeners' ratings cancel, there is no share of the ceiling, and no error."""
    challenge = xe.load_challenge(SMALL / "challenge.toml")
    ids = challenge.manifest.ids
    lines = [f"{pair},{who},{score}" for pair in ids for who, score in (("a", 0), ("b", 10))]
    # The averages must differ, or no correlation is defined.
    lines[0] = f"{ids[0]},a,2"
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("\n".join(["wav_file_name,listener_id,score", *lines]) + "\n")
    folder = folder_of(tmp_path, challenge, {"A_01": [6, 4, 8, 1, 5, 7]})
    board = board_of(folder, challenge, ratings)
    assert board.resampling.ceilings.ceiling["LCC"] == 0
    assert board.entries[0].uncertainty.ceiling_share == dict.fromkeys(("SRCC", "LCC", "KTAU"))
    note = "the reliability is zero or negative: these ratings do not distinguish the pairs"
    assert board.resampling.ceilings.note == note
    assert resampling_notes(board.resampling)[-1] == f"T{note[1:]}."


def test_a_leaderboard_without_a_ranked_system_has_its_plan(tmp_path):
    """Where nothing can be ranked, the plan and the signature are there all the same."""
    challenge = xe.load_challenge(SMALL / "challenge.toml")
    (tmp_path / "A_01.csv").write_text("wav_file_name,pred_score\n101.wav,1\n")
    board = board_of(tmp_path, challenge, SMALL / "references.csv", alpha=0.1)
    assert board.entries == ()
    assert (board.resampling.resamples, board.resampling.alpha) == (DRAWS, 0.1)
    assert board.resampling.could_be_first is None
    assert "|alpha:0.1|test:bootstrap-studentised|correction:max-t|" in board.signature


@pytest.mark.parametrize(("number", "lettered"), [(200, True), (201, False)])
def test_letters_are_for_up_to_two_hundred_systems(number, lettered, tmp_path):
    """Two hundred systems have letters, 201 have none; all have their cluster and sets."""
    challenge = xe.load_challenge(SMALL / "challenge.toml")
    rng = np.random.default_rng(0)
    rows = {f"T{n:03d}_01": rng.normal(5, 2, 6).round(2) for n in range(number)}
    folder = folder_of(tmp_path, challenge, rows)
    board = board_of(folder, challenge, SMALL / "references.csv", resamples=20, alpha=0.1)
    assert len(board.entries) == number
    assert all(bool(one.uncertainty.letters) is lettered for one in board.entries)
    last = board.entries[-1].uncertainty
    assert last.cluster == 1
    assert last.rank_simultaneous_high == number
    assert board.resampling.family == number * (number - 1) // 2


def test_intervals_of_a_card_count_undefined_resamples(tmp_path):
    """A card names the metrics that are undefined in some resamples, with their number, and no
    others.
    """
    challenge = xe.load_challenge(SMALL / "challenge.toml")
    values = [6, 6, 6, 6, 6, 7.5]
    folder = folder_of(tmp_path, challenge, {"B_01": values})
    references = xe.load_references(SMALL / "references.csv", challenge)
    card = xe.score(
        folder / "B_01.csv",
        SMALL / "references.csv",
        challenge=challenge,
        bootstrap=xe.Bootstrap(resamples=DRAWS),
    )
    sample = bootstrap_metrics(np.array(values), references.values, resamples=DRAWS)
    assert card.undefined_resamples == {
        name: int(np.isnan(sample.of(name)).sum()) for name in DEFAULT_METRICS if name != "MSE"
    }
    row = intervals(sample, method="normal").rows[0]
    assert card.intervals["MSE"] == {"low": row["MSE"].low, "high": row["MSE"].high}


def test_very_many_systems_use_fewer_resamples_or_have_no_sets(
    example, references, averages, systems, monkeypatch
):
    """The number of differences in resamples is limited, and above it that of the systems."""
    folder, rows = systems
    monkeypatch.setattr(board_ranks, "_MOST_CELLS", 20)
    board = board_of(folder, example, averages, resamples=1_200)
    predictions = np.stack([rows[one.system] for one in board.entries])
    sample = bootstrap_metrics(predictions, references.values, resamples=1_200, metrics=("SRCC",))
    sets = rank_sets(sample.of("SRCC")[:, :999], sample.observed[:, 0], higher_is_better=True)
    found = [one.uncertainty for one in board.entries]
    assert [one.rank_marginal_low for one in found] == sets.low.tolist()
    assert [one.rank_simultaneous_high for one in found] == sets.together_high.tolist()
    assert board.resampling.smallest_p == 1 / 1000
    monkeypatch.setattr(board_ranks, "MOST_TESTED", 5)
    board = board_of(folder, example, averages)
    assert board.resampling.family == 0
    for one in (entry.uncertainty for entry in board.entries):
        assert (one.cluster, one.letters, one.rank_marginal_low) == (None, "", None)
        assert one.rank_median is not None
    assert uncertainty_view(board).notes[0] == (
        "6 systems are too many for sets of ranks, clusters and letters."
    )

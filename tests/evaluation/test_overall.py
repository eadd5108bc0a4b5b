"""The overall board of several targets, against its rule written out."""

import shutil

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.reports.views.targets import overall_views
from xacle_eval.statistics import rank_sets

MUSIC = DATA / "challenges/audiomos2025_track1"
SPEECH = DATA / "challenges/voicemos2024_track3"
PLAN = xe.Bootstrap(resamples=200, seed=3)


def ranks_of(values):
    """Return ranks from 1 for keys, the smallest first; equal keys share a rank."""
    return [1 + sum(other < value for other in values) for value in values]


def test_mean_rank():
    """The value is the mean of the ranks on the boards; equal values share a rank."""
    boards = xe.leaderboard(MUSIC / "submissions", challenge=MUSIC)
    overall = boards.overall
    ranks = {
        name: {entry.system: entry.rank for entry in board.entries}
        for name, board in boards.targets.items()
    }
    competing = [entry for entry in overall.entries if entry.kind == "competing"]
    for entry in competing:
        own = {name: by_system[entry.system] for name, by_system in ranks.items()}
        assert entry.by_target == own
        assert entry.value == sum(own.values()) / 2
    assert [entry.rank for entry in competing] == ranks_of([entry.value for entry in competing])
    (baseline,) = (entry for entry in overall.entries if entry.kind == "baseline")
    assert baseline.rank is None
    for name, board in boards.targets.items():
        above = [e for e in board.entries if e.kind == "competing"]
        key = {e.system: tuple(-v if n != "MSE" else v for n, v in e.rounded.items())
               for e in board.entries}  # fmt: skip
        better = sum(key[e.system] < key[baseline.system] for e in above)
        assert baseline.by_target[name] == 1 + better


def test_mean_of_the_first_metric():
    """The value is the mean of the rounded values; a system without a target is named."""
    boards = xe.leaderboard(SPEECH / "submissions", challenge=SPEECH)
    overall = boards.overall
    assert (overall.rule, overall.metric) == ("mean", "SRCC")
    for entry in overall.entries:
        values = [
            next(e for e in board.entries if e.system == entry.system).rounded["SRCC"]
            for board in boards.targets.values()
        ]
        assert entry.value == round(sum(values) / 3, 3)
    assert [entry.system for entry in overall.entries] == ["Sora", "Kaze"]
    (umi,) = overall.unranked
    assert umi.system == "Umi"
    assert [finding.code for finding in umi.findings] == ["XAC131"]
    (absent,) = boards.targets["BAK"].unranked
    assert [finding.code for finding in absent.findings] == ["XAC130"]
    assert boards.unranked == ()


def sample_of(target, folder=MUSIC, plan=PLAN):
    """Return the systems of a target and its metrics in every resample, with shared draws."""
    from xacle_eval.evaluation.boards import BoardSettings, Collection
    from xacle_eval.evaluation.scorer import Scorer
    from xacle_eval.submissions.discovery import find_submissions
    from xacle_eval.submissions.validation import check_located

    challenge = xe.load_challenge(folder)
    truth = xe.load_target_references(None, challenge)[target]
    collection = Collection(
        challenge, Scorer(challenge.for_target(target), truth), BoardSettings(bootstrap=plan)
    )
    for one in find_submissions([folder / "submissions"], challenge)[0]:
        for checked in check_located(one, challenge):
            collection.add(one, checked.targets[target])
    collection.board()
    return [entry.system for entry in collection.ranked], collection.sample(plan)


def test_the_whole_rule_in_every_resample():
    """Shares of rank 1 and rank intervals are those of the rule applied to each resample."""
    boards = xe.leaderboard(MUSIC / "submissions", challenge=MUSIC, bootstrap=PLAN)
    competing = [e for e in boards.overall.entries if e.kind == "competing"]
    names = [entry.system for entry in competing]
    totals = np.zeros((PLAN.resamples, len(names)))
    for target in ("MI", "TA"):
        systems, sample = sample_of(target)
        for draw in range(PLAN.resamples):
            keys = []
            for name in names:
                values = dict(
                    zip(sample.metrics, sample.values[systems.index(name), draw], strict=True)
                )
                filled = {k: 0.0 if np.isnan(v) else float(v) for k, v in values.items()}
                keys.append(
                    tuple(
                        round(v, 3) if metric == "MSE" else -round(v, 3)
                        for metric, v in filled.items()
                    )
                )
            totals[draw] += ranks_of(keys)
    overall = np.array([ranks_of(row) for row in totals.tolist()])
    for place, entry in enumerate(competing):
        found = entry.uncertainty
        assert found.p_first == pytest.approx(float(np.mean(overall[:, place] == 1)), abs=1e-12)
        ends = np.quantile(overall[:, place], [0.025, 0.975], method="inverted_cdf")
        assert (found.rank_low, found.rank_high) == tuple(ends)
        low, high = np.quantile(totals[:, place] / 2, [0.025, 0.975])
        assert found.interval == {"low": pytest.approx(low), "high": pytest.approx(high)}


@pytest.fixture
def close_systems(tmp_path):
    """Return a function that writes five similar systems and a challenge, rounded to a decimal."""

    def write(first):
        shutil.copytree(SPEECH, tmp_path / "speech", ignore=shutil.ignore_patterns("*.csv"))
        folder = tmp_path / "speech"
        shutil.copy(SPEECH / "ratings.csv", folder)
        text = (SPEECH / "challenge.toml").read_text().replace('metrics = ["SRCC", "LCC"', "#")
        order = f'order = ["{first}", "KTAU"]\ndecimals = 1'
        text = text.replace('order = ["SRCC", "LCC", "KTAU"]', order)
        (folder / "challenge.toml").write_text(text)
        header, *rows = (SPEECH / "submissions/Sora.csv").read_text().split()
        for number, name in enumerate("ABCDE"):
            rng = np.random.default_rng(number)
            cells = [(row.split(",")[0], rng.normal(3, 1, 3).round(3)) for row in rows]
            means = [np.array(row.split(",")[1:], dtype=float) for row in rows]
            lines = [
                ",".join([pair, *map(str, (0.7 * mean + 0.3 * noise).round(3))])
                for (pair, noise), mean in zip(cells, means, strict=True)
            ]
            if name == "E":  # constant, so SRCC is undefined in every resample
                lines = [f"{pair},{number},3,3" for pair, _ in cells]
            (folder / f"submissions/{name}.csv").write_text("\n".join([header, *lines]))
        return folder

    return write


@pytest.mark.long
@pytest.mark.parametrize(("first", "level"), [("SRCC", 0.95), ("MSE", 0.8)])
def test_the_mean_of_the_first_metric_in_every_resample(close_systems, first, level):
    """Each target's value is filled and rounded, then averaged, rounded and ranked; the
    interval is that of the mean of the values as drawn.
    """
    folder = close_systems(first)
    plan = xe.Bootstrap(resamples=60, seed=3, level=level, method="percentile")
    board = xe.leaderboard(folder / "submissions", challenge=folder, bootstrap=plan).overall
    names = [entry.system for entry in board.entries]
    assert (board.metric, sorted(names)) == (first, list("ABCDE"))
    drawn, rounded = [], []
    for target in ("SIG", "BAK", "OVRL"):
        systems, sample = sample_of(target, folder, plan)
        rows = [systems.index(name) for name in names]
        drawn.append(sample.of(first)[rows])
        centred = sample.of(first)[rows]
        rounded.append([[round(0.0 if np.isnan(v) else v, 1) for v in row] for row in centred])
    sign = 1 if first == "MSE" else -1
    means = [[round(float(v), 1) for v in row] for row in np.mean(rounded, axis=0)]
    ranks = np.array([ranks_of([sign * v for v in draw]) for draw in zip(*means, strict=True)])
    plain = np.mean(drawn, axis=0)
    assert (ranks[:, 1:] == ranks[:, :-1]).any()
    for place, entry in enumerate(board.entries):
        found = entry.uncertainty
        assert found.p_first == pytest.approx(float(np.mean(ranks[:, place] == 1)), abs=1e-12)
        ends = (1 - level) / 2, (1 + level) / 2
        expected = tuple(np.quantile(ranks[:, place], ends, method="inverted_cdf"))
        assert (found.rank_low, found.rank_high) == expected
        low_high = found.interval["low"], found.interval["high"]
        if np.isnan(plain[place]).all():
            assert low_high == (None, None)
        else:
            assert low_high == pytest.approx(tuple(np.quantile(plain[place], ends)), abs=1e-12)


def test_means_over_few_pairs_have_normal_intervals(close_systems):
    """By default a mean of correlations over few pairs has an interval on the scale of atanh."""
    folder = close_systems("SRCC")
    plan = xe.Bootstrap(resamples=60, seed=3)
    board = xe.leaderboard(folder / "submissions", challenge=folder, bootstrap=plan).overall
    assert board.resampling.method == "normal"
    assert "|interval:normal95|" in board.signature
    entry = next(each for each in board.entries if each.system == "A")
    drawn, seen = [], []
    for target in ("SIG", "BAK", "OVRL"):
        systems, sample = sample_of(target, folder, plan)
        drawn.append(sample.of("SRCC")[systems.index("A")])
        seen.append(sample.observed[systems.index("A"), sample.metrics.index("SRCC")])
    half = 1.959963984540054 * np.arctanh(np.mean(drawn, axis=0)).std(ddof=1)
    ends = np.tanh(np.arctanh(np.mean(seen)) + np.array([-half, half]))
    found = entry.uncertainty.interval
    assert (found["low"], found["high"]) == pytest.approx(tuple(ends), abs=1e-9)


def test_a_mean_has_no_bca_interval(close_systems):
    """A mean over targets has percentile intervals if BCa is asked for, and a note says so."""
    folder = close_systems("SRCC")
    plan = xe.Bootstrap(resamples=60, seed=3, method="bca")
    boards = xe.leaderboard(folder / "submissions", challenge=folder, bootstrap=plan)
    assert boards.overall.resampling.method == "percentile"
    assert boards.overall.resampling.method_requested == "bca"
    assert "|interval:percentile95|" in boards.overall.signature


def test_equal_means_share_a_rank(tmp_path):
    """Systems with equal mean ranks share a rank, the next one is skipped."""
    values = {"MI": {"A": 0.9, "B": 0.8, "C": 0.7, "D": 0.6}, "TA": {"A": 0.8, "B": 0.9, "C": 0.7,
              "D": 0.6}}  # fmt: skip
    rows = [
        f"{system},{target},{value},{value},{value},1"
        for target, systems in values.items()
        for system, value in systems.items()
    ]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["system,target,SRCC,LCC,KTAU,MSE", *rows]))
    overall = xe.rank(table, challenge=MUSIC).overall
    assert [(e.rank, e.system, e.value) for e in overall.entries] == [
        (1, "A", 1.5), (1, "B", 1.5), (3, "C", 3.0), (4, "D", 4.0),
    ]  # fmt: skip


def test_draws_are_shared_across_targets(tmp_path):
    """Two targets with the same numbers have the same intervals: the same pairs are drawn."""
    rows = (MUSIC / "references.csv").read_text().splitlines()
    same = [f"{pair},{mi},{mi}" for pair, mi, _ in (row.split(",") for row in rows)]
    (tmp_path / "references.csv").write_text("\n".join(same))
    for name in ("T01", "T02"):
        rows = (MUSIC / f"submissions/{name}.txt").read_text().splitlines()
        same = [f"{pair},{mi},{mi}" for pair, mi, _ in (row.split(",") for row in rows)]
        (tmp_path / f"{name}.txt").write_text("\n".join(same))
    boards = xe.leaderboard(
        tmp_path / "T01.txt", tmp_path / "T02.txt",
        references=tmp_path / "references.csv", challenge=MUSIC, bootstrap=PLAN,
    )  # fmt: skip
    one, two = boards.targets.values()
    for first, second in zip(one.entries, two.entries, strict=True):
        assert first.uncertainty == second.uncertainty
    for entry, first in zip(boards.overall.entries, one.entries, strict=True):
        assert entry.uncertainty.p_first == first.uncertainty.p_first


def test_what_all_boards_share_is_said_once(tmp_path):
    """An invalid file and a copy of another file are reported once, not for each target."""
    text = (MUSIC / "submissions/T01.txt").read_text()
    (tmp_path / "A.txt").write_text(text)
    (tmp_path / "B.txt").write_text(text)
    (tmp_path / "C.txt").write_text("x,1,2\n")
    boards = xe.leaderboard(tmp_path, challenge=MUSIC)
    assert [one.system for one in boards.unranked] == ["C"]
    assert {finding.code for finding in boards.findings} >= {"XAC060"}
    for board in boards.targets.values():
        assert (board.unranked, board.findings) == ((), ())


def test_by_team_keeps_the_best_system(tmp_path):
    """With by="team", each board and the overall board keep the best system of a team."""
    names = {"T01": "Ren_01", "T02": "Ren_02", "T03": "Mio_01"}
    for name, label in names.items():
        (tmp_path / f"{label}.txt").write_text((MUSIC / f"submissions/{name}.txt").read_text())
    boards = xe.leaderboard(tmp_path, challenge=MUSIC, by="team")
    every = xe.leaderboard(tmp_path, challenge=MUSIC)
    assert sorted(entry.team for entry in boards.overall.entries) == ["Mio", "Ren"]
    best = {}
    for entry in every.overall.entries:
        best.setdefault(entry.team, (entry.system, entry.value))
    assert {e.team: (e.system, e.value) for e in boards.overall.entries} == best


def sets_of(entry):
    """Return the ends of the marginal and of the simultaneous set of an entry."""
    found = entry.uncertainty
    return (
        found.rank_marginal_low,
        found.rank_marginal_high,
        found.rank_simultaneous_low,
        found.rank_simultaneous_high,
    )


def test_sets_of_a_mean_are_those_of_the_mean_in_every_resample(close_systems):
    """The unrounded means of the targets are tested as one value, and clusters follow from them."""
    folder = close_systems("SRCC")
    plan = xe.Bootstrap(resamples=199, seed=3)
    board = xe.leaderboard(folder / "submissions", challenge=folder, bootstrap=plan).overall
    names = [entry.system for entry in board.entries]
    drawn, observed = [], []
    for target in ("SIG", "BAK", "OVRL"):
        systems, sample = sample_of(target, folder, plan)
        rows = [systems.index(name) for name in names]
        drawn.append(np.nan_to_num(sample.of("SRCC")[rows], nan=0.0))
        observed.append(np.nan_to_num(sample.observed[rows, sample.metrics.index("SRCC")], nan=0.0))
    sets = rank_sets(np.mean(drawn, axis=0), np.mean(observed, axis=0), higher_is_better=True)
    for place, entry in enumerate(board.entries):
        assert sets_of(entry) == (
            sets.low[place],
            sets.high[place],
            sets.together_low[place],
            sets.together_high[place],
        )
    assert board.entries[-1].uncertainty.cluster > 1
    assert board.resampling.could_be_first == sets.could_be_first
    assert board.resampling.family == 10
    assert board.signature.endswith("|family:system-pairs(mean-SRCC)|rank-sets:95")


def test_sets_of_a_mean_of_ranks_combine_those_of_the_targets():
    """Mean ranks lie between the means of the ends of joint sets at 97.5 % for two targets."""
    boards = xe.leaderboard(MUSIC / "submissions", challenge=MUSIC, bootstrap=PLAN)
    competing = [e for e in boards.overall.entries if e.kind == "competing"]
    ends = []
    for target in ("MI", "TA"):
        systems, sample = sample_of(target)
        order = [e.system for e in boards.targets[target].entries if e.kind == "competing"]
        sample = sample.select([systems.index(name) for name in order])
        metric = boards.targets[target].order[0]
        column = sample.observed[:, sample.metrics.index(metric)]
        sets = rank_sets(sample.of(metric), column, higher_is_better=True, level=0.975)
        bounds = zip(sets.together_low, sets.together_high, strict=True)
        by_name = dict(zip(order, bounds, strict=True))
        ends.append([by_name[entry.system] for entry in competing])
    low, high = np.mean(ends, axis=0).T
    for place, entry in enumerate(competing):
        first = 1 + sum(other < low[place] for other in high)
        last = len(competing) - sum(other > high[place] for other in low)
        assert sets_of(entry) == (None, None, first, last)
        assert entry.uncertainty.letters == ""
        assert entry.uncertainty.cluster is None
    first = sum(entry.uncertainty.rank_simultaneous_low == 1 for entry in competing)
    assert boards.overall.resampling.could_be_first == first
    notes = overall_views(boards.overall, "", xe.load_challenge(MUSIC))[1].notes
    assert notes[0].startswith(f"{first} of {len(competing)} systems could be first in the mean")
    assert "A mean of ranks moves in steps" in notes[1]

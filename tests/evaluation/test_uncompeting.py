"""Baselines and systems out of competition: shown by value, without a rank or an effect."""

import shutil

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import DATA, codes, make_submission
from tests.submissions.descriptions import zipped
from xacle_eval.submissions.package import check_package
from xacle_eval.submissions.reading import Source

PLAN = xe.Bootstrap(resamples=200, seed=3)
KINDS = 'baselines = ["Baseline_*"]\nout_of_competition = ["Kumo_0[5-9]", "host/*"]\n'
# The correlation of each system with the references falls in this order.
NOISE = {"Hibari_01": 0.5, "Baseline_A": 1.0, "Hibari_02": 1.5, "Kumo_05": 2.0,
         "Suzume_01": 2.5, "Baseline_B": 3.5}  # fmt: skip


def make_challenge(folder, kinds=KINDS, limit=2):
    """Write the example challenge with own keys of [submissions]."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (DATA / "example/challenge.toml").read_text(encoding="utf-8")
    assert "systems_per_team = 2\n" in text
    text = text.replace("systems_per_team = 2\n", f"systems_per_team = {limit}\n{kinds}")
    (folder / "challenge.toml").write_text(text, encoding="utf-8")
    shutil.copy(DATA / "example/ratings.csv", folder)
    return folder / "challenge.toml"


@pytest.fixture
def files(tmp_path):
    """A folder with six systems, and its challenge file."""
    challenge = make_challenge(tmp_path)
    truth = xe.load_references(None, xe.load_challenge(challenge))
    rng = np.random.default_rng(1)
    ids = xe.load_challenge(challenge).manifest.ids
    for label, scale in NOISE.items():
        values = np.clip(5 + (truth.values - 5) / 2 + scale * rng.normal(size=24), 0, 10)
        make_submission(tmp_path / f"{label}.csv", dict(zip(ids, values, strict=True)))
    return tmp_path


def board_of(folder, labels=tuple(NOISE), **options):
    """Return the leaderboard of some systems."""
    return xe.leaderboard(
        *(folder / f"{label}.csv" for label in labels),
        challenge=folder / "challenge.toml",
        **options,
    )


@pytest.mark.parametrize("by", ["system", "team"])
def test_a_system_that_does_not_compete_changes_nothing_for_the_others(files, by):
    """Ranks, rank statistics, clusters, letters, agreement, first keys and screenings of the
    competing systems are those of a leaderboard without the others.
    """
    options = {"bootstrap": PLAN, "screenings": "no-variation", "by": by}
    everyone = board_of(files, **options)
    alone = board_of(files, [s for s in NOISE if s[0] in "HS"], **options)
    competing = [entry for entry in everyone.entries if entry.kind == "competing"]
    assert tuple(competing) == alone.entries
    assert [entry.rank for entry in competing] == list(range(1, len(competing) + 1))
    assert everyone.resampling == alone.resampling
    assert everyone.signature == alone.signature
    places = [place for place in everyone.screenings[0].places if place.system[0] in "HS"]
    assert tuple(places) == alone.screenings[0].places


def test_the_others_are_shown_by_value_with_their_own_intervals(files):
    """A baseline stands in its place by value, and has the intervals that it would have if it
    competed, but no rank, rank statistics, cluster or letters.
    """
    board = board_of(files, bootstrap=PLAN)
    values = [entry.rounded["SRCC"] for entry in board.entries]
    assert values == sorted(values, reverse=True)
    kinds = {entry.system: entry.kind for entry in board.entries}
    assert kinds == {
        **dict.fromkeys(["Hibari_01", "Hibari_02", "Suzume_01"], "competing"),
        **dict.fromkeys(["Baseline_A", "Baseline_B"], "baseline"),
        "Kumo_05": "out of competition",
    }
    make_challenge(files, "")
    ranked = {entry.system: entry for entry in board_of(files, bootstrap=PLAN).entries}
    for entry in board.entries:
        if entry.kind != "competing":
            found, other = entry.uncertainty, ranked[entry.system].uncertainty
            assert entry.rank is None
            assert (found.intervals, found.undefined) == (other.intervals, other.undefined)
            assert found.ceiling_share == other.ceiling_share
            assert (found.rank_low, found.rank_median, found.rank_high) == (None, None, None)
            assert (found.p_first, found.podium, found.cluster) == (None, (), None)
            assert (found.letters, found.first_key_ranks) == ("", {})


def test_only_systems_that_do_not_compete(files):
    """A leaderboard of baselines alone has no ranks and no rank statistics."""
    board = board_of(files, ["Baseline_A", "Baseline_B"], bootstrap=PLAN)
    assert [entry.rank for entry in board.entries] == [None, None]
    assert board.resampling.rank_agreement == {}
    assert board.resampling.smallest_difference is None


def test_a_competing_system_comes_before_a_baseline_with_the_same_values(files):
    """Equal values do not give a baseline a rank, and the competing system is shown first."""
    shutil.copy(files / "Hibari_01.csv", files / "Baseline_A.csv")
    board = board_of(files)
    assert [(e.system, e.rank) for e in board.entries[:3]] == [
        ("Hibari_01", 1), ("Baseline_A", None), ("Hibari_02", 2),
    ]  # fmt: skip
    assert "XAC060" in codes(board.findings)


def test_patterns_match_labels_or_teams_with_letter_case(files):
    """A pattern without / matches labels, one with / the team and the label; case matters."""
    rules = xe.load_challenge(files / "challenge.toml").submissions
    expected = {
        ("Baseline_1", "any"): "baseline",
        ("baseline_1", "any"): "competing",
        ("My_Baseline_1", "any"): "competing",
        ("Kumo_05", "Kumo"): "out of competition",
        ("Kumo_04", "Kumo"): "competing",
        ("Anything", "host"): "out of competition",
        ("Anything", "Host"): "competing",
        ("host/x", "team"): "competing",
        ("x", "host/other"): "competing",
        ("Baseline_1", "host"): "baseline",
    }
    assert {key: rules.kind_of(*key) for key in expected} == expected


def test_the_limit_of_systems_counts_competing_ones(files):
    """Two systems of a team and any number of its entries out of competition are within 2."""
    make_challenge(files, 'out_of_competition = ["Suzume_0[2-4]"]\n')
    for number in (2, 3, 4):
        rng = np.random.default_rng(number)
        rows = pd.read_csv(files / "Suzume_01.csv")
        values = rows["pred_score"] + rng.normal(size=len(rows))
        pairs = dict(zip(rows["wav_file_name"], values, strict=True))
        make_submission(files / f"Suzume_0{number}.csv", pairs)
    labels = ["Suzume_01", "Suzume_02", "Suzume_03", "Suzume_04"]
    board = board_of(files, labels)
    assert (len(board.entries), codes(board.findings)) == (4, [])


def test_names_of_baselines_do_not_evade_the_protection_of_the_labels(files):
    """A team with competing systems and more than twice the limit in total is not ranked, while
    the organisers may have any number of baselines.
    """
    rows = pd.read_csv(files / "Suzume_01.csv")
    for number in range(12):
        values = rows["pred_score"] + np.random.default_rng(number).normal(size=len(rows))
        pairs = dict(zip(rows["wav_file_name"], values, strict=True))
        team = "Suzume" if number < 5 else "organisers"
        make_submission(files / f"sent/{team}/Baseline_{number}.csv", pairs)
    shutil.copy(files / "Suzume_01.csv", files / "sent/Suzume/Suzume_01.csv")
    board = xe.leaderboard(files / "sent", challenge=files / "challenge.toml")
    assert {entry.team for entry in board.entries} == {"organisers"}
    assert len(board.entries) == 7
    assert len(board.unranked) == 6
    assert all("XAC061" in codes(one.findings) for one in board.unranked)


@pytest.mark.parametrize(
    ("labels", "counted"),
    [
        (["A_01", "A_02", "Baseline_A", "Baseline_B"], None),
        (["Baseline_A", "Baseline_B", "Baseline_C", "Baseline_D", "Baseline_E"], None),
        (["A_01", "A_02", "A_03", "Baseline_A"], 3),
        (["A_01", "Baseline_A", "Baseline_B", "Baseline_C", "Baseline_D"], 5),
    ],
)
def test_the_limit_in_a_package_is_that_of_a_leaderboard(files, labels, counted):
    """Baselines in a package do not count, unless they hide far too many systems of a team."""
    rng = np.random.default_rng(5)
    make_challenge(files, KINDS)
    challenge = xe.load_challenge(files / "challenge.toml")
    rows = {label: rng.uniform(0, 10, 24).round(3) for label in labels}
    ids = challenge.manifest.ids
    contents = {
        f"{label}.csv": "".join(f"{i},{v}\n" for i, v in zip(ids, values, strict=True)).encode()
        for label, values in rows.items()
    }
    package = next(check_package(Source.of_bytes(zipped(contents), "A.zip"), challenge, "A"))
    found = [one for one in package.report.findings if one.code == "XAC061"]
    assert [one.count for one in found] == ([] if counted is None else [counted])


def test_two_baselines_with_one_label_are_unranked(files):
    """The name of a baseline does not switch off the check for repeated labels."""
    for team in ("one", "two"):
        (files / f"sent/{team}").mkdir(parents=True)
        shutil.copy(files / "Baseline_A.csv", files / f"sent/{team}/one_7.csv")
    (files / "sent/one/one_01.csv").write_bytes((files / "Hibari_01.csv").read_bytes())
    make_challenge(files, 'baselines = ["*_7"]\n')
    board = xe.leaderboard(files / "sent", challenge=files / "challenge.toml")
    assert [one.system for one in board.unranked] == ["one_7", "one_7"]
    assert all(codes(one.findings)[0] == "XAC062" for one in board.unranked)


def test_published_results_follow_the_same_patterns(files):
    """rank shows the same systems without a rank, by label and by team, also by team."""
    rows = [("host", "X_1", 0.9), ("A", "A_1", 0.8), ("B", "Baseline_1", 0.7), ("A", "A_2", 0.6),
            ("C", "C_1", 0.5)]  # fmt: skip
    frame = pd.DataFrame(
        [(*row, row[2], row[2], 1.0) for row in rows],
        columns=["team", "system", "SRCC", "LCC", "KTAU", "MSE"],
    )
    board = xe.rank(frame, challenge=files / "challenge.toml", by="team")
    assert [(entry.system, entry.rank) for entry in board.entries] == [
        ("X_1", None), ("A_1", 1), ("Baseline_1", None), ("C_1", 2),
    ]  # fmt: skip
    table = board.to_frame()
    assert list(table["kind"]) == ["out of competition", "competing", "baseline", "competing"]
    assert list(table["rank"].fillna(0)) == [0, 1, 0, 2]


@pytest.mark.parametrize("pattern", ["", "a/b/c", "x" * 101, "a\u202eb"])
def test_patterns_that_are_refused(files, pattern):
    """An empty, long or invisible pattern, or one with two slashes, is an error with its key."""
    make_challenge(files, f'baselines = ["{pattern}"]\n')
    with pytest.raises(xe.ChallengeError) as caught:
        xe.load_challenge(files / "challenge.toml")
    (problem,) = caught.value.problems
    assert problem.startswith("submissions.baselines[1]: expected ")

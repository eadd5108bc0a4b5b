"""Ranking at its limits: the ends of a metric's range, ties, the order inside a shared rank, and
the number of systems per team.
"""

import math

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import DATA, codes, make_submission
from xacle_eval.challenge.ranking import Ranking
from xacle_eval.challenge.rounding import round_metrics
from xacle_eval.evaluation.ranking import (
    order_tag,
    rank_entries,
    same_bytes,
    to_entry,
    unrankable,
)
from xacle_eval.evaluation.suspects import too_many_systems
from xacle_eval.results.leaderboard import Entry

ORDER = ("SRCC", "LCC", "KTAU", "MSE")
SMALL = DATA / "invalid"
TRUTH = np.array([6.5, 4, 8.25, 1, 5.5, 7])


def entry(team, system, path="", sha256=None, value=0.5):
    """Return an entry whose four metrics have one value."""
    metrics = dict.fromkeys(ORDER, value)
    return Entry(
        rank=None,
        team=team,
        system=system,
        path=path,
        sha256=sha256,
        metrics=metrics,
        rounded=round_metrics(metrics, 3),
    )


def table(**columns):
    """Return a table of one published result that is valid apart from the given values."""
    row = {"system": "A_01", "SRCC": 0.5, "LCC": 0.5, "KTAU": 0.5, "MSE": 1.0}
    return pd.DataFrame([{**row, **columns}])


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        *((name, value) for name in ORDER[:3] for value in (1.0, -1.0, 0.0, -0.0)),
        ("MSE", 0.0),
        ("MSE", 1e99),
    ],
)
def test_the_ends_of_a_metric_s_range_are_published_results(metric, value):
    """A correlation of exactly 1 or -1 and an MSE of 0 are inside their range."""
    (one,) = xe.rank(table(**{metric: value})).entries
    assert one.metrics[metric] == value
    assert one.rounded[metric] == round(value, 3)
    assert math.copysign(1.0, one.rounded[metric]) == (-1.0 if value < 0 else 1.0)


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        *((name, value) for name in ORDER[:3] for value in (1.0000001, -1.0000001)),
        ("MSE", -1e-7),
    ],
)
def test_the_next_number_outside_a_metric_s_range_is_refused(metric, value):
    """A value just outside its range is an error on its line."""
    with pytest.raises(xe.TableError) as caught:
        xe.rank(table(**{metric: value}))
    (finding,) = caught.value.findings
    assert (finding.code, finding.line, finding.count) == ("XAC070", 2, 1)


def test_every_value_outside_its_range_is_counted():
    """Two correlations above 1 in one column are one finding with both lines."""
    frame = pd.concat([table(SRCC=1.5), table(system="B_01"), table(system="C_01", SRCC=-2.0)])
    with pytest.raises(xe.TableError) as caught:
        xe.rank(frame)
    (finding,) = caught.value.findings
    assert (finding.code, finding.count, finding.lines) == ("XAC070", 2, (2, 4))


def test_systems_of_one_rank_stand_by_team_then_system_then_path():
    """Inside a shared rank the team decides first, then the system, then the path, whatever the
    order of the entries.
    """
    expected = [
        ("A", "9", "1"),
        ("B", "1", "9"),
        ("B", "2", "3"),
        ("B", "2", "4"),
        ("C", "0", "0"),
    ]
    entries = [entry(*key) for key in expected]
    for order in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 3, 4, 1]):
        ranked = rank_entries([entries[place] for place in order], Ranking())
        assert [(one.team, one.system, one.path) for one in ranked] == expected
        assert [one.rank for one in ranked] == [1] * 5
    (kept, *_) = rank_entries(entries[::-1], Ranking(), "team")[1:]
    assert (kept.team, kept.system, kept.path) == ("B", "1", "9")


def test_a_metric_without_a_value_is_behind_every_number():
    """An entry without a value in a metric of the order ranks last, whatever the metric's
    direction.
    """
    for order in (("SRCC",), ("MSE",)):
        ranking = Ranking(order=order)
        worst = entry("A", "worst", value=-1.0 if order == ("SRCC",) else 1e9)
        none = worst.model_copy(update={"system": "none", "rounded": dict.fromkeys(ORDER)})
        ranked = rank_entries([none, worst], ranking)
        assert [(one.rank, one.system) for one in ranked] == [(1, "worst"), (2, "none")]
        assert unrankable(none, order) == order
        assert unrankable(worst, order) == ()


def test_ties_count_at_the_printed_precision_only():
    """Two systems share a rank where the printed values are equal, and not one digit further."""
    frame = pd.concat([table(SRCC=0.50049), table(system="B_01", SRCC=0.49951)])
    assert [one.rank for one in xe.rank(frame).entries] == [1, 1]
    frame = pd.concat([table(SRCC=0.50049), table(system="B_01", SRCC=0.49949)])
    assert [(one.rank, one.system) for one in xe.rank(frame).entries] == [(1, "A_01"), (2, "B_01")]


def test_ranks_of_teams_have_no_gap_where_a_team_has_many_systems():
    """Ranking teams, a team's further systems take no place; of the best, a shared rank is
    skipped after.
    """
    rows = [
        ("A_01", 0.9),
        ("A_02", 0.8),
        ("B_01", 0.7),
        ("C_01", 0.7),
        ("C_02", 0.9),
        ("D_01", 0.1),
    ]
    frame = pd.concat([table(system=name, SRCC=value) for name, value in rows])
    board = xe.rank(frame, by="team")
    assert [(one.rank, one.system) for one in board.entries] == [
        (1, "A_01"),
        (1, "C_02"),
        (3, "B_01"),
        (4, "D_01"),
    ]
    assert (board.by, board.decimals, board.order) == ("team", 3, ORDER)
    assert board.signature.endswith("|published|order:SRCC>LCC>KTAU>MSE|decimals:3|by:team")


def test_an_entry_holds_what_its_card_holds():
    """An entry has its card's team, system, path, hash and metrics, rounded at the ranking's
    decimals, and no rank.
    """
    (from_file,) = xe.leaderboard(
        DATA / "example/submissions/Hibari_01.csv", challenge=DATA / "example"
    ).entries
    card = xe.score(DATA / "example/submissions/Hibari_01.csv", challenge=DATA / "example")
    challenge = xe.load_challenge(DATA / "example").model_copy(
        update={"ranking": Ranking(decimals=1)}
    )
    one = to_entry(card, challenge)
    assert (one.rank, one.kind) == (None, "competing")
    assert one.rounded == {name: round(value, 1) for name, value in card.metrics.items()}
    assert one.model_copy(update={"rank": 1, "rounded": from_file.rounded}) == from_file


def test_the_same_bytes_count_between_teams_only():
    """Two teams with one file are a finding that counts its files; one team's copies are none."""
    own = [entry("A", "1", "a1", "x"), entry("A", "2", "a2", "x")]
    assert same_bytes(own) == ()
    assert same_bytes([entry("A", "1", "a", "x"), entry("B", "1", "b", "y")]) == ()
    assert same_bytes([entry("A", "1", "a"), entry("B", "1", "b")]) == ()
    (finding,) = same_bytes([*own, entry("B", "1", "b", "x"), entry("C", "1", "c", "z")])
    assert (finding.code, finding.count) == ("XAC060", 3)
    many = [entry(team, "1", f"{team}{h}", h) for h in "zyx" for team in "AB"]
    found = same_bytes(many)
    assert [one.count for one in found] == [2, 2, 2]
    assert found == same_bytes(many[::-1])


def test_a_team_may_have_exactly_as_many_systems_as_the_challenge_allows():
    """The limit itself is no finding, one more is one that counts all; without a limit none is."""
    systems = [entry("B", str(n)) for n in range(3)] + [entry("A", str(n)) for n in range(4)]
    assert too_many_systems(systems, 4) == ()
    (one,) = too_many_systems(systems, 3)
    assert (one.code, one.count) == ("XAC061", 4)
    assert [finding.count for finding in too_many_systems(systems, 2)] == [4, 3]
    assert too_many_systems(systems, None) == ()


@pytest.mark.parametrize(("number", "limit"), [(9, 4), (3, 1), (51, None)])
def test_a_warning_says_that_many_systems_reveal_the_labels(number, limit):
    """Far above the limit, and above 50 systems without one, the finding gives the reason."""
    (one,) = too_many_systems([entry("A", str(n)) for n in range(number)], limit)
    assert one.message.startswith(f"A has {number} systems")
    assert one.message.endswith("the scores of so many systems reveal the labels")
    fewer = too_many_systems([entry("A", str(n)) for n in range(number - 1)], limit)
    assert not any("reveal" in found.message for found in fewer)


def test_spellings_of_a_team_are_counted_together():
    """Names that differ in letter case, or look alike, do not raise the limit of a team."""
    names = ("Kumo", "KUMO", "\u041aumo")
    systems = [entry(name, str(n)) for name in names for n in range(2)]
    (one,) = too_many_systems(systems, 4)
    assert one.count == 6
    assert one.message.startswith("KUMO has 6 systems, together with Kumo, \u041aumo")


@pytest.mark.parametrize(("number", "ranked"), [(4, True), (5, False), (40, False)])
def test_a_team_far_above_the_limit_is_unranked(number, ranked, tmp_path, small):
    """With more than twice the allowed systems, no system of the team is ranked, except on
    request; other teams are not affected.
    """
    rng = np.random.default_rng(2)
    for name in ("Kaze_01", *(f"Ame_{n:02d}" for n in range(number))):
        rows = zip(small.manifest.ids, (TRUTH + rng.normal(0, 1, 6)).tolist(), strict=True)
        make_submission(tmp_path / f"{name}.csv", rows)
    files = {"references": SMALL / "references.csv", "challenge": SMALL / "challenge.toml"}
    board = xe.leaderboard(tmp_path, **files)
    assert len(board.entries) == (number + 1 if ranked else 1)
    assert len(board.unranked) == (0 if ranked else number)
    assert [code for code in codes(board.findings) if code == "XAC061"] == ["XAC061"]
    for one in board.unranked:
        assert (one.findings[0].code, one.findings[0].severity) == ("XAC061", "error")
    again = xe.leaderboard(tmp_path, **files, rank_suspicious=True)
    assert len(again.entries) == number + 1


@pytest.mark.parametrize(("number", "expected"), [(2, []), (3, ["XAC061"])])
def test_a_leaderboard_counts_a_team_s_systems(number, expected, tmp_path, small):
    """Two systems are allowed by the small challenge, a third is named and all stay ranked."""
    for n in range(number):
        values = TRUTH + np.arange(6) * n
        rows = zip(small.manifest.ids, values, strict=True)
        make_submission(tmp_path / f"Ame_{n:02d}.csv", rows)
    board = xe.leaderboard(
        tmp_path, references=SMALL / "references.csv", challenge=SMALL / "challenge.toml"
    )
    assert [code for code in codes(board.findings) if code == "XAC061"] == expected
    assert len(board.entries) == number


def test_the_order_s_part_of_a_signature():
    """A signature has the order, the decimals and whether systems or teams are ranked, and the
    level unless it is that of pairs.
    """
    assert order_tag(Ranking(), "system") == "order:SRCC>LCC>KTAU>MSE|decimals:3|by:system"
    ranking = Ranking(order=("MSE",), decimals=2, level="system")
    assert order_tag(ranking, "team") == "order:MSE@system|decimals:2|by:team"


@pytest.mark.parametrize(
    ("frame", "code", "line"),
    [
        (table(system=" "), "XAC020", 2),
        (pd.concat([table(), table(system="B_01"), table()]), "XAC071", 4),
        (table().iloc[:0], "XAC002", 1),
    ],
)
def test_a_table_at_its_limits(frame, code, line):
    """A system without a name, one given twice and a header without rows are errors on their
    lines.
    """
    with pytest.raises(xe.TableError) as caught:
        xe.rank(frame)
    (finding,) = caught.value.findings
    assert (finding.code, finding.line) == (code, line)


def test_labels_of_two_teams_may_be_equal():
    """A system is known by team and label: the same label of another team is another system."""
    frame = pd.concat([table(team="A"), table(team="B"), table(team="A", system="A_02")])
    assert [(one.team, one.system) for one in xe.rank(frame).entries] == [
        ("A", "A_01"),
        ("A", "A_02"),
        ("B", "A_01"),
    ]
    with pytest.raises(xe.TableError) as caught:
        xe.rank(pd.concat([table(team="A"), table(team="B"), table(team="A"), table(team="A")]))
    assert [(one.code, one.count) for one in caught.value.findings] == [("XAC071", 2)]


def test_metrics_outside_the_order_are_optional(tmp_path):
    """A table needs the metrics of the challenge's order and keeps the others it has."""
    text = (DATA / "example/challenge.toml").read_text()
    path = tmp_path / "challenge.toml"
    path.write_text(text.replace('["SRCC", "LCC", "KTAU", "MSE"]', '["SRCC"]'))
    (tmp_path / "ratings.csv").write_bytes((DATA / "example/ratings.csv").read_bytes())
    short = table().drop(columns=["LCC", "KTAU"])
    (one,) = xe.rank(short, challenge=path).entries
    assert list(one.metrics) == ["SRCC", "MSE"]
    with pytest.raises(xe.TableError):
        xe.rank(short)


def test_a_leaderboard_sets_both_files_of_one_label_aside(tmp_path, small):
    """Two files of one team and label are both unranked, a third system stays."""
    rows = list(zip(small.manifest.ids, TRUTH.tolist(), strict=True))
    for name in ("Ame_01.csv", "Ame/Ame_01.csv", "Kaze_01.csv"):
        make_submission(tmp_path / name, rows)
    board = xe.leaderboard(
        tmp_path, references=SMALL / "references.csv", challenge=SMALL / "challenge.toml"
    )
    assert [one.system for one in board.entries] == ["Kaze_01"]
    assert [codes(one.findings)[0] for one in board.unranked] == ["XAC062", "XAC062"]
    paths = [one.path for one in board.unranked]
    assert paths == sorted(paths)


def test_unranked_submissions_stand_by_team_and_system(tmp_path, small):
    """Invalid submissions are listed by team, then system, wherever they lie."""
    for name in ("z/A_02.csv", "B_01.csv", "z/A_01.csv", "a/C_01.csv"):
        make_submission(tmp_path / name, [(small.manifest.ids[0], 1.0)])
    board = xe.leaderboard(
        tmp_path, references=SMALL / "references.csv", challenge=SMALL / "challenge.toml"
    )
    assert [(one.team, one.system) for one in board.unranked] == [
        ("B", "B_01"),
        ("a", "C_01"),
        ("z", "A_01"),
        ("z", "A_02"),
    ]
    assert board.entries == ()


def test_the_index_of_a_table_plays_no_part():
    """A DataFrame's index is no column, whatever its name."""
    frame = table().rename_axis("team")
    assert xe.rank(frame).entries == xe.rank(table()).entries

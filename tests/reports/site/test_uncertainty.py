"""The page of uncertainty: its charts for every board, and sentences that fit the numbers."""

import re

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.reports.conftest import LABELS
from tests.reports.site.boards import Page, make_board, make_entry
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.reports.site.chart_sentences import (
    blob_sentence,
    lines_sentence,
    matrix_sentence,
    screening_sentence,
)
from xacle_eval.reports.site.charts.lines import Alternative
from xacle_eval.reports.site.names import plain
from xacle_eval.reports.site.pages import Link, SiteFrame
from xacle_eval.reports.site.ranking import ranking_of
from xacle_eval.reports.site.uncertainty import uncertainty_page
from xacle_eval.results.leaderboard import ScreenedPlace, ScreenedRanking
from xacle_eval.results.report import ChallengeReport

EXAMPLE = DATA / "example"


def _page(board):
    report = ChallengeReport(
        challenge="hand",
        boards={"system": board},
        publishing=Publishing(),
        presentation=board.presentation or Presentation(title="By hand"),
    )
    return uncertainty_page(report, SiteFrame("By hand", False))


@pytest.fixture(scope="module")
def board():
    """Return the example's board with everything that the page shows."""
    return xe.leaderboard(
        EXAMPLE / "submissions", challenge=EXAMPLE, bootstrap=200, screenings="all"
    )


def test_all_charts_are_there(board):
    """Ranks, differences, other metrics and screenings have a chart and a sentence each."""
    html = _page(board)
    assert re.findall("<h3[^>]*>(.*?)</h3>", html) == [
        "Ranks over the resamples",
        "Significant differences",
        "Ranks with another metric first",
        "Ranks after screening the listeners",
    ]
    assert html.count("<figcaption>") == 4
    assert "style=" not in html
    assert html == _page(board)


def test_the_heading_is_the_name_of_the_page(board):
    """The challenge is above it, in small letters."""
    html = uncertainty_page(
        ChallengeReport(
            challenge="hand",
            boards={"system": board},
            publishing=Publishing(),
            presentation=board.presentation,
        ),
        SiteFrame("By hand", False, (Link("uncertainty.html", "Uncertainty"),)),
    )
    assert re.findall("<h1>(.*?)</h1>", html) == ["Uncertainty"]
    assert '<p class="kicker"><bdi>By hand</bdi></p>' in html


def test_a_board_without_resamples_has_a_sentence_only():
    """Nothing is drawn that was not computed, and the page says why."""
    html = _page(xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE))
    assert "<svg" not in html
    assert "Nothing was resampled" in Page(html).text


def test_every_target_has_its_panel():
    """Each target has its charts, and so has the board over all targets."""
    folder = DATA / "challenges" / "voicemos2024_track3"
    boards = xe.leaderboard(
        folder / "submissions",
        challenge=folder / "challenge.toml",
        references=folder / "ratings.csv",
        bootstrap=100,
    )
    html = _page(boards)
    panels = html.split('<section class="panel"')[1:]
    assert len(panels) == 1 + len(boards.targets)
    assert all("Ranks over the resamples" in panel for panel in panels)


@pytest.mark.parametrize("label", LABELS)
def test_hostile_names_stay_text(board, label):
    """Names in charts and sentences never become markup, and hide nothing."""
    entries = [each.model_copy(update={"system": label}) for each in board.entries[:1]]
    changed = board.model_copy(update={"entries": (*entries, *board.entries[1:])})
    html = _page(changed)
    tags = [tag for tag, _ in Page(html).tags if tag != "wbr"]
    assert tags == [tag for tag, _ in Page(_page(board)).tags if tag != "wbr"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", html)


def _ranked(spans, p=()):
    entries = [
        make_entry(
            rank,
            f"s{rank}",
            {"SRCC": 1.0 - rank / 100},
            rank_low=low,
            rank_high=high,
            p_first=0.75 if rank == 1 else 0.0,
        )
        for rank, (low, high) in enumerate(spans, 1)
    ]
    return ranking_of(make_board(entries, difference_p=p, resamples=1_000))


def _text(sentence):
    return plain(sentence).replace("\N{NO-BREAK SPACE}", " ")


def test_the_sentence_of_ranks():
    """It names the share of first ranks, the certain ranks and the widest span."""
    assert _text(blob_sentence(_ranked([(1, 1), (2, 3), (1, 3)]))) == (
        "s1 is first in 75.0 % of 1,000 resamples. 1 of 3 systems has the same rank in "
        "95 % of the resamples; the widest span, ranks 1 to 3, is that of s3."
    )
    every = _text(blob_sentence(_ranked([(1, 1), (2, 2)])))
    assert every.endswith(" Every system has the same rank in 95 % of the resamples.")
    neither = _text(blob_sentence(_ranked([(1, 2), (1, 2)])))
    assert "Neither of 2 systems has the same rank in 95 % of the resamples" in neither


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (
            [[], [0.01], [0.01, 0.9]],
            "2 of 3 pairs of systems differ significantly in SRCC (α = 0.05, adjusted for all "
            "pairs). s1 differs significantly from every other system.",
        ),
        (
            [[], [0.9], [0.01, 0.9]],
            "1 of 3 pairs of systems differs significantly in SRCC (α = 0.05, adjusted for all "
            "pairs). s2 does not differ significantly from s1.",
        ),
        (
            [[], [0.9], [0.9, 0.9]],
            "None of 3 pairs of systems differs significantly in SRCC (α = 0.05, adjusted for all "
            "pairs). 2 systems do not differ significantly from s1.",
        ),
    ],
)
def test_the_sentence_of_differences(p, text):
    """It counts the pairs, and the systems that are like the first one."""
    assert _text(matrix_sentence(_ranked([(1, 1), (2, 2), (3, 3)], p))) == text


def test_the_sentence_of_one_difference():
    """With two systems, the sentence has their p; a small one is a bound."""
    spans = [(1, 1), (2, 2)]
    assert _text(matrix_sentence(_ranked(spans, [[], [0.118]]))) == (
        "s1 and s2 do not differ significantly in SRCC (p = 0.118, α = 0.05)."
    )
    assert "(p ≤ 0.001, α" in _text(matrix_sentence(_ranked(spans, [[], [0.001]])))
    assert _text(matrix_sentence(_ranked(spans, [[], [1e-5]]))) == (
        "s1 and s2 differ significantly in SRCC (p <0.001, α = 0.05)."
    )


def test_the_sentence_of_other_metrics():
    """It counts the changes of rank, names the largest one and who is first."""
    ranking = _ranked([(1, 1), (2, 2), (3, 3)])
    official = Alternative("SRCC first", (1, 2, 3))
    others = [Alternative("LCC first", (1, 2, 3)), Alternative("MSE first", (3, 1, 2))]
    assert _text(lines_sentence(ranking, [official, *others])) == (
        "LCC first: no rank changes. MSE first: 3 of 3 systems change rank, at most by 2 places "
        "(s1), and s2 is first."
    )


def test_the_sentence_of_screenings():
    """It says what each method removes and changes, and which gave no ranking."""
    ranking = _ranked([(1, 1), (2, 2)])
    places = tuple(
        ScreenedPlace(rank=rank, team="t", system=name, metrics={})
        for rank, name in ((2, "s1"), (1, "s2"))
    )
    screenings = [
        ScreenedRanking(method="agreement", n_ratings=40, n_removed=4, places=places),
        ScreenedRanking(method="hard", n_ratings=40, n_removed=39, note="removes too much"),
        ScreenedRanking(method="anchors", n_ratings=40, note="needs a limit"),
    ]
    found = [Alternative("all ratings", (1, 2)), Alternative("agreement", (2, 1))]
    assert _text(screening_sentence(ranking, found, screenings)) == (
        "Screening by agreement removes 4 of 40 ratings; 2 of 2 systems change rank, at most by "
        "1 place (s1), and s2 is first. Screening by hard removes 39 of 40 ratings and gives no "
        "ranking: it removes too much. Not applied: anchors."
    )

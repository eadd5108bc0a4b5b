"""The page of the listeners: its numbers are those of the ratings, and no listener is on it."""

import csv
import re
from statistics import mean

import numpy as np
import pytest
from scipy import stats

import xacle_eval as xe
from tests.helpers import DATA
from tests.reports.site.pages import SOURCES, Page, report_of
from xacle_eval.reports.site.charts.plane import LEFT, PLOT, WIDTH
from xacle_eval.reports.site.charts.spans import Span, span_chart
from xacle_eval.reports.site.listener_sentences import (
    best_sentence,
    component_sentence,
    distribution_sentence,
    human_sentence,
    reliability_sentence,
    screening_sentence,
)
from xacle_eval.reports.site.listeners import listeners_page
from xacle_eval.reports.site.names import Name, plain
from xacle_eval.reports.site.pages import Link, site_frame
from xacle_eval.results.details import Histogram
from xacle_eval.results.leaderboard import ScreenedPlace, ScreenedRanking
from xacle_eval.results.report import ScreeningEffect

LINKS = (Link("index.html", "Leaderboard"), Link("listeners.html", "Listeners"))


def page_of(report):
    """Return the source of the page and its parsed form."""
    source = listeners_page(report, site_frame(report, LINKS).at("listeners.html"))
    return source, Page(source)


@pytest.fixture(scope="module")
def ratings():
    """Read the example's ratings without the toolkit: the ratings of each pair, and listeners."""
    pairs, listeners = {}, set()
    with (DATA / "example" / "ratings.csv").open() as file:
        for row in csv.DictReader(file):
            pairs.setdefault(row["wav_file_name"], []).append(float(row["score"]))
            listeners.add(row["listener_id"])
    return pairs, listeners


@pytest.mark.parametrize(
    ("name", "file", "columns"),
    [
        ("example", "ratings.csv", ("listener_id", "wav_file_name")),
        ("groups", "ratings.tsv", ("rater", "segment")),
        ("targets", "ratings.csv", ("listener_id", "file_id")),
    ],
)
def test_the_page_is_sound_and_names_no_listener(name, file, columns):
    """Tags are closed, ids are unique, and no name of a listener or a pair is on the page."""
    report = report_of(name)
    source, page = page_of(report)
    assert page.problems() == []
    assert source == page_of(report)[0]
    with (SOURCES[name][0] / file).open() as opened:
        rows = list(csv.DictReader(opened, delimiter="\t" if file.endswith(".tsv") else ","))
    names = {row[column] for row in rows for column in columns}
    assert len(names) > 10
    assert [each for each in sorted(names) if re.search(rf"\b{re.escape(each)}\b", source)] == []


def test_the_numbers_are_those_of_the_file(ratings):
    """Counts, mean and deviation, the most frequent rating, and reliability agree with loops."""
    pairs, listeners = ratings
    values = [value for each in pairs.values() for value in each]
    _, page = page_of(report_of("example"))
    assert (
        f"{len(listeners)} listeners gave {len(values)} ratings of {len(pairs)} pairs: 4 ratings "
        "for each pair." in page.words
    )
    most = max(set(values), key=values.count)
    assert f"The most frequent rating is {most:g} (" in page.words
    assert f"The mean is {mean(values):.1f}, the standard deviation" in page.words
    table = np.array(list(pairs.values()))
    between = 4 * table.mean(axis=1).var(ddof=1)
    within = table.var(axis=1, ddof=1).mean()
    one, average = (between - within) / (between + 3 * within), (between - within) / between
    assert f"ICC(1,1) {one:.3f}" in page.words
    assert f"ICC(1,k) {average:.3f}" in page.words
    assert (
        f"Two ratings of the same pair have an expected correlation of {one:.2f}, ICC(1,1); two "
        f"averages of 4 ratings of it, of {average:.2f}, ICC(1,k)." in page.words
    )
    assert "comes from" not in page.words.partition("Reliability")[2]
    assert f"Noise floor {within / 4:.3f}" in page.words


def test_one_listener_beside_the_systems(ratings):
    """The SRCC of one listener is that of a loop, and so is the number of better systems."""
    pairs, _ = ratings
    given, rest = [], []
    for each in pairs.values():
        for place, value in enumerate(each):
            given.append(value)
            rest.append(mean(each[:place] + each[place + 1 :]))
    human = stats.spearmanr(given, rest).statistic
    report = report_of("example")
    entries = report.boards["system"].entries
    better = sum(entry.metrics["SRCC"] > human for entry in entries)
    _, page = page_of(report)
    assert f"One listener {human:.3f}" in page.words
    assert f"By SRCC, {better} of {len(entries)} systems" in page.words
    best = max(entries, key=lambda entry: entry.metrics["SRCC"])
    assert f"Best system {best.metrics['SRCC']:.3f}, {best.system}" in page.words


def test_each_target_has_a_section():
    """Every target with ratings is a section with its title."""
    report = report_of("targets")
    _, page = page_of(report)
    assert len(page.all("section", **{"class": "target"})) == len(report.ratings) == 3
    for title in ("signal", "background noise", "overall quality"):
        assert title in page.words


def test_without_ratings_there_is_no_page():
    """A report without ratings gives an error, not an empty page."""
    report = report_of("example").model_copy(update={"ratings": {}})
    with pytest.raises(xe.UsageError, match="no ratings of listeners"):
        page_of(report)


def with_screening(report, ranks, note=""):
    """Return the example's report with one screening method whose ranks are given."""
    board = report.boards["system"]
    places = tuple(
        ScreenedPlace(rank=rank, team=e.team, system=e.system, metrics=e.metrics)
        for rank, e in zip(ranks, board.entries, strict=True)
    )
    screened = ScreenedRanking(method="agreement", n_ratings=96, n_removed=5, places=places)
    effect = ScreeningEffect(
        method="agreement", n_ratings=96, n_removed=5, n_listeners_removed=1,
        ceiling={"SRCC": 0.97}, note=note,
    )  # fmt: skip
    left_out = ScreeningEffect(method="anchors", n_ratings=96, note="needs x; pass --y")
    ratings = report.ratings[""].model_copy(update={"screenings": (effect, left_out)})
    boards = {"system": board.model_copy(update={"screenings": (screened,)})}
    return report.model_copy(update={"boards": boards, "ratings": {"": ratings}})


def test_screening_effects():
    """A method's row has what it removes, the ceiling afterwards and the changed ranks."""
    _, page = page_of(with_screening(report_of("example"), (2, 1, 3)))
    assert "5 (5.2 %) 1 0.970 2 of 3, by 1 place at most" in page.words
    assert "1 of 1 screening method would change ranks" in page.words
    assert "The first place would change with agreement." in page.words
    assert "Not applied: anchors (needs x)." in page.words
    assert "--y" not in page.words
    _, same = page_of(with_screening(report_of("example"), (1, 2, 3)))
    assert "None of 1 screening method would change a rank." in same.words
    assert "5 (5.2 %) 1 0.970 none" in same.words


def test_hostile_notes_are_text():
    """Markup and hidden marks in a note are shown as text."""
    note = "<script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}"
    source, page = page_of(with_screening(report_of("example"), (1, 2, 3), note))
    assert page.problems() == []
    assert len(page.all("script")) == 1
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in source


def test_the_signs_of_variances():
    """The parts of the variance are shares of their sum; one below zero counts as nothing."""
    found = {"pair": 6.0, "listener": -0.5, "rest": 2.0, "identifiable": True, "note": ""}
    text = plain(component_sentence(found)).replace("\xa0", " ")
    assert "75 % of the variance of a rating lies between pairs, 0 % between listeners" in text
    assert text.endswith("and 25 % is residual: disagreement about a pair, and noise.")
    unknown = {**found, "identifiable": False, "note": "one rating per pair"}
    assert plain(component_sentence(unknown)).endswith("separated: one rating per pair.")


@pytest.mark.parametrize(
    ("better", "systems", "words"),
    [
        (29, 36, "29 of 36 systems are better than one listener"),
        (1, 3, "1 of 3 systems is better"),
        (0, 3, "no system is better"),
        (3, 3, "every system is better"),
        (1, 1, "the only system is better"),
        (0, 1, "the only system is not better"),
        (0, 0, "No system can be compared"),
    ],
)
def test_systems_better_than_one_listener(better, systems, words):
    """The number of better systems is in words that fit it."""
    text = plain(human_sentence("SRCC", better, systems))
    assert words in text
    assert systems == 0 or text.endswith(
        "The comparison is not exact: a listener is compared with the mean of the other listeners, "
        "which has one rating less."
    )


def test_the_best_system_in_words():
    """The share of the ceiling and the place of one listener follow from the values."""
    sentence = best_sentence("SRCC", 0.9, ("A_01", 0.72), 0.8, 3)
    text = plain(sentence).replace("\xa0", " ")
    assert "expected SRCC of 0.900" in text
    assert "has 0.720, 80 % of it; that is below one listener (0.800)." in text
    assert [piece for piece in sentence if isinstance(piece, Name)] == ["A_01"]
    assert "no estimate" in plain(best_sentence("SRCC", None, None, None, 3))
    assert plain(best_sentence("SRCC", 0.9, None, 0.8, 3)).endswith("against these ratings.")


def test_reliability_that_is_unknown():
    """Without an estimate, its reason is in the sentence."""
    found = {"icc1": None, "icck": None, "note": "every pair has one rating", "k_median": 1.0}
    assert "estimated: every pair has one rating." in plain(reliability_sentence(found))


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ((-0.5, 0.5, 1.5), "The most frequent rating is 1 ("),
        ((0.0, 0.5, 1.0), "Ratings from 0.5 to 1 are the most frequent ("),
    ],
)
def test_the_most_frequent_rating(edges, words):
    """A bar of one level is named by it, an interval of several by its ends."""
    found = Histogram(edges=edges, counts=(10, 30))
    description = {
        "n_ratings": 40, "mean": 0.75, "sd": 0.4, "share_lowest": None, "share_highest": 0.1,
    }  # fmt: skip
    text = plain(distribution_sentence(found, description, 1.0)).replace("\xa0", " ")
    assert text.startswith(f"{words}75.0 % of all). The mean is 0.75")
    assert "lowest" not in text


def test_methods_in_words():
    """The method that changes the most ranks is named."""
    text = plain(screening_sentence([("a", 1, False), ("b", 3, False), ("c", 0, False)], 9))
    assert "2 of 3 screening methods would change ranks, b the most: those of 3 of 9" in text
    assert "first place would stay" in text
    assert "No screening method" in plain(screening_sentence([], 3))


def test_spans_lie_on_one_axis():
    """Values are at proportional places of the axis, and an interval is around its value."""
    chart = span_chart([Span("ceiling", 0.9, 0.8, 1.0), Span("best", 0.7), Span("human", None)])
    ceiling, best = chart.marks
    assert [mark.kind for mark in chart.marks] == ["ceiling", "best"]
    assert ceiling.low < ceiling.x < ceiling.high
    assert (ceiling.x - ceiling.low) / (ceiling.x - best.x) == pytest.approx(0.5, abs=0.01)
    assert best.low is None
    assert ceiling.y < best.y < chart.bottom < chart.height
    assert all(LEFT / 4 <= mark.x <= LEFT + PLOT <= WIDTH for mark in chart.marks)
    assert span_chart([Span("best", None)]) is None


def test_a_variance_below_zero():
    """It is shown as 0, beside its estimate; the page says which models estimate the shares."""
    report = report_of("example")
    ratings = report.ratings[""]
    components = {**ratings.components, "listener": -0.035, "identifiable": True}
    changed = ratings.model_copy(update={"components": components})
    _, page = page_of(report.model_copy(update={"ratings": {"": changed}}))
    assert "(variance 0 (estimate −0.035))" in page.words
    assert "An estimate of a variance below zero counts as 0." in page.words
    assert "another estimate of the share of pairs" in page.words
    assert "Systems, one listener and the noise ceiling" in page.words

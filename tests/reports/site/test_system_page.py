"""The page of one system: its numbers are those of the report, and no text of others is markup."""

import re

import numpy as np
import pytest

import xacle_eval as xe
from tests.evaluation.test_details import three_pairs
from tests.helpers import DATA
from tests.reports.site.pages import Page, report_of
from xacle_eval.challenge.loading import load_challenge
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.evaluation.details import system_details
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.loading import load_one
from xacle_eval.reports.site.names import plain
from xacle_eval.reports.site.neighbours import (
    neighbour_sentence,
    neighbours_of,
    untested_reason,
)
from xacle_eval.reports.site.pages import Link, site_frame
from xacle_eval.reports.site.system import system_page
from xacle_eval.results.details import LargeErrorDetail
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.profile import Band
from xacle_eval.results.uncertainty import ResamplingSummary

LINKS = (Link("index.html", "Leaderboard"),)
HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil\N{LEFT-TO-RIGHT MARK}",
    r"\input{/etc/passwd}$x^2$",
    "{{ 7 * 7 }}{% raw %}",
    "n" * 200,
    "\N{PILE OF POO} \N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}",
)


def page_of(report, team, system, links=LINKS):
    """Return the source of a page and its parsed form."""
    source = system_page(report, team, system, site_frame(report, links))
    return source, Page(source)


def renamed(report, names):
    """Return a report whose systems, teams and descriptions have other names."""
    board = report.boards["system"]
    pairs = dict(zip([e.system for e in board.entries], names, strict=False))
    entries = tuple(
        e.model_copy(update={"system": pairs.get(e.system, e.system), "team": names[-1]})
        for e in board.entries
    )
    details = tuple(
        d.model_copy(
            update={
                "system": pairs.get(d.system, d.system),
                "team": names[-1],
                "description": (("Name", names[0]), *d.description),
            }
        )
        for d in report.details[""]
    )
    boards = {"system": board.model_copy(update={"entries": entries})}
    return report.model_copy(update={"boards": boards, "details": {"": details}})


@pytest.mark.parametrize("name", ["example", "groups", "targets"])
def test_every_system_has_a_sound_page(name):
    """Each page has closed tags, unique ids, labels that exist, and no style or event attribute."""
    report = report_of(name)
    for (team, system), _ in site_frame(report, LINKS).systems:
        source, page = page_of(report, team, system)
        assert page.problems() == []
        assert page.all("h1")
        assert system in page.words
        assert source == page_of(report, team, system)[0]
        assert "http" not in "".join(page.all("a")[0].values())


def test_the_place_of_a_system():
    """Rank, confidence sets, P(first), cluster and letters are those of the board."""
    report = report_of("example")
    entry = report.boards["system"].entries[0]
    _, page = page_of(report, entry.team, entry.system)
    found = entry.uncertainty
    assert "Rank 1 of 3" in page.words
    low, high = found.rank_marginal_low, found.rank_marginal_high
    assert f"Confidence set of the rank (95 %) {low} to {high}" in page.words
    low, high = found.rank_simultaneous_low, found.rank_simultaneous_high
    assert f"Simultaneous confidence set (95 %) {low} to {high}" in page.words
    assert f"P(first) {100 * found.p_first:.1f} %" in page.words
    assert f"Cluster {found.cluster} Letters {found.letters}" in page.words
    assert entry.sha256 in page.words
    assert report.boards["system"].signature in page.words


def test_metrics_have_intervals_and_their_share_of_the_ceiling():
    """A row has the value, the interval, the noise ceiling and the value divided by it."""
    report = report_of("example")
    board = report.boards["system"]
    entry = board.entries[1]
    _, page = page_of(report, entry.team, entry.system)
    value, ceiling = entry.metrics["SRCC"], board.resampling.ceilings.ceiling["SRCC"]
    bounds = entry.uncertainty.intervals["SRCC"]
    row = (
        f"SRCC ↑ {value:.3f} {bounds['low']:.3f} to {bounds['high']:.3f} "
        f"ceiling {ceiling:.3f} {100 * value / ceiling:.1f} %"
    )
    assert row.replace("-", "−") in page.words


def test_previous_and_next_systems():
    """The first page leads to the second, the last one to the one before it."""
    report = report_of("example")
    keys = [key for key, _ in site_frame(report, LINKS).systems]
    first, middle, last = (page_of(report, *key)[1] for key in keys)
    assert not first.all("a", rel="prev")
    assert first.all("a", rel="next")[0]["href"] == f"../systems/{keys[1][1]}.html"
    assert middle.all("a", rel="prev")[0]["href"] == f"../systems/{keys[0][1]}.html"
    assert last.all("a", rel="prev")[0]["href"] == f"../systems/{keys[1][1]}.html"
    assert not last.all("a", rel="next")


def test_a_page_without_a_site():
    """A frame without pages gives a page without links to other systems."""
    report = report_of("example")
    _, page = page_of(report, "Hibari", "Hibari_01", links=())
    assert not page.all("a", rel="next")
    assert page.problems() == []


def test_an_unknown_system_is_an_error():
    """A system without details is named in the error."""
    with pytest.raises(xe.UsageError, match="no details of 'Nobody_01' of the team 'Nobody'"):
        page_of(report_of("example"), "Nobody", "Nobody_01")


def test_hostile_names_are_text():
    """Names and descriptions with markup, hidden marks and templates stay text, inside bdi."""
    plain_page = page_of(report_of("example"), "Hibari", "Hibari_01")[1]
    for name in HOSTILE:
        report = renamed(report_of("example"), [name, "b", "c", name])
        source, page = page_of(report, name, name)
        assert page.problems() == []
        assert len(page.all("script")) == 1
        assert not page.all("img")
        assert len(page.elements) - len(plain_page.elements) < 40
        assert "49" not in page.all("title")
        assert not re.search("[\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT MARK}]", source)
        first = name[:8]
        assert first in page.words or "\\u202e" in page.words


def test_groups_and_levels():
    """Each column of the pairs file has a table with its groups, and each level its metrics."""
    report = report_of("groups")
    (details, *_) = report.details[""]
    _, page = page_of(report, details.team, details.system)
    for found in details.breakdowns:
        assert f"Metrics by {found.column}" in page.words
        for each in found.slices:
            assert f"{each.value} {each.n} {each.metrics['KTAU']:.4f}" in page.words
    entry = report.boards["system"].entries[0]
    for level, scores in entry.levels.items():
        value = f"{scores.metrics['LCC']:.4f}".replace("-", "−")
        assert f"LCC ↑ {level} {value}" in page.words


def test_targets_have_their_own_sections():
    """Each target that the system has predictions for is a section with its own numbers."""
    report = report_of("targets")
    _, page = page_of(report, "Umi", "Umi")
    titles = [found["id"] for found in page.all("section") if found.get("class") == "target"]
    assert len(titles) == sum(
        any(entry.system == "Umi" for entry in board.entries)
        for board in report.boards_of("system").values()
    )
    assert "Umi has rank" in page.words
    _, both = page_of(report, "Sora", "Sora")
    assert "Overall rank 1 of" in both.words
    assert len(both.all("section", **{"class": "target"})) == 3


def make_board(values, kinds=(), p=(), alpha=0.05):
    """Make a board with given first metrics."""
    kinds = kinds or ("competing",) * len(values)
    entries = tuple(
        Entry(
            rank=None if kind != "competing" else place + 1,
            kind=kind,
            team="T",
            system=f"s{place}",
            metrics={"SRCC": v, "MSE": 10 * v},
            rounded={"SRCC": round(v, 3), "MSE": round(10 * v, 3)},
        )
        for place, (v, kind) in enumerate(zip(values, kinds, strict=True))
    )
    summary = ResamplingSummary(
        resamples=9, seed=0, level=0.95, alpha=alpha, resample="pairs", method="percentile",
        difference_p=p,
    )  # fmt: skip
    return Leaderboard(
        challenge="c", order=("SRCC",), decimals=3, entries=entries, signature="s",
        resampling=summary,
    )  # fmt: skip


def test_neighbours_are_two_on_each_side():
    """The two above and the two below are compared, by the published values and their p."""
    values = [0.9004, 0.8, 0.7, 0.65, 0.6, 0.5]
    rows = tuple(tuple(0.01 * (row + 1) + 0.001 * c for c in range(row)) for row in range(6))
    board = make_board(values, p=rows)
    found = neighbours_of(board, board.entries[2], ("SRCC", "MSE"), 3)
    assert [each.system for each in found] == ["s0", "s1", "s3", "s4"]
    assert [each.differences[0].text for each in found] == ["−0.200", "−0.100", "+0.050", "+0.100"]
    assert [each.differences[0].word for each in found] == ["worse", "worse", "better", "better"]
    assert [each.differences[1].word for each in found] == ["better", "better", "worse", "worse"]
    assert [float(each.p) for each in found] == pytest.approx(
        [rows[2][0], rows[2][1], rows[3][2], rows[4][2]]
    )
    assert [each.verdict for each in found] == [
        "significant", "significant", "significant", "not significant",
    ]  # fmt: skip
    text = plain(neighbour_sentence(found, "SRCC", 0.05, ""))
    assert "In SRCC, the system differs significantly from s0, s1 and s3, but not from s4 (" in text


def test_neighbours_at_the_ends_and_without_a_rank():
    """The first system has no neighbour above; a baseline is compared without a test."""
    board = make_board(
        [0.9, 0.8, 0.7], kinds=("competing", "baseline", "competing"), p=((), (0.2,))
    )
    first = neighbours_of(board, board.entries[0], ("SRCC",), 3)
    assert [(each.system, each.verdict) for each in first] == [
        ("s1", "not tested"),
        ("s2", "not significant"),
    ]
    baseline = neighbours_of(board, board.entries[1], ("SRCC",), 3)
    assert [(each.rank, each.verdict) for each in baseline] == [
        ("1", "not tested"),
        ("3", "not tested"),
    ]
    reason = untested_reason(board, board.entries[1])
    assert plain(neighbour_sentence(baseline, "SRCC", 0.05, reason)) == (
        "The differences from its neighbours are not tested, because it is a baseline; only "
        "competing systems are tested."
    )
    text = plain(neighbour_sentence(first, "SRCC", 0.05, ""))
    assert text.endswith("such as baselines, are not tested.")
    alone = make_board([0.5])
    assert neighbours_of(alone, alone.entries[0], ("SRCC",), 3) == ()


def test_systems_with_the_same_label_are_named_with_their_teams():
    """Where every team calls its system the same, the sentence and the links name the team."""
    report = renamed(report_of("example"), ["answer", "answer", "other", "T"])
    board = report.boards["system"]
    entries = tuple(
        e.model_copy(update={"team": f"T{place}"}) for place, e in enumerate(board.entries)
    )
    details = tuple(
        d.model_copy(update={"team": f"T{place}"}) for place, d in enumerate(report.details[""])
    )
    boards = {"system": board.model_copy(update={"entries": entries})}
    same = report.model_copy(update={"boards": boards, "details": {"": details}})
    _, page = page_of(same, "T0", "answer")
    assert "answer (T0) has rank 1 of 3" in page.words
    assert "Next system: answer (T1)" in page.words
    assert "significantly from answer (T1) and other (" in page.words


def test_a_difference_has_no_digits_of_a_float():
    """0.606 minus 0.598 is 0.008, and two equal published values are equal."""
    board = make_board([0.606, 0.598, 0.5984])
    (above, below) = neighbours_of(board, board.entries[1], ("SRCC",), 3)
    assert above.differences[0].text == "−0.008"
    assert (below.differences[0].text, below.differences[0].word) == ("0.000", "equal")


def test_nothing_of_a_single_pair_by_default():
    """No id of a pair and no list of predictions is in a page."""
    report = report_of("example")
    source, page = page_of(report, "Hibari", "Hibari_01")
    assert not re.search(r"\d{3}\.wav", source)
    assert "Pairs with the largest errors" not in page.words


def test_published_values_of_pairs_are_shown():
    """Only the columns that the challenge publishes are in the table of the largest errors."""
    report = report_of("example")
    first, *rest = report.details[""]
    large = (LargeErrorDetail(pair_id="007.wav", prediction=1.25, text="<b>a dog</b>"),)
    details = {"": (first.model_copy(update={"largest": large}), *rest)}
    shown = report.model_copy(
        update={"details": details, "publishing": Publishing(predictions=True, texts=True)}
    )
    _, page = page_of(shown, first.team, first.system)
    assert "Pair Prediction Text 007.wav 1.25 <b>a dog</b>" in page.words
    assert page.problems() == []


def test_only_published_metrics():
    """Metrics that the challenge does not publish are not on the page."""
    report = report_of("example")
    shown = report.model_copy(update={"publishing": Publishing(metrics=("SRCC", "LCC"))})
    _, page = page_of(shown, "Hibari", "Hibari_01")
    tables = page.words.partition("Predictions and errors")[0]
    assert "SRCC ↑" in tables
    assert "KTAU ↑" not in tables


def test_a_system_out_of_competition():
    """A baseline has no rank on its page, no confidence set, and no tested difference."""
    report = report_of("example")
    board = report.boards["system"]
    first, *rest = board.entries
    bare = first.uncertainty.model_copy(
        update={
            "rank_marginal_low": None, "rank_marginal_high": None, "p_first": None,
            "rank_simultaneous_low": None, "rank_simultaneous_high": None,
            "cluster": None, "letters": "",
        }
    )  # fmt: skip
    baseline = first.model_copy(update={"rank": None, "kind": "baseline", "uncertainty": bare})
    changed = board.model_copy(update={"entries": (baseline, *rest)})
    _, page = page_of(
        report.model_copy(update={"boards": {"system": changed}}), first.team, first.system
    )
    assert page.problems() == []
    assert f"{first.system} is a baseline: it has no rank." in page.words
    assert "Rank none" in page.words
    assert "Confidence set" not in page.words
    assert "are not tested, because it is a baseline; only competing" in page.words
    assert page.words.count("not tested") == 3


def test_without_an_error_profile():
    """If no error metric is published, the page says so and has no parts and no bands."""
    report = report_of("example")
    details = tuple(each.model_copy(update={"profile": None}) for each in report.details[""])
    _, page = page_of(report.model_copy(update={"details": {"": details}}), "Hibari", "Hibari_01")
    assert page.problems() == []
    assert "the challenge publishes no error metric" in page.words
    assert "Metrics by band" not in page.words


def test_without_resampling():
    """A board without intervals gives a page without their columns."""
    report = report_of("example")
    board = report.boards["system"]
    entries = tuple(e.model_copy(update={"uncertainty": None}) for e in board.entries)
    bare = board.model_copy(update={"entries": entries, "resampling": None})
    _, page = page_of(report.model_copy(update={"boards": {"system": bare}}), "Hibari", "Hibari_01")
    assert page.problems() == []
    assert "interval</th>" not in page.words
    assert "P(first)" not in page.words
    assert "Hibari_01 has rank 1 of 3." in page.words


@pytest.mark.parametrize(
    "values",
    [np.full(24, 5.0), np.linspace(-1e200, 1e200, 24), np.full(24, -3.0)],
    ids=["constant", "huge", "below"],
)
def test_unusual_predictions_have_a_page(values):
    """Constant predictions, and those far from the scale, give a sound page."""
    report = report_of("example")
    challenge = load_challenge(DATA / "example")
    scorer = Scorer(challenge, load_one(None, challenge))
    entry = report.boards["system"].entries[0]
    details = {"": (system_details(scorer, values, entry, Publishing()),)}
    odd = report.model_copy(update={"details": details})
    source, page = page_of(odd, entry.team, entry.system)
    assert page.problems() == []
    assert not re.search(r"\b(nan|inf)\b", source)


def test_three_pairs_have_a_page(tmp_path):
    """With three pairs the pictures are empty, and sentences say so."""
    report = xe.report(
        {"Few_01": {"a.wav": 2.0, "b.wav": 3.0, "c.wav": 8.0}},
        challenge=three_pairs(tmp_path),
        bootstrap=20,
    )
    _, page = page_of(report, "Few", "Few_01")
    assert page.problems() == []
    assert "No cell is shown: none has 5 pairs or more of the 3 pairs." in page.words
    assert "too few pairs for any level" in page.words
    assert "too few pairs for a picture of the errors" in page.words
    assert "There is no other system on the board." in page.words


def test_why_nothing_is_tested():
    """The reason is that of the system, of its neighbours, or that the board has no tests."""
    kinds = ("out of competition", "competing", "baseline")
    board = make_board([0.9, 0.8, 0.7], kinds=kinds, p=((),))
    found = [untested_reason(board, entry) for entry in board.entries]
    assert found == [
        "it is out of competition",
        "its neighbours do not compete",
        "it is a baseline",
    ]
    bare = board.model_copy(update={"resampling": None})
    reason = untested_reason(bare, bare.entries[0])
    near = neighbours_of(bare, bare.entries[1], ("SRCC",), 3)
    assert plain(neighbour_sentence(near, "SRCC", 0.05, reason)) == (
        "The differences from its neighbours are not tested, because the results have no tests."
    )


def test_constant_predictions_are_explained():
    """A metric that counts as 0 is marked as undefined, and the bands say why they have none."""
    predictions = dict.fromkeys(load_challenge(DATA / "example").scored.ids, 5.0)
    report = xe.report({"Same_01": predictions}, challenge=DATA / "example", bootstrap=20)
    (details,) = report.details[""]
    bands = tuple(
        Band(low=low, high=low + 4, n=12, bias=0.0, metrics={"SRCC": None, "MSE": 2.0})
        for low in (0.0, 4.0)
    )
    profile = details.profile.model_copy(update={"bands": bands})
    details = details.model_copy(update={"profile": profile})
    report = report.model_copy(update={"details": {"": (details,)}})
    _, page = page_of(report, "Same", "Same_01")
    assert "SRCC ↑ 0.000 undefined, counts as 0" in page.words
    assert "MSE ↓" in page.words
    assert page.words.count("undefined, counts as 0") == 3
    assert "SRCC is undefined in every band, because all predictions are equal." in page.words
    assert "as a bar" not in page.words


def test_the_same_limit_for_every_system():
    """Each page says which share of the errors is within the same number of points."""
    report = report_of("example")
    pages = [page_of(report, each.team, each.system)[1] for each in report.details[""]]
    assert len(pages) > 1
    found = [re.findall("% are within (.*?) of the reference", page.words) for page in pages]
    assert {tuple(each) for each in found if each} == {("2 points",)}


def test_the_navigation_marks_the_page_with_the_results():
    """The page of a system is not in the navigation, so the page that leads to it is marked."""
    report = report_of("example")
    _, page = page_of(report, "Hibari", "Hibari_01")
    assert [found["href"] for found in page.all("a") if "aria-current" in found] == [
        "../index.html"
    ]
    assert page.all("a", **{"aria-current": "true"})


def test_the_headings():
    """Parts of the page have the names of the field."""
    _, page = page_of(report_of("example"), "Hibari", "Hibari_01")
    headings = (
        "Rank", "Predictions and errors", "Decomposition of the MSE", "Comparison with neighbours",
    )  # fmt: skip
    assert [each for each in headings if each not in page.words] == []
    assert "Place" not in page.words

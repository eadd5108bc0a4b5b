"""The page of uncertainty in a real browser, for few and for many systems."""

import pytest

from tests.reports.site.boards import make_board, make_entry
from tests.reports.site.browsing import SCHEMES, WIDTHS, axe_source, browser, opened
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.reports.site.pages import Link, site_frame
from xacle_eval.reports.site.uncertainty import uncertainty_page
from xacle_eval.results.report import ChallengeReport


@pytest.fixture(scope="module")
def chromium():
    """Return a browser, or skip."""
    with browser() as found:
        yield found


def _board(number, by="system"):
    entries = [
        make_entry(
            rank,
            f"System_{rank:02}",
            {"SRCC": 1.0 - rank / 1000},
            rank_counts=tuple(10 if abs(other - rank) < 3 else 0 for other in range(1, number + 1)),
            rank_low=max(1, rank - 2),
            rank_high=min(number, rank + 2),
            rank_median=rank,
            p_first=0.1,
            podium=(0.1, 0.1, 0.1),
            cluster=1 + rank // 10,
            first_key_ranks={"SRCC": rank, "MSE": number + 1 - rank},
        )
        for rank in range(1, number + 1)
    ]
    p = [[0.001 if row - other > 3 else 0.5 for other in range(row)] for row in range(number)]
    return make_board(entries, difference_p=p).model_copy(update={"by": by})


@pytest.fixture(scope="module", params=[2, 100])
def page_file(request, tmp_path_factory):
    """Write the page of a report with two views."""
    report = ChallengeReport(
        challenge="hand",
        boards={"system": _board(request.param), "team": _board(2, "team")},
        publishing=Publishing(),
        presentation=Presentation(title="Made by hand"),
    )
    frame = site_frame(report, [Link("uncertainty.html", "Uncertainty")]).at("uncertainty.html")
    file = tmp_path_factory.mktemp("uncertainty") / "uncertainty.html"
    file.write_text(uncertainty_page(report, frame), encoding="utf-8")
    return file


def test_views_switch(chromium, page_file):
    """The view of teams has its own charts."""
    with opened(chromium, page_file) as seen:
        assert seen.texts("h2") == ["All systems"]
        assert len(seen.texts("h3")) == 3
        seen.page.get_by_role("radio", name="Best system of each team").check()
        assert seen.texts("h2") == ["Best system of each team"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_quiet_and_narrow(chromium, page_file, width):
    """No message, no other request, and no page that scrolls sideways."""
    with opened(chromium, page_file, width) as seen:
        assert seen.messages == []
        assert seen.requests == [page_file.resolve().as_uri()]
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.long
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_has_no_objection(chromium, page_file, width, scheme):
    """Names, roles, order and contrast are as screen readers and the guidelines need them."""
    with opened(chromium, page_file, width, scheme) as seen:
        seen.page.evaluate(axe_source())
        found = seen.page.evaluate("axe.run(document)")
        assert [each["id"] for each in found["violations"]] == []


def test_labels_are_inside_the_pictures(chromium, page_file):
    """No text of a chart is cut at its border."""
    cut = """[...document.querySelectorAll('.canvas svg')].flatMap(svg => {
        const box = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(text => {
            const each = text.getBoundingClientRect();
            return each.width && (each.left < box.left - 1 || each.right > box.right + 1);
        }).map(text => text.textContent)})"""
    with opened(chromium, page_file) as seen:
        assert seen.page.evaluate(cut) == []

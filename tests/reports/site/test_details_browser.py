"""The pages of systems and listeners in a browser: silent, narrow, accessible and printable."""

from unicodedata import normalize

import pytest

from tests.reports.site.browsing import SCHEMES, WIDTHS, axe_source, browser, opened
from tests.reports.site.pages import report_of
from xacle_eval.reports.site.listeners import listeners_page
from xacle_eval.reports.site.pages import Link, site_frame
from xacle_eval.reports.site.system import system_page

NAMES = ("example", "groups", "targets", "listeners")


@pytest.fixture(scope="module")
def chromium():
    """Return a browser, or skip."""
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the page of the first system of each challenge, and one of listeners."""
    folder = tmp_path_factory.mktemp("systems")
    found = {}
    for name in NAMES[:-1]:
        report = report_of(name)
        frame = site_frame(report, [Link("index.html", "Leaderboard")])
        (team, system), _ = frame.systems[0]
        found[name] = folder / f"{name}.html"
        found[name].write_text(system_page(report, team, system, frame), encoding="utf-8")
    found["listeners"] = folder / "listeners.html"
    found["listeners"].write_text(listeners_page(report, frame), encoding="utf-8")
    return found


@pytest.mark.parametrize(("width", "scheme"), list(zip(WIDTHS, reversed(SCHEMES), strict=True)))
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_silent_and_does_not_scroll_sideways(chromium, files, name, width, scheme):
    """The page logs nothing, requests only itself, and only its tables scroll sideways."""
    with opened(chromium, files[name], width, scheme) as seen:
        assert seen.messages == []
        assert seen.requests == [files[name].as_uri()]
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        for box in seen.page.locator("svg.chart").all():
            assert box.bounding_box()["width"] > 250


@pytest.mark.long
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible(chromium, files, name, scheme):
    """axe-core finds no violation, at both widths."""
    script = axe_source()
    for width in WIDTHS:
        with opened(chromium, files[name], width, scheme, bypass_csp=True) as seen:
            seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            seen.page.evaluate(script)
            found = seen.page.evaluate("axe.run(document)")
            assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_narrow_screen_cuts_no_column(chromium, files, name):
    """Every cell of a table is inside the screen, below the name of its column."""
    with opened(chromium, files[name], 360) as seen:
        cut = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).length"
        assert seen.page.locator(".scroll").evaluate_all(cut) == 0
        cells = seen.page.locator(".stack td").locator("visible=true").all()
        assert cells
        for cell in cells:
            box = cell.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
            above = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
            assert above == f'"{cell.get_attribute("data-name")}"'
        assert seen.page.get_by_role("columnheader").count() > 0


def test_a_wide_screen_shows_tables(chromium, files):
    """There, the names of the columns stand once, in the head."""
    with opened(chromium, files["groups"]) as seen:
        assert seen.texts(".stack thead th")
        content = "cell => getComputedStyle(cell, '::before').content"
        assert seen.page.locator(".stack td").first.evaluate(content) == "none"


def test_a_system_is_printed_upright(chromium, files, tmp_path):
    """Its pages are portrait, and no table is apart from its heading; no fold has a mark."""
    from pypdf import PdfReader

    with opened(chromium, files["groups"]) as seen:
        seen.page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
        seen.page.emulate_media(media="print")
        marks = "folds => folds.map(fold => getComputedStyle(fold).listStyleType)"
        assert set(seen.page.locator("summary").evaluate_all(marks)) == {"none"}
        headings = seen.page.locator(".group h3").all_inner_texts()
    pages = PdfReader(tmp_path / "page.pdf").pages
    assert {page.mediabox.width < page.mediabox.height for page in pages} == {True}
    lines = [page.extract_text().split("\n") for page in pages]
    assert headings
    assert [found[-1] for found in lines if found[-1].strip() in headings] == []


@pytest.mark.parametrize("name", ["targets", "listeners"])
def test_print_cuts_nothing(chromium, files, name, tmp_path):
    """On A4, every heading of a column and every sentence below a chart is in the text."""
    from pypdf import PdfReader

    with opened(chromium, files[name]) as seen:
        seen.page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
        heads = seen.texts("thead th")
        sentences = seen.texts("figcaption")
    reader = PdfReader(tmp_path / "page.pdf")
    # The font draws some letters together, as in "fi".
    text = normalize("NFKC", " ".join(page.extract_text() for page in reader.pages))
    text = "".join(text.split())
    assert [each for each in (*heads, *sentences) if "".join(each.split()) not in text] == []

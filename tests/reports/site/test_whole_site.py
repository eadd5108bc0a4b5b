"""Every page of a whole site in a real browser, as the command writes it."""

from pathlib import Path

import pytest

from tests.cli.helpers import DATA, xacle_eval
from tests.reports.site.browsing import SCHEMES, WIDTHS, axe_source, browser, opened

SITES = {
    "one target": (
        "example/submissions", "--challenge", "example", "--references", "example/ratings.csv"
    ),
    "several targets": (
        "challenges/audiomos2025_track1/submissions",
        "--challenge", "challenges/audiomos2025_track1/challenge.toml",
    ),
    "groups": ("challenges/voicemos/submissions", "--challenge", "challenges/voicemos"),
    "columns": ("challenges/wmt/submissions", "--challenge", "challenges/wmt"),
}  # fmt: skip


@pytest.fixture(scope="module")
def chromium():
    """Return a browser, or skip."""
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=SITES)
def site(request, tmp_path_factory):
    """Write a site with the command, and return its folder."""
    folder = tmp_path_factory.mktemp("whole") / "site"
    arguments = ("report", *SITES[request.param], "--bootstrap", "200", "--exit-zero", "-q")
    result = xacle_eval(*arguments, "-o", folder, cwd=DATA)
    assert (result.code, result.out) == (0, "")
    return folder


@pytest.mark.long
def test_every_page_is_quiet_narrow_and_accessible(chromium, site):
    """No page logs, requests anything, scrolls sideways or fails axe, in any width or scheme."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) >= 4
    for page in pages:
        for width in WIDTHS:
            for scheme in SCHEMES:
                where = (page.relative_to(site).as_posix(), width, scheme)
                with opened(chromium, page, width, scheme) as seen:
                    assert (where, seen.messages) == (where, [])
                    assert seen.requests == [page.resolve().as_uri()]
                    seen_width = seen.page.evaluate("document.documentElement.scrollWidth")
                    assert (where, seen_width) == (where, width)
                    seen.page.evaluate(axe_source())
                    found = seen.page.evaluate("axe.run(document)")
                    assert (where, [each["id"] for each in found["violations"]]) == (where, [])


@pytest.mark.long
def test_every_page_prints_on_a4(chromium, site, tmp_path):
    """Each page becomes a PDF of A4 pages, with its heading on the first one."""
    from pypdf import PdfReader

    for page in sorted(site.rglob("*.html")):
        with opened(chromium, page) as seen:
            heading = seen.page.locator("h1").first.inner_text()
            seen.page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
        reader = PdfReader(tmp_path / "page.pdf")
        sizes = {tuple(sorted(map(round, each.mediabox[2:]))) for each in reader.pages}
        # 210 by 297 mm in points; the browser rounds to whole pixels.
        assert all(abs(a - 595) <= 1 and abs(b - 842) <= 1 for a, b in sizes), sizes
        words = reader.pages[0].extract_text().split()
        assert set(heading.split()[0:1]) <= {*words}, (page.name, heading)


@pytest.mark.long
def test_a_reader_goes_through_the_site_and_back(chromium, site):
    """The index leads to the page of a system, that one to the next, and the navigation back."""
    with opened(chromium, site / "index.html") as seen:
        link = seen.page.locator("tbody th.name a").locator("visible=true").first
        system = link.inner_text()
        link.click()
        assert system in seen.page.locator("h1").inner_text()
        seen.page.get_by_role("navigation").get_by_role("link", name="Results").first.click()
        assert Path(seen.page.url.removeprefix("file://")) == site / "index.html"
        assert seen.messages == []


@pytest.mark.long
def test_a_download_is_the_file_beside_the_page(chromium, site):
    """A click on a download saves the file under its name."""
    with opened(chromium, site / "index.html") as seen:
        with seen.page.expect_download() as waiting:
            seen.page.locator("a[download]").first.click()
        name = waiting.value.suggested_filename
        saved = Path(waiting.value.path()).read_bytes()
        assert saved == (site / "downloads" / name).read_bytes()

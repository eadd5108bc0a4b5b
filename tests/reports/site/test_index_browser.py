"""The index page in a real browser: it sorts, filters, switches, prints and is accessible."""

from unicodedata import normalize

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.reports.site.boards import make_board, make_entry
from tests.reports.site.browsing import SCHEMES, WIDTHS, axe_source, browser, opened
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.reports.site.index import board_page, index_page
from xacle_eval.reports.site.pages import Download, Link, site_frame
from xacle_eval.results.report import ChallengeReport

BROKEN_LINES = """all => all.flatMap(each => {
    const found = [], walk = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
    let line = "", top = null;
    for (let node; (node = walk.nextNode());)
        for (let i = 0; i < node.length; i++) {
            const range = document.createRange();
            range.setStart(node, i);
            range.setEnd(node, i + 1);
            const y = Math.round(range.getBoundingClientRect().top);
            if (top !== null && y > top) { found.push(line); line = ""; }
            top = y;
            line += node.data[i];
        }
    return found;
})"""
"""The lines of each element but its last one."""
VALUES = {"Ai_01": 0.9, "Ai_02": 0.7, "Bo_01": 0.8, "Bo_10": 0.6, "Bo_2": None}
TARGETS = DATA / "challenges" / "audiomos2025_track1"
EXAMPLE = DATA / "example"


@pytest.fixture(scope="module")
def chromium():
    """Return a browser, or skip."""
    with browser() as found:
        yield found


def _team_of(system):
    return system.partition("_")[0]


def _board(by="system"):
    systems = sorted(VALUES, key=lambda name: -(VALUES[name] or 0.0))
    if by == "team":
        systems = ["Ai_01", "Bo_01"]
    entries = [
        make_entry(rank, name, {"SRCC": VALUES[name], "MSE": rank * 1.5}, team=_team_of(name))
        for rank, name in enumerate(systems, 1)
    ]
    entries.insert(2, make_entry(None, "Base", {"SRCC": 0.75, "MSE": 9.0}, kind="baseline"))
    return make_board(entries).model_copy(update={"by": by})


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """Write the index of a report with two views."""
    report = ChallengeReport(
        challenge="hand",
        boards={"system": _board(), "team": _board("team")},
        publishing=Publishing(),
        presentation=Presentation(title="Made by hand"),
    )
    frame = site_frame(report, [Link("index.html", "Results")]).at("index.html")
    file = tmp_path_factory.mktemp("index") / "index.html"
    file.write_text(index_page(report, frame), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def targets_file(tmp_path_factory):
    """Write the page of a board of several targets, with intervals."""
    board = xe.leaderboard(
        TARGETS / "submissions", challenge=TARGETS / "challenge.toml", bootstrap=100
    )
    file = tmp_path_factory.mktemp("targets") / "board.html"
    file.write_text(board_page(board), encoding="utf-8")
    return file


def _systems(seen):
    return seen.texts("tbody th.name bdi")


def test_a_click_sorts_and_the_official_order_returns(chromium, page_file):
    """A heading sorts the best first, again the other way; systems without a value stay last."""
    official = ["Ai_01", "Bo_01", "Base", "Ai_02", "Bo_10", "Bo_2"]
    with opened(chromium, page_file) as seen:
        assert _systems(seen) == official
        heading = seen.page.get_by_role("button", name="SRCC ↑").first
        heading.click()
        assert _systems(seen) == official
        assert heading.locator("xpath=..").get_attribute("aria-sort") == "descending"
        heading.click()
        assert _systems(seen) == ["Bo_10", "Ai_02", "Base", "Bo_01", "Ai_01", "Bo_2"]
        seen.page.get_by_role("button", name="System").first.click()
        assert _systems(seen) == ["Ai_01", "Ai_02", "Base", "Bo_01", "Bo_2", "Bo_10"]
        seen.page.get_by_role("button", name="Rank").first.click()
        assert _systems(seen) == ["Ai_01", "Bo_01", "Ai_02", "Bo_10", "Bo_2", "Base"]
        seen.page.get_by_role("button", name="Official order").click()
        assert _systems(seen) == official


@pytest.fixture(scope="module")
def resampled(tmp_path_factory):
    """Return the board of a report with intervals, and its written index page."""
    report = xe.report(EXAMPLE / "packages", challenge=EXAMPLE, bootstrap=200)
    file = tmp_path_factory.mktemp("resampled") / "index.html"
    file.write_text(index_page(report, site_frame(report)), encoding="utf-8")
    return report.boards["system"], file


def _set_middle(entry):
    low, high = entry.uncertainty.rank_marginal_low, entry.uncertainty.rank_marginal_high
    return low + high, low


def _metric(name):
    return lambda entry: entry.metrics[name]


KEYS = {
    "Rank": lambda entry: entry.rank,
    "System": lambda entry: entry.system,
    "Team": lambda entry: entry.team,
    "SRCC, 95 %": _metric("SRCC"),
    "SRCC ↑": _metric("SRCC"),
    "LCC ↑": _metric("LCC"),
    "KTAU ↑": _metric("KTAU"),
    "MSE ↓": _metric("MSE"),
    "Rank, 95 %": _set_middle,
    "P(first)": lambda entry: entry.uncertainty.p_first,
    "Cluster": lambda entry: entry.uncertainty.cluster,
    "Letters": lambda entry: entry.uncertainty.letters,
}
"""What each column shows of an entry."""


@pytest.mark.long
def test_every_heading_sorts_by_the_numbers_of_the_report(chromium, resampled):
    """Both directions of every column are those of an independent sort of the report."""
    board, file = resampled
    assert all(entry.uncertainty and entry.rank for entry in board.entries)
    with opened(chromium, file) as seen:
        panel = seen.page.locator(".panel:visible")
        titles = panel.locator("thead button > span:first-child").all_inner_texts()
        assert titles == list(KEYS)
        for place, title in enumerate(titles):
            heading = panel.locator("thead th").nth(place)
            found = {}
            for _ in range(2):
                heading.get_by_role("button").click()
                found[heading.get_attribute("aria-sort")] = _systems(seen)
            for direction, systems in found.items():
                # Entries with the same value keep the official order in both directions.
                down = direction == "descending"
                expected = sorted(board.entries, key=KEYS[title], reverse=down)
                assert systems == [entry.system for entry in expected], (title, direction)
            assert set(found) == {"ascending", "descending"}


def test_every_heading_sorts_by_keyboard(chromium, page_file):
    """Each heading is reached with the tabulator, and Enter sorts."""
    with opened(chromium, page_file) as seen:
        for heading in seen.page.locator(".panel:visible thead button").all():
            heading.focus()
            seen.page.keyboard.press("Enter")
            assert heading.locator("xpath=..").get_attribute("aria-sort") != "none"


def test_the_filter_shows_matching_rows(chromium, page_file):
    """Rows whose system or team contains the text are shown and counted, in any case."""
    with opened(chromium, page_file) as seen:
        seen.page.get_by_label("Filter").fill("bo")
        assert _systems(seen) == ["Bo_01", "Bo_10", "Bo_2"]
        assert seen.texts("output") == ["3 of 6 rows"]
        for text in ("BO-1", "bo 1", "b_o10"):
            seen.page.get_by_label("Filter").fill(text)
            assert _systems(seen) == ["Bo_10"]
        seen.page.get_by_label("Filter").fill("nobody")
        assert _systems(seen) == []
        assert seen.texts("output") == ["No ranked system matches"]


@pytest.mark.long
def test_the_filter_reaches_what_is_not_ranked(chromium, tmp_path):
    """The list of submissions without a rank is filtered, too; rows of ceilings do not count."""
    wrong = tmp_path / "Kuro-Neko_01.csv"
    wrong.write_text("wav_file_name,pred_score\n001.wav,x\n")
    board = xe.leaderboard(
        EXAMPLE / "submissions", wrong, "nowhere.csv", challenge=EXAMPLE, bootstrap=60
    )
    file = tmp_path / "board.html"
    file.write_text(board_page(board), encoding="utf-8")
    with opened(chromium, file) as seen:
        assert len(seen.texts(".unranked .one")) == 2
        assert seen.texts("output") == ["3 of 3 rows"]
        seen.page.get_by_label("Filter").fill("kuroneko")
        assert _systems(seen) == []
        assert seen.texts("output") == ["No ranked system matches; 1 not ranked below"]
        assert len(seen.texts(".unranked .one")) == 1
        seen.page.get_by_label("Filter").fill("ceiling")
        assert seen.texts("output") == ["No ranked system matches"]


def test_the_caption_says_how_rows_are_sorted(chromium, page_file):
    """The note on the official order is there only in that order."""
    with opened(chromium, page_file) as seen:
        assert seen.texts(".order") == ["Rows are in the official order."]
        seen.page.get_by_role("button", name="MSE").first.click()
        assert seen.texts(".order") == ["Rows are sorted by MSE ↓."]
        seen.page.get_by_role("button", name="Official order").click()
        assert seen.texts(".order") == ["Rows are in the official order."]


def test_a_narrow_table_scrolls_sideways_only(chromium, targets_file):
    """Its right edge fades until the end is reached, and its caption is whole."""
    with opened(chromium, targets_file, 360) as seen:
        box = seen.page.locator(".scroll:visible").first
        ends = "e => [e.scrollHeight - e.clientHeight, e.classList.contains('more')]"
        assert box.evaluate(ends) == [0, True]
        caption = box.locator("caption > span").first.bounding_box()
        outer = box.bounding_box()
        assert outer["x"] <= caption["x"]
        assert caption["x"] + caption["width"] <= outer["x"] + outer["width"]
        box.evaluate("e => e.scrollLeft = e.scrollWidth")
        seen.page.wait_for_function("!document.querySelector('.scroll').matches('.more')")


@pytest.mark.parametrize("crowded", [False, True])
def test_names_break_only_after_signs(chromium, tmp_path, crowded):
    """On a wide screen, a line of a name ends with an underscore or a hyphen."""
    teams = ["Suzume_Laboratory_of_Sound", "National-Institute-of-Audio", "Laboratoryofsound"]
    metrics = dict.fromkeys(("SRCC", "LCC", "KTAU", "MSE") if crowded else ("SRCC",), 0.5)
    known = {"cluster": 1, "letters": "a", "p_first": 0.5, "rank_marginal_low": 1}
    known |= {"rank_marginal_high": 10, "rank_simultaneous_low": 1, "rank_simultaneous_high": 10}
    bounds = {"bounds": dict.fromkeys(metrics, (-0.25, -0.75)), **known} if crowded else {}
    entries = [
        make_entry(rank, f"{team}_01", metrics, team=team, **bounds)
        for rank, team in enumerate(teams, 1)
    ]
    file = tmp_path / "board.html"
    file.write_text(board_page(make_board(entries, resamples=60)), encoding="utf-8")
    with opened(chromium, file) as seen:
        lines = seen.page.locator("tbody .name bdi").evaluate_all(BROKEN_LINES)
        assert [line for line in lines if not line.endswith(("_", "-"))] == []
        if not crowded:  # names of up to 28 letters are in one line
            assert seen.page.locator("tbody td.name bdi").evaluate_all(BROKEN_LINES) == []


def test_views_switch_and_keep_the_filter(chromium, page_file):
    """The view of teams has its own ranks; the text of the filter stays."""
    with opened(chromium, page_file) as seen:
        seen.page.get_by_label("Filter").fill("bo")
        seen.page.get_by_role("radio", name="Best system of each team").check()
        assert seen.texts("h2") == ["Best system of each team"]
        assert seen.texts("tbody th.name bdi") == ["Bo"]
        assert seen.texts("output") == ["1 of 3 rows"]


def test_targets_switch(chromium, targets_file):
    """The overall board is shown first; a target shows its own board."""
    with opened(chromium, targets_file) as seen:
        assert seen.texts("h2") == ["All targets: All systems"]
        seen.page.get_by_role("radio", name="textual alignment").check()
        assert seen.texts("h2") == ["textual alignment: All systems"]
        assert "SRCC ↑" in " ".join(seen.texts("thead th"))


def test_without_a_script_everything_is_shown(chromium, page_file, targets_file):
    """All boards are one below the other, and no control without an effect."""
    for file, number in ((page_file, 2), (targets_file, 3)):
        with opened(chromium, file, java_script_enabled=False) as seen:
            assert seen.page.locator("table.board:visible").count() == number
            assert seen.page.locator("input:visible, button:visible").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_quiet_and_narrow(chromium, page_file, targets_file, width):
    """No message, no other request, and no page that scrolls sideways."""
    for file in (page_file, targets_file):
        with opened(chromium, file, width) as seen:
            assert seen.messages == []
            assert seen.requests == [file.resolve().as_uri()]
            assert seen.page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.long
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_has_no_objection(chromium, page_file, targets_file, width, scheme):
    """Names, roles, order and contrast are as screen readers and the guidelines need them."""
    for file in (page_file, targets_file):
        with opened(chromium, file, width, scheme) as seen:
            seen.page.evaluate(axe_source())
            found = seen.page.evaluate("axe.run(document)")
            assert [each["id"] for each in found["violations"]] == []


def test_print_cuts_no_column(chromium, targets_file, tmp_path):
    """On A4, the heading of every column is in the text of the first pages."""
    from pypdf import PdfReader

    with opened(chromium, targets_file) as seen:
        seen.page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
        heads = [text.split(" ")[0] for text in seen.texts("thead th")]
    reader = PdfReader(tmp_path / "page.pdf")
    size = reader.pages[0].mediabox
    assert size.width > size.height
    # The font draws some letters together, as in "fi".
    text = normalize("NFKC", "\n".join(page.extract_text() for page in reader.pages))
    assert [head for head in heads if head not in text] == []
    assert "P(first)" in text


def test_a_page_that_stands_alone_saves_its_file(chromium, tmp_path):
    """A link with the data of a file saves it under its name, from disk and without a message."""
    file, table = tmp_path / "board.html", "rank,system\n1,Ai\n" * 9_000
    download = Download.inside(table, "board.csv", "CSV")
    file.write_text(board_page(_board(), [download]), encoding="utf-8")
    with opened(chromium, file) as seen:
        with seen.page.expect_download() as started:
            seen.page.get_by_role("link", name="CSV").click()
        assert started.value.suggested_filename == "board.csv"
        assert started.value.path().read_text() == table
        assert seen.messages == []

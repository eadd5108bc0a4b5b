"""The index page: everything of its boards is there, escaped, as published, and the same twice."""

import re

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.reports.conftest import LABELS
from tests.reports.site.boards import Page, make_board, make_entry
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.reports.site.index import board_page, index_page
from xacle_eval.reports.site.pages import Download, Link, site_frame
from xacle_eval.reports.site.panels import panels_of
from xacle_eval.results.policy import publish_report
from xacle_eval.results.report import ChallengeReport
from xacle_eval.text import visible

EXAMPLE = DATA / "example"


@pytest.fixture(scope="module")
def boards():
    """Return the boards of systems and of teams of the example, with an unranked submission."""
    return {
        by: xe.leaderboard(
            EXAMPLE / "submissions", "nowhere.csv", challenge=EXAMPLE, by=by, bootstrap=200
        )
        for by in ("system", "team")
    }


def _report(boards, **publishing):
    first = boards["system"]
    return ChallengeReport(
        challenge=first.challenge,
        split=first.split,
        boards=boards,
        publishing=Publishing(**publishing),
        presentation=first.presentation,
    )


def _index(boards, downloads=(), **publishing):
    report = _report(boards, **publishing)
    frame = site_frame(report, [Link("index.html", "Results"), Link("more.html", "More")])
    return index_page(report, frame.at("index.html"), downloads)


def test_the_same_input_gives_the_same_bytes(boards):
    """Two pages of the same report are equal."""
    assert _index(boards) == _index(boards)


def test_both_views_have_all_their_systems(boards):
    """There is a table for systems and one for teams, with a row for each entry."""
    html = _index(boards)
    tables = html.split('<table class="board">')[1:]
    assert len(tables) == 2
    for table, board in zip(tables, boards.values(), strict=True):
        body = table.split("<tbody>")[1].split("</tbody>")[0]
        assert body.count("<tr") == len(board.entries)
        for entry in board.entries:
            assert entry.system.replace("_", "_<wbr>") in body


def test_the_policy_of_the_page_names_its_style_and_script(boards):
    """The page has one style and one script, whose hashes are in its policy, and no style
    attributes or handlers, which the policy would block.
    """
    import base64
    import hashlib

    html = _index(boards)
    page = Page(html)
    policy = next(each["content"] for each in page.all("meta") if "http-equiv" in each)
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    names = {name for _, attributes in page.tags for name in attributes}
    assert not [name for name in names if name == "style" or name.startswith("on")]


def test_numbers_are_rounded_as_published(boards):
    """Values have the decimals of the policy, and only its metrics are shown, in its order."""
    html = _index(boards, decimals=2, metrics=("MSE", "SRCC"))
    heads = re.findall(r'<th scope="col" class="metric"[^>]*><span>(.*?)</span>', html)
    assert heads[: len(heads) // 2] == ["MSE ↓", "SRCC ↑"]
    cells = re.findall(r'<td class="metric"[^>]*>(−?[\d.]+)<', html)
    assert cells
    assert {len(cell.partition(".")[2]) for cell in cells} == {2}


def test_decimals_of_the_ranking_and_of_the_page(boards):
    """The ranks are those of the ranking's decimals; values and notes have the published ones."""
    found = publish_report(_report(boards, decimals=2))
    frame = site_frame(found, [Link("index.html", "Results")]).at("index.html")
    text = Page(index_page(found, frame)).text
    assert "SRCC, then LCC, then KTAU, then MSE, at 3 decimals, shown with 2" in text
    (note,) = set(re.findall(r"these ratings\): (.*?)\. ", text))
    numbers = re.findall(r"\d+\.\d+", note)
    assert len(numbers) == 4
    assert {len(each.partition(".")[2]) for each in numbers} == {2}
    assert "shown with" not in Page(_index(boards)).text


@pytest.mark.parametrize("alone", [False, True])
def test_the_heading_is_the_name_of_the_page(boards, alone):
    """A page that stands alone has the name of the challenge as its heading."""
    html = board_page(boards["system"]) if alone else _index(boards)
    (heading,) = re.findall("<h1>(.*?)</h1>", html)
    (above,) = re.findall('<p class="kicker">(.*?)</p>', html)
    names = ("Results", "<bdi>Example Challenge</bdi>")
    assert (above, heading) == (names if alone else names[::-1])


def test_a_value_that_stands_for_an_undefined_one_says_so():
    """With constant predictions, the cell says what the metric counts as."""
    entries = [
        make_entry(1, "a", {"SRCC": 0.9, "MSE": 1.0}),
        make_entry(2, "b", {"SRCC": 0.0, "MSE": 2.0}).model_copy(update={"undefined": ("SRCC",)}),
    ]
    shown = Presentation(title="By hand", undefined=0.0)
    html = board_page(make_board(entries).model_copy(update={"presentation": shown}))
    assert html.count("undefined, counted as 0") == 1
    assert re.search(r'data-v="0.0">0.000<span class="sub remark">undefined, counted as 0<', html)


def _with_shares(shares, values):
    entries = [
        make_entry(rank, f"s{rank}", {"SRCC": value, "MSE": rank * 1.0}, p_first=share)
        for rank, (share, value) in enumerate(zip(shares, values, strict=True), 1)
    ]
    board = make_board(entries, order=("SRCC", "MSE"), resamples=200)
    return Page(board_page(board)).text


def test_shares_of_first_ranks_in_another_order_are_explained():
    """The caption says why, and which metric decides equal values, where that occurs."""
    plain = _with_shares((0.8, 0.13, 0.0), (0.9, 0.8, 0.7))
    assert "a shared first rank counts for each" in plain
    assert "does not follow the rank" not in plain
    equal = _with_shares((0.87, 0.0, 0.13), (0.9, 0.8, 0.8))
    assert "P(first) does not follow the rank everywhere" in equal
    assert "Where the SRCC is equal, MSE decides" in equal
    other = _with_shares((0.87, 0.0, 0.13), (0.9, 0.8, 0.7))
    assert "P(first) does not follow the rank everywhere" in other
    assert "decides the rank on the board" not in other


def test_the_row_of_the_ceiling_has_its_mark(boards):
    """The forest plot goes on below the systems, and sets of ranks are in plain words."""
    html = board_page(boards["system"])
    foot = html.split("<tfoot>")[1].split("</tfoot>")[0]
    assert foot.count('aria-label="noise ceiling: SRCC ') == 1
    text = Page(html).text.replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"all systems together: 1 to \d", text)
    assert "jointly" not in text


def test_columns_without_data_are_left_out():
    """A board without resampling has neither intervals nor ranks of resamples."""
    board = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE)
    html = board_page(board)
    heads = re.findall(r'<th scope="col"[^>]*><span>(.*?)</span>', html)
    assert heads == ["Rank", "System", "Team", "SRCC", "SRCC ↑", "LCC ↑", "KTAU ↑", "MSE ↓"]
    assert "Nothing was resampled" in Page(html).text
    assert "<nav" not in html


def test_all_columns_are_there_with_resampling(boards):
    """With ratings and resamples there are sets of ranks, shares, clusters, letters, limits."""
    html = board_page(boards["system"])
    heads = re.findall(r'<th scope="col"[^>]*><span>(.*?)</span>', html)
    assert heads[-4:] == ["Rank, 95 %", "P(first)", "Cluster", "Letters"]
    foot = html.split("<tfoot>")[1]
    assert "Noise ceiling" in foot
    assert "Noise floor" in foot


def test_systems_that_do_not_compete_are_marked():
    """A baseline and an entry out of competition have no rank, but a shape and words."""
    entries = [
        make_entry(1, "a", {"SRCC": 0.9}),
        make_entry(None, "b", {"SRCC": 0.8}, kind="baseline"),
        make_entry(None, "c", {"SRCC": 0.7}, kind="out of competition"),
    ]
    html = board_page(make_board(entries))
    ranks = re.findall(r'<td class="rank"[^>]*>(.*?)</td>', html)
    assert ranks == ["1", "–", "–"]
    assert "△ baseline" in html
    assert "◇ out of competition" in html
    assert Page(html).text.count("1 baseline, 1 entry out of competition") == 1


def test_an_empty_board_says_so():
    """Without systems there is no table, but the sentence and the findings."""
    board = xe.leaderboard("nowhere.csv", challenge=EXAMPLE)
    html = board_page(board)
    assert "No system is ranked." in Page(html).text
    assert "<table" not in html
    assert "nowhere.csv" in html


def test_an_undefined_metric_has_words_and_no_mark():
    """A value that does not exist is called undefined, and sorts behind all others."""
    entries = [make_entry(1, "a", {"SRCC": 0.9}), make_entry(2, "b", {"SRCC": None})]
    html = board_page(make_board(entries))
    assert '<td class="metric" data-v="">undefined</td>' in html
    assert html.count('class="mk"') == 1


def test_cells_with_a_second_line_have_their_value_to_sort_by():
    """An interval below a value is no part of what is sorted, also if the value is as shown."""
    entries = [make_entry(1, "a", {"SRCC": 0.731}, bounds={"SRCC": (0.677, 0.778)})]
    html = board_page(make_board(entries))
    assert '<td class="metric" data-v="0.731">0.731<span class="sub">0.677 to 0.778<' in html


def test_findings_have_code_line_message_and_fix(boards):
    """An unranked submission shows all that its findings say."""
    text = Page(_index(boards)).text
    for found in boards["system"].unranked[0].findings:
        assert found.code in text
        assert found.message in text
        assert found.hint in text
    page = Page(
        _index(
            {
                "system": xe.leaderboard(
                    EXAMPLE / "mistakes", EXAMPLE / "submissions", challenge=EXAMPLE
                )
            }
        )
    )
    lines = [
        each.line
        for one in xe.leaderboard(
            EXAMPLE / "mistakes", EXAMPLE / "submissions", challenge=EXAMPLE
        ).unranked
        for each in one.findings
        if each.line is not None
    ]
    assert lines
    assert all(f"line {line}" in page.text for line in lines)


def test_downloads_have_the_attribute(boards):
    """A link to a file saves it under its name."""
    page = Page(_index(boards, [Download("results.csv", "results.csv", "CSV")]))
    assert {"href": "results.csv", "download": "results.csv"} in page.all("a")


def test_systems_link_to_their_pages(boards):
    """A system with a page has a link, relative to this page."""
    report = _report(boards)
    frame = site_frame(report, [Link("index.html", "Results")])
    entry = boards["system"].entries[0]
    key = (entry.team, entry.system)
    frame = type(frame)(frame.title, False, frame.pages, ((key, "systems/x.html"),), "index.html")
    assert {"href": "systems/x.html"} in Page(index_page(report, frame)).all("a")


@pytest.mark.parametrize("label", [*LABELS, "x" * 200, "\\frac{1}{2}$_3$", "نظام", "🎧"])
def test_hostile_names_stay_text(label):
    """No name becomes markup; each is shown with its hidden signs as escapes, in ``bdi``."""
    plain = Page(board_page(make_board([make_entry(1, "a", {"SRCC": 0.9})])))
    html = board_page(make_board([make_entry(1, label, {"SRCC": 0.9}, team=label[::-1])]))
    page = Page(html)
    tags = [tag for tag, _ in page.tags if tag != "wbr"]
    assert tags == [tag for tag, _ in plain.tags if tag != "wbr"]
    shown = re.findall(r"<bdi>(.*?)</bdi>", html, re.S)
    assert " ".join(visible(label, 200).split()) in page.text
    assert len(shown) >= 3
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", html)


def test_targets_have_a_panel_each():
    """The overall board comes first, then one for each target; the choices name them."""
    folder = DATA / "challenges" / "audiomos2025_track1"
    board = xe.leaderboard(folder / "submissions", challenge=folder / "challenge.toml")
    panels = panels_of({"system": board})
    assert [panel.place.title for panel in panels] == [
        "All targets",
        "musical impression",
        "textual alignment",
    ]
    page = Page(board_page(board))
    values = [each.get("value") for each in page.all("input") if each.get("name") == "target"]
    assert values == ["0", "1", "2"]
    assert len([each for each in page.all("section") if each.get("class") == "panel"]) == 3


def test_a_published_table_has_a_page(tmp_path):
    """The board of `rank` has a page too, with its values as they are written."""
    table = tmp_path / "table.csv"
    table.write_text("team,system,SRCC,LCC,KTAU,MSE\nA,A_01,0.64,0.69,0.46,3.01\n")
    text = Page(board_page(xe.rank(table))).text
    assert "0.640" in text
    assert "A_01" in text


def test_several_levels_are_columns():
    """A board that is ranked at a group level shows the pairs' values in further columns."""
    folder = DATA / "challenges" / "voicemos"
    board = xe.leaderboard(folder / "submissions", challenge=folder / "challenge.toml")
    heads = re.findall(r'<th scope="col"[^>]*><span>(.*?)</span>', board_page(board))
    assert "SRCC ↑ (pair)" in heads

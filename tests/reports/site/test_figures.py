"""Figures that stand alone: valid XML with their own style, and the numbers of their result."""

import re
from xml.etree import ElementTree

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.reports.conftest import LABELS
from tests.reports.site.boards import make_board, make_entry
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.errors import OutputError, UsageError
from xacle_eval.reports.site.figures import FIGURES, forest_svg, report_figures
from xacle_eval.results.report import ChallengeReport
from xacle_eval.text import visible

EXAMPLE = DATA / "example"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def board():
    """Return the example's board with resamples."""
    return xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE, bootstrap=200)


@pytest.fixture(scope="module")
def card():
    """Return the scores of one system with intervals and noise ceilings."""
    return xe.score(EXAMPLE / "submissions" / "Hibari_01.csv", challenge=EXAMPLE, bootstrap=200)


@pytest.fixture(scope="module")
def comparison():
    """Return the comparison of three systems."""
    return xe.compare(
        *sorted((EXAMPLE / "submissions").glob("*.csv")),
        challenge=EXAMPLE,
        bootstrap=xe.Bootstrap(resamples=200),
    )


def _root(svg):
    return ElementTree.fromstring(svg)  # noqa: S314 -- nobody else's


def _texts(svg):
    return [each.text for each in _root(svg).iter(f"{SVG}text")]


def _check(svg):
    """Check what every figure has, and return its texts."""
    root = _root(svg)
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    style = root.find(f"{SVG}style").text
    assert "var(" not in style
    assert all(rule.startswith(".xacle-figure ") for rule in re.findall(r"(?:^|})([^{}]+){", style))
    assert not any("style" in each.attrib for each in root.iter())
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    return _texts(svg)


@pytest.mark.parametrize("kind", list(FIGURES))
def test_figures_of_a_board(board, kind):
    """Each kind stands alone and names every system; the same board gives the same bytes."""
    figure = board.plot(kind)
    texts = " ".join(_check(figure.svg))
    assert all(entry.system in texts for entry in board.entries)
    assert figure.svg == board.plot(kind).svg == figure.to_svg() == figure._repr_svg_()
    assert figure.svg in figure._repr_html_()


def test_a_forest_has_the_values_of_the_table(board):
    """The texts at the right are the rounded values with their intervals."""
    texts = _texts(board.plot().svg)
    for entry in board.entries:
        bounds = entry.uncertainty.intervals["SRCC"]
        text = f"{entry.metrics['SRCC']:.3f} ({bounds['low']:.3f} to {bounds['high']:.3f})"
        assert text.replace("-", "\N{MINUS SIGN}") in texts


def test_scores_have_an_axis_for_each_range(card):
    """Correlations share an axis; the MSE has its own; both show the noise ceiling or floor."""
    texts = _check(card.plot().svg)
    heads = [text for text in texts if text.endswith("intervals")]
    assert heads == ["SRCC ↑, LCC ↑, KTAU ↑, 95 % intervals", "MSE ↓, 95 % intervals"]
    assert "SRCC ceiling" in texts
    assert "MSE floor" in texts


def test_differences_are_those_of_the_comparison(comparison):
    """Each pair has its signed difference; filled circles are the significant ones."""
    svg = comparison.plot(["SRCC"]).svg
    texts = _check(svg)
    chosen = [each for each in comparison.comparisons if each.metric == "SRCC"]
    for each in chosen:
        sign = "+" if each.difference > 0 else "\N{MINUS SIGN}"
        assert any(text.startswith(f"{sign}{abs(each.difference):.3f} (") for text in texts)
    assert svg.count('class="mk"') == sum(each.significant for each in chosen)
    assert svg.count('class="mk open"') == sum(not each.significant for each in chosen)
    assert "Difference in MSE, 95 % intervals" in _texts(comparison.plot().svg)


def test_one_metric_can_be_a_string(comparison):
    """A name alone is that metric, not its letters."""
    assert comparison.plot("SRCC").svg == comparison.plot(["SRCC"]).svg


def test_the_matrix_says_what_it_shows(board):
    """Its title names p and the metric, and the line below it explains the circle."""
    texts = _texts(board.plot("matrix").svg)
    assert texts[:2] == [
        "p-values of differences in SRCC",
        "Filled: significant at α = 0.05; ○: not significant",
    ]


def test_demo_ratings_are_marked():
    """A figure of demo ratings says so in the picture and in its title."""
    one = make_entry(1, "a", {"SRCC": 0.5})
    board = make_board([one])
    demo = xe.load_references().summary
    marked = forest_svg(board.model_copy(update={"references": demo}))
    assert "DEMO ratings: these results do not describe real systems." in _texts(marked)
    assert "DEMO" not in forest_svg(board)


@pytest.mark.parametrize("label", [*LABELS, "\\frac{1}{2}", "نظام", "\ud800"])
def test_hostile_names_are_text(label):
    """Any name gives valid XML in which it is text without hidden characters."""
    svg = forest_svg(make_board([make_entry(1, label, {"SRCC": 0.5})]))
    shown = visible(label, 28)[:27]
    assert any(text.startswith(shown) for text in _check(svg))
    svg.encode()


def test_a_kind_without_numbers_is_refused():
    """The message says what the board lacks and how to get it; a wrong kind is a clear error."""
    board = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE)
    with pytest.raises(UsageError, match="bootstrap=1000"):
        board.plot("blob")
    with pytest.raises(UsageError, match="bootstrap=1000"):
        board.plot("matrix")
    with pytest.raises(UsageError, match="forest"):
        board.plot("violin")
    with pytest.raises(UsageError, match="no value to draw"):
        xe.leaderboard("nowhere.csv", challenge=EXAMPLE).plot()


def test_metrics_that_were_not_compared_are_refused(comparison):
    """The message names the known metrics."""
    with pytest.raises(UsageError, match="SRCC"):
        comparison.plot(["SROCC"])


def test_figures_of_a_report(board):
    """Every figure with numbers is there, by the name of its file."""
    plainly = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE, by="team")
    report = ChallengeReport(
        challenge=board.challenge,
        boards={"system": board, "team": plainly},
        publishing=Publishing(),
        presentation=board.presentation,
    )
    found = report_figures(report)
    assert list(found) == ["forest-system", "blob-system", "matrix-system", "forest-team"]


def test_figures_of_targets_have_their_numbers():
    """The board over all targets is number 0, then come the targets."""
    folder = DATA / "challenges" / "audiomos2025_track1"
    boards = xe.leaderboard(folder / "submissions", challenge=folder / "challenge.toml")
    report = ChallengeReport(
        challenge=boards.challenge,
        boards={"system": boards},
        publishing=Publishing(),
        presentation=boards.presentation,
    )
    assert list(report_figures(report)) == [f"forest-system-{number}" for number in range(3)]
    assert _check(boards.overall.plot().svg)


def test_a_figure_is_written_atomically_or_not_at_all(board, tmp_path):
    """The file has the same bytes as the text; an impossible path is a clear error."""
    figure = board.plot()
    figure.to_svg(tmp_path / "forest.svg")
    assert (tmp_path / "forest.svg").read_text(encoding="utf-8") == figure.svg
    with pytest.raises(OutputError):
        figure.to_svg(tmp_path / "no" / "forest.svg")


def test_pdf_has_text_that_can_be_selected(board, tmp_path):
    """The names of the systems are text in the PDF, whose bytes do not depend on the time."""
    pytest.importorskip("cairosvg", reason="the extra [pdf] is not installed")
    from pypdf import PdfReader

    figure = board.plot("matrix")
    file = tmp_path / "matrix.pdf"
    figure.to_pdf(file)
    assert file.read_bytes() == figure.to_pdf()
    reader = PdfReader(file)
    assert "CreationDate" not in (reader.metadata or {})
    text = reader.pages[0].extract_text()
    assert all(entry.system in text for entry in board.entries)


def test_pdf_without_its_library_is_a_clear_error(board, monkeypatch):
    """The message names what to install, and that SVG needs nothing."""
    import sys

    monkeypatch.setitem(sys.modules, "cairosvg", None)
    with pytest.raises(UsageError, match="pip install cairosvg"):
        board.plot().to_pdf()

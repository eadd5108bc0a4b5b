"""The files of a results site: its pages, and the files to download."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xacle_eval.reports.site.figures import report_figures
from xacle_eval.reports.site.history import history_page
from xacle_eval.reports.site.index import index_page
from xacle_eval.reports.site.listeners import listeners_page
from xacle_eval.reports.site.pages import INDEX, Download, Link, SiteFrame, site_frame
from xacle_eval.reports.site.system import system_page
from xacle_eval.reports.site.uncertainty import uncertainty_page
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.report import ChallengeReport
from xacle_eval.results.targets import TargetBoards

__all__ = ["CHECK_PAGE", "FIGURES", "SITE", "CheckPage", "figure_files", "site_files"]

SITE, FIGURES = "site", "figures"
"""The kinds of folders that a report writes."""
CHECK_PAGE = "check.html"
"""The page that checks submissions in the browser."""
CheckPage = Callable[[SiteFrame], str]
"""Makes the page that checks submissions, for a site."""
_DOWNLOADS: dict[str, tuple[str, Callable[[Leaderboard | TargetBoards], str]]] = {
    "csv": ("CSV", lambda board: board.to_csv()),
    "json": ("JSON", lambda board: board.to_json()),
    "tex": ("LaTeX", lambda board: board.to_latex()),
    "md": ("Markdown", lambda board: board.to_markdown()),
}
_BOARD_NAMES: dict[By, tuple[str, str]] = {
    "system": ("leaderboard", "all systems:"),
    "team": ("teams", "best system of each team:"),
}


def site_files(report: ChallengeReport, *, check_page: CheckPage | None = None) -> dict[str, bytes]:
    """Return the files of a site by their path; the same report gives the same bytes.

    Parameters
    ----------
    report : ChallengeReport
        What the site shows.
    check_page : callable, optional
        Makes the page that checks submissions from the frame of the site; by default, the site has
        none.

    Raises
    ------
    UsageError
        If Jinja2 is not installed.
    """
    resampled = _has_resamples(report)
    links = [Link(INDEX, "Results")]
    if resampled:
        links.append(Link("uncertainty.html", "Uncertainty"))
    if report.ratings:
        links.append(Link("listeners.html", "Listeners"))
    if report.history is not None:
        links.append(Link("history.html", "History"))
    if check_page is not None:
        links.append(Link(CHECK_PAGE, "Check a file"))
    frame = site_frame(report, links)
    files = dict(_download_files(report))
    downloads = tuple(_downloads(report))
    pages = {INDEX: index_page(report, frame.at(INDEX), downloads)}
    if resampled:
        pages["uncertainty.html"] = uncertainty_page(report, frame.at("uncertainty.html"))
    if report.ratings:
        pages["listeners.html"] = listeners_page(report, frame.at("listeners.html"))
    if report.history is not None:
        pages["history.html"] = history_page(report, report.history, frame.at("history.html"))
    for (team, system), path in frame.systems:
        pages[path] = system_page(report, team, system, frame.at(path))
    if check_page is not None:
        pages[CHECK_PAGE] = check_page(frame.at(CHECK_PAGE))
    return {name: page.encode("utf-8") for name, page in pages.items()} | files


def _has_resamples(report: ChallengeReport) -> bool:
    """Return whether the page of uncertainty has content; a phase that is open has none."""
    return any(
        board.resampling is not None
        for by in report.boards
        for board in report.boards_of(by).values()
    )


def figure_files(report: ChallengeReport) -> dict[str, bytes]:
    """Return the figures of a report by the names of their files: SVG, and PDF if possible."""
    figures = report_figures(report)
    files = {f"{name}.svg": figure.svg.encode("utf-8") for name, figure in figures.items()}
    if _can_write_pdf():
        files |= {f"{name}.pdf": figure.to_pdf() for name, figure in figures.items()}
    return files


def _can_write_pdf() -> bool:
    """Return whether CairoSVG and its library are installed."""
    try:
        import cairosvg  # noqa: F401
    except (ImportError, OSError):  # OSError: the library cairo is not there
        return False
    return True


def _download_files(report: ChallengeReport) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of each file to download."""
    for by, board in report.boards.items():
        for ending, (_, text) in _DOWNLOADS.items():
            yield f"downloads/{_BOARD_NAMES[by][0]}.{ending}", text(board).encode("utf-8")


def _downloads(report: ChallengeReport) -> Iterator[Download]:
    for by in report.boards:
        name, title = _BOARD_NAMES[by]
        for ending, (format_, _) in _DOWNLOADS.items():
            yield Download(f"downloads/{name}.{ending}", f"{name}.{ending}", format_, title)

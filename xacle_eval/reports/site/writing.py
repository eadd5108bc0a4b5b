"""The results site as a folder: the pages of a report, and the page that checks files."""

from __future__ import annotations

import os
from pathlib import Path

from xacle_eval.challenge.loading import load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.hosting.pyodide import HOW_TO_GET, read_pyodide
from xacle_eval.io.folders import replace_folder, require_replaceable
from xacle_eval.reports.site.build import CHECK_PAGE, SITE, CheckPage, site_files
from xacle_eval.reports.site.check_page import check_page
from xacle_eval.reports.site.pages import SiteFrame
from xacle_eval.results.report import ChallengeReport
from xacle_eval.text import quote

__all__ = ["page_maker", "write_check_page", "write_site"]

_Path = str | os.PathLike[str]


def write_site(
    report: ChallengeReport,
    output: _Path,
    *,
    challenge: _Path | Challenge | None = None,
    pyodide: _Path | None = None,
    force: bool = False,
) -> tuple[str, ...]:
    """Write the results pages of a report into a folder, in one step.

    Parameters
    ----------
    report : ChallengeReport
        What the pages show; see `xacle_eval.report`.
    output : path
        A folder that does not exist, is empty, or has an earlier site, which is replaced.
    challenge : str, path or Challenge, optional
        The challenge whose submissions the site's check page checks; needed with `pyodide`.
    pyodide : path, optional
        The folder of the npm package pyodide: the site gets a page that checks files in the
        browser.
    force : bool
        Also replace pages that were edited since they were written.

    Returns
    -------
    tuple of str
        The paths of the files, from the folder.

    Raises
    ------
    UsageError
        If Jinja2 is not installed, or `pyodide` is not the folder of that package.
    OutputError
        If the folder has other files, or cannot be written; an earlier site is unchanged.
    """
    if not isinstance(report, ChallengeReport):
        raise UsageError("the report must be a ChallengeReport, which xacle_eval.report returns")
    check_arguments(output=output, pyodide=pyodide, force=force, optional=("pyodide",))
    require_replaceable(output, kind=SITE, force=force)
    page = None
    if pyodide is not None:
        if challenge is None:
            raise UsageError("pyodide requires challenge=..., whose submissions the page checks")
        loaded = load_challenge(challenge)
        if loaded.name != report.challenge:
            raise UsageError(
                f"the report is of the challenge {quote(report.challenge)}, and the check page "
                f"would be of {quote(loaded.name)}"
            )
        page = page_maker(loaded, pyodide)
    files = site_files(report, check_page=page)
    replace_folder(output, files, kind=SITE, force=force)
    return tuple(files)


def page_maker(challenge: Challenge, pyodide: _Path | None) -> CheckPage:
    """Return the function that makes the check page of a challenge for a site.

    Raises
    ------
    UsageError
        If `pyodide` is None, or not the folder of the npm package.
    """
    if pyodide is None:
        raise UsageError(f"--check-page requires --pyodide DIR: {HOW_TO_GET}")
    folder = Path(pyodide)
    # A wrong folder is an error before anything else is made.
    read_pyodide(folder)
    return lambda frame: check_page(challenge, folder, frame)


def write_check_page(
    challenge: Challenge, page: CheckPage, folder: _Path, *, force: bool = False
) -> str:
    """Write the page that checks files alone; return its name in the folder."""
    text = page(SiteFrame(challenge.title, demo=False))
    replace_folder(folder, {CHECK_PAGE: text.encode("utf-8")}, kind=SITE, force=force)
    return CHECK_PAGE

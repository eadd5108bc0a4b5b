"""``xacle-eval report``: the results site of a challenge, and the page that checks files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from xacle_eval.cli.boards import note_omissions, repeat_banner, status_of
from xacle_eval.cli.bootstrap import bootstrap_options, bootstrap_plan
from xacle_eval.cli.options import (
    any_path,
    challenge_options,
    common_options,
    follow_links_option,
    force_option,
    open_challenge,
    option,
    part_option,
    references_by_split,
    references_of_option,
    references_option,
    refuse_overwriting,
)
from xacle_eval.cli.output import note
from xacle_eval.cli.progress import stages
from xacle_eval.cli.references import as_given, open_references, reference_files
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.text import count, visible_path

if TYPE_CHECKING:
    from xacle_eval.challenge.model import Challenge
    from xacle_eval.reports.site.build import CheckPage
    from xacle_eval.results.report import ChallengeReport

__all__ = ["command"]


@click.command("report", cls=Command)
@click.argument("paths", type=any_path, nargs=-1, metavar="[DIR|FILE...]")
@option(
    "-o",
    "--output",
    group="Output",
    type=any_path,
    metavar="SITE",
    required=True,
    help="Write the pages into this folder, in one step. An earlier site in it is replaced.",
)
@option(
    "--figures",
    group="Output",
    type=any_path,
    metavar="DIR",
    help="Also write figures for papers into this folder: SVG, and PDF if CairoSVG is installed.",
)
@option(
    "--check-page/--no-check-page",
    group="Output",
    default=None,
    help="Add the page that checks a file in the browser, or leave it out. [default: with "
    "--pyodide]",
)
@option(
    "--pyodide",
    group="Input",
    type=any_path,
    metavar="DIR",
    help="Take Python for the check page from this folder, that of the npm package pyodide.",
)
@option("--open", "open_", group="Execution", is_flag=True, help="Open the site in the browser.")
@force_option
@references_option
@references_of_option
@follow_links_option
@bootstrap_options(default=10_000, alpha=True)
@option(
    "--rank-suspicious",
    group="Ranking",
    rare=True,
    is_flag=True,
    help="Also rank files with spikes outside the scale (XAC067) and teams far above the limit "
    "(XAC061); their scores reveal labels.",
)
@option(
    "--exit-zero",
    group="Execution",
    rare=True,
    is_flag=True,
    help="Exit with 0 even if a submission is unranked.",
)
@challenge_options
@part_option
@common_options
def command(
    paths: tuple[str, ...],
    output: str,
    figures: str | None,
    check_page: bool | None,
    pyodide: str | None,
    open_: bool,
    force: bool,
    references: tuple[str, ...],
    references_of: tuple[str, ...],
    follow_links: bool,
    bootstrap: int,
    rank_suspicious: bool,
    exit_zero: bool,
    challenge: str,
    split: str | None,
    part: str | None,
    quiet: bool,
    **resampling: Any,
) -> int:
    """Write the results pages of a challenge: static files that need no server.

    DIR and FILE are submissions, as for leaderboard. The pages show the boards with intervals and
    the noise ceiling, how certain the ranking is, a page for each system, and the listeners if the
    references are ratings. They show what [publish] in the challenge file allows; by default, no
    value of a single pair. Without DIR and FILE, --check-page writes only the page that checks a
    file in the browser. The exit code is 1 if a submission is unranked.

    \b
    Examples:
      xacle-eval report submissions/ -o site/
      xacle-eval report submissions/ -o site/ --references ratings.csv --jobs 2
      xacle-eval report submissions/ -o site/ --figures figures/ --open
      xacle-eval report submissions/ -o site/ --pyodide node_modules/pyodide
      xacle-eval report --check-page --pyodide node_modules/pyodide -o check/
    """
    loaded = open_challenge(challenge, split, part)
    others = references_by_split(references_of)
    refuse_overwriting(
        {"--output": output, "--figures": figures},
        {
            **dict.fromkeys(others.values(), "the reference file"),
            **dict.fromkeys(paths, "a submission"),
            **reference_files(references, loaded),
        },
    )
    page = _check_page(loaded, check_page, pyodide)
    if not paths:
        return _write_check_page(loaded.title, page, output, force, quiet, open_)
    if page is None and check_page is None:
        from xacle_eval.hosting.pyodide import HOW_TO_GET

        note(f"the site has no page that checks files; {HOW_TO_GET}", quiet)
    truth = as_given(open_references(references, loaded, quiet, paths))
    from xacle_eval.evaluation.report import report

    with bootstrap_plan(bootstrap, quiet, **resampling) as plan:
        found = report(
            *paths,
            references=truth,
            challenge=loaded,
            bootstrap=cast(Bootstrap, plan),
            references_of=others,
            follow_links=follow_links,
            rank_suspicious=rank_suspicious,
            progress=stages(),
        )
    from xacle_eval.reports.site.build import write_site

    written = write_site(found, output, check_page=page, force=force)
    note(f"wrote {count(len(written), 'file')} to {visible_path(output)}", quiet)
    if figures is not None:
        _write_figures(found, figures, force, quiet)
    board = found.boards["system"]
    note_omissions(board, "html", output, quiet)
    repeat_banner(board, quiet)
    if open_:
        _open(output, "index.html")
    return status_of(board, exit_zero)


def _check_page(challenge: Challenge, wanted: bool | None, pyodide: str | None) -> CheckPage | None:
    """Return what makes the page that checks files, if it is wanted."""
    if wanted is False or (wanted is None and pyodide is None):
        return None
    from xacle_eval.hosting.check_page import check_page
    from xacle_eval.hosting.pyodide import HOW_TO_GET, read_pyodide

    if pyodide is None:
        raise UsageError(f"--check-page requires --pyodide DIR: {HOW_TO_GET}")
    folder = Path(pyodide)
    # A wrong folder is an error before anything is scored.
    read_pyodide(folder)
    return lambda frame: check_page(challenge, folder, frame)


def _write_check_page(
    title: str, page: CheckPage | None, output: str, force: bool, quiet: bool, open_: bool
) -> int:
    if page is None:
        raise UsageError("DIR or FILE is required, or --check-page with --pyodide DIR")
    from xacle_eval.io.folders import replace_folder
    from xacle_eval.reports.site.build import CHECK_PAGE
    from xacle_eval.reports.site.pages import SiteFrame

    text = page(SiteFrame(title, demo=False))
    replace_folder(output, {CHECK_PAGE: text.encode("utf-8")}, force=force)
    note(f"wrote {visible_path(os.path.join(output, CHECK_PAGE))}", quiet)  # noqa: PTH118
    if open_:
        _open(output, CHECK_PAGE)
    return 0


def _write_figures(found: ChallengeReport, folder: str, force: bool, quiet: bool) -> None:
    from xacle_eval.io.folders import replace_folder
    from xacle_eval.reports.site.build import figure_files

    files = figure_files(found)
    replace_folder(folder, files, force=force)
    note(f"wrote {count(len(files), 'figure')} to {visible_path(folder)}", quiet)


def _open(folder: str, page: str) -> None:
    import webbrowser

    webbrowser.open((Path(folder) / page).resolve().as_uri())

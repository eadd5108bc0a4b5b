"""``xacle-eval report``: the results site of a challenge, and the page that checks files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from xacle_eval.cli.boards import note_omissions, repeat_banner, status_of
from xacle_eval.cli.bootstrap import bootstrap_options, bootstrap_plan
from xacle_eval.cli.effects import RESAMPLING, without_effect
from xacle_eval.cli.ledger_options import (
    board_options,
    board_submissions,
    ledger_files,
    open_ledger,
    uses_ledger,
)
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
from xacle_eval.io.folders import replace_folder, require_replaceable
from xacle_eval.io.outputs import is_within, real_path
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, visible_path

if TYPE_CHECKING:
    from xacle_eval.results.report import ChallengeReport

__all__ = ["command"]


@click.command("report", cls=Command)
@click.argument("paths", type=any_path, nargs=-1, metavar="[DIR|FILE...]")
@board_options
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
    ledger: str | None,
    phase: str | None,
    as_of: str | None,
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
    file in the browser. With --ledger, a page has the history: who was first when, and how the best
    of each team improved; until --as-of names the end of the phase, and of others that score the
    same pairs, the pages show no more than [publish.phase.NAME] allows. The exit code is 1 if a
    submission is unranked.

    \b
    Examples:
      xacle-eval report submissions/ -o site/
      xacle-eval report submissions/ -o site/ --references ratings.csv --jobs 2
      xacle-eval report submissions/ -o site/ --figures figures/ --open
      xacle-eval report submissions/ -o site/ --pyodide node_modules/pyodide
      xacle-eval report --check-page --pyodide node_modules/pyodide -o check/
    """
    loaded, kept = board_submissions(
        ledger,
        phase,
        as_of,
        open_challenge(challenge, split, part),
        split,
        part,
        paths,
        may_be_empty=True,
    )
    in_ledger = uses_ledger(ledger, paths)
    others = references_by_split(references_of)
    refuse_overwriting(
        {"--output": output, "--figures": figures},
        {
            **dict.fromkeys(others.values(), "the reference file"),
            **dict.fromkeys(paths, "a submission"),
            **ledger_files(ledger),
            **reference_files(references, loaded),
        },
    )
    _require_outside({"--output": output, "--figures": figures}, paths)
    from xacle_eval.hosting.pyodide import HOW_TO_GET
    from xacle_eval.reports.site.build import FIGURES, SITE, site_files
    from xacle_eval.reports.site.writing import page_maker, write_check_page

    require_replaceable(output, kind=SITE, force=force)
    if figures is not None:
        require_replaceable(figures, kind=FIGURES, force=force)
    wanted = check_page or (check_page is None and pyodide is not None)
    page = page_maker(loaded, pyodide) if wanted else None
    if not paths and not in_ledger:
        if page is None:
            raise UsageError(
                "DIR or FILE is required, or --ledger DB, or --check-page with --pyodide DIR"
            )
        if figures is not None:
            raise UsageError("--figures has no effect without DIR or FILE; leave it out")
        name = write_check_page(loaded, page, output, force=force)
        return _finish(output, name, 1, quiet, open_)
    if page is None and check_page is None:
        note(f"the site has no page that checks files; {HOW_TO_GET}", quiet)
    truth = as_given(open_references(references, loaded, quiet, paths))
    opened = open_ledger(ledger, challenge) if in_ledger and ledger is not None else None
    if opened is not None and not kept:
        note(opened.none_counts(phase=phase, as_of=as_of), quiet)
    if opened is not None and opened.is_open(phase, as_of=as_of, part=part):
        limits = opened.limits_of_pages(phase, as_of=as_of, part=part)
        _check_open(limits, rank_suspicious, quiet)
        full = opened.open_report(
            truth,
            *paths,
            phase=phase,
            as_of=as_of,
            part=part,
            references_of=others,
            follow_links=follow_links,
        )
    else:
        from xacle_eval.evaluation.report import full_report

        with bootstrap_plan(bootstrap, quiet, **resampling) as plan:
            full = full_report(
                *paths,
                *kept,
                references=truth,
                challenge=loaded,
                bootstrap=cast(Bootstrap, plan),
                references_of=others,
                follow_links=follow_links,
                rank_suspicious=rank_suspicious,
                progress=stages(),
                may_be_empty=True,
            )
        if opened is not None:
            full = opened.with_history(
                full,
                truth,
                phase=phase,
                as_of=as_of,
                part=part,
                rank_suspicious=rank_suspicious,
            )
    # A ledger without an upload that counts is no mistyped path: what was withdrawn must vanish.
    _require_content(full, output, force or (in_ledger and not kept))
    from xacle_eval.results.policy import publish_report

    found = publish_report(full)
    files = site_files(found, check_page=page)
    replace_folder(output, files, kind=SITE, force=force)
    if figures is not None:
        _write_figures(found, figures, force, quiet)
    # The organisers read all of each finding here; the pages have what can be published.
    board = full.boards["system"]
    note_omissions(board, "html", output, quiet)
    repeat_banner(board, quiet)
    _finish(output, "index.html", len(files), quiet, open_)
    return status_of(board, exit_zero)


def _check_open(limits: str, rank_suspicious: bool, quiet: bool) -> None:
    """Refuse or note the options without effect on the pages of an open phase."""
    if rank_suspicious:
        raise UsageError(
            f"--rank-suspicious: the scores of suspicious files can reveal labels, and {limits}; "
            "leave the option out"
        )
    note(limits, quiet)
    context = click.get_current_context()
    unused = without_effect(context, RESAMPLING, "before the end")
    if unused:
        note(unused, quiet)


def _require_outside(folders: Mapping[str, str | None], paths: Iterable[str]) -> None:
    """Refuse folders of submissions, where the next run would read the site, and nested ones."""
    site, drawn = (folder and real_path(folder) for folder in folders.values())
    if site and drawn and (site == drawn or is_within(drawn, site) or is_within(site, drawn)):
        raise UsageError(
            f"{' and '.join(folders)} are the same folder, or one is in the other, and the next "
            "run would replace it; choose two folders side by side"
        )
    inputs = [real_path(path) for path in paths if os.path.isdir(path)]  # noqa: PTH112
    for name, folder in folders.items():
        place = "" if folder is None else real_path(folder)
        if any(place == read or is_within(place, read) for read in inputs):
            raise UsageError(
                f"{name} {folder}: the folder is in an input folder, and the next run would take "
                "its files for submissions; choose another folder"
            )


def _require_content(found: ChallengeReport, output: str, force: bool) -> None:
    """Refuse a report without a submission that was named, and an empty one over an earlier site.

    A mistyped path must not replace the results that are public.
    """
    missing = rule("file-missing").code
    for one in found.unranked:
        for finding in one.findings:
            if finding.code == missing:
                hint = f" {finding.hint}" if finding.hint else ""
                raise UsageError(f"{one.path}: {finding.message}; nothing was written.{hint}")
    ranked = any(board.entries for board in found.boards_of("system").values())
    if not ranked and not force and os.path.isdir(output) and os.listdir(output):  # noqa: PTH112, PTH208
        raise UsageError(
            f"no submission is ranked, so the site in {visible_path(output)} was not replaced; "
            "xacle-eval validate shows why, and --force replaces the site"
        )


def _write_figures(found: ChallengeReport, folder: str, force: bool, quiet: bool) -> None:
    from xacle_eval.reports.site.build import FIGURES, figure_files

    files = figure_files(found)
    replace_folder(folder, files, kind=FIGURES, force=force)
    note(f"wrote {count(len(files), 'figure')} to {visible_path(folder)}", quiet)


def _finish(folder: str, page: str, files: int, quiet: bool, open_: bool) -> int:
    """Report what was written, and open a page of it."""
    note(f"wrote {count(files, 'file')} to {visible_path(folder)}", quiet)
    if open_:
        import webbrowser

        if not webbrowser.open((Path(folder) / page).resolve().as_uri()):
            note(f"no browser could be started; open {page} in the folder yourself", quiet)
    return 0

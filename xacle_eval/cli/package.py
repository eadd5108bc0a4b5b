"""``xacle-eval package``: build a team's ZIP, and print a description template."""

from __future__ import annotations

import click

from xacle_eval.cli.options import (
    any_path,
    challenge_options,
    common_options,
    follow_links_option,
    force_option,
    open_challenge,
    option,
    refuse_existing,
    refuse_overwriting,
)
from xacle_eval.cli.output import emit, note, print_note
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.text import count, visible_path

__all__ = ["command"]


@click.command("package", cls=Command)
@click.argument("files", type=any_path, nargs=-1, metavar="[FILES...]")
@option(
    "-o",
    "--output",
    group="Output",
    type=any_path,
    metavar="TEAM.zip",
    help="Write the package to TEAM.zip; with --template, write the description to this file.",
)
@option(
    "--template",
    group="Output",
    is_flag=True,
    help="Print a commented template of a system description.",
)
@option(
    "--label",
    group="Output",
    metavar="LABEL",
    help="Write this label of the system into the template.",
)
@force_option
@follow_links_option
@challenge_options
@common_options
def command(
    files: tuple[str, ...],
    output: str | None,
    template: bool,
    label: str | None,
    force: bool,
    follow_links: bool,
    challenge: str,
    split: str | None,
    quiet: bool,
) -> int:
    """Build a team's package (ZIP): predictions and a description of every system.

    FILES are LABEL.csv and LABEL.yaml of every system, optionally a report (PDF), or folders of
    these files. The package is written only if it is valid; otherwise the findings are shown and
    the exit code is 1. The same files always give the same bytes.

    \b
    Examples:
      xacle-eval package --template --label Kumo_01 -o Kumo_01.yaml
      xacle-eval package Kumo_01.csv Kumo_01.yaml report.pdf -o Kumo.zip
      xacle-eval package systems/ -o Kumo.zip
    """
    if template:
        return _write_template(files, label, output, force)
    if label is not None:
        raise UsageError("--label requires --template")
    if not files or output is None:
        raise UsageError("FILES and --output are required: xacle-eval package FILES... -o TEAM.zip")
    from xacle_eval.io.outputs import write_bytes
    from xacle_eval.submissions.package_files import pack_files, require_ending
    from xacle_eval.submissions.unchecked import split_unchecked

    require_ending("--output", output)
    refuse_overwriting({"--output": output}, dict.fromkeys(files, "a file to pack"))
    refuse_existing([output], force)
    packed = pack_files(files, output, open_challenge(challenge, split), follow_links)
    reports, _ = split_unchecked(packed.reports)
    if not packed.valid or (not quiet and any(report.findings for report in reports)):
        from xacle_eval.reports.formats.console import print_reports

        print_note(lambda out: print_reports(out, reports))
    if not packed.valid:
        note(f"{visible_path(output)} was not written; fix the errors above", quiet)
        return 1
    write_bytes(output, packed.data)
    systems = count(len(reports) - 1, "system")
    note(f"wrote {visible_path(output)}: {systems}, {len(packed.data):,} bytes", quiet)
    return 0


def _write_template(
    files: tuple[str, ...], label: str | None, output: str | None, force: bool
) -> int:
    if files:
        raise UsageError("--template does not take FILES")
    refuse_existing([output], force)
    from xacle_eval.reports.templates import description_text

    emit(description_text(label), output)
    return 0

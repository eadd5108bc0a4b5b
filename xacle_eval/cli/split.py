"""``xacle-eval split``: unpack a package."""

from __future__ import annotations

import click

from xacle_eval.cli.options import (
    any_path,
    argument_path,
    challenge_option,
    common_options,
    open_challenge,
    option,
)
from xacle_eval.cli.output import note, print_note
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.text import count, visible, visible_path

__all__ = ["command"]


@click.command("split", cls=Command)
@argument_path("package", metavar="TEAM.zip")
@option(
    "-o",
    "--output",
    group="Output",
    type=any_path,
    metavar="DIR",
    help="Unpack into this new folder. [default: the package's name]",
)
@challenge_option
@common_options
def command(package: str, output: str | None, challenge: str, quiet: bool) -> int:
    """Unpack a package into a new folder, atomically.

    The archive is first checked against the limits and rules for archives. If it breaks one,
    nothing is unpacked and the exit code is 1. The contents of the files are not checked; use
    validate for that.

    \b
    Examples:
      xacle-eval split Kumo.zip
      xacle-eval split Kumo.zip -o submissions/Kumo
    """
    from xacle_eval.io.folders import write_folder
    from xacle_eval.submissions.names import hidden_fault, name_fault
    from xacle_eval.submissions.package_files import unpack
    from xacle_eval.submissions.sources import label_of

    loaded = open_challenge(challenge)
    archive = unpack(package, loaded)
    if archive.findings:
        from xacle_eval.reports.formats.console import print_findings

        findings = archive.findings
        print_note(lambda out: print_findings(out, archive.path, findings, indent=""))
        return 1
    if archive.notes and not quiet:
        from xacle_eval.reports.formats.console import print_findings

        print_note(lambda out: print_findings(out, archive.path, archive.notes, indent=""))
    folder = output
    if folder is None:
        folder = label_of(package)
        fault = name_fault(folder) or hidden_fault(folder)
        if fault is not None:
            raise UsageError(f"the package {fault}: {visible(folder)}; name the folder with -o DIR")
    write_folder(folder, archive.files)
    note(f"wrote {count(len(archive.files), 'file')} to {visible_path(folder)}", quiet)
    return 0

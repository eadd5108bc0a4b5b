"""``xacle-eval verify``: check whether a receipt describes a file."""

from __future__ import annotations

import click

from xacle_eval.cli.formats import write_verification
from xacle_eval.cli.options import (
    argument_path,
    common_options,
    format_option,
    refuse_overwriting,
)
from xacle_eval.cli.output import note
from xacle_eval.cli.usage import Command
from xacle_eval.records.receipts import verify
from xacle_eval.reports.formats.registry import VERIFICATION_FORMATS

__all__ = ["command"]


@click.command("verify", cls=Command)
@argument_path("receipt", metavar="RECEIPT")
@argument_path("file", metavar="FILE")
@format_option(VERIFICATION_FORMATS)
@common_options
def command(receipt: str, file: str, format_: str, output: str | None, quiet: bool) -> int:
    """Check whether a file is the one a receipt describes.

    RECEIPT is written by validate --receipt. The exit code is 0 if it describes FILE, whatever
    the verdict, and 1 if it does not. For a package with the same name, or if the receipt has only
    one file, the files inside that differ are listed.

    \b
    Examples:
      xacle-eval validate Kumo.zip --receipt receipt.json
      xacle-eval verify receipt.json Kumo.zip
    """
    from xacle_eval.submissions.rules import RULE_SET_VERSION

    refuse_overwriting({"--output": output}, {receipt: "the receipt", file: "the checked file"})
    found = verify(receipt, file)
    write_verification(format_, output, found)
    if found.rule_set != RULE_SET_VERSION:
        note(
            f"the receipt uses rule set {found.rule_set}; this version uses {RULE_SET_VERSION}",
            quiet,
        )
    return 0 if found.same else 1

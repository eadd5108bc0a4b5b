"""``xacle-eval export``: bundles for hosting platforms."""

from __future__ import annotations

from typing import cast

import click

from xacle_eval.cli.formats import write_bundle
from xacle_eval.cli.options import Choices, any_path, common_options, format_choice, option
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.hosting.lint.model import PLATFORMS, Platform
from xacle_eval.reports.formats.registry import BUNDLE_FORMATS

__all__ = ["command"]


@click.command("export", cls=Command)
@click.argument("platform", required=False, metavar="[PLATFORM]", type=Choices(tuple(PLATFORMS)))
@option(
    "--check",
    group="Input",
    type=any_path,
    metavar="BUNDLE",
    help="Check this bundle, a folder or a ZIP, against everything that the platform accepts "
    "silently or refuses without a clear reason.",
)
@option("--strict", group="Execution", is_flag=True, help="Treat warnings as errors.")
@format_choice(BUNDLE_FORMATS)
@common_options
def command(
    platform: str | None, check: str | None, strict: bool, format_: str, quiet: bool
) -> int:
    """Check a bundle for a hosting platform: Codabench (version 2) or EvalAI.

    PLATFORM is codabench or evalai; without it, the configuration file in the bundle decides.
    Nothing of the bundle is executed. Every finding has a code, a line, what the platform does
    with it, and how to fix it. The exit code is 1 if there is an error.

    \b
    Examples:
      xacle-eval export --check bundle.zip
      xacle-eval export evalai --check challenge/ --strict
      xacle-eval export --check bundle.zip --format sarif > bundle.sarif
    """
    if check is None:
        raise UsageError("nothing to check; pass --check BUNDLE, a folder or a ZIP")
    return _check_only(check, cast("Platform | None", platform), format_, strict=strict)


def _check_only(bundle: str, platform: Platform | None, format_: str, *, strict: bool) -> int:
    """Check an existing bundle, print its findings and return the exit code."""
    from xacle_eval.hosting.lint.checking import check_bundle

    report = check_bundle(bundle, platform)
    write_bundle(format_, None, report, strict=strict)
    return 0 if report.passes(strict) else 1

"""``xacle-eval export``: bundles for hosting platforms."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import click

from xacle_eval.cli.formats import write_bundle, write_export
from xacle_eval.cli.options import (
    Choices,
    Lines,
    any_path,
    challenge_option,
    common_options,
    force_folder_option,
    format_choice,
    open_challenge,
    option,
    references_by_split,
    references_of_phases_option,
    references_option,
    refuse_overwriting,
)
from xacle_eval.cli.output import note
from xacle_eval.cli.trials import check_trial_format, run_trial, trial_options
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.hosting.exported import BUNDLE, EXPORT_PLATFORMS, ExportPlatform
from xacle_eval.hosting.lint.model import PLATFORMS, Platform
from xacle_eval.reports.formats.registry import BUNDLE_FORMATS, EXPORT_FORMATS
from xacle_eval.text import alternatives, count, visible_path

if TYPE_CHECKING:
    from xacle_eval.hosting.exported import ExportedBundle

__all__ = ["command"]


class _Source(NamedTuple):
    """What a bundle is made from, as given on the command line."""

    texts: dict[str, str]
    contact: str | None
    references: tuple[str, ...]
    references_of: tuple[str, ...]
    challenge: str
    quiet: bool


@click.command("export", cls=Command)
@click.argument(
    "platform", required=False, metavar="[PLATFORM]", type=Choices(tuple(EXPORT_PLATFORMS))
)
@option(
    "-o",
    "--output",
    "folder",  # its ending says nothing about the format of stdout
    group="Output",
    type=any_path,
    metavar="OUT/",
    help="Write the bundle of the challenge into this folder: its files and a ZIP to upload. It "
    "has the labels. An earlier bundle in it is replaced.",
)
@option(
    "--check",
    group="Input",
    type=any_path,
    metavar="BUNDLE",
    help="Check this bundle, a folder, a ZIP or OUT/, against everything that the platform "
    "accepts silently or refuses without a clear reason.",
)
@option(
    "--text",
    group="Input",
    type=Lines(),
    multiple=True,
    metavar="PAGE=FILE",
    help="Use this file as the text of a page: overview, data, submission, evaluation, rules or "
    "terms. Markdown, HTML for EvalAI.",
)
@option(
    "--contact",
    group="Input",
    metavar="ADDRESS",
    help="Write this e-mail address of the organisers into the bundle.",
)
@force_folder_option
@trial_options
@option("--strict", group="Execution", is_flag=True, help="With --check: treat warnings as errors.")
@format_choice(BUNDLE_FORMATS)
@references_option
@references_of_phases_option
@challenge_option
@common_options
def command(
    platform: str | None,
    folder: str | None,
    check: str | None,
    text: tuple[str, ...],
    contact: str | None,
    force: bool,
    submission: str | None,
    phase: str | None,
    python: str | None,
    strict: bool,
    format_: str,
    references: tuple[str, ...],
    references_of: tuple[str, ...],
    challenge: str,
    quiet: bool,
) -> int:
    """Write, check or try a bundle for a platform: Codabench (version 2), EvalAI or Hugging Face.

    PLATFORM is codabench, evalai or huggingface. With --output, the bundle is made from the
    challenge file: its phases, limits, scores and pages, the labels, and a scorer in one file. It
    is checked before it is written. For Hugging Face, it has two Spaces and two datasets, with
    instructions. With --try and without --output, the bundle is not kept. With --check, an
    existing bundle is checked; without PLATFORM, its configuration file decides which platform it
    is for. Every finding has a code, a line, what the platform does with it, and how to fix it.
    Without --try, nothing of a bundle is executed. The exit code is 1 if there is an error, and
    with --try if a run ends without all scores.

    \b
    Examples:
      xacle-eval export codabench -c my.toml -r labels.csv -o hosted/
      xacle-eval export evalai -c my.toml --text terms=terms.html -o hosted/
      xacle-eval export huggingface -c my.toml -o folders/
      xacle-eval export --check bundle.zip
      xacle-eval export evalai --check challenge/ --strict
      xacle-eval export --check bundle.zip --format sarif > bundle.sarif
      xacle-eval export --check bundle.zip --try Kumo_01.zip --phase validation
    """
    if check is not None or submission is not None:
        _require_bundle(platform, "--try" if check is None else "--check")
    chosen = cast("Platform | None", platform)
    if check is not None:
        if folder is not None:
            raise UsageError("--check only checks a bundle; leave out --output")
        if submission is None:
            return _check_only(check, chosen, format_, strict=strict)
        return run_trial(check, submission, chosen, phase, python, format_)
    if folder is None and submission is None:
        raise UsageError(_nothing_to_do(platform))
    source = _Source(_by_name(text), contact, references, references_of, challenge, quiet)
    if folder is None:
        return _try_only(chosen, str(submission), phase, python, format_, source)
    found = _build(_require_build(platform, folder, format_), folder, source, force=force)
    if submission is None or format_ == "text":
        write_export(format_, found)
    note(_written(found, folder), quiet)
    if submission is None:
        return 0
    bundle = str(Path(folder) / BUNDLE)
    return run_trial(bundle, submission, chosen, phase, python, format_)


def _nothing_to_do(platform: str | None) -> str:
    """Return the message that says what can be done."""
    with_platform = "" if platform else "PLATFORM and "
    return (
        f"nothing to do; pass {with_platform}--output OUT/ to write a bundle, --check BUNDLE to "
        f"check one, or {with_platform}--try SUBMISSION to run a submission"
    )


def _try_only(
    platform: Platform | None,
    submission: str,
    phase: str | None,
    python: str | None,
    format_: str,
    source: _Source,
) -> int:
    """Run a submission on the bundle of a challenge, which is not kept."""
    from xacle_eval.hosting.trial.trying import work_folder

    if platform is None:
        raise UsageError(f"PLATFORM is missing; {_expected(PLATFORMS)}")
    check_trial_format(format_)
    with work_folder() as folder:
        output = str(folder / "export")
        _build(platform, output, source, force=False)
        bundle = str(Path(output) / BUNDLE)
        shown = f"the {platform} bundle"
        return run_trial(bundle, submission, platform, phase, python, format_, shown)


def _require_bundle(platform: str | None, option_: str) -> None:
    """Refuse a platform without bundles."""
    if platform is not None and platform not in PLATFORMS:
        raise UsageError(f"{option_} knows no bundle for {platform}; {_expected(PLATFORMS)}")


def _require_build(platform: str | None, folder: str, format_: str) -> ExportPlatform:
    """Return the platform of a bundle to write; refuse what has no meaning for it."""
    if platform is None:
        raise UsageError(f"PLATFORM is missing; {_expected(EXPORT_PLATFORMS)}")
    if folder == "-":
        raise UsageError("--output -: a bundle is a folder and a ZIP; name a folder")
    if format_ not in EXPORT_FORMATS:
        raise UsageError(f"--format {format_} needs --check; pass {' or '.join(EXPORT_FORMATS)}")
    return cast("ExportPlatform", platform)


def _expected(platforms: Iterable[str]) -> str:
    return f"expected {alternatives(platforms)}"


def _written(found: ExportedBundle, output: str) -> str:
    """Return the message about the files that were written."""
    files, folder = count(len(found.files), "file"), visible_path(output)
    if found.upload is None:
        return f"wrote {files} to {folder}; some have the labels; README.md says what is next"
    return f"wrote {files} and {found.upload} to {folder}; they have the labels"


def _build(
    platform: ExportPlatform, output: str, source: _Source, *, force: bool
) -> ExportedBundle:
    """Write the bundle of a challenge, and report on its references."""
    from xacle_eval.cli.references import (
        about_default_challenge,
        named_references,
        reference_files,
        report_references,
    )
    from xacle_eval.hosting.exporting import export_bundle
    from xacle_eval.hosting.hosted import load_phase_references
    from xacle_eval.hosting.own_texts import OwnTexts
    from xacle_eval.io.folders import require_replaceable

    loaded = open_challenge(source.challenge)
    others = references_by_split(source.references_of)
    refuse_overwriting(
        {"--output": output},
        {
            **dict.fromkeys(source.texts.values(), "a page"),
            **dict.fromkeys(others.values(), "the reference file"),
            **reference_files(source.references, loaded),
        },
    )
    require_replaceable(output, kind=platform, force=force)
    own = OwnTexts.read(source.texts, source.contact)
    with about_default_challenge(loaded):
        truth = load_phase_references(loaded, named_references(source.references, loaded), others)
    used = {id(each): each for some in truth.values() for each in some.values()}
    report_references(used.values(), source.quiet)
    return export_bundle(platform, output, loaded, truth, own, force=force)


def _by_name(given: tuple[str, ...]) -> dict[str, str]:
    """Return the values of --text by page."""
    found: dict[str, str] = {}
    for value in given:
        name, mark, file = value.partition("=")
        if not mark or not name or not file:
            raise UsageError(f"--text {value}: expected PAGE=FILE, such as terms=terms.md")
        if name in found:
            raise UsageError(f"--text {value}: the page {name} is given twice")
        found[name] = file
    return found


def _check_only(bundle: str, platform: Platform | None, format_: str, *, strict: bool) -> int:
    """Check an existing bundle, print its findings and return the exit code."""
    from xacle_eval.hosting.lint.checking import check_bundle

    report = check_bundle(bundle, platform)
    write_bundle(format_, None, report, strict=strict)
    return 0 if report.passes(strict) else 1

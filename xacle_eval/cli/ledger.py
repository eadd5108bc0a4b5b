"""``xacle-eval ledger``: record uploads, and what counts, of a challenge without a platform."""

from __future__ import annotations

import os

import click

from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.ledger_options import (
    EntryNumber,
    intake_phase_option,
    ledger_files,
    ledger_option,
    open_ledger,
    phase_option,
    time_option,
)
from xacle_eval.cli.ledger_reads import (
    attempts_command,
    export_command,
    log_command,
    verify_command,
)
from xacle_eval.cli.ledger_rescore import rescore_command
from xacle_eval.cli.options import (
    Commands,
    Lines,
    any_path,
    argument_path,
    challenge_option,
    common_options,
    follow_links_option,
    format_option,
    open_challenge,
    option,
    refuse_overwriting,
)
from xacle_eval.cli.output import note
from xacle_eval.evaluation.ledger import Ledger
from xacle_eval.records.ledger.results import AddedUploads, LedgerEntry
from xacle_eval.records.ledger.times import exact_text, parse_time
from xacle_eval.reports.contained import Contents
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.reports.views.ledger import ledger_contents
from xacle_eval.text import count, listing, typed, visible, visible_path

__all__ = ["command"]

_MOST_NOTES = 10


@click.group("ledger", cls=Commands)
def command() -> None:
    """Record uploads, limits and corrections of a challenge without a platform.

    The ledger is one file with entries that are only added, each with the hash of the one before
    it, and a folder DB.files with the valid uploads. Boards of any date are made from it:
    leaderboard --ledger DB --as-of TIME. No command reads the clock.

    \b
    Examples:
      xacle-eval ledger init --challenge challenge.toml
      xacle-eval ledger add Kumo.zip --team Kumo --phase final -c challenge.toml
      xacle-eval ledger attempts --team Kumo -c challenge.toml
      xacle-eval leaderboard --ledger ledger.db --as-of 120 -c challenge.toml
    """


for each in (attempts_command, export_command, log_command, rescore_command, verify_command):
    command.add_command(each)


@command.command("init", short_help="Create a ledger for a challenge.")
@ledger_option
@time_option("When the ledger was created, for the log.")
@challenge_option
@common_options
def init(ledger: str, time: str | None, challenge: str, quiet: bool) -> int:
    """Create a ledger for a challenge; an existing file is never replaced.

    \b
    Example:
      xacle-eval ledger init --challenge challenge.toml
    """
    loaded = open_challenge(challenge)
    refuse_overwriting({"--ledger": ledger}, {})
    Ledger.init(ledger, loaded, time=time)
    note(f"created {visible_path(ledger)} for the challenge {visible(loaded.name, 60)}", quiet)
    return 0


@command.command("add", short_help="Check uploads and record them.")
@argument_path("uploads", many=True, metavar="UPLOAD...")
@ledger_option
@option(
    "--team",
    group="Input",
    metavar="TEAM",
    help="The team that sent the uploads. [default: the folder's name, or that of the label]",
)
@phase_option
@time_option("When the uploads arrived. [default: the time of each file]")
@follow_links_option
@option(
    "--exit-zero",
    group="Execution",
    rare=True,
    is_flag=True,
    help="Exit with 0 even if an upload is invalid or was not recorded.",
)
@format_option(TABLE_FORMATS)
@challenge_option
@common_options
def add(
    uploads: tuple[str, ...],
    ledger: str,
    team: str | None,
    phase: str | None,
    time: str | None,
    follow_links: bool,
    exit_zero: bool,
    format_: str,
    output: str | None,
    challenge: str,
    quiet: bool,
) -> int:
    """Check uploads and record them, with their hashes and times.

    UPLOAD is a prediction file, a package (ZIP), or a folder of these, as for leaderboard. The
    same bytes of a team in a phase are one entry, however often they are added, unless the team
    sent them again after a newer version, a withdrawal or a refusal. Uploads outside the phase or
    over a limit are recorded and marked. The exit code is 1 if an upload is invalid, or a file of a
    folder was not recorded.

    \b
    Examples:
      xacle-eval ledger add Kumo.zip --team Kumo --phase final -c challenge.toml
      xacle-eval ledger add Kumo_01.csv --time 2026-11-20T18:00:00+09:00
      xacle-eval ledger add inbox/
    """
    loaded = open_challenge(challenge)
    refuse_overwriting(
        {"--output": output}, {**dict.fromkeys(uploads, "an upload"), **ledger_files(ledger)}
    )
    found = open_ledger(ledger, loaded).add(
        *uploads, team=team, phase=phase, time=time, follow_links=follow_links
    )
    write_tables(format_, output, Contents(*ledger_contents(found)))
    _note_file(found, output, quiet)
    _note_uploads(found, quiet)
    if time is not None:
        _note_other_times(found, parse_time(time), quiet)
    failed = bool(found.skipped) or not all(one.valid for one in found.uploads)
    return 1 if failed and not exit_zero else 0


def _note_file(found: AddedUploads, output: str | None, quiet: bool) -> None:
    """Say what was written to a file; the title of a table on the screen says it."""
    if output is not None:
        new = sum(one.new for one in found.uploads)
        note(f"{count(new, 'new entry', 'new entries')}: see {visible_path(output)}", quiet)


def _note_uploads(found: AddedUploads, quiet: bool) -> None:
    """Say where to read why uploads are invalid, which were sent again, and which have changed."""
    invalid = [one for one in found.uploads if one.new and not one.valid]
    for one in invalid[:_MOST_NOTES]:
        codes = listing(one.findings, 5)
        path = visible_path(typed(one.path))
        note(f"{path} is invalid ({codes}); see: xacle-eval validate {path}", quiet)
    if len(invalid) > _MOST_NOTES:
        note(f"{count(len(invalid) - _MOST_NOTES, 'more invalid upload')}", quiet)
    repeated = [one for one in found.uploads if one.repeats is not None]
    for one in repeated[:_MOST_NOTES]:
        path = visible_path(typed(one.path))
        note(
            f"{path} is a new upload, entry {one.entry:,}, with the bytes of entry "
            f"{one.repeats:,}, which does not count; if that is wrong, use xacle-eval ledger "
            f"withdraw {one.entry} --time TIME",
            quiet,
        )
    if len(repeated) > _MOST_NOTES:
        note(f"{count(len(repeated) - _MOST_NOTES, 'more upload')} sent again", quiet)
    for change in found.changes[:_MOST_NOTES]:
        why = "an upload with an earlier time was added"
        if change.after == "another team's label":
            why = "the team that its label names has sent an upload now"
        note(
            f"entry {change.entry:,} of {visible(change.team, 60)}: {change.before} before, "
            f"{change.after} now, because {why}; tell the team",
            quiet,
        )
    if len(found.changes) > _MOST_NOTES:
        more = count(len(found.changes) - _MOST_NOTES, "more changed upload")
        note(f"{more}: see xacle-eval ledger log", quiet)


def _note_other_times(found: AddedUploads, time: str, quiet: bool) -> None:
    """Say that an upload that was recorded before keeps its time."""
    known = [one for one in found.uploads if not one.new and one.time != time]
    for one in known[:_MOST_NOTES]:
        offset = found.utc_offsets[one.phase]
        when = f"{exact_text(one.time, offset)} {offset}"
        path = visible_path(typed(one.path))
        note(
            f"{path} is entry {one.entry:,} already, and keeps its time: {when}; if it is wrong, "
            f"use xacle-eval ledger withdraw {one.entry} --time TIME, and add the upload again",
            quiet,
        )
    if len(known) > _MOST_NOTES:
        more = count(len(known) - _MOST_NOTES, "more upload")
        note(f"{more} in the ledger already, with other times", quiet)


def _note_late(opened: Ledger, added: LedgerEntry, quiet: bool) -> None:
    """Say that a correction is dated after the end of its phase."""
    phase = opened.challenge.phases.get(added.phase)
    if phase is not None and phase.closes is not None and added.time >= parse_time(phase.closes):
        note(
            f"warning: this is after the phase {added.phase} closed ({phase.closes.isoformat()}); "
            "it counts all the same",
            quiet,
        )


def _note_later(opened: Ledger, added: LedgerEntry, quiet: bool) -> None:
    """Say that a correction with a later time was recorded before, which counts instead."""
    log, about = opened.log(added.team, phase=added.phase), added.body.get("entry")
    later = [
        (each.time, each.entry)
        for each in log.entries
        if each.kind == added.kind and each.time > added.time and each.body.get("entry") == about
    ]
    if later:
        time, entry = max(later)
        offset = log.utc_offsets[added.phase]
        note(
            f"warning: entry {entry:,} has the later time {exact_text(time, offset)} {offset}, and "
            "counts from then on",
            quiet,
        )


@command.command("intake", short_help="Record the uploads of a folder and answer each.")
@argument_path("folder", metavar="FOLDER")
@ledger_option
@intake_phase_option
@option(
    "--replies",
    group="Output",
    type=any_path,
    metavar="DIR",
    help="Write the replies into this folder. [default: DB.replies]",
)
@format_option(TABLE_FORMATS)
@challenge_option
@common_options
def intake(
    folder: str,
    ledger: str,
    phase: str | None,
    replies: str | None,
    format_: str,
    output: str | None,
    challenge: str,
    quiet: bool,
) -> int:
    """Check and record all uploads of a folder, and write a reply for each; made for cron.

    FOLDER has the uploads, such as FOLDER/TEAM/FILE. DIR has a folder for each of them, with
    reply.txt, to be mailed to the team, and receipt.json. No reply depends on a label. Uploads that
    have a reply are left alone. A file that is not recorded, such as a spreadsheet, has a reply
    too, or a note.txt for you. With --quiet, only new uploads and new problems are shown, and
    nothing if there are none. Give a file a name that starts with . or _ until it is complete. The
    exit code is 0 also if an upload is invalid.

    \b
    Example:
      xacle-eval ledger intake inbox/
    """
    refuse_overwriting(
        {"--output": output, "--replies": replies}, {folder: "an upload", **ledger_files(ledger)}
    )
    found = open_ledger(ledger, challenge).intake(folder, phase=phase, replies=replies)
    new = tuple(one for one in found.uploads if one.new)
    problems = tuple(one for one in found.skipped if one.new)
    shown = found.model_copy(update={"uploads": new, "skipped": problems}) if quiet else found
    # Cron mails every output.
    if new or problems or not quiet or output is not None or format_ != "text":
        write_tables(format_, output, Contents(*ledger_contents(shown)))
    # A changed upload has been answered already, so that it is never silent.
    _note_uploads(found, quiet and not found.changes)
    _note_file(found, output, quiet)
    return 0


@command.command("withdraw", short_help="Record that an upload is withdrawn.")
@click.argument("entry", type=EntryNumber(), metavar="ENTRY")
@ledger_option
@time_option("When the team withdrew the upload.", required=True)
@option("--reason", group="Input", type=Lines(), default="", help="A remark for the log.")
@option("--undo", group="Input", is_flag=True, help="The upload is no longer withdrawn.")
@challenge_option
@common_options
def withdraw(
    entry: int, ledger: str, time: str, reason: str, undo: bool, challenge: str, quiet: bool
) -> int:
    """Record that an upload is withdrawn; ENTRY is its number.

    The entry of the upload stays, and the upload stays an attempt, but it no longer counts.

    \b
    Example:
      xacle-eval ledger withdraw 12 --time 2026-11-20T18:00:00+09:00
    """
    opened = open_ledger(ledger, challenge)
    added = opened.withdraw(entry, time=time, reason=reason, undo=undo)
    state = "no longer withdrawn" if undo else "withdrawn"
    uploads = opened.log(added.team, phase=added.phase).entries
    file = visible(next(each.body["file"] for each in uploads if each.entry == entry))
    team = visible(added.team, 60)
    note(f"{state}: {file} of {team}, entry {entry:,} (recorded as entry {added.entry:,})", quiet)
    _note_late(opened, added, quiet)
    _note_later(opened, added, quiet)
    return 0


@command.command("select", short_help="Record the final systems of a team.")
@click.argument("systems", type=Lines(), nargs=-1, metavar="[SYSTEM...]")
@ledger_option
@option("--team", group="Input", metavar="TEAM", required=True, help="The team.")
@phase_option
@time_option("When the team named its systems.", required=True)
@challenge_option
@common_options
def select(
    systems: tuple[str, ...],
    ledger: str,
    team: str,
    phase: str | None,
    time: str,
    challenge: str,
    quiet: bool,
) -> int:
    """Record the final systems of a team, at most final_systems of the phase.

    SYSTEM is the label of a system that counts at this time. The selection with the latest time
    replaces the others; one without SYSTEM removes it, and then the newest systems count. A
    selection after the end of the phase is recorded with a warning.

    \b
    Example:
      xacle-eval ledger select Kumo_02 --team Kumo --time 2026-11-20T18:00:00Z
    """
    opened = open_ledger(ledger, challenge)
    added = opened.select(*systems, team=team, time=time, phase=phase)
    names = listing(map(visible, added.body["systems"]), 10) or "no systems"
    note(f"{visible(team, 60)} selected {names}: entry {added.entry:,}", quiet)
    _note_late(opened, added, quiet)
    _note_later(opened, added, quiet)
    return 0


@command.command("import", short_help="Add entries that another ledger exported.")
@argument_path("lines", metavar="LINES.jsonl")
@ledger_option
@challenge_option
@common_options
def import_(lines: str, ledger: str, challenge: str, quiet: bool) -> int:
    """Add the exported entries that follow those of a ledger.

    The first lines must be the entries that the ledger has. If there is no ledger, it is created.
    Nothing is imported if a line is invalid or the chain is broken. The files of the uploads are
    not in the lines: copy the folder DB.files, or add the uploads again.

    \b
    Example:
      xacle-eval ledger import ledger.jsonl --ledger copy.db
    """
    loaded = open_challenge(challenge)
    before = open_ledger(ledger, loaded).head()[0] if os.path.lexists(ledger) else 0
    opened = Ledger.import_(lines, ledger, loaded)
    entries = count(opened.head()[0] - before, "entry", "entries")
    note(f"imported {entries} into {visible_path(ledger)}", quiet)
    missing = opened.store.missing(
        each.sha256 for each in opened.log().entries if each.kind == "valid"
    )
    if missing:
        note(
            f"{count(missing, 'file is', 'files are')} missing: copy the folder of the other "
            f"ledger to {visible_path(f'{ledger}.files')}, or add the uploads again",
            quiet,
        )
    return 0

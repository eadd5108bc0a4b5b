"""The intake of a folder: the phase of each upload, its team, and files that are not recorded."""

import os
import re
import shutil
import subprocess

import pytest

import xacle_eval as xe
from tests.cli.helpers import in_process
from tests.helpers import REPOSITORY
from tests.records.ledger.helpers import make_challenge, make_ledger, make_upload
from tests.records.ledger.test_replies import pack, put
from xacle_eval.records.ledger.adding import upload_hash

NOON = "2026-11-16T12:00:00+09:00"
REASONS = {
    "a.xlsx": ("it is a spreadsheet", "send the CSV file"),
    "b.rar": ("it is an archive, but not a ZIP", "Send the files as a ZIP"),
    "c.tar.gz": ("it is an archive, but not a ZIP", "Send the files as a ZIP"),
    "d.pdf": ("it has no predictions", "Send it in a ZIP"),
    "e.docx": ("it is not a prediction file and not a ZIP", "send them as CSV or in a ZIP"),
    "f/g/": ("it is a folder that is too deep", "without folders around them"),
    "link.csv": ("it is a symbolic link, which is not followed", "Send the file itself"),
}


def make_inbox(folder):
    """Write files that are no submissions into the folder of a team; return the inbox."""
    team = folder / "inbox/Kumo"
    team.mkdir(parents=True)
    for name in REASONS:
        if name.endswith("/"):
            (team / name).mkdir(parents=True)
        elif name != "link.csv":
            (team / name).write_bytes(b"PK\x03\x04")
    (team / "link.csv").symlink_to("/etc/passwd")
    (team / "README.md").write_text("Our system.\n")
    make_upload(team.parent / "lost.csv", 1)
    return team.parent


def test_a_file_that_is_not_recorded_is_answered_once(tmp_path):
    """The team is told what its file is and what to send; a file without a team has a note for the
    organisers, and one that no submission needs has nothing.
    """
    ledger, inbox = make_ledger(tmp_path), make_inbox(tmp_path)
    found = ledger.intake(inbox, phase="final")
    assert (found.uploads, ledger.head()[0]) == ((), 1)
    skipped = {one.path.partition("inbox/")[2].removeprefix("Kumo/"): one for one in found.skipped}
    replies = tmp_path / "ledger.db.replies"
    for name, (reason, advice) in REASONS.items():
        one = skipped.pop(name)
        assert (one.team, one.new, reason in one.reason) == ("Kumo", True, True)
        text = (tmp_path / one.reply).read_text(encoding="utf-8")
        assert f"Your upload {name} has arrived, but it was not recorded." in text
        assert f"Reason: {reason}" in text
        assert advice in text
        assert "It does not use up any of your uploads." in text
    assert {name: (one.team, one.new, one.reply) for name, one in skipped.items()} == {
        "README.md": ("Kumo", False, None),
        "lost.csv": ("", True, None),
    }
    (note,) = replies.glob("*/note.txt")
    assert "neither a folder nor a label names its team" in note.read_text(encoding="utf-8")
    written = {path: path.read_bytes() for path in replies.rglob("*.txt")}
    again = ledger.intake(inbox, phase="final")
    assert not any(one.new for one in again.skipped)
    assert {path: path.read_bytes() for path in replies.rglob("*.txt")} == written
    (inbox / "Kumo/a.xlsx").write_bytes(b"another one")
    (new,) = [one for one in ledger.intake(inbox, phase="final").skipped if one.new]
    assert new.path.endswith("Kumo/a.xlsx")
    assert len(list(replies.rglob("*.txt"))) == len(written) + 1


def test_each_upload_is_of_the_phase_that_was_open(tmp_path):
    """Without a phase, the time decides; with none open, an upload is late in the phase that closed
    last, or else early in the one that opens next. What another phase has is not recorded twice.
    """
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    put(inbox / "Kumo/Kumo_01.csv", "2026-10-31T23:59:59", 1)
    put(inbox / "Kumo/Kumo_02.csv", "2026-11-14T23:59:59", 2)
    put(inbox / "Kumo/Kumo_03.csv", "2026-11-15T00:00:00", 3)
    put(inbox / "Kumo/Kumo_04.csv", "2026-11-22T00:00:00", 4)
    found = ledger.intake(inbox)
    assert [(one.phase, one.status) for one in found.uploads] == [
        ("validation", "early"), ("validation", "counts"), ("final", "counts"), ("final", "late"),
    ]  # fmt: skip
    early, _, _, late = (
        (tmp_path / one.reply).read_text(encoding="utf-8") for one in found.uploads
    )
    assert "2026-11-01 00:00:00 +09:00 on; this one counts if you send it again then." in early
    assert "It was sent after the phase closed, so it does not count." in late
    again = ledger.intake(inbox, phase="validation")
    assert [(one.entry, one.new) for one in again.uploads] == [(2, False), (3, False)]
    assert [one.reply for one in again.skipped] == [None, None]
    assert "it is entry 4 of the phase final already" in again.skipped[0].reason
    # What is recorded stays in its phase, also when the phases have moved.
    task = tmp_path / "task/challenge.toml"
    text = task.read_text(encoding="utf-8").replace("2026-11-15T", "2026-11-14T")
    task.write_text(text, encoding="utf-8")
    last = xe.Ledger(ledger.path, task).intake(inbox)
    assert [(one.entry, one.new, one.phase, one.status) for one in last.uploads] == [
        (2, False, "validation", "early"), (3, False, "validation", "late"),
        (4, False, "final", "counts"), (5, False, "final", "late"),
    ]  # fmt: skip


def test_phases_that_close_together_need_a_name(tmp_path):
    """If two phases closed last, or open next, a late or early upload waits until one is named."""
    days = "opens = 2026-11-02T00:00:00Z\ncloses = 2026-11-09T00:00:00Z\n"
    phases = "".join(f"\n[phases.{name}]\nsplit = 'test'\n{days}" for name in ("one", "two"))
    ledger, inbox = make_ledger(tmp_path, phases), tmp_path / "inbox"
    put(inbox / "Kumo/Kumo_01.csv", "2026-11-01T09:00:00", 1)
    put(inbox / "Kumo/Kumo_02.csv", "2026-11-20T09:00:00", 2)
    early, late = ledger.intake(inbox).skipped
    assert "2 phases open next after 2026-11-01 00:00:00 +00:00: one, two. Name one" in early.reason
    assert "2 phases closed last before 2026-11-20 00:00:00 +00:00: one, two" in late.reason
    assert (early.reply, late.reply, ledger.head()[0]) == (None, None, 1)
    found = ledger.intake(inbox, phase="two").uploads
    assert [one.status for one in found] == ["early", "late"]


def test_several_open_phases_need_a_name(tmp_path):
    """If two phases are open at the time of an upload, it waits until one is named."""
    phases = "\n[phases.one]\nsplit = 'test'\n\n[phases.two]\nsplit = 'test'\n"
    ledger, inbox = make_ledger(tmp_path, phases), tmp_path / "inbox"
    put(inbox / "Kumo/Kumo_01.csv", "2026-11-02T10:00:00")
    (one,) = ledger.intake(inbox).skipped
    assert "2 phases were open at 2026-11-02 01:00:00 +00:00: one, two. Name one" in one.reason
    assert (one.reply, ledger.head()[0]) == (None, 1)
    assert ledger.intake(inbox, phase="two").uploads[0].phase == "two"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrong.xlsx", "wrong.xlsx was not recorded: it is a spreadsheet"),
        ("notes.txt", "notes.txt was not recorded: it is not a prediction file and not a ZIP"),
        ("nolabel.csv", "neither a folder nor a label names its team. .* --team"),
        ("several.zip", "neither a folder nor a label names its team"),
        ("damaged.zip", "neither a folder nor a label names its team"),
    ],
)
def test_a_named_file_needs_a_team_and_predictions(tmp_path, name, message):
    """A file that is no submission, or names no team, is refused before anything is recorded."""
    ledger = make_ledger(tmp_path)
    good = make_upload(tmp_path / "Kumo_01.csv", 1)
    file = make_upload(tmp_path / name, 2)
    if name == "several.zip":
        pack(file, good, make_upload(tmp_path / "Mozu_01.csv", 2))
    with pytest.raises(xe.UsageError, match=message):
        ledger.add(good, file, phase="final")
    assert ledger.head()[0] == 1
    if name in ("nolabel.csv", "several.zip"):
        assert ledger.add(file, phase="final", team="Kumo").uploads[0].team == "Kumo"


def test_the_labels_in_a_package_name_its_team(tmp_path):
    """The name of a ZIP is not a team; a copy such as Kumo_01 (1).csv is of the team Kumo."""
    ledger = make_ledger(tmp_path)
    file = make_upload(tmp_path / "Kumo_01.csv", 1)
    package = pack(tmp_path / "upload.zip", file)
    copy = tmp_path / "Kumo_02 (1).csv"
    make_upload(copy, 2)
    found = ledger.add(package, copy, phase="final", time="2026-11-16T12:00:00+09:00")
    assert {one.team for one in found.uploads} == {"Kumo"}


def test_quiet_intake_prints_only_what_is_new(tmp_path):
    """Cron mails every output, so there is none if no upload and no problem is new."""
    make_challenge(tmp_path / "task")
    inbox = make_inbox(tmp_path)
    put(inbox / "Kumo/Kumo_01.csv", "2026-11-16T12:00:00")

    def run(*words):
        return in_process("ledger", *words, "-c", "task/challenge.toml", cwd=tmp_path)

    assert run("init").code == 0
    words = ("intake", "inbox", "--phase", "final", "-q")
    first = run(*words)
    assert (first.code, first.err) == (0, "")
    assert "Kumo_01.csv" in first.out
    assert "a.xlsx" in first.out
    assert "README.md" not in first.out
    again = run(*words)
    assert (again.code, again.out, again.err) == (0, "", "")
    put(inbox / "Mozu/Mozu_01.csv", "2026-11-17T12:00:00", 2)
    third = run(*words, "-f", "csv").out.splitlines()
    assert [line.partition("inbox/")[2].partition(",")[0] for line in third[1:]] == [
        "Mozu/Mozu_01.csv"
    ]
    assert "Kumo_01.csv" in run(*words[:-1]).out


@pytest.mark.skipif(shutil.which("awk") is None, reason="awk is not installed")
def test_the_documented_loop_mails_each_reply_once(tmp_path):
    """The loop of the documentation mails only replies that were not sent, to the right address."""
    ledger, inbox = make_ledger(tmp_path), make_inbox(tmp_path)
    put(inbox / "Mozu/Mozu_01.csv", "2026-11-16T12:00:00", 2)
    ledger.intake(inbox, phase="final")
    text = (REPOSITORY / "docs/organisers-ledger.md").read_text(encoding="utf-8")
    (loop,) = (block for block in text.split("```bash\n") if block.startswith("for answer in"))
    loop = loop.partition("```")[0]
    (tmp_path / "addresses.csv").write_text("Kumo,kumo@team.example\nHibari,h@team.example\n")
    program = tmp_path / "bin/mail"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@" >> sent.log\nhead -n 1 >> sent.log\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"

    def mail():
        subprocess.run(["sh", "-c", loop], cwd=tmp_path, env={"PATH": path}, check=True)
        return (tmp_path / "sent.log").read_text().splitlines()

    sent = mail()
    assert len(sent) == 2 * len(REASONS)
    assert set(sent[::2]) == {"-s Your upload kumo@team.example"}
    assert all(line.startswith("Your upload ") for line in sent[1::2])
    assert mail() == sent  # once each
    with (tmp_path / "addresses.csv").open("a") as file:
        file.write("Mozu,mozu@team.example\n")
    assert mail()[len(sent) :] == [
        "-s Your upload mozu@team.example", "Your upload Mozu_01.csv has arrived."
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda file: file.unlink(), "cannot read .*Kumo_01.csv: No such file"),
        (lambda file: make_upload(file, 2), "changed while it was recorded as entry 2"),
    ],
)
def test_a_file_that_changes_before_its_reply(tmp_path, monkeypatch, change, reason):
    """Its reply would describe other bytes, so it has none yet; the other uploads are answered."""
    ledger = make_ledger(tmp_path)
    file = make_upload(tmp_path / "inbox/Kumo/Kumo_01.csv", 1)
    make_upload(tmp_path / "inbox/Suzume/Suzume_01.csv", 3)
    digest = ledger.add(file, phase="final", time=NOON).uploads[0].sha256

    def hash_and_change(upload):
        if upload.team != "Kumo":
            return upload_hash(upload)
        change(file)
        return digest

    monkeypatch.setattr("xacle_eval.records.ledger.adding.upload_hash", hash_and_change)
    found = ledger.intake(tmp_path / "inbox", phase="final")
    assert {one.team: one.reply is None for one in found.uploads} == {"Kumo": True, "Suzume": False}
    (skipped,) = found.skipped
    assert re.search(reason, skipped.reason)
    assert ledger.verify().valid

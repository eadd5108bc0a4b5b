"""A small challenge with phases, uploads for it, and a ledger of them."""

import concurrent.futures.thread  # noqa: F401 -- which a user without rights may not find
import os
import sqlite3

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA, make_submission

PAIRS = [f"{number:03d}.wav" for number in range(1, 25)]
PHASES = """
[phases.validation]
title = "Validation phase"
split = "test"
opens = 2026-11-01T00:00:00+09:00
closes = 2026-11-15T00:00:00+09:00
valid_per_day = 2
valid_total = 5
all_per_day = 4

[phases.final]
split = "test"
opens = 2026-11-15T00:00:00+09:00
closes = 2026-11-22T00:00:00+09:00
final_systems = 2
"""


def make_challenge(folder, phases=PHASES):
    """Write the example challenge with phases, beside its ratings; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (DATA / "example/challenge.toml").read_text(encoding="utf-8")
    text = text.replace("systems_per_team = 2", "systems_per_team = 20")
    (folder / "challenge.toml").write_text(text + phases, encoding="utf-8")
    for name in ("ratings.csv", "approved.csv"):
        (folder / name).write_bytes((DATA / "example" / name).read_bytes())
    return folder / "challenge.toml"


def make_upload(path, seed, valid=True):
    """Write a prediction file that depends on its seed; an invalid one lacks the last pair."""
    values = np.random.default_rng(seed).uniform(0, 10, len(PAIRS)).round(3)
    rows = dict(zip(PAIRS, values.tolist(), strict=True))
    if not valid:
        rows.popitem()
    return make_submission(path, rows)


def make_ledger(folder, phases=PHASES):
    """Create a ledger for the challenge with phases."""
    challenge = make_challenge(folder / "task", phases)
    return xe.Ledger.init(folder / "ledger.db", challenge)


def send(ledger, folder, label, time, *, seed=0, phase="final", valid=True):
    """Add an upload of the team in the label; return what was added."""
    file = make_upload(folder / f"{label}.csv", seed, valid)
    return ledger.add(file, phase=phase, time=time).uploads[0]


def statuses(ledger, **options):
    """Return the status of each upload by its entry."""
    entries = ledger.log(**options).entries
    return {each.entry: each.status for each in entries if each.status is not None}


def assert_unusable(ledger, entry):
    """Assert that every verb but `verify` refuses a ledger, and names its first or last entry."""
    for work in (
        ledger.log,
        ledger.attempts,
        lambda: ledger.select(team="Kumo", phase="final", time="2026-11-16T12:00:00+09:00"),
    ):
        with pytest.raises(xe.UsageError, match=f"the {entry} entry of .*ledger verify lists"):
            work()


def change(path, *statements):
    """Change the table as somebody who removes the triggers first; return nothing."""
    connection = sqlite3.connect(path)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    kept = triggers.fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in kept:
        connection.execute(sql)
    connection.commit()
    connection.close()


def in_a_process(work):
    """Return the text that a function returns in a process of its own."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writer, work().encode())
        except BaseException as error:  # noqa: BLE001 -- shown by the parent
            os.write(writer, repr(error).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    os.waitpid(pid, 0)
    return text


def give_up_rights():
    """Go on as a user without rights, if the tests run as root."""
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)

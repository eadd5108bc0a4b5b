"""Wrong arguments of the ledger's methods are typed errors, and nothing is recorded."""

import inspect
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from pathlib import Path

import click
import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import in_process
from tests.helpers import DATA
from tests.records.ledger.helpers import PHASES, make_ledger, make_upload, send
from xacle_eval.cli.ledger import command as ledger_command
from xacle_eval.records.ledger.times import end_of_day, next_day, parse_time

NOON = "2026-11-16T12:00:00+09:00"
RATINGS = DATA / "example/ratings.csv"
# Objects that no argument takes, but for those of TAKEN.
WRONG = {
    "None": None,
    "True": True,
    "0": 0,
    "-1": -1,
    "a huge number": 10**5_000,
    "a fraction": 1.5,
    "not a number": float("nan"),
    "bytes": b"2026",
    "a list": [[]],
    "a dict": {"a": 1},
    "a naive datetime": datetime(2026, 11, 20),
    "a datetime without an offset": datetime(2026, 11, 20, tzinfo=tzinfo()),
    "a datetime before the year 1": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    "an object": object(),
    "a class": dict,
    "a lone surrogate": "\udcff",
    "a null character": "a\x00b",
    "a folder": Path("empty"),
}
# None is taken where it is the default, and these.
TAKEN = {
    "add follow_links": {"True"},
    "attempts team": {"a null character"},
    "export path": {"a lone surrogate"},
    "import_ path": {"a lone surrogate"},
    "init path": {"a lone surrogate"},
    "intake folder": {"a folder"},
    "intake replies": {"a folder", "a lone surrogate"},
    "log team": {"a null character"},
    "open_report follow_links": {"True"},
    "rescore references": {"None"},  # those that the challenge file names
    "withdraw undo": {"True"},
}
# What xe.leaderboard and xe.report check themselves; a few objects show that they are asked.
PASSED_ON = {
    "references", "before", "by", "bootstrap", "screenings", "by_column", "references_of",
    "rank_suspicious", "progress", "paths",
}  # fmt: skip
FEW = ("-1", "a list", "an object")


def arguments(folder):
    """Return valid arguments of every method; those of ``*name`` are a list."""
    final = {"phase": "final", "as_of": "2026-11-22"}
    board = {"references": RATINGS, **final, "part": "all"}
    more = {"screenings": (), "references_of": None, "rank_suspicious": False}
    challenge = folder / "task/challenge.toml"
    return {
        "__init__": {"path": folder / "ledger.db", "challenge": challenge},
        "init": {"path": folder / "new.db", "challenge": challenge, "time": NOON},
        "import_": {
            "lines": folder / "lines.jsonl",
            "path": folder / "ledger.db",
            "challenge": challenge,
        },
        "add": {
            "uploads": [folder / "Kumo_01.csv"],
            "team": "Kumo",
            "phase": "final",
            "time": NOON,
            "follow_links": False,
        },
        "intake": {"folder": folder / "inbox", "phase": "final", "replies": folder / "replies"},
        "withdraw": {"entry": 2, "time": NOON, "reason": "", "undo": False},
        "select": {"systems": ["Suzume_01"], "team": "Suzume", "time": NOON, "phase": "final"},
        "attempts": {"team": "Kumo", **final},
        "log": {"team": "Kumo", **final},
        "verify": {"heads": []},
        "export": {"path": folder / "export.jsonl"},
        "submissions": final,
        "counted": final,
        "none_counts": final,
        "versions": final,
        "is_open": {**final, "part": "all"},
        "open_phases": {**final, "part": "all"},
        "time_of": final,
        "limits_of_pages": {**final, "part": "all"},
        "phase_challenge": {"phase": "final", "part": "all"},
        "leaderboard": {
            **board, **more, "by": "system", "bootstrap": None, "by_column": None, "progress": iter,
        },
        "rescore": {**board, "before": RATINGS, "by": "team", "time": NOON},
        "history": {**board, "rank_suspicious": False, "board": None},
        "report": {**board, **more, "bootstrap": 50},
        "open_report": {**board, "paths": [], "references_of": None, "follow_links": False},
        "report_phase": {**final, "part": "all"},
    }  # fmt: skip


@cache
def opened(folder):
    """Return the ledger in a folder."""
    return xe.Ledger(folder / "ledger.db", folder / "task/challenge.toml")


@cache
def full_report(folder):
    """Return the report of the ledger in a folder."""
    return opened(folder).report(RATINGS, phase="final", as_of="2026-11-22", bootstrap=50)


def call(folder, name, given):
    """Call a method with valid arguments but for the given ones."""
    method = xe.Ledger
    if name not in ("__init__", "init", "import_"):
        method = opened(folder)
    method = method if name == "__init__" else getattr(method, name)
    values = arguments(folder).get(name, {}) | given
    if name == "with_history":
        values = {"full": full_report(folder), **arguments(folder)["history"], **given}
        values.pop("board")
    positional = []
    for each in inspect.signature(method).parameters.values():
        if each.kind is each.VAR_POSITIONAL:
            positional += values.pop(each.name)
        elif each.kind is each.POSITIONAL_OR_KEYWORD:
            positional.append(values.pop(each.name))
    return method(*positional, **values)


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory):
    """Two folders, each with a ledger of two uploads, an inbox and exported lines."""
    found = []
    for name in ("valid", "wrong"):
        folder = tmp_path_factory.mktemp(name)
        ledger = make_ledger(folder)
        for number, label in enumerate(("Kumo_01", "Suzume_01")):
            send(ledger, folder, label, NOON, seed=number)
        make_upload(folder / "inbox/Hibari/Hibari_01.csv", 3)
        ledger.export(folder / "lines.jsonl")
        for each in ("empty", "replies"):
            (folder / each).mkdir()
        found.append(folder)
    return found


def parameters():
    """Return each method of the ledger with each of its parameters, by introspection."""
    found = []
    for name, method in inspect.getmembers(xe.Ledger, callable):
        if name == "__init__" or not name.startswith("_"):
            signature = inspect.signature(method)
            found += [(name, each) for each in signature.parameters.values() if each.name != "self"]
    return found


def refused(folder, name, given):
    """Return whether a call with the given arguments is a typed error."""
    try:
        call(folder, name, given)
    except xe.XacleEvalError as error:
        return bool(str(error))
    return False


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", sorted({name for name, _ in parameters()}))
def test_wrong_arguments(ledgers, name, monkeypatch):
    """One wrong argument among valid ones is a typed error, and the ledger is as before."""
    valid, folder = ledgers
    monkeypatch.chdir(folder)
    call(valid, name, {})
    ledger = opened(folder)
    before = ledger.lines(), sorted(folder.glob("*"))
    for method, parameter in parameters():
        key = parameter.name
        several = parameter.kind is parameter.VAR_POSITIONAL
        for label in FEW if key in PASSED_ON else WRONG:
            value = WRONG[label]
            taken = TAKEN.get(f"{name} {key}", set()) | (
                {"None"} if parameter.default is None else set()
            )
            if method == name and label not in taken:
                given = {key: [value] if several else value}
                assert refused(folder, name, given), f"{name}({key}={label})"
    assert (ledger.lines(), sorted(folder.glob("*"))) == before
    assert ledger.verify().valid


# Options that have another name in Python, and those of the terminal and of the opened ledger.
RENAMED = {"head": "heads"}
TERMINAL = {
    "allow_code", "challenge", "debug", "exit_zero", "format_", "ledger", "output", "quiet",
    "write_head",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ledger_command.commands))
def test_methods_are_the_commands(name):
    """Each command is a method whose arguments have the same names, in the same order."""
    method = getattr(xe.Ledger, {"import": "import_"}.get(name, name))
    parameters = inspect.signature(method).parameters
    given = [each for each in ledger_command.commands[name].params if each.name not in TERMINAL]
    names = [RENAMED.get(each.name, each.name) for each in given]
    assert set(names) <= set(parameters)
    words = [each.name for each in given if isinstance(each, click.Argument)]
    assert words == [each for each in parameters if each != "self"][: len(words)]


def test_numbers_of_numpy(tmp_path):
    """The number of an entry may come from a data frame."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", NOON)
    number = ledger.to_frame()["entry"].to_numpy()[-1]
    assert isinstance(number, np.integer)
    assert ledger.log(as_of=number).entries == ledger.log(as_of=2).entries
    assert ledger.verify([(number, ledger.head()[1])]).valid
    assert ledger.withdraw(number, time=NOON, undo=np.False_).body["entry"] == 2
    assert ledger.verify().valid


@pytest.mark.parametrize(
    "words",
    [
        ("log", "--team", "\udcff"),
        ("attempts", "--team", "\udcff"),
        ("select", "--team", "\udcff", "--phase", "final", "--time", NOON),
        ("select", "--team", "a\nb", "--phase", "final", "--time", NOON),
        ("add", "Kumo_01.csv", "--team", "\udcff", "--phase", "final"),
    ],
)
def test_the_name_of_a_team_on_the_command_line(ledgers, words):
    """Bytes that are not UTF-8, and invisible characters, are errors about the team."""
    folder, team = ledgers[1], words[words.index("--team") + 1]
    before = (folder / "lines.jsonl").read_text(encoding="ascii").splitlines(keepends=True)
    done = in_process("ledger", *words, "--challenge", "task/challenge.toml", cwd=folder)
    assert done.code == 2
    assert done.err.startswith(f"error: the team {team!r}")
    assert opened(folder).lines() == before


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Thu, 12 Nov 2026 10:00:00 +0900", "2026-11-12T01:00:00Z"),
        ("Date: Thu, 12 Nov 2026 10:00:00 +0900 (JST)", "2026-11-12T01:00:00Z"),
        ("Date: Thu,\r\n 12 Nov 2026 10:00:00 -0330\r\n", "2026-11-12T13:30:00Z"),
        ("2 dec 2026 09:00 gmt", "2026-12-02T09:00:00Z"),
        ("2026-11-12t10:00:00z", "2026-11-12T10:00:00Z"),
    ],
)
def test_the_time_of_a_mail(text, stored):
    """The Date line of a mail is a time, and a Z in lower case is a time zone."""
    assert parse_time(text) == stored


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Thu, 12 Nov 2026 10:00:00 -0000", "has no time zone"),
        ("Thu, 12 Nov 2026 10:00:00 JST", "has no time zone"),
        ("Thu, 12 Nov 2026 10:00:00", "has no time zone"),
        ("Fri, 12 Nov 2026 10:00:00 +0900", "2026-11-12 is a Thursday"),
        ("Thu, 31 Nov 2026 10:00:00 +0900", "expected a date and time"),
        ("Thu, 12 Nov 2026 10:00:00 +9900", "expected a date and time"),
        ("Thu, 12 Nov 26 10:00:00 +0900", "expected a date and time"),
        ("Mon, 01 Jan 0001 00:00:00 +0900", "expected a date and time"),
    ],
)
def test_mails_whose_time_is_unknown(text, message):
    """-0000 says that the zone is unknown (RFC 5322); dates that do not exist are errors."""
    with pytest.raises(xe.UsageError, match=message):
        parse_time(text)


def test_the_last_day_of_the_calendar(tmp_path):
    """After 9999-12-31 there is no next day: a team that has used it up has no free time."""
    assert next_day("9999-12-31", UTC) is None
    assert next_day("9999-12-30", UTC) == "9999-12-31T00:00:00Z"
    assert end_of_day("9999-12-31", UTC) == "9999-12-31T23:59:59Z"
    ledger = make_ledger(tmp_path, PHASES + "[phases.always]\nsplit = 'test'\nall_per_day = 1\n")
    last = "9999-12-31T23:59:59Z"
    send(ledger, tmp_path, "Kumo_01", last, phase="always")
    send(ledger, tmp_path, "Suzume_01", NOON, phase="always", seed=1)
    free = {each.team: each.next_free for each in ledger.attempts(phase="always").teams}
    assert free == {"Kumo": None, "Suzume": last}

"""The chain: every change of an entry is found, and the export can be checked without the tool."""

import hashlib
import json

import pytest

import xacle_eval as xe
from tests.records.ledger.helpers import assert_unusable, change, make_challenge, make_ledger, send
from xacle_eval.records.ledger.chain import Entry, body_text, faults, hash_of, line_of

NOON = "2026-11-16T12:00:00+09:00"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A ledger with four uploads; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("chain")
    made = make_ledger(folder)
    for number in range(4):
        send(made, folder, f"Kumo_{number:02d}", NOON, seed=number)
    return made


@pytest.fixture
def copy(ledger, tmp_path):
    """A copy of the ledger that a test may damage, without its files."""
    path = tmp_path / "copy.db"
    path.write_bytes(ledger.path.read_bytes())
    (tmp_path / "copy.db.files").symlink_to(ledger.store.folder)
    return xe.Ledger(path, ledger.challenge)


@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize("column", ["kind", "time", "team", "phase", "sha256", "body"])
def test_a_changed_value_names_its_row(copy, number, column):
    """Whichever column of whichever row is changed, the first, the last or another, is named."""
    value = {"kind": "invalid", "body": '{"file": "x"}'}.get(column, "2026-11-16T03:00:01Z")
    change(copy.path, f"UPDATE entries SET {column} = '{value}' WHERE sequence = {number}")  # noqa: S608
    found = copy.verify()
    assert not found.valid
    assert (number, "its content was changed after it was recorded") in {
        (one.entry, one.fault) for one in found.faults
    }


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["DELETE FROM entries WHERE sequence = 3"], 4),
        (["DELETE FROM entries WHERE sequence IN (2, 3)"], 4),
        (["DELETE FROM entries WHERE sequence = 1"], 2),
        (["UPDATE entries SET previous = 'x' WHERE sequence = 3"], 3),
        (["UPDATE entries SET sequence = 9 WHERE sequence = 5"], 9),
    ],
)
def test_removed_and_moved_rows_are_found(copy, statements, named):
    """A gap is the fault of the row after it."""
    change(copy.path, *statements)
    found = copy.verify()
    assert not found.valid
    assert named in {one.entry for one in found.faults}


def test_only_a_head_finds_a_chain_that_was_computed_again(copy):
    """Whoever computes all hashes again, or drops the last rows, is found by a published head."""
    head = copy.head()
    lines = copy.lines()
    change(copy.path, "DELETE FROM entries WHERE sequence = 5")
    assert copy.verify().valid
    assert [one.fault for one in copy.verify([head]).faults] == [
        "entry 5 of the given head does not exist"
    ]
    other = json.loads(lines[4])
    other["team"] = "Suzume"
    body = json.dumps(other["body"], sort_keys=True, separators=(",", ":"))
    entry = Entry(**{**other, "body": body}, hash="")
    entry = entry._replace(hash=hash_of(entry))
    values = ", ".join(f"'{each}'" if isinstance(each, str) else str(each) for each in entry)
    names = ", ".join(Entry._fields)
    change(copy.path, f"INSERT INTO entries ({names}) VALUES ({values})")  # noqa: S608
    assert copy.verify().valid
    assert [one.fault for one in copy.verify([head]).faults] == [
        "entry 5 does not have the hash of the given head"
    ]


def test_the_export_is_checked_with_sha256_alone(ledger):
    """Each line has the SHA-256 of the line above, as any program computes it."""
    last = ""
    for number, line in enumerate(ledger.lines(), 1):
        values = json.loads(line)
        assert (values["sequence"], values["previous"]) == (number, last)
        last = hashlib.sha256(line.rstrip("\n").encode()).hexdigest()
    assert ledger.head() == (5, last)


def test_an_intact_chain_has_no_fault():
    """The empty chain and a chain of one are intact."""
    assert list(faults([])) == []


def test_import_gives_the_same_ledger(ledger, tmp_path):
    """Exported lines make a ledger with the same lines; more lines are added to it."""
    lines = ledger.lines()
    part, whole = tmp_path / "part.jsonl", tmp_path / "whole.jsonl"
    part.write_text("".join(lines[:3]), encoding="utf-8")
    assert ledger.export(whole) == 5
    assert whole.read_text(encoding="utf-8") == "".join(lines)
    made = xe.Ledger.import_(part, tmp_path / "new.db", ledger.challenge)
    assert made.lines() == lines[:3]
    for _ in range(2):
        assert xe.Ledger.import_(whole, made.path, ledger.challenge).lines() == lines
    assert xe.Ledger.import_(part, made.path, ledger.challenge).lines() == lines
    assert {one.fault for one in made.verify().faults} == {
        "its file is missing; add the same upload again to restore it"
    }


def test_import_refuses_another_history(ledger, tmp_path):
    """Lines that differ from the ledger's are named by their entry, and nothing is added."""
    other = make_ledger(tmp_path)
    send(other, tmp_path, "Suzume_01", NOON, seed=9)
    before = other.lines()
    ledger.export(tmp_path / "lines.jsonl")
    with pytest.raises(xe.UsageError, match="differ from entry 2 on"):
        xe.Ledger.import_(tmp_path / "lines.jsonl", other.path, ledger.challenge)
    assert other.lines() == before


def chained_lines(entries):
    """Return the lines of entries with valid hashes, as somebody can write them by hand."""
    lines, last = [], ""
    for number, (kind, team, sha256, body) in enumerate(entries, 1):
        time = "2026-11-16T03:00:00Z"
        entry = Entry(number, kind, time, team, "final", sha256, body_text(body), last, "")
        lines.append(f"{line_of(entry)}\n")
        last = hash_of(entry)
    return "".join(lines)


CREATED = ("created", "", "", {"challenge": "example"})


def upload(team="Kumo", file="Kumo_01.csv", sha256="0" * 64):
    """Return a row of an upload."""
    return ("valid", team, sha256, {"file": file, "systems": []})


def withdrawal(entry, team="Kumo"):
    """Return a row of a withdrawal."""
    return ("withdrawal", team, "", {"entry": entry, "withdrawn": True, "reason": ""})


BY_HAND = [
    ([upload(sha256="../secret.csv")], "line 2: its sha256 is invalid"),
    ([upload(sha256="A" * 64)], "line 2: its sha256 is invalid"),
    ([upload(sha256="")], "line 2: its sha256 is invalid"),
    ([upload(file="../../evil.csv")], "line 2: its body has no valid file"),
    ([upload(file="..")], "line 2: its body has no valid file"),
    ([upload(file="a\0.csv")], "line 2: its body has no valid file"),
    ([upload(team="")], "line 2: the team '': expected 1 to 200 visible"),
    ([upload(team="a\0b")], "line 2: the team .*: expected 1 to 200 visible"),
    ([upload(), withdrawal(9)], "entry 3: it is about entry 9, which is not an earlier upload"),
    ([withdrawal(3), upload()], "entry 2: it is about entry 3, which is not an earlier upload"),
    ([withdrawal(1)], "entry 2: it is about entry 1, which is not an earlier upload"),
    ([upload(), withdrawal(2, "Suzume")], "entry 3: it is about entry 2, an upload of another"),
    ([CREATED], "line 2: only the first entry is that of a new ledger"),
]


@pytest.mark.parametrize(("rows", "message"), BY_HAND)
def test_lines_by_hand_cannot_name_other_files_or_teams(ledger, tmp_path, rows, message):
    """Valid hashes are not enough: a kept file is in its folder, a withdrawal is of its team."""
    path = tmp_path / "lines.jsonl"
    path.write_text(chained_lines([CREATED, *rows]), encoding="utf-8")
    with pytest.raises(xe.UsageError, match=message):
        xe.Ledger.import_(path, tmp_path / "new.db", ledger.challenge)
    assert not (tmp_path / "new.db").exists()


def test_a_line_by_hand_can_be_valid(ledger, tmp_path):
    """The rows above are refused for what they say, not for how they are written."""
    path = tmp_path / "lines.jsonl"
    path.write_text(chained_lines([CREATED, upload(), withdrawal(2)]), encoding="utf-8")
    made = xe.Ledger.import_(path, tmp_path / "new.db", ledger.challenge)
    assert [each.status for each in made.log().entries] == [None, "withdrawn", None]


@pytest.mark.parametrize(
    ("statement", "named", "refused"),
    [
        ("UPDATE entries SET sha256 = 'a' || char(0) WHERE sequence = 3", 3, False),
        ("UPDATE entries SET sha256 = '../copy.db' WHERE sequence = 3", 3, False),
        ("UPDATE entries SET team = CAST(x'ff' AS TEXT) WHERE sequence = 3", 3, False),
        ("UPDATE entries SET hash = CAST(x'ff' AS TEXT) WHERE sequence = 5", 5, False),
        ('UPDATE entries SET body = \'{"challenge":"other"}\' WHERE sequence = 1', 1, True),
        ("UPDATE entries SET body = '[]' WHERE sequence = 1", 1, True),
        ("UPDATE entries SET kind = 'valid' WHERE sequence = 1", 1, True),
        ("DELETE FROM entries WHERE sequence = 1", 2, True),
        ("DELETE FROM entries", 1, True),
    ],
)
def test_the_check_opens_a_ledger_that_nothing_else_can_use(copy, statement, named, refused):
    """Whatever somebody wrote into the table, `verify` names the row, and nothing is added."""
    change(copy.path, statement)
    opened = xe.Ledger(copy.path, copy.challenge)
    found = opened.verify([(5, "0" * 64)])
    assert not found.valid
    assert named in {one.entry for one in found.faults}
    assert found.to_frame() is not None
    if refused:
        before = opened.verify()
        assert_unusable(opened, "first")
        assert opened.verify() == before


def test_a_row_that_is_not_text_is_an_error(copy):
    """Reading it is an error that names the command which lists such rows."""
    change(copy.path, "UPDATE entries SET team = CAST(x'ff' AS TEXT) WHERE sequence = 3")
    with pytest.raises(xe.UsageError, match=r"not UTF-8; xacle-eval ledger verify lists"):
        copy.log()


def test_an_intact_ledger_of_another_challenge_is_refused(copy, tmp_path):
    """Only a ledger that was changed is opened with a challenge of another name."""
    file = make_challenge(tmp_path / "task")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('name = "example"', 'name = "other"', 1), encoding="utf-8")
    with pytest.raises(xe.UsageError, match="ledger of the challenge 'example', not of 'other'"):
        xe.Ledger(copy.path, file)


def damaged(lines):
    """Yield what is wrong with some lines, and the lines."""
    first, second, *rest = lines
    yield "entry 2: it does not name the hash", [first.replace("example", "examplf"), second]
    yield "entry 2: entry 1 before it was removed", [second, *rest]
    yield "line 2: it is not JSON", [first, "{\n"]
    yield "line 2 is not an entry", [first, '{"sequence": 2}\n']
    yield "line 2 is not an entry", [first, "[]\n"]
    yield "is not written as", [first, second.replace(",", ", ", 1)]
    yield "kind is unknown", [first, second.replace('"valid"', '"nothing"', 1)]
    yield "no valid systems", [first, second.replace('"systems":[', '"systemz":[')]
    yield "has no entries", []
    yield "time is invalid", [first, second.replace('"time":"2026', '"time":"9926-13', 1)]
    yield "not that of a new ledger", [second.replace(':2,"kind"', ':1,"kind"')]


@pytest.mark.parametrize("place", range(11))
def test_damaged_lines_are_refused(ledger, tmp_path, place):
    """Each fault is named with its line or entry, and no ledger is created."""
    message, lines = list(damaged(ledger.lines()))[place]
    if place == 10:
        hash_now = hashlib.sha256(ledger.lines()[0].rstrip("\n").encode()).hexdigest()
        lines = [lines[0].replace(hash_now, "")]
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(xe.UsageError, match=message):
        xe.Ledger.import_(path, tmp_path / "new.db", ledger.challenge)
    assert not (tmp_path / "new.db").exists()

"""What the Space of the generated project does with an upload, and with its names."""

from datetime import timedelta

import pytest

from tests.hosting.huggingface.settings import CLOSES, OPENS, make_phase, make_settings
from xacle_eval.hosting.huggingface.project.intake import Intake
from xacle_eval.hosting.huggingface.project.records import (
    STATUSES,
    RecordError,
    Status,
    Upload,
    as_lines,
    check_account,
    check_system,
    file_name,
)
from xacle_eval.hosting.huggingface.project.scorer import Verdict
from xacle_eval.hosting.huggingface.project.store import FolderStore

NOW = OPENS + timedelta(days=1)


class Space:
    """An intake with a check that knows a good file, and a clock."""

    def __init__(self, folder):
        self.now = NOW
        self.store = FolderStore(folder / "store", clock=lambda: self.now)
        phases = (make_phase(), make_phase("other"))
        self.intake = Intake(self.store, make_settings(*phases), self.check, lambda: self.now)
        self.file = folder / "Kumo_01.csv"
        self.file.write_bytes(b"good")
        self.checked = []

    def check(self, name, data, phase):
        """Find a file valid that says good."""
        self.checked.append((name, phase))
        if data == b"stuck":
            return Verdict(valid=False, text="no answer", failed=True)
        return Verdict(valid=data == b"good", text=f"{name}: {data.decode()}")

    def submit(self, *, phase="test", system="Kumo", account="a", file=None):
        """Submit the file."""
        return self.intake.submit(str(file or self.file), phase, system, account)


@pytest.fixture
def space(tmp_path):
    """A Space with an open phase."""
    return Space(tmp_path)


def test_a_valid_upload_is_stored(space):
    """The file and its record are one commit under the account, with the time in UTC."""
    answer = space.submit(system="  Kumo  é ")
    assert answer.good
    file, record = space.store.names("submissions", "uploads")
    assert file.endswith("/file/Kumo_01.csv")
    upload = Upload.parse(record, space.store.read("submissions", record))
    assert (upload.account, upload.phase, upload.system) == ("a", "test", "Kumo  é")
    assert upload.received == "2027-01-11T00:00:00Z"
    assert space.store.read("submissions", file) == b"good"
    assert space.store.head("submissions") == "1"
    assert upload.id in answer.text


def test_of_an_invalid_upload_only_the_try_is_stored(space):
    """The try counts for the limit of all uploads; the file is not kept, and a check is nothing."""
    space.file.write_bytes(b"bad")
    assert not space.intake.check(str(space.file), "test").good
    assert space.store.names("submissions", "uploads") == []
    answer = space.submit()
    assert (answer.good, answer.text) == (False, "Kumo_01.csv: bad")
    (record,) = space.store.names("submissions", "uploads")
    assert Upload.parse(record, space.store.read("submissions", record)).file is None
    (status,) = space.intake.uploads_of("a")
    assert status.outcome == "invalid"


def test_uploads_in_the_same_second(space):
    """Two uploads of an account in the same second have ids of their own."""
    assert space.submit().good
    assert space.submit().good
    assert len(space.store.names("submissions", "uploads/a")) == 4


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"account": None}, "Sign in first: a team is an account of Hugging Face."),
        ({"account": "../b"}, "This account name is refused; tell the organisers."),
        ({"phase": "none"}, "Choose a phase first."),
        ({"system": ""}, "Write a name for the system, of at most 60 characters."),
        ({"system": "x" * 61}, "Write a name for the system, of at most 60 characters."),
        ({"file": "/nowhere/x.exe"}, "Upload a file with the ending .csv or .zip."),
    ],
)
def test_what_is_refused(space, change, text):
    """A refused upload is not checked, and nothing of it is stored."""
    answer = space.submit(**change)
    assert (answer.good, answer.title, answer.text) == (False, "Not submitted", text)
    assert space.checked == []
    assert space.store.names("submissions", "uploads") == []


def test_other_refusals(space):
    """A large file, no file, a closed phase, and a check without an answer store nothing."""
    assert space.intake.submit(None, "test", "Kumo", "a").text == "Choose a file first."
    space.file.write_bytes(b"x" * 10_001)
    assert space.submit().text == "The file has more than 10,000 bytes."
    space.file.write_bytes(b"stuck")
    assert space.submit().text == "no answer"
    space.now = OPENS - timedelta(seconds=1)
    assert space.submit().text == "This phase is not open yet."
    space.now = CLOSES
    assert space.submit().text == "This phase is closed."
    assert space.store.names("submissions", "uploads") == []


def test_own_uploads(space):
    """An account sees its own uploads alone, the newest first, those that wait too."""
    space.submit(system="first")
    space.now += timedelta(minutes=1)
    space.submit(system="second")
    space.submit(account="b")
    first = space.intake.uploads_of("a")[1]
    scored = Status(first.id, "a", "test", "first", first.submitted, "scored", "ok", {"SRCC": 0.5})
    other = Status("x", "b", "test", "s", first.submitted, "scored", "ok", {"SRCC": 0.9})
    lines = as_lines(vars(each) for each in (scored, other))
    space.store.commit("submissions", {STATUSES: lines}, "score")
    found = [(each.system, each.outcome) for each in space.intake.uploads_of("a")]
    assert found == [("second", "waiting"), ("first", "scored")]
    assert space.intake.uploads_of(None) == []


def test_own_uploads_beside_a_broken_record(space):
    """A file that is no record hides no other upload of its account."""
    space.submit()
    path = "uploads/a/20270111T000000Z-00000000/submission.json"
    space.store.commit("submissions", {path: b"{"}, "bad")
    assert [each.system for each in space.intake.uploads_of("a")] == ["Kumo"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "-a", "a..b", "a\n", "é", "a" * 97])
def test_accounts_that_are_no_folder(name):
    """A name that could lead elsewhere is refused, whoever gives it."""
    with pytest.raises(RecordError):
        check_account(name)


def test_names_of_systems():
    """Markup is a name like others; hidden, control and unassigned characters are refused."""
    for name in ("<script>", "=1+1", "| **x** |", "日本", "e\u0301"):
        assert check_system(name) in (name, "é")
    for name in ("a\u202eb", "a\x00", "a\nb", "a\u200bb", "\ue000", "a\u2028b", "\ud800"):
        with pytest.raises(RecordError):
            check_system(name)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Kumo_01.csv", "Kumo_01.csv"),
        ("KUMO.CSV", "KUMO.CSV"),
        ("a b.zip", "submission.zip"),
        ("../x.csv", "submission.csv"),
        (".csv", "submission.csv"),
        ("a..b.csv", "submission.csv"),
        ("é.csv", "submission.csv"),
        ("submission.json.csv", "submission.json.csv"),
    ],
)
def test_names_of_files(given, stored):
    """A file keeps its name if that is a plain one, else it gets another name."""
    assert file_name(given, (".csv", ".zip")) == stored

"""Labels: names of copies, and labels in which no team is found."""

import unicodedata

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.submissions.cases import AVERAGES, CHALLENGE, GOOD, ROWS, lines
from tests.submissions.descriptions import zipped
from xacle_eval.challenge.copies import original_of

PATTERN = "\n[submissions]\nlabel_pattern = '^(?P<team>.+)_\\d+$'\n"
COPIES = [
    "Delta_01 (1)", "Delta_01(2)", "Delta_01 - Copy", "Delta_01 - Copy (2)", "Delta_01 copy",
    "Delta_01 copy 2", "Delta_01_copy", "Delta_01copy", "Delta_01-Copy", "Copy of Delta_01",
    "Copy (2) of Delta_01", "Delta_01 (copy)", "Delta_01 2", "Delta_01 - コピー",
    "Delta_01 - コピー (2)", "Delta_01のコピー", "Delta_01コピー", "コピー ～ Delta_01",
    unicodedata.normalize("NFD", "Delta_01 - コピー"), "Delta_01 - Kopie", "Kopie von Delta_01",
    "Delta_01 - 副本", "Delta_01 - 복사본",
]  # fmt: skip


@pytest.mark.parametrize("name", COPIES)
def test_marks_of_copies(name):
    """The marks of browsers and file managers are removed, also two of them."""
    assert original_of(name) == "Delta_01"


@pytest.mark.parametrize(
    "name",
    ["Delta_01", "Photocopy", "Photocopy_01", "copy", "(1)", "コピー", "Copycat_01", "Team Copy_01",
     "Kumo 12", "answer", "x" * 5_000],
)  # fmt: skip
def test_other_names_are_not_copies(name):
    """A word in a name, and a mark without a name, are no copies."""
    assert original_of(name) is None


@pytest.fixture
def folder(tmp_path):
    """A challenge that sets its label pattern, references, and two good systems."""
    (tmp_path / "challenge.toml").write_text(CHALLENGE + PATTERN)
    (tmp_path / "default.toml").write_text(CHALLENGE)
    (tmp_path / "averages.csv").write_text(AVERAGES)
    (tmp_path / "uploads").mkdir()
    for number, team in enumerate(("Delta", "Echo")):
        write(tmp_path / "uploads" / f"{team}_01.csv", number)
    return tmp_path


def write(path, number=0):
    """Write predictions that differ from those of another number."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(lines([f"{row}{number or ''}" for row in ROWS]))


def run(folder, command, *arguments):
    """Run a command with the challenge of the folder."""
    return xacle_eval(command, *arguments, "--challenge", "challenge.toml", cwd=folder)


def findings(folder, name, challenge="challenge.toml"):
    """Return the code and severity of each finding of one file."""
    (report,) = xe.validate(folder / name, challenge=folder / challenge)
    return report.team, [(one.code, one.severity) for one in report.findings]


def test_a_copy_is_of_the_team_of_its_original(folder):
    """It gets a warning with the advice, in ``validate`` and ``score``, and no team of its own."""
    write(folder / "Delta_01 (1).csv")
    assert findings(folder, "Delta_01 (1).csv") == ("Delta", [("XAC175", "warning")])
    assert findings(folder, "Delta_01 (1).csv", "default.toml")[1] == [("XAC175", "warning")]
    text = run(folder, "validate", "Delta_01 (1).csv").out
    assert "looks like a copy of 'Delta_01'; it is another system of the team 'Delta'" in text
    assert "If it replaces 'Delta_01', remove the old file and rename this one" in text
    scored = run(folder, "score", "Delta_01 (1).csv", "--references", "averages.csv")
    assert "warning XAC175" in scored.err
    named = run(
        folder, "score", "Delta_01 (1).csv", "--references", "averages.csv", "--system", "Delta_02"
    )
    assert "XAC175" not in named.err


def test_a_missing_file_has_no_label(folder):
    """A path with a typo is one error; its name is not checked."""
    assert findings(folder, "nowhere.csv") == ("nowhere", [("XAC001", "error")])
    assert findings(folder, "nowhere (1).csv")[1] == [("XAC001", "error")]
    gone = run(folder, "leaderboard", "nowhere.csv", "--references", "averages.csv")
    assert "XAC001" in gone.out
    assert "XAC176" not in gone.out
    (folder / "Delta-03.csv").write_text("")
    assert ("XAC176", "info") in findings(folder, "Delta-03.csv")[1]


def test_a_label_without_a_team(folder):
    """A single file gets an info, a file in a folder a warning, in a team's folder none."""
    write(folder / "Delta-02.csv")
    assert findings(folder, "Delta-02.csv") == ("Delta-02", [("XAC176", "info")])
    assert findings(folder, "Delta-02.csv", "default.toml")[1] == []
    scored = run(folder, "score", "Delta-02.csv", "--references", "averages.csv")
    assert "info XAC176" in scored.err
    write(folder / "uploads" / "Delta-02.csv", 2)
    write(folder / "uploads" / "Golf" / "run1.csv", 3)
    reports = xe.validate(folder / "uploads", challenge=folder / "challenge.toml")
    found = {one.system: [(f.code, f.severity) for f in one.findings] for one in reports}
    assert found == {"Delta-02": [("XAC176", "warning")], "Delta_01": [], "Echo_01": [], "run1": []}


def test_a_leaderboard_names_them_once(folder):
    """One finding for each rule names all labels; the copies are ranked with their team."""
    for number, name in enumerate(("Delta_01 (1)", "Delta_01 - コピー", "Golf-01", "Golf"), 2):
        write(folder / "uploads" / f"{name}.csv", number)
    write(folder / "uploads" / "Echo (1)" / "run1.csv", 7)
    done = run(folder, "leaderboard", "uploads", "--references", "averages.csv")
    assert done.code == 0
    told = done.out + done.err
    assert (
        "warning XAC175 3 names look like a copy: 'Delta_01 (1)', 'Delta_01 - コピー', 'Echo (1)'"
        in told
    )
    assert (
        "warning XAC176 2 labels name no team and count as teams of their own: 'Golf-01', 'Golf'"
        in told
    )
    assert (told.count("XAC175"), told.count("XAC176")) == (1, 1)
    assert "ranked submissions with warnings" not in told
    board = xe.leaderboard(
        folder / "uploads", references=folder / "averages.csv", challenge=folder / "default.toml"
    )
    assert sorted(entry.team for entry in board.entries).count("Delta") == 3
    # The default pattern is expected only where other labels match it.
    assert {"XAC175", "XAC176"} <= {one.code for one in board.findings}


def test_without_a_pattern_every_label_can_be_a_team(folder):
    """If no label matches the default pattern, each file is a team, without a warning."""
    for number, name in enumerate(("alpha", "beta")):
        write(folder / "plain" / f"{name}.csv", number)
    board = xe.leaderboard(
        folder / "plain", references=folder / "averages.csv", challenge=folder / "default.toml"
    )
    assert not {one.code for one in board.findings} & {"XAC175", "XAC176"}


def test_packages(folder):
    """A copied package, a copied label in it, and a label without a team are warnings."""
    (folder / "Delta (1).zip").write_bytes(
        zipped({"Delta_01 (1).csv": GOOD, "Delta_02.csv": GOOD[:-1] + "1\n"})
    )
    package, first, second = xe.validate(
        folder / "Delta (1).zip", challenge=folder / "challenge.toml"
    )
    assert "XAC175" in [one.code for one in package.findings]
    assert [[one.code for one in each.findings] for each in (first, second)] == [["XAC175"], []]
    assert {package.team, first.team, second.team} == {"Delta"}
    write(folder / "run1.csv")
    done = run(folder, "package", "run1.csv", "-o", "Delta.zip")
    assert done.code == 0
    assert "the label 'run1' names no team; the team is 'Delta'" in done.err
    board = run(folder, "leaderboard", "Delta (1).zip", "uploads", "--references", "averages.csv")
    assert "'Delta_01 (1)', 'Delta (1)'" in board.out


def test_the_challenge_file_changes_the_severity(folder):
    """Organisers can refuse such files, or switch the rule off."""
    write(folder / "Delta-02.csv")
    for severity, valid, codes in (("error", False, ["XAC176"]), ("ignore", True, [])):
        text = f'{CHALLENGE}{PATTERN}\n[rules]\nXAC176 = "{severity}"\n'
        (folder / "strict.toml").write_text(text)
        (report,) = xe.validate(folder / "Delta-02.csv", challenge=folder / "strict.toml")
        assert (report.valid, [one.code for one in report.findings]) == (valid, codes)

"""challenge init --from, as a user sees it."""

import pytest

from tests.cli.helpers import in_terminal, plain, xacle_eval
from tests.test_hostile import call

LABELS = "utterance,mos\n" + "".join(
    f"sys{system}-u{number},{number}.5\n" for system in "AB" for number in (1, 3, 4)
)


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a label file."""
    (tmp_path / "labels.csv").write_text(LABELS)
    return tmp_path


def test_init_writes_the_challenge_and_its_list(folder):
    """stdout is empty; stderr names what was found and the files that were written."""
    result = xacle_eval("challenge", "init", "--from", "labels.csv", cwd=folder)
    assert (result.code, result.out) == (0, "")
    assert "scores: column 'mos', scale 1 to 5; 1.5 in line 2 to 4.5 in line 4\n" in result.err
    assert "groups: 2 groups (sysA, sysB)" in result.err
    assert "wrote challenge.toml, challenge_test.txt" in result.err
    assert (folder / "challenge_test.txt").read_text().splitlines()[0] == "sysA-u1"
    checked = xacle_eval("challenge", "check", ".", cwd=folder)
    assert (checked.code, checked.out) == (0, ".: no errors\n")
    scored = xacle_eval("score", "labels.csv", "--challenge", ".", "-q", cwd=folder)
    assert "system" in scored.out


@pytest.mark.parametrize("existing", ["challenge.toml", "challenge_test.txt"])
def test_init_overwrites_nothing_without_force(folder, existing):
    """An existing challenge file or list stops everything, and --force replaces both."""
    (folder / existing).write_text("mine")
    result = xacle_eval("challenge", "init", "--from", "labels.csv", cwd=folder)
    assert result.code == 2
    assert f"{existing} already exists; pass --force" in result.err
    assert (folder / existing).read_text() == "mine"
    assert len(list(folder.iterdir())) == 2
    again = xacle_eval("challenge", "init", "--from", "labels.csv", "--force", "-q", cwd=folder)
    assert (again.code, again.err) == (0, "")
    assert "mine" not in (folder / existing).read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "missing argument FILE, or --from LABELS"),
        (("a.toml", "-o", "b.toml"), "FILE is given twice"),
        (("--from", "labels.csv", "-o", "labels.csv", "--force"), "labels.csv is the label file"),
        (("--from", "no.csv"), "file not found: no.csv"),
        (("--from", "."), "is a folder"),
        (("--from", "labels.csv", "-o", "/dev/null", "--force"), "is not a file"),
        (("--from", "labels.csv", "-o", "x" * 300), "File name too long"),
        (("--from", "x" * 300), "File name too long"),
        (("a.toml", "--parts", "public=0.3"), "--parts has no effect without --from"),
        (("--from", "labels.csv", "-o", "no/c.toml"), "create its folder first"),
    ],
)
def test_errors_of_init(folder, arguments, words, monkeypatch):
    """A wrong call is one sentence, exits with 2 and leaves no file."""
    monkeypatch.chdir(folder)
    code, out, err = call("challenge", "init", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith(("error: ", "Usage: "))  # nothing is reported before an error
    assert "Traceback" not in err
    assert [file.name for file in folder.iterdir()] == ["labels.csv"]
    assert (folder / "labels.csv").read_text() == LABELS


def test_init_in_a_terminal(folder):
    """Names of columns are escaped, in a terminal too."""
    (folder / "labels.csv").write_text("id,\x1b]0;title\x07mos\na,1\n")
    result = in_terminal("challenge", "init", "--from", folder / "labels.csv")
    assert result.code == 2
    assert "\x1b]0" not in result.out
    assert "rename the column" in plain(result.out)

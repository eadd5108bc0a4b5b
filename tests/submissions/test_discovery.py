"""Discovery: the submissions in a folder, and their teams."""

import os
import sys

import pytest

import xacle_eval as xe
from xacle_eval.submissions.discovery import find_submissions, require_some


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make empty files in a folder `sent` and return it."""

    def make(*names):
        monkeypatch.chdir(tmp_path)
        for name in names:
            (tmp_path / "sent" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "sent" / name).touch()
        return tmp_path / "sent"

    return make


def found(paths, challenge):
    """Return the names and teams of the submissions, and the ignored files without the folder."""
    located, passed = find_submissions(paths, challenge)
    return [(one.path.name, one.team) for one in located], [
        path.split("/", 1)[-1] for path in passed
    ]


def test_a_folder_of_submissions(folder, small):
    """CSV files and ZIPs count directly and one level down, where the folder is the team."""
    path = folder("b_01.csv", "A_01.CSV", "c.zip", "Team/sys.csv", "Team/more.zip")
    assert found([path], small) == (
        [
            ("A_01.CSV", None),
            ("more.zip", "Team"),
            ("sys.csv", "Team"),
            ("b_01.csv", None),
            ("c.zip", None),
        ],
        [],
    )


def test_skipped_and_ignored_files(folder, small):
    """Names that begin with . or _ are skipped silently; other files are reported as ignored."""
    path = folder(
        ".hidden.csv",
        "_old/x.csv",
        "T/_x.csv",
        "T/.y.csv",
        "a.cvs",
        "README",
        "T/notes.md",
        "T/deep/z.csv",
    )
    located, passed = found([path], small)
    assert located == []
    assert passed == ["README", "T/deep/", "T/notes.md", "a.cvs"]


def test_files_are_taken_as_they_are(folder, small):
    """A file that is given by name is a submission whatever its name, even a missing one."""
    path = folder("_draft.dat")
    assert found([path / "_draft.dat", path / "gone.csv"], small) == (
        [("_draft.dat", None), ("gone.csv", None)],
        [],
    )


def test_a_file_counts_once(folder, small):
    """A file that is given twice, by its folder or by a link, counts once."""
    path = folder("a.csv", "b.csv")
    (path / "link.csv").symlink_to(path / "a.csv")
    names = [name for name, _ in found([path / "b.csv", path], small)[0]]
    assert names == ["b.csv", "a.csv"]


def test_the_challenge_says_which_endings_count(folder):
    """A challenge with answer.txt files finds those and ignores CSV files."""
    challenge = xe.load_challenge()
    rules = challenge.submissions.model_copy(update={"endings": (".txt",)})
    challenge = challenge.model_copy(update={"submissions": rules})
    path = folder("T1/answer.txt", "T2/answer.csv")
    assert found([path], challenge) == ([("answer.txt", "T1")], ["T2/answer.csv"])


def test_a_folder_without_submissions(folder, small):
    """A folder without submissions is a usage error that names the ignored files."""
    path = folder("a.cvs")
    located, passed = find_submissions([path], small)
    with pytest.raises(
        xe.UsageError, match=r"no submissions found in .*ignored: .*a\.cvs"
    ) as error:
        require_some(located, passed, [path])
    assert error.value.exit_code == 2
    with pytest.raises(xe.UsageError, match="no submissions"):
        xe.validate(path, challenge=small)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_odd_entries(folder, small):
    """Broken and circular links are missing submissions; pipes are ignored, not read."""
    path = folder("T/a.csv")
    (path / "gone.csv").symlink_to(path / "nowhere.csv")
    (path / "T" / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(path / "pipe.csv")
    assert found([path], small) == (
        [("a.csv", "T"), ("loop.csv", "T"), ("gone.csv", None)],
        ["pipe.csv"],
    )
    reports = xe.validate(path, path / "T" / "loop.csv", challenge=small)
    assert [report.findings[0].code for report in reports] == ["XAC002", "XAC001", "XAC001"]


@pytest.mark.skipif(
    sys.platform != "linux", reason="other systems have no file names that are not text"
)
def test_names_that_are_not_text(folder, small):
    """Bytes of a file name that are not UTF-8 become escapes, so results can be written."""
    path = folder("T/a.csv")
    (path / "T" / "a.csv").rename(os.fsdecode(os.fsencode(path / "T") + b"/\xff_01.csv"))
    (path / "T").rename(os.fsdecode(os.fsencode(path) + b"/\xfe"))
    (report,) = xe.validate(path, challenge=small)
    assert (report.path, report.system, report.team) == (
        r"sent/\udcfe/\udcff_01.csv",
        r"\udcff_01",
        r"\udcfe",
    )
    assert report.model_dump_json()

"""Discovery: the submissions in a folder, and their teams."""

import os
import sys

import pytest

import xacle_eval as xe
from xacle_eval.submissions.discovery import find_submissions, require_some
from xacle_eval.submissions.validation import check_located


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
        one.path.split("/", 1)[-1] for one in passed
    ]


def test_a_folder_of_submissions(folder, small):
    """CSV files and ZIPs count directly and two levels down; the first folder is the team."""
    path = folder(
        "b_01.csv",
        "A_01.CSV",
        "c.zip",
        "Team/sys.csv",
        "Team/more.zip",
        "Team/S/x.csv",
        "Team/S/y.zip",
    )
    assert found([path], small) == (
        [
            ("A_01.CSV", None),
            ("x.csv", "Team"),
            ("y.zip", "Team"),
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
        "T/sub/z.md",
        "T/sub/.z.csv",
        "T/_sub/z.csv",
        "T/__MACOSX/z.csv",
        "T/sub/deep/z.csv",
    )
    located, passed = found([path], small)
    assert located == []
    assert passed == ["README", "T/notes.md", "T/sub/deep/", "T/sub/z.md", "a.cvs"]


def test_files_are_taken_as_they_are(folder, small):
    """A file that is given by name is a submission whatever its name, even a missing one."""
    path = folder("_draft.dat")
    assert found([path / "_draft.dat", path / "gone.csv"], small) == (
        [("_draft.dat", None), ("gone.csv", None)],
        [],
    )


def test_a_file_counts_once(folder, small):
    """A file that is given twice, by its folder or by a link, counts once, as the file itself."""
    path = folder("a.csv", "b.csv")
    (path / "Link.csv").symlink_to(path / "a.csv")
    located, _ = find_submissions([path / "b.csv", path], small, follow_links=True)
    assert [one.path.name for one in located] == ["b.csv", "a.csv"]
    (path.parent / "folder").symlink_to(path)
    (path.parent / "other.csv").symlink_to(path / "a.csv")
    located, _ = find_submissions([path.parent / "other.csv", path.parent / "folder"], small)
    assert [one.path.name for one in located] == ["other.csv", "Link.csv", "b.csv"]


LABELS = "wav_file_name,average_score\n00001.wav,1\n"


@pytest.fixture
def linked(folder):
    """Return a folder in which links lead to labels outside, to the folder, and in circles."""
    path = folder("Kumo_01.csv", "T/Ame_01.csv", "T/deep/Ame_02.csv")
    outside = path.parent / "outside"
    outside.mkdir()
    for name in ("labels.csv", "labels.zip"):
        (outside / name).write_text(LABELS)
    (path / "Evil_01.csv").symlink_to(outside / "labels.csv")
    (path / "Evil.zip").symlink_to("../outside/labels.zip")
    (path / "Team").symlink_to(outside)
    (path / "Copy_01.csv").symlink_to("T/deep/Ame_02.csv")
    (path / "Loop").symlink_to(".")
    (path / "T" / "circle.csv").symlink_to("circle.csv")
    (path / "T" / "up").symlink_to("..")
    (path / "gone.csv").symlink_to("nowhere.csv")
    (path / "README").symlink_to(outside / "labels.csv")
    return path


def results(path, challenge, **settings):
    """Return the first code of each submission in a folder by its path."""
    reports = xe.validate(path, challenge=challenge, **settings)
    assert not any(report.valid for report in reports)
    return {report.path.removeprefix("sent/"): report.findings[0].code for report in reports}


def test_links_in_a_folder_are_not_followed(linked, small):
    """A link in the place of a submission or of a team is an error by its name, never a skip."""
    assert results(linked, small) == {
        "Copy_01.csv": "XAC126",
        "Evil.zip": "XAC126",
        "Evil_01.csv": "XAC126",
        "Kumo_01.csv": "XAC002",
        "Loop": "XAC126",
        "T/Ame_01.csv": "XAC002",
        "T/circle.csv": "XAC126",
        "T/deep/Ame_02.csv": "XAC002",
        "T/up": "XAC126",
        "Team": "XAC126",
        "gone.csv": "XAC126",
    }
    assert [one.path for one in find_submissions([linked], small)[1]] == ["sent/README"]


def test_links_are_followed_within_the_folder(linked, small):
    """With follow_links, a link may lead to a place in the folder, but not to the labels."""
    assert results(linked, small, follow_links=True) == {
        "Evil.zip": "XAC126",
        "Evil_01.csv": "XAC126",
        "Kumo_01.csv": "XAC002",
        "Loop": "XAC126",
        "T/Ame_01.csv": "XAC002",
        "T/circle.csv": "XAC125",
        "T/deep/Ame_02.csv": "XAC002",
        "T/up": "XAC126",
        "Team": "XAC126",
        "gone.csv": "XAC001",
    }


def test_a_linked_team(folder, small):
    """A link to a team's folder takes no file from that team."""
    path = folder("Kumo/a.csv", "_hidden/b.csv")
    (path / "Alias").symlink_to("Kumo")
    (path / "New").symlink_to("_hidden")
    located, _ = find_submissions([path], small, follow_links=True)
    assert [(one.shown, one.team) for one in located] == [
        ("sent/Kumo/a.csv", "Kumo"),
        ("sent/New/b.csv", "New"),
    ]


def test_a_link_that_replaces_a_file(folder, small, tmp_path):
    """A file, or a team's folder, that becomes a link after the search is not followed."""
    path = folder("a.csv", "T/labels.csv")
    (tmp_path / "labels.csv").write_text(LABELS)
    located, _ = find_submissions([path], small)
    (path / "a.csv").unlink()
    (path / "a.csv").symlink_to(tmp_path / "labels.csv")
    (path / "T").rename(path / "old")
    (path / "T").symlink_to(tmp_path)
    reports = [check_located(one, small)[0].report for one in located]
    assert [report.findings[0].code for report in reports] == ["XAC001", "XAC125"]
    assert not any(report.sha256 for report in reports)


def test_the_challenge_says_which_endings_count(folder):
    """A challenge with answer.txt files finds those and ignores CSV files."""
    challenge = xe.load_challenge()
    rules = challenge.submissions.model_copy(update={"endings": (".txt",)})
    challenge = challenge.model_copy(update={"submissions": rules})
    path = folder("T1/answer.txt", "T2/answer.csv")
    assert found([path], challenge) == ([("answer.txt", "T1")], ["T2/answer.csv"])


def test_a_folder_without_submissions(folder, small):
    """A folder without submissions is a usage error that names the first ignored files."""
    path = folder(*(f"{name}.cvs" for name in "abcdefg"))
    located, passed = find_submissions([path], small)
    with pytest.raises(
        xe.UsageError, match=r"no submissions found in .*ignored: .*a\.cvs, .*e\.cvs and 2 more$"
    ) as error:
        require_some(located, passed, [path])
    assert error.value.exit_code == 2
    with pytest.raises(xe.UsageError, match="no submissions"):
        xe.validate(path, challenge=small)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_odd_entries(folder, small):
    """Broken and circular links are errors; pipes are refused without reading, at every place."""
    path = folder("T/a.csv")
    (path / "gone.csv").symlink_to(path / "nowhere.csv")
    (path / "T" / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(path / "pipe.csv")
    os.mkfifo(path / "pipe")
    assert found([path], small) == (
        [("a.csv", "T"), ("loop.csv", "T"), ("gone.csv", None), ("pipe.csv", None)],
        ["pipe"],
    )
    reports = xe.validate(
        path, path / "T" / "loop.csv", path / "pipe", "/dev/zero", challenge=small
    )
    assert [(report.path.split("/")[-1], report.findings[0].code) for report in reports] == [
        ("a.csv", "XAC002"),
        ("loop.csv", "XAC126"),
        ("gone.csv", "XAC126"),
        ("pipe.csv", "XAC125"),
        ("pipe", "XAC125"),
        ("zero", "XAC125"),
    ]


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

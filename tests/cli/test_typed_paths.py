"""Paths for people are as typed; formats for programs have a form that does not move."""

import json
import os
import shutil
import sys
from zipfile import ZipFile

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import DATA
from tests.test_hostile import call
from xacle_eval.io.files import display_path, join_path
from xacle_eval.reports.formats.github import workspace_path
from xacle_eval.text import typed

CHALLENGE = ("--challenge", str(DATA / "invalid/challenge.toml"))
REFERENCES = ("--references", str(DATA / "invalid/references.csv"))
ROWS = [f"{n}.wav,{n % 10}" for n in range(101, 107)]
GOOD = "\n".join(["wav_file_name,pred_score", *ROWS, ""])
BAD = GOOD.replace("101.wav,1", "101.wav,x")
MISSING = {
    "validate": ["{}", *CHALLENGE],
    "score": ["{}", *CHALLENGE, *REFERENCES],
    "leaderboard": ["{}", *CHALLENGE, *REFERENCES],
    "compare": ["{}", "{}2", *CHALLENGE, *REFERENCES],
    "rank": ["{}"],
    "listeners": ["{}"],
    "package": ["{}", "-o", "out.zip"],
    "split": ["{}"],
    "verify": ["{}", "other.csv"],
    "fix": ["{}", "--diff", *CHALLENGE],
    "challenge check": ["{}"],
    "challenge init": ["--from", "{}", "-o", "new/challenge.toml"],
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a folder with a valid and an invalid file, and work in another folder."""
    (tmp_path / "up" / "Asa" / "sub").mkdir(parents=True)
    (tmp_path / "up" / "Bad_01.csv").write_text(BAD)
    (tmp_path / "up" / "Asa" / "sub" / "Asa_02.csv").write_text(GOOD)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


@pytest.mark.parametrize("command", MISSING)
def test_a_missing_file_is_named_as_typed(root, command):
    """In every command, the message about a missing file has the path that was typed, whole."""
    gone = root / ("long" * 60) / ("folder" * 40) / "x.csv"
    code, out, err = call(*command.split(), *(part.format(gone) for part in MISSING[command]))
    assert code in (1, 2)
    text = out + err
    assert str(gone) in text
    # Nowhere without the beginning, and nowhere cut.
    assert text.count("/x.csv") == text.count(str(gone))
    assert "…" not in text


@pytest.mark.parametrize("command", ["score", "leaderboard", "compare"])
def test_missing_references_are_named_as_typed(root, command):
    """The references that are missing are named as typed, too."""
    good = root / "up/Asa/sub/Asa_02.csv"
    gone = root / "gone" / "refs.csv"
    files = [good, root / "up/Bad_01.csv"] if command == "compare" else [good]
    code, _, err = call(command, *files, *CHALLENGE, "--references", gone)
    assert code == 2
    assert err.count(str(gone)) == err.count("refs.csv") == 3


@pytest.mark.parametrize("given", ["{}/up", "../up", "../up/", "./../up"])
def test_a_file_of_a_folder(root, given):
    """A file that a folder has is shown as the typed folder and its name; ./ is left out."""
    given = given.format(root)
    shown = given.removeprefix("./").rstrip("/")
    out = call("validate", given, *CHALLENGE)[1]
    assert f"  error XAC031 {shown}/Bad_01.csv:2:9\n" in out
    assert f"valid    {shown}/Asa/sub/Asa_02.csv  6 predictions\n" in out
    concise = call("validate", given, *CHALLENGE, "--format", "concise")[1]
    assert concise.startswith(f"{shown}/Bad_01.csv:2:9: error XAC031 ")
    board = call("leaderboard", given, *CHALLENGE, *REFERENCES)[1]
    assert f"  unranked  {shown}/Bad_01.csv\n    error XAC031 {shown}/Bad_01.csv:2:9\n" in board


def test_the_current_folder(root, monkeypatch):
    """The files of . are shown without ./, as those of a typed ./FILE are."""
    monkeypatch.chdir(root / "up")
    out = call("validate", ".", *CHALLENGE)[1]
    assert "error XAC031 Bad_01.csv:2:9\n" in out
    assert "error XAC031 Bad_01.csv:2:9\n" in call("validate", "./Bad_01.csv", *CHALLENGE)[1]


def test_a_file_in_a_package(root):
    """A file in an archive is the typed archive and the name in it."""
    with ZipFile(root / "Asa.zip", "w") as archive:
        archive.writestr("Asa_01.csv", BAD)
        archive.writestr("Asa_01.yaml", "title: [")
    out = call("validate", root / "Asa.zip", *CHALLENGE)[1]
    assert f"error XAC031 {root}/Asa.zip/Asa_01.csv:2:9\n" in out
    assert f" {root}/Asa.zip/Asa_01.yaml:1:" in out
    assert out.count("Asa.zip") == out.count(f"{root}/Asa.zip")
    relative = call("validate", "../Asa.zip", *CHALLENGE, "--format", "concise")[1]
    assert "../Asa.zip/Asa_01.csv:2:9: error XAC031" in relative


def test_messages_between_submissions(root):
    """Messages that name several files name them as typed; JSON has the form that does not move."""
    shutil.copy(root / "up/Asa/sub/Asa_02.csv", root / "up" / "Kumo_01.csv")
    files = [root / "up", *CHALLENGE, *REFERENCES]
    assert (
        f"teams: {root}/up/Asa/sub/Asa_02.csv, {root}/up/Kumo_01.csv\n"
        in (call("leaderboard", *files)[1])
    )
    document = call("leaderboard", *files, "--format", "json")[1]
    assert str(root) not in document
    assert '"byte-identical files from different teams: ' in document


def test_two_systems_with_one_label(root):
    """Files with the same name in folders with the same name have their paths as names."""
    for name, rows in (("a", GOOD), ("b", GOOD.replace("1.wav,1", "1.wav,7"))):
        (root / name / "x").mkdir(parents=True)
        (root / name / "x" / "S.csv").write_text(rows)
    files = [root / "a/x/S.csv", root / "b/x/S.csv", *CHALLENGE, *REFERENCES]
    files += ["--bootstrap", 100]
    assert call("compare", *files)[1].startswith(f"A = {root}/a/x/S.csv, B = {root}/b/x/S.csv\n")
    (pair, *_) = json.loads(call("compare", *files, "--format", "json")[1])["comparisons"]
    assert (pair["first"], pair["second"]) == ("x/S.csv (1)", "x/S.csv (2)")


@pytest.mark.parametrize("format_", ["json", "junit", "sarif"])
def test_formats_for_programs_do_not_move(root, format_):
    """Programs get the same bytes wherever the files are."""
    arguments = ["validate", "up", "gone/x.csv", *CHALLENGE, "--format", format_]
    os.chdir(root)
    first = call(*arguments)[1]
    arguments[1:3] = [root / "up", root / "gone/x.csv"]
    assert call(*arguments)[1] == first
    (root / "else").mkdir()
    for name in ("up", "gone"):
        if (root / name).exists():
            (root / name).rename(root / "else" / name)
    os.chdir(root / "work")
    arguments[1:3] = [root / "else/up/Bad_01.csv", root / "else/gone/x.csv"]
    text = call(*arguments)[1]
    assert str(root) not in text
    assert "up/Bad_01.csv" in text
    assert "file not found: gone/x.csv" in text


def annotated(out):
    """Return the files of the annotations."""
    return [
        line.partition("file=")[2].split(",")[0] for line in out.splitlines() if "file=" in line
    ]


def test_annotations_are_relative_to_the_workspace(root, monkeypatch):
    """An annotation names a file as GitHub finds it, also from a folder inside the workspace."""
    run = ["validate", "../up/Bad_01.csv", *CHALLENGE, "--format", "github"]
    monkeypatch.setenv("GITHUB_WORKSPACE", str(root))
    out = call(*run)[1]
    assert annotated(out) == ["up/Bad_01.csv"]
    assert "error XAC031 ../up/Bad_01.csv:2:9\n" in out  # the log has it as typed
    assert annotated(call("validate", root / "up", *run[2:])[1]) == ["up/Bad_01.csv"]
    # A link to the workspace, and a file outside of it.
    (root / "link").symlink_to(root)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(root / "link"))
    assert annotated(call(*run)[1]) == ["up/Bad_01.csv"]
    monkeypatch.setenv("GITHUB_WORKSPACE", str(root / "work"))
    assert annotated(call(*run)[1]) == ["../up/Bad_01.csv"]
    monkeypatch.delenv("GITHUB_WORKSPACE")
    monkeypatch.chdir(root)
    assert annotated(call("validate", root / "up", *run[2:])[1]) == ["up/Bad_01.csv"]
    assert workspace_path("<stdin>") == "<stdin>"


def test_the_file_of_a_package_is_annotated(root, monkeypatch):
    """The annotation is at the archive, and names the file inside, both in the workspace."""
    with ZipFile(root / "Asa.zip", "w") as archive:
        archive.writestr("Asa_01.csv", BAD)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(root))
    out = call("validate", "../Asa.zip", *CHALLENGE, "--format", "github")[1]
    assert set(annotated(out)) == {"Asa.zip"}
    assert "::Asa.zip/Asa_01.csv:2:9: prediction is not a number" in out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_not_text(root):
    """A path with bytes that are not text is escaped in every form, and found."""
    folder = root / os.fsdecode(b"te\xffam")
    folder.mkdir()
    (folder / "Bad_01.csv").write_text(BAD)
    done = xacle_eval("validate", folder, *CHALLENGE, "--format", "concise", cwd=root / "work")
    assert done.code == 1
    assert done.out.startswith(f"{root}/te\\udcffam/Bad_01.csv:2:9: error XAC031 ")


def test_both_forms_of_a_path(tmp_path, monkeypatch):
    """The form for programs is relative or short, the form for people is as typed."""
    monkeypatch.chdir(tmp_path)
    for given, stable, people in [
        ("a/b.csv", "a/b.csv", "a/b.csv"),
        ("./a//b.csv", "a/b.csv", "a/b.csv"),
        ("../x/b.csv", "../x/b.csv", "../x/b.csv"),
        (f"{tmp_path}/a/b.csv", "a/b.csv", f"{tmp_path}/a/b.csv"),
        ("/no/such/place/b.csv", "place/b.csv", "/no/such/place/b.csv"),
    ]:
        shown = display_path(given)
        assert (str(shown), typed(shown)) == (stable, people)
        inner = join_path(shown, "c.csv")
        assert (str(inner), typed(inner)) == (f"{stable}/c.csv", f"{people}/c.csv")
    assert typed(join_path(display_path("/"), "c.csv")) == "/c.csv"
    report = xe.validate(tmp_path / "gone.csv", challenge=str(DATA / "invalid/challenge.toml"))[0]
    assert report.model_copy(update={"valid": True}).path.typed == f"{tmp_path}/gone.csv"
    assert json.loads(report.model_dump_json())["path"] == "gone.csv"

"""Files in a folder that are not read: a warning for each upload, with advice that works."""

import json
import re
import shutil
from xml.etree import ElementTree as ET

import pytest

import xacle_eval as xe
from tests.cli.helpers import Result
from tests.helpers import DATA
from tests.test_hostile import call
from xacle_eval.submissions import discovery

SMALL = ("--challenge", DATA / "invalid/challenge.toml")
REFERENCES = ("--references", DATA / "invalid/references.csv")
GOOD = "wav_file_name,pred_score\n" + "".join(f"{n}.wav,{n % 10}\n" for n in range(101, 107))
ADVICE = {
    "Asa/scores.xlsx": "Save the sheet as CSV",
    "Kumo_01.rar": "Unpack it, and pack the files as a ZIP archive",
    "Nami_02.tar.gz": "Unpack it, and pack the files as a ZIP archive",
    "Hoshi/Hoshi_01.cvs": "If it has predictions, save it as CSV",
}
READ = ("Yuki_01.csv", "Hoshi/more/Hoshi_02.csv")
NAMES = [*ADVICE, "Hoshi/more/again/"]


@pytest.fixture
def uploads(tmp_path):
    """Return a folder with one prediction file, uploads that are not read, and other files."""
    for name in [
        *ADVICE,
        "Yuki_01.csv",
        "Hoshi/more/Hoshi_02.csv",
        "Hoshi/more/again/Hoshi_03.csv",
        "Thumbs.db",
        "README.txt",
    ]:
        file = tmp_path / "up" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(GOOD if name in READ else "x")
    return tmp_path / "up"


def xacle_eval(*arguments):
    """Run the command in this process."""
    return Result(*call(*arguments))


@pytest.mark.parametrize("format_", ["text", "json", "github"])
def test_validate_warns_about_each_ignored_upload(uploads, format_):
    """Each ignored upload has a warning with its advice, and one line counts them."""
    done = xacle_eval("validate", uploads, *SMALL, "--format", format_)
    assert done.code == 0
    assert done.err.count("warning XAC063") == 5
    assert done.err.count("info XAC063") == 1
    for name, advice in ADVICE.items():
        (after,) = done.err.split(f"up/{name} is not a prediction file")[1:]
        assert after.split("\n")[1].strip().startswith(advice)
    assert "up/Hoshi/more/again/ was not searched: folders are searched two levels deep" in done.err
    assert "2 files that no submission needs: " in done.err
    assert "up/README.txt" in done.err
    assert "ignored: 4 files and 1 folder of 4 teams\n" in done.err


def test_several_deep_folders_share_a_warning(uploads):
    """The advice is about all of them, and no line ends with a blank."""
    for name in ("a", "b"):
        (uploads / "Hoshi" / name / "deep").mkdir(parents=True)
        shutil.copy(uploads / "Yuki_01.csv", uploads / "Hoshi" / name / "deep" / "Hoshi_01.csv")
    lines = xacle_eval("validate", uploads, *SMALL).err.splitlines()
    assert any(line.strip().startswith("3 folders were not searched") for line in lines)
    assert any("start their names with _" in line for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_leaderboard_warns_about_each_ignored_upload(uploads):
    """A leaderboard has the same warnings and the same line."""
    done = xacle_eval("leaderboard", uploads, *SMALL, *REFERENCES)
    assert done.code == 0
    assert (done.out + done.err).count("warning XAC063") == 5
    assert "ignored: 4 files and 1 folder of 4 teams\n" in done.err


def test_quiet_hides_the_warnings_about_ignored_uploads(uploads):
    """With --quiet, nothing is printed on stderr."""
    assert xacle_eval("validate", uploads, *SMALL, "--quiet").err == ""


def found(uploads, *arguments):
    """Return the output of validate in a format."""
    return xacle_eval("validate", uploads, *SMALL, "--format", *arguments).out


def test_json_has_each_ignored_upload_with_its_team(uploads):
    """JSON lists the ignored uploads of both commands in the same way; without any, no key."""
    for command in (["validate"], ["leaderboard", *REFERENCES]):
        name, *options = command
        done = xacle_eval(name, uploads, *SMALL, *options, "--format", "json")
        *listed, note = json.loads(done.out)["ignored"]
        assert {one["file"].partition("/up/")[2] or one["file"][3:] for one in listed} == set(NAMES)
        assert {one["team"] for one in listed} == {"Asa", "Kumo", "Nami", "Hoshi"}
        assert {(one["code"], one["severity"]) for one in listed} == {("XAC063", "warning")}
        for one in listed:
            advice = ADVICE.get(one["file"].partition("up/")[2], "Move its prediction files into")
            assert one["hint"].startswith(advice)
        assert (note["severity"], note["count"], note["file"]) == ("info", 2, None)
    done = xacle_eval("validate", uploads / "Yuki_01.csv", *SMALL, "--format", "json")
    assert "ignored" not in json.loads(done.out)


def test_concise_has_a_line_for_each_ignored_upload(uploads):
    """A line begins with the path as typed; stderr has only the count."""
    done = xacle_eval("validate", uploads, *SMALL, "--format", "concise")
    for name in ADVICE:
        assert f"{uploads}/{name}: warning XAC063 not a prediction file\n" in done.out
    assert f"{uploads}/Hoshi/more/again/: warning XAC063 " in done.out
    assert done.err == "ignored: 4 files and 1 folder of 4 teams\n"


def test_github_has_an_annotation_for_each_ignored_upload(uploads):
    """Each has an annotation of its own, or if they are many, each kind has one."""
    out = found(uploads, "github")
    assert len(re.findall(r"(?m)^::warning file=.*,title=XAC063 ", out)) == 5
    assert len(re.findall(r"(?m)^::notice title=XAC063 ignored file::2 files that no ", out)) == 1
    strict = found(uploads, "github", "--strict")
    assert "::error" not in strict
    for number in range(10, 30):
        (uploads / f"Mori_{number}.rar").touch()
    lines = re.findall(r"(?m)^::warning file=.*,title=XAC063 .*", found(uploads, "github"))
    assert len(lines) == 4
    (packed,) = (line for line in lines if "Unpack it" in line)
    assert re.search(r"\(also .* and 18 more\)$", packed)


def test_errors_keep_their_annotations_beside_ignored_uploads(uploads):
    """Many ignored uploads do not join the annotations of the findings in submissions."""
    for number in range(7):
        (uploads / f"Mori_{number}.csv").write_text(GOOD.replace("101.wav,1", "101.wav,x"))
    out = found(uploads, "github")
    assert len(re.findall(r"(?m)^::error file=", out)) == 7
    assert len(re.findall(r"(?m)^::(warning|notice) .*title=XAC063 ", out)) == 2


def test_junit_has_a_suite_of_ignored_uploads(uploads):
    """The suite has a case for each upload, and no failure, also with --strict."""
    root = ET.fromstring(found(uploads, "junit", "--strict"))  # noqa: S314
    suite = root.find("testsuite[@name='ignored uploads']")
    assert (suite.get("tests"), suite.get("failures"), root.get("failures")) == ("6", "0", "0")
    cases = {case.get("classname") for case in suite}
    assert len(cases) == 6
    assert sum(int(one.get("tests")) for one in root) == int(root.get("tests"))


def test_sarif_has_a_result_for_each_ignored_upload(uploads):
    """Each result has a place, because GitHub refuses a log without one; the note is apart."""
    (run,) = json.loads(found(uploads, "sarif"))["runs"]
    results = [one for one in run["results"] if one["ruleId"] == "XAC063"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results]
    assert {place.partition("up/")[2] for place in places} == set(NAMES)
    assert {one["level"] for one in results} == {"warning"}
    assert set(places) <= {one["location"]["uri"] for one in run["artifacts"]}
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["level"] == "note"
    assert "up/README.txt" in note["message"]["text"]


@pytest.mark.parametrize("format_", ["markdown", "latex"])
def test_a_page_has_a_note_about_ignored_uploads(uploads, format_):
    """The page of a leaderboard names them, but not the place of the folder."""
    done = xacle_eval("leaderboard", uploads, *SMALL, *REFERENCES, "--format", format_)
    assert "ignored: 4 files and 1 folder of 4 teams" in done.out.lower()
    assert str(uploads.parent) not in done.out
    assert "again/" in done.out


def test_a_rule_can_ignore_the_ignored_uploads(uploads, tmp_path):
    """A challenge that ignores the rule has neither the key nor the line."""
    text = (DATA / "invalid/challenge.toml").read_text()
    challenge = tmp_path / "challenge.toml"
    challenge.write_text(f'{text}\n[rules]\nXAC063 = "ignore"\n')
    done = xacle_eval("validate", uploads, "--challenge", challenge, "--format", "json")
    assert done.code == 0, done.err
    assert "ignored" not in json.loads(done.out)
    assert done.err == ""


def test_two_files_of_one_name_in_folders_of_a_team(tmp_path):
    """They have one label, so both are unranked; in folders of two teams they are ranked."""
    for place in ("Asa/a", "Asa/b", "Kumo/a"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "output.csv").write_text(GOOD)
    done = xacle_eval("leaderboard", tmp_path, *SMALL, *REFERENCES, "--format", "json")
    board = json.loads(done.out)
    assert done.code == 1
    assert [(one["team"], one["system"]) for one in board["entries"]] == [("Kumo", "output")]
    assert [one["findings"][0]["code"] for one in board["unranked"]] == ["XAC062", "XAC062"]


def test_a_folder_with_too_many_files_is_refused(uploads, monkeypatch):
    """A search is bounded: a folder with very many files is most likely not the one meant."""
    monkeypatch.setattr(discovery, "MOST_ENTRIES", 12)
    challenge = str(DATA / "invalid/challenge.toml")
    assert len(xe.validate(uploads, challenge=challenge)) == 2
    (uploads / "Hoshi/more/one.csv").touch()
    with pytest.raises(xe.UsageError, match="has more than 12 files and folders") as error:
        xe.validate(uploads, challenge=challenge)
    assert str(uploads) in str(error.value)

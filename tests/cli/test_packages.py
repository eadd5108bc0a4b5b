"""package, split and the other commands on a package of four sample systems."""

import json
import shutil

import pytest

from tests.cli.helpers import in_terminal, plain, xacle_eval
from tests.helpers import REPOSITORY
from tests.submissions.descriptions import description, zipped
from tests.submissions.test_package import pdf

SAMPLES = REPOSITORY / "sample_submissions"
SOURCES = (
    "Minimal_Reference_01",
    "Minimal_Reference_02",
    "TextOnly_Reference_01",
    "AudioOnly_Reference_01",
)
LABELS = tuple(f"Reference_{number:02d}" for number in range(1, 5))


@pytest.fixture(scope="module")
def systems(tmp_path_factory):
    """Return a folder with the files of a team's four systems and a report."""
    folder = tmp_path_factory.mktemp("package") / "systems"
    folder.mkdir()
    for label, source in zip(LABELS, SOURCES, strict=True):
        shutil.copy(SAMPLES / f"{source}.csv", folder / f"{label}.csv")
        (folder / f"{label}.yaml").write_text(description(label))
    (folder / "report.pdf").write_bytes(pdf(3))
    return folder


@pytest.fixture(scope="module")
def package(systems):
    """Return the package of these files."""
    path = systems.parent / "Reference.zip"
    done = xacle_eval("package", *sorted(systems.iterdir()), "-o", path)
    assert done.code == 0, done.err
    assert done.err.splitlines()[-1].startswith("wrote ")
    assert ": 4 systems, " in done.err
    return path


def test_there_and_back(systems, package, tmp_path):
    """split restores every file, and packing the files again gives the same package."""
    done = xacle_eval("split", package, "-o", tmp_path / "out")
    assert done.code == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == {
        file.name: file.read_bytes() for file in systems.iterdir()
    }
    assert xacle_eval("package", tmp_path / "out", "-o", tmp_path / "again.zip", "-q").code == 0
    assert (tmp_path / "again.zip").read_bytes() == package.read_bytes()


def test_validate(package, tmp_path):
    """The package and each of its systems have a report, and the receipt lists every member."""
    receipt = tmp_path / "receipt.json"
    done = xacle_eval("validate", package, "--format", "json", "--receipt", receipt)
    assert done.code == 0
    reports = json.loads(done.out)["submissions"]
    assert [report["kind"] for report in reports] == ["package", *["predictions"] * 4]
    assert [report["system"] for report in reports[1:]] == list(LABELS)
    assert len(reports[0]["members"]) == 9
    kept = json.loads(receipt.read_text())["files"]
    assert [(one["verdict"], len(one["members"]), len(one["systems"])) for one in kept] == [
        ("valid", 9, 4)
    ]
    assert xacle_eval("verify", receipt, package).code == 0


def test_verify_names_what_differs(package, tmp_path):
    """For another package of the same name, changed, added and missing files are listed."""
    receipt = tmp_path / "receipt.json"
    xacle_eval("validate", package, "--receipt", receipt, "-q")
    other = tmp_path / package.name
    other.write_bytes(zipped({"Reference_01.csv": b"x", "new.csv": b"y"}))
    done = xacle_eval("verify", receipt, other)
    assert done.code == 1
    assert "changed: Reference_01.csv" in done.out
    assert "added: new.csv" in done.out
    assert "missing: report.pdf" in done.out


def test_score(package):
    """Every system is scored like its single file; one can be chosen by its label."""
    alone = xacle_eval("score", SAMPLES / f"{SOURCES[0]}.csv", "--format", "csv").out.splitlines()[
        1
    ]
    rows = xacle_eval("score", package, "--format", "csv").out.splitlines()
    assert len(rows) == 5
    assert rows[1].split(",")[2:] == alone.split(",")[2:]
    document = json.loads(xacle_eval("score", package, "--format", "json").out)
    assert [card["system"] for card in document["systems"]] == list(LABELS)
    one = json.loads(xacle_eval("score", package, "--system", LABELS[1], "--format", "json").out)
    assert (one["schema"], one["system"]) == ("xacle-eval/score/1", LABELS[1])
    wrong = xacle_eval("score", package, "--system", "Reference_7")
    assert wrong.code == 2
    assert "did you mean Reference_0" in wrong.err


@pytest.mark.long
def test_leaderboard_and_compare(package, tmp_path):
    """The systems of a package are ranked and compared like prediction files."""
    (tmp_path / "sent").mkdir()
    shutil.copy(package, tmp_path / "sent")
    board = json.loads(xacle_eval("leaderboard", tmp_path / "sent", "--format", "json").out)
    assert [entry["system"] for entry in board["entries"]] == [LABELS[i] for i in (0, 1, 2, 3)]
    assert {entry["team"] for entry in board["entries"]} == {"Reference"}
    assert board["unranked"] == []
    found = json.loads(xacle_eval("compare", package, "--bootstrap", "50", "--format", "json").out)
    assert len(found["comparisons"]) == 4 * 3 // 2 * 4


@pytest.mark.long
def test_a_refused_package(tmp_path):
    """A package that cannot be opened has one report and is unranked; split writes nothing."""
    bad = tmp_path / "Bad.zip"
    bad.write_bytes(zipped({"../Bad_01.csv": b"x"}))
    assert xacle_eval("validate", bad).code == 1
    assert xacle_eval("score", bad).code == 1
    board = xacle_eval("leaderboard", bad, "--format", "json")
    assert board.code == 1
    assert [one["path"].rpartition("/")[2] for one in json.loads(board.out)["unranked"]] == [
        "Bad.zip"
    ]
    assert xacle_eval("split", bad, "-o", tmp_path / "out").code == 1
    assert [file.name for file in tmp_path.iterdir()] == ["Bad.zip"]


def test_an_invalid_package_is_not_written(systems, tmp_path):
    """An invalid package is reported and not written; an old package of that name stays."""
    target = tmp_path / "Reference.zip"
    target.write_text("old")
    done = xacle_eval("package", systems / "Reference_01.csv", "-o", target, "--force")
    assert done.code == 1
    assert "XAC092" in done.err
    assert target.read_text() == "old"


def test_split_never_writes_over_anything(package, tmp_path):
    """split does not change a folder that is not empty."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    done = xacle_eval("split", package, "-o", tmp_path / "out")
    assert done.code == 2
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("x.csv",),
        ("x.csv", "-o", "x.csv"),
        ("x.csv", "-o", "y.tar"),
        ("x.csv", "--template"),
        ("--label", "x"),
    ],
)
def test_usage_of_package(arguments):
    """Contradictory arguments exit with 2 and a message."""
    done = xacle_eval("package", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "error: " in done.err.lower()


def test_the_template(tmp_path):
    """The template is printed or written, with the label filled in."""
    out = xacle_eval("package", "--template", "--label", "Kumo_01").out
    assert "label: Kumo_01 " in out
    assert xacle_eval("package", "--template", "-o", tmp_path / "x.yaml").code == 0
    assert "label: <LABEL>" in (tmp_path / "x.yaml").read_text()


def test_a_package_in_a_terminal(package):
    """In a terminal of 80 columns no line of validate or score is longer."""
    for arguments in (("validate", package), ("score", package)):
        done = in_terminal(*arguments)
        assert all(len(line) <= 80 for line in plain(done.out).splitlines())

"""Prediction files that are compressed, or come from standard input."""

import gzip
import hashlib
import json
import shutil

import numpy
import pytest

import xacle_eval as xe
from tests.cli.helpers import EXAMPLE, HIBARI, in_terminal, xacle_eval
from tests.helpers import DATA
from tests.test_hostile import call

FOLDER = DATA / "example"
PLAIN = (DATA / HIBARI).read_bytes()
PACKED = gzip.compress(PLAIN, mtime=0)


def submissions(folder):
    """Return the document of `validate` for a result in JSON."""
    return json.loads(folder.out)["submissions"]


def test_a_compressed_file_has_the_scores_of_the_plain_file(tmp_path):
    """`score` and `compare` read .csv.gz, and the label has neither ending."""
    file = tmp_path / "Hibari_01.csv.gz"
    file.write_bytes(PACKED)
    plain = xe.score(DATA / HIBARI, challenge=FOLDER)
    packed = xe.score(file, challenge=FOLDER)
    assert packed.system == "Hibari_01"
    assert packed.metrics == plain.metrics
    pair = xe.compare(file, DATA / HIBARI, challenge=FOLDER, bootstrap=xe.Bootstrap(20))
    assert [system.metrics for system in pair.systems] == [plain.metrics] * 2


def test_a_folder_with_compressed_files_ranks_like_one_with_plain_files(tmp_path):
    """`leaderboard` finds .csv.gz in folders of teams, and ignores .gz of other kinds."""
    (tmp_path / "Kumo").mkdir()
    for file in (DATA / "example/submissions").iterdir():
        (tmp_path / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    (tmp_path / "Kumo" / "deep.CSV.GZ").write_bytes(PACKED)
    (tmp_path / "notes.md.gz").write_bytes(PACKED)
    board = xe.leaderboard(tmp_path, challenge=FOLDER)
    systems = {(one.team, one.system) for one in board.entries}
    assert {("Hibari", "Hibari_01"), ("Suzume", "Suzume_01"), ("Kumo", "deep")} <= systems
    assert any("notes.md.gz" in finding.message for finding in board.findings)


def test_a_plain_and_a_compressed_file_of_one_system(tmp_path):
    """Two files with the same label are two files of one system, so neither is ranked."""
    shutil.copy(DATA / HIBARI, tmp_path / "Hibari_01.csv")
    (tmp_path / "Hibari_01.csv.gz").write_bytes(PACKED)
    board = xe.leaderboard(tmp_path, challenge=FOLDER)
    assert [finding.code for one in board.unranked for finding in one.findings] == ["XAC062"] * 2


def test_a_receipt_describes_the_file_as_it_was_sent(tmp_path):
    """The hash of a compressed file is that of its bytes, so `verify` and sha256sum agree."""
    (tmp_path / "a.csv.gz").write_bytes(PACKED)
    (tmp_path / "a.csv").write_bytes(PLAIN)
    example = ("--challenge", DATA / "example")
    made = xacle_eval("validate", "a.csv.gz", *example, "--receipt", "r.json", cwd=tmp_path)
    assert made.code == 0
    receipt = json.loads((tmp_path / "r.json").read_text())
    assert receipt["files"][0]["sha256"] == hashlib.sha256(PACKED).hexdigest()
    assert xacle_eval("verify", "r.json", "a.csv.gz", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (PACKED[:-9], "XAC001", "damaged"),
        (PACKED + b"more", "XAC001", "damaged"),
        (PLAIN, "XAC001", "damaged"),
        (b"", "XAC001", "damaged"),
        (gzip.compress(b"a" * 20_000_000), "XAC001", "more than 200 times"),
        (
            gzip.compress(numpy.random.default_rng(1).bytes(8_000_000).hex().encode(), 1),
            "XAC003",
            "more than 10,000,000 bytes",
        ),
        (gzip.compress(gzip.compress(PLAIN)), "XAC004", "gzip"),
    ],
)
def test_damaged_and_too_large_files(tmp_path, data, code, words):
    """The limits of a plain file hold after decompression; damage is reported in one sentence."""
    file = tmp_path / "a.csv.gz"
    file.write_bytes(data)
    (report,) = xe.validate(file, challenge=FOLDER)
    (finding,) = report.findings
    assert finding.code == code
    assert words in finding.message


@pytest.mark.long
def test_standard_input_in_every_command():
    """`-` gives the scores of the file, with the label stdin or that of --system."""
    plain = xe.score(DATA / HIBARI, challenge=FOLDER)
    for data, names, system in (
        (PLAIN, (), ["stdin", "stdin"]),
        (PACKED, ("--system", "Kumo_02"), ["Kumo_02", "Kumo"]),
    ):
        result = xacle_eval("score", "-", *EXAMPLE, *names, "--format", "json", stdin=data)
        card = json.loads(result.out)
        assert [card[key] for key in ("path", "system", "team")] == ["<stdin>", *system]
        assert card["sha256"] == hashlib.sha256(data).hexdigest()
        assert card["metrics"] == plain.metrics
    both = xacle_eval(
        "leaderboard", "-", "example/submissions", *EXAMPLE, "--format", "json", stdin=PLAIN
    )
    ranked = {one["system"]: one["rank"] for one in json.loads(both.out)["entries"]}
    assert ranked["stdin"] == ranked["Hibari_01"]
    compared = xacle_eval("compare", "-", HIBARI, *EXAMPLE, "--bootstrap", "20", stdin=PLAIN)
    assert compared.out.startswith("A = stdin, B = Hibari_01")


@pytest.mark.parametrize("format_", ["github", "sarif", "junit"])
def test_reports_about_standard_input(format_):
    """Every format of `validate` names <stdin> for a file with errors."""
    result = xacle_eval("validate", "-", *EXAMPLE, "--format", format_, stdin=b"a,b\n")
    assert result.code == 1
    assert "stdin" in result.out
    assert "Traceback" not in result.err


@pytest.mark.parametrize("name", ["validate", "leaderboard", "compare"])
def test_standard_input_given_twice(name):
    """Two `-` are a usage error, since standard input can be read only once."""
    code, _, err = call(name, "-", "-", "--challenge", FOLDER)
    assert code == 2
    assert "given twice" in err


def test_empty_and_too_large_standard_input():
    """No input is an empty file; more than the limit is not read."""
    result = xacle_eval("validate", "-", *EXAMPLE, "--format", "json", stdin=b"")
    assert submissions(result)[0]["findings"][0]["code"] == "XAC002"
    result = xacle_eval("validate", "-", *EXAMPLE, "--format", "json", stdin=b"a,1\n" * 2_500_001)
    assert submissions(result)[0]["findings"][0]["code"] == "XAC003"


def test_a_terminal_as_standard_input():
    """A terminal is refused with the way to send a file, instead of waiting for text."""
    result = in_terminal("score", "-", *EXAMPLE)
    assert result.code == 2
    assert "is a terminal" in result.out
    assert "< FILE" in result.out

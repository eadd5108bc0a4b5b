"""Messages of a first use: what `fix` can correct, and where the statistics are printed."""

import pytest

from tests.cli.helpers import xacle_eval
from tests.submissions.cases import CASES, CHALLENGE
from xacle_eval.submissions import fixing

NOTE = "note: only the form of {} is wrong; xacle-eval fix can correct it\n"


@pytest.fixture
def folder(tmp_path):
    """A folder with the challenge of twelve pairs, its averages and some prediction files."""
    (tmp_path / "challenge.toml").write_text(CHALLENGE, encoding="utf-8")
    for name in ("zeros", "other_split", "refs_as_sub"):
        (tmp_path / f"{name}.csv").write_text(CASES[name], encoding="utf-8")
    return tmp_path


def run(folder, *arguments, **settings):
    """Run a command in the folder."""
    return xacle_eval(*arguments, "--challenge", "challenge.toml", cwd=folder, **settings)


def test_a_file_that_fix_makes_valid_is_named(folder):
    """The note of validate and of score is right: fix makes the file valid."""
    checked = run(folder, "validate", "zeros.csv")
    assert (checked.code, checked.err) == (1, NOTE.format("zeros.csv"))
    scored = run(folder, "score", "zeros.csv", "--references", "refs_as_sub.csv")
    assert scored.code == 1
    assert scored.err.endswith(NOTE.format("zeros.csv"))
    assert run(folder, "fix", "zeros.csv", "-o", "fixed.csv").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "other_split.csv"),  # fix cannot make it valid
        ("validate", "zeros.csv", "--format", "concise"),
        ("validate", "zeros.csv", "other_split.csv"),
    ],
)
def test_otherwise_there_is_no_note(arguments, folder):
    """A file that needs more than form, several files and formats for programs have no note."""
    done = run(folder, *arguments)
    assert done.code == 1
    assert "xacle-eval fix" not in done.out + done.err


def test_a_bug_of_fix_does_not_change_the_verdict(folder):
    """An error while the note is prepared is no error of the check."""
    broken = f"import {fixing.__name__} as f\ndef fail(*_): 1 / 0\nf.fix_predictions = fail"
    done = run(folder, "validate", "zeros.csv", before=broken)
    assert (done.code, done.err) == (1, "")


def test_statistics_are_on_stdout_only_below_a_report(folder):
    """With a file or a format for programs, the tables of --statistics are on stderr."""
    below = run(folder, "validate", "zeros.csv", "--statistics", "--format", "concise")
    assert below.out.startswith("zeros.csv:2:1: error XAC146 ")
    assert "Findings by code" in below.out
    for arguments in (("--format", "json"), ("-o", "report.txt")):
        beside = run(folder, "validate", "zeros.csv", "--statistics", *arguments)
        assert "Findings by code" not in beside.out
        assert "Findings by code" in beside.err


def test_many_rows_with_one_fault_name_it_once(folder):
    """The message for many rows shows the first of them, and does not repeat itself."""
    rows = CASES["zeros"].splitlines()
    text = "\n".join([rows[0], *(f"{row.split(',')[0]},{end}" for row, end in zip(
        rows[1:], ["NA", "", "nan", "NaN", "inf", "inf", "x", "y", "1", "1", "1", "1"], strict=True
    ))])  # fmt: skip
    (folder / "rows.csv").write_text(text + "\n", encoding="utf-8")
    out = run(folder, "validate", "rows.csv", "--format", "concise").out
    assert "2 rows have no prediction; the first: 7500" in out
    assert "2 rows have a prediction of NaN; the first: 7502" in out
    assert "2 rows have an infinite prediction; the first: 7504" in out
    assert "2 rows have a prediction that is not a number; the first: 'x' (7506)" in out


def test_two_files_of_ratings_are_to_be_joined(folder):
    """The message about a second --references says what to do."""
    twice = ("--references", "refs_as_sub.csv") * 2
    done = run(folder, "score", "zeros.csv", *twice)
    assert done.code == 2
    assert "both have averages; with two reference files" in done.err
    assert "join several files of one kind, with one header" in done.err


def test_fix_says_what_to_do_with_a_package(folder):
    """A ZIP is a package: it is unpacked first. It is not taken for an Excel workbook."""
    (folder / "Kumo.zip").write_bytes(b"PK\x03\x04")
    done = run(folder, "fix", "Kumo.zip", "-o", "fixed.csv")
    assert (done.code, done.out) == (2, "")
    assert "unpack it with xacle-eval split, and fix each prediction file" in done.err


def test_fix_says_why_nothing_is_written(folder):
    """Without a fault of form, fix changes nothing, and writes nothing if other errors are left."""
    done = run(folder, "fix", "other_split.csv", "-o", "fixed.csv")
    assert done.code == 1
    assert done.err.splitlines() == [
        "no change: the file has no fault that fix corrects",
        "nothing was written: correct the remaining errors first",
    ]
    assert not (folder / "fixed.csv").exists()

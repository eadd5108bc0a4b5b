"""The dataset check: all problems at once, with file and line."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from reference.checking import check
from reference.errors import RecipeError
from tests.reference.builders import (
    RATE,
    chunk,
    command,
    format_chunk,
    riff,
    samples,
    wav,
    write_csv,
    write_dataset,
)


def edit(path: Path, change: Callable[[list[list[str]]], None]) -> None:
    """Change the rows of a CSV file in place; row 0 is the header, so row n is line n + 1."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def damage(directory: Path) -> set[tuple[str, str]]:
    """Damage a valid dataset in all ways; return (group, where) of each problem."""
    meta, audio = directory / "meta_data", directory / "wav"

    def ratings(rows: list[list[str]]) -> None:
        rows[1][2] = "11"
        rows[2][2] = "4.5"
        rows[3][2] = "good"
        rows[4][3] = ""
        rows[5][1] = ""
        rows.append(["00002.wav", "a bell", "0", "L1"])
        rows.append(["notes.txt", "a bell", "0", "L1"])
        rows.append(["00002.wav", "a bell", "0"])

    edit(meta / "train.csv", ratings)
    edit(meta / "validation_average.csv", lambda rows: rows[1].__setitem__(2, "3.4"))
    edit(meta / "validation_average.csv", lambda rows: rows[2].__setitem__(2, "-1"))
    edit(meta / "validation_average.csv", lambda rows: rows[3].__setitem__(1, "two bells"))
    edit(meta / "test.csv", lambda rows: rows.extend([["00001.wav", "rain", "3", "L9"]]))
    (audio / "test" / "00001.wav").write_bytes(wav(samples(3200)))
    (audio / "validation" / "07500.wav").unlink()
    (audio / "validation" / "09999.wav").write_bytes(wav(samples(3200)))
    (audio / "test" / "10500.wav").write_bytes(
        riff(format_chunk(channels=2, rate=44_100), chunk(b"data", bytes(64)))
    )
    (audio / "test" / "10501.wav").write_bytes(wav()[:100])
    (audio / "test" / "10502.wav").write_bytes(wav(samples(RATE)))
    return {
        ("rating values", "meta_data/train.csv:2"),
        ("rating values", "meta_data/train.csv:3"),
        ("rating values", "meta_data/train.csv:4"),
        ("listeners", "meta_data/train.csv:5"),
        ("texts", "meta_data/train.csv:6"),
        ("texts", "meta_data/train.csv:7"),
        ("duplicates", "meta_data/train.csv:8"),
        ("file names", "meta_data/train.csv:9"),
        ("metadata", "meta_data/train.csv:10"),
        ("averages", "meta_data/validation_average.csv:2"),
        ("average values", "meta_data/validation_average.csv:3"),
        ("texts", "meta_data/validation_average.csv:4"),
        ("pairs", "meta_data/test.csv:8"),
        ("splits", "meta_data/test.csv:8"),
        ("missing audio", "wav/validation/07500.wav"),
        ("unused audio", "wav/validation/09999.wav"),
        ("audio format", "wav/test/10500.wav"),
        ("audio format", "wav/test/10501.wav"),
        ("lengths", "wav/test/10502.wav"),
        ("lengths", "wav/"),
    }


def test_a_valid_dataset_has_no_errors(tmp_path: Path) -> None:
    """A valid dataset is counted and only gets one warning, about its short clips."""
    report = check(write_dataset(tmp_path))
    assert [(problem.severity, problem.group) for problem in report.problems] == [
        ("warning", "lengths")
    ]
    assert report.pairs == report.clips == {"train": 3, "validation": 3, "test": 3}
    assert report.ratings == {"train": 6, "validation": 6, "test": 6}
    assert report.seconds == pytest.approx(0.2)


def test_every_problem_is_found_at_once_with_file_and_line(tmp_path: Path) -> None:
    """A dataset damaged in twenty ways gets a problem for each, with its position."""
    expected = damage(write_dataset(tmp_path))
    found = {(problem.group, problem.where) for problem in check(tmp_path).problems}
    assert expected <= found
    # An empty text also differs from the other lines, and lost ratings change the averages.
    consequences = found - expected
    assert {group for group, _ in consequences} <= {"texts", "averages"}
    assert all("train" in where for _, where in consequences)


def test_the_command_groups_the_problems_and_exits_with_1(tmp_path: Path) -> None:
    """The command prints problems by group and exits with 1, or 0 with warnings only."""
    write_dataset(tmp_path / "data")
    good = command("check", "data", cwd=tmp_path)
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "0 errors, 1 warning")
    damage(tmp_path / "data")
    bad = command("check", "data", cwd=tmp_path)
    assert bad.returncode == 1
    assert (
        "error: rating values (3)\n  meta_data/train.csv:2: 00000.wav: 11 is outside the scale"
        in bad.stdout
    )
    assert "44100 Hz, stereo; expected 16000 Hz, mono" in bad.stdout
    assert "Traceback" not in bad.stdout + bad.stderr


def test_long_lists_are_shortened_without_all(tmp_path: Path) -> None:
    """Ten problems per group are listed and the others counted; --all lists all."""
    write_dataset(tmp_path / "data")
    for number in range(15):
        (tmp_path / "data" / "wav" / "train" / f"x{number:02d}.wav").write_bytes(b"")
    cut = command("check", "data", cwd=tmp_path).stdout
    assert "error: audio format (15)" in cut
    assert "and 5 more" in cut
    assert "x14.wav" not in cut
    assert command("check", "data", "--all", cwd=tmp_path).stdout.count("an empty file") == 15


def test_missing_folders_and_files_are_layout_problems(tmp_path: Path) -> None:
    """In an empty folder, each missing folder and metadata file is a problem."""
    where = {problem.where for problem in check(tmp_path).problems}
    assert {"meta_data/", "wav/", "wav/test/", "meta_data/train.csv"} <= where


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """A missing folder is an error instead of a report; the command exits with 2."""
    with pytest.raises(RecipeError, match="no such folder"):
        check(tmp_path / "gone")
    result = command("check", "gone", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: gone: no such folder")


@pytest.mark.parametrize(
    ("written", "fine"), [("3.33", True), ("3.333333", True), ("3.3", False), ("3.34", False)]
)
def test_an_average_may_be_rounded_in_its_last_decimal_and_no_further(
    tmp_path: Path, written: str, fine: bool
) -> None:
    """A rounded average agrees with its ratings to half a unit of its last decimal."""
    write_dataset(tmp_path)
    meta = tmp_path / "meta_data"
    edit(meta / "train.csv", lambda rows: rows.insert(1, ["00000.wav", "a dog barks", "3", "L7"]))
    edit(meta / "train_average.csv", lambda rows: rows[1].__setitem__(2, written))
    assert (
        not [problem for problem in check(tmp_path).problems if problem.group == "averages"]
    ) is fine


def test_labels_may_only_be_withheld_for_test(tmp_path: Path) -> None:
    """A file with only names and texts is valid for test and a problem for train."""
    write_dataset(tmp_path)
    for split, first in (("train", 0), ("test", 10500)):
        (tmp_path / "meta_data" / f"{split}_average.csv").unlink()
        rows = [(f"{number:05d}.wav", "a bell") for number in range(first, first + 3)]
        write_csv(tmp_path / "meta_data" / f"{split}.csv", ("wav_file_name", "text"), rows)
    errors = [
        (problem.group, problem.where)
        for problem in check(tmp_path).problems
        if problem.severity == "error"
    ]
    assert ("scores", "meta_data/train.csv") in errors
    assert not [where for _, where in errors if "test" in where]


def test_an_unreadable_file_is_named_with_its_line(tmp_path: Path) -> None:
    """Invalid UTF-8, a missing header and an empty file are each reported with a line."""
    write_dataset(tmp_path)
    meta = tmp_path / "meta_data"
    (meta / "train.csv").write_bytes(
        b"wav_file_name,text,score,listener_id\n00000.wav,caf\xe9,3,L1\n"
    )
    (meta / "validation.csv").write_text("07500.wav,a dog barks,3,L1\n", encoding="utf-8")
    (meta / "test.csv").write_bytes(b"")
    problems = {problem.where: problem.message for problem in check(tmp_path).problems}
    assert "byte 0xe9 is not UTF-8" in problems["meta_data/train.csv:2"]
    assert "missing column" in problems["meta_data/validation.csv:1"]
    assert "empty" in problems["meta_data/test.csv:1"]

"""Real dataset folders, read by functions and by commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reference.dataset import load_split
from reference.errors import DatasetError
from tests.reference.builders import command, samples, wav, write_csv, write_dataset

TEXTS = ("a dog barks", "rain falls", "a bell rings", "wind blows")


def write_real_layout(directory: Path) -> Path:
    """Write a dataset with the spellings of real lists and without labels for test."""
    meta = directory / "meta_data"
    for split, first in (("train", 0), ("validation", 7500), ("test", 10500)):
        (directory / "wav" / split).mkdir(parents=True)
        names = [f"{number:05d}.wav" for number in range(first, first + 12)]
        for number, name in enumerate(names):
            (directory / "wav" / split / name).write_bytes(wav(samples(8000, first + number)))
        texts = [TEXTS[number % len(TEXTS)] for number in range(12)]
        averages = [
            (f"/{split}/{name}", text, 0.25 * number)
            for number, (name, text) in enumerate(zip(names, texts, strict=True))
        ]
        if split == "train":
            header = ("wave_file_name", "text", "average_semantic_alignement_score")
            write_csv(meta / "train_average.csv", header, averages, encoding="utf-8-sig")
        elif split == "validation":
            rows = [
                (name, text, round(value), listener)
                for name, text, value in averages
                for listener in "ab"
            ]
            write_csv(
                meta / "validation.csv", ("Wave_File_Name", "text", "score", "listener_id"), rows
            )
        else:
            write_csv(meta / "test.csv", ("wav_file_name", "text"), [row[:2] for row in averages])
    return directory


def test_other_spellings_slashes_and_a_bom_are_read(tmp_path: Path) -> None:
    """Folders in names, other column spellings and a byte order mark are accepted."""
    write_real_layout(tmp_path)
    train = load_split(tmp_path, "train", rated=True)
    assert [pair.id for pair in train.pairs] == [f"{number:05d}.wav" for number in range(12)]
    assert np.array_equal(train.scores(), 0.25 * np.arange(12))
    assert train.references == tmp_path / "meta_data" / "train_average.csv"
    test = load_split(tmp_path, "test", rated=False)
    assert np.isnan(test.scores()).all()
    assert test.references is None


def test_ratings_are_averaged(tmp_path: Path) -> None:
    """The score of a pair is the mean of its ratings, and the rating file is the reference."""
    split = load_split(write_dataset(tmp_path), "train", rated=True)
    assert split.scores().tolist() == [3.5, 9.5, 0.0]
    assert split.references == tmp_path / "meta_data" / "train.csv"


def test_an_invalid_dataset_is_rejected_with_its_problems(tmp_path: Path) -> None:
    """The error names an invalid line, a missing clip and the check command."""
    write_dataset(tmp_path)
    (tmp_path / "wav" / "train" / "00001.wav").unlink()
    write_csv(
        tmp_path / "meta_data" / "train_average.csv",
        ("wav_file_name", "text", "average_score"),
        [("00000.wav", "a dog barks", "12")],
    )
    with pytest.raises(DatasetError) as caught:
        load_split(tmp_path, "train", rated=True)
    assert "meta_data/train_average.csv:2: 00000.wav: 12 is outside the scale" in str(caught.value)
    assert "wav/train/00001.wav: no such file" in str(caught.value)
    assert "python -m reference check" in str(caught.value)


def test_withheld_scores_cannot_be_used_for_training(tmp_path: Path) -> None:
    """Requesting withheld scores names the pairs without a score."""
    with pytest.raises(DatasetError, match=r"10500\.wav has no score"):
        load_split(write_real_layout(tmp_path), "test", rated=True)


def test_the_commands_work_on_the_real_layout(tmp_path: Path) -> None:
    """Check, train and predict accept other spellings and withheld labels without options."""
    write_real_layout(tmp_path / "data")
    for words in (
        ["check", "data"],
        ["train", "data", "-o", "model.npz", "--jobs", "1"],
        ["predict", "data", "--model", "model.npz", "-o", "out.csv", "--jobs", "1"],
    ):
        result = command(*words, cwd=tmp_path)
        assert result.returncode == 0, result.stdout + result.stderr
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "wav_file_name,pred_score"
    assert [line.split(",")[0] for line in lines[1:]] == [
        f"{number:05d}.wav" for number in range(10500, 10512)
    ]
    assert all(0 <= float(line.split(",")[1]) <= 10 for line in lines[1:])


def test_the_loop_accepts_the_real_layout(tmp_path: Path) -> None:
    """`loop --data` writes valid submissions, does not change the dataset and reports the end."""
    write_real_layout(tmp_path / "data")
    before = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "data").rglob("*"))
    result = command("loop", "work", "--data", "data", "--jobs", "1", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "7 of 7 submissions valid" in result.stdout
    assert "no scores in this dataset" in result.stderr
    assert before == sorted(
        (path, path.stat().st_mtime_ns) for path in (tmp_path / "data").rglob("*")
    )

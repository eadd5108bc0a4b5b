"""Files are written atomically."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reference.errors import RecipeError
from reference.files import write_bytes


def test_a_file_is_replaced_and_missing_folders_are_created(tmp_path: Path) -> None:
    """Writing creates parent folders, replaces the old file and leaves no other file."""
    target = tmp_path / "a" / "b.csv"
    for data in (b"first, long", b"second"):
        write_bytes(target, data)
        assert target.read_bytes() == data
    assert list(target.parent.iterdir()) == [target]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk is full, the error names the file and the old content stays."""
    target = tmp_path / "b.csv"
    write_bytes(target, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecipeError, match=r"b\.csv cannot be written: No space left on device"):
        write_bytes(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    """A file in place of a folder is an error that names the target."""
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(RecipeError, match="cannot be written"):
        write_bytes(tmp_path / "a" / "b.csv", b"x")

"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reference.errors import RecipeError
from reference.files import write_bytes


def test_a_file_is_replaced_whole_with_missing_folders_made(tmp_path: Path) -> None:
    """Writing makes the folders above a file, replaces what was there, and leaves nothing else
    behind.
    """
    target = tmp_path / "a" / "b.csv"
    for data in (b"first, long", b"second"):
        write_bytes(target, data)
        assert target.read_bytes() == data
    assert list(target.parent.iterdir()) == [target]


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk refuses, the error names the file, the old content stays and no part is left."""
    target = tmp_path / "b.csv"
    write_bytes(target, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecipeError, match=r"b\.csv cannot be written: No space left on device"):
        write_bytes(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where a folder is needed is an error that names the target."""
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(RecipeError, match="cannot be written"):
        write_bytes(tmp_path / "a" / "b.csv", b"x")

"""Digests of many files: in threads or not, the same."""

import hashlib
import os

import pytest

from xacle_eval.io import digests


@pytest.mark.parametrize("size", [10, 12_000])
def test_digests_are_those_of_the_bytes(tmp_path, size):
    """Small and large files have the SHA-256 of their bytes, in the given order; a missing file, a
    link and a pipe are errors of their own.
    """
    names = [f"{number:03d}" for number in range(450)]
    for name in names:
        (tmp_path / name).write_bytes(name.encode() * size)
    (tmp_path / "007").unlink()
    (tmp_path / "008").unlink()
    (tmp_path / "008").symlink_to("009")
    (tmp_path / "440").unlink()
    os.mkfifo(tmp_path / "440")
    found = digests.file_digests(tmp_path, names)
    errors = [name for name, (_, error) in zip(names, found, strict=True) if error is not None]
    assert errors == ["007", "008", "440"]
    assert isinstance(found[7][1], FileNotFoundError)
    for name, (digest, error) in zip(names, found, strict=True):
        assert error is not None or digest == hashlib.sha256(name.encode() * size).hexdigest()


def test_a_missing_folder(tmp_path):
    """Without the folder, every file has the error."""
    found = digests.file_digests(tmp_path / "none", ["a", "b"])
    assert [isinstance(error, FileNotFoundError) for _, error in found] == [True, True]

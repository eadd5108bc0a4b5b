"""The picture of the results pages in the README is made by a script."""

import importlib.util
import struct
from pathlib import Path

import pytest

from tests.reports.site.browsing import browser

ROOT = Path(__file__).resolve().parents[3]


def size_of(picture):
    """Return the width and the height in the header of a PNG."""
    data = picture.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


@pytest.mark.long
def test_the_script_takes_the_picture(tmp_path):
    """The script takes a picture of the size of the committed one."""
    with browser():
        pass
    spec = importlib.util.spec_from_file_location("site_picture", ROOT / "docs" / "site_picture.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.take(tmp_path / "site.png")
    assert size_of(tmp_path / "site.png") == size_of(script.PICTURE)

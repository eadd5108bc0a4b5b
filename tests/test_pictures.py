"""The picture of the README shows today's numbers."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.long
def test_the_picture_of_the_readme_is_up_to_date():
    """The labels of the committed picture are those that the script draws now."""
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)
    drawn = pictures.draw(pictures.sample_board())

    def labels(svg: str) -> list[str]:
        return re.findall(r"<!-- (.*?) -->|<text[^>]*>(.*?)</text>", svg)

    assert labels(pictures.PICTURE.read_text(encoding="utf-8")) == labels(drawn)
    assert "0.637" in drawn

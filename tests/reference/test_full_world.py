"""The goals of the minimal predictor on the default world, with shorter clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference.builders import command


@pytest.mark.long
def test_the_predictor_needs_both_sides_on_the_default_world(tmp_path: Path) -> None:
    """SRCC is above 0.55 with both sides, below 0.35 with one and about 0 with shuffled clips."""
    for words in (("synthesize", "world", "--seconds", "4"), ("controls", "world")):
        result = command(*words, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    cells = [line.split("|") for line in result.stdout.splitlines()[2:]]
    srcc = {row[1].strip(): float(row[2]) for row in cells}
    assert srcc["both sides"] > 0.55
    assert abs(srcc["audio only"]) < 0.35
    assert abs(srcc["text only"]) < 0.35
    assert abs(srcc["both sides, clips shuffled among the test pairs"]) < 0.1

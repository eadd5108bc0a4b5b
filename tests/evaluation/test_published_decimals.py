"""Published numbers are rounded as the decimals that they are."""

from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd
import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from xacle_eval.challenge.rounding import round_published


def test_a_published_half_is_rounded_as_a_decimal(tmp_path):
    """0.6375 is 0.638, so it wins over 0.637 with a better LCC."""
    table = tmp_path / "t.csv"
    table.write_text(
        "system,SRCC,LCC,KTAU,MSE\nlow_01,0.637,0.700,0.5,3.0\nhigh_01,0.6375,0.600,0.5,3.0\n"
    )
    lines = xacle_eval("rank", table).out.splitlines()
    first = next(line for line in lines if "high_01" in line)
    assert first.split()[0] == "1"
    assert "0.638" in first


@pytest.mark.parametrize("text", ["0.6365", "0.6375", "-0.0005", "1e-3", "0.0625", "12.34567"])
def test_rounding_agrees_with_exact_decimals(text):
    """A number is rounded half to even on its decimal text."""
    expected = float(Decimal(text).quantize(Decimal("0.001"), rounding=ROUND_HALF_EVEN))
    assert round_published("SRCC", text, 3) == expected


def test_computed_floats_are_rounded_as_floats():
    """The floats of a DataFrame are rounded as in a leaderboard."""
    frame = pd.DataFrame(
        {"system": ["a_01"], "SRCC": [0.6375], "LCC": [0.5], "KTAU": [0.5], "MSE": [1.0]}
    )
    assert xe.rank(frame).entries[0].rounded["SRCC"] == round(0.6375, 3)

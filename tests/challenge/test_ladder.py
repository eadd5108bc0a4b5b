"""The Ladder against algorithm 1 of Blum and Hardt (2015)."""

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xacle_eval.challenge import ladder as module
from xacle_eval.challenge.ladder import Shown, ladder, ladder_history

STEPS = st.sampled_from(["0.01", "0.05", "0.1", "0.25", "2"])
SCORES = st.lists(st.integers(-999, 999), min_size=1, max_size=30)


def algorithm_1(losses, step):
    """Return R_1 … R_k of the paper's algorithm for losses, in exact fractions."""
    shown, best = [], None
    for loss in losses:
        if best is None or loss < best - step:
            best = step * round(loss / step)
        shown.append(best)
    return shown


@given(scores=SCORES, step=STEPS)
def test_the_algorithm_of_the_paper(scores, step):
    """Errors give the sequence of algorithm 1; a higher score is a lower loss."""
    exact = [Fraction(score, 1000) for score in scores]
    expected = [float(each) for each in algorithm_1(exact, Fraction(step))]
    values = [score / 1000 for score in scores]
    found = ladder_history(values, float(step), higher_is_better=False)
    assert [each.value for each in found] == expected
    reverse = ladder_history([-value for value in values], float(step), higher_is_better=True)
    assert [-each.value for each in reverse] == expected
    changes = [True, *(a != b for a, b in pairwise(expected))]
    assert [each.is_new for each in found] == changes


def test_a_score_that_is_better_by_less_than_the_step_is_not_shown():
    """A gain of exactly the step is not enough, whatever the binary numbers are."""
    assert ladder(None, 0.634, 0.01, True) == Shown(0.63, True)
    assert ladder(0.63, 0.64, 0.01, True) == Shown(0.63, False)
    assert ladder(0.63, 0.6401, 0.01, True) == Shown(0.64, True)
    assert ladder(0.63, -1.0, 0.01, True) == Shown(0.63, False)
    assert ladder(2.0, 1.89, 0.1, False) == Shown(1.9, True)


@pytest.mark.parametrize(
    ("best", "value", "step"),
    [(None, float("nan"), 0.1), (float("inf"), 1.0, 0.1), (0.5, 0.6, 0.0), (0.5, 0.6, -1.0)],
)
def test_numbers_without_a_meaning(best, value, step):
    """A number that is not finite, or a step of 0, is an error."""
    with pytest.raises(ValueError, match="expected finite numbers and a step above 0"):
        ladder(best, value, step, True)


def test_the_standard_library_is_enough():
    """The file alone runs without the toolkit and its libraries."""
    code = f"exec(open({module.__file__!r}).read()); print(ladder(0.5, 0.62, 0.05, True).value)"
    isolated = [sys.executable, "-I", "-S", "-c", f"__name__ = 'ladder'; {code}"]
    done = subprocess.run(isolated, capture_output=True, text=True, cwd=Path.cwd(), check=True)
    assert float(done.stdout) == 0.6

"""What is shown of a value: the toolkit's rounding, a step, and the ladder of a team's best."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from xacle_eval.challenge.ladder import decimals_of_step
from xacle_eval.challenge.phases import Release
from xacle_eval.challenge.rounding import round_metric
from xacle_eval.hosting.scoring.phases import ScoreKey
from xacle_eval.hosting.scoring.release import ladder, release

KEY = ScoreKey("SRCC", "SRCC", "", "pair", True, 2, None, None, -1.0, True, True, True)
MSE = replace(KEY, key="MSE", metric="MSE", higher_is_better=False, digits=4)


@given(value=st.floats(-1e9, 1e9), decimals=st.integers(0, 6), metric=st.sampled_from("SM"))
def test_it_rounds_like_the_toolkit(value, decimals, metric):
    """Decimals, and four significant digits of an error."""
    key = replace(KEY if metric == "S" else MSE, decimals=decimals)
    assert release(value, key) == round_metric(key.metric, value, decimals)


@given(
    values=st.lists(st.floats(-1, 1) | st.floats(0, 1e7), min_size=1, max_size=8),
    step=st.sampled_from([0.01, 0.025, 0.05, 0.1, 20.0]),
    metric=st.sampled_from("SM"),
)
def test_a_platform_shows_the_steps_of_the_results_pages(values, step, metric):
    """With the same history, a host that keeps it shows the same values, all multiples of the
    step; one that keeps nothing rounds as the board does.
    """
    key = replace(KEY if metric == "S" else MSE, step=step, decimals=decimals_of_step(step))
    policy = Release(
        phase="open", split="test", part="all", decimals={key.metric: key.decimals}, ladder=step
    )
    here, there = None, None
    for value in values:
        here = policy.shown(key.metric, here, value).value
        there = ladder(value, there, key)
        assert here == there
        assert release(value, key) == policy.rounded(key.metric, value)
        if abs(value) < 1:
            assert abs(release(value, key) - value) <= step / 2 + 1e-12


def test_a_step():
    """A value is rounded to the step; a multiple of it has no digits behind it."""
    key = replace(KEY, step=0.05, decimals=3)
    assert [release(value, key) for value in (0.0, 0.13, 0.574, -0.02, 0.8251)] == [
        *(0.0, 0.15, 0.55, 0.0, 0.85),
    ]
    assert str(release(-0.001, key)) == "0.0"
    assert release(0.3000001, replace(KEY, step=0.1, decimals=10)) == 0.3


def test_the_ladder():
    """A new score is shown only where it beats the best by more than the step."""
    key = replace(KEY, step=0.01, decimals=3)
    shown, best = [], None
    for value in (0.501, 0.505, 0.5151, 0.3, 0.5249, 0.526):
        best = ladder(value, best, key)
        shown.append(best)
    assert shown == [0.5, 0.5, 0.52, 0.52, 0.52, 0.52]
    assert ladder(0.5301, 0.52, key) == 0.53
    assert ladder(3.0, 4.0, replace(MSE, step=0.5)) == 3.0
    assert ladder(3.6, 4.0, replace(MSE, step=0.5)) == 4.0

"""Per-listener ratings: summaries, reliability, noise ceiling and listener screening.

Goal: measure the quality of the averages of a table of (pair, listener, rating), balanced or not.

Every function takes ``Ratings`` and returns a frozen result with ``to_frame()`` and ``to_dict()``.
No function reads files or prints. Public are the names in ``__all__`` of this package;
its modules are private.
"""

from xacle_eval.listeners.ceiling import Ceiling, NoiseCeiling, noise_ceiling
from xacle_eval.listeners.components import VarianceComponents, variance_components
from xacle_eval.listeners.floor import MseFloor, mse_floor
from xacle_eval.listeners.one_human import OneHuman, one_human
from xacle_eval.listeners.planning import Design, RatingPlan, plan_test_set
from xacle_eval.listeners.reliability import Reliability, reliability, spearman_brown
from xacle_eval.listeners.screening import (
    SCREENING_METHODS,
    Removal,
    Screening,
    ScreeningMethod,
    screen,
)
from xacle_eval.listeners.summary import (
    Averages,
    Description,
    ListenerSummary,
    averages,
    describe,
    listener_summary,
)
from xacle_eval.references.ratings import Duplicate, Ratings, RatingsError

__all__ = [
    "SCREENING_METHODS",
    "Averages",
    "Ceiling",
    "Description",
    "Design",
    "Duplicate",
    "ListenerSummary",
    "MseFloor",
    "NoiseCeiling",
    "OneHuman",
    "RatingPlan",
    "Ratings",
    "RatingsError",
    "Reliability",
    "Removal",
    "Screening",
    "ScreeningMethod",
    "VarianceComponents",
    "averages",
    "describe",
    "listener_summary",
    "mse_floor",
    "noise_ceiling",
    "one_human",
    "plan_test_set",
    "reliability",
    "screen",
    "spearman_brown",
    "variance_components",
]

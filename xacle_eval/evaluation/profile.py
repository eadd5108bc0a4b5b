"""Where the error of one system comes from: the model of a score card's profile, and what fills it.

The model costs nothing to load; `error_profile` loads the statistics when a profile is asked
for. Definitions: `xacle_eval.statistics.profile` and docs/error-profile.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval.references.model import References

if TYPE_CHECKING:
    from xacle_eval.statistics.profile import PanelSpread

from xacle_eval.results.profile import ErrorProfile

__all__ = ["error_profile"]


def error_profile(
    predictions: NDArray[np.float64], references: References, pair_ids: Sequence[str]
) -> ErrorProfile:
    """Return the profile of one system's errors.

    Parameters
    ----------
    predictions : array, shape (n,)
        In manifest order.
    references : References
        Averages, or averages with the ratings they were made from.
    pair_ids : sequence of str
        The ids of the pairs in manifest order.
    """
    from xacle_eval.statistics.profile import error_profile as profile_of

    found = profile_of(predictions, references.values, pair_ids=pair_ids, panel=_panel(references))
    return ErrorProfile.model_validate(found.to_dict())


def _panel(references: References) -> PanelSpread | None:
    """Return how well the averages are known; None without ratings or with a single one of every
    pair.
    """
    rows = references.ratings
    size = references.values.size
    if rows is None or rows.values.size == size:
        return None
    from xacle_eval.statistics.profile import PanelSpread

    # Every pair has a rating, and pairs with a single one add to neither the sum nor the freedom.
    freedom = rows.values.size - size
    deviation = rows.values - references.values[rows.pairs]
    variance = float((deviation * deviation).sum()) / freedom
    return PanelSpread(np.bincount(rows.pairs, minlength=size), variance, freedom)

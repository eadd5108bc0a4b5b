"""The values of JSON documents: without optional keys that are empty, and with short names."""

from __future__ import annotations

import math
from typing import Any

from xacle_eval.text import abbreviate

__all__ = ["clean_values"]

# Optional results that were not requested have no key, instead of null.
_OPTIONAL = (
    "part",
    "units",
    "level_ceilings",
    "level_methods",
    "method_requested",
    "intervals",
    "undefined_resamples",
    "no_interval",
    "uncertainty",
    "resampling",
    "profile",
    "breakdown",
    "screenings",
    "ignored",
    "one_by_one",
    "presentation",
)


# The names of systems, teams and listeners, and the values of columns, which may be long.
_LABELS = ("system", "team", "first", "second", "listener_id", "value")


def clean_values(data: Any) -> Any:
    """Return data without optional keys and long labels, and with null for every number that
    JSON does not have.
    """
    if isinstance(data, float) and not math.isfinite(data):
        return None  # JSON has no NaN and no infinity
    if isinstance(data, dict):
        return {
            key: abbreviate(value)
            if key in _LABELS and isinstance(value, str)
            else clean_values(value)
            for key, value in data.items()
            if value or key not in _OPTIONAL
        }
    return [clean_values(value) for value in data] if isinstance(data, list) else data

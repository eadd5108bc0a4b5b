"""The warning in Python about demo ratings; the commands print a banner instead."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from xacle_eval.errors import DemoReferencesWarning
from xacle_eval.references.model import ReferenceSummary

__all__ = ["warn_of_demo"]

_MESSAGE = (
    "these scores are against the bundled demo ratings, which are synthetic and do not describe "
    "real systems; pass references=... to use real ratings"
)
# The caller of the public function that calls this one.
_CALLER = 3


def warn_of_demo(used: Iterable[ReferenceSummary | None]) -> None:
    """Warn the caller of a public function, once, if any references are the demo ratings."""
    if any(summary is not None and summary.kind == "demo" for summary in used):
        warnings.warn(_MESSAGE, DemoReferencesWarning, stacklevel=_CALLER)

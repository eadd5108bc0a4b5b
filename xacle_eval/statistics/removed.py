"""Names that this package had: using one is an error with the reason and the replacement."""

from __future__ import annotations

from typing import Any, NoReturn

from xacle_eval.errors import UsageError

__all__ = ["ListenerPanels"]

_REASON = (
    "ListenerPanels was removed: redrawing the listeners of each pair made intervals that miss "
    "what pairs with the same listeners have in common; use bootstrap_metrics(..., parts=...) to "
    "draw such pairs together"
)


class ListenerPanels:
    """The ratings of each pair, for redrawing listeners; removed.

    Raises
    ------
    UsageError
        Always.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        raise UsageError(_REASON)

    @classmethod
    def of(cls, *_: Any, **__: Any) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(_REASON)

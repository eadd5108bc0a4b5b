"""What a result shows, whatever the result is: made where it is needed, by every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console

    from xacle_eval.reports.views.table import View

__all__ = ["Contents"]


class Contents(NamedTuple):
    """What a result shows, made when it is needed.

    ``document`` returns the name of the JSON document and the result; ``board`` the board, if it is
    one; ``views`` the tables for people; ``values`` the table for programs. ``below`` prints what
    the text has below the tables, and ``page`` returns the tables of a page, which has it as tables
    too.
    """

    document: Callable[[], tuple[str, Any]]
    views: Callable[[], Sequence[View]]
    values: Callable[[], View]
    below: Callable[[Console], None] | None = None
    page: Callable[[], Sequence[View]] | None = None
    board: Callable[[], Any] | None = None

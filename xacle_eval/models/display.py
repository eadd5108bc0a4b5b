"""How results show themselves: as text, in notebooks, in files and in tab completion.

A result knows its numbers, and `xacle_eval.reports` knows how to show them. The reports are a
higher layer, so a result finds them by name when it is shown: `Displayed` is the only place that
uses a higher layer. This way, ``print(result)`` is what the command prints, and importing a
result loads no format.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Displayed", "draw", "own_names", "read_json"]

_REPORTS = "xacle_eval.reports.contents"
_FIGURES = "xacle_eval.reports.site.figures"
_READING = "xacle_eval.reports.formats.reading"
_PACKAGE = __name__.partition(".")[0]
_M = TypeVar("_M")
Path = str | os.PathLike[str]


class Displayed:
    """The methods of a result that show it or write it; the same for every result.

    The texts are those of the command for the same result, with the same precision: a leaderboard
    shows rounded values, because more digits can reveal the labels. ``to_frame`` and the attributes
    have all digits.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return self.to_text().removesuffix("\n")

    def __repr__(self) -> str:
        return str(_reports().one_line(self))

    def _repr_html_(self) -> str:
        """Return the tables for a notebook."""
        return str(_reports().html(self))

    def to_frame(self) -> pd.DataFrame:
        """Return the table of the CSV as a data frame, with all digits.

        Flags are booleans, times are times in UTC, and missing text is NaN.
        """
        frame: pd.DataFrame = _reports().frame(self)
        return frame

    @overload
    def to_text(self) -> str: ...
    @overload
    def to_text(self, path: Path) -> None: ...
    def to_text(self, path: Path | None = None) -> str | None:
        """Return the tables as text, or write them to a file."""
        return self._written("text", path)

    @overload
    def to_markdown(self) -> str: ...
    @overload
    def to_markdown(self, path: Path) -> None: ...
    def to_markdown(self, path: Path | None = None) -> str | None:
        """Return the tables as Markdown, or write them to a file."""
        return self._written("markdown", path)

    @overload
    def to_latex(self) -> str: ...
    @overload
    def to_latex(self, path: Path) -> None: ...
    def to_latex(self, path: Path | None = None) -> str | None:
        """Return the tables as LaTeX, or write them to a file."""
        return self._written("latex", path)

    @overload
    def to_csv(self) -> str: ...
    @overload
    def to_csv(self, path: Path) -> None: ...
    def to_csv(self, path: Path | None = None) -> str | None:
        """Return one table of all values as CSV, or write it to a file."""
        return self._written("csv", path)

    @overload
    def to_json(self) -> str: ...
    @overload
    def to_json(self, path: Path) -> None: ...
    def to_json(self, path: Path | None = None) -> str | None:
        """Return the JSON document of the command, or write it to a file."""
        return self._written("json", path)

    def _written(self, format_: str, path: Path | None) -> str | None:
        text: str = _reports().render(self, format_)
        if path is None:
            return text
        _reports().write(text, path)
        return None


def draw(name: str, *arguments: Any) -> Any:
    """Return a figure of a result; `name` is a function of `xacle_eval.reports.site.figures`."""
    return getattr(import_module(_FIGURES), name)(*arguments)


def read_json(model: type[_M], text: str | bytes, name: str) -> _M:
    """Read a JSON document; see `xacle_eval.reports.formats.reading.read_json`."""
    found: _M = import_module(_READING).read_json(model, text, name)
    return found


def _reports() -> Any:
    return import_module(_REPORTS)


def own_names(thing: object, fields: tuple[str, ...] = ()) -> list[str]:
    """Return the public names of an object that its library does not add, for ``dir``.

    Parameters
    ----------
    thing : object
        An instance.
    fields : tuple of str
        The names of its values.
    """
    found = set(fields)
    for base in type(thing).__mro__:
        if base.__module__.partition(".")[0] == _PACKAGE:
            found.update(vars(base))
    return sorted(name for name in found if not name.startswith(("_", "model_")))

"""The metrics of a challenge file: names, and own metrics as ``module:attribute``.

A challenge file is data. An own metric is code that the file would run, so it is imported only if
the user allows it.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xacle_eval.errors import UsageError, is_interrupt, is_memory_error
from xacle_eval.metrics import METRICS, Metric
from xacle_eval.metrics.registry import unknown_metric
from xacle_eval.text import quote, visible

__all__ = ["metric_names", "shown_order"]

_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def metric_names(written: Iterable[str], *, allow_code: bool, folder: str) -> tuple[str, ...]:
    """Return the names of metrics; own metrics are imported and become known by their names.

    Parameters
    ----------
    written : iterable of str
        Names of `xacle_eval.metrics.METRICS`, or ``module:attribute`` of an own metric.
    allow_code : bool
        Import own metrics.
    folder : str
        The folder of the challenge file; modules in it are found after all installed ones.

    Raises
    ------
    ValueError
        If a name is unknown or given twice, or an own metric is not allowed or cannot be imported.
    """
    names: list[str] = []
    for each in written:
        name = _import_metric(each, allow_code, folder) if ":" in each else each
        if name not in METRICS:
            raise ValueError(unknown_metric(name))
        if name in names:
            raise ValueError(f"duplicate metric {name}; name each metric once")
        names.append(name)
    if not names:
        raise ValueError(f"expected at least one of {', '.join(METRICS)}, got an empty list")
    return tuple(names)


def _import_metric(written: str, allow_code: bool, folder: str) -> str:
    shown = quote(written, 100)
    if not _CODE.fullmatch(written):
        raise ValueError(f"{shown} is not a metric; expected a name or module:attribute")
    if not allow_code:
        raise ValueError(
            f"{shown} is code, and a challenge file is data: nothing is imported from it. If you "
            "trust this file, use --allow-code (allow_code=True in Python)"
        )
    module, _, attribute = written.partition(":")
    found = _import_attribute(module, attribute, shown, folder)
    if not isinstance(found, Metric):
        raise ValueError(
            f"{shown} is {visible(type(found).__name__, 60)}; expected a Metric: "
            "xacle_eval.Metric(name=..., function=..., higher_is_better=...)"
        )
    try:
        METRICS.register(found)
    except UsageError as error:
        raise ValueError(str(error)) from error
    return found.name


def _import_attribute(module: str, attribute: str, shown: str, folder: str) -> Any:
    place = str(Path(folder).resolve())
    if place not in sys.path:
        sys.path.append(place)  # and it stays there: worker processes inherit the list
    try:
        return getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        if is_memory_error(error) or is_interrupt(error):
            raise
        reason = visible(f"{type(error).__name__}: {error}", 300)
        raise ValueError(f"{shown} cannot be imported ({reason})") from error


def shown_order(metrics: Iterable[str], order: Iterable[str]) -> tuple[str, ...]:
    """Return the metrics in the order of columns: those of the ranking first."""
    ranked = tuple(order)
    return (*ranked, *(name for name in metrics if name not in ranked))

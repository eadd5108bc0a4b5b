"""What Codabench stores of the ``scores.json`` of a scoring program.

The worker sends the object as JSON; NaN and infinity stop it. The website stores the scores one
after the other as decimals with 20 digits, 10 of them behind the point; the first one that it
refuses ends the request, and those before it stay.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DecimalException
from pathlib import Path
from typing import Any

from xacle_eval.hosting.trial.files import load_yaml
from xacle_eval.text import quote, visible

__all__ = ["Stored", "read_scores", "store_scores"]

_MOST_BYTES = 10_000_000
_FIELD = Context(prec=20, rounding=ROUND_HALF_EVEN)
_DATABASE = Context(prec=20, rounding=ROUND_HALF_UP)
_UNIT = Decimal("1e-10")


@dataclass(slots=True)
class Stored:
    """The stored scores by the key of their column, and what went wrong.

    ``failed`` is the platform's reason for the status Failed. ``lost`` is why the rest was not
    stored although the submission shows Finished; with ``crashed``, the worker ended there, and
    no result ZIP was kept.
    """

    scores: dict[str, Decimal] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    failed: str = ""
    lost: str = ""
    crashed: bool = False


def read_scores(output: Path, columns: Sequence[str]) -> Stored:
    """Return what is stored of the files of a scoring program."""
    file = output / "scores.json"
    if not file.exists() and (output / "scores.txt").exists():
        return _read_old(output / "scores.txt", columns)
    if not file.exists():
        return Stored(failed="Could not find scores file, did the scoring program output it?")
    try:
        scores = json.loads(_read(file))
    except json.JSONDecodeError as error:
        return Stored(
            failed=f"Could not decode scores json properly, it contains an error. {error.msg}"
        )
    except (OSError, UnicodeDecodeError, RecursionError, ValueError) as error:
        message = f"the worker ends with {type(error).__name__} when it reads scores.json: {error}"
        return Stored(lost=visible(message, 300), crashed=True)
    return store_scores(scores, columns)


def _read(file: Path) -> str:
    if not file.is_file():
        raise OSError("not a regular file")
    if file.stat().st_size > _MOST_BYTES:
        raise ValueError(f"more than {_MOST_BYTES:,} bytes")
    return file.read_text(encoding="utf-8")


def _read_old(file: Path, columns: Sequence[str]) -> Stored:
    """Return what is stored of ``scores.txt``, without the code that its YAML can hold."""
    try:
        return store_scores(load_yaml(file), columns)
    except ValueError as error:
        return Stored(
            lost=f"scores.txt is not plain YAML ({error}); the worker reads it with a loader that "
            "runs code, the trial does not: write scores.json"
        )


def store_scores(scores: Any, columns: Sequence[str]) -> Stored:
    """Return what is stored of the value in ``scores.json``.

    Parameters
    ----------
    scores : any
        The value of the file.
    columns : sequence of str
        The keys of the leaderboard's columns; other scores are skipped.
    """
    odd = next(_not_finite(scores, "scores.json"), None)
    if odd is not None:
        return Stored(
            lost=f"{odd}: NaN and infinity are no JSON, so the scores never leave the worker",
            crashed=True,
        )
    if not isinstance(scores, Mapping):
        return Stored(lost="scores.json is no object of keys and scores: the website answers 500")
    stored = Stored()
    for key, value in scores.items():
        if key not in columns:
            continue
        try:
            stored.scores[key] = _decimal(value)
        except ValueError as error:
            stored.problems[key] = str(error)
            shown = visible(json.dumps(value, default=str), 60)
            stored.lost = (
                f"{quote(key, 60)} is {shown}, {error}: the website "
                "answers 500, and only the columns before it are stored"
            )
            break
    return stored


def _not_finite(value: Any, place: str) -> Any:
    """Yield the places of numbers that are not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{visible(place, 120)} is {value}"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _not_finite(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _not_finite(inner, place)


def _decimal(value: Any) -> Decimal:
    """Return a value as a column for decimals stores it; ValueError says why it does not.

    Numeric texts are taken, and ``true`` is 1. A float has 20 digits, then the database rounds
    all values to 10 decimals, a half away from zero.
    """
    try:
        number = _FIELD.create_decimal_from_float(value) if isinstance(value, float) else value
        number = Decimal(number)
        if not number.is_finite():
            raise ValueError("not finite")
        return number.quantize(_UNIT, context=_DATABASE) + 0  # without the sign of a zero
    except (DecimalException, TypeError, ValueError) as error:
        large = "which has more than 10 digits before the point"
        raise ValueError(large if _is_large(value) else "not a number") from error


def _is_large(value: Any) -> bool:
    try:
        number = Decimal(value)
        return number.is_finite() and abs(number) >= 1
    except (DecimalException, TypeError, ValueError):
        return False

"""The columns of a label file: ids, listeners, scores and texts, from their names and fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xacle_eval.editions.labels import ID_NAMES, Labels, fold, words
from xacle_eval.errors import UsageError
from xacle_eval.text import count, listing, quote, visible, visible_path

__all__ = ["Roles", "find_roles"]

_LISTENERS = words(
    """
    listener listenerid listenername rater raterid annotator annotatorid worker workerid judge
    judgeid subject subjectid participant participantid user userid evaluator evaluatorid
    assessor assessorid respondent
    """
)
_TEXTS = ("text", "caption", "prompt", "sentence", "transcript", "transcription")
# Numbers of these columns describe a row or an average; listeners did not rate them.
_NO_SCORES = words(
    """
    n count num number votes ratings nratings std stdev stddev sd se sem var variance ci ci95
    index idx rank duration length seconds age line row seed time timestamp date year fold
    session trial order
    """
)
_NO_SCORE_ENDING = re.compile(
    r"(?i:[-_. ](?:id|std|stddev|sd|se|sem|var|ci|ci95|n|count|index))$|[a-z]I[dD]$"
)
_WIDE = re.compile(
    r"(?:listener|rater|annotator|worker|judge|subject|score|rating|evaluator|[a-z])?[ _.-]?\d+",
    re.IGNORECASE,
)
_FEWEST_WIDE = 3
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")


@dataclass(frozen=True)
class Roles:
    """The position of each column: the id, the listener, the scores and the text."""

    id: int
    scores: tuple[int, ...]
    listener: int | None = None
    text: int | None = None


def find_roles(labels: Labels) -> Roles:
    """Determine the role of each column.

    Raises
    ------
    UsageError
        If no column has scores, if listeners have one column each, or if a column that is used
        cannot be named in a challenge file.
    """
    place = _find_id(labels)
    listener = _named(labels, _LISTENERS)
    scores = tuple(_scores(labels, {place, listener}))
    if not scores:
        raise _no_scores(labels, place)
    _refuse_wide(labels, scores, place)
    # Without a header, the columns of several targets follow the id.
    others = len(scores) + 1 != len(labels.names)
    if labels.header is None and (place != 0 or others or _may_be_one_number(labels, scores)):
        raise _no_header(labels, scores, place)
    text = next((found for name in _TEXTS if (found := _named(labels, {name})) is not None), None)
    text = None if text in (place, listener, *scores) else text
    roles = Roles(place, scores, listener, text)
    _refuse_names(labels, roles)
    return roles


def _named(labels: Labels, names: Iterable[str]) -> int | None:
    return next((i for i, name in enumerate(labels.names) if fold(name) in names), None)


def _find_id(labels: Labels) -> int:
    """Return the column whose name is usual for ids, or else the first with texts."""
    named = _named(labels, ID_NAMES)
    if named is not None:
        return named
    words = [i for i in range(len(labels.names)) if not _is_numeric(labels, i)]
    unique = [i for i in words if len(set(labels.texts(i))) == len(labels.rows)]
    return (unique or words or [0])[0]


def _is_numeric(labels: Labels, column: int) -> bool:
    return not any(map(math.isnan, labels.numbers(column)))


def _scores(labels: Labels, used: set[int | None]) -> list[int]:
    """Return the columns of numbers that can be scores."""
    found = []
    for column, name in enumerate(labels.names):
        described = fold(name) in _NO_SCORES or _NO_SCORE_ENDING.search(name) is not None
        if column not in used and not described and _has_numbers(labels, column):
            found.append(column)
    return found


def _has_numbers(labels: Labels, column: int) -> bool:
    """Return whether every field is a number or, in a wide table, most of them and no text."""
    values = labels.numbers(column)
    wrong = sum(map(math.isnan, values))
    if not wrong:
        return True
    blank = sum(not text.strip() for text in labels.texts(column))
    return wrong == blank < len(values) and _WIDE.fullmatch(labels.names[column]) is not None


def _no_scores(labels: Labels, place: int) -> UsageError:
    """Return the error for a file without a column of numbers: the field that is not a number."""
    best: tuple[int, int] | None = None
    for column in range(len(labels.names)):
        if column == place:
            continue
        wrong = [row for row, value in enumerate(labels.numbers(column)) if math.isnan(value)]
        comma = [row for row in wrong if _DECIMAL_COMMA.fullmatch(labels.rows[row][column])]
        if comma and len(comma) == len(wrong):
            text = labels.rows[comma[0]][column].strip()
            return labels.refuse(
                f"{quote(text, 40)} has a decimal comma ({count(len(comma), 'row')}); write a "
                f"decimal point: {text.replace(',', '.')}. In Excel, change the decimal separator "
                "before you save the file as CSV",
                comma[0],
            )
        if wrong and 2 * len(wrong) < len(labels.rows) and (best is None or len(wrong) < best[1]):
            best = wrong[0], len(wrong)
            text = labels.rows[wrong[0]][column]
            problem = (
                f"{quote(text.strip(), 40)} is not a number, unlike most fields of its column"
                f"{_named_as(labels, column)}; correct or delete the row"
            )
    if best is not None:
        return labels.refuse(problem, best[0])
    names = listing((quote(name, 60) for name in labels.names if name), 8)
    has = f"; the columns are {names}" if names else ""
    return labels.refuse(f"no column has only numbers, so none can be the scores{has}")


def _named_as(labels: Labels, column: int) -> str:
    return f" {quote(labels.names[column], 60)}" if labels.names[column] else ""


def _refuse_wide(labels: Labels, scores: Sequence[int], place: int) -> None:
    wide = [column for column in scores if _WIDE.fullmatch(labels.names[column])]
    if len(wide) < _FEWEST_WIDE or len(wide) != len(scores):
        return
    first, last = (quote(labels.names[column], 60) for column in (wide[0], wide[-1]))
    name = visible(labels.names[place], 60) or "id"
    raise labels.refuse(
        f"the columns {first} to {last} look like one column per listener; write one row per "
        f"rating, with the columns {name}, score and listener_id, in pandas with "
        f"table.melt({name!r}, var_name='listener_id', value_name='score').dropna()"
    )


def _may_be_one_number(labels: Labels, scores: Sequence[int]) -> bool:
    """Return whether two columns of digits may be one number with a decimal comma."""
    return (
        labels.delimiter == "comma"
        and len(scores) == 2
        and all(text.strip().isdecimal() for column in scores for text in labels.texts(column))
    )


def _no_header(labels: Labels, scores: Sequence[int], place: int) -> UsageError:
    guess = ["text"] * len(labels.names)
    guess[place] = "id"
    for column in scores:
        guess[column] = "score" if len(scores) == 1 else f"score{column}"
    separator = "," if labels.delimiter != "semicolon" else ";"
    return labels.refuse(
        f"a file with {len(labels.names)} fields per row needs a header that names the columns, "
        f"such as {separator.join(guess)} (listener_id for the column of the listeners)",
        0,
    )


def _refuse_names(labels: Labels, roles: Roles) -> None:
    """Refuse names that a challenge file cannot hold, and names of two columns."""
    if labels.header is None:
        return
    place = f"{visible_path(labels.path)}:{labels.header}"
    used = [
        column
        for column in (roles.id, roles.listener, roles.text, *roles.scores)
        if column is not None
    ]
    folded = [name.casefold() for name in labels.names]
    for column in used:
        name = labels.names[column]
        if not name or len(name) > 100 or visible(name, len(name)) != name:
            raise UsageError(
                f"{place}: the column name {quote(name, 60)} is empty, has more than 100 "
                "characters or has an invisible character; rename the column"
            )
        if folded.count(name.casefold()) > 1:
            raise UsageError(f"{place}: duplicate column {quote(name, 60)}; rename one of them")

"""Printed values: fields that hold a number in another form, and the number that they mean.

Programs print tensors, lists and missing values in their own forms, and documents use signs that
look like those of a number. Each form is recognised, so that a message can name it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from xacle_eval.submissions.characters import name_characters, plain_text

__all__ = ["NUMBER", "Printed", "read_printed"]

# Not compiled here: only invalid files need these, and compiling slows down the start.
NUMBER = r"(?a:[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)"
"""A decimal number as a regular expression."""
_DECIMAL_COMMA = r"(?a:[+-]?\d*,\d+)"
_WRAPPED = (
    (r"tensor\(", "a printed PyTorch tensor", "In PyTorch, write tensor.item()."),
    (
        r"(?:np|numpy)\.(?:array|bool|double|float|half|int|longdouble|single|uint)\w*\(|array\(",
        "a printed NumPy value",
        "In NumPy, write array.item().",
    ),
    (r"tf\.Tensor\(|<tf\.Tensor:", "a printed TensorFlow tensor", "Write tensor.numpy().item()."),
    # (7.5) is how spreadsheets write a negative number; Python writes a tuple as (7.5,).
    (r"\[|\((?=[^,]*,\s*\)$)", "a printed list", "In Python, write values[0], not the list."),
)
# One number in brackets, then what a library adds: device='cuda:0', grad_fn=<...>, dtype=float32.
_INNER = rf"(?a:[\s\[(]*({NUMBER})[\s\])]*(?:,(?:\s*[A-Za-z_]+=[^\[\]]*)?)?[\s)>]*)"
# A character that moves the cursor, between digits: it is unclear which digits were meant.
_CONTROL_INSIDE = r"(?s:.*[0-9.,][\x00-\x1f\x7f-\x9f].*[0-9].*)"
# No printed number is longer.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Printed:
    """What a field holds instead of a number: `text` for messages, the number, and advice."""

    kind: str
    text: str
    number: str
    advice: str = ""

    @property
    def is_wrapped(self) -> bool:
        """Whether the number is inside what a program prints around it."""
        return bool(self.advice)


def read_printed(text: str) -> Printed | None:
    """Return what a field that is not a number holds, if its number can be read from it.

    Parameters
    ----------
    text : str
        A field, without blanks around it.

    Returns
    -------
    Printed or None
        None if the field has no number, several numbers, or one with an unclear value such as
        ``1.234,5``.
    """
    if len(text) > _LONGEST:
        return None
    if re.fullmatch(_DECIMAL_COMMA, text):
        return Printed("comma", "", text.replace(",", "."))
    for start, kind, advice in _WRAPPED:
        found = re.match(start, text)
        inner = re.fullmatch(_INNER, text[found.end() :]) if found else None
        if inner and all(text.count(one) == text.count(other) for one, other in ("()", "[]")):
            return Printed(kind, f"it is {kind}", inner[1], advice)
    if re.fullmatch(_CONTROL_INSIDE, text):
        return None
    plain = plain_text(text)
    if plain != text and re.fullmatch(_DECIMAL_COMMA, plain):
        plain = plain.replace(",", ".")
    if plain != text and re.fullmatch(NUMBER, plain):
        return Printed("characters", f"it contains {name_characters(text)}", plain)
    return None

"""Challenge files for datasets whose pairs are not those of the bundled challenge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["CHALLENGE_NAME", "challenge_file"]

CHALLENGE_NAME = "challenge.toml"
"""The file that ``xacle-eval --challenge FOLDER`` reads."""

_START = """\
# {note}
# The columns, the scale and the ranking are those of xacle2026.
name = "{name}"
title = "{title}"
default_split = "test"

[ids]
column = "wav_file_name"
aliases = ["wave_file_name"]
ending = ".wav"
text = {{ column = "text" }}

[predictions]
column = "pred_score"
aliases = ["prediction_score"]

[references]
column = "average_score"
aliases = ["average_semantic_alignement_score"]

[ratings]
column = "score"
listener = {{ column = "listener_id" }}

[scores]
minimum = 0
maximum = 10
"""

_END = """
[ranking]
order = ["SRCC", "LCC", "KTAU", "MSE"]
decimals = 3
undefined = 0.0
level = "pair"

[submissions]
systems_per_team = 4
label_pattern = '^(?P<team>.+)_\\d+$'
"""


def challenge_file(
    name: str, title: str, note: str, splits: Mapping[str, Mapping[str, Any]]
) -> bytes:
    """Return a challenge file with the rules of xacle2026.

    Parameters
    ----------
    name, title : str
        Name and title of the challenge.
    note : str
        A comment for the first line.
    splits : mapping of str to mapping of str to str or int
        The keys of each split, such as ``list`` or ``pattern``, ``first`` and ``last``.
    """
    tables = [
        f"\n[splits.{split}]\n"
        # Strings and numbers of JSON are also those of TOML.
        + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        for split, keys in splits.items()
    ]
    start = _START.format(name=name, title=title, note=note)
    return "".join([start, *tables, _END]).encode("utf-8")

"""Splits: name the split of references that do not belong to the one in use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, XacleEvalError
from xacle_eval.submissions.checking import check_file
from xacle_eval.submissions.discovery import find_submissions, is_package
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.frames import (
    NO_ORDER,
    columns_of,
    has_own_ids,
    ids_of_frame,
    is_frame,
    is_in_memory,
    kind_of,
)
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.sources import is_stdin

__all__ = ["name_split"]


def name_split(
    errors: Sequence[Finding], predictions: Iterable[Any], challenge: Challenge
) -> list[Finding]:
    """Return the errors of references; say if the predictions are of the same other split.

    Parameters
    ----------
    errors : sequence of Finding
        The errors in the references.
    predictions : iterable of path or of predictions in memory
        What is to be scored; the first one is read.
    challenge : Challenge
        With the split in use.
    """
    code = rule("id-of-other-split").code
    other = next((finding for finding in errors if finding.code == code), None)
    first = next(iter(predictions), None)
    if other is None or first is None:
        return list(errors)
    splits = [split for split in challenge.splits if split != challenge.split]
    split = next((each for each in splits if f"--split {each} for" in other.hint), None)
    if split is None:
        return list(errors)
    if _belongs(first, challenge.with_split(split)):
        return [
            other.model_copy(
                update={
                    "message": f"both files are of split '{split}', not of '{challenge.split}'",
                    "hint": f"Add --split {split}.",
                }
            )
        ]
    if _belongs(first, challenge):
        ours = challenge.split
        hint = f"Pass the references of the split {ours}: the predictions are of that split."
        return [other.model_copy(update={"hint": hint})]
    return list(errors)


def _belongs(predictions: Any, challenge: Challenge) -> bool:
    """Return whether predictions have only pairs of a split, and all of them."""
    if is_in_memory(predictions):
        found = [challenge.manifest.find(pair) for pair in _ids(predictions, challenge)]
        return None not in found and len(set(found)) == len(challenge.manifest)
    if is_stdin(predictions) or is_package(predictions):
        return False
    try:
        located, _ = find_submissions([predictions], challenge)
        files = [each for each in located if not is_package(each.path) and not each.problem]
        if not files:
            return False
        report = check_file(files[0].path, challenge, inside=files[0].inside).report
    except XacleEvalError:
        return False
    wrong = {rule(name).code for name in ("id-of-other-split", "id-unknown", "id-missing")}
    return report.pairs > 0 and wrong.isdisjoint(finding.code for finding in report.findings)


def _ids(predictions: Any, challenge: Challenge) -> list[str]:
    """Return the ids of predictions in memory; none if they have none of their own."""
    try:
        if is_frame(predictions):
            by_name = columns_of(predictions, kind_of(predictions))
            return ids_of_frame(predictions, by_name, challenge, NO_ORDER, "") or []
        if not has_own_ids(predictions, challenge):
            return []
    except UsageError:
        return []
    return [str(pair) for pair, _ in predictions.items()]

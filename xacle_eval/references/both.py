"""Two reference files: ratings, and averages that must agree with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import ReferencesError, UsageError
from xacle_eval.references.agreement import gaps_of
from xacle_eval.references.model import References
from xacle_eval.references.objects import about_reading
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.reading import Reading
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, quote, visible

__all__ = ["LoadedFile", "Written", "agreement_finding", "compare_files", "disagreement"]


class Written(NamedTuple):
    """An average as a file has it: the position of its pair, the text and the line."""

    position: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """The references in a file by target, the reading, and a function for its written averages."""

    loaded: dict[str, References]
    reading: Reading
    written: Callable[[], dict[str, list[Written]]]

    @property
    def kind(self) -> str:
        """Whether the file has ratings or averages."""
        return "ratings" if self._first.ratings is not None else "averages"

    @property
    def path(self) -> str:
        """The path that messages show."""
        return visible(self._first.path, 300)

    @property
    def _first(self) -> References:
        return next(iter(self.loaded.values()))


def compare_files(
    files: Sequence[LoadedFile], challenge: Challenge, *, refuse: bool
) -> dict[str, References]:
    """Return the references of two files that agree.

    Parameters
    ----------
    files : sequence of LoadedFile
        One of ratings and one of averages.
    challenge : Challenge
        The challenge, which defines the pairs.
    refuse : bool
        Both files were given: averages that disagree are an error, and the ratings are used.
        Otherwise the first file is used, and the second one only compared.

    Raises
    ------
    UsageError
        If there are not two files, or both are of one kind.
    ReferencesError
        If the files disagree and `refuse` is set.
    """
    if len(files) != 2:
        raise UsageError(
            f"expected one reference file, or two: ratings and averages; got {len(files)}"
        )
    if files[0].kind == files[1].kind:
        raise UsageError(
            f"{files[0].path} and {files[1].path} both have {files[0].kind}; with two reference "
            "files, one has ratings and the other averages; join several files of one kind, with "
            "one header"
        )
    ratings = next(file for file in files if file.kind == "ratings")
    averages = next(file for file in files if file.kind == "averages")
    used = ratings if refuse else files[0]
    other = next(file for file in files if file is not used)
    written, ids, found, errors = averages.written(), challenge.scored.ids, {}, []
    for name, references in used.loaded.items():
        if name not in written or name not in ratings.loaded:
            found[name] = references
            continue
        problem = disagreement(written[name], ratings.loaded[name].values, ids)
        note = agreement_finding(
            problem, other.kind, averages.path, ratings.path, refuse=refuse, target=name
        )
        (note,) = about_reading(averages.reading, [note])
        errors += [note] if note.severity == "error" else []
        found[name] = replace(references, findings=(*references.findings, note))
    if errors:
        raise ReferencesError(averages.path, errors)
    return found


class Disagreement(NamedTuple):
    """How many averages disagree, the first one with its pair and the mean, the largest gap."""

    number: int
    pair: str
    first: Written
    mean: float
    largest: float


def disagreement(
    written: Sequence[Written], means: NDArray[np.float64], ids: Sequence[str]
) -> Disagreement | None:
    """Compare written averages with the means of the ratings, to their printed precision.

    Parameters
    ----------
    written : sequence of Written
        Their positions are indices into `means` and `ids`.
    means : array of float, shape (pairs,)
        The mean rating of each pair.
    ids : sequence of str
        The id of each pair.
    """
    own = means[[one.position for one in written]]
    gaps = gaps_of([one.text.strip() for one in written], own)
    apart = np.flatnonzero(gaps).tolist()
    if not apart:
        return None
    item = min(apart, key=lambda place: written[place].line)
    first = written[item]
    return Disagreement(len(apart), ids[first.position], first, float(own[item]), float(gaps.max()))


def agreement_finding(
    problem: Disagreement | None,
    unused: str,
    averages: str,
    ratings: str,
    *,
    refuse: bool,
    target: str = "",
) -> Finding:
    """Return the finding about averages that were compared with ratings (XAC160).

    Parameters
    ----------
    problem : Disagreement or None
        What `disagreement` returned.
    unused : str
        Whether the ``averages`` or the ``ratings`` are not used.
    averages, ratings : str
        The paths of the files.
    refuse : bool
        Make a disagreement an error; otherwise it is a warning.
    target : str
        The target; empty if there is one only.
    """
    place = f"target {target}: " if target else ""
    if problem is None:
        path, other = (averages, ratings) if unused == "averages" else (ratings, averages)
        message = f"{place}the {unused} in {path} agree with {other} and are not used"
        return rule("averages-and-ratings").finding(
            message, severity="info", hint="No action is needed."
        )
    verb = "disagrees" if problem.number == 1 else "disagree"
    message = (
        f"{place}{count(problem.number, 'average')} {verb} with the ratings in {ratings}; the "
        f"first: {visible(problem.pair)} is {quote(problem.first.text, 60)} in line "
        f"{problem.first.line}, and its ratings average {problem.mean:.6g}; the largest difference "
        f"is {problem.largest:.3g}"
    )
    hint = "Pass only the file that is right." if refuse else f"The {unused} are not used."
    return rule("averages-and-ratings").finding(
        message,
        file=averages,
        line=problem.first.line,
        count=problem.number,
        hint=hint,
        severity=None if refuse else "warning",
    )

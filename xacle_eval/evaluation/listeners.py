"""Listeners from a file of ratings: how reliable they are, what they allow, whom to screen.

The file is read with the challenge's columns and the rules of reference files. All its
pairs are studied, unless a split is named: then those of the split. Definitions:
docs/listeners.md.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import ReferencesError, UsageError
from xacle_eval.references.loading import (
    MAX_BYTES,
    MAX_ROWS,
    exclude_rows,
    file_source,
    known_positions,
    listener_codes,
    reference_roles,
    refuse_out_of_range,
)
from xacle_eval.submissions.checking import missing_pairs
from xacle_eval.submissions.columns import Table, layout, parse_numbers, whole_rows
from xacle_eval.submissions.reading import Reading, read
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, nearest, quote

if TYPE_CHECKING:
    import pandas as pd

    from xacle_eval.listeners import Ratings, Screening

from xacle_eval.results.listeners import ListenerReport, RatingsAnalysis, ScreeningSummary

__all__ = ["ListenerStudy", "averages_csv", "study_ratings"]

Setting = float | str | bool | None
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0", ""})
# What the finding on a listener's repeated ratings says of them.
_REPEATED = {"keep": "all are kept", "average": "their mean counts as one rating"}


@dataclass(frozen=True)
class ListenerStudy:
    """A report, with the ratings themselves: all of them, and those that a screening leaves."""

    report: ListenerReport
    ratings: Ratings
    kept: Ratings
    parts: Mapping[str, tuple[str, str]]

    @property
    def texts_of_ids(self) -> dict[str, int]:
        """The ids that keep ratings, each with its number of texts; ratings without a text count as
        one.
        """
        return dict(Counter(self.parts[pair][0] for pair in self.kept.pair_ids))

    def averages(self) -> pd.DataFrame:
        """Return a row for each id: text, mean rating, number of listeners, their spread.

        Ratings of one id with several texts are averaged together, as they are in references.
        """
        from xacle_eval.listeners import Ratings, averages

        names = [self.parts[pair][0] for pair in self.kept.pair_ids]
        ids = [names[code] for code in self.kept.pair.tolist()]
        frame = averages(Ratings.from_arrays(ids, self.kept.listener, self.kept.values)).to_frame()
        texts: dict[str, str] = {}
        for pair, text in self.parts.values():
            texts.setdefault(pair, text)
        if any(texts.values()):
            frame.insert(1, "text", [texts[pair] for pair in frame["pair_id"]])
        return frame

    def listeners(self) -> pd.DataFrame:
        """Return a row for each listener of all ratings: number, mean, bias, agreement, use of the
        ends.
        """
        from xacle_eval.listeners import listener_summary

        return listener_summary(self.ratings).to_frame()


def study_ratings(
    path: str | os.PathLike[str],
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    screen: str | None = None,
    settings: Mapping[str, Setting] | None = None,
    flags: Mapping[str, str] | None = None,
    keep_excluded: bool = False,
    duplicates: Literal["keep", "average"] = "keep",
    seed: int = 0,
    splits: int = 200,
    resamples: int = 1000,
    progress: Callable[[int, int], None] | None = None,
) -> ListenerStudy:
    """Study a file of per-listener ratings.

    Parameters
    ----------
    path : path
        One row for each rating, with the challenge's columns; a file that ends in ``.gz`` is
        unpacked.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        Study only the pairs of this split, and warn of those without a rating; by default all pairs
        of the file.
    screen : str, optional
        A method of `xacle_eval.listeners.SCREENING_METHODS`; nothing is screened unless asked.
    settings : mapping, optional
        The method's thresholds by name.
    flags : mapping of str to str, optional
        Marks of ratings, by name, and the columns of true and false they are read from, such as
        ``{"anchor": "anchor label"}``.
    keep_excluded : bool
        Keep the rows that the challenge file excludes.
    duplicates : {"keep", "average"}
        What becomes of a listener's repeated ratings of one pair.
    seed, splits, resamples : int
        Of the ceiling's random splits and of the intervals.
    progress : callable, optional
        Called as ``progress(done, total)`` after each part.

    Returns
    -------
    ListenerStudy
        The report with the ratings before and after screening.

    Raises
    ------
    ReferencesError
        If the file is at fault; every fault is located.
    ChallengeError, UsageError, RatingsError
        If the challenge, a method or a setting is not possible.
    """
    from xacle_eval.listeners import screen as screened

    loaded = load_challenge(challenge, split)
    reading = read(file_source(Path(path)), MAX_BYTES, MAX_ROWS)
    ratings, texts, excluded = _ratings(
        reading, loaded, split, flags or {}, keep_excluded, duplicates
    )
    made = {"seed": seed, "splits": splits, "resamples": resamples}
    result = None if screen is None else screened(ratings, screen, **(settings or {}))
    kept = ratings if result is None else ratings.where(~result.removed)
    whole = [ratings] if result is None else [ratings, kept]
    analyses = _analysed(whole, loaded, made, progress)
    report = ListenerReport(
        challenge=loaded.name,
        split=split,
        path=reading.path,
        sha256=reading.sha256,
        excluded=excluded,
        duplicates=duplicates,
        before=analyses[0],
        screening=None if result is None else _summary(result),
        after=None if result is None else analyses[1],
        findings=tuple(reading.findings),
        **made,
    )
    return ListenerStudy(report, ratings, kept, texts)


def _ratings(
    reading: Reading,
    challenge: Challenge,
    split: str | None,
    flags: Mapping[str, str],
    keep_excluded: bool,
    duplicates: Literal["keep", "average"],
) -> tuple[Ratings, dict[str, tuple[str, str]], int]:
    """Return the ratings of a reading, the id and text of each pair, and how many rows were left
    out.
    """
    from xacle_eval.listeners import Ratings

    table = _table(reading, challenge)
    excluded = 0 if keep_excluded else exclude_rows(table, challenge)
    ids = _ids(table, challenge, split)
    if not table.rows:
        reading.findings.extend(table.findings)
        reading.findings.append(rule("file-empty").finding("no rating is left to study", hint=""))
        raise ReferencesError(reading.path, reading.findings)
    values = parse_numbers(table, "rating", "rating")
    refuse_out_of_range(table, values, "rating", challenge)
    pairs, texts = _pairs_and_texts(table, challenge, ids)
    codes, listeners, _ = listener_codes(table, _codes(pairs), _REPEATED.get(duplicates, ""))
    marks = {name: _flag(table, column) for name, column in flags.items()}
    reading.findings.extend(table.findings)
    _refuse_errors(reading)
    names = [listeners[code] for code in codes.tolist()]
    made = Ratings.from_arrays(pairs, names, values, flags=marks, duplicates=duplicates)
    return made, texts, excluded


def _table(reading: Reading, challenge: Challenge) -> Table:
    if not reading.rows and not reading.findings:
        reading.findings.append(rule("file-empty").finding("the file holds no rows"))
    table = (
        layout(reading, challenge, reference_roles(challenge, rated=True)) if reading.rows else None
    )
    if table is None:
        raise ReferencesError(reading.path, reading.findings)
    whole_rows(table)
    return table


def _ids(table: Table, challenge: Challenge, split: str | None) -> list[str]:
    """Return each row's id: as written, or, of a split, as its manifest has it; other rows are set
    aside.
    """
    if split is None:
        ids = [text.strip() for text in table.texts("id")]
        empty = [item for item, text in enumerate(ids) if not text]
        if empty:
            table.add_finding("id-empty", empty, "id", f"{count(len(empty), 'row')} without an id")
        return ids
    positions = known_positions(table, challenge)
    if positions.size:
        _note_unrated(table, positions, challenge)
    return [challenge.manifest.ids[position] for position in positions.tolist()]


def _note_unrated(table: Table, positions: NDArray[np.int64], challenge: Challenge) -> None:
    """Warn of the split's pairs without a rating: the rest can be studied, but is no set of
    references.
    """
    before = len(table.findings)
    missing_pairs(table, np.bincount(positions, minlength=len(challenge.manifest)) > 0, challenge)
    hint = "The others are studied; their averages cannot be references of the split."
    for place in range(before, len(table.findings)):
        table.findings[place] = table.findings[place].model_copy(
            update={"severity": "warning", "hint": hint}
        )


def _refuse_errors(reading: Reading) -> None:
    errors = [finding for finding in reading.findings if finding.severity == "error"]
    if errors:
        raise ReferencesError(reading.path, errors)


def _codes(pairs: list[str]) -> NDArray[np.int64]:
    numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
    return np.array([numbers[pair] for pair in pairs], dtype=np.int64)


def _flag(table: Table, column: str) -> NDArray[np.bool_]:
    """Return a column of true and false."""
    if column not in table.names:
        guess = nearest(column, table.names)
        hint = (
            f"did you mean {quote(guess)}?"
            if guess
            else f"there are {listing(map(quote, table.names), 12)}"
        )
        raise UsageError(f"{table.reading.path} has no column {quote(column)}; {hint}")
    index, rows = table.names.index(column), table.reading.rows
    written = [rows[row][index].strip().casefold() for row in table.rows]
    odd = next((item for item, text in enumerate(written) if text not in _TRUE | _FALSE), None)
    if odd is not None:
        line, place = table.reading.place(table.rows[odd], index)
        raise UsageError(
            f"{table.reading.path}:{line}:{place} the column {quote(column)} holds {quote(written[odd])}, "
            "expected true or false"
        )
    return np.array([text in _TRUE for text in written], dtype=bool)


def _pairs_and_texts(
    table: Table, challenge: Challenge, ids: list[str]
) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Return each row's pair, and what pairs stand for: their id and text.

    A pair is a clip and a text: where a file has texts, ratings of one clip with different texts
    are of different pairs (RELATE's anchors are real clips with a text of another).
    """
    column = challenge.ids.text
    places = [
        i for i, name in enumerate(table.names) if column is not None and column.matches(name)
    ]
    if not places:
        return ids, {pair: (pair, "") for pair in ids}
    rows = table.reading.rows
    texts = [rows[row][places[0]] for row in table.rows]
    number = Counter(pair for pair, _ in dict.fromkeys(zip(ids, texts, strict=True)))
    pairs = [
        pair if number[pair] == 1 else f"{pair} | {text}"
        for pair, text in zip(ids, texts, strict=True)
    ]
    return pairs, dict(zip(pairs, zip(ids, texts, strict=True), strict=True))


def _analysed(
    sets: list[Ratings],
    challenge: Challenge,
    made: Mapping[str, int],
    progress: Callable[[int, int], None] | None,
) -> list[RatingsAnalysis]:
    """Return the analysis of each set of ratings."""
    from xacle_eval.listeners import (
        describe,
        mse_floor,
        noise_ceiling,
        one_human,
        reliability,
        variance_components,
    )

    scale = (challenge.scores.minimum, challenge.scores.maximum)
    seed, resamples = made["seed"], made["resamples"]
    parts: dict[str, Callable[[Ratings], Any]] = {
        "description": lambda ratings: describe(ratings, scale=scale),
        "reliability": lambda ratings: reliability(ratings, seed=seed, resamples=resamples),
        "components": variance_components,
        "ceiling": lambda ratings: noise_ceiling(
            ratings, splits=made["splits"], seed=seed, resamples=resamples
        ),
        "floor": lambda ratings: mse_floor(ratings, seed=seed, resamples=resamples),
        "one_human": one_human,
    }
    analyses, done = [], 0
    for ratings in sets:
        found = {}
        for name, part in parts.items():
            found[name] = part(ratings).to_dict()
            done += 1
            if progress is not None:
                progress(done, len(parts) * len(sets))
        analyses.append(RatingsAnalysis(**found))
    return analyses


def _summary(result: Screening) -> ScreeningSummary:
    plain = result.to_dict()
    return ScreeningSummary(**{name: plain[name] for name in ScreeningSummary.model_fields})


def averages_csv(study: ListenerStudy, challenge: Challenge) -> str:
    """Return the averages as a reference file with the challenge's column names."""
    frame = study.averages().rename(
        columns={"pair_id": challenge.ids.column, "mean": challenge.references.column}
    )
    if "text" in frame and challenge.ids.text is not None:
        frame = frame.rename(columns={"text": challenge.ids.text.column})
    frame = frame.rename(columns={"n": "listeners", "sd": "standard_deviation"})
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text

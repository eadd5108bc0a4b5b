"""Analysis of a file of ratings: reliability, noise ceiling and listener screening.

The file is read with the challenge's columns and the rules of reference files. All pairs are
analysed, or only those of a split if one is given. Definitions: docs/listeners.md.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.errors import ReferencesError, UsageError, check_arguments, check_choice
from xacle_eval.io.memory import SCIPY_BYTES, require_address_space
from xacle_eval.references.both import Written, agreement_finding, disagreement
from xacle_eval.references.listener_names import listener_codes
from xacle_eval.references.loading import MAX_BYTES, MAX_ROWS, reference_roles
from xacle_eval.references.model import OneFile
from xacle_eval.references.objects import about_reading, reference_source
from xacle_eval.references.rows import exclude_rows, known_positions, refuse_out_of_range
from xacle_eval.results.listeners import ListenerReport, RatingsAnalysis, ScreeningSummary
from xacle_eval.submissions.checking import missing_pairs
from xacle_eval.submissions.columns import Table, layout
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.reading import Reading, read
from xacle_eval.submissions.rows import whole_rows
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust_references
from xacle_eval.submissions.values import parse_numbers
from xacle_eval.text import count, did_you_mean, listing, quote, visible, visible_path

if TYPE_CHECKING:
    import pandas as pd

    from xacle_eval.listeners import Ratings, Screening

__all__ = [
    "ListenerStudy",
    "analysis_parts",
    "of_target",
    "parse_ratings",
    "reference_frame",
    "study_ratings",
]

Setting = float | str | bool | None
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0", ""})
_LEVEL = 0.95  # coverage of the intervals
# Text of the finding about a listener's repeated ratings of a pair.
_REPEATED = {"keep": "all are kept", "average": "their mean counts as one rating"}


@dataclass(frozen=True)
class ListenerStudy:
    """Report on a file of ratings, with all ratings and those that screening keeps."""

    report: ListenerReport
    ratings: Ratings
    kept: Ratings
    parts: Mapping[str, tuple[str, str]]

    @property
    def texts_of_ids(self) -> dict[str, int]:
        """Return the number of texts of each id that keeps ratings; without texts it is 1."""
        return dict(Counter(self.parts[pair][0] for pair in self.kept.pair_ids))

    def averages(self) -> pd.DataFrame:
        """Return one row per id: text, mean rating, number of ratings, standard deviation.

        Ratings of one id with several texts are averaged together, as in references.
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
        """Return one row per listener before screening, with the columns of `listener_summary`."""
        from xacle_eval.listeners import listener_summary

        return listener_summary(self.ratings).to_frame()


def of_target(challenge: Challenge, target: str | None) -> Challenge:
    """Return the challenge of the target whose ratings are analysed."""
    if target is None and challenge.targets:
        names = ", ".join(challenge.targets)
        raise UsageError(
            f"{challenge.name} has several targets; choose one with --target "
            f"(target=... in Python): {names}"
        )
    return challenge if target is None else challenge.for_target(target)


def study_ratings(
    path: OneFile,
    *,
    references: OneFile | None = None,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    target: str | None = None,
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
    """Analyse per-listener ratings in a file or a data frame.

    Parameters
    ----------
    path : path or data frame
        One row per rating, with the challenge's columns; ``.gz`` files are decompressed.
    references : path, dict, Series or data frame, optional
        Averages that are compared with the averages of the ratings, before screening.
        A difference above their printed precision is a warning (XAC160).
    challenge : str, path or Challenge
        Name or file of a challenge, or a loaded challenge.
    split : str, optional
        Analyse only the pairs of this split, and warn about pairs without a rating. By default all
        pairs of the file are analysed.
    part : str, optional
        Analyse only the pairs of this part of the split.
    target : str, optional
        The target whose ratings are analysed; required if the challenge has several.
    screen : str, optional
        A method of `xacle_eval.listeners.SCREENING_METHODS`; by default nothing is screened.
    settings : mapping, optional
        Thresholds of the method by name.
    flags : mapping of str to str, optional
        The true/false column of each flag, such as ``{"anchor": "anchor label"}``.
    keep_excluded : bool
        Keep the rows that the challenge file excludes.
    duplicates : {"keep", "average"}
        Keep a listener's repeated ratings of a pair, or average them.
    seed, splits, resamples : int
        Settings of the random splits of the noise ceiling and of the intervals.
    progress : callable, optional
        Called as ``progress(done, total)`` after each part.

    Returns
    -------
    ListenerStudy
        The report with the ratings before and after screening.

    Raises
    ------
    ReferencesError
        If the file is invalid; every error has a line and a column.
    ChallengeError, UsageError, RatingsError
        If the challenge, a method or a setting is invalid.
    """
    from xacle_eval.listeners import SCREENING_METHODS
    from xacle_eval.listeners import screen as screen_ratings

    check_arguments(
        target=target, screen=screen, settings=settings, flags=flags, keep_excluded=keep_excluded,
        seed=seed, splits=splits, resamples=resamples, progress=progress,
        optional=("target", "screen", "settings", "flags", "progress"),
    )  # fmt: skip
    _check_draws(splits, resamples)
    if screen is not None:
        check_choice("screen", screen, SCREENING_METHODS)
    check_choice("duplicates", duplicates, _REPEATED)
    loaded = of_target(load_challenge(challenge, split, part=part), target)
    if part is not None and split is None:
        split = loaded.split
    source = reference_source(path, loaded, columns=(flags or {}).values())
    reading = read(source, MAX_BYTES, MAX_ROWS, loaded.delimiter)
    ratings, texts, excluded = parse_ratings(
        reading, loaded, split, flags or {}, keep_excluded, duplicates
    )
    if references is not None:
        reading.findings += _compare(references, reading, loaded, ratings, texts)
    drawn = {"seed": seed, "splits": splits, "resamples": resamples}
    result = None if screen is None else screen_ratings(ratings, screen, **(settings or {}))
    kept = ratings if result is None else ratings.where(~result.removed)
    whole = [ratings] if result is None else [ratings, kept]
    analyses = _analyse(whole, loaded, drawn, progress)
    report = ListenerReport(
        challenge=loaded.name,
        split=split,
        part=None if loaded.part == ALL else loaded.part,
        target=loaded.target or None,
        path=reading.path,
        sha256=reading.sha256,
        excluded=excluded,
        duplicates=duplicates,
        before=analyses[0],
        screening=None if result is None else _summary(result),
        after=None if result is None else analyses[1],
        findings=about_reading(reading, reading.findings),
        **drawn,
    )
    return ListenerStudy(report, ratings, kept, texts)


def _check_draws(splits: int, resamples: int) -> None:
    from xacle_eval.listeners import RatingsError
    from xacle_eval.listeners.ceiling import check_settings

    try:
        check_settings(splits, resamples)
    except RatingsError as error:
        raise UsageError(str(error)) from error


def parse_ratings(
    reading: Reading,
    challenge: Challenge,
    split: str | None,
    flags: Mapping[str, str],
    keep_excluded: bool,
    duplicates: Literal["keep", "average"],
) -> tuple[Ratings, dict[str, tuple[str, str]], int]:
    """Return the ratings, the id and text of each pair, and the number of excluded rows."""
    from xacle_eval.listeners import Ratings

    table = _table(reading, challenge)
    excluded = 0 if keep_excluded else exclude_rows(table, challenge)
    ids = _ids(table, challenge, split)
    if not table.rows:
        reading.findings.extend(table.findings)
        reading.findings.append(rule("file-empty").finding("no ratings to analyse", hint=""))
        raise ReferencesError(reading.path, about_reading(reading, reading.findings))
    values = parse_numbers(table, "rating", "rating")
    refuse_out_of_range(table, values, "rating", challenge)
    pairs, texts = _pairs_and_texts(table, challenge, ids)
    codes, listeners, _ = listener_codes(table, _codes(pairs), _REPEATED.get(duplicates, ""))
    marks = {name: _flag(table, column) for name, column in flags.items()}
    reading.findings.extend(adjust_references(table.findings, challenge))
    _refuse_errors(reading)
    names = [listeners[code] for code in codes.tolist()]
    ratings = Ratings.from_arrays(pairs, names, values, flags=marks, duplicates=duplicates)
    return ratings, texts, excluded


def _compare(
    given: OneFile,
    reading: Reading,
    challenge: Challenge,
    ratings: Ratings,
    texts: Mapping[str, tuple[str, str]],
) -> list[Finding]:
    """Return the finding about a file of averages that are compared with the ratings."""
    ids = list(dict.fromkeys(texts[pair][0] for pair in ratings.pair_ids))
    places = {name: place for place, name in enumerate(ids)}
    owner = np.array([places[texts[pair][0]] for pair in ratings.pair_ids])[ratings.pair]
    means = np.bincount(owner, ratings.values) / np.bincount(owner)
    averages = read(reference_source(given, challenge), MAX_BYTES, MAX_ROWS, challenge.delimiter)
    table = _table(averages, challenge, rated=False)
    _refuse_errors(averages)
    names, column = [text.strip() for text in table.texts("id")], table.texts("reference")
    lines = table.lines(range(len(names)))
    matched = [challenge.manifest.find(name) for name in names]
    known = [
        name if name in places or place is None else challenge.manifest.ids[place]
        for name, place in zip(names, matched, strict=True)
    ]
    written = [
        Written(places[name], text, line)
        for name, text, line in zip(known, column, lines, strict=True)
        if name in places
    ]
    if not written:
        message = f"{visible(averages.path, 300)} has no average of a pair that was rated"
        raise UsageError(message)
    problem = disagreement(written, means, ids)
    note = agreement_finding(problem, "averages", averages.path, reading.path, refuse=False)
    return list(about_reading(averages, [note]))


def _table(reading: Reading, challenge: Challenge, rated: bool = True) -> Table:
    if not reading.rows and not reading.findings:
        reading.findings.append(
            rule("file-empty").finding("the file has no rows", hint="Write one row per rating.")
        )
    table = layout(reading, challenge, reference_roles(challenge, rated)) if reading.rows else None
    if table is None:
        raise ReferencesError(reading.path, about_reading(reading, reading.findings))
    whole_rows(table)
    return table


def _ids(table: Table, challenge: Challenge, split: str | None) -> list[str]:
    """Return the id of each row; with a split, the manifest's id, and ignore other rows."""
    if split is None:
        ids = [text.strip() for text in table.texts("id")]
        empty = [item for item, text in enumerate(ids) if not text]
        if empty:
            table.add_finding("id-empty", empty, "id", f"{count(len(empty), 'row')} without an id")
        return ids
    positions = known_positions(table, challenge)
    if positions.size:
        _note_unrated(table, positions, challenge)
    return [challenge.scored.ids[position] for position in positions.tolist()]


def _note_unrated(table: Table, positions: NDArray[np.int64], challenge: Challenge) -> None:
    """Warn about pairs of the split without a rating; the other pairs can still be analysed."""
    before = len(table.findings)
    missing_pairs(
        table, np.bincount(positions, minlength=len(challenge.scored)) > 0, challenge.scored
    )
    hint = "The other pairs are analysed. Their averages cannot be references of the split."
    for place in range(before, len(table.findings)):
        table.findings[place] = table.findings[place].model_copy(
            update={"severity": "warning", "hint": hint}
        )


def _refuse_errors(reading: Reading) -> None:
    errors = [finding for finding in reading.findings if finding.severity == "error"]
    if errors:
        raise ReferencesError(reading.path, about_reading(reading, errors))


def _codes(pairs: list[str]) -> NDArray[np.int64]:
    numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
    return np.array([numbers[pair] for pair in pairs], dtype=np.int64)


def _flag(table: Table, column: str) -> NDArray[np.bool_]:
    """Return a true/false column."""
    if column not in table.names:
        columns = f"found {listing(map(quote, table.names), 12)}"
        hint = did_you_mean(column, table.names, columns)
        raise UsageError(
            f"{visible_path(table.reading.path)} has no column {quote(column)}; {hint}"
        )
    index, rows = table.names.index(column), table.reading.rows
    written = [rows[row][index].strip().casefold() for row in table.rows]
    odd = next((item for item, text in enumerate(written) if text not in _TRUE | _FALSE), None)
    if odd is not None:
        line, place = table.reading.place(table.rows[odd], index)
        where = f" at position {line - 2}:" if table.reading.memory else f":{line}:{place}"
        raise UsageError(
            f"{visible_path(table.reading.path)}{where} the column {quote(column)} "
            f"contains {quote(written[odd])}; expected true or false"
        )
    return np.array([text in _TRUE for text in written], dtype=bool)


def _pairs_and_texts(
    table: Table, challenge: Challenge, ids: list[str]
) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Return the pair of each row, and the id and text of each pair.

    If a file has texts, ratings of one clip with different texts belong to different pairs (the
    anchors of RELATE are real clips with the text of another clip).
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


def analysis_parts(
    challenge: Challenge, settings: Mapping[str, Any]
) -> dict[str, Callable[[Ratings], Any]]:
    """Return the functions that make the parts of an analysis, by their names.

    `settings` are the seed, the coverage, the resamples and the splits of the estimates.
    """
    from xacle_eval.listeners import (
        describe,
        mse_floor,
        noise_ceiling,
        one_human,
        reliability,
        variance_components,
    )

    scale = (challenge.scores.minimum, challenge.scores.maximum)
    drawn = {name: settings[name] for name in ("seed", "level", "resamples")}
    return {
        "description": lambda ratings: describe(ratings, scale=scale),
        "reliability": lambda ratings: reliability(ratings, **drawn),
        "components": variance_components,
        "ceiling": lambda ratings: noise_ceiling(ratings, splits=settings["splits"], **drawn),
        "floor": lambda ratings: mse_floor(ratings, **drawn),
        "one_human": lambda ratings: one_human(ratings, challenge.shown_metrics),
    }


def _analyse(
    sets: list[Ratings],
    challenge: Challenge,
    drawn: Mapping[str, int],
    progress: Callable[[int, int], None] | None,
) -> list[RatingsAnalysis]:
    """Return the analysis of each set of ratings."""
    require_address_space(SCIPY_BYTES)  # the components are the first to need linear algebra
    parts = analysis_parts(challenge, {**drawn, "level": _LEVEL})
    analyses, done = [], 0
    for ratings in sets:
        results = {}
        for name, part in parts.items():
            results[name] = part(ratings).to_dict()
            done += 1
            if progress is not None:
                progress(done, len(parts) * len(sets))
        analyses.append(RatingsAnalysis(**results))
    return analyses


def _summary(result: Screening) -> ScreeningSummary:
    plain = result.to_dict()
    return ScreeningSummary(**{name: plain[name] for name in ScreeningSummary.model_fields})


def reference_frame(study: ListenerStudy, challenge: Challenge) -> pd.DataFrame:
    """Return the averages with the column names of a reference file; the id comes first."""
    frame = study.averages().rename(
        columns={"pair_id": challenge.ids.column, "mean": challenge.references.column}
    )
    if "text" in frame and challenge.ids.text is not None:
        frame = frame.rename(columns={"text": challenge.ids.text.column})
    return frame.rename(columns={"n": "listeners", "sd": "standard_deviation"})

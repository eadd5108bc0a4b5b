"""Leaderboards from files: submissions, or a table of published results, to a Leaderboard.

Submissions are scored one after the other and only their scores are kept, so memory does
not grow with their number.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge import Challenge, Column, Ranking
from xacle_eval.challenge_files import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.claims import Claims
from xacle_eval.errors import TableError
from xacle_eval.evaluation import score_checked
from xacle_eval.metrics import METRICS
from xacle_eval.ranking import (
    By,
    Entry,
    Leaderboard,
    Unranked,
    entry_of,
    rank_entries,
    rounded,
    same_bytes,
    too_many_systems,
    unrankable,
    unranked_of,
)
from xacle_eval.references import References, load_references
from xacle_eval.scoring import Scorer
from xacle_eval.submissions.checking import CheckedSubmission, check_file
from xacle_eval.submissions.columns import Table, layout, parse_numbers, whole_rows
from xacle_eval.submissions.discovery import Located, find_submissions, is_package, require_some
from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.submissions.reading import Reading, Source, read
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.similarity import Subject, alike_systems, sketch
from xacle_eval.text import count, visible
from xacle_eval.uncertainty import Bootstrap

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["leaderboard", "rank", "validate"]

Progress = Callable[[Sequence[Located]], Iterable[Located]]
PathLike = str | os.PathLike[str]

# Predictions held at a time while systems that may be alike are read again.
_READ_AGAIN = 64


def validate(
    *paths: PathLike,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    progress: Progress = iter,
) -> tuple[SubmissionReport, ...]:
    """Check submissions against the challenge's rules; no reference is read.

    Parameters
    ----------
    *paths : path
        Prediction files and packages, and folders to search for them.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    progress : callable, optional
        Wraps the list of files as they are checked.

    Returns
    -------
    tuple of SubmissionReport
        In the order of the paths. A package (ZIP) has a report of its own, of the kind ``package``,
        before those of its systems.

    Raises
    ------
    ChallengeError, UsageError
        If the challenge is at fault, or folders hold no submission.
    """
    loaded = load_challenge(challenge, split)
    located, passed = find_submissions(paths, loaded)
    require_some(located, passed, paths)
    checked = (_checked(one, loaded) for one in progress(located))
    return tuple(each.report for each in chain.from_iterable(checked))


def _checked(one: Located, challenge: Challenge) -> Iterable[CheckedSubmission]:
    """Check a submission: a prediction file, or a package and its systems."""
    if not is_package(one.path):
        return (check_file(one.path, challenge, shown=one.shown, team=one.team),)
    from xacle_eval.submissions.package import check_submission

    return check_submission(one.path, challenge, shown=one.shown, team=one.team)


def leaderboard(
    *paths: PathLike,
    references: PathLike | References | None = None,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    by: By = "system",
    bootstrap: Bootstrap | None = None,
    screenings: str | Sequence[str] = (),
    references_of: Mapping[str, PathLike | References] | None = None,
    progress: Progress = iter,
) -> Leaderboard:
    """Score and rank submissions.

    Parameters
    ----------
    *paths : path
        Prediction files and packages, and folders to search for them; in ``DIR/<team>/<file>`` the
        folder is the team.
    references : path or References, optional
        Averages or per-listener ratings; by default what the challenge brings.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    by : {"system", "team"}
        Rank every system, or each team's best.
    bootstrap : Bootstrap, optional
        Asks for intervals, rank stability, clusters and, with ratings, the noise ceiling.
    screenings : str or sequence of str
        Methods of `xacle_eval.listeners.SCREENING_METHODS`, or ``all``: asks for the ranks under
        each, with its default parameters. Needs ratings; the ranking stays as it is.
    references_of : mapping of split to path or References, optional
        References of other splits: results that descriptions claim are held against what the
        predictions for those splits in the packages give.
    progress : callable, optional
        Wraps the list of files as they are scored.

    Returns
    -------
    Leaderboard
        Invalid submissions are listed as unranked, with their findings.

    Raises
    ------
    ChallengeError, ReferencesError, UsageError
        If what the submissions are held against is at fault, or there are none.
    """
    loaded = load_challenge(challenge, split)
    located, passed = find_submissions(paths, loaded)
    require_some(located, passed, paths)
    scorer = Scorer(loaded, load_references(references, loaded))
    methods = _screening_methods(screenings, scorer.references)
    kept: dict[str, NDArray[np.float64]] | None = None if bootstrap is None and not methods else {}
    resemblance = _Resemblance(loaded)
    entries, unranked = _scored(
        progress(located), scorer, Claims(loaded, references_of, scorer), resemblance, kept
    )
    entries, twice = _apart(entries)
    findings = (
        *same_bytes(entries),
        *resemblance.findings(entries),
        *too_many_systems(entries, loaded.submissions.systems_per_team),
        *map(_passed_over, passed),
    )
    ranking = loaded.ranking
    board = Leaderboard(
        challenge=loaded.name,
        split=loaded.split,
        references=scorer.references.summary,
        by=by,
        level=ranking.level,
        order=ranking.order,
        decimals=ranking.decimals,
        entries=rank_entries(entries, ranking, by),
        unranked=tuple(
            sorted((*unranked, *twice), key=lambda one: (one.team, one.system, one.path))
        ),
        findings=findings,
        signature=f"{scorer.signature}|{_order_tag(ranking, by)}",
    )
    if kept is not None and methods:
        from xacle_eval.screened import screened_board

        board = screened_board(board, scorer, kept, methods)
    if kept is not None and bootstrap is not None:
        from xacle_eval.resampled import bounded_board

        board = bounded_board(board, scorer, kept, bootstrap)
    return board


def _screening_methods(names: str | Sequence[str], references: References) -> tuple[str, ...]:
    if not names:
        return ()
    from xacle_eval.screened import chosen_methods

    return chosen_methods(names, references)


def _passed_over(path: str) -> Finding:
    folder = path.endswith("/")
    why = (
        "is a folder inside a team's folder" if folder else "is not a prediction file by its ending"
    )
    return rule("passed-over").finding(f"{visible(path)} {why}")


def _order_tag(ranking: Ranking, by: By) -> str:
    level = "" if ranking.level == "pair" else f"@{ranking.level}"
    return f"order:{'>'.join(ranking.order)}{level}|decimals:{ranking.decimals}|by:{by}"


class _Resemblance:
    """Finds systems whose predictions are alike; of each only a sketch is kept, and where to read
    it again.
    """

    def __init__(self, challenge: Challenge) -> None:
        self._challenge = challenge
        self._sketches: dict[str, NDArray[np.float64] | None] = {}
        self._files: dict[str, Located] = {}
        self._read: dict[str, NDArray[np.float64]] = {}

    def add(self, entry: Entry, predictions: NDArray[np.float64], one: Located) -> None:
        """Take note of a scored system."""
        self._sketches[entry.path] = sketch(predictions)
        self._files[entry.path] = one

    def findings(self, entries: Sequence[Entry]) -> list[Finding]:
        """Return what is alike among the systems."""
        subjects = [Subject(e.team, e.system, e.sha256, self._sketches[e.path]) for e in entries]
        return alike_systems(subjects, lambda place: self._predictions(entries[place]))

    def _predictions(self, entry: Entry) -> NDArray[np.float64] | None:
        if entry.path not in self._read:
            if len(self._read) >= _READ_AGAIN:
                self._read.clear()
            for checked in _checked(self._files[entry.path], self._challenge):
                if checked.predictions is not None:
                    self._read[checked.report.path] = checked.predictions
        return self._read.get(entry.path)


def _scored(
    located: Iterable[Located],
    scorer: Scorer,
    claims: Claims,
    resemblance: _Resemblance,
    kept: dict[str, NDArray[np.float64]] | None,
) -> tuple[list[Entry], list[Unranked]]:
    """Return the scored and the other submissions; predictions go to `kept`, by path, if they are
    needed.
    """
    ranking = scorer.challenge.ranking
    entries, unranked = [], []
    for one in located:
        for checked in _checked(one, scorer.challenge):
            if checked.predictions is None:
                if not checked.report.valid:
                    unranked.append(unranked_of(checked.report))
                continue
            entry = entry_of(score_checked(checked, scorer, claims=claims), ranking)
            missing = unrankable(entry, ranking.order)
            if missing:
                message = f"{', '.join(missing)} undefined, which this challenge does not rank"
                findings = (rule("undefined-unranked").finding(message), *entry.findings)
                unranked.append(
                    Unranked(
                        path=entry.path, system=entry.system, team=entry.team, findings=findings
                    )
                )
                continue
            entries.append(entry)
            resemblance.add(entry, checked.predictions, one)
            if kept is not None:
                kept[entry.path] = checked.predictions
    return entries, unranked


def _apart(entries: list[Entry]) -> tuple[list[Entry], list[Unranked]]:
    """Set aside entries that share team and label: which of them is meant is not ours to guess."""
    number = Counter((entry.team, entry.system) for entry in entries)
    twice = []
    for entry in entries:
        if number[entry.team, entry.system] > 1:
            label = (entry.team, entry.system)
            other = next(e for e in entries if (e.team, e.system) == label and e is not entry)
            system, team = visible(entry.system), visible(entry.team)
            message = f"{system} of {team} is also the label of {visible(other.path)}"
            findings = (rule("same-label").finding(message), *entry.findings)
            twice.append(
                Unranked(path=entry.path, system=entry.system, team=entry.team, findings=findings)
            )
    return [entry for entry in entries if number[entry.team, entry.system] == 1], twice


def rank(
    table: PathLike | pd.DataFrame,
    *,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    by: By = "system",
) -> Leaderboard:
    """Rank published results by the challenge's rule.

    Parameters
    ----------
    table : path or DataFrame
        With the columns ``system`` and the challenge's metrics (``SRCC``, ``LCC``, ``KTAU``,
        ``MSE``), and ``team`` if the label does not name it.
    challenge : str, path or Challenge
        Whose order and decimals are applied.
    by : {"system", "team"}
        Rank every system, or each team's best.

    Returns
    -------
    Leaderboard
        In rank order.

    Raises
    ------
    TableError
        If a column is missing, a value is not a finite number or lies outside its metric's range.
    """
    loaded = load_challenge(challenge)
    source = _table_source(table)
    entries = _published(source, loaded)
    ranking = loaded.ranking
    return Leaderboard(
        challenge=loaded.name,
        by=by,
        order=ranking.order,
        decimals=ranking.decimals,
        entries=rank_entries(entries, ranking, by),
        signature=f"challenge:{loaded.name}@{loaded.sha256[:8]}|published|{_order_tag(ranking, by)}",
    )


def _table_source(table: PathLike | pd.DataFrame) -> Source:
    if isinstance(table, str | os.PathLike):
        return Source.of(table)
    text = cast(Any, table).to_csv(index=False)
    return Source.of_bytes(text.encode("utf-8", "surrogatepass"), "<table>")


def _published(source: Source, challenge: Challenge) -> list[Entry]:
    reading = read(source, max_bytes=challenge.limits.max_bytes, max_rows=1_000_000)
    findings = list(reading.findings)
    if reading.rows and not findings:
        entries = _published_rows(reading, challenge, findings)
        if not findings:
            return entries
    elif not findings:
        findings.append(rule("file-empty").finding("the table holds no rows"))
    raise TableError(source.path, findings)


def _published_rows(reading: Reading, challenge: Challenge, findings: list[Finding]) -> list[Entry]:
    """Return the rows of a table of results; faults are added to `findings`."""
    table = layout(reading, challenge, _published_roles(reading, challenge))
    if table is None:
        findings.extend(reading.findings)
        return []
    whole_rows(table)
    metrics = [role for role in table.columns if role in METRICS]
    values = {name: parse_numbers(table, name, name) for name in metrics}
    for name in metrics:
        low, high = METRICS[name].range
        outside = [
            item for item, value in enumerate(values[name].tolist()) if value < low or value > high
        ]
        if outside:
            table.found(
                "result-out-of-range", outside, name, f"{name} is {values[name][outside[0]]:g}"
            )
    systems = [text.strip() for text in table.texts("id")]
    if not systems and not table.findings:
        table.findings.append(
            rule("file-empty").finding("the table holds a header and no rows", line=1)
        )
    nameless = [item for item, system in enumerate(systems) if not system]
    if nameless:
        table.found("id-empty", nameless, "id", f"{count(len(nameless), 'row')} without a system")
    teams = _published_teams(table, systems, challenge)
    _refuse_repeated(table, list(zip(teams, systems, strict=True)))
    findings.extend(table.findings)
    decimals = challenge.ranking.decimals
    rows = [{name: float(values[name][item]) for name in metrics} for item in range(len(systems))]
    return [
        Entry(rank=0, team=team, system=system, metrics=row, rounded=rounded(row, decimals))
        for team, system, row in zip(teams, systems, () if findings else rows, strict=not findings)
    ]


def _published_roles(reading: Reading, challenge: Challenge) -> dict[str, Column]:
    """Return the columns of a table of results: the order's metrics are needed, the others welcome."""
    roles = {"id": Column(column="system", aliases=("label", "name", "model"))}
    header = reading.rows[0]
    team = Column(column="team")
    if any(team.matches(name) for name in header):
        roles["team"] = team
    for name, metric in METRICS.items():
        column = Column(column=name, aliases=(f"{name} {metric.arrow}", f"{name}{metric.arrow}"))
        if name in challenge.ranking.order or any(column.matches(field) for field in header):
            roles[name] = column
    return roles


def _published_teams(table: Table, systems: list[str], challenge: Challenge) -> list[str]:
    if "team" in table.columns:
        return [text.strip() for text in table.texts("team")]
    return [challenge.submissions.team_of(system) for system in systems]


def _refuse_repeated(table: Table, labels: list[tuple[str, str]]) -> None:
    number = Counter(labels)
    repeated = [item for item, label in enumerate(labels) if number[label] > 1]
    if repeated:
        name = visible(labels[repeated[0]][1])
        lines = ", ".join(map(str, table.lines(repeated[:10])))
        table.found(
            "system-twice", repeated[1:], "id", f"{name} stands more than once (lines {lines})"
        )

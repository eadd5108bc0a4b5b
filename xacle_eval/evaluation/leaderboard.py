"""Leaderboards: score and rank submissions.

Submissions are scored one at a time. Unless later steps need all predictions, only the scores, a
sketch of each system and a limited number of predictions are kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.evaluation.breakdown import break_down, check_column
from xacle_eval.evaluation.claims import Claims
from xacle_eval.evaluation.ranking import (
    check_by,
    order_tag,
    rank_entries,
    same_bytes,
    to_entry,
    to_unranked,
    unrankable,
)
from xacle_eval.evaluation.score import score_checked
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.suspects import separate_duplicates, separate_suspects, tolerate, unrank
from xacle_eval.metrics import Metric
from xacle_eval.references.loading import load_references
from xacle_eval.references.model import References
from xacle_eval.results.leaderboard import By, Entry, Leaderboard, Unranked
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.discovery import Located, find_submissions, require_some
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.ignored import ignored_findings
from xacle_eval.submissions.lookalikes import look_alike_teams
from xacle_eval.submissions.probes import probe_finding
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust
from xacle_eval.submissions.similarity import Sketch, Subject, alike_systems, sketch
from xacle_eval.submissions.validation import PathLike, Progress, check_located, report_bug
from xacle_eval.text import count

__all__ = ["leaderboard"]


# Predictions that are kept for the search for similar systems: 1,300 systems of 3,000 pairs.
_CACHE_BYTES = 32 << 20


def leaderboard(
    *paths: PathLike,
    references: PathLike | References | None = None,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    by: By = "system",
    bootstrap: Bootstrap | None = None,
    screenings: str | Sequence[str] = (),
    by_column: str | None = None,
    references_of: Mapping[str, PathLike | References] | None = None,
    follow_links: bool = False,
    rank_suspicious: bool = False,
    metrics: Sequence[str | Metric] | None = None,
    allow_code: bool = False,
    progress: Progress = iter,
) -> Leaderboard:
    """Score and rank submissions.

    Parameters
    ----------
    *paths : path
        Prediction files, packages, and folders to search for them. In ``DIR/<team>/<file>`` the
        folder is the team.
    references : path or References, optional
        Averages or per-listener ratings; by default the challenge's bundled references.
    challenge : str, path or Challenge
        The name of a bundled challenge, a challenge file, or a loaded challenge.
    split : str, optional
        The split to score; by default that of the challenge file.
    part : str, optional
        The part of the split to score; by default all of it. Submissions cover all of it.
    by : {"system", "team"}
        Rank every system, or the best system of each team.
    bootstrap : Bootstrap, optional
        Add intervals, rank stability, clusters and, with ratings, the noise ceiling.
    screenings : str or sequence of str
        Names of `xacle_eval.listeners.SCREENING_METHODS`, or ``all``: add the ranking under each
        method with its default parameters. Needs ratings. The official ranking does not change.
    by_column : str, optional
        Add the metrics of every entry for each value of this column of the pairs file, as
        ``Entry.breakdown``; with `bootstrap`, also their intervals. The ranking does not change.
    references_of : mapping of split to path or References, optional
        References of other splits. Claimed results are checked against the scores of the
        predictions that packages contain for those splits.
    follow_links : bool
        Follow symbolic links in folders if they lead to a place in the same folder. Otherwise,
        a link in the place of a submission is unranked (XAC126).
    rank_suspicious : bool
        Also rank files with spikes outside the scale (XAC067), and teams with more than twice as
        many systems as the challenge allows (XAC061). Their scores can reveal the labels.
    metrics : sequence of str or Metric, optional
        The metrics to compute, by name or as own ones, beside those of the ranking's order; by
        default those of the challenge file.
    allow_code : bool
        Import the own metrics that the challenge file names.
    progress : callable, optional
        Wraps the list of files while they are scored, like ``tqdm``.

    Returns
    -------
    Leaderboard
        Ranked systems, with metrics at full precision; invalid submissions are listed as unranked,
        with their findings. An unexpected error in one submission is its finding XAC120.
        `xacle_eval.evaluation.publishing.publish_board` rounds the metrics for publication.

    Raises
    ------
    ChallengeError, ReferencesError
        If the challenge file or the references have errors.
    UsageError
        If no submission is found, if `by` is unknown, or if listeners cannot be resampled or
        screened.
    """
    check_by(by)
    loaded = load_challenge(challenge, split, part=part, allow_code=allow_code)
    loaded = loaded.with_metrics(metrics)
    located, ignored = find_submissions(paths, loaded, follow_links=follow_links)
    require_some(located, ignored, paths)
    scorer = Scorer(loaded, load_references(references, loaded, predictions=paths))
    methods = _screening_methods(screenings, scorer.references)
    check_column(loaded, by_column)
    needed = bootstrap is not None or methods or by_column is not None
    kept: dict[str, NDArray[np.float64]] | None = {} if needed else None
    similarity = _Similarity(loaded, kept)
    entries, unranked = _score_all(
        progress(located), scorer, Claims(loaded, references_of, scorer), similarity, kept
    )
    entries, duplicates = separate_duplicates(entries, loaded.submissions.team_of)
    teams = [entry.team for entry in entries]
    teams += [one.team for one in (*unranked, *duplicates)]
    entries, suspects, suspicions = separate_suspects(
        entries,
        loaded.submissions.systems_per_team,
        rank_suspicious,
        strict=loaded.rules.get(rule("too-many-systems").code) == "error",
    )
    findings = (
        *same_bytes(entries),
        *similarity.findings(entries),
        *suspicions,
        *look_alike_teams(teams),
        *ignored_findings(ignored),
    )
    findings = adjust(findings, loaded)
    ranking = loaded.ranking
    board = Leaderboard(
        challenge=loaded.name,
        split=loaded.split,
        part=None if loaded.part == ALL else loaded.part,
        references=scorer.references.summary,
        by=by,
        level=ranking.level,
        order=ranking.order,
        decimals=ranking.decimals,
        entries=rank_entries(entries, ranking, by),
        unranked=tuple(
            sorted(
                (*unranked, *duplicates, *suspects),
                key=lambda one: (one.team, one.system, one.path),
            )
        ),
        findings=tolerate(findings) if rank_suspicious else findings,
        signature=f"{scorer.signature}|{order_tag(ranking, by)}",
    )
    if kept is not None and methods:
        from xacle_eval.evaluation.screening import with_screenings

        board = with_screenings(board, scorer, kept, methods)
    if kept is not None and bootstrap is not None:
        from xacle_eval.evaluation.uncertainty import with_uncertainty

        board = with_uncertainty(board, scorer, kept, bootstrap)
    if kept is not None and by_column is not None:
        board = _with_breakdown(board, scorer, kept, by_column, bootstrap)
    return board


def _with_breakdown(
    board: Leaderboard,
    scorer: Scorer,
    kept: Mapping[str, NDArray[np.float64]],
    column: str,
    bootstrap: Bootstrap | None,
) -> Leaderboard:
    """Return a leaderboard with the metrics of its entries for each value of a column."""
    rows = [kept[entry.path] for entry in board.entries]
    names = [entry.system for entry in board.entries]
    found = break_down(scorer, column, rows, names, bootstrap)
    entries = tuple(
        entry.model_copy(update={"breakdown": each})
        for entry, each in zip(board.entries, found, strict=True)
    )
    return board.model_copy(update={"entries": entries})


def _screening_methods(names: str | Sequence[str], references: References) -> tuple[str, ...]:
    if not names:
        return ()
    from xacle_eval.evaluation.screening import parse_methods

    return parse_methods(names, references)


class _Similarity:
    """Finds systems whose predictions are similar.

    For each system a sketch and the location of its file are kept, and predictions as long as they
    fit into a fixed amount of memory. Otherwise a file is read again, at most once, if its system
    may be similar to another one.
    """

    def __init__(
        self, challenge: Challenge, kept: Mapping[str, NDArray[np.float64]] | None
    ) -> None:
        self._challenge = challenge
        # The dict itself, not a copy: the caller fills it while it scores.
        self._kept: Mapping[str, NDArray[np.float64]] = {} if kept is None else kept
        self._caches = kept is None
        self._sketches: dict[str, Sketch | None] = {}
        self._files: dict[str, Located] = {}
        self._cache: dict[str, NDArray[np.float64]] = {}
        self._read_again: set[Located] = set()
        self._lost: set[str] = set()

    def add(self, entry: Entry, predictions: NDArray[np.float64], one: Located) -> None:
        """Add a scored system."""
        self._sketches[entry.path] = sketch(predictions)
        self._files[entry.path] = one
        if self._caches:
            self._store(entry.path, predictions)

    def findings(self, entries: Sequence[Entry]) -> list[Finding]:
        """Return one finding for each group of similar systems."""
        subjects = [Subject(e.team, e.system, e.sha256, self._sketches[e.path]) for e in entries]
        try:
            found = alike_systems(subjects, lambda place: self._load(entries[place].path))
        except Exception as error:  # noqa: BLE001 -- a bug must not affect the ranking
            return [report_bug(error, "the search for similar predictions")]
        if self._lost:
            number = count(len(self._lost), "system")
            message = f"predictions of {number} are needed again and are not in memory"
            found.append(rule("similarity-incomplete").finding(message, count=len(self._lost)))
        return found

    def _store(self, path: str, predictions: NDArray[np.float64]) -> None:
        """Keep predictions in memory in place of the oldest ones."""
        self._cache[path] = predictions
        while len(self._cache) * predictions.nbytes > max(_CACHE_BYTES, predictions.nbytes):
            del self._cache[next(iter(self._cache))]

    def _load(self, path: str) -> NDArray[np.float64] | None:
        if path in self._kept:
            return self._kept[path]
        if path in self._cache:
            return self._cache[path]
        one = self._files[path]
        if one in self._read_again:
            self._lost.add(path)
            return None
        self._read_again.add(one)
        found = None
        for checked in check_located(one, self._challenge):
            if checked.predictions is not None:
                self._store(checked.report.path, checked.predictions)
                found = checked.predictions if checked.report.path == path else found
        return found


def _score_all(
    located: Iterable[Located],
    scorer: Scorer,
    claims: Claims,
    similarity: _Similarity,
    kept: dict[str, NDArray[np.float64]] | None,
) -> tuple[list[Entry], list[Unranked]]:
    """Return ranked and unranked submissions; add predictions to `kept`, by path, unless None."""
    entries, unranked = [], []
    for one, checked in _check_all(located, scorer.challenge):
        predictions, report = checked.predictions, checked.report
        if predictions is None:
            if not report.valid:
                unranked.append(to_unranked(report))
            continue
        try:
            scored = _score_one(checked, scorer, claims)
            if isinstance(scored, Entry):
                scored = _with_probe(scored, predictions, scorer.challenge)
                similarity.add(scored, predictions, one)
        except Exception as error:  # noqa: BLE001 -- a bug must not affect other submissions
            findings = (report_bug(error, report.path), *report.findings)
            unranked.append(to_unranked(report.model_copy(update={"findings": findings})))
            continue
        if isinstance(scored, Unranked):
            unranked.append(scored)
            continue
        entries.append(scored)
        if kept is not None:
            kept[scored.path] = predictions
    return entries, unranked


def _check_all(
    located: Iterable[Located], challenge: Challenge
) -> Iterator[tuple[Located, CheckedSubmission]]:
    for one in located:
        for checked in check_located(one, challenge):
            yield one, checked


def _with_probe(entry: Entry, predictions: NDArray[np.float64], challenge: Challenge) -> Entry:
    """Add the finding of a probe-like system, if it is one."""
    found = probe_finding(predictions, challenge.scores)
    if found is None:
        return entry
    return entry.model_copy(update={"findings": (*entry.findings, *adjust([found], challenge))})


def _score_one(checked: CheckedSubmission, scorer: Scorer, claims: Claims) -> Entry | Unranked:
    """Score a checked submission; it is unranked if a metric of the ranking is undefined."""
    ranking = scorer.challenge.ranking
    entry = to_entry(score_checked(checked, scorer, claims=claims), scorer.challenge)
    missing = unrankable(entry, ranking.order)
    if not missing:
        return entry
    message = f"undefined: {', '.join(missing)}; this challenge does not rank such systems"
    findings = (rule("undefined-unranked").finding(message), *entry.findings)
    return unrank(entry, findings)

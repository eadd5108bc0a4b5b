"""Boards: collect the scored systems of one board, then rank them.

Submissions are added one at a time. Unless later steps need all predictions, only the scores, a
sketch of each system and a limited number of predictions are kept in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.challenge.rules import SubmissionRules, matches
from xacle_eval.evaluation.breakdown import break_down
from xacle_eval.evaluation.claims import Claims
from xacle_eval.evaluation.ranking import (
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
from xacle_eval.references.model import OneReferences, References
from xacle_eval.results.leaderboard import By, Entry, Leaderboard, Unranked
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.discovery import Located, Passed, is_package
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.ignored import ignored_findings, ignored_uploads
from xacle_eval.submissions.labels import labels_of_board
from xacle_eval.submissions.lookalikes import look_alike_teams
from xacle_eval.submissions.probes import probe_finding
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust
from xacle_eval.submissions.similarity import Sketch, Subject, alike_systems, sketch
from xacle_eval.submissions.sources import STDIN_LABEL
from xacle_eval.submissions.validation import check_located, report_bug
from xacle_eval.text import count, listing, quote

if TYPE_CHECKING:
    from xacle_eval.evaluation.screening import Screened
    from xacle_eval.evaluation.uncertainty import Drawn
    from xacle_eval.statistics import BootstrapSample
    from xacle_eval.submissions.description import SystemDescription

__all__ = ["BoardSettings", "Collection"]

_MISSING = rule("file-missing").code

# Predictions that are kept for the search for similar systems: 1,300 systems of 3,000 pairs.
_CACHE_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """What the caller of a leaderboard asks for; see `xacle_eval.leaderboard`.

    ``ignored`` are the files in the folders that are no submissions.
    """

    by: By = "system"
    bootstrap: Bootstrap | None = None
    screenings: str | Sequence[str] = ()
    references_of: Mapping[str, OneReferences] | None = None
    rank_suspicious: bool = False
    ignored: Sequence[Passed] = ()
    by_column: str | None = None


@dataclass(frozen=True, slots=True)
class _Standing:
    """The systems that can be ranked, without a rank, and those that cannot."""

    entries: tuple[Entry, ...]
    unranked: tuple[Unranked, ...]
    findings: tuple[Finding, ...]


class Collection:
    """The systems of one board: they are added one at a time, then ranked.

    Parameters
    ----------
    challenge : Challenge
        The whole challenge, with all its targets.
    scorer : Scorer
        The challenge of one target and its references.
    settings : BoardSettings
        What the caller asks for.

    Raises
    ------
    UsageError, ChallengeError
        If listeners cannot be screened, or references of another split cannot be used.
    """

    def __init__(self, challenge: Challenge, scorer: Scorer, settings: BoardSettings) -> None:
        self.scorer = scorer
        self._settings = settings
        self._methods = _screening_methods(settings.screenings, scorer.references)
        uses_all = settings.bootstrap is not None or settings.by_column is not None
        uses_all = uses_all or bool(self._methods)
        self.kept: dict[str, NDArray[np.float64]] | None = {} if uses_all else None
        self._similarity = _Similarity(challenge, scorer.challenge.target, self.kept)
        self._claims = Claims(scorer.challenge, settings.references_of, scorer)
        self._entries: list[Entry] = []
        self._unranked: list[Unranked] = []
        self._drawn: tuple[Bootstrap, BootstrapSample] | None = None
        self._packages: list[str] = []
        self.descriptions: dict[str, SystemDescription] = {}
        """The descriptions of systems in packages, by path."""
        self._stands: _Standing | None = None
        self._draws: list[Drawn] = []
        self.screened: dict[str, Screened] = {}
        """What each screening method removes, after `board`."""
        self.ranked: tuple[Entry, ...] = ()
        """Every ranked system in rank order, after `board`, also with ``by="team"``."""

    def add(self, one: Located, checked: CheckedSubmission) -> None:
        """Score a checked submission of this target; an unexpected error is its finding XAC120."""
        predictions, report = checked.predictions, checked.report
        if report.kind == "package":
            self._packages.append(report.system)
        if predictions is None:
            if report.kind == "predictions" or not report.valid:
                self._unranked.append(to_unranked(report))
            return
        try:
            scored = _score_one(checked, self.scorer, self._claims)
            if isinstance(scored, Entry):
                scored = _with_probe(scored, predictions, self.scorer.challenge)
                self._similarity.add(scored, predictions, one)
        except Exception as error:  # noqa: BLE001 -- a bug must not affect other submissions
            findings = (report_bug(error, report.path), *report.findings)
            found = to_unranked(report.model_copy(update={"findings": findings}))
            self._unranked.append(found)
            return
        if isinstance(scored, Unranked):
            self._unranked.append(scored)
            return
        self._entries.append(scored)
        if checked.description is not None:
            self.descriptions[scored.path] = checked.description
        if self.kept is not None:
            self.kept[scored.path] = predictions

    def board(self, by: By | None = None) -> Leaderboard:
        """Rank the systems; add screenings and uncertainty if they were asked for.

        `by` is that of the settings by default. Several boards of the same systems share the
        search for similar systems, the resamples and the scores after screening.
        """
        by = self._settings.by if by is None else by
        challenge, ranking = self.scorer.challenge, self.scorer.challenge.ranking
        standing = self._standing()
        board = Leaderboard(
            challenge=challenge.name,
            split=challenge.split,
            part=None if challenge.part == ALL else challenge.part,
            references=self.scorer.references.summary,
            by=by,
            level=ranking.level,
            order=ranking.order,
            decimals=ranking.decimals,
            entries=rank_entries(standing.entries, ranking, by),
            unranked=standing.unranked,
            findings=standing.findings,
            ignored=ignored_uploads(self._settings.ignored, challenge),
            signature=f"{self.scorer.signature}|{order_tag(ranking, by)}",
            presentation=self.scorer.presentation,
        )
        return self._with_additions(board)

    def _standing(self) -> _Standing:
        """Return the systems that can be ranked and those that cannot, which is found once."""
        if self._stands is None:
            self._stands = self._find_standing()
            self.ranked = rank_entries(
                self._stands.entries, self.scorer.challenge.ranking, "system"
            )
        return self._stands

    def _find_standing(self) -> _Standing:
        settings, challenge = self._settings, self.scorer.challenge
        listed: list[Entry | Unranked] = [*self._entries, *self._unranked]
        systems = [
            (one.team, one.system)
            for one in listed
            if one.system != STDIN_LABEL and not is_package(one.path)
        ]
        missing = {
            (one.team, one.system)
            for one in self._unranked
            if any(finding.code == _MISSING for finding in one.findings)
        }
        entries, duplicates = separate_duplicates(self._entries, challenge.submissions.team_of)
        teams = [entry.team for entry in entries]
        teams += [one.team for one in (*self._unranked, *duplicates)]
        entries, suspects, suspicions = separate_suspects(
            entries,
            challenge.submissions.systems_per_team,
            settings.rank_suspicious,
            strict=challenge.rules.get(rule("too-many-systems").code) == "error",
        )
        found = (
            *same_bytes(entries),
            *self._similarity.findings(entries),
            *suspicions,
            *look_alike_teams(teams),
            *labels_of_board(
                [one for one in systems if one not in missing], self._packages, challenge
            ),
            *_unused_patterns(challenge.submissions, systems),
            *ignored_findings(settings.ignored),
        )
        findings = adjust(found, challenge)
        unranked = sorted(
            (*self._unranked, *duplicates, *suspects),
            key=lambda one: (one.team, one.system, one.path),
        )
        return _Standing(
            tuple(entries),
            tuple(unranked),
            tolerate(findings) if settings.rank_suspicious else findings,
        )

    def sample(self, plan: Bootstrap, parts: NDArray[np.intp] | None = None) -> BootstrapSample:
        """Return the resamples of every ranked system, in rank order, after `board`."""
        from xacle_eval.evaluation.uncertainty import draw_bootstrap

        if self._drawn is not None and self._drawn[0] == plan:
            return self._drawn[1]
        level, rows = self.scorer.challenge.ranking.level, self.predictions_of(self.ranked)
        names = [entry.system for entry in self.ranked]
        sample = draw_bootstrap(self.scorer, rows, names, plan, level, self.ranked, parts=parts)
        self._drawn = (plan, sample)
        return sample

    def predictions_of(self, entries: Sequence[Entry]) -> list[NDArray[np.float64]]:
        """Return the predictions of entries for the whole split, if they are kept."""
        kept = self.kept or {}
        return [kept[entry.path] for entry in entries]

    def rows(self, places: Sequence[int]) -> NDArray[np.float64]:
        """Return the predictions of ranked systems at the ranking's level, shape (places, n)."""
        level, kept = self.scorer.challenge.ranking.level, self.kept or {}
        found = [self.scorer.values_at(level, kept[self.ranked[place].path]) for place in places]
        return np.stack(found)

    def _with_additions(self, board: Leaderboard) -> Leaderboard:
        if self.kept is None:
            return board
        if self._methods:
            from xacle_eval.evaluation.screening import with_screenings

            board = with_screenings(board, self.scorer, self.kept, self._methods, self.screened)
        if self._settings.bootstrap is not None:
            from xacle_eval.evaluation.uncertainty import with_uncertainty

            plan = self._settings.bootstrap
            board = with_uncertainty(board, self.scorer, self.kept, plan, self._draws)
        if self._settings.by_column is not None:
            board = self._with_breakdown(board, self._settings.by_column)
        return board

    def _with_breakdown(self, board: Leaderboard, column: str) -> Leaderboard:
        """Add the metrics of the entries for each value of a column."""
        rows = self.predictions_of(board.entries)
        names = [entry.system for entry in board.entries]
        found = break_down(self.scorer, column, rows, names, self._settings.bootstrap)
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


def _unused_patterns(rules: SubmissionRules, systems: Sequence[tuple[str, str]]) -> list[Finding]:
    """Return a note about the patterns of baselines and the like that no system matches."""
    findings = []
    for key, patterns in (
        ("baselines", rules.baselines), ("out_of_competition", rules.out_of_competition)
    ):  # fmt: skip
        unused = [one for one in patterns if not any(matches(one, *pair) for pair in systems)]
        if unused:
            noun = "pattern" if len(unused) == 1 else "patterns"
            verb = "matches" if len(unused) == 1 else "match"
            shown = listing((quote(one, 60) for one in unused), 5)
            message = f"{noun} of submissions.{key} that {verb} no submission: {shown}"
            findings.append(rule("pattern-unused").finding(message, count=len(unused)))
    return findings


class _Similarity:
    """Finds systems whose predictions are similar.

    For each system a sketch and the location of its file are kept, and predictions as long as they
    fit into a fixed amount of memory. Otherwise a file is read again, at most once, if its system
    may be similar to another one.
    """

    def __init__(
        self, challenge: Challenge, target: str, kept: Mapping[str, NDArray[np.float64]] | None
    ) -> None:
        self._challenge = challenge
        self._target = target
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
            predictions = checked.vectors.get(self._target)
            if predictions is not None:
                self._store(checked.report.path, predictions)
                found = predictions if checked.report.path == path else found
        return found


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

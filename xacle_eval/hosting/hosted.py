"""The phases of a challenge as a platform runs them: dates in UTC, limits, scores and labels."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.phases import Phase, release_of
from xacle_eval.errors import ChallengeError, UsageError
from xacle_eval.hosting.exported import ExportNote
from xacle_eval.hosting.scoring.data import in_ranking_order, scored_phase
from xacle_eval.hosting.scoring.labels import labels_text
from xacle_eval.hosting.scoring.metrics import QUADRATIC
from xacle_eval.hosting.scoring.phases import ScoredPhase, ScoreKey
from xacle_eval.hosting.scoring.scoring import undefined_for_all
from xacle_eval.references.model import GivenReferences, OneReferences, References
from xacle_eval.references.targets import load_all
from xacle_eval.text import count, did_you_mean, listing, quote

__all__ = [
    "Hosted",
    "HostedPhase",
    "PhaseReferences",
    "default_split_of",
    "load_phase_references",
    "plan_phases",
]

PhaseReferences = Mapping[str, Mapping[str, References]]
"""The references of each phase by target; the name is empty without targets."""

_PER_DAY, _TOTAL = 2, 10
"""The limits where the challenge file has none: ten tries reveal no label in `xe.audit`."""
_MOST = 1_000_000
_LATER = timedelta(seconds=1)
# 3,000 pairs take 14 s and 6,000 pairs 102 s with Python 3.7.
_MOST_QUADRATIC = 8_000
_EXAMPLE = "2027-01-10T00:00:00Z"
_NOT_APPLIED = {
    "all_per_day": "invalid submissions are not counted by the platform",
    "final_systems": "the platform does not limit them, so count those of each team before the "
    "final ranking",
}


@dataclass(frozen=True, slots=True)
class HostedPhase:
    """A phase as a platform runs it.

    Attributes
    ----------
    name, title : str
        Its name in the challenge file, and that for people.
    opens, closes : datetime
        In UTC; `closes` can be None on Codabench.
    per_day, total : int
        The valid submissions of a participant; at least 1.
    scored : ScoredPhase
        What is scored, and its scores in ranking order.
    labels : str
        The file of the labels, which only the scorer reads.
    """

    name: str
    title: str
    opens: datetime
    closes: datetime | None
    per_day: int
    total: int
    scored: ScoredPhase
    labels: str

    @property
    def has_total(self) -> bool:
        """Whether a participant can reach `total`, which platforms need also without a limit."""
        if self.closes is None:
            return self.total < _MOST
        return self.total < _most_in(self.per_day, self.closes - self.opens)

    @property
    def pairs(self) -> int:
        """The number of scored pairs; the file of labels has a header and a line for each."""
        return self.labels.count("\n") - 1


@dataclass(frozen=True, slots=True)
class Hosted:
    """A challenge as a platform runs it; the phases are in the order of their beginnings."""

    challenge: Challenge
    phases: tuple[HostedPhase, ...]
    is_demo: bool
    notes: tuple[ExportNote, ...]

    @property
    def title(self) -> str:
        """The title, which says so if the labels are the synthetic demo ratings."""
        start = "DEMO RATINGS, not a real challenge: " if self.is_demo else ""
        return f"{start}{self.challenge.title}"

    @property
    def targets(self) -> dict[str, tuple[str, ...]]:
        """The targets that have labels, by phase; see `scorer_data`."""
        return {phase.name: phase.scored.targets for phase in self.phases}

    @property
    def keys(self) -> tuple[ScoreKey, ...]:
        """The scores of all phases in ranking order, each once."""
        keys = (key for phase in self.phases for key in phase.scored.keys)
        return in_ranking_order(self.challenge, keys)


def default_split_of(challenge: Challenge) -> str:
    """Return the split of references that are given without one.

    It is the only split that the phases score, or else the challenge's default split.
    """
    splits = {release_of(_any_target(challenge), name).split for name in challenge.phases}
    return splits.pop() if len(splits) == 1 else challenge.default_split


def _any_target(challenge: Challenge) -> Challenge:
    return next(iter(challenge.each_target().values()))


def load_phase_references(
    challenge: Challenge,
    references: GivenReferences = None,
    references_of: Mapping[str, OneReferences] | None = None,
) -> dict[str, dict[str, References]]:
    """Return the references of each phase by target.

    Parameters
    ----------
    challenge : Challenge
        The challenge.
    references : path, data frame, mapping of target to references, or None
        The references of `default_split_of`, as for `load_target_references`.
    references_of : mapping of split to references, optional
        Those of other splits. Without them, the challenge file names them.

    Raises
    ------
    ChallengeError
        If the challenge has no phases.
    ReferencesError
        If references have errors.
    UsageError
        If the references of a phase are missing, or given ones are of no phase.
    """
    _require_phases(challenge)
    given = dict(references_of or {})
    default = default_split_of(challenge)
    places = {name: release_of(_any_target(challenge), name) for name in challenge.phases}
    named = [*given, *([] if references is None else [default])]
    _check_splits(named, default, {release.split for release in places.values()})
    loaded: dict[tuple[str, str], dict[str, References]] = {}
    for release in places.values():
        key = release.split, release.part
        if key not in loaded:
            chosen = references if release.split == default else None
            chosen = given.get(release.split, chosen)
            part = challenge.with_split(release.split).with_part(release.part)
            loaded[key] = load_all(chosen, part)
    return {name: loaded[release.split, release.part] for name, release in places.items()}


def _check_splits(named: Sequence[str], default: str, used: Collection[str]) -> None:
    """Refuse references of a split that no phase scores, or that are given twice."""
    for split in named:
        if named.count(split) > 1:
            raise UsageError(f"the references of the split {quote(split, 60)} are given twice")
        if split in used:
            continue
        if split == default:
            raise UsageError(
                f"the references are of the split {quote(split, 60)}, which no phase scores; name "
                f"the split of the references: --references-of {quote(min(used), 60)}=FILE"
            )
        known = did_you_mean(split, used, f"the phases score {listing(sorted(used))}")
        raise UsageError(f"references of the split {quote(split, 60)}: no phase uses it; {known}")


def plan_phases(
    challenge: Challenge, references: PhaseReferences, *, needs_end: bool, one_by_one: bool
) -> Hosted:
    """Return the phases of a challenge as a platform runs them.

    Parameters
    ----------
    challenge : Challenge
        The challenge.
    references : mapping of phase to references by target
        As from `load_phase_references`.
    needs_end : bool
        Whether each phase must have an end; otherwise all but the last.
    one_by_one : bool
        Whether the platform refuses phases that overlap or touch. A phase that begins at the end
        of another one then begins a second later.

    Raises
    ------
    ChallengeError
        If dates are missing or phases overlap, or the scores do not fit a platform.
    """
    _require_dates(challenge, needs_end=needs_end)
    notes: list[ExportNote] = []
    phases = [
        _hosted(challenge, name, phase, references[name], notes)
        for name, phase in challenge.phases.items()
    ]
    phases.sort(key=lambda each: each.opens)
    if one_by_one:
        phases = _in_turn(challenge, phases, notes)
    notes += _notes_of_final(challenge, phases[-1])
    used = [each for some in references.values() for each in some.values()]
    is_demo = any(each.summary.kind == "demo" for each in used)
    return Hosted(challenge, tuple(phases), is_demo, tuple(notes))


def _require_phases(challenge: Challenge) -> None:
    if not challenge.phases:
        message = (
            "phases: there is none, and a platform needs at least one: add a table "
            f"[phases.{challenge.default_split}] with opens = {_EXAMPLE} and closes"
        )
        raise ChallengeError(challenge.name, [message])


def _require_dates(challenge: Challenge, *, needs_end: bool) -> None:
    _require_phases(challenge)
    names = [name.casefold() for name in challenge.phases]
    problems = [
        f"phases.{name}: another phase has the same name but for case; both would have one folder"
        for name in challenge.phases
        if names.count(name.casefold()) > 1
    ]
    last = max(challenge.phases.values(), key=lambda phase: (phase.opens is not None, phase.opens))
    for name, phase in challenge.phases.items():
        if phase.opens is None:
            problems.append(f"phases.{name}: a platform needs the date: add opens = {_EXAMPLE}")
        elif phase.closes is None and (needs_end or phase is not last):
            why = "" if needs_end else ", because another phase follows"
            problems.append(
                f"phases.{name}: a platform needs the date{why}: add closes = {_EXAMPLE}"
            )
    if problems:
        raise ChallengeError(challenge.name, problems)


def _hosted(
    challenge: Challenge,
    name: str,
    phase: Phase,
    references: Mapping[str, References],
    notes: list[ExportNote],
) -> HostedPhase:
    notes += _notes_of_targets(challenge, name, references)
    scored = scored_phase(challenge, name, targets=tuple(references))
    part = challenge.with_split(scored.split).with_part(scored.part)
    columns = _columns(challenge, scored, references)
    labels = labels_text(part.scored.ids, columns)
    opens = cast("datetime", phase.opens).astimezone(UTC)  # `_require_dates` requires it
    closes = None if phase.closes is None else phase.closes.astimezone(UTC)
    per_day, total = _limits(phase, closes - opens if closes else None)
    title = phase.title or f"{name[:1].upper()}{name[1:]} phase"
    found = HostedPhase(name, title, opens, closes, per_day, total, scored, labels)
    notes += _notes_of(found, phase)
    return found


def _notes_of_targets(
    challenge: Challenge, phase: str, references: Mapping[str, References]
) -> Iterator[ExportNote]:
    """Yield a note about each target without labels, which only an optional one can be."""
    for name, target in challenge.targets.items():
        if name in references:
            continue
        if not target.optional:
            message = (
                f"phase {phase}: no references for the target {name}; pass them, or remove the "
                "target from the challenge file"
            )
            raise ChallengeError(challenge.name, [message])
        yield ExportNote(
            kind="note",
            name="target-without-labels",
            message=f"phase {phase}: the references have no labels of the optional target {name}, "
            "so it is not scored",
        )


def _columns(
    challenge: Challenge, scored: ScoredPhase, references: Mapping[str, References]
) -> dict[str, list[float]]:
    """Return the labels of a phase by target.

    Raises
    ------
    ChallengeError
        If they leave a score undefined for every submission.
    """
    columns = {target: references[target].values.tolist() for target in scored.targets}
    undefined = undefined_for_all(scored, columns)
    if undefined:
        raise ChallengeError(
            challenge.name,
            [
                f"phase {scored.name}: {listing(undefined, 5)} cannot be computed, because the "
                "references are constant there; score other pairs or show other metrics"
            ],
        )
    return columns


def _limits(phase: Phase, length: timedelta | None) -> tuple[int, int]:
    """Return the limits of a phase for a day and in all; no platform has a phase without limits."""
    per_day, total = phase.valid_per_day, phase.valid_total
    if total is not None:
        return (total if per_day is None else per_day), total
    if per_day is None:
        return _PER_DAY, _TOTAL
    return per_day, _MOST if length is None else _most_in(per_day, length)


def _most_in(per_day: int, length: timedelta) -> int:
    """Return as many as the limit of a day permits, on each day that a phase touches in UTC."""
    return min(_MOST, per_day * (length.days + 2))


def _notes_of(hosted: HostedPhase, phase: Phase) -> Iterator[ExportNote]:
    """Yield what is not as the challenge file says, or as its organisers may expect."""
    yield from _limit_notes(hosted, phase)
    for key, what in _NOT_APPLIED.items():
        if getattr(phase, key) is not None:
            message = f"phase {hosted.name}: {key} is not applied: {what}"
            yield ExportNote(kind="note", name=key.replace("_", "-"), message=message)
    yield from _time_notes(hosted)
    first = hosted.scored.keys[0]
    if first.step is not None:
        yield ExportNote(
            kind="warning",
            name="ladder-without-history",
            message=f"phase {hosted.name}: a platform's scorer does not know a team's earlier "
            "scores, so the ladder only rounds to its step; the platform hides no smaller gain",
        )
    if first.target and len(hosted.scored.targets) > 1:
        yield ExportNote(
            kind="note",
            name="sorted-by-one-target",
            message=f"phase {hosted.name}: the platform sorts by {first.key}, the first score; the "
            "boards of the other targets come from xacle-eval rank and the platform's export",
        )


def _time_notes(hosted: HostedPhase) -> Iterator[ExportNote]:
    slow = [
        key.key for key in hosted.scored.keys if key.metric in QUADRATIC and key.level == "pair"
    ]
    if slow and hosted.pairs > _MOST_QUADRATIC:
        yield ExportNote(
            kind="warning",
            name="slow-scores",
            message=f"phase {hosted.name}: {listing(slow, 5)} of {hosted.pairs:,} pairs can take "
            "longer than the 600 seconds after which a platform stops the scorer; show other "
            f"metrics in [publish.phase.{hosted.name}], or score a part of the split",
        )


def _limit_notes(hosted: HostedPhase, phase: Phase) -> Iterator[ExportNote]:
    if phase.valid_per_day is None and phase.valid_total is None:
        yield ExportNote(
            kind="warning",
            name="no-limits",
            message=f"phase {hosted.name}: the challenge file has no limits, so the bundle has "
            f"{_PER_DAY} submissions a day and {_TOTAL} in all; many scores of one participant "
            "reveal labels, so choose valid_per_day and valid_total",
        )
    elif phase.valid_total is None and hosted.total > _TOTAL:
        number = "any number of" if hosted.total == _MOST else f"up to {hosted.total:,}"
        yield ExportNote(
            kind="warning",
            name="no-total",
            message=f"phase {hosted.name}: valid_per_day without valid_total permits {number} "
            "scores of one participant, and many scores reveal labels; add valid_total to "
            f"[phases.{hosted.name}]; xacle-eval audit says how many labels they reveal",
        )
    if phase.valid_per_day is not None and phase.utc_offset:
        yield ExportNote(
            kind="note",
            name="days-in-utc",
            message=f"phase {hosted.name}: the platform counts days in UTC, the challenge file in "
            "the time zone of the phase",
        )


def _notes_of_final(challenge: Challenge, phase: HostedPhase) -> Iterator[ExportNote]:
    """Yield a note if the scores of the last phase are not those that the ranking compares."""
    keys = {(key.target, key.metric): key for key in phase.scored.keys if key.decides}
    for name, one in challenge.each_target().items():
        if name not in phase.scored.targets:
            continue
        ranking = one.ranking
        shown = [keys[name, metric] for metric in ranking.order if (name, metric) in keys]
        if len(shown) < len(ranking.order) or any(k.decimals < ranking.decimals for k in shown):
            order = ", ".join(f'"{metric}"' for metric in ranking.order)
            yield ExportNote(
                kind="note",
                name="final-scores",
                message=f"phase {phase.name}: the ranking compares {listing(ranking.order, 10)} "
                f"with {count(ranking.decimals, 'decimal')}, and the phase shows less, so ties can "
                f"remain; to decide them by its scores, write metrics = [{order}] and decimals = "
                f"{ranking.decimals} in [publish.phase.{phase.name}], and a small valid_total",
            )
            return


def _in_turn(
    challenge: Challenge, phases: Sequence[HostedPhase], notes: list[ExportNote]
) -> list[HostedPhase]:
    """Return phases of which none begins before the earlier one has ended."""
    found, problems = list(phases), []
    for place, (earlier, later) in enumerate(pairwise(phases), 1):
        if earlier.closes is None or later.opens < earlier.closes:
            problems.append(
                f"phases.{later.name}.opens: the phase begins before {earlier.name} ends, and "
                "Codabench has one phase after the other; change the dates"
            )
        elif later.opens == earlier.closes:
            found[place] = replace(later, opens=later.opens + _LATER)
            notes.append(
                ExportNote(
                    kind="note",
                    name="begins-later",
                    message=f"phase {later.name} begins {count(1, 'second')} later, because "
                    f"Codabench refuses one that begins when {earlier.name} ends",
                )
            )
    if problems:
        raise ChallengeError(challenge.name, problems)
    return found

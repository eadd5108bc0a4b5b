"""What the published scores of a challenge give away. Definitions: docs/guides/audit.md."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, NamedTuple

import numpy as np

from xacle_eval.challenge.ladder import decimals_of_step
from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.challenge.phases import Phase, Release, phases_of, release_of
from xacle_eval.errors import UsageError, check_arguments, check_choice
from xacle_eval.evaluation.attacks import SIMULATED, Policy, most_labels, simulate
from xacle_eval.metrics import METRICS
from xacle_eval.references.model import GivenReferences
from xacle_eval.references.targets import load_all
from xacle_eval.results.audit import Attack, AuditReport, PhaseAudit, SaferPolicy
from xacle_eval.statistics.leaks.constant import CORRELATIONS
from xacle_eval.statistics.leaks.labels import KnownLabels, synthetic_labels

__all__ = ["MOST_TRIES", "audit"]

MOST_TRIES = 1000
"""The largest number of tries that is simulated."""
_ASSUMED_TRIES = 100
_GRID = 40
# A Ladder needs a host that keeps what each team has seen, so it comes after some fewer tries.
_FEWER_TRIES, _FEWEST_TRIES = (50, 20, 10), (5, 3, 2, 1)
_LADDERS = (0.01, 0.05)
# With more, one score reveals a label; see docs/explanations/what-a-public-score-leaks.md.
_MOST_DECIMALS = 3

_Source = Literal["references", "synthetic"]
_TriesFrom = Literal["valid_total", "valid_per_day", "option", "no limit"]


def audit(
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    *,
    references: GivenReferences = None,
    phase: str | None = None,
    tries: int | None = None,
    teams: int = 1,
    bound: float = 0.5,
    share: bool = False,
    grid: float | None = None,
    history: bool = False,
    repetitions: int = 10,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Return how many labels the scores that a challenge shows reveal to someone who probes them.

    Parameters
    ----------
    challenge : str, path or Challenge
        As for `load_challenge`; with its ``[phases]`` and ``[publish.phase]``.
    references : as for `score`, optional
        The references, of which the simulated labels are then a copy; by default those that the
        challenge file names for the split of a phase. Without them, or with `grid`, labels are
        drawn.
    phase : str, optional
        Audit this phase only.
    tries : int, optional
        The number of scores that a team sees; by default that which the phase allows, or 100 if it
        sets no limit. Failed uploads show no score and do not count.
    teams : int
        The number of teams that probe together; at most 1,000 tries in all.
    bound : float
        A phase is above the bound if an attack reads so many labels on average.
    share : bool
        Whether `bound` is a share of the pairs, such as 0.01, and not a number of labels.
    grid : float, optional
        The step of the rating grid of drawn labels; by default a fortieth of the scale.
    history : bool
        Judge a ladder on a host that keeps what each team has seen alone, such as Hugging Face and
        the ledger, and not on Codabench and EvalAI, which only round to its step.
    repetitions : int
        The number of simulations of each attack, from 2 to 1,000.
    seed : int
        Of the drawn labels and of the simulations.
    progress : callable, optional
        Called as ``progress(done, total)`` after each phase; each of its targets counts.

    Returns
    -------
    AuditReport
        Each phase and target with its attacks; for one above the bound also a policy with which
        all targets of its phase are below it.

    Raises
    ------
    UsageError
        If a setting is invalid, or `history` is set and no audited phase has a ladder.
    ChallengeError, ReferencesError
        If the challenge or the references are invalid.
    """
    check_arguments(
        share=share, history=history, seed=seed, progress=progress, optional=("progress",)
    )
    _check(tries, teams, bound, grid, repetitions)
    loaded = load_challenge(challenge)
    phases = phases_of(loaded)
    if phase is not None:
        check_choice("phase", phase, phases)
        phases = {phase: phases[phase]}
    if history:
        _require_ladder(loaded, phases)
    found: list[PhaseAudit] = []
    unlabelled: dict[str, tuple[str, ...]] = {}
    settings = _Settings(teams, bound, share, history, repetitions, seed)
    total, done = len(phases) * max(1, len(loaded.targets)), 0
    for name, table in phases.items():
        allowed, origin = _tries(table, tries)
        if allowed * teams > MOST_TRIES:
            raise UsageError(
                f"the phase {name} has {allowed * teams:,} tries (tries times teams); the "
                f"simulation is for at most {MOST_TRIES:,}, so set tries"
            )
        cases = [
            _case(one, name, table, labels, allowed, settings, source)
            for one, labels, source in _labels(loaded, name, references, grid, seed)
        ]
        found += _audit(cases, origin)
        scored = {case.challenge.target for case in cases}
        if missing := tuple(target for target in loaded.targets if target not in scored):
            unlabelled[name] = missing
        done += max(1, len(loaded.targets))
        if progress is not None:
            progress(done, total)
    return AuditReport(
        challenge=loaded.name,
        bound=bound,
        share=share,
        history=history,
        teams=teams,
        repetitions=repetitions,
        seed=seed,
        phases=tuple(found),
        unlabelled=unlabelled,
    )


class _Settings(NamedTuple):
    """The arguments of `audit` that are the same for all phases."""

    teams: int
    bound: float
    share: bool
    history: bool
    repetitions: int
    seed: int


@dataclass(frozen=True)
class _Case:
    """What is simulated for one phase and target; `policy` has the tries of all teams."""

    challenge: Challenge
    phase: Phase
    release: Release
    labels: KnownLabels
    policy: Policy
    source: _Source
    teams: int
    bound: float
    history: bool
    repetitions: int
    seed: int

    @property
    def first(self) -> str:
        """The metric that decides the ranks of the target first."""
        return self.challenge.ranking.order[0]

    def simulate(self, policy: Policy) -> tuple[Attack, ...]:
        """Return what each attack reads under a policy."""
        return simulate(self.labels, policy, self.repetitions, self.seed)


class _Advice(NamedTuple):
    """A policy for a phase: of each target, its first metric is shown.

    All targets share the tables of their phase. `tries` are those of all teams.
    """

    decimals: int
    ladder: float | None
    tries: int

    def policy(self, case: _Case) -> Policy:
        """Return what it shows of one target."""
        shown = {case.first: self.decimals}
        return replace(case.policy, decimals=shown, ladder=self.ladder, tries=self.tries)


def _case(
    challenge: Challenge,
    name: str,
    table: Phase,
    labels: KnownLabels,
    tries: int,
    settings: _Settings,
    source: _Source,
) -> _Case:
    """Return what is simulated for one target of a phase."""
    teams, bound, share, history, repetitions, seed = settings
    release = release_of(challenge, name)
    levels = 1 if release.ladder is not None else 1 + len(challenge.groups)
    allowed = challenge.scores.allowed
    policy = Policy(release.decimals, release.ladder, tries * teams, allowed, levels)
    most = bound * labels.size if share else bound
    return _Case(
        challenge, table, release, labels, policy, source,
        teams, most, history, repetitions, seed,
    )  # fmt: skip


def _check(
    tries: int | None,
    teams: int,
    bound: float,
    grid: float | None,
    repetitions: int,
) -> None:
    for name, value, least in (
        ("tries", tries, 1),
        ("teams", teams, 1),
        ("repetitions", repetitions, 2),
    ):
        if value is None and name == "tries":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 1000:
            raise UsageError(f"{name} must be a whole number from {least} to 1,000; got {value!r}")
    for name, number in (("bound", bound), ("grid", grid)):
        if number is None and name == "grid":
            continue
        valid = isinstance(number, int | float) and not isinstance(number, bool)
        if not valid or not math.isfinite(float(number or 0)) or float(number or 0) <= 0:
            raise UsageError(f"{name} must be a number above 0; got {number!r}")


def _tries(phase: Phase, given: int | None) -> tuple[int, _TriesFrom]:
    """Return the number of scores that a team sees, and where it comes from."""
    if given is not None:
        return given, "option"
    if phase.valid_total is not None:
        return phase.valid_total, "valid_total"
    if phase.valid_per_day is not None and phase.opens is not None and phase.closes is not None:
        # A phase that closes at midnight is not open on the day that begins then.
        last = phase.closes.astimezone(phase.opens.tzinfo) - timedelta(microseconds=1)
        days = (last.date() - phase.opens.date()).days + 1
        return days * phase.valid_per_day, "valid_per_day"
    return _ASSUMED_TRIES, "no limit"


def _require_ladder(challenge: Challenge, phases: Iterable[str]) -> None:
    """Refuse `history` if it has no effect.

    Raises
    ------
    UsageError
        If no phase has a ladder.
    """
    targets = challenge.each_target().values()
    if all(release_of(one, name).ladder is None for one in targets for name in phases):
        raise UsageError(
            "history (--history) says how a ladder is judged, and no audited phase has one; add "
            "ladder to [publish.phase.NAME], or leave it out"
        )


def _labels(
    challenge: Challenge, phase: str, references: GivenReferences, grid: float | None, seed: int
) -> Iterator[tuple[Challenge, KnownLabels, _Source]]:
    """Yield the challenge of each target with labels of the pairs that the phase scores.

    An optional target without labels is left out: no score of it is shown.
    """
    whole = challenge.each_target()
    release = release_of(next(iter(whole.values())), phase)
    placed = challenge.with_split(release.split).with_part(release.part)
    named = placed.splits[release.split].references is not None and grid is None
    known = references is not None or named
    truths = load_all(references, placed) if known else {}
    for place, (name, one) in enumerate(whole.items()):
        if known:
            if name in truths:
                yield one, KnownLabels.of(truths[name].values), "references"
            continue
        scale = one.scores
        step = scale.width / _GRID if grid is None else grid
        if step > scale.width:
            raise UsageError(f"grid must be at most {scale.width:g}, the width of the scale")
        rng = np.random.default_rng([seed, place])
        size = len(placed.scored)
        drawn = synthetic_labels(rng, size, scale.minimum, scale.maximum, step)
        yield one, KnownLabels.of(drawn), "synthetic"


def _audit(cases: list[_Case], tries_from: _TriesFrom) -> Iterator[PhaseAudit]:
    """Yield what each target of a phase gives away, with one recommendation for all."""
    found = [_target_audit(case, tries_from) for case in cases]
    safer = _safer(cases) if any(each.above for each in found) else None
    for place, each in enumerate(found):
        yield each.model_copy(update={"safer": safer[place]}) if safer and each.above else each


def _target_audit(case: _Case, tries_from: _TriesFrom) -> PhaseAudit:
    challenge, release, labels, policy = case.challenge, case.release, case.labels, case.policy
    attacks, most = case.simulate(policy), most_labels(labels, policy)
    rounded: tuple[Attack, ...] = ()
    if policy.ladder is not None and not case.history:
        # Codabench and EvalAI do not know what a team has seen.
        forgetful = replace(policy, history=False)
        rounded, most = case.simulate(forgetful), max(most, most_labels(labels, forgetful))
    return PhaseAudit(
        phase=release.phase,
        target=challenge.target or None,
        split=release.split,
        part=release.part,
        pairs=labels.size,
        decimals=dict(release.decimals),
        ladder=release.ladder,
        tries=policy.tries,
        tries_from=tries_from,
        source=case.source,
        values=labels.values.size,
        bits=labels.entropy,
        bound=case.bound,
        most=most,
        attacks=attacks,
        above=_worst((*attacks, *rounded)) >= case.bound,
        safer=None,
        unsimulated=tuple(name for name in release.decimals if name not in SIMULATED),
        parts=tuple(challenge.splits[release.split].parts) if release.part == ALL else (),
        rounded=rounded,
    )


def _worst(attacks: tuple[Attack, ...]) -> float:
    return max((attack.read for attack in attacks), default=0.0)


def _safer(cases: list[_Case]) -> list[SaferPolicy] | None:
    """Return the first policy that keeps all targets below the bound, for each of them.

    The first one shows most. A Ladder is judged as on a host that keeps what a team has seen.
    """
    for advice in _candidates(cases):
        reads: list[float] = []
        for case in cases:
            reads.append(_worst(case.simulate(advice.policy(case))))
            if reads[-1] >= case.bound:
                break
        else:
            return [
                SaferPolicy(
                    metrics=(case.first,),
                    decimals=advice.decimals,
                    ladder=advice.ladder,
                    tries=advice.tries,
                    read=read,
                    needs_history=advice.ladder is not None,
                    toml=_toml(case, advice),
                )
                for case, read in zip(cases, reads, strict=True)
            ]
    return None


def _candidates(cases: list[_Case]) -> Iterator[_Advice]:
    """Yield policies that show less and less; the last ones allow fewer tries.

    A challenge file takes no more decimals than the ranking of every target compares.
    """
    firsts = {case.first for case in cases}
    if not firsts <= set(SIMULATED):
        return
    ladder, tries, teams = cases[0].release.ladder, cases[0].policy.tries, cases[0].teams
    compared = min(case.challenge.ranking.decimals for case in cases)
    shown = [case.release.decimals.get(case.first, compared) for case in cases]
    most = min(compared, *shown)
    least = min(most, max(0 if math.isinf(METRICS[name].range[1]) else 1 for name in firsts))
    if ladder is None:
        for decimals in range(min(most, _MOST_DECIMALS), least - 1, -1):
            if any(case.release.decimals != {case.first: decimals} for case in cases):
                yield _Advice(decimals, None, tries)
    elif 10.0**-least > ladder:
        yield _Advice(least, None, tries)
    yield from _with_fewer_tries(_Advice(least, None, tries), _FEWER_TRIES, teams)
    if firsts <= set(CORRELATIONS):
        for step in _LADDERS:
            places = decimals_of_step(step)
            if places <= compared and (ladder is None or step > ladder):
                yield _Advice(places, step, tries)
    yield from _with_fewer_tries(_Advice(least, None, tries), _FEWEST_TRIES, teams)


def _with_fewer_tries(advice: _Advice, tries: tuple[int, ...], teams: int) -> Iterator[_Advice]:
    """Yield a policy with each number of tries of a team that is below the present one."""
    for each in tries:
        if each * teams < advice.tries:
            yield advice._replace(tries=each * teams)


def _toml(case: _Case, advice: _Advice) -> str:
    """Return the tables of a challenge file for a policy."""
    name, lines = _key(case.release.phase), []
    limits = _limits(case.phase, advice.tries // case.teams)
    if limits:
        lines += [f"[phases.{name}]", *limits, ""]
    lines.append(f"[publish.phase.{name}]")
    if advice.ladder is not None:
        lines.append(f"ladder = {advice.ladder:g}")
    else:
        # Targets may have different first metrics; without the key, each shows its own.
        lines += [] if case.challenge.target else [f'metrics = ["{case.first}"]']
        lines.append(f"decimals = {advice.decimals}")
    if case.release.part != ALL:
        lines.append(f'part = "{case.release.part}"')
    return "\n".join(lines)


def _limits(phase: Phase, tries: int) -> list[str]:
    """Return the keys that limit a team to some tries; none if the phase allows no more."""
    allowed, origin = _tries(phase, None)
    if origin != "no limit" and allowed <= tries:
        return []
    # A limit must not be larger than one that includes it.
    smaller = [
        f"{key} = {tries}"
        for key in ("valid_per_day", "final_systems")
        if (getattr(phase, key) or 0) > tries
    ]
    return [f"valid_total = {tries}", *smaller]


def _key(name: str) -> str:
    """Return the name of a phase as a key; one with a dot needs quotation marks."""
    return f'"{name}"' if "." in name else name

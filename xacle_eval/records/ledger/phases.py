"""The phases of a ledger: those of the challenge file, or its splits if it has none."""

from __future__ import annotations

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.phases import Phase, release_of, split_of
from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.records.ledger.standing import Counting
from xacle_eval.text import did_you_mean, listing, quote

__all__ = ["challenge_of", "named_phases", "part_of", "phase_name", "rules_of"]


def named_phases(challenge: Challenge) -> dict[str, Phase]:
    """Return the phases; without any, each split is a phase without limits."""
    return dict(challenge.phases) or {name: Phase(split=name) for name in challenge.splits}


def rules_of(challenge: Challenge, phase: str) -> Counting:
    """Return the rules by which the uploads of a phase count."""
    return Counting(named_phases(challenge)[phase], challenge.submissions.team_of)


def phase_name(challenge: Challenge, phase: str | None) -> str:
    """Return the name of a phase that exists.

    Without a name, it is the only phase, or the default split of a challenge without phases.

    Raises
    ------
    UsageError
        If there is no such phase, or none is named and there are several.
    """
    check_arguments(phase=phase, optional=("phase",))
    known = named_phases(challenge)
    if phase is None and not challenge.phases:
        return challenge.split
    if phase is None and len(known) == 1:
        return next(iter(known))
    if phase is None:
        raise UsageError(f"{challenge.name} has several phases; name one: {listing(known, 20)}")
    if phase not in known:
        hint = did_you_mean(phase, known, f"the phases are {listing(known, 20)}")
        raise UsageError(f"{challenge.name} has no phase {quote(phase, 60)}; {hint}")
    return phase


def challenge_of(challenge: Challenge, phase: str) -> Challenge:
    """Return the challenge with the split of a phase."""
    found = named_phases(challenge)[phase]
    return challenge.with_split(split_of(phase, found, challenge.splits, challenge.default_split))


def part_of(challenge: Challenge, phase: str) -> str:
    """Return the part of its split that the boards of a phase score."""
    if phase not in challenge.phases:
        return "all"
    first = next(iter(challenge.each_target().values()))
    return release_of(first, phase).part

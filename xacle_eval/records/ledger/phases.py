"""The phases of a ledger: those of the challenge file, or its splits if it has none."""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.challenge.phases import Phase, release_of, split_of
from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.records.ledger.standing import Counting
from xacle_eval.text import did_you_mean, listing, quote

__all__ = [
    "challenge_of",
    "ended_text",
    "named_phases",
    "part_of",
    "phase_name",
    "rules_of",
    "same_pairs",
]


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
        raise UsageError(
            f"{challenge.name} has several phases; name one with --phase: {listing(known, 20)}"
        )
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


def same_pairs(challenge: Challenge, phase: str, part: str | None = None) -> tuple[str, ...]:
    """Return the phases of the challenge file that score pairs of a phase, itself among them.

    Parameters
    ----------
    challenge : Challenge
        The challenge.
    phase : str
        The name of a phase of the challenge file.
    part : str, optional
        The part of its split; by default that of the phase.
    """
    own = challenge_of(challenge, phase)
    wanted = part_of(challenge, phase) if part is None else part
    found = []
    for name in challenge.phases:
        other = challenge_of(challenge, name)
        scored = part_of(challenge, name)
        if name == phase or _overlap((own, wanted), (other, scored)):
            found.append(name)
    return tuple(found)


def _overlap(one: tuple[Challenge, str], other: tuple[Challenge, str]) -> bool:
    """Return whether parts of splits have a pair in common; a pair has its id in every split."""
    if one[0].split == other[0].split and (one[1] == other[1] or ALL in (one[1], other[1])):
        return True
    first, second = (set(split.with_part(part).scored.ids) for split, part in (one, other))
    return not first.isdisjoint(second)


def ended_text(others: Sequence[str], phase: str = "") -> str:
    """Return what must be true before all of a phase is shown, such as ``the phase has ended``.

    Parameters
    ----------
    others : sequence of str
        The other phases that are open and score the same pairs.
    phase : str
        The phase in words; empty if it has ended itself.
    """
    if not others:
        return f"{phase} has ended"
    noun, verb = ("phase", "scores") if len(others) == 1 else ("phases", "score")
    names = " and ".join(filter(None, (", ".join(others[:-1]), others[-1])))
    named = f"the {noun} {names}, which {verb} the same pairs,"
    if phase:
        return f"{phase} and {named} have ended"
    return f"{named} {'has' if len(others) == 1 else 'have'} ended"

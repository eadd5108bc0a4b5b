"""English captions of one to three events.

Goal: natural captions ("A dog barks while rain falls in the distance"), with several wordings of
each event and relation, that describe exactly the given events.

Conventions: a `Caption` is the meaning, `write` draws its text. A caption is a sequence of groups:
the events of a group are simultaneous ("while"), the groups follow one another ("followed by"). An
event may be described as distant ("in the distance").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reference.world.streams import Stream

__all__ = ["CLAUSES", "DISTANCES", "NOUNS", "Caption", "Described", "write"]


@dataclass(frozen=True)
class Described:
    """An event as described by a caption.

    Attributes
    ----------
    kind : str
        One of `events.KINDS`.
    distant : bool
        Whether the caption describes it as distant.
    """

    kind: str
    distant: bool = False


@dataclass(frozen=True)
class Caption:
    """The meaning of a caption.

    Attributes
    ----------
    groups : tuple of tuple of Described
        Groups in temporal order; the events of a group are simultaneous.
    """

    groups: tuple[tuple[Described, ...], ...]

    @property
    def events(self) -> tuple[Described, ...]:
        """The described events in the order of the text."""
        return tuple(event for group in self.groups for event in group)


CLAUSES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "rain": (
            "rain falls",
            "rain is pouring down",
            "rain patters steadily",
            "it is raining heavily",
        ),
        "wind": ("wind blows", "the wind is howling", "strong wind gusts", "a gusty wind whistles"),
        "thunder": (
            "thunder rumbles",
            "thunder roars",
            "thunder cracks loudly",
            "thunder is rolling",
        ),
        "waves": (
            "waves crash on a shore",
            "waves roll in",
            "ocean waves break",
            "waves wash onto a beach",
        ),
        "water drops": (
            "water drips",
            "water is dripping",
            "drops of water fall",
            "a faucet drips water",
        ),
        "engine": (
            "an engine idles",
            "an engine is running",
            "a car engine hums",
            "a motor engine rumbles",
        ),
        "helicopter": (
            "a helicopter flies",
            "a helicopter hovers overhead",
            "helicopter blades spin",
            "a helicopter is flying by",
        ),
        "vacuum cleaner": (
            "a vacuum cleaner runs",
            "someone is vacuuming",
            "a vacuum cleaner is whirring",
            "a person uses a vacuum cleaner",
        ),
        "siren": (
            "a siren wails",
            "an emergency siren blares",
            "a siren sounds",
            "a police siren goes off",
        ),
        "alarm": (
            "an alarm beeps",
            "an alarm is beeping",
            "an alarm goes off",
            "an electronic alarm sounds",
        ),
        "train horn": (
            "a train horn blows",
            "a train blows its horn",
            "a train horn honks",
            "a train is sounding its horn",
        ),
        "telephone": (
            "a telephone rings",
            "a phone is ringing",
            "an old telephone rings",
            "a phone rings",
        ),
        "bell": ("a bell tolls", "a church bell rings", "a bell is ringing", "a large bell chimes"),
        "birds": ("birds chirp", "birds are singing", "birds tweet", "several birds chirp"),
        "dog": ("a dog barks", "a dog is barking", "a dog barks repeatedly", "a large dog barks"),
        "crickets": ("crickets chirp", "crickets are chirping", "crickets sing", "crickets buzz"),
        "footsteps": (
            "someone walks on a hard floor",
            "footsteps sound on a floor",
            "a person is walking with heavy footsteps",
            "footsteps tap along",
        ),
        "knock": (
            "someone knocks on a door",
            "a person is knocking on a door",
            "somebody knocks on wood",
            "a door is knocked on several times",
        ),
        "clock": (
            "a clock ticks",
            "a clock is ticking",
            "a clock ticks steadily",
            "a wall clock ticks",
        ),
        "typing": (
            "someone types on a keyboard",
            "a person is typing",
            "keyboard keys click",
            "someone is typing on a computer keyboard",
        ),
    }
)
"""Clauses for each kind of event."""

NOUNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "rain": ("rain falling", "heavy rain", "rain pattering on a surface"),
        "wind": ("wind blowing", "gusts of wind", "howling wind"),
        "thunder": ("thunder rumbling", "a clap of thunder", "rolling thunder"),
        "waves": ("waves crashing", "ocean waves", "waves breaking on a shore"),
        "water drops": ("water dripping", "drops of water falling", "dripping water"),
        "engine": ("an engine idling", "an engine running", "the hum of an engine"),
        "helicopter": (
            "a helicopter flying",
            "helicopter blades spinning",
            "a helicopter hovering",
        ),
        "vacuum cleaner": (
            "a vacuum cleaner running",
            "vacuuming",
            "the whirring of a vacuum cleaner",
        ),
        "siren": ("a siren wailing", "an emergency siren", "a siren blaring"),
        "alarm": ("an alarm beeping", "the beeps of an alarm", "an electronic alarm"),
        "train horn": ("a train horn", "a train horn blowing", "a train blowing its horn"),
        "telephone": ("a telephone ringing", "the ringing of a telephone", "a phone ringing"),
        "bell": ("a bell tolling", "a church bell ringing", "a bell chiming"),
        "birds": ("birds chirping", "birds singing", "the tweeting of birds"),
        "dog": ("a dog barking", "the barking of a dog", "several barks of a dog"),
        "crickets": ("crickets chirping", "crickets singing", "the buzz of crickets"),
        "footsteps": (
            "footsteps",
            "footsteps on a hard floor",
            "someone walking with heavy footsteps",
        ),
        "knock": ("knocking on a door", "knocks on a wooden door", "someone knocking on a door"),
        "clock": ("a clock ticking", "the ticking of a clock", "steady ticks of a clock"),
        "typing": ("typing on a keyboard", "someone typing", "the clicking of keyboard keys"),
    }
)
"""Noun phrases for each kind of event."""

DISTANCES: Final = (
    "in the distance",
    "far away",
    "far off in the distance",
    "faintly in the distance",
)
"""Wordings for distant events."""

LOUD_WORDS: Final = frozenset(
    {
        "blares",
        "blaring",
        "cracks",
        "heavily",
        "heavy",
        "large",
        "loudly",
        "overhead",
        "pouring",
        "roars",
        "strong",
    }
)
"""Wordings with one of these words are not used for distant events."""

WHILE_CLAUSES: Final = ("{0} while {1}", "{0} as {1}", "{0} and at the same time {1}")
WHILE_NOUNS: Final = ("{0} together with {1}", "{0} along with {1}", "{0} accompanied by {1}")
THEN_CLAUSES: Final = (
    "{0} and then {1}",
    "{0}, then {1}",
    "{0} before {1}",
    "{0} and afterwards {1}",
)
CLAUSE_THEN_NOUNS: Final = ("{0} followed by {1}", "{0}, followed by {1}")
THEN_NOUNS: Final = (*CLAUSE_THEN_NOUNS, "{0} and then {1}")
FINALLY_CLAUSES: Final = ("{0}, and then {1}", "{0}, and finally {1}")
FINALLY_NOUNS: Final = ("{0} and then {1}", "{0} and finally {1}")

CLAUSE_SHARE: Final = 0.65
"""Share of captions that begin with a clause; the others begin with a noun phrase."""


def write(caption: Caption, stream: Stream) -> str:
    """Return one wording of a caption, drawn from `stream`.

    The text mentions every described event once, in order, and no other event.
    """
    as_clauses = stream.chance(CLAUSE_SHARE)
    text = _group(caption.groups[0], as_clauses, stream)
    for number, group in enumerate(caption.groups[1:], start=1):
        # Both forms may follow a clause: "A dog barks followed by rain falling".
        clause_next = as_clauses and stream.chance(0.5)
        frames = _frames(as_clauses, clause_next, last_of_three=number == 2)
        as_clauses = clause_next
        text = stream.pick(frames).format(text, _group(group, clause_next, stream))
    return text[0].upper() + text[1:]


def _frames(from_clause: bool, to_clause: bool, *, last_of_three: bool) -> tuple[str, ...]:
    if to_clause:
        return FINALLY_CLAUSES if last_of_three else THEN_CLAUSES
    if from_clause and not last_of_three:
        return CLAUSE_THEN_NOUNS
    return FINALLY_NOUNS if last_of_three else THEN_NOUNS


def _group(group: tuple[Described, ...], as_clauses: bool, stream: Stream) -> str:
    wordings = CLAUSES if as_clauses else NOUNS
    parts = []
    for event in group:
        if event.distant:
            quiet = [
                words for words in wordings[event.kind] if LOUD_WORDS.isdisjoint(words.split())
            ]
            parts.append(f"{stream.pick(quiet)} {stream.pick(DISTANCES)}")
        else:
            parts.append(stream.pick(wordings[event.kind]))
    if len(parts) == 1:
        return parts[0]
    rest = " and ".join(parts[1:])
    return stream.pick(WHILE_CLAUSES if as_clauses else WHILE_NOUNS).format(parts[0], rest)

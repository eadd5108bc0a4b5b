"""Pairs of a caption and a clip, and their alignment.

Goal: pairs with a known alignment, computed only from the meaning of the caption and the content of
the clip (not from the way the pair was generated).

Conventions: onsets and durations are fractions of the clip, so a plan applies to clips of any
length; levels are in dB relative to the nominal level. Only the four basic operations are used, so
the alignment is bit for bit the same on any machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reference.world.captions import Caption, Described
from reference.world.events import KINDS
from reference.world.streams import Stream

__all__ = [
    "PAIR_KINDS",
    "PAIR_SHARES",
    "Clip",
    "Placed",
    "alignment",
    "draw_caption",
    "draw_clip",
    "draw_pair_kind",
    "realise",
]


@dataclass(frozen=True)
class Placed:
    """An event in a clip.

    Attributes
    ----------
    kind : str
        One of `events.KINDS`.
    onset, duration : float
        Fractions of the clip; their sum is at most 1.
    level : float
        Loudness in dB; 0 is the nominal level. `DISTANT_LEVELS` is the range of distant events.
    """

    kind: str
    onset: float
    duration: float
    level: float

    @property
    def end(self) -> float:
        """End of the event, as a fraction of the clip."""
        return self.onset + self.duration


@dataclass(frozen=True)
class Clip:
    """The content of a clip: its events in order of onset."""

    events: tuple[Placed, ...]


# --- alignment ------------------------------------------------------------------------

NEAR_LEVELS: Final = (-6.0, 0.0)
DISTANT_LEVELS: Final = (-22.0, -16.0)
"""Ranges of levels of near and of distant events, in dB."""

SURELY_NEAR, SURELY_DISTANT = -8.0, -14.0
"""From these levels on, an event is fully near or fully distant; linear in between."""

EXTRA_WEIGHT: Final = 0.6
"""Largest loss of alignment due to events that are not described."""

ORDER_WEIGHT: Final = 0.5
"""Loss of alignment if no temporal relation holds."""

DISTANCE_WEIGHT: Final = 0.4
"""Loss of alignment if every event is near instead of distant, or distant instead of near."""

FAINT_PROMINENCE: Final = 0.4
"""Weight of a distant event that is not described; a near one has weight 1."""

FULL_OVERLAP: Final = 0.5
"""Two events are simultaneous if they share half of the shorter one."""

FREE_OVERLAP: Final = 0.25
"""One event may follow another if they share at most a quarter of the shorter one."""


def alignment(caption: Caption, clip: Clip) -> float:
    """Return how well a caption describes a clip, from 0 (not at all) to 1 (exactly).

    The product of four factors:

    presence
        the share of the described events that are in the clip; each event in the clip matches at
        most one description;
    extras
        1 - 0.6 x the share of undescribed events among all undescribed and matched events, where
        undescribed events are weighted by their prominence (1 near, 0.4 distant);
    time
        1 - 0.5 x (1 - the mean credit of the relations between matched events): "while" requires
        that two events share half of the shorter one, "followed by" that the second one is later
        and shares at most a quarter; in between, the credit is linear;
    distance
        1 - 0.4 x (1 - the mean credit of the matched events for being near or distant as
        described).

    Parameters
    ----------
    caption : Caption
        At least one described event.
    clip : Clip
        Any number of events.

    Returns
    -------
    float
        From 0 to 1: 0 if the clip contains no described event, 1 if it matches exactly.

    Raises
    ------
    ValueError
        If the caption describes no event.
    """
    described = caption.events
    if not described:
        raise ValueError("the caption describes no event; alignment requires at least one")
    found, extras = _match(described, clip)
    if not found:
        return 0.0
    presence = len(found) / len(described)
    disturbance = math.fsum(_prominence(event.level) for event in extras)
    extra_share = disturbance / (len(found) + disturbance)
    distance = math.fsum(_distance_credit(described[i], event) for i, event in found.items()) / len(
        found
    )
    relations = _relation_credits(caption, found)
    time = math.fsum(relations) / len(relations) if relations else 1.0
    return (
        presence
        * (1.0 - EXTRA_WEIGHT * extra_share)
        * (1.0 - ORDER_WEIGHT * (1.0 - time))
        * (1.0 - DISTANCE_WEIGHT * (1.0 - distance))
    )


def _match(described: tuple[Described, ...], clip: Clip) -> tuple[dict[int, Placed], list[Placed]]:
    """Return the event matching each description (by its index), and the unmatched events."""
    left = list(clip.events)
    found: dict[int, Placed] = {}
    for index, wanted in enumerate(described):
        for event in left:
            if event.kind == wanted.kind:
                found[index] = event
                left.remove(event)
                break
    return found, left


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def _prominence(level: float) -> float:
    near = _unit((level - SURELY_DISTANT) / (SURELY_NEAR - SURELY_DISTANT))
    return FAINT_PROMINENCE + (1.0 - FAINT_PROMINENCE) * near


def _distance_credit(wanted: Described, event: Placed) -> float:
    near = _unit((event.level - SURELY_DISTANT) / (SURELY_NEAR - SURELY_DISTANT))
    return 1.0 - near if wanted.distant else near


def _relation_credits(caption: Caption, found: dict[int, Placed]) -> list[float]:
    group_of = [number for number, group in enumerate(caption.groups) for _ in group]
    credits_ = []
    for i, first in found.items():
        for j, second in found.items():
            if i < j:
                together = group_of[i] == group_of[j]
                credits_.append(
                    _while_credit(first, second) if together else _then_credit(first, second)
                )
    return credits_


def _overlap(first: Placed, second: Placed) -> float:
    shared = min(first.end, second.end) - max(first.onset, second.onset)
    return _unit(shared / min(first.duration, second.duration))


def _while_credit(first: Placed, second: Placed) -> float:
    return _unit(_overlap(first, second) / FULL_OVERLAP)


def _then_credit(first: Placed, second: Placed) -> float:
    if first.onset + first.end >= second.onset + second.end:  # twice the midpoints
        return 0.0
    return _unit((1.0 - _overlap(first, second)) / (1.0 - FREE_OVERLAP))


# --- drawing pairs --------------------------------------------------------------------

PAIR_KINDS: Final = (
    "matching",
    "event missing",
    "extra event",
    "event replaced",
    "wrong order",
    "wrong loudness",
    "unrelated",
)
"""How a pair is generated; for information only, not used by alignment and ratings."""

EVENT_COUNT_SHARES: Final = (0.34, 0.42, 0.24)
"""Shares of captions with one, two and three events."""

PAIR_SHARES: Final[Mapping[int, tuple[float, ...]]] = MappingProxyType(
    {
        1: (0.45, 0.00, 0.18, 0.00, 0.00, 0.16, 0.21),
        2: (0.36, 0.10, 0.12, 0.14, 0.10, 0.06, 0.12),
        3: (0.32, 0.12, 0.10, 0.18, 0.12, 0.05, 0.11),
    }
)
"""Shares of `PAIR_KINDS` for each number of described events. They are chosen so that the mean
alignment is about the same for all caption lengths: the length must not predict the score."""

DISTANT_SHARE: Final = 0.25
"""Share of captions that describe one event as distant."""

LAYOUTS: Final[Mapping[int, tuple[tuple[int, ...], ...]]] = MappingProxyType(
    {1: ((1,),), 2: ((2,), (1, 1)), 3: ((2, 1), (1, 2), (1, 1, 1), (3,))}
)
"""Sizes of the groups of a caption, by its number of events."""


def draw_pair_kind(events: int, stream: Stream) -> str:
    """Return how to generate a pair whose caption describes `events` events (1 to 3)."""
    return stream.pick_weighted(PAIR_KINDS, PAIR_SHARES[events])


def draw_caption(stream: Stream) -> Caption:
    """Return a caption with one to three events of different kinds, all kinds equally likely."""
    count = stream.pick_weighted((1, 2, 3), EVENT_COUNT_SHARES)
    kinds = stream.sample(KINDS, count)
    distant = stream.below(count) if stream.chance(DISTANT_SHARE) else -1
    events = [Described(kind, index == distant) for index, kind in enumerate(kinds)]
    groups = []
    for size in stream.pick(LAYOUTS[count]):
        groups.append(tuple(events[:size]))
        del events[:size]
    return Caption(tuple(groups))


def realise(caption: Caption, stream: Stream) -> Clip:
    """Return a clip that matches a caption exactly, with random positions and levels."""
    span = 1.0 / len(caption.groups)
    # A single group leaves more space for random positions.
    slack = 0.3 if len(caption.groups) == 1 else 0.15
    placed = []
    for number, group in enumerate(caption.groups):
        for event in group:
            onset = (number + stream.uniform(0.0, slack)) * span
            end = (number + 1.0 - stream.uniform(0.0, slack)) * span
            level = stream.uniform(*(DISTANT_LEVELS if event.distant else NEAR_LEVELS))
            placed.append(Placed(event.kind, onset, end - onset, level))
    return _clip(placed)


def _clip(placed: list[Placed]) -> Clip:
    return Clip(tuple(sorted(placed, key=lambda event: event.onset)))


def draw_clip(caption: Caption, pair_kind: str, stream: Stream) -> Clip:
    """Return the clip of a pair of the given kind.

    Parameters
    ----------
    caption : Caption
        The caption of the pair.
    pair_kind : str
        One of `PAIR_KINDS`; "event missing", "event replaced" and "wrong order" require a caption
        with at least two events.
    stream : Stream
        Source of random numbers.

    Raises
    ------
    ValueError
        If the kind of pair is unknown, or the caption is too short for it.
    """
    if pair_kind not in PAIR_KINDS:
        raise ValueError(
            f"unknown kind of pair {pair_kind!r}; expected one of {', '.join(PAIR_KINDS)}"
        )
    if len(caption.events) < 2 and pair_kind in {"event missing", "event replaced", "wrong order"}:
        raise ValueError(
            f"the pair kind {pair_kind!r} requires two or more described events;"
            " the caption has one"
        )
    if pair_kind in OTHER_CAPTIONS:
        return realise(OTHER_CAPTIONS[pair_kind](caption, stream), stream)
    events = list(realise(caption, stream).events)
    if pair_kind in CHANGES:
        CHANGES[pair_kind](events, caption, stream)
    return _clip(events)


def _other_kinds(caption: Caption) -> tuple[str, ...]:
    told = {event.kind for event in caption.events}
    return tuple(kind for kind in KINDS if kind not in told)


def _remove_event(events: list[Placed], _caption: Caption, stream: Stream) -> None:
    del events[stream.below(len(events))]


def _add_event(events: list[Placed], caption: Caption, stream: Stream) -> None:
    duration = stream.uniform(0.3, 0.7)
    onset = stream.uniform(0.0, 1.0 - duration)
    events.append(
        Placed(stream.pick(_other_kinds(caption)), onset, duration, stream.uniform(*NEAR_LEVELS))
    )


def _replace_events(events: list[Placed], caption: Caption, stream: Stream) -> None:
    """Replace one event, or two of three, by others at the same position."""
    count = 1 + stream.below(len(events) - 1)
    places = stream.sample(range(len(events)), count)
    for place, kind in zip(places, stream.sample(_other_kinds(caption), count), strict=True):
        old = events[place]
        events[place] = Placed(kind, old.onset, old.duration, old.level)


def _reordered_caption(caption: Caption, stream: Stream) -> Caption:
    """Return a caption with the events in another order, or not simultaneous any more."""
    if len(caption.groups) == 1:
        return Caption(
            tuple((event,) for event in stream.sample(caption.events, len(caption.events)))
        )
    if stream.chance(0.25):
        return Caption((caption.events,))
    return Caption(caption.groups[::-1])


def _other_distance_caption(caption: Caption, stream: Stream) -> Caption:
    """Return a caption in which another event is distant, or no event instead of one."""
    told_distant = [index for index, event in enumerate(caption.events) if event.distant]
    candidates = [index for index in range(len(caption.events)) if index not in told_distant]
    distant = stream.pick(candidates) if candidates else -1
    changed = iter(
        Described(event.kind, index == distant) for index, event in enumerate(caption.events)
    )
    return Caption(tuple(tuple(next(changed) for _ in group) for group in caption.groups))


def _unrelated_caption(caption: Caption, stream: Stream) -> Caption:
    """Return a caption that shares no event with this one."""
    other = draw_caption(stream)
    kinds = iter(stream.sample(_other_kinds(caption), len(other.events)))
    return Caption(
        tuple(
            tuple(Described(next(kinds), event.distant) for event in group)
            for group in other.groups
        )
    )


CHANGES: Final[Mapping[str, Callable[[list[Placed], Caption, Stream], None]]] = MappingProxyType(
    {"event missing": _remove_event, "extra event": _add_event, "event replaced": _replace_events}
)
"""Functions that change the events of a matching clip."""

OTHER_CAPTIONS: Final[Mapping[str, Callable[[Caption, Stream], Caption]]] = MappingProxyType(
    {
        "wrong order": _reordered_caption,
        "wrong loudness": _other_distance_caption,
        "unrelated": _unrelated_caption,
    }
)
"""Functions that return the caption that matches the clip."""

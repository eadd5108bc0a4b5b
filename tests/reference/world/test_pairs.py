"""The alignment depends on the meaning of the caption and the content of the clip."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from reference.world.captions import Caption, Described
from reference.world.pairs import (
    PAIR_KINDS,
    PAIR_SHARES,
    Clip,
    Placed,
    alignment,
    draw_clip,
    realise,
)
from reference.world.recipe import SPLITS, Pair, plan_pair
from reference.world.streams import Stream

DOG, RAIN, BELL = Described("dog"), Described("rain"), Described("bell")
NEAR, FAR = -3.0, -20.0


def placed(*events: tuple[str, float, float, float]) -> Clip:
    """Return a clip from (kind, onset, end, level)."""
    return Clip(
        tuple(Placed(kind, onset, end - onset, level) for kind, onset, end, level in events)
    )


def sample(count: int = 1500) -> list[Pair]:
    """Return pairs of one seed."""
    return [plan_pair(9, SPLITS[2], index) for index in range(count)]


WHILE = Caption(((DOG, RAIN),))
THEN = Caption(((DOG,), (RAIN,)))
TOGETHER = placed(("dog", 0.0, 1.0, NEAR), ("rain", 0.0, 1.0, NEAR))
IN_TURN = placed(("dog", 0.0, 0.5, NEAR), ("rain", 0.5, 1.0, NEAR))


@pytest.mark.parametrize(
    ("caption", "clip", "expected"),
    [
        pytest.param(WHILE, TOGETHER, 1.0, id="match, together"),
        pytest.param(THEN, IN_TURN, 1.0, id="match, in turn"),
        pytest.param(WHILE, placed(("rain", 0.0, 1.0, NEAR)), 0.5, id="one of two missing"),
        pytest.param(Caption(((DOG, RAIN, BELL),)), TOGETHER, 2 / 3, id="one of three missing"),
        pytest.param(Caption(((DOG,),)), TOGETHER, 1 - 0.6 / 2, id="one told, one extra"),
        pytest.param(
            WHILE,
            placed(("bell", 0.2, 0.8, NEAR), ("dog", 0.0, 1.0, NEAR), ("rain", 0.0, 1.0, NEAR)),
            1 - 0.6 / 3,
            id="two told, one extra",
        ),
        pytest.param(
            Caption(((DOG,),)),
            placed(("dog", 0.0, 1.0, NEAR), ("rain", 0.0, 1.0, FAR)),
            1 - 0.6 * 0.4 / 1.4,
            id="an extra in the distance disturbs less",
        ),
        pytest.param(
            WHILE,
            placed(("dog", 0.0, 1.0, NEAR), ("bell", 0.0, 1.0, NEAR)),
            0.5 * (1 - 0.6 / 2),
            id="one replaced",
        ),
        pytest.param(Caption(((RAIN,), (DOG,))), IN_TURN, 0.5, id="wrong order"),
        pytest.param(WHILE, IN_TURN, 0.5, id="apart instead of together"),
        pytest.param(THEN, TOGETHER, 0.5, id="together instead of in turn"),
        pytest.param(
            THEN,
            placed(("dog", 0.0, 0.6, NEAR), ("rain", 0.35, 0.85, NEAR)),
            1 - 0.5 * (1 - 0.5 / 0.75),
            id="half overlapped: in between",
        ),
        pytest.param(
            Caption(((DOG,),)), placed(("dog", 0.0, 1.0, FAR)), 0.6, id="far instead of near"
        ),
        pytest.param(
            Caption(((Described("dog", distant=True),),)),
            placed(("dog", 0.0, 1.0, NEAR)),
            0.6,
            id="near, told far",
        ),
        pytest.param(
            Caption(((Described("dog", distant=True), RAIN),)),
            TOGETHER,
            1 - 0.4 / 2,
            id="one of two near, told far",
        ),
        pytest.param(
            Caption(((DOG,),)), placed(("dog", 0.0, 1.0, -11.0)), 1 - 0.4 / 2, id="half far"
        ),
        pytest.param(Caption(((BELL,),)), TOGETHER, 0.0, id="unrelated"),
        pytest.param(WHILE, Clip(()), 0.0, id="nothing there"),
    ],
)
def test_alignment_has_its_documented_value(caption: Caption, clip: Clip, expected: float) -> None:
    """The alignment is the documented product of presence, extras, time and distance."""
    assert alignment(caption, clip) == pytest.approx(expected, abs=1e-12)


def test_an_event_matches_only_one_description() -> None:
    """Two described dogs require two dogs in the clip."""
    caption = Caption(((DOG,), (DOG,)))
    assert alignment(caption, placed(("dog", 0.0, 1.0, NEAR))) == 0.5
    assert alignment(caption, placed(("dog", 0.0, 0.5, NEAR), ("dog", 0.5, 1.0, NEAR))) == 1.0


def test_a_caption_without_events_is_rejected() -> None:
    """The alignment of a caption without events is an error."""
    with pytest.raises(ValueError, match="describes no event"):
        alignment(Caption(()), TOGETHER)


def test_the_kinds_of_pairs_are_ordered_plausibly() -> None:
    """Mean alignment: matching 1; extra, loudness, missing, order, replaced; unrelated 0."""
    pairs = sample()
    means = {
        kind: np.mean([pair.alignment for pair in pairs if pair.kind == kind])
        for kind in PAIR_KINDS
    }
    order = [
        "matching",
        "extra event",
        "wrong loudness",
        "event missing",
        "event replaced",
        "unrelated",
    ]
    assert means["matching"] == 1.0
    assert means["unrelated"] == 0.0
    assert all(means[better] > means[worse] + 0.05 for better, worse in pairwise(order))
    assert means["extra event"] > means["wrong order"] > means["event replaced"]


def test_only_matching_pairs_are_perfect() -> None:
    """The alignment of changed pairs is below 1, and above 0 if an event matches."""
    for pair in sample():
        assert (pair.alignment == 1.0) == (pair.kind == "matching"), pair
        assert (pair.alignment == 0.0) == (pair.kind == "unrelated"), pair


def test_events_are_inside_the_clip_and_long_enough() -> None:
    """Every event is inside the clip and lasts half a second, even in a clip of 2 s."""
    for pair in sample():
        for event in pair.clip.events:
            assert 0.0 <= event.onset < event.end <= 1.0 + 1e-12
            assert 2.0 * event.duration > 0.4
            assert -22.0 <= event.level <= 0.0


def test_realised_captions_match() -> None:
    """A clip generated for a caption has exactly alignment 1."""
    caption = Caption(((DOG, Described("wind", distant=True)), (BELL,)))
    stream = Stream(1, 2)
    assert {alignment(caption, realise(caption, stream)) for _ in range(200)} == {1.0}


@pytest.mark.parametrize("kind", ["event missing", "event replaced", "wrong order"])
def test_changes_that_require_two_events_are_rejected_for_one(kind: str) -> None:
    """The message for a caption of one event states the required number."""
    with pytest.raises(ValueError, match="requires two or more described events"):
        draw_clip(Caption(((DOG,),)), kind, Stream(1, 1))


def test_unknown_kinds_of_pairs_are_rejected() -> None:
    """An unknown kind of pair is an error that lists the kinds."""
    with pytest.raises(ValueError, match="expected one of matching"):
        draw_clip(WHILE, "matchin", Stream(1, 1))


def test_shares_of_pair_kinds_sum_to_one() -> None:
    """The shares are probabilities for every length of caption."""
    assert all(sum(shares) == pytest.approx(1.0) for shares in PAIR_SHARES.values())


def test_one_side_alone_does_not_predict_the_alignment() -> None:
    """Lengths, counts, distances and relations of one side have |SRCC| below 0.1."""
    from scipy.stats import spearmanr

    pairs = sample(3000)
    truth = [pair.alignment for pair in pairs]
    cues = {
        "described events": [len(pair.caption.events) for pair in pairs],
        "placed events": [len(pair.clip.events) for pair in pairs],
        "characters": [len(pair.text) for pair in pairs],
        "groups": [len(pair.caption.groups) for pair in pairs],
        "told far": [any(event.distant for event in pair.caption.events) for pair in pairs],
        "is far": [any(event.level < -11 for event in pair.clip.events) for pair in pairs],
        "sound": [sum(event.duration for event in pair.clip.events) for pair in pairs],
    }
    found = {name: float(spearmanr(cue, truth).statistic) for name, cue in cues.items()}
    assert all(abs(value) < 0.1 for value in found.values()), found

"""A plan is determined by its seed, pair by pair."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace

import pytest

from reference.errors import RecipeError
from reference.world import demo_ratings, demo_ratings_text, same_ratings
from reference.world.listeners import draw_listener, listener_number, rate
from reference.world.pairs import alignment
from reference.world.recipe import SPLITS, WorldConfig, plan, plan_pair
from reference.world.streams import PURPOSES, Stream

SMALL = WorldConfig(seed=5, n_train=12, n_validation=6, n_test=9)

# SHA-256 of the default world's demo text; it must not depend on machine, numpy or Python.
DEMO_SHA256 = "cf22ea9e2804a082e193350b4fca51964e586c473b3febee45705b8ab200f82b"


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    """Plans with equal settings are equal; another seed changes texts, clips and ratings."""
    first, again, other = plan(SMALL), plan(SMALL), plan(replace(SMALL, seed=6))
    assert first == again
    assert [pair.text for pair in first.pairs] != [pair.text for pair in other.pairs]
    assert [pair.clip for pair in first.pairs] != [pair.clip for pair in other.pairs]
    assert [pair.ratings for pair in first.pairs] != [pair.ratings for pair in other.pairs]


def test_the_size_of_a_split_does_not_affect_other_pairs() -> None:
    """Longer splits begin with the pairs of shorter ones; other splits do not change."""
    small, grown = plan(SMALL), plan(replace(SMALL, n_train=40, n_validation=30, n_test=11))
    assert grown.train[:12] == small.train
    assert grown.validation[:6] == small.validation
    assert grown.test[:9] == small.test


def test_length_and_rate_of_the_clips_do_not_affect_the_plan() -> None:
    """Ratings, texts and clips are the same for short clips: they need no audio."""
    assert plan(replace(SMALL, seconds=2.0, sample_rate=48_000)).pairs == plan(SMALL).pairs


def test_a_pair_can_be_planned_alone() -> None:
    """A pair planned alone equals the one in the world."""
    assert plan_pair(5, SPLITS[2], 7) == plan(SMALL).test[7]


def test_splits_differ() -> None:
    """Pairs with the same index in different splits are independent."""
    pairs = [plan_pair(5, split, 0) for split in SPLITS]
    assert len({pair.clip for pair in pairs}) == 3


def test_ratings_have_their_own_stream() -> None:
    """The ratings of a pair depend on the stream of split, index and purpose."""
    pair = plan_pair(5, SPLITS[2], 4)
    numbers = [listener_number(4, slot, 8) for slot in range(8)]
    listeners = [draw_listener(5, 3, number) for number in numbers]
    expected = rate(pair.alignment, listeners, Stream(5, 3, 4, PURPOSES["ratings"]))
    assert tuple(rating.score for rating in pair.ratings) == expected
    assert [rating.listener_id for rating in pair.ratings] == [who.listener_id for who in listeners]
    assert len(set(PURPOSES.values())) == len(PURPOSES)


def test_file_names_are_the_real_ones() -> None:
    """Train begins at 00000.wav, validation at 07500.wav, test at 10500.wav (to 13499.wav)."""
    world = plan(WorldConfig(n_train=1, n_validation=1, n_test=3000))
    names = [pair.wav_file_name for pair in world.pairs]
    assert names == [
        "00000.wav",
        "07500.wav",
        *(f"{number}.wav" for number in range(10_500, 13_500)),
    ]


def test_alignments_are_those_of_caption_and_clip() -> None:
    """The alignment of a planned pair is computed from its caption and its clip."""
    assert all(pair.alignment == alignment(pair.caption, pair.clip) for pair in plan(SMALL).pairs)


def test_every_invalid_setting_is_reported() -> None:
    """All settings out of range are reported in one message."""
    with pytest.raises(RecipeError) as caught:
        WorldConfig(seed=-1, n_train=0, n_validation=3001, seconds=float("nan"), sample_rate=8000)
    message = str(caught.value)
    assert "seed is -1; expected 0 or more" in message
    assert "n_train is 0; expected 1 to 7,500" in message
    assert "n_validation is 3001; expected 1 to 3,000" in message
    assert "seconds is nan; expected 2.0 to 60.0" in message
    assert "sample_rate is 8000; expected 16,000 to 48,000" in message


def test_seed_zero_is_a_seed() -> None:
    """Seed 0 gives a world of its own."""
    assert plan(replace(SMALL, seed=0)).pairs != plan(replace(SMALL, seed=1)).pairs


def test_demo_ratings_are_the_ratings_of_the_test_split() -> None:
    """The compressed text has every rating of the test split, in order, with its columns."""
    lines = gzip.decompress(demo_ratings(SMALL)).decode().splitlines()
    expected = [
        f"{pair.wav_file_name},{rating.score},{rating.listener_id}"
        for pair in plan(SMALL).test
        for rating in pair.ratings
    ]
    assert lines == ["wav_file_name,score,listener_id", *expected]


def test_default_demo_ratings_are_small_complete_and_always_the_same() -> None:
    """24,000 ratings of 3,000 pairs take less than 200 kB and have the pinned digest."""
    packed = demo_ratings()
    text = gzip.decompress(packed)
    assert len(packed) < 200_000
    assert text.count(b"\n") == 24_001
    assert hashlib.sha256(text).hexdigest() == DEMO_SHA256
    assert packed[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # no name, no time


def test_demo_ratings_are_compared_by_their_text() -> None:
    """Another compression of the same text is equal; other ratings or a damaged file are not."""
    assert same_ratings(gzip.compress(demo_ratings_text(SMALL), compresslevel=1, mtime=1), SMALL)
    assert not same_ratings(demo_ratings(replace(SMALL, seed=6)), SMALL)
    assert not same_ratings(demo_ratings(SMALL)[:-9], SMALL)
    assert not same_ratings(b"plain text", SMALL)

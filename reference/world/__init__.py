"""A world of synthetic pairs: sounds, captions, and listeners who rate how well they match.

Goal: synthetic data, generated from a seed, for the whole loop of the challenge, from audio and
ratings to a leaderboard.

Conventions: `plan` generates everything except the sound, within seconds and bit for bit the same
on any machine; `write_metadata` and `write_audio` write the layout of the real dataset; `render`
returns the audio of one pair; `demo_ratings` compresses the ratings of the test split.
"""

from reference.world.demo import demo_ratings, demo_ratings_text, same_ratings
from reference.world.events import KINDS
from reference.world.pairs import PAIR_KINDS, alignment
from reference.world.recipe import SPLITS, Pair, World, WorldConfig, plan, plan_pair, plan_split
from reference.world.rendering import render
from reference.world.writing import write_audio, write_metadata

__all__ = [
    "KINDS",
    "PAIR_KINDS",
    "SPLITS",
    "Pair",
    "World",
    "WorldConfig",
    "alignment",
    "demo_ratings",
    "demo_ratings_text",
    "plan",
    "plan_pair",
    "plan_split",
    "render",
    "same_ratings",
    "write_audio",
    "write_metadata",
]

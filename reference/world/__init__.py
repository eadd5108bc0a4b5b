"""A world of synthetic pairs: sounds, captions, and listeners who rate how well they match.

Goal: data on which the whole loop of the challenge runs, from audio and ratings to a
leaderboard, made from a seed and honest about being synthetic.

Conventions: `plan` makes everything but the sound, within seconds and the same to the last bit
on any machine; `write_metadata` and `write_audio` write it in the layout of the real data
set; `render` gives the audio of one pair; `demo_ratings` packs the test split's ratings.
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

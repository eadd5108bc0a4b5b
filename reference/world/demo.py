"""The demo ratings: the listeners' ratings of the default world's test split, as one small file.

Goal: references for the toolkit that everyone can regenerate, bit for bit, without audio.

Conventions: CSV with the columns ``wav_file_name,score,listener_id``, one row a rating, lines
ended by a line feed, packed by gzip without name or time. The text is the same on any
machine. The packed bytes are the same for one version of zlib, but another may pack the same text
otherwise; whoever compares a file with the recipe compares texts (`same_ratings`).
Gzip is taken rather than xz because every Python can read it, and quickly.
"""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Final

from reference.world.recipe import SPLITS, WorldConfig, plan_split

__all__ = ["demo_ratings", "demo_ratings_text", "same_ratings"]

GZIP_LEVEL: Final = 9


def demo_ratings_text(config: WorldConfig = WorldConfig()) -> bytes:  # noqa: B008 (frozen, so shared safely)
    """Return the ratings of the test split as CSV text, in UTF-8.

    Ordered by pair, then by the listener's place. Depends on ``config.seed`` and ``config.n_test``
    only.
    """
    test = SPLITS[-1]
    lines = ["wav_file_name,score,listener_id"]
    for pair in plan_split(config, test):
        lines += [
            f"{pair.wav_file_name},{rating.score},{rating.listener_id}" for rating in pair.ratings
        ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def demo_ratings(config: WorldConfig = WorldConfig()) -> bytes:  # noqa: B008 (frozen, so shared safely)
    """Return `demo_ratings_text` packed by gzip, with no name and no time in the header."""
    buffer = io.BytesIO()
    with gzip.GzipFile(
        filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=buffer, mtime=0
    ) as file:
        file.write(demo_ratings_text(config))
    return buffer.getvalue()


def same_ratings(packed: bytes, config: WorldConfig = WorldConfig()) -> bool:  # noqa: B008 (frozen)
    """Return whether a packed file holds exactly the ratings of a world; False for a damaged file."""
    try:
        text = gzip.decompress(packed)
    except (OSError, EOFError, zlib.error):
        return False
    return text == demo_ratings_text(config)

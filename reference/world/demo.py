"""The demo ratings: the ratings of the default world's test split in one small file.

Goal: references for the toolkit that anyone can regenerate, bit for bit, without audio.

Conventions: CSV with the columns ``wav_file_name,score,listener_id``, one row per rating, line feed
as line ending, compressed by gzip without name or time. The text is the same on any machine. The
compressed bytes may differ between versions of zlib, so compare the texts (`same_ratings`). Gzip is
used instead of xz because every Python reads it, and fast.
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

    Ordered by pair, then by the position of the listener. Depends only on ``config.seed`` and
    ``config.n_test``.
    """
    test = SPLITS[-1]
    lines = ["wav_file_name,score,listener_id"]
    for pair in plan_split(config, test):
        lines += [
            f"{pair.wav_file_name},{rating.score},{rating.listener_id}" for rating in pair.ratings
        ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def demo_ratings(config: WorldConfig = WorldConfig()) -> bytes:  # noqa: B008 (frozen, so shared safely)
    """Return `demo_ratings_text` compressed by gzip, without name and time in the header."""
    buffer = io.BytesIO()
    with gzip.GzipFile(
        filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=buffer, mtime=0
    ) as file:
        file.write(demo_ratings_text(config))
    return buffer.getvalue()


def same_ratings(packed: bytes, config: WorldConfig = WorldConfig()) -> bool:  # noqa: B008 (frozen)
    """Return whether a compressed file contains exactly the ratings of a world.

    The result is False for a damaged file.
    """
    try:
        text = gzip.decompress(packed)
    except (OSError, EOFError, zlib.error):
        return False
    return text == demo_ratings_text(config)

"""Hashed words and bigrams of a caption.

The hash is CRC-32, which gives the same values on every machine and in every run, unlike Python's
own hash. One of its bits is the sign, so that words in the same bucket cancel on average
(Weinberger et al., "Feature hashing for large scale multitask learning", ICML 2009).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["hash_texts", "term_weights", "tokens", "unit_rows"]

Array = NDArray[np.float64]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_HALF_AFTER = 0.5


def tokens(text: str) -> list[str]:
    """Return the words of a text in lower case, in order."""
    return _WORD.findall(text.lower())


def hash_texts(texts: Sequence[str], *, buckets: int, bigrams: bool) -> Array:
    """Return the signed counts of hashed words and, optionally, bigrams.

    Parameters
    ----------
    texts : sequence of str
        Captions.
    buckets : int
        Number of buckets.
    bigrams : bool
        Whether to include pairs of adjacent words, and words marked with their half of the text: a
        model can learn the order of events from them.

    Returns
    -------
    ndarray, shape (len(texts), buckets)
        Whole numbers; a term repeated in a text counts once.
    """
    result = np.zeros((len(texts), buckets))
    for row, text in zip(result, texts, strict=True):
        for term in dict.fromkeys(_terms(tokens(text), bigrams=bigrams)):
            code = zlib.crc32(term.encode("utf-8"))
            row[(code >> 1) % buckets] += 1.0 if code & 1 else -1.0
    return result


def term_weights(counts: Array) -> Array:
    """Return a weight per bucket, shape (buckets,): the root of the log inverse document frequency.

    Words such as "a" are in most captions and carry little information about the sound; the square
    root limits the weight of rare words. A bucket without training captions has weight 0.

    Parameters
    ----------
    counts : ndarray, shape (captions, buckets)
        Hashed counts of the training captions.
    """
    frequency = (counts != 0.0).mean(axis=0)
    seen = np.where(frequency > 0.0, frequency, 1.0)
    weights: Array = np.sqrt(-np.log(seen))
    return weights


def unit_rows(rows: Array) -> Array:
    """Return rows scaled to Euclidean length 1; rows of zeros do not change."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Array = rows / np.where(length > 0.0, length, 1.0)
    return scaled


def _terms(words: list[str], *, bigrams: bool) -> list[str]:
    if not bigrams:
        return words
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    halves = [
        f"{'<' if place < _HALF_AFTER * len(words) else '>'}{word}"
        for place, word in enumerate(words)
    ]
    return words + pairs + halves

"""Hashed words and bigrams of a caption.

The hash is CRC-32, the same on every machine and in every run (Python's own hash is not).
One of its bits gives the sign, so that words that fall into one bucket cancel on average
(Weinberger et al., "Feature hashing for large scale multitask learning", ICML 2009).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["hashed_texts", "term_weights", "tokens", "unit_rows"]

Array = NDArray[np.float64]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_HALF_AFTER = 0.5


def tokens(text: str) -> list[str]:
    """Return the words of a text in lower case, in order."""
    return _WORD.findall(text.lower())


def hashed_texts(texts: Sequence[str], *, buckets: int, bigrams: bool) -> Array:
    """Return the signed counts of hashed words, and bigrams if asked for.

    Parameters
    ----------
    texts : sequence of str
        Captions.
    buckets : int
        Length of a row.
    bigrams : bool
        Whether pairs of neighbouring words count too, and in which half of the text a word is:
        from both a model can learn what comes first.

    Returns
    -------
    ndarray, shape (len(texts), buckets)
        Whole numbers; a term that a text repeats counts once.
    """
    result = np.zeros((len(texts), buckets))
    for row, text in zip(result, texts, strict=True):
        for term in dict.fromkeys(_terms(tokens(text), bigrams=bigrams)):
            code = zlib.crc32(term.encode("utf-8"))
            row[(code >> 1) % buckets] += 1.0 if code & 1 else -1.0
    return result


def term_weights(counts: Array) -> Array:
    """Return a weight for each bucket: the square root of the log of its inverse document
    frequency.

    Words such as "a" are in most captions and say little of the sound; the square root keeps
    rare words from carrying all the weight. A bucket that no training caption has weighs 0.

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
    """Return rows scaled to Euclidean length 1; a row of zeros stays so."""
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

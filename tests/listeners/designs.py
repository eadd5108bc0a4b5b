"""Ratings simulated from models with known parameters, and a published table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from xacle_eval.listeners import Ratings

#: Shrout & Fleiss 1979, Psychol. Bull. 86:420, table 2: six targets, four judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)

RELATE = Path(__file__).resolve().parents[3] / "shared" / "data" / "relate" / "REL.csv"


def complete(table: NDArray[np.float64] | NDArray[np.int_]) -> Ratings:
    """Make ratings from a complete table of pairs × listeners."""
    pairs, listeners = table.shape
    return Ratings.from_arrays(
        np.repeat(np.arange(pairs), listeners), np.tile(np.arange(listeners), pairs), table.ravel()
    )


def one_way_design(
    rng: np.random.Generator, k: NDArray[np.int_], pair_sd: float = 1.0, noise_sd: float = 1.0
) -> tuple[Ratings, NDArray[np.float64]]:
    """Draw normal true scores with k noisy ratings each; every rating has its own listener."""
    truth = rng.normal(scale=pair_sd, size=k.size)
    pair = np.repeat(np.arange(k.size), k)
    values = truth[pair] + rng.normal(scale=noise_sd, size=pair.size)
    return Ratings.from_arrays(pair, np.arange(pair.size), values), truth


def crossed_design(
    rng: np.random.Generator, pairs: int, listeners: int, each: int, sds: tuple[float, float, float]
) -> Ratings:
    """Draw ratings of ``each`` random pairs per listener.

    ``sds`` are the standard deviations of pairs, listeners and residual.
    """
    pair = np.concatenate([rng.choice(pairs, each, replace=False) for _ in range(listeners)])
    who = np.repeat(np.arange(listeners), each)
    values = (
        rng.normal(scale=sds[0], size=pairs)[pair]
        + rng.normal(scale=sds[1], size=listeners)[who]
        + rng.normal(scale=sds[2], size=pair.size)
    )
    return Ratings.from_arrays(pair, who, values)


def relate() -> Ratings:
    """Read the ratings of RELATE, with flags for anchors, the test part and the exclusions."""
    if not RELATE.exists():
        pytest.skip(f"requires the RELATE ratings at {RELATE}")
    import pandas as pd

    frame = pd.read_csv(RELATE, dtype={"listener_id": str})
    frame["evaluation part"] = frame["in AudioCaps"] == "test"
    frame["out"] = frame["in RELATE dataset"] == "excluded"
    flags = {"anchor": "anchor label", "evaluation": "evaluation part", "excluded": "out"}
    return Ratings.from_frame(frame, pair=("wavname", "text"), flags=flags)

"""Files of labels from which a challenge file is drafted."""

from __future__ import annotations

import random

from benchmarks.fuzzing import tables
from benchmarks.fuzzing.cases import Case, chance
from benchmarks.fuzzing.options import value_of
from benchmarks.fuzzing.submissions import add_file

__all__ = ["add_draft"]


def add_draft(rng: random.Random, case: Case) -> None:
    """Add a file of labels from which a challenge file is drafted."""
    table = tables.ratings if chance(rng, 0.5) else tables.averages
    case.arguments += ["--from", add_file(rng, case, "labels.csv", *table(rng))]
    case.free = True
    if chance(rng, 0.3):
        case.arguments += ["--parts", rng.choice(("public=0.3", "a=0.5,b=0.5", "x", "x=2", "=1"))]
    if chance(rng, 0.2):
        case.arguments += ["--seed", value_of(rng, "--seed")]
    if chance(rng, 0.3):
        case.arguments.append("--force")
    stem = "challenge"
    if chance(rng, 0.5):
        stem = "draft"
        case.arguments += ["-o", "draft.toml"]
    # Lists of ids, and of their parts, are written beside the challenge file.
    lists = ["test", *(f"test_{part}" for part in ("public", "private", "a", "b"))]
    case.outputs += [f"{stem}.toml", *(f"{stem}_{name}.txt" for name in lists)]

"""What the cases of several commands share: formats, outputs, challenges and references."""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks.fuzzing import documents, tables
from benchmarks.fuzzing.cases import Case, Link, chance, hostile_text
from benchmarks.fuzzing.options import value_of
from benchmarks.fuzzing.submissions import add_file

__all__ = [
    "TASK",
    "add_challenge",
    "add_challenge_file",
    "add_format",
    "add_output",
    "add_references",
]

TASK = "../task/task.toml"


def add_format(rng: random.Random, case: Case, formats: Sequence[str]) -> None:
    if chance(rng, 0.8):
        name = rng.choice(formats) if chance(rng, 0.98) else hostile_text(rng)
        if chance(rng, 0.03) and "\0" not in name:
            case.environment["XACLE_EVAL_FORMAT"] = name.encode("utf-8", "replace").decode()
        else:
            case.arguments += [rng.choice(("--format", "-f")), name]


def add_output(
    rng: random.Random, case: Case, option: str = "-o", probability: float = 0.2, plain: str = "out"
) -> None:
    """Add an output: a new file, an old one, a link, a folder, an input or a hostile name."""
    if not chance(rng, probability):
        return
    kind = rng.random()
    target = plain
    if kind < 0.05:
        case.files["link.out"] = Link("../canary/note.txt")
        target = "link.out"
    elif kind < 0.1:
        case.files["old.out"] = b"old"
        case.files["inner.out"] = Link("old.out")
        target = rng.choice(("old.out", "inner.out"))
    elif kind < 0.13:
        target = rng.choice((f"missing/{plain}", "", ".", "folder", "x" * 300, "/dev/null"))
        case.files["folder/file"] = b"old"
    elif kind < 0.16 and case.files:
        target = rng.choice(list(case.files))
    elif kind < 0.2:
        target = hostile_text(rng).replace("/", "_")
    case.arguments += [option, target]
    if target not in ("", ".", "..", "folder", "/dev/null"):
        case.outputs += [target, "old.out"]
    if option == "--official-csv" and target in ("", ".", "folder"):
        case.outputs.append(f"{target or '.'}/evaluation_result.csv")


def add_challenge(rng: random.Random, case: Case, split: bool = True) -> None:
    """Add a challenge: the example, a generated file, or the default."""
    kind = rng.random()
    if kind < 0.85:
        case.arguments += ["--challenge", TASK]
    elif kind < 0.96:
        case.arguments += ["--challenge", add_challenge_file(rng, case)]
    elif kind < 0.97:
        case.arguments += ["--challenge", hostile_text(rng)]
    if split and chance(rng, 0.06):
        case.arguments += ["--split", rng.choice(("test", "validation", "tset", hostile_text(rng)))]


def add_challenge_file(rng: random.Random, case: Case) -> str:
    """Add a challenge file with the files that it names; return its path."""
    lines = [*tables.IDS[:12], *(["# comment", "", hostile_text(rng)] if chance(rng, 0.3) else [])]
    case.files |= {
        "challenge.toml": documents.challenge_file(rng),
        "approved.csv": tables.approved(rng),
        "validation.txt": "\n".join(lines).encode("utf-8", "replace"),
        "averages.csv": tables.averages(rng)[0],
        "ratings.csv": tables.ratings(rng)[0],
    }
    if chance(rng, 0.02):
        case.files["challenge.toml"] = Link(rng.choice(("challenge.toml", "/dev/zero", "missing")))
    return "challenge.toml"


def add_references(rng: random.Random, case: Case) -> None:
    """Add references: averages or ratings; without the option, the challenge's own are used."""
    if chance(rng, 0.5):
        table = tables.ratings if chance(rng, 0.5) else tables.averages
        data, packed = (tables.plain_ratings(), False) if chance(rng, 0.5) else table(rng)
        name = add_file(rng, case, "references.csv", data, packed)
        if chance(rng, 0.02):
            name = rng.choice(("/dev/zero", "/dev/null", ".", "missing.csv", hostile_text(rng)))
        case.arguments += [rng.choice(("--references", "-r")), name]
        if chance(rng, 0.1):  # ratings and averages are compared
            other = add_file(rng, case, "other.csv", *tables.averages(rng))
            case.arguments += ["--references", other]
    if chance(rng, 0.1):
        case.files["averages.csv"] = tables.averages(rng)[0]
        case.files.setdefault("ratings.csv", tables.ratings(rng)[0])
        case.arguments += ["--references-of", value_of(rng, "--references-of")]

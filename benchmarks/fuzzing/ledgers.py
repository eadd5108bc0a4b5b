"""Ledgers for the fuzzer: the options of each command, a ledger file, and what it records."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.fuzzing import tables
from benchmarks.fuzzing.cases import Case, chance, mutate
from benchmarks.fuzzing.options import value_of
from benchmarks.fuzzing.submissions import add_file, add_folder, add_submission

__all__ = ["FOLDERS", "OPTIONS", "TABLES", "Seeds", "add_input", "add_ledger"]


@dataclass(frozen=True)
class Seeds:
    """Files written by the real commands: a package with its receipt, predictions with theirs; a
    ledger of both, and its exported lines.
    """

    receipts: Mapping[str, tuple[bytes, bytes]]
    ledger: bytes = b""
    lines: bytes = b""


OPTIONS = {
    "init": ("--time",),
    "add": ("--team", "--phase", "--time", "--follow-links", "--exit-zero"),
    "intake": ("--phase",),
    "attempts": ("--team", "--phase", "--as-of"),
    "log": ("--team", "--phase", "--as-of"),
    "verify": ("--head",),
    "export": (),
    "import": (),
    "withdraw": ("--reason", "--undo"),
    "select": ("--phase",),
    "rescore": ("--before", "--phase", "--as-of", "--part", "--by", "--time"),
}
FOLDERS = {"verify": {"--write-head": "head.out"}, "intake": {"--replies": "replies"}}
TABLES = ("add", "intake", "attempts", "log", "verify", "rescore")


def add_input(rng: random.Random, case: Case, command: str, seeds: Seeds) -> None:
    """Add what a command of the ledger records."""
    if command in ("withdraw", "select"):
        case.arguments += ["--time", value_of(rng, "--time")]
    if command == "withdraw":
        case.arguments.append(rng.choice(("2", "3", "1", "0", "-1", "x", "9" * 30)))
    elif command == "select":
        case.arguments += ["--team", value_of(rng, "--team"), value_of(rng, "--system")]
    elif command in ("add", "intake"):
        whole = command == "intake" or chance(rng, 0.3)
        submission = add_folder(rng, case) if whole else add_submission(rng, case)
        case.arguments.append(submission)
    elif command == "import":
        case.files["lines.jsonl"] = mutate(rng, seeds.lines) if chance(rng, 0.5) else seeds.lines
        case.arguments.append("lines.jsonl")
    elif command == "rescore":
        case.files["ratings.csv"] = tables.plain_ratings()
        case.arguments += ["--references", add_file(rng, case, "new.csv", *tables.ratings(rng))]


def add_ledger(rng: random.Random, case: Case, seeds: Seeds, missing: bool = False) -> None:
    """Add a ledger: the one of the real command, a damaged one, or none."""
    if chance(rng, 0.1 if missing else 0.95):
        case.files["ledger.db"] = mutate(rng, seeds.ledger) if chance(rng, 0.2) else seeds.ledger
    if chance(rng, 0.2):
        case.arguments += ["--ledger", value_of(rng, "--ledger")]
    for ledger in ("ledger.db", "missing.db"):
        case.outputs += [f"{ledger}{end}" for end in ("", "-wal", "-shm", ".files", ".replies")]

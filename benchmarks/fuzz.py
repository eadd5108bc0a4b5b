"""Run every command on generated inputs, and check what it prints, writes and uses.

    python benchmarks/fuzz.py [NUMBER] [--seed S] [--jobs N] [--keep DIR] [--command NAME]

The generators in ``benchmarks/fuzzing`` know the structure of their files: CSV, ZIP, YAML, TOML,
receipts, PDF. They change a few places of a valid input, so that most inputs pass the first parser;
the summary shows how many passed it and for how many results were computed. A case depends only on
the seed, its number and --command.

Each run must exit with 0, 1 or 2; print no traceback and no internal error; print and write no
control character except tab and newline; create and change only its outputs; print and write at
most 1 MB per submission; and use at most 2 s of CPU time and 300 MB of memory. Any other run is a
failure: its files are written to DIR, with the command that reproduces it. Requires an operating
system with ``fork``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# The checkout takes precedence over an installed package.
from benchmarks.fuzzing.commands import COMMANDS  # noqa: E402
from benchmarks.fuzzing.workers import (  # noqa: E402
    Failure,
    Settings,
    Summary,
    make_seeds,
    run_cases,
    warm_up,
)

SHOWN = 3


def print_counts(summary: Summary) -> None:
    """Print the exit statuses of each command, and how far its inputs came."""
    statuses = sorted({status for _, status in summary.statuses})
    print("command     " + "".join(f"{f'exit {s}':>9}" for s in statuses) + "  parsed  scored")
    total = 0
    for command in COMMANDS:
        counts = [summary.statuses[command, status] for status in statuses]
        inputs = sum(counts)
        if inputs == 0:
            continue
        total += inputs
        shares = [summary.reached[command, stage] / inputs for stage in ("parsed", "scored")]
        numbers = "".join(f"{times:>9,}" for times in counts)
        print(f"{command:12}{numbers}{shares[0]:>8.0%}{shares[1]:>8.0%}")
    for stage in ("parsed", "scored"):
        reached = sum(times for (_, name), times in summary.reached.items() if name == stage)
        print(f"{stage}: {reached:,} of {total:,} ({reached / max(1, total):.0%})")
    seconds, slowest = summary.slowest
    memory, largest = summary.largest
    print(f"slowest: {seconds:.2f} s of CPU time (input {slowest})")
    print(f"largest: {memory / (1 << 20):.0f} MB (input {largest})")


def print_failures(found: list[Failure]) -> None:
    """Print the number of failures of each kind, with the first ones."""
    kinds: dict[tuple[str, str], list[Failure]] = defaultdict(list)
    for failure in sorted(found, key=lambda failure: failure.number):
        kinds[failure.kind, failure.command].append(failure)
    for (kind, command), group in sorted(kinds.items()):
        print(f"\n{kind}, {command}: {len(group):,}")
        for failure in group[:SHOWN]:
            print(f"  {failure.number}: {failure.problem[:600]}")
            print(f"    {failure.line[:600]}")


def main() -> int:
    """Run all inputs; return 1 if any of them failed."""
    parser = argparse.ArgumentParser(
        description="Run every command on generated inputs, and check what it prints and writes."
    )
    parser.add_argument("number", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--keep", type=Path, default=Path("fuzz-failures"), help="folder for failing inputs"
    )
    parser.add_argument("--command", choices=list(COMMANDS), help="run only this command")
    given = parser.parse_args()
    warm_up()
    begin = time.monotonic()
    settings = Settings(given.number, given.seed, given.command, given.jobs, given.keep.resolve())
    summary = run_cases(settings, make_seeds())
    print_counts(summary)
    print_failures(summary.failures)
    elapsed = time.monotonic() - begin
    print(
        f"\n{given.number:,} inputs, seed {given.seed}, {elapsed:,.0f} s "
        f"({summary.seconds:,.0f} s in the commands): {len(summary.failures):,} failures"
    )
    return 1 if summary.failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run the benchmarks and write ``docs/benchmarks.md``: ``python benchmarks/report.py``.

It takes some minutes on two cores; nothing else should run on the machine.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PAGE = ROOT / "docs" / "benchmarks.md"

from xacle_eval.io.outputs import write_text  # noqa: E402 -- in the parent folder

Rows = list[dict[str, str | int | float]]

HEAD = """\
# Benchmarks

Written by `python benchmarks/report.py`; do not edit. Compared programs ran alternately in one run,
so the ratios do not depend on changes in the speed of the machine; absolute times do.

"""


def machine() -> str:
    """Return processor, cores, system and versions in one line."""
    versions = ", ".join(
        f"{name} {version(name)}"
        for name in ("numpy", "scipy", "numba", "click", "pydantic", "rich")
    )
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {system}, {versions}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows with the same keys as a Markdown table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0])]
    return "\n".join(lines + ["| " + " | ".join(map(str, row.values())) + " |" for row in rows])


def measure(module: str, function: str) -> Rows:
    """Run a benchmark in a separate process, so that peak memory is not affected by others."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_call, module, function).result()


def _call(module: str, function: str) -> Rows:
    rows: Rows = getattr(import_module(f"benchmarks.{module}"), function)()
    return rows


def ktau_tables(rows: Rows) -> list[str]:
    """Return the tables of ktau: compared with the double loop, and by number of pairs."""
    lines = ["| ties | double loop, 3,000 pairs | `metrics.ktau` | ratio | target |"]
    lines.append("| --- | ---: | ---: | ---: | --- |")
    for row in rows:
        if row["what"] == "double loop":
            loop, ours = (
                f"{float(row['loop_seconds']):.2f} s",
                f"{float(row['ktau_seconds']) * 1e3:.2f} ms",
            )
            lines.append(
                f"| {row['ties']} | {loop} | {ours} | {float(row['ratio']):,.0f}x | 500x |"
            )
    sizes = sorted({int(row["pairs"]) for row in rows if row["what"] == "scaling"})
    head = " | ".join(f"{size:,}" for size in sizes)
    lines += ["", "Nanoseconds per pair:", "", f"| ties | {head} | 10^7 to 10^4 | target |"]
    lines.append("| --- |" + " ---: |" * (len(sizes) + 1) + " --- |")
    for ties in ("grid", "distinct"):
        times = [
            f"{float(r['nanoseconds_per_pair']):.0f}"
            for r in rows
            if r["what"] == "scaling" and r["ties"] == ties
        ]
        growth = next(
            float(r["ratio"]) for r in rows if r["what"] == "growth" and r["ties"] == ties
        )
        lines.append(f"| {ties} | {' | '.join(times)} | {growth:.1f}x | at most 4x |")
    return lines


def main() -> None:
    """Measure everything and write the page."""
    parts = [HEAD + f"Machine: {machine()}."]
    parts += ["## Commands", table(measure("commands", "rows"))]
    parts += ["## Python", table(measure("python_api", "rows"))]
    parts += ["## `metrics.ktau`", "\n".join(ktau_tables(measure("ktau_scaling", "rows")))]
    parts += ["## Resampling and permutation", table(measure("resampling", "rows"))]
    growth = measure("resampling", "growth_rows")
    estimate = import_module("benchmarks.resampling").cluster_estimate(growth)
    parts += ["By number of systems and pairs:", table(growth), estimate]
    write_text(PAGE, "\n\n".join(parts) + "\n")
    print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

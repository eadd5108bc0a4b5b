"""The Python API: ``evaluate`` compared with its metrics alone, and the import of the package.

Run it as ``python benchmarks/python_api.py`` (seconds). Compared calls run alternately, A B A B;
the result is the median of the ratios of neighbours.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PAIRS = 3_000
ROUNDS = 300
STARTS = 15
# Prints the seconds of the import and whether numpy is loaded after it.
IMPORT = (
    "import sys, time; begin = time.perf_counter(); import xacle_eval;"
    "print(time.perf_counter() - begin, 'numpy' in sys.modules)"
)

Row = dict[str, str | float]


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def evaluate_ratio() -> tuple[float, float, float]:
    """Return the median ratio of ``evaluate`` to the four functions, and both median seconds."""
    import xacle_eval as xe
    from xacle_eval import metrics

    rng = np.random.default_rng(0)
    truth = np.round(np.clip(rng.normal(6.5, 2.5, PAIRS), 0, 10) * 8) / 8
    predictions = np.round(truth + rng.normal(0, 2, PAIRS), 2)
    functions = (metrics.srcc, metrics.lcc, metrics.ktau, metrics.mse)

    def bare() -> list[float]:
        return [function(predictions, truth) for function in functions]

    def ours() -> object:
        return xe.evaluate(predictions, truth)

    # The first rounds load libraries and warm caches.
    pairs = [(_seconds(ours), _seconds(bare)) for _ in range(ROUNDS + 20)][20:]
    ratio = statistics.median(a / b for a, b in pairs)
    return ratio, statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def import_seconds() -> tuple[float, bool]:
    """Return the median seconds of ``import xacle_eval``, and whether it loads numpy."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = []
    for _ in range(STARTS + 1):
        words = subprocess.run(
            [sys.executable, "-c", IMPORT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        found.append((float(words[0]), words[1] == "True"))
    # The first start compiles and reads the files.
    return statistics.median(seconds for seconds, _ in found[1:]), any(numpy for _, numpy in found)


def rows() -> list[Row]:
    """Return the measurements as rows with their targets."""
    ratio, ours, bare = evaluate_ratio()
    seconds, loads_numpy = import_seconds()
    return [
        {
            "work": "`xe.evaluate`, four metrics, 3,000 pairs",
            "compared with": "`srcc`, `lcc`, `ktau` and `mse` called one by one",
            "measured": f"{ratio:.2f}x their time ({bare * 1e3:.2f} ms to {ours * 1e3:.2f} ms)",
            "target": "at most 1.2x",
        },
        {
            "work": "`import xacle_eval`",
            "compared with": "–",
            "measured": f"{seconds * 1e3:.0f} ms, {'with' if loads_numpy else 'without'} numpy",
            "target": "under 20 ms, without numpy",
        },
    ]


def main() -> None:
    """Print the measurements as a Markdown table."""
    print("| work | compared with | measured | target |\n| --- | --- | --- | --- |")
    for row in rows():
        print(f"| {row['work']} | {row['compared with']} | {row['measured']} | {row['target']} |")


if __name__ == "__main__":
    main()

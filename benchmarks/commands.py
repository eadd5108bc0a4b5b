"""Whole commands: the start-up of ``score`` and a leaderboard of 1,000 submissions.

Run it as ``python benchmarks/commands.py`` (a few minutes). Compared commands run alternately, A B
A B, in one run; the result is the median of the ratios of neighbours, so that changes in the speed
of the machine cancel out. CPU time is the sum of user and system time.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PAIRS = range(10_500, 13_500)
SYSTEMS = 1_000
ROUNDS = 9
IMPORTS = "import numpy, click, rich.table; from pydantic import BaseModel"

Row = dict[str, str | float]


def make_files(folder: Path, systems: int) -> tuple[Path, Path]:
    """Write references on the 1/8 grid and submissions of decreasing quality (seed 0)."""
    rng = np.random.default_rng(0)
    truth = np.round(np.clip(rng.normal(6.5, 2.5, len(PAIRS)), 0, 10) * 8) / 8
    references, submissions = folder / "references.csv", folder / "submissions"
    submissions.mkdir()
    _write(references, "average_score", truth)
    for system in range(systems):
        noise = rng.normal(0, 1 + 5 * system / systems, len(PAIRS))
        name = f"Team{system // 4:03d}_Lab_{system % 4 + 1:02d}.csv"
        _write(submissions / name, "pred_score", np.round(np.clip(truth + noise, 0, 10), 2))
    return references, submissions


def _write(path: Path, column: str, values: np.ndarray) -> None:
    rows = (
        f"{pair:05d}.wav,{value:g}\n" for pair, value in zip(PAIRS, values.tolist(), strict=True)
    )
    path.write_text(f"wav_file_name,{column}\n" + "".join(rows), encoding="utf-8")


def measure(command: Sequence[str]) -> tuple[float, float, float]:
    """Run a command; return its elapsed seconds, CPU seconds and peak memory in MiB."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begin = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        message = process.stderr.read().decode() if process.stderr else ""
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} exited with {process.returncode}: {message}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, _mebibytes(usage)


def _mebibytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def ratio(a: Sequence[str], b: Sequence[str], rounds: int) -> tuple[float, float, float]:
    """Return the median ratio of CPU times a/b, and both median CPU times."""
    # The first round is a warm-up.
    pairs = [(measure(a)[1], measure(b)[1]) for _ in range(rounds + 1)][1:]
    ratios = statistics.median(x / y for x, y in pairs)
    return ratios, statistics.median(x for x, _ in pairs), statistics.median(y for _, y in pairs)


def rows() -> list[Row]:
    """Return the measurements as rows with their targets."""
    with tempfile.TemporaryDirectory() as name:
        return _rows(Path(name))


def _rows(folder: Path) -> list[Row]:
    references, submissions = make_files(folder, SYSTEMS)
    some = sorted(submissions.iterdir())
    few = folder / "few"
    few.mkdir()
    for file in some[::10]:
        (few / file.name).write_bytes(file.read_bytes())
    # The same code as the installed script xacle-eval.
    tool = [sys.executable, "-c", "from xacle_eval.cli import run; run()"]
    given = ["--references", str(references), "--quiet"]
    score = [*tool, "score", str(some[0]), *given]
    script = [
        sys.executable,
        str(ROOT / "benchmarks" / "organisers_like.py"),
        str(some[0]),
        str(references),
    ]
    by_script, _, one_by_script = ratio(script, score, 3)[0], *ratio(script, script, 1)[1:]
    start, ours, imports = ratio(score, [sys.executable, "-c", IMPORTS], ROUNDS)
    board_wall, board_cpu, peak = measure(
        [*tool, "leaderboard", str(submissions), *given, "--format", "json"]
    )
    _, few_cpu, few_peak = measure([*tool, "leaderboard", str(few), *given, "--format", "json"])
    each = (board_cpu - few_cpu) / (SYSTEMS - len(some[::10])) * 1e3
    return [
        {
            "work": "`xacle-eval score`, whole process, 3,000 pairs",
            "compared with": "a plain O(n²) script",
            "measured": f"{by_script:.1f}x faster ({one_by_script:.2f} s to {ours:.2f} s)",
            "target": "3x",
        },
        {
            "work": "the same",
            "compared with": f'`python -c "{IMPORTS}"`',
            "measured": f"{start:.2f}x its time ({imports:.2f} s)",
            "target": "at most 1.4x",
        },
        {
            "work": "leaderboard of 1,000 submissions",
            "compared with": "that script, called for each file",
            "measured": f"{one_by_script * SYSTEMS / board_cpu:.0f}x faster"
            f" ({board_wall:.1f} s; {each:.1f} ms per file)",
            "target": "200x",
        },
        {
            "work": "its peak memory",
            "compared with": "100 submissions",
            "measured": f"{peak:.0f} MiB to {few_peak:.0f} MiB",
            "target": "only the results add memory",
        },
    ]


def main() -> None:
    """Print the measurements as a Markdown table."""
    print("| work | compared with | measured | target |\n| --- | --- | --- | --- |")
    for row in rows():
        print(f"| {row['work']} | {row['compared with']} | {row['measured']} | {row['target']} |")


if __name__ == "__main__":
    main()

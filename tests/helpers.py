"""Helpers of several tests: the path of the test data, small files, and slow plain computations."""

import json
import signal
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent / "data"
REPOSITORY = Path(__file__).resolve().parents[1]
# A command that does not need these libraries must not import them.
LARGE_LIBRARIES = frozenset(
    ["dask", "distributed", "jinja2", "matplotlib", "numba", "pandas", "plotly", "scipy", "torch"]
)
SHARED_DATA = REPOSITORY / ".." / "shared" / "data"


def make_submission(
    path: Path,
    values: Mapping[str, float] | Iterable[tuple[str, object]],
    header: Sequence[str] | None = ("wav_file_name", "pred_score"),
) -> Path:
    """Write ids and values as a CSV file; numbers with all their digits."""
    rows = values.items() if isinstance(values, Mapping) else values
    lines = [] if header is None else [",".join(header)]
    lines += [
        f"{pair},{float(v)!r}" if isinstance(v, float | np.floating) else f"{pair},{v}"
        for pair, v in rows
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + "\n").encode())
    return path


def codes(findings) -> list[str]:
    """Return the codes of findings in their order."""
    return [finding.code for finding in findings]


def slow_ranks(
    rows: Sequence[Mapping[str, float]], order: Sequence[str], decimals: int
) -> list[int]:
    """Rank each row as 1 + the number of rows that beat it; MSE is the metric that is better when
    lower.
    """

    def beats(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
        for name in order:
            a, b = round(one[name], decimals), round(other[name], decimals)
            if a != b:
                return a < b if name == "MSE" else a > b
        return False

    return [1 + sum(beats(other, row) for other in rows) for row in rows]


def interruptible() -> None:
    """Let Ctrl-C and SIGHUP reach a new process, to be given as ``preexec_fn``: a shell's
    background jobs ignore the first, and what runs under nohup ignores the second.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def json_of(output):
    """Return the JSON document in an output; click before 8.2 adds stderr to that of a test."""
    return json.JSONDecoder().raw_decode(output[output.index("{") :])[0]

"""Make a failing case smaller: drop arguments, files and lines while it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.fuzzing.cases import Case

__all__ = ["reduce_case"]

MOST_RUNS = 60


def _smaller(case: Case) -> Iterator[Case]:
    """Yield the case without an argument, an option, a file or some lines of a text file."""
    words = case.arguments
    for length in (2, 1):
        for at in range(1, len(words) - length + 1):
            if words[at].startswith("-"):
                yield replace(case, arguments=words[:at] + words[at + length :])
    for name in case.environment:
        kept = {key: value for key, value in case.environment.items() if key != name}
        yield replace(case, environment=kept)
    for name, data in case.files.items():
        yield replace(case, files={key: old for key, old in case.files.items() if key != name})
        if isinstance(data, bytes) and b"\0" not in data:
            lines = data.split(b"\n")
            half = len(lines) // 2
            for part in (lines[:half], lines[half:]) if half else ():
                yield replace(case, files={**case.files, name: b"\n".join(part)})


def reduce_case(case: Case, fails: Callable[[Case], bool], runs: int = MOST_RUNS) -> Case:
    """Return a smaller case for which `fails` is true, found in at most `runs` calls."""
    candidates = _smaller(case)
    for _ in range(runs):
        candidate = next(candidates, None)
        if candidate is None:
            return case
        if fails(candidate):
            case, candidates = candidate, _smaller(candidate)
    return case

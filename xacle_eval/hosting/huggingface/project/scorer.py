"""The scorer in a process of its own: one file of Python that reads what participants upload.

The process gets a time limit, and neither the token nor any other variable of the environment, so
an upload that misleads the reader reaches nothing of the hub.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["BrokenScorerError", "Verdict", "check_upload", "score_upload"]

_SECONDS = 600
_PROGRAM = "worker.py"


class BrokenScorerError(Exception):
    """The scorer gave no answer, which is not the fault of an upload."""


@dataclass(frozen=True)
class Verdict:
    """What the scorer says of an upload: ``text`` is for the participant and has no label in it.

    ``absent`` has the optional targets that it leaves out; their scores are fillers.
    """

    valid: bool
    text: str
    scores: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[str, float] = field(default_factory=dict)
    improved: bool = True
    failed: bool = False
    absent: Sequence[str] = ()


def check_upload(folder: Path, name: str, data: bytes, phase: str) -> Verdict:
    """Check an upload without labels; `folder` has the scorer."""
    return _ask(folder, name, data, {"phase": phase})


def score_upload(
    folder: Path,
    name: str,
    data: bytes,
    phase: str,
    labels: Path,
    best: Mapping[str, float] | None,
    *,
    error_bars: bool = False,
) -> Verdict:
    """Check and score an upload; `best` is what a ladder shows of the team so far."""
    question = {"phase": phase, "labels": str(labels), "best": best, "error_bars": error_bars}
    return _ask(folder, name, data, question)


def _ask(folder: Path, name: str, data: bytes, question: Mapping[str, Any]) -> Verdict:
    with tempfile.TemporaryDirectory() as place:
        upload = Path(place) / name
        upload.write_bytes(data)
        try:
            done = subprocess.run(  # noqa: S603 -- this Python, with a file of this folder
                [sys.executable, "-I", "-S", str(folder / _PROGRAM)],
                input=json.dumps({**question, "submission": str(upload)}).encode(),
                capture_output=True,
                check=False,
                cwd=place,
                env={},
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Verdict(
                valid=False,
                text=f"The check took more than {_SECONDS} seconds. Tell the organisers.",
                failed=True,
            )
    if done.returncode < 0:
        # Killed, such as for its memory: this upload fails, and the next ones are not held up.
        return Verdict(
            valid=False,
            text="The check was stopped by the system. Tell the organisers.",
            failed=True,
        )
    try:
        return Verdict(**json.loads(done.stdout))
    except (ValueError, TypeError):
        # What it wrote to standard error can depend on labels, so it is not repeated.
        raise BrokenScorerError(f"the scorer ended with status {done.returncode}") from None

"""Answers one question about an upload: JSON on standard input and output; see `scorer`."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

__all__ = ["main"]


def main() -> None:
    """Answer the question."""
    # This Python does not look for modules in the folder of the program (option -I).
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    single_file = importlib.import_module("single_file")
    question = json.load(sys.stdin)
    submission, phase = question["submission"], question["phase"]
    best = question.get("best")
    if "labels" in question:
        found = single_file.score(submission, question["labels"], phase, best)
    else:
        found = single_file.check(submission, phase)
    answer = {
        "valid": found["valid"],
        "failed": found["failed"],
        "text": found["message"],
        "scores": found["scores"],
        "improved": best is None or found["scores"] != best,
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()

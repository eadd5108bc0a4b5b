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
    best, errors = question.get("best"), {}
    if "labels" in question:
        labels = question["labels"]
        found = single_file.score_upload(submission, labels, phase, best)
        if found["valid"] and question["error_bars"]:
            (of_split,) = single_file.evaluate(labels, submission, phase)["error"]
            (bars,) = of_split.values()
            errors = {name.removeprefix("error_"): value for name, value in bars.items()}
    else:
        found = single_file.check_upload(submission, phase)
    answer = {
        "valid": found["valid"],
        "failed": found["failed"],
        "text": found["message"],
        "scores": found["scores"],
        "absent": found["absent"],
        "errors": errors,
        "improved": best is None or found["scores"] != best,
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()

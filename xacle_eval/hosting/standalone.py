"""The check of submission files as a program of one file; see `xacle_eval.hosting.bundle`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from xacle_eval.hosting.challenge_data import restore_challenge
from xacle_eval.io.json_values import clean_values
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.validation import validate_all
from xacle_eval.text import json_text

__all__ = ["check_files", "exit_code", "main"]


def check_files(paths: Sequence[str], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of ``xacle-eval validate --format json`` for submission files.

    Parameters
    ----------
    paths : sequence of str
        Prediction files and packages.
    data : mapping
        The challenge, from `challenge_data`.
    """
    challenge = restore_challenge(data)
    reports, _ = validate_all(paths, challenge)
    document = {
        "schema": "xacle-eval/validate/1",
        "challenge": challenge.name,
        "split": challenge.split,
        "submissions": [report.model_dump(mode="json") for report in reports],
    }
    cleaned: dict[str, Any] = clean_values(document)
    return cleaned


def exit_code(document: Mapping[str, Any]) -> int:
    """Return the exit code of the command for a document: 0, 1 for errors, 3 for a bug."""
    reports = document["submissions"]
    codes = {finding["code"] for report in reports for finding in report["findings"]}
    if rule("internal-error").code in codes:
        return 3
    return 0 if all(report["valid"] for report in reports) else 1


def main(data: Mapping[str, Any], arguments: Sequence[str] | None = None) -> int:
    """Check the files in the arguments of the program, and return its exit code."""
    paths = sys.argv[1:] if arguments is None else arguments
    if not paths:
        sys.stderr.write("pass the path of at least one submission\n")
        return 2
    document = check_files(paths, data)
    sys.stdout.write(json_text(document) + "\n")
    return exit_code(document)

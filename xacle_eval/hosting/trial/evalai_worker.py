"""The worker process of EvalAI for one submission: ``python evalai_worker.py SETTINGS.json``.

It imports the challenge and calls ``evaluate`` as the platform's worker does, also with what that
does not catch. It runs with any Python from 3.7 on, without the toolkit, so it uses neither newer
syntax nor other modules. What happened is written to the file that the settings name; if it is
missing afterwards, the process ended before.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

_SPLIT = "No such relation between Challenge Phase and DatasetSplit specified by Challenge Host"


class _Tee:
    """A stream that writes to several others."""

    def __init__(self, *streams: Any) -> None:
        self._streams = streams

    def write(self, text: str) -> None:
        for stream in self._streams:
            stream.write(text)

    def flush(self) -> None:
        for stream in self._streams:
            stream.flush()


def _evaluate(settings: dict[str, Any], module: Any, stdout: TextIO, stderr: TextIO) -> Any:
    """Call ``evaluate`` while its output is kept; subprocesses write elsewhere."""
    sys.stdout, sys.stderr = _Tee(stdout, sys.__stdout__), _Tee(stderr, sys.__stderr__)
    try:
        return module.evaluate(
            settings["annotation"],
            settings["submission"],
            settings["codename"],
            submission_metadata=settings["metadata"],
        )
    finally:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def _collect(output: Any, splits: list[str]) -> tuple[list[Any], str]:
    """Return what the leaderboard gets of the value of ``evaluate``, and what is wrong."""
    errors = {}
    if "error" in output:
        for each in output["error"]:
            codename = list(each)[0]  # noqa: RUF015 - an IndexError, as on the platform
            errors[codename] = each[codename]
    if "result" not in output:
        return [], "the returned value has no key result"
    rows: list[Any] = []
    for each in output["result"]:
        codename = list(each)[0]  # noqa: RUF015 - an IndexError, as on the platform
        if codename not in splits:
            return rows, _SPLIT + ": " + repr(codename)
        error = errors.get(codename) if "error" in output else None
        # The database takes what json.dumps writes, except for NaN and infinity.
        row = {"split": codename, "result": each.get(codename), "error": error}
        rows.append(json.loads(json.dumps(row)))
    return rows, ""


def _files(output: Any) -> dict[str, str]:
    """Return the files that are kept; none if they cannot be written."""
    try:
        metadata = output.get("submission_metadata", "")
        text = metadata if isinstance(metadata, str) else json.dumps(metadata, default=str)
        result = json.dumps(output.get("submission_result", ""), default=str)
    except Exception:  # noqa: BLE001 - as the platform's worker
        return {}
    return {"submission_result.json": result, "submission_metadata.json": text}


def _in_one_line(error: Exception) -> str:
    """Return the type of an exception and the first line of its message."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001 - a message that fails is none
        lines = []
    return ": ".join([type(error).__name__, *lines[:1]])


def _run(settings: dict[str, Any], module: Any, stdout: TextIO, stderr: TextIO) -> dict[str, Any]:
    """Evaluate the submission and return what happened."""
    rows: list[Any] = []
    files: dict[str, str] = {}
    problem = ""
    try:
        output = _evaluate(settings, module, stdout, stderr)
        rows, problem = _collect(output, settings["splits"])
        if problem.startswith(_SPLIT):
            stderr.write(problem + "\n")
        elif not problem and output:
            files = _files(output)
    except Exception as error:  # noqa: BLE001 - as the platform's worker, and nothing more
        stderr.write(traceback.format_exc())
        problem = _in_one_line(error)
    return {"rows": rows, "files": files, "problem": problem}


def _log(file: str) -> TextIO:
    return Path(file).open("a+", encoding="utf-8", errors="backslashreplace")


def _main(file: str) -> None:
    settings = json.loads(Path(file).read_text(encoding="utf-8"))
    # The modules beside this one are not the challenge's.
    del sys.path[0]
    sys.path.append(settings["compute"])
    outcome: dict[str, Any] = {}
    try:
        module = importlib.import_module(settings["module"])
    except Exception:  # noqa: BLE001 - as the platform's worker
        outcome["import"] = traceback.format_exc()
    else:
        Path(settings["started"]).touch()
        with _log(settings["stdout"]) as stdout, _log(settings["stderr"]) as stderr:
            outcome.update(_run(settings, module, stdout, stderr))
    Path(settings["outcome"]).write_text(json.dumps(outcome), encoding="utf-8")


if __name__ == "__main__":
    _main(sys.argv[1])

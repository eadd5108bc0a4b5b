"""What a command may import: start-up takes most of the time of a small run."""

import importlib.util
import json
import subprocess
import sys

import pytest

from tests.cli.helpers import EXAMPLE, HIBARI, xacle_eval
from tests.helpers import LARGE_LIBRARIES

HEAVY = LARGE_LIBRARIES | {"numpy.ma", "numpy.random"}
# Older releases of numpy import all of their own modules at once.
WITH_NUMPY = set(
    json.loads(
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import json, sys, numpy; print(json.dumps(sorted(sys.modules)))",
            ],
            capture_output=True,
            check=True,
        ).stdout
    )
)
# The command may end with or without the exit handlers of Python.
TELL = """
import atexit, json, os, sys
def tell():
    os.write(2, ("\\n" + json.dumps(sorted(sys.modules))).encode())
def end(code, leave=os._exit):
    tell()
    leave(code)
os._exit = end
atexit.register(tell)
"""


def loaded(*arguments):
    """Return the modules that are imported when a run ends."""
    result = xacle_eval(*arguments, before=TELL)
    assert result.code in (0, 1)
    return set(json.loads(result.err.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", HIBARI, *EXAMPLE),
        ("score", HIBARI, *EXAMPLE, "--format", "json"),
        ("validate", "example/submissions", *EXAMPLE),
        ("validate", "invalid/submissions", "--challenge", "invalid", "--format", "junit"),
    ],
)
def test_score_and_validate_load_nothing_heavy(arguments):
    """score and validate import no large library, whatever they find."""
    modules = loaded(*arguments)
    assert "numpy" in modules
    assert modules & HEAVY <= WITH_NUMPY


def test_a_bootstrap_on_this_machine_loads_nothing_for_a_cluster():
    """Without --scheduler, a bootstrap needs no network library."""
    names = {"asyncio", "ssl", "distributed"}
    assert loaded("score", HIBARI, *EXAMPLE, "--bootstrap", "100") & names == set()


def test_score_as_text_loads_no_other_format():
    """The formats for files are loaded when they are written."""
    formats = {f"xacle_eval.reports.formats.{name}" for name in ("official", "tables", "markdown")}
    assert all(importlib.util.find_spec(name) for name in formats)
    assert loaded("score", HIBARI, *EXAMPLE) & formats == set()


def test_help_loads_next_to_nothing():
    """The list of commands needs neither numpy nor pydantic nor rich."""
    assert loaded("--help") & (HEAVY | {"numpy", "pydantic", "rich"}) == set()


NOT_FOR_CSV = {
    "xacle_eval.evaluation.claims",
    "xacle_eval.records.receipts",
    "xacle_eval.submissions.archive",
    "xacle_eval.submissions.description",
    "xacle_eval.submissions.package",
    "xacle_eval.submissions.task_rules",
    "xacle_eval.submissions.yaml_reading",
    "pypdf",
    "yaml",
}


@pytest.mark.parametrize("command", ["score", "validate"])
def test_a_plain_csv_loads_nothing_for_packages(command):
    """A prediction file needs no ZIP, system description, task rule, receipt or claim."""
    assert [name for name in NOT_FOR_CSV if importlib.util.find_spec(name) is None] == []
    assert loaded(command, HIBARI, *EXAMPLE) & NOT_FOR_CSV == set()

"""A bug that one submission reveals does not affect the others; the exit code is 3."""

import json

import pytest

from tests.cli.helpers import EXAMPLE, HIBARI, xacle_eval

FOLDER = "example/submissions"
FAILING = """
import {module} as m
original = m.{name}
def failing({arguments}, *more, **named):
    if "Hibari_02" in {place}:
        raise {error}
    return original({arguments}, *more, **named)
m.{name} = failing
"""
CHECK = {
    "module": "xacle_eval.submissions.validation",
    "name": "check_file",
    "arguments": "path",
    "place": "str(path)",
}
SCORE = {
    "module": "xacle_eval.evaluation.boards",
    "name": "score_checked",
    "arguments": "checked",
    "place": "checked.report.path",
}


def failing(place, error="ZeroDivisionError('inside 7.25\\x1b[31m')"):
    """Return code that makes one step fail for one submission."""
    return FAILING.format(**place, error=error)


@pytest.mark.long
@pytest.mark.parametrize("place", [CHECK, SCORE], ids=["check", "score"])
@pytest.mark.parametrize("more", [(), ("--exit-zero",)], ids=["", "exit-zero"])
def test_leaderboard(place, more):
    """The system is unranked by XAC120, the others have their scores, and the exit code is 3."""
    whole = json.loads(xacle_eval("leaderboard", FOLDER, *EXAMPLE, "--format", "json").out)
    arguments = ("leaderboard", FOLDER, *EXAMPLE, *more)
    result = xacle_eval(*arguments, "--format", "json", before=failing(place))
    board = json.loads(result.out)
    assert result.code == 3
    assert [one["system"] for one in board["entries"]] == ["Hibari_01", "Suzume_01"]
    expected = {one["system"]: one["metrics"] for one in whole["entries"]}
    assert all(one["metrics"] == expected[one["system"]] for one in board["entries"])
    (unranked,) = board["unranked"]
    assert unranked["path"].endswith("Hibari_02.csv")
    assert (unranked["team"], unranked["system"]) == ("Hibari", "Hibari_02")
    assert unranked["findings"][0]["code"] == "XAC120"
    assert "--debug" in unranked["findings"][0]["hint"]
    text = xacle_eval(*arguments, before=failing(place))
    assert text.code == 3
    assert "Suzume_01" in text.out
    assert "unexpected ZeroDivisionError" in text.out
    assert "please report it" in text.err
    for output in (result.out, result.err, text.out, text.err):
        assert not any(word in output for word in ("Traceback", "7.25", "\x1b"))


@pytest.mark.parametrize("format_", ["text", "json", "github", "junit", "sarif"])
def test_validate(format_):
    """The submission is invalid by XAC120, the others are checked, and the exit code is 3."""
    result = xacle_eval("validate", FOLDER, *EXAMPLE, "--format", format_, before=failing(CHECK))
    assert result.code == 3
    assert "XAC120" in result.out
    assert "ZeroDivisionError" in result.out
    assert "Traceback" not in result.out + result.err
    if format_ == "json":
        found = {one["system"]: one["valid"] for one in json.loads(result.out)["submissions"]}
        assert found == {"Hibari_01": True, "Hibari_02": False, "Suzume_01": True}


def test_a_package(tmp_path):
    """A bug while a package is checked makes the package invalid, and no other file."""
    before = (
        "import xacle_eval.submissions.package as m\n"
        "def fail(*_, **__): raise RecursionError\nm.contents_of = fail"
    )
    arguments = ("example/packages/Hibari.zip", HIBARI, "--challenge", "example/task.toml")
    result = xacle_eval("validate", *arguments, "--format", "json", before=before)
    package, system = json.loads(result.out)["submissions"]
    assert result.code == 3
    assert (package["kind"], package["valid"], package["system"]) == ("package", False, "Hibari")
    assert [finding["code"] for finding in package["findings"]] == ["XAC120"]
    assert system["valid"]


def test_the_search_for_similar_predictions():
    """A bug in the search for similar systems is a finding, and every system is ranked."""
    before = (
        "import xacle_eval.evaluation.boards as m\n"
        "def fail(*_): raise IndexError\nm.alike_systems = fail"
    )
    result = xacle_eval("leaderboard", FOLDER, *EXAMPLE, "--format", "json", before=before)
    board = json.loads(result.out)
    assert result.code == 3
    assert len(board["entries"]) == 3
    assert [finding["code"] for finding in board["findings"]] == ["XAC120"]


@pytest.mark.parametrize("name", ["validate", "leaderboard"])
def test_debug_shows_the_traceback(name):
    """--debug prints the traceback on stderr."""
    result = xacle_eval(name, FOLDER, *EXAMPLE, "--debug", before=failing(CHECK))
    assert result.code == 3
    assert "Traceback" in result.err
    assert "in failing" in result.err
    assert "Traceback" not in result.out


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        ("MemoryError()", 2, "error: not enough memory"),
        ("m.XacleEvalError('no list')", 2, "error: no list"),
    ],
)
def test_what_is_not_a_bug_ends_the_run(error, code, said):
    """Too little memory and errors of the challenge are not findings about a submission."""
    result = xacle_eval("validate", FOLDER, *EXAMPLE, before=failing(CHECK, error))
    assert (result.code, result.out) == (code, "")
    assert said in result.err


@pytest.mark.parametrize("error", ["KeyboardInterrupt()", "SystemError() from KeyboardInterrupt()"])
def test_an_interrupt_ends_the_run(error):
    """An interrupt is not swallowed, also if other code turned it into another error."""
    result = xacle_eval("leaderboard", FOLDER, *EXAMPLE, before=failing(CHECK, error))
    assert (result.code, result.out, result.err.split()[-1]) == (130, "", "interrupted")
    assert "bug" not in result.err

"""``export --check BUNDLE --try SUBMISSION`` on the command line."""

import json

import pytest

from tests.cli.helpers import xacle_eval
from tests.hosting.trial.bundles import codabench, evalai, pack

PROGRAM = "import sys\nprint('XAC032 [bold]::error x\\x1b[31m', file=sys.stderr)\nsys.exit(1)\n"


@pytest.fixture
def upload(tmp_path):
    """A submission as a participant uploads it."""
    return pack(tmp_path / "upload.zip", {"answer.csv": "a,7\n"})


def test_the_text_of_a_trial(tmp_path, upload):
    """A failed run has its reason, both logs and what is not imitated; the exit code is 1."""
    codabench(tmp_path / "bundle", PROGRAM)
    done = xacle_eval("export", "--check", "bundle", "--try", "upload.zip", cwd=tmp_path)
    assert (done.code, done.err) == (1, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("Trial of upload.zip on bundle: Codabench, Python 3.")
    assert "Phase Test, task Test set: Failed (exit status 1)" in lines
    assert "      | XAC032 [bold]::error x\\x1b[31m" in lines
    assert "Not imitated:" in lines


def test_the_json_of_a_trial(tmp_path, upload):
    """JSON has the runs with both views; the same bytes each time."""
    evalai(tmp_path / "bundle")
    arguments = ("export", "evalai", "--check", "bundle", "--try", "upload.zip", "--phase", "test")
    first, again = (xacle_eval(*arguments, "-f", "json", cwd=tmp_path) for _ in range(2))
    assert (first.code, first.out) == (0, again.out)
    trial = json.loads(first.out)
    assert trial["schema"] == "xacle-eval/trial/1"
    assert (trial["path"], trial["submission"]) == ("bundle", "upload.zip")
    (run,) = trial["runs"]
    assert (run["phase"], run["state"], run["accepted"]) == ("Test", "finished", True)
    assert [score["shown"] for score in run["scores"]] == ["0.512", "1.500"]


@pytest.mark.long
def test_what_needs_what(tmp_path, upload):
    """Other formats, a missing bundle and options without --try are usage errors."""
    codabench(tmp_path / "bundle")
    base = ("export", "--check", "bundle")
    cases = [
        ((*base, "--try", "upload.zip", "-f", "sarif"), "--format must be text, json"),
        ((*base, "--phase", "Test"), "--phase has no effect without --try"),
        ((*base, "--python", "python3"), "--python has no effect without --try"),
        ((*base, "--try", "missing.zip"), "not found"),
        ((*base, "--try", "upload.zip", "--phase", "x"), "no phase 'x'"),
    ]
    for arguments, says in cases:
        done = xacle_eval(*arguments, cwd=tmp_path)
        assert (done.code, done.out) == (2, ""), arguments
        assert says in done.err, (arguments, done.err)
    for format_ in ("csv", "markdown"):
        done = xacle_eval(*base, "--try", "upload.zip", "-f", format_, cwd=tmp_path)
        assert (done.code, done.err) == (0, "")
        assert "0.5123400000" in done.out

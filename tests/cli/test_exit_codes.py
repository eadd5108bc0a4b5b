"""Exit codes: 0 ok, 1 invalid submission, 2 usage error, 3 internal error, 130 interrupted."""

import signal
import subprocess

import pytest

from tests.cli.helpers import (
    DATA,
    EXAMPLE,
    HIBARI,
    REFERENCES,
    SMALL,
    command,
    environment,
    in_process,
    xacle_eval,
)
from tests.helpers import interruptible

BROKEN = """
import xacle_eval.evaluation.score as s
def broken(*_): raise ZeroDivisionError('inside\\x1b[31m')
s.Scorer = broken
"""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("score", HIBARI, *EXAMPLE), 0, ""),
        (("validate", "invalid/submissions/constant.csv", *SMALL), 0, "XAC036"),
        (("validate", "invalid/submissions/constant.csv", *SMALL, "--strict"), 1, "warned "),
        (
            ("validate", "example/submissions", "nowhere.csv", *EXAMPLE),
            1,
            "3 of 4 submissions valid",
        ),
        (("score", "invalid/submissions/id_duplicate.csv", *SMALL, *REFERENCES), 1, ".csv:8:1"),
        (
            ("leaderboard", "example/submissions", HIBARI.replace("1.", "7."), *EXAMPLE),
            1,
            "Hibari_07.csv",
        ),
        (
            ("leaderboard", "example/submissions", "no.csv", *EXAMPLE, "--exit-zero"),
            0,
            "Unranked: 1 submission",
        ),
        (
            ("leaderboard", "../listeners", *EXAMPLE),
            2,
            "no submissions found in ../listeners",
        ),
        (("score", "invalid/submissions/valid.csv", *SMALL), 2, "--references"),
        (
            (
                "score",
                "invalid/submissions/valid.csv",
                *SMALL,
                "--references",
                "invalid/references/averages_nan.csv",
            ),
            2,
            "invalid/references/averages_nan.csv:4:9 XAC032",
        ),
        (("score", HIBARI, "--challenge", "example/ratings.csv"), 2, "TOML"),
    ],
)
def test_exit_codes(arguments, code, said):
    """Each kind of outcome has its exit code and a message that names the cause."""
    result = in_process(*arguments)
    assert (result.code, "Traceback" in result.err) == (code, False)
    assert said in result.out + result.err
    assert (result.out == "") == (code == 2 or arguments[1].endswith("id_duplicate.csv"))


def test_a_bug():
    """A bug exits with 3 and asks for a report, without a traceback or control characters."""
    result = xacle_eval("score", HIBARI, *EXAMPLE, before=BROKEN)
    assert (result.code, result.out) == (3, "")
    assert "internal error: ZeroDivisionError: inside\\x1b[31m" in result.err
    assert "not an error in your files" in result.err
    assert "Traceback" not in result.err


LONG = "a" * 300


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("validate", LONG), 1, "XAC001"),
        (("leaderboard", LONG), 1, "XAC001"),
        (("challenge", "show", LONG), 2, "the file cannot be read (File name too long)"),
        (("package", LONG, "-o", "x.zip"), 2, "error: cannot read aaaa"),
        (("score", HIBARI, *EXAMPLE, "-q", "-o", LONG), 2, "cannot be written: File name too long"),
    ],
)
def test_a_name_that_no_file_can_have(arguments, code, message):
    """A path that the system refuses is the user's error, not a bug."""
    result = in_process(*arguments)
    assert result.code == code
    assert message in result.out + result.err
    assert "internal error" not in result.err


def test_too_many_resamples():
    """More resamples than fit into memory, or into an array, are not a bug."""
    for number in ("9" * 12, "9" * 24):
        result = xacle_eval("score", HIBARI, *EXAMPLE, "--bootstrap", number)
        assert result.code == 2
        assert "the number of resamples must be at most 1,000,000,000" in result.err
    before = (
        "import xacle_eval.cli.score as s\n"
        "def large(*_, **__): raise MemoryError\ns.open_references = large"
    )
    result = xacle_eval("score", HIBARI, *EXAMPLE, before=before)
    assert (result.code, "error: not enough memory" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "changes"), [(("--debug",), {}), ((), {"XACLE_EVAL_DEBUG": "1"})]
)
def test_debug_shows_the_traceback(arguments, changes):
    """--debug, or its variable, shows the traceback of a bug; the exit code stays 3."""
    result = xacle_eval("score", HIBARI, *EXAMPLE, *arguments, before=BROKEN, **changes)
    assert result.code == 3
    assert "Traceback" in result.err
    assert "in broken" in result.err


def test_debug_shows_the_traceback_of_a_usage_error():
    """With --debug, a user's error keeps its own exit code."""
    result = xacle_eval("score", HIBARI, "--challenge", "nothing", "--debug")
    assert result.code == 2
    assert "Traceback" in result.err
    assert result.err.endswith("bundled challenges: xacle2026\n")


def test_an_eof_error_is_not_ctrl_c():
    """An EOFError inside the program is reported as a bug, not as an interruption."""
    before = (
        "import xacle_eval.cli.score as s\n"
        "def short(*_, **__): raise EOFError('short')\ns.open_references = short"
    )
    assert xacle_eval("score", HIBARI, *EXAMPLE, before=before).code == 3


def test_ctrl_c(tmp_path):
    """Ctrl-C during a leaderboard exits with 130 and changes no file."""
    output = tmp_path / "board.json"
    output.write_text("old")
    slow = (
        "import sys, time\nimport xacle_eval.submissions.validation as b\n"
        "def slow(*_, **__): print('ready', file=sys.stderr, flush=True); time.sleep(60)\n"
        "b.check_file = slow"
    )
    arguments = ("leaderboard", "example/submissions", *EXAMPLE, "--format", "json", "-o", output)
    with subprocess.Popen(
        command(*arguments, before=slow),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=DATA,
        env=environment(),
        preexec_fn=interruptible,
    ) as process:
        assert process.stderr.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.split()) == (130, b"", [b"interrupted"])
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("board.json", "old")]

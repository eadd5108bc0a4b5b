"""Exit codes: 0 all fine, 1 a submission is at fault, 2 the call is, 3 the program, 130 stopped."""

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
    xacle_eval,
)  # fmt: skip
from tests.helpers import interruptible

BROKEN = "import xacle_eval.evaluation.score as s\ndef broken(*_): raise ZeroDivisionError('inside\\x1b[31m')\ns.Scorer = broken"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("score", HIBARI, *EXAMPLE), 0, ""),
        (("validate", "invalid/submissions/constant.csv", *SMALL), 0, "XAC036"),
        (("validate", "invalid/submissions/constant.csv", *SMALL, "--strict"), 1, "warned "),
        (("validate", "example/submissions", "nowhere.csv", *EXAMPLE), 1, "3 of 4 submissions valid"),
        (("score", "invalid/submissions/id_duplicate.csv", *SMALL, *REFERENCES), 1, ".csv:8:1"),
        (("leaderboard", "example/submissions", HIBARI.replace("1.", "7."), *EXAMPLE), 1, "Hibari_07.csv"),
        (("leaderboard", "example/submissions", "no.csv", *EXAMPLE, "--exit-zero"), 0, "Unranked: 1 submission"),
        (("leaderboard", "invalid/folders", *EXAMPLE), 2, "there are no submissions in invalid/folders"),
        (("score", "invalid/submissions/valid.csv", *SMALL), 2, "--references"),
        (
            ("score", "invalid/submissions/valid.csv", *SMALL, "--references", "invalid/references/averages_nan.csv"),
            2,
            "invalid/references/averages_nan.csv:4:9 XAC032",
        ),
        (("score", HIBARI, "--challenge", "example/ratings.csv"), 2, "TOML"),
    ],
)  # fmt: skip
def test_exit_codes(arguments, code, said):
    """Each kind of outcome has its exit code, and says what it is about."""
    result = xacle_eval(*arguments)
    assert (result.code, "Traceback" in result.err) == (code, False)
    assert said in result.out + result.err
    assert (result.out == "") == (code == 2 or arguments[1].endswith("id_duplicate.csv"))


def test_a_fault_of_the_program():
    """A bug ends in 3 with a hint to report it, without a traceback, and shows no foreign control
    code.
    """
    result = xacle_eval("score", HIBARI, *EXAMPLE, before=BROKEN)
    assert (result.code, result.out) == (3, "")
    assert "internal error: ZeroDivisionError: inside\\x1b[31m" in result.err
    assert "not of your files" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("arguments", "changes"), [(("--debug",), {}), ((), {"XACLE_EVAL_DEBUG": "1"})]
)
def test_debug_shows_the_traceback(arguments, changes):
    """--debug, or its variable, shows where the bug is; the exit code stays 3."""
    result = xacle_eval("score", HIBARI, *EXAMPLE, *arguments, before=BROKEN, **changes)
    assert result.code == 3
    assert "Traceback" in result.err
    assert "in broken" in result.err


def test_debug_shows_where_an_error_of_the_user_comes_from():
    """An error that is no bug keeps its own exit code under --debug."""
    result = xacle_eval("score", HIBARI, "--challenge", "nothing", "--debug")
    assert result.code == 2
    assert "Traceback" in result.err
    assert result.err.endswith("the bundled ones are xacle2026\n")


def test_the_end_of_a_compressed_file_is_no_ctrl_c():
    """An EOFError inside the program is reported as a bug, not as a stop by the user."""
    before = "import xacle_eval.cli.score as s\ndef short(*_): raise EOFError('short')\ns.load_references = short"
    assert xacle_eval("score", HIBARI, *EXAMPLE, before=before).code == 3


def test_ctrl_c(tmp_path):
    """Ctrl-C in the middle of a leaderboard ends in 130; the old result is untouched and nothing is
    left.
    """
    output = tmp_path / "board.json"
    output.write_text("old")
    slow = (
        "import sys, time\nimport xacle_eval.submissions.validation as b\n"
        "def slow(*_, **__): print('ready', file=sys.stderr, flush=True); time.sleep(60)\nb.check_file = slow"
    )
    arguments = ("leaderboard", "example/submissions", *EXAMPLE, "--format", "json", "-o", output)
    with subprocess.Popen(
        command(*arguments, before=slow),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=DATA, env=environment(), preexec_fn=interruptible,
    ) as process:  # fmt: skip
        assert process.stderr.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.split()) == (130, b"", [b"stopped"])
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("board.json", "old")]

"""Results go to stdout, everything else to stderr; result files are written atomically."""

import csv
import io
import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cli.helpers import (
    DATA,
    EXAMPLE,
    HIBARI,
    REFERENCES,
    SMALL,
    VOICEMOS,
    command,
    environment,
    in_process,
    xacle_eval,
)


def test_results_and_notes_are_separate():
    """Warnings of a scored file are on stderr, --quiet hides them, and the result is the same."""
    arguments = ("score", "invalid/submissions/constant.csv", *SMALL, *REFERENCES)
    loud, quiet = xacle_eval(*arguments), xacle_eval(*arguments, "--quiet")
    assert loud.out == quiet.out
    assert "XAC036" in loud.err
    assert (
        "Undefined (constant predictions or references): SRCC, LCC, KTAU; counted as 0" in loud.out
    )
    assert quiet.err == ""


def test_demo_ratings_cannot_be_overlooked(xacle_predictions, tmp_path):
    """Without references, stderr warns of synthetic ratings; --quiet keeps it in the result."""
    from tests.helpers import make_submission

    file = make_submission(tmp_path / "Ame_01.csv", xacle_predictions)
    result = xacle_eval("score", file, "--format", "json")
    assert result.code == 0
    assert result.err.startswith("DEMO RATINGS")
    quiet = xacle_eval("score", file, "--format", "json", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, result.out, "")
    document = json.loads(result.out)
    assert document["references"]["kind"] == "demo"
    assert "ref:demo" in document["signature"]


def test_a_table_that_cannot_show_it_has_the_reason_on_stderr(tmp_path):
    """A CSV has no unranked submissions, so stderr explains exit code 1."""
    arguments = ("leaderboard", "example/submissions", "no.csv", *EXAMPLE)
    csv = xacle_eval(*arguments, "--format", "csv", "--quiet")
    assert csv.code == 1
    assert "XAC001" in csv.err
    assert csv.out.startswith("rank,team,system,SRCC,LCC,KTAU,MSE,references,signature\n1,Hibari,")
    text = xacle_eval(*arguments, "-o", tmp_path / "board.txt")
    assert (text.code, text.out) == (1, "")
    assert text.err.startswith("1 submission unranked: see ")
    assert "XAC001" in (tmp_path / "board.txt").read_text()


def test_warnings_of_ranked_submissions_are_mentioned():
    """A leaderboard reports that ranked submissions have warnings."""
    arguments = ("leaderboard", "invalid/submissions/constant.csv", *SMALL, *REFERENCES)
    assert (
        xacle_eval(*arguments).err
        == "1 ranked submission with warnings ('constant'); xacle-eval validate shows them\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("validate", "invalid/submissions", *SMALL, "--quiet"), 1),
        (("leaderboard", "example/submissions", *EXAMPLE, "--format", "json"), 0),
        (("leaderboard", "--help"), 0),
    ],
)
def test_a_reader_that_closes_early(arguments, code):
    """`| head` causes no message, and the exit code is that of the whole run."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command(*arguments),
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=DATA,
        env=environment(),
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_not_a_bug():
    """If stdout cannot be written, the exit code is 2 and the message gives the reason."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("score", HIBARI, *EXAMPLE),
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=DATA,
            env=environment(),
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == b"error: cannot write to stdout: No space left on device\n"


def test_output_is_atomic(tmp_path):
    """--output writes atomically: a failure keeps the old file."""
    target = tmp_path / "score.json"
    target.write_text("old")
    arguments = ("score", HIBARI, *EXAMPLE, "--format", "json")
    failed = xacle_eval(
        *arguments,
        before="import os\ndef full(_): raise OSError(28, 'No space')\nos.fsync = full",
        XACLE_EVAL_OUTPUT=str(target),
    )
    assert (failed.code, failed.out, target.read_text()) == (2, "", "old")
    assert failed.err.endswith(
        "score.json cannot be written: No space\n"
        "note: --output is from the environment variable XACLE_EVAL_OUTPUT\n"
    )
    written = xacle_eval(*arguments, "-o", target)
    assert (written.code, written.out, written.err) == (0, "", "")
    assert target.read_text() == xacle_eval(*arguments).out
    assert [file.name for file in tmp_path.iterdir()] == ["score.json"]


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("no/such/folder/x.json", "No such file or directory; create its folder first"),
        ("example", "it is a folder, expected a file"),
    ],
)
def test_output_that_cannot_be_written(output, reason):
    """A missing folder, or a folder instead of a file, exits with 2."""
    result = xacle_eval("score", HIBARI, *EXAMPLE, "-o", output)
    assert (result.code, result.out) == (2, "")
    assert f"{output} cannot be written: {reason}" in result.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "A_01.csv", "-o", "A_01.csv"),
        ("score", "A_01.csv", "--references", "r.csv", "-o", "r.csv"),
        ("leaderboard", "sub", "-o", "sub/B_01.csv"),
        ("compare", "A_01.csv", "sub/B_01.csv", "-o", "link.csv"),
        ("validate", "sub", "--receipt", "sub/B_01.csv"),
        ("validate", "A_01.csv", "-o", "x.json", "--receipt", "x.json"),
        ("rank", "A_01.csv", "-o", "A_01.csv"),
        ("leaderboard", "sub", "--references-of", "test=r.csv", "-o", "r.csv"),
        ("score", "A_01.csv", "--references-of", "test=r.csv", "-o", "./r.csv"),
        ("score", "official/evaluation_result.csv", "--official-csv", "official"),
    ],
)
def test_no_result_replaces_an_input(tmp_path, arguments):
    """A result is not written over an input, also under another name, or over another result."""
    (tmp_path / "sub").mkdir()
    for name in ("A_01.csv", "sub/B_01.csv", "r.csv"):
        (tmp_path / name).write_bytes((DATA / HIBARI).read_bytes())
    (tmp_path / "official").mkdir()
    (tmp_path / "official" / "evaluation_result.csv").write_bytes((DATA / HIBARI).read_bytes())
    (tmp_path / "link.csv").symlink_to("A_01.csv")
    done = in_process(*arguments, "--challenge", DATA / "example", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "would be overwritten" in done.err
    assert all(
        file.read_bytes() == (DATA / HIBARI).read_bytes() for file in tmp_path.rglob("*.csv")
    )
    assert not (tmp_path / "x.json").exists()


@pytest.mark.long
@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "."),
        ("leaderboard", "."),
        ("leaderboard", ".", "--format", "markdown"),
        ("validate", "empty"),
        ("score", "##[error]forged_01.csv"),
    ],
)
def test_file_names_are_not_github_commands(tmp_path, arguments):
    """On GitHub, a file name cannot act as a workflow command, old or new, on either stream."""
    (tmp_path / "empty").mkdir()
    for name in (
        "##[error]forged_01.csv",
        "::error::forged_01.csv",
        "x ##[warning]_01.md",
        "empty/##[error]a.md",
    ):
        (tmp_path / name).write_text("001.wav,1\n")
    challenge = ("--challenge", DATA / "example")
    done = xacle_eval(*arguments, *challenge, cwd=tmp_path, GITHUB_ACTIONS="true")
    said = done.err if "markdown" in arguments else done.out + done.err
    assert "forged" in said or "a.md" in said
    assert "##[" not in said
    assert not any(line.lstrip().startswith("::") for line in said.splitlines())


def test_output_into_a_pipe(tmp_path):
    """A named pipe, /dev/stdout or /dev/null is written to and never replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert xacle_eval("score", HIBARI, *EXAMPLE, "--format", "csv", "-o", pipe).code == 0
    reader.join(timeout=30)
    assert pipe.is_fifo()
    assert read[0].startswith("team,system,level,n,SRCC,")


def test_the_organisers_file(tmp_path):
    """--official-csv creates the folder and writes the organisers' lines at full precision."""
    result = xacle_eval(
        "score", HIBARI, *EXAMPLE, "--format", "json", "--official-csv", tmp_path / "new"
    )
    metrics = json.loads(result.out)["metrics"]
    # The organisers' evaluate.py uses csv.writer with newline="": its lines end with CRLF.
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["metric", "value"])
    for name in ("SRCC", "LCC", "KTAU", "MSE"):
        writer.writerow([name, metrics[name]])
    writer.writerow(["N", 24])
    written = (tmp_path / "new" / "evaluation_result.csv").read_bytes()
    assert written == text.getvalue().encode()
    assert written.startswith(b"metric,value\r\nSRCC,0.")
    assert written.endswith(b"\r\nN,24\r\n")
    (tmp_path / "file").write_text("")
    refused = xacle_eval("score", HIBARI, *EXAMPLE, "--official-csv", tmp_path / "file")
    assert refused.code == 2
    assert "cannot create the folder" in refused.err


@pytest.mark.long
def test_files_with_odd_encodings_around_them():
    """A pipe gets UTF-8 in every locale, and no colour if NO_COLOR and FORCE_COLOR are set."""
    arguments = ("score", "challenges/voicemos/submissions/T01/answer.txt", *VOICEMOS)
    usual = xacle_eval(*arguments)
    assert "↑" in usual.out
    for changes in (
        {"LC_ALL": "C"},
        {"PYTHONIOENCODING": "ascii"},
        {"FORCE_COLOR": "0"},
        {"FORCE_COLOR": "1", "NO_COLOR": "1"},
        {"COLUMNS": "20"},
    ):
        assert xacle_eval(*arguments, **changes) == usual


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_stream(closed):
    """With stdout closed the exit code is 2; with stderr closed the result is still written."""
    shell = [
        "sh",
        "-c",
        f'"$@" {closed}',
        "sh",
        *command("score", HIBARI, *EXAMPLE, "--format", "csv"),
    ]
    done = subprocess.run(shell, capture_output=True, cwd=DATA, env=environment(), check=False)
    if closed == ">&-":
        assert (done.returncode, done.stderr) == (
            2,
            b"error: stdout is closed; write to a file with --output\n",
        )
    else:
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.startswith(b"team,system,")

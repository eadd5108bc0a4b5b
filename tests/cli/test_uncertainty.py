"""Intervals, comparisons and their options as commands."""

import csv
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.helpers import (
    DATA,
    EXAMPLE,
    HIBARI,
    VOICEMOS,
    command,
    environment,
    in_terminal,
    plain,
    xacle_eval,
)
from tests.helpers import REPOSITORY, interruptible

BOARD = ("leaderboard", "example/submissions", *EXAMPLE, "--bootstrap", "600", "--format", "json")
SAMPLES = REPOSITORY / "sample_submissions"


@pytest.mark.long
def test_the_same_seed_gives_the_same_bytes_with_one_job_and_two():
    """The number of processes changes no byte, nor does the default seed 0; another seed does."""
    one = xacle_eval(*BOARD)
    assert one.code == 0
    assert xacle_eval(*BOARD, "--jobs", "2", "--seed", "0").out == one.out
    assert xacle_eval(*BOARD, "--seed", "1").out != one.out


@pytest.mark.long
@pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="numba is not installed: there is one kernel"
)
def test_kernels_give_the_same_bytes_and_debug_names_them():
    """numba and numpy give the same bytes; --debug reports on stderr which one is used."""
    fast = xacle_eval(*BOARD, "--debug")
    slow = xacle_eval(*BOARD, "--debug", XACLE_EVAL_KERNELS="numpy")
    assert fast.out == slow.out
    assert "kernels: numba" in fast.err
    assert "kernels: numpy" in slow.err


def test_text_shows_the_uncertainty_of_the_ranking():
    """Text has a table of intervals, ranks and clusters, and rows for noise ceiling and floor."""
    out = xacle_eval(*BOARD[:-2]).out
    for words in (
        "SRCC 95 %",
        "Ranks",
        "Jointly",
        "of 3 systems could be first in SRCC (95 % confidence",
        "Ranks over the resamples",
        "Share 1st",
        "Cluster",
        "Letters",
        "noise ceiling",
        "noise floor",
        "seed 0",
    ):
        assert words in out
    said = " ".join(out.split())
    assert "tested alone, differ significantly (alpha 0.05) when their SRCC differs by" in said


@pytest.mark.long
def test_undefined_resamples_are_reported(tmp_path):
    """leaderboard and compare count undefined resamples by name; their JSON has no NaN."""
    lines = (DATA / HIBARI).read_text().splitlines()
    rows = [f"{line.split(',')[0]},{7 if place < 2 else 5}" for place, line in enumerate(lines[1:])]
    (tmp_path / "Near_01.csv").write_text("\n".join([lines[0], *rows]) + "\n")
    (tmp_path / "Hibari_01.csv").write_text("\n".join(lines) + "\n")
    arguments = (*EXAMPLE, "--bootstrap", "500", "-q")
    document = xacle_eval("leaderboard", tmp_path, *arguments, "--format", "json").out
    entry = next(
        e
        for e in json.loads(document, parse_constant=pytest.fail)["entries"]
        if e["system"] == "Near_01"
    )
    number = entry["uncertainty"]["undefined"]["SRCC"]
    assert 0 < number < 500
    said = " ".join(xacle_eval("leaderboard", tmp_path, *arguments).out.split())
    assert (
        "Undefined in some of the 500 resamples: "
        f"Near_01 (SRCC {number}, LCC {number}, KTAU {number})" in said
    )
    pair = (tmp_path / "Near_01.csv", tmp_path / "Hibari_01.csv")
    said = " ".join(xacle_eval("compare", *pair, *arguments).out.split())
    assert f"SRCC, LCC and KTAU of Near_01 and Hibari_01 in {number} of 500" in said
    json.loads(
        xacle_eval("compare", *pair, *arguments, "--format", "json").out, parse_constant=pytest.fail
    )


def test_groups_and_teams_are_named():
    """Notes name resampled groups; the team is shown where labels are equal."""
    out = xacle_eval(
        "leaderboard", "challenges/voicemos/submissions", *VOICEMOS, "--bootstrap", "50"
    ).out
    assert "Resamples draw whole systems, each with all its pairs." in out
    uncertainty = out[out.index("Uncertainty of the ranking") :]
    assert all(team in uncertainty for team in ("T01", "T02", "B01"))
    paths = [f"challenges/voicemos/submissions/{team}/answer.txt" for team in ("T01", "T02")]
    assert (
        "50 resamples of systems"
        in xacle_eval("compare", *paths, *VOICEMOS, "--bootstrap", "50").out
    )


def test_a_shared_rank_is_marked_in_both_tables(tmp_path):
    """Two teams with the same predictions have the rank 1= in every table."""
    for name in ("Hibari_01", "Kumo_01"):
        (tmp_path / f"{name}.csv").write_bytes((DATA / HIBARI).read_bytes())
    ranked, uncertainty = xacle_eval(
        "leaderboard", tmp_path, *EXAMPLE, "--bootstrap", "50"
    ).out.split("Uncertainty of the ranking")
    assert ranked.count("  1=  ") == 2
    assert [part.count("  1=  ") for part in uncertainty.split("Ranks over the resamples")] == [
        2,
        2,
    ]


@pytest.mark.long
def test_csv_has_every_interval():
    """CSV has columns for both ends of every interval, and for the rank interval."""
    rows = list(csv.DictReader(io.StringIO(xacle_eval(*BOARD[:-1], "csv").out)))
    document = json.loads(xacle_eval(*BOARD).out)
    for row, entry in zip(rows, document["entries"], strict=True):
        for name, bounds in entry["uncertainty"]["intervals"].items():
            assert float(row[f"{name}_low"]) == bounds["low"]
            assert float(row[f"{name}_high"]) == bounds["high"]
        for name in ("rank_low", "rank_marginal_low", "rank_simultaneous_high", "cluster"):
            assert int(row[name]) == entry["uncertainty"][name]


def test_compare():
    """compare prints differences, three tests and verdicts; an invalid file exits with 1."""
    done = xacle_eval(
        "compare", HIBARI, HIBARI.replace("_01", "_02"), *EXAMPLE, "--bootstrap", "500"
    )
    assert done.code == 0
    for words in (
        "Interval of A − B",
        "Permutation",
        "Bootstrap",
        "Williams",
        "adjusted",
        "in SRCC",
    ):
        assert words in done.out
    faulty = xacle_eval("compare", HIBARI, "example/mistakes/Hibari_03.csv", *EXAMPLE)
    assert (faulty.code, faulty.out) == (1, "")
    assert "XAC032" in faulty.err
    assert xacle_eval("compare", HIBARI, *EXAMPLE).code == 2


@pytest.mark.long
def test_work_that_takes_long_shows_a_bar_on_a_terminal_only():
    """A long bootstrap shows progress and remaining time in a terminal, and nothing in a pipe."""
    slow = "import xacle_eval.cli.progress as p\np._PATIENCE_SECONDS = 0.0"
    shown = in_terminal(*BOARD[:-2], before=slow)
    assert shown.code == 0
    assert "resampling" in plain(shown.out)
    assert "0:00:0" in plain(shown.out)
    assert xacle_eval(*BOARD[:-2], before=slow).err == ""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="reads the CPU time of processes from /proc")
def test_ctrl_c_leaves_nothing_behind(tmp_path):
    """Ctrl-C during a bootstrap with two processes exits with 130 and leaves no file or process."""
    output = tmp_path / "board.json"
    arguments = (
        "leaderboard",
        SAMPLES,
        "--bootstrap",
        "600000",
        "--jobs",
        "2",
        "-q",
        "--format",
        "json",
        "-o",
        output,
    )
    process = subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=DATA,
        env=environment(),
        start_new_session=True,
        preexec_fn=interruptible,
    )
    _wait_for_workers(process)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    assert _is_gone(process.pid)


def _wait_for_workers(process, number=2, seconds=60):
    """Wait until the workers of a command have computed for a second each."""
    deadline = time.monotonic() + seconds
    while sum(ticks > os.sysconf("SC_CLK_TCK") for ticks in _worker_ticks(process.pid)) < number:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "the workers do not compute"
        time.sleep(0.05)


def _worker_ticks(parent):
    """Return the CPU time of each worker process that a process has started, in clock ticks."""
    found = []
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        try:
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                found.append(int(fields[11]))  # utime, the 14th field of the line
        except FileNotFoundError:
            continue
    return found


def _is_gone(group, seconds=20):
    """Return whether a process group ends within some seconds; its members outlive their parent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_cluster_that_is_not_available():
    """Without the extra the message names the install command; --scheduler excludes --jobs."""
    missing = "import sys\nsys.modules['distributed'] = None"
    done = xacle_eval(*BOARD, "--scheduler", "tcp://127.0.0.1:1", before=missing)
    assert done.code == 2
    assert "pip install distributed" in done.err
    both = xacle_eval(*BOARD, "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2")
    assert (both.code, both.out) == (2, "")


@pytest.mark.long
@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="the extra [cluster] is not installed"
)
def test_a_scheduler_that_does_not_answer():
    """If no scheduler answers, the exit code is 2 and one line names the address."""
    done = xacle_eval(*BOARD, "-q", "--scheduler", "tcp://127.0.0.1:1")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: no Dask scheduler answers at tcp://127.0.0.1:1")
    assert done.err.count("\n") == 1

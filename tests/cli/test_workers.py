"""Worker processes end with the command, whatever ends it; a killed worker is replaced once."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.helpers import DATA, command, environment, xacle_eval
from tests.helpers import REPOSITORY, interruptible
from xacle_eval.errors import WorkersError
from xacle_eval.statistics import ProcessWorkers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")

BOARD = ("leaderboard", REPOSITORY / "sample_submissions", "--bootstrap", "200000", "--jobs", "2")
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def cpu_seconds(process):
    """Return the CPU time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def workers_of(process):
    """Wait until two workers of a command compute, and return their numbers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        busy = [int(child) for child in children if cpu_seconds(child) > 1]
        if len(busy) == 2:
            return busy
        time.sleep(0.05)
    raise AssertionError("no two workers compute")


def assert_gone(processes, seconds):
    """Wait until processes have ended; a zombie has ended."""
    deadline = time.monotonic() + seconds
    left = set(processes)
    while left and time.monotonic() < deadline:
        for process in list(left):
            try:
                status = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                status = "Z"
            if status in "ZX":
                left.discard(process)
        time.sleep(0.02)
    assert not left


@pytest.mark.long
@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGTERM, 143, "terminated"),
        pytest.param(signal.SIGKILL, -9, "", marks=pytest.mark.long),
        pytest.param(signal.SIGINT, 130, "interrupted", marks=pytest.mark.long),
        pytest.param(signal.SIGHUP, 129, "terminated", marks=pytest.mark.long),
    ],
)
def test_workers_end_with_the_command(tmp_path, sent, code, said):
    """A signal to the command ends its workers within two seconds; no file is half-written."""
    output = tmp_path / "board.json"
    output.write_text("old")
    with subprocess.Popen(
        command(*BOARD, "-q", "-o", output),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=DATA,
        env=environment(TMPDIR=str(tmp_path)),
        preexec_fn=interruptible,
        start_new_session=True,
    ) as process:
        try:
            workers = workers_of(process)
            process.send_signal(sent)
            begin = time.monotonic()
            assert_gone([process.pid, *workers], seconds=2)
            assert time.monotonic() - begin < 2
            out, err = process.communicate(timeout=30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, out) == (code, b"")
    assert err.decode().strip() == said
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("board.json", "old")]


SIGNAL_AT_START = """
import os, signal, time
from multiprocessing import util
start = util.spawnv_passfds
def start_and_signal(*arguments):
    process = start(*arguments)
    if "spawn_main" in str(arguments):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)  # another thread has the time to receive it
    return process
util.spawnv_passfds = start_and_signal
"""


# A thread of a library, which does not block the signals that the main thread blocks.
OTHER_THREAD = """
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


@pytest.mark.long
@pytest.mark.parametrize("before", ["", OTHER_THREAD], ids=["one thread", "two threads"])
def test_a_signal_while_workers_start(before):
    """SIGTERM while a worker starts ends the command without a traceback of the worker."""
    result = xacle_eval(*BOARD, "-q", before=before + SIGNAL_AT_START)
    assert (result.code, result.out) == (143, "")
    assert result.err.strip() == "terminated"


def blocked_signals(_shared, _item):
    """Return the signals that a worker does not receive."""
    return signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_workers_receive_sigterm():
    """In a worker only Ctrl-C is blocked, so that the worker can be ended alone."""
    assert list(ProcessWorkers(2).map(blocked_signals, None, range(2))) == [{signal.SIGINT}] * 2


@pytest.mark.long
def test_a_killed_worker_does_not_change_the_result():
    """If a worker of a command is killed, its work is done again; the exit code is 0."""
    arguments = [*BOARD[:3], "20000", *BOARD[4:], "--format", "csv", "-q"]
    with subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=DATA,
        env=environment(),
    ) as process:
        os.kill(workers_of(process)[0], signal.SIGKILL)
        out, err = process.communicate(timeout=300)
    assert (process.returncode, b"error" in err) == (0, False)
    expected = subprocess.run(
        command(*arguments), capture_output=True, cwd=DATA, env=environment(), check=True
    )
    assert out == expected.stdout


def kill_once(folder, item):
    """End the worker at the second item, the first time only."""
    marker = Path(folder) / "killed"
    if item == 1 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item * item


def kill_while_sending(folder, item):
    """End the worker after the first bytes of a result, the first time only."""
    marker = Path(folder) / "killed"
    if item == 1 and not marker.exists():
        marker.touch()
        frame = sys._getframe()
        while "result_queue" not in frame.f_locals:
            frame = frame.f_back
        queue = frame.f_locals["result_queue"]
        queue._wlock.acquire()
        os.write(queue._writer.fileno(), (1_000).to_bytes(4, "big") + b"x")
        os.kill(os.getpid(), signal.SIGKILL)
    return item * item


def kill_always(_folder, item):
    """End the worker at the second item."""
    if item == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_a_killed_worker(tmp_path):
    """The work of a killed worker is done again in a new process, every result once, in order."""
    workers = ProcessWorkers(2)
    assert list(workers.map(kill_once, str(tmp_path), range(6))) == [0, 1, 4, 9, 16, 25]


def test_a_worker_that_is_killed_while_it_sends(tmp_path):
    """Half of a result is not waited for: its work is done again."""
    workers = ProcessWorkers(2)
    done = list(workers.map(kill_while_sending, str(tmp_path), range(6)))
    assert done == [0, 1, 4, 9, 16, 25]


def test_a_worker_that_is_killed_again(tmp_path):
    """If the new process is killed too, the error gives the probable reason."""
    with pytest.raises(WorkersError, match=r"was killed.*lack of memory; use fewer jobs"):
        list(ProcessWorkers(2).map(kill_always, str(tmp_path), range(6)))

"""A leaderboard on a real local Dask scheduler with real workers."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from tests.cli.helpers import EXAMPLE, HIBARI, environment, xacle_eval
from tests.helpers import DATA, REPOSITORY
from xacle_eval.errors import UsageError
from xacle_eval.statistics.cluster import check_address

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")

SAMPLES = REPOSITORY / "sample_submissions"
BOARD = ("leaderboard", SAMPLES, "--bootstrap", "100000", "--format", "json", "-q")
START_SECONDS = 60
LOCAL = ("--host", "127.0.0.1")

# Ends when the worker with this address has work. It runs in its own process, so that pytest does
# not load Dask.
WAIT_FOR_WORK = """
import sys, time
from distributed import Client
with Client(sys.argv[1]) as client:
    while not client.processing().get(sys.argv[2]):
        time.sleep(0.05)
"""


def _start(arguments, log, pattern, tmp_path):
    """Start a process of the cluster and wait until its log shows that it is ready."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
            env=environment(),
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = re.search(pattern, log.read_text(errors="replace"))
        if found:
            return process, found
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"not ready after {START_SECONDS} s: {log.read_text(errors='replace')}")


def _start_scheduler(tmp_path):
    return _start(
        ("distributed.cli.dask_scheduler", *LOCAL, "--port", "0", "--no-dashboard"),
        tmp_path / "scheduler.log",
        r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)",
        tmp_path,
    )


@pytest.fixture
def cluster(tmp_path):
    """Yield the address of a scheduler, it and two single-threaded workers, the workers' addresses.

    Every process is killed at the end.
    """
    processes, addresses = [], []
    try:
        scheduler, found = _start_scheduler(tmp_path)
        processes.append(scheduler)
        for number in (1, 2):
            arguments = (
                "distributed.cli.dask_worker",
                found[1],
                "--nthreads",
                "1",
                "--no-dashboard",
                "--no-nanny",
            )
            log, ready = (
                tmp_path / f"worker{number}.log",
                r"(?s)Start worker at:\s+(\S+).*Registered to:",
            )
            worker, started = _start((*arguments, *LOCAL), log, ready, tmp_path)
            processes.append(worker)
            addresses.append(started[1])
        yield found[1], processes, addresses
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait(timeout=30)


def _start_board(address, addresses, *more):
    """Start a leaderboard on a cluster, and wait until a worker has work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xacle_eval", *map(str, BOARD), "--scheduler", address, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=DATA,
        env=environment(),
    )
    waiting = [sys.executable, "-c", WAIT_FOR_WORK, address, addresses[0]]
    subprocess.run(waiting, cwd=DATA, env=environment(), check=True, timeout=120)
    assert process.poll() is None, "the work ended too early; use more resamples"
    return process


def _score(*more, **changes):
    return xacle_eval("score", HIBARI, *EXAMPLE, "--bootstrap", "50", "-q", *more, **changes)


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="kills a worker by a signal")
def test_a_cluster_gives_the_same_bytes_though_a_worker_dies(cluster):
    """A leaderboard has the local bytes, also if one of two workers is killed in between."""
    address, (_, *workers), addresses = cluster
    local = xacle_eval(*BOARD)
    assert local.code == 0
    remote = xacle_eval(*BOARD, "--scheduler", address)
    assert remote.code == 0, remote.err
    assert remote.out == local.out
    process = _start_board(address, addresses)
    workers[0].send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert workers[1].poll() is None
    assert process.returncode == 0, err.decode()
    assert out.decode() == local.out
    assert b"Traceback" not in err


@pytest.mark.long
def test_results_that_arrive_while_a_wait_ends(cluster):
    """A result that arrives in the moment in which a wait ends is no lost connection."""
    short = "import xacle_eval.statistics.cluster as c; c._POLL_SECONDS = 0.001"
    remote = _score("--scheduler", cluster[0], before=short)
    assert (remote.code, remote.out) == (0, _score().out), remote.err


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="kills a scheduler by a signal")
def test_a_scheduler_that_dies(cluster):
    """If the scheduler is killed during the work, the exit code is 2, with one sentence."""
    address, (scheduler, *_), addresses = cluster
    process = _start_board(address, addresses, "--scheduler-timeout", "5")
    scheduler.send_signal(signal.SIGKILL)
    begin = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - begin < 30
    assert (process.returncode, out) == (2, b"")
    assert re.fullmatch(
        r"error: the connection to the Dask scheduler .* was lost.*\n", err.decode()
    )


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="kills a scheduler by a signal")
def test_a_fallback_gives_the_same_bytes(cluster):
    """With --fallback local, the rest of the work is done here; the result has the same bytes."""
    address, (scheduler, *_), addresses = cluster
    process = _start_board(address, addresses, "--fallback", "local", "--jobs", "2")
    scheduler.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err.decode()
    assert out.decode() == xacle_eval(*BOARD).out
    assert re.fullmatch(r"(warning: [^;\n]*; continuing on this machine\n)+", err.decode())


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="stops and kills processes by signals")
@pytest.mark.parametrize("sent", [signal.SIGSTOP, signal.SIGKILL])
def test_a_cluster_without_progress(cluster, sent):
    """A scheduler that hangs, or one whose workers are all killed, ends the work at the timeout."""
    address, (scheduler, *workers), addresses = cluster
    process = _start_board(address, addresses, "--scheduler-timeout", "5")
    for one in [scheduler] if sent == signal.SIGSTOP else workers:
        one.send_signal(sent)
    out, err = process.communicate(timeout=90)
    assert (process.returncode, out) == (2, b"")
    assert re.fullmatch(r"error: no result for 5 s: the Dask scheduler at .*\n", err.decode())


@pytest.mark.long
def test_a_scheduler_without_workers(tmp_path):
    """A scheduler without workers is an error with the command that starts one."""
    scheduler, found = _start_scheduler(tmp_path)
    try:
        result = _score("--scheduler", found[1], "--scheduler-timeout", "2")
    finally:
        scheduler.kill()
        scheduler.wait(timeout=30)
    message = f"has no worker after 2 s; start one with `dask worker {found[1]}`\n"
    assert (result.code, result.out) == (2, "")
    assert result.err == f"error: the Dask scheduler at {found[1]} {message}"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("foo", "expected HOST:PORT"),
        ("tcp://", "expected HOST:PORT"),
        ("tcp://127.0.0.1", "expected HOST:PORT"),
        ("127.0.0.1:0", "expected HOST:PORT"),
        ("127.0.0.1:99999", "expected HOST:PORT"),
        ("127.0.0.1:abc", "expected HOST:PORT"),
        ("tcp://[::1:8786", "expected HOST:PORT"),
        ("tcp://user@127.0.0.1:8786", "expected HOST:PORT"),
        ("tcp://127.0.0.1:8786/x", "expected HOST:PORT"),
        ("tcp://127.0.0.1\n:8786", "expected HOST:PORT"),
        ("bogus://127.0.0.1:8786", "unknown scheme 'bogus'; choose from tcp, tls, ws, wss"),
        ("inproc://x", "unknown scheme 'inproc'"),
    ],
)
def test_an_invalid_address(address, reason):
    """An invalid address is refused before anything is connected."""
    with pytest.raises(UsageError, match=re.escape(reason)):
        check_address(address)


def test_addresses():
    """An address without a scheme uses TCP."""
    assert check_address("127.0.0.1:8786") == "tcp://127.0.0.1:8786"
    assert check_address("tls://[::1]:8786/") == "tls://[::1]:8786"


def test_no_certificates():
    """An encrypted address without certificates names the setting that Dask needs."""
    result = _score("--scheduler", "tls://127.0.0.1:9")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: tls://127.0.0.1:9 needs certificates, and none are configured; set "
        "distributed.comm.tls in Dask's configuration\n"
    )


@contextmanager
def _server(answer):
    """Yield the address of a server that sends `answer` to every client, then nothing more.

    Without an answer, it closes every connection.
    """
    connections = []

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            if answer is None:
                connection.close()
                continue
            connections.append(connection)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=30)
            for connection in connections:
                connection.close()


@pytest.mark.long
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.0 400 Bad Request\r\n\r\n",
        b"\x01" + 7 * b"\0" + b"\x05" + 7 * b"\0" + b"hello",
        None,
    ],
    ids=["silent", "http", "other", "closed"],
)
def test_a_server_that_is_not_dask(answer):
    """A server that is silent, closes or has another protocol is an error within the timeout."""
    begin = time.monotonic()
    with _server(answer) as address:
        result = _score("--scheduler", address, "--scheduler-timeout", "1")
    assert time.monotonic() - begin < 30
    assert (result.code, result.out) == (2, "")
    expected = rf"error: no Dask scheduler answers at tcp://{address} within 1 s \(.*\n"
    assert re.fullmatch(expected, result.err)


@pytest.mark.long
def test_a_fallback_without_a_scheduler():
    """With --fallback local, a scheduler that does not answer costs only the timeout."""
    with _server(b"") as address:
        more = ("--scheduler", address, "--scheduler-timeout", "1", "--fallback", "local")
        result = _score(*more)
    assert (result.code, result.out) == (0, _score().out)
    assert result.err.startswith("warning: no Dask scheduler answers")
    assert result.err.endswith("); continuing on this machine\n")

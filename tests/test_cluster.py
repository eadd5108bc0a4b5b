"""A leaderboard on a real local Dask scheduler with real workers."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.helpers import environment, xacle_eval
from tests.helpers import DATA, REPOSITORY

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


@pytest.fixture
def cluster(tmp_path):
    """Yield the address of a scheduler, its two single-threaded workers and their addresses."""
    processes, addresses = [], []
    try:
        scheduler, found = _start(
            ("distributed.cli.dask_scheduler", *LOCAL, "--port", "0", "--no-dashboard"),
            tmp_path / "scheduler.log",
            r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)",
            tmp_path,
        )
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
        yield found[1], processes[1:], addresses
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait(timeout=30)


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="kills a worker by a signal")
def test_a_cluster_gives_the_same_bytes_though_a_worker_dies(cluster):
    """A leaderboard has the local bytes, also if one of two workers is killed in between."""
    address, workers, addresses = cluster
    local = xacle_eval(*BOARD)
    assert local.code == 0
    assert xacle_eval(*BOARD, "--scheduler", address).out == local.out
    process = subprocess.Popen(
        [sys.executable, "-m", "xacle_eval", *map(str, BOARD), "--scheduler", address],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=DATA, env=environment(),
    )  # fmt: skip
    waiting = [sys.executable, "-c", WAIT_FOR_WORK, address, addresses[0]]
    subprocess.run(waiting, cwd=DATA, env=environment(), check=True, timeout=120)
    alive = process.poll() is None
    workers[0].send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert alive, "the work ended before a worker could be killed; use more resamples"
    assert workers[1].poll() is None
    assert process.returncode == 0, err.decode()
    assert out.decode() == local.out
    assert b"Traceback" not in err

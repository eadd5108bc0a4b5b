"""Ctrl-C ends a command with exit code 130 at any moment, one line on stderr and no leftovers."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.cli.helpers import DATA, command, environment, xacle_eval
from tests.helpers import interruptible, make_submission

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals to a process group")

# Printed when the handler is set: an interrupt before that is Python's own business.
READY = (
    "import os\nfrom xacle_eval.cli.interrupts import Interrupts\ncatch = Interrupts.catch\n"
    "def tell(self):\n    catch(self)\n    os.write(2, b'ready\\n')\nInterrupts.catch = tell\n"
)
# pydantic-core of pydantic 2.8 panics if Ctrl-C arrives while it builds a schema, and Python cannot
# hide what it prints. No other lines are allowed.
PANIC = re.compile(
    r"thread '[^'\n]*'(?: \(\d+\))? panicked at src/validators/mod\.rs:\d+:\d+:\n"
    r"Error building schema validator:\n(?:  SchemaError: .*\n)*  KeyboardInterrupt: ?\n"
    r"note: run with `RUST_BACKTRACE=1` .*\n"
)
NOTICE = [
    "DEMO RATINGS: no references were given, so the bundled synthetic ratings are",
    "used. These scores do not describe real systems. Pass --references FILE to use",
    "real ratings.",
]
COMMANDS = {
    "score": ("score", "{0}", "--bootstrap", "3000"),
    "leaderboard": ("leaderboard", "{0}", "{1}", "--bootstrap", "2000", "--jobs", "2"),
    "compare": ("compare", "{0}", "{1}", "--bootstrap", "1000"),
}


@pytest.fixture(scope="module")
def systems(tmp_path_factory, xacle):
    """Two submissions for the bundled challenge."""
    folder, rng = tmp_path_factory.mktemp("systems"), np.random.default_rng(7)
    ids = xacle.manifest.ids
    values = [np.round(rng.uniform(0, 10, len(ids)), 2).tolist() for _ in range(2)]
    return [
        make_submission(folder / f"Kumo_{place:02d}.csv", dict(zip(ids, row, strict=True)))
        for place, row in enumerate(values)
    ]


def start(name, systems, output, kernels):
    """Start a command in a process group of its own, and wait until its handler is set."""
    arguments = [part.format(*systems) for part in COMMANDS[name]]
    process = subprocess.Popen(
        command(*arguments, "--format", "json", "-o", output, before=READY),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=DATA,
        env=environment(XACLE_EVAL_KERNELS=kernels, RUST_BACKTRACE="0"),
        preexec_fn=interruptible,
        start_new_session=True,
    )
    assert process.stderr.readline() == b"ready\n"
    return process


def wait(process, seconds):
    """Wait for the end of a process, at most so long."""
    handle = os.pidfd_open(process.pid)
    try:
        select.select([handle], [], [], seconds)
    finally:
        os.close(handle)


def assert_group_ends(group):
    """Wait until no process of a group is left; multiprocessing's helper ends after its parent."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("a process is left 30 s after the interrupt")


def check_interrupts(name, systems, kernels, folder, moments):
    """Interrupt a command at random moments of its run; return how many arrived in time."""
    if kernels == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    output = folder / "result.json"
    with start(name, systems, output, kernels) as process:
        begin = time.monotonic()
        process.communicate(timeout=120)
    duration = time.monotonic() - begin
    assert process.returncode == 0
    arrived, rng = 0, np.random.default_rng(len(name) + len(kernels))
    for number in range(moments):
        output.write_text("old")
        # The first moment is early, so that one signal arrives in time on any machine.
        moment = 0.05 * duration if number == 0 else rng.uniform(0, duration)
        with start(name, systems, output, kernels) as process:
            wait(process, moment)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        said = err.decode()
        if process.returncode == 0:  # it ended before the signal arrived
            assert output.read_text() != "old"
            duration *= 0.7  # the first run was slower, for example because it compiled kernels
            continue
        arrived += 1
        assert (process.returncode, out) == (130, b""), said
        lines = [line for line in PANIC.sub("", said).split("\n") if line]
        # The notice comes before the work, and again after the result is written.
        told, written = len(lines) // len(NOTICE), output.read_text() != "old"
        assert lines == [*NOTICE * told, "interrupted"], said
        assert told <= 1 or (told == 2 and written), said
        if written:
            json.loads(output.read_text())
        assert [file.name for file in folder.iterdir()] == ["result.json"]
        assert_group_ends(process.pid)
    return arrived


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "kernels"), [("score", "numpy"), ("leaderboard", "numba"), ("compare", "numba")]
)
def test_an_interrupt_at_a_random_moment(name, kernels, systems, tmp_path):
    """The command exits with 130 and prints ``interrupted``; the result is the old or the new."""
    assert check_interrupts(name, systems, kernels, tmp_path, moments=2) >= 1


@pytest.mark.long
@pytest.mark.parametrize("kernels", ["numba", "numpy"])
@pytest.mark.parametrize("name", COMMANDS)
def test_interrupts_at_many_random_moments(name, kernels, systems, tmp_path):
    """The same at 20 moments of each command, with and without numba."""
    assert check_interrupts(name, systems, kernels, tmp_path, moments=20) >= 10


# A shell's background jobs ignore Ctrl-C; these commands must receive it.
RECEIVE = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
CALLBACK = """
import os, signal, time
from xacle_eval.cli import main
class Callback:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
def work(*_):
    del _
    Callback()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pass
    os.write(2, b"lost")
    return 0
main.execute = work
"""
IMPORT = """
import os, signal, time
from xacle_eval.cli import main
def work(*_):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            pass
    except KeyboardInterrupt as error:
        raise RuntimeError("Error calling __set_name__") from error
main.execute = work
"""


@pytest.mark.parametrize("before", [CALLBACK, IMPORT], ids=["callback", "import"])
def test_an_interrupt_that_becomes_something_else(before):
    """An interrupt inside a callback, or turned into another error, ends the command in 130."""
    result = xacle_eval("score", "x", before=RECEIVE + before)
    assert (result.code, result.out, result.err) == (130, "", "interrupted\n")


LEAKING = """
import multiprocessing, os
from xacle_eval.statistics.workers import ProcessWorkers
if __name__ == "__main__":
    for _ in ProcessWorkers(2).map(divmod, 7, [1, 2, 3]):
        for worker in multiprocessing.active_children():
            worker.kill()
        os._exit(130)
"""


def test_the_resource_tracker_prints_no_warning(tmp_path):
    """If a command exits and its semaphores exist, Python's helper process reports nothing."""
    script = tmp_path / "leaking.py"
    script.write_text(LEAKING)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")

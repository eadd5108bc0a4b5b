"""A command as a worker runs it: an own process group, a time limit, output kept up to a limit."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

__all__ = ["Done", "run_command", "worker_environment"]

MOST_OUTPUT = 200_000
"""The bytes of an output stream that are kept; the rest is read and discarded."""
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_SIGNALLED = 128
_CHUNK = 1 << 16
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended; ``code`` is None if it was stopped at its time limit."""

    code: int | None
    stdout: bytes
    stderr: bytes
    problem: str = ""


class _Reader(threading.Thread):
    """Reads a stream to its end, so that a program never waits, and keeps its beginning."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.kept = bytearray()
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while chunk := self._stream.read1(_CHUNK):  # type: ignore[attr-defined]
                self.kept += chunk[: MOST_OUTPUT - len(self.kept)]


def worker_environment(**settings: str) -> dict[str, str]:
    """Return a small environment: nothing of the user's own except where programs are."""
    kept = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, **settings}


def run_command(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float
) -> Done:
    """Run a command and wait for its end or for the time limit.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments; no shell is involved.
    folder : Path
        The working directory.
    environment : mapping
        All variables of the environment.
    limit : float
        Seconds until the whole process group is killed.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the organiser's own program
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError:
        return Done(_NOT_FOUND, b"", b"", f"the program {command[0]} was not found")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Done(_NOT_EXECUTABLE, b"", b"", f"the program {command[0]} cannot start: {reason}")
    streams = [cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr)]
    readers = [_Reader(stream) for stream in streams]
    code: int | None
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        # Everything that the program left running ends with it, as in a container.
        _kill(process)
        process.wait()
    for reader in readers:
        reader.join(_PATIENCE)
    for stream in streams:
        stream.close()
    if code is not None and code < 0:
        code = _SIGNALLED - code
    return Done(code, bytes(readers[0].kept), bytes(readers[1].kept))


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # pragma: no cover - no process groups
            process.kill()

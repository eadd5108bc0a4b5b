"""Run the command as its users do: in a separate process, through a pipe or in a terminal."""

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.helpers import DATA, REPOSITORY

EXAMPLE = ("--challenge", "example")
SMALL = ("--challenge", "invalid/challenge.toml")
REFERENCES = ("--references", "invalid/references.csv")
VOICEMOS = ("--challenge", "challenges/voicemos")
HIBARI = "example/submissions/Hibari_01.csv"

_ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclass
class Result:
    """The result of a run of the command."""

    code: int
    out: str
    err: str


def environment(**changes):
    """Return the environment without variables that change the output, then with `changes`."""
    unwanted = (
        "NO_COLOR",
        "FORCE_COLOR",
        "COLUMNS",
        "LINES",
        "TERM",
        "PYTHONIOENCODING",
        "PYTHONUNBUFFERED",
    )
    own = ("XACLE_EVAL_", "GITHUB_")
    kept = {k: v for k, v in os.environ.items() if k not in unwanted and not k.startswith(own)}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color", **changes}


def command(*arguments, before=""):
    """Return the command line; `before` is Python code that runs before the command."""
    if not before:
        return [sys.executable, "-m", "xacle_eval", *map(str, arguments)]
    code = f"{before}\nfrom xacle_eval.cli import run\nrun()"
    return [sys.executable, "-c", code, *map(str, arguments)]


def xacle_eval(*arguments, cwd=DATA, before="", stdin=None, **changes):
    """Run the command through pipes, in tests/data by default; `stdin` is its input in bytes."""
    done = subprocess.run(
        command(*arguments, before=before),
        capture_output=True,
        cwd=cwd,
        env=environment(**changes),
        input=stdin,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def in_process(*arguments, cwd=DATA, **changes):
    """Run the command line in this process, for tests with many commands; see `xacle_eval`."""
    from xacle_eval.cli import run

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    code = 0
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment(**changes))
    try:
        with (
            contextlib.chdir(cwd),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            run(list(map(str, arguments)))
    except SystemExit as error:
        code = error.code
    finally:
        os.environ.clear()
        os.environ.update(before)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return Result(code, *texts)


def in_terminal(*arguments, columns=80, before="", **changes):
    """Run the command with stdout and stderr on a terminal; both are returned as ``out``."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
    import fcntl
    import struct
    import termios

    terminal, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        command(*arguments, before=before),
        stdin=child,
        stdout=child,
        stderr=child,
        cwd=DATA,
        env=environment(**changes),
    ) as process:
        os.close(child)
        parts = []
        while part := _read(terminal):
            parts.append(part)
    os.close(terminal)
    return Result(
        process.returncode, b"".join(parts).decode("utf-8", "replace").replace("\r\n", "\n"), ""
    )


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # on Linux, when the other end is closed
        return b""


def plain(text):
    """Return text without the codes of colours and cursors."""
    return _ANSI.sub("", text)

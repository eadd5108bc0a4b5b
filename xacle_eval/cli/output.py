"""Where results and everything else go: results to stdout or a file, all else to stderr.

A result is made whole before its first byte is written. A reader of our output that has gone
(``head``, ``less``) is no error: the rest is not written, and the exit code is what it would be.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

import click

from xacle_eval.errors import OutputError
from xacle_eval.files import write_text

if TYPE_CHECKING:
    from rich.console import Console

    from xacle_eval.references.model import References

__all__ = [
    "demo_banner",
    "emit",
    "note",
    "print_note",
    "print_result",
    "reference_notes",
    "say",
]


def emit(text: str, output: str | None) -> None:
    """Write a result to stdout, or whole to a file."""
    if output is not None:
        write_text(output, text)
    elif sys.stdout is None:
        raise OutputError("stdout is closed; name a file with --output")
    else:
        _write(text, sys.stdout)


def print_result(print_to: Callable[[Console], None], output: str | None) -> None:
    """Print to the terminal, or the same without colour to a file."""
    from xacle_eval.reports.formats.console import render

    text = render(print_to, output is None and _is_terminal(sys.stdout))
    emit(text if output is not None else _harmless(text), output)


def print_note(print_to: Callable[[Console], None]) -> None:
    """Print something on stderr that is no result."""
    from xacle_eval.reports.formats.console import render

    _write(_harmless(render(print_to, _is_terminal(sys.stderr))), sys.stderr)


def say(message: str) -> None:
    """Say a line on stderr."""
    _write(f"{_harmless(message)}\n", sys.stderr)


def _harmless(text: str) -> str:
    """Return text in which GitHub's runner reads no command, where it is what reads our output.

    It obeys ``::error …`` at the beginning of a line, and the older ``##[error]…`` anywhere in one;
    a file's name may hold either. Our own commands, those of ``--format github``, do not come
    through here.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    import re

    return re.sub(r"(?m)^(\s*)::", r"\1: :", text).replace("##[", "## [")


def note(message: str, quiet: bool) -> None:
    """Say a line on stderr, unless only results and errors are wanted."""
    if not quiet:
        say(message)


def _is_terminal(stream: IO[str] | None) -> bool:
    return stream is not None and stream.isatty()


def _write(text: str, stream: IO[str] | None) -> None:
    """Write to stdout or stderr; colour codes are in the text only where they are wanted."""
    if stream is None:
        return
    try:
        click.echo(text, file=stream, nl=False, color=True)
    except OSError as error:
        # Whatever is written from here on, by Python's own farewell too, goes nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        # Where stderr fails there is nobody left to tell.
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise OutputError(f"stdout cannot be written: {error.strerror or error}") from error


def demo_banner() -> None:
    """Say on stderr that the references are synthetic; --quiet does not silence it."""
    from xacle_eval.reports.formats.console import print_demo_banner

    print_note(print_demo_banner)


def reference_notes(references: References, quiet: bool) -> None:
    """Say what is noteworthy about the references: demo, warnings."""
    if references.summary.kind == "demo":
        demo_banner()
    if references.findings and not quiet:
        from xacle_eval.reports.formats.console import print_findings

        print_note(lambda out: print_findings(out, references.path, references.findings, indent=""))

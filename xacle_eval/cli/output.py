"""Output: results go to stdout or a file, everything else to stderr.

A result is complete before its first byte is written; one that is made in pieces is kept compressed
until then. If the reader of stdout closes it early (``head``, ``less``), writing stops and the exit
code does not change. Control and bidirectional characters are written as escapes here, even if a
message or a format left them in its text.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TYPE_CHECKING

import click
from click.core import ParameterSource

from xacle_eval.cli.progress import hide_bar
from xacle_eval.errors import InvalidSubmissionError, OutputError
from xacle_eval.io.outputs import write_text
from xacle_eval.text import LONGEST_MESSAGE, split_commands, usable_width, visible, visible_lines

if TYPE_CHECKING:
    from rich.console import Console

    from xacle_eval.results.breakdown import Breakdown
    from xacle_eval.submissions.findings import Finding

__all__ = [
    "default_challenge",
    "demo_banner",
    "discard",
    "emit",
    "note",
    "note_default_challenge",
    "note_few_pairs",
    "print_invalid",
    "print_lines",
    "print_note",
    "print_result",
    "say",
    "show_tracebacks",
]

# Characters of a long result that are written at once.
_BLOCK = 1 << 20


def emit(text: str | Iterable[str], output: str | None, keep: str = "\n") -> None:
    """Write a result to stdout, or atomically to a file; it may be made in pieces.

    The control characters in `keep`, such as the tabs of a table, are not escaped in a text.
    """
    if isinstance(text, str):
        _emit([visible_lines(text, keep)], output)
    else:
        _emit(_complete(map(visible_lines, text)), output)


def print_lines(text: str, wrap: bool = False) -> None:
    """Print lines for people to stdout; they may be indented by tabs and end with CRLF.

    With `wrap`, a terminal breaks them between words; without, they can be copied as they are.
    """
    lines = visible_lines(text.replace("\r\n", "\n"), keep="\n\t")
    lines = _wrap(lines, sys.stdout) if wrap else lines
    _emit([_without_commands(lines)], None)


def _complete(pieces: Iterable[str]) -> Iterator[str]:
    """Return the same text in blocks, after all pieces were made without an error."""
    import zlib

    # Compressed, the JSON of 100,000 files needs a few megabytes.
    kept = [zlib.compress(block.encode("utf-8", "surrogatepass"), 1) for block in _blocks(pieces)]
    return (zlib.decompress(block).decode("utf-8", "surrogatepass") for block in kept)


def _blocks(pieces: Iterable[str]) -> Iterator[str]:
    """Join short pieces into blocks."""
    block: list[str] = []
    length = 0
    for piece in pieces:
        block.append(piece)
        length += len(piece)
        if length >= _BLOCK:
            yield "".join(block)
            block, length = [], 0
    yield "".join(block)


def _emit(texts: Iterable[str], output: str | None) -> None:
    if output is not None:
        write_text(output, texts)
    elif sys.stdout is None:
        raise OutputError("stdout is closed; write to a file with --output")
    else:
        for text in texts:
            _write(text, sys.stdout)


def print_result(print_to: Callable[[Console], None], output: str | None) -> None:
    """Print to stdout, or without colour to a file."""
    from xacle_eval.reports.formats.console import render

    stream = sys.stdout if output is None else None
    text = render(print_to, _is_terminal(stream), output is None and _forces_colour())
    # A later step may show the file in its log.
    _emit([_without_commands(text)], output)


def print_note(print_to: Callable[[Console], None]) -> None:
    """Print something other than a result to stderr."""
    from xacle_eval.reports.formats.console import render

    text = render(print_to, _is_terminal(sys.stderr), _forces_colour())
    _write(_without_commands(text), sys.stderr)


def say(message: str, wrap: bool = True) -> None:
    """Print lines to stderr; a terminal breaks them between words, unless `wrap` is false."""
    text = visible_lines(message)
    text = _wrap(text, sys.stderr) if wrap else text
    _write(f"{_without_commands(text)}\n", sys.stderr)


def show_tracebacks() -> None:
    """Print the tracebacks of unexpected errors that are reported as findings (XAC120)."""
    import logging

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(self.format(record), wrap=False)

    logger = logging.getLogger("xacle_eval")
    logger.setLevel(logging.DEBUG)
    if not logger.handlers:
        logger.addHandler(Handler())


def _without_commands(text: str) -> str:
    """Return text without workflow commands, if GitHub Actions reads it.

    The commands of ``--format github`` are written without this function.
    """
    return split_commands(text) if os.environ.get("GITHUB_ACTIONS") == "true" else text


def note(message: str, quiet: bool) -> None:
    """Print a line to stderr, unless --quiet is given."""
    if not quiet:
        say(visible(message, LONGEST_MESSAGE))


def _wrap(text: str, stream: IO[str] | None) -> str:
    """Break lines between words where a terminal would break them within a word."""
    if not _is_terminal(stream):
        return text
    try:
        from rich.console import Console

        from xacle_eval.reports.formats.wrapping import wrap_lines

        return wrap_lines(text, usable_width(Console(file=stream).width))
    except (MemoryError, ImportError):
        return text  # the message may be about this


def note_few_pairs(found: Breakdown | None, format_: str, quiet: bool) -> None:
    """Warn about values with few pairs, in formats whose tables have no notes."""
    if found is None or format_ not in ("csv", "json"):
        return
    from xacle_eval.reports.views.breakdown import few_pairs_note

    text = few_pairs_note(found)
    if text:
        note(text.rstrip("."), quiet)


def _forces_colour() -> bool:
    """Return whether FORCE_COLOR asks for colours in a pipe; NO_COLOR is stronger."""
    asked = os.environ.get("FORCE_COLOR", "").casefold()
    return asked not in ("", "0", "false") and not os.environ.get("NO_COLOR")


def _is_terminal(stream: IO[str] | None) -> bool:
    return stream is not None and stream.isatty()


def _write(text: str, stream: IO[str] | None) -> None:
    """Write to stdout or stderr; the text has colour codes only if they are wanted."""
    if stream is None:
        return
    hide_bar()
    try:
        click.echo(text, file=stream, nl=False, color=True)
    except OSError as error:
        discard(stream)
        # If stderr fails, no message can be shown.
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise OutputError(f"cannot write to stdout: {error.strerror or error}") from error


def discard(stream: IO[str]) -> None:
    """Discard later output to a stream, also that of Python at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def default_challenge(
    findings: Iterable[Finding], known: int = 0, pairs: int | None = None
) -> str | None:
    """Return a note with the challenge in use, if --challenge is not given and does not fit.

    Parameters
    ----------
    findings : iterable of Finding
        The findings in a file: no column of it is known, or more ids are unknown than known.
    known : int
        The number of known ids.
    pairs : int, optional
        The number of pairs; if all are missing, no id is known.
    """
    context = click.get_current_context()
    if context.get_parameter_source("challenge") is not ParameterSource.DEFAULT:
        return None
    counts = {"XAC010": 1, "XAC011": 1, "XAC021": known + 1, "XAC024": pairs or sys.maxsize}
    if not any(found.count >= counts.get(found.code, sys.maxsize) for found in findings):
        return None
    name = context.params["challenge"]
    return f"note: checked against {name}, the default; pass --challenge for another challenge"


def note_default_challenge(
    files: Iterable[tuple[Iterable[Finding], int]], quiet: bool = False
) -> None:
    """Print the note of `default_challenge` for files with their findings and known ids, once."""
    text = next(filter(None, (default_challenge(*file) for file in files)), None)
    if text:
        note(text, quiet)


def print_invalid(error: InvalidSubmissionError) -> int:
    """Print why a submission is not scored, and return the exit code."""
    from xacle_eval.reports.formats.console import print_not_scored

    print_note(lambda out: print_not_scored(out, error.report))
    note_default_challenge([(error.report.findings, error.report.pairs)])
    return error.exit_code


def demo_banner() -> None:
    """Report on stderr that the references are synthetic."""
    from xacle_eval.reports.formats.console import print_demo_banner

    print_note(print_demo_banner)

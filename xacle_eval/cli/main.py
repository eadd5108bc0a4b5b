"""The entry point: find the command, and turn errors into messages and exit codes.

Exit codes: 0 ok, 1 invalid submission, 2 usage error, 3 internal error, 130 interrupted. A command
is imported when it is called; no command waits for the imports of another.
"""

from __future__ import annotations

import codecs
import errno
import gc
import os
import re
import sys
from importlib import import_module
from typing import IO, Any, cast

import click

from xacle_eval._version import __version__
from xacle_eval.cli.groups import COMMAND_GROUPS, write_commands
from xacle_eval.cli.interrupts import Interrupts
from xacle_eval.cli.options import Commands
from xacle_eval.cli.output import discard, say
from xacle_eval.cli.usage import usage_message
from xacle_eval.errors import XacleEvalError, is_interrupt, is_memory_error
from xacle_eval.io.memory import NUMPY_BYTES, has_address_space, is_limited
from xacle_eval.text import quote, visible

__all__ = ["execute", "main"]

_COMMANDS = [name for lines in COMMAND_GROUPS.values() for name in lines]
_WRITE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_EPILOG = (
    "Every option can be set by an environment variable: --references by XACLE_EVAL_REFERENCES, "
    "and so on. Exit codes: 0 ok, 1 invalid submission, 2 usage error, 3 internal error, "
    "130 interrupted."
)


class _Commands(Commands):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return _COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        return cast(click.Command, import_module(f"xacle_eval.cli.{cmd_name}").command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_commands(formatter)


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, message="xacle-eval %(version)s")
def main() -> None:
    """Validate, score and rank predictions of human ratings.

    \b
    Examples:
      xacle-eval validate submission.csv
      xacle-eval score submission.csv --references test_average.csv
      xacle-eval leaderboard submissions/ --by team
    """


def execute(arguments: list[str] | None, interrupts: Interrupts) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : list of str or None
        The command line; None for that of the process.
    interrupts : Interrupts
        Whether Ctrl-C arrived decides about exit code 130, whatever exception it became.
    """
    # Start-up creates many long-lived objects; collecting garbage takes time and frees nothing.
    gc.set_threshold(50_000, 20, 20)
    # Otherwise pydantic would search every installed package for plugins, which no command uses.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _write_utf8()
    _ignore_impossible_sizes()
    settings: dict[str, bool] = {}
    stdout = sys.stdout
    code: object = 0
    try:
        _check_memory_limit()
        code = main.main(
            args=arguments, prog_name="xacle-eval", standalone_mode=False, obj=settings
        )
    except SystemExit as error:
        # If the reader of the help text (head, less) closes the pipe, click replaces stdout and
        # exits with 1, although this is not an error.
        code = error.code if sys.stdout is stdout else 0
    except Exception as error:  # noqa: BLE001 -- no traceback reaches a user
        if is_interrupt(error):
            interrupts.received = True
        if not interrupts.received:
            code = _report_error(error, settings.get("debug", False))
    interrupts.hold()
    if interrupts.received:
        return interrupts.exit_code
    return code if isinstance(code, int) else 0


def _report_error(error: Exception, debug: bool) -> int:
    """Report an error on stderr and return the exit code for it."""
    if isinstance(error, click.ClickException):
        say(usage_message(error))
        return 2
    if debug:
        import traceback

        say("".join(traceback.format_exception(error)).rstrip("\n"), wrap=False)
    if isinstance(error, XacleEvalError):
        say("\n".join([f"error: {error}", *getattr(error, "__notes__", ())]))
        return error.exit_code
    reason = _system_reason(error)
    if reason is not None:
        say(f"error: {reason}")
        return 2
    say(f"internal error: {type(error).__name__}: {visible(str(error), 500)}")
    say("This is a bug in xacle-eval, not an error in your files. Please report it with the")
    say("output of the same command with --debug.")
    return 3


def _system_reason(error: Exception) -> str | None:
    """Return the reason of an error of memory or of a path; None for a bug."""
    if is_memory_error(error):
        return "not enough memory; use fewer resamples, fewer jobs or smaller files"
    if isinstance(error, OSError) and error.strerror:
        if error.filename is not None:
            return f"cannot use {quote(os.fsdecode(error.filename))}: {error.strerror}"
        if isinstance(error, FileNotFoundError | PermissionError):
            return "the current folder was deleted or cannot be read; change to another folder"
        if error.errno in _WRITE_ERRORS and sys.stdout is not None:
            # Only click writes to stdout itself: --help and --version.
            discard(sys.stdout)
            return f"cannot write to stdout: {error.strerror}"
    return None


# Replacements for characters that a terminal's encoding lacks.
_PLAIN_SIGNS = {"↑": "^", "↓": "v", "–": "-", "−": "-", "…": "...", "×": "x", "─": "-"}


def _plain_sign(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(_PLAIN_SIGNS.get(sign, "?") for sign in signs), error.end


def _check_memory_limit() -> None:
    """Raise MemoryError if the limit of this process is too low for numpy."""
    if is_limited():
        # Each additional thread reserves memory.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not has_address_space(NUMPY_BYTES):
        raise MemoryError


def _ignore_impossible_sizes() -> None:
    """Remove a size of the terminal from the environment if the libraries cannot use it."""
    for name in ("COLUMNS", "LINES"):
        if not re.fullmatch(r"[1-9][0-9]{0,3}", os.environ.get(name, "1")):
            del os.environ[name]


def _write_utf8() -> None:
    """Write UTF-8 to pipes and files in every locale; replace characters that a terminal lacks."""
    for stream in (sys.stdout, sys.stderr):
        if not hasattr(stream, "reconfigure"):
            continue
        texts = cast(IO[Any], stream)
        if texts.isatty():
            codecs.register_error("xacle_eval", _plain_sign)
            cast(Any, stream).reconfigure(errors="xacle_eval")
        else:
            cast(Any, stream).reconfigure(encoding="utf-8", errors="backslashreplace")

"""The command line: arguments to one call, one report, one exit code; one file per command."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["run"]


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code.

    The handler of Ctrl-C is set before anything large is imported, since importing takes most of
    the time of a small command.
    """
    from xacle_eval.cli.interrupts import Interrupts
    from xacle_eval.cli.silence import LibraryMessages, open_closed_streams

    interrupts, messages = Interrupts(), LibraryMessages()
    try:
        interrupts.catch()
        messages.hide()
        if arguments is None:
            open_closed_streams()
        from xacle_eval.cli.main import execute

        code = execute(arguments, interrupts)
    except BaseException:
        # An import can turn the interrupt into another error, such as RuntimeError.
        if not interrupts.received:
            raise
        code = interrupts.exit_code
    interrupts.hold()
    if arguments is not None:
        interrupts.release()
        messages.restore()
    from xacle_eval.cli.leaving import leave, report_interrupt

    if interrupts.received:
        report_interrupt(interrupts.word)
    leave(code, whole_process=arguments is None, interrupted=interrupts.received)

"""Usage errors in this program's own words, since click's messages differ between releases.

The classes keep what click's errors leave out: the refused value, the extra arguments and the
command. `usage_message` depends on the type of an error; click's text is only shown for an unknown
type.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from shutil import get_terminal_size
from typing import Any

import click
from click.core import ParameterSource

from xacle_eval.cli.effects import refuse_unused
from xacle_eval.cli.endings import follow_ending
from xacle_eval.cli.groups import Group, write_options
from xacle_eval.cli.progress import activity
from xacle_eval.errors import XacleEvalError
from xacle_eval.text import did_you_mean, listing, quote, usable_width, visible

__all__ = [
    "Command",
    "Context",
    "InvalidValue",
    "Option",
    "UnknownCommand",
    "usage_message",
]

# click uses 50 columns of text, and leaves two free.
_LEAST_COLUMNS = 52


class InvalidValue(click.BadParameter):
    """A value that a parameter does not accept."""

    def __init__(
        self, value: object, ctx: click.Context | None, param: click.Parameter | None
    ) -> None:
        super().__init__(f"invalid value {quote(str(value))}", ctx, param)
        self.value = value


class UnknownCommand(click.UsageError):
    """A name that is not a command of a group."""

    def __init__(self, name: str, known: list[str], ctx: click.Context) -> None:
        super().__init__(f"unknown command {quote(name)}", ctx)
        self.name = name
        self.known = known


class UnexpectedArguments(click.UsageError):
    """Arguments that a command does not accept."""

    def __init__(self, arguments: list[str], ctx: click.Context) -> None:
        super().__init__("unexpected arguments", ctx)
        self.arguments = arguments


class _Formatter(click.HelpFormatter):
    """Help in which options leave room for their texts in a narrow terminal."""

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        room = max(self.width - self.current_indent - col_spacing, 2)
        super().write_dl(list(rows), min(col_max, room * 3 // 5), col_spacing)


class Context(click.Context):
    """A context whose help fits its terminal; click assumes at least 50 columns."""

    formatter_class = _Formatter

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        measured = get_terminal_size().columns
        columns = usable_width(measured)
        if measured < _LEAST_COLUMNS and sys.stdout is not None and sys.stdout.isatty():
            # Of a terminal of 80 columns, click uses 78 too.
            self.terminal_width = columns if columns == measured else columns - 2


class Option(click.Option):
    """An option of a group of ``--help``, whose errors contain the refused value.

    Parameters
    ----------
    group : str
        The group of ``--help``; see `GROUPS`.
    rare : bool
        List the option after the others of its group.
    """

    def __init__(self, *args: Any, group: Group, rare: bool = False, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.group = group
        self.rare = rare

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        try:
            return super().type_cast_value(ctx, value)
        except InvalidValue:
            raise
        except click.BadParameter as error:
            raise InvalidValue(value, ctx, self) from error


class Command(click.Command):
    """A command whose errors contain the command and the extra arguments.

    ``instead`` may return the right call for extra arguments.
    """

    allow_extra_args = True
    context_class = Context
    instead: Callable[[click.Context, list[str]], str | None] | None = None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in their groups."""
        write_options(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            left = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if ctx.resilient_parsing:
            return left
        if left:
            raise UnexpectedArguments(left, ctx)
        for param in self.params:
            formats = getattr(param.type, "formats", None)
            if formats is not None:
                follow_ending(ctx, formats)
        refuse_unused(ctx)
        return left

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error about a value from the environment names its variable."""
        try:
            with activity(bool(ctx.params.get("quiet", True))):
                return super().invoke(ctx)
        except XacleEvalError as error:
            for line in _environment_notes(ctx, str(error)):
                error.add_note(line)
            raise


def _environment_notes(ctx: click.Context, message: str) -> list[str]:
    """Return a line for each value of a message that an environment variable set."""
    lines = []
    for param in ctx.command.params:
        if ctx.get_parameter_source(param.name or "") is not ParameterSource.ENVIRONMENT:
            continue
        values = os.environ.get(str(param.envvar), "").splitlines()
        name = _name(param)
        if _has_word(name, message) or any(_mentions(message, name, value) for value in values):
            lines.append(f"note: {name} is from {_variable(param)}")
    return lines


def _mentions(message: str, name: str, value: str) -> bool:
    """Return whether a message is about the value of an option; numbers occur by chance."""
    if quote(value) in message:
        return True
    number = value.replace(".", "", 1).isdecimal()
    about = not number or _has_word(name.removeprefix("--"), message)
    return about and _has_word(visible(value, 300), message)


def _has_word(word: str, message: str) -> bool:
    return bool(word) and bool(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", message))


def _variable(param: click.Parameter) -> str:
    """Return words with the environment variable of an option."""
    return f"the environment variable {param.envvar}"


def usage_message(error: click.ClickException) -> str:
    """Return the usage of the command and what is wrong with the call."""
    message = f"error: {_sentence(error)}"
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx is None:
        return message
    return f"{ctx.get_usage()}\nTry '{ctx.command_path} --help' for help.\n\n{message}"


def _sentence(error: click.ClickException) -> str:
    for kind, write in _SENTENCES.items():
        if isinstance(error, kind):
            text = write(error)
            if text is not None:
                return text
    return visible(error.format_message(), 500)


def _unknown_command(error: UnknownCommand) -> str:
    hint = did_you_mean(error.name, error.known, f"choose from {', '.join(error.known)}")
    return f"unknown command {quote(error.name)}; {hint}"


def _unexpected_arguments(error: UnexpectedArguments) -> str:
    noun = "argument" if len(error.arguments) == 1 else "arguments"
    message = f"unexpected {noun} {listing(map(quote, error.arguments))}"
    command = getattr(error.ctx.command if error.ctx else None, "instead", None)
    call = command(error.ctx, error.arguments) if command else None
    return f"{message}; use: {call}" if call else message


def _unknown_option(error: click.NoSuchOption) -> str:
    known = [name for param in _options(error.ctx) for name in param.opts]
    hint = did_you_mean(error.option_name, known)
    return f"unknown option {quote(error.option_name)}" + (f"; {hint}" if hint else "")


def _option_usage(error: click.BadOptionUsage) -> str | None:
    """Return the message for a flag with a value, or for an option without one."""
    for param in _options(error.ctx):
        if error.option_name in param.opts:
            needed = "does not take a value" if param.is_flag else "requires a value"
            return f"{error.option_name} {needed}"
    return None


def _missing_parameter(error: click.MissingParameter) -> str | None:
    if error.param is None:
        return None
    choices = _choices(error.param.type)
    hint = f"; choose from {', '.join(choices)}" if choices else ""
    name, example = _name(error.param), getattr(error.param.type, "example", None)
    hint = f", such as {name} {example}" if example else hint
    return f"missing {error.param.param_type_name} {name}{hint}"


def _invalid_value(error: InvalidValue) -> str | None:
    param = error.param
    if param is None:
        return None
    value = quote(str(error.value))
    expected = _describe_type(param.type)
    choices = _choices(param.type)
    if choices:
        hint = did_you_mean(str(error.value), choices, f"choose from {', '.join(choices)}")
        reason = f"unknown value {value}; {hint}"
    elif expected is not None:
        reason = f"expected {expected}, not {value}"
    else:
        return None
    source = ""
    if error.ctx is not None and param.name is not None:
        from_environment = error.ctx.get_parameter_source(param.name) == ParameterSource.ENVIRONMENT
        source = f" (from {_variable(param)})" if from_environment else ""
    return f"{_name(param)}{source}: {reason}"


def _describe_type(kind: Any) -> str | None:
    """Return a description of the values that a type of option accepts."""
    expected: str | None = getattr(kind, "expected", None)
    if expected is not None:
        return expected
    if isinstance(kind, click.IntRange):
        return f"an integer of at least {kind.min}"
    if isinstance(kind, click.types.IntParamType):
        return "an integer"
    if isinstance(kind, click.types.FloatParamType):
        return "a number"
    if isinstance(kind, click.Path):
        return "a path"
    return "true or false" if isinstance(kind, click.types.BoolParamType) else None


def _choices(kind: Any) -> list[str]:
    return list(map(str, kind.choices)) if isinstance(kind, click.Choice) else []


def _options(ctx: click.Context | None) -> list[click.Option]:
    params = [] if ctx is None else ctx.command.get_params(ctx)
    return [param for param in params if isinstance(param, click.Option)]


def _name(param: click.Parameter) -> str:
    """Return the name that users see: an option's long name, or an argument's name in the usage."""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.metavar or (param.name or "").upper()


# The first matching type decides.
_SENTENCES: dict[type[click.ClickException], Callable[[Any], str | None]] = {
    UnknownCommand: _unknown_command,
    UnexpectedArguments: _unexpected_arguments,
    click.NoSuchOption: _unknown_option,
    click.BadOptionUsage: _option_usage,
    click.MissingParameter: _missing_parameter,
    InvalidValue: _invalid_value,
}

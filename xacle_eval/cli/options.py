"""Options that commands share, each readable from the environment as XACLE_EVAL_NAME."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xacle_eval.cli.candidates import (
    complete_column,
    complete_part,
    complete_references,
    complete_split,
    complete_split_file,
)
from xacle_eval.cli.groups import Group
from xacle_eval.cli.output import say, show_tracebacks
from xacle_eval.cli.silence import show_warnings
from xacle_eval.cli.usage import Command, Context, InvalidValue, Option, UnknownCommand
from xacle_eval.errors import UsageError
from xacle_eval.io import overwriting

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from xacle_eval.challenge.model import Challenge
    from xacle_eval.reports.formats.registry import Format

    _Choice = click.Choice[str]
else:
    _Choice = click.Choice

__all__ = [
    "ChallengeName",
    "Choices",
    "Commands",
    "Lines",
    "any_path",
    "argument_path",
    "by_column_option",
    "challenge_option",
    "challenge_options",
    "common_options",
    "debug_enabled",
    "follow_links_option",
    "force_folder_option",
    "force_option",
    "format_choice",
    "format_option",
    "keep_excluded_option",
    "open_challenge",
    "option",
    "part_option",
    "references_by_split",
    "references_of_option",
    "references_of_phases_option",
    "references_option",
    "refuse_existing",
    "refuse_overwriting",
    "split_option",
]

F = TypeVar("F", bound=Callable[..., Any])


class Choices(_Choice):
    """A choice of words; the error for another word suggests the nearest one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            raise InvalidValue(value, ctx, param) from error


class FormatChoices(Choices):
    """The choice of a format, which the ending of --output can make too."""

    def __init__(self, formats: Mapping[str, Format]) -> None:
        super().__init__(tuple(formats))
        self.formats = formats


class Lines(click.types.StringParamType):
    """Text; an environment variable has one value per line, since names may contain blanks."""

    envvar_list_splitter = "\n"


class Commands(click.Group):
    """A group that suggests the nearest command, and shows its help if none is given."""

    command_class = Command
    context_class = Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            # Older releases of click print the help on stdout and exit with 0.
            say(ctx.get_help(), wrap=False)
            ctx.exit(2)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not ctx.resilient_parsing:
            raise UnknownCommand(args[0], known, ctx)
        return super().resolve_command(ctx, args)


class AnyPath(click.Path):
    """A path; shells complete file names, the library checks whether the file can be read.

    Empty text is refused: it comes from an unset variable of a shell, and would be the current
    folder.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            raise InvalidValue(value, ctx, param)
        return super().convert(value, param, ctx)


any_path = AnyPath(readable=False)


class ChallengeName(AnyPath):
    """The name of a bundled challenge, or a file; shells complete both."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from xacle_eval.challenge.loading import bundled_challenges

        names = [
            CompletionItem(name) for name in bundled_challenges() if name.startswith(incomplete)
        ]
        return names or super().shell_complete(ctx, param, incomplete)


def option(*names: str, group: Group, **settings: Any) -> Callable[[F], F]:
    """Return a click option of a group of --help, which an environment variable can set too."""
    long = next(name for name in names if name.startswith("--"))
    variable = "XACLE_EVAL_" + long.removeprefix("--").partition("/")[0].replace("-", "_").upper()
    return click.option(*names, cls=Option, group=group, envvar=variable, **settings)


def seed_option(what: str) -> Callable[[F], F]:
    """Return --seed; `what` says of what it is the seed."""
    return option(
        "--seed",
        group="Uncertainty",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        metavar="S",
        help=f"Set the seed of {what}; the same seed gives the same output.",
    )


def common_options(command: F) -> F:
    """Add --quiet and --debug."""

    def remember(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:
        # For `run`, which has no context when an error reaches it.
        ctx.ensure_object(dict)["debug"] = value
        if value:
            show_tracebacks()
            show_warnings()
        return value

    debug = option(
        "--debug",
        group="Execution",
        rare=True,
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=remember,
        help="Show the traceback of an error, and which kernels are used, on stderr.",
    )
    quiet = option(
        "-q",
        "--quiet",
        group="Execution",
        is_flag=True,
        help="Show only results and errors: no progress, no notes.",
    )
    return quiet(debug(command))


def debug_enabled() -> bool:
    """Return whether the running command has --debug."""
    return bool(click.get_current_context().ensure_object(dict).get("debug"))


def challenge_options(command: F) -> F:
    """Add --challenge and --split."""
    return challenge_option(split_option(command))


def split_option(command: F) -> F:
    """Add --split."""
    return option(
        "--split",
        group="Input",
        metavar="NAME",
        shell_complete=complete_split,
        help="Use this split. [default: the challenge's default split]",
    )(command)


def keep_excluded_option(command: F) -> F:
    """Add --keep-excluded."""
    return option(
        "--keep-excluded",
        group="Input",
        rare=True,
        is_flag=True,
        help="Keep the rows that the challenge file excludes.",
    )(command)


def part_option(command: F) -> F:
    """Add --part."""
    return option(
        "--part",
        group="Input",
        metavar="NAME",
        shell_complete=complete_part,
        help="Use this part of the split only, such as public. [default: all; with a ledger, the "
        "part of the phase]",
    )(command)


def by_column_option(command: F) -> F:
    """Add --by-column."""
    return option(
        "--by-column",
        group="Output",
        type=Lines(),
        metavar="COLUMN",
        shell_complete=complete_column,
        help="Also show the metrics for each value of this column of the challenge's pairs file.",
    )(command)


def challenge_option(command: F) -> F:
    """Add --challenge and --allow-code."""
    return option(
        "-c",
        "--challenge",
        group="Input",
        type=ChallengeName(readable=False),
        metavar="NAME|FILE",
        default="xacle2026",
        show_default=True,
        help="Use this bundled challenge or challenge file.",
    )(code_option(command))


def code_option(command: F) -> F:
    """Add --allow-code, which `code_allowed` returns."""
    return option(
        "--allow-code",
        group="Input",
        rare=True,
        is_flag=True,
        expose_value=False,
        callback=_remember_code,
        help="Import the metrics that the challenge file names as module:metric; this runs code "
        "that the file chooses.",
    )(command)


_CODE = "xacle_eval.allow_code"


def _remember_code(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.meta[_CODE] = value


def open_challenge(challenge: str, split: str | None = None, part: str | None = None) -> Challenge:
    """Load the challenge of a command; own metrics are imported only with --allow-code."""
    from xacle_eval.challenge.loading import load_challenge

    return load_challenge(challenge, split, part=part, allow_code=code_allowed())


def code_allowed() -> bool:
    """Return whether the running command has --allow-code."""
    return bool(click.get_current_context().meta.get(_CODE))


def force_option(command: F) -> F:
    """Add --force, for files that a person may have edited."""
    return _force("Overwrite a file that exists.")(command)


def force_folder_option(command: F) -> F:
    """Add --force, for the files of a folder that is written again."""
    return _force("Also replace files in OUT/ that were changed since they were written.")(command)


def _force(text: str) -> Callable[[F], F]:
    return option("--force", group="Output", rare=True, is_flag=True, help=text)


def refuse_existing(files: Iterable[str | None], force: bool) -> None:
    """Refuse to overwrite files that a person may have edited, unless --force is given."""
    overwriting.refuse_existing(files, force, "pass --force to overwrite it")


def references_option(command: F) -> F:
    """Add --references."""
    return option(
        "-r",
        "--references",
        group="Input",
        type=Lines(),
        multiple=True,
        metavar="[TARGET=]FILE",
        shell_complete=complete_references,
        help="Read the references from this file: averages or per-listener ratings, detected "
        "from its columns. Give both to compare them. With several targets, give one file, or one "
        "for each. [default: those that the challenge file names]",
    )(command)


def references_of_option(command: F) -> F:
    """Add --references-of, for the claims of system descriptions."""
    return _references_of(
        "Read references of another split, to check the results that system descriptions claim."
    )(command)


def references_of_phases_option(command: F) -> F:
    """Add --references-of, for phases that score other splits than --references has."""
    return _references_of("Read the references of another split that a phase scores.")(command)


def _references_of(text: str) -> Callable[[F], F]:
    return option(
        "--references-of",
        group="Input",
        rare=True,
        type=Lines(),
        multiple=True,
        metavar="SPLIT=FILE",
        shell_complete=complete_split_file,
        help=text,
    )


def follow_links_option(command: F) -> F:
    """Add --follow-links."""
    return option(
        "--follow-links",
        group="Input",
        rare=True,
        is_flag=True,
        help="Follow symbolic links in folders if they lead to a place inside that folder.",
    )(command)


def references_by_split(given: tuple[str, ...]) -> dict[str, str]:
    """Return the values of --references-of as a mapping of split to file.

    Raises
    ------
    UsageError
        If a value is not SPLIT=FILE, or two values have the same split.
    """
    files: dict[str, str] = {}
    for text in given:
        split, mark, file = text.partition("=")
        if not mark or not split or not file:
            raise UsageError(
                f"--references-of {text}: expected SPLIT=FILE, "
                "such as validation=validation_average.csv"
            )
        if split in files:
            raise UsageError(f"--references-of {text}: duplicate split {split}")
        files[split] = file
    return files


def refuse_overwriting(targets: Mapping[str, str | None], inputs: Mapping[str | None, str]) -> None:
    """Refuse to write two results to one file, a result over an input, or through its links.

    Parameters
    ----------
    targets : mapping of option to path or None
        The files to write, by option.
    inputs : mapping of path or None to a description
        The inputs; a folder includes its files. The file of --challenge is always an input.

    Raises
    ------
    UsageError
        If a target is an input, or another target, or if a link in an input folder leads to it.
    """
    challenge = click.get_current_context().params.get("challenge")
    overwriting.refuse_overwriting(targets, inputs, challenge)


def format_option(formats: Mapping[str, Format]) -> Callable[[F], F]:
    """Add --format with the names of `formats`, the first being the default, and --output.

    Without --format, the ending of --output decides; see `follow_ending`.
    """

    def add(command: F) -> F:
        output = option(
            "-o",
            "--output",
            group="Output",
            type=any_path,
            metavar="FILE",
            help="Write the result to FILE, atomically. [default: stdout]",
        )
        return format_choice(formats, "by the ending of --output, else ")(output(command))

    return add


def format_choice(formats: Mapping[str, Format], default: str = "") -> Callable[[F], F]:
    """Add --format alone; `default` is what its help says before the first format."""
    first = next(iter(formats))
    return option(
        "-f",
        "--format",
        "format_",
        group="Output",
        type=FormatChoices(formats),
        default=first,
        help=f"Write the result in this format. [default: {default}{first}]",
    )


def argument_path(name: str, *, many: bool = False, metavar: str) -> Callable[[F], F]:
    """Add a path argument; the library checks whether the path exists."""
    return click.argument(
        name, type=any_path, nargs=-1 if many else 1, required=True, metavar=metavar
    )

"""The reference of the command line, written from the click commands themselves.

The line ``<!-- commands -->`` of a page becomes one section per command: its description, usage,
examples, and its options in the groups of ``--help``, each with its choices, default and
environment variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import click
from sphinx.application import Sphinx

from xacle_eval.cli.groups import GROUPS
from xacle_eval.cli.main import main

_MARK = "<!-- commands -->"
_DEFAULT = re.compile(r"\s*\[(default[^:\]]*): ([^\]]*)\]\s*$")
# Names of options and of variables, metavars and file names in running text.
_CODE = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*|[A-Z][A-Z_]{2,}_[A-Z_]+|XAC\d{3})(?![\w])")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>$#|])")


def _plain(text: str) -> str:
    """Return text in Markdown, with options as code and codes of rules as links."""
    parts = _CODE.split(text)
    for place, part in enumerate(parts):
        if place % 2 == 0:
            parts[place] = _MARKUP.sub(r"\\\1", part)
        elif part.startswith("XAC") and part[3:].isdigit():
            parts[place] = f"[{part}](../rules.md#{part.lower()})"
        else:
            parts[place] = f"`{part}`"
    return "".join(parts)


def _description(command: click.Command) -> Iterator[str]:
    """Write the help of a command: its paragraphs, and its examples as a block."""
    for paragraph in cleandoc(command.help or "").split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line != "\b"]
        if lines and lines[0] == "Examples:":
            yield from ("Examples:", "", "```console")
            yield from (f"$ {line.strip()}" for line in lines[1:])
            yield from ("```", "")
        else:
            yield from (_plain(" ".join(lines)), "")


def _facts(param: click.Option, default: tuple[str, str] | None) -> Iterator[str]:
    """Write what a value may be, what it is without the option, and the environment variable."""
    if isinstance(param.type, click.Choice):
        yield "choices: " + ", ".join(f"`{choice}`" for choice in param.type.choices)
    if isinstance(param.type, click.IntRange):
        least, most = param.type.min, param.type.max
        words = (
            f"at least {least}" if least is not None else "",
            f"at most {most}" if most else "",
        )
        yield "an integer, " + ", ".join(filter(None, words))
    if param.multiple:
        yield "may be repeated"
    if default is not None:
        yield f"{default[0]}: {_plain(default[1])}"
    elif param.show_default and param.default is not None and not param.is_flag:
        yield f"default: `{param.default}`"
    if param.envvar:
        yield f"environment: `{param.envvar}`"


def _option(param: click.Option, ctx: click.Context) -> Iterator[str]:
    metavar = "" if param.is_flag else " " + param.make_metavar(ctx)
    names = ", ".join(sorted(param.opts, key=len))
    if param.secondary_opts:
        names += " / " + ", ".join(param.secondary_opts)
    text = " ".join((param.help or "").split())
    found = _DEFAULT.search(text)
    default = (found[1], found[2]) if found else None
    facts = "; ".join(_facts(param, default))
    yield from ("````{option} " + names + metavar, _plain(_DEFAULT.sub("", text)), "")
    if facts:
        yield from (f"<small>{facts}</small>", "")
    yield from ("````", "")


def _options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    groups: dict[str, list[click.Option]] = {}
    for param in command.get_params(ctx):
        # click adds --help to every command.
        if isinstance(param, click.Option) and not param.hidden and param.name != "help":
            groups.setdefault(getattr(param, "group", GROUPS[-1]), []).append(param)
    for title in filter(groups.__contains__, GROUPS):
        params = groups[title]
        yield from ("```{rubric} " + title, "```", "")
        for param in sorted(params, key=lambda each: getattr(each, "rare", False)):
            yield from _option(param, ctx)


def _section(path: str, command: click.Command, above: click.Context) -> Iterator[str]:
    ctx = click.Context(command, info_name=path, parent=None, obj=above.obj)
    level = "#" * len(path.split())
    title = path.removeprefix("xacle-eval ")
    yield from (f"({title.replace(' ', '-')})=", f"{level} {title}", "")
    yield from _description(command)
    yield from ("```text", ctx.get_usage().removeprefix("Usage: "), "```", "")
    yield from ("```{program} " + path, "```", "")
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            if below is not None and not below.hidden:
                yield from _section(f"{path} {name}", below, ctx)
    else:
        yield from _options(command, ctx)


def commands_markdown() -> str:
    """Return the sections of all commands, in the order of ``--help``."""
    ctx = click.Context(main, info_name="xacle-eval")
    lines: list[str] = []
    for name in main.list_commands(ctx):
        command = main.get_command(ctx, name)
        if command is not None:
            lines += _section(f"xacle-eval {name}", command, ctx)
    return "\n".join(lines)


def _fill(_app: Sphinx, _name: str, source: list[str]) -> None:
    if _MARK in source[0]:
        source[0] = source[0].replace(_MARK, commands_markdown())


def setup(app: Sphinx) -> dict[str, Any]:
    """Fill the pages with the mark."""
    app.connect("source-read", _fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

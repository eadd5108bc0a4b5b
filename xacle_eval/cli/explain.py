"""``xacle-eval explain``: what a rule means, with an example."""

from __future__ import annotations

import re
import textwrap

import click

from xacle_eval.cli.output import print_lines
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.submissions.examples import EXAMPLES
from xacle_eval.submissions.rules import RULES, Rule
from xacle_eval.text import did_you_mean, quote

__all__ = ["command"]

_WIDTH = 80


@click.command("explain", cls=Command)
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
def command(codes: tuple[str, ...]) -> int:
    """Explain a rule: its meaning, an example, and how to fix a file that breaks it.

    CODE is the code of a finding, such as XAC024, or the name of its rule, such as id-missing.

    \b
    Examples:
      xacle-eval explain XAC024
      xacle-eval explain XAC006 XAC146
    """
    rules = [_find(code) for code in codes]
    print_lines("\n".join(map(_explain, rules)), wrap=True)
    return 0


def _find(written: str) -> Rule:
    """Return the rule with a code, a number or a name; suggest a near one."""
    text = written.strip()
    number = text.removeprefix("XAC") if text.isdecimal() else text.upper()
    code = f"XAC{number.zfill(3)}" if number.isdecimal() else number
    named = {rule.name: rule for rule in RULES.values()}
    found = RULES.get(code) or named.get(text.casefold())
    if found is None:
        codes = f"there are codes from {min(RULES)} to {max(RULES)}; docs/rules.md lists them"
        # A code that does not exist resembles many others by chance.
        known = () if re.fullmatch("XAC[0-9]{3}", code) else (*RULES, *named)
        hint = did_you_mean(code if code.startswith("XAC") else text, known, codes)
        raise UsageError(f"unknown code {quote(written)}; {hint}")
    return found


def _explain(rule: Rule) -> str:
    example = textwrap.indent(EXAMPLES.get(rule.code, ""), "    ")
    parts = [
        f"{rule.code} {rule.title} ({rule.severity}, {rule.name})",
        textwrap.fill(rule.about, _WIDTH, initial_indent="  ", subsequent_indent="  "),
        f"  Example:\n{example}",
        textwrap.fill(f"Fix: {rule.hint}", _WIDTH, initial_indent="  ", subsequent_indent="  "),
    ]
    return "\n".join(parts) + "\n"

"""``xacle-eval explain``: what a rule means, with an example."""

from __future__ import annotations

import re
import textwrap
from bisect import bisect

import click

from xacle_eval.cli.candidates import complete_code
from xacle_eval.cli.output import print_lines
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.hosting.lint.codes import CODES
from xacle_eval.submissions.examples import EXAMPLES
from xacle_eval.submissions.rules import RULES, Rule
from xacle_eval.text import alternatives, nearest, quote

__all__ = ["command"]

_WIDTH = 80


@click.command("explain", cls=Command)
@click.argument("codes", nargs=-1, required=True, metavar="CODE...", shell_complete=complete_code)
def command(codes: tuple[str, ...]) -> int:
    """Explain a rule: its meaning, an example, and how to fix a file that breaks it.

    CODE is the code of a finding, such as XAC024 or 24, or the name of its rule, such as
    id-missing. For an unknown code or other words, the nearest rules are suggested. Codes of
    bundles, such as CB002, are explained too.

    \b
    Examples:
      xacle-eval explain XAC024
      xacle-eval explain XAC006 XAC146
      xacle-eval explain CB002
    """
    rules = [_find(code) for code in codes]
    print_lines("\n".join(map(_explain, rules)), wrap=True)
    return 0


def _find(written: str) -> Rule:
    """Return the rule with a code, a number or a name; suggest the nearest ones."""
    text = written.strip()
    number = text.upper().removeprefix("XAC").lstrip("0")
    digits = number.isascii() and number.isdecimal()
    code = f"XAC{number.zfill(3)}" if digits else text.upper()
    found = RULES.get(code) or CODES.get(code) or _NAMED.get(text.casefold())
    if found is None:
        if _BUNDLE_CODE.fullmatch(code):
            raise UsageError(f"unknown code {quote(written)}; {_BUNDLE_PAGE} lists the codes")
        near = _nearest_codes(code) if digits else _nearest_rules(text)
        listed = f"docs/rules.md lists the codes from {min(RULES)} to {max(RULES)}"
        named = alternatives(f"{rule.code} ({rule.name})" for rule in near) if near else ""
        hint = f"did you mean {named}?" if near else listed
        raise UsageError(f"unknown code {quote(written)}; {hint}")
    return found


_NAMED = {rule.name: rule for rule in (*CODES.values(), *RULES.values())}
_BUNDLE_CODE = re.compile("(BU|CB|EV)[0-9]*")
_BUNDLE_PAGE = "docs/bundle-codes.md"
_MOST_NEAR = 3
# How similar a name must be that is preferred to common words.
_ALMOST = 0.9


def _nearest_codes(code: str) -> list[Rule]:
    """Return the rules before and after a code that does not exist."""
    codes = sorted(RULES)
    after = bisect(codes, code) if len(code) == len(codes[0]) else len(codes)
    return [RULES[code] for code in codes[max(after - 1, 0) : after + 1]]


def _nearest_rules(text: str) -> list[Rule]:
    """Return the rule with nearly the same name, or those with the most words of a text."""
    known = {each.casefold(): rule for rule in RULES.values() for each in (rule.code, rule.name)}
    near = nearest(text.casefold(), known, _ALMOST)
    if near is not None:
        return [known[near]]
    words = {word for word in re.split(r"[^a-z0-9]+", text.casefold()) if word not in _SMALL_WORDS}
    shared = {rule.code: _matches(words, rule) for rule in RULES.values()}
    most = max(shared.values())
    if most:
        best = [rule for rule in RULES.values() if shared[rule.code] == most]
        return sorted(best, key=lambda rule: len(rule.name))[:_MOST_NEAR]
    near = nearest(text.casefold(), known)
    return [known[near]] if near is not None else []


_SMALL_WORDS = frozenset(("", "a", "an", "the", "of", "is", "are", "not", "too", "to", "in", "and"))


def _matches(words: set[str], rule: Rule) -> int:
    """Return how many words occur in a rule's name or title, in the singular or the plural."""
    own = {
        word.removesuffix("s")
        for word in re.split(r"[^a-z0-9]+", f"{rule.name} {rule.title}".casefold())
    }
    return sum(word.removesuffix("s") in own for word in words)


def _explain(rule: Rule) -> str:
    example = textwrap.indent(EXAMPLES.get(rule.code, ""), "    ")
    page = "docs/rules.md" if rule.code in RULES else _BUNDLE_PAGE
    parts = [
        f"{rule.code} {rule.title} ({rule.severity}, {rule.name})",
        textwrap.fill(rule.about, _WIDTH, initial_indent="  ", subsequent_indent="  "),
        *([f"  Example:\n{example}"] if example else []),
        textwrap.fill(f"Fix: {rule.hint}", _WIDTH, initial_indent="  ", subsequent_indent="  "),
        f"  Documentation: {page}#{rule.code.lower()}",
    ]
    return "\n".join(parts) + "\n"

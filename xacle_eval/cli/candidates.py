"""Completion of names in a challenge: its splits, parts, targets, metrics and columns.

The challenge is the one on the same line. A challenge that cannot be read has no names to offer:
a shell shows nothing, and never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from xacle_eval.challenge.model import Challenge

__all__ = [
    "complete_code",
    "complete_column",
    "complete_file",
    "complete_metric",
    "complete_part",
    "complete_phase",
    "complete_references",
    "complete_screenings",
    "complete_split",
    "complete_split_file",
    "complete_target",
]

_Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _from_challenge(names: Callable[[Challenge], Iterable[str]]) -> _Complete:
    """Return a completion by the names that a function finds in the challenge of the line."""

    def complete(
        ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            found = list(names(_challenge(ctx)))
        except Exception:  # noqa: BLE001 -- a shell can show no error while it completes
            found = []
        return _items(found, incomplete)

    return complete


def _challenge(ctx: click.Context) -> Challenge:
    from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge

    challenge = load_challenge(ctx.params.get("challenge") or DEFAULT_CHALLENGE)
    split = ctx.params.get("split")
    return challenge.with_split(split) if split in challenge.splits else challenge


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    # A line is one name for the shells.
    return [
        CompletionItem(name) for name in names if name.startswith(incomplete) and name.isprintable()
    ]


def _file(incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


complete_split = _from_challenge(lambda challenge: challenge.splits)
complete_part = _from_challenge(lambda challenge: [*challenge.splits[challenge.split].parts, "all"])
complete_phase = _from_challenge(lambda challenge: challenge.phases or challenge.splits)
complete_target = _from_challenge(lambda challenge: challenge.targets)
complete_metric = _from_challenge(lambda challenge: challenge.metrics)


@_from_challenge
def complete_column(challenge: Challenge) -> Iterable[str]:
    """Complete a column of the pairs file of the challenge."""
    table = challenge.pairs
    return () if table is None else table.columns


def complete_screenings(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the last name of a list with commas, by the methods that it does not have yet."""
    from xacle_eval.listeners import SCREENING_METHODS

    before, comma, last = incomplete.rpartition(",")
    given = before.split(",") if comma else []
    names = [name for name in SCREENING_METHODS if name not in given]
    if not comma:
        names.append("all")
    found = _items(names, last)
    for item in found:
        item.value = f"{before}{comma}{item.value}"
    return found


def complete_file(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a file, for options whose values can also be something else."""
    return _file(incomplete)


def complete_references(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a file, or ``TARGET=`` if the challenge has targets."""
    return _with_file(complete_target, ctx, param, incomplete)


def complete_split_file(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete ``SPLIT=FILE``."""
    return _with_file(complete_split, ctx, param, incomplete)


def _with_file(
    complete: _Complete, ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    names = [] if "=" in incomplete else complete(ctx, param, incomplete)
    if not names or not incomplete:
        return _file(incomplete)
    for item in names:
        item.value += "="
    return names


def complete_code(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the code or the name of a rule."""
    from xacle_eval.hosting.lint.codes import CODES
    from xacle_eval.submissions.rules import RULES

    rules = {**RULES, **CODES}
    names = {rule.name for rule in rules.values()}
    return _items(rules, incomplete.upper()) or _items(sorted(names), incomplete)

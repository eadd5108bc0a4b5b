"""Labels: names of copies, and labels in which no team is found.

A file that a browser named ``Kumo_01 (1).csv`` would otherwise silently be a new team.
"""

from __future__ import annotations

from collections.abc import Iterable

from xacle_eval.challenge.copies import original_of
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.findings import Finding, Severity
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, quote

__all__ = ["LABEL_CODES", "label_findings", "labels_of_board", "package_name_findings"]

LABEL_CODES = frozenset({rule("copied-name").code, rule("label-without-team").code})
"""The codes of findings about labels, which a leaderboard reports once for all systems."""
_LONGEST = 80
_SHOWN = 5


def label_findings(
    label: str, folder: str | None, challenge: Challenge, *, alone: bool, team: str | None = None
) -> list[Finding]:
    """Return the finding about a system's label, if there is one.

    Parameters
    ----------
    label : str
        The name of the file without its extension.
    folder : str or None
        The folder that names the team, if any.
    challenge : Challenge
        Its ``label_pattern`` applies. A label without a team is reported only if the challenge
        file sets the pattern.
    alone : bool
        Whether it is a single file, for which the team does not matter yet: an info.
    team : str, optional
        The team that something else names, such as the package.
    """
    if folder is not None and (original := original_of(folder)):
        message = (
            f"the folder {quote(folder, _LONGEST)} looks like a copy of "
            f"{quote(original, _LONGEST)}; it counts as a team of its own"
        )
        hint = "Move its files to the folder of the team, or rename it."
        return [rule("copied-name").finding(message, hint=hint)]
    rules = challenge.submissions
    if rules.names_team(label):
        return []
    if original := original_of(label):
        return [_copy(label, original, folder or rules.team_of(label))]
    if folder is not None or "label_pattern" not in rules.model_fields_set:
        return []
    whose = "it counts as a team of its own" if team is None else f"the team is {quote(team, 60)}"
    message = f"the label {quote(label, _LONGEST)} names no team; {whose}"
    severity: Severity | None = "info" if alone else None
    return [rule("label-without-team").finding(message, severity=severity)]


def _copy(label: str, original: str, team: str) -> Finding:
    message = (
        f"the name {quote(label, _LONGEST)} looks like a copy of {quote(original, _LONGEST)}; "
        f"it is another system of the team {quote(team, 60)}"
    )
    hint = (
        f"If it replaces {quote(original, _LONGEST)}, remove the old file and rename this one; "
        "if it is another system, rename it with a number of its own; otherwise remove it."
    )
    return rule("copied-name").finding(message, hint=hint)


def package_name_findings(name: str) -> list[Finding]:
    """Return the finding about the name of a package, without its extension, if it is a copy."""
    original = original_of(name)
    if original is None:
        return []
    message = (
        f"the package {quote(name, _LONGEST)} looks like a copy of {quote(original, _LONGEST)}"
    )
    hint = "Send only one of the packages, under its own name."
    return [rule("copied-name").finding(message, hint=hint)]


def labels_of_board(
    systems: Iterable[tuple[str, str]], packages: Iterable[str], challenge: Challenge
) -> list[Finding]:
    """Return findings about the labels of a leaderboard, one for each rule.

    Parameters
    ----------
    systems : iterable of (str, str)
        The team and the label of each system.
    packages : iterable of str
        The names of packages without their extension.
    challenge : Challenge
        Without ``label_pattern`` in its file, labels without a team are reported only if other
        labels name one: otherwise every label is a team.
    """
    rules = challenge.submissions
    pairs = list(dict.fromkeys(systems))
    folders = [team for team, label in pairs if team != rules.team_of(label)]
    plain = [(team, label) for team, label in pairs if not rules.names_team(label)]
    names = [label for _, label in plain if original_of(label)]
    copies = list(dict.fromkeys(filter(original_of, [*names, *folders, *packages])))
    findings = []
    if copies:
        shown = listing((quote(name, _LONGEST) for name in copies), _SHOWN)
        one = len(copies) == 1
        message = f"{'a name looks' if one else f'{len(copies):,} names look'} like a copy: {shown}"
        findings.append(rule("copied-name").finding(message, count=len(copies)))
    unnamed = [
        label for team, label in plain if team == label == rules.team_of(label)
        and not original_of(label)
    ]  # fmt: skip
    expected = "label_pattern" in rules.model_fields_set or len(plain) < len(pairs)
    if unnamed and expected:
        shown = listing((quote(label, _LONGEST) for label in unnamed), _SHOWN)
        noun = count(len(unnamed), "label")
        verb = "names no team and counts" if len(unnamed) == 1 else "name no team and count"
        whose = "a team of its own" if len(unnamed) == 1 else "teams of their own"
        message = f"{noun} {verb} as {whose}: {shown}"
        findings.append(rule("label-without-team").finding(message, count=len(unnamed)))
    return findings

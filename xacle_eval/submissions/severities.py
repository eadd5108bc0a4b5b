"""The severities of a challenge: findings as its file wants them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule

__all__ = ["adjust", "adjust_references"]

_Found = TypeVar("_Found", bound=Finding)

_OF_REFERENCES = ("rating-repeated", "text-differs", "surplus-pairs", "listener-variants")


def adjust(findings: Iterable[_Found], challenge: Challenge) -> tuple[_Found, ...]:
    """Return findings with the severities of a challenge, without those it ignores.

    Parameters
    ----------
    findings : iterable of Finding
        With the toolkit's severities. An error stays one: some rules, such as XAC061 in a package,
        are warnings in one place and errors in another.
    challenge : Challenge
        Its ``rules`` change severities.

    Returns
    -------
    tuple of Finding
        In the same order.
    """
    changes = challenge.rules
    if not changes:
        return tuple(findings)
    adjusted = []
    for finding in findings:
        severity = changes.get(finding.code, finding.severity)
        if finding.severity in ("error", severity):
            adjusted.append(finding)
        elif severity != "ignore":
            adjusted.append(finding.model_copy(update={"severity": severity}))
    return tuple(adjusted)


def adjust_references(findings: Iterable[Finding], challenge: Challenge) -> tuple[Finding, ...]:
    """Return findings about references with the challenge's severities.

    Only those of the rules for references change. A rule for submissions, such as XAC025, can also
    be broken by references; its severity is about submissions.
    """
    codes = {rule(name).code for name in _OF_REFERENCES}
    return tuple(
        found
        for finding in findings
        for found in (adjust([finding], challenge) if finding.code in codes else (finding,))
    )

"""The model of a rule, which makes the findings about a file that breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xacle_eval.submissions.findings import SHOWN_LINES, Finding, Severity

__all__ = ["Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: ``name`` identifies it, ``about`` explains it, ``hint`` describes how to fix it."""

    code: str
    name: str
    severity: Severity
    title: str
    about: str
    hint: str

    def finding(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        count: int = 1,
        lines: Sequence[int] = (),
        hint: str | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding of this rule; ``hint`` and ``severity`` override those of the rule."""
        return Finding(
            code=self.code,
            severity=severity or self.severity,
            title=self.title,
            message=message,
            file=file,
            line=line if line is not None or not lines else lines[0],
            column=column,
            count=count,
            lines=tuple(lines[:SHOWN_LINES]) or ((line,) if line is not None else ()),
            hint=self.hint if hint is None else hint,
        )

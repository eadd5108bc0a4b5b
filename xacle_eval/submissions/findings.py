"""Findings: what was found in a file, where, and how to mend it; and the report on one submission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SHOWN_LINES", "Finding", "Severity", "SubmissionReport"]

Severity = Literal["error", "warning", "info"]

SHOWN_LINES = 5
"""How many lines a grouped finding names."""


class Finding(BaseModel):
    """One thing found in a file; the same fault in many lines is one finding with a count.

    ``line`` and ``column`` are those a text editor shows, counted from 1; ``line`` is that of
    the first occurrence and ``lines`` holds the first ones. They are None for the whole file.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    code: str
    severity: Severity
    title: str
    message: str
    line: int | None = None
    column: int | None = None
    count: int = 1
    lines: tuple[int, ...] = ()
    hint: str = ""

    def located(self, path: str) -> str:
        """Return ``path:line:column`` as far as it is known."""
        parts = [path, *(str(part) for part in (self.line, self.column) if part is not None)]
        return ":".join(parts)


class SubmissionReport(BaseModel):
    """What the check of one submission says.

    ``valid`` is whether it can be scored, ``pairs`` how many predictions were read for known
    pairs, ``sha256`` the hash of the file's bytes (None if it could not be read to its end).
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    path: str
    system: str
    team: str
    valid: bool
    pairs: int
    sha256: str | None
    findings: tuple[Finding, ...] = ()

    def counts(self) -> dict[Severity, int]:
        """Return the number of findings of each severity."""
        severities: tuple[Severity, ...] = ("error", "warning", "info")
        return {kind: sum(f.severity == kind for f in self.findings) for kind in severities}

    def passes(self, strict: bool = False) -> bool:
        """Return whether the submission is fit to be sent; `strict` lets warnings fail it too."""
        return self.valid and not (strict and self.counts()["warning"])

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each finding."""
        import pandas as pd

        columns = ["path", "system", "team", *Finding.model_fields]
        rows = [
            {"path": self.path, "system": self.system, "team": self.team, **finding.model_dump()}
            for finding in self.findings
        ]
        return pd.DataFrame(rows, columns=columns)

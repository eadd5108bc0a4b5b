"""The report of a check of a bundle."""

from __future__ import annotations

from typing import Literal

from xacle_eval.models.model import Result
from xacle_eval.submissions.findings import Finding, Severity
from xacle_eval.text import PathText

__all__ = ["CONFIGS", "PLATFORMS", "BundleReport", "Platform"]

Platform = Literal["codabench", "evalai"]
PLATFORMS: dict[str, str] = {"codabench": "Codabench", "evalai": "EvalAI"}
"""The platforms whose bundles can be checked, with the names that texts show."""
CONFIGS: dict[Platform, tuple[str, ...]] = {
    "codabench": ("competition.yaml",),
    "evalai": ("challenge_config.yaml", "challenge_config.yml"),
}
"""The names of the configuration file, which stands at the root of a bundle."""


class BundleReport(Result):
    """The result of checking the bundle of a platform.

    ``valid`` is whether there is no error, ``files`` the number of files in the bundle. The
    ``file`` of a finding is a path inside the bundle, or None for the bundle as a whole. Its
    ``message`` says what was found and what the platform does with it, its ``hint`` how to fix it.
    """

    path: PathText
    platform: Platform | None
    kind: Literal["folder", "zip"]
    files: int
    valid: bool
    findings: tuple[Finding, ...] = ()

    def counts(self) -> dict[Severity, int]:
        """Return the number of findings of each severity."""
        severities: tuple[Severity, ...] = ("error", "warning", "info")
        return {kind: sum(f.severity == kind for f in self.findings) for kind in severities}

    def passes(self, strict: bool = False) -> bool:
        """Return whether there is no error; with `strict`, no warning either."""
        return self.valid and not (strict and self.counts()["warning"])

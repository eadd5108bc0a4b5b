"""The codes of a check of a bundle, in one table, and the page ``docs/bundle-codes.md``.

A code is never reused and never changes its meaning: BU is about any bundle, CB about Codabench,
EV about EvalAI. ``python -m xacle_eval.hosting.lint.codes`` generates the page from this table.
"""

from __future__ import annotations

from typing import Any

from xacle_eval.hosting.lint.codes_bundle import BUNDLE_CODES
from xacle_eval.hosting.lint.codes_codabench import CODABENCH_CODES
from xacle_eval.hosting.lint.codes_evalai import EVALAI_CODES
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rule import Rule

__all__ = ["CODES", "codes_markdown", "finding"]

_ALL = (*BUNDLE_CODES, *CODABENCH_CODES, *EVALAI_CODES)
CODES: dict[str, Rule] = {each.code: each for each in sorted(_ALL, key=lambda rule: rule.code)}
_BY_NAME = {each.name: each for each in _ALL}
_TITLES = {"BU": "Any bundle", "CB": "Codabench", "EV": "EvalAI"}


def finding(name: str, found: str, **settings: Any) -> Finding:
    """Return a finding of a code, which also says what the platform does.

    Parameters
    ----------
    name : str
        The name of the code, such as ``wrapper-folder``.
    found : str
        What was found.
    **settings : object
        Those of `Rule.finding`, such as ``file`` and ``line``.
    """
    rule = _BY_NAME[name]
    return rule.finding(f"{found}. {rule.about.removesuffix('.')}", **settings)


def codes_markdown() -> str:
    """Return ``docs/bundle-codes.md``."""
    lines = [
        "# Codes of bundles",
        "",
        "<!-- Generated from xacle_eval/hosting/lint/codes.py by",
        "python -m xacle_eval.hosting.lint.codes; do not edit. -->",
        "",
        "`xacle-eval export --check BUNDLE` reports these codes; see",
        "[Check a bundle](guides/check-a-bundle.md). An *error* is refused by the platform, or",
        "makes runs or the leaderboard fail or show something wrong. A *warning* is accepted and",
        "does something else than its writer may expect. An *info* needs no action. Codes are",
        "never reused; `xacle-eval explain CODE` prints one.",
    ]
    for start, title in _TITLES.items():
        found = [each for each in CODES.values() if each.code.startswith(start)]
        lines += ["", f"## {title}"]
        lines += ["", "| code | name | severity | what it is |", "| --- | --- | --- | --- |"]
        for each in found:
            words = [f"[{each.code}](#{each.code.lower()})", each.name, each.severity, each.title]
            lines.append(f"| {' | '.join(words)} |")
        for each in found:
            about = f"{each.title[0].upper()}{each.title[1:]} ({each.severity}). {each.about}"
            lines += ["", f"### {each.code}", "", about, "", f"**Fix:** {each.hint}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(codes_markdown(), end="")  # noqa: T201 -- generates docs/bundle-codes.md

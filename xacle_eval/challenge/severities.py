"""The rules whose severity a challenge file can change, under ``[rules]``.

A file with an error cannot be scored, so the severity of an error never changes. The rules
themselves are in `xacle_eval.submissions.rules`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from xacle_eval.text import did_you_mean, quote

__all__ = [
    "ANY_SEVERITY",
    "ERRORS",
    "EXPLANATION",
    "NEVER_ERRORS",
    "ChangedSeverities",
    "check_changes",
    "may_become",
]


def _codes(numbers: str) -> frozenset[str]:
    return frozenset(f"XAC{number}" for number in numbers.split())


ANY_SEVERITY = _codes(
    "013 025 027 035 036 037 038 050 051 053 061 067 094 097 111 112 130 175 176 177 182 183"
)
"""Warnings and infos that can also be errors."""

NEVER_ERRORS = _codes("060 063 065 066 069 116 121 161 162 178 179 181 186 187")
"""Warnings and infos that cannot be errors.

Most compare submissions: as errors they would let one team remove another one from the ranking.
XAC116, XAC161 and XAC162 need the references, which `validate` never reads, XAC121 is about
the toolkit, XAC178 about the challenge file, and XAC179, XAC181, XAC186 and XAC187 are about
tables of results.
"""

ERRORS = _codes(
    "001 002 003 004 005 006 007 008 009 010 011 012 014 020 021 022 023 024 026 030 031 032 "
    "033 034 039 052 062 064 070 071 080 081 082 083 084 085 086 087 088 089 090 091 092 093 "
    "095 096 098 100 101 102 103 104 105 106 107 110 113 114 115 117 118 120 125 126 131 132 "
    "145 146 147 148 149 150 151 160 180 184 185"
)
"""Errors, whose severity cannot change."""

EXPLANATION = (
    "Under `[rules]`, a challenge file can change the severity of warnings and infos. The column",
    "*may become* lists the possible values. `ignore` switches a rule off. `note` is another word",
    "for `info`.",
    "",
    "```toml",
    "[rules]",
    'XAC037 = "error"    # predictions on another scale are invalid',
    'XAC038 = "ignore"   # many ties are not reported',
    "```",
    "",
    "A rule that becomes an error makes a submission invalid everywhere: `validate` exits with 1,",
    "`score` and `compare` refuse the file, `leaderboard` does not rank it, and packages,",
    "receipts and reports for CI name it as an error. Errors cannot change, because a file with",
    "an error is not scored. Where a rule is an error in some places (XAC061, XAC067), it stays",
    "one there. Rules that compare submissions cannot become errors, because one team could then",
    "remove another one from the ranking. XAC061 and XAC067 concern one team only; as errors they",
    "unrank it unless `--rank-suspicious` is used. XAC050, XAC051, XAC053 and XAC182 concern the",
    "references.",
)
"""What docs/rules.md says about changed severities."""


def may_become(code: str) -> str:
    """Return what a challenge file can make of a rule."""
    if code in ANY_SEVERITY:
        return "error, warning, info, ignore"
    return "warning, info, ignore" if code in NEVER_ERRORS else "–"


def _check_code(code: str) -> str:
    if code in ANY_SEVERITY or code in NEVER_ERRORS:
        return code
    if code in ERRORS:
        raise ValueError(
            "this rule is an error: a file that breaks it cannot be scored or ranked, so its "
            "severity cannot change"
        )
    known = sorted(ANY_SEVERITY | NEVER_ERRORS)
    if code.upper() in known:
        raise ValueError(f"unknown code; did you mean {code.upper()}?")
    hint = did_you_mean(code.upper(), known, "docs/rules.md lists the codes")
    raise ValueError(f"unknown code; {hint}")


RuleCode = Annotated[str, StringConstraints(max_length=20), AfterValidator(_check_code)]
ChangedSeverities = dict[RuleCode, Literal["error", "warning", "info", "note", "ignore"]]
"""The severity of a rule by its code; ``note`` is another word for ``info``."""


def check_changes(changes: Mapping[str, str]) -> dict[str, str]:
    """Return changed severities with ``info`` for ``note``.

    Raises
    ------
    ValueError
        If a rule becomes an error that cannot be one.
    """
    refused = [
        code for code, severity in changes.items() if severity == "error" and code in NEVER_ERRORS
    ]
    if refused:
        reason = {
            "XAC063": "the ignored files are no submissions",
            "XAC116": "only the command that has the references finds it",
            "XAC121": "it is about the toolkit, not about a submission",
            "XAC178": "it is about the challenge file, not about a submission",
            **dict.fromkeys(
                ("XAC179", "XAC181", "XAC186", "XAC187"), "it is about a table of results"
            ),
        }.get(refused[0], "one team could then remove another one from the ranking")
        raise ValueError(
            f"{quote(refused[0])} cannot be an error: {reason}; expected warning, info or ignore"
        )
    return {code: "info" if each == "note" else each for code, each in changes.items()}

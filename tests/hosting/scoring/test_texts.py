"""Texts for participants: how many findings are shown, in which order, and what is escaped."""

from xacle_eval.hosting.scoring.texts import findings_text, internal_error, several_systems
from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.submissions.rules import rule

KINDS = ("other-scale", "zip-name")
"""A warning and an error."""


def report(*findings):
    """Return a report with findings."""
    return SubmissionReport(
        path="Kumo.zip",
        kind="package",
        system="Kumo",
        team="Kumo",
        valid=False,
        pairs=0,
        sha256=None,
        findings=findings,
    )


def test_many_findings():
    """At most 20 findings are shown, errors first and each once, and how many more there are."""
    found = [rule(kind).finding(f"number {place}") for kind in KINDS for place in range(15)]
    text = findings_text([report(*found), report(*found)])
    lines = [line for line in text.splitlines() if not line.startswith("    ")]
    assert [line.split(": ", 1)[1] for line in lines[:-1]] == [
        *(f"error XAC086: number {place}" for place in range(15)),
        *(f"warning XAC037: number {place}" for place in range(5)),
    ]
    assert lines[-1] == "and 10 more"
    assert "more" not in findings_text([report(*found[:20])])


def test_texts_of_a_submission_are_escaped_and_cut():
    """Control and invisible characters of names and messages are escaped, long texts are cut."""
    text = findings_text([report(rule("zip-name").finding("\x1b[2J\u202e\n" + "x" * 5_000))])
    text += several_systems("\x1b.zip", ["a\nb", *"cdefghijklm"])
    text += internal_error(type("\x1b[31m", (Exception,), {})())
    assert not set("\x1b\u202e") & set(text)
    assert "\\x1b[2J\\u202e\\n" in text
    assert "x" * 1_100 not in text
    assert "has 12 systems (a\\nb, c, " in text

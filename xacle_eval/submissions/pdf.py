"""The technical report: is it a PDF, and has it the pages the challenge asks for?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count

__all__ = ["check_report"]

# The header may stand within the first 1,024 bytes (ISO 32000-1, Annex H, note 13).
_HEADER, _HEADER_WITHIN = b"%PDF-", 1024
# The child's own bound, a second of computing, comes first; this is for a machine that is held up.
_PATIENCE_SECONDS = 30


def check_report(data: bytes, path: str, least: int) -> list[Finding]:
    """Check a report.

    Parameters
    ----------
    data : bytes
        The file.
    path : str
        Its path, as findings show it.
    least : int
        The least number of pages.

    Returns
    -------
    list of Finding
        XAC095 to XAC097, or nothing.
    """
    if _HEADER not in data[:_HEADER_WITHIN]:
        return [
            rule("report-not-pdf").finding(
                "the file is no PDF document by its first bytes", file=path
            )
        ]
    answer = _ask(data)
    if not answer.isdecimal():
        message = {
            "encrypted": "the PDF is encrypted, so its pages cannot be counted",
            "damaged": "the PDF is damaged, so its pages cannot be counted",
        }.get(answer, "counting the pages of the PDF took more than it may")
        return [rule("report-unreadable").finding(message, file=path)]
    pages = int(answer)
    if pages < least:
        message = f"the report has {count(pages, 'page')}, the challenge asks for {least} or more"
        return [rule("report-too-short").finding(message, file=path)]
    return []


def _ask(data: bytes) -> str:
    """Return the number of pages, or the word for why there is none, from a process of its own."""
    child = [sys.executable, "-I", str(Path(__file__).with_name("pdf_child.py"))]
    try:
        done = subprocess.run(  # noqa: S603
            child, input=data, capture_output=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("ascii", "replace") if done.returncode == 0 else ""

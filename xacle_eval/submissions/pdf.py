"""The technical report: whether it is a PDF with as many pages as the challenge requires."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count

__all__ = ["check_report"]

# The header may be within the first 1,024 bytes (ISO 32000-1, Annex H, note 13).
_HEADER, _HEADER_WITHIN = b"%PDF-", 1024
_ENCRYPTED = b"/Encrypt"  # a key of the trailer, which is never compressed
# The child's own limit, one second of CPU time, comes first; this one is for an overloaded machine.
_TIMEOUT_SECONDS = 30
_NO_MEMORY = b"memory"


def check_report(data: bytes, path: str, least: int) -> list[Finding]:
    """Check a report.

    Parameters
    ----------
    data : bytes
        The file.
    path : str
        Its path, as findings show it.
    least : int
        The minimum number of pages.

    Returns
    -------
    list of Finding
        XAC095 to XAC097, or an empty list.
    """
    if _HEADER not in data[:_HEADER_WITHIN]:
        return [rule("report-not-pdf").finding("the file is not a PDF document", file=path)]
    pages = _count_pages(data)
    if pages is None:
        # The child's reason is not used: the PDFs that are too complex differ between releases of
        # its library.
        reason = "encrypted" if _ENCRYPTED in data else "damaged or too complex"
        message = f"cannot count the pages: the PDF is {reason}"
        return [rule("report-unreadable").finding(message, file=path)]
    if pages < least:
        message = f"the report has {count(pages, 'page')}; the challenge requires at least {least}"
        return [rule("report-too-short").finding(message, file=path)]
    return []


def _count_pages(data: bytes) -> int | None:
    """Return the number of pages, counted in a separate process; None if that fails."""
    child = [sys.executable, "-I", str(Path(__file__).with_name("pdf_child.py"))]
    try:
        done = subprocess.run(  # noqa: S603
            child, input=data, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    killed = os.name == "posix" and done.returncode == -signal.SIGKILL
    if done.stdout == _NO_MEMORY or killed or done.returncode > 0:
        raise MemoryError  # of the machine or of the user's limit, not of the child's own limit
    return int(done.stdout) if done.returncode == 0 and done.stdout.isdigit() else None

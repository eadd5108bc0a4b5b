"""The technical reports: whether each is a PDF with as many pages as the challenge requires."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xacle_eval.errors import WorkersError, is_memory_error
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, visible

__all__ = ["check_reports"]

# The header may be within the first 1,024 bytes (ISO 32000-1, Annex H, note 13).
_HEADER, _HEADER_WITHIN = b"%PDF-", 1024
_ENCRYPTED = b"/Encrypt"  # a key of the trailer, which is never compressed
# The child's own limit, one second of CPU time, comes first; this one is for an overloaded machine.
_TIMEOUT_SECONDS = 30
_NO_MEMORY = b"memory"


def check_reports(files: Mapping[str, bytes], least: int) -> Iterator[Finding]:
    """Check the reports of a package.

    Parameters
    ----------
    files : mapping of str to bytes
        The content of each file, by its path as findings show it.
    least : int
        The minimum number of pages.

    Yields
    ------
    Finding
        XAC095 to XAC097. One second of CPU time is for all files together. The file that uses up
        the rest of it, and the files after it, are not read.
    """
    documents = {}
    for path, data in files.items():
        if _HEADER in data[:_HEADER_WITHIN]:
            documents[path] = data
        else:
            yield rule("report-not-pdf").finding("the file is not a PDF document", file=path)
    pages = _count_pages(list(documents.values())) if documents else []
    for (path, data), number in zip(documents.items(), pages, strict=False):
        finding = _check_pages(number, data, path, least)
        if finding is not None:
            yield finding
    # The reading ended at the last answer; its finding is there.
    unread = list(documents)[len(pages) :]
    if unread:
        message = (
            f"{count(len(unread), 'report')} not read, because earlier reports used up the "
            f"time for all reports of a package: {listing(map(visible, unread), 3)}"
        )
        yield rule("report-unreadable").finding(message, count=len(unread))


def _check_pages(pages: int | None, data: bytes, path: str, least: int) -> Finding | None:
    if pages is None:
        # The child's reason is not used: the PDFs that are too complex differ between releases of
        # its library.
        reason = "encrypted" if _ENCRYPTED in data else "damaged or too complex"
        message = f"cannot count the pages: the PDF is {reason}"
        return rule("report-unreadable").finding(message, file=path)
    if pages < least:
        message = f"the report has {count(pages, 'page')}; the challenge requires at least {least}"
        return rule("report-too-short").finding(message, file=path)
    return None


def _count_pages(documents: Sequence[bytes]) -> list[int | None]:
    """Return the numbers of pages, counted in one separate process; None where that fails.

    The list is shorter than `documents` if the process ended early.
    """
    # The child finds the packages that this process finds.
    flag = "-I" if sys.flags.isolated else "-P"
    child = [sys.executable, flag, str(Path(__file__).with_name("pdf_child.py"))]
    sent = b"".join(part for data in documents for part in (len(data).to_bytes(8, "big"), data))
    try:
        done = subprocess.run(  # noqa: S603
            child, input=sent, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False
        )
        output = done.stdout
        _check_child(done)
    except subprocess.TimeoutExpired as error:
        output = error.stdout or b""
    except OSError as error:
        if is_memory_error(error):
            raise
        raise WorkersError(
            f"cannot start the process that reads PDFs: {error.strerror or error}"
        ) from error
    answers = output.split(b"\n")[:-1]
    pages = [int(answer) if answer.isdigit() else None for answer in answers]
    # The document that ended the process has no answer.
    return [*pages, None] if len(pages) < len(documents) else pages


def _check_child(done: subprocess.CompletedProcess[bytes]) -> None:
    """Raise an error if the process failed for a reason that is not in the documents.

    Raises
    ------
    MemoryError
        If the machine or the user's limit has too little memory.
    RuntimeError
        If it failed otherwise.
    """
    killed = os.name == "posix" and done.returncode == -signal.SIGKILL
    failed = done.returncode > 0
    said = b"MemoryError", b"failed to map segment", b"annot allocate memory"
    if _NO_MEMORY in done.stdout.split(b"\n") or killed:
        raise MemoryError
    if failed and any(text in done.stderr for text in said):
        raise MemoryError
    if failed:
        raise RuntimeError(f"the process that reads PDFs ended with exit code {done.returncode}")

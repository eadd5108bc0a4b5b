"""The technical reports: whether each is a PDF with as many pages as the challenge requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.pdf_pages import count_pages
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, visible

__all__ = ["check_reports"]

# The header may be within the first 1,024 bytes (ISO 32000-1, Annex H, note 13).
_HEADER, _HEADER_WITHIN = b"%PDF-", 1024
_ENCRYPTED = b"/Encrypt"  # a key of the trailer, which is never compressed


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
    pages = count_pages(list(documents.values())) if documents else []
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

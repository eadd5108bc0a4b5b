"""The pages of PDFs, counted in this process; see `xacle_eval.submissions.pdf_pages`.

A browser has no processes, so a limit of CPU time replaces that of the separate process. It is
checked whenever a function is called.
"""

from __future__ import annotations

import io
import logging
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

__all__ = ["count_pages"]

# A browser needs three to five times as long as the process of the toolkit, which has one second.
_SECONDS = 5.0


class _TimeUpError(BaseException):
    """The time for all documents is over; no handler of `Exception` in the reader stops it."""


def count_pages(documents: Sequence[bytes]) -> list[int | None]:
    """Return the numbers of pages; None where they cannot be counted.

    The list is shorter than `documents` if the time for all of them is over.
    """
    if documents:
        import pypdf  # noqa: F401 -- before the limit, so that it is for the documents

    end = time.process_time() + _SECONDS
    pages: list[int | None] = []
    for data in documents:
        try:
            pages.append(_until(end, partial(_count, data)))
        except _TimeUpError:
            return [*pages, None]
    return pages


def _until(end: float, count: Callable[[], int | None]) -> int | None:
    def check(*_: Any) -> None:
        if time.process_time() > end:
            raise _TimeUpError

    before = sys.getprofile()
    sys.setprofile(check)
    try:
        return count()
    finally:
        sys.setprofile(before)


def _count(data: bytes) -> int | None:
    from pypdf import PdfReader

    # Its warnings are no findings. In a single file its name has more parts.
    name = PdfReader.__module__.rpartition(".")[0]
    logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        return None if reader.is_encrypted else len(reader.pages)
    except Exception:  # noqa: BLE001 -- a damaged file can make the reader raise anything
        return None

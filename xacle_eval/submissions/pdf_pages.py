"""The pages of PDFs, counted in a separate process; see `xacle_eval.submissions.pdf_child`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from xacle_eval.errors import WorkersError, is_memory_error

__all__ = ["count_pages"]

# The child's own limit, one second of CPU time, comes first; this one is for an overloaded machine.
_TIMEOUT_SECONDS = 30
_NO_MEMORY = b"memory"


def count_pages(documents: Sequence[bytes]) -> list[int | None]:
    """Return the numbers of pages, counted in one separate process; None where that fails.

    The list is shorter than `documents` if the process ended early.

    Raises
    ------
    MemoryError
        If the machine or the user's limit has too little memory.
    WorkersError
        If the process cannot be started.
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

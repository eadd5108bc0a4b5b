"""The process that counts the pages of PDFs from stdin; see `xacle_eval.submissions.pdf`.

A hostile PDF can use unlimited CPU time or memory. Therefore it is read in a separate process that
loads nothing of the toolkit and limits its own CPU time and memory. The limits are for all
documents together, and each answer is written at once, so it is known which document ended it.
"""

import io
import signal
import sys
from collections.abc import Iterator
from typing import BinaryIO

_CPU_SECONDS = 1.0
_BYTES = 280 << 20


def _limit_process() -> None:
    """Limit the CPU time and memory of this process, where the system supports it."""
    try:
        import resource
    except ImportError:
        return  # Windows: only the timeout of the parent applies
    if not _has_lower_limit():
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    # A timer ends the process, because RLIMIT_CPU counts whole seconds only.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS)


def _has_lower_limit() -> bool:
    """Return whether the user's limit of memory is lower than that of this process."""
    try:
        import resource
    except ImportError:
        return False
    return 0 <= resource.getrlimit(resource.RLIMIT_AS)[0] < _BYTES


def _is_memory_error(error: BaseException | None) -> bool:
    """Return whether too little memory is behind an error."""
    while error is not None:
        if isinstance(error, MemoryError) or "failed to map segment" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _documents(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the documents; the size of each comes before it, in eight bytes."""
    while size := stream.read(8):
        yield stream.read(int.from_bytes(size, "big"))


def _count_pages(data: bytes) -> str:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        return "encrypted" if reader.is_encrypted else str(len(reader.pages))
    except Exception as error:  # noqa: BLE001 -- a damaged file can make the reader raise anything
        # The limit of this process is the document's fault, a lower one is not.
        return "memory" if _has_lower_limit() and _is_memory_error(error) else "damaged"


if __name__ == "__main__":
    import pypdf  # noqa: F401 -- before the limit, so that it is for the documents

    _limit_process()
    for document in _documents(sys.stdin.buffer):
        sys.stdout.write(_count_pages(document) + "\n")
        sys.stdout.flush()

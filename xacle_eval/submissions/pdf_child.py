"""The process that counts the pages of a PDF from stdin; see `xacle_eval.submissions.pdf`.

A hostile PDF can use unlimited CPU time or memory. Therefore it is read in a separate process that
loads nothing of the toolkit and limits its own CPU time and memory.
"""

import io
import signal
import sys

_CPU_SECONDS = 1.0
_BYTES = 280 << 20


def _limit_process() -> None:
    """Limit the CPU time and memory of this process, where the system supports it."""
    try:
        import resource
    except ImportError:
        return  # Windows: only the timeout of the parent applies
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES if hard < 0 else min(_BYTES, hard), hard))
    # A timer ends the process, because RLIMIT_CPU counts whole seconds only.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS)


def _count_pages(data: bytes) -> str:
    from pypdf import PdfReader

    _limit_process()
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        return "encrypted"
    return str(len(reader.pages))


if __name__ == "__main__":
    try:
        answer = _count_pages(sys.stdin.buffer.read())
    except Exception:  # noqa: BLE001 -- a damaged file can make the reader raise anything
        answer = "damaged"
    sys.stdout.write(answer)

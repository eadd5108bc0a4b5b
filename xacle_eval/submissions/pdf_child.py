"""The process that counts the pages of a PDF it reads from stdin; see `xacle_eval.submissions.pdf`.

It runs by itself, with nothing of the toolkit loaded, since PDFs can be made that keep a
reader busy for ever or make it fill the memory; its bounds are those of the process.
"""

import io
import signal
import sys

_CPU_SECONDS = 1.0
_BYTES = 280 << 20


def _bound() -> None:
    """Bound the work of this process, where the system can."""
    try:
        import resource
    except ImportError:
        return  # Windows: the time limit of the parent is all
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES if hard < 0 else min(_BYTES, hard), hard))
    # A timer that ends the process, since the limit of computing (RLIMIT_CPU) is in whole seconds
    # only.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS)


def _pages(data: bytes) -> str:
    from pypdf import PdfReader

    _bound()
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        return "encrypted"
    return str(len(reader.pages))


if __name__ == "__main__":
    try:
        answer = _pages(sys.stdin.buffer.read())
    except Exception:  # noqa: BLE001 -- whatever a damaged file makes a reader raise
        answer = "damaged"
    sys.stdout.write(answer)

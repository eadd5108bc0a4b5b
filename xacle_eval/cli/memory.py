"""A check of the memory limit before numpy is imported.

If there is too little memory, numpy's linear algebra (OpenBLAS) ends the process with exit code 1,
which would mean an invalid submission.
"""

from __future__ import annotations

import os

__all__ = ["check_memory_limit"]

_NUMPY_BYTES = 160 << 20
"""Address space that the import of numpy needs with one thread, including a margin."""


def check_memory_limit() -> None:
    """Raise MemoryError if the limit of this process (``ulimit -v``) is too low for numpy."""
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        return
    # Each additional thread reserves memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import mmap

    try:
        mmap.mmap(-1, _NUMPY_BYTES).close()
    except OSError as error:
        raise MemoryError from error

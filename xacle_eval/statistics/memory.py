"""The limit of a process's memory (``ulimit -v``), checked before large libraries are loaded."""

from __future__ import annotations

__all__ = ["has_address_space"]

_BYTES = 700 << 20
"""Address space of a worker process, or of numba with its kernels, including a margin."""


def has_address_space() -> bool:
    """Return whether the limit of this process leaves room for numba, or for a worker.

    With too little memory, the linear algebra that both load (OpenBLAS) never stops trying to
    reserve more.
    """
    try:
        import resource
    except ImportError:
        return True  # Windows has no such limit
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        return True
    import mmap

    try:
        mmap.mmap(-1, _BYTES).close()
    except OSError:
        return False
    return True

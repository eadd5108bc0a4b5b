"""The limit of a process's memory (``ulimit -v``), checked before large libraries are loaded.

With too little memory, the linear algebra of numpy (OpenBLAS) ends the process with exit code 1,
which would mean an invalid submission, or never stops trying to reserve more.
"""

from __future__ import annotations

__all__ = [
    "NUMBA_BYTES",
    "NUMPY_BYTES",
    "SCIPY_BYTES",
    "has_address_space",
    "is_limited",
    "require_address_space",
]

NUMPY_BYTES = 160 << 20
"""Address space that the import of numpy needs with one thread, including a margin."""
NUMBA_BYTES = 700 << 20
"""Address space of a worker process, or of numba with its kernels, including a margin."""
SCIPY_BYTES = 256 << 20
"""Address space for scipy's modules and the buffers of its linear algebra, including a margin."""


def is_limited() -> bool:
    """Return whether this process has a limit of its address space."""
    try:
        import resource
    except ImportError:
        return False  # Windows has no such limit
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def has_address_space(size: int) -> bool:
    """Return whether the limit of this process leaves room for a number of bytes."""
    if not is_limited():
        return True
    import mmap

    try:
        mmap.mmap(-1, size).close()
    except OSError:
        return False
    return True


def require_address_space(size: int) -> None:
    """Raise MemoryError if the limit of this process leaves no room for a number of bytes."""
    if not has_address_space(size):
        raise MemoryError

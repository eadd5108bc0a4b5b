"""Workers that run blocks of work: this process, local processes, or a Dask cluster.

Conventions: work is a pure function ``function(shared, item)`` of two picklable inputs; all items
use the same ``shared``. ``map`` yields one result per item, in the order of the items. The function
must be in an importable module. Workers are context managers. Leaving one, also by Ctrl-C, cancels
the items that have not started and waits for the others, so no process remains.

All kinds of workers give the same bytes if every process has the same versions of this package and
of numpy.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from multiprocessing import resource_tracker
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from xacle_eval.errors import UsageError

__all__ = [
    "ClusterWorkers",
    "ProcessWorkers",
    "Progress",
    "SerialWorkers",
    "Workers",
    "open_workers",
    "run_all",
]

_Shared = TypeVar("_Shared")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

Progress = Callable[[int, int], None]
"""Called after each item with the number of finished items and of all items."""

_PIECE_BYTES = 2**22
"""Shared inputs are sent to a cluster in pieces of this size: Dask warns of tasks above 10 MB."""


class Workers(Protocol):
    """An object that runs a function over items."""

    def map(
        self, function: Callable[[_Shared, _Item], _Result], shared: _Shared, items: Sequence[_Item]
    ) -> Generator[_Result, None, None]:
        """Yield ``function(shared, item)`` for each item, in their order."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None: ...


class _StatelessWorkers:
    """The context manager of workers that keep no state between calls."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        return None


class SerialWorkers(_StatelessWorkers):
    """Run all items in this process, one after the other."""

    def map(
        self, function: Callable[[_Shared, _Item], _Result], shared: _Shared, items: Sequence[_Item]
    ) -> Generator[_Result, None, None]:
        """Yield ``function(shared, item)`` for each item, in their order."""
        for item in items:
            yield function(shared, item)


class ProcessWorkers(_StatelessWorkers):
    """Run items in `jobs` processes on this machine.

    Parameters
    ----------
    jobs : int
        At least 1. Processes are spawned, which takes about a second. A script that uses this class
        needs the ``if __name__ == "__main__":`` guard of
        :mod:`multiprocessing`.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def map(
        self, function: Callable[[_Shared, _Item], _Result], shared: _Shared, items: Sequence[_Item]
    ) -> Generator[_Result, None, None]:
        """Yield ``function(shared, item)`` for each item, in their order."""
        if len(items) <= 1:
            yield from SerialWorkers().map(function, shared, items)
            return
        _start_resource_tracker()
        executor = ProcessPoolExecutor(
            min(self.jobs, len(items)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_process,
            initargs=(pickle.dumps((function, shared)),),
        )
        try:
            with _blocked_interrupts():
                futures = [executor.submit(_run_in_process, item) for item in items]
            futures.reverse()
            while futures:
                yield futures.pop().result()
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


_process_work: list[tuple[Callable[[Any, Any], Any], Any]] = []
"""In a spawned process: the function and the shared input."""


@contextmanager
def _blocked_interrupts() -> Iterator[None]:
    """Start processes that never receive Ctrl-C, not even before their first line of Python.

    Ctrl-C reaches every process of a terminal; only the main process must handle it. A new process
    inherits the blocked signal; the main process receives it when the block ends.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_resource_tracker() -> None:
    """Start the process that removes the semaphores of a parent that was interrupted or killed.

    After an interrupt the parent exits at once, and the tracker would print a warning after it:
    the semaphores that it removes are "leaked". The option concerns only that process. It starts
    before Ctrl-C is blocked, because some versions of Python unblock the signal at its start.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = f"{before or ''},ignore:resource_tracker".lstrip(",")
    try:
        resource_tracker.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before


def _start_process(payload: bytes) -> None:
    # Where signals cannot be blocked, ignore them from here on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _process_work.append(pickle.loads(payload))  # noqa: S301  (written by the parent process)


def _run_in_process(item: Any) -> Any:
    function, shared = _process_work[0]
    return function(shared, item)


class ClusterWorkers:
    """Run items on a running Dask cluster.

    Parameters
    ----------
    address : str
        The scheduler's address, such as ``tcp://host:8786``.
    timeout : float
        Seconds to wait for the scheduler to answer.

    Raises
    ------
    UsageError
        If the extra ``[cluster]`` is not installed or cannot be imported, or no scheduler answers
        at the address.
    """

    def __init__(self, address: str, *, timeout: float = 30.0) -> None:
        if importlib.util.find_spec("distributed") is None:
            raise UsageError("a Dask cluster needs dask.distributed: pip install distributed")
        try:
            from distributed import Client
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise UsageError(
                f"dask.distributed is installed but cannot be imported ({reason}); update it with "
                "pip install --upgrade distributed"
            ) from error
        try:
            self._client: Any = Client(address, timeout=timeout, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise UsageError(
                f"no Dask scheduler answers at {address} ({error}); start one with "
                "`dask scheduler` and pass the address that it prints"
            ) from error

    def map(
        self, function: Callable[[_Shared, _Item], _Result], shared: _Shared, items: Sequence[_Item]
    ) -> Generator[_Result, None, None]:
        """Yield ``function(shared, item)`` for each item, in their order.

        The shared input is the result of a task, not data on a worker. If a worker dies, the
        scheduler computes it again elsewhere and repeats the lost items.
        """
        client = self._client
        payload = pickle.dumps(shared)
        parts = [payload[at : at + _PIECE_BYTES] for at in range(0, len(payload), _PIECE_BYTES)]
        pieces = [client.submit(bytes, part, pure=False) for part in parts]
        whole = client.submit(_join_pieces, pieces, pure=False)
        futures = [client.submit(function, whole, item, pure=False) for item in items]
        futures.reverse()
        try:
            while futures:
                yield futures[-1].result()
                futures.pop().release()
        finally:
            client.cancel([*futures, whole, *pieces])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.close()


def _join_pieces(pieces: list[bytes]) -> Any:
    return pickle.loads(b"".join(pieces))  # noqa: S301  (sent by the client of the same cluster)


def open_workers(jobs: int = 1, scheduler: str | None = None) -> Workers:
    """Return the workers of a cluster by its address, else `jobs` local processes.

    Raises
    ------
    UsageError
        If `jobs` is below 1 or is used together with a scheduler, or the cluster is unreachable.
    """
    if jobs < 1:
        raise UsageError(f"the number of jobs must be at least 1; got {jobs}")
    if scheduler is not None:
        if jobs != 1:
            raise UsageError(
                "pass either a number of jobs or a scheduler; a cluster has its own workers"
            )
        return ClusterWorkers(scheduler)
    return SerialWorkers() if jobs == 1 else ProcessWorkers(jobs)


def run_all(
    function: Callable[[_Shared, _Item], _Result],
    shared: _Shared,
    items: Sequence[_Item],
    collect: Callable[[_Item, _Result], None],
    *,
    jobs: int = 1,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> None:
    """Run a function over items and pass each result to `collect`, in the order of the items.

    Given `workers` stay open; otherwise `jobs` processes are opened and closed. An exception in a
    worker, in `collect` or in `progress` stops all work before it reaches the caller.
    """
    with ExitStack() as stack:
        crew = workers if workers is not None else stack.enter_context(open_workers(jobs))
        results = stack.enter_context(closing(crew.map(function, shared, items)))
        for done, (item, result) in enumerate(zip(items, results, strict=True), 1):
            collect(item, result)
            if progress is not None:
                progress(done, len(items))

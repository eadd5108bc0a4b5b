"""Workers that run blocks of work: this process, local processes, or a Dask cluster.

Conventions: work is a pure function ``function(shared, item)`` of two picklable inputs; all items
use the same ``shared``. ``map`` yields one result per item, in the order of the items. The function
must be in an importable module. Workers are context managers. Leaving one, also by Ctrl-C, cancels
the work, so no process remains. A process whose parent is killed ends within two seconds.

All kinds of workers give the same bytes if every process has the same versions of this package and
of numpy.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager, suppress
from multiprocessing import connection, resource_tracker
from types import TracebackType
from typing import Any, Literal, Protocol, Self, TypeVar

from xacle_eval.errors import UsageError, WorkersError, XacleEvalWarning, is_memory_error
from xacle_eval.io.memory import NUMBA_BYTES, has_address_space
from xacle_eval.statistics.cluster import ClosingWorkers, ClusterWorkers
from xacle_eval.text import visible

__all__ = [
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

# SIGHUP, the end of the terminal, does not exist on Windows.
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, from <linux/prctl.h>

Progress = Callable[[int, int], None]
"""Called after each item with the number of finished items and of all items."""


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


class SerialWorkers(ClosingWorkers):
    """Run all items in this process, one after the other."""

    def map(
        self, function: Callable[[_Shared, _Item], _Result], shared: _Shared, items: Sequence[_Item]
    ) -> Generator[_Result, None, None]:
        """Yield ``function(shared, item)`` for each item, in their order."""
        for item in items:
            yield function(shared, item)


class ProcessWorkers(ClosingWorkers):
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
        if not has_address_space(NUMBA_BYTES):
            raise MemoryError
        payload = _pickle(function, shared)
        done = 0
        try:
            for result in self._run_pool(payload, items):
                yield result
                done += 1
        except BrokenProcessPool:
            yield from self._run_last_pool(payload, items[done:])

    def _run_last_pool(self, payload: bytes, items: Sequence[Any]) -> Iterator[Any]:
        try:
            yield from self._run_pool(payload, items)
        except BrokenProcessPool as error:
            raise WorkersError(
                "a worker process was killed, and its work failed again in a new process, perhaps "
                "for lack of memory; use fewer jobs"
            ) from error

    def _run_pool(self, payload: bytes, items: Sequence[Any]) -> Iterator[Any]:
        """Yield a result per item; raise BrokenProcessPool if a process is killed."""
        _start_resource_tracker()
        executor = ProcessPoolExecutor(
            min(self.jobs, len(items)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_process,
            initargs=(payload, os.getpid()),
        )
        complete = False
        try:
            with _blocked_signals():
                futures = _submit(executor, items)
            futures.reverse()
            while futures:
                yield _wait_for(futures.pop(), executor)
            complete = True
        finally:
            if not complete:
                _end_pool(executor)
            executor.shutdown(wait=True, cancel_futures=True)


def _pickle(function: Callable[..., Any], shared: object) -> bytes:
    try:
        return pickle.dumps((function, shared))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UsageError(
            f"the work cannot be sent to other processes ({visible(str(error), 200)}); the "
            "function of an own metric must be defined at the top level of a module, or use 1 job"
        ) from error


def _submit(executor: ProcessPoolExecutor, items: Sequence[Any]) -> list[Future[Any]]:
    try:
        return [executor.submit(_run_in_process, item) for item in items]
    except OSError as error:
        if is_memory_error(error):
            raise
        raise WorkersError(
            f"cannot start worker processes: {error.strerror or error}; use fewer jobs"
        ) from error


def _wait_for(future: Future[Any], executor: ProcessPoolExecutor) -> Any:
    """Return the result of a future; raise BrokenProcessPool if a process was killed.

    A process that is killed while it sends a result leaves half of it behind, and the executor
    would never stop waiting for the other half.
    """
    while True:
        try:
            return future.result(_PATIENCE_SECONDS)
        except TimeoutError:
            if future.done():  # now, or the error is that of the work itself
                return future.result()
            if not all(process.is_alive() for process in _processes(executor)):
                raise BrokenProcessPool("a worker process was killed") from None


def _end_pool(executor: ProcessPoolExecutor) -> None:
    """Kill the processes of an executor, and let it see the end of their results."""
    # `kill_workers` exists since Python 3.14.
    for process in _processes(executor):
        process.kill()
    for process in _processes(executor):
        process.join()
    # The other end of the pipe of results was open in the killed processes and here.
    with suppress(AttributeError, OSError):
        executor._result_queue._writer.close()  # type: ignore[attr-defined]


def _processes(executor: ProcessPoolExecutor) -> list[Any]:
    return list((executor._processes or {}).values())


_PATIENCE_SECONDS = 1.0

_process_work: list[tuple[Callable[[Any, Any], Any], Any] | BaseException] = []
"""In a spawned process: the function and the shared input, or why they could not be read."""


@contextmanager
def _blocked_signals() -> Iterator[None]:
    """Start processes that never receive Ctrl-C, not even before their first line of Python.

    Ctrl-C reaches every process of a terminal; only the main process must handle it. A new process
    inherits the blocked signal; the main process receives it when the block ends. The other signals
    are blocked because a process that is started halfway would print a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    with _late_handlers():
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, *_ENDING})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _late_handlers() -> Iterator[None]:
    """Run the handlers of signals that arrive in the block when it ends.

    A block of this thread alone is not enough: a thread of a library, such as those of OpenBLAS,
    can receive the signal, and Python then runs the handler in the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread runs handlers
        return
    received: list[int] = []
    before = {}
    try:
        for number in (signal.SIGINT, *_ENDING):
            handler = signal.getsignal(number)
            if handler not in (signal.SIG_IGN, None):  # None: not a handler of Python
                before[number] = handler
                signal.signal(number, lambda number, _frame: received.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if received:
            signal.raise_signal(received[0])


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


def _start_process(payload: bytes, parent: int) -> None:
    # Where signals cannot be blocked, ignore them from here on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    try:
        _end_with_parent(parent)
        work = pickle.loads(payload)  # noqa: S301  (written by the parent process)
    except Exception as error:  # noqa: BLE001  (Python would print the traceback)
        work = error
    _process_work.append(work)


def _run_in_process(item: Any) -> Any:
    work = _process_work[0]
    if isinstance(work, AttributeError | ImportError) and not is_memory_error(work):
        raise UsageError(
            f"a worker process cannot load the work ({visible(str(work), 200)}); the function of "
            "an own metric must be in a module that other processes can import, or use 1 job"
        ) from work
    if isinstance(work, BaseException):
        raise work
    function, shared = work
    return function(shared, item)


def _end_with_parent(parent: int) -> None:
    """Let this process end when its parent ends, also when the parent is killed.

    On Linux the kernel ends it at once. Elsewhere a thread does, between two calls of a kernel if
    the code holds the interpreter's lock.
    """
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.name == "posix" and os.getppid() != parent:
        os._exit(1)  # the parent ended before the call above
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    process = multiprocessing.parent_process()
    if process is not None:
        connection.wait([process.sentinel])
        os._exit(1)


class _FallbackWorkers(ClosingWorkers):
    """The workers of a cluster, and local ones from the moment when the cluster fails."""

    def __init__(self, address: str, timeout: float, local: Workers) -> None:
        self._local = local
        self._cluster: ClusterWorkers | None = None
        try:
            self._cluster = ClusterWorkers(address, timeout=timeout)
        except WorkersError as error:
            self._give_up(error)

    def map(
        self, function: Callable[[_Shared, _Item], _Result], shared: _Shared, items: Sequence[_Item]
    ) -> Generator[_Result, None, None]:
        """Yield ``function(shared, item)`` for each item, in their order."""
        done = 0
        if self._cluster is not None:
            try:
                for result in self._cluster.map(function, shared, items):
                    yield result
                    done += 1
            except WorkersError as error:
                self._give_up(error)
            else:
                return
        yield from self._local.map(function, shared, items[done:])

    def _give_up(self, error: WorkersError) -> None:
        problem = str(error).rsplit("; ", 1)[0]  # without the advice for a run without fallback
        warnings.warn(f"{problem}; continuing on this machine", XacleEvalWarning, stacklevel=2)
        self.close()

    def close(self) -> None:
        """Close the cluster, unless it failed."""
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None


def open_workers(
    jobs: int = 1,
    scheduler: str | None = None,
    *,
    timeout: float = 30.0,
    fallback: Literal["none", "local"] = "none",
) -> Workers:
    """Return the workers of a cluster by its address, else `jobs` local processes.

    Parameters
    ----------
    jobs : int
        Number of local processes.
    scheduler : str, optional
        The address of a Dask scheduler.
    timeout : float
        Seconds to wait for the scheduler; see :class:`ClusterWorkers`.
    fallback : {"none", "local"}
        With ``local``, if the cluster fails, `jobs` local processes do the rest of the work, with a
        RuntimeWarning.

    Raises
    ------
    UsageError
        If `jobs` is below 1 or is used together with a scheduler without fallback, or the address
        is invalid.
    WorkersError
        If the cluster does not answer and there is no fallback.
    """
    if jobs < 1:
        raise UsageError(f"the number of jobs must be at least 1; got {jobs}")
    if scheduler is not None:
        if fallback == "local":
            return _FallbackWorkers(scheduler, timeout, open_workers(jobs))
        if jobs != 1:
            raise UsageError(
                "--jobs and --scheduler can be combined only with --fallback local; a cluster has "
                "its own workers"
            )
        return ClusterWorkers(scheduler, timeout=timeout)
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

"""Workers on a running Dask cluster, with one deadline for everything that may never answer.

The scheduler is trusted: what it sends is unpickled. Everything else may fail: the address, the
connection, the versions, the workers. Each failure is an error with one sentence.

Every bootstrap imports this module, so asyncio is imported only when a cluster is used.
"""

from __future__ import annotations

import importlib.util
import pickle
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from xacle_eval._version import __version__
from xacle_eval.errors import UsageError, WorkersError, causes_of
from xacle_eval.text import quote, visible

__all__ = ["ClosingWorkers", "ClusterWorkers", "check_address"]

_Shared = TypeVar("_Shared")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_PIECE_BYTES = 2**22
"""Shared inputs are sent to a cluster in pieces of this size.

Dask warns about tasks of more than 10 MB.
"""

_SCHEMES = ("tcp", "tls", "ws", "wss")
_ENCRYPTED = ("tls", "wss")
_POLL_SECONDS = 1.0
_CLOSE_SECONDS = 2.0
_LARGEST_PORT = 65_535


def check_address(address: str) -> str:
    """Return a scheduler's address with its scheme.

    Raises
    ------
    UsageError
        If the address is not ``SCHEME://HOST:PORT`` or ``HOST:PORT``, or the scheme is unknown.
    """
    expected = "expected HOST:PORT or tcp://HOST:PORT, such as tcp://10.0.0.1:8786"
    problem = f"the scheduler address {quote(address)} is invalid"
    full = address if "://" in address else f"tcp://{address}"
    try:
        parts = urlsplit(full)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"{problem}; {expected}") from error
    if parts.scheme not in _SCHEMES:
        raise UsageError(
            f"{problem}: unknown scheme {quote(parts.scheme)}; choose from {', '.join(_SCHEMES)}"
        )
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    clean = address.isascii() and address.isprintable() and " " not in address
    if not host or not port or more or not clean or port > _LARGEST_PORT:
        raise UsageError(f"{problem}; {expected}")
    return full.rstrip("/")


class ClosingWorkers:
    """The context manager of workers, which closes them."""

    def close(self) -> None:
        """Release what the workers hold between calls; by default nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


class ClusterWorkers(ClosingWorkers):
    """Run items on a running Dask cluster.

    Parameters
    ----------
    address : str
        The scheduler's address, such as ``tcp://host:8786``.
    timeout : float
        Seconds to wait for the scheduler to answer and to have a worker. Later, the same number of
        seconds may pass without a result while the scheduler does not answer or has no worker. A
        block of work itself may take any time.

    Raises
    ------
    UsageError
        If the address is invalid, the extra ``[cluster]`` is not installed or cannot be imported,
        or a worker has other versions of this package or of numpy.
    WorkersError
        If no scheduler with a worker answers at the address.
    """

    def __init__(self, address: str, *, timeout: float = 30.0) -> None:
        self.address = check_address(address)
        self.timeout = timeout
        if importlib.util.find_spec("distributed") is None:
            raise UsageError("a Dask cluster needs dask.distributed: pip install distributed")
        try:
            from distributed import Client
            from distributed.security import Security
        except Exception as error:
            raise UsageError(
                f"dask.distributed is installed but cannot be imported ({_reason(error)}); update "
                "it with pip install --upgrade distributed"
            ) from error
        deadline = time.monotonic() + timeout
        try:
            security = Security()  # type: ignore[no-untyped-call]
            self._arguments = security.get_connection_args("client")  # type: ignore[no-untyped-call]
        except Exception as error:
            raise UsageError(
                f"Dask's certificates cannot be used: {_reason(error)}; check distributed.comm.tls "
                "in Dask's configuration"
            ) from error
        if self.address.startswith(_ENCRYPTED) and self._arguments.get("ssl_context") is None:
            raise UsageError(
                f"{self.address} needs certificates, and none are configured; set "
                "distributed.comm.tls in Dask's configuration"
            )
        self._wait_for_worker(deadline)
        try:
            self._client: Any = Client(  # type: ignore[no-untyped-call]
                self.address, timeout=_left(deadline), set_as_default=False, security=security
            )
        except Exception as error:
            raise self._no_answer(error) from error
        try:
            self._check_versions(deadline)
        except BaseException:
            self.close()
            raise

    def _wait_for_worker(self, deadline: float) -> None:
        """Wait until the scheduler answers and has a worker; raise WorkersError at the deadline."""
        while True:
            try:
                workers = self._count_workers(_left(deadline))
            except Exception as error:
                raise self._no_answer(error) from error
            if workers:
                return
            if time.monotonic() >= deadline:
                raise WorkersError(
                    f"the Dask scheduler at {self.address} has no worker after {self.timeout:g} s; "
                    f"start one with `dask worker {self.address}`"
                )
            time.sleep(min(0.2, _left(deadline)))

    def _count_workers(self, seconds: float) -> int:
        """Ask the scheduler for its workers, over a new connection."""
        answer = _ask_identity(self.address, self._arguments, seconds)
        if not isinstance(answer, dict) or answer.get("type") != "Scheduler":
            raise OSError("another server answered")
        return len(answer.get("workers", ()))

    def _no_answer(self, error: Exception) -> WorkersError:
        reason = _reason(error) if isinstance(error, OSError) else "the answer is not Dask's"
        return WorkersError(
            f"no Dask scheduler answers at {self.address} within {self.timeout:g} s "
            f"({reason}); start one with `dask scheduler` and pass the address that it "
            "prints"
        )

    def _check_versions(self, deadline: float) -> None:
        """Refuse workers that would return other numbers, or that cannot run this package."""
        try:
            answers = self._client.run(
                _versions, on_error="return", callback_timeout=_left(deadline)
            )
        except TimeoutError:
            return  # a worker is busy or has just died; results are waited for with a deadline
        except Exception as error:
            raise self._no_answer(error) from error
        own = _versions()
        for worker, found in answers.items():
            where = f"the worker {visible(str(worker), 100)}"
            if isinstance(found, BaseException):
                raise UsageError(
                    f"{where} cannot run xacle-eval ({_reason(found)}); install the same versions "
                    "of xacle-eval and numpy on every machine"
                )
            if found != own:
                raise UsageError(
                    f"{where} has {visible(str(found), 100)}, this machine has {own}; install the "
                    "same versions on every machine"
                )

    def map(
        self, function: Callable[[_Shared, _Item], _Result], shared: _Shared, items: Sequence[_Item]
    ) -> Generator[_Result, None, None]:
        """Yield ``function(shared, item)`` for each item, in their order.

        The shared input is the result of a task, not data on a worker. If a worker dies, the
        scheduler computes it again elsewhere and repeats the lost items.

        Raises
        ------
        WorkersError
            If the connection to the scheduler is lost, or no result arrives within the timeout
            while the scheduler does not answer or has no worker.
        """
        client = self._client
        payload = pickle.dumps(shared)
        parts = [payload[at : at + _PIECE_BYTES] for at in range(0, len(payload), _PIECE_BYTES)]
        futures: list[Any] = []
        try:
            try:
                pieces = [client.submit(bytes, part, pure=False) for part in parts]
                whole = client.submit(_join_pieces, pieces, pure=False)
                futures = [client.submit(function, whole, item, pure=False) for item in items]
            except Exception as error:
                raise self._connection_lost(error) from error
            futures.reverse()
            while futures:
                yield self._wait_for_result(futures[-1])
                futures.pop().release()
        finally:
            # The scheduler drops work that no client waits for.
            for future in futures:
                with suppress(Exception):
                    future.release()

    def _wait_for_result(self, future: Any) -> Any:
        import asyncio
        from threading import Event

        # Dask's own timeout can expire while the result arrives; any error is raised then. So this
        # waits for an event, and asks only a finished task for its result, with the whole timeout.
        finished = Event()
        future.add_done_callback(lambda _: finished.set())
        self._asked = self._last_sign = time.monotonic()
        while True:
            if finished.wait(_POLL_SECONDS):
                try:
                    return future.result(timeout=self.timeout)
                # asyncio.CancelledError is not an Exception.
                except (Exception, asyncio.CancelledError) as error:
                    if future.status == "error":
                        raise self._worker_error(error) from error
                    if not isinstance(error, TimeoutError) or self._client.status != "running":
                        raise self._connection_lost(error) from error
            elif self._client.status != "running":
                raise self._connection_lost(asyncio.CancelledError())
            self._require_workers()

    def _require_workers(self) -> None:
        """Raise WorkersError if the scheduler has named no worker for the whole timeout."""
        now = time.monotonic()
        if now - self._asked < self.timeout / 4:
            return
        self._asked = now
        try:
            workers = self._count_workers(self.timeout / 4)
        except Exception:  # noqa: BLE001  (any failure is a missing answer)
            workers = 0
        if workers:
            self._last_sign = time.monotonic()
        elif time.monotonic() - self._last_sign >= self.timeout:
            raise WorkersError(
                f"no result for {self.timeout:g} s: the Dask scheduler at {self.address} does "
                "not answer or has no worker"
            )

    def _worker_error(self, error: BaseException) -> BaseException:
        """Return an error of a task as it is, or a sentence if Dask gave up on its workers."""
        if type(error).__name__ != "KilledWorker":
            return error
        return WorkersError(
            "the cluster gave up on a block of work because its workers were killed several times, "
            "perhaps for lack of memory; use fewer workers per machine"
        )

    def _connection_lost(self, error: BaseException) -> WorkersError:
        # The text of a cancelled task names only the task.
        reason = "" if "Cancelled" in type(error).__name__ else f" ({_reason(error)})"
        return WorkersError(
            f"the connection to the Dask scheduler at {self.address} was lost{reason}; "
            "start the scheduler and run the command again"
        )

    def close(self) -> None:
        """Close the connection to the scheduler."""
        with suppress(Exception):
            self._client.close(timeout=_CLOSE_SECONDS)


def _join_pieces(pieces: list[bytes]) -> Any:
    return pickle.loads(b"".join(pieces))  # noqa: S301  (sent by the client of the same cluster)


def _versions() -> str:
    """Return the versions that determine the numbers; runs on every worker."""
    import numpy as np

    return f"xacle-eval {__version__} and numpy {np.__version__}"


def _ask_identity(address: str, arguments: dict[str, Any], seconds: float) -> Any:
    """Return a server's answer to Dask's identity request, within a time limit."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    def ask() -> Any:
        exchange = _exchange_identity(address, arguments, seconds)
        return asyncio.run(asyncio.wait_for(exchange, seconds))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return ask()
    # In a notebook, this thread already has an event loop.
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(ask).result()


async def _exchange_identity(address: str, arguments: dict[str, Any], seconds: float) -> Any:
    from distributed.comm.core import connect

    comm = await connect(address, timeout=0.9 * seconds, **arguments)  # type: ignore[no-untyped-call]
    try:
        await comm.write({"op": "identity", "reply": True})
        return await comm.read()
    finally:
        comm.abort()


def _left(deadline: float) -> float:
    """Return the seconds until a deadline, at least a tenth: some functions treat a timeout of 0 as
    none.
    """
    return max(deadline - time.monotonic(), 0.1)


def _reason(error: BaseException) -> str:
    """Describe an error in a few words: those of the operating system, if it caused the error."""
    for each in causes_of(error):
        if isinstance(each, OSError) and each.strerror:
            return visible(each.strerror, 200)
    if isinstance(error, TimeoutError) or str(error).startswith("Timed out"):
        return "no answer"
    lines = str(error).splitlines()
    name = type(error).__name__
    return visible(f"{name}: {lines[0]}" if lines and lines[0] else name, 200)

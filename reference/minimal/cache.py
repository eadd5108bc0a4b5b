"""Statistics of many clips, computed in parallel and cached between runs.

Clips are processed in chunks. A finished chunk is written atomically; its file name is a hash of
the front end's version and of the name, size and modification time of every clip. So an interrupted
run continues with the first unfinished chunk, and a changed clip is read again.
"""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference.audio import read_wav
from reference.errors import AudioError
from reference.files import write_bytes
from reference.minimal.audio_features import FEATURE_VERSION, GROUPS, clip_statistics, group_columns

__all__ = ["CHUNK", "clip_features"]

CHUNK = 50
"""Clips per chunk: less than a second of work, so that an interruption loses little."""

Array = NDArray[np.float32]
Progress = Callable[[int, int], None]


def clip_features(
    paths: Sequence[Path],
    *,
    cache: Path | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Array:
    """Return the statistics of clips, from the cache where possible.

    Parameters
    ----------
    paths : sequence of Path
        WAV files, mono, 16-bit, 16 kHz.
    cache : Path, optional
        Folder for finished chunks, created if missing; None disables the cache.
    jobs : int
        Number of processes, at least 1; it does not change the result.
    progress : callable, optional
        Called with (clips done, total).

    Returns
    -------
    ndarray of float32, shape (len(paths), features)

    Raises
    ------
    AudioError
        If a file is not in the format of the challenge; finished chunks stay in the cache.
    """
    chunks = [tuple(paths[start : start + CHUNK]) for start in range(0, len(paths), CHUNK)]
    files = [None if cache is None else cache / f"{_key(chunk)}.npy" for chunk in chunks]
    results = [
        None if file is None else _load_chunk(file, len(chunk))
        for file, chunk in zip(files, chunks, strict=True)
    ]
    open_chunks = [index for index, result in enumerate(results) if result is None]
    done = len(paths) - sum(len(chunks[index]) for index in open_chunks)
    if progress is not None:
        progress(done, len(paths))
    for index, rows in _compute_chunks(chunks, open_chunks, jobs):
        file = files[index]
        if file is not None:
            write_bytes(file, _npy(rows))
        results[index] = rows
        done += len(rows)
        if progress is not None:
            progress(done, len(paths))
    return np.concatenate(
        [rows for rows in results if rows is not None]
        or [np.empty((0, _width()), dtype=np.float32)]
    )


def _compute_chunks(
    chunks: Sequence[tuple[Path, ...]], wanted: Sequence[int], jobs: int
) -> Iterator[tuple[int, Array]]:
    if jobs == 1 or len(wanted) < 2:
        for index in wanted:
            yield index, _statistics(chunks[index])
        return
    # Spawn instead of fork: a fork would copy the thread that draws the progress bar.
    pool = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), initializer=_leave_interrupts_to_parent
    )
    try:
        futures: dict[Future[Array], int] = {
            pool.submit(_statistics, chunks[index]): index for index in wanted
        }
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _statistics(paths: Sequence[Path]) -> Array:
    return np.vstack([clip_statistics(read_wav(path)) for path in paths])


def _key(paths: Sequence[Path]) -> str:
    clips = []
    for path in paths:
        try:
            state = path.stat()
        except OSError as error:
            raise AudioError(
                f"{path}: cannot be read ({error.strerror or error}). Expected a WAV file."
            ) from error
        clips.append([path.name, state.st_size, state.st_mtime_ns])
    front_end = [FEATURE_VERSION, list(GROUPS)]
    return hashlib.sha256(json.dumps([front_end, clips]).encode("utf-8")).hexdigest()[:32]


def _load_chunk(file: Path, rows: int) -> Array | None:
    """Return a finished chunk, or None if its file is missing or invalid."""
    try:
        found = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = (
        isinstance(found, np.ndarray)
        and found.shape == (rows, _width())
        and found.dtype == np.float32
    )
    return found if fits else None


def _width() -> int:
    return group_columns(list(GROUPS)[-1])[1]


def _npy(rows: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, rows, allow_pickle=False)
    return buffer.getvalue()

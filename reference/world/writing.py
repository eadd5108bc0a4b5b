"""Writing a world in the layout of the real data set.

::

    DIR/world.json                                what this is: synthetic, seed, sizes, versions
    DIR/meta_data/{split}.csv                     wav_file_name,text,score,listener_id
    DIR/meta_data/{split}_average.csv             wav_file_name,text,average_score
    DIR/wav/{split}/NNNNN.wav                     mono, 16-bit RIFF WAV

Conventions: files are written whole or not at all. A file that is there and has the right size is
taken as finished, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from reference.errors import RecipeError
from reference.files import write_bytes
from reference.world.recipe import SPLITS, WORLD_VERSION, Pair, World, WorldConfig
from reference.world.rendering import render, wav_bytes, wav_size
from xacle_eval import __version__

__all__ = ["NOTE", "wav_path", "write_audio", "write_metadata"]

NOTE: Final = (
    "Synthetic data. The sounds are computed, the captions are put together by rules and the ratings are "
    "drawn from a model of listeners; no recording and no person is behind them. They say nothing about "
    "real data or about how well a system does in the challenge."
)

CHUNK: Final = 16
"""Clips that a worker renders before it reports: a fraction of a second of work."""


def write_metadata(world: World, directory: str | os.PathLike[str]) -> None:
    """Write ``world.json`` and the metadata of every split.

    Raises
    ------
    RecipeError
        If the folder holds another world or a data set that is not of this recipe, or a file
        cannot be written.
    """
    root = Path(directory)
    _claim(root, world.config)
    for split in SPLITS:
        pairs = world.split(split.name)
        ratings = (
            (pair.wav_file_name, pair.text, rating.score, rating.listener_id)
            for pair in pairs
            for rating in pair.ratings
        )
        averages = ((pair.wav_file_name, pair.text, pair.average) for pair in pairs)
        folder = root / "meta_data"
        _write_csv(
            folder / f"{split.name}.csv", ("wav_file_name", "text", "score", "listener_id"), ratings
        )
        _write_csv(
            folder / f"{split.name}_average.csv",
            ("wav_file_name", "text", "average_score"),
            averages,
        )


def _write_csv(path: Path, header: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(path, buffer.getvalue().encode("utf-8"))


def _description(config: WorldConfig) -> dict[str, Any]:
    return {"note": NOTE, "world_version": WORLD_VERSION, "config": asdict(config)}


def _claim(root: Path, config: WorldConfig) -> None:
    """Make `root` the folder of this world, unless it is another one's."""
    path = root / "world.json"
    wanted = _description(config)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (root / "meta_data").exists() or (root / "wav").exists():
            raise RecipeError(
                f"{root} holds a data set that is not a synthetic world (it has no world.json); "
                "choose an empty folder, nothing was written"
            ) from None
        told = {**wanted, "written_with": {"xacle_eval": __version__, "numpy": np.__version__}}
        write_bytes(path, (json.dumps(told, indent=2) + "\n").encode("utf-8"))
        return
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"{path} cannot be read ({error}); choose an empty folder or delete it"
        ) from error
    if not isinstance(found, dict) or any(found.get(key) != value for key, value in wanted.items()):
        raise RecipeError(
            f"{root} holds a world made otherwise: {_differences(found, wanted)}; "
            "choose another folder, or delete this one"
        )


def _differences(found: Any, wanted: dict[str, Any]) -> str:
    told = found if isinstance(found, dict) else {}
    config = told.get("config")
    was = {
        "world_version": told.get("world_version"),
        **(config if isinstance(config, dict) else {}),
    }
    now = {"world_version": wanted["world_version"], **wanted["config"]}
    changed = [
        f"{key} is {was.get(key)} there, {now[key]} here" for key in now if was.get(key) != now[key]
    ]
    return ", ".join(changed) or "its world.json was edited"


def wav_path(directory: str | os.PathLike[str], pair: Pair) -> Path:
    """Return where the audio of a pair lies."""
    return Path(directory) / "wav" / pair.split.name / pair.wav_file_name


def write_audio(
    world: World,
    directory: str | os.PathLike[str],
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Render the audio of a world; files that are finished are left as they are.

    Parameters
    ----------
    world : World
        The plan.
    directory : path
        The folder of the world; it is claimed by ``world.json`` if it is empty.
    jobs : int
        Processes that render, 1 or more; the files are the same for any number.
    progress : callable, optional
        Called with the number of finished files and of all files: once at the start and
        each time that some are done.

    Returns
    -------
    int
        Number of files rendered.

    Raises
    ------
    RecipeError
        If `jobs` is less than 1, the folder holds something else, or a file cannot be written.
    """
    if jobs < 1:
        raise RecipeError(f"jobs is {jobs}; expected 1 or more")
    root = Path(directory)
    _claim(root, world.config)
    missing = [pair for pair in world.pairs if not _finished(wav_path(root, pair), world.config)]
    total = len(world.pairs)
    done = total - len(missing)
    report = progress or _no_report
    report(done, total)
    for split in SPLITS:
        (root / "wav" / split.name).mkdir(parents=True, exist_ok=True)
        _clear_leftovers(root / "wav" / split.name)
    for count in _render_all(missing, root, world.config, jobs):
        done += count
        report(done, total)
    return len(missing)


def _no_report(_done: int, _total: int) -> None:
    """Report to nobody."""


def _finished(path: Path, config: WorldConfig) -> bool:
    try:
        return path.stat().st_size == wav_size(config)
    except FileNotFoundError:
        return False


def _clear_leftovers(folder: Path) -> None:
    """Remove the temporary files of a run that was killed."""
    for path in folder.glob(".*.wav.*.part"):
        path.unlink(missing_ok=True)


def _render_all(pairs: Sequence[Pair], root: Path, config: WorldConfig, jobs: int) -> Iterator[int]:
    chunks = [pairs[start : start + CHUNK] for start in range(0, len(pairs), CHUNK)]
    if jobs == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield _render_chunk(chunk, root, config)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    # Fresh processes: a forked one may inherit locks of the caller's threads.
    context = multiprocessing.get_context("spawn")
    workers = min(jobs, len(chunks))
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_leave_interrupts_to_parent
    ) as pool:
        futures = [pool.submit(_render_chunk, chunk, root, config) for chunk in chunks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise RecipeError(
                "a process that rendered clips was ended from outside (out of memory?); "
                f"the files in {root} are whole; run again to do the rest, with fewer jobs if need be"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    """Let Ctrl-C reach the parent alone, which stops in good order; workers finish the clip in
    hand.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _render_chunk(pairs: Sequence[Pair], root: Path, config: WorldConfig) -> int:
    for pair in pairs:
        _write_wav(wav_path(root, pair), wav_bytes(render(pair, config), config.sample_rate))
    return len(pairs)


def _write_wav(path: Path, data: bytes) -> None:
    """Write one clip by way of a temporary file.

    Not flushed to the disk one by one as results are: a clip lost to a power cut is found by
    its size and rendered again.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise RecipeError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)

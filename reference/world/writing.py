"""Write a world in the layout of the real dataset.

::

    DIR/world.json                                note (synthetic), seed, sizes, versions
    DIR/challenge.toml                            for xacle-eval --challenge DIR
    DIR/meta_data/{split}.csv                     wav_file_name,text,score,listener_id
    DIR/meta_data/{split}_average.csv             wav_file_name,text,average_score
    DIR/wav/{split}/NNNNN.wav                     mono, 16-bit RIFF WAV

Conventions: files are written atomically. An existing file of the right size is complete, so an
interrupted run continues where it stopped.
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

from reference.challenge import CHALLENGE_NAME, challenge_file
from reference.errors import RecipeError
from reference.files import write_bytes
from reference.world.recipe import SPLITS, WORLD_VERSION, Pair, World, WorldConfig
from reference.world.rendering import render, wav_bytes, wav_size
from xacle_eval import __version__

__all__ = ["NOTE", "wav_path", "write_audio", "write_metadata"]

NOTE: Final = (
    "Synthetic data. The sounds are computed, the captions are put together by rules and the "
    "ratings are drawn from a model of listeners; no recording and no person is behind them. They "
    "say nothing about real data or about how well a system does in the challenge."
)

CHUNK: Final = 16
"""Clips that a worker renders between progress reports: a fraction of a second of work."""


def write_metadata(world: World, directory: str | os.PathLike[str]) -> None:
    """Write ``world.json``, the metadata of every split and a challenge file.

    An existing challenge file is kept, because it may have been edited.

    Raises
    ------
    RecipeError
        If the folder contains another world or another dataset, or a file cannot be written.
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
    if not (root / CHALLENGE_NAME).exists():
        write_bytes(root / CHALLENGE_NAME, _challenge(world))


def _challenge(world: World) -> bytes:
    """Return a challenge file with the pairs of all splits and their ratings."""
    splits = {}
    for split in reversed(SPLITS):
        numbers = [int(pair.wav_file_name.removesuffix(".wav")) for pair in world.split(split.name)]
        splits[split.name] = {
            "pattern": "{:05d}.wav",
            "first": min(numbers),
            "last": max(numbers),
            "references": f"meta_data/{split.name}.csv",
        }
    return challenge_file(
        "reference-world",
        "Synthetic world of the reference recipe",
        "The challenge of this synthetic world: xacle-eval score FILE --challenge FOLDER",
        splits,
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
    """Write ``world.json`` to `root`, or check that the folder belongs to this world."""
    path = root / "world.json"
    wanted = _description(config)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (root / "meta_data").exists() or (root / "wav").exists():
            raise RecipeError(
                f"{root} contains a dataset that is not a synthetic world (world.json not found); "
                "nothing was written, choose an empty folder"
            ) from None
        contents = {**wanted, "written_with": {"xacle_eval": __version__, "numpy": np.__version__}}
        write_bytes(path, (json.dumps(contents, indent=2) + "\n").encode("utf-8"))
        return
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"{path} cannot be read ({error}); choose an empty folder or delete it"
        ) from error
    if not isinstance(found, dict) or any(found.get(key) != value for key, value in wanted.items()):
        raise RecipeError(
            f"{root} contains a world with other settings: {_differences(found, wanted)}; "
            "choose another folder or delete this one"
        )


def _differences(found: Any, wanted: dict[str, Any]) -> str:
    known = found if isinstance(found, dict) else {}
    config = known.get("config")
    was = {
        "world_version": known.get("world_version"),
        **(config if isinstance(config, dict) else {}),
    }
    now = {"world_version": wanted["world_version"], **wanted["config"]}
    changed = [
        f"{key} is {was.get(key)}, expected {now[key]}" for key in now if was.get(key) != now[key]
    ]
    return ", ".join(changed) or "its world.json was edited"


def wav_path(directory: str | os.PathLike[str], pair: Pair) -> Path:
    """Return the path of the audio of a pair."""
    return Path(directory) / "wav" / pair.split.name / pair.wav_file_name


def write_audio(
    world: World,
    directory: str | os.PathLike[str],
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Render the audio of a world; skip finished files.

    Parameters
    ----------
    world : World
        The plan.
    directory : path
        The folder of the world; ``world.json`` is written if the folder is empty.
    jobs : int
        Number of processes, at least 1; it does not change the files.
    progress : callable, optional
        Called with (files done, total), at the start and after each chunk.

    Returns
    -------
    int
        Number of rendered files.

    Raises
    ------
    RecipeError
        If `jobs` is less than 1, the folder belongs to other data, or a file cannot be written.
    """
    if jobs < 1:
        raise RecipeError(f"jobs is {jobs}; expected 1 or more")
    root = Path(directory)
    _claim(root, world.config)
    missing = [pair for pair in world.pairs if not _is_complete(wav_path(root, pair), world.config)]
    total = len(world.pairs)
    done = total - len(missing)
    report = progress or _no_report
    report(done, total)
    for split in SPLITS:
        (root / "wav" / split.name).mkdir(parents=True, exist_ok=True)
        _remove_leftovers(root / "wav" / split.name)
    for count in _render_all(missing, root, world.config, jobs):
        done += count
        report(done, total)
    return len(missing)


def _no_report(_done: int, _total: int) -> None:
    """Ignore the progress."""


def _is_complete(path: Path, config: WorldConfig) -> bool:
    try:
        return path.stat().st_size == wav_size(config)
    except FileNotFoundError:
        return False


def _remove_leftovers(folder: Path) -> None:
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

    # Spawn instead of fork: a forked process may inherit locks of the caller's threads.
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
                "a process that rendered clips was killed (out of memory?); the files in"
                f" {root} are complete; run the command again, if necessary with fewer jobs"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    """Ignore Ctrl-C in a worker: it finishes its clip, and the parent process stops the run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _render_chunk(pairs: Sequence[Pair], root: Path, config: WorldConfig) -> int:
    for pair in pairs:
        _write_wav(wav_path(root, pair), wav_bytes(render(pair, config), config.sample_rate))
    return len(pairs)


def _write_wav(path: Path, data: bytes) -> None:
    """Write one clip through a temporary file.

    Unlike results, clips are not flushed to disk one by one: a clip lost in a power failure is
    detected by its size and rendered again.
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

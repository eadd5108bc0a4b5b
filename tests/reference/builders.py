"""Files for the tests of the recipe: WAV files, chunk by chunk, and small datasets."""

from __future__ import annotations

import csv
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
RATE = 16_000


def chunk(name: bytes, data: bytes, declared: int | None = None) -> bytes:
    """Return a RIFF chunk, padded to an even length; the declared length may be wrong."""
    return (
        name
        + struct.pack("<I", len(data) if declared is None else declared)
        + data
        + b"\0" * (len(data) % 2)
    )


def format_chunk(
    tag: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, extra: bytes = b""
) -> bytes:
    """Return a 'fmt ' chunk."""
    block = channels * bits // 8
    return chunk(
        b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + extra
    )


def riff(*chunks: bytes) -> bytes:
    """Return a RIFF WAVE file with the given chunks."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def samples(count: int = 1600, seed: int = 0) -> np.ndarray:
    """Return noise as 16-bit samples."""
    return np.random.default_rng(seed).integers(-20_000, 20_000, count).astype("<i2")


def wav(data: np.ndarray | None = None) -> bytes:
    """Return a WAV file in the format of the challenge."""
    return riff(format_chunk(), chunk(b"data", (samples() if data is None else data).tobytes()))


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], *, encoding: str = "utf-8"
) -> None:
    """Write a CSV file and create its parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def write_dataset(
    directory: Path, *, first: dict[str, int] | None = None, seconds: float = 0.2
) -> Path:
    """Write a valid dataset with three pairs per split and two ratings per pair."""
    starts = first or {"train": 0, "validation": 7500, "test": 10500}
    for split, start in starts.items():
        names = [f"{number:05d}.wav" for number in range(start, start + 3)]
        texts = ["a dog barks", "rain falls, and wind blows", "a bell"]
        ratings = [(2, 5), (9, 10), (0, 0)]
        rows = [
            (name, text, score, f"L{listener}")
            for name, text, scores in zip(names, texts, ratings, strict=True)
            for listener, score in enumerate(scores)
        ]
        averages = [
            (name, text, sum(scores) / 2)
            for name, text, scores in zip(names, texts, ratings, strict=True)
        ]
        folder = directory / "meta_data"
        write_csv(folder / f"{split}.csv", ("wav_file_name", "text", "score", "listener_id"), rows)
        write_csv(
            folder / f"{split}_average.csv", ("wav_file_name", "text", "average_score"), averages
        )
        (directory / "wav" / split).mkdir(parents=True)
        for number, name in enumerate(names):
            (directory / "wav" / split / name).write_bytes(
                wav(samples(round(seconds * RATE), number))
            )
    return directory


def command(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run ``python -m reference`` in the folder `cwd`."""
    return subprocess.run(
        [sys.executable, "-m", "reference", *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def wait_until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Poll a condition until it is true; fail after a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the awaited event did not occur")
        time.sleep(0.001)


def environment() -> dict[str, str]:
    """Return the environment with the checkout in PYTHONPATH."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}

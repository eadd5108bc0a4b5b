"""The ledger with 20,000 uploads of 200 teams: the check, attempts, adding, and the board.

Goal: measure whether the ledger stays usable at the size of a large challenge.

Each team has sent 100 uploads: 50 versions of each of two systems, in 20 days. The board therefore
has 400 systems. It is compared with the board of a folder with the same 400 files, in the same
process, alternately; the least processor time of five calls counts, that of all threads together.
`verify` computes hashes of large files in threads, so it takes less time than that. Two sizes of
uploads: 24 pairs, where the ledger itself is all that takes time, and 3,000 pairs, the size of the
XACLE test set, where hashing the files does.

Run as ``python -m benchmarks.ledger [--uploads 20000]``. Markdown on standard output; about four
minutes on two cores, and 1.2 GB of disk for a while.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

import xacle_eval as xe
from xacle_eval.records.ledger.chain import Entry, Head, body_text
from xacle_eval.records.ledger.database import Database, chained

TEAMS, SYSTEMS, REPEATS = 200, 2, 5
START = datetime(2026, 11, 1, tzinfo=UTC)
CHALLENGE = """
name = "benchmark"
title = "Benchmark"
default_split = "test"
[ids]
column = "wav_file_name"
[predictions]
column = "pred_score"
[references]
column = "average_score"
[ratings]
column = "score"
listener = {{ column = "listener_id" }}
[scores]
minimum = 0
maximum = 10
[splits.test]
pattern = "{{:05d}}.wav"
first = 1
last = {pairs}
[ranking]
order = ["SRCC", "LCC", "KTAU", "MSE"]
[phases.main]
opens = 2026-11-01T00:00:00Z
closes = 2026-12-01T00:00:00Z
valid_per_day = 5
valid_total = 1000
all_per_day = 10
"""


def make_challenge(folder: Path, pairs: int, rng: np.random.Generator) -> tuple[Path, Path]:
    """Write the challenge and its references."""
    file, references = folder / "challenge.toml", folder / "references.csv"
    file.write_text(CHALLENGE.format(pairs=pairs), encoding="utf-8")
    references.write_text(table("average_score", rng.uniform(0, 10, pairs)), encoding="utf-8")
    return file, references


def table(column: str, values: np.ndarray) -> str:
    """Return ids and values as CSV."""
    rows = (f"{place:05d}.wav,{value:.4f}" for place, value in enumerate(values, 1))
    return "\n".join((f"wav_file_name,{column}", *rows, ""))


def uploads(number: int, pairs: int, rng: np.random.Generator) -> Iterator[tuple[str, str, bytes]]:
    """Yield the team, the system's label and the bytes of each upload, in the order of time.

    Every upload differs from the others in its first value, which is enough for a hash of its own.
    """
    text = table("pred_score", rng.uniform(0, 10, pairs)).partition("\n")
    header, rest = text[0], text[2].partition("\n")[2]
    for place in range(number):
        team = f"Team{place % TEAMS:03d}"
        label = f"{team}_{place // TEAMS % SYSTEMS + 1:02d}"
        first = f"00001.wav,{place % 10_000 / 1_000:.4f}{place // 10_000}"
        yield team, label, f"{header}\n{first}\n{rest}".encode()


def fill(ledger: xe.Ledger, number: int, pairs: int, folder: Path) -> None:
    """Record the uploads in one transaction, and write the last version of each into a folder."""
    ledger.store.folder.mkdir()
    last = Head(*ledger.head())
    entries: list[Entry] = []
    rng = np.random.default_rng(1)
    step = timedelta(days=20) / number
    for place, (team, label, data) in enumerate(uploads(number, pairs, rng)):
        digest = hashlib.sha256(data).hexdigest()
        (ledger.store.folder / digest).write_bytes(data)
        if place >= number - TEAMS * SYSTEMS:
            (folder / team).mkdir(parents=True, exist_ok=True)
            (folder / team / f"{label}.csv").write_bytes(data)
        moment = f"{START + place * step:%Y-%m-%dT%H:%M:%SZ}"
        systems = [{"system": label, "valid": True}]
        body = body_text({"file": f"{label}.csv", "bytes": len(data), "systems": systems})
        entry = chained(last, "valid", moment, body, team=team, phase="main", sha256=digest)
        entries.append(entry)
        last = Head(entry.sequence, entry.hash)
    with Database(ledger.path, write=True) as database, database.transaction():
        database.insert(entries)


def seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of some calls."""
    return alternately(work)[0]


def alternately(*works: Callable[[], object]) -> list[float]:
    """Return the least processor time of each work, called in turn."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for work, found in zip(works, times, strict=True):
            begin = time.process_time()
            work()
            found.append(time.process_time() - begin)
    return list(map(min, times))


def measure(number: int, pairs: int) -> list[str]:
    """Return the rows of the table for one size of uploads."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        challenge, references = make_challenge(folder, pairs, np.random.default_rng(0))
        ledger = xe.Ledger.init(folder / "ledger.db", challenge)
        fill(ledger, number, pairs, folder / "sent")
        size = sum(path.stat().st_size for path in ledger.store.folder.iterdir())
        check = seconds(ledger.verify)
        one_team = seconds(lambda: ledger.attempts("Team007"))
        attempts = seconds(ledger.attempts)
        add = adding(ledger, folder, pairs, "Team")
        first = adding(ledger, folder, pairs, "Other")
        loaded = xe.load_references(references, challenge)
        of_files = partial(xe.leaderboard, folder / "sent", references=loaded, challenge=challenge)
        of_ledger = partial(ledger.leaderboard, loaded, as_of="2026-11-20T23:59:59Z")
        from_files, from_ledger = alternately(of_files, of_ledger)
        same = of_files().to_csv() == of_ledger().to_csv()
    work = f"{pairs:,} pairs, {size / 1e6:,.0f} MB of files"
    return [
        f"| `verify`, {work} | – | {check:.2f} s | 1 s |",
        f"| `attempts` of one team, {work} | – | {1e3 * one_team:.1f} ms | 20 ms |",
        f"| `attempts` of all teams, {work} | – | {1e3 * attempts:.1f} ms | – |",
        f"| `add` of one upload, {work} | its check alone | {add} | 20 ms |",
        f"| `add` of the first upload of a team, {work} | its check alone | {first} | 20 ms |",
        f"| `leaderboard --as-of`, 400 systems, {work} | the same files in a folder | "
        f"{from_ledger / from_files:.2f}x its time ({from_files:.2f} s); the same table: "
        f"{'yes' if same else 'NO'} | at most 1x |",
    ]


def adding(ledger: xe.Ledger, folder: Path, pairs: int, team: str) -> str:
    """Return the time of adding an upload of teams, and of checking it without recording it."""
    rng = np.random.default_rng(len(team))
    files = []
    for place in range(4 * REPEATS):
        file = folder / "new" / f"{team}{place:03d}_03.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text(table("pred_score", rng.uniform(0, 10, pairs)), encoding="utf-8")
        os.utime(file, (START.timestamp() + 86_400 * 22,) * 2)
        files.append(file)
    added, checked = [], []
    for file in files:
        begin = time.process_time()
        xe.validate(file, challenge=ledger.challenge)
        checked.append(time.process_time() - begin)
        begin = time.process_time()
        ledger.add(file)
        added.append(time.process_time() - begin)
    return f"{1e3 * min(added):.1f} ms; {1e3 * min(checked):.1f} ms"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--uploads", type=int, default=20_000)
    number = parser.parse_args().uploads
    print(f"{number:,} uploads of {TEAMS} teams:\n")
    print("| work | compared with | measured | target |\n| --- | --- | --- | --- |")
    for pairs in (24, 3_000):
        print("\n".join(measure(number, pairs)))


if __name__ == "__main__":
    main()

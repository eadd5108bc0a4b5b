"""Mutate valid predictions, packages and descriptions, and count the exit codes of the commands.

    python benchmarks/fuzz.py [NUMBER] [--seed S] [--jobs N] [--keep DIR]

Every mutation is passed to the real command line, in this process: validate, score, leaderboard,
split or verify, in one of the formats. Any exit code except 0, 1 and 2, any exception and any
traceback is a failure; its file is kept, with the number that reproduces it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import random
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from xacle_eval.cli import run  # noqa: E402 -- the checkout takes precedence over an installed package

EXAMPLE = ROOT / "tests" / "data" / "example"
TASK = ("--challenge", str(EXAMPLE / "task.toml"))
ALLOWED = (0, 1, 2)
COMMANDS = (
    ("validate",),
    ("validate", "--format", "json"),
    ("validate", "--format", "github"),
    ("validate", "--format", "junit"),
    ("validate", "--format", "sarif"),
    ("validate", "--strict"),
    ("score",),
    ("score", "--format", "json"),
    ("leaderboard",),
    ("leaderboard", "--format", "markdown"),
    ("split",),
    ("verify",),
)
PIECES = (
    b",", b'"', b"\n", b"\r", b"\t", b"\0", b"\xff", b"\xef\xbb\xbf", b"nan", b"1e999", b"-", b".",
    b"0", b" ", b";", b":", b"- ", b"  ", b"[", b"]", b"{", b"}", b"&a ", b"*a", b"!x ", b"|", b">",
    b"'", b"#", b"<", b"%", b"@", b"`", b"null", b"true", b"~", b"PK\x03\x04", b"PK\x01\x02",
    b"PK\x05\x06", b"\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", "\u202e".encode(),
    "\u0661".encode(), b"\xed\xa0\x80", b"../", b"9" * 400,
)  # fmt: skip


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Apply a few random changes: flip bits, and copy, move, remove and insert pieces."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at, length = rng.randrange(len(changed) + 1), rng.choice((0, 1, 2, 4, 20, 200))
        kind = rng.randrange(6)
        if kind == 0 and changed:
            changed[at % len(changed)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[at : at + length] = rng.choice(PIECES)
        elif kind == 2:
            changed[at:at] = changed[rng.randrange(len(changed) + 1) :][:length]
        elif kind == 3:
            del changed[at : at + length]
        elif kind == 4:
            changed[at : at + 4] = rng.randrange(1 << 32).to_bytes(4, "little")
        else:
            lines = bytes(changed).split(b"\n")
            line = lines.pop(rng.randrange(len(lines)))
            lines.insert(
                rng.randrange(len(lines) + 1),
                rng.choice((line, b"  " + line, line.strip(), line * 2)),
            )
            changed = bytearray(b"\n".join(lines))
    return bytes(changed)


def sources() -> tuple[bytes, dict[str, bytes]]:
    """Return valid predictions and the files of a valid package."""
    with zipfile.ZipFile(EXAMPLE / "packages" / "Hibari.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return files["Hibari_01.csv"], files


def pack(rng: random.Random, files: dict[str, bytes]) -> bytes:
    """Return the files as a ZIP archive."""
    memory = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(memory, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return memory.getvalue()


def make_submission(rng: random.Random, rows: bytes, files: dict[str, bytes]) -> tuple[str, bytes]:
    """Return name and content of a mutated submission: a CSV, a ZIP, or a ZIP of mutated files."""
    kind = rng.randrange(4)
    if kind == 0:
        return "Hibari_01.csv", mutate(rng, rows)
    if kind == 1:
        return "Hibari.zip", mutate(rng, pack(rng, files))
    name = rng.choice([name for name in files if name.endswith(".yaml") == (kind == 2)])
    return "Hibari.zip", pack(rng, {**files, name: mutate(rng, files[name])})


def run_command(arguments: list[str]) -> tuple[int, str]:
    """Run the command in this process and return its exit code and its output."""
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            run(arguments)
    except SystemExit as error:
        return (error.code if isinstance(error.code, int) else 0), out.getvalue()
    return -1, out.getvalue()


def count_exits(
    begin: int, end: int, seed: int, keep: Path
) -> tuple[Counter[tuple[str, int]], list[str]]:
    """Run mutations `begin` to `end`; count the exit codes of each command, and list failures."""
    rows, files = sources()
    counts: Counter[tuple[str, int]] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number in range(begin, end):
            rng = random.Random(f"{seed}/{number}")  # noqa: S311 -- not a secret
            name, data = make_submission(rng, rows, files)
            Path(name).write_bytes(data)
            command = rng.choice(COMMANDS)
            arguments = [*command, name, *((name,) if command == ("verify",) else TASK)]
            arguments += ["-o", f"out{number}"] if command == ("split",) else []
            try:
                status, text = run_command(arguments)
            except Exception as error:  # noqa: BLE001 -- any exception is a failure
                status, text = -1, f"Traceback: {type(error).__name__}: {error}"
            counts[command[0], status] += 1
            if status not in ALLOWED or "Traceback" in text:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{number}_{name}").write_bytes(data)
                wrong.append(
                    f"{number}: {' '.join(arguments)} exited with {status}: {text.strip()[-300:]}"
                )
    return counts, wrong


def chunks(total: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield consecutive ranges of at most `size` numbers up to `total`."""
    for begin in range(0, total, size):
        yield begin, min(begin + size, total)


def _work(piece: tuple[int, int, int, str]) -> tuple[Counter[tuple[str, int]], list[str]]:
    begin, end, seed, keep = piece
    return count_exits(begin, end, seed, Path(keep))


def main() -> int:
    """Run all mutations; return 1 if any of them failed."""
    parser = argparse.ArgumentParser(
        description="Mutate valid submissions and count the exit codes of the commands."
    )
    parser.add_argument("number", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--keep", type=Path, default=Path("fuzz-failures"), help="folder for failing files"
    )
    given = parser.parse_args()
    keep = str(given.keep.resolve())
    pieces = [(begin, end, given.seed, keep) for begin, end in chunks(given.number, 500)]
    counts: Counter[tuple[str, int]] = Counter()
    wrong: list[str] = []
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
        for found, faulty in pool.imap_unordered(_work, pieces):
            counts += found
            wrong += faulty
    for (command, status), times in sorted(counts.items()):
        print(f"{command:12} exit {status}: {times:,}")
    print("\n".join(wrong))
    print(f"{given.number:,} mutations, seed {given.seed}: {len(wrong)} failures")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

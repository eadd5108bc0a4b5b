"""Submissions as files of the working folder: predictions, packages and folders of both."""

from __future__ import annotations

import random

from benchmarks.fuzzing import archives, documents, tables
from benchmarks.fuzzing.cases import Case, Link, Special, chance, hostile_text, some

__all__ = ["add_file", "add_folder", "add_submission", "package_files"]

CANARY = "../canary/note.txt"
_SPECIAL = ("/dev/null", "/dev/zero", "/dev/full", "/dev/stdin", "/dev", "/proc/self/mem", ".")


def _file_name(rng: random.Random, plain: str) -> str:
    """Return a name for a file, hostile or not; it has no slash and is not too long."""
    if chance(rng, 0.9):
        return plain
    stem, dot, ending = plain.partition(".")
    name = hostile_text(rng).replace("/", "_").replace("\0", "_")[:50]
    return some(rng, [(3, f"{name}{dot}{ending}"), (2, f"{stem}{name}{dot}{ending}"), (1, name)])


def add_file(rng: random.Random, case: Case, plain: str, data: bytes, packed: bool = False) -> str:
    """Add a file to the case and return its path."""
    name = _file_name(rng, plain + ".gz" if packed != chance(rng, 0.02) else plain)
    if name in ("", ".", ".."):
        name = plain
    case.files[name] = data
    return name


def package_files(rng: random.Random, team: str = "Hibari") -> dict[str, bytes]:
    """Return the files of a package: predictions, descriptions, a report."""
    files = {}
    for system in range(1, some(rng, [(2, 2), (6, 3), (0.3, 5)])):
        label, calm = f"{team}_{system:02d}", rng.random()
        rows = tables.plain_predictions() if calm < 0.4 else tables.predictions(rng)[0]
        files[f"{label}.csv"] = rows
        if chance(rng, 0.97):
            files[f"{label}.yaml"] = documents.description(rng, label, plain=calm > 0.6)
    if chance(rng, 0.04):
        files["report.pdf"] = documents.report(rng)
    return files


def _package(rng: random.Random, team: str) -> bytes:
    files = package_files(rng, team)
    if chance(rng, 0.15):
        files = {f"{team}/{name}": data for name, data in files.items()}
    return archives.archive(rng, files)


def add_submission(rng: random.Random, case: Case, plain: str = "Hibari_01") -> str:
    """Add a submission of some kind and return its path."""
    team = plain.rpartition("_")[0] or plain
    kind = rng.random()
    if kind < 0.5:
        return add_file(rng, case, f"{plain}.csv", *tables.predictions(rng))
    if kind < 0.94:
        return add_file(rng, case, f"{team}.zip", _package(rng, team))
    if kind < 0.96:
        data = tables.predictions(rng)[0]
        return add_file(rng, case, rng.choice(("x.zip", "x.txt", "x", "x.json")), data)
    return _add_no_file(rng, case)


def _add_no_file(rng: random.Random, case: Case) -> str:
    """Add a link, a pipe or an empty file, or nothing, and return a path."""
    case.files["empty.csv"] = b""
    target = rng.choice((CANARY, "link.csv", "missing", "/dev/null"))
    odd: list[tuple[float, tuple[str, Link | Special | None]]] = [
        (2, ("link.csv", Link(target))),
        (0.5, ("pipe.csv", Special())),
        (1, (rng.choice(_SPECIAL), None)),
        (1, ("empty.csv", None)),
        (2, (rng.choice(("missing.csv", hostile_text(rng), "x" * 5_000)), None)),
    ]
    name, content = some(rng, odd)
    if content is not None:
        case.files[name] = content
    return name


# --- folders -------------------------------------------------------------------------------------
_TEAMS = ("Hibari", "Kumo", "Suzume", "Hibari", "\u039aumo")


def _add_mass(rng: random.Random, case: Case) -> None:
    """Add many files of one kind: similar, empty, of another ending, or with long names."""
    kind = rng.randrange(5)
    number = rng.choice((30, 100, 1_000 if kind in (1, 2) else 100))
    base = tables.predictions(rng)[0]
    letters = rng.choice(("a", "ab", "\u3042"))
    for at in range(number):
        if kind == 0:
            case.files[f"in/Team{at // 2}_{at % 2:02d}.csv"] = base.replace(
                b"5", b"%d" % (at % 10), 1
            )
        elif kind == 1:
            case.files[f"in/Team{at}_01.csv"] = b""
        elif kind == 2:
            case.files[f"in/file{at}.txt"] = b"x"
        elif kind == 3:
            case.files[f"in/{(letters * 60)[: 60 + at % 3]}{at}.csv"] = base
        else:
            case.files[f"in/{(letters * 60)[:60]}{at}.csv"] = Link(CANARY)
    case.submissions = number


def _add_odd_file(rng: random.Random, case: Case) -> None:
    odd: list[tuple[float, tuple[str, bytes | Link | Special | None]]] = [
        (2, ("in/receipt.json", b"{}")),
        (2, ("in/link.csv", Link(CANARY))),
        (1, ("in/receipt.json", Link(CANARY))),
        (1, ("in/linked", Link("../../canary"))),
        (1, ("in/loop", Link("."))),
        (1, ("in/Kumo_09.csv", Link("missing"))),
        (0.1, ("in/Kumo_08.csv", Special())),
        (2, ("in/empty.csv", b"")),
        (2, ("in/deep/a/b/c/Kumo_01.csv", b"x")),
        (2, ("in/notes.txt", b"x")),
        (1, ("in/.hidden.csv", b"x")),
        (1, ("in/none", None)),
    ]
    name, content = some(rng, odd)
    case.files[name] = content


def add_folder(rng: random.Random, case: Case) -> str:
    """Add a folder of submissions, with or without a folder for each team; return its path."""
    if chance(rng, 0.01):
        _add_mass(rng, case)
        return "in"
    number = rng.choice((1, 2, 3, 3, 5))
    by_team = chance(rng, 0.4)
    same = tables.predictions(rng)[0] if chance(rng, 0.2) else None
    for at in range(number):
        team = rng.choice(_TEAMS) if chance(rng, 0.9) else hostile_text(rng)[:40]
        team = team.replace("/", "_").replace("\0", "_")
        team = team if team not in ("", ".", "..") else "x"
        if chance(rng, 0.3):
            name, data = f"{team}.zip", _package(rng, "Hibari" if team != "Kumo" else team)
        else:
            content, packed = tables.predictions(rng)
            name = f"{team}_{at + 1:02d}.csv{'.gz' if packed else ''}"
            data = content if same is None else same
        case.files[f"in/{team}/{name}" if by_team else f"in/{name}"] = data
    if chance(rng, 0.25):
        _add_odd_file(rng, case)
    case.submissions = number
    return "in"

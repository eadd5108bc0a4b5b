"""What the modules with hostile files share: the list of cases, and valid parts to start from."""

import runpy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hostile_parts import Entry, raw_zip

HERE = Path(__file__).resolve().parent
ROWS = (HERE / "example/submissions/Hibari_01.csv").read_bytes()
IDS = [line.split(b",")[0].decode() for line in ROWS.splitlines()[1:]]
describe = runpy.run_path(str(HERE / "make_examples.py"))["description"]
YAML = describe("Hibari_01")
MIB = 1 << 20


@dataclass(frozen=True)
class Case:
    """A hostile file: its bytes, the codes that must be reported, the exit status of validate."""

    name: str
    what: str
    codes: tuple[str, ...]
    make: Callable[[], bytes]
    kept: bool = True
    status: int = 1


CASES: list[Case] = []


def case(name, what, codes, make, **settings):
    """Add a case; `make` is bytes, text, or a function that returns them."""
    if not callable(make):
        data = make.encode("utf-8", "surrogatepass") if isinstance(make, str) else make
        CASES.append(Case(name, what, tuple(codes.split()), lambda: data, **settings))
    else:
        CASES.append(Case(name, what, tuple(codes.split()), make, **settings))


def package(*entries, **settings):
    """Return a package with a valid system and the given entries."""
    return raw_zip(
        Entry("Hibari_01.csv", ROWS), Entry("Hibari_01.yaml", YAML.encode()), *entries, **settings
    )


def system(label, text=None, rows=ROWS):
    """Return the two files of a system."""
    return Entry(f"{label}.csv", rows), Entry(
        f"{label}.yaml", (describe(label) if text is None else text).encode()
    )

"""Write the hostile files of tests/data/hostile, and build those that are too large to be kept.

    python tests/data/make_hostile.py

Every case has a name, a description, the rule that must report it, and the exit status of
``validate``. The challenge is example/task.toml: 24 pairs, two systems per team, XACLE's rules for
packages. Only the bombs, which are not kept, are deflated, so that the files are the same with
every zlib.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

# Each module adds its cases to the list when it is imported.
import hostile_archives  # noqa: E402, F401 -- modules beside this one
import hostile_budgets  # noqa: E402, F401
import hostile_packages  # noqa: E402, F401
import hostile_predictions  # noqa: E402, F401
from hostile_cases import CASES, Case  # noqa: E402


def path_of(one: Case, folder: Path) -> Path:
    """Return a case's file: the kept one, or one generated in a folder."""
    if one.kept:
        return HERE / "hostile" / one.name
    target = folder / one.name
    target.write_bytes(one.make())
    return target


if __name__ == "__main__":
    for file in (HERE / "hostile").iterdir():
        file.unlink()
    for one in CASES:
        if one.kept:
            (HERE / "hostile" / one.name).write_bytes(one.make())

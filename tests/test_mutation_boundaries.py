"""The mutation run: its tables name files that exist, and every accepted survivor has a reason."""

import runpy
import tomllib

from tests.helpers import REPOSITORY

SCRIPT = runpy.run_path(str(REPOSITORY / "benchmarks" / "mutation.py"), run_name="mutation")


def test_modules_and_their_tests_exist():
    """Each module of the table and each of its test files is in the checkout."""
    for module, tests in SCRIPT["MODULES"].items():
        assert (REPOSITORY / "xacle_eval" / module).is_file(), module
        assert [name for name in tests if not (REPOSITORY / name).is_file()] == []


def test_every_accepted_survivor_has_a_reason():
    """An entry has a module of the table, a change and a reason, and is listed once."""
    text = (REPOSITORY / "benchmarks" / "mutation_survivors.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["survivor"]
    for entry in entries:
        assert set(entry) == {"module", "before", "after", "reason"}
        assert entry["module"] in SCRIPT["MODULES"]
        assert entry["reason"].strip()
        source = (REPOSITORY / "xacle_eval" / entry["module"]).read_text(encoding="utf-8")
        lines = {" ".join(line.split()) for line in source.splitlines()}
        # An entry of a line that is gone must not accept a new mutant.
        assert {" ".join(line.split()) for line in entry["before"].splitlines()} <= lines, entry
    changes = [
        (entry["module"], entry["before"], after)
        for entry in entries
        for after in ([entry["after"]] if isinstance(entry["after"], str) else entry["after"])
    ]
    assert len(set(changes)) == len(changes) == len(SCRIPT["read_accepted"]())

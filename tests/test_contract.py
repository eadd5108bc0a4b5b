"""The contract with other people's scripts: names may be added, none removed or renamed.

``tests/golden/contract.json`` has the contract of the last release; ``python -m tests.contract``
prints that of the code. The exit codes are tested on the running command.
"""

import json
from pathlib import Path

import pytest

from tests.cli.helpers import EXAMPLE, HIBARI, SMALL, xacle_eval
from tests.contract import collect_contract

GOLDEN = json.loads((Path(__file__).parent / "golden" / "contract.json").read_text("utf-8"))
INVALID = "invalid/submissions/id_duplicate.csv"


@pytest.fixture(scope="module")
def current():
    """The contract of the code under test."""
    return collect_contract()


def missing(old, new, path=""):
    """Return the path of each key or item of `old` that `new` lacks, and of each changed value."""
    if isinstance(old, dict):
        lost = [f"{path}/{key}" for key in old if key not in new]
        kept = [key for key in old if key in new]
        return lost + [
            item for key in kept for item in missing(old[key], new[key], f"{path}/{key}")
        ]
    if isinstance(old, list):
        return [f"{path}/{item}" for item in old if item not in new]
    return [] if old == new else [f"{path} = {old}"]


@pytest.mark.parametrize("part", GOLDEN)
def test_nothing_is_removed_or_renamed(part, current):
    """Every public name, rule code, exit code, option, choice and JSON key is still there."""
    assert missing(GOLDEN[part], current[part]) == []


def test_a_removed_name_is_noticed():
    """The comparison reports a lost key, a lost item and a changed value, and allows additions."""
    old = {"commands": {"score": {"--by": ["team"]}, "rank": {}}, "codes": {"UsageError": 2}}
    new = {"commands": {"score": {"--by": ["system"]}, "new": {}}, "codes": {"UsageError": 1}}
    assert missing(old, new) == [
        "/commands/rank",
        "/commands/score/--by/team",
        "/codes/UsageError = 2",
    ]
    assert missing(old, {**old, "more": []}) == []


@pytest.mark.parametrize(
    ("code", "arguments", "raised"),
    [
        (0, ("score", HIBARI, *EXAMPLE), None),
        (1, ("validate", INVALID, *SMALL), None),
        (2, ("score", HIBARI, "--no-such-option"), None),
        (3, ("score", HIBARI, *EXAMPLE), "RuntimeError"),
        (130, ("score", HIBARI, *EXAMPLE), "KeyboardInterrupt"),
    ],
)
def test_exit_codes(code, arguments, raised):
    """0 ok, 1 invalid submission, 2 usage error, 3 internal error, 130 interrupted."""
    before = ""
    if raised:
        before = (
            "import xacle_eval.cli.score as score\n"
            f"def fail(**_): raise {raised}\n"
            "score.command.callback = fail"
        )
    assert xacle_eval(*arguments, before=before).code == code

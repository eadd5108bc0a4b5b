"""Print a set-up command of the README as it is written there: ``run`` or ``test``.

The commands are the code blocks behind the HTML comments ``<!-- set-up: NAME -->``.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def command(name: str) -> str:
    """Return the lines of the code block that is marked with a name."""
    pattern = rf"<!-- set-up: {re.escape(name)} -->\n```\w*\n(.*?)```"
    found = re.search(pattern, README.read_text(encoding="utf-8"), flags=re.DOTALL)
    if found is None:
        sys.exit(f"{README.name} has no block marked '<!-- set-up: {name} -->'")
    return found[1]


if __name__ == "__main__":
    print(command(sys.argv[1]), end="")

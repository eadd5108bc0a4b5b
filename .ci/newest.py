"""Print the releases that the tests ran with, and fail if a direct dependency has a newer one.

A release that another dependency does not allow yet (numba holds back numpy) is named, not failed.
"""

import json
import re
import subprocess
import sys
from importlib.metadata import distribution, requires

PROJECT = "xacle-eval"


def pip(*arguments: str) -> str:
    """Return what pip prints."""
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def normal(name: str) -> str:
    """Return a package name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct() -> set[str]:
    """Return the packages that pyproject.toml names, those of the extras included."""
    names = (re.match(r"[A-Za-z0-9._-]+", text) for text in requires(PROJECT) or ())
    return {normal(found[0]) for found in names if found}


def holders(name: str) -> list[str]:
    """Return the installed packages that require a package."""
    shown = pip("show", name)
    line = next(line for line in shown.splitlines() if line.startswith("Required-by:"))
    users = (user.strip() for user in line.partition(":")[2].split(","))
    return [user for user in users if user and normal(user) != PROJECT]


def main() -> int:
    """Print the releases; return 1 if one could be newer."""
    named = direct()
    installed = {normal(each["name"]): each for each in json.loads(pip("list", "--format=json"))}
    for name in sorted(named & set(installed)):
        print(f"{name} {distribution(name).version}")
    failed = False
    for each in json.loads(pip("list", "--outdated", "--format=json")):
        name = normal(each["name"])
        if name in named:
            reason = ", ".join(holders(name))
            print(
                f"{name}: {each['latest_version']} exists; required by {reason or 'nothing else'}"
            )
            failed |= not reason
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

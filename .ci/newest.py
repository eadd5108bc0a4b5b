"""Print the releases that the tests ran with, and fail if a direct dependency has a newer one.

A newer release that another installed package excludes (numba excludes the newest numpy for a
while) is printed and does not fail.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import distribution, requires

from packaging.requirements import Requirement

PROJECT = "xacle-eval"


def pip(*arguments: str) -> str:
    """Return what pip prints."""
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def normal(name: str) -> str:
    """Return a package name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct() -> set[str]:
    """Return the packages that pyproject.toml names, including those of the extras."""
    return {normal(Requirement(text).name) for text in requires(PROJECT) or ()} - {PROJECT}


def excluded_by(name: str, release: str, installed: Iterable[str]) -> list[str]:
    """Return the installed packages whose requirements exclude a release of a package."""
    found = []
    for user in installed:
        for text in requires(user) or ():
            needed = Requirement(text)
            active = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if normal(needed.name) == name and active and not needed.specifier.contains(release):
                found.append(user)
    return sorted(set(found) - {PROJECT})


def main() -> int:
    """Print the releases; return 1 if one could be newer."""
    named = direct()
    installed = {normal(each["name"]): each for each in json.loads(pip("list", "--format=json"))}
    for name in sorted(named & set(installed)):
        print(f"{name} {distribution(name).version}")
    print("not installed:", ", ".join(sorted(named - set(installed))) or "nothing")
    failed = False
    for each in json.loads(pip("list", "--outdated", "--format=json")):
        name, latest = normal(each["name"]), each["latest_version"]
        if name in named:
            reason = ", ".join(excluded_by(name, latest, installed))
            print(f"{name}: {latest} exists; excluded by {reason or 'no installed package'}")
            failed |= not reason
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""The checks of the data that a Codabench bundle names, and of what participants can download."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from xacle_eval.hosting.lint.codabench_fields import FILE_CODES
from xacle_eval.hosting.lint.config import Location
from xacle_eval.hosting.lint.context import Check, Context, find_file, is_true, normal_path
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import quote

__all__ = ["DATA_CHECKS", "find_data"]

_LABELS = "the reference data of a task"


def find_data(context: Context, location: Location) -> tuple[str | None, list[Finding]]:
    """Return the file or folder that a value names, and the findings about its path.

    A UUID names a dataset that the platform has already.
    """
    name, found = find_file(context, location, FILE_CODES, folder=True)
    written = context.config.get(*location)
    if _is_uuid(written):
        return None, []
    if name is not None and context.bundle.is_folder(name) and "/" not in str(written):
        message = f"{quote(str(written), 60)} is a folder at the top of the bundle"
        found.append(context.config.find("folder-at-top", location, message))
    return name, found


def _is_uuid(written: object) -> bool:
    try:
        UUID(str(written))
    except ValueError:
        return False
    return True


def _labels(context: Context) -> Iterator[Finding]:
    """Yield a finding for each download that has the reference data of a task."""
    labels = {path for _, path in _paths(context, "tasks", "reference_data")}
    offered = [("phases", "public_data"), ("phases", "starting_kit")]
    if is_true(context.config.get("make_input_data_available", default=False)):
        offered.append(("tasks", "input_data"))
    for where, key in offered:
        for location, path in _paths(context, where, key):
            relation = next(filter(None, (_relation(path, each) for each in sorted(labels))), "")
            if relation:
                yield context.config.find("labels-public", location, f"{key} {relation}")


def _paths(context: Context, where: str, key: str) -> Iterator[tuple[Location, str]]:
    """Yield the places and the normal forms of the paths that a key names in a list."""
    for location, item in context.items(where):
        path = normal_path(item[key]) if isinstance(item.get(key), str) else None
        if path is not None:
            yield (*location, key), path


def _relation(offered: str, labels: str) -> str:
    """Return what a download has of the labels; empty if nothing."""
    shown = quote(labels, 100)
    if offered == labels:
        return f"is {shown}, {_LABELS}"
    if offered.startswith(f"{labels}/") or labels == ".":
        return f"is in {shown}, {_LABELS}"
    if labels.startswith(f"{offered}/") or offered == ".":
        return f"has {shown} in it, {_LABELS}"
    return ""


DATA_CHECKS: tuple[Check, ...] = (_labels,)

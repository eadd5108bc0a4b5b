"""Configurations as YAML: sections with comments, whose texts and times are quoted where needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

__all__ = ["Section", "utc_text", "yaml_text"]


class Section(NamedTuple):
    """Keys of a configuration, with a comment above them."""

    comment: str
    keys: Mapping[str, Any]


def utc_text(moment: datetime) -> str:
    """Return a time in UTC as text, which YAML quotes."""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def yaml_text(sections: Iterable[Section]) -> str:
    """Return sections as YAML in ASCII, because a platform may read it in another encoding."""
    import yaml

    parts = []
    for comment, keys in sections:
        lines = "".join(f"# {line}\n" for line in comment.splitlines())
        written = yaml.safe_dump(dict(keys), sort_keys=False, width=100, allow_unicode=False)
        parts.append(lines + written)
    return "\n".join(parts)

"""YAML that somebody sent: bytes to plain values with their places, under bounds.

A small part of YAML 1.2 is enough for a description, and only that is read: one document, a
mapping at its root, texts, numbers, true and false, lists. Text such as ``no``, ``12:30`` or
``2026-01-01`` stays text, as the YAML 1.2 core schema has it. Tags are refused, and the bounds
are counted over the parser's events before anything is built, so that neither a billion
laughs nor a hundred thousand brackets cost more than they weigh.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import quote, visible

__all__ = ["YamlReading", "read_yaml"]

MAX_BYTES = 100_000
MAX_DEPTH = 20
MAX_NODES = 5_000
MAX_ALIASES = 20

Place = tuple[int, int]
Location = tuple[str | int, ...]

# The core schema of YAML 1.2.2, section 10.3.2, for decimal numbers.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# More digits are no number of anything; Python itself refuses to read over 4,300.
_MOST_DIGITS = 400


@dataclass(slots=True)
class YamlReading:
    """The value of a YAML file, where each part of it stands, and what kept it from being read.

    ``value`` is None where there are findings that keep it from being read.
    """

    path: str
    value: dict[str, Any] | None = None
    findings: list[Finding] = field(default_factory=list)
    places: dict[Location, Place] = field(default_factory=dict)

    def place(self, location: Location) -> Place:
        """Return line and column, from 1, of a key or value, or of the nearest thing it is a part
        of.
        """
        for length in range(len(location), -1, -1):
            if location[:length] in self.places:
                return self.places[location[:length]]
        return 1, 1

    def add_finding(self, name: str, location: Location, message: str, **settings: Any) -> None:
        """Add a finding about a part of the file."""
        line, column = self.place(location)
        self.findings.append(
            rule(name).finding(message, file=self.path, line=line, column=column, **settings)
        )


class _RefusedError(Exception):
    """Something that keeps the file from being read; ``place`` counts from 1."""

    def __init__(self, name: str, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.place = place


def read_yaml(data: bytes, path: str) -> YamlReading:
    """Read a YAML file.

    Parameters
    ----------
    data : bytes
        The file.
    path : str
        Its path, as findings show it.

    Returns
    -------
    YamlReading
        Its value, or findings (XAC100 to XAC102).
    """
    import yaml

    reading = YamlReading(path)
    text = ""
    try:
        text = _text(data)
        # libyaml is ten times faster; without it the same is read by PyYAML's own parser.
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        _count(yaml.parse(text, Loader=loader))
        root = yaml.compose(text, Loader=loader)
        value = _built(root, (), reading, frozenset())
        if not isinstance(value, dict):
            raise _RefusedError("yaml-unreadable", "the file holds no keys and values")
        reading.value = value
    except _RefusedError as error:
        line, column = error.place or (None, None)
        finding = rule(error.name).finding(str(error), file=path, line=line, column=column)
        reading.findings.append(finding)
    except yaml.YAMLError as error:
        reading.findings.append(_broken(error, text, path))
    except RecursionError:
        reading.findings.append(
            rule("yaml-too-complex").finding("the values are nested too deeply", file=path)
        )
    if any(finding.severity == "error" for finding in reading.findings):
        reading.value = None
    return reading


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes; a description has at most {MAX_BYTES:,}"
        raise _RefusedError("yaml-too-complex", message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        raise _RefusedError("yaml-unreadable", message, (line, column)) from error
    hidden = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    if hidden is not None:
        line = text.count("\n", 0, hidden.start()) + 1
        column = hidden.start() - text.rfind("\n", 0, hidden.start())
        message = f"the character {visible(hidden[0])} cannot stand in YAML"
        raise _RefusedError("yaml-unreadable", message, (line, column))
    return text


def _count(events: Iterator[Any]) -> None:
    """Hold a file against the bounds by its parser's events, which come one by one."""
    depth = nodes = aliases = documents = 0
    for event in events:
        kind = type(event).__name__
        documents += kind == "DocumentStartEvent"
        nodes += kind in ("ScalarEvent", "AliasEvent", "MappingStartEvent", "SequenceStartEvent")
        aliases += kind == "AliasEvent"
        depth += kind in ("MappingStartEvent", "SequenceStartEvent")
        depth -= kind in ("MappingEndEvent", "SequenceEndEvent")
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if depth > MAX_DEPTH:
            raise _RefusedError(
                "yaml-too-complex", f"values are nested over {MAX_DEPTH} deep", place
            )
        if nodes > MAX_NODES:
            raise _RefusedError(
                "yaml-too-complex", f"the file has over {MAX_NODES:,} values", place
            )
        if aliases > MAX_ALIASES:
            raise _RefusedError(
                "yaml-too-complex", f"the file has over {MAX_ALIASES} aliases", place
            )
        if documents > 1:
            raise _RefusedError(
                "yaml-unreadable", "a second document begins here; a description is one", place
            )
        tag = getattr(event, "tag", None)
        if tag is not None and kind != "AliasEvent":
            raise _RefusedError(
                "yaml-unreadable", f"the tag {quote(tag, 60)} is not read here", place
            )


def _built(node: Any, location: Location, reading: YamlReading, inside: frozenset[int]) -> Any:
    """Return the plain value of a node, and note where its parts stand."""
    if node is None:
        return None
    place = (node.start_mark.line + 1, node.start_mark.column + 1)
    reading.places.setdefault(location, place)
    if id(node) in inside:
        raise _RefusedError("yaml-unreadable", "a value holds itself by an alias", place)
    within = inside | {id(node)}
    # Aliases of aliases multiply what is built; their number is bounded, and so is this.
    if len(reading.places) > MAX_NODES:
        raise _RefusedError(
            "yaml-too-complex", f"the file stands for over {MAX_NODES:,} values", place
        )
    if node.id == "scalar":
        return (
            node.value if node.style else _scalar(node.value, place)
        )  # libyaml has "" for a plain one
    if node.id == "sequence":
        return [
            _built(item, (*location, number), reading, within)
            for number, item in enumerate(node.value)
        ]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _key(key_node)
        key_place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key in result:
            finding = rule("yaml-key-twice").finding(
                f"the key {quote(key, 60)} stands twice",
                file=reading.path,
                line=key_place[0],
                column=key_place[1],
            )
            reading.findings.append(finding)
            continue
        reading.places[*location, key, ""] = key_place
        result[key] = _built(value_node, (*location, key), reading, within)
    return result


def _key(node: Any) -> str:
    if node.id != "scalar":
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        raise _RefusedError(
            "yaml-unreadable", "a key is a list or holds keys itself; keys are plain text", place
        )
    return str(node.value)


def _scalar(text: str, place: Place) -> str | int | float | bool | None:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    if _FLOAT.fullmatch(text):
        if len(text) > _MOST_DIGITS:
            raise _RefusedError("yaml-unreadable", f"a number has {len(text):,} characters", place)
        return int(text) if _INTEGER.fullmatch(text) else float(text)
    return text


def _broken(error: Exception, text: str, path: str) -> Finding:
    """Return what the parser said as a finding; at the end of the file, where what has no end
    begins.
    """
    lines = text.splitlines()
    problem, context = getattr(error, "problem", None), getattr(error, "context", None)
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    mark = next((mark for mark in marks if mark is not None and mark.line < len(lines)), None)
    message = f"{problem or 'the YAML is broken'}{f' ({context})' if context else ''}"
    if mark is not None and lines[mark.line][mark.column : mark.column + 1] == "\t":
        message = "a tab stands where blanks indent"
    last = (len(lines), len(lines[-1]) + 1) if lines else (1, 1)
    place = (mark.line + 1, mark.column + 1) if mark is not None else last
    return rule("yaml-unreadable").finding(
        visible(message, 300), file=path, line=place[0], column=place[1]
    )

"""Untrusted YAML: bytes to plain values with their places, within limits.

Only the part of YAML 1.2 that a description needs is read: one document, a mapping at its root,
strings, numbers, true and false, lists. Text such as ``no``, ``12:30`` or ``2026-01-01`` stays a
string, as in the YAML 1.2 core schema. Tags are refused. The limits are checked on the parser's
events before any value is built, so a billion laughs or a hundred thousand brackets cost no more
than any file of their size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from xacle_eval.submissions.budget import rest_of
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.yaml_causes import find_cause
from xacle_eval.submissions.yaml_loader import safe_loader
from xacle_eval.submissions.yaml_scan import Outline, outline
from xacle_eval.text import quote, visible

__all__ = ["YamlReading", "read_yaml"]

MAX_BYTES = 100_000
MAX_DEPTH = 20
MAX_NODES = 5_000
MAX_ALIASES = 20
MOST_OF_A_RULE = 10
"""The findings of a rule that a description lists one by one."""

Place = tuple[int, int]
Location = tuple[str | int, ...]

# The core schema of YAML 1.2.2, section 10.3.2, for decimal numbers.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Directives come before a document, among comments and blank lines (YAML 1.2.2, section 6.8).
_RESERVED_DIRECTIVE = re.compile(
    r"(?:(?:[ \t]*(?:\#[^\r\n]*)?|%(?:YAML|TAG)[ \t][^\r\n]*)[\r\n])*(%(?!(?:YAML|TAG)[ \t]))"
)
# PyYAML's own parser accepts an escape sequence for a surrogate; libyaml refuses it.
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# No quantity has more digits; Python refuses to read more than 4,300.
MAX_DIGITS = 400


@dataclass(slots=True)
class YamlReading:
    """The value of a YAML file, the place of each part, and the findings.

    ``value`` is None if the file could not be read. ``values`` is the number of values that were
    read, ``omitted`` the number of findings of a rule that were only counted.
    """

    path: str
    value: dict[str, Any] | None = None
    findings: list[Finding] = field(default_factory=list)
    values: int = 0
    omitted: Counter[str] = field(default_factory=Counter)
    places: dict[Location, Place] = field(default_factory=dict)

    def place(self, location: Location) -> Place:
        """Return the line and column, from 1, of a key or value, or else of its parent."""
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

    def omits(self, name: str) -> bool:
        """Return whether a rule has enough findings already; then another one is counted."""
        code = rule(name).code
        if sum(finding.code == code for finding in self.findings) < MOST_OF_A_RULE:
            return False
        self.omitted[code] += 1
        return True

    def all_findings(self) -> list[Finding]:
        """Return the findings, with one for each rule that has more than are listed."""
        first = {finding.code: finding for finding in reversed(self.findings)}
        rest = [rest_of(first[code], number, number) for code, number in self.omitted.items()]
        return [*self.findings, *rest]


class _RefusedError(Exception):
    """The file cannot be read; ``place`` counts from 1."""

    def __init__(
        self, name: str, message: str, place: Place | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.name = name
        self.place = place
        self.hint = hint


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
    reading = YamlReading(path)
    try:
        text = _decode(data)
        value = _build(_compose(text, reading), (), reading, frozenset())
        if not isinstance(value, dict):
            raise _RefusedError("yaml-unreadable", "the file has no keys and values")
        reading.value = value
    except _RefusedError as error:
        line, column = error.place or (None, None)
        finding = rule(error.name).finding(
            str(error), file=path, line=line, column=column, hint=error.hint
        )
        reading.findings.append(finding)
    if any(finding.severity == "error" for finding in reading.findings):
        reading.value = None
    return reading


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes; the limit is {MAX_BYTES:,}"
        raise _RefusedError("yaml-too-complex", message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"invalid UTF-8: byte 0x{data[error.start]:02X}"
        raise _RefusedError("yaml-unreadable", message, (line, column)) from error
    hidden = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    if hidden is not None:
        message = f"character not allowed in YAML: {visible(hidden[0])}"
        raise _RefusedError("yaml-unreadable", message, _place_of(text, hidden.start()))
    return text


def _place_of(text: str, index: int) -> Place:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _compose(text: str, reading: YamlReading) -> Any:
    """Return the root node of a text that is within the limits.

    If the parser or an early check refuses the text, it is first compared with the toolkit's
    limits, because the parser has its own limits. The reported rule therefore does not depend
    on the parser's release.
    """
    import yaml

    loader = safe_loader()
    try:
        _check_directives(text)
        _check_events(yaml.parse(text, Loader=loader), reading)
        return yaml.compose(text, Loader=loader)
    except _RefusedError as error:
        if error.name != "yaml-too-complex":
            _check_outline(text)
        raise
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        # ValueError: PyYAML's own parser does not check the number of an escaped character.
        found = _check_outline(text)
        raise _syntax_error(error, text, found) from None


class _Counter:
    """Nesting, values and aliases, compared with their limits."""

    def __init__(self) -> None:
        self.depth = self.nodes = self.aliases = 0

    def check(self, place: Place | None) -> None:
        for value, most, what in (
            (self.depth, MAX_DEPTH, "levels of nesting"),
            (self.nodes, MAX_NODES, "values"),
            (self.aliases, MAX_ALIASES, "aliases"),
        ):
            if value > most:
                message = f"the file has more than {most:,} {what}"
                raise _RefusedError("yaml-too-complex", message, place)


def _check_outline(text: str) -> Outline:
    found = outline(text, MAX_DEPTH)
    counter = _Counter()
    counter.depth, counter.nodes, counter.aliases = found.depth, found.nodes, found.aliases
    counter.check(_place_of(text, found.deepest) if found.depth > MAX_DEPTH else None)
    return found


def _check_directives(text: str) -> None:
    """Refuse the directives that YAML reserves; libyaml refuses them, PyYAML's parser does not."""
    match = _RESERVED_DIRECTIVE.match(text)
    if match is not None:
        message = "this % directive is not supported"
        raise _RefusedError("yaml-unreadable", message, _place_of(text, match.start(1)))


def _check_events(events: Iterator[Any], reading: YamlReading) -> None:
    """Check the parser's events one by one, before any value is built from them."""
    counter, documents = _Counter(), 0
    anchors: set[str] = set()
    for event in events:
        kind = type(event).__name__
        documents += kind == "DocumentStartEvent"
        counter.nodes += kind in _NODE_EVENTS
        reading.values = counter.nodes
        counter.aliases += kind == "AliasEvent"
        counter.depth += kind in ("MappingStartEvent", "SequenceStartEvent")
        counter.depth -= kind in ("MappingEndEvent", "SequenceEndEvent")
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        counter.check(place)
        fault = _event_fault(event, kind, anchors)
        if documents > 1:
            fault = "a second document begins here; a description is one document"
        if fault is not None:
            raise _RefusedError("yaml-unreadable", fault, place)


_NODE_EVENTS = ("ScalarEvent", "AliasEvent", "MappingStartEvent", "SequenceStartEvent")


def _event_fault(event: Any, kind: str, anchors: set[str]) -> str | None:
    """Return the error of a tag, an anchor, an alias or an escaped character, or None."""
    if kind not in _NODE_EVENTS:
        return None
    if kind == "AliasEvent":
        unknown = event.anchor not in anchors
        return f"unknown alias {quote('*' + event.anchor, 60)}" if unknown else None
    if kind == "ScalarEvent" and _SURROGATE.search(event.value):
        return "an escape sequence is a lone surrogate, not a character"
    if event.tag is not None:
        return f"tags are not supported: {quote(event.tag, 60)}"
    if event.anchor in anchors:
        return f"duplicate anchor {quote('&' + event.anchor, 60)}"
    if event.anchor is not None:
        anchors.add(event.anchor)
    return None


def _syntax_error(error: Exception, text: str, found: Outline) -> _RefusedError:
    """Return the refusal of a text that the parser cannot read.

    The message is the toolkit's own; what the parser reported is added to the hint.
    """
    lines = text.splitlines()
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    mark = next((mark for mark in marks if mark is not None and mark.line < len(lines)), None)
    char = lines[mark.line][mark.column : mark.column + 1] if mark is not None else ""
    if mark is not None:
        place = (mark.line + 1, mark.column + 1)
    else:
        place = (len(lines), len(lines[-1]) + 1) if lines else (1, 1)
    message = "invalid YAML syntax"
    if found.unclosed is not None:
        place = _place_of(text, found.unclosed)
        message = f"{text[found.unclosed]} is opened and never closed"
    elif found.unopened is not None:
        place = _place_of(text, found.unopened)
        message = f"{text[found.unopened]} has no opening bracket"
    elif char == "\t":
        message = "a tab is used for indentation"
    elif mark is not None and (cause := find_cause(lines, mark.line)) is not None:
        place = (cause.line, cause.column)
        return _RefusedError("yaml-unreadable", cause.message, place, cause.hint)
    elif char == ":":
        message = "a colon is not allowed here; quote a text that has a colon and a space"
    elif char == "%":
        message = "this % directive is not supported"
    hint = rule("yaml-unreadable").hint
    problem = getattr(error, "problem", None)
    if isinstance(problem, str) and problem:
        hint = f"{hint} The parser reports: {visible(problem, 200)}."
    return _RefusedError("yaml-unreadable", message, place, hint)


def _build(node: Any, location: Location, reading: YamlReading, inside: frozenset[int]) -> Any:
    """Return the plain value of a node, and record the places of its parts."""
    if node is None:
        return None
    place = (node.start_mark.line + 1, node.start_mark.column + 1)
    reading.places.setdefault(location, place)
    if id(node) in inside:
        raise _RefusedError("yaml-unreadable", "a value contains itself through an alias", place)
    within = inside | {id(node)}
    # Aliases of aliases multiply values and levels, so the result has limits as well.
    if len(location) > MAX_DEPTH:
        message = f"the aliases expand to more than {MAX_DEPTH} levels of nesting"
        raise _RefusedError("yaml-too-complex", message, place)
    if len(reading.places) > MAX_NODES:
        message = f"the aliases expand to more than {MAX_NODES:,} values"
        raise _RefusedError("yaml-too-complex", message, place)
    if node.id == "scalar":
        # The style of a plain scalar is "" with libyaml and None without.
        return node.value if node.style else _parse_scalar(node.value, place)
    if node.id == "sequence":
        return [
            _build(item, (*location, number), reading, within)
            for number, item in enumerate(node.value)
        ]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _key(key_node)
        key_place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key in result:
            if reading.omits("yaml-key-twice"):
                continue
            finding = rule("yaml-key-twice").finding(
                f"duplicate key {quote(key, 60)}",
                file=reading.path,
                line=key_place[0],
                column=key_place[1],
            )
            reading.findings.append(finding)
            continue
        reading.places[*location, key, ""] = key_place
        result[key] = _build(value_node, (*location, key), reading, within)
    return result


def _key(node: Any) -> str:
    if node.id != "scalar":
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        raise _RefusedError(
            "yaml-unreadable", "a key must be plain text, not a list or a mapping", place
        )
    return str(node.value)


def _parse_scalar(text: str, place: Place) -> str | int | float | bool | None:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    if _FLOAT.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise _RefusedError(
                "yaml-unreadable",
                f"a number has {len(text):,} characters; the limit is {MAX_DIGITS}",
                place,
            )
        return int(text) if _INTEGER.fullmatch(text) else float(text)
    return text

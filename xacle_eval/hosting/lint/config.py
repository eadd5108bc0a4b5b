"""A YAML file as the platforms read it (YAML 1.1, PyYAML's safe loader), with line numbers.

`read_yaml` checks the syntax and the limits first, so that no alias or nesting is expanded before
it is known to be small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from xacle_eval.hosting.lint.codes import finding
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.yaml_loader import safe_loader
from xacle_eval.submissions.yaml_reading import read_yaml
from xacle_eval.text import quote

__all__ = ["Config", "Location", "describe", "read_config"]

Location = tuple[str | int, ...]
_CODES = {"XAC100": "yaml-invalid", "XAC101": "yaml-large"}
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


@dataclass(slots=True)
class Config:
    """The value of a YAML file, and the line of each of its parts.

    ``value`` is None if the file could not be read. ``unquoted`` has the text of each value that
    YAML reads as a date or a time because it has no quotation marks.
    """

    file: str
    value: Any = None
    findings: list[Finding] = field(default_factory=list)
    lines: dict[Location, tuple[int, int]] = field(default_factory=dict)
    unquoted: dict[Location, str] = field(default_factory=dict)

    def get(self, *location: str | int, default: Any = None) -> Any:
        """Return the value at a place, or a default if there is none."""
        value = self.value
        for part in location:
            known = value if isinstance(value, dict) else range(_length(value))
            if part not in known:
                return default
            value = value[part]
        return value

    def lacks(self, key: str) -> str:
        """Return the message that a key of the file is missing or has no value; empty if not."""
        if key not in self.value:
            return f"the key {key} is missing"
        return f"the key {key} is empty" if self.value[key] in (None, "") else ""

    def find(self, name: str, location: Location, message: str, **settings: Any) -> Finding:
        """Return a finding at a place of the file, or at the part around a missing value."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                line, column = self.lines[location[:length]]
                break
        else:
            line, column = 1, 1
        return finding(name, message, file=self.file, line=line, column=column, **settings)


def read_config(data: bytes, file: str) -> Config:
    """Read a YAML file; what prevents reading is a finding."""
    import yaml

    config = Config(file)
    checked = read_yaml(data, file)
    errors = [each for each in checked.findings if each.severity == "error"]
    for each in errors:
        name = _CODES.get(each.code, "yaml-same-key")
        hint = None if name == "yaml-same-key" else each.hint
        config.findings.append(
            finding(name, each.message, file=file, line=each.line, column=each.column, hint=hint)
        )
    if any(each.code in _CODES for each in errors):
        return config
    loader = safe_loader()(data.decode("utf-8-sig"))
    try:
        node = loader.get_single_node()
        config.value = _build(node, (), config, loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        message = getattr(error, "own_message", "a value cannot be read")
        config.findings.append(finding("yaml-invalid", message, file=file, line=line))
        config.value = None
    finally:
        loader.dispose()
    return config


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


def _build(node: Any, location: Location, config: Config, loader: Any) -> Any:
    """Return the value of a node as the safe loader makes it, and note its place."""
    if node is None:
        return None
    config.lines.setdefault(location, (node.start_mark.line + 1, node.start_mark.column + 1))
    if node.id == "sequence":
        return [_build(each, (*location, n), config, loader) for n, each in enumerate(node.value)]
    if node.id == "scalar":
        if node.tag == _TIMESTAMP:
            config.unquoted[location] = node.value
        return _scalar(node, loader)
    loader.flatten_mapping(node)
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(key_node, loader)
        place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        config.lines[(*location, key)] = place
        result[key] = _build(value_node, (*location, key), config, loader)
    return result


def _scalar(node: Any, loader: Any) -> Any:
    """Return the value of a scalar; the parser checks no date and no number."""
    import yaml

    try:
        return loader.construct_object(node)
    except (ValueError, TypeError, OverflowError):
        error: Any = yaml.MarkedYAMLError(problem_mark=node.start_mark)
        error.own_message = f"there is no such date or number as {quote(node.value, 60)}"
        raise error from None


def describe(value: Any) -> str:
    """Return a value for a message: a text in quotation marks, a number, or its kind."""
    if isinstance(value, str):
        return quote(value, 60)
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "empty", True: "true", False: "false"}[value]
    return str(value)[:60]

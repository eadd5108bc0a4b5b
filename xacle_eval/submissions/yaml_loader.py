"""The parser of YAML: libyaml, or PyYAML's own parser where libyaml is missing.

libyaml is ten times faster. PyYAML's own parser refuses tabs between values, which YAML allows, so
it is corrected here, and both accept the same files.
"""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["safe_loader"]

_LINE_ENDS = "\0\r\n\x85\u2028\u2029"


def safe_loader() -> Any:
    """Return the class of the parser."""
    import yaml

    return getattr(yaml, "CSafeLoader", None) or _own_loader()


@cache
def _own_loader() -> Any:
    import yaml

    own: Any = yaml.SafeLoader

    class TabLoader(own):  # type: ignore[misc]
        """PyYAML's parser, which also skips tabs where they are no indentation."""

        allow_simple_key: bool

        def scan_to_next_token(self) -> None:
            """Skip blanks, comments and line ends."""
            while True:
                blanks = " \t" if self.flow_level or not self.allow_simple_key else " "
                while self.peek() in blanks:
                    self.forward()
                if self.peek() == "#":
                    while self.peek() not in _LINE_ENDS:
                        self.forward()
                if not self.scan_line_break():
                    return
                if not self.flow_level:
                    self.allow_simple_key = True

    return TabLoader

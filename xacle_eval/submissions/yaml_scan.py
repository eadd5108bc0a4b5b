"""Count nesting, values and aliases of YAML without a parser, and find unclosed brackets.

A parser has its own limits, which change between releases. When it refuses a file, this scan
decides whether the file exceeds the toolkit's limits. It recognises the tokens of YAML 1.2 and
their nesting; it does not check that the document is valid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Outline", "outline"]

_PLAIN_START = r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[^\s,\[\]{}]))"
_TOKENS = r"""
    (?P<space>[\s\ufeff]+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<document>^(?:---|\.\.\.)(?=\s|\Z))
  | (?P<open>[\[{])
  | (?P<close>[\]}])
  | (?P<property>[&!][^\s,\[\]{}]*)
  | (?P<alias>\*[^\s,\[\]{}]*)
  | (?P<double>"[^"\\]*(?:\\.[^"\\]*)*(?P<double_end>"?))
  | (?P<single>'[^']*(?:''[^']*)*(?P<single_end>'?))
"""
_BLOCK = re.compile(
    rf"""{_TOKENS}
  | (?P<indicator>[-?:](?=\s|\Z))
  | (?P<literal>[|>][-+0-9]*(?=\s|\Z)[^\r\n]*)
  | (?P<plain>{_PLAIN_START}(?:[^\s:]+|:(?=[^\s])|[ \t]+(?=[^\s\#:]|:[^\s]))*)
  | (?P<other>.)
""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_FLOW = re.compile(
    rf"""{_TOKENS}
  | (?P<indicator>[-?:](?=[\s,\[\]{{}}]|\Z))
  | (?P<comma>,)
  | (?P<plain>{_PLAIN_START}(?:
        [^\s:,\[\]{{}}]+
      | :(?=[^\s,\[\]{{}}])
      | [ \t]+(?=[^\s\#:,\[\]{{}}]|:[^\s,\[\]{{}}])
    )*)
  | (?P<other>.)
""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_LINE = re.compile(r"[\r\n]+([ ]*)[^\r\n]*")
_KEY = re.compile(r"[ \t]*:(?=[\s,\[\]{}]|\Z)")
_QUOTED_KEY = re.compile(r"[ \t]*:")
_NODES = frozenset({"alias", "double", "single", "literal", "plain"})


@dataclass(slots=True)
class Outline:
    """Counts and unclosed brackets of a YAML text.

    Attributes
    ----------
    depth, nodes, aliases : int
        The deepest nesting, and the number of values and aliases.
    deepest : int
        Index of the character at which the nesting first reached `depth`.
    unclosed : int or None
        Index of the first quotation mark or bracket that is not closed.
    unopened : int or None
        Index of the first closing bracket without an opening bracket.
    """

    depth: int = 0
    nodes: int = 0
    aliases: int = 0
    deepest: int = 0
    unclosed: int | None = None
    unopened: int | None = None


@dataclass(slots=True)
class _Bracket:
    kind: str
    position: int
    column: int
    pair: bool = False  # `[a: b]` contains a mapping without its own brackets


@dataclass(slots=True)
class _Scan:
    text: str
    stop_depth: int
    found: Outline = field(default_factory=Outline)
    # The open block collections: the column of their entries, and "-" for a sequence.
    levels: list[tuple[int, str]] = field(default_factory=list)
    brackets: list[_Bracket] = field(default_factory=list)
    pairs: int = 0
    line_start: int = 0
    property_column: int | None = None
    after_plain: bool = False

    def run(self) -> Outline:
        position, text = 0, self.text
        while position < len(text) and self.found.depth <= self.stop_depth:
            tokens = _FLOW if self.brackets else _BLOCK
            match = tokens.match(text, position)
            if match is None:  # every character matches one of the alternatives
                break
            position = self._read(match)
        if self.brackets and self.found.unclosed is None:
            self.found.unclosed = self.brackets[-1].position
        return self.found

    def _read(self, match: re.Match[str]) -> int:
        """Count a token; return the position after it."""
        kind, start, end = match.lastgroup or "", match.start(), match.end()
        column = start - self.line_start
        if kind == "property":
            self.property_column = column
            return end
        if kind == "document":
            self.levels.clear()
        elif kind == "open":
            self._add_node(kind, column)
            self.brackets.append(_Bracket(match[0], start, column))
            self._note_depth(start)
        elif kind == "close":
            end = self._close(start, end)
        elif kind == "comma":
            self._end_pair()
        elif kind == "indicator":
            self._read_indicator(match[0], column, start)
        elif kind in _NODES:
            end = self._read_scalar(kind, match, column)
        self._move_line(match[0], start)
        if kind != "space":
            self.property_column, self.after_plain = None, kind == "plain" and end == match.end()
        return end

    def _move_line(self, token: str, start: int) -> None:
        last = max(token.rfind("\n"), token.rfind("\r"))
        if last >= 0:
            self.line_start = start + last + 1
            self.property_column = None

    def _add_node(self, kind: str, column: int) -> None:
        self.found.nodes += 1
        self.found.aliases += kind == "alias"
        if not self.brackets:
            self._leave(column)

    def _leave(self, column: int) -> None:
        """End the block collections whose entries are further to the right."""
        while self.levels and self.levels[-1][0] > column:
            self.levels.pop()

    def _enter(self, column: int, kind: str, position: int) -> None:
        """Begin a block collection, or the next entry of one."""
        self._leave(column)
        if kind == "key" and self.levels and self.levels[-1] == (column, "-"):
            self.levels.pop()  # a sequence may start in the column of its parent's keys
        if (column, kind) in self.levels[-1:]:
            return
        self.levels.append((column, kind))
        self.found.nodes += 1
        self._note_depth(position)

    def _note_depth(self, position: int) -> None:
        depth = len(self.levels) + len(self.brackets) + self.pairs
        if depth > self.found.depth:
            self.found.depth, self.found.deepest = depth, position

    def _read_indicator(self, char: str, column: int, position: int) -> None:
        if not self.brackets:
            self._enter(column, "-" if char == "-" else "key", position)
        elif char != "-":
            self._begin_pair(position)

    def _read_scalar(self, kind: str, match: re.Match[str], column: int) -> int:
        """Count a scalar or an alias; return the position after it, or after the colon if it is a
        key.
        """
        quoted = kind in ("double", "single")
        if quoted and not match[f"{kind}_end"] and self.found.unclosed is None:
            self.found.unclosed = match.start()
        if kind == "literal":
            self._add_node(kind, column)
            return self._end_of_literal(match.end())
        colon = (_QUOTED_KEY if quoted and self.brackets else _KEY).match(self.text, match.end())
        if colon is None:
            if not (kind == "plain" and self.after_plain):  # otherwise the plain text continues
                self._add_node(kind, column)
            return match.end()
        if self.brackets:
            self._begin_pair(match.start())
        else:
            key_column = column if self.property_column is None else self.property_column
            self._enter(key_column, "key", match.start())
        self.found.nodes += 1
        self.found.aliases += kind == "alias"
        return colon.end()

    def _end_of_literal(self, position: int) -> int:
        """Return the end of a block scalar, which contains blank and indented lines."""
        indent = self.levels[-1][0] if self.levels else -1
        line = _LINE.match(self.text, position)
        while line is not None and (len(line[1]) > indent or not line[0].strip()):
            position = line.end()
            line = _LINE.match(self.text, position)
        breaks = (self.text.rfind(mark, 0, position) for mark in "\r\n")
        self.line_start = max(breaks) + 1
        return position

    def _begin_pair(self, position: int) -> None:
        bracket = self.brackets[-1]
        if bracket.kind == "[" and not bracket.pair:
            bracket.pair = True
            self.pairs += 1
            self.found.nodes += 1
            self._note_depth(position)

    def _end_pair(self) -> None:
        self.pairs -= self.brackets[-1].pair
        self.brackets[-1].pair = False

    def _close(self, start: int, end: int) -> int:
        if not self.brackets:
            if self.found.unopened is None:
                self.found.unopened = start
            return end
        self._end_pair()
        bracket = self.brackets.pop()
        colon = _QUOTED_KEY.match(self.text, end) if self.brackets else _KEY.match(self.text, end)
        if colon is None:
            return end
        if self.brackets:
            self._begin_pair(bracket.position)
        else:
            self._enter(bracket.column, "key", bracket.position)
        return colon.end()


def outline(text: str, stop_depth: int) -> Outline:
    """Measure a YAML text in one pass.

    Parameters
    ----------
    text : str
        The text, valid YAML or not.
    stop_depth : int
        The scan stops when the nesting exceeds this depth.
    """
    return _Scan(text, stop_depth).run()

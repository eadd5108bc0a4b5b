"""Tables that fit a terminal: columns are dropped or shown in several tables, names are broken.

Numbers are never broken. A table that fits is laid out as in a pipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from xacle_eval.reports.formats.wrapping import break_text, cells, name_parts
from xacle_eval.reports.views.table import View

__all__ = ["GAP", "Block", "Grid", "as_list", "lay_out", "one_block", "row_lines", "title_lines"]

GAP = "   "
# A broken name can still be read at this width.
_LEAST_NAME_WIDTH = 12
# Most names are whole at this width; for less, the table is split.
_GOOD_NAME_WIDTH = 16


@dataclass(frozen=True)
class Grid:
    """The texts of a table: the titles of its columns, and its rows."""

    view: View
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]

    @cached_property
    def bodies(self) -> list[int]:
        """The width of each column without its title."""
        return [
            max((cells(row[n]) for row in self.rows), default=0) for n in range(len(self.titles))
        ]

    @cached_property
    def widths(self) -> list[int]:
        """The width of each column."""
        return [max(body, cells(t)) for body, t in zip(self.bodies, self.titles, strict=True)]

    def is_name(self, column: int) -> bool:
        """Return whether a column has texts that can be broken; times are whole."""
        found = self.view.columns[column]
        return not (found.numeric or found.time)


@dataclass(frozen=True)
class Block:
    """A part of a table: some of its columns, each at a width."""

    columns: Sequence[int]
    widths: Sequence[int]


def one_block(grid: Grid) -> list[Block]:
    """Return the whole table as one block."""
    return [Block(range(len(grid.widths)), grid.widths)]


def lay_out(grid: Grid, width: int) -> list[Block] | None:
    """Return the blocks of a table, each of which fits a width; the rows' names are in all of them.

    What comes first is tried first: the whole table; without a column of teams whose systems name
    them; with long titles on several lines; with broken names; in several blocks. None if only the
    rows' names are too wide: then each row is shown as a list.
    """
    if _total(grid.widths) <= width:
        return one_block(grid)
    columns = _without_team(grid)
    least = _least_widths(grid, width - len(GAP) - max(map(cells, grid.titles)))
    whole = {n: grid.widths[n] for n in columns}
    short = {n: min(whole[n], _title_width(grid, n)) for n in columns}
    names = [n for n in columns if grid.is_name(n)]
    good = {n: max(least[n], min(whole[n], _GOOD_NAME_WIDTH)) for n in names}
    for fixed in (whole, {**short, **{n: whole[n] for n in names}}, whole | good, short | good):
        if _total(fixed.values()) <= width:
            return [_block(columns, whole, fixed, width)]
    for fixed in (whole, short):
        found = _split(grid, columns, whole, fixed | {n: least[n] for n in names}, width)
        if found is not None:
            return found
    return None


def _total(widths: Iterable[int]) -> int:
    given = list(widths)
    return sum(given) + len(GAP) * (len(given) - 1)


def _without_team(grid: Grid) -> list[int]:
    """Return the columns, without that of the teams if every system's label begins with its own."""
    columns = list(range(len(grid.titles)))
    names = [column.name for column in grid.view.columns]
    if "team" not in names or "system" not in names:
        return columns
    team, system = names.index("team"), names.index("system")
    if not all(_begins(row[system], row[team]) for row in grid.rows):
        return columns
    return [n for n in columns if n != team]


def _begins(label: str, team: str) -> bool:
    """Return whether a label begins with a team as a whole word; rows below a board have none."""
    rest = label.removeprefix(team)
    return not team or (rest != label and not rest[:1].isalnum())


def _least_widths(grid: Grid, longest: int) -> list[int]:
    """Return the width of each column below which a part of a name would be broken.

    Parts of names that are longer than `longest` are broken in any layout.
    """
    found = list(grid.widths)
    for n in filter(grid.is_name, range(len(found))):
        texts = {grid.titles[n], *(row[n] for row in grid.rows)}
        parts = {part for text in texts for part in name_parts(text)}
        kept = (size for part in parts if (size := cells(part)) <= longest)
        indent = max(len(text) - len(text.lstrip()) for text in texts)
        found[n] = min(found[n], max(_LEAST_NAME_WIDTH, indent + max(kept, default=0)))
    return found


def _title_width(grid: Grid, column: int) -> int:
    """Return the width of a column whose title is on several lines; an arrow stays at its word."""
    return max(grid.bodies[column], *map(cells, _title_words(grid.titles[column])))


def _title_words(title: str) -> list[str]:
    """Return the parts of a title that can be on lines of their own."""
    words: list[str] = []
    for word in title.split():
        if words and not word[0].isalnum():
            words[-1] += f" {word}"
        else:
            words += name_parts(word)
    return words or [""]


def _block(
    columns: Sequence[int], whole: dict[int, int], least: dict[int, int], width: int
) -> Block:
    """Return a block in which names are as wide as the terminal allows."""
    widths = {n: least[n] for n in columns}
    room = width - _total(widths.values())
    # The narrowest column grows first, so that no name is broken for another.
    while room > 0 and (growing := [n for n in columns if widths[n] < whole[n]]):
        widths[min(growing, key=lambda n: whole[n] - widths[n])] += 1
        room -= 1
    return Block(columns, [widths[n] for n in columns])


def _split(
    grid: Grid,
    columns: Sequence[int],
    whole: dict[int, int],
    least: dict[int, int],
    width: int,
) -> list[Block] | None:
    """Return several blocks; None if the rows' names leave no room for one number."""
    shown = [grid.view.columns[n] for n in columns]
    numbers = (k for k, column in enumerate(shown) if column.numeric and not column.of_row)
    first = next(numbers, len(columns))
    names, others = list(columns[:first]), columns[first:]
    if not names or not others:
        return [_block(columns, whole, least, width)] if _fits(columns, least, width) else None
    needed = _total(least[n] for n in names)
    taken = min(_total(whole[n] for n in names), max(needed, width // 2))
    blocks = [names.copy()]
    for column in others:
        block = [*blocks[-1][first:], column]
        if len(block) > 1 and taken + len(GAP) + _total(least[n] for n in block) > width:
            blocks.append(names.copy())
        blocks[-1].append(column)
    if not all(_fits(block, least, width) for block in blocks):
        return None
    return [_block(block, whole, least, width) for block in blocks]


def _fits(columns: Sequence[int], widths: dict[int, int], width: int) -> bool:
    return _total(widths[n] for n in columns) <= width


def row_lines(grid: Grid, row: int, block: Block) -> list[list[str]]:
    """Return the lines of a row, each with a cell for each column of a block."""
    sized = zip(block.columns, block.widths, strict=True)
    return _lines(grid, block, [break_text(grid.rows[row][n], width) for n, width in sized])


def title_lines(grid: Grid, block: Block) -> list[list[str]]:
    """Return the lines of the titles above a block; short ones are in the last line."""
    broken = [
        _break_title(grid.titles[n], width)
        for n, width in zip(block.columns, block.widths, strict=True)
    ]
    height = max(map(len, broken))
    return _lines(grid, block, [[""] * (height - len(lines)) + lines for lines in broken])


def _break_title(title: str, width: int) -> list[str]:
    if cells(title) <= width:
        return [title]
    lines = [""]
    for word in _title_words(title):
        joined = lines[-1] + ("" if not lines[-1] or lines[-1][-1] in "_-./" else " ") + word
        if lines[-1] and cells(joined) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return [part for line in lines for part in break_text(line, width)]


def _lines(grid: Grid, block: Block, broken: Sequence[Sequence[str]]) -> list[list[str]]:
    numeric = [grid.view.columns[n].numeric for n in block.columns]
    return [
        [
            _justify(lines[place] if place < len(lines) else "", width, number)
            for lines, width, number in zip(broken, block.widths, numeric, strict=True)
        ]
        for place in range(max(map(len, broken)))
    ]


def _justify(text: str, width: int, numeric: bool) -> str:
    # Blanks at the end of a number are removed before it is justified, as rich does.
    text = text.rstrip() if numeric else text
    blanks = " " * (width - cells(text))
    return blanks + text if numeric else text + blanks


def as_list(grid: Grid, row: int, width: int) -> list[str]:
    """Return a row as lines with a title and a cell each, for a terminal of any width; empty cells
    are left out.
    """
    size = min(max(map(cells, grid.titles)), width // 2)
    lines = []
    for n in _without_team(grid):
        title, text = grid.titles[n], grid.rows[row][n]
        if not text:
            continue
        heads = break_text(title, size)
        texts = break_text(text.strip(), max(width - size - len(GAP), 1))
        for place in range(max(len(heads), len(texts))):
            head = heads[place] if place < len(heads) else ""
            line = texts[place] if place < len(texts) else ""
            lines.append(f"{_justify(head, size, False)}{GAP}{line}".rstrip())
    return lines

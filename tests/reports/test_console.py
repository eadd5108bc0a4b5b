"""Tables as text: the same in a pipe and in a terminal, and cheap for many rows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from xacle_eval.reports.formats import console
from xacle_eval.reports.views.table import View, ViewColumn

CELLS = st.one_of(
    st.none(),
    st.integers(-9, 10**6),
    st.floats(-1e6, 1e6),
    st.text(max_size=20),
    st.sampled_from(
        ["7=", "5 ", "  a b ", "::error", "##[x", "日本語チーム", "e\u0301", "x" * 400]
    ),
)


@st.composite
def views(draw):
    """Return a view with ranks or names, numbers, and some best cells."""
    width = draw(st.integers(1, 4))
    columns = tuple(
        ViewColumn(
            draw(st.sampled_from(["rank", "name"])), draw(st.sampled_from(["Rank", "音 ↓"])), n
        )
        for n in draw(st.lists(st.booleans(), min_size=width, max_size=width))
    )
    rows = draw(st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=4).map(tuple))
    best = draw(st.frozensets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3))
    return View("Title", columns, rows, 3, best=best)


@given(views())
def test_long_tables_are_laid_out_like_short_ones(view):
    """A pipe, a wide terminal and a terminal with many rows show the same text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "9999")
        pipe = console.render(lambda out: console.print_view(out, view), False)
        short = console.render(lambda out: console.print_view(out, view), True)
        patch.setattr(console, "_MOST_FOLDED", 0)
        long = console.render(lambda out: console.print_view(out, view), True)
    assert "\x1b" not in pipe
    assert re.sub(r"\x1b\[[0-9;]*m", "", short) == pipe
    assert re.sub(r"\x1b\[[0-9;]*m", "", long) == pipe


def test_best_values_of_a_long_table_are_coloured(monkeypatch):
    """Best values are also coloured in a table that is too long to fold."""
    monkeypatch.setattr(console, "_MOST_FOLDED", 2)
    columns = (ViewColumn("name", "Name"), ViewColumn("value", "Value", numeric=True))
    view = View("T", columns, (("a", 1), ("b", 2), ("c", 3)), 3, best=frozenset({(1, 1)}))
    text = console.render(lambda out: console.print_view(out, view), True)
    assert re.findall(r"\x1b\[1;32m *(\d)\x1b\[0m", text) == ["2"]


def test_the_cost_of_a_table_grows_with_its_rows(monkeypatch):
    """Each rank is read a few times, not once for every other row, and rich lays out no row."""
    reads = []

    class Rank(int):
        def __str__(self):
            reads.append(int(self))
            return str(int(self))

    monkeypatch.setattr(console, "Table", None)
    columns = (ViewColumn("rank", "Rank", numeric=True), ViewColumn("system", "System"))
    rows = tuple((Rank(n), f"A_{n}") for n in range(5000))
    for terminal in (False, True):
        reads.clear()
        view = View("T", columns, rows, 3)
        text = console.render(lambda out, view=view: console.print_view(out, view), terminal)
        assert "4999   A_4999" in text
        assert len(reads) <= 3 * len(rows)


@pytest.mark.parametrize("terminal", [False, True])
def test_a_text_has_no_codes_of_its_own(terminal):
    """Codes in a text are shown as escapes; in a terminal the only ones are those of styles."""
    hostile = "a\x1b[31mb\x1b]0;title\x07\r\u202ec\x9b2J"

    def print_to(out):
        out.print(Text(hostile, style="bold"))
        out.out(hostile, style="red")
        table = Table(hostile)
        table.add_row(Text(hostile))
        out.print(table)

    text = console.render(print_to, terminal)
    assert ("\x1b[31m" in text) is terminal
    plain = re.sub(r"\x1b\[(1|31|0|1;31)m", "", text)
    assert all(char == "\n" or char.isprintable() for char in plain)
    assert "a\\x1b[31mb\\x1b]0;title" in plain

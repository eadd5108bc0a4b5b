"""Tables as text: the same in a pipe and in a terminal, and cheap for many rows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.errors import XacleEvalWarning
from xacle_eval.reports.formats import console
from xacle_eval.reports.views.breakdown import breakdown_view
from xacle_eval.reports.views.profile import profile_views
from xacle_eval.reports.views.table import View, ViewColumn
from xacle_eval.results.breakdown import Breakdown, Slice

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
            draw(st.sampled_from(["rank", "name"])),
            draw(st.sampled_from(["Rank", "音 ↓"])),
            n,
            draw(st.booleans()),
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


def blocks(view, monkeypatch, columns=80):
    """Return the lines of the tables that a terminal shows for a view, at most `columns` wide."""
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = console.render(lambda out: console.print_view(out, view), True)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(len, lines)) <= columns
    ruled = [place for place, line in enumerate(lines) if line.startswith("─")]
    return [[lines[place - 1].split(), *map(str.split, lines[place + 1 :])] for place in ruled]


@pytest.fixture(scope="module")
def six_metrics():
    """Return a score card with six metrics, two of which have long names, and its profile."""
    names = ["SRCC", "LCC", "KTAU", "MSE", "ACC_EQ", "ACC_EQ_TIES"]
    plan = xe.Bootstrap(resamples=2)
    with pytest.warns(XacleEvalWarning, match="no fast form"):
        return xe.score(
            DATA / "example/submissions/Hibari_01.csv",
            challenge=DATA / "example",
            metrics=names,
            profile=True,
            bootstrap=plan,
        )


def test_every_part_of_a_wide_table_names_its_rows(six_metrics, monkeypatch):
    """A table of bands has no names: both of its parts show where each band begins and ends."""
    (view,) = (v for v in profile_views(six_metrics.profile, 3) if "bands" in v.title)
    first, second = blocks(view, monkeypatch)
    assert first[0][:4] == ["From", "To", "Pairs", "Bias"]
    assert second[0][:2] == ["From", "To"]
    assert second[0][-2:] == ["ACC_EQ_TIES", "↑"]
    for place in range(1, 1 + len(view.rows)):
        assert first[place][:2] == second[place][:2]


@pytest.mark.parametrize("level", [None, 0.95], ids=["values", "intervals"])
def test_names_behind_a_number_are_repeated(six_metrics, level, monkeypatch):
    """In a breakdown, the number of pairs is before the system: every part shows both."""
    each = Slice(value="x", n=7, metrics=six_metrics.metrics, intervals=six_metrics.intervals)
    found = Breakdown(column="language", slices=(each,))
    named = [(f"A_system_with_a_name_{n}", found) for n in (1, 2)]
    head = ["language", "Pairs", "System"] + ["Metric"] * (level is not None)
    parts = blocks(breakdown_view(named, 3, level), monkeypatch, 64)
    assert len(parts) > 1
    assert all(part[0][: len(head)] == head for part in parts)

"""Tables as text: the same in a pipe and in a terminal, and cheap for many rows."""

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.errors import XacleEvalWarning
from xacle_eval.reports.formats import console
from xacle_eval.reports.views.breakdown import breakdown_view
from xacle_eval.reports.views.profile import profile_views
from xacle_eval.reports.views.table import RANK, View, ViewColumn
from xacle_eval.results.breakdown import Breakdown, Slice
from xacle_eval.submissions.rules import rule

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
def test_a_wide_terminal_shows_the_table_of_a_pipe(view):
    """A pipe and a wide terminal show the same text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "9999")
        pipe = console.render(lambda out: console.print_view(out, view), False)
        wide = console.render(lambda out: console.print_view(out, view), True)
    assert "\x1b" not in pipe
    assert re.sub(r"\x1b\[[0-9;]*m", "", wide) == pipe


@given(views(), st.integers(20, 100))
def test_a_table_is_never_wider_than_the_terminal(view, columns):
    """Whatever the cells are, no line of a table is wider than the terminal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        text = console.render(lambda out: console.print_view(out, view), True)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert max(map(cell_len, lines)) <= columns


def test_best_values_are_coloured(monkeypatch):
    """Best values are coloured, also where names are broken."""
    monkeypatch.setenv("COLUMNS", "24")
    columns = (ViewColumn("name", "Name"), ViewColumn("value", "Value", numeric=True))
    rows = (("a", 1), ("long_name_of_the_second", 2), ("c", 3))
    view = View("T", columns, rows, 3, best=frozenset({(1, 1)}))
    text = console.render(lambda out: console.print_view(out, view), True)
    assert re.findall(r"\x1b\[1;32m *(\d)\x1b\[0m", text) == ["2"]
    assert "\nlong_name_of_    " in text
    assert "\nthe_second\n" in text


def test_the_cost_of_a_table_grows_with_its_rows(monkeypatch):
    """Each rank is read a few times, not once for every other row, also in a narrow terminal."""
    reads = []

    class Rank(int):
        def __str__(self):
            reads.append(int(self))
            return str(int(self))

    monkeypatch.setenv("COLUMNS", "40")
    columns = (ViewColumn("rank", "Rank", numeric=True), ViewColumn("system", "System"))
    rows = tuple((Rank(n), f"A_long_name_that_is_broken_in_this_terminal_{n}") for n in range(5000))
    for terminal in (False, True):
        reads.clear()
        view = View("T", columns, rows, 3)
        begin = time.process_time()
        text = console.render(lambda out, view=view: console.print_view(out, view), terminal)
        assert time.process_time() - begin < 3
        assert "4999   A_long" in text
        assert len(reads) <= 3 * len(rows)


# Names whose longest part has 12 letters, and teams that name them or do not.
NAMES = (
    "Northern_Institute_of_Acoustic_Science_01",
    "Kyoto-Univ-Audio-Lab.Ensemble-of-five_03",
    "国立音声_研究所_日本語チーム_02",
    "Short_01",
)


@pytest.mark.parametrize("columns", [100, 80, 60, 40])
@pytest.mark.parametrize("named", [True, False])
def test_names_are_broken_behind_their_marks(columns, named, monkeypatch):
    """With nine metrics, parts of names and numbers are whole; teams are only shown if needed."""
    monkeypatch.setenv("COLUMNS", str(columns))
    metrics = [f"METRIC_{n} ↑" for n in range(9)]
    titles = [("rank", "Rank"), ("team", "Team"), ("system", "System"), *((m, m) for m in metrics)]
    shown = tuple(
        ViewColumn(name, title, name not in ("team", "system"), name == "rank")
        for name, title in titles
    )
    rows = tuple(
        (k, name[:-3] if named else f"of_{name}", name, *(k + n / 1000 for n in range(9)))
        for k, name in enumerate(NAMES, start=1)
    )
    text = console.render(lambda out: console.print_view(out, View("T", shown, rows, 3)), True)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(cell_len, text.splitlines())) <= columns
    assert ("Team" in text) is not named
    for name in NAMES:
        assert all(part in text for part in re.split(r"(?<=[_.-])", name))
    for k, n in itertools.product(range(1, 5), range(9)):
        assert text.count(f"{k + n / 1000:.3f}") == 1


def test_a_name_that_no_table_has_room_for(monkeypatch):
    """If a part of a name leaves no room for numbers, each row is a list."""
    monkeypatch.setenv("COLUMNS", "40")
    columns = (
        RANK,
        ViewColumn("system", "System"),
        ViewColumn("SRCC", "SRCC ↑", numeric=True),
        ViewColumn("note", "Note"),
    )
    view = View("T", columns, ((1, "A" * 29 + "_01", 0.5, ""), (2, "B_01", 0.25, "x")), 3)
    text = console.render(lambda out: console.print_view(out, view), True)
    assert text.splitlines()[2:] == [
        "Rank     1",
        f"System   {'A' * 29}_",
        "         01",
        "SRCC ↑   0.500",
        "",
        "Rank     2",
        "System   B_01",
        "SRCC ↑   0.250",
        "Note     x",
        "",
    ]


@pytest.mark.parametrize("columns", [100, 80, 60, 40])
def test_lines_are_broken_at_words(columns, monkeypatch):
    """Findings fit the terminal; words are whole, and later lines keep the indent."""
    monkeypatch.setenv("COLUMNS", str(columns))
    finding = rule("id-missing").finding("ids of " + "word " * 40, hint="hint " * 40)
    path = "/".join(["a_folder_of_submissions"] * 4) + "/of-a-team.csv"
    text = console.render(lambda out: console.print_findings(out, path, [finding]), True)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert text.count("word") == 40
    assert text.count("hint") == 40
    assert all(line.startswith("  ") for line in lines)
    assert "".join(line.strip() for line in lines).count("a_folder_of_submissions/") == 4
    assert text.count("submissions/") == 4


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

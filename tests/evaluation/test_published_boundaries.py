"""Published results at their limits: the number of rows, repeated systems and quoted fields."""

import re

import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import codes

METRICS = {"SRCC": 0.5, "LCC": 0.5, "KTAU": 0.5, "MSE": 1.0}


def table(systems, **columns):
    """Return valid results of these systems."""
    return pd.DataFrame([{"system": system, **METRICS, **columns} for system in systems])


def refused(given):
    """Return the findings that a table is refused with."""
    with pytest.raises(xe.TableError) as caught:
        xe.rank(given)
    return caught.value.findings


def numbers_of(message):
    """Return the numbers of a message."""
    return [int(number) for number in re.findall(r"(?<![_\w])\d+", message)]


@pytest.mark.parametrize("number", [2, 3, 10])
def test_a_repeated_system_names_its_lines(number):
    """The message has the lines of up to ten rows, in order, and no other number."""
    (finding,) = refused(table(["A"] * number + ["B"]))
    assert (finding.code, finding.count) == ("XAC071", number - 1)
    assert numbers_of(finding.message) == list(range(2, 2 + number))


def test_a_system_of_many_rows_names_the_first_ten_lines():
    """Of eleven rows, the message has ten lines and the number of the others."""
    (finding,) = refused(table(["A"] * 11))
    assert finding.count == 10
    assert numbers_of(finding.message) == [*range(2, 12), 1]


@pytest.mark.parametrize("number", [1, 2, 5, 6, 7])
def test_five_repeated_systems_are_named(number):
    """The message names up to five systems with their lines, and the number of the others."""
    systems = [f"S_{n}" for n in range(number)]
    (finding,) = refused(table(systems * 2))
    assert (finding.code, finding.count, finding.line) == ("XAC071", number, number + 2)
    named = [system for system in systems if system in finding.message]
    assert named == systems[:5]
    lines = [line for n in range(min(number, 5)) for line in (n + 2, n + 2 + number)]
    assert numbers_of(finding.message) == lines + [number - 5] * (number > 5)


@pytest.mark.parametrize("name", ['a,b"c"', '"', '""', "a\nb", "a\rb", "a\r\nb", "plain"])
def test_fields_of_a_data_frame_are_quoted(name):
    """Commas, quotes and line ends in a name are part of it."""
    (one,) = xe.rank(table([name], team="T")).entries
    assert (one.team, one.system) == ("T", name)


def test_a_missing_name_is_empty():
    """A missing value of a DataFrame is an empty field and not the text of the value."""
    (finding,) = refused(table(["A", None]))
    assert (finding.code, finding.line) == ("XAC020", 3)


def test_a_file_is_read_and_not_its_name(tmp_path):
    """A path, as text or as a path, is a file; its rows equal those of a DataFrame."""
    path = tmp_path / "table.csv"
    frame = table(["A", "B"])
    frame.to_csv(path, index=False)
    expected = xe.rank(frame).entries
    assert xe.rank(path).entries == xe.rank(str(path)).entries == expected
    path.write_bytes(b"")
    assert codes(refused(path)) == ["XAC002"]
    assert codes(refused(tmp_path / "none.csv")) == ["XAC001"]


def test_the_label_may_have_other_names_and_no_team():
    """The columns "label", "name" and "model" hold systems too; the team is part of the label."""
    for name in ("label", "name", "model"):
        (one,) = xe.rank(table(["A_01"]).rename(columns={"system": name})).entries
        assert (one.team, one.system) == ("A", "A_01")
    (one,) = xe.rank(table(["A_01"], team=" T ")).entries
    assert (one.team, one.system) == ("T", "A_01")


def test_a_table_has_a_limited_number_of_rows(tmp_path):
    """The row after the first 100,000, the header included, is the one that is too many."""
    path = tmp_path / "table.csv"
    path.write_bytes(b"a\n" * 100_001)
    (finding,) = refused(path)
    assert (finding.code, finding.line) == ("XAC008", 100_001)
    path.write_bytes(b"a\n" * 100_000)
    assert "XAC008" not in codes(refused(path))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a,1\n" * 900_000, "more than 100,000 rows"),
        (b"\n" * 9_000_000, "more than 1,000,000 lines"),
    ],
)
def test_large_tables(data, problem, tmp_path):
    """Reading a table stops after 100,000 rows, or a million lines."""
    (tmp_path / "table.csv").write_bytes(data)
    with pytest.raises(xe.TableError, match=problem):
        xe.rank(tmp_path / "table.csv")

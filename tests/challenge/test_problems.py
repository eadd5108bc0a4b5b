"""Messages about challenge files do not depend on the text or the limits of a library."""

import copy
import csv
import datetime
import tomllib

import pytest
from pydantic import ValidationError

import xacle_eval as xe
from xacle_eval.challenge import problems
from xacle_eval.challenge.approved import ApprovedError, ApprovedResources
from xacle_eval.challenge.loading import challenge_problems, template
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.problems import TomlError, model_problems, read_toml

VALUES = [
    True, 7, -1, 2**62, -0.5, 2.5, 1e300, float("inf"), float("nan"), "", " ", "x", "1.5",
    "x" * 200, "9" * 5000, [], ["x"],
    [1], [["SRCC"]], {}, {"x": 1}, {"": 1}, datetime.date(2026, 1, 2),
]  # fmt: skip


def full_table():
    """Return the template with all its optional tables and keys."""
    table = tomllib.loads(template())
    table["ids"]["text"] = {"column": "text"}
    table["ratings"]["exclude"] = {"status": ["rejected"]}
    table["splits"]["test"] |= {"references": "a.csv", "demo": "b.csv"}
    table["splits"]["more"] = {"list": "ids.txt"}
    table["group"] = {"name": "system", "pattern": "^(a)"}
    table["submissions"]["endings"] = [".csv"]
    table["packages"]["approved"] = "approved.csv"
    return table


def places(value, place=()):
    """Yield the place of every key and item of a table."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*place, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*place, key))


def changed(place, value):
    """Return the full table with another value at one place."""
    table = copy.deepcopy(full_table())
    inner = table
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return table


def invalid_tables():
    """Yield each table with one wrong value that pydantic rejects, with the error."""
    for place in places(full_table()):
        for value in VALUES:
            table = changed(place, value)
            try:
                Challenge.model_validate(table)
            except ValidationError as error:
                yield table, error


class Reworded:
    """A validation error of another release of pydantic: the same types with other messages."""

    def __init__(self, error):
        self._error = error

    def errors(self, **options):
        """Return the details with another message."""
        return [{**item, "msg": "reworded"} for item in self._error.errors(**options)]


def test_every_error_of_pydantic_has_its_own_sentence():
    """No value at any key leads to the general sentence, or to pydantic's message."""
    tables = list(invalid_tables())
    assert len(tables) > 800
    for table, error in tables:
        found = model_problems(table, error)
        assert found
        assert found == model_problems(table, Reworded(error))
        general = [problem for problem in found if problem.endswith(" is not valid")]
        assert general == [], error.errors()


def test_an_unknown_error_type():
    """An error type of a later release of pydantic is reported with the key and the value."""

    class Newer(Reworded):
        def errors(self, **options):
            return [{**item, "type": "new_type"} for item in super().errors(**options)]

    table = changed(("scores", "maximum"), "ten\n")
    with pytest.raises(ValidationError) as raised:
        Challenge.model_validate(table)
    found = model_problems(table, Newer(raised.value))
    assert found[0] == r"scores.maximum: 'ten\n' is not valid"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("reworded (at line 3, column 5)", "invalid TOML at line 3, column 5 (reworded)"),
        ("reworded (at end of document)", "invalid TOML at the end of the file (reworded)"),
        ("reworded", "invalid TOML (reworded)"),
    ],
)
def test_toml_messages(message, problem, monkeypatch):
    """tomllib's message is only a detail after our sentence with line and column."""

    def fail(_):
        raise tomllib.TOMLDecodeError(message)

    monkeypatch.setattr(problems.tomllib, "loads", fail)
    with pytest.raises(TomlError) as raised:
        read_toml(b"")
    assert str(raised.value) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"a = 1\nb = '\xe9'", "line 2 is not UTF-8 text"),
        (b"a = " + b"[" * 21 + b"]" * 21, "nested more than 20 levels"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "nested more than 20 levels"),
        (b"b = 2\na" + b".a" * 20 + b" = 1", "line 2 has a key of more than 20 parts"),
        (b'a = { "\\"b" ' + b""". '.' . "\\"." """ * 10 + b"= 1 }", "line 1 has a key of more"),
        (b"".join(b"a%d = 1\n" % number for number in range(20_000)), "more than 20,000 values"),
        (b"a = [[9223372036854775808]]", "outside the 64-bit range"),
        (b"a = 0x" + b"f" * 5000, "outside the 64-bit range"),
        (b"a = " + b"9" * 5000, "outside the 64-bit range"),
        (b"a = -9223372036854775809", "outside the 64-bit range"),
    ],
)
def test_limits_of_values(text, problem, tmp_path):
    """Depth and integers have limits of their own, below those of Python and tomllib."""
    (tmp_path / "challenge.toml").write_bytes(text)
    (found,) = challenge_problems(tmp_path)
    assert problem in found


def test_values_at_the_limits():
    """Twenty levels and 64-bit integers are accepted."""
    assert read_toml(b"a = " + b"[" * 19 + b"]" * 19)
    table = read_toml(b"a = 9223372036854775807\nb = -9223372036854775808")
    assert table == {"a": 2**63 - 1, "b": -(2**63)}


@pytest.mark.parametrize("key", ["list", "approved"])
def test_file_names_with_a_nul_character(key, tmp_path):
    """A file name that no file system accepts is an error of its key."""
    text = template().replace('pattern = "{:05d}.wav"\nfirst = 1\nlast = 100', 'list = "ids.txt"')
    text = text.replace('# approved = "approved.csv"', 'approved = "approved.csv"')
    (tmp_path / "ids.txt").write_text("a.wav\n")
    (tmp_path / "approved.csv").write_text("name,type,added,link\n")
    name = {"list": "ids.txt", "approved": "approved.csv"}[key]
    (tmp_path / "challenge.toml").write_text(text.replace(f'"{name}"', r'"a\u0000b"'))
    (problem,) = challenge_problems(tmp_path)
    assert problem.endswith(r"expected visible characters only, got 'a\x00b'")


def test_unreadable_keys_and_values_are_escaped(tmp_path):
    """Control characters of a challenge file do not reach the terminal."""
    text = template() + '\n"evil\\u001b[31m" = 1\n'
    (tmp_path / "challenge.toml").write_text(text)
    assert challenge_problems(tmp_path) == (r"limits.evil\x1b[31m: unknown key",)


def test_csv_messages(tmp_path, monkeypatch):
    """csv's message is only a detail after our sentence with file and line."""
    file = tmp_path / "approved.csv"
    file.write_text('name,type,added,link\n"a\nb",,,\n"x')
    with pytest.raises(ApprovedError) as raised:
        ApprovedResources.load(file)
    (problem,) = raised.value.problems
    sentence = "approved.csv:4: invalid CSV; check the quotation marks ("
    assert problem.startswith(sentence)

    class Rows:
        line_num = 3

        def __iter__(self):
            yield ["name", "type", "added", "link"]
            raise csv.Error("reworded")

    monkeypatch.setattr(csv, "reader", lambda *_, **__: Rows())
    with pytest.raises(ApprovedError) as raised:
        ApprovedResources.load(file)
    assert raised.value.problems == (sentence + "reworded)",)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("x" * 10_001, "approved.csv:2: the line has more than 10,000 characters"),
        ("x" * 200_000, "approved.csv:2: the line has more than 10,000 characters"),
        ("x\0,a,b,c", "approved.csv:2: the line has a NUL character"),
        ('"a\nb",,,\nc,d', "approved.csv:4: 2 fields, expected 4 as in the header"),
    ],
)
def test_rows_of_approved_resources(row, problem, tmp_path):
    """Long lines and NUL characters have limits of their own; lines are counted as in an editor."""
    file = tmp_path / "approved.csv"
    file.write_text(f"name,type,added,link\n{row}\n")
    with pytest.raises(ApprovedError, match=problem):
        ApprovedResources.load(file)


def test_a_challenge_file_that_cannot_be_read(tmp_path, monkeypatch):
    """If the system refuses to read the file, its reason is a detail."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "challenge.toml").write_text("")
    monkeypatch.setattr("xacle_eval.challenge.loading.read_input", refuse)
    with pytest.raises(xe.ChallengeError, match=r"cannot be read \(Permission denied\)"):
        xe.load_challenge(tmp_path)

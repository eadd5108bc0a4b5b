"""YAML is read with the place of every part, or refused in a sentence; nothing hostile costs time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import codes
from xacle_eval.submissions.yaml_reading import (
    MAX_ALIASES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    read_yaml,
)


def reading_of(text):
    """Read a text as YAML."""
    return read_yaml(text if isinstance(text, bytes) else text.encode(), "x.yaml")


def value_of(text):
    """The value of a text that is right."""
    reading = reading_of(text)
    assert reading.findings == []
    return reading.value


def test_scalars_follow_the_core_schema():
    """Plain words are null, true, false and numbers as YAML 1.2 has them; all else is text, as are
    quoted ones.
    """
    written = {
        "null": None, "~": None, "": None, "true": True, "False": False, "12": 12, "-7": -7, "+1": 1, "1.5": 1.5,
        "1e-3": 1e-3, ".5": 0.5, "1.": 1.0, "no": "no", "on": "on", "12:30": "12:30", "2026-01-01": "2026-01-01",
        "0x10": "0x10", "1_000": "1_000", "'12'": "12", '"true"': "true", "a b": "a b", "=": "=",
    }  # fmt: skip
    for text, value in written.items():
        found = value_of(f"key: {text}")["key"]
        assert (found, type(found)) == (value, type(value)), text
    assert value_of("key: .inf")["key"] == float("inf")


def test_places_are_those_of_an_editor():
    """Keys and values are found with line and column from 1, what is not there at what it is a part
    of.
    """
    reading = reading_of("a:\n  b: [x,\n      y]\nc: {d: 1}\n")
    assert reading.place(("a", "b", 1)) == (3, 7)
    assert reading.place(("c", "d", "")) == (4, 5)
    assert reading.place(("c", "nothing", 3)) == (4, 4)
    assert reading.place(("nothing",)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "code", "place", "says"),
    [
        ("a: 1\na: 2", "XAC102", (2, 1), "'a' stands twice"),
        ("a: 1\nb: [", "XAC100", (2, 5), ""),
        ("a: 'x\n", "XAC100", (1, 4), ""),
        ("a:\n\tb: 1", "XAC100", (2, 1), "tab"),
        ("a: !!python/object/apply:os.system [x]", "XAC100", (1, 4), "tag"),
        ("a: !x 1", "XAC100", (1, 4), "tag"),
        ("- a", "XAC100", None, "no keys"),
        ("", "XAC100", None, "no keys"),
        ("a: 1\n---\nb: 2", "XAC100", (2, 1), "second document"),
        ("? [a, b]\n: c", "XAC100", (1, 3), "key is a list"),
        ("a: &x [*x]", "XAC100", (1, 4), "holds itself"),
        ("a: *nothing", "XAC100", (1, 4), ""),
        ("a: " + "9" * 500, "XAC100", (1, 4), "500 characters"),
        (b"a: \xff", "XAC100", (1, 4), "0xFF"),
        ("a: 1\nb: x\x07", "XAC100", (2, 5), "x07"),
        (b"\xff\xfea\x00:\x00 \x001\x00", "XAC100", (1, 1), "UTF-8"),
        ("a: " + "[" * 50_000, "XAC101", None, f"over {MAX_DEPTH} deep"),
        ("a: " + "{b: " * 30, "XAC101", None, f"over {MAX_DEPTH} deep"),
        ("a:\n" + "- 1\n" * (MAX_NODES + 1), "XAC101", None, f"over {MAX_NODES:,} values"),
        ("a: &x 1\nb: [" + "*x, " * (MAX_ALIASES + 1) + "]", "XAC101", None, "aliases"),
        ("a: " + "x" * MAX_BYTES, "XAC101", None, "bytes"),
    ],
)
def test_what_is_refused(text, code, place, says):
    """Every kind of fault has its rule, its line and column, and says what it is."""
    reading = reading_of(text)
    assert reading.value is None
    finding = reading.findings[0]
    assert finding.code == code
    assert finding.file == "x.yaml"
    if place is not None:
        assert (finding.line, finding.column) == place
    assert says in finding.message


def test_a_billion_laughs():
    """Aliases of aliases are refused by what they stand for, even where they are few."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 2)}]" for n in range(1, 11)]
    assert codes(reading_of("\n".join(lines)).findings) == ["XAC101"]
    lines = [
        "a0: &a0 [lol]",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)),
    ]
    assert codes(reading_of("\n".join(lines)).findings) == ["XAC101"]


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=80), st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t1.", max_size=60)
    )
)
def test_nothing_raises(data):
    """Whatever the bytes are, the result is a mapping, or findings with the file's path."""
    reading = reading_of(data)
    assert (reading.value is None) == bool(reading.findings)
    assert all(finding.file == "x.yaml" and finding.message for finding in reading.findings)


def test_without_libyaml(monkeypatch):
    """PyYAML's own parser gives the same values, places and refusals as libyaml."""
    import yaml

    texts = [
        "a: {b: [1, 'x', ~]}\nc: no",
        "a: 1\na: 2",
        "a: [",
        "a: !x 1",
        "a: " + "[" * 1000,
        "a: |\n  b\n  c\n",
    ]
    fast = [reading_of(text) for text in texts]
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    for text, before in zip(texts, fast, strict=True):
        after = reading_of(text)
        assert (after.value, after.places, codes(after.findings)) == (
            before.value,
            before.places,
            codes(before.findings),
        )

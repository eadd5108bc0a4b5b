"""YAML is read with the place of every part, or refused with a message at little cost."""

from itertools import accumulate

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import codes
from xacle_eval.submissions.yaml_reading import (
    MAX_ALIASES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_NODES,
    read_yaml,
)
from xacle_eval.submissions.yaml_scan import outline


def reading_of(text):
    """Read a text as YAML."""
    return read_yaml(text if isinstance(text, bytes) else text.encode(), "x.yaml")


def value_of(text):
    """The value of a valid text."""
    reading = reading_of(text)
    assert reading.findings == []
    return reading.value


def test_scalars_follow_the_core_schema():
    """Plain words follow the core schema of YAML 1.2; all others are strings."""
    written = {
        "null": None, "~": None, "": None, "true": True, "False": False, "12": 12, "-7": -7,
        "+1": 1, "1.5": 1.5, "1e-3": 1e-3, ".5": 0.5, "1.": 1.0, "no": "no", "on": "on",
        "12:30": "12:30", "2026-01-01": "2026-01-01", "0x10": "0x10", "1_000": "1_000",
        "'12'": "12", '"true"': "true", "a b": "a b", "=": "=",
    }  # fmt: skip
    for text, value in written.items():
        found = value_of(f"key: {text}")["key"]
        assert (found, type(found)) == (value, type(value)), text
    assert value_of("key: .inf")["key"] == float("inf")


def test_places_are_those_of_an_editor():
    """Keys and values have a line and column from 1; missing ones have their parent's."""
    reading = reading_of("a:\n  b: [x,\n      y]\nc: {d: 1}\n")
    assert reading.place(("a", "b", 1)) == (3, 7)
    assert reading.place(("c", "d", "")) == (4, 5)
    assert reading.place(("c", "nothing", 3)) == (4, 4)
    assert reading.place(("nothing",)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "code", "place", "says"),
    [
        ("a: 1\na: 2", "XAC102", (2, 1), "duplicate key 'a'"),
        ("a: 1\nb: [", "XAC100", (2, 4), "[ is opened and never closed"),
        ("a: 'x\n", "XAC100", (1, 4), "' is opened and never closed"),
        ("a: b]\nc: ]", "XAC100", (2, 4), "] has no opening bracket"),
        ("a: b: c", "XAC100", (1, 5), "a colon is not allowed here"),
        ("a: 1\n b: @", "XAC100", None, ""),
        ("a: &x 1\nb: &x 2", "XAC100", (2, 4), "duplicate anchor '&x'"),
        ("%YAML 9.9\n---\na: 1", "XAC100", (1, 1), "% directive"),
        ("a:\n\tb: 1", "XAC100", (2, 1), "tab"),
        ("a: !!python/object/apply:os.system [x]", "XAC100", (1, 4), "tag"),
        ("a: !x 1", "XAC100", (1, 4), "tag"),
        ("- a", "XAC100", None, "no keys"),
        ("", "XAC100", None, "no keys"),
        ("a: 1\n---\nb: 2", "XAC100", (2, 1), "second document"),
        ("? [a, b]\n: c", "XAC100", (1, 3), "not a list"),
        ("a: &x [*x]", "XAC100", (1, 4), "contains itself"),
        ("a: *nothing", "XAC100", (1, 4), "unknown alias '*nothing'"),
        ("a: " + "9" * 500, "XAC100", (1, 4), "500 characters"),
        (b"a: \xff", "XAC100", (1, 4), "0xFF"),
        ("a: 1\nb: x\x07", "XAC100", (2, 5), "x07"),
        (b"\xff\xfea\x00:\x00 \x001\x00", "XAC100", (1, 1), "UTF-8"),
        ("a: " + "[" * 50_000, "XAC101", None, f"more than {MAX_DEPTH} levels"),
        ("a: " + "{b: " * 30, "XAC101", None, f"more than {MAX_DEPTH} levels"),
        ("a:\n" + "- 1\n" * (MAX_NODES + 1), "XAC101", None, f"more than {MAX_NODES:,} values"),
        ("a: &x 1\nb: [" + "*x, " * (MAX_ALIASES + 1) + "]", "XAC101", None, "aliases"),
        ("a: " + "x" * MAX_BYTES, "XAC101", None, "bytes"),
    ],
)
def test_what_is_refused(text, code, place, says):
    """Every kind of error has its rule, line, column and message."""
    reading = reading_of(text)
    assert reading.value is None
    finding = reading.findings[0]
    assert finding.code == code
    assert finding.file == "x.yaml"
    if place is not None:
        assert (finding.line, finding.column) == place
    assert says in finding.message


def test_a_billion_laughs():
    """Aliases of aliases are limited by the values that they expand to."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 2)}]" for n in range(1, 11)]
    assert codes(reading_of("\n".join(lines)).findings) == ["XAC101"]
    lines = [
        "a0: &a0 [lol]",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)),
    ]
    assert codes(reading_of("\n".join(lines)).findings) == ["XAC101"]


def test_levels_of_aliases():
    """The levels that aliases expand to have the same limit as written ones."""
    for levels, found in ((18, []), (19, ["XAC101"])):
        nested = "a: &a " + "[" * 10 + "x" + "]" * 10 + "\n"
        nested += "b: " + "[" * (levels - 9) + "*a" + "]" * (levels - 9)
        assert codes(reading_of(nested).findings) == found
    chain = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} {'[' * 18}*a{n - 1}{']' * 18}\n" for n in range(1, MAX_ALIASES)
    )
    assert codes(reading_of(chain).findings) == ["XAC101"]


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=80), st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t1.", max_size=60)
    )
)
def test_nothing_raises(data):
    """Any bytes give a mapping, or findings with the file's path."""
    reading = reading_of(data)
    assert (reading.value is None) == bool(reading.findings)
    assert all(finding.file == "x.yaml" and finding.message for finding in reading.findings)


REFUSED = {
    "a: [": "XAC100",
    "a: 'x": "XAC100",
    "a: !x 1": "XAC100",
    "a: 1\na: 2": "XAC102",
    "a: " + "[" * (MAX_DEPTH - 1): "XAC100",
    "a: " + "[" * MAX_DEPTH: "XAC101",
    "a: " + "[" * 900: "XAC101",
    "a: " + "[" * 50_000: "XAC101",
    "a: !x " + "[" * 5_000: "XAC101",
    "- " * 30_000: "XAC101",
    "? " * 30_000: "XAC101",
    "a: [1,\n" + "1,\n" * MAX_NODES + "]]": "XAC101",
    "a: &x 1\nb: [" + "*x, " * (MAX_ALIASES + 1): "XAC101",
}


def compare(text, before):
    """Assert that a text gives the same value, codes and messages as before."""
    after = reading_of(text)
    assert after.value == before.value, text[:60]
    assert [(f.code, f.message) for f in after.findings] == [
        (f.code, f.message) for f in before.findings
    ], text[:60]


def test_without_libyaml(monkeypatch):
    """PyYAML's own parser gives the same values, places, codes and messages as libyaml."""
    tabs = ["a: [\n\t1,\t2]", "a:\t1\nb: \t'x'\t# note", "a: {\tb:\t1\t}", "\ta: 1", "a:\n\t- b"]
    texts = ["a: {b: [1, 'x', ~]}\nc: no", "a: |\n  b\n  c\n", *tabs, *REFUSED]
    fast = [reading_of(text) for text in texts]
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    for text, before in zip(texts, fast, strict=True):
        compare(text, before)
        assert reading_of(text).places == before.places


@pytest.mark.parametrize("without_libyaml", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        'a: "\\U00110000"',
        'a: "\\uD83D"',
        "%FOO bar\n---\na: 1",
        "# c\n\n%YAML 1.2\n%X y\n---\na: 1",
    ],
)
def test_what_only_one_parser_refuses(monkeypatch, text, without_libyaml):
    """Escapes that are no character and reserved directives are refused with either parser."""
    if without_libyaml:
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert codes(reading_of(text).findings) == ["XAC100"]


@pytest.mark.parametrize("without_libyaml", [False, True])
@pytest.mark.parametrize("levels", [1, 15, 100])
def test_a_parser_with_limits_of_its_own(monkeypatch, levels, without_libyaml):
    """A parser that refuses a file early, with a text of its own, changes no code."""
    if without_libyaml:
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    real = yaml.parse

    def parse(text, Loader):  # noqa: N803 -- as PyYAML names it
        if max(map(text.count, "[-?")) > levels:
            raise yaml.YAMLError("another text")
        yield from real(text, Loader=Loader)

    before = {text: reading_of(text) for text in REFUSED}
    monkeypatch.setattr(yaml, "parse", parse)
    for text, code in REFUSED.items():
        assert codes(reading_of(text).findings) == codes(before[text].findings) == [code]


@pytest.mark.parametrize("text", ["a: [", "a: 'x", "a: 1\n b: 2", "a: ]", "a:\n\tb: 1"])
def test_the_parser_s_words_are_a_detail(monkeypatch, text):
    """The parser's text is only in the hint; code and message do not depend on it."""
    before = reading_of(text)

    def other_words(*_, **__):
        raise yaml.scanner.ScannerError("a context", None, "other words", mark)

    with pytest.raises(yaml.YAMLError) as raised:
        yaml.compose(text, Loader=yaml.SafeLoader)
    mark = raised.value.problem_mark
    monkeypatch.setattr(yaml, "compose", other_words)
    monkeypatch.setattr(yaml, "parse", other_words)
    compare(text, before)
    assert "The parser reports: other words." in reading_of(text).findings[0].hint


@pytest.mark.parametrize(
    ("at_the_limit", "beyond"),
    [
        (
            "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1),
            "a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH,
        ),
        ("a:\n" + "- 1\n" * (MAX_NODES - 3), "a:\n" + "- 1\n" * (MAX_NODES - 2)),
        (
            "a: &x 1\nb: [" + "*x, " * MAX_ALIASES + "]",
            "a: &x 1\nb: [" + "*x, " * (MAX_ALIASES + 1) + "]",
        ),
        ("a: " + "x" * (MAX_BYTES - 3), "a: " + "x" * (MAX_BYTES - 2)),
        ("a: " + "9" * MAX_DIGITS, None),
    ],
    ids=["depth", "values", "aliases", "bytes", "digits"],
)
def test_a_file_at_each_limit(at_the_limit, beyond):
    """A file exactly at a limit is read; with one more it is refused."""
    assert reading_of(at_the_limit).findings == []
    if beyond is None:
        assert codes(reading_of(at_the_limit + "9").findings) == ["XAC100"]
    else:
        assert codes(reading_of(beyond).findings) == ["XAC101"]


VALUES = st.recursive(
    st.sampled_from(
        [1, 2.5, True, "", "x", "a: b", "[x", "it's", "x #y", "- q", "two\nlines", " a ", "{", "&a"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b c", "[d", "'e"]), inner, max_size=3),
    ),
    max_leaves=12,
)


@given(
    VALUES,
    st.sampled_from([None, True, False]),
    st.sampled_from([None, '"', "'", "|"]),
    st.sampled_from([2, 4]),
)
def test_the_scan_agrees_with_the_parser(value, flow, style, indent):
    """Without a parser, the scan counts the same levels, values and aliases as the parser does."""
    text = yaml.safe_dump({"r": value}, default_flow_style=flow, default_style=style, indent=indent)
    kinds = [type(event).__name__ for event in yaml.parse(text, Loader=yaml.SafeLoader)]
    steps = [kind.endswith(("gStartEvent", "eStartEvent")) for kind in kinds]
    steps = [
        up - kind.endswith(("gEndEvent", "eEndEvent"))
        for up, kind in zip(steps, kinds, strict=True)
    ]
    found = outline(text, MAX_NODES)
    assert found.depth == max(accumulate(steps))
    assert found.aliases == kinds.count("AliasEvent")
    assert found.nodes == found.aliases + kinds.count("ScalarEvent") + steps.count(1)
    assert (found.unclosed, found.unopened) == (None, None)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t1.", max_size=80))
def test_the_scan_reads_any_text(text):
    """The scan ends for every text, and counts no more than the text has characters."""
    found = outline(text, MAX_NODES)
    assert 0 <= found.aliases <= found.nodes <= 3 * len(text)

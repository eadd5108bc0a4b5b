"""Invalid YAML: the line to change and the text to write are named, and the text works."""

import pytest

from xacle_eval.submissions.yaml_reading import read_yaml

LINES = ["submission:", "  label: Kumo_01", "system:", "  summary: VALUE", "  input: x"]

# The line as it was written, its number and column in messages, the message, and the value meant.
CASES = {
    "colon": ("  summary: A head: two layers", 4, 18, "a colon is not allowed here", None),
    "colon_at_the_end": ("  summary: A head:", 4, 18, "a colon is not allowed here", None),
    "at": ("  summary: @a", 4, 12, "begins with @, which is reserved", None),
    "at_and_colon": ("  summary: @me: x", 4, 12, "begins with @, which is reserved", None),
    "percent": ("  summary: %5", 4, 12, "begins with %, which begins a directive", None),
    "backtick": ("  summary: `x`", 4, 12, "begins with `", None),
    "star": ("  summary: *best*", 4, 12, "begins with *, which begins an alias", None),
    "bracket": ("  summary: [x] done", 4, 12, "begins with [, which begins a list", None),
    "brace": ("  summary: {x} done", 4, 12, "begins with {, which begins a mapping", None),
    "dash": ("  summary: - x", 4, 12, "begins with -, which begins a list", None),
    "fold": ("  summary: > 5 layers", 4, 12, "begins with >, which begins a folded", None),
    "quote": ('  summary: "A" head', 4, 15, "text after the closing quotation mark", None),
    "apostrophe": ("  summary: 'A' head", 4, 15, "text after the closing quotation mark", None),
    "wide_colon": ("  summary：A head", 4, 10, "full-width (U+FF1A)", "A head"),
    "wide_colon_and_space": ("  summary： A head", 4, 10, "full-width (U+FF1A)", "A head"),
    "no_space": ("  summary:A head", 4, 10, "no space after the colon", "A head"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_line_to_change_is_named(name):
    """The message has the right line and column, and the line of the hint makes the file valid."""
    written, line, column, message, value = CASES[name]
    text = "\n".join([*LINES[:3], written, *LINES[4:]]) + "\n"
    (finding,) = read_yaml(text.encode(), "x.yaml").findings
    assert (finding.code, finding.line, finding.column) == ("XAC100", line, column)
    assert message in finding.message
    right = finding.hint.partition(": ")[2]
    read = read_yaml("\n".join([*LINES[:3], "  " + right, *LINES[4:]]).encode(), "x.yaml").value
    assert read["system"]["summary"] == (value or written.partition(": ")[2])


def test_an_entry_of_a_list_is_corrected_with_its_dash():
    """The hint for a list has the dash of the entry."""
    text = "authors:\n  - @a\n"
    (finding,) = read_yaml(text.encode(), "x.yaml").findings
    assert finding.line == 2
    right = finding.hint.partition(": ")[2]
    assert read_yaml(f"authors:\n  {right}\n".encode(), "x.yaml").value == {"authors": ["@a"]}


def test_a_wide_colon_in_the_first_line():
    """The parser stops in the line below; the message names the line of the key."""
    (finding,) = read_yaml("submission：\n  label: Kumo_01\n".encode(), "x.yaml").findings
    assert (finding.line, finding.column) == (1, 11)


def test_other_errors_keep_the_report_of_the_parser():
    """Where no cause is known, the hint has what the parser reports."""
    (finding,) = read_yaml(b"a: first line\n    second: line\n", "x.yaml").findings
    assert finding.line == 2
    assert "The parser reports: " in finding.hint

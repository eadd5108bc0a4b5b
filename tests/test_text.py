"""Helpers for messages."""

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xacle_eval.text import (
    abbreviate,
    alternatives,
    count,
    did_you_mean,
    json_text,
    listing,
    nearest,
    shorten,
    split_commands,
    visible,
    visible_lines,
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("10500.wav", "10500.wav"),
        ("café", "café"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("abc\u202egnp.exe", r"abc\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("caf\udce9", r"caf\udce9"),
        ("filled\u3164\u2800", r"filled\u3164\u2800"),
        ("\u2028\x9b\u061c", r"\u2028\x9b\u061c"),
    ],
)
def test_invisible_characters_are_escaped(written, shown):
    """Control, bidirectional and invalid characters are escaped; letters are unchanged."""
    assert visible(written) == shown


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_visible_text_can_always_be_printed(text):
    """Any text becomes one printable line that UTF-8 can encode."""
    shown = visible(text)
    assert shown.encode() or not text
    assert len(shown.splitlines()) <= 1


@given(st.text(max_size=100))
@example("##[error]\udce9\U000e0001\u061c")
def test_json_hides_no_character(text):
    """JSON has an escape for every invisible character and every command; its value is the same."""
    shown = json_text({text: [text]})
    assert json.loads(shown) == {text: [text]}
    assert "##[" not in shown
    assert shown == visible_lines(shown)


def test_json_keeps_letters():
    """Letters that are not ASCII are readable in JSON; a character above U+FFFF has two escapes."""
    assert json_text("日本 é\u202e\x7f\U000e0001", indent=None) == (
        '"日本 é\\u202e\\u007f\\udb40\\udc01"'
    )


def test_visible_lines_keep_line_breaks():
    """Lines stay lines; all other control characters become escapes, unless they are kept."""
    assert visible_lines("a\n\tb\r\x1b[0m") == "a\n\\tb\\r\\x1b[0m"
    assert visible_lines("a\n\tb\r", keep="\t") == "a\\n\tb\\r"


def test_commands_of_github_are_split():
    """Neither form of a command remains, wherever its line begins."""
    written = "::error::a\n  ::b\nc::d ##[error]e"
    assert split_commands(written) == ": :error::a\n  : :b\nc::d ## [error]e"


def test_abbreviated_names_stay_different():
    """A name of up to 200 characters is unchanged; of a longer one, a hash of the whole is kept."""
    name = "n" * 200
    assert abbreviate(name) == name
    short = {abbreviate(f"{name}{k}") for k in range(100)}
    assert len(short) == 100
    assert {len(each) for each in short} == {200}
    assert all(each.startswith("n" * 183 + "…") for each in short)
    assert abbreviate("\udce9" * 201).startswith("\udce9")


@given(st.text(max_size=60), st.integers(1, 40))
def test_shortened_text_keeps_its_limit(text, limit):
    """A shortened text is not longer than its limit; a text within the limit is unchanged."""
    short = shorten(text, limit)
    assert len(short) <= max(limit, 1)
    assert (short == text) is (len(text) <= limit)


def test_nearest_name():
    """The closest name is found in any letter case; without a close name the result is None."""
    assert nearest("Pred_Scores", ["text", "pred_score"]) == "pred_score"
    assert nearest("SRC", ["SRCC", "MSE"]) == "SRCC"
    assert nearest("zebra", ["SRCC", "MSE"]) is None
    assert nearest("", []) is None


def test_the_word_itself_is_not_suggested():
    """A name is not suggested for itself; the next one is, also in another letter case."""
    assert nearest("score", ["score"]) is None
    assert nearest("score", ["score", "scores"]) == "scores"
    assert nearest("score", ["score", "Score"]) == "Score"


@pytest.mark.parametrize("length", [20, 60, 190, 5_000])
def test_suggestions_have_a_bounded_cost(length):
    """Up to 20,000 names of any length are searched in less than a second, or not at all."""
    names = [f"{number:05d}{'ab' * (length // 2)}"[-length:] for number in range(300)]
    words = [name[1:] + "b" for name in names[:5]]
    begin = time.process_time()
    for word in words:
        nearest(word, names)
    assert nearest("a" * length, map(str, range(10**9))) is None
    assert time.process_time() - begin < 1


def test_the_number_of_searched_names():
    """A similar name is suggested among 20,000 names, and not among 20,001."""
    names = ["Kumo_01", *map(str, range(19_999))]
    assert nearest("Kuno_01", names) == "Kumo_01"
    assert nearest("Kuno_01", [*names, "x"]) is None


def test_long_names_are_suggested_for_one_letter():
    """Names of more than 64 characters are only found by one wrong letter."""
    name = "a" * 65
    assert nearest(name[:-1] + "b", [name]) == name
    assert nearest(name[:-2] + "bb", [name]) is None
    assert nearest(name[:62] + "bb", [name[:64]]) == name[:64]


def test_counts_and_lists():
    """Counts match their noun; a long list ends with the number of omitted items."""
    assert [count(1, "row"), count(0, "row"), count(3000, "row")] == [
        "1 row",
        "0 rows",
        "3,000 rows",
    ]
    assert count(2, "entry", "entries") == "2 entries"
    assert listing([1, 2, 3], 5) == "1, 2, 3"
    assert [alternatives(names) for names in ("a", "ab", "abc")] == ["a", "a or b", "a, b or c"]
    assert listing(range(1505), 5) == "0, 1, 2, 3, 4 and 1,500 more"


@pytest.mark.parametrize(
    ("word", "settings", "expected"),
    [
        ("scroe", {}, "did you mean score?"),
        ("scroe", {"sentence": True}, "Did you mean score?"),
        ("xyz", {}, ""),
        ("xyz", {"otherwise": "expected score or rank"}, "expected score or rank"),
    ],
)
def test_did_you_mean_names_the_nearest_word(word, settings, expected):
    """The closest known word is suggested; without one, the given text is returned."""
    assert did_you_mean(word, ["score", "rank"], **settings) == expected

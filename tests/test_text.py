"""Small helpers for text that people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xacle_eval.text import alternatives, count, did_you_mean, listing, nearest, shorten, visible


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
    ],
)
def test_what_does_not_show_is_written_out(written, shown):
    """Control, bidirectional and broken characters become escapes, letters of any script stay."""
    assert visible(written) == shown


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_visible_text_can_always_be_printed(text):
    """Whatever a file holds, what is shown of it is one printable line that UTF-8 can carry."""
    shown = visible(text)
    assert shown.encode() or not text
    assert len(shown.splitlines()) <= 1


@given(st.text(max_size=60), st.integers(1, 40))
def test_shortened_text_keeps_its_limit(text, limit):
    """A shortened text is never longer than its limit and keeps its beginning; a short one is left
    alone.
    """
    short = shorten(text, limit)
    assert len(short) <= max(limit, 1)
    assert (short == text) is (len(text) <= limit)


def test_nearest_name():
    """The nearest name is found whatever the letter case, and none where none is near."""
    assert nearest("Pred_Scores", ["text", "pred_score"]) == "pred_score"
    assert nearest("SRC", ["SRCC", "MSE"]) == "SRCC"
    assert nearest("zebra", ["SRCC", "MSE"]) is None
    assert nearest("", []) is None


def test_counts_and_lists():
    """Counts agree with their noun; lists say how much they leave out."""
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
    """A suggestion names the nearest known word; without one it is the given text."""
    assert did_you_mean(word, ["score", "rank"], **settings) == expected

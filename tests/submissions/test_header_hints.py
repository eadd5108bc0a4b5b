"""Hints about headers: what they ask for gives a file that can be read."""

import pytest

from tests.submissions.cases import IDS, PREDICTIONS, lines, small_challenge
from tests.submissions.test_causes import report_of

PAIRS = list(zip(IDS, PREDICTIONS, strict=True))


@pytest.mark.parametrize(
    ("head", "row", "hint"),
    [
        ("clip,value", "{0},{1}", "Replace line 1 with the header wav_file_name,pred_score."),
        ("value,clip", "{1},{0}", "Replace line 1 with the header pred_score,wav_file_name."),
    ],
)
def test_an_unknown_header_is_to_be_replaced(head, row, hint):
    """The header that the hint names has the columns in the order of the file."""
    rows = [row.format(*pair) for pair in PAIRS]
    challenge = small_challenge()
    (found,) = report_of(lines(rows, f"{head}\n"), challenge).findings
    assert (found.code, found.hint) == ("XAC010", hint)
    header = hint.removeprefix("Replace line 1 with the header ").rstrip(".")
    assert report_of(lines(rows, f"{header}\n"), challenge).valid


@pytest.mark.parametrize(
    ("head", "start"), [("", "Start the file with"), ("a,b,c\n", "Replace line 1 with")]
)
def test_a_file_with_more_columns_needs_more_names(head, start):
    """A header of two names would not fit to rows of three fields."""
    rows = [f"a dog,{pair},{value}" for pair, value in PAIRS]
    challenge = small_challenge()
    found = report_of(lines(rows, head), challenge).findings[0]
    assert found.hint == f"{start} a header of 3 names, wav_file_name, pred_score among them."
    assert report_of(lines(rows, "text,wav_file_name,pred_score\n"), challenge).valid

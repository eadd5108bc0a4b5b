"""The sentence above a board says what its numbers allow, and nothing else."""

import pytest

from tests.reports.site.boards import make_board, make_entry
from xacle_eval.reports.site.names import Name, plain
from xacle_eval.reports.site.ranking import ranking_of
from xacle_eval.reports.site.sentences import board_sentence, significant_pairs


def _entries(number, possible, clusters=None):
    return [
        make_entry(
            rank,
            f"s{rank}",
            {"SRCC": 1.0 - rank / 100},
            bounds={"SRCC": (0.1, 0.9)},
            rank_simultaneous_low=1 if rank <= possible else 2,
            rank_simultaneous_high=number,
            p_first=0.5,
            cluster=(clusters or [1] * number)[rank - 1],
        )
        for rank in range(1, number + 1)
    ]


def _text(board, demo=False):
    return plain(board_sentence(ranking_of(board), demo)).replace("\N{NO-BREAK SPACE}", " ")


def test_no_system():
    """An empty board says so; systems outside the competition are counted."""
    assert _text(make_board([])) == "No system is ranked."
    outside = [make_entry(None, "b", {"SRCC": 0.1}, kind="baseline")]
    expected = "No system is ranked. 1 system outside the competition has no rank."
    assert _text(make_board(outside)) == expected


def test_one_system():
    """With one system, nothing can be compared; its value has its interval."""
    board = make_board(_entries(1, 1), resamples=500)
    assert _text(board) == (
        "Only s1 is ranked, so there is nothing to compare. "
        "Its SRCC is 0.990 (95 % interval 0.100 to 0.900)."
    )


def test_without_resampling():
    """Without resampling, nothing is reported about chance."""
    entries = [make_entry(1, "a", {"SRCC": 0.9}), make_entry(2, "b", {"SRCC": 0.8})]
    text = _text(make_board(entries))
    assert text.startswith("a is first of 2 systems. Nothing was resampled")
    shared = [make_entry(1, "a", {"SRCC": 0.9}), make_entry(1, "b", {"SRCC": 0.9})]
    assert _text(make_board(shared)).startswith("a and b share the first rank of 2 systems.")


@pytest.mark.parametrize(
    ("possible", "begin"),
    [
        (1, "s1 is first in SRCC (95 % confidence)."),
        (2, "s1 and s2 could be first in SRCC (95 % confidence)."),
        (3, "s1 and 2 others could be first in SRCC (95 % confidence)."),
        (4, "All 4 systems could be first in SRCC (95 % confidence)."),
    ],
)
def test_which_systems_could_be_first(possible, begin):
    """The systems whose joint set contains rank 1 are named, or counted."""
    assert _text(make_board(_entries(4, possible), difference_p=[[]])).startswith(begin)


def test_differences_are_counted():
    """The sentence has the numbers of pairs with p at most alpha, clusters, and the difference."""
    board = make_board(
        _entries(3, 1, [1, 2, 2]),
        difference_p=[[], [0.05], [0.01, 0.051]],
        smallest_difference=0.0123,
    )
    assert _text(board) == (
        "s1 is first in SRCC (95 % confidence). Of 3 pairs of systems, 2 differ significantly "
        "(α = 0.05) and 1 does not. The systems form 2 clusters. Neighbours differ "
        "significantly if their SRCC differs by about 0.012 or more."
    )
    assert significant_pairs(board.resampling) == (2, 3)


def test_all_or_none_differ():
    """If every pair differs, or none does, that is reported."""
    none = make_board(_entries(3, 3), difference_p=[[], [0.3], [0.4, 0.5]])
    assert _text(none).endswith("No two systems differ significantly (α = 0.05).")
    every = make_board(_entries(3, 1, [1, 2, 3]), difference_p=[[], [0.001], [0.01, 0.02]])
    assert _text(every).endswith("Every system differs significantly from every other.")


def test_two_systems_have_one_difference():
    """With two systems, the sentence is about the two."""
    same = make_board(_entries(2, 2), difference_p=[[], [0.3]])
    assert _text(same).endswith("The two do not differ significantly (α = 0.05).")
    other = make_board(_entries(2, 1, [1, 2]), difference_p=[[], [0.001]])
    assert _text(other).endswith("The two differ significantly (α = 0.05).")


def test_too_few_pairs():
    """If no p can reach alpha, the ranking distinguishes nothing."""
    board = make_board(_entries(2, 2), smallest_p=0.5)
    text = _text(board)
    assert text.startswith("The ranking cannot distinguish any of the 2 systems: with so few pairs")


def test_equal_predictions_are_no_lack_of_pairs():
    """If no two predictions differ, the reason is that the systems are the same."""
    entries = [make_entry(1, name, {"SRCC": 0.64}) for name in ("a", "b")]
    text = _text(make_board(entries, smallest_p=1.0, difference_p=[[], [1.0]]))
    assert text == (
        "The ranking cannot distinguish any of the 2 systems: they have the same predictions (or "
        "differ in a single one) and the same SRCC, 0.640."
    )
    entries[1] = make_entry(2, "b", {"SRCC": 0.63})
    text = _text(make_board(entries, smallest_p=1.0, difference_p=[[], [1.0]]))
    assert text.endswith("their predictions are the same, or differ in a single one.")
    assert "so few" not in text


def test_too_many_systems():
    """Without tests, only the share of first ranks is reported."""
    board = make_board(_entries(3, 3), family=0)
    assert _text(board) == (
        "3 systems are too many to test all differences. s1 is first in 50.0 % of the resamples."
    )


def test_demo_ratings():
    """The sentence about demo ratings begins with a warning."""
    text = _text(make_board(_entries(4, 4), difference_p=[[]]), demo=True)
    assert text.startswith("With the synthetic demo ratings: all 4 systems could be first")


def test_names_are_marked():
    """Names are pieces of their own, so that a page can isolate them; equal labels have teams."""
    entries = [
        make_entry(1, "answer", {"SRCC": 0.9}, team="T1"),
        make_entry(2, "answer", {"SRCC": 0.8}, team="T2"),
    ]
    names = [each for each in board_sentence(ranking_of(make_board(entries))) if type(each) is Name]
    assert names == ["T1/answer"]

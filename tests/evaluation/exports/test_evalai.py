"""EvalAI's leaderboard as JSON.

``evalai_page1.json`` and ``evalai_page2.json`` have the keys, in the order, that EvalAI (version of
August 2026) writes: ``calculate_distinct_sorted_leaderboard_data`` in ``apps/jobs/utils.py``, in
pages of ``StandardResultSetPagination`` in ``apps/base/utils.py``; ``#`` is its mark for a score
that a submission does not have.
"""

import copy
import json

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import DATA, codes

PAGES = [DATA / "platforms" / f"evalai_page{number}.json" for number in (1, 2)]
FIRST, SECOND = (json.loads(page.read_text()) for page in PAGES)


def both():
    """Return copies of the two pages."""
    return [copy.deepcopy(FIRST), copy.deepcopy(SECOND)]


def ranked(board):
    """Return (rank, team, system) of each row."""
    return [(one.rank, one.team, one.system) for one in board.entries]


def write(folder, value):
    """Write a value as JSON."""
    file = folder / "board.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return file


def refused(*files):
    """Return the findings for pages that cannot be ranked."""
    with pytest.raises(xe.TableError) as error:
        xe.rank(list(files))
    return error.value.findings


EXPECTED = [
    (1, "Chen", "Chen"),
    (2, "Kumo", "Kumo_01"),
    (2, 'O\'Neil, "Sons"', "=SUM(A1)"),
    (None, "organisers", "Reference"),
    (4, "Dora", "Dora_01"),
]


def test_pages_in_any_form(tmp_path):
    """The pages of a leaderboard are several files in any order, or a list in one."""
    assert ranked(xe.rank(PAGES)) == EXPECTED
    assert ranked(xe.rank(PAGES[::-1])) == EXPECTED
    assert ranked(xe.rank(write(tmp_path, [FIRST, SECOND]))) == EXPECTED


def test_the_command_reads_several_pages():
    """The command ranks all pages that it gets, and refuses one of two."""
    rows = xacle_eval("rank", *PAGES, "--format", "csv").out.splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["1", "2", "2", "", "4"]
    (found,) = refused(PAGES[0])
    assert found.code == "XAC185"
    assert "3 results of 5; there are more pages" in found.message


def test_several_tables_are_no_pages():
    """Several files that are not pages of EvalAI are a usage error that names one."""
    table = DATA / "platforms" / "codabench.csv"
    with pytest.raises(xe.UsageError, match=r"codabench.csv is not a page of EvalAI's leaderboard"):
        xe.rank([PAGES[0], table])
    with pytest.raises(xe.UsageError, match="a list of paths"):
        xe.rank([])


def test_labels_say_which_score_is_which(tmp_path):
    """Scores are assigned by the labels of each result, in whatever order these are."""
    first, second = both()
    for result in second["results"]:
        result["result"].reverse()
        result["leaderboard__schema"]["labels"].reverse()
    board = xe.rank(as_files([first, second], tmp_path))
    assert ranked(board) == EXPECTED


def as_files(pages, folder):
    """Write each page into a file."""
    files = []
    for number, page in enumerate(pages):
        files.append(folder / f"{number}.json")
        files[-1].write_text(json.dumps(page))
    return files


def change(path, value):
    """Return a change of the first page: `path` leads to what becomes `value`."""

    def apply(pages):
        *before, last = path
        inner = pages[0]
        for key in before:
            inner = inner[key]
        if value is KeyError:
            del inner[last]
        else:
            inner[last] = value
        return pages

    return apply


RESULT = ("results", 0, "result")
FAULTS = {
    "a page is missing": (lambda pages: pages[:1], "XAC185", "3 results of 5"),
    "a page twice": (lambda pages: [pages[0], *pages], "XAC071", "are the same (id 1)"),
    "pages of two times": (change(("count",), 6), "XAC185", "count 5, 6 results"),
    "no count": (change(("count",), KeyError), "XAC184", '"count"'),
    "count of another type": (change(("count",), True), "XAC184", '"count"'),
    "too many results": (
        lambda pages: [{**page, "count": 3} for page in pages],
        "XAC185",
        "5 results of 3",
    ),
    "results of another type": (change(("results",), {"a": 1}), "XAC184", "not a list of objects"),
    "no results": (
        [{"count": 0, "next": None, "previous": None, "results": []}],
        "XAC002",
        "no results",
    ),
    "an error of the platform": (
        [{"error": "Sorry, the leaderboard is not public!"}],
        "XAC184",
        "Sorry, the leaderboard is not public!",
    ),
    "no page": ([["SRCC", 0.5]], "XAC184", "not a page"),
    "no labels": (
        change(("results", 0, "leaderboard__schema"), "SRCC"),
        "XAC184",
        "result 1 (Kumo): no list leaderboard__schema.labels",
    ),
    "a label twice": (
        change(("results", 0, "leaderboard__schema", "labels"), ["SRCC", "SRCC", "KTAU", "MSE"]),
        "XAC184",
        "a label occurs twice",
    ),
    "two leaderboards": (
        change(("results", 0, "challenge_phase_split"), 32),
        "XAC184",
        "from 2 leaderboards",
    ),
    "fewer scores than labels": (change(RESULT, [0.6]), "XAC184", "1 score for 4 labels"),
    "hidden scores": (change(RESULT, []), "XAC185", "hides the scores"),
    "scores of another type": (change(RESULT, 0.6), "XAC184", "no list of scores"),
    "a truth value": (change((*RESULT, 0), True), "XAC184", "'SRCC' is True, not a number"),
    "a list as score": (change((*RESULT, 0), [0.6]), "XAC184", "not a number"),
    "a word": (change((*RESULT, 0), "high"), "XAC031", "result 1: "),
    "outside the range": (change((*RESULT, 0), 1.5), "XAC070", "result 1: SRCC is 1.5"),
    "no team": (
        lambda pages: change(("results", 0, "submission__participant_team"), None)(
            change(("results", 0, "submission__participant_team__team_name"), "")(pages)
        ),
        "XAC184",
        "not a usable name",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_pages_that_cannot_be_ranked(tmp_path, name):
    """Each fault has its finding, which names the result; nothing is left out to go on."""
    fault, code, says = FAULTS[name]
    pages = fault(both()) if callable(fault) else fault
    found = refused(*as_files(pages, tmp_path))
    assert found[0].code == code, found
    assert says in found[0].message
    assert found[0].line is None


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(FIRST)[:-200],
        json.dumps(FIRST).replace("0.6403", "NaN"),
        json.dumps(FIRST).replace("0.6403", "1" + "0" * 400),
        json.dumps(FIRST).replace('"count"', '"count": 3, "count"', 1),
        "[" * 100_000,
    ],
    ids=["cut off", "NaN", "a huge number", "a key twice", "nesting"],
)
def test_what_is_not_json(tmp_path, text):
    """JSON that is cut off or that no platform writes is refused with its reason."""
    (found,) = refused(write(tmp_path, text))
    assert found.code == "XAC184"
    assert found.message.startswith("the file cannot be read: ")


def test_a_page_of_a_website(tmp_path):
    """An HTML page in place of the JSON is named as such."""
    (found,) = refused(write(tmp_path, "<!DOCTYPE html>\n<html>502 Bad Gateway</html>\n"))
    assert "an HTML page" in found.message


def test_missing_scores_are_not_zero(tmp_path):
    """Null and # are missing scores: the platform counts null as 0, the ranking does not."""
    first, second = both()
    first["results"][0]["result"][0] = None
    board = xe.rank(as_files([first, second], tmp_path))
    assert [(one.team, codes(one.findings)) for one in board.unranked] == [("Kumo", ["XAC180"])]
    assert "Dora_01" in [one.system for one in board.entries]


def test_the_filler_of_an_optional_target(tmp_path):
    """The worst values of an optional target, or none, are no predictions; the note names whose."""
    labels = [f"{t}_{m}" for t in ("SIG", "BAK", "OVRL") for m in ("SRCC", "LCC", "KTAU")]
    real, filler, none = [0.9, 0.8, 0.7], [-1.0, -1.0, -1.0], ["#", None, "#"]
    page = copy.deepcopy(FIRST)
    results = page["results"]
    for result, of_target in zip(results, (real, filler, none), strict=True):
        result["leaderboard__schema"]["labels"] = labels
        result["result"] = [*real, *of_target, *real]
    page["count"] = len(results)
    challenge = DATA / "challenges" / "voicemos2024_track3"
    boards = xe.rank(write(tmp_path, page), challenge=challenge)
    assert [e.team for e in boards.targets["BAK"].entries] == ["Kumo"]
    assert [e.team for e in boards.overall.entries] == ["Kumo"]
    (note,) = boards.targets["BAK"].findings
    method = results[1]["submission__method_name"]
    assert (note.code, note.line) == ("XAC130", None)
    assert note.message.startswith(f"result 2: 1 system without the target BAK: {method!r} has the")


def test_names_that_cannot_be_used(tmp_path):
    """A team whose name has control characters is called by its number, with a warning."""
    first, second = both()
    first["results"][0]["submission__participant_team__team_name"] = "Ku\u202emo"
    first["results"][0]["submission__method_name"] = "a\nb"
    board = xe.rank(as_files([first, second], tmp_path))
    assert (2, "team 11", "team 11") in ranked(board)
    assert codes(board.findings) == ["XAC186"]

"""Averages and ratings in two files: they must agree to the printed precision."""

import json

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.submissions.cases import CHALLENGE, GOOD, IDS, lines, small_challenge

SCORES = [(7, 8, 8), (1, 2, 2), (3, 3, 5), (9, 10, 10), (0, 0, 1), (5, 6, 6)] * 2
MEANS = [sum(each) / 3 for each in SCORES]
RATINGS = lines(
    [f"{pair},{score},L{k}" for pair, scores in zip(IDS, SCORES, strict=True)
     for k, score in enumerate(scores)],
    "wav_file_name,score,listener_id\n",
)  # fmt: skip
REFUSED = (
    "2 averages disagree with the ratings in ratings.csv; the first: 07502.wav is '3.9' in line 4, "
    "and its ratings average 3.66667; the largest difference is 0.667"
)


def averages(decimals=2, **changes):
    """Return averages with some decimals; `changes` replace single ones."""
    rows = [f"{pair},{changes.get(f'p{n}', f'{mean:.{decimals}f}')}"
            for n, (pair, mean) in enumerate(zip(IDS, MEANS, strict=True))]  # fmt: skip
    return lines(rows, "wav_file_name,average_score\n")


WRONG = averages(p2="3.9", p5="5.0")


@pytest.fixture
def folder(tmp_path):
    """A challenge with predictions, ratings, averages that agree, and others that do not."""
    (tmp_path / "challenge.toml").write_text(CHALLENGE)
    (tmp_path / "Kumo_01.csv").write_text(GOOD)
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "averages.csv").write_text(averages())
    (tmp_path / "wrong.csv").write_text(WRONG)
    return tmp_path


def score(folder, *files, command="score", challenge="challenge.toml"):
    """Score or rank with reference files."""
    references = [word for file in files for word in ("--references", file)]
    more = ("--format", "json", "--challenge", challenge)
    return xacle_eval(command, "Kumo_01.csv", *references, *more, cwd=folder)


@pytest.mark.long
@pytest.mark.parametrize("command", ["score", "leaderboard"])
@pytest.mark.parametrize("order", [1, -1])
def test_two_files_that_agree(command, order, folder):
    """The ratings are the references, in either order; a note says what is not used."""
    done = score(folder, *["ratings.csv", "averages.csv"][::order], command=command)
    assert done.code == 0
    assert "info XAC160" in done.err
    assert "the averages in averages.csv agree with ratings.csv and are not used" in done.err
    alone = score(folder, "ratings.csv", command=command)
    assert (done.out, "XAC160" in alone.err) == (alone.out, False)
    assert json.loads(done.out)["references"]["kind"] == "ratings"


@pytest.mark.parametrize("command", ["score", "leaderboard"])
def test_two_files_that_disagree_are_refused(command, folder):
    """The first pair is named with its line and both values, and the largest difference."""
    done = score(folder, "wrong.csv", "ratings.csv", command=command)
    assert (done.code, done.out) == (2, "")
    assert f"wrong.csv:4 XAC160 {REFUSED}" in done.err


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        (averages(1), True),
        (averages(6), True),
        (averages(0), True),
        (averages(2, p0="7.67"), True),
        (averages(2, p0="7.66"), False),
        (averages(2, p0="7.68"), False),
        (averages(6, p0="7.667"), False),
        (averages(2, p3="9.6700"), False),
    ],
)
def test_the_printed_precision_decides(text, agrees, tmp_path):
    """An average agrees if it is the mean of the ratings, rounded to the decimals of the file."""
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "averages.csv").write_text(text)
    files = [tmp_path / "ratings.csv", tmp_path / "averages.csv"]
    if agrees:
        assert xe.load_references(files, small_challenge()).values.tolist() == MEANS
        return
    with pytest.raises(xe.ReferencesError) as error:
        xe.load_references(files, small_challenge())
    assert [one.code for one in error.value.findings] == ["XAC160"]


def test_rows_in_another_order_and_of_other_pairs(folder):
    """Pairs are compared by their ids; the first disagreement is the first one in the file."""
    head, *rows = WRONG.splitlines()
    text = lines(["05000.wav,1.0", *reversed(rows)], f"{head}\n")
    (folder / "other.csv").write_text(text)
    done = score(folder, "ratings.csv", "other.csv")
    assert "other.csv:9 XAC160" in done.err
    assert "the first: 07505.wav is '5.0' in line 9, and its ratings average 5.66667" in done.err


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (("ratings.csv", "ratings.csv"), "both have ratings; with two reference files, one has"),
        (("wrong.csv", "averages.csv"), "both have averages; with two reference files, one has"),
        (("averages.csv", "ratings.csv", "wrong.csv"), "expected one file, or two: ratings, and"),
        (("ratings.csv", "missing.csv"), "missing.csv"),
    ],
)
def test_files_that_cannot_be_compared(files, said, folder):
    """Two files of one kind, three files and a missing one are usage errors."""
    done = score(folder, *files)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("named", "given"), [("wrong.csv", "ratings.csv"), ("ratings.csv", "wrong.csv")]
)
def test_the_file_of_the_challenge_is_compared_too(named, given, folder):
    """The given file is used; that the challenge's own file disagrees is a warning."""
    text = CHALLENGE.replace("last = 7511\n", f'last = 7511\nreferences = "{named}"\n')
    (folder / "own.toml").write_text(text)
    done = score(folder, given, challenge="own.toml")
    assert done.code == 0
    assert "warning XAC160" in done.err
    assert REFUSED in done.err
    kind = "ratings" if given == "ratings.csv" else "averages"
    assert json.loads(done.out)["references"]["kind"] == kind
    assert f"The {'averages' if kind == 'ratings' else 'ratings'} are not used." in done.err
    (folder / named).write_text("x\n")  # it is not used, so its errors do not matter
    assert "XAC160" not in score(folder, given, challenge="own.toml").err


@pytest.mark.parametrize(
    ("file", "said"), [("averages.csv", "info XAC160"), ("wrong.csv", "warning XAC160")]
)
@pytest.mark.parametrize("split", [(), ("--split", "test")])
def test_listeners_compares_averages(file, said, split, folder):
    """``listeners --references`` analyses the ratings and reports whether the averages agree."""
    done = xacle_eval(
        *("listeners", "ratings.csv", "--references", file, "--challenge", "challenge.toml"),
        *split,
        cwd=folder,
    )
    assert done.code == 0
    assert said in done.err
    assert (REFUSED in done.err) is (file == "wrong.csv")


def test_each_target_is_compared(folder):
    """With several targets, the finding names the target that disagrees."""
    text = CHALLENGE + "\n[targets.MI]\n[targets.TA]\n"
    for old in ("[predictions]", "[references]", "[ratings]"):
        start = text.index(old)
        text = text[:start] + text[text.index("\n\n", start) + 2 :]
    (folder / "targets.toml").write_text(text)
    rated = [f"{row.rsplit(',', 1)[0]},{row.rsplit(',', 2)[1]},{row.rsplit(',', 1)[1]}" for row in
             RATINGS.splitlines()[1:]]  # fmt: skip
    (folder / "both.csv").write_text(lines(rated, "wav_file_name,MI,TA,listener_id\n"))
    means = [f"{pair},{mean:.2f},{9.9 if n == 4 else round(mean, 2)}" for n, (pair, mean) in
             enumerate(zip(IDS, MEANS, strict=True))]  # fmt: skip
    (folder / "means.csv").write_text(lines(means, "wav_file_name,MI,TA\n"))
    predicted = [f"{row},{row.split(',')[1]}" for row in GOOD.splitlines()[1:]]
    (folder / "Kumo_01.csv").write_text(lines(predicted, "wav_file_name,MI,TA\n"))
    done = score(folder, "both.csv", "means.csv", challenge="targets.toml")
    assert done.code == 2
    assert "XAC160 target TA: 1 average disagrees with the ratings in both.csv" in done.err
    assert "target MI" not in done.err

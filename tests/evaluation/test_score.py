"""Scoring: equal to the organisers' script on valid input, and invalid input is not scored."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xacle_eval as xe
from tests.helpers import DATA, codes, make_submission
from tests.oracles import organisers_result
from xacle_eval.submissions.checking import CheckedSubmission

EXAMPLE = DATA / "example"
METRICS = ("SRCC", "LCC", "KTAU", "MSE")


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.integers(-200, 1200).map(lambda c: c / 100), st.integers(0, 80).map(lambda e: e / 8)
        ),
        min_size=6,
        max_size=6,
    ),
)
def test_equal_to_the_organisers_script_on_six_pairs(tmp_path_factory, pairs):
    """On six pairs with ties all metrics equal the organisers' script, even without variance."""
    folder = tmp_path_factory.mktemp("six")
    challenge = xe.load_challenge(DATA / "invalid" / "challenge.toml")
    ids = challenge.manifest.ids
    predictions, references = (
        dict(zip(ids, side, strict=True)) for side in zip(*pairs, strict=True)
    )
    file = make_submission(folder / "A_01.csv", predictions)
    truth = make_submission(folder / "averages.csv", references, ("wav_file_name", "average_score"))
    card = xe.score(file, truth, challenge=challenge)
    expected = organisers_result(list(predictions.values()), list(references.values()))
    for name in METRICS:
        assert card.metrics[name] == pytest.approx(expected[name], rel=0, abs=1e-12)
    assert card.n == expected["N"]


def test_equal_to_the_organisers_script_on_a_test_set(
    xacle, tmp_path, xacle_predictions, xacle_references
):
    """On 3,000 pairs with realistic ties all metrics equal scipy's, in any row order."""
    from scipy import stats

    truth = pd.read_csv(xacle_references)["average_score"].to_numpy()
    predictions = np.array(list(xacle_predictions.values())) + truth / 2
    order = np.random.default_rng(1).permutation(3000)
    rows = [(xacle.manifest.ids[i], float(predictions[i])) for i in order]
    card = xe.score(make_submission(tmp_path / "A_01.csv", rows), xacle_references)
    expected = {
        "SRCC": stats.spearmanr(predictions, truth).statistic,
        "LCC": stats.pearsonr(predictions, truth).statistic,
        "KTAU": stats.kendalltau(predictions, truth).statistic,
        "MSE": np.mean((predictions - truth) ** 2),
    }
    for name in METRICS:
        assert card.metrics[name] == pytest.approx(expected[name], rel=0, abs=1e-12)
    assert (card.n, card.undefined, card.system, card.team) == (3000, (), "A_01", "A")


def easy_rows(rows):
    """Keep only three rows."""
    return rows[:3]


def mostly_nan(rows):
    """Keep three values and replace the other 2,997 with nan."""
    return [*rows[:3], *((pair, "nan") for pair, _ in rows[3:])]


def repeated_rows(rows):
    """Repeat the first ten rows."""
    return [*rows, *rows[:10]]


def one_infinity(rows):
    """Put infinity into one row."""
    return [*rows[:7], (rows[7][0], "inf"), *rows[8:]]


@pytest.mark.parametrize(
    ("mistake", "code", "count", "line"),
    [
        (easy_rows, "XAC024", 2997, None),
        (mostly_nan, "XAC032", 2997, 5),
        (repeated_rows, "XAC023", 10, 3002),
        (one_infinity, "XAC033", 1, 9),
    ],
)
def test_silent_mistakes_are_errors(
    mistake, code, count, line, xacle, tmp_path, xacle_predictions, xacle_references
):
    """Mistakes that the organisers' script silently scores are errors with a rule code."""
    path = make_submission(tmp_path / "A_01.csv", mistake(list(xacle_predictions.items())))
    with pytest.raises(xe.InvalidSubmissionError, match=f"is not scored:\n.*{code}") as error:
        xe.score(path, xacle_references)
    assert error.value.exit_code == 1
    errors = [finding for finding in error.value.report.findings if finding.severity == "error"]
    assert [(f.code, f.count, f.line) for f in errors] == [(code, count, line)]
    (report,) = xe.validate(path)
    assert report == error.value.report
    assert not report.valid
    board = xe.leaderboard(path, references=xacle_references)
    assert board.entries == ()
    assert code in codes(board.unranked[0].findings)


def test_a_series_and_a_dict_are_scored_like_a_file(tmp_path):
    """Predictions in memory get the same scores as a file, and the same checks."""
    file = EXAMPLE / "submissions" / "Hibari_01.csv"
    series = pd.read_csv(file, index_col="wav_file_name")["pred_score"]
    cards = [
        xe.score(given, challenge=EXAMPLE)
        for given in (file, series, series.to_dict(), series.iloc[::-1])
    ]
    assert all(card.metrics == cards[0].metrics for card in cards)
    assert xe.score(series, challenge=EXAMPLE, system="Tobi_02").team == "Tobi"
    for broken in (
        series.iloc[1:],
        series.replace(series.iloc[0], np.nan),
        {},
        {**series.to_dict(), "001.wav": None},
    ):
        with pytest.raises(xe.InvalidSubmissionError):
            xe.score(broken, challenge=EXAMPLE)


def test_a_mapping_whose_first_id_is_a_column_name(tmp_path):
    """In a mapping, an id that equals a column name is not treated as a header."""
    (tmp_path / "ids.txt").write_text("score\nwav_file_name\nx;y\n")
    text = (EXAMPLE / "challenge.toml").read_text().split("[splits.test]")[0]
    rest = '[splits.test]\nlist = "ids.txt"\n'
    (tmp_path / "challenge.toml").write_text(text + rest)
    values = {"score": 1.0, "wav_file_name": 3.0, "x;y": 2.0}
    assert xe.score(values, values, challenge=tmp_path).metrics["SRCC"] == 1.0


def test_the_policy_for_undefined_metrics(tmp_path):
    """Undefined correlations are listed, and are 0.0 or None by the challenge's policy."""
    small = xe.load_challenge(DATA / "invalid" / "challenge.toml")
    references = DATA / "invalid" / "references.csv"
    flat = dict.fromkeys(small.manifest.ids, 5.0)
    card = xe.score(flat, references, challenge=small)
    assert card.undefined == ("SRCC", "LCC", "KTAU")
    assert [card.metrics[name] for name in METRICS[:3]] == [0.0, 0.0, 0.0]
    assert card.metrics["MSE"] > 0
    none = xe.score(flat, references, challenge=DATA / "invalid" / "unranked.toml")
    assert [none.metrics[name] for name in METRICS[:3]] == [None, None, None]
    assert none.model_dump_json()


def test_the_signature():
    """The signature holds challenge, split, references, pairs, metrics, policies and version."""
    card = xe.score(EXAMPLE / "submissions" / "Hibari_01.csv", challenge=EXAMPLE)
    challenge = xe.load_challenge(EXAMPLE)
    parts = dict(part.split(":", 1) for part in card.signature.split("|"))
    assert parts == {
        "challenge": f"example@{challenge.sha256[:8]}",
        "split": "test",
        "ref": f"ratings@{card.references.sha256[:8]}",
        "n": "24",
        "metrics": "SRCC,LCC,KTAU,MSE",
        "srcc": "average-ranks",
        "ktau": "tau-b",
        "undefined": "0",
        "v": xe.__version__,
    }


def test_a_checked_submission_without_predictions_is_refused():
    """A Scorer raises InvalidSubmissionError for a submission that failed the check."""
    from xacle_eval.evaluation.scorer import Scorer

    challenge = xe.load_challenge(EXAMPLE)
    (report,) = xe.validate(EXAMPLE / "ratings.csv", challenge=EXAMPLE)
    scorer = Scorer(challenge, xe.load_references(None, challenge))
    with pytest.raises(xe.InvalidSubmissionError):
        scorer.card(CheckedSubmission(report, None))


def test_frames():
    """The table of a score card has one row per level."""
    frame = xe.score(EXAMPLE / "submissions" / "Hibari_01.csv", challenge=EXAMPLE).to_frame()
    source = ["references", "signature"]
    assert list(frame.columns) == ["team", "system", "level", "n", *METRICS, *source]
    assert frame.loc[0, ["team", "system", "level", "n"]].tolist() == [
        "Hibari",
        "Hibari_01",
        "pair",
        24,
    ]


def test_ids_without_a_group_are_refused(tmp_path):
    """An id without a group raises ChallengeError instead of silently leaving out its pair."""
    text = (EXAMPLE / "challenge.toml").read_text()
    (tmp_path / "challenge.toml").write_text(
        text + "\n[group]\nname = \"kind\"\npattern = '^(0)(?:0)'\n"
    )
    (tmp_path / "ratings.csv").write_bytes((EXAMPLE / "ratings.csv").read_bytes())
    with pytest.raises(
        xe.ChallengeError, match=r"example: group\.pattern: no group found in the id '010\.wav'"
    ):
        xe.score(EXAMPLE / "submissions" / "Hibari_01.csv", challenge=tmp_path)

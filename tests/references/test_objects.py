"""References in memory: every kind of object is checked and used as a reference file."""

import re

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.errors import ReferencesError, UsageError

CHALLENGE = xe.load_challenge(DATA / "example")
IDS = list(CHALLENGE.manifest.ids)
MEANS = np.round(np.linspace(0, 10, 24) ** 1.05 / 1.2, 3)
MEANS = np.clip(MEANS, 0, 10)
FRAME = pd.DataFrame({"wav_file_name": IDS, "average_score": MEANS})
SYSTEM = DATA / "example" / "submissions" / "Hibari_01.csv"
RATINGS = pd.DataFrame(
    {
        "wav_file_name": np.repeat(IDS, 3),
        "score": np.random.default_rng(4).integers(0, 11, 72),
        "listener_id": [f"L{n % 9}" for n in range(72)],
    }
)

OBJECTS = {
    "dict": (dict(zip(IDS, MEANS.tolist(), strict=True)), {}),
    "shuffled Series": (pd.Series(MEANS, index=IDS).sample(frac=1, random_state=1), {}),
    "DataFrame": (FRAME, {}),
    "DataFrame with an index of ids": (FRAME.set_index("wav_file_name"), {}),
    "array": (MEANS, {"order": "manifest"}),
    "list": (MEANS.tolist(), {"order": "manifest"}),
    "reversed array": (MEANS[::-1], {"ids": IDS[::-1]}),
    "nullable": (FRAME.astype({"average_score": "Float64", "wav_file_name": "category"}), {}),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same averages and ratings as files."""
    folder = tmp_path_factory.mktemp("files")
    FRAME.to_csv(folder / "averages.csv", index=False)
    RATINGS.to_csv(folder / "ratings.csv", index=False)
    return folder


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_as_good_as_the_file(name, files):
    """Averages in any object give the scores of the file, and one hash for all objects."""
    given, more = OBJECTS[name]
    found = xe.load_references(given, CHALLENGE, **more)
    expected = xe.load_references(files / "averages.csv", CHALLENGE)
    assert found.values.tolist() == expected.values.tolist()
    assert found.summary.kind == "averages"
    assert found.summary.sha256 == xe.load_references(FRAME, CHALLENGE).summary.sha256
    assert re.fullmatch(r"<\w+>", found.path)
    card = xe.score(SYSTEM, given, challenge=CHALLENGE, **more)
    assert card.metrics == xe.score(SYSTEM, expected, challenge=CHALLENGE).metrics
    assert f"ref:averages@{found.summary.sha256[:8]}" in card.signature


def test_the_hash_is_of_the_content():
    """Another average, and another listener, give another hash."""
    other = FRAME.assign(average_score=[MEANS[0] + 0.001, *MEANS[1:]])
    first, second = (xe.load_references(each, CHALLENGE) for each in (FRAME, other))
    assert first.summary.sha256 != second.summary.sha256
    renamed = RATINGS.assign(listener_id=["X", *RATINGS["listener_id"][1:]])
    hashes = {xe.load_references(each, CHALLENGE).tag for each in (RATINGS, renamed)}
    assert len(hashes) == 2
    shuffled = RATINGS.sample(frac=1, random_state=3)
    assert xe.load_references(shuffled, CHALLENGE).tag in hashes


def test_ratings_in_a_data_frame(files):
    """One row per rating is averaged as in a file, with the listeners."""
    found = xe.load_references(RATINGS, CHALLENGE)
    expected = xe.load_references(files / "ratings.csv", CHALLENGE)
    assert found.values.tolist() == expected.values.tolist()
    assert found.summary.model_dump(exclude={"sha256"}) == expected.summary.model_dump(
        exclude={"sha256"}
    )
    assert found.ratings.listener_ids == expected.ratings.listener_ids


def test_the_functions_of_listeners_take_a_data_frame(files):
    """A study and a plan of a data frame have the numbers of the file."""
    quick = {"challenge": CHALLENGE, "splits": 200, "resamples": 100}
    study = xe.study_ratings(RATINGS, references=FRAME, **quick)
    expected = xe.study_ratings(files / "ratings.csv", references=files / "averages.csv", **quick)
    apart = {"path", "sha256", "findings"}
    assert study.report.model_dump(exclude=apart) == expected.report.model_dump(exclude=apart)
    codes = [(one.code, one.line) for one in study.report.findings]
    assert codes == [(one.code, None) for one in expected.report.findings]
    assert "in line" not in " ".join(one.message for one in study.report.findings)
    with pytest.raises(UsageError, match="<DataFrame> at position 0: the column 'anchor' contains"):
        xe.study_ratings(RATINGS.assign(anchor="maybe"), flags={"anchor": "anchor"}, **quick)


def test_boards_and_comparisons_take_references_in_memory():
    """A board and a comparison use references in memory, and one order for all arrays."""
    rng = np.random.default_rng(5)
    systems = {name: np.clip(MEANS + rng.normal(size=24), 0, 10) for name in "AB"}
    given = {"challenge": CHALLENGE, "references": MEANS, "order": "manifest"}
    board = xe.leaderboard(systems, **given)
    cards = {name: xe.score(each, FRAME, challenge=CHALLENGE, order="manifest")
             for name, each in systems.items()}  # fmt: skip
    assert {one.system: one.metrics for one in board.entries} == {
        name: card.metrics for name, card in cards.items()
    }
    found = xe.compare(systems, bootstrap=20, metric="MSE", **given)
    assert found.comparisons[0].difference == pytest.approx(
        cards["A"].metrics["MSE"] - cards["B"].metrics["MSE"]
    )


def test_two_objects_are_compared():
    """Ratings and averages can both be objects; a difference is named without a line."""
    means = RATINGS.groupby("wav_file_name")["score"].mean()
    found = xe.load_references([RATINGS, means], CHALLENGE)
    assert [one.code for one in found.findings if "agree" in one.message] == ["XAC160"]
    wrong = means.copy()
    wrong[IDS[3]] = (wrong[IDS[3]] + 5) % 10
    with pytest.raises(ReferencesError) as caught:
        xe.load_references([RATINGS, wrong], CHALLENGE)
    text = str(caught.value)
    assert "at position 3" in text
    assert "line" not in text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (FRAME[:5], "XAC024 missing ids (19 of 24): 006.wav, "),
        (pd.concat([FRAME, FRAME[:1]]), "duplicate id: 001.wav (positions 0 and 24)"),
        (FRAME.assign(average_score=[np.nan, *MEANS[1:]]), "reference is NaN: 001.wav"),
        (FRAME.assign(average_score=[None, *MEANS[1:]]).astype(object), "001.wav"),
        ({**dict(zip(IDS, MEANS, strict=True)), IDS[2]: 99.0}, "the reference 99 is outside 0–10"),
        (RATINGS.assign(listener_id=None), "72 rows without a listener"),
        (RATINGS.assign(score="five"), "rating that is not a number; the first: 'five' (001.wav)"),
    ],
)  # fmt: skip
def test_errors_speak_of_the_object(given, message):
    """The checks are those of files; the text names the object, and no line."""
    with pytest.raises(ReferencesError) as caught:
        xe.load_references(given, CHALLENGE)
    text = str(caught.value)
    kind = type(given).__name__
    assert text.startswith(f"the references in a {kind} cannot be used:")
    assert message in text
    assert not re.search(r"\bline|(?<!challenge )file|:\d", text), text
    assert all(one.line is None for one in caught.value.findings)


@pytest.mark.parametrize(
    ("given", "more", "message"),
    [
        (MEANS, {}, "references in an array have no ids; pass ids=["),
        (pd.Series(MEANS), {}, "set the ids as its index with set_index('wav_file_name')"),
        (FRAME, {"order": "manifest"}, "a DataFrame has ids of its own; leave out ids and order"),
        (SYSTEM, {"order": "manifest"}, "a file has ids of its own; leave out ids and order"),
        (FRAME.rename(columns={"average_score": "y"}), {}, "has no column of averages ("),
        (FRAME[["average_score"]], {}, "has no column 'wav_file_name' and no index of ids"),
        (5, {}, "the references are of the type int; pass a path, a dict or Series by id"),
        (True, {}, "the references are of the type bool"),
        (MEANS[:3], {"order": "manifest"}, "the array has 3 values but the manifest has 24 ids"),
        ([FRAME], {}, "expected one reference file, or two: ratings and averages; got 1"),
        ([FRAME, FRAME], {}, "<DataFrame> and <DataFrame> both have averages"),
    ],
)  # fmt: skip
def test_objects_that_cannot_be_references(given, more, message):
    """An object without ids, of a wrong shape or type, is an error that says what to pass."""
    with pytest.raises(UsageError) as caught:
        xe.load_references(given, CHALLENGE, **more)
    assert message in str(caught.value)


def test_the_split_and_the_challenge_by_name():
    """References are loaded for a split and a challenge that is given by name or file."""
    found = xe.load_references(challenge=DATA / "example")
    assert found.values.size == 24
    with pytest.raises(xe.ChallengeError, match="split"):
        xe.load_references(None, DATA / "example", split="tset")


def test_references_of_another_split_are_named(files):
    """With predictions in memory, the error still tells which split both belong to."""
    challenge = xe.load_challenge("xacle2026")
    other = xe.load_challenge("xacle2026", "validation").manifest.ids
    means = dict.fromkeys(other, 5.0)
    for predictions in (means, pd.Series(means), np.ones(3000)):
        order = "manifest" if isinstance(predictions, np.ndarray) else None
        with pytest.raises(ReferencesError, match="validation"):
            xe.score(predictions, means, challenge=challenge, order=order)

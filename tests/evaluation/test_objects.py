"""Predictions in memory: every kind of object is checked, scored, compared and ranked as a file."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.errors import InvalidSubmissionError, UsageError
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.objects import about_object

CHALLENGE = xe.load_challenge(DATA / "example")
IDS = list(CHALLENGE.manifest.ids)
VALUES = np.clip(xe.load_references(None, CHALLENGE).values + 0.5 * np.sin(np.arange(24)), 0, 10)
FRAME = pd.DataFrame({"wav_file_name": IDS, "prediction_score": VALUES})


class Tensor:
    """A tensor on another device: it must be detached and copied before numpy can read it."""

    def __init__(self, values):
        self.shape, self._values = values.shape, values

    def detach(self):
        return self

    def cpu(self):
        return self

    def is_floating_point(self):
        return True

    def double(self):
        return self._values


OBJECTS = {
    "dict": (dict(zip(IDS, VALUES.tolist(), strict=True)), {}),
    "Series": (pd.Series(VALUES, index=IDS), {}),
    "shuffled Series": (pd.Series(VALUES, index=IDS).sample(frac=1, random_state=1), {}),
    "DataFrame": (FRAME, {}),
    "DataFrame with an index of ids": (FRAME.set_index("wav_file_name"), {}),
    "DataFrame with other columns": (FRAME.assign(epoch=3, loss=0.5), {}),
    "DataFrame without ids": (FRAME[["prediction_score"]], {"order": "manifest"}),
    "array": (VALUES, {"order": "manifest"}),
    "column": (VALUES[:, None], {"order": "manifest"}),
    "list": (VALUES.tolist(), {"order": "manifest"}),
    "reversed array": (VALUES[::-1], {"ids": IDS[::-1]}),
    "tensor": (Tensor(VALUES), {"ids": iter(IDS)}),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The same predictions as a file."""
    path = tmp_path_factory.mktemp("file") / "predictions.csv"
    FRAME.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_has_the_scores_of_the_file(name, file):
    """Dicts, Series, frames, arrays, lists and tensors are scored as the file, bit by bit."""
    given, more = OBJECTS[name]
    card = xe.score(given, challenge=CHALLENGE, **more)
    expected = xe.score(file, challenge=CHALLENGE)
    assert card.metrics == expected.metrics
    assert (card.system, card.signature) == ("predictions", expected.signature)
    kinds = {"dict": "dict", "list": "list", "tensor": "Tensor", "column": "array"}
    assert card.path == f"<{kinds.get(name, re.sub('(shuffled|reversed) | with.*', '', name))}>"


def test_polars_frames_and_series():
    """A polars frame is read by its columns, and a polars Series as an array."""
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"wav_file_name": IDS, "prediction_score": VALUES})
    expected = xe.score(FRAME, challenge=CHALLENGE).metrics
    assert xe.score(frame, challenge=CHALLENGE).metrics == expected
    series = frame["prediction_score"]
    assert xe.score(series, challenge=CHALLENGE, order="manifest").metrics == expected


def systems():
    """Return three systems by name, each an object of another kind."""
    rng = np.random.default_rng(2)
    noisy = np.clip(VALUES + rng.normal(size=(2, 24)), 0, 10)
    return {
        "Ame_01": FRAME,
        "Kumo_01": dict(zip(IDS, noisy[0].tolist(), strict=True)),
        "Sora_01": pd.Series(noisy[1], index=IDS),
    }


def test_a_dict_of_systems_is_ranked_as_files(tmp_path):
    """A board of a dict has the ranks, teams and metrics of the same files."""
    for name, each in systems().items():
        values = each.set_index("wav_file_name")["prediction_score"] if each is FRAME else each
        pd.Series(values, name="prediction_score").rename_axis("wav_file_name").to_csv(
            tmp_path / f"{name}.csv"
        )
    board = xe.leaderboard(systems(), challenge=CHALLENGE, bootstrap=100)
    expected = xe.leaderboard(tmp_path, challenge=CHALLENGE, bootstrap=100)
    assert [entry.model_dump(exclude={"path", "sha256"}) for entry in board.entries] == [
        entry.model_dump(exclude={"path", "sha256"}) for entry in expected.entries
    ]


def test_systems_are_compared_in_any_form():
    """Two arrays, two objects of a dict, and an object and a file can be compared."""
    one, two = VALUES, np.clip(VALUES + 1, 0, 10)
    found = xe.compare(
        {"A": one, "B": two}, challenge=CHALLENGE, order="manifest", bootstrap=50, metric="MSE"
    )
    assert found.names == ("A", "B")
    pair = xe.compare(one, two, challenge=CHALLENGE, order="manifest", bootstrap=50, metric="MSE")
    assert pair.names == ("predictions_1", "predictions_2")
    assert pair.comparisons[0].difference == found.comparisons[0].difference
    other = DATA / "example" / "submissions" / "Hibari_01.csv"
    assert xe.compare(FRAME, other, challenge=CHALLENGE, bootstrap=50).names[1] == "Hibari_01"


def test_validate_reports_every_system():
    """An invalid system of a dict has its findings; the others are valid; no reference is read."""
    given = {**systems(), "Kaze_01": {IDS[0]: 1.0}}
    reports = xe.validate(given, challenge=CHALLENGE)
    assert [(one.system, one.valid) for one in reports] == [
        ("Ame_01", True), ("Kumo_01", True), ("Sora_01", True), ("Kaze_01", False),
    ]  # fmt: skip
    (finding,) = reports[-1].findings
    assert (finding.code, finding.count, finding.line) == ("XAC024", 23, None)


def test_findings_name_the_object_and_no_line():
    """Findings about an object name it and its ids, and no line of a file that does not exist."""
    wrong = FRAME.assign(prediction_score=[np.nan, *VALUES[1:]])
    with pytest.raises(InvalidSubmissionError) as caught:
        xe.score(wrong, challenge=CHALLENGE)
    text = str(caught.value)
    assert "<DataFrame> XAC032 prediction is NaN: 001.wav" in text
    assert not re.search(r"line|:\d", text)
    repeated = pd.concat([FRAME, FRAME[:1]])
    (report,) = xe.validate(repeated, challenge=CHALLENGE)
    assert [finding.message for finding in report.findings] == [
        "duplicate id: 001.wav (positions 0 and 24)"
    ]


@pytest.mark.parametrize(
    ("given", "more", "message"),
    [
        (VALUES, {}, "predictions in an array have no ids; pass ids=["),
        (pd.Series(VALUES), {}, "indexed by 0 to 23, not by ids; set the ids as its index with"),
        (FRAME.set_axis(["wav_file_name", "y"], axis=1), {}, "has no column 'pred_score'; its"),
        (FRAME[["prediction_score"]], {}, "has no column 'wav_file_name' and no index of ids"),
        (FRAME, {"order": "manifest"}, "a DataFrame has ids of its own; leave out ids and order"),
        (VALUES[:5], {"order": "manifest"}, "the array has 5 values but the manifest has 24 ids"),
        (VALUES, {"ids": IDS[:3]}, "the array has 24 values but ids has 3 ids"),
        (VALUES, {"ids": IDS, "order": "manifest"}, "are both given; pass one of them"),
        (VALUES, {"order": "file"}, "order must be manifest; got 'file'"),
        (VALUES.reshape(4, 6), {"order": "manifest"}, "the array has the shape (4, 6)"),
        (dict(zip(IDS, VALUES, strict=True)), {"ids": IDS}, "a dict has ids of its own"),
        (None, {}, "the predictions are None; pass a path, a dict or Series by id"),
        ({1.0, 2.0}, {"order": "manifest"}, "the predictions are of the type set"),
        (SimpleNamespace(), {"order": "manifest"}, "are of the type SimpleNamespace; pass"),
    ],
)  # fmt: skip
def test_objects_that_cannot_be_predictions(given, more, message):
    """An object without ids, of a wrong shape or type, is an error that names what to pass."""
    with pytest.raises(UsageError) as caught:
        xe.score(given, challenge=CHALLENGE, **more)
    assert message in str(caught.value)


@pytest.mark.parametrize("others", [6, 15, 128])
def test_positions_of_a_very_often_repeated_id(others):
    """Positions are counted from 0; the number of those that are not shown is not changed."""
    values = np.full(20 + others, 5.0)
    (report,) = xe.validate(values, challenge=CHALLENGE, ids=[IDS[0]] * len(values))
    (message,) = [finding.message for finding in report.findings if finding.code == "XAC023"]
    shown = ", ".join(map(str, range(20)))
    assert message == f"duplicate id: 001.wav (positions {shown} and {others:,} more)"


def test_counts_with_commas_are_no_positions():
    """The count of lines that are not shown can have a comma; it is no line."""
    message = "duplicate id: 001.wav (lines 2, 21 and 2,980 more)"
    finding = Finding(code="XAC023", severity="error", title="t", message=message, hint="h")
    assert about_object(finding).message == (
        "duplicate id: 001.wav (positions 0, 19 and 2,980 more)"
    )


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ([FRAME, FRAME], "the list holds a DataFrame"),
        (["a.csv", "b.csv"], "the list holds a str"),
        ((DATA / "a.csv",), "the tuple holds a P"),
        ([dict(zip(IDS, VALUES, strict=True))], "the list holds a dict"),
    ],
)
@pytest.mark.parametrize("function", [xe.leaderboard, xe.validate])
def test_a_list_of_systems_is_no_list_of_numbers(function, given, holds):
    """The error says how several systems are passed."""
    with pytest.raises(UsageError) as caught:
        function(given, challenge=CHALLENGE)
    assert str(caught.value).startswith(holds)
    assert "(*paths), or pass a dict of name to predictions" in str(caught.value)


@pytest.mark.parametrize(("name", "shown"), [(7, "7"), ("", "''"), (None, "None")])
def test_a_system_needs_a_name(name, shown):
    """The names in a dict of systems are text; another one is shown as it is written in Python."""
    with pytest.raises(UsageError, match=f"must be text, not empty; got {shown}[.] Pass a dict"):
        xe.leaderboard({name: FRAME}, challenge=CHALLENGE)


def test_two_dicts_with_one_name_are_both_reported():
    """Two systems of one name are unranked, as two files of one name; none is dropped."""
    other = FRAME.assign(prediction_score=VALUES[::-1])
    board = xe.leaderboard({"Ame_01": FRAME}, {"Ame_01": other}, challenge=CHALLENGE)
    assert (len(board.entries), len(board.unranked)) == (0, 2)


def test_intervals_and_findings_belong_to_the_own_object(tmp_path):
    """Several objects of one kind get the intervals and findings of their files."""
    rng = np.random.default_rng(0)
    given = {
        f"{team}_01": pd.Series(np.clip(VALUES + rng.normal(0, noise, 24), 0, 10), index=IDS)
        for team, noise in (("Ame", 0.3), ("Kumo", 1.5), ("Yuki", 4.0))
    }
    for name, series in given.items():
        frame = series.rename_axis("wav_file_name").rename("prediction_score").reset_index()
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    boards = [
        xe.leaderboard(each, challenge=CHALLENGE, bootstrap=100) for each in (given, tmp_path)
    ]
    assert boards[0].to_csv() == boards[1].to_csv()
    assert boards[0].findings == boards[1].findings == ()
    assert boards[0].to_frame()["SRCC_low"].nunique() == 3
    assert len({entry.path for entry in boards[0].entries}) == 3

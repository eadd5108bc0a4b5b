"""Data frames: one kind of missing value and the same types, whatever the release of pandas."""

import io

import pandas as pd

import xacle_eval as xe
from tests.helpers import DATA
from tests.records.ledger.helpers import make_ledger, make_upload, send
from xacle_eval.models.frames import frame_of, frame_of_rows


def test_each_column_has_the_type_of_its_values():
    """Flags and whole numbers keep their type if some are missing; text has that of pandas."""
    nan = float("nan")
    frame = frame_of(
        {
            "flag": [True, False], "some_flags": [True, None],
            "number": [1, 2], "some_numbers": [1, None],
            "value": [1.5, None], "nothing": [None, nan], "whole_or_not": [1, 2.5],
            "text": ["a", "b"], "some_text": ["a", ""], "mixed": ["a", 1.5],
            "time": ["2026-11-20T09:00:00Z", ""],
        },
        times=["time"],
    )  # fmt: skip
    text = str(pd.Series(["a"]).dtype)
    assert frame.dtypes.astype(str).to_dict() == {
        "flag": "bool", "some_flags": "boolean", "number": "int64", "some_numbers": "Int64",
        "value": "float64", "nothing": "float64", "whole_or_not": "float64",
        "text": text, "some_text": text, "mixed": "object", "time": "datetime64[s, UTC]",
    }  # fmt: skip
    missing = frame.loc[1, frame.isna().any()]
    assert set(missing.index) == {
        "some_flags", "some_numbers", "value", "nothing", "some_text", "time",
    }  # fmt: skip
    assert not any(cell is None for cell in missing)
    assert isinstance(missing["some_text"], float)
    assert frame["time"][0] == pd.Timestamp("2026-11-20T09:00:00Z")


def test_rows_without_a_value():
    """A row without a column has a missing value there; without rows the columns remain."""
    frame = frame_of_rows([{"a": "x"}, {"b": 2}])
    assert list(frame) == ["a", "b"]
    assert frame.isna().to_numpy().tolist() == [[False, True], [True, False]]
    assert list(frame_of_rows([], ["a", "b"])) == ["a", "b"]


def test_the_frame_of_a_ledger(tmp_path):
    """Times can be compared, flags are flags, and what is missing is found by `isna` alone."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", "2026-11-16T00:00:00Z")
    make_upload(tmp_path / "in/Kumo/Kumo_01.csv", 0)
    (tmp_path / "in/Kumo/notes.docx").write_bytes(b"PK")
    added = ledger.add(tmp_path / "in", phase="final").to_frame()
    assert added["new"].tolist() == [False, True]
    assert added["new"].dtype == "bool"
    frame = ledger.to_frame()
    assert (frame["time"] > pd.Timestamp("2026-11-15", tz="UTC")).tolist() == [False, True]
    empty = ["time", "team", "phase", "status", "sha256", "previous"]
    assert frame.loc[0, frame.loc[0].isna()].index.tolist() == empty
    assert "" not in frame.to_numpy().tolist()[0]
    assert ledger.verify().to_frame()["valid"].tolist() == [True]
    assert ledger.verify().to_csv().splitlines()[1].startswith("True,")


def test_no_result_has_none_in_its_frame():
    """Boards, reports of checks and listeners, and comparisons have NaN for what is missing."""
    example = DATA / "example"
    board = xe.leaderboard(example / "submissions", "nowhere.csv", challenge=example)
    reports = xe.validate(example / "mistakes", challenge=example)
    frames = [board.to_frame(), reports.to_frame(), reports[0].to_frame()]
    for frame in frames:
        assert not any(cell is None for row in frame.to_numpy().tolist() for cell in row)
    cells = pd.read_csv(io.StringIO(reports.to_csv()), dtype=str, keep_default_na=False)
    assert (cells == "").equals(reports.to_frame().isna())

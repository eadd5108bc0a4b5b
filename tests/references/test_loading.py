"""References: averages and ratings are detected, averaged, counted and checked."""

import gzip

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import DATA, codes, make_submission

IDS = [f"{number}.wav" for number in range(101, 107)]
MEANS = [6.5, 4.0, 8.25, 1.0, 5.5, 7.0]


def write(path, *lines):
    """Write lines to a file."""
    path.write_bytes(("\n".join(lines) + "\n").encode())
    return path


@pytest.fixture
def averages(tmp_path):
    """Write a file of averages for the small challenge."""
    return make_submission(
        tmp_path / "averages.csv", zip(IDS, MEANS, strict=True), ("wav_file_name", "average_score")
    )


@pytest.fixture
def ratings(tmp_path):
    """Write a file of ratings with one to three ratings per pair."""
    rows = [
        (pair, score, listener)
        for n, pair in enumerate(IDS)
        for listener, score in enumerate([n, 10, 4][: 1 + n % 3])
    ]
    lines = [f"{listener + 1},{pair},{score}" for pair, score, listener in rows]
    return write(tmp_path / "ratings.csv", "listener_id,wav_file_name,score", *reversed(lines))


def test_averages(averages, small):
    """A file of averages gives its values in manifest order, without listener counts."""
    loaded = xe.load_references(averages, small)
    assert loaded.values.tolist() == MEANS
    summary = loaded.summary
    assert (summary.kind, summary.pairs, summary.listeners, summary.excluded) == (
        "averages",
        6,
        None,
        0,
    )
    assert loaded.tag == f"averages@{summary.sha256[:8]}"
    assert loaded.ratings is None


def test_ratings(ratings, small):
    """Ratings are detected from their listener column, averaged per pair and counted."""
    loaded = xe.load_references(ratings, small)
    frame = pd.read_csv(ratings)
    expected = frame.groupby("wav_file_name")["score"].mean().loc[IDS]
    np.testing.assert_array_equal(loaded.values, expected.to_numpy())
    counts = loaded.summary.listeners
    assert (counts.minimum, counts.median, counts.maximum, counts.total) == (1, 2.0, 3, 12)
    assert loaded.summary.kind == "ratings"
    assert loaded.ratings.values.size == 12
    names = [loaded.ratings.listener_ids[code] for code in loaded.ratings.listener]
    assert [loaded.ratings.pair_ids[pair] for pair in loaded.ratings.pair] == frame[
        "wav_file_name"
    ].tolist()
    assert names == frame["listener_id"].astype(str).tolist()


def test_every_spelling_of_the_columns(xacle, tmp_path, xacle_predictions):
    """All column names of the organisers are accepted; a leading slash of ids is removed."""
    results = []
    for n, header in enumerate(
        (
            ("wav_file_name", "average_score"),
            ("wave_file_name", "average_semantic_alignement_score"),
            ("Wav_File_Name", "AVERAGE_SCORE"),
        )
    ):
        rows = [
            (("/" if n else "") + pair, 5 + n % 5 / 4) for n, pair in enumerate(xacle.manifest.ids)
        ]
        results.append(
            xe.load_references(make_submission(tmp_path / f"{n}.csv", rows, header), xacle)
        )
    assert len({loaded.values.tobytes() for loaded in results}) == 1
    assert all(codes(loaded.findings) == ["XAC025"] for loaded in results)


def test_a_compressed_file(averages, small, tmp_path):
    """A gzip file gives the same references and the same hash as its content."""
    packed = tmp_path / "averages.csv.gz"
    packed.write_bytes(gzip.compress(averages.read_bytes()))
    assert xe.load_references(packed, small).summary == xe.load_references(averages, small).summary


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"no gzip" + data,
        lambda data: data[:12] + b"\xff" * 20,
    ],
)
def test_a_damaged_compressed_file(damage, averages, small, tmp_path):
    """A truncated, invalid or overwritten gzip file raises ReferencesError."""
    packed = tmp_path / "averages.csv.gz"
    packed.write_bytes(damage(gzip.compress(averages.read_bytes())))
    with pytest.raises(xe.ReferencesError, match=r"averages\.csv\.gz XAC001"):
        xe.load_references(packed, small)


def test_a_mapping_and_a_series(small):
    """Mean ratings can be a dict or a pandas Series indexed by id."""
    mapping = dict(zip(IDS, MEANS, strict=True))
    for given in (mapping, pd.Series(mapping)):
        assert xe.load_references(given, small).values.tolist() == MEANS


def test_excluded_rows_are_counted(tmp_path):
    """Rows that the challenge file excludes are counted and not averaged."""
    challenge = xe.load_challenge(DATA / "challenges" / "relate")
    loaded = xe.load_references(DATA / "challenges" / "relate" / "ratings.csv", challenge)
    frame = pd.read_csv(DATA / "challenges" / "relate" / "ratings.csv")
    kept = frame[frame["in RELATE dataset"] != "excluded"]
    assert loaded.summary.excluded == len(frame) - len(kept) > 0
    expected = kept.groupby("wavname")["score"].mean().loc[list(challenge.manifest.ids)]
    np.testing.assert_array_equal(loaded.values, expected.to_numpy())
    without = write(tmp_path / "r.csv", "wavname,score,listener_id", "/a.wav,5,1")
    with pytest.raises(xe.ReferencesError, match="no column 'in RELATE dataset'"):
        xe.load_references(without, challenge)


def test_repeated_ratings_are_averaged(ratings, small):
    """A listener's second rating of a pair is averaged like any other, with a warning."""
    with ratings.open("a") as file:
        file.write("1,101.wav,9\n")
    loaded = xe.load_references(ratings, small)
    assert codes(loaded.findings) == ["XAC050"]
    assert loaded.findings[0].severity == "warning"
    assert loaded.values[0] == (0 + 9) / 2


def test_every_error_has_its_place(averages, small):
    """All errors of a reference file are in one exception, with lines and columns."""
    text = (
        averages.read_text()
        .replace("102.wav,4.0", "102.wav,nan")
        .replace("103.wav,8.25", "103.wav,82.5")
    )
    averages.write_text(text.replace("105.wav,5.5\n", "") + "106.wav,7.0\n")
    with pytest.raises(xe.ReferencesError) as error:
        xe.load_references(averages, small)
    places = {(f.code, f.line, f.column) for f in error.value.findings}
    assert places == {("XAC024", None, None), ("XAC032", 3, 9), ("XAC035", 4, 9), ("XAC023", 7, 1)}
    assert all(f.severity == "error" for f in error.value.findings)
    assert error.value.exit_code == 2
    assert "averages.csv:3:9 XAC032" in str(error.value)


def test_a_submission_is_not_a_reference_file(small, tmp_path):
    """A prediction file raises ReferencesError that says what it is."""
    path = make_submission(tmp_path / "A_01.csv", zip(IDS, MEANS, strict=True))
    with pytest.raises(
        xe.ReferencesError,
        match=r"has predictions .column .pred_score.., expected averages or ratings",
    ):
        xe.load_references(path, small)


def test_no_references(small, tmp_path):
    """Without references, the error names the kinds of file to pass."""
    with pytest.raises(
        xe.UsageError, match=r"--references FILE, .*wav_file_name,average_score.*listener_id"
    ) as error:
        xe.load_references(None, small)
    assert error.value.exit_code == 2
    with pytest.raises(xe.ReferencesError, match="XAC001 file not found"):
        xe.load_references(tmp_path / "gone.csv", small)


def test_references_of_the_challenge_file():
    """The references that the challenge file names are the default, and demo ratings are marked."""
    example = xe.load_challenge(DATA / "example")
    assert xe.load_references(None, example).summary.kind == "ratings"
    split = example.splits["test"].model_copy(update={"references": None, "demo": "ratings.csv"})
    demo = example.model_copy(update={"splits": {"test": split}})
    loaded = xe.load_references(None, demo)
    assert (loaded.summary.kind, loaded.tag) == ("demo", "demo")


def test_references_of_another_split_are_refused(
    averages, small, xacle, xacle_references, xacle_predictions
):
    """Loaded references cannot be used for another split or another challenge."""
    loaded = xe.load_references(xacle_references, xacle)
    validation = dict(
        zip(xacle.manifest_of("validation").ids, xacle_predictions.values(), strict=True)
    )
    with pytest.raises(
        xe.UsageError, match="of the split test of xacle2026, not of the split validation"
    ):
        xe.score(validation, loaded, challenge=xacle, split="validation")
    with pytest.raises(xe.UsageError, match="load_references"):
        xe.load_references(xe.load_references(averages, small), xacle)
    assert xe.load_references(loaded, xacle) is loaded

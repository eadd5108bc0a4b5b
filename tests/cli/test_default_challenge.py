"""A forgotten --challenge is named if the files do not fit to the default challenge."""

import pytest

from tests.cli.helpers import xacle_eval

NOTE = "note: checked against xacle2026, the default; pass --challenge for another challenge"
FOLDER = "challenges/relate/submissions"
FILE = f"{FOLDER}/Kiri_01.csv"


@pytest.mark.long
@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", FILE),
        ("validate", FOLDER, "--format", "json"),
        ("fix", FILE, "--diff"),
        ("score", FILE),
        ("score", FILE, "--references", "challenges/relate/ratings.csv"),
        ("leaderboard", FOLDER),
        ("compare", FILE, f"{FOLDER}/Kiri_02.csv"),
        ("listeners", "challenges/voicemos2024_track3/ratings.csv"),
    ],
)
def test_a_forgotten_challenge_is_named(arguments):
    """Every command that finds other columns or ids says which challenge it used, once."""
    result = xacle_eval(*arguments)
    assert result.code in (1, 2)
    assert result.err.splitlines().count(NOTE) == 1
    named = xacle_eval(*arguments, "--challenge", "xacle2026")
    assert (named.code, NOTE in named.err) == (result.code, False)


def test_other_columns_are_enough(tmp_path):
    """A file without the columns of the default challenge has the note, unless it is --quiet."""
    file = tmp_path / "A.csv"
    file.write_text("utterance,mos\nsys1-utt1,3.2\nsys1-utt2,2.9\n")
    assert xacle_eval("validate", file).err == f"{NOTE}\n"
    assert xacle_eval("validate", file, "--quiet").err == ""


def test_a_few_unknown_ids_are_no_other_challenge(tmp_path):
    """A file with more known than unknown ids, or with missing ones, has no note."""
    file = tmp_path / "A.csv"
    rows = ["wav_file_name,pred_score", "10500.wav,1", "10501.wav,2", "x.wav,3"]
    file.write_text("\n".join(rows) + "\n")
    result = xacle_eval("validate", file)
    assert (result.code, result.err) == (1, "")
    assert "XAC021" in result.out
    assert "XAC024" in result.out

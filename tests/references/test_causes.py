"""References that are of another split or another kind of file are recognised as such."""

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.submissions.cases import (
    AVERAGES,
    CHALLENGE,
    GOOD,
    IDS,
    MEANS,
    OTHER_IDS,
    PREDICTIONS,
    lines,
    small_challenge,
)

OTHER_AVERAGES = lines(
    [f"{pair},a dog,{mean}" for pair, mean in zip(OTHER_IDS, MEANS, strict=True)],
    "wav_file_name,text,average_score\n",
)
OTHER_PREDICTIONS = lines(
    [f"{pair},{value}" for pair, value in zip(OTHER_IDS, PREDICTIONS, strict=True)]
)
SCORES = lines([f"{p},{m}" for p, m in zip(IDS, MEANS, strict=True)], "wav_file_name,score\n")
WIDE = lines([f"{p},1,2,3,4" for p in IDS], "wav_file_name,rater1,rater2,rater3,rater4\n")
LISTENER = "'score' is the rating column; the listener column (listener_id, listener) is missing"
FAULTS = {
    "predictions": (GOOD, "XAC151", "the file has predictions (column 'pred_score'), expected av"),
    "scores": (SCORES, "XAC011", LISTENER),
    "wide": (WIDE, "XAC151", "one column for each listener ('rater1' to 'rater4')"),
    "other_split": (OTHER_AVERAGES, "XAC022", "12 ids of the split validation, not of test"),
    "zwsp": (AVERAGES.replace("average", "ave\u200brage"), "XAC145", "U+200B ZERO WIDTH SPACE"),
    "tabs": (AVERAGES.replace(",", "\t"), "XAC006", "the delimiter is a tab, expected a comma"),
    "title": ("Averages\n" + AVERAGES, "XAC010", "the header is in line 2"),
    "json": ('{"07500.wav": 2}\n', "XAC004", "the file is JSON"),
    "zeros": (AVERAGES.replace("075", "75").replace(".wav", ""), "XAC146", "leading zeros are mis"),
}


@pytest.fixture
def folder(tmp_path):
    """A folder with the challenge, and files of both splits."""
    files = {
        "challenge.toml": CHALLENGE,
        "test.csv": GOOD,
        "validation.csv": OTHER_PREDICTIONS,
        "test_average.csv": AVERAGES,
        "validation_average.csv": OTHER_AVERAGES,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", FAULTS)
def test_the_cause_is_named(name, tmp_path):
    """References have one finding, which names the cause."""
    text, code, message = FAULTS[name]
    file = tmp_path / "references.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(xe.ReferencesError) as error:
        xe.load_references(file, small_challenge())
    (finding,) = error.value.findings
    assert finding.code == code
    assert message in finding.message
    assert "Add a row" not in finding.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD, "has predictions (column 'pred_score'), expected ratings of listeners"),
        (AVERAGES, "has averages (column 'average_score'), expected ratings of listeners"),
        (WIDE, "one column for each listener ('rater1' to 'rater4')"),
        (SCORES, LISTENER),
    ],
)
def test_files_that_are_no_ratings(text, message, tmp_path):
    """`listeners` recognises predictions, averages and one column per listener."""
    file = tmp_path / "x.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(xe.ReferencesError) as error:
        xe.study_ratings(file, challenge=small_challenge())
    (finding,) = error.value.findings
    assert message in finding.message


def test_both_files_are_of_another_split(folder):
    """`score` names the split of both files, and the option that it asks for works."""
    files = ("validation.csv", "--references", "validation_average.csv")
    call = ("score", "--challenge", "challenge.toml", *files)
    refused = xacle_eval(*call, cwd=folder)
    assert refused.code == 2
    assert "both files are of split 'validation', not of 'test'" in refused.err
    assert "Add --split validation." in refused.err
    assert "XAC024" not in refused.err
    assert xacle_eval(*call, "--split", "validation", cwd=folder).code == 0


@pytest.mark.parametrize("kind", ["file", "mapping", "folder"])
def test_the_library_names_the_split_of_both(kind, folder):
    """A file, a mapping and a folder of predictions are recognised alike."""
    (folder / "team").mkdir()
    (folder / "team" / "A_01.csv").write_text(OTHER_PREDICTIONS)
    function, given = {
        "file": (xe.score, folder / "validation.csv"),
        "mapping": (xe.score, dict(zip(OTHER_IDS, PREDICTIONS, strict=True))),
        "folder": (xe.leaderboard, folder / "team"),
    }[kind]
    files = {
        "references": folder / "validation_average.csv",
        "challenge": folder / "challenge.toml",
    }
    with pytest.raises(xe.ReferencesError, match="both files are of split 'validation'"):
        function(given, **files)


def test_only_the_references_are_of_another_split(folder):
    """If the predictions are of the split in use, --split is not suggested."""
    with pytest.raises(xe.ReferencesError) as error:
        xe.score(
            folder / "test.csv",
            folder / "validation_average.csv",
            challenge=folder / "challenge.toml",
        )
    (finding,) = error.value.findings
    assert finding.hint == (
        "Pass the references of the split test: the predictions are of that split."
    )


def test_the_call_of_the_official_script(folder):
    """`score pred.csv truth.csv out/` is answered with the call to use, and that call works."""
    call = ("score", "test.csv", "test_average.csv", "out")
    refused = xacle_eval(*call, cwd=folder)
    assert refused.code == 2
    right = "xacle-eval score test.csv --references test_average.csv --official-csv out"
    assert refused.err.splitlines()[-1].endswith(f"use: {right}")
    assert xacle_eval(*right.split()[1:], "--challenge", "challenge.toml", cwd=folder).code == 0
    assert (folder / "out" / "evaluation_result.csv").is_file()


def test_a_folder_is_for_the_leaderboard(folder):
    """`score` of a folder names the command for folders."""
    (folder / "team").mkdir()
    refused = xacle_eval("score", "team", "--challenge", "challenge.toml", cwd=folder)
    assert refused.code == 2
    assert "use: xacle-eval leaderboard team" in refused.err

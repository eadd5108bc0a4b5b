"""Demo ratings cannot be overlooked: a warning in Python, marks in files, a banner last."""

import hashlib
import io
import warnings

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import DATA, REPOSITORY
from xacle_eval.cli.samples import SAMPLES

SAMPLE_FOLDER = REPOSITORY / "sample_submissions"
SAMPLE = SAMPLE_FOLDER / "Minimal_Reference_01.csv"
OTHER = SAMPLE_FOLDER / "TextOnly_Reference_01.csv"
BANNER = "DEMO RATINGS: no references were given"


def test_the_hashes_are_those_of_the_samples():
    """The package knows exactly the files of sample_submissions/ by their hashes."""
    found = {hashlib.sha256(file.read_bytes()).hexdigest() for file in SAMPLE_FOLDER.glob("*.csv")}
    assert found == SAMPLES


@pytest.mark.parametrize(
    "call",
    [
        lambda: xe.score(SAMPLE),
        lambda: xe.score(SAMPLE, xe.load_references(None, xe.load_challenge("xacle2026"))),
        lambda: xe.leaderboard(SAMPLE, OTHER),
        lambda: xe.compare(SAMPLE, OTHER, bootstrap=20, metric="MSE", challenge="xacle2026"),
    ],
    ids=["score", "references", "leaderboard", "compare"],
)
def test_demo_ratings_give_one_warning(call):
    """Each call warns once, and the warning points to the line of the caller."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    (warning,) = found
    assert warning.category is xe.DemoReferencesWarning
    assert warning.filename == __file__
    assert "pass references=..." in str(warning.message)
    assert issubclass(xe.DemoReferencesWarning, UserWarning)


def test_real_ratings_give_no_warning():
    """With references, or with a challenge that has its own, there is no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        card = xe.score(DATA / "example/submissions/Hibari_01.csv", challenge=DATA / "example")
    assert card.references.kind == "ratings"


def test_tables_carry_demo_in_their_captions():
    """Each table of a result is marked in the caption, and each row of the CSV names the kind."""
    board = xe.leaderboard(SAMPLE, OTHER, bootstrap=20)
    captions = [line for line in board.to_latex().splitlines() if line.startswith(r"\caption")]
    titles = [line for line in board.to_markdown().splitlines() if line.startswith("**")]
    assert len(captions) == len(titles) > 1
    assert all(r"\caption{DEMO RATINGS, not real ones: " in line for line in captions)
    assert all(line.startswith("**DEMO RATINGS, not real ones: ") for line in titles)
    assert board._repr_html_().count("DEMO RATINGS, not real ones: ") == len(titles)
    table = pd.read_csv(io.StringIO(board.to_csv()))
    assert table["references"].tolist() == ["demo", "demo"]
    assert table["signature"].tolist() == [board.signature] * 2
    assert list(table.columns[-2:]) == ["references", "signature"]
    real = xe.score(DATA / "example/submissions/Hibari_01.csv", challenge=DATA / "example")
    assert "DEMO" not in real.to_latex() + real.to_markdown() + real._repr_html_()


def test_the_banner_is_printed_once_for_a_sample():
    """For a bundled sample, the banner is printed first only, and Python's warning never."""
    done = xacle_eval("score", SAMPLE)
    assert done.code == 0
    assert done.err.count(BANNER) == 1
    assert "DemoReferencesWarning" not in done.err
    assert "these scores are against" not in done.err


@pytest.mark.parametrize("command", ["score", "leaderboard", "compare"])
def test_the_banner_is_printed_last_for_other_files(command, tmp_path):
    """For a file that is not a sample, the banner is the first and the last thing on stderr."""
    text = SAMPLE.read_text().splitlines()
    text[1] = text[1].rpartition(",")[0] + ",5.5"
    mine = tmp_path / "Mine_01.csv"
    mine.write_text("\n".join(text) + "\n")
    more = {"compare": [SAMPLE, "--metric", "MSE", "--bootstrap", "20"]}.get(command, [])
    done = xacle_eval(command, mine, *more)
    assert done.code == 0
    assert done.err.count(BANNER) == 2
    assert done.err.startswith(BANNER)
    assert done.err.rstrip().splitlines()[-3].startswith(BANNER)


def test_predictions_in_memory_are_marked():
    """Predictions without a file are scored against demo ratings with the warning, too."""
    ids = xe.load_challenge("xacle2026").manifest.ids
    values = np.linspace(0, 10, len(ids))
    with pytest.warns(xe.DemoReferencesWarning):
        card = xe.score(dict(zip(ids, values, strict=True)))
    assert "DEMO RATINGS" in repr(card)

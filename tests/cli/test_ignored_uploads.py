"""Files in a folder that are not read: a warning for each upload, with advice that works."""

import pytest

from tests.cli.helpers import REFERENCES, SMALL, xacle_eval

GOOD = "wav_file_name,pred_score\n" + "".join(f"{n}.wav,{n % 10}\n" for n in range(101, 107))
ADVICE = {
    "Asa/scores.xlsx": "Save the sheet as CSV",
    "Kumo_01.rar": "Unpack it, and pack the files as a ZIP archive",
    "Nami_02.tar.gz": "Unpack it, and pack the files as a ZIP archive",
    "Hoshi/Hoshi_01.cvs": "If it has predictions, save it as CSV",
}


@pytest.fixture
def uploads(tmp_path):
    """Return a folder with one prediction file, uploads that are not read, and other files."""
    for name in [*ADVICE, "Yuki_01.csv", "Hoshi/more/Hoshi_02.csv", "Thumbs.db", "README.txt"]:
        file = tmp_path / "up" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(GOOD if name == "Yuki_01.csv" else "x")
    return tmp_path / "up"


@pytest.mark.parametrize("format_", ["text", "json", "github"])
def test_validate_warns_about_each_ignored_upload(uploads, format_):
    """Each ignored upload has a warning with its advice, and one line counts them."""
    done = xacle_eval("validate", uploads, *SMALL, "--format", format_)
    assert done.code == 0
    assert done.err.count("warning XAC063") == 5
    assert done.err.count("info XAC063") == 1
    for name, advice in ADVICE.items():
        (after,) = done.err.split(f"up/{name} is not a prediction file")[1:]
        assert after.split("\n")[1].strip().startswith(advice)
    assert "up/Hoshi/more/ is a folder inside a team's folder" in done.err
    assert "2 files that no submission needs: " in done.err
    assert "up/README.txt" in done.err
    assert "ignored: 4 files and 1 folder of 4 teams\n" in done.err


def test_leaderboard_warns_about_each_ignored_upload(uploads):
    """A leaderboard has the same warnings and the same line."""
    done = xacle_eval("leaderboard", uploads, *SMALL, *REFERENCES)
    assert done.code == 0
    assert (done.out + done.err).count("warning XAC063") == 5
    assert "ignored: 4 files and 1 folder of 4 teams\n" in done.err


def test_quiet_hides_the_warnings_about_ignored_uploads(uploads):
    """With --quiet, nothing is printed on stderr."""
    assert xacle_eval("validate", uploads, *SMALL, "--quiet").err == ""

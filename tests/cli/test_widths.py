"""Every command in terminals of several widths: no table and no message is wider than them."""

import pytest
from rich.cells import cell_len

from tests.cli.helpers import EXAMPLE, HIBARI, REFERENCES, SMALL, VOICEMOS, in_terminal, plain
from tests.helpers import DATA, REPOSITORY

MUSIC = ("--challenge", "challenges/audiomos2025_track1")
T01 = "challenges/audiomos2025_track1/submissions/T01.txt"
SUZUME = "example/submissions/Suzume_01.csv"
FEW = ("--bootstrap", "20")
NINE = ["SRCC", "LCC", "KTAU", "MSE", "ACC_EQ", "ACC_EQ_TIES", "CCC", "MAE", "RMSE"]
COMMANDS = {
    "teams": ("leaderboard", REPOSITORY / "sample_submissions", "--by", "team", *FEW),
    "board": ("leaderboard", "invalid/submissions", *SMALL, *REFERENCES, "--by", "team", *FEW),
    "names": ("leaderboard", "{names}", "--challenge", "{nine}", *FEW),
    "folders": ("leaderboard", "{folders}", "--challenge", "{nine}"),
    "screenings": ("leaderboard", "example/submissions", *EXAMPLE, "--screenings", "all"),
    "levels": ("leaderboard", "challenges/voicemos/submissions", *VOICEMOS, *FEW),
    "targets": ("leaderboard", "challenges/audiomos2025_track1/submissions", *MUSIC, *FEW),
    "score": ("score", HIBARI, "--challenge", "{nine}", "--profile", *FEW),
    "score levels": ("score", "challenges/voicemos/submissions/T01/answer.txt", *VOICEMOS, *FEW),
    "score targets": ("score", T01, *MUSIC),
    "compare": ("compare", HIBARI, SUZUME, "--challenge", "{nine}", *FEW),
    "compare targets": ("compare", T01, T01.replace("T01", "T02"), *MUSIC, *FEW),
    "listeners": ("listeners", "example/ratings.csv", *EXAMPLE, "--screen", "agreement"),
    "rank": ("rank", "{published}"),
    "verify": ("verify", "{receipt}", HIBARI),
    "challenges": ("challenge", "list"),
    "check": ("challenge", "check", "example/challenge.toml", "invalid/references.csv"),
    "validate": ("validate", "invalid/submissions", *SMALL, "--statistics"),
    "packages": ("validate", "example/packages", "--challenge", "example/task.toml"),
    "explain": ("explain", "XAC022", "XAC061", "XAC151"),
    "unknown rule": ("explain", "XAC999"),
    "option": ("leaderboard", ".", "--bootstrapp", "20"),
    "value": ("leaderboard", ".", "--by", "everything in the world"),
    "command": ("leaderbord",),
    "argument": ("compare",),
    "arguments": ("score", HIBARI, HIBARI, HIBARI, *EXAMPLE),
    "file": ("score", "a_folder_with_a_long_name/a_file_with_a_name_that_is_long.csv", *EXAMPLE),
    "references": ("score", HIBARI, *EXAMPLE, "--references", "invalid/references.csv"),
    "ratings": ("listeners", HIBARI, *EXAMPLE),
    "screen": ("listeners", "example/ratings.csv", *EXAMPLE, "--screen", "anchors"),
    "challenge": ("score", HIBARI, "--challenge", "a challenge that does not exist anywhere"),
}
NAMES = (
    "Northern_Institute_of_Acoustic_Technology_and_Speech_Sciences_01",
    "Kyoto-Univ-Audio-Lab.Ensemble-of-five-encoders_03",
    "国立音声_研究所_日本語チーム_とても長い名前_02",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the files that the commands need: long names, folders of teams, nine metrics."""
    root = tmp_path_factory.mktemp("widths")
    data = (DATA / HIBARI).read_bytes()
    for name in NAMES:
        for path in (root / "names" / f"{name}.csv", root / "folders" / f"of_{name}" / "a_01.csv"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    challenge = (DATA / "example/challenge.toml").read_text()
    (root / "nine.toml").write_text(f"metrics = {NINE}\n".replace("'", '"') + challenge)
    (root / "ratings.csv").write_bytes((DATA / "example/ratings.csv").read_bytes())
    rows = [f"{name},0.{n}3,0.5,0.4,{n}.5" for n, name in enumerate(NAMES)]
    (root / "published.csv").write_text("\n".join(["system,SRCC,LCC,KTAU,MSE", *rows, ""]))
    in_terminal("validate", HIBARI, *EXAMPLE, "--receipt", root / "receipt.json")
    return {
        "names": root / "names",
        "folders": root / "folders",
        "nine": root / "nine.toml",
        "published": root / "published.csv",
        "receipt": root / "receipt.json",
    }


@pytest.mark.long
@pytest.mark.parametrize("columns", [100, 80, 60, 40])
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_nothing_is_wider_than_the_terminal(arguments, columns, files):
    """Tables, findings, errors, usage and notes fit, with whole words of names in the tables."""
    given = [str(argument).format(**files) for argument in arguments]
    result = in_terminal(*given, columns=columns)
    assert result.code in (0, 1, 2)
    # A bar of progress is replaced by the next output of its line.
    lines = [line.split("\r")[-1] for line in plain(result.out).splitlines()]
    assert max(map(cell_len, lines)) <= columns
    if given[0] in ("leaderboard", "rank") and str(files["names"]) in given:
        assert "Institute_" in result.out
        assert "Ensemble-" in result.out
        assert "日本語チーム_" in result.out

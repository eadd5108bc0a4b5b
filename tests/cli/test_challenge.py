"""challenge show, init and check."""

import tomllib

from tests.cli.helpers import xacle_eval
from tests.helpers import DATA


def test_show():
    """show prints the challenge file as TOML, below its splits and hash."""
    result = xacle_eval("challenge", "show")
    assert result.code == 0
    assert result.err == "bundled challenges: xacle2026\n"
    assert "# split test (default): 3,000 pairs, 10500.wav to 13499.wav\n" in result.out
    assert "# split validation: 3,000 pairs, 07500.wav to 10499.wav\n" in result.out
    assert tomllib.loads(result.out)["name"] == "xacle2026"


def test_init_and_check(tmp_path):
    """init writes a valid file, and overwrites a file only with --force."""
    file = tmp_path / "mine.toml"
    assert xacle_eval("challenge", "init", file).code == 0
    checked = xacle_eval("challenge", "check", "mine.toml", cwd=tmp_path)
    assert (checked.code, checked.out) == (0, "mine.toml: no errors\n")
    file.write_text("mine = 1\n")
    again = xacle_eval("challenge", "init", file)
    assert again.code == 2
    assert "already exists; pass --force" in again.err
    assert file.read_text() == "mine = 1\n"
    assert xacle_eval("challenge", "init", file, "--force", "--quiet").err == ""
    assert "ranking" in tomllib.loads(file.read_text())


def test_check_warns_of_a_ladder_with_several_targets(tmp_path):
    """It is valid, and works on one host alone; the warning names the key and changes no code."""
    folder = DATA / "challenges/audiomos2025_track1"
    for each in folder.glob("*.*"):
        (tmp_path / each.name).write_bytes(each.read_bytes())
    file = tmp_path / "challenge.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\n[publish.phase.test]\nladder = 0.01\n", encoding="utf-8")
    result = xacle_eval("challenge", "check", "challenge.toml", cwd=tmp_path)
    warning, rest = result.out.splitlines()[0], result.out.splitlines()[-1]
    assert warning.startswith("challenge.toml: warning: publish.phase.test.ladder: a ladder with")
    assert "Hugging Face alone" in " ".join(result.out.split())
    assert (result.code, rest, result.err) == (0, "challenge.toml: no errors", "")


def test_check_reports_every_error_at_once(tmp_path):
    """check reports every error with its key and exits with 2; other commands report the same."""
    text = (
        'name = "x"\ntitle = "x"\ndefault_split = "tset"\n'
        '[ids]\ncolum = "id"\n[predictions]\ncolumn = "p"\n[references]\ncolumn = "r"\n'
        "[scores]\nminimum = 5\nmaximum = 1\n"
        '[splits.test]\npattern = "{}.wav"\nfirst = 1\nlast = 3\n'
        '[ranking]\norder = ["SRC"]\ndecimals = 40\n'
    )
    (tmp_path / "bad.toml").write_text(text)
    result = xacle_eval("challenge", "check", "bad.toml", cwd=tmp_path)
    assert result.code == 2
    assert all(line.startswith("bad.toml: ") for line in result.out.splitlines())
    for key in ("ids.colum: ", "ids.column: ", "scores", "ranking.order", "ranking.decimals: "):
        assert f"bad.toml: {key}" in result.out
    assert "did you mean column?" in result.out
    assert result.err == f"{len(result.out.splitlines())} errors\n"
    (tmp_path / "a.csv").write_text("id,p\n")
    other = xacle_eval("validate", "a.csv", "--challenge", "bad.toml", cwd=tmp_path)
    assert (other.code, other.out) == (2, "")
    for line in result.out.splitlines():
        assert line.removeprefix("bad.toml: ") in other.err

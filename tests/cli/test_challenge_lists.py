"""challenge list, template, and the check of several files and their lists of ids."""

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from xacle_eval.challenge.loading import challenge_problems

CHALLENGE = """
name = "small"
title = "Small"
default_split = "test"
ids = { column = "wav", aliases = ["file"], ending = ".wav" }
predictions = { column = "p" }
references = { column = "r" }
ratings = { column = "s" }
scores = { minimum = 0, maximum = 10 }
[splits.test]
list = "ids.txt"
"""


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"a.wav\nb.wav\n", []),
        (b"# comment, of ids\n\n a.wav\nb.wav", []),
        (b"wav\na.wav\nb.wav\n", ["1: the line is a header; a list has only ids"]),
        (b"#\n\nFile\na.wav\n", ["3: the line is a header; a list has only ids"]),
        (
            b"wav,r\na.wav,1\nb.wav,2\n",
            ["1: the line contains a comma (3 lines); a list has one id per line"],
        ),
        (b"a.wav;1\n", ["1: the line contains a semicolon (1 line); a list has one id per line"]),
        (
            b"b.wav\na.wav\t1\nc.wav\n",
            ["2: the line contains a tab (1 line); a list has one id per line"],
        ),
        (
            b"a /data/a.wav\nb /data/b.wav\n",
            ["1: the line has an id and a path, as in lists of Kaldi; keep only the ids"],
        ),
        (b"a.wav\nb\nc\n", ["2: the id does not end in '.wav', the value of ids.ending (2 lines)"]),
        (b"a.wav\nb.WAV\n", ["2: the id does not end in '.wav', the value of ids.ending"]),
        (b"a.wav\nb.wav\na.wav\n", ["3: duplicate id, see line 1"]),
        (b"a.wav\na.wav\na.wav\n", ["2: duplicate id, see line 1 (2 duplicate ids)"]),
        (
            b"\xef\xbb\xbfa.wav\nb.wav\n",
            ["1: the file begins with a byte order mark; save it as UTF-8 without one"],
        ),
        (
            b"a.wav\nb.wav\r\n",
            ["2: the line ends with CRLF, expected LF; save the file with the line ends of Unix"],
        ),
        (b"b, the first.wav\na.wav\nc.wav\n", []),
    ],
)
def test_lists_of_ids(tmp_path, data, problems):
    """A line that is not one id is an error with its line; no text of the file is repeated."""
    (tmp_path / "challenge.toml").write_text(CHALLENGE)
    (tmp_path / "ids.txt").write_bytes(data)
    found = challenge_problems(tmp_path)
    assert found == tuple(f"splits.test.list: ids.txt:{problem}" for problem in problems)


def test_ids_of_a_pattern_have_the_ending(tmp_path):
    """A pattern without the ending of the ids is an error, unless the ending is optional."""
    text = CHALLENGE.replace('list = "ids.txt"', 'pattern = "{:d}"\nfirst = 1\nlast = 2')
    (tmp_path / "challenge.toml").write_text(text)
    (problem,) = challenge_problems(tmp_path)
    assert problem.startswith("splits.test.pattern: the ids do not end in '.wav'")
    optional = text.replace('ending = ".wav"', 'ending = ".wav", ending_optional = true')
    (tmp_path / "challenge.toml").write_text(optional)
    assert challenge_problems(tmp_path) == ()


def test_check_takes_names_files_and_folders(tmp_path):
    """One line per valid file and one per error; the exit code is 2 if any file has errors."""
    for name in ("good", "bad"):
        (tmp_path / "all" / name).mkdir(parents=True)
        (tmp_path / "all" / name / "challenge.toml").write_text(CHALLENGE)
    (tmp_path / "all" / "good" / "ids.txt").write_text("a.wav\n")
    (tmp_path / "all" / "bad" / "ids.txt").write_text("wav\na.wav\n")
    result = xacle_eval("challenge", "check", "xacle2026", "all", "no.toml", cwd=tmp_path)
    assert result.code == 2
    assert result.out.splitlines() == [
        "xacle2026: no errors",
        "all/bad/challenge.toml: splits.test.list: ids.txt:1: the line is a header; a list has "
        "only ids",
        "all/good/challenge.toml: no errors",
        "no.toml: file not found",
    ]
    assert result.err == "2 errors\n"


def test_list():
    """list names every bundled challenge, its title, and its splits with their pairs."""
    result = xacle_eval("challenge", "list")
    assert result.code == 0
    rows = [line.split() for line in result.out.splitlines()]
    for split, pairs in (("test", "3,000"), ("validation", "3,000"), ("train", "7,500")):
        assert any(split in row and row[-1] == pairs for row in rows)
    assert "XACLE Challenge 2026" in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_template_needs_only_predictions(tmp_path):
    """The only error of the template is that predictions are empty; filled in, it is valid."""
    file = tmp_path / "predictions.csv"
    result = xacle_eval("challenge", "template", "--split", "validation", "-o", file)
    assert (result.code, result.out) == (0, "")
    (report,) = xe.validate(file, split="validation")
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert [(finding.code, finding.count) for finding in errors] == [("XAC030", 3000)]
    rows = file.read_text().splitlines()
    filled = [rows[0], *(f"{row}{number % 997 / 100}" for number, row in enumerate(rows[1:]))]
    file.write_text("\n".join(filled))
    assert xe.validate(file, split="validation")[0].valid
    again = xacle_eval("challenge", "template", "--split", "validation", "-o", file)
    assert again.code == 2
    assert "pass --force" in again.err


def test_template_has_the_delimiter_of_the_challenge(tmp_path):
    """The template of a challenge file with tabs is written with tabs, to stdout by default."""
    (tmp_path / "challenge.toml").write_text('delimiter = "tab"\n' + CHALLENGE)
    (tmp_path / "ids.txt").write_text('a.wav\nsay "b".wav\n')
    result = xacle_eval("challenge", "template", tmp_path)
    (tmp_path / "p.tsv").write_text(result.out)
    (report,) = xe.validate(tmp_path / "p.tsv", challenge=tmp_path)
    assert [(finding.code, finding.count) for finding in report.findings] == [("XAC030", 2)]

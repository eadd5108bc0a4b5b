"""Delimiters of challenge files: how rows are split, and how other delimiters are reported."""

import csv
import io
import itertools

import pytest

import xacle_eval as xe
from xacle_eval.submissions.reading import Source, read

CHALLENGE = """
name = "delimited"
title = "Delimited"
default_split = "test"
delimiter = "{delimiter}"
ids = {{ column = "id" }}
predictions = {{ column = "prediction" }}
references = {{ column = "average" }}
ratings = {{ column = "score" }}
scores = {{ minimum = 0, maximum = 10 }}
[splits.test]
pattern = "u{{:d}}"
first = 1
last = 4
"""
CHARACTERS = {"comma": ",", "tab": "\t", "semicolon": ";"}
ROWS = [("u1", "1.5"), ("u2", "3.25"), ("u3", "2"), ("u4", "9.5")]


def challenge(folder, delimiter):
    """Write a challenge file with a delimiter, and return its path."""
    file = folder / "challenge.toml"
    file.write_text(CHALLENGE.format(delimiter=delimiter))
    return file


def table(folder, name, delimiter, header, rows=ROWS):
    """Write rows with a delimiter, and return the path."""
    file = folder / name
    lines = [CHARACTERS[delimiter].join(row) for row in (header, *rows)]
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.parametrize("delimiter", CHARACTERS)
def test_files_with_the_delimiter_of_the_challenge(tmp_path, delimiter):
    """Predictions, averages and ratings are read with the delimiter of the challenge file."""
    file = challenge(tmp_path, delimiter)
    predictions = table(tmp_path, "p.csv", delimiter, ("id", "prediction"))
    averages = table(tmp_path, "a.csv", delimiter, ("id", "average"))
    rated = [(pair, score, f"L{n}") for pair, score in ROWS for n in (1, 2)]
    ratings = table(tmp_path, "r.csv", delimiter, ("id", "score", "listener_id"), rated)
    for references in (averages, ratings):
        card = xe.score(predictions, references, challenge=file)
        assert (card.metrics["SRCC"], card.metrics["MSE"]) == (1.0, 0.0)
    card = xe.score(dict(ROWS), dict(ROWS), challenge=file)
    assert card.metrics["MSE"] == 0.0


@pytest.mark.parametrize(("delimiter", "other"), [*itertools.permutations(CHARACTERS, 2)])
@pytest.mark.parametrize("quoted", [False, True])
def test_another_delimiter_is_one_finding(tmp_path, delimiter, other, quoted):
    """A file with another delimiter has exactly one finding, which names both delimiters."""
    rows = [tuple(f'"{field}"' for field in row) for row in ROWS] if quoted else ROWS
    header = ('"id"', '"prediction"') if quoted else ("id", "prediction")
    predictions = table(tmp_path, "p.csv", other, header, rows)
    (report,) = xe.validate(predictions, challenge=challenge(tmp_path, delimiter))
    (finding,) = report.findings
    assert finding.code == "XAC006"
    assert finding.message.startswith(f"the delimiter is a {other}, expected a {delimiter}")
    assert delimiter in finding.hint.replace("commas", "comma")


def test_a_decimal_comma_in_a_file_with_semicolons(tmp_path):
    """A decimal comma is reported as such, with the number to write."""
    predictions = table(tmp_path, "p.csv", "semicolon", ("id", "prediction"), [("u1", "1,5")])
    (report,) = xe.validate(predictions, challenge=challenge(tmp_path, "semicolon"))
    assert "Write a decimal point: 1.5." in [finding.hint for finding in report.findings]


def test_quotation_marks_in_tab_separated_text():
    """A line is a row; only marks around a whole field are removed, the others are text."""
    lines = ['"a"\t1', 'say "hi"\t2', '"a ""b"""\t3', '"open\t4', '"x" y "z"\t5', '"\t6', '""\t7']
    found = read(Source.of_bytes("\n".join(lines).encode(), "f"), 10_000, 100, "tab")
    first = [row[0] for row in found.rows]
    assert first == ["a", 'say "hi"', 'a "b"', '"open', '"x" y "z"', '"', ""]
    assert [row[1] for row in found.rows] == list("1234567")
    assert found.place(4, 1) == (5, 11)


@pytest.mark.parametrize("delimiter", ["comma", "semicolon"])
def test_quoted_fields_follow_the_csv_module(delimiter):
    """Fields with delimiters, quotation marks and line breaks are read as csv wrote them."""
    character = CHARACTERS[delimiter]
    rows = [["a,b;c", "1"], ['say "hi"', "2"], ["two\nlines", "3"]]
    out = io.StringIO()
    csv.writer(out, delimiter=character).writerows(rows)
    found = read(Source.of_bytes(out.getvalue().encode(), "f"), 10_000, 100, delimiter)
    assert found.rows == rows
    assert not found.findings


@pytest.mark.parametrize(
    ("line", "code"), [("u1\t1\t2", "XAC014"), ("u1", "XAC014"), ("u1\tx", "XAC031")]
)
def test_faults_in_tab_separated_text(tmp_path, line, code):
    """Faults have the same codes as in a CSV file, and their place in the file."""
    file = tmp_path / "p.tsv"
    file.write_text(f"id\tprediction\n{line}\nu2\t1\nu3\t1\nu4\t2\n")
    (report,) = xe.validate(file, challenge=challenge(tmp_path, "tab"))
    assert report.findings[0].code == code
    assert report.findings[0].line == 2


def test_an_optional_ending(tmp_path):
    """An id with the ending and the same id without it are one id, in every kind of file."""
    text = CHALLENGE.format(delimiter="comma").replace(
        'ids = { column = "id" }',
        'ids = { column = "id", ending = ".wav", ending_optional = true }',
    )
    file = tmp_path / "challenge.toml"
    file.write_text(text.replace('"u{:d}"', '"u{:d}.wav"'))
    bare = table(tmp_path, "bare.csv", "comma", ("id", "prediction"))
    full = [(f"{pair}.wav", score) for pair, score in ROWS]
    averages = table(tmp_path, "a.csv", "comma", ("id", "average"), full)
    assert xe.score(bare, averages, challenge=file).metrics["MSE"] == 0.0
    both = table(tmp_path, "both.csv", "comma", ("id", "prediction"), [*ROWS, full[0]])
    (report,) = xe.validate(both, challenge=file)
    assert [finding.code for finding in report.findings] == ["XAC023"]
    assert report.findings[0].message == "duplicate id: u1.wav (lines 2 and 6)"
    folders = [(f"wav/test/{pair}", score) for pair, score in ROWS]
    (report,) = xe.validate(
        table(tmp_path, "folders.csv", "comma", ("id", "prediction"), folders), challenge=file
    )
    assert [finding.code for finding in report.findings] == ["XAC025"]
    other = [(f"{pair}.mp3", score) for pair, score in ROWS]
    (report,) = xe.validate(
        table(tmp_path, "other.csv", "comma", ("id", "prediction"), other), challenge=file
    )
    assert [finding.code for finding in report.findings] == ["XAC026"]


def test_an_optional_ending_needs_an_ending_and_different_ids(tmp_path):
    """`challenge check` reports an empty ending, and a list that has both forms of an id."""
    text = CHALLENGE.format(delimiter="comma")
    file = tmp_path / "challenge.toml"
    file.write_text(text.replace('column = "id"', 'column = "id", ending_optional = true'))
    with pytest.raises(xe.ChallengeError, match=r"ending_optional.*set ending too"):
        xe.load_challenge(file)
    text = text.replace('column = "id"', 'column = "id", ending = ".wav", ending_optional = true')
    file.write_text(text[: text.index("pattern")] + 'list = "ids.txt"\n')
    (tmp_path / "ids.txt").write_text("a.wav\nb.wav\na\n")
    with pytest.raises(xe.ChallengeError, match=r"'a' and 'a.wav' are the same id"):
        xe.load_challenge(file)

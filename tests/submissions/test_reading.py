"""Reading: every notation of the same rows, an editor's line numbers, and limits."""

import csv
import gzip
import hashlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import codes
from xacle_eval.submissions.reading import Source, read

MAX_BYTES, MAX_ROWS = 100_000, 1000
LONGEST_ROW = 131_072


def read_bytes(data, max_bytes=MAX_BYTES, max_rows=MAX_ROWS):
    """Read bytes in memory."""
    return read(Source.of_bytes(data, "x.csv"), max_bytes, max_rows)


def editor_lines(text):
    """Split a text where an editor does: after LF, CRLF and CR."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [True, False])
def test_encodings_of_the_same_rows(bom, ending, last):
    """A byte order mark, the line ending and a missing last line end make no difference."""
    lines = [b'id,"text",value', b'a,"x, ""y""",1', b"", b"b,z,2"]
    reading = read_bytes(bom + ending.join(lines) + (ending if last else b""))
    assert reading.rows == [["id", "text", "value"], ["a", 'x, "y"', "1"], ["b", "z", "2"]]
    assert reading.lines == [1, 2, 4]
    assert reading.findings == []


FIELD = st.text(st.sampled_from('ab,"\n\r \x0b\u2028é1'), max_size=6)


def quote(field):
    """Write a field in quotation marks."""
    return '"' + field.replace('"', '""') + '"'


@given(
    st.lists(st.lists(FIELD, min_size=2, max_size=3), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.data(),
)
def test_lines_and_columns_are_those_of_an_editor(rows, ending, data):
    """Each field is found at the line and column where an editor shows it."""
    text, expected = "", []
    for row in rows:
        for index, field in enumerate(row):
            before = editor_lines(text)
            expected.append((len(before), len(before[-1]) + 1))
            plain = not set(field) & set(',"\n\r') and data.draw(st.booleans())
            text += (field if plain else quote(field)) + ("," if index + 1 < len(row) else ending)
    reading = read_bytes(text.encode())
    assert reading.rows == rows
    places = [
        reading.place(row, index) for row, fields in enumerate(rows) for index in range(len(fields))
    ]
    assert places == expected
    starts = [sum(map(len, rows[:row])) for row in range(len(rows))]
    assert reading.lines == [expected[start][0] for start in starts]


def test_a_quotation_mark_inside_a_field_opens_nothing():
    """A quotation mark inside an unquoted field is an ordinary character."""
    reading = read_bytes(b'a"b,1\nc,"2"\n')
    assert reading.rows == [['a"b', "1"], ["c", "2"]]
    assert reading.place(0, 1) == (1, 5)
    assert reading.place(1, 1) == (2, 3)


def test_unusual_line_separators_are_letters():
    """Form feeds, vertical tabs and Unicode separators do not end a line."""
    reading = read_bytes("a\x0b,1\nb\x0c\x1c,2\nc\u2028\x85,3\n".encode())
    assert reading.lines == [1, 2, 3]
    assert len(reading.rows) == 3


def test_the_hash_is_of_the_whole_file():
    """The hash covers the whole file, also if reading stopped early."""
    data = b"a,1\n" * 20_000
    for rows in (10, 100_000):
        assert read_bytes(data, max_rows=rows).sha256 == hashlib.sha256(data).hexdigest()
    assert (
        read_bytes(b"PK\x03\x04" + data).sha256 == hashlib.sha256(b"PK\x03\x04" + data).hexdigest()
    )


def test_a_file_at_its_limits():
    """A file with exactly as many bytes and rows as allowed is read; one more is refused."""
    data = b"a,1\n" * 25
    assert read_bytes(data, max_bytes=100, max_rows=25).findings == []
    assert codes(read_bytes(data, max_bytes=99, max_rows=25).findings) == ["XAC003"]
    assert codes(read_bytes(data, max_bytes=100, max_rows=24).findings) == ["XAC008"]


def test_rows_that_span_lines_at_the_limit():
    """The limit of rows counts rows and not lines, also where rows span lines or are broken."""
    rows = b'"a\nb",1\n' * 25
    assert read_bytes(rows, max_rows=25).findings == []
    assert codes(read_bytes(rows, max_rows=24).findings) == ["XAC008"]
    broken = b'"a"b,1\n' + b"a,1\n" * 24
    assert codes(read_bytes(broken, max_rows=25).findings) == ["XAC007"]
    assert codes(read_bytes(broken, max_rows=24).findings) == ["XAC008", "XAC007"]
    all_broken = b'"a"b,1\n' * 25
    assert codes(read_bytes(all_broken, max_rows=25).findings) == ["XAC007"]
    assert codes(read_bytes(all_broken, max_rows=24).findings) == ["XAC008", "XAC007"]


def test_lines_at_the_limit():
    """Ten lines per allowed row are read, whatever they hold; one more line is refused."""
    assert read_bytes(b"a,1\n" + b"\n" * 19, max_rows=2).findings == []
    assert codes(read_bytes(b"a,1\n" + b"\n" * 20, max_rows=2).findings) == ["XAC008"]


@pytest.mark.parametrize("around", ["{}\n", '"{}"\n', '"a\n{}"\n'])
def test_the_longest_row(around):
    """A row of 131,072 characters with its line ends is read; one more character is refused."""
    field = "x" * (LONGEST_ROW - len(around.format("")))
    for text, found in ((field, []), (field + "x", ["XAC009"])):
        data = around.format(text).encode()
        assert codes(read_bytes(data, max_bytes=10**6).findings) == found


@pytest.mark.parametrize("limit", [10, LONGEST_ROW, 10**9])
def test_the_csv_module_s_limit_is_not_used(limit):
    """A program that changes the csv module's limit of a field changes no finding."""
    before = csv.field_size_limit(limit)
    try:
        data = b"x" * (LONGEST_ROW - 1) + b"\n"
        assert read_bytes(data, max_bytes=10**6).findings == []
        assert codes(read_bytes(b"x" + data, max_bytes=10**6).findings) == ["XAC009"]
        assert read_bytes(b'"' + b"a" * 50 + b'\n",1\n').findings == []
    finally:
        csv.field_size_limit(before)


class OtherWords:
    """A csv reader whose errors have other texts."""

    def __init__(self, lines, **settings):
        self.reader = REAL_READER(lines, **settings)

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return next(self.reader)
        except csv.Error as error:
            raise type(error)("field larger: unexpected end of data: row too long") from None


REAL_READER = csv.reader


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (b'a,"1\nb,2\n', "XAC007", "a quotation mark is opened and never closed"),
        (b'"a"b,1\n', "XAC007", "text after a closing quotation mark"),
        (b'"a";1\n', "XAC006", "the delimiter is a semicolon, expected a comma"),
        (b"x" * 140_000, "XAC009", "a row has more than 131,072 characters"),
        (b'"' + b"a\n" * 70_000, "XAC009", "a row has more than 131,072 characters"),
    ],
)
def test_the_csv_module_s_words_are_not_used(monkeypatch, data, code, message):
    """Codes and messages of broken rows stay the same whatever the csv module's texts are."""
    for reader in (REAL_READER, OtherWords):
        monkeypatch.setattr(csv, "reader", reader)
        (finding,) = read_bytes(data, max_bytes=10**6, max_rows=10**5).findings
        assert (finding.code, finding.message) == (code, message)


@pytest.mark.parametrize(
    "error",
    [
        zlib.error("words"),
        zlib.error("Error -3 while decompressing"),
        EOFError("words"),
        gzip.BadGzipFile("words"),
    ],
)
def test_the_words_of_zlib_are_not_used(error):
    """A damaged compressed file has the same finding whatever the library's text is."""

    def fail():
        raise error

    (finding,) = read(Source("x.csv.gz", fail), MAX_BYTES, MAX_ROWS).findings
    assert (finding.code, finding.message) == ("XAC001", "the compressed file is damaged: x.csv.gz")


class Endless(io.RawIOBase):
    """A stream that never ends and counts what was taken from it."""

    taken = 0

    def readable(self):
        return True

    def read(self, size=-1):
        assert size >= 0
        self.taken += size
        return b"1" * size


def test_an_endless_stream_is_given_up():
    """Reading an endless stream stops one byte after the limit and keeps nothing."""
    stream = Endless()
    reading = read(Source("x.csv", lambda: stream), 1_000_000, 10)
    assert codes(reading.findings) == ["XAC003"]
    assert stream.taken == 1_000_001
    assert (reading.rows, reading.sha256) == ([], None)


def test_a_folder_and_a_missing_file(tmp_path):
    """A folder or a missing file is a finding, not an exception; a similar name is suggested."""
    (tmp_path / "Ame_01.csv").touch()
    folder = read(Source.of(tmp_path), MAX_BYTES, MAX_ROWS)
    missing = read(Source.of(tmp_path / "Ame_1.csv"), MAX_BYTES, MAX_ROWS)
    assert codes(folder.findings) == codes(missing.findings) == ["XAC001"]
    assert "is a folder" in folder.findings[0].message
    assert "Ame_01.csv" in missing.findings[0].hint


@pytest.mark.parametrize("text", [b"RIFFLE_01.wav,5\n", b"BZ,5\n", b"7z,5\n", b"PK.wav,5\n"])
def test_ids_that_begin_like_another_format(text):
    """An id may begin with the first letters of another format."""
    assert read_bytes(text).rows == [text.decode().strip().split(",")]


def test_broken_rows_are_one_finding():
    """Broken quotation marks in many rows are one finding with the first five lines."""
    (finding,) = read_bytes(b'"a"b,1\n' * 900).findings
    assert (finding.code, finding.count, finding.lines) == ("XAC007", 900, (1, 2, 3, 4, 5))


def test_a_mapping_is_read_as_a_file_with_a_header():
    """Ids with commas, quotation marks and line breaks, and invalid values, are preserved."""
    values = {'a,"b"': 0.1, "c\nd": -1e-300, "e": None, "f": float("nan")}
    reading = read(Source.of_columns({"value": list(values.items())}, "id"), MAX_BYTES, MAX_ROWS)
    assert reading.rows == [
        ["id", "value"],
        ['a,"b"', "0.1"],
        ["c\nd", "-1e-300"],
        ["e", ""],
        ["f", "nan"],
    ]


@given(st.binary(max_size=300))
def test_no_bytes_raise(data):
    """No bytes raise an exception; a file without rows has a finding."""
    reading = read_bytes(data)
    assert len(reading.rows) == len(reading.lines)
    assert (
        reading.rows
        or reading.findings
        or not data.strip(b'\xef\xbb\xbf \r\n\t\x0b\x0c\x1c\x1d\x1e\x1f,"')
    )

"""Each fault is named by its cause, alone, with a hint that works."""

import json
import re

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.submissions.cases import (
    CASES,
    CHALLENGE,
    FIXED,
    GOOD,
    HEADER,
    IDS,
    PREDICTIONS,
    ROWS,
    lines,
    small_challenge,
)
from xacle_eval.submissions.checking import check
from xacle_eval.submissions.fixing import NotFixableError, fix_predictions
from xacle_eval.submissions.reading import Source

FOUND = json.loads((DATA / "causes.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def challenge():
    """The challenge of twelve pairs."""
    return small_challenge()


def data_of(case):
    """Return the bytes of a case."""
    return case if isinstance(case, bytes) else case.encode()


def report_of(data, challenge):
    """Return the report on a file in memory."""
    return check(Source.of_bytes(data_of(data), "x.csv"), challenge, "A_01", "A").report


def described(findings):
    """Return findings as tests/data/causes.json has them."""
    return [[f.code, f.severity, f.line, f.column, f.count, f.message, f.hint] for f in findings]


@pytest.mark.parametrize("name", CASES)
def test_the_cause_of_a_fault_is_named(name, challenge):
    """A file has the findings of its case, with the place, the message and the hint."""
    assert described(report_of(CASES[name], challenge).findings) == FOUND[name]


def test_every_case_has_its_findings():
    """No case is without expected findings, and none is left over."""
    assert sorted(FOUND) == sorted(CASES)


@pytest.mark.parametrize("name", CASES)
def test_nothing_that_a_file_has_is_offered_as_its_correction(name, challenge):
    """A hint never suggests a name that is in the file as it is."""
    case = CASES[name]
    text = case.decode("latin-1") if isinstance(case, bytes) else case
    fields = set(re.split(r"[,\n]", text))
    for finding in report_of(case, challenge).findings:
        guess = re.search(r"Did you mean (\S+)\?|Rename '(.*)' if", finding.hint)
        assert guess is None or not {*guess.groups()} & fields


def delete_lines(found, rows, _line, _column):
    first, last = int(found[1]), int(found[2] or found[1])
    return [row for n, row in enumerate(rows, start=1) if not first <= n <= last]


def write_number(found, rows, line, _column):
    pair = rows[line].split(",")[0]
    return [*rows[:line], f"{pair},{found[1]}", *rows[line + 1 :]]


def write_name(found, rows, _line, column):
    fields = rows[0].split(",")
    fields[0 if column == 1 else 1] = found[1]
    return [",".join(fields), *rows[1:]]


def write_commas(_found, rows, line, _column):
    delimiter = re.search(r"[;\t|，:]| ", "".join(rows[line:]))[0]
    decimal = [row.replace(",", ".") if delimiter == ";" else row for row in rows]
    return [row.replace(delimiter, ",") for row in decimal]


def exchange(row):
    return ",".join(reversed(row.split(",")))


# The edits that hints ask for, as functions of the match, the rows, the line and the column.
EDITS = {
    r"Delete lines? (\d+)(?: to (\d+))?\.": delete_lines,
    r"Delete the line": lambda _, rows, line, __: [*rows[:line], *rows[line + 1 :]],
    r"Swap the two names": lambda _, rows, *__: [exchange(rows[0]), *rows[1:]],
    r"Write the id first": lambda _, rows, *__: [*map(exchange, rows)],
    r"Remove the quotation marks around the rows": lambda _, rows, *__: [
        row.strip('"') for row in rows
    ],
    r"Remove the comma at the end of the header": lambda _, rows, *__: [
        rows[0].rstrip(","),
        *rows[1:],
    ],
    r"Remove the (?:comma|delimiter) at the end": lambda _, rows, *__: [
        row.rstrip(",") for row in rows
    ],
    r"Write only the number: (\S+?)\.(?: |$)": write_number,
    r"Write the header ([\w,]+);": lambda found, rows, *_: [found[1], *rows[1:]],
    r"Write ([\w.]+?): type the name again\.": write_name,
    r"Write the quotation mark twice": lambda _, rows, *__: [
        row.replace('\\"', '""') for row in rows
    ],
    r"Separate the fields with commas": write_commas,
}


def edit(hint, text, line, column):
    """Return the rows of a text after the edit that a hint asks for; None if it asks for none."""
    for pattern, change in EDITS.items():
        found = re.match(pattern, hint)
        if found:
            return change(found, text.splitlines(), (line or 1) - 1, column)
    return None


ONCE = [
    name
    for name, found in FOUND.items()
    if len(found) == 1 and any(re.match(pattern, found[0][6]) for pattern in EDITS)
]


@pytest.mark.parametrize("name", ONCE)
def test_what_a_hint_asks_for_works(name, challenge):
    """The edit of a hint, in every line with the fault, makes the file valid."""
    text = data_of(CASES[name]).decode()
    for _ in range(len(IDS) + 1):
        report = report_of(text, challenge)
        if report.valid:
            break
        (finding,) = report.findings
        edited = edit(finding.hint, text, finding.line, finding.column)
        assert edited is not None, finding
        text = "\n".join(edited) + "\n"
    assert report_of(text, challenge).valid
    assert name in FIXED


def test_at_least_thirty_hints_are_edits():
    """The edits above cover the hints that can be followed in a text editor."""
    assert len(ONCE) >= 30


@pytest.mark.parametrize("name", ["other_split"])
def test_the_split_that_a_hint_names_works(name, challenge):
    """With the split that the hint names, the same file is valid."""
    (finding,) = report_of(CASES[name], challenge).findings
    split = re.search(r"--split (\w+)", finding.hint)[1]
    assert report_of(CASES[name], challenge.with_split(split)).valid


def test_several_causes_are_reported_together(challenge):
    """Faults that do not follow from each other are all reported."""
    rows = GOOD.splitlines()
    rows[2], rows[5], rows[8] = "7501.wav,3.5", "07504.wav，5.5", "07507.wav,[1.9]"
    found = [f.code for f in report_of("\n".join(rows) + "\n", challenge).findings]
    assert sorted(found) == ["XAC006", "XAC031", "XAC146"]


def test_values_of_rows_that_could_be_split_are_checked_too(challenge):
    """A row with another delimiter is read as it was meant, so its other faults are reported."""
    text = GOOD.replace("07503.wav,6.72", "07503.wav，high")
    assert [f.code for f in report_of(text, challenge).findings] == ["XAC006", "XAC031"]


def test_predictions_in_memory_follow_the_same_rules(challenge):
    """A mapping with ids without zeros is refused with the same finding."""
    values = dict(zip((pair[1:5] for pair in IDS), PREDICTIONS, strict=True))
    with pytest.raises(xe.InvalidSubmissionError) as error:
        xe.score(values, dict(zip(IDS, PREDICTIONS, strict=True)), challenge=challenge)
    assert [f.code for f in error.value.report.findings] == ["XAC146"]


def test_a_valid_file_is_not_searched_for_causes(challenge, monkeypatch):
    """The search for causes starts only after something is wrong."""
    from xacle_eval.submissions import causes, columns

    def fail(*_):
        raise AssertionError("searched")

    monkeypatch.setattr(columns, "explain_header", fail)
    monkeypatch.setattr(causes, "conflict", fail)
    assert report_of(GOOD, challenge).valid


@pytest.mark.parametrize(
    "text",
    [
        'wav_file_name,pred_score\n"07500.wav,2\r"\n"07501.wav,3"\n',
        '"wav_file_name,pred\r_score"\n"07500.wav,2"\n',
        "sep=;\n\n;\n",
        "，\n，，\n",
        "\ufeff" * 40 + "\n",
        "wav_file_name,pred_score\n" + "，" * 3000 + "\n",
    ],
)
def test_broken_rows_are_findings(text, challenge):
    """Rows that cannot be split give findings, never an error of the search for causes."""
    report = report_of(text, challenge)
    assert not report.valid
    assert report.findings


@pytest.fixture
def variant(tmp_path):
    """Return a function that loads the challenge with other text, and with a list of ids."""

    def load(*changes, ids=()):
        text = CHALLENGE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        if ids:
            pattern = 'pattern = "{:05d}.wav"\nfirst = 7500\nlast = 7511'
            text = text.replace(pattern, 'list = "ids.txt"')
            (tmp_path / "ids.txt").write_text("\n".join(ids), encoding="utf-8")
        file = tmp_path / "challenge.toml"
        file.write_text(text, encoding="utf-8")
        return xe.load_challenge(file)

    return load


ODD_IDS = ("dog's.wav", "dogs.wav", "a;b.wav", "a,b.wav", "“q”.wav", "x y.wav", "xy.wav", "–.wav")


def test_ids_with_unusual_characters_are_ids(variant):
    """An apostrophe, a delimiter, quotation marks or a blank can be part of an id."""
    challenge = variant(ids=ODD_IDS)
    rows = [f'"{pair}",{number}.5' for number, pair in enumerate(ODD_IDS)]
    assert report_of(lines(rows), challenge).findings == ()
    text = lines([row.replace('",', '";') for row in rows], HEADER.replace(",", ";"))
    fixed = fix_predictions(text.encode(), challenge)
    assert report_of(fixed.text, challenge).findings == ()
    unknown = report_of(lines([rows[0], '"cat\'s.wav",1.5']), challenge).findings
    assert {finding.code for finding in unknown} == {"XAC021", "XAC024"}


def test_an_id_with_a_comma_is_not_missing_too(variant):
    """A row without quotation marks around its id has one finding."""
    challenge = variant(ids=ODD_IDS)
    text = lines([f"{pair},{number}.5" for number, pair in enumerate(ODD_IDS)])
    (finding,) = report_of(text, challenge).findings
    assert (finding.code, finding.line) == ("XAC014", 5)


def test_another_delimiter_in_an_unused_name_is_part_of_it(challenge):
    """A header that names each column is read, whatever the other names contain."""
    for name in ("text\ttitle", "a;b", "a|b"):
        text = lines([f"x,{row}" for row in ROWS], f"{name},{HEADER}")
        (finding,) = report_of(text, challenge).findings
        assert (finding.code, finding.severity) == ("XAC013", "warning")


@pytest.mark.parametrize("first", [0, 1])
def test_rows_with_another_delimiter_and_decimal_commas(first, challenge):
    """Rows such as 07500.wav;2,11 below a header with a comma are not rows of unknown ids."""
    rows = [f"{i};{str(p).replace('.', ',')}" for i, p in zip(IDS, PREDICTIONS, strict=True)]
    (finding,) = report_of(lines([*ROWS[:first], *rows[first:]]), challenge).findings
    assert finding.code == "XAC006"
    assert finding.message == f"the delimiter is a semicolon, expected a comma ({12 - first} rows)"


def test_quoted_ids_behind_a_plain_header_with_semicolons(challenge):
    """One wrong delimiter is one finding, though rows and header are read in two ways."""
    rows = [f'"{i}";{p}' for i, p in zip(IDS, PREDICTIONS, strict=True)]
    text = lines(rows, HEADER.replace(",", ";"))
    (finding,) = report_of(text, challenge).findings
    assert (finding.code, finding.line) == ("XAC006", 1)


def test_ids_that_are_written_as_decimal_numbers(variant):
    """7.0 for 7 lacks no zeros and has none too many."""
    challenge = variant(('ending = ".wav"\n', ""), ids=map(str, range(3)))
    (finding,) = report_of(lines(["0.0,1", "1.0,2", "2.0,3.5"]), challenge).findings
    assert finding.message == "3 ids are written as decimal numbers; the first: '0.0' must be '0'"
    assert "leading" not in finding.message
    with pytest.raises(NotFixableError, match="an index"):
        fix_predictions(lines(["0,1", "1,2", "2,3.5"], ",pred_score\n").encode(), challenge)


def test_a_split_whose_name_has_blanks(variant):
    """The ids of such a split are recognised, and the hint can be copied to a shell."""
    challenge = variant(("[splits.validation]", '[splits."my split"]'))
    (finding,) = report_of(CASES["other_split"], challenge).findings
    assert finding.code == "XAC022"
    assert "--split 'my split'" in finding.hint


def test_decimal_commas_beside_an_unnamed_column(challenge):
    """The second halves of numbers are not an unused column."""
    rows = [row.replace(".wav", "@").replace(".", ",").replace("@", ".wav") for row in ROWS]
    report = report_of(lines(rows, HEADER.replace("\n", ",\n")), challenge)
    assert not report.valid
    assert "decimal point" in report.findings[0].hint


def test_references_have_one_finding_for_one_cause(challenge, tmp_path):
    """Rows of references that cannot be read are neither missing nor outside the scale."""
    file = tmp_path / "references.csv"
    for char, code in ((",", "XAC014"), (";", "XAC006")):
        values = [str(value).replace(".", ",") for value in PREDICTIONS]
        rows = [f"{i}{char}{value}" for i, value in zip(IDS, values, strict=True)]
        file.write_text(lines(rows, "wav_file_name,average_score\n"), encoding="utf-8")
        with pytest.raises(xe.ReferencesError) as caught:
            xe.load_references(file, challenge)
        assert [finding.code for finding in caught.value.findings] == [code]


@pytest.mark.parametrize(
    ("line", "code"), [("07503.wav,99", "XAC035"), ("07503.wav,9,3,4", "XAC014"), ("x,1", "XAC021")]
)
def test_a_wrong_delimiter_hides_no_fault_of_another_row(line, code, challenge):
    """Three rows have another delimiter, and a fourth one has a fault of its own."""
    rows = [row.replace(",", ";") for row in ROWS[:3]]
    found = report_of(lines([*rows, line, *ROWS[4:]]), challenge).findings
    assert {"XAC006", code} <= {finding.code for finding in found}
    if code == "XAC014":
        assert len(found) == 2


def test_the_line_of_excel_above_rows_without_a_header(challenge):
    """The line sep=, is named, and deleted by fix; it is not a header of unknown names."""
    text = "sep=,\n" + lines(ROWS, "")
    (finding,) = report_of(text, challenge).findings
    assert finding.message == (
        "line 1 is the delimiter of Excel: 'sep=,'; the data begin in line 2"
    )
    assert finding.hint == "Delete line 1."
    assert fix_predictions(text.encode(), challenge).text == lines(ROWS, "")

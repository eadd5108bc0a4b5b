"""``xacle-eval fix``: the form of a file is corrected, and no value is made up."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.submissions.cases import (
    CASES,
    CHALLENGE,
    FIXED,
    GOOD,
    HEADER,
    IDS,
    NOT_FIXED,
    PREDICTIONS,
    ROWS,
    lines,
    small_challenge,
)
from tests.submissions.test_causes import data_of, report_of
from xacle_eval.submissions.checking import check
from xacle_eval.submissions.fixing import NotFixableError, fix_predictions
from xacle_eval.submissions.reading import Source


@pytest.fixture(scope="module")
def challenge():
    """The challenge of twelve pairs."""
    return small_challenge()


def values_of(text):
    """Return the values of a fixed file by id, as they are written."""
    rows = list(csv.reader(io.StringIO(text)))
    header = rows[0] if "wav" in "".join(rows[0]) and "score" in "".join(rows[0]) else None
    names = header or ["wav_file_name", "pred_score"]
    id_, value = names.index("wav_file_name"), names.index("pred_score")
    return {row[id_]: float(row[value]) for row in rows[1 if header else 0 :]}


@pytest.mark.parametrize("name", FIXED)
def test_faults_of_form_are_corrected(name, challenge):
    """The result is valid and has the values of the file; a second run changes nothing."""
    fixed = fix_predictions(data_of(CASES[name]), challenge)
    assert report_of(fixed.text, challenge).valid
    assert fixed.changes
    again = fix_predictions(fixed.text.encode(), challenge)
    assert (again.changes, again.text) == ((), fixed.text)
    expected = values_of(GOOD)
    changed = {p for p, v in values_of(fixed.text).items() if v != expected[p]}
    assert changed <= {"07503.wav"}
    assert not changed or name.startswith(("minus", "v_tensor"))


@pytest.mark.parametrize("name", sorted(NOT_FIXED))
def test_what_needs_a_decision_is_left_and_reported(name, challenge):
    """No value is made up: the file is refused, or the result is still invalid."""
    try:
        text = fix_predictions(data_of(CASES[name]), challenge).text
    except NotFixableError:
        text = CASES[name]
    assert not report_of(text, challenge).valid


def test_a_valid_file_is_returned_as_it_is(challenge):
    """Nothing changes in a valid file, with either line end and with a byte order mark."""
    for text in (
        GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("wav_file_name", '"wav_file_name"'),
    ):
        fixed = fix_predictions(text.encode(), challenge)
        assert (fixed.text, fixed.changes) == (text, ())
    assert fix_predictions(b"\xef\xbb\xbf" + GOOD.encode(), challenge).text == GOOD


def test_rows_are_sorted_and_line_ends_kept(challenge):
    """Rows are written in the order of the manifest, with the file's own line end."""
    text = lines([ROWS[3], *ROWS[:3], *ROWS[4:]]).replace("\n", "\r\n")
    fixed = fix_predictions(text.encode(), challenge)
    assert fixed.text == GOOD.replace("\n", "\r\n")
    assert [str(change) for change in fixed.changes] == [
        "sorted the rows as in the manifest: 4 lines (2, 3, 4, 5)"
    ]


def test_missing_repeated_unknown_and_empty_stay(challenge):
    """Rows that need a decision are kept as they are written, and reported."""
    text = lines([*ROWS[:8], "07500.wav,9", "other.wav,1", "07509.wav,"])
    fixed = fix_predictions(text.encode(), challenge)
    assert sorted(fixed.text.splitlines()) == sorted(text.splitlines())
    found = {finding.code for finding in report_of(fixed.text, challenge).findings}
    assert found == {"XAC021", "XAC023", "XAC024", "XAC030"}


def with_halves(form):
    """Return rows of ids and numbers."""
    return [form.format(pair, number) for number, pair in enumerate(IDS)]


UNCLEAR = {
    # Rows above the first valid one are rows, not a title or a header.
    "first row without a value": ("", ["07500.wav,NaN", *ROWS]),
    "first row without a number": ("", ["07500.wav,", *ROWS]),
    "first row of another file": ("", ["other.wav,1", "99999.wav,2", *ROWS]),
    "a row above the header": ("other.wav,1\nwav_file_name,pred_score\n", ROWS),
    "a row below unknown names": ("file,mos\n", ["OTHER,", *ROWS]),
    # It is unclear which of two numbers has the comma.
    "a column behind": ("wav_file_name,pred_score,n\n", with_halves("{},2,{},40")),
    "a column before": ("wav_file_name,n,pred_score\n", with_halves("{},40,5,{}")),
    "a text with a comma": ("wav_file_name,text,pred_score\n", with_halves("{},rain, 3,{}")),
    "a column without a name": ("wav_file_name,pred_score,\n", with_halves("{},2,{}")),
    "a negative half": (HEADER, with_halves("{},2,-{}")),
    # A name of another column is not that of predictions.
    "averages": ("wav_file_name,average_score\n", ROWS),
    "ratings of a listener": ("wav_file_name,listener\n", ROWS),
}
VALUES = (
    *('"(2.11, 3.4)"', '"(2,11)"', "(2.11)", '"[2.11, 3.4]"', "[2.11", "np.exp(2.11)", "2'5"),
    *("2\x085", "2 5", '"2"5', '"2"".""5"', "12.05.2026", '"1.234,5"', '"1,234,567"', "2\xa05"),
)


@pytest.mark.parametrize("name", UNCLEAR)
def test_no_row_and_no_value_is_guessed(name, challenge):
    """A file that can be read in two ways is refused, or stays invalid with all its rows."""
    head, rows = UNCLEAR[name]
    text = lines(rows, head)
    assert not report_of(text, challenge).valid
    try:
        fixed = fix_predictions(text.encode(), challenge)
    except NotFixableError:
        return
    assert not report_of(fixed.text, challenge).valid
    assert set(rows) <= set(fixed.text.splitlines())


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_number_is_made_up(value, delimiter, challenge):
    """A field that is not one number stays as it is, whatever else is corrected."""
    rows = [f"07500.wav,{value}", *ROWS[1:]]
    text = lines([row.replace(",", delimiter, 1) for row in rows], HEADER.replace(",", delimiter))
    fixed = fix_predictions(text.encode(), challenge)
    assert not report_of(fixed.text, challenge).valid
    assert not any("number" in str(change) for change in fixed.changes)


@pytest.mark.parametrize(
    ("maximum", "values", "fixed"),
    [
        (10, ["1,234", "2,345"], True),  # 1,234 would be far outside the scale
        (2000, ["1,234", "1,345"], False),
        (2000, ["1,234", "234,5"], True),  # the second comma can only be decimal
        (2000, ["1.234", "234,5"], False),  # points can then separate thousands
        (2000, ["0,234", "1,345"], True),
    ],
)
def test_a_comma_that_can_separate_thousands_stays(maximum, values, fixed, tmp_path):
    """A comma or a point is only read as decimal if it cannot be anything else."""
    file = tmp_path / "challenge.toml"
    text = CHALLENGE.replace("maximum = 10", f"maximum = {maximum}")
    file.write_text(text.replace("last = 7511", "last = 7501"), encoding="utf-8")
    rows = [f"{i};{value}" for i, value in zip(IDS, values, strict=False)]
    challenge = xe.load_challenge(file)
    result = fix_predictions(lines(rows, HEADER.replace(",", ";")).encode(), challenge)
    assert report_of(result.text, challenge).valid == fixed
    if fixed:
        expected = [float(value.replace(",", ".")) for value in values]
        assert list(values_of(result.text).values()) == expected


def test_decimal_commas_before_a_delimiter_at_the_end(challenge):
    """The delimiter at the end of every line is not the second half of a number."""
    rows = [f"{i},{str(p).replace('.', ',')}," for i, p in zip(IDS, PREDICTIONS, strict=True)]
    fixed = fix_predictions(lines(rows, HEADER.replace("\n", ",\n")).encode(), challenge)
    assert values_of(fixed.text) == values_of(GOOD)


def test_a_file_of_too_many_rows_is_refused(challenge):
    """No more rows are read than a check reads."""
    text = lines(["07500.wav;1,5"] * 125, HEADER.replace(",", ";"))
    with pytest.raises(NotFixableError, match="more than 124 rows"):
        fix_predictions(text.encode(), challenge)


def test_a_file_with_two_names_of_a_column(challenge):
    """The proper name is used, as in the check of the file."""
    text = "wav_file_name;pred_score;score\n" + "".join(
        f"{row.replace(',', ';')};9\n" for row in ROWS
    )
    fixed = fix_predictions(text.encode(), challenge)
    assert values_of(fixed.text) == values_of(GOOD)
    assert report_of(fixed.text, challenge).valid


def test_ids_that_are_numbers(tmp_path):
    """Columns without names are read in their order; values are not taken for ids."""
    file = tmp_path / "challenge.toml"
    text = CHALLENGE.replace("first = 7500\nlast = 7511", "first = 1\nlast = 9")
    text = text.replace("{:05d}.wav", "{}").replace('ending = ".wav"\n', "")
    file.write_text(text, encoding="utf-8")
    challenge = xe.load_challenge(file)
    rows = [f"{n};{10 - n}" for n in range(1, 10)]
    for text in (lines(rows, ""), lines(rows, "wav_file_name;pred_score\n")):
        fixed = fix_predictions(text.encode(), challenge)
        assert fixed.text == text.replace(";", ",")
        assert report_of(fixed.text, challenge).valid


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp932", "utf-8-sig", "cp1252"])
def test_other_encodings(encoding, challenge):
    """A file in another encoding is decoded; the text column keeps its letters."""
    text = {"cp932": "犬が吠える", "cp1252": "un chien à côté"}.get(encoding, "犬 à côté")
    rows = [f"{row.split(',')[0]},{text},{row.split(',')[1]}" for row in ROWS]
    data = lines(rows, "wav_file_name,text,pred_score\n").encode(encoding)
    fixed = fix_predictions(data, challenge)
    assert text in fixed.text
    assert report_of(fixed.text, challenge).valid


@given(
    order=st.permutations(range(len(IDS))),
    delimiter=st.sampled_from([",", ";", "\t", "|", "，"]),
    stem=st.booleans(),
    index=st.booleans(),
    quoted=st.booleans(),
)
def test_forms_can_be_combined(order, delimiter, stem, index, quoted):
    """Whatever the order, delimiter, ids, index and quotes are, the values of the pairs stay."""
    rows = []
    for n, place in enumerate(order):
        pair, value = ROWS[place].split(",")
        pair = str(int(pair[:5])) if stem else pair
        fields = [f'"{pair}"' if quoted and delimiter != "，" else pair, value]
        rows.append(delimiter.join([str(n), *fields] if index else fields))
    header = delimiter.join(["", "wav_file_name", "pred_score"][0 if index else 1 :])
    fixed = fix_predictions(lines(rows, header + "\n").encode(), small_challenge())
    assert values_of(fixed.text) == values_of(GOOD)


@pytest.fixture
def folder(tmp_path):
    """A folder with the challenge and a file with ids without zeros."""
    (tmp_path / "challenge.toml").write_text(CHALLENGE, encoding="utf-8")
    (tmp_path / "zeros.csv").write_text(CASES["zeros"], encoding="utf-8")
    return tmp_path


def fix(folder, *arguments, **settings):
    """Run the command in a folder."""
    return xacle_eval("fix", "--challenge", "challenge.toml", *arguments, cwd=folder, **settings)


def test_the_command_lists_changes_and_checks_the_result(folder):
    """Changes are on stderr with their lines, the report on stdout; the input is unchanged."""
    done = fix(folder, "zeros.csv", "-o", "fixed.csv")
    assert done.code == 0
    assert done.err.splitlines() == [
        "wrote the id as in the manifest: 12 lines (2, 3, 4, 5, 6 and 7 more)",
        "wrote fixed.csv",
    ]
    assert done.out.splitlines() == ["valid    fixed.csv  12 predictions"]
    assert (folder / "fixed.csv").read_text() == GOOD
    assert (folder / "zeros.csv").read_text() == CASES["zeros"]


def test_the_command_overwrites_nothing(folder):
    """The input is never overwritten, another file only with --force; the exit code is 2."""
    assert fix(folder, "zeros.csv", "-o", "zeros.csv", "--force").code == 2
    (folder / "fixed.csv").write_text("mine\n")
    refused = fix(folder, "zeros.csv", "-o", "fixed.csv")
    assert (refused.code, refused.out) == (2, "")
    assert "pass --force to overwrite it" in refused.err
    assert (folder / "fixed.csv").read_text() == "mine\n"
    assert fix(folder, "zeros.csv", "-o", "fixed.csv", "--force").code == 0


def test_the_difference_is_shown(folder):
    """--diff shows a unified difference of limited length, and writes nothing."""
    done = fix(folder, "zeros.csv", "--diff")
    assert done.code == 0
    assert done.out.splitlines()[:6] == [
        "--- zeros.csv",
        "+++ fixed",
        "@@ -1,13 +1,13 @@",
        " wav_file_name,pred_score",
        "-7500,2.11",
        "-7501,3.5",
    ]
    assert "+07511.wav,3.75" in done.out
    assert sorted(file.name for file in folder.iterdir()) == ["challenge.toml", "zeros.csv"]


def test_a_file_that_stays_invalid_has_exit_code_1(folder):
    """What is left is reported in the lines of the input; an invalid file is not written."""
    (folder / "na.csv").write_text("title\n" + CASES["v_na_"].replace(",", ";"))
    done = fix(folder, "na.csv", "-o", "fixed.csv")
    assert done.code == 1
    assert "XAC030 na.csv:6\n" in done.out
    assert "nothing was written" in done.err
    assert not (folder / "fixed.csv").exists()
    (folder / "page.csv").write_text(CASES["html"])
    done = fix(folder, "page.csv", "-o", "page_fixed.csv")
    assert done.code == 1
    assert "XAC004 page.csv" in done.out
    assert not (folder / "page_fixed.csv").exists()


@pytest.fixture(scope="module")
def two_targets(tmp_path_factory):
    """A challenge of the same pairs with two targets, one of which may be left out."""
    text = CHALLENGE
    for table in ("predictions", "references", "ratings"):
        head, _, rest = text.partition(f"[{table}]\n")
        text = head + rest[rest.index("\n[") + 1 :]
    text += "\n[targets.quality]\n[targets.match]\noptional = true\n"
    file = tmp_path_factory.mktemp("targets") / "challenge.toml"
    file.write_text(text, encoding="utf-8")
    return xe.load_challenge(file)


@pytest.mark.parametrize(
    ("header", "optional"),
    [("wav_file_name;quality;match\n", True), ("", True), ("wav_file_name;quality\n", False)],
)
def test_every_target_is_corrected(header, optional, two_targets):
    """Each column of predictions is corrected, with and without a header."""
    rows = []
    for row in ROWS:
        pair, value = row.split(",")
        rows.append(f"{int(pair[:5])};{value.replace('.', ',')}" + (";[2.5]" if optional else ""))
    fixed = fix_predictions(lines(rows, header).encode(), two_targets)
    report = check(Source.of_bytes(fixed.text.encode(), "x.csv"), two_targets, "A_01", "A").report
    assert report.valid, report.findings
    assert fixed.text.splitlines()[-1] == "07511.wav,3.75" + (",2.5" if optional else "")


def test_a_damaged_compressed_file_is_reported(tmp_path):
    """A file that only ends in .gz is reported as by validate, and nothing is written."""
    from tests.cli.helpers import EXAMPLE, xacle_eval

    file = tmp_path / "predictions.csv.gz"
    file.write_bytes(b"wav_file_name,pred_score\n001.wav,1\n")
    result = xacle_eval("fix", file, "-o", tmp_path / "out.csv", *EXAMPLE)
    assert (result.code, "XAC001" in result.out) == (1, True)
    assert not (tmp_path / "out.csv").exists()


def test_every_part_of_a_compressed_file_is_read(folder):
    """Some programs compress a file in parts; damage of the second part is found, too."""
    text, half = CASES["zeros"].encode(), len(CASES["zeros"]) // 2
    parts = [gzip.compress(text[:half]), gzip.compress(text[half:])]
    (folder / "zeros.csv.gz").write_bytes(b"".join(parts))
    assert fix(folder, "zeros.csv.gz", "-o", "fixed.csv").code == 0
    assert (folder / "fixed.csv").read_text() == GOOD
    (folder / "zeros.csv.gz").write_bytes(b"".join(parts)[:-4])
    damaged = fix(folder, "zeros.csv.gz", "-o", "other.csv")
    assert (damaged.code, "XAC001" in damaged.out) == (1, True)
    assert not (folder / "other.csv").exists()

"""Checking: valid files in every notation give the same result, and no file raises."""

import inspect
import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xacle_eval as xe
from tests.helpers import DATA, codes, make_submission
from xacle_eval.challenge.columns import ScoreRange
from xacle_eval.submissions import checking, columns, ids, values
from xacle_eval.submissions.checking import check, check_file, check_predictions
from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.reading import Reading, Source
from xacle_eval.submissions.sources import label_of
from xacle_eval.submissions.values import parse_numbers

SMALL = xe.load_challenge(DATA / "invalid" / "challenge.toml")
IDS = SMALL.manifest.ids
SCORES = st.lists(st.floats(-100, 110), min_size=len(IDS), max_size=len(IDS))


def check_text(text, challenge=SMALL):
    """Check a text."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return check(Source.of_bytes(data, "x.csv"), challenge, "A_01", "A")


@given(SCORES, st.permutations(range(len(IDS))), st.booleans())
def test_row_order_is_free(values, order, header):
    """Rows in any order give the same predictions, to the bit, in manifest order."""
    rows = [f"{IDS[i]},{values[i]!r}" for i in order]
    checked = check_text("\n".join((["wav_file_name,pred_score"] if header else []) + rows))
    assert checked.report.valid
    assert checked.predictions.tolist() == values
    assert checked.report.pairs == len(IDS)


@given(SCORES, st.data())
def test_every_way_to_write_the_same_content(values, data):
    """BOM, line ending, quotes, column order and names, and folders change no prediction."""
    draw = data.draw
    names = {"id": draw(st.sampled_from([*SMALL.ids.names, "WAV_FILE_NAME", " filename "])),
             "value": draw(st.sampled_from([*SMALL.predictions.names, "Pred_Score"]))}  # fmt: skip
    order = draw(st.permutations(["id", "value", *(["note"] if draw(st.booleans()) else [])]))
    header = order != ["id", "value"] or draw(st.booleans())
    mark = '"' if draw(st.booleans()) else ""
    folder = draw(st.sampled_from(["", "/", "wav/test/", "./"]))
    number = draw(st.sampled_from([repr, "{:.17e}".format, "+{!r} ".format]))
    rows = [{"id": names["id"], "value": names["value"], "note": "n"}] if header else []
    for pair, value in zip(IDS, values, strict=True):
        text = number(value).replace("+-", "-")
        rows.append({"id": folder + pair, "value": text, "note": '"a,\n""b"""'})
    cells = [
        ",".join(row[c] if c == "note" else mark + row[c] + mark for c in order) for row in rows
    ]
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(cells) + draw(
        st.sampled_from(["", "\n", "\n\n"])
    )
    checked = check_text(draw(st.sampled_from(["", "\ufeff"])) + text)
    assert checked.report.valid, checked.report.findings
    assert checked.predictions.tolist() == values
    expected = {"XAC013"} if "note" in order else set()
    assert set(codes(checked.report.findings)) & {"XAC013", "XAC025"} == expected | (
        {"XAC025"} if folder else set()
    )


VALID = "wav_file_name,pred_score\n" + "".join(f"{pair},{n}.5\n" for n, pair in enumerate(IDS))
PIECES = [
    *(
        b",",
        b'"',
        b"\n",
        b"\r",
        b";",
        b"\t",
        b"\0",
        b"\xff",
        b"nan",
        b"inf",
        b"1e999",
        b"/",
        b"101.wav",
    ),
    *(b" ", b"-", b"\xef\xbb\xbf", b"score", b"_", "\u202e".encode(), "٣".encode()),
]


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_no_mutation_of_a_valid_file_raises(seed, number):
    """Any mutation of a file gives printable findings, and only a complete file is valid."""
    rng = random.Random(seed)  # noqa: S311 -- no secret
    data = bytearray(VALID.encode())
    for _ in range(number):
        at = rng.randrange(len(data) + 1)
        size = rng.choice([0, 0, 1, 3, 12])
        data[at : at + size] = rng.choice(
            [*PIECES, bytes(data[at : at + 30]), bytes([rng.randrange(256)]), b""]
        )
    checked = check_text(bytes(data))
    report = checked.report
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert report.valid is not bool(errors)
    assert report.model_dump_json()
    assert report.valid is (checked.predictions is not None)
    if report.valid:
        assert np.isfinite(checked.predictions).all()
        assert report.pairs == len(IDS)
    for finding in report.findings:
        assert finding.count >= 1
        assert list(finding.lines) == sorted(finding.lines)
        assert finding.line == (finding.lines[0] if finding.lines else None)
        assert "\n" not in finding.message


NUMBERS = st.one_of(
    st.floats().map(repr),
    st.text("0123456789.eE+-_ nainfx,٣", max_size=8),
    st.sampled_from(
        [
            "1e100",
            "-1e100",
            "1.0000000000000002e100",
            "1e-400",
            "-0",
            "0x10",
            ".5",
            "5.",
            ".",
            "+",
            "1e",
            "1_0",
            "\x1c7",
            "7\u2003",
            "NULL",
            "n/a",
            "１",
            "1d5",
            "infinity",
            "-nan",
            "0" * 400 + "1",
        ]
    ),
)


@given(st.lists(NUMBERS, min_size=1, max_size=4))
def test_whole_columns_and_single_fields_give_the_same_numbers(texts):
    """The fast path for valid columns equals reading field by field."""
    fast = values._fast_numbers(texts)
    slow = [values._number(text.strip()) for text in texts]
    if fast is not None:
        assert [name for name, _ in slow] == [""] * len(texts)
        assert fast.tobytes() == np.array([value for _, value in slow]).tobytes()
    numbers = [*range(len(texts))]
    lines = [number + 1 for number in numbers]
    reading = Reading("x", [["p", text] for text in texts], lines, raw=["p,\n"] * len(texts))
    table = Table(reading, {"id": 0, "value": 1}, ["", ""], first=0, width=2, rows=numbers)
    parsed = parse_numbers(table, "value", "prediction")
    assert parsed.tobytes() == np.array([value for _, value in slow]).tobytes()
    assert sum(finding.count for finding in table.findings) == sum(name != "" for name, _ in slow)


def test_a_number_is_a_plain_decimal_number():
    """The field-by-field path accepts exactly the numbers of the format's grammar."""
    grammar = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
    rng = random.Random(1)  # noqa: S311 -- no secret
    for _ in range(3000):
        text = "".join(rng.choices("0123456789.eE+-", k=rng.randrange(1, 7)))
        name, value = values._number(text)
        assert (name in ("", "number-too-large")) is bool(
            grammar.fullmatch(text)
        ) or name == "prediction-missing"
        if not name:
            assert value == float(text)


def test_a_long_row_of_digits():
    """A field of 130,000 digits and a letter is refused without exponential backtracking."""
    text = "wav_file_name,pred_score\n101.wav," + "1" * 130_000 + "x\n"
    assert "XAC031" in codes(check_text(text).report.findings)


def test_checking_cannot_see_a_reference():
    """No function of the package has a parameter for a reference, and no module imports one."""
    for module in (checking, columns, ids, values):
        for _, function in inspect.getmembers(module, inspect.isfunction):
            words = " ".join(
                (*inspect.signature(function).parameters, str(inspect.signature(function)))
            )
            assert "eferences" not in words.replace("PreparedReferences", "")
        assert not hasattr(module, "References")


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("a/Takano_UTokyo_03.csv", "Takano_UTokyo_03"),
        ("Takano.v1.CSV", "Takano.v1"),
        ("answer.txt", "answer"),
        ("sub.zip", "sub"),
        ("A_01.pred", "A_01"),
        ("A_01.tsv", "A_01.tsv"),
        (".csv", ".csv"),
        ("plain", "plain"),
    ],
)
def test_the_label_of_a_file(path, label):
    """A system's label is its file's name without an ending that the challenge knows."""
    assert label_of(path, (".pred",)) == label


def test_the_team_is_the_folders_or_the_labels(tmp_path):
    """The team is the folder's name; without a folder it is taken from the label."""
    path = make_submission(tmp_path / "Ame_UTokyo_03.csv", dict.fromkeys(IDS, 5.0))
    assert check_file(path, SMALL).report.team == "Ame_UTokyo"
    assert check_file(path, SMALL, team="Kaze").report.team == "Kaze"


@pytest.mark.parametrize(
    ("predictions", "scores", "expected"),
    [
        ([0, 1, 0.5], (0, 10), ["XAC037"]),
        ([0, 1, 0.5], (1, 5), ["XAC037"]),
        ([0, 1, 0.5], (0, 1), []),
        ([0, 1, 0.5], (-1, 1), []),
        ([0.1, 0.9, -0.5], (-1, 1), []),
        ([0.1, 0.9, -0.5], (0, 10), ["XAC037"]),
        ([0.1, 0.9, -1.5], (0, 10), []),
        ([20, 90, 50], (0, 100), []),
        ([20, 90, 50], (1, 5), ["XAC037"]),
        ([20, 900, 50], (1, 5), []),
        ([9, 9.5, 12], (0, 10), []),
        ([5, 5, 5], (0, 10), ["XAC036"]),
        ([-0.0, 0.0], (0, 10), ["XAC036"]),
        ([5], (0, 10), []),
    ],
)
def test_predictions_as_a_whole(predictions, scores, expected):
    """Another scale and constant predictions are reported."""
    scale = ScoreRange(minimum=scores[0], maximum=scores[1])
    assert codes(check_predictions(np.array(predictions, dtype=float), scale)) == expected


def test_heavy_ties_begin_at_one_value_in_twenty(xacle):
    """Two decimals, as in the baseline, are not reported; whole numbers are."""
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, 3000)
    for decimals, expected in ((2, []), (0, ["XAC038"])):
        assert codes(check_predictions(values.round(decimals), xacle.scores)) == expected


def test_a_whole_submission_of_the_wrong_split(xacle, tmp_path):
    """3,000 predictions for the validation split are reported in one finding."""
    rows = dict.fromkeys(xacle.manifest_of("validation").ids, 5.0)
    report = check_file(make_submission(tmp_path / "A_01.csv", rows), xacle).report
    found = {finding.code: finding.count for finding in report.findings}
    assert found == {"XAC022": 3000}
    assert check_file(tmp_path / "A_01.csv", xacle.with_split("validation")).report.valid


def test_all_that_is_wrong_is_told_at_once(xacle, tmp_path, xacle_predictions):
    """Six different errors are six findings, and predictions off the scale a seventh."""
    rows = list(xacle_predictions.items())
    rows[10] = ("10510", 5.0)
    rows[20] = ("10520.wav", "")
    rows[30] = ("10530.wav", "NaN")
    rows[40] = ("1054O.wav", 5.0)
    rows.append(("13499.wav", 5.0))
    findings = check_file(make_submission(tmp_path / "A_01.csv", rows), xacle).report.findings
    assert codes(findings) == ["XAC024", "XAC026", "XAC030", "XAC032", "XAC021", "XAC023", "XAC035"]
    assert [finding.line for finding in findings[:6]] == [None, 12, 22, 32, 42, 3002]
    assert "Did you mean 10540.wav?" in findings[4].hint

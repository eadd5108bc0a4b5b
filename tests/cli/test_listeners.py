"""``listeners``: a file of ratings studied through the real command."""

import csv
import io
import json
import re

import jsonschema
import pytest

import xacle_eval as xe
from tests.cli.helpers import DATA, EXAMPLE, xacle_eval
from tests.helpers import SHARED_DATA
from xacle_eval.cli.schema import _COMMANDS
from xacle_eval.listeners import SCREENING_METHODS, Ratings, noise_ceiling, reliability
from xacle_eval.reports.documents import DOCUMENTS

RATINGS = "example/ratings.csv"
REL = SHARED_DATA / "relate" / "REL.csv"
RELATE = ("--challenge", "challenges/relate")


def example_ratings():
    """The example's ratings, read without the toolkit."""
    rows = list(csv.DictReader((DATA / RATINGS).read_text().splitlines()))
    return Ratings.from_arrays(
        [row["wav_file_name"] for row in rows],
        [row["listener_id"] for row in rows],
        [float(row["score"]) for row in rows],
    )


def test_the_json_holds_the_numbers_of_the_room_and_fits_its_schema():
    """ICC, alpha and ceilings are those of the functions on the same ratings; the JSON fits the schema."""
    done = xacle_eval("listeners", RATINGS, *EXAMPLE, "--format", "json")
    assert done.code == 0
    document = json.loads(done.out)
    schema = json.loads(xacle_eval("schema", "listeners").out)
    jsonschema.validate(document, schema)
    ratings = example_ratings()
    assert document["schema"] == "xacle-eval/listeners/1"
    assert document["before"]["reliability"]["icc1"] == reliability(ratings).icc1
    assert document["before"]["ceiling"]["ceilings"] == noise_ceiling(ratings).to_dict()["ceilings"]
    assert "screening" not in document or document["screening"] is None
    assert xacle_eval("listeners", RATINGS, *EXAMPLE, "--format", "json").out == done.out


def test_the_averages_serve_as_references(tmp_path):
    """The averages that are written, taken as references, score a system as the ratings do."""
    target = tmp_path / "averages.csv"
    assert xacle_eval("listeners", RATINGS, *EXAMPLE, "--averages", target, "-q").code == 0
    system = DATA / "example/submissions/Hibari_01.csv"
    challenge = DATA / "example"
    from_averages = xe.score(system, target, challenge=challenge)
    from_ratings = xe.score(system, DATA / RATINGS, challenge=challenge)
    assert from_averages.references.kind == "averages"
    assert from_averages.metrics == pytest.approx(from_ratings.metrics, abs=1e-12)


def test_a_screening_stands_beside_what_was_before(tmp_path):
    """With --screen both columns are shown, those who would go are named, and the averages follow."""
    summary = tmp_path / "listeners.csv"
    done = xacle_eval(
        "listeners", RATINGS, *EXAMPLE, "--screen", "agreement", "--set", "tolerance=1", "--summary", summary
    )
    assert done.code == 0
    assert re.search(r"Quantity +Before +After", done.out)
    assert "Who or what would go" in done.out
    assert "tolerance 1.0" in done.out
    rows = list(csv.DictReader(summary.read_text().splitlines()))
    assert len(rows) == len(set(example_ratings().listener_ids))


def test_csv_has_every_quantity_once():
    """CSV is one table of quantities before and after."""
    done = xacle_eval("listeners", RATINGS, *EXAMPLE, "--format", "csv", "--screen", "no-variation")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    names = [row["quantity"] for row in rows]
    assert len(names) == len(set(names))
    assert {"description.n_ratings", "reliability.icc1", "floor.value"} <= set(names)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--screen", "anchors", "--set", "limit=1"), "anchor"),
        (("--screen", "rest-correlation"), "minimum"),
        (("--set", "limit=1"), "--set goes with --screen"),
        (("--screen", "agreement", "--set", "tolerance"), "NAME=VALUE"),
        (("--screen", "agreement", "--set", "tolerence=1"), "tolerance"),
        (("--flag", "anchor=wav"), "no column 'wav'"),
        (("--flag", "anchor=text"), "expected true or false"),
    ],
)
def test_what_cannot_be_meant_is_said(arguments, said):
    """A setting that is missing, mistyped or without its column ends in 2 and says what is expected."""
    done = xacle_eval("listeners", RATINGS, *EXAMPLE, *arguments)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


def test_faults_of_the_file_are_located(tmp_path):
    """A rating that is no number and one outside the scale are found with line and column, and end in 2."""
    file = tmp_path / "ratings.csv"
    file.write_text("wav_file_name,score,listener_id\n001.wav,5,a\n001.wav,x,b\n002.wav,11,a\n002.wav,3,\n")
    done = xacle_eval("listeners", file, *EXAMPLE)
    assert done.code == 2
    for code, place in (("XAC031", ":3:9"), ("XAC035", ":4:9"), ("XAC052", ":5:11")):
        assert re.search(rf"{place}\s+{code}|{code}.*{place}", done.err), done.err


def test_one_clip_with_two_texts_is_two_pairs(tmp_path):
    """Ratings of a clip with another text are of another pair, as RELATE's anchors are."""
    file = tmp_path / "ratings.csv"
    rows = [("1.wav", "a", 9), ("1.wav", "a", 8), ("1.wav", "b", 1), ("1.wav", "b", 0), ("2.wav", "c", 5)]
    lines = [f"{clip},{text},{score},{n}" for n, (clip, text, score) in enumerate(rows)]
    file.write_text("wav_file_name,text,score,listener_id\n" + "\n".join(lines) + "\n")
    done = xacle_eval("listeners", file, "--format", "json")
    assert json.loads(done.out)["before"]["description"]["n_pairs"] == 3


def test_the_methods_offered_are_those_of_the_room():
    """The choices of --screen are the room's methods."""
    done = xacle_eval("listeners", "--help")
    shown = "".join(done.out.split())  # a name may be broken at its hyphen
    assert all(method in shown for method in SCREENING_METHODS)


def test_the_schemas_offered_are_those_of_the_documents():
    """Every JSON document's schema can be asked for."""
    assert tuple(_COMMANDS) == tuple(DOCUMENTS)


@pytest.mark.skipif(not REL.is_file(), reason="../shared/data/relate/REL.csv is not here")
def test_relate_s_anchors_reproduce_its_own_marks():
    """Screening RELATE by its anchors finds 5,058 of the 6,900 ratings it excludes, and no other one.

    The limit, a mean of 5/3 over a listener's three anchors, was found by looking at the marks.
    """
    flags = ("--flag", "anchor=anchor label", "--screen", "anchors", "--set", f"limit={5 / 3}")
    done = xacle_eval("listeners", REL, *RELATE, "--keep-excluded", *flags, "--format", "json", "-q")
    assert done.code == 0, done.err
    gone = {each["listener_id"] for each in json.loads(done.out)["screening"]["removals"]}
    rows = [row for row in csv.DictReader(REL.read_text().splitlines()) if row["anchor label"] == "False"]
    marked = [row["in RELATE dataset"] == "excluded" for row in rows]
    found = [row["listener_id"] in gone for row in rows]
    pairs = list(zip(found, marked, strict=True))
    assert pairs.count((True, True)) == 5_058
    assert pairs.count((True, False)) == 0
    assert pairs.count((False, True)) == 1_842
    assert pairs.count((False, False)) == 17_760

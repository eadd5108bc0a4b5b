"""``listeners``: a file of ratings analysed with the real command."""

import csv
import io
import json
import re
import shutil

import jsonschema
import pytest

import xacle_eval as xe
from tests.cli.helpers import DATA, EXAMPLE, in_process, in_terminal, plain, xacle_eval
from tests.helpers import REPOSITORY, SHARED_DATA
from xacle_eval.cli.schema import _COMMANDS
from xacle_eval.listeners import SCREENING_METHODS, Ratings, noise_ceiling, reliability
from xacle_eval.reports.formats.documents import DOCUMENTS

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


def test_the_json_has_the_numbers_of_the_functions_and_matches_its_schema():
    """ICC and ceilings equal those of the functions on the same ratings; the JSON is valid."""
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
    """A system gets the same score from the written averages as from the ratings."""
    target = tmp_path / "averages.csv"
    assert xacle_eval("listeners", RATINGS, *EXAMPLE, "--averages", target, "-q").code == 0
    system = DATA / "example/submissions/Hibari_01.csv"
    challenge = DATA / "example"
    from_averages = xe.score(system, target, challenge=challenge)
    from_ratings = xe.score(system, DATA / RATINGS, challenge=challenge)
    assert from_averages.references.kind == "averages"
    assert from_averages.metrics == pytest.approx(from_ratings.metrics, abs=1e-12)


def test_a_screening_shows_values_before_and_after(tmp_path):
    """With --screen the text shows both columns and the removals; --summary has every listener."""
    summary = tmp_path / "listeners.csv"
    done = xacle_eval(
        "listeners",
        RATINGS,
        *EXAMPLE,
        "--screen",
        "agreement",
        "--set",
        "tolerance=1",
        "--summary",
        summary,
    )
    assert done.code == 0
    assert re.search(r"Quantity +Before +After", done.out)
    assert "Removals" in done.out
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
    ("arguments", "message"),
    [
        (("--screen", "anchors", "--set", "limit=1"), "anchor"),
        (("--screen", "rest-correlation"), "minimum"),
        (("--set", "limit=1"), "--set has no effect without --screen"),
        (("--screen", "agreement", "--set", "tolerance"), "NAME=VALUE"),
        (("--screen", "agreement", "--set", "tolerence=1"), "tolerance"),
        (("--screen", "agreement", "--flag", "anchor=wav"), "no column 'wav'"),
        (
            ("--screen", "agreement", "--flag", "anchor=text"),
            "example/ratings.csv:2:9 the column 'text' contains 'a dog barks'; expected true",
        ),
        (("--screen", "anchors", "--set", "limit=1", "--set", "flag=odd"), "--flag odd=COLUMN"),
        (
            ("--screen", "anchors", "--set", "drop_anchors=no"),
            "drop_anchors: expected true or false",
        ),
    ],
)
def test_invalid_settings_are_usage_errors(arguments, message):
    """A setting that is missing, mistyped or lacks its column exits with 2 and a message."""
    done = in_process("listeners", RATINGS, *EXAMPLE, *arguments)
    assert done.code == 2
    assert message in done.err
    assert done.out == ""


def test_errors_in_the_file_are_located(tmp_path):
    """An empty id or listener, a non-number and an out-of-range value have a line and column."""
    file = tmp_path / "ratings.csv"
    file.write_text(
        "wav_file_name,score,listener_id\n001.wav,5,a\n001.wav,x,b\n002.wav,11,a\n002.wav,3,\n,4,a\n"
    )
    done = xacle_eval("listeners", file, *EXAMPLE)
    assert done.code == 2
    for code, place in (
        ("XAC020", ":6:1"),
        ("XAC031", ":3:9"),
        ("XAC035", ":4:9"),
        ("XAC052", ":5:11"),
    ):
        assert re.search(rf"{place}\s+{code}|{code}.*{place}", done.err), done.err


def test_one_clip_with_two_texts_is_two_pairs(tmp_path):
    """Ratings of a clip with another text belong to another pair, as in RELATE's anchors."""
    file = tmp_path / "ratings.csv"
    rows = [
        ("1.wav", "a", 9),
        ("1.wav", "a", 8),
        ("1.wav", "b", 1),
        ("1.wav", "b", 0),
        ("2.wav", "c", 5),
    ]
    lines = [f"{clip},{text},{score},{n}" for n, (clip, text, score) in enumerate(rows)]
    file.write_text("wav_file_name,text,score,listener_id\n" + "\n".join(lines) + "\n")
    done = xacle_eval("listeners", file, "--format", "json")
    assert json.loads(done.out)["before"]["description"]["n_pairs"] == 3
    target = tmp_path / "averages.csv"
    written = xacle_eval("listeners", file, "--averages", target)
    assert "wrote 2 averages" in written.err
    assert "1 id has ratings of several texts" in written.err
    averages = {
        row["wav_file_name"]: row["average_score"]
        for row in csv.DictReader(target.read_text().splitlines())
    }
    assert averages == {"1.wav": "4.5", "2.wav": "5.0"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--averages", "ratings.csv"),
        ("--summary", "./ratings.csv"),
        ("--output", "link.csv"),
        ("--averages", "new.csv", "--summary", "new.csv"),
        ("--output", "new.csv", "--averages", "./new.csv"),
    ],
)
def test_no_output_overwrites_the_ratings_or_another_output(arguments, tmp_path):
    """Output over the ratings, or two outputs in one file, are refused before any writing."""
    ratings = tmp_path / "ratings.csv"
    shutil.copy(DATA / RATINGS, ratings)
    (tmp_path / "link.csv").symlink_to(ratings)
    done = in_process(
        "listeners", "ratings.csv", *arguments, "--challenge", DATA / "example", cwd=tmp_path
    )
    assert done.code == 2
    assert "would be overwritten" in done.err
    assert done.out == ""
    assert ratings.read_bytes() == (DATA / RATINGS).read_bytes()
    assert not (tmp_path / "new.csv").exists()


def test_several_outputs_may_go_to_a_device():
    """/dev/null accepts more than one output."""
    done = xacle_eval(
        "listeners", RATINGS, *EXAMPLE, "--averages", "/dev/null", "--summary", "/dev/null", "-q"
    )
    assert (done.code, done.err) == (0, "")


def test_summary_escapes_formulas(tmp_path):
    """A listener whose name is a formula is written to --summary with an apostrophe."""
    file = tmp_path / "ratings.csv"
    rows = [("1.wav", 5, "=HYPERLINK(1)"), ("1.wav", 7, "b"), ("2.wav", 3, "=HYPERLINK(1)")]
    file.write_text(
        "wav_file_name,score,listener_id\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows)
    )
    summary = tmp_path / "listeners.csv"
    assert xacle_eval("listeners", file, "--summary", summary).code == 0
    header, first, second = csv.reader(summary.read_text().splitlines())
    assert header[:4] == ["listener_id", "n", "n_shared", "mean"]
    assert first[:4] == ["'=HYPERLINK(1)", "2", "1", "4.0"]
    # b rated once: no standard deviation, no correlation with the others.
    assert second == ["b", "1", "1", "7.0", "", "2.0", "", "0.0", "0.0"]


def test_averages_keep_ordinary_ids_and_report_escaped_ones(tmp_path):
    """Ordinary ids are written as they are; an id that begins with a sign is escaped and named."""
    ids = ["1.wav", "a,b.wav", 'say "hi".wav', "犬.wav", "=x.wav"]
    file = tmp_path / "ratings.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["wav_file_name", "score", "listener_id"])
        writer.writerows([name, 2 * n + k, f"l{k}"] for n, name in enumerate(ids) for k in (0, 1))
    target = tmp_path / "averages.csv"
    done = xacle_eval("listeners", file, "--averages", target)
    assert done.code == 0
    with target.open(newline="", encoding="utf-8") as stream:
        read_back = [row["wav_file_name"] for row in csv.DictReader(stream)]
    assert read_back == [*ids[:-1], "'=x.wav"]
    assert "1 id ('=x.wav') was escaped for spreadsheets" in done.err
    file.write_text(file.read_text(encoding="utf-8").replace("=x.wav", "x.wav"), encoding="utf-8")
    assert "escaped" not in xacle_eval("listeners", file, "--averages", target).err


def test_a_flag_may_have_the_name_of_a_column_of_ratings():
    """A flag called pair is a flag like any other, not an internal error."""
    flag = ("--screen", "agreement", "--flag", "pair=text")
    done = xacle_eval("listeners", RATINGS, *EXAMPLE, *flag, "-q")
    assert done.code == 2
    assert "expected true or false" in done.err


def test_the_environment_gives_flags_and_settings_by_lines(tmp_path):
    """XACLE_EVAL_FLAG holds one flag per line; the JSON equals that of the options."""
    file = tmp_path / "ratings.csv"
    rows = [
        (f"{n}.wav", (n + k) % 9 + (k == 3) * 1, f"l{k}", str(n == 0).lower())
        for n in range(8)
        for k in range(4)
    ]
    lines = "".join(f"{pair},{score},{who},{mark}\n" for pair, score, who, mark in rows)
    file.write_text(f"wav_file_name,score,listener_id,anchor label\n{lines}")
    common = ("listeners", file, "--screen", "anchors", "--format", "json")
    settings = ("--set", "limit=2", "--set", "drop_anchors=true")
    by_options = xacle_eval(*common, "--flag", "anchor=anchor label", *settings)
    by_environment = xacle_eval(
        *common, XACLE_EVAL_FLAG="anchor=anchor label", XACLE_EVAL_SET="limit=2\ndrop_anchors=true"
    )
    assert by_options.code == by_environment.code == 0, by_environment.err
    assert by_environment.out == by_options.out
    assert (
        json.loads(by_options.out)["screening"]["n_removed"] == 4 + 7
    )  # the anchors, and the rest of l3


def test_the_method_of_the_ceiling_is_named_before_and_after():
    """The text names the estimates, the model and what the intervals draw."""
    done = xacle_eval(
        "listeners", RATINGS, *EXAMPLE, "--screen", "agreement", "--set", "tolerance=1"
    )
    text = " ".join(done.out.split())
    assert "LCC from variances, SRCC and KTAU from ordinal deconvolution)." in text
    for when in ("Before", "After"):
        assert f"{when}: Model of the ratings: plain (all pairs equally noisy). With " in text
    assert "Before: An estimate of a variance below zero (listeners) counts as 0" in text
    assert "After: An estimate" not in text
    assert (
        "1,000 resamples of pairs (24 pairs in 1 part; pairs of one part share listeners)" in text
    )


def test_the_tables_fit_a_terminal_of_80_columns():
    """In a terminal with 80 columns no line is longer, with values before and after."""
    done = in_terminal(
        "listeners", RATINGS, *EXAMPLE, "--screen", "agreement", "--set", "tolerance=1"
    )
    assert done.code == 0
    lines = plain(done.out).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("listener_07") for line in lines)


def test_screen_offers_every_method():
    """The choices of --screen are the screening methods."""
    done = xacle_eval("listeners", "--help")
    shown = "".join(done.out.split())  # a name may be broken at its hyphen
    assert all(method in shown for method in SCREENING_METHODS)


def test_schema_offers_every_document():
    """The schema of every JSON document is available."""
    assert tuple(_COMMANDS) == tuple(DOCUMENTS)


needs_relate = pytest.mark.skipif(
    not REL.is_file(), reason="../shared/data/relate/REL.csv is not here"
)


@pytest.mark.long
@needs_relate
def test_relate_s_anchors_reproduce_its_own_marks():
    """Screening RELATE by its anchors removes 5,058 of its 6,900 exclusions and nothing else.

    The limit, a mean of 5/3 over a listener's three anchors, was derived from the exclusions.
    """
    flags = ("--flag", "anchor=anchor label", "--screen", "anchors", "--set", f"limit={5 / 3}")
    done = xacle_eval(
        "listeners", REL, *RELATE, "--keep-excluded", *flags, "--format", "json", "-q"
    )
    assert done.code == 0, done.err
    gone = {each["listener_id"] for each in json.loads(done.out)["screening"]["removals"]}
    rows = [
        row
        for row in csv.DictReader(REL.read_text().splitlines())
        if row["anchor label"] == "False"
    ]
    marked = [row["in RELATE dataset"] == "excluded" for row in rows]
    found = [row["listener_id"] in gone for row in rows]
    pairs = list(zip(found, marked, strict=True))
    assert pairs.count((True, True)) == 5_058
    assert pairs.count((True, False)) == 0
    assert pairs.count((False, True)) == 1_842
    assert pairs.count((False, False)) == 17_760


# The values of RELATE in docs/listeners.md: ratings, pairs, ICC(1,1), ICC(1,k), ceilings of SRCC
# and LCC, MSE floor.
ANCHORS = ("--keep-excluded", "--flag", "anchor=anchor label", "--screen", "anchors")
RELATE_TABLE = {
    ("--keep-excluded",): (28_770, 6_917, 0.568, 0.854, 0.868, 0.893, 1.960),
    (): (17_774, 5_463, 0.444, 0.750, 0.792, 0.799, 2.707),
    (*ANCHORS, "--set", f"limit={5 / 3}"): (22_869, 6_665, 0.635, 0.871, 0.861, 0.895, 2.241),
    (*ANCHORS, "--set", "limit=10", "--set", "drop_anchors=true"): (
        24_660, 5_928, 0.394, 0.743, 0.808, 0.813, 2.072,
    ),
    (*ANCHORS, "--set", f"limit={5 / 3}", "--set", "drop_anchors=true"): (
        19_602, 5_712, 0.439, 0.753, 0.790, 0.804, 2.563,
    ),
}  # fmt: skip

RELATE_MODELS = {
    ("--keep-excluded",): "noise per pair",
    (): "plain",
    (*ANCHORS, "--set", f"limit={5 / 3}"): "careless answers",
}


@pytest.mark.long
@needs_relate
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(arguments, marks=[pytest.mark.long] if place > 1 else [])
        for place, arguments in enumerate(RELATE_TABLE)
    ],
)
def test_the_documented_figures_of_relate(arguments):
    """The command gives the values of the RELATE table in docs/listeners.md."""
    done = xacle_eval("listeners", REL, *RELATE, *arguments, "--format", "json", "-q")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    found = document["after"] or document["before"]
    ceilings = {each["metric"]: each["value"] for each in found["ceiling"]["ceilings"]}
    expected = RELATE_TABLE[arguments]
    assert (found["description"]["n_ratings"], found["description"]["n_pairs"]) == expected[:2]
    values = (
        found["reliability"]["icc1"], found["reliability"]["icck"],
        ceilings["SRCC"], ceilings["LCC"], found["floor"]["value"],
    )  # fmt: skip
    assert values == pytest.approx(expected[2:], abs=5.1e-4)
    assert document["excluded"] == (0 if "--keep-excluded" in arguments else 10_996)
    if arguments in RELATE_MODELS:
        assert found["ceiling"]["model"] == RELATE_MODELS[arguments]


def test_the_page_of_listeners_names_the_models_of_relate():
    """The row "model" of the table of RELATE has the models that the command gives."""
    page = (REPOSITORY / "docs" / "listeners.md").read_text(encoding="utf-8")
    assert f"| model | {' | '.join(RELATE_MODELS.values())} |" in page


@pytest.mark.long
@needs_relate
def test_relate_s_reliability_is_that_of_a_plain_analysis_of_variance():
    """ICC(1,1) and alpha of RELATE equal those of pandas and the krippendorff package."""
    pandas = pytest.importorskip("pandas")
    krippendorff = pytest.importorskip("krippendorff")
    frame = pandas.read_csv(REL, dtype={"listener_id": str})
    frame = frame[frame.groupby(["wavname", "text"])["score"].transform("size") > 1]
    groups = frame.groupby(["wavname", "text"])["score"]
    k, means = groups.size(), groups.mean()
    total, pairs = len(frame), len(k)
    between = (k * (means - frame["score"].mean()) ** 2).sum() / (pairs - 1)
    within = ((frame["score"] - groups.transform("mean")) ** 2).sum() / (total - pairs)
    k0 = (total - (k**2).sum() / total) / (pairs - 1)
    units = frame.groupby(["wavname", "text"])["score"].value_counts().unstack(fill_value=0)
    alpha = krippendorff.alpha(
        value_counts=units.to_numpy(),
        value_domain=list(units.columns),
        level_of_measurement="interval",
    )
    done = xacle_eval("listeners", REL, *RELATE, "--keep-excluded", "--format", "json", "-q")
    found = json.loads(done.out)["before"]["reliability"]
    assert found["icc1"] == pytest.approx(
        (between - within) / (between + (k0 - 1) * within), rel=1e-9
    )
    assert found["alpha"] == pytest.approx(alpha, rel=1e-9)

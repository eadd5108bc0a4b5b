"""Results in Python: their texts are those of the command, in every format, and short names."""

import copy
import inspect
import io
import json
import pickle
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from click.testing import CliRunner

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.cli.main import main
from xacle_eval.metrics.evaluation import Evaluation
from xacle_eval.submissions.reports import SubmissionReports

FORMATS = ("text", "markdown", "latex", "csv", "json")
PATHS = ["example/submissions/Hibari_01.csv", "example/submissions/Suzume_01.csv"]
MUSIC = {"challenge": "challenges/audiomos2025_track1"}
MUSIC_SENT = "challenges/audiomos2025_track1/submissions"
SMALL = {"references": "invalid/references.csv", "challenge": "invalid/challenge.toml"}
FEW = xe.Bootstrap(resamples=50)
# click before 8.2 writes stderr into stdout unless it is told not to.
MIXES = "mix_stderr" in inspect.signature(CliRunner).parameters
SEPARATE = {"mix_stderr": False} if MIXES else {}
PYDANTIC = {"copy", "dict", "json", "construct", "from_orm", "parse_obj", "schema", "validate"}
# The same call in Python and as a command; both run in tests/data.
CALLS = {
    "score": (
        lambda: xe.score(PATHS[0], challenge="example"),
        ["score", PATHS[0], "--challenge", "example"],
    ),
    "intervals": (
        lambda: xe.score(PATHS[0], challenge="example", bootstrap=FEW, profile=True),
        ["score", PATHS[0], "--challenge", "example", "--bootstrap", "50", "--profile"],
    ),
    "undefined": (
        lambda: xe.score("invalid/submissions/constant.csv", **SMALL),
        ["score", "invalid/submissions/constant.csv", "--challenge", "invalid/challenge.toml",
         "--references", "invalid/references.csv"],
    ),
    "targets": (
        lambda: xe.score(f"{MUSIC_SENT}/T01.txt", **MUSIC),
        ["score", f"{MUSIC_SENT}/T01.txt", "--challenge", MUSIC["challenge"]],
    ),
    "leaderboard": (
        lambda: xe.leaderboard("example/submissions", challenge="example", bootstrap=FEW),
        ["leaderboard", "example/submissions", "--challenge", "example", "--bootstrap", "50"],
    ),
    "unranked": (
        lambda: xe.leaderboard("invalid/submissions/constant.csv",
                               "invalid/submissions/id_duplicate.csv", by="team", **SMALL),
        ["leaderboard", "invalid/submissions/constant.csv",
         "invalid/submissions/id_duplicate.csv", "--by", "team", "--challenge",
         "invalid/challenge.toml", "--references", "invalid/references.csv"],
    ),
    "boards": (
        lambda: xe.leaderboard(MUSIC_SENT, **MUSIC),
        ["leaderboard", MUSIC_SENT, "--challenge", MUSIC["challenge"]],
    ),
    "rank": (
        lambda: xe.rank("published.csv", challenge="example"),
        ["rank", "published.csv", "--challenge", "example"],
    ),
    "compare": (
        lambda: xe.compare(*PATHS, challenge="example", bootstrap=FEW),
        ["compare", *PATHS, "--challenge", "example", "--bootstrap", "50"],
    ),
    "validate": (
        lambda: xe.validate("example/submissions", challenge="example"),
        ["validate", "example/submissions", "--challenge", "example"],
    ),
    "plan": (
        lambda: xe.plan_test_set("example/ratings.csv", difference=0.1, listeners=(2, 4),
                                 challenge="example"),
        ["plan", "example/ratings.csv", "--difference", "0.1", "--listeners", "2,4",
         "--challenge", "example"],
    ),
    "audit": (
        lambda: xe.audit("example", tries=4, repetitions=2),
        ["audit", "--challenge", "example", "--tries", "4", "--repetitions", "2"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results of all calls, each made once."""
    folder = tmp_path_factory.mktemp("results")
    for name in ("example", "challenges", "invalid"):
        (folder / name).symlink_to(DATA / name)
    (folder / "published.csv").write_text("system,SRCC,LCC,KTAU,MSE\nA_01,.6,.6,.4,3\nB,.5,.5,.3,4")
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, (call, _) in CALLS.items():
            made[name] = call()
        yield made


def command(arguments, format_):
    """Return what the command prints to stdout."""
    given = arguments if format_ == "text" else [*arguments, "--format", format_]
    if format_ == "csv":  # which has no profile
        given = [each for each in given if each != "--profile"]
    done = CliRunner(**SEPARATE).invoke(main, given, standalone_mode=False, obj={})
    assert done.exception is None, done.exception
    return done.stdout


@pytest.mark.parametrize("name", CALLS)
def test_the_text_is_that_of_the_command(name, results):
    """``print(result)`` prints what the command prints for the same call."""
    printed = command(CALLS[name][1], "text")
    assert f"{results[name]}\n" == printed
    assert results[name].to_text() == printed


@pytest.mark.parametrize("format_", FORMATS[1:])
@pytest.mark.parametrize("name", ["intervals", "unranked", "boards", "compare", "rank"])
def test_every_format_is_that_of_the_command(name, format_, results):
    """A result in any format is what the command writes in that format."""
    assert getattr(results[name], f"to_{format_}")() == command(CALLS[name][1], format_)


def test_the_json_of_reports_is_that_of_the_command(results):
    """The JSON of ``validate`` is the document of the command, and can be read again."""
    assert results["validate"].to_json() == command(CALLS["validate"][1], "json")
    assert SubmissionReports.from_json(results["validate"].to_json()) == results["validate"]
    assert results["validate"].valid is True


def test_the_csv_of_reports_has_a_row_for_each_finding(results):
    """Findings are rows of the CSV, with their codes and hints."""
    reports = xe.validate("invalid/submissions/id_duplicate.csv", challenge="invalid")
    table = pd.read_csv(io.StringIO(reports.to_csv()))
    assert table["code"].tolist() == [found.code for found in reports[0].findings]
    assert reports.to_frame()["hint"].tolist() == [found.hint for found in reports[0].findings]
    assert "XAC" in reports.to_markdown()
    assert reports[0].to_text().startswith("invalid  invalid/submissions/id_duplicate.csv")


@pytest.mark.parametrize("name", CALLS)
def test_the_repr_is_one_short_line(name, results):
    """The repr of a result names its class and main facts in one line."""
    text = repr(results[name])
    assert re.fullmatch(r"<\w+ [^\n]+>", text)
    assert text.startswith(f"<{type(results[name]).__name__} ")
    assert len(text) < 200


def test_the_repr_names_the_facts(results):
    """A score card names system, metrics, pairs and references; a board its first system."""
    card, board = results["score"], results["leaderboard"]
    srcc = f"SRCC {card.metrics['SRCC']:.3f}"
    assert repr(card).startswith(f"<ScoreCard Hibari_01: {srcc}, LCC ")
    assert repr(card).endswith(f", {card.n} pairs, ratings>")
    assert f"first {board.entries[0].system} (SRCC " in repr(board)
    assert repr(xe.load_challenge("example")).startswith("<Challenge ")
    assert repr(xe.load_references(None, xe.load_challenge("xacle2026"))) == (
        "<References DEMO RATINGS: 3,000 pairs, 24,000 ratings>"
    )


@pytest.mark.parametrize("name", CALLS)
def test_tab_completion_has_only_our_names(name, results):
    """``dir`` has fields and methods of the package, and nothing that pydantic adds."""
    names = set(dir(results[name]))
    assert not [name for name in names if name.startswith(("_", "model_", "parse_"))]
    assert not names & PYDANTIC
    assert {"to_frame", "to_text", "to_markdown", "to_latex", "to_csv", "to_json"} <= names
    assert set(getattr(type(results[name]), "model_fields", ())) <= names


def test_tab_completion_of_parts_and_challenges(results):
    """Entries, findings and challenges have only names of the package, too."""
    things = (results["leaderboard"].entries[0], xe.load_challenge("example"))
    for thing in (*things, results["score"].references):
        assert not [name for name in dir(thing) if name.startswith(("_", "model_", "parse_"))]
        assert not set(dir(thing)) & PYDANTIC
    assert "with_metrics" in dir(things[1])


@pytest.mark.parametrize("name", CALLS)
def test_results_survive_pickle_and_copies(name, results):
    """A pickled and a copied result are equal to the first one, with the same text."""
    result = results[name]
    for other in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):  # noqa: S301
        assert other == result
        assert str(other) == str(result)
        assert type(other) is type(result)


@pytest.mark.parametrize("name", ["score", "intervals", "targets", "compare", "plan", "rank"])
def test_json_round_trips(name, results):
    """The JSON of a result gives the same result and text again."""
    kind = type(results[name])
    again = kind.from_json(results[name].to_json())
    assert again == results[name]
    assert str(again) == str(results[name])
    assert kind.model_validate_json(again.model_dump_json()) == again


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is not JSON ("),
        ("board.json", "line 1 column 1); to read a file, pass its text"),
        (b"\xff", "the text is not JSON ("),
        ("[" * 100_000, "the text is not JSON (recursion"),
        (None, "expected the JSON as text or bytes, not as NoneType"),
        ({"a": 1}, "expected the JSON as text or bytes, not as dict"),
        ("[]", "the JSON is of another kind, or was changed: Input should be an object"),
        ('{"schema": "xacle-eval/plan/1"}', "the document has the schema xacle-eval/plan/1, or"),
        ('{"schema": "\\u001b[31m", "n": 1}', "the JSON is of another kind, or was changed: Field"),
    ],
)
@pytest.mark.parametrize("kind", [xe.ScoreCard, xe.TargetScores, SubmissionReports])
def test_json_that_is_no_result(kind, text, message):
    """Other JSON, other text and other objects are errors of the package without their values."""
    with pytest.raises(xe.UsageError) as caught:
        kind.from_json(text)
    assert str(caught.value).startswith(f"{kind.__name__}.from_json: ")
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("path", [None.__class__, 5, b"a.csv", io.StringIO()])
def test_a_result_is_written_to_a_path_only(path, results):
    """Something else than a path is named, and nothing is written."""
    with pytest.raises(xe.UsageError, match=r"^path must be a path; got "):
        results["score"].to_csv(path)


def test_a_result_of_an_older_json_has_a_text(results):
    """Without the presentation of the challenge, its name is the title."""
    data = json.loads(results["score"].to_json())
    del data["presentation"]
    text = str(xe.ScoreCard.from_json(json.dumps(data)))
    assert text.startswith(f"{data['challenge']}, split test\n\nSystem ")


def test_the_json_of_a_board_is_rounded(results):
    """Texts of a board can be published; its attributes and its frame have all digits."""
    board = results["leaderboard"]
    value = board.entries[0].metrics["LCC"]
    written = json.loads(board.to_json())["entries"][0]["metrics"]["LCC"]
    assert written == round(value, 3) != value
    assert board.to_frame()["LCC"][0] == value
    assert float(pd.read_csv(io.StringIO(board.to_csv()))["LCC"][0]) == round(value, 3)


def test_the_frame_has_what_the_csv_has(results):
    """The frame of a board has intervals, rank sets, clusters and the signature."""
    for name in ("intervals", "leaderboard", "boards", "compare", "rank", "plan", "targets"):
        frame, text = results[name].to_frame(), results[name].to_csv()
        assert list(frame.columns) == list(pd.read_csv(io.StringIO(text)).columns)
        assert len(frame) == text.count("\n") - 1
    frame = results["leaderboard"].to_frame()
    assert {"SRCC_low", "rank_low", "cluster", "letters", "p_first", "signature"} <= set(frame)
    assert set(results["boards"].to_frame()["target"]) == {"MI", "TA", "overall"}
    assert set(frame["references"]) == {"ratings"}


def test_missing_ranks_are_missing_integers(results):
    """A rank that does not exist is missing, and the other ranks stay whole numbers."""
    frame = results["boards"].to_frame()
    assert str(frame["rank"].dtype) == "Int64"
    assert 0 < frame["rank"].isna().sum() < len(frame)


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "csv", "json"])
def test_results_are_written_to_files(form, results, tmp_path):
    """With a path, a result is written to the file, and nothing is returned."""
    path = tmp_path / "board.out"
    method = getattr(results["leaderboard"], f"to_{form}")
    assert method(path) is None
    assert path.read_text() == method()
    with pytest.raises(xe.OutputError, match="missing"):
        results["leaderboard"].to_csv(tmp_path / "missing" / "board.csv")


class _Cells(HTMLParser):
    """Collects the tags and the texts of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.attributes = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Keep a tag with its attributes."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        """Keep a text."""
        self.texts.append(data)


@pytest.mark.parametrize("name", CALLS)
def test_the_html_is_complete(name, results):
    """The HTML of a notebook has every table, no address, no script and no style sheet."""
    found = _Cells(results[name]._repr_html_())
    assert {"table", "caption", "th", "td"} <= set(found.tags)
    assert not {"script", "style", "link", "img"} & set(found.tags)
    assert {key for key, _ in found.attributes} <= {"style", "scope"}
    # Colours of the page are inherited, so that light and dark themes can be read.
    styles = " ".join(value for _, value in found.attributes)
    assert "background: transparent" in styles
    assert not re.search(r"(?<![-\w])color: (?!inherit)", styles)
    # A number or an interval stays in one line.
    aligned = [value for _, value in found.attributes if "text-align: right" in value]
    assert all("white-space: nowrap" in value for value in aligned)


def test_the_title_in_captions_is_escaped(results):
    """The title of a challenge is text in HTML, LaTeX and Markdown, also from a changed JSON."""
    data = json.loads(results["score"].to_json())
    data["presentation"]["title"] = "</caption><b>\\input{x} $ % & _ | `\x1b[31m"
    card = xe.ScoreCard.from_json(json.dumps(data))
    page = card._repr_html_()
    assert "<b>" not in page
    assert page.count("</caption>") == page.count("<caption")
    (caption,) = [line for line in card.to_latex().splitlines() if line.startswith("\\caption")]
    assert "\\textbackslash{}input\\{x\\} \\$ \\% \\& \\_ " in caption
    assert "&lt;b&gt;" in card.to_markdown().splitlines()[0]
    assert "\\|" in card.to_markdown().splitlines()[0]
    for text in (page, card.to_latex(), card.to_markdown(), str(card), repr(card)):
        assert "\x1b" not in text


def test_names_in_html_are_escaped():
    """Markup and formulas in the name of a system are shown as text."""
    name = "<b onclick=x>&\"'$x$_01"
    scores = {pair: 5.0 + place for place, pair in enumerate(_small_ids())}
    found = xe.score(scores, DATA / "invalid/references.csv", challenge=DATA / "invalid",
                     system=name)  # fmt: skip
    page = found._repr_html_()
    assert "<b onclick" not in page
    assert "$" not in page
    assert name in "".join(_Cells(page).texts)


def _small_ids():
    return xe.load_challenge(DATA / "invalid").manifest.ids


def test_an_evaluation_shows_itself():
    """The result of two arrays has the same methods; it is also a mapping."""
    found = xe.evaluate([1.0, 2.0, 4.0], [1.0, 3.0, 4.0], ["SRCC", "MSE"])
    assert str(found).splitlines()[2].split() == ["n", "SRCC", "↑", "MSE", "↓"]
    assert repr(found) == "<Evaluation SRCC 1.000, MSE 0.333, 3 pairs>"
    assert found.to_frame().to_dict("records") == [{"n": 3, **found.metrics}]
    assert json.loads(found.to_json())["metrics"] == dict(found)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301
    assert "to_latex" in dir(found)
    assert isinstance(found, Evaluation)
    undefined = xe.evaluate([1.0, 1.0], [1.0, 2.0])
    assert json.loads(undefined.to_json())["metrics"]["SRCC"] is None


def test_the_overall_board_alone(results):
    """The overall board of several targets has its own text, which is in that of all boards."""
    boards = results["boards"]
    assert boards.overall.to_text() in boards.to_text()
    assert repr(boards.overall).startswith("<OverallBoard ")
    assert "mean_rank" in boards.overall.to_frame()
    assert xe.OverallBoard.from_json(boards.overall.model_dump_json()) == boards.overall

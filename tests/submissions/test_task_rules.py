"""The task's rules: resources, training data, ensembles, collected data, claimed results."""

import pytest

import xacle_eval as xe
from tests.helpers import DATA, codes
from tests.submissions.descriptions import description
from xacle_eval.challenge.loading import challenge_problems
from xacle_eval.submissions.task_rules import check_description, compare_results

XACLE = xe.load_challenge("xacle2026")
HEADER = "name,type,added,link\n"
LIST = HEADER + (
    "RoBERTa-large,model,2025-09-14,https://example.org/roberta\nAudioCaps,data,2025-09-20,http://www.example.org/ac/\n"
)


@pytest.fixture
def with_list(tmp_path):
    """Make the example challenge with a list of approved resources and XACLE's rules."""

    def make(text=LIST):
        (tmp_path / "approved.csv").write_text(text)
        rules = '[packages]\napproved = "approved.csv"\n'
        rules += 'ensembles = "forbidden"\ncollected_data = "forbidden"\n'
        challenge = (
            (DATA / "example" / "challenge.toml")
            .read_text()
            .replace('references = "ratings.csv"', "# ")
        )
        (tmp_path / "challenge.toml").write_text(f"{challenge}\n{rules}")
        return xe.load_challenge(tmp_path)

    return make


def findings_of(challenge, text):
    """The findings about a description."""
    found = check_description(text.encode(), "x.yaml", "Kumo_01", challenge)
    return found[1]


def test_approved_resources_have_no_finding(with_list):
    """Resources on the list, by name in any case or by link, have no findings."""
    challenge = with_list()
    assert findings_of(challenge, description()) == []
    assert (
        findings_of(challenge, description().replace("name: RoBERTa-large", "name: roberta LARGE"))
        == []
    )
    by_link = (
        description()
        .replace("name: AudioCaps", "name: AC v2")
        .replace("example.org/data", "example.org/ac")
    )
    assert findings_of(challenge, by_link) == []


def test_what_is_not_on_the_list(with_list):
    """A resource off the list is an error with a suggestion; a requested one is a warning."""
    text = description().replace("name: RoBERTa-large", "name: RoBERTa-lage")
    text = text.replace("example.org/model", "example.org/other")
    found = findings_of(with_list(), text)
    assert codes(found) == ["XAC110"]
    assert found[0].line == text[: text.index("name: RoBERTa-lage")].count("\n") + 1
    assert found[0].hint == "Did you mean RoBERTa-large?"
    asked = findings_of(with_list(), text.replace("requested: false", "requested: true", 1))
    assert [(finding.code, finding.severity) for finding in asked] == [("XAC111", "warning")]


def test_without_a_list():
    """Without a list, unchecked resources are one finding; a system without resources has none."""
    assert codes(findings_of(XACLE, description())) == ["XAC112"]
    text = description()
    models = text[text.index("  pretrained_models:") : text.index("  # Every data set")]
    data = text[text.index("  external_data:") : text.index("  training_data:")]
    none = text.replace(models, "  pretrained_models: []\n").replace(data, "  external_data: []\n")
    assert findings_of(XACLE, none) == []


@pytest.mark.parametrize("trained_on", ["", "      trained_on: []\n"])
def test_what_a_model_was_trained_on(trained_on):
    """A pre-trained model without training data breaks a rule of its own."""
    line = "      trained_on: [BookCorpus, English Wikipedia]\n"
    found = findings_of(XACLE, description().replace(line, trained_on))
    assert "XAC113" in codes(found)
    assert "XAC104" not in codes(found)


def test_ensembles_and_mixtures_of_experts(with_list):
    """An ensemble is an error if the challenge forbids it; a mixture of experts never is."""
    ensemble = description().replace("ensemble: false", "ensemble: true")
    mixture = description().replace("mixture_of_experts: false", "mixture_of_experts: true")
    assert codes(findings_of(with_list(), ensemble)) == ["XAC114"]
    assert findings_of(with_list(), mixture) == []
    allowed = xe.load_challenge(DATA / "example")
    assert "XAC114" not in codes(findings_of(allowed, ensemble))


def test_collected_data(with_list):
    """Newly collected data is an error if the challenge forbids it."""
    text = (
        description()
        .replace("audio: false", "audio: true")
        .replace("ratings: false", "ratings: true")
    )
    found = findings_of(with_list(), text)
    assert codes(found) == ["XAC115"]
    assert found[0].message == "new data was collected for training: audio, ratings"
    assert "XAC115" not in codes(findings_of(xe.load_challenge(DATA / "example"), text))


def test_a_slip_hides_no_rule(with_list):
    """Invalid or missing keys do not prevent the rules about the other keys."""
    slips = {
        "name: RoBERTa-large": "name: RoBERTa-lage",
        "example.org/model": "example.org/other",
        "      trained_on: [BookCorpus, English Wikipedia]\n": "",
        "name: AudioCaps": "name: <Data>",
        "total_parameters: 371000000": "total_parameters: many",
        "ensemble: false": "ensemble: true",
        "audio: false": "audio: perhaps",
        "texts: false": "texts: true",
    }
    text = description(**slips)
    described, found = check_description(text.encode(), "x.yaml", "Kumo_01", with_list())
    assert described is None
    assert sorted(codes(found)) == [
        "XAC105",
        "XAC105",
        "XAC106",
        "XAC110",
        "XAC113",
        "XAC114",
        "XAC115",
    ]


def test_resources_that_cannot_be_read(with_list):
    """Resources without a name, or that are not a list, are errors of the description only."""
    text = description()
    models = text[text.index("  pretrained_models:") : text.index("  # Every data set")]
    for value in ("[x, {}, {name: }, {name: 5}, {name: ' '}]", "RoBERTa", "{a: b}", ""):
        found = findings_of(with_list(), text.replace(models, f"  pretrained_models: {value}\n"))
        assert set(codes(found)) <= {"XAC104", "XAC105"}
        assert found
    assert codes(findings_of(with_list(), text[: text.index("system:")] + "system: [a]\n")) == [
        "XAC105"
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "approved.csv:1: column name not found"),
        ("a,b\nx,y\n", "approved.csv:1: column name not found"),
        (HEADER + "RoBERTa,model\n", "approved.csv:2: 2 fields, expected 4"),
        (HEADER + "--,model,,\n", "approved.csv:2: the name has no letter or digit"),
        (HEADER + '"x', "approved.csv:2: invalid CSV; check the quotation marks"),
        ("name;type;added;link\nx;y;z;w\n", "column name not found"),
    ],
)
def test_a_list_that_cannot_be_used(with_list, tmp_path, text, says):
    """An invalid list is the organiser's error, with its line, also in `challenge check`."""
    challenge = with_list(text)
    with pytest.raises(xe.ChallengeError, match=r"packages\.approved") as raised:
        _ = challenge.approved
    assert says in str(raised.value)
    assert any("packages.approved" in problem for problem in challenge_problems(tmp_path))


def test_the_list_is_part_of_the_challenge(with_list):
    """Another list makes another challenge, with another hash in every signature."""
    assert (
        with_list().sha256
        != with_list(LIST + "BEATs,model,2025-10-01,https://example.org/beats\n").sha256
    )


def test_claimed_results():
    """A claim must equal the computed value at the claim's own decimals, at least two."""
    text = description().replace("# results:\n#   validation:", "results:\n  validation:")
    claimed, _ = check_description(text.encode(), "x.yaml", "Kumo_01", XACLE)
    right = {"SRCC": 0.38412, "LCC": 0.3957, "KTAU": 0.2644, "MSE": 4.8359}
    assert compare_results(claimed, "validation", right, 3, "x") is None
    assert compare_results(claimed, "test", right, 3, "x") is None
    finding = compare_results(claimed, "validation", {**right, "SRCC": 0.3862, "MSE": 3.8}, 3, "x")
    assert (finding.code, finding.severity, finding.count) == ("XAC116", "warning", 2)
    assert "SRCC 0.384, computed 0.386; MSE 4.836, computed 3.8" in finding.message
    assert compare_results(claimed, "validation", {**right, "SRCC": None}, 3, "x") is None

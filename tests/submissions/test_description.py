"""Descriptions: the filled-in template is valid, and every error has its place and a hint."""

import re

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

import xacle_eval as xe
from tests.helpers import codes
from tests.submissions.descriptions import VALUES, description
from xacle_eval.submissions.description import (
    SystemDescription,
    description_schema,
    description_template,
    read_description,
)
from xacle_eval.submissions.yaml_reading import read_yaml

CHALLENGE = xe.load_challenge("xacle2026")


def found_in(text, label="Kumo_01"):
    """The findings of a description."""
    return read_description(text.encode(), "K.zip/Kumo_01.yaml", label, CHALLENGE)[1].findings


def test_the_template_filled_in_is_right():
    """The template with a team's values in place of the placeholders has no findings."""
    found, reading = read_description(description().encode(), "x.yaml", "Kumo_01", CHALLENGE)
    assert reading.findings == []
    assert found.submission.authors[0].email == "aoi@example.org"
    assert found.system.pretrained_models[0].trained_on == ["BookCorpus", "English Wikipedia"]
    assert found.system.complexity.total_parameters == 371_000_000
    assert found.results == {}


def test_the_template_as_it_is_is_not():
    """All placeholders that are left are one finding, and there is no other."""
    findings = found_in(description_template("Kumo_01"))
    assert codes(findings) == ["XAC106"]
    assert findings[0].count == len(
        re.findall(r": .*?<[^>]+>|, <[^>]+>", description_template("Kumo_01"))
    )
    assert len(findings[0].lines) == 5


@pytest.mark.parametrize("label", ["Kumo_01", "雲_01", "01", "no", "a: b", '"', "null"])
def test_the_template_s_label(label):
    """The template stores any label as text."""
    value = read_yaml(description_template(label).encode(), "x").value
    assert value["submission"]["label"] == label


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("abbreviation: Cloud ", "abbreviation: Cloudiness_12 ", "XAC105", "at most 10 characters"),
        ("email: aoi@example.org", "email: aoi", "XAC105", "an e-mail address, found 'aoi'"),
        (
            "corresponding: true",
            "corresponding: false",
            "XAC105",
            "authors: expected exactly one corresponding author, found 0",
        ),
        (
            "corresponding: true",
            "corresponding: yes",
            "XAC105",
            "expected true or false, found 'yes'",
        ),
        ("firstname: Aoi", "firstname: 7", "XAC105", "expected a string"),
        ("lastname:", "last_name:", "XAC103", "unknown key submission.authors[1].last_name"),
        (
            "      firstname: Aoi\n",
            "",
            "XAC104",
            "missing key submission.authors[1].firstname",
        ),
        (
            "total_parameters: 371000000",
            "total_parameters: -1",
            "XAC105",
            "a number of at least 0, found -1",
        ),
        (
            "total_parameters: 371000000",
            "total_parameters: many",
            "XAC105",
            "expected a whole number, found 'many'",
        ),
        ("training_data: [XACLE train]", "training_data: []", "XAC105", "at least one entry"),
        ("training_data: [XACLE train]", "training_data: XACLE train", "XAC105", "expected a list"),
        ("ensemble: false ", "ensemble: 0 ", "XAC105", "expected true or false, found 0"),
        ("  ensemble: false ", "  ensemble: ", "XAC105", "true or false, found empty"),
        ("url: https://example.org/data", "url: javascript:alert(1)", "XAC105", "a link such as"),
        (
            "label: Kumo_01",
            "label: Kumo_02",
            "XAC107",
            "the label is 'Kumo_02', the files are named 'Kumo_01'",
        ),
        (
            "# results:\n#   validation: { SRCC: 0.384,",
            "results:\n  validation: { SRCC: 1.5,",
            "XAC105",
            "a number of at most 1, found 1.5",
        ),
        (
            "# results:\n#   validation:",
            "results:\n  valdation:",
            "XAC105",
            "unknown split 'valdation'",
        ),
    ],
)
def test_every_fault_has_its_place(old, new, code, says):
    """A single error is one finding with its rule, line, found and expected value."""
    text = description()
    assert old in text
    place = text.index(old) + len(new) - len(new.lstrip("# "))
    text = text.replace(old, new, 1)
    findings = found_in(text)
    # A mistyped key is also missing: both are reported.
    assert codes(findings)[-1] == code or code in codes(findings)
    finding = next(finding for finding in findings if finding.code == code)
    # A missing key, or a finding about a list, has the place of its parent, a few lines above.
    line = text.count("\n", 0, place) + 1 + new.count("\n")
    assert (
        line - 4 <= finding.line <= line
        if code == "XAC104" or "authors:" in says
        else finding.line == line
    ), finding
    assert says in finding.message
    assert finding.file == "K.zip/Kumo_01.yaml"
    assert finding.hint


def test_a_mistyped_key_is_guessed():
    """The nearest key that is allowed at the place is suggested."""
    findings = found_in(description().replace("audio_encoder:", "audio_encodr:"))
    assert next(f for f in findings if f.code == "XAC103").hint == "Did you mean audio_encoder?"


def test_all_faults_at_once():
    """Several errors in several parts are reported together."""
    text = (
        description()
        .replace("Aoi", "7")
        .replace("ensemble: false", "ensemble: x", 1)
        .replace("audio: false", "")
    )
    assert codes(found_in(text)) == ["XAC105", "XAC105", "XAC104"]


def test_the_schema_is_the_model():
    """The JSON Schema is valid, accepts what the model accepts and refuses an unknown key."""
    schema = description_schema()
    Draft202012Validator.check_schema(schema)
    value = read_yaml(description().encode(), "x").value
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(value)) == []
    assert list(validator.iter_errors({**value, "other": 1}))
    assert SystemDescription.model_validate(value)
    assert set(VALUES)


WRONG = {
    "abbreviation: Cloud ": "abbreviation: Cloudiness_12 ",
    "email: aoi@example.org": "email: aoi",
    "corresponding: true": "corresponding: false",
    "firstname: Aoi": "firstname: 7",
    "lastname:": "last_name:",
    "institute: University of Examples": "",
    "total_parameters: 371000000": "total_parameters: -1",
    "training_data: [XACLE train]": "training_data: []",
    "  ensemble: false ": "  ensemble: maybe ",
}


def in_other_words(kind_of):
    """A replacement of the model's validation that raises the same errors with other texts."""
    validate = SystemDescription.model_validate

    def model_validate(value):
        try:
            return validate(value)
        except ValidationError as error:
            lines = [
                {
                    "type": PydanticCustomError(kind_of(item["type"]), "words", item.get("ctx")),
                    "loc": item["loc"],
                    "input": item["input"],
                }
                for item in error.errors(include_url=False)
            ]
            raise ValidationError.from_exception_data("x", lines) from None

    return model_validate


@pytest.mark.parametrize("wrong", WRONG, ids=str.strip)
def test_the_words_of_the_library_are_not_used(monkeypatch, wrong):
    """Codes and messages stay the same whatever the validation library's texts are."""
    text = description(**{wrong: WRONG[wrong]})
    before = found_in(text)
    assert before
    monkeypatch.setattr(SystemDescription, "model_validate", in_other_words(lambda kind: kind))
    assert found_in(text) == before


def test_an_unknown_kind_of_error(monkeypatch):
    """An error of an unknown kind is an invalid value, in the toolkit's own words."""
    text = description(**{"total_parameters: 371000000": "total_parameters: -1"})
    monkeypatch.setattr(SystemDescription, "model_validate", in_other_words(lambda _: "new_kind"))
    (finding,) = found_in(text)
    assert (finding.code, finding.message) == (
        "XAC105",
        "system.complexity.total_parameters: invalid value, found -1",
    )

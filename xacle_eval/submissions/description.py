"""The system description: what a team says about a system, as a model in the manner of DCASE.

The keys and their order are those of DCASE's ``meta.yaml`` where both ask for the same;
what the XACLE rules ask for besides (section 2.3 of the paper: declared resources, what
pre-trained models were trained on, ensembles, collected data) has keys of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.yaml_reading import Location, YamlReading, read_yaml
from xacle_eval.text import listing, nearest, quote, visible

__all__ = [
    "MANY",
    "ClaimedResults",
    "CollectedData",
    "ExternalData",
    "PretrainedModel",
    "SystemDescription",
    "description_schema",
    "description_template",
    "is_placeholder",
    "read_description",
]

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=500)]
Email = Annotated[
    str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$", max_length=200)
]
MANY = 100  # entries of a list: more are a mistake


class _Part(BaseModel):
    # Strict: 'true' in quotation marks is a text, and a text is no number.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, strict=True)


class Affiliation(_Part):
    """Where an author works."""

    institute: Name = Field(description="The institute or company.")
    abbreviation: Name | None = Field(None, description="Its abbreviation.")
    department: Name | None = None
    location: Name | None = Field(None, description="City and country.")


class Author(_Part):
    """An author; exactly one of a submission is corresponding."""

    lastname: Name
    firstname: Name
    email: Email
    corresponding: bool = False
    affiliation: Affiliation


class SubmissionPart(_Part):
    """Who sends what under which label."""

    label: Name = Field(
        description="The system's label: the name of its prediction file without the ending."
    )
    name: Name = Field(description="The system's name in tables.")
    abbreviation: Annotated[
        str, StringConstraints(min_length=1, max_length=10, strip_whitespace=True)
    ] = Field(description="At most 10 characters.")
    authors: list[Author] = Field(min_length=1, max_length=MANY)

    @field_validator("authors")
    @classmethod
    def _one_corresponding(cls, authors: list[Author]) -> list[Author]:
        number = sum(author.corresponding for author in authors)
        if number != 1:
            raise ValueError(f"exactly one author is corresponding, here {number} are")
        return authors


class Encoders(_Part):
    """What the system is made of."""

    audio_encoder: Name = Field(description="What turns audio into features.")
    text_encoder: Name = Field(description="What turns text into features.")
    summary: Text | None = Field(None, description="The rest of the system in a sentence or two.")


class PretrainedModel(_Part):
    """A pre-trained model; rule XAC113 asks what it was trained on, so the key itself may be absent
    here.
    """

    name: Name
    type: Name | None = None
    url: Link | None = None
    trained_on: list[Name] = Field(
        default=[], max_length=MANY, description="The data it was trained on. Needed."
    )
    requested: bool = Field(
        False, description="Not on the list of approved resources, but asked for."
    )


class ExternalData(_Part):
    """A data set besides the challenge's own; it must be openly available."""

    name: Name
    url: Link = Field(description="Where everybody can get it.")
    type: Name | None = None
    requested: bool = Field(
        False, description="Not on the list of approved resources, but asked for."
    )


class Complexity(_Part):
    """How large the system is."""

    total_parameters: Annotated[int, Field(ge=0, le=10**15)] = Field(
        description="Frozen parts count too."
    )
    macs: Annotated[int, Field(ge=0, le=10**20)] | None = Field(
        None, description="Multiply-accumulate operations for one pair."
    )


class CollectedData(_Part):
    """Whether anything new was collected for training."""

    audio: bool
    texts: bool
    ratings: bool


class SystemPart(_Part):
    """What the system is, what it builds on, and what it was trained on."""

    description: Encoders
    pretrained_models: list[PretrainedModel] = Field(
        max_length=MANY, description="Empty if there is none."
    )
    external_data: list[ExternalData] = Field(
        max_length=MANY, description="Empty if there is none."
    )
    training_data: list[Name] = Field(min_length=1, max_length=MANY)
    complexity: Complexity
    ensemble: bool = Field(description="Are several models combined?")
    mixture_of_experts: bool = Field(description="Is there one inside the model?")
    collected_data: CollectedData
    source_code: Link | None = None


Correlation = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class ClaimedResults(_Part):
    """Metrics that a team claims for a split; those it says nothing about are None."""

    SRCC: Correlation | None = None
    LCC: Correlation | None = None
    KTAU: Correlation | None = None
    MSE: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class SystemDescription(_Part):
    """A system description as its YAML file holds it; see ``xacle-eval package --template``."""

    submission: SubmissionPart
    system: SystemPart
    results: dict[str, ClaimedResults] = Field(
        default={}, max_length=MANY, description="By split: what the system reaches there."
    )


def description_template(label: str = "<LABEL>") -> str:
    """Return the commented description that ``xacle-eval package --template`` prints.

    Parameters
    ----------
    label : str
        The system's label.
    """
    text = Path(__file__).with_name("description_template.yaml").read_text(encoding="utf-8")
    return (
        text
        if label == "<LABEL>"
        else text.replace("label: <LABEL> ", f"label: {_written(label)} ", 1)
    )


def _written(label: str) -> str:
    import json

    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", label) and label.casefold() not in (
        "null",
        "true",
        "false",
    )
    return label if plain else json.dumps(label, ensure_ascii=False)


def description_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a description, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "System description",
        **SystemDescription.model_json_schema(mode="validation"),
    }


def read_description(
    data: bytes, path: str, label: str, challenge: Challenge
) -> tuple[SystemDescription | None, YamlReading]:
    """Read a description and hold it against its model.

    Parameters
    ----------
    data : bytes
        The YAML file.
    path : str
        Its path, as findings show it.
    label : str
        The label of the system it goes with.
    challenge : Challenge
        Whose splits results may be claimed for.

    Returns
    -------
    tuple of (SystemDescription or None, YamlReading)
        None where something is wrong; the reading holds all findings (XAC100 to XAC107).
    """
    reading = read_yaml(data, path)
    if reading.value is None:
        return None, reading
    placeholders = _note_placeholders(reading)
    _note_hidden(reading)
    description = None
    try:
        description = SystemDescription.model_validate(reading.value)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            _note_fault(reading, item, placeholders)
    _note_label(reading, label, placeholders)
    _note_splits(reading, challenge)
    wrong = any(finding.severity == "error" for finding in reading.findings)
    return (None if wrong else description), reading


def is_placeholder(value: Any) -> bool:
    """Say whether a value is one of the template's, in pointed brackets."""
    return isinstance(value, str) and value.startswith("<") and value.endswith(">")


def _note_placeholders(reading: YamlReading) -> set[Location]:
    """Report the values of the template that were left as they are, and return their places."""
    found = {
        location: value for location, value in _values(reading.value, ()) if is_placeholder(value)
    }
    if found:
        shown = listing(
            (f"{_key(location)} is still {quote(value, 60)}" for location, value in found.items()),
            5,
        )
        lines = [reading.place(location)[0] for location in found]
        reading.add_finding(
            "placeholder-left", next(iter(found)), shown, count=len(found), lines=lines
        )
    return set(found)


def _note_hidden(reading: YamlReading) -> None:
    """Report texts with characters that do not show: in tables and pages they would change what
    stands around them.
    """
    for location, value in _values(reading.value, ()):
        lines = value.splitlines() if isinstance(value, str) else ()
        if any(visible(line, len(line)) != line for line in lines):
            reading.add_finding(
                "value-wrong",
                location,
                f"{_key(location)}: {quote(value, 60)} has characters that do not show",
            )


def _values(value: Any, location: Location) -> Iterator[tuple[Location, Any]]:
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        yield from _values(inner, (*location, key))
    if not isinstance(value, dict | list):
        yield location, value


def _key(location: Location) -> str:
    """Return a place as ``submission.authors[0].email``; numbers as the reader counts, from 1."""
    text = ""
    for part in location:
        text += (
            f"[{part + 1}]"
            if isinstance(part, int)
            else f".{visible(part, 60)}"
            if text
            else visible(part, 60)
        )
    return text


def _note_fault(reading: YamlReading, item: Mapping[str, Any], placeholders: set[Location]) -> None:
    location: Location = tuple(item["loc"])
    kind, shown = item["type"], _key(location)
    if location in placeholders:
        return
    if kind == "missing":
        reading.add_finding("key-missing", location[:-1], f"the key {shown} is missing")
    elif kind == "extra_forbidden":
        guess = nearest(str(location[-1]), _keys_at(location[:-1]))
        hint = f"Did you mean {guess}?" if guess else None
        reading.add_finding("key-unknown", (*location, ""), f"there is no key {shown}", hint=hint)
    else:
        message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
        expected = (
            message
            if kind == "value_error"
            else f"expected {_EXPECTED.get(kind) or _pattern(item) or message}"
        )
        value = item.get("input")
        it_is = "" if isinstance(value, dict | list) else f", it is {visible(_yaml(value), 60)}"
        reading.add_finding("value-wrong", location, f"{shown}: {expected}{it_is}")


# What pydantic's kinds of error mean to a person who writes YAML.
_EXPECTED = {
    "string_type": "a text (in quotation marks, if it looks like a number)",
    "string_too_short": "a text that is not empty",
    "list_type": "a list such as [a, b]",
    "too_short": "a list with one entry or more",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "dict_type": "keys and values",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
}


def _pattern(item: Mapping[str, Any]) -> str | None:
    if item["type"] != "string_pattern_mismatch":
        return None
    return (
        "an e-mail address"
        if item["loc"][-1] == "email"
        else "a link such as https://example.org/data"
    )


def _yaml(value: Any) -> str:
    words = {None: "empty", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else repr(value)


def _keys_at(location: Location) -> list[str]:
    """Return the keys that may stand at a place."""
    model: type[BaseModel] | None = SystemDescription
    for part in location:
        field = (
            model.model_fields.get(part) if isinstance(part, str) and model is not None else None
        )
        if isinstance(part, str):
            model = _model_in(field.annotation) if field is not None else None
    return list(model.model_fields) if model is not None else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation such as ``list[Author]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in found if model is not None), None)


def _note_label(reading: YamlReading, label: str, placeholders: set[Location]) -> None:
    location: Location = ("submission", "label")
    submission = (reading.value or {}).get("submission")
    given = submission.get("label") if isinstance(submission, dict) else None
    if isinstance(given, str) and location not in placeholders and given.strip() != label:
        message = f"the label is {quote(given, 60)}, that of the files {quote(label, 60)}"
        reading.add_finding("label-differs", location, message)


def _note_splits(reading: YamlReading, challenge: Challenge) -> None:
    results = (reading.value or {}).get("results")
    for split in results if isinstance(results, dict) else ():
        if split not in challenge.splits:
            guess = nearest(split, challenge.splits)
            hint = (
                f"Did you mean {guess}?"
                if guess
                else f"The splits are {', '.join(challenge.splits)}."
            )
            reading.add_finding(
                "value-wrong",
                ("results", split, ""),
                f"there is no split {quote(split, 60)}",
                hint=hint,
            )

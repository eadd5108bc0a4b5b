"""The system description: a team's declaration about a system, as a model.

Keys that also exist in DCASE's ``meta.yaml`` have the same names and order. The other keys cover
the XACLE rules (section 2.3 of the paper): declared resources, the training data of pre-trained
models, ensembles, collected data.
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
from xacle_eval.io.files import read_input
from xacle_eval.submissions.yaml_reading import Location, YamlReading, read_yaml
from xacle_eval.text import did_you_mean, key_path, listing, quote, visible, visible_lines

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
MANY = 100  # entries in a list; more are a mistake


class _Part(BaseModel):
    # Strict: 'true' in quotation marks is a string, and a string is not a number.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, strict=True)


class Affiliation(_Part):
    """Where an author works."""

    institute: Name = Field(description="The institute or company.")
    abbreviation: Name | None = Field(None, description="Its abbreviation.")
    department: Name | None = None
    location: Name | None = Field(None, description="City and country.")


class Author(_Part):
    """An author; exactly one author of a submission is the corresponding author."""

    lastname: Name
    firstname: Name
    email: Email
    corresponding: bool = False
    affiliation: Affiliation


class SubmissionPart(_Part):
    """The label, the system's name and its authors."""

    label: Name = Field(
        description="The system's label: the name of its prediction file without the extension."
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
            raise ValueError(f"expected exactly one corresponding author, found {number}")
        return authors


class Encoders(_Part):
    """The parts of the system."""

    audio_encoder: Name = Field(description="The model that turns audio into features.")
    text_encoder: Name = Field(description="The model that turns text into features.")
    summary: Text | None = Field(
        None, description="The other parts of the system, in one or two sentences."
    )


class PretrainedModel(_Part):
    """A pre-trained model; a missing ``trained_on`` is reported by rule XAC113, not here."""

    name: Name
    type: Name | None = None
    url: Link | None = None
    trained_on: list[Name] = Field(
        default=[], max_length=MANY, description="The data sets it was trained on (required)."
    )
    requested: bool = Field(
        False, description="Not on the list of approved resources, but requested."
    )


class ExternalData(_Part):
    """A data set other than the challenge's own; it must be openly available."""

    name: Name
    url: Link = Field(description="Where anyone can download it.")
    type: Name | None = None
    requested: bool = Field(
        False, description="Not on the list of approved resources, but requested."
    )


class Complexity(_Part):
    """The size of the system."""

    total_parameters: Annotated[int, Field(ge=0, le=10**15)] = Field(
        description="All parameters, including frozen ones."
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
    """The system: its parts, its resources and its training data."""

    description: Encoders
    pretrained_models: list[PretrainedModel] = Field(max_length=MANY, description="Empty if none.")
    external_data: list[ExternalData] = Field(max_length=MANY, description="Empty if none.")
    training_data: list[Name] = Field(min_length=1, max_length=MANY)
    complexity: Complexity
    ensemble: bool = Field(description="Whether several models are combined.")
    mixture_of_experts: bool = Field(description="Whether the model contains one.")
    collected_data: CollectedData
    source_code: Link | None = None


Correlation = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class ClaimedResults(_Part):
    """The metrics that a team claims for a split; None for those it does not claim."""

    SRCC: Correlation | None = None
    LCC: Correlation | None = None
    KTAU: Correlation | None = None
    MSE: Annotated[float, Field(ge=0, le=10**12, allow_inf_nan=False)] | None = None


class SplitResults(ClaimedResults):
    """The claims for a split; ``targets`` holds those of each target of the challenge."""

    targets: dict[str, ClaimedResults] = Field(default={}, max_length=MANY)

    def of(self, target: str) -> ClaimedResults:
        """Return the claims for a target; for an empty name, those for the only one."""
        return self if not target else self.targets.get(target, ClaimedResults())


class SystemDescription(_Part):
    """A system description; ``xacle-eval package --template`` prints its YAML form."""

    submission: SubmissionPart
    system: SystemPart
    results: dict[str, SplitResults] = Field(
        default={}, max_length=MANY, description="By split: the results that the system reaches."
    )


def description_template(label: str = "<LABEL>") -> str:
    """Return the commented description that ``xacle-eval package --template`` prints.

    Parameters
    ----------
    label : str
        The system's label.
    """
    file = Path(__file__).with_name("description_template.yaml")
    text = read_input(file, 1_000_000).decode("utf-8")
    return (
        text
        if label == "<LABEL>"
        else text.replace("label: <LABEL> ", f"label: {_to_yaml(label)} ", 1)
    )


def _to_yaml(label: str) -> str:
    import json

    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", label) and label.casefold() not in (
        "null",
        "true",
        "false",
    )
    if plain:
        return label
    # YAML has the escapes of Python, and those of JSON for quotation marks.
    written = visible_lines(json.dumps(label, ensure_ascii=False), keep="")
    return written.replace("##[", r"#\x23[")  # a command of GitHub Actions in a log


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
    """Read a description and check it against its model.

    Parameters
    ----------
    data : bytes
        The YAML file.
    path : str
        Its path, as findings show it.
    label : str
        The label of the system it goes with.
    challenge : Challenge
        Results may be claimed for its splits.

    Returns
    -------
    tuple of (SystemDescription or None, YamlReading)
        None if the description has errors; the reading has all findings (XAC100 to XAC107).
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
        for item in error.errors(include_url=False):
            _note_fault(reading, item, placeholders)
    _note_label(reading, label, placeholders)
    _note_splits(reading, challenge)
    wrong = any(finding.severity == "error" for finding in reading.findings)
    return (None if wrong else description), reading


def is_placeholder(value: Any) -> bool:
    """Return whether a value is a placeholder of the template, in angle brackets."""
    return isinstance(value, str) and value.startswith("<") and value.endswith(">")


def _note_placeholders(reading: YamlReading) -> set[Location]:
    """Report the placeholders of the template that are left, and return their locations."""
    found = {
        location: value for location, value in _values(reading.value, ()) if is_placeholder(value)
    }
    if found:
        each = (f"{key_path(location)}: {quote(value, 60)}" for location, value in found.items())
        lines = [reading.place(location)[0] for location in found]
        message = f"placeholder not filled in: {listing(each, 5)}"
        reading.add_finding(
            "placeholder-left", next(iter(found)), message, count=len(found), lines=lines
        )
    return set(found)


def _note_hidden(reading: YamlReading) -> None:
    """Report strings with invisible characters, which could change the text around them."""
    for location, value in _values(reading.value, ()):
        lines = value.splitlines() if isinstance(value, str) else ()
        hidden = any(visible(line, len(line)) != line for line in lines)
        if hidden and not reading.omits("value-wrong"):
            message = f"{key_path(location)}: invisible characters in {quote(value, 60)}"
            reading.add_finding("value-wrong", location, message)


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


def _note_fault(reading: YamlReading, item: Mapping[str, Any], placeholders: set[Location]) -> None:
    """Report a validation error; only its location, type and bounds come from pydantic."""
    location: Location = tuple(item["loc"])
    kind = item["type"]
    if location in placeholders or reading.omits(_FAULT_RULES.get(kind, "value-wrong")):
        return
    shown = key_path(location)
    if kind == "missing":
        reading.add_finding("key-missing", location[:-1], f"missing key {shown}")
    elif kind == "extra_forbidden":
        hint = did_you_mean(str(location[-1]), _keys_at(location[:-1]), sentence=True)
        reading.add_finding(
            "key-unknown", (*location, ""), f"unknown key {shown}", hint=hint or None
        )
    else:
        reading.add_finding("value-wrong", location, f"{shown}: {_value_fault(item)}")


# The rules of pydantic's error types; all others are about values.
_FAULT_RULES = {"missing": "key-missing", "extra_forbidden": "key-unknown"}


def _value_fault(item: Mapping[str, Any]) -> str:
    """Return the error of a value as a text that does not depend on pydantic."""
    kind, context = item["type"], item.get("ctx", {})
    if kind == "value_error" and isinstance(context.get("error"), ValueError):
        return str(context["error"])  # raised by a validator of this module
    expected = _EXPECTED.get(kind)
    if kind == "string_pattern_mismatch":
        email = item["loc"][-1] == "email"
        expected = "an e-mail address" if email else "a link such as https://example.org/data"
    for bound, text in _BOUNDS.get(kind, {}).items():
        expected = text.format(int(context[bound])) if bound in context else expected
    value = item.get("input")
    found = "" if isinstance(value, dict | list) else f"found {visible(_yaml(value), 60)}"
    if expected is None:
        return f"invalid value, {found}" if found else "invalid value"
    return f"expected {expected}, {found}" if found else f"expected {expected}"


# The meaning of pydantic's error types for the author of a YAML file.
_EXPECTED = {
    "string_type": "a string (in quotation marks, if it looks like a number)",
    "string_too_short": "a string that is not empty",
    "list_type": "a list such as [a, b]",
    "too_short": "a list with at least one entry",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "dict_type": "keys and values",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
}
_BOUNDS = {
    "string_too_long": {"max_length": "at most {} characters"},
    "too_long": {"max_length": "at most {} entries"},
    "greater_than_equal": {"ge": "a number of at least {:,}"},
    "less_than_equal": {"le": "a number of at most {:,}"},
}


def _yaml(value: Any) -> str:
    words = {None: "empty", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else repr(value)


def _keys_at(location: Location) -> list[str]:
    """Return the keys that are allowed at a location."""
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
        message = f"the label is {quote(given, 60)}, the files are named {quote(label, 60)}"
        reading.add_finding("label-differs", location, message)


def _note_splits(reading: YamlReading, challenge: Challenge) -> None:
    results = (reading.value or {}).get("results")
    for split in results if isinstance(results, dict) else ():
        if split not in challenge.splits and not reading.omits("value-wrong"):
            splits = f"The splits are {', '.join(challenge.splits)}."
            hint = did_you_mean(split, challenge.splits, splits, sentence=True)
            message = f"unknown split {quote(split, 60)}"
            reading.add_finding("value-wrong", ("results", split, ""), message, hint=hint)
        claims = results[split] if isinstance(results, dict) else None
        targets = claims.get("targets") if isinstance(claims, dict) else None
        for target in targets if isinstance(targets, dict) else ():
            if target not in challenge.targets and not reading.omits("value-wrong"):
                names = ", ".join(challenge.targets) or "none"
                hint = did_you_mean(
                    str(target), challenge.targets, f"The targets are {names}.", sentence=True
                )
                message = f"unknown target {quote(str(target), 60)}"
                place = ("results", split, "targets", target)
                reading.add_finding("value-wrong", place, message, hint=hint)

"""The task's rules about a system, as far as its description tells (section 2.3 of the XACLE paper).

Which of them hold is in the challenge file, under ``[packages]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from xacle_eval.approved import ApprovedResources
from xacle_eval.challenge import Challenge
from xacle_eval.submissions.description import (
    ExternalData,
    PretrainedModel,
    SystemDescription,
    read_description,
)
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.yaml_reading import Location, YamlReading
from xacle_eval.text import listing, quoted, visible

__all__ = ["check_description", "compare_results"]

_LEAST_DECIMALS, _MORE_DECIMALS = 2, 3


def check_description(
    data: bytes, path: str, label: str, challenge: Challenge
) -> tuple[SystemDescription | None, list[Finding]]:
    """Check a description by its model and the task's rules.

    Parameters
    ----------
    data : bytes
        The YAML file.
    path : str
        Its path, as findings show it.
    label : str
        The label of the system it goes with.
    challenge : Challenge
        Whose rules hold, and whose list of approved resources, if it has one.

    Returns
    -------
    tuple of (SystemDescription or None, list of Finding)
        XAC100 to XAC107, and of a description that could be read XAC110 to XAC115.

    Raises
    ------
    ChallengeError
        If the list of approved resources cannot be used.
    """
    description, reading = read_description(data, path, label, challenge)
    if description is not None:
        _note_resources(description, reading, challenge.approved)
        _note_declarations(description, reading, challenge)
    return description, reading.findings


def _resources(description: SystemDescription) -> Iterator[tuple[Location, PretrainedModel | ExternalData]]:
    system = description.system
    for number, model in enumerate(system.pretrained_models):
        yield ("system", "pretrained_models", number), model
    for number, data in enumerate(system.external_data):
        yield ("system", "external_data", number), data


def _note_resources(description: SystemDescription, reading: YamlReading, approved: ApprovedResources | None) -> None:
    resources = list(_resources(description))
    for location, resource in resources:
        if isinstance(resource, PretrainedModel) and not resource.trained_on:
            message = f"it is not said what {quoted(resource.name, 80)} was trained on"
            reading.found("trained-on-missing", location, message)
    if approved is None:
        if resources:
            names = listing((quoted(resource.name, 60) for _, resource in resources), 5)
            message = f"the challenge names no list of approved resources to hold {names} against"
            reading.found("resources-unchecked", ("system",), message)
        return
    for location, resource in resources:
        if approved.has(resource.name, resource.url):
            continue
        name = quoted(resource.name, 80)
        if resource.requested:
            reading.found("resource-requested", location, f"{name} is not on the list of approved resources yet")
            continue
        guess = approved.nearest(resource.name)
        hint = f"If it is {visible(guess, 80)}, write that name." if guess else None
        reading.found("resource-not-approved", location, f"{name} is not on the list of approved resources", hint=hint)


def _note_declarations(description: SystemDescription, reading: YamlReading, challenge: Challenge) -> None:
    system = description.system
    if system.ensemble and challenge.packages.ensembles == "forbidden":
        reading.found("ensemble", ("system", "ensemble"), "the system is an ensemble of several models")
    if challenge.packages.collected_data == "forbidden":
        collected = [kind for kind, done in system.collected_data.model_dump().items() if done]
        if collected:
            message = f"new {' and '.join(collected)} {'was' if collected == ['audio'] else 'were'} collected"
            reading.found("data-collected", ("system", "collected_data"), message)


def compare_results(
    claimed: SystemDescription, split: str, computed: Mapping[str, float | None], decimals: int, path: str
) -> Finding | None:
    """Hold claimed results against computed ones.

    Parameters
    ----------
    claimed : SystemDescription
        With results for some splits.
    split : str
        The split that was computed.
    computed : mapping of metric to value
        What the toolkit computes from the predictions.
    decimals : int
        Those of the challenge's tables; claims with up to three more are compared in full.
    path : str
        The file that the finding is about.

    Returns
    -------
    Finding or None
        XAC116 where a claim is not the computed value rounded to the claim's own decimals, two at least.
    """
    results = claimed.results.get(split)
    if results is None:
        return None
    differ = []
    for name, claim in results.model_dump().items():
        value = computed.get(name)
        if claim is None or value is None:
            continue
        written = -int(Decimal(repr(float(claim))).as_tuple().exponent)
        places = min(max(written, _LEAST_DECIMALS), decimals + _MORE_DECIMALS)
        # A last digit that was rounded another way is no difference.
        if abs(_rounded(claim, places) - _rounded(value, places)) > Decimal(1).scaleb(-places):
            differ.append(f"{name} {claim:g}, computed {round(value, places):g}")
    if not differ:
        return None
    message = f"results claimed for the split {visible(split, 60)} differ: {'; '.join(differ)}"
    return rule("results-differ").finding(message, file=path, count=len(differ))


def _rounded(value: float, places: int) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)

"""The task's rules about a system, checked on its description (section 2.3 of the XACLE paper).

The challenge file selects the rules that apply, under ``[packages]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from xacle_eval.challenge.approved import ApprovedResources
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rounding import decimals_of, round_metric
from xacle_eval.submissions.budget import Budget
from xacle_eval.submissions.description import (
    MANY,
    CollectedData,
    SystemDescription,
    is_placeholder,
    read_description,
)
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.yaml_reading import Location, YamlReading
from xacle_eval.text import listing, quote, suggest, visible

__all__ = ["check_description", "compare_results"]

_LEAST_DECIMALS = 2
# Enough digits for every float with some decimals; the default context has 28.
_ANY_FLOAT = Context(prec=400, rounding=ROUND_HALF_EVEN)


def check_description(
    data: bytes, path: str, label: str, challenge: Challenge, budget: Budget | None = None
) -> tuple[SystemDescription | None, list[Finding]]:
    """Check a description against its model and the task's rules.

    Parameters
    ----------
    data : bytes
        The YAML file.
    path : str
        Its path, as findings show it.
    label : str
        The label of its system.
    challenge : Challenge
        Its rules apply, and its list of approved resources, if it has one.
    budget : Budget, optional
        The budget of the package; the description is not read if it is used up.

    Returns
    -------
    tuple of (SystemDescription or None, list of Finding)
        XAC100 to XAC107, and XAC110 to XAC115 for all keys that could be read: a mistake
        in one key does not hide a problem in another. The description is None if it has errors.

    Raises
    ------
    ChallengeError
        If the list of approved resources cannot be used.
    """
    refusal = budget.refuse_description() if budget is not None else None
    if refusal is not None:
        return None, [refusal.model_copy(update={"file": path})]
    description, reading = read_description(data, path, label, challenge)
    if budget is not None:
        budget.charge_description(len(data), reading.values)
    system = (reading.value or {}).get("system")
    if isinstance(system, dict):
        _note_resources(list(_resources(system)), reading, challenge.approved)
        _note_declarations(system, reading, challenge)
    return description, reading.all_findings()


@dataclass(frozen=True)
class _Resource:
    """A pre-trained model or external data, as far as the rules need it."""

    location: Location
    name: str
    url: str | None
    requested: bool
    trained_on_missing: bool


def _resources(system: Mapping[str, Any]) -> Iterator[_Resource]:
    """Yield the resources that have a name, even if the description has errors."""
    for kind in ("pretrained_models", "external_data"):
        entries = system.get(kind)
        for number, entry in enumerate(entries[:MANY] if isinstance(entries, list) else ()):
            name = entry.get("name") if isinstance(entry, dict) else None
            if not isinstance(name, str) or not name.strip() or is_placeholder(name):
                continue
            url = entry.get("url")
            yield _Resource(
                location=("system", kind, number),
                name=name.strip(),
                url=url if isinstance(url, str) else None,
                requested=entry.get("requested") is True,
                trained_on_missing=kind == "pretrained_models"
                and entry.get("trained_on", []) == [],
            )


def _note_resources(
    resources: list[_Resource], reading: YamlReading, approved: ApprovedResources | None
) -> None:
    for resource in resources:
        if resource.trained_on_missing and not reading.omits("trained-on-missing"):
            message = f"missing training data of {quote(resource.name, 80)}"
            reading.add_finding("trained-on-missing", resource.location, message)
    if approved is None:
        if resources:
            names = listing((quote(resource.name, 60) for resource in resources), 5)
            message = f"not checked: {names}; the challenge has no list of approved resources"
            reading.add_finding("resources-unchecked", ("system",), message)
        return
    for resource in resources:
        if approved.has(resource.name, resource.url):
            continue
        kind = "resource-requested" if resource.requested else "resource-not-approved"
        if reading.omits(kind):
            continue
        name, location = quote(resource.name, 80), resource.location
        if resource.requested:
            reading.add_finding(
                "resource-requested",
                location,
                f"{name} is not on the list of approved resources, but requested",
            )
            continue
        hint = suggest(approved.nearest(resource.name), sentence=True) or None
        reading.add_finding(
            "resource-not-approved",
            location,
            f"{name} is not on the list of approved resources",
            hint=hint,
        )


def _note_declarations(
    system: Mapping[str, Any], reading: YamlReading, challenge: Challenge
) -> None:
    if system.get("ensemble") is True and challenge.packages.ensembles == "forbidden":
        reading.add_finding(
            "ensemble", ("system", "ensemble"), "the system is an ensemble of several models"
        )
    answers = system.get("collected_data")
    if isinstance(answers, dict) and challenge.packages.collected_data == "forbidden":
        collected = [kind for kind in CollectedData.model_fields if answers.get(kind) is True]
        if collected:
            message = f"new data was collected for training: {', '.join(collected)}"
            reading.add_finding("data-collected", ("system", "collected_data"), message)


def compare_results(
    claimed: SystemDescription,
    split: str,
    computed: Mapping[str, float | None],
    decimals: int,
    path: str,
    target: str = "",
) -> Finding | None:
    """Compare claimed results with computed ones.

    Parameters
    ----------
    claimed : SystemDescription
        The description, with results for some splits.
    split : str
        The split that was computed.
    computed : mapping of metric to value
        The results that the toolkit computed from the predictions.
    decimals : int
        The decimals of the challenge's tables; further decimals of a claim are ignored.
    path : str
        The file that the finding is about.
    target : str
        The target that was computed; empty if there is one only.

    Returns
    -------
    Finding or None
        XAC116 if a claim and the computed value, rounded to the claim's decimals (at least two),
        differ by more than one unit of the last decimal.
    """
    results = claimed.results.get(split)
    if results is None:
        return None
    differ = []
    for name, claim in results.of(target).model_dump(exclude={"targets"}).items():
        value = computed.get(name)
        if claim is None or value is None:
            continue
        written = -int(Decimal(repr(float(claim))).as_tuple().exponent)
        # No more digits than a leaderboard publishes: the finding shows the computed value.
        value = round_metric(name, value, decimals)
        places = min(max(written, _LEAST_DECIMALS), decimals_of(name, value, decimals))
        # A last digit that was rounded differently is not a difference.
        if abs(_round(claim, places) - _round(value, places)) > Decimal(1).scaleb(-places):
            differ.append(f"{name} {claim:g}, computed {round(value, places):g}")
    if not differ:
        return None
    where = f"split {visible(split, 60)}{', target ' + target if target else ''}"
    message = f"claimed results of the {where} differ: {'; '.join(differ)}"
    return rule("results-differ").finding(message, file=path, count=len(differ))


def _round(value: float, places: int) -> Decimal:
    step = Decimal(1).scaleb(-places)
    return Decimal(repr(float(value))).quantize(step, context=_ANY_FLOAT)

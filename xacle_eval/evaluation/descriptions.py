"""System descriptions as entries of a page: label and text, without e-mail addresses."""

from __future__ import annotations

from collections.abc import Iterator

from xacle_eval.submissions.description import (
    Affiliation,
    ClaimedResults,
    CollectedData,
    ExternalData,
    PretrainedModel,
    SystemDescription,
)

__all__ = ["description_entries"]


def description_entries(description: SystemDescription) -> tuple[tuple[str, str], ...]:
    """Return the entries of a system description as label and text, in the order of the file.

    Optional entries that are not given are left out, and so are all e-mail addresses.
    """
    return tuple((label, text) for label, text in _entries(description) if text)


def _entries(description: SystemDescription) -> Iterator[tuple[str, str]]:
    submission, system = description.submission, description.system
    yield "Name", f"{submission.name} ({submission.abbreviation})"
    yield (
        "Authors",
        "; ".join(
            f"{author.firstname} {author.lastname} ({_affiliation(author.affiliation)})"
            for author in submission.authors
        ),
    )
    yield "Audio encoder", system.description.audio_encoder
    yield "Text encoder", system.description.text_encoder
    yield "Summary", system.description.summary or ""
    yield "Pre-trained models", "; ".join(map(_model, system.pretrained_models)) or "none"
    yield "External data", "; ".join(map(_data, system.external_data)) or "none"
    yield "Training data", ", ".join(system.training_data)
    yield "Parameters", f"{system.complexity.total_parameters:,}"
    macs = system.complexity.macs
    yield "Multiply-accumulate operations per pair", "" if macs is None else f"{macs:,}"
    yield "Ensemble of models", _yes(system.ensemble)
    yield "Mixture of experts", _yes(system.mixture_of_experts)
    yield "Data collected for training", _collected(system.collected_data)
    yield "Source code", system.source_code or ""
    for split, results in description.results.items():
        yield f"Claimed on {split}", _claims(results)
        for target, claims in results.targets.items():
            yield f"Claimed on {split}, {target}", _claims(claims)


def _affiliation(affiliation: Affiliation) -> str:
    parts = (affiliation.department, affiliation.institute, affiliation.location)
    return ", ".join(part for part in parts if part)


def _model(model: PretrainedModel) -> str:
    trained = f"trained on {', '.join(model.trained_on)}" if model.trained_on else ""
    return _with_details(model.name, model.type, trained, model.url, model.requested)


def _data(data: ExternalData) -> str:
    return _with_details(data.name, data.type, "", data.url, data.requested)


def _with_details(
    name: str, kind: str | None, trained: str, url: str | None, requested: bool
) -> str:
    details = (kind, trained, url, "requested" if requested else "")
    shown = ", ".join(each for each in details if each)
    return f"{name} ({shown})" if shown else name


def _collected(collected: CollectedData) -> str:
    kinds = {"audio": collected.audio, "texts": collected.texts, "ratings": collected.ratings}
    return ", ".join(kind for kind, value in kinds.items() if value) or "none"


def _claims(claims: ClaimedResults) -> str:
    values = {name: getattr(claims, name) for name in ClaimedResults.model_fields}
    return ", ".join(f"{name} {value:g}" for name, value in values.items() if value is not None)


def _yes(value: bool) -> str:
    return "yes" if value else "no"

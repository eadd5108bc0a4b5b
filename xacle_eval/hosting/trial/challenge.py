"""What a trial needs of an EvalAI bundle: phases, splits, leaderboards and the script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xacle_eval.errors import UsageError
from xacle_eval.hosting.lint.context import is_true
from xacle_eval.hosting.lint.model import CONFIGS
from xacle_eval.hosting.trial.files import find_inside, read_yaml_file
from xacle_eval.text import quote

__all__ = ["HostedChallenge", "HostedPhase", "Split", "read_challenge"]

_NAMES = CONFIGS["evalai"]
_PUBLIC = "3"


@dataclass(frozen=True, slots=True)
class Split:
    """A data set split in a phase, with its leaderboard."""

    codename: str
    labels: tuple[str, ...]
    order_by: str
    decimals: int
    public: bool


@dataclass(frozen=True, slots=True)
class HostedPhase:
    """A phase, its annotation file, and its splits."""

    id: str
    name: str
    codename: str
    annotation: Path | None
    disable_logs: bool
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True)
class HostedChallenge:
    """The parts of ``challenge_config.yaml`` that decide about a submission."""

    script: Path
    phases: tuple[HostedPhase, ...]
    remote: bool


def read_challenge(bundle: Path) -> HostedChallenge:
    """Return the challenge of a bundle.

    Raises
    ------
    UsageError
        If the platform would refuse the bundle, or a part is not in it.
    """
    name = next((name for name in _NAMES if (bundle / name).exists()), _NAMES[0])
    config = read_yaml_file(bundle / name, name)
    script = find_inside(bundle, config.get("evaluation_script"), f"{name}: evaluation_script")
    if not script.is_file():
        raise UsageError(f"{name}: evaluation_script must be a ZIP, got a folder; pack its files")
    boards = {each.get("id"): each for each in _list(config, "leaderboard", name)}
    codenames = {
        each.get("id"): str(each.get("codename")) for each in _list(config, "dataset_splits", name)
    }
    splits: dict[Any, list[Split]] = {}
    for number, each in enumerate(_list(config, "challenge_phase_splits", name)):
        place = f"{name}: challenge_phase_splits[{number}]"
        split = _split(each, boards, codenames, place)
        splits.setdefault(each.get("challenge_phase_id"), []).append(split)
    phases = [
        _phase(bundle, each, splits, f"{name}: challenge_phases[{number}]")
        for number, each in enumerate(_list(config, "challenge_phases", name))
    ]
    return HostedChallenge(script, tuple(phases), is_true(config.get("remote_evaluation", False)))


def _list(mapping: Mapping[Any, Any], key: str, place: str) -> list[dict[Any, Any]]:
    value = mapping.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(x, dict) for x in value):
        raise UsageError(f"{place}: {key} must be a list of mappings")
    return value


def _split(
    split: Mapping[Any, Any],
    boards: Mapping[Any, Mapping[Any, Any]],
    codenames: Mapping[Any, str],
    place: str,
) -> Split:
    board, data = split.get("leaderboard_id"), split.get("dataset_split_id")
    if board not in boards or data not in codenames:
        raise UsageError(f"{place}: leaderboard_id or dataset_split_id has no such entry")
    schema = boards[board].get("schema")
    schema = schema if isinstance(schema, dict) else {}
    labels = schema.get("labels")
    if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
        raise UsageError(f"{place}: the leaderboard has no schema with a list of labels")
    decimals = split.get("leaderboard_decimal_precision", 2)
    if not isinstance(decimals, int):
        raise UsageError(f"{place}: leaderboard_decimal_precision is not a whole number")
    return Split(
        codename=codenames[data],
        labels=tuple(labels),
        order_by=str(schema.get("default_order_by", labels[0] if labels else "")),
        decimals=decimals,
        public=str(split.get("visibility", _PUBLIC)) == _PUBLIC,
    )


def _phase(
    bundle: Path, phase: Mapping[Any, Any], splits: Mapping[Any, list[Split]], place: str
) -> HostedPhase:
    annotation = phase.get("test_annotation_file")
    codename = phase.get("codename")
    if not isinstance(codename, str) or not codename:
        raise UsageError(f"{place}: codename is missing: {quote(str(codename), 60)}")
    file = find_inside(bundle, annotation, f"{place}: test_annotation_file") if annotation else None
    if file is not None and not file.is_file():
        raise UsageError(f"{place}: test_annotation_file is not a file")
    return HostedPhase(
        id=str(phase.get("id", "1")),
        name=str(phase.get("name", codename)),
        codename=codename,
        annotation=file,
        disable_logs=is_true(phase.get("disable_logs", False)),
        splits=tuple(splits.get(phase.get("id"), ())),
    )

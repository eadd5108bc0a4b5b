"""A challenge as data for the check of submissions: without references and without files."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from xacle_eval.challenge.approved import ApprovedResources
from xacle_eval.challenge.columns import RatingColumns
from xacle_eval.challenge.manifest import Manifest
from xacle_eval.challenge.model import Challenge, Split

__all__ = ["challenge_data", "restore_challenge"]

# What the check does not use of a model; the names of files with labels stay private.
_LEFT_OUT = {
    Challenge: {"phases"},
    Split: {"references", "demo", "pairs", "parts"},
    RatingColumns: {"exclude"},
}
# The key of the names that the challenge file sets; the others have their defaults.
_SET = ""


def challenge_data(challenge: Challenge) -> dict[str, Any]:
    """Return what the check of submissions needs of a challenge, as JSON values.

    Parameters
    ----------
    challenge : Challenge
        The challenge, with the split in use.

    Raises
    ------
    ChallengeError
        If a list of ids or of approved resources cannot be read.
    """
    approved = challenge.approved
    return {
        "model": _plain(challenge),
        "split": challenge.split,
        # The ids of numbered splits follow from their patterns.
        "ids": {
            name: list(challenge.manifest_of(name).ids)
            for name, split in challenge.splits.items()
            if split.list is not None
        },
        "approved": None
        if approved is None
        else {"names": dict(approved.names), "links": sorted(approved.links)},
    }


def restore_challenge(data: Mapping[str, Any]) -> Challenge:
    """Return the challenge of `challenge_data`; it was checked when the data were written."""
    challenge: Challenge = _restore(Challenge, data["model"])
    challenge._split = data["split"]
    ids = challenge.ids
    for name, listed in data["ids"].items():
        manifest = Manifest(listed, ids.ending, optional=ids.ending_optional)
        challenge._manifests[name] = manifest
    if data["approved"] is not None:
        names, links = data["approved"]["names"], frozenset(data["approved"]["links"])
        challenge._approved = ApprovedResources(names, links)
    return challenge


def _plain(value: Any) -> Any:
    """Return a value of a challenge as JSON values."""
    if isinstance(value, BaseModel):
        left_out = _LEFT_OUT.get(type(value), set())
        names = [name for name in type(value).model_fields if name not in left_out]
        kept = {name: _plain(getattr(value, name)) for name in names}
        return {**kept, _SET: sorted(value.model_fields_set - left_out)}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _restore(kind: Any, value: Any) -> Any:
    """Return a value of a type from its JSON form."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _restore(arguments[0], value)
    if origin in (Union, types.UnionType):
        models = [each for each in arguments if _has_structure(each)]
        return value if value is None or not models else _restore(models[0], value)
    if origin is tuple:
        return tuple(_restore(arguments[0], each) for each in value)
    if origin is dict:
        return {key: _restore(arguments[1], each) for key, each in value.items()}
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return value
    fields = kind.model_fields
    values = {
        name: _restore(fields[name].annotation, each)
        for name, each in value.items()
        if name != _SET
    }
    return kind.model_construct(set(value[_SET]), **values)


def _has_structure(kind: Any) -> bool:
    """Return whether the values of a type are models or contain other values."""
    if get_origin(kind) is Annotated:
        return _has_structure(get_args(kind)[0])
    model = isinstance(kind, type) and issubclass(kind, BaseModel)
    return model or get_origin(kind) in (tuple, dict)

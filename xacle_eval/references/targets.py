"""References of several targets: one file with a column for each, or one file for each."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, cast

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.references.loading import load_file, load_references
from xacle_eval.references.model import GivenReferences, References

__all__ = ["load_target_references"]


def load_target_references(
    references: GivenReferences, challenge: Challenge, *, predictions: Iterable[Any] = ()
) -> dict[str, References]:
    """Load the references of every target of the challenge's split.

    Parameters
    ----------
    references : path, mapping of target to references, or None
        A file with a column for each target, or the references of each target as for
        `load_references`. None uses the challenge's bundled references.
    challenge : Challenge
        The challenge, with the split in use.
    predictions : iterable of path or mapping, optional
        As for `load_references`.

    Returns
    -------
    dict of str to References
        In the order of the challenge's targets; a target that is optional can be absent. Without
        targets, the references by an empty name.

    Raises
    ------
    ReferencesError
        If the references have errors; each error has its line and column.
    UsageError
        If the references of a target are missing, or as for `load_references`.
    """
    if not challenge.targets:
        return {"": load_references(cast(Any, references), challenge, predictions=predictions)}
    if isinstance(references, References):
        raise UsageError(
            f"{challenge.name} has several targets: expected references by target, got those of one"
        )
    if references is None or isinstance(references, str | os.PathLike | list | tuple):
        return load_file(cast(Any, references), challenge, predictions)
    for name in references:
        challenge.for_target(name)
    for name, target in challenge.targets.items():
        if name not in references and not target.optional:
            raise UsageError(
                f"no references for the target {name}: pass --references {name}=FILE too"
            )
    return {
        name: load_references(cast(Any, references[name]), one)
        for name, one in challenge.each_target().items()
        if name in references
    }

"""References of several targets: one file with a column for each, or one file for each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, cast

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.references.loading import load_file, load_one
from xacle_eval.references.model import GivenReferences, References
from xacle_eval.references.objects import is_two_files
from xacle_eval.submissions.frames import NO_ORDER, InOrder, Order, article, is_frame, kind_of
from xacle_eval.submissions.objects import require_arrays

__all__ = ["load_all", "load_target_references"]


def load_target_references(
    references: GivenReferences = None,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    *,
    split: str | None = None,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
    predictions: Iterable[Any] = (),
) -> dict[str, References]:
    """Load the references of every target of a split.

    Parameters
    ----------
    references : path, data frame, mapping of target to references, or None
        A file or a data frame with a column for each target, or the references of each target as
        for `load_references`. None uses the challenge's bundled references.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one with the split in use.
    split, ids, order, predictions
        As for `load_references`.

    Returns
    -------
    dict of str to References
        In the order of the challenge's targets; a target that is optional can be absent. Without
        targets, the references by an empty name.

    Raises
    ------
    ReferencesError
        If the references have errors; in a file, each error has its line and column.
    UsageError
        If the references of a target are missing, or as for `load_references`.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> truth = xe.load_target_references({f"{n:05}.wav": 5.0 for n in range(10500, 13500)})
    >>> list(truth), len(truth[""].values)
    ([''], 3000)
    """
    in_order, loaded = InOrder(ids, order), load_challenge(challenge, split)
    require_arrays(in_order, loaded, references)
    return load_all(references, loaded, predictions, in_order)


def load_all(
    references: GivenReferences,
    challenge: Challenge,
    predictions: Iterable[Any] = (),
    in_order: InOrder = NO_ORDER,
) -> dict[str, References]:
    """Load the references of every target of a loaded challenge; see `load_target_references`."""
    if not challenge.targets:
        return {"": load_one(cast(Any, references), challenge, predictions, in_order)}
    if isinstance(references, References):
        raise UsageError(
            f"{challenge.name} has several targets: expected references by target, got those of one"
        )
    files = isinstance(references, str | os.PathLike) or is_two_files(references)
    if references is None or files or is_frame(references):
        return load_file(cast(Any, references), challenge, predictions, in_order)
    if not isinstance(references, Mapping):
        names = ", ".join(challenge.targets)
        raise UsageError(
            f"{challenge.name} has several targets: pass a file or a data frame with their columns,"
            f" or a dict of references by target ({names}); got {article(kind_of(references))}"
        )
    for name in references:
        challenge.for_target(name)
    for name, target in challenge.targets.items():
        if name not in references and not target.optional:
            raise UsageError(
                f"no references for the target {name}: pass --references {name}=FILE too"
            )
    return {
        name: load_one(cast(Any, references[name]), one, (), in_order)
        for name, one in challenge.each_target().items()
        if name in references
    }

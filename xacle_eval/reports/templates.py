"""`xacle_eval.template`: a prediction file or a system description to fill in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, check_arguments, check_choice
from xacle_eval.io.outputs import write_text
from xacle_eval.io.overwriting import refuse_existing, refuse_overwriting
from xacle_eval.reports.formats.tables import csv_rows
from xacle_eval.text import visible_lines

__all__ = ["Template", "description_text", "predictions_text", "template"]

_KINDS = ("predictions", "description")


@dataclass(frozen=True, slots=True, repr=False)
class Template:
    """The result of `xacle_eval.template`, which prints as its text.

    Attributes
    ----------
    kind : {"predictions", "description"}
        What is to be filled in.
    text : str
        The CSV or YAML.
    ids : tuple of str
        The ids of a prediction file, in the order of the manifest; empty for a description.
    output : str or None
        The file that was written.
    """

    kind: Literal["predictions", "description"]
    text: str
    ids: tuple[str, ...] = ()
    output: str | None = None

    def __str__(self) -> str:
        return visible_lines(self.text, keep="\n\t")

    def __repr__(self) -> str:
        lines = self.text.count("\n")
        return f"<Template: {self.kind}, {lines:,} lines>"


def template(
    kind: Literal["predictions", "description"] = "predictions",
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    label: str | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
) -> Template:
    """Make a prediction file or a system description to fill in.

    These are the files of ``xacle-eval challenge template`` and ``xacle-eval package --template``.

    Parameters
    ----------
    kind : {"predictions", "description"}
        A prediction file with all ids of the split, or the YAML that describes a system.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one; for a prediction file.
    split : str, optional
        The split, if not the challenge's default; for a prediction file.
    label : str, optional
        The label of the system; for a description.
    output : path, optional
        Write the template to this file, atomically. By default nothing is written.
    force : bool
        Overwrite the output if it exists.

    Returns
    -------
    Template
        The text, and the ids of a prediction file.

    Raises
    ------
    ChallengeError, UsageError
        If the challenge or an argument is invalid, or does not belong to the kind.
    OutputError
        If the output exists or cannot be written.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> made = xe.template()
    >>> made.text.splitlines()[:2], len(made.ids)
    (['wav_file_name,pred_score', '10500.wav,'], 3000)
    """
    check_choice("kind", kind, _KINDS)
    check_arguments(label=label, output=output, force=force, optional=("label", "output"))
    target = None if output is None else os.fspath(output)
    ids: tuple[str, ...] = ()
    if kind == "description":
        if split is not None:
            raise UsageError("split belongs to a template of predictions, not of a description")
        text = description_text(label)
    else:
        if label is not None:
            raise UsageError('label needs kind="description"')
        loaded = load_challenge(challenge, split)
        named = None if isinstance(challenge, Challenge) else os.fspath(challenge)
        refuse_overwriting({"output": target}, {}, named)
        text, ids = predictions_text(loaded), tuple(loaded.manifest.ids)
    refuse_existing([target], force)
    if target is not None:
        write_text(target, visible_lines(text, keep="\n\t"))
    return Template(kind, text, ids, target)


def predictions_text(challenge: Challenge) -> str:
    """Return a prediction file with all ids of the challenge's split, and no value."""
    # One column for each target, or one column.
    columns = [one.predictions.column for one in challenge.each_target().values()]
    empty = [""] * len(columns)
    rows = ([pair, *empty] for pair in challenge.manifest.ids)
    return csv_rows([challenge.ids.column, *columns], rows, challenge.separator)


def description_text(label: str | None = None) -> str:
    """Return a commented system description, with the label of the system if it is given."""
    from xacle_eval.submissions.description import description_template

    return description_template(label) if label is not None else description_template()

"""The result of an export: the files of a bundle, its phases and scores, and notes."""

from __future__ import annotations

import os
from typing import Literal

from xacle_eval.errors import MissingFileError, UsageError
from xacle_eval.io.files import display_path
from xacle_eval.io.folders import FILE_LIST
from xacle_eval.models.model import Model, Result
from xacle_eval.text import PathText, visible_path

__all__ = [
    "BUNDLE",
    "EXPORT_PLATFORMS",
    "ExportNote",
    "ExportPlatform",
    "ExportedBundle",
    "ExportedFile",
    "ExportedPhase",
    "ExportedScore",
    "bundle_of",
    "input_error",
]

ExportPlatform = Literal["codabench", "evalai", "huggingface"]
EXPORT_PLATFORMS: dict[ExportPlatform, str] = {
    "codabench": "Codabench",
    "evalai": "EvalAI",
    "huggingface": "Hugging Face",
}
"""The platforms whose bundles can be written, with the names that texts show."""
BUNDLE = "bundle"
"""The folder of the bundle's files in the folder of an export, beside the ZIP to upload."""


def bundle_of(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Return the bundle in the folder of an export; another path is returned as it is.

    Raises
    ------
    UsageError
        If the folder is an export for Hugging Face, which has no bundle.
    """
    if not os.path.isfile(os.path.join(path, FILE_LIST)):  # noqa: PTH113, PTH118 -- no error
        return path
    inside = os.path.join(path, BUNDLE)  # noqa: PTH118
    if os.path.isdir(inside):  # noqa: PTH112
        return inside
    if os.path.isdir(os.path.join(path, "evaluator")):  # noqa: PTH112, PTH118
        shown = visible_path(os.fspath(path))
        raise UsageError(
            f"{shown} is an export for Hugging Face, which has no bundle to check or to try; its "
            "README.md says how to try it on this computer"
        )
    return path


def input_error(what: str, path: str | os.PathLike[str], error: OSError | ValueError) -> UsageError:
    """Return the error about a bundle or a submission that cannot be read.

    Parameters
    ----------
    what : str
        What the file or folder should be.
    path : str or path
        Where it should be.
    error : OSError or ValueError
        Why it cannot be read.
    """
    shown = f"{what} '{visible_path(display_path(path))}'"
    if isinstance(error, FileNotFoundError):
        return MissingFileError(os.fspath(path), f"{shown}: file or folder not found")
    return UsageError(f"{shown} cannot be read: {getattr(error, 'strerror', None) or error}")


class ExportNote(Model):
    """Something that the organisers should know of a bundle.

    A ``placeholder`` is a text that only they can write; a ``warning`` is about a setting that
    can reveal labels or is not what the challenge file says.
    """

    kind: Literal["placeholder", "warning", "note"]
    name: str
    message: str


class ExportedFile(Model):
    """A file of a bundle; ``labels`` says that it has references, which must not be published."""

    name: str
    bytes: int
    sha256: str
    labels: bool


class ExportedScore(Model):
    """A score that a phase shows."""

    key: str
    metric: str
    target: str
    level: str
    higher_is_better: bool
    decimals: int
    step: float | None


class ExportedPhase(Model):
    """A phase of a bundle: times in UTC, limits for valid submissions, and what is scored."""

    name: str
    title: str
    opens: str
    closes: str | None
    per_day: int
    total: int
    split: str
    part: str
    pairs: int
    scores: tuple[ExportedScore, ...]


class ExportedBundle(Result):
    """The bundle of a challenge for a platform.

    ``upload`` is the file to upload, inside the folder ``path``; None for Hugging Face, whose
    folder has a repository in each of its folders. ``demo`` says that the labels are
    the synthetic demo ratings.
    """

    platform: ExportPlatform
    challenge: str
    title: str
    demo: bool
    path: PathText
    upload: str | None
    files: tuple[ExportedFile, ...]
    phases: tuple[ExportedPhase, ...]
    notes: tuple[ExportNote, ...] = ()

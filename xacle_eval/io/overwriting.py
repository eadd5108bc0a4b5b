"""Outputs that must not be written: over an input, over another result, over edited files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from xacle_eval.errors import OutputError, UsageError
from xacle_eval.io.outputs import is_within, links_above, real_path
from xacle_eval.text import LONGEST_PATH, quote, visible_path

__all__ = ["refuse_existing", "refuse_overwriting"]


def refuse_existing(
    files: Iterable[str | None], force: bool, advice: str = "pass force=True to overwrite it"
) -> None:
    """Refuse to overwrite files that a person may have edited.

    Parameters
    ----------
    files : iterable of path or None
        The files to write.
    force : bool
        Whether they may be overwritten.
    advice : str
        How to overwrite a file.

    Raises
    ------
    OutputError
        If a file exists and `force` is not given. Devices and pipes can be written.
    """
    for file in files:
        if file is None or force:
            continue
        shown = visible_path(file)
        try:
            found = Path(file).lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"{shown} cannot be written: {reason}") from error
        # The writer refuses a link with its own reason.
        if stat.S_ISREG(found.st_mode):
            raise OutputError(f"{shown} already exists; {advice}")


def refuse_overwriting(
    targets: Mapping[str, str | None],
    inputs: Mapping[str | None, str],
    challenge: str | None = None,
) -> None:
    """Refuse to write two results to one file, a result over an input, or through its links.

    Parameters
    ----------
    targets : mapping of option or argument to path or None
        The files to write, by the option or argument that names them.
    inputs : mapping of path or None to a description
        The inputs; a folder includes its files.
    challenge : str, optional
        The name, file or folder of the challenge; its file is an input.

    Raises
    ------
    UsageError
        If a target is an input, or another target, or if a link in an input folder leads to it.
    """
    given = {path: what for path, what in inputs.items() if path is not None}
    if challenge is not None and os.path.isdir(challenge):  # noqa: PTH112 -- may be too long
        # Results may be beside the challenge file, since organisers wrote both.
        challenge = os.path.join(challenge, "challenge.toml")  # noqa: PTH118
    if challenge is not None and os.path.exists(challenge):  # noqa: PTH110
        given.setdefault(challenge, "the challenge")
    taken = {real_path(path): f"{path} is {what}" for path, what in given.items()}
    folders = [place for place in taken if os.path.isdir(place)]  # noqa: PTH112
    for name, path in targets.items():
        if path is None:
            continue
        _refuse_links(name, path, folders)
        place = real_path(path)
        inside = any(is_within(place, folder) for folder in folders)
        if inside and os.path.exists(place):  # noqa: PTH110
            raise UsageError(
                f"{name} {path}: the file is in an input folder and would be overwritten; "
                "choose another file"
            )
        if os.path.exists(place) and not os.path.isfile(place):  # noqa: PTH110, PTH113
            continue  # a device such as /dev/null can take several results
        if place in taken:
            raise UsageError(
                f"{name} {path}: {taken[place]} and would be overwritten; choose another file"
            )
        taken[place] = f"{path} is the target of {name}"


def _refuse_links(name: str, path: str, folders: Iterable[str]) -> None:
    """Refuse a target that a link in an input folder leads to."""
    try:
        # The target itself may be a link too.
        links = list(links_above(os.path.join(path, "file")))  # noqa: PTH118
    except OSError:
        return  # reported when the target is written
    for link in links:
        if any(is_within(link, folder) for folder in folders):
            raise UsageError(
                f"{name} {path}: {quote(link, LONGEST_PATH)} is a symbolic link in an input "
                "folder, and no result is written through it; choose another file"
            )

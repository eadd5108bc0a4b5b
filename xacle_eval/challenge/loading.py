"""Finding, loading and checking challenge files.

A challenge is given by name (``xacle2026``, a folder in ``xacle_eval/challenge/bundled``) or by
the path of a TOML file. Every error of a file is reported at once, each with its key.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.problems import TomlError, model_problems, read_toml
from xacle_eval.errors import ChallengeError
from xacle_eval.files import read_input, similar_file
from xacle_eval.text import did_you_mean, quote, suggest, visible

__all__ = [
    "DEFAULT_CHALLENGE",
    "bundled_challenges",
    "challenge_path",
    "challenge_problems",
    "load_challenge",
    "template",
]

DEFAULT_CHALLENGE = "xacle2026"
_BUNDLED = Path(__file__).parent / "bundled"
_MOST_BYTES = 1_000_000
_MOST_LIST_BYTES = 100_000_000


def bundled_challenges() -> tuple[str, ...]:
    """Return the names of the bundled challenges."""
    return tuple(sorted(file.parent.name for file in _BUNDLED.glob("*/challenge.toml")))


def template() -> str:
    """Return the commented challenge file that ``xacle-eval challenge init`` writes."""
    return read_input(_BUNDLED / "template.toml", _MOST_BYTES).decode("utf-8")


def load_challenge(
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE, split: str | None = None
) -> Challenge:
    """Load a challenge by name or from a file.

    Parameters
    ----------
    challenge : str, path or Challenge
        The name of a bundled challenge (``xacle2026``), the path of a challenge file or of
        its folder, or a loaded challenge.
    split : str, optional
        The split to use; the challenge's default if omitted.

    Returns
    -------
    Challenge
        The challenge, with the manifest of the split loaded.

    Raises
    ------
    ChallengeError
        If the challenge or split does not exist, or the file has errors; all are listed.
    """
    if not isinstance(challenge, Challenge):
        path, source = _locate(challenge)
        challenge = _load(path, source)
    chosen = challenge.with_split(split)
    chosen.manifest_of(chosen.split)
    return chosen


def challenge_problems(challenge: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return every error of a challenge file, each starting with its key; empty if valid.

    Raises
    ------
    ChallengeError
        If the challenge or file does not exist.
    """
    path, source = _locate(challenge)
    try:
        loaded = _load(path, source)
    except ChallengeError as error:
        return error.problems
    return tuple(_file_problems(loaded))


def challenge_path(challenge: str | os.PathLike[str]) -> Path:
    """Return the file of a challenge that is given by name or path.

    Raises
    ------
    ChallengeError
        If the challenge or file does not exist.
    """
    return _locate(challenge)[0]


def _locate(challenge: str | os.PathLike[str]) -> tuple[Path, str]:
    written = os.fspath(challenge)
    if written in bundled_challenges():
        return _BUNDLED / written / "challenge.toml", written
    path = Path(written)
    # Unlike the methods of Path, these accept names that are too long.
    if os.path.isdir(path):  # noqa: PTH112
        path = path / "challenge.toml"
    if os.path.exists(path):  # noqa: PTH110 -- whether it is a regular file is checked on opening
        return path, written
    raise ChallengeError(visible(written), [_not_found(written)])


def _not_found(written: str) -> str:
    path = Path(written)
    if os.path.isdir(path):  # noqa: PTH112
        return "no challenge.toml in this folder"
    if not written.endswith(".toml") and os.sep not in written:
        names = bundled_challenges()
        known = f"bundled challenges: {', '.join(names)}"
        return f"no challenge or file has this name; {did_you_mean(written, names, known)}"
    similar = similar_file(path, ".toml")
    return f"file not found; {suggest(similar)}" if similar else "file not found"


def _load(path: Path, source: str) -> Challenge:
    try:
        data = read_input(path, _MOST_BYTES)
        table = read_toml(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ChallengeError(source, [f"the file cannot be read ({reason})"]) from error
    except TomlError as error:
        raise ChallengeError(source, [str(error)]) from error
    try:
        challenge = Challenge.model_validate(table)
    except ValidationError as error:
        raise ChallengeError(source, model_problems(table, error)) from error
    challenge._folder = str(path.parent)
    challenge._sha256 = _digest(data, challenge)
    return challenge


def _digest(data: bytes, challenge: Challenge) -> str:
    """Hash the challenge file and the lists of ids and resources that it names."""
    digest = hashlib.sha256(data)
    for name in (*(split.list for split in challenge.splits.values()), challenge.packages.approved):
        if name is not None:
            file = Path(challenge.folder) / name
            digest.update(_bytes_of(file))
    return digest.hexdigest()


def _bytes_of(file: Path) -> bytes:
    try:
        return read_input(file, _MOST_LIST_BYTES)
    except OSError:  # reported when the list is used
        return b""


def _file_problems(challenge: Challenge) -> Iterator[str]:
    """Yield the problems of the files that a challenge file names, and of its group pattern."""
    try:
        _ = challenge.approved
    except ChallengeError as error:
        yield from error.problems
    for name, split in challenge.splits.items():
        try:
            manifest = challenge.manifest_of(name)
        except ChallengeError as error:
            yield from error.problems
            continue
        if split.references and not (Path(challenge.folder) / split.references).is_file():
            key = f"splits.{visible(name)}.references"
            yield f"{key}: file not found: {visible(split.references)}"
        if challenge.group is not None:
            unmatched = [pair for pair in manifest.ids if challenge.group.group_of(pair) is None]
            if unmatched:
                yield (
                    f"group.pattern: no match in {len(unmatched):,} of {len(manifest):,} ids of "
                    f"split {quote(name, 60)}, such as {quote(unmatched[0])}"
                )

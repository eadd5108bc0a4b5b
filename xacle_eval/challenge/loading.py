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
from xacle_eval.files import similar_file
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


def bundled_challenges() -> tuple[str, ...]:
    """Return the names of the bundled challenges."""
    return tuple(sorted(file.parent.name for file in _BUNDLED.glob("*/challenge.toml")))


def template() -> str:
    """Return the commented challenge file that ``xacle-eval challenge init`` writes."""
    return (_BUNDLED / "template.toml").read_text(encoding="utf-8")


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
    if path.is_dir():
        path = path / "challenge.toml"
    if path.is_file():
        return path, written
    raise ChallengeError(visible(written), [_not_found(written)])


def _not_found(written: str) -> str:
    path = Path(written)
    if path.is_dir():
        return "no challenge.toml in this folder"
    if not written.endswith(".toml") and os.sep not in written:
        names = bundled_challenges()
        known = f"bundled challenges: {', '.join(names)}"
        return f"no challenge or file has this name; {did_you_mean(written, names, known)}"
    similar = similar_file(path, ".toml")
    return f"file not found; {suggest(similar)}" if similar else "file not found"


def _load(path: Path, source: str) -> Challenge:
    try:
        data = path.read_bytes()
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
            digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()


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

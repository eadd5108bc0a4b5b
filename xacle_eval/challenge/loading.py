"""Challenge files: finding, loading and checking them.

A challenge is named (``xacle2026``, one of the folders in ``xacle_eval/challenge/bundled``) or given
as the path of a TOML file. Every error of a file is reported at once, each with its key.
"""

from __future__ import annotations

import copy
import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import ChallengeError
from xacle_eval.text import nearest, visible

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
    """Return the names of the challenges that come with the toolkit."""
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
        the folder it lies in, or a challenge that is loaded already.
    split : str, optional
        The split to use instead of the challenge's default.

    Returns
    -------
    Challenge
        The challenge with the manifest of the split read.

    Raises
    ------
    ChallengeError
        If there is no such challenge or split, or the file has errors; all of them are named.
    """
    if not isinstance(challenge, Challenge):
        path, source = _locate(challenge)
        challenge = _load(path, source)
    chosen = challenge.with_split(split)
    chosen.manifest_of(chosen.split)
    return chosen


def challenge_problems(challenge: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return every error of a challenge file, each beginning with its key; empty if it is right.

    Raises
    ------
    ChallengeError
        If there is no such file.
    """
    path, source = _locate(challenge)
    try:
        loaded = _load(path, source)
    except ChallengeError as error:
        return error.problems
    return tuple(_beside_problems(loaded))


def challenge_path(challenge: str | os.PathLike[str]) -> Path:
    """Return the file of a challenge given by name or path.

    Raises
    ------
    ChallengeError
        If there is no such challenge or file.
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
    names = bundled_challenges()
    if not written.endswith(".toml") and os.sep not in written and not Path(written).is_dir():
        guess = nearest(written, names)
        known = f"did you mean {guess}?" if guess else f"the bundled ones are {', '.join(names)}"
        return f"there is no such challenge or file; {known}"
    if Path(written).is_dir():
        return "the folder holds no challenge.toml"
    folder = Path(written).parent
    guess = (
        nearest(Path(written).name, (f.name for f in folder.glob("*.toml")))
        if folder.is_dir()
        else None
    )
    return (
        f"there is no such file; did you mean {folder / guess}?"
        if guess
        else "there is no such file"
    )


def _load(path: Path, source: str) -> Challenge:
    try:
        data = path.read_bytes()
        table = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise ChallengeError(source, [error.strerror or str(error)]) from error
    except UnicodeDecodeError as error:
        raise ChallengeError(source, ["the file is not UTF-8 text"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ChallengeError(source, [f"the file is not TOML: {error}"]) from error
    try:
        challenge = Challenge.model_validate(table)
    except ValidationError as error:
        raise ChallengeError(source, _all_problems(table, error)) from error
    challenge._folder = str(path.parent)
    challenge._sha256 = _digest(data, challenge)
    return challenge


def _digest(data: bytes, challenge: Challenge) -> str:
    """Hash the challenge file and the lists it names, of ids and resources: together they are the
    challenge.
    """
    digest = hashlib.sha256(data)
    for name in (*(split.list for split in challenge.splits.values()), challenge.packages.approved):
        if name is not None:
            file = Path(challenge.folder) / name
            digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()


def _beside_problems(challenge: Challenge) -> Iterator[str]:
    """Yield what is wrong with the files a challenge file names, and with the group pattern."""
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
            yield f"splits.{name}.references: there is no file {split.references}"
        if challenge.group is not None:
            strangers = [pair for pair in manifest.ids if challenge.group.group_of(pair) is None]
            if strangers:
                yield (
                    f"group.pattern: matches {len(manifest) - len(strangers):,} of {len(manifest):,} ids "
                    f"of the split {name}, not {strangers[0]!r}"
                )


def _all_problems(table: dict[str, Any], error: ValidationError) -> list[str]:
    """Return every problem; what unknown keys hide, such as an incomplete table, is found without
    them.
    """
    problems = list(_problems(error))
    rest = copy.deepcopy(table)
    for item in error.errors(include_url=False):
        if item["type"] == "extra_forbidden":
            place: Any = rest
            for part in item["loc"][:-1]:
                place = place[part]
            del place[item["loc"][-1]]
    try:
        Challenge.model_validate(rest)
    except ValidationError as other:
        problems.extend(_problems(other))
    return list(dict.fromkeys(problems))


def _problems(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False):
        # The last part of a place in a union is the kind that was tried, no key.
        union = item["loc"][:2] == ("ranking", "undefined")
        key = ".".join(str(part) for part in (item["loc"][:2] if union else item["loc"]))
        yield f"{key}: {_sentence(item, key)}" if key else _sentence(item, key)


def _sentence(item: Mapping[str, Any], key: str) -> str:
    kind, message, value = item["type"], str(item["msg"]), item.get("input")
    if kind == "extra_forbidden":
        guess = nearest(key.rpartition(".")[2], _keys_at(key.rpartition(".")[0]))
        return f"there is no such key{f'; did you mean {guess}?' if guess else ''}"
    if kind == "missing":
        return "is missing"
    message = message.removeprefix("Value error, ").removeprefix("Input should be ")
    if kind == "value_error":
        return message
    plain = _wanted(kind, key) or f"must be {message}"
    return f"{plain}, it is {visible(repr(value), 60)}"


# What pydantic's kinds of error mean to a person who writes TOML.
_WANTED = {
    "string_type": "must be text in quotation marks",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "model_type": "must be a table of keys",
    "dict_type": "must be a table of keys",
    "tuple_type": 'must be a list such as ["a", "b"]',
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}
_PATTERNS = {
    "name": "must begin with a letter or digit and hold only letters, digits, '.', '_' and '-'",
    "group.name": "must begin with a lower-case letter and hold only lower-case letters, digits and '_'",
    "submissions.endings": "must be a dot and lower-case letters or digits, such as '.csv'",
}


def _wanted(kind: str, key: str) -> str | None:
    if key == "ranking.undefined":
        return 'must be a number or "unranked"'
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(key.rstrip(".0123456789"))
    return _WANTED.get(kind)


def _keys_at(place: str) -> list[str]:
    """Return the keys that a table of the challenge file may have."""
    model: type[BaseModel] | None = Challenge
    parts = place.split(".") if place else []
    for position, part in enumerate(parts):
        if model is None:
            return []
        if position and parts[position - 1] == "splits":
            continue
        field = model.model_fields.get(part)
        model = _table_of(field.annotation) if field else None
    return list(model.model_fields) if model else []


def _table_of(annotation: object) -> type[BaseModel] | None:
    """Return the model in an annotation such as ``Group | None`` or ``dict[str, Split]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _table_of(argument)
        if found is not None:
            return found
    return None

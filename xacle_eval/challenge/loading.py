"""Finding, loading and checking challenge files.

A challenge is given by name (``xacle2026``, a folder in ``xacle_eval/challenge/bundled``) or by
the path of a TOML file. Every error of a file is reported at once, each with its key.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from xacle_eval.challenge.filenames import named_files, rebase
from xacle_eval.challenge.inheritance import InheritanceError, Resolved, resolve
from xacle_eval.challenge.inputs import MOST_LIST_BYTES, ListError, bundled_names, locate
from xacle_eval.challenge.lists import list_problems
from xacle_eval.challenge.manifest import MAX_PAIRS, Manifest
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.pairs import PairsError, group_names
from xacle_eval.challenge.problems import TomlError, model_problems, read_toml
from xacle_eval.challenge.unpublished import without_publishing
from xacle_eval.errors import ChallengeError, MissingChallengeError, check_arguments
from xacle_eval.io.files import TooLargeError, open_input, read_input, similar_file
from xacle_eval.text import count, did_you_mean, quote, suggest, visible, visible_path

__all__ = [
    "DEFAULT_CHALLENGE",
    "MOST_BYTES",
    "bundled_challenges",
    "challenge_files",
    "challenge_of",
    "challenge_problems",
    "challenge_text",
    "load_challenge",
    "template",
]

DEFAULT_CHALLENGE = "xacle2026"
_BUNDLED = Path(__file__).parent / "bundled"
MOST_BYTES = 500_000
"""The maximum size of a challenge file."""
_MOST_PROBLEMS = 50
_OPTIONAL = ("split", "part")


def bundled_challenges() -> tuple[str, ...]:
    """Return the names of the bundled challenges."""
    return bundled_names()


def template() -> str:
    """Return the commented challenge file that ``xacle-eval challenge init`` writes."""
    return read_input(_BUNDLED / "template.toml", MOST_BYTES).decode("utf-8")


def load_challenge(
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    *,
    part: str | None = None,
    allow_code: bool = False,
) -> Challenge:
    """Load a challenge by name or from a file.

    Parameters
    ----------
    challenge : str, path or Challenge
        The name of a bundled challenge (``xacle2026``), the path of a challenge file or of
        its folder, or a loaded challenge.
    split : str, optional
        The split to use; the challenge's default if omitted.
    part : str, optional
        The part of the split to score; ``all`` is the whole split, which is the default.
    allow_code : bool
        Import the own metrics that a challenge file names as ``module:attribute``. This runs code
        that the file chooses.

    Returns
    -------
    Challenge
        The challenge, with the manifest of the split loaded.

    Raises
    ------
    ChallengeError
        If the challenge, split or part does not exist, or the file has errors; all are listed.
    UsageError
        If an argument has a wrong type.
    """
    check_arguments(
        challenge=challenge, split=split, part=part, allow_code=allow_code, optional=_OPTIONAL
    )
    if not isinstance(challenge, Challenge):
        path, source = _locate(challenge)
        challenge = _load(path, source, allow_code)
    chosen = challenge.with_split(split)
    chosen.manifest_of(chosen.split)
    return chosen.with_part(part)


def challenge_problems(
    challenge: str | os.PathLike[str], *, allow_code: bool = False
) -> tuple[str, ...]:
    """Return every error of a challenge file, each starting with its key; empty if valid.

    Own metrics are imported only with `allow_code`; without it, naming them is an error.

    Raises
    ------
    ChallengeError
        If the challenge or file does not exist.
    """
    path, source = _locate(challenge)
    try:
        loaded = _load(path, source, allow_code)
    except ChallengeError as error:
        return error.problems
    return tuple(dict.fromkeys(_file_problems(loaded)))


def challenge_files(challenge: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the challenge files that a name, a file or a folder stands for.

    A folder stands for its ``challenge.toml``, or else for the ``challenge.toml`` of each folder
    in it and its own TOML files.
    """
    written = os.fspath(challenge)
    folder = Path(written)
    try:
        is_folder = folder.is_dir() and written not in bundled_challenges()
        if not is_folder or (folder / "challenge.toml").exists():
            return (written,)
        found = [*folder.glob("*.toml"), *folder.glob("*/challenge.toml")]
    except (OSError, ValueError):
        return (written,)  # reported when it is loaded
    return tuple(map(str, sorted(found))) or (written,)


def _locate(challenge: str | os.PathLike[str]) -> tuple[Path, str]:
    written = os.fspath(challenge)
    if written in bundled_challenges():
        return _BUNDLED / written / "challenge.toml", written
    shown = visible_path(written)
    try:
        path = Path(written)
        path = path / "challenge.toml" if path.is_dir() else path
        exists = path.exists()
    except OSError as error:  # such as a name that is too long
        raise ChallengeError(shown, [_unreadable(error)]) from error
    if exists:
        return path, shown
    raise MissingChallengeError(shown, [_not_found(written)])


def _not_found(written: str) -> str:
    if Path(written).is_dir():
        return "no challenge.toml in this folder"
    if not written.endswith(".toml") and os.sep not in written:
        names = bundled_challenges()
        known = f"bundled challenges: {', '.join(names)}"
        return f"no challenge or file has this name; {did_you_mean(written, names, known)}"
    similar = similar_file(written, ".toml")
    return f"file not found; {suggest(similar)}" if similar else "file not found"


def _unreadable(error: OSError) -> str:
    return f"the file cannot be read ({error.strerror or error})"


def _load(path: Path, source: str, allow_code: bool = False) -> Challenge:
    resolved = _resolve(path, source)
    context = {"allow_code": allow_code, "folder": str(path.parent)}
    try:
        challenge = Challenge.model_validate(resolved.table, context=context)
    except ValidationError as error:
        problems = map(resolved.annotate, model_problems(resolved.table, error, context))
        raise ChallengeError(source, _first(list(problems))) from error
    challenge._folder = str(path.parent)
    try:
        challenge._sha256 = _digest(resolved.files, challenge)
    except ListError as error:
        raise ChallengeError(source, [str(error)]) from error
    return challenge


def _resolve(path: Path, source: str) -> Resolved:
    """Return the keys of a challenge file, with those that it inherits."""
    try:
        return resolve(path, lambda file: read_input(file, MOST_BYTES))
    except OSError as error:
        raise ChallengeError(source, [_unreadable(error)]) from error
    except (TomlError, InheritanceError) as error:
        raise ChallengeError(source, [str(error)]) from error


def challenge_text(challenge: str | os.PathLike[str]) -> str:
    """Return a challenge file as ``xacle-eval challenge show`` prints it.

    The text is that of the file. For a bundled challenge, the files that it names are written as
    ``NAME:FILE``, so that a copy can be anywhere. For a file that extends others, all keys are
    written out, so that a copy does not need them.

    Raises
    ------
    ChallengeError
        If the challenge or file does not exist, or is not valid TOML.
    """
    from xacle_eval.challenge.writing import toml_text

    path, source = _locate(challenge)
    resolved = _resolve(path, source)
    names = named_files(resolved.table)
    bundled = path.parent.name if path.parent.parent == _BUNDLED else None
    if len(resolved.files) > 1:
        if bundled:
            rebase(resolved.table, bundled)
        inherited = f"# With the keys inherited from {', '.join(resolved.names)}.\n\n"
        return inherited + toml_text(resolved.table)
    text = resolved.files[0].decode("utf-8")
    for name in names if bundled else ():
        text = text.replace(f'"{name}"', f'"{bundled}:{name}"')
    return text


def challenge_of(text: str, source: str, manifests: Mapping[str, Manifest]) -> Challenge:
    """Return the challenge of a challenge file that is not on disk.

    Parameters
    ----------
    text : str
        The file; it extends no other one.
    source : str
        Its name for messages.
    manifests : mapping of str to Manifest
        The ids of its splits, in place of the lists that it names.

    Raises
    ------
    ChallengeError
        If the file has errors; all are listed.
    """
    try:
        table = read_toml(text.encode("utf-8"))
        challenge = Challenge.model_validate(table)
    except TomlError as error:
        raise ChallengeError(source, [str(error)]) from error
    except ValidationError as error:
        raise ChallengeError(source, _first(model_problems(table, error))) from error
    challenge._manifests.update(manifests)
    return challenge


def _first(problems: list[str]) -> list[str]:
    """Return the first problems, and the number of the others."""
    more = len(problems) - _MOST_PROBLEMS
    if more <= 0:
        return problems
    return [*problems[:_MOST_PROBLEMS], f"{count(more, 'more error')} not shown"]


def _digest(files: tuple[bytes, ...], challenge: Challenge) -> str:
    """Hash the challenge file, those that it extends, and the lists of ids and resources."""
    first, *others = map(without_publishing, files)
    digest = hashlib.sha256(first)
    for data in others:
        digest.update(b"\0" + hashlib.sha256(data).digest())
    left = MOST_LIST_BYTES
    for names, most in _lists(challenge):
        lines = 0
        for name in names:
            try:
                listed = read_input(locate(challenge.folder, name), left)
            except TooLargeError as error:
                raise ListError(
                    f"the lists have more than {MOST_LIST_BYTES:,} bytes in total"
                ) from error
            except (OSError, ListError):
                continue  # reported when the list is used
            digest.update(listed)
            left -= len(listed)
            lines += listed.count(b"\n")
            if lines > most:
                raise ListError(f"the lists have more than {most:,} lines in total")
    return digest.hexdigest()


def _lists(challenge: Challenge) -> Iterator[tuple[list[str], int]]:
    """Yield the lists that results depend on, and the most lines that they have together."""
    splits = challenge.splits.values()
    lists = (*(split.list for split in splits), challenge.packages.approved)
    yield [name for name in lists if name is not None], MAX_PAIRS
    # A pair can be in one list of each part; a pairs file has a header.
    yield [name for split in splits for name in split.lists_of_parts], 2 * MAX_PAIRS
    yield [split.pairs for split in splits if split.pairs is not None], 2 * MAX_PAIRS


def _file_problems(challenge: Challenge) -> Iterator[str]:
    """Yield the problems of the files that a challenge file names, and of its group pattern."""
    try:
        _ = challenge.approved
    except ChallengeError as error:
        yield from error.problems
    for name, split in challenge.splits.items():
        wrong = list(_id_problems(name, challenge))
        yield from wrong
        if wrong:
            continue
        try:
            challenge.manifest_of(name)
        except ChallengeError as error:
            yield from error.problems
            continue
        for key, file in (("references", split.references), ("demo", split.demo)):
            problem = _file_problem(challenge.folder, file) if file else None
            if problem:
                yield f"splits.{visible(name)}.{key}: {problem}"
        try:
            for part in split.parts:
                _ = challenge.with_split(name).with_part(part)
            yield from _group_problems(challenge, name)
        except ChallengeError as error:
            yield from error.problems


def _group_problems(challenge: Challenge, split: str) -> Iterator[str]:
    """Yield the groups that do not fit the pairs of a split."""
    manifest, pairs = challenge.manifest_of(split), challenge.pairs_of(split)
    for group in challenge.groups:
        if group.pattern is not None:
            unmatched = [each for each in manifest.ids if group.group_of(each) is None]
            if unmatched:
                yield (
                    f"{group.key}.pattern: no match in {len(unmatched):,} of {len(manifest):,} ids "
                    f"of split {quote(split, 60)}, such as {quote(unmatched[0])}"
                )
        elif pairs is None:
            yield f"{group.key}.column: the split {quote(split, 60)} has no pairs file"
        else:
            try:
                group_names(group, pairs)
            except PairsError as error:
                yield from (f"{group.key}.column: {problem}" for problem in error.problems)


def _id_problems(name: str, challenge: Challenge) -> Iterator[str]:
    """Yield what is wrong with the ids of a split, apart from what prevents reading them."""
    split, ids = challenge.splits[name], challenge.ids
    key = f"splits.{visible(name)}"
    if split.list is not None:
        for problem in list_problems(challenge.folder, split.list, ids):
            yield f"{key}.list: {problem}"
    elif not ids.ending_optional and not (split.pattern or "").endswith(ids.ending):
        yield f"{key}.pattern: the ids do not end in {quote(ids.ending)}, the value of ids.ending"


def _file_problem(folder: str, name: str) -> str | None:
    """Return why a file of ratings cannot be opened, or None."""
    try:
        with open_input(locate(folder, name)):
            return None
    except FileNotFoundError:
        return f"file not found: {visible(name)}"
    except ListError as error:
        return str(error)
    except OSError as error:
        return f"{visible(name)} cannot be read ({error.strerror or error})"

"""``--references``: one file, or ``TARGET=FILE`` for each of several targets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import cast

from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.output import default_challenge, demo_banner, print_note
from xacle_eval.errors import ReferencesError, UsageError
from xacle_eval.references.model import GivenReferences, References
from xacle_eval.references.targets import load_target_references
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import did_you_mean, quote, typed

__all__ = [
    "about_default_challenge",
    "as_given",
    "named_references",
    "open_references",
    "reference_files",
    "report_references",
]


_Files = str | list[str]
# Ratings, and averages to compare with them.
_MOST = 2


def open_references(
    given: tuple[str, ...], challenge: Challenge, quiet: bool, predictions: Iterable[str]
) -> dict[str, References]:
    """Load the references of every target, with an empty name if there is one; report on them.

    Parameters
    ----------
    given : tuple of str
        The values of --references.
    challenge : Challenge
        The challenge.
    quiet : bool
        Report nothing; results name demo ratings themselves.
    predictions : iterable of str
        What is to be scored; see `load_references`.

    Raises
    ------
    UsageError, ReferencesError
        If the values do not fit to the challenge, or the references have errors.
    """
    with about_default_challenge(challenge):
        loaded = load_target_references(
            named_references(given, challenge), challenge, predictions=predictions
        )
    report_references(loaded.values(), quiet)
    return loaded


def report_references(loaded: Iterable[References], quiet: bool) -> None:
    """Report on stderr that references are demo ratings, and the findings of each file once."""
    if quiet:
        return
    found: dict[str, dict[Finding, None]] = {}
    kinds = set()
    for truth in loaded:
        kinds.add(truth.summary.kind)
        found.setdefault(typed(truth.path), {}).update(dict.fromkeys(truth.findings))
    if "demo" in kinds:
        demo_banner()
    for path, findings in found.items():
        if findings:
            from xacle_eval.reports.formats.console import print_findings

            print_note(partial(print_findings, path=path, findings=tuple(findings), indent=""))


@contextmanager
def about_default_challenge(challenge: Challenge) -> Iterator[None]:
    """Add the note of `default_challenge` to the error of references."""
    try:
        yield
    except ReferencesError as error:
        text = default_challenge(error.findings, pairs=len(challenge.scored))
        if text:
            error.add_note(text)
        raise


def as_given(loaded: Mapping[str, References]) -> GivenReferences:
    """Return loaded references as the functions of the package take them."""
    return loaded[""] if "" in loaded else dict(loaded)


def named_references(given: tuple[str, ...], challenge: Challenge) -> GivenReferences:
    """Return the files of --references as the functions of the package take them."""
    return cast(GivenReferences, _by_target(given, challenge))


def reference_files(given: tuple[str, ...], challenge: Challenge) -> dict[str | None, str]:
    """Return the files of --references, described for `refuse_overwriting`."""
    found = _by_target(given, challenge)
    each = found.values() if isinstance(found, dict) else () if found is None else (found,)
    files = [file for one in each for file in ([one] if isinstance(one, str) else one)]
    return dict.fromkeys(files, "the reference file")


def _by_target(given: tuple[str, ...], challenge: Challenge) -> _Files | dict[str, _Files] | None:
    """Return the file, or the files by target, that the values of --references name.

    Two files of one target, or of all, are ratings and averages to compare.
    """
    if not given:
        return None
    parts = [text.partition("=") for text in given]
    if all(mark and name in challenge.targets for name, mark, _ in parts):
        files: dict[str, list[str]] = {}
        for text, (name, _, file) in zip(given, parts, strict=True):
            if not file or len(files.get(name, ())) == _MOST:
                problem = f"target {name} is given too often" if file else "expected TARGET=FILE"
                raise UsageError(f"--references {text}: {problem}")
            files.setdefault(name, []).append(file)
        return {name: each if len(each) > 1 else each[0] for name, each in files.items()}
    if len(given) == _MOST and not any(
        mark and name in challenge.targets for name, mark, _ in parts
    ):
        absent = [text for text in given if not os.path.exists(text)]  # noqa: PTH110
        if not (challenge.targets and absent):
            return list(given)
    if len(given) > 1:
        raise UsageError(_why_several(given, challenge))
    name, mark, _ = parts[0]
    if mark and challenge.targets and not os.path.exists(given[0]):  # noqa: PTH110
        raise UsageError(f"--references {given[0]}: {_unknown(name, challenge)}")
    return given[0]


def _why_several(given: tuple[str, ...], challenge: Challenge) -> str:
    if not challenge.targets:
        return (
            f"--references is given {len(given)} times; {challenge.name} has one target: expected "
            "one file, or two: ratings, and averages to compare with them; join several files of "
            "ratings, with one header"
        )
    odd = next(text for text in given if text.partition("=")[0] not in challenge.targets)
    name, mark, _ = odd.partition("=")
    problem = _unknown(name, challenge) if mark else "expected TARGET=FILE, since it is repeated"
    return f"--references {odd}: {problem}"


def _unknown(name: str, challenge: Challenge) -> str:
    expected = f"expected one of {', '.join(challenge.targets)}"
    return f"unknown target {quote(name, 60)}; {did_you_mean(name, challenge.targets, expected)}"

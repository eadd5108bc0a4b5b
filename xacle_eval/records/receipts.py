"""Receipts: which files were checked, by which rules, with which result.

A receipt holds the SHA-256 of every file, and of every file inside a package. It is not a
signature: anyone who can write a receipt can forge one, so those who rely on it keep it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import ConfigDict, FailFast, Field, ValidationError

from xacle_eval._version import __version__
from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rules import Limits
from xacle_eval.errors import MissingFileError, OutputError, UsageError, check_arguments
from xacle_eval.io.files import TooLargeError, display_path, open_input, read_input
from xacle_eval.io.json_reading import JsonError, parse_json
from xacle_eval.io.outputs import write_text
from xacle_eval.io.overwriting import refuse_overwriting
from xacle_eval.models.model import Model, Result
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.findings import Member, SubmissionReport
from xacle_eval.submissions.reading import Source
from xacle_eval.submissions.reports import SubmissionReports
from xacle_eval.submissions.rules import RULE_SET_VERSION
from xacle_eval.submissions.validation import validate
from xacle_eval.text import PathText, json_text, key_path, quote, visible, visible_path

__all__ = ["Receipt", "Verification", "make_receipt", "read_receipt", "receipt", "verify"]

Verdict = Literal["valid", "invalid"]

# About the size of a receipt for 15,000 prediction files, or 2,000 packages with ten members each.
_MOST_BYTES = 5_000_000
# The largest package that a challenge file can allow.
_LARGEST_FILE = 1_000_000_000
_LONGEST_TEXT = 100
_CHUNK = 1 << 20


class _Part(Model):
    model_config = ConfigDict(frozen=True, defer_build=True, populate_by_name=True)


class ReceiptChallenge(_Part):
    """The challenge; ``sha256`` is the hash of its file and manifests."""

    name: str
    split: str
    sha256: str


class ReceiptSystem(_Part):
    """A system of a package, and its verdict."""

    system: str
    verdict: Verdict


class ReceiptFile(_Part):
    """A checked file; ``findings`` counts findings by rule, including those of its systems."""

    path: str
    sha256: str | None
    verdict: Verdict
    findings: dict[str, int] = {}
    members: Annotated[tuple[Member, ...], FailFast()] = ()
    systems: Annotated[tuple[ReceiptSystem, ...], FailFast()] = ()


class Receipt(_Part):
    """The receipt that ``xacle-eval validate --receipt`` writes."""

    schema_: Literal["xacle-eval/receipt/1"] = Field("xacle-eval/receipt/1", alias="schema")
    tool: str
    rule_set: int
    challenge: ReceiptChallenge
    strict: bool
    files: Annotated[tuple[ReceiptFile, ...], FailFast()]

    def text(self) -> str:
        """Return the receipt as JSON; the same bytes for the same files, rules and challenge.

        Raises
        ------
        OutputError
            If it has more bytes than `read_receipt` reads.
        """
        text = json_text(self.model_dump(mode="json", by_alias=True)) + "\n"
        size = len(text.encode("utf-8"))
        if size > _MOST_BYTES:
            raise OutputError(
                f"the receipt has {size:,} bytes, more than the {_MOST_BYTES:,} that `xacle-eval "
                "verify` reads: validate fewer files at once"
            )
        return text


class Verification(Result, _Part):
    """The result of comparing a file with a receipt.

    ``same`` is whether the receipt covers the file, ``verdict`` the receipt's (None if it does not
    cover the file). ``changed``, ``added`` and ``missing`` name the files that differ inside a
    package of the same name.
    """

    path: PathText
    sha256: str
    same: bool
    verdict: Verdict | None = None
    tool: str
    rule_set: int
    challenge: ReceiptChallenge
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    compared: str | None = None


def make_receipt(
    reports: Iterable[SubmissionReport], challenge: Challenge, strict: bool = False
) -> Receipt:
    """Return the receipt of a validation.

    Parameters
    ----------
    reports : iterable of SubmissionReport
        The result of `xacle_eval.validate`.
    challenge : Challenge
        The challenge that the files were checked against.
    strict : bool
        Whether warnings make a file invalid.
    """
    # The systems of a package come after it; two packages can be shown by the same path.
    uploads: list[tuple[SubmissionReport, list[SubmissionReport]]] = []
    for report in reports:
        if report.package is None:
            uploads.append((report, []))
        else:
            uploads[-1][1].append(report)
    files = [_to_file(report, systems, strict) for report, systems in uploads]
    return Receipt(
        tool=f"xacle-eval {__version__}",
        rule_set=RULE_SET_VERSION,
        challenge=ReceiptChallenge(
            name=challenge.name, split=challenge.split, sha256=challenge.sha256
        ),
        strict=strict,
        files=tuple(files),
    )


def _to_file(
    report: SubmissionReport, systems: list[SubmissionReport], strict: bool
) -> ReceiptFile:
    findings: dict[str, int] = {}
    for finding in (finding for one in (report, *systems) for finding in one.findings):
        findings[finding.code] = findings.get(finding.code, 0) + finding.count
    return ReceiptFile(
        path=report.path,
        sha256=report.sha256,
        verdict=_verdict((report, *systems), strict),
        findings=dict(sorted(findings.items())),
        members=report.members,
        systems=tuple(
            ReceiptSystem(system=one.system, verdict=_verdict((one,), strict)) for one in systems
        ),
    )


def _verdict(reports: Iterable[SubmissionReport], strict: bool) -> Verdict:
    return "valid" if all(report.passes(strict) for report in reports) else "invalid"


def read_receipt(path: str | os.PathLike[str]) -> Receipt:
    """Read a receipt.

    Raises
    ------
    UsageError
        If the file cannot be read or is not a receipt.
    """
    shown = visible_path(display_path(path))
    try:
        data = read_input(path, _MOST_BYTES)
    except TooLargeError as error:
        problem = f"it has more than {_MOST_BYTES:,} bytes"
        raise UsageError(f"{shown} is not a receipt: {problem}") from error
    except OSError as error:
        message = f"cannot read the receipt {shown}: {error.strerror or error}"
        if isinstance(error, FileNotFoundError):
            raise MissingFileError(os.fspath(path), message) from error
        raise UsageError(message) from error
    try:
        receipt = Receipt.model_validate(parse_json(data))
        _check_texts(receipt)
    except JsonError as error:
        raise _not_a_receipt(shown, str(error)) from error
    except ValidationError as error:
        location = error.errors(include_url=False)[0]["loc"]
        problem = f"{key_path(location)} is missing or invalid" if location else _NO_OBJECT
        raise _not_a_receipt(shown, problem) from error
    return receipt


_NO_OBJECT = "it is not a JSON object"


def _not_a_receipt(shown: str, problem: str) -> UsageError:
    return UsageError(
        f"{shown} is not a receipt written by `xacle-eval validate --receipt`: {problem}"
    )


def _check_texts(receipt: Receipt) -> None:
    """Refuse names that no challenge has, such as those with terminal sequences."""
    named = {
        "tool": receipt.tool,
        "challenge.name": receipt.challenge.name,
        "challenge.split": receipt.challenge.split,
    }
    for key, text in named.items():
        if visible(text, _LONGEST_TEXT) != text:
            raise JsonError(f"{key} is invalid: {quote(text, 60)}")


def receipt(
    *paths: str | os.PathLike[str] | SubmissionReports,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    strict: bool = False,
    output: str | os.PathLike[str] | None = None,
) -> Receipt:
    """Check submissions, and return the receipt that ``xacle-eval validate --receipt`` writes.

    Parameters
    ----------
    *paths : path, or SubmissionReports
        Prediction files, packages and folders, as for `xacle_eval.validate`; or its result alone,
        and then nothing is checked again.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    strict : bool
        Whether warnings make a file invalid.
    output : path, optional
        Write the receipt to this file, atomically; an older receipt is replaced. By default
        nothing is written.

    Returns
    -------
    Receipt
        The hash and the verdict of every file. ``Receipt.text()`` is what the command writes.

    Raises
    ------
    ChallengeError, UsageError
        If the challenge or an argument is invalid, or folders contain no submission.
    OutputError
        If the output cannot be written.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> found = xe.receipt("sample_submissions/TextOnly_Reference_01.csv")
    >>> found.files[0].verdict
    'valid'
    """
    check_arguments(strict=strict, output=output, optional=("output",))
    loaded = load_challenge(challenge, split)
    target = None if output is None else os.fspath(output)
    reports = _given_reports(paths, loaded)
    if reports is None:
        files = [os.fspath(path) for path in paths if not isinstance(path, SubmissionReports)]
        named = None if isinstance(challenge, Challenge) else os.fspath(challenge)
        refuse_overwriting({"output": target}, dict.fromkeys(files, "a submission"), named)
        reports = validate(*files, challenge=loaded)
    made = make_receipt(reports, loaded, strict)
    if target is not None:
        write_text(target, made.text())
    return made


def _given_reports(
    paths: tuple[str | os.PathLike[str] | SubmissionReports, ...], challenge: Challenge
) -> SubmissionReports | None:
    """Return the result of `validate` if it was given; None for paths."""
    given = [path for path in paths if isinstance(path, SubmissionReports)]
    for path in paths:
        if not isinstance(path, SubmissionReports):
            check_arguments(path=path)
    if not given:
        return None
    if len(paths) > 1:
        raise UsageError("pass either paths, or one result of validate alone")
    checked = given[0]
    if (checked.challenge, checked.split) != (challenge.name, challenge.split):
        raise UsageError(
            f"the reports are about {quote(checked.split)} of {quote(checked.challenge)}, "
            f"not {quote(challenge.split)} of {quote(challenge.name)}; pass the same challenge and "
            "split as for validate"
        )
    return checked


def verify(receipt: Receipt | str | os.PathLike[str], path: str | os.PathLike[str]) -> Verification:
    """Compare a file with a receipt.

    Parameters
    ----------
    receipt : Receipt or path
        The receipt of a validation, or its file.
    path : path
        The file.

    Returns
    -------
    Verification
        Whether the receipt covers the file. If it does not, but covers a package of the same name,
        the result names the files inside that differ.

    Raises
    ------
    UsageError
        If the file cannot be read, or the receipt is invalid.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> file = "sample_submissions/TextOnly_Reference_01.csv"
    >>> xe.verify(xe.receipt(file), file).same
    True
    """
    check_arguments(path=path)
    if not isinstance(receipt, Receipt):
        check_arguments(receipt=receipt)
        receipt = read_receipt(receipt)
    shown = display_path(path)
    digest = _sha256(path)
    found = [file for file in receipt.files if file.sha256 == digest]
    about = {"path": shown, "sha256": digest, "tool": receipt.tool, "rule_set": receipt.rule_set}
    if found:
        # The same bytes under two names have the same verdict, unless the label matters.
        verdict: Verdict = "valid" if all(file.verdict == "valid" for file in found) else "invalid"
        return Verification(**about, challenge=receipt.challenge, same=True, verdict=verdict)
    compared = _namesake(receipt, shown)
    differences = _differences(compared, path) if compared is not None and is_package(path) else {}
    return Verification(
        **about,
        challenge=receipt.challenge,
        same=False,
        compared=compared.path if compared is not None else None,
        **differences,
    )


def _sha256(path: str | os.PathLike[str]) -> str:
    digest = hashlib.sha256()
    try:
        with open_input(path) as stream:
            # The size is known at once; reading stops too, because the file may grow.
            left = _LARGEST_FILE - os.fstat(stream.fileno()).st_size
            while left >= 0 and (chunk := stream.read(_CHUNK)):
                digest.update(chunk)
                left = min(left, _LARGEST_FILE - stream.tell())
            if left < 0:
                raise TooLargeError(_LARGEST_FILE, os.fspath(path))
    except OSError as error:
        message = f"cannot read {visible_path(display_path(path))}: {error.strerror or error}"
        if isinstance(error, FileNotFoundError):
            raise MissingFileError(os.fspath(path), message) from error
        raise UsageError(message) from error
    return digest.hexdigest()


def _namesake(receipt: Receipt, shown: str) -> ReceiptFile | None:
    """Return the file of a receipt with the same name, or its only file."""
    name = shown.rpartition("/")[2]
    same = [file for file in receipt.files if file.path.rpartition("/")[2] == name]
    same = same or (list(receipt.files) if len(receipt.files) == 1 else [])
    return same[0] if len(same) == 1 else None


def _differences(checked: ReceiptFile, path: str | os.PathLike[str]) -> dict[str, tuple[str, ...]]:
    """Return the members that differ; none if the archive cannot be read."""
    from xacle_eval.submissions.archive import read_archive

    archive = read_archive(Source.of(path), Limits())
    if archive.findings:
        return {}
    now = {member.name: member.sha256 for member in archive.members}
    then = {member.name: member.sha256 for member in checked.members}
    return {
        "changed": tuple(
            sorted(name for name in now.keys() & then.keys() if now[name] != then[name])
        ),
        "added": tuple(sorted(now.keys() - then.keys())),
        "missing": tuple(sorted(then.keys() - now.keys())),
    }

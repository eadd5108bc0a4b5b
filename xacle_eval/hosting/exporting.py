"""``export``: write the bundle of a challenge for a platform."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, bundled_challenges, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import ChallengeError, check_arguments, check_choice
from xacle_eval.hosting.codabench import competition
from xacle_eval.hosting.codabench.files import codabench_files, codabench_notes
from xacle_eval.hosting.evalai import config
from xacle_eval.hosting.evalai.files import evalai_files, evalai_notes
from xacle_eval.hosting.exported import (
    BUNDLE,
    ExportedBundle,
    ExportedFile,
    ExportedPhase,
    ExportedScore,
    ExportNote,
    ExportPlatform,
)
from xacle_eval.hosting.hosted import (
    Hosted,
    HostedPhase,
    PhaseReferences,
    load_phase_references,
    plan_phases,
)
from xacle_eval.hosting.huggingface.files import (
    APPLIED,
    LABELS,
    huggingface_files,
    huggingface_notes,
)
from xacle_eval.hosting.lint.checking import check_archive
from xacle_eval.hosting.lint.model import Platform
from xacle_eval.hosting.own_texts import OwnTexts, placeholders
from xacle_eval.hosting.single_file import single_file
from xacle_eval.hosting.yaml_text import utc_text
from xacle_eval.io.files import display_path
from xacle_eval.io.folders import replace_folder, require_replaceable
from xacle_eval.io.zips import zip_bytes
from xacle_eval.references.demo import warn_of_demo
from xacle_eval.references.model import GivenReferences, OneReferences

__all__ = ["EXPORTS", "ExportPlatform", "export", "export_bundle"]


class _Platform(NamedTuple):
    """How a bundle is written; see `plan_phases` for ``needs_end`` and ``one_by_one``.

    ``labels`` begins the names of the files with labels. Without ``has_zip``, the folder has the
    files themselves, and no check knows them. ``applied`` names the notes about what the other
    platforms do not do.
    """

    files: Callable[[Hosted, bytes, OwnTexts], dict[str, bytes]]
    notes: Callable[[Hosted], Iterable[ExportNote]]
    labels: str
    needs_end: bool
    one_by_one: bool
    has_zip: bool = True
    applied: frozenset[str] = frozenset()


EXPORTS: dict[ExportPlatform, _Platform] = {
    "codabench": _Platform(
        codabench_files, codabench_notes, competition.LABELS, needs_end=False, one_by_one=True
    ),
    "evalai": _Platform(
        evalai_files, evalai_notes, config.LABELS, needs_end=True, one_by_one=False
    ),
    "huggingface": _Platform(
        huggingface_files,
        huggingface_notes,
        LABELS,
        needs_end=False,
        one_by_one=False,
        has_zip=False,
        applied=APPLIED,
    ),
}
"""The platforms whose bundles can be written."""


def export(
    platform: ExportPlatform,
    output: str | os.PathLike[str],
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    references: GivenReferences = None,
    references_of: Mapping[str, OneReferences] | None = None,
    texts: Mapping[str, str | os.PathLike[str]] | None = None,
    contact: str | None = None,
    force: bool = False,
) -> ExportedBundle:
    """Write the bundle of a challenge for a platform into a folder.

    The folder gets the files of the bundle in ``bundle``, and the same files as a ZIP to upload.
    The bundle is checked before it is written. For Hugging Face, the folder has two Spaces, two
    datasets, and instructions in ``README.md``. All have the labels, so the folder is not for
    participants.

    Parameters
    ----------
    platform : {"codabench", "evalai", "huggingface"}
        The platform.
    output : path
        A folder that does not exist, is empty, or was written by this function.
    challenge : str, path or Challenge
        A challenge with phases.
    references : path, data frame, mapping of target to references, or None
        The references of the split that the phases score, or of the default split if they score
        several ones; by default those that the challenge file names.
    references_of : mapping of split to references, optional
        The references of other splits.
    texts : mapping of str to path, optional
        Files with the organisers' own texts of pages, by name: overview, data, submission,
        evaluation, rules, terms. Markdown, HTML for EvalAI.
    contact : str, optional
        The organisers' e-mail address.
    force : bool
        Also replace files in the folder that were changed since they were written.

    Returns
    -------
    ExportedBundle
        The files, phases and scores of the bundle, and notes about what the platform does not do.

    Raises
    ------
    ChallengeError
        If the challenge has no phases with dates, has a metric of its own code, or does not fit
        the platform.
    ReferencesError, UsageError
        If the references have errors or are missing, or an argument is invalid.
    OutputError
        If the folder has other files, or changed ones without `force`.
    """
    check_arguments(
        optional=("references_of", "texts", "contact"),
        output=output, challenge=challenge, references_of=references_of, texts=texts,
        contact=contact, force=force,
    )  # fmt: skip
    check_choice("platform", platform, EXPORTS)
    require_replaceable(output, kind=platform, force=force)
    loaded = load_challenge(challenge)
    own = OwnTexts.read(texts or {}, contact)
    truth = load_phase_references(loaded, references, references_of)
    found = export_bundle(platform, output, loaded, truth, own, force=force)
    warn_of_demo(each.summary for some in truth.values() for each in some.values())
    return found


def export_bundle(
    platform: ExportPlatform,
    output: str | os.PathLike[str],
    challenge: Challenge,
    references: PhaseReferences,
    own: OwnTexts,
    *,
    force: bool = False,
) -> ExportedBundle:
    """Write the bundle of a loaded challenge; see `export`."""
    kind = EXPORTS[platform]
    hosted = plan_phases(
        challenge, references, needs_end=kind.needs_end, one_by_one=kind.one_by_one
    )
    program = single_file(challenge, targets=hosted.targets)
    files = kind.files(hosted, program.encode(), own)
    written, upload = files, None
    if kind.has_zip:
        archive, upload = zip_bytes(files), f"{challenge.name}-{platform}.zip"
        _require_clean(platform, challenge, upload, archive)
        written = {f"{BUNDLE}/{name}": data for name, data in files.items()} | {upload: archive}
    replace_folder(output, written, kind=platform, force=force)
    common = (note for note in hosted.notes if note.name not in kind.applied)
    notes = (*placeholders(own), *_about_file(challenge, own), *common, *kind.notes(hosted))
    return ExportedBundle(
        platform=platform,
        challenge=challenge.name,
        title=hosted.title,
        demo=hosted.is_demo,
        path=display_path(output),
        upload=upload,
        files=tuple(_file(name, files[name], kind.labels) for name in sorted(files)),
        phases=tuple(map(_phase, hosted.phases)),
        notes=notes,
    )


def _about_file(challenge: Challenge, own: OwnTexts) -> Iterator[ExportNote]:
    """Yield a note if the page about submissions names a challenge file, which is not published."""
    if challenge.name not in bundled_challenges() and "submission" not in own.pages:
        yield ExportNote(
            kind="note",
            name="challenge-file",
            message=f"participants check their files with {challenge.name}.toml, which the pages "
            "name: publish a copy of the challenge file under this name, without references, "
            "parts, [phases] and [publish]",
        )


def _require_clean(
    platform: ExportPlatform, challenge: Challenge, name: str, archive: bytes
) -> None:
    """Check the bundle as any other one, before anything is written."""
    found = check_archive(archive, name, cast("Platform", platform)).findings
    if found:
        lines = [f"{each.located('')}: {each.code}: {each.message}" for each in found]
        raise ChallengeError(
            challenge.name, [f"the bundle is not correct: {line}" for line in lines]
        )


def _file(name: str, data: bytes, labels: str) -> ExportedFile:
    return ExportedFile(
        name=name,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        labels=name.startswith(labels),
    )


def _phase(phase: HostedPhase) -> ExportedPhase:
    scored = phase.scored
    return ExportedPhase(
        name=phase.name,
        title=phase.title,
        opens=utc_text(phase.opens),
        closes=None if phase.closes is None else utc_text(phase.closes),
        per_day=phase.per_day,
        total=phase.total,
        split=scored.split,
        part=scored.part,
        pairs=phase.pairs,
        scores=tuple(
            ExportedScore(**{name: getattr(key, name) for name in ExportedScore.model_fields})
            for key in scored.keys
        ),
    )

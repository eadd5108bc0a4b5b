"""The files of a bundle for Codabench."""

from __future__ import annotations

import json
from collections.abc import Iterable

from xacle_eval.hosting.blocks import to_markdown
from xacle_eval.hosting.codabench.competition import (
    LOGO,
    PROGRAM,
    competition_yaml,
    page_file,
    reference_folder,
)
from xacle_eval.hosting.exported import ExportNote
from xacle_eval.hosting.hosted import Hosted
from xacle_eval.hosting.logo import logo_png
from xacle_eval.hosting.own_texts import OwnTexts
from xacle_eval.hosting.pages import PAGES, page_blocks
from xacle_eval.hosting.platform_texts import PlatformTexts
from xacle_eval.hosting.scoring.entry import LABELS_FILE, PHASE_FILE
from xacle_eval.text import listing

__all__ = ["codabench_files", "codabench_notes"]

_TEXTS = PlatformTexts(
    name="Codabench",
    upload="Upload a ZIP that has one prediction file at its top.",
    order=(
        "Codabench shows the best submission of each participant. It sorts the board by the first "
        "column and breaks ties by the next ones, from left to right."
    ),
    failure=(
        "Its status is Failed, and the log of the scoring program (stderr) says why. A failed "
        "submission does not count against the limits."
    ),
)
_METADATA = """\
# Codabench's worker runs this command; without it, no submission is ever scored.
command: python3 /app/program/score.py codabench /app/input /app/output
"""


def codabench_files(hosted: Hosted, program: bytes, own: OwnTexts) -> dict[str, bytes]:
    """Return the files of a bundle by their names.

    Parameters
    ----------
    hosted : Hosted
        The challenge on the platform.
    program : bytes
        The scorer.
    own : OwnTexts
        The organisers' own texts, in Markdown.
    """
    texts = {
        "competition.yaml": competition_yaml(hosted, own.contact),
        f"{PROGRAM}/metadata.yaml": _METADATA,
    }
    for name in PAGES:
        text = own.pages.get(name)
        texts[page_file(name)] = (
            to_markdown(page_blocks(name, hosted, _TEXTS, own.contact)) if text is None else text
        )
    for phase in hosted.phases:
        folder = reference_folder(phase.name)
        texts[f"{folder}/{LABELS_FILE}"] = phase.labels
        texts[f"{folder}/{PHASE_FILE}"] = json.dumps({"phase": phase.name}) + "\n"
    files = {name: text.encode() for name, text in texts.items()}
    return {**files, LOGO: logo_png(), f"{PROGRAM}/score.py": program}


def codabench_notes(hosted: Hosted) -> Iterable[ExportNote]:
    """Yield what Codabench does with a challenge that its organisers may not expect."""
    columns = [key.key for key in hosted.keys]
    for phase in hosted.phases:
        shown = {key.key for key in phase.scored.keys}
        missing = [name for name in columns if name not in shown]
        if missing:
            yield ExportNote(
                kind="note",
                name="columns-of-other-phases",
                message=f"phase {phase.name} does not show {listing(missing, 10)}: all phases have "
                "one board on Codabench, which shows n/a there",
            )

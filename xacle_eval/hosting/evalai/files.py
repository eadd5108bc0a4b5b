"""The files of a bundle for EvalAI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xacle_eval.hosting.blocks import Block, Heading, to_html
from xacle_eval.hosting.evalai.config import (
    LOGO,
    SCRIPT,
    annotation_file,
    config_yaml,
    page_file,
    phase_file,
)
from xacle_eval.hosting.exported import ExportNote
from xacle_eval.hosting.hosted import Hosted
from xacle_eval.hosting.logo import logo_png
from xacle_eval.hosting.own_texts import OwnTexts
from xacle_eval.hosting.pages import PAGES, page_blocks, phase_blocks
from xacle_eval.hosting.platform_texts import PlatformTexts
from xacle_eval.io.zips import zip_bytes

__all__ = ["evalai_files", "evalai_notes"]

_TEXTS = PlatformTexts(
    name="EvalAI",
    upload="Upload a prediction file, or a ZIP that has one. Write the name of the system, such as "
    "Kumo_01, as the name of the method.",
    order=(
        "EvalAI shows the best submission of each team by the first score and sorts the board by "
        "it. Among equal ones, the smaller error bar and then the newer submission is shown first. "
        "An error bar is the standard error of a score by the bootstrap over the scored pairs."
    ),
    failure=(
        "Its status is failed, and its stderr file says why. A failed submission does not count "
        "against the limits."
    ),
    accounts=(
        "Take part with one participant team on EvalAI. Several participant teams of one team are "
        "not allowed."
    ),
)
# EvalAI's four pages, each of one or two pages of `PAGES`.
_TEMPLATES = {
    "overview": ("overview", "data"),
    "evaluation": ("evaluation",),
    "submission": ("submission", "rules"),
    "terms": ("terms",),
}
_IMPORT = '''\
"""The scorer of a challenge, which EvalAI imports as a package."""

from .main import evaluate
'''


def evalai_files(hosted: Hosted, program: bytes, own: OwnTexts) -> dict[str, bytes]:
    """Return the files of a bundle by their names.

    Parameters
    ----------
    hosted : Hosted
        The challenge on the platform.
    program : bytes
        The scorer.
    own : OwnTexts
        The organisers' own texts, in HTML.
    """
    texts = {"challenge_config.yaml": config_yaml(hosted)}
    for name, pages in _TEMPLATES.items():
        texts[page_file(name)] = "\n".join(
            own.pages[page] if page in own.pages else to_html(_page(page, hosted, own.contact))
            for page in pages
        )
    for phase in hosted.phases:
        texts[phase_file(phase.name)] = to_html(phase_blocks(phase))
        texts[annotation_file(phase.name)] = phase.labels
    files = {name: text.encode() for name, text in texts.items()}
    script = zip_bytes({"__init__.py": _IMPORT.encode(), "main.py": program})
    return {**files, LOGO: logo_png(), SCRIPT: script}


def _page(name: str, hosted: Hosted, contact: str | None) -> list[Block]:
    """Return a page with its title; headings are one level deeper than on a page of its own."""
    blocks = [
        replace(block, level=block.level + 1) if isinstance(block, Heading) else block
        for block in page_blocks(name, hosted, _TEXTS, contact)
    ]
    return [Heading(PAGES[name]), *blocks]


def evalai_notes(hosted: Hosted) -> Iterator[ExportNote]:
    """Yield what EvalAI does with a challenge that its organisers may not expect."""
    if any(sum(key.decides for key in phase.scored.keys) > 1 for phase in hosted.phases):
        yield ExportNote(
            kind="note",
            name="one-metric-sorts",
            message="EvalAI sorts by one score and breaks ties by its error bar; xacle-eval rank "
            "applies the whole order to the JSON of its leaderboard",
        )
    yield ExportNote(
        kind="note",
        name="locked-after-approval",
        message="after an administrator's approval, the scores, splits and their order cannot be "
        "changed on EvalAI; try a submission before you ask for it",
    )

"""The checks of a Codabench bundle: the configuration as a whole, its pages and its fact sheet.

They follow Codabench's unpacker of version 2, the fields of its database and its worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xacle_eval.hosting.lint.codabench_boards import BOARD_CHECKS
from xacle_eval.hosting.lint.codabench_data import DATA_CHECKS
from xacle_eval.hosting.lint.codabench_fields import (
    COMPETITION,
    FIELD_CODES,
    FILE_CODES,
    PAGE,
    QUESTION_KEYS,
    QUESTION_TYPES,
)
from xacle_eval.hosting.lint.codabench_phases import PHASE_CHECKS
from xacle_eval.hosting.lint.codabench_tasks import TASK_CHECKS
from xacle_eval.hosting.lint.config import Location, describe
from xacle_eval.hosting.lint.context import Check, Context, find_file, is_true
from xacle_eval.hosting.lint.fields import check_fields
from xacle_eval.hosting.lint.images import read_picture
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import listing, quote

__all__ = ["CODABENCH_CHECKS"]

# Pillow takes an image with more pixels for an attack.
_MOST_PIXELS = 178_956_970
_ICON_WIDTH = 100


def _version(context: Context) -> Iterator[Finding]:
    config = context.config
    written = str(config.value.get("version"))
    shown = f"version is {describe(config.value.get('version'))}"
    if "version" not in config.value:
        yield config.find("version-missing", (), "the key version is missing")
    elif written in ("1", "1.5"):
        yield config.find("version-old", ("version",), shown)
    elif written != "2":
        yield config.find("version-refused", ("version",), shown)


def _fields(context: Context) -> Iterator[Finding]:
    yield from check_fields(context.config, (), COMPETITION, FIELD_CODES)
    for location, _ in context.items("pages"):
        yield from check_fields(context.config, location, PAGE, FIELD_CODES)


def _title(context: Context) -> Iterator[Finding]:
    if lacking := context.config.lacks("title"):
        yield context.config.find("title-missing", ("title",), lacking)


def _image(context: Context) -> Iterator[Finding]:
    config = context.config
    if lacking := config.lacks("image"):
        yield config.find("image-missing", ("image",), lacking)
        return
    name, found = find_file(context, ("image",), FILE_CODES)
    yield from found
    data = context.bundle.read(name) if name else None
    if data is None or name is None:
        return
    picture = read_picture(data)
    if picture is None:
        message = f"{quote(name)} is neither PNG nor JPEG nor GIF"
        yield config.find("image-invalid", ("image",), message)
        return
    width, height = picture.width, picture.height
    if width * height > _MOST_PIXELS or not width or int(_ICON_WIDTH / width * height) < 1:
        message = f"{quote(name)} has {width:,} × {height:,} pixels"
        yield config.find("image-proportions", ("image",), message)


def _terms(context: Context) -> Iterator[Finding]:
    if lacking := context.config.lacks("terms"):
        yield context.config.find("terms-missing", ("terms",), lacking)
    else:
        yield from _page_file(context, ("terms",))


def _pages(context: Context) -> Iterator[Finding]:
    if context.config.get("pages") is None:
        yield context.config.find("pages-missing", ("pages",), "the key pages is missing")
    for location, page in context.items("pages"):
        missing = [key for key in ("title", "file") if page.get(key) in (None, "")]
        if missing:
            message = f"the page has no {' and no '.join(missing)}"
            yield context.config.find("page-incomplete", location, message)
        if "file" not in missing:
            yield from _page_file(context, (*location, "file"))


def _page_file(context: Context, location: Location) -> Iterator[Finding]:
    """Yield the findings about a file with the text of a page."""
    name, found = find_file(context, location, FILE_CODES)
    yield from found
    if name and not context.bundle.size(name):
        yield context.config.find("page-empty", location, f"{quote(name)} is empty")


def _settings(context: Context) -> Iterator[Finding]:
    config = context.config
    if "published" in config.value:
        yield config.find("published-ignored", ("published",), "there is a key published")
    if not is_true(config.get("registration_auto_approve", default=False)):
        message = "registration_auto_approve is not true"
        yield config.find("registration-closed", ("registration_auto_approve",), message)
    if lacking := config.lacks("docker_image"):
        yield config.find("image-default", ("docker_image",), lacking)
    kind = config.get("competition_type", default="competition")
    if kind not in ("competition", "benchmark"):
        message = f"competition_type is {describe(kind)}"
        yield config.find("competition-type", ("competition_type",), message)
    if not is_true(config.get("auto_run_submissions", default=True)):
        message = "auto_run_submissions is false"
        yield config.find("runs-by-hand", ("auto_run_submissions",), message)
    if is_true(config.get("enable_detailed_results", default=False)):
        message = "enable_detailed_results is true"
        yield config.find("details-public", ("enable_detailed_results",), message)


def _fact_sheet(context: Context) -> Iterator[Finding]:
    config = context.config
    sheet = config.get("fact_sheet")
    for name, question in sheet.items() if isinstance(sheet, dict) else ():
        location: Location = ("fact_sheet", name)
        shown = f"the question {quote(str(name), 60)}"
        if not isinstance(question, dict):
            yield config.find("fact-sheet-shape", location, f"{shown} is {describe(question)}")
            continue
        keys = set(map(str, question))
        parts = [f"has no {listing(sorted(QUESTION_KEYS - keys))}"] if QUESTION_KEYS - keys else []
        if keys - QUESTION_KEYS:
            parts.append(f"has {listing(sorted(keys - QUESTION_KEYS), show=quote)}")
        if parts:
            yield config.find("fact-sheet-shape", location, f"{shown} {' and '.join(parts)}")
        yield from _question(context, location, question)


def _question(context: Context, location: Location, question: dict[Any, Any]) -> Iterator[Finding]:
    config, name = context.config, location[-1]
    kind = question.get("type", "text")
    if kind not in QUESTION_TYPES:
        yield config.find("fact-sheet-type", (*location, "type"), f"the type is {describe(kind)}")
    for flag in ("is_required", "is_on_leaderboard"):
        if flag in question and question[flag] not in ("true", "false"):
            message = f"{flag} is {describe(question[flag])}"
            yield config.find("fact-sheet-flag", (*location, flag), message)
    if "key" in question and question["key"] != name:
        message = f"the key is {describe(question['key'])}, expected {quote(str(name), 60)}"
        yield config.find("fact-sheet-key", (*location, "key"), message)


CODABENCH_CHECKS: tuple[Check, ...] = (
    _version,
    _fields,
    _title,
    _image,
    _terms,
    _pages,
    _settings,
    *DATA_CHECKS,
    _fact_sheet,
    *TASK_CHECKS,
    *PHASE_CHECKS,
    *BOARD_CHECKS,
)

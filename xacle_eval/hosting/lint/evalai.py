"""The checks of an EvalAI bundle: the configuration as a whole, in the order of its validator."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xacle_eval.hosting.lint.codes import finding
from xacle_eval.hosting.lint.config import describe
from xacle_eval.hosting.lint.context import Check, Context, find_file
from xacle_eval.hosting.lint.evalai_boards import BOARD_CHECKS
from xacle_eval.hosting.lint.evalai_fields import CHALLENGE, FIELD_CODES, FILE_CODES, PAGES
from xacle_eval.hosting.lint.evalai_phases import PHASE_CHECKS, date_findings, page_findings
from xacle_eval.hosting.lint.evalai_script import SCRIPT_CHECKS
from xacle_eval.hosting.lint.fields import check_fields
from xacle_eval.hosting.lint.model import CONFIGS
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import quote

__all__ = ["EVALAI_CHECKS"]

_KEYS = ("title", *PAGES, "evaluation_script", "start_date", "end_date")
_IMAGES = (".jpg", ".jpeg", ".png")
_DOMAINS = ("CV", "NLP", "RL", "MM", "AUD", "TAB")
_MOST_TAGS = 4
_AMOUNT = re.compile(r"\d+(\.\d{1,2})?[A-Z]{3}")
_WORKER_IMAGE = re.compile(r"ami-[0-9a-f]+|\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/evalai-.+")
_PYTHONS = ("3.7", "3.8", "3.9")


def _one_config(context: Context) -> Iterator[Finding]:
    names = CONFIGS["evalai"]
    if all(map(context.bundle.is_file, names)):
        yield finding("configs-twice", f"there are {' and '.join(names)}", file=names[1])


def _fields(context: Context) -> Iterator[Finding]:
    config = context.config
    yield from check_fields(config, (), CHALLENGE, FIELD_CODES)
    for key in _KEYS:
        if lacking := config.lacks(key):
            yield config.find("evalai-key-missing", (key,), lacking)


def _pages(context: Context) -> Iterator[Finding]:
    for key in PAGES:
        yield from page_findings(context, (key,))


def _image(context: Context) -> Iterator[Finding]:
    config = context.config
    image = config.get("image")
    if not isinstance(image, str) or not image:
        return
    if not image.endswith(_IMAGES):
        yield config.find("image-ignored", ("image",), f"the image is {quote(image, 100)}")
        return
    codes = FILE_CODES._replace(missing="image-ignored")
    yield from find_file(context, ("image",), codes)[1]


def _dates(context: Context) -> Iterator[Finding]:
    yield from date_findings(context.config, ())


def _settings(context: Context) -> Iterator[Finding]:
    config = context.config
    tags = config.get("tags")
    if isinstance(tags, list) and len(tags) > _MOST_TAGS:
        yield config.find("tags-many", ("tags",), f"there are {len(tags)} tags")
    domain = config.get("domain")
    if "domain" in config.value and domain not in _DOMAINS:
        yield config.find("domain-unknown", ("domain",), f"the domain is {describe(domain)}")
    image = config.get("worker_image_url")
    if isinstance(image, str) and image and not _WORKER_IMAGE.fullmatch(image):
        message = f"worker_image_url is {quote(image, 100)}"
        yield config.find("image-foreign", ("worker_image_url",), message)
    version = config.get("worker_python_version")
    if version not in (None, "") and str(version) not in _PYTHONS:
        message = f"worker_python_version is {describe(version)}"
        yield config.find("python-version", ("worker_python_version",), message)


def _prizes(context: Context) -> Iterator[Finding]:
    config = context.config
    ranks: list[object] = []
    for location, prize in context.items("prizes"):
        lacks = [key for key in ("rank", "amount", "description") if key not in prize]
        rank, amount = prize.get("rank"), prize.get("amount")
        message = ""
        if lacks:
            message = f"the prize has no {' and no '.join(lacks)}"
        elif not isinstance(rank, int) or rank < 1 or rank in ranks:
            message = f"the rank is {describe(rank)}"
        elif not _AMOUNT.fullmatch(str(amount)):
            message = f"the amount is {describe(amount)}"
        if message:
            yield config.find("prize-invalid", location, message)
        ranks.append(rank)


def _sponsors(context: Context) -> Iterator[Finding]:
    for location, sponsor in context.items("sponsors"):
        lacks = [key for key in ("name", "website") if key not in sponsor]
        if lacks:
            message = f"the sponsor has no {' and no '.join(lacks)}"
            yield context.config.find("sponsor-invalid", location, message)


EVALAI_CHECKS: tuple[Check, ...] = (
    _one_config,
    _fields,
    _pages,
    _image,
    _dates,
    _settings,
    _prizes,
    _sponsors,
    *SCRIPT_CHECKS,
    *PHASE_CHECKS,
    *BOARD_CHECKS,
)

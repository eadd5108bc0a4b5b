"""The organisers' own texts for a bundle, and notes where only they can write one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from xacle_eval.errors import UsageError
from xacle_eval.hosting.exported import ExportNote
from xacle_eval.hosting.pages import PAGES
from xacle_eval.io.files import display_path, read_input
from xacle_eval.text import did_you_mean, quote, visible_path

__all__ = ["OwnTexts", "placeholders"]

_MOST_BYTES = 1_000_000
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_ADDRESS = 256


@dataclass(frozen=True, slots=True)
class OwnTexts:
    """The organisers' own pages by their names in `PAGES`, and their e-mail address."""

    pages: Mapping[str, str] = field(default_factory=dict)
    contact: str | None = None

    @classmethod
    def read(cls, files: Mapping[str, str | os.PathLike[str]], contact: str | None) -> OwnTexts:
        """Read the organisers' own pages from files.

        Raises
        ------
        UsageError
            If a page is unknown or empty, its file cannot be read, or the address is none.
        """
        if contact is not None and (
            not _ADDRESS.fullmatch(contact) or len(contact) > _LONGEST_ADDRESS
        ):
            raise UsageError(
                f"the contact must be an e-mail address, such as organisers@example.org; got "
                f"{quote(contact, 60)}"
            )
        return cls({name: _read(name, os.fspath(file)) for name, file in files.items()}, contact)


def _read(name: str, file: str) -> str:
    if name not in PAGES:
        hint = did_you_mean(name, PAGES, f"expected one of {', '.join(PAGES)}")
        raise UsageError(f"unknown page {quote(name, 60)}; {hint}")
    shown = visible_path(display_path(file))
    try:
        data = read_input(file, _MOST_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read {shown}: {error.strerror or error}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{shown}: the page {name} must be text in UTF-8") from error
    if not text.strip():
        raise UsageError(f"{shown}: the page {name} is empty; platforms refuse empty pages")
    return text


def placeholders(own: OwnTexts) -> list[ExportNote]:
    """Return a note for each text that only the organisers can write, and did not."""
    found = []
    if "terms" not in own.pages:
        message = "the page of terms is a placeholder; write your terms and pass --text terms=FILE"
        found.append(("terms", message))
    if own.contact is None and "overview" not in own.pages:
        message = "the overview has a placeholder for your e-mail address; pass --contact ADDRESS"
        found.append(("contact", message))
    return [ExportNote(kind="placeholder", name=name, message=text) for name, text in found]

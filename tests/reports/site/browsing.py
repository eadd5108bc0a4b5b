"""Pages in a real browser: opened from disk, with what it logs and requests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = (360, 1_600)
SCHEMES = ("light", "dark")


@dataclass
class Opened:
    """A page in a browser; ``messages`` are those of its console, ``requests`` its addresses."""

    page: Any
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def texts(self, selector: str) -> list[str]:
        """Return the visible texts of the elements that are shown."""
        found = self.page.locator(selector).locator("visible=true")
        return [" ".join(text.split()) for text in found.all_inner_texts()]


@contextmanager
def browser() -> Iterator[Any]:
    """Start a browser without a window; skip the test, with the reason, if there is none."""
    reason = "needs Playwright: pip install playwright"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip(f"needs one of the programs {', '.join(_NAMES)}")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@contextmanager
def opened(
    chromium: Any, file: Path, width: int = 1_600, scheme: str = "light", **settings: Any
) -> Iterator[Opened]:
    """Open a file in a window of a width and a colour scheme."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, **settings
    )
    seen = Opened(context.new_page())
    seen.page.on("console", lambda message: seen.messages.append(message.text))
    seen.page.on("pageerror", lambda error: seen.messages.append(str(error)))
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.goto(file.resolve().as_uri())
    yield seen
    context.close()


def axe_source() -> str:
    """Return the script of axe-core; skip the test if it is not installed."""
    folder = os.environ.get("XACLE_EVAL_NODE")
    file = Path(folder or "", "node_modules", "axe-core", "axe.min.js")
    if not folder or not file.is_file():
        pytest.skip("needs XACLE_EVAL_NODE=DIR after npm install --prefix DIR axe-core")
    return file.read_text(encoding="utf-8")

"""Take the picture of the results pages that the README shows.

    python docs/site_picture.py [FILE]

It needs the extra ``[test]`` and Chromium, and writes ``docs/images/site.png``: the index page of
the sample submissions, in a window of 1,500 pixels.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import xacle_eval as xe

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "site.png"
RESAMPLES = 1000
WIDTH, HEIGHT = 1500, 1240


def take(picture: Path) -> None:
    """Write the site of the sample submissions, and take the picture of its index."""
    from playwright.sync_api import sync_playwright

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", xe.DemoReferencesWarning)
        found = xe.report(ROOT / "sample_submissions", bootstrap=RESAMPLES)
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        xe.write_site(found, Path(folder) / "site")
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto((Path(folder) / "site" / "index.html").as_uri())
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)

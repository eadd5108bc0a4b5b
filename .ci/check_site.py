"""Check a built docs site: links, anchors and assets, without the network.

``python .ci/check_site.py FOLDER`` prints the addresses outside the site, which nobody fetches, and
exits with 1 if a link or an anchor leads nowhere, an id is used twice in a page, or a page needs a
file from another host to be shown.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser loads by itself to show a page; any other address is followed by the reader.
_LOADED = {"img", "script", "link", "iframe", "source", "video", "audio", "embed", "object", "use"}
_IN_STYLE = re.compile(r"""(?:url\(|@import\s+)\s*["']?([^"')\s]+)""")


class _Page(HTMLParser):
    """The ids of a page, and the addresses that it names: (tag, address)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        for name in ("href", "src", "srcset", "poster", "data", "action", "xlink:href"):
            if found.get(name):
                self.addresses.append((tag, str(found[name])))
        self.addresses += [("link", part) for part in _IN_STYLE.findall(found.get("style") or "")]


def _problem(site: Path, page: Path, address: str, ids: dict[Path, set[str]]) -> str:
    """Return why a relative address leads nowhere, or nothing."""
    parts = urlsplit(address)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if parts.path.startswith("/") or not target.is_relative_to(site):
        return "leaves the site"
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in ids and anchor not in ids[target]:
        return "no such anchor"
    return ""


def _problems_of_styles(site: Path) -> list[str]:
    problems = []
    for style in sorted(site.rglob("*.css")):
        for address in _IN_STYLE.findall(style.read_text(encoding="utf-8")):
            if address.startswith(("data:", "#")):
                continue
            if urlsplit(address).netloc:
                problems.append(f"{style.relative_to(site)}: loads {address}")
            elif reason := _problem(site, style, address, {}):
                problems.append(f"{style.relative_to(site)}: {address}: {reason}")
    return problems


def check(site: Path) -> tuple[list[str], list[str]]:
    """Return the problems of a site and the addresses outside it."""
    site = site.resolve()
    pages = {file: _Page(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.html"))}
    ids = {file: {*page.ids, "top"} for file, page in pages.items()}
    problems = [] if pages else [f"{site} has no page"]
    if not (site / "searchindex.js").is_file():
        problems.append("searchindex.js is missing: the site cannot be searched")
    outside = set()
    for file, page in pages.items():
        shown = file.relative_to(site)
        twice = [name for name, times in Counter(page.ids).items() if times > 1]
        problems += [f"{shown}: the id {name} is used twice" for name in twice]
        for tag, address in dict.fromkeys(page.addresses):
            parts = urlsplit(address)
            if parts.netloc and tag in _LOADED:
                problems.append(f"{shown}: <{tag}> loads {address}")
            elif parts.scheme or parts.netloc:
                outside.add(address)
            elif reason := _problem(site, file, address, ids):
                problems.append(f"{shown}: {address}: {reason}")
    return problems + _problems_of_styles(site), sorted(outside)


def main(folder: str) -> int:
    """Print what `check` finds and return the exit code."""
    problems, outside = check(Path(folder))
    print("Addresses outside the site, which are not fetched:")
    print("\n".join(f"  {address}" for address in outside) or "  none")
    print("\n".join(problems) if problems else "Every link, anchor and asset of the site is in it.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""Reports and pages for the tests of the site."""

from collections import Counter
from functools import cache
from html.parser import HTMLParser

import xacle_eval as xe
from tests.helpers import DATA

SOURCES = {
    "example": (DATA / "example", DATA / "example" / "packages"),
    "groups": (DATA / "challenges" / "wmt", DATA / "challenges" / "wmt" / "submissions"),
    "targets": (
        DATA / "challenges" / "voicemos2024_track3",
        DATA / "challenges" / "voicemos2024_track3" / "submissions",
    ),
}
_BOXES = {"td", "th", "dt", "dd", "li", "p", "div", "span", "section"}
_VOID = {"meta", "br", "hr", "img", "input", "link", "wbr"}


@cache
def report_of(name):
    """Return the report of a small challenge of the tests."""
    challenge, submissions = SOURCES[name]
    return xe.report(submissions, challenge=challenge, bootstrap=60)


class Page(HTMLParser):
    """A parsed page: its text, its elements with their attributes, and the errors of its tags."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.elements, self.text, self.errors, self._open = [], [], [], []
        self.feed(source)
        self.close()
        self.errors += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)
        self._separate(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.errors.append(f"</{tag}> closes another element")
        self._separate(tag)

    def _separate(self, tag):
        if tag in _BOXES:
            self.text.append(" ")

    def handle_data(self, data):
        if not self._open or self._open[-1] not in ("style", "script"):
            self.text.append(data)

    @property
    def words(self):
        """The text with single blanks."""
        return " ".join("".join(self.text).split())

    def all(self, tag, **wanted):
        """Return the attributes of the elements with a tag and some attributes."""
        return [
            found
            for name, found in self.elements
            if name == tag and all(found.get(key) == value for key, value in wanted.items())
        ]

    def problems(self):
        """Return what is wrong with the tags, ids, references between elements, and styles."""
        ids = Counter(found["id"] for _, found in self.elements if "id" in found)
        found = [*self.errors, *(f"id {name} twice" for name, n in ids.items() if n > 1)]
        for tag, attributes in self.elements:
            for name in attributes.get("aria-labelledby", "").split():
                found += [] if name in ids else [f"<{tag}> is labelled by {name}"]
            found += [
                f"<{tag}> has {key}" for key in attributes if key == "style" or key[:2] == "on"
            ]
        return found

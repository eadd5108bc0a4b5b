"""Each bundled metric has a page, which says what the metric itself says."""

import re

import pytest

import xacle_eval as xe
from tests.helpers import REPOSITORY
from tests.metric_pages import facts
from xacle_eval.metrics import METRICS

DOCS = REPOSITORY / "docs"
HEADINGS = [
    "Definition",
    "Ties",
    "Undefined cases",
    "Invariance",
    "When to use it",
    "When not to use it",
    "Example",
    "References",
]
NAMES = [name for name in METRICS if METRICS.is_bundled(METRICS[name])]


def page(name):
    """Return the text of a metric's page."""
    return (DOCS / "metrics" / f"{name.lower()}.md").read_text(encoding="utf-8")


def test_each_page_is_of_a_metric():
    """The folder has one page per bundled metric, and no other."""
    assert {file.stem.upper() for file in (DOCS / "metrics").glob("*.md")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_true(name):
    """Range, direction, number of pairs and the other properties are those of the metric."""
    rows = re.findall(r"(?m)^\| (.+) \| (.+) \|$", page(name))
    assert dict(rows[2:]) == facts(METRICS[name])


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_every_section(name):
    """A page begins with the metric's title, and has a formula, an example and sources."""
    text = page(name)
    assert text.startswith(f"# {name}\n\n{METRICS[name].title}. ")
    assert re.findall(r"(?m)^## (.+)$", text) == HEADINGS
    assert text.count("$$") == 2
    assert "```python\nimport xacle_eval as xe\n" in text
    assert "\n- " in text.partition("## References\n")[2]


@pytest.mark.parametrize("name", NAMES)
def test_undefined_cases_are_named(name):
    """A page says "always defined" exactly if constant and single predictions have a value."""
    cases = [([5.0] * 4, [1.0, 2.0, 3.0, 4.0]), ([5.0], [4.0])]
    found = [xe.evaluate(*case, metrics=[name]).undefined for case in cases]
    section = page(name).partition("## Undefined cases\n")[2].partition("\n## ")[0]
    assert ("always defined" in section) is (found == [(), ()])
    assert ("defined for constant predictions" in section) is (found == [(), (name,)])


def test_the_overview_and_the_contents_list_each_page():
    """docs/metrics.md links to each page, and docs/index.md lists it."""
    overview = (DOCS / "metrics.md").read_text(encoding="utf-8")
    contents = (DOCS / "index.md").read_text(encoding="utf-8").splitlines()
    for name in NAMES:
        assert f"| [{name}](metrics/{name.lower()}.md) |" in overview
        assert f"metrics/{name.lower()}" in contents

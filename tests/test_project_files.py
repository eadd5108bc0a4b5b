"""The files that GitHub and citation tools read: SECURITY.md, CITATION.cff and the templates."""

import ast
import os
import re
from pathlib import Path

import pytest
import yaml

import xacle_eval as xe
from tests import test_hostile
from tests.helpers import REPOSITORY
from xacle_eval import text
from xacle_eval.challenge import manifest
from xacle_eval.io import files
from xacle_eval.submissions import archive, names, pdf_child, pdf_pages, reading, yaml_reading

SECURITY = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
TESTED_IN = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", SECURITY)
TEMPLATES = REPOSITORY / ".github" / "ISSUE_TEMPLATE"
FORMS = sorted(file.name for file in TEMPLATES.glob("*.yml") if file.name != "config.yml")
# The types of an issue form's elements, and the attributes that each requires ("Syntax for GitHub's
# form schema").
REQUIRED = {
    "markdown": {"value"},
    "textarea": {"label"},
    "input": {"label"},
    "dropdown": {"label", "options"},
    "checkboxes": {"label", "options"},
}
OPTIONAL = {"description", "placeholder", "value", "render", "multiple", "default"}


def load(file):
    """Return the content of a YAML file."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("file", "name"), TESTED_IN)
def test_each_promise_names_a_test_that_exists(file, name):
    """Each test that SECURITY.md names is a function of the named file."""
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_promise_names_a_test():
    """Each row of the table of promises names at least one test."""
    table = SECURITY.partition("## Promises")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(rows) >= 15
    assert [row for row in rows if "::test_" not in row] == []


def test_bounds_are_those_of_the_code():
    """The numbers in SECURITY.md are the defaults and constants that the code uses."""
    limits = xe.load_challenge("xacle2026").limits
    bounds = SECURITY.partition("## Bounds")[2].partition("## Promises")[0]
    for bound in (
        f"| prediction file | {limits.max_bytes:,} bytes |",
        f"| prediction file | {reading._LONGEST_ROW:,} characters per field and per row |",
        f"| prediction file | {manifest.LONGEST_ID:,} characters per id, with its folders |",
        f"| package | {limits.max_package_bytes:,} bytes packed",
        f"| package | {archive.MOST_FOLDERS} folder levels;",
        f"for files over {archive._SMALL:,} bytes |",
        f"{names.LONGEST_NAME} characters per name |",
        f"names of up to {text._LONGEST_WORD} letters, {text._MOST_WORDS:,} names and "
        f"{files._MOST_ENTRIES:,} files of a folder",
        f"{pdf_pages._TIMEOUT_SECONDS:g} seconds in total |",
        f"| package | {limits.max_members} entries |",
        f"unpacked to packed size of a file: {limits.max_ratio:g},",
        f"{yaml_reading.MAX_BYTES:,} bytes, {yaml_reading.MAX_DEPTH} levels,",
        f"{yaml_reading.MAX_NODES:,} values, {yaml_reading.MAX_ALIASES} aliases",
        f"{pdf_child._CPU_SECONDS:g} second of CPU time and {pdf_child._BYTES >> 20} MiB",
        f"below {test_hostile.SECONDS:g} seconds of CPU time and {test_hostile.MEMORY >> 20} MiB",
    ):
        assert bound in bounds


def test_security_md_asks_for_private_reports():
    """Reports go to GitHub's private form, and no e-mail address is invented."""
    assert "/security/advisories/new" in SECURITY
    assert "@" not in SECURITY


def test_citation():
    """CITATION.cff has the keys that version 1.2.0 requires, and the version of the package."""
    citation = load(REPOSITORY / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["authors"] == [{"name": "The xacle-eval developers"}]
    assert citation["version"] == xe.__version__
    assert citation["license"] == "MIT"
    assert citation["type"] == "software"
    assert "doi" not in citation


@pytest.mark.parametrize("name", FORMS)
def test_issue_form(name):
    """An issue form has the keys that GitHub requires, known elements, and unique ids."""
    form = load(TEMPLATES / name)
    assert {"name", "description", "body"} <= set(form) <= {"name", "description", "body", "labels"}
    assert 3 < len(form["name"]) <= 200
    assert 3 < len(form["description"]) <= 200
    for element in form["body"]:
        attributes = set(element["attributes"])
        required = REQUIRED[element["type"]]
        assert required <= attributes <= required | OPTIONAL
        assert all(str(element["attributes"][key]).strip() for key in attributes)
        assert set(element) <= {"type", "id", "attributes", "validations"}
        assert set(element.get("validations", {})) <= {"required"}
    fields = [element for element in form["body"] if element["type"] != "markdown"]
    ids = [field["id"] for field in fields]
    assert fields
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", one) for one in ids)
    assert len(set(ids)) == len(ids)
    labels = [field["attributes"]["label"] for field in fields]
    assert len(set(labels)) == len(labels)


def test_issue_forms_ask_for_what_is_needed():
    """A bug report needs command, --debug output and version; a wrong number, its signature."""
    needed = {
        name: {
            field["id"]
            for field in load(TEMPLATES / name)["body"]
            if field.get("validations", {}).get("required")
        }
        for name in FORMS
    }
    assert set(needed) == {"bug.yml", "feature.yml", "wrong_number.yml"}
    assert {"command", "output", "version"} <= needed["bug.yml"]
    assert {"command", "signature", "expected"} <= needed["wrong_number.yml"]
    assert "--debug" in (TEMPLATES / "bug.yml").read_text(encoding="utf-8")


def test_issue_chooser_leads_security_reports_to_the_private_form():
    """The chooser offers no blank issue, and links to private reporting."""
    config = load(TEMPLATES / "config.yml")
    assert set(config) == {"blank_issues_enabled", "contact_links"}
    assert config["blank_issues_enabled"] is False
    for link in config["contact_links"]:
        assert set(link) == {"name", "url", "about"}
    assert config["contact_links"][0]["url"].endswith("/security/advisories/new")


def test_pull_request_template():
    """The template asks what, why and which tests, and its checklist names the full check."""
    text = (REPOSITORY / ".github" / "PULL_REQUEST_TEMPLATE.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["What", "Why", "Tests", "Checklist"]
    for needed in ("bash .ci/run", "docs/rules.md", "CHANGELOG.md"):
        assert needed in text


# A command that installs the toolkit by its name alone: the name is not registered, so it would
# install a package of somebody else. A checkout (.) and a direct reference (name @ git+…) are safe.
BY_NAME = re.compile(
    r"\b(?:(?:pip3?|pipx|uv|tool|conda)\s+(?:install|download|run|add)|uvx)"
    r"\s+(?:-[\w-]+(?:=\S+)?\s+)*[\"'\\`]*xacle[-_.]eval"
    r"(?:\[[^\]]*\])?(?![\w\[/-]|\.\w|\s*@)",
    re.IGNORECASE,
)
TEXTS = {".py", ".md", ".ipynb", ".yml", ".yaml", ".toml", ".txt", ".cff", ""}
SHOWN = (".github", ".ci")


def texts():
    """Yield every text of the project, except this file and the environments."""
    for top, folders, inside in os.walk(REPOSITORY):
        folders[:] = [
            name
            for name in folders
            if (name in SHOWN or not name.startswith((".", "__", "build", "dist")))
            and not Path(top, name, "pyvenv.cfg").exists()
        ]
        for file in (Path(top, name) for name in inside):
            if file.suffix in TEXTS and file != Path(__file__):
                yield file


def test_nothing_installs_an_unregistered_name():
    """No document, workflow or message installs the toolkit by its name from a package index."""
    seen = [file.relative_to(REPOSITORY).as_posix() for file in texts()]
    assert {"README.md", ".ci/run", ".github/workflows/release.yml", "docs/cluster.md"} <= set(seen)
    found = [
        f"{file.relative_to(REPOSITORY)}: {match[0]!r}"
        for file in texts()
        for match in BY_NAME.finditer(file.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("pip install xacle-eval", True),
        ('pip install --upgrade "xacle-eval[fast]"', True),
        ("python -I -m pip install 'xacle-eval==0.1.0'", True),
        ("``pip install\n    xacle_eval``", True),
        ("pipx run xacle-eval score", True),
        ("pip install '.[fast]'", False),
        ('pip install "xacle-eval[fast] @ git+https://example.org/xacle-eval@COMMIT"', False),
        ("pip install ./xacle-eval", False),
        ("run xacle-eval-validate", False),
    ],
)
def test_installing_by_name_is_found(command, found):
    """The pattern finds every way to install the toolkit by its name, and nothing else."""
    assert bool(BY_NAME.search(command)) is found

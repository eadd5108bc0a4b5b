"""The check page: built of Pyodide and the standalone validator, with a strict policy."""

import base64
import hashlib
import html
import json
import re
import zlib

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.errors import UsageError
from xacle_eval.hosting.bundle import library_notices, standalone_validator
from xacle_eval.hosting.pyodide import read_pyodide
from xacle_eval.reports.site.check_page import check_page
from xacle_eval.reports.site.pages import Link, SiteFrame
from xacle_eval.submissions.rules import rule

TASK = DATA / "example" / "task.toml"
FILES = {
    "package.json": json.dumps({"name": "pyodide", "version": "314.0.7"}),
    "pyodide.mjs": "const a=1,b=2;export{a as loadPyodide,b as version};\n//# sourceMappingURL=x\n",
    "pyodide.asm.mjs": "async function c(){return import.meta.url}export default c;\n",
    "pyodide.asm.wasm": "\0asm",
    "python_stdlib.zip": "PK",
    "pyodide-lock.json": json.dumps({"info": {"python": "3.14.2"}, "packages": {"x": {}}}),
}


def write_pyodide(folder, **changes):
    """Write a folder like that of the npm package; None leaves a file out."""
    folder.mkdir(exist_ok=True)
    for name, text in {**FILES, **changes}.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def page(tmp_path):
    """The page of a challenge, with a small stand-in for Pyodide."""
    return check_page(xe.load_challenge(TASK), write_pyodide(tmp_path / "pyodide"))


def part(page, name):
    """Return a part of a page, unpacked."""
    found = re.search(
        f'<script type="application/octet-stream" id="part-{name}">(.*?)</script>', page
    )
    data = base64.b64decode(found[1])
    return zlib.decompress(data, 16 + zlib.MAX_WBITS) if data[:2] == b"\x1f\x8b" else data


def test_the_parts(page):
    """The page has the files of Pyodide and the validator of its challenge."""
    assert part(page, "runtime") == b"\0asm"
    assert part(page, "stdlib") == b"PK"
    assert json.loads(part(page, "lock")) == {"info": {"python": "3.14.2"}, "packages": {}}
    assert part(page, "validator").decode() == standalone_validator(xe.load_challenge(TASK))
    worker = part(page, "worker").decode().partition("// The worker of the check page")[0]
    assert worker.startswith("self.importScripts = ")
    assert "\nconst loadPyodide = (() => {\nconst a=1,b=2;\nreturn a;\n})();\n" in worker
    assert "const createPyodideModule = (() => {\n" in worker
    assert not re.search(
        r"^\s*(import|export)\b|import\.meta|sourceMappingURL", worker, re.MULTILINE
    )


def test_the_same_files_give_the_same_bytes(page, tmp_path):
    """The page has no time and no path of this machine."""
    again = check_page(xe.load_challenge(TASK), write_pyodide(tmp_path / "other"))
    assert again == page
    assert str(tmp_path) not in page


def test_the_policy(page):
    """Nothing is allowed but the page's own styles and script, Python, and the worker."""
    policy = html.unescape(re.search(r'Security-Policy" content="(.*?)"', page)[1])
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.keys() == {
        *("default-src", "style-src", "script-src", "worker-src", "base-uri", "form-action")
    }
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["worker-src"] == "blob:"
    styles = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    assert rules["style-src"].split() == [sha256_of(text) for text in styles]
    assert rules["script-src"].split() == [*map(sha256_of, scripts), "'wasm-unsafe-eval'"]


def sha256_of(text):
    """Return the source expression of a text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_no_script_writes_markup(page):
    """The script of the page adds text, never markup."""
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", script)


def test_names_are_escaped(tmp_path):
    """The title of a challenge is text."""
    challenge = xe.load_challenge(TASK).model_copy(update={"title": "<b>&\"'"})
    page = check_page(challenge, write_pyodide(tmp_path / "pyodide"))
    assert "<b>&" not in page.replace(part(page, "validator").decode(), "")
    assert "&lt;b&gt;&amp;" in page


def test_in_a_site(tmp_path):
    """As a page of a site, it has the links to the other pages."""
    site = SiteFrame(
        "Site", demo=True, pages=(Link("index.html", "Results"),), current="check.html"
    )
    page = check_page(xe.load_challenge(TASK), write_pyodide(tmp_path / "pyodide"), site)
    assert '<a href="index.html">Results</a>' in page
    assert "DEMO ratings" in page


def test_licences(page):
    """The page names its software and has the licence texts of the included libraries."""
    notices = library_notices()
    assert [name for name, _, _ in notices] == ["PyYAML", "pypdf"]
    for name, version, licence in notices:
        assert "Copyright" in licence
        assert f"{name} {version}" in page
    assert "Mozilla Public License 2.0" in page


@pytest.mark.parametrize("name", ["same-label", "team-repeats-itself", "resources-unchecked"])
def test_fixes_are_for_participants_too(name):
    """A fix of a rule that a single upload can break begins with what its team does."""
    assert re.match(
        r"Remove or rename|Check whether|The submission needs no change", rule(name).hint
    )


def test_the_heading_of_the_licences(page):
    """The licences are those of all software in the page."""
    assert "Software in this page, and licences" in page


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (dict.fromkeys(FILES), "not the folder of the npm package pyodide; .*npm install pyodide"),
        ({"package.json": '{"name": "left-pad"}'}, "not the folder of the npm package"),
        ({"package.json": "[]"}, "not the folder of the npm package"),
        ({"package.json": "{"}, "not the folder of the npm package"),
        ({"pyodide.asm.mjs": None}, "pyodide 314.0.7 and has no pyodide.asm.mjs; .*pyodide@latest"),
        ({"pyodide.mjs": "var loadPyodide"}, "another form than the releases"),
        ({"pyodide.asm.mjs": "var c"}, "another form than the releases"),
        ({"pyodide-lock.json": "{}"}, "another form than the releases"),
    ],
)
def test_other_folders(changes, says, tmp_path):
    """A folder that is not a supported release is an error that says what to do."""
    folder = write_pyodide(tmp_path / "pyodide", **changes)
    with pytest.raises(UsageError, match=says):
        read_pyodide(folder)


def test_no_folder(tmp_path):
    """So is a folder that does not exist, and a file that cannot be read."""
    with pytest.raises(UsageError, match="not the folder"):
        read_pyodide(tmp_path / "nowhere")
    folder = write_pyodide(tmp_path / "pyodide")
    (folder / "python_stdlib.zip").unlink()
    (folder / "python_stdlib.zip").mkdir()
    with pytest.raises(UsageError, match=r"has no python_stdlib\.zip"):
        read_pyodide(folder)

"""Data never flows back: each layer imports only from the layers above it."""

import ast
import subprocess
import sys

import pytest

from tests import layers
from tests.helpers import LARGE_LIBRARIES, REPOSITORY

MODULES = layers.modules()
LISTED = {name for names, _ in layers.LAYERS for name in names}
SUBMISSIONS = [name for name in MODULES if name.startswith("submissions.")]


def folder(name):
    """Return the top-level module or folder of a dotted name."""
    return name.partition(".")[0]


def test_the_list_names_every_module_and_nothing_else():
    """Each top-level module and folder has a layer, and each name in the lists exists."""
    assert set(layers.top_level()) == LISTED
    assert set(layers.LIGHT) <= LISTED


@pytest.mark.parametrize("package", layers.INNER_LAYERS)
def test_the_inner_lists_name_every_module_and_nothing_else(package):
    """The order inside a folder names each of its modules and only those."""
    inner = {name.split(".")[1] for name in MODULES if name.startswith(f"{package}.")}
    assert inner == set(layers.INNER_LAYERS[package])


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_its_layer_and_above(name):
    """No module imports from a layer below its own, and none imports the recipes in reference/."""
    own = layers.layer_of(folder(name))
    for module in layers.imports(MODULES[name], type_checking=False):
        top, _, rest = module.partition(".")
        assert top not in ("reference", "tests", "benchmarks"), f"{name} imports {module}"
        # The public names are for others; inside, their module is imported.
        assert module != "xacle_eval", f"{name} imports public names"
        if top == "xacle_eval" and folder(rest) in LISTED:
            assert layers.layer_of(folder(rest)) <= own, f"{name} imports {module} from below"


@pytest.mark.parametrize(
    "name", [name for name in MODULES if "." in name and folder(name) in layers.INNER_LAYERS]
)
def test_the_order_inside_a_folder(name):
    """Inside a folder with an order of its own, a module imports only from earlier ones."""
    package, inner = name.split(".")[:2]
    order = layers.INNER_LAYERS[package]
    for module in layers.imports(MODULES[name], type_checking=False):
        parts = module.split(".")
        if parts[:2] == ["xacle_eval", package] and len(parts) > 2 and parts[2] != inner:
            assert order.index(parts[2]) < order.index(inner), f"{name} imports {module}"


def test_a_cycle_is_found(tmp_path, monkeypatch):
    """Two modules that import each other, and one that imports itself through another."""
    (tmp_path / "one.py").write_text("from xacle_eval import two\n")
    (tmp_path / "two.py").write_text("import xacle_eval.one\n")
    (tmp_path / "three.py").write_text("from xacle_eval.one import name\n")
    files = {name: tmp_path / f"{name}.py" for name in ("one", "two", "three")}
    monkeypatch.setattr(layers, "modules", lambda: files)
    assert [set(cycle) for cycle in layers.module_cycles()] == [{"one", "two"}]


def test_the_import_graph_has_no_cycle_and_stays_flat():
    """No import cycle, at most 20 top-level modules and folders, at most 10 floors."""
    assert layers.module_cycles() == []
    assert len(layers.top_level()) <= 20
    assert layers.floors() <= 10


@pytest.mark.long
def test_the_script_prints_the_shape_of_the_graph():
    """``python -m tests.layers`` prints the number of modules, floors and cycles."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.layers"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = f"{len(LISTED)} top-level modules and folders, {layers.floors()} floors, 0 import"
    assert done.stdout.startswith(expected)


def test_contributing_shows_the_layers():
    """The table in CONTRIBUTING.md is what ``python -m tests.layers table`` prints."""
    assert layers.table() in (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_checking_imports_no_reference(name):
    """Nothing that validates a submission can reach references, metrics or scores, not even for
    types.
    """
    allowed = {"errors", "text", "arrays", "models", "io", "challenge", "submissions", "_version"}
    for module in layers.imports(MODULES[name]):
        top, _, rest = module.partition(".")
        assert top != "xacle_eval" or folder(rest) in allowed, f"{name}: {module}"


@pytest.mark.parametrize("name", [name for name in MODULES if folder(name) in layers.LIGHT])
def test_heavy_libraries_are_imported_where_they_are_needed(name):
    """The modules that every command imports load no large library at their top."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in top
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names}.isdisjoint(LARGE_LIBRARIES)


def test_every_python_file_is_short():
    """No Python file of the project has 500 lines or more."""
    folders = ("xacle_eval", "reference", "action", "benchmarks", "tests", ".ci")
    files = [file for name in folders for file in (REPOSITORY / name).rglob("*.py")]
    assert len(files) > 300
    lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {file: number for file, number in lines.items() if number >= 500} == {}


@pytest.mark.parametrize("name", MODULES)
def test_code_conventions(name):
    """No star import, no assert, no sys.exit outside the command line."""
    text = MODULES[name].read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.Assert), f"{name}:{node.lineno} assert"
        if isinstance(node, ast.ImportFrom):
            stars = "*" in [alias.name for alias in node.names]
            assert not stars, f"{name}:{node.lineno} star import"
        if isinstance(node, ast.Attribute) and folder(name) not in ("cli", "__main__"):
            exits = node.attr == "exit" and getattr(node.value, "id", "") == "sys"
            assert not exits, f"{name}:{node.lineno} sys.exit"

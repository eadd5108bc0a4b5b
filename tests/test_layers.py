"""Data never walks back: a room of the toolkit imports only from the rooms above it."""

import ast

import pytest

from tests.helpers import REPOSITORY

PACKAGE = REPOSITORY / "xacle_eval"
ROOMS = [
    "_version",
    "errors",
    "text",
    "files",
    "manifests",
    "approved",
    "challenge",
    "challenge_files",
    "submissions",
    "metrics",
    "references",
    "statistics",
    "listeners",
    "uncertainty",
    "error_profiles",
    "scoring",
    "claims",
    "ranking",
    "resampled",
    "screened",
    "evaluation",
    "comparing",
    "listener_files",
    "leaderboards",
    "receipts",
    "reports",
    "hosting",
    "cli",
    "__main__",
]
# Within submissions the rooms have their own order.
DESKS = [
    "__init__",
    "findings",
    "rules",
    "reading",
    "columns",
    "checking",
    "similarity",
    "discovery",
    "names",
    "archive",
    "pdf_child",
    "pdf",
    "yaml_reading",
    "description",
    "task_rules",
    "package",
    "packing",
]
MODULES = sorted(file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py"))
LIGHT = (
    "text",
    "files",
    "manifests",
    "challenge",
    "submissions",
    "metrics",
    "references",
    "error_profiles",
    "scoring",
    "ranking",
)


def imports(path, type_checking=True):
    """Yield the modules that a file imports anywhere, or anywhere but under TYPE_CHECKING."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.If)
            and getattr(node.test, "id", "") == "TYPE_CHECKING"
            and not type_checking
        ):
            hidden.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (
                f"{node.module}.{alias.name}" for alias in node.names if node.module == "xacle_eval"
            )


def room(name):
    """Return the room of a module's file or dotted name."""
    parts = name.removesuffix(".py").replace("/", ".").split(".")
    return parts[0]


def test_every_room_has_its_place():
    """Each module of the package is in a room of the list."""
    assert {room(name) for name in MODULES} - {"__init__"} <= set(ROOMS)


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__init__.py"])
def test_a_room_imports_only_from_rooms_above(name):
    """No module imports from a room below its own, and none imports the recipes in reference/."""
    own = ROOMS.index(room(name))
    for module in imports(PACKAGE / name, type_checking=False):
        top, _, rest = module.partition(".")
        assert top not in ("reference", "tests", "benchmarks"), f"{name} imports {module}"
        if top == "xacle_eval" and rest and room(rest) in ROOMS:
            assert ROOMS.index(room(rest)) <= own, f"{name} imports {module} from a room below"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("submissions/")])
def test_the_order_inside_submissions(name):
    """Inside submissions reading knows no checking, and rules know no reading."""
    own = DESKS.index(name.removeprefix("submissions/").removesuffix(".py"))
    for module in imports(PACKAGE / name, type_checking=False):
        if module.startswith("xacle_eval.submissions."):
            assert DESKS.index(module.split(".")[2]) < own, f"{name} imports {module}"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("submissions/")])
def test_checking_imports_no_reference(name):
    """Nothing that checks a submission can reach the references, the metrics or the scores, not
    even for types.
    """
    for module in imports(PACKAGE / name):
        assert module.partition(".")[2] not in ("references", "scoring", "metrics", "ranking"), (
            f"{name}: {module}"
        )


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) in LIGHT])
def test_heavy_libraries_are_imported_where_they_are_needed(name):
    """The rooms that every command goes through import no large library at their top."""
    tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in top
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names}.isdisjoint(
        {"pandas", "scipy", "numba", "torch", "matplotlib"}
    )


@pytest.mark.parametrize("name", MODULES)
def test_house_rules(name):
    """No star import, no assert, no sys.exit outside the command line, no file over 500 lines."""
    text = (PACKAGE / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) < 500
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.Assert), f"{name}:{node.lineno} assert"
        if isinstance(node, ast.ImportFrom):
            assert "*" not in [alias.name for alias in node.names], (
                f"{name}:{node.lineno} star import"
            )
        if isinstance(node, ast.Attribute) and room(name) not in ("cli", "__main__"):
            exits = node.attr == "exit" and getattr(node.value, "id", "") == "sys"
            assert not exits, f"{name}:{node.lineno} sys.exit"

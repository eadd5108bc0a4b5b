"""The layers of the toolkit: one list, checked by the tests and shown in CONTRIBUTING.md.

``python -m tests.layers`` prints the number of top-level modules and folders, the longest chain
of imports and every import cycle; ``python -m tests.layers table`` prints the table of
CONTRIBUTING.md.
"""

import ast
import sys
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "xacle_eval"

# Top-level modules and folders, each line may import from its own line and the lines above it.
LAYERS = [
    (
        ("_version", "errors", "text", "arrays", "models", "io"),
        "errors with their exit codes, text helpers, bases of models, inputs, atomic writes",
    ),
    (("metrics",), "float arrays in, float out; a metric is an object with its fast forms"),
    (("challenge",), "requirements for submissions and the ranking rule, read from TOML"),
    (("submissions",), "submissions: reading, rules, validation; never reads a reference"),
    (("records",), "receipts of validated files, and the ledger; never reads a reference"),
    (("references",), "the ground truth: averages, or per-listener ratings"),
    (("editions",), "a challenge file from a file of labels"),
    (("statistics",), "arrays in, frozen results out: resampling, intervals, tests, ranks"),
    (("listeners",), "ratings in, frozen results out: reliability, noise ceiling, screening"),
    (("results",), "frozen models, and their rounding for publication"),
    (("evaluation",), "the public functions and the code that fills `results/`"),
    (("hosting",), "the check and the scorer as one file, bundles for platforms, their check"),
    (("reports",), "`views/`: result to table; `formats/`: table or result to bytes"),
    (("cli",), "arguments, one call, one report, one exit code; one file per command"),
    (("__main__",), "`python -m xacle_eval`"),
]
# The same inside a folder, where the order matters.
INNER_LAYERS = {
    "submissions": [
        "examples", "findings", "reports", "rule", "export_rules", "rules", "severities",
        "unchecked", "budget",
        "labels", "delimiters", "characters", "printed", "notation", "signatures", "reading",
        "frames", "objects", "sources", "headers", "causes",
        "columns", "rows", "ids", "values", "repairs", "fixing", "scales", "checking", "probes",
        "similarity", "lookalikes", "discovery", "ignored", "names",
        "zip_extra", "zip_names", "zip_directory", "zip_headers", "archive",
        "pdf_child", "pdf_pages", "pdf",
        "fixed_files",
        "yaml_scan", "yaml_causes", "yaml_loader", "yaml_reading", "description", "task_rules",
        "package", "packing", "package_files", "validation",
    ],
    "references": [
        "ratings", "model", "objects", "agreement", "listener_names", "both", "splits", "rows",
        "loading", "targets", "demo",
    ],
    "editions": ["labels", "columns", "ids", "scale", "parts", "writing", "draft"],
    "evaluation": [
        "numbers", "remarks", "scorer", "claims", "slow_metrics", "ceilings", "units",
        "board_ranks", "uncertainty",
        "breakdown", "profile", "score", "ranking", "suspects", "screening",
        "binned", "descriptions", "details",
        "boards", "overall", "targets",
        "listeners", "ratings_report",
        "leaderboard", "report", "exports", "published", "verdicts", "comparison",
        "planning", "attacks", "audit", "rescoring", "history", "open_phase", "ledger",
    ],
    "reports": ["views", "formats", "site", "contained", "contents", "templates"],
    "hosting": [
        "stand_ins", "loader", "challenge_data", "standalone", "scoring", "bundle", "downgrade",
        "single_file", "pyodide", "exported", "lint", "trial",
        "blocks", "logo", "yaml_text", "hosted", "platform_texts", "pages", "own_texts",
        "codabench", "evalai", "huggingface", "exporting",
    ],
}  # fmt: skip
# Every command passes through these, so they import no large library at the top of a module.
LIGHT = (
    "text",
    "arrays",
    "io",
    "challenge",
    "submissions",
    "metrics",
    "references",
    "results",
)


def layer_of(name: str) -> int:
    """Return the place of a top-level module or folder in the list.

    Raises
    ------
    KeyError
        If the list does not name it.
    """
    for place, (names, _) in enumerate(LAYERS):
        if name in names:
            return place
    raise KeyError(name)


def top_level() -> list[str]:
    """Return the names of the package's top-level modules and folders, without ``__init__``."""
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    return sorted(modules | folders)


@cache
def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name, without ``xacle_eval.``."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


@cache
def imports(path: Path, type_checking: bool = True) -> tuple[str, ...]:
    """Return the modules that a file imports anywhere, or anywhere but under TYPE_CHECKING."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = set()
    for node in ast.walk(tree):
        test = getattr(node, "test", None)
        if isinstance(node, ast.If) and getattr(test, "id", "") == "TYPE_CHECKING":
            hidden.update(id(inner) for inner in ast.walk(node) if not type_checking)
    found = []
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}: relative import")
            found += _imported(str(node.module), [alias.name for alias in node.names])
    return tuple(found)


def _imported(module: str, names: list[str]) -> list[str]:
    """Return the modules that ``from module import names`` loads."""
    known, package = modules(), module.removeprefix("xacle_eval").lstrip(".")
    inner = [f"{package}.{name}".lstrip(".") for name in names]
    if not module.startswith("xacle_eval") or not all(name in known for name in inner):
        return [module, *(f"xacle_eval.{name}" for name in inner if name in known)]
    return [f"xacle_eval.{name}" for name in inner]


def graph() -> dict[str, set[str]]:
    """Return what each top-level module or folder imports from the others at run time."""
    edges: dict[str, set[str]] = {name: set() for name in top_level()}
    for name, path in modules().items():
        own = name.partition(".")[0]
        for module in imports(path, type_checking=False):
            top, _, rest = module.partition(".")
            other = rest.partition(".")[0]
            if top == "xacle_eval" and other in edges and other != own:
                edges[own].add(other)
    return edges


def module_cycles() -> list[list[str]]:
    """Return a cycle of imports between modules for each place where one closes; empty if none."""
    known = modules()
    edges = {
        name: {
            module.removeprefix("xacle_eval.")
            for module in imports(path, type_checking=False)
            if module.removeprefix("xacle_eval.") in known
        }
        for name, path in known.items()
    }
    cycles, state = [], dict.fromkeys(known, 0)

    def visit(name: str, trail: list[str]) -> None:
        state[name] = 1
        for other in sorted(edges[name]):
            if state[other] == 1 and other != name:
                cycles.append(
                    [*trail[trail.index(other) :], other] if other in trail else [name, other]
                )
            elif state[other] == 0:
                visit(other, [*trail, other])
        state[name] = 2

    for name in known:
        if state[name] == 0:
            visit(name, [name])
    return cycles


def floors() -> int:
    """Return the number of modules and folders in the longest chain of imports.

    Raises
    ------
    RecursionError
        If the graph has a cycle.
    """
    edges = graph()

    @cache
    def height(name: str) -> int:
        return 1 + max((height(other) for other in edges[name]), default=0)

    return max(map(height, edges))


def table() -> str:
    """Return the table of CONTRIBUTING.md."""
    lines = ["| layer | what it does |", "| --- | --- |"]
    for names, text in LAYERS:
        shown = " ".join(
            f"`{name}/`" if (PACKAGE / name).is_dir() else f"`{name}.py`" for name in names
        )
        lines.append(f"| {shown} | {text} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["table"]:
        sys.stdout.write(table())
    else:
        sys.stdout.write(
            f"{len(top_level())} top-level modules and folders, {floors()} floors, "
            f"{len(module_cycles())} import cycles\n"
        )
        for cycle in module_cycles():
            sys.stdout.write(" -> ".join(cycle) + "\n")

"""Formats: one line each in the registry, and one function that writes every CSV."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest

import xacle_eval as xe
from tests.cli.helpers import EXAMPLE, REFERENCES, xacle_eval
from tests.helpers import DATA
from xacle_eval.reports.formats.registry import (
    BOARD_FORMATS,
    REPORT_FORMATS,
    VERIFICATION_FORMATS,
    load_function,
)
from xacle_eval.reports.formats.tables import csv_rows, csv_table
from xacle_eval.reports.views.comparison import comparison_values

FORMATS = {**BOARD_FORMATS, **REPORT_FORMATS, **VERIFICATION_FORMATS}
# Signs with which a cell is a formula in a spreadsheet (OWASP ASVS 1.2.10).
FORMULA = ("=", "+", "@", "\t", "\r")
FORGED = "=HYPERLINK(1)_01"
PUBLISHED = "system,SRCC,LCC,KTAU,MSE\n{},0.5,0.4,0.3,2\nB_01,0.6,0.5,0.4,1\n"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_its_functions(name):
    """Each line of the registry names functions that exist."""
    chosen = FORMATS[name]
    assert callable(load_function(chosen.function))
    if chosen.summary is not None:
        assert callable(load_function(chosen.summary))


NEW_FORMAT = """
import sys, types
from xacle_eval.reports.formats import registry
module = types.ModuleType("xacle_eval.reports.formats.sample")
module.sample_tables = lambda views: "".join(f"<h1>{view.title}</h1>\\n" for view in views)
sys.modules[module.__name__] = module
registry.TABLE_FORMATS["sample"] = registry.Format("sample:sample_tables", "views")
"""


@pytest.mark.long
@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "example/submissions/Hibari_01.csv"),
        ("leaderboard", "example/submissions"),
        ("compare", "example/submissions/Hibari_01.csv", "example/submissions/Suzume_01.csv"),
        ("listeners", "example/ratings.csv"),
        ("rank", "published.csv"),
    ],
)
def test_a_table_format_is_one_function_and_one_line(arguments, tmp_path):
    """A format that is added to the registry is a choice of every command with tables."""
    (tmp_path / "published.csv").write_text(PUBLISHED.format("A_01"))
    (tmp_path / "example").symlink_to(DATA / "example")
    run = (*arguments, *EXAMPLE, "--format", "sample")
    shown = xacle_eval(*run, cwd=tmp_path, before=NEW_FORMAT)
    assert (shown.code, shown.out.startswith("<h1>")) == (0, True)
    assert xacle_eval(*run, cwd=tmp_path).code == 2
    assert re.search(r"\|sample[\]|]", xacle_eval(arguments[0], "--help", before=NEW_FORMAT).out)


def test_a_report_format_is_one_function_and_one_line():
    """The same for the reports of validate, whose formats take reports."""
    before = NEW_FORMAT.replace("sample_tables", "sample_reports").replace("TABLE_", "REPORT_")
    before = before.replace('"views"', '"reports"')
    before = before.replace(
        'lambda views: "".join(f"<h1>{view.title}</h1>\\n" for view in views)',
        'lambda reports, strict: f"<h1>{len(reports)} {strict}</h1>\\n"',
    )
    shown = xacle_eval(
        "validate", "example/submissions", *EXAMPLE, "--format", "sample", before=before
    )
    assert shown.out == "<h1>3 False</h1>\n"


def test_rows_of_csv():
    """Values are at full precision, missing ones are empty, and formulas are quoted."""
    rows = [("a,b", 1, 0.1 + 0.2, None), ("-x", True, float("nan"), 1e-5), ("=1", -2, -0.5, "ü")]
    assert csv_rows(("name", "=n", "value", "more"), rows) == (
        "name,'=n,value,more\n\"a,b\",1,0.30000000000000004,\n'-x,True,,1e-05\n'=1,-2,-0.5,ü\n"
    )


def test_the_csv_of_a_comparison_is_its_frame():
    """`compare --format csv` has the columns and values of to_frame."""
    paths = [DATA / "invalid/submissions" / f"{name}.csv" for name in ("constant", "valid")]
    found = xe.compare(
        *paths,
        references=DATA / "invalid/references.csv",
        challenge=DATA / "invalid",
        bootstrap=xe.Bootstrap(resamples=50),
    )
    frame = found.to_frame().to_csv(index=False, lineterminator="\n")
    assert csv_table(comparison_values(found)) == frame


def _csv_writers(path):
    """Yield the functions of a file that use a CSV writer."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and node.attr in ("to_csv", "DictWriter", "writer"):
                yield function.name


def test_one_function_writes_every_csv():
    """Only the function that escapes cells uses a CSV writer, and those of files that programs
    read: a participant's own file, the labels of a scorer, and an example of a prediction file.
    """
    package = Path(xe.__file__).parent
    found = {
        (path.relative_to(package).as_posix(), function)
        for path in package.rglob("*.py")
        for function in _csv_writers(path)
    }
    assert found == {
        ("reports/formats/tables.py", "csv_rows"),
        ("submissions/fixing.py", "_write"),
        ("hosting/scoring/labels.py", "labels_text"),
        ("hosting/pages.py", "_example"),
    }


@pytest.mark.long
@pytest.mark.parametrize("command", ["score", "leaderboard", "compare", "rank"])
def test_no_cell_is_a_formula(command, tmp_path):
    """In the CSV of every command, a system name that is a formula is quoted."""
    for name in (FORGED, "B_01"):
        (tmp_path / f"{name}.csv").write_bytes(
            (DATA / "invalid/submissions/valid.csv").read_bytes()
        )
    (tmp_path / "table.txt").write_text(PUBLISHED.format(FORGED))
    challenge = ("--challenge", DATA / "invalid")
    truth = ("--references", DATA / REFERENCES[1])
    paths = [f"{FORGED}.csv", "B_01.csv"]
    arguments = {
        "score": (paths[0], *truth),
        "leaderboard": (*paths, *truth),
        "compare": (*paths, *truth, "--bootstrap", "20"),
        "rank": ("table.txt",),
    }[command]
    done = xacle_eval(command, *arguments, *challenge, "--format", "csv", cwd=tmp_path)
    assert done.code == 0, done.err
    cells = [cell for row in csv.reader(io.StringIO(done.out)) for cell in row]
    assert f"'{FORGED}" in cells
    assert not any(cell.startswith(FORMULA) for cell in cells)

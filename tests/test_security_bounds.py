"""The bounds in SECURITY.md are those of the code; other tests check each at its limit."""

import importlib
import re
import runpy
from pathlib import Path

from tests.helpers import REPOSITORY
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rules import Limits

NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?!\w)")
PAIRS_PER_ROW = (2, 100)  # see test_checking.py
LIMITS = Limits()


def of(module, *names):
    """Return the values of constants of a module of the package."""
    found = importlib.import_module(f"xacle_eval.{module}")
    return [getattr(found, name) for name in names]


def action(script, *names):
    """Return the values of constants of a script of the action."""
    found = runpy.run_path(str(REPOSITORY / "action" / script), run_name="script")
    return [found[name] for name in names]


def bounds():
    """Return the numbers of each row of the table, in the order of the text."""
    (splits,) = (
        limit.max_length
        for limit in Challenge.model_fields["splits"].metadata
        if hasattr(limit, "max_length")
    )
    ratio = int(LIMITS.max_ratio)
    loading, compressed = "references.loading", "io.compressed"
    budget, yaml = "submissions.budget", "submissions.yaml_reading"
    grouping, json = "reports.formats.grouping", "io.json_reading"
    problems, expressions = "challenge.problems", "challenge.expressions"
    seconds, per_text = of(expressions, "_SECONDS", "_SECONDS_PER_TEXT")
    cpu, memory = of("submissions.pdf_child", "_CPU_SECONDS", "_BYTES")
    return [
        ("prediction file", [LIMITS.max_bytes]),
        ("prediction file", [*PAIRS_PER_ROW, *of("submissions.reading", "_LINES_PER_ROW")]),
        ("prediction file", of("submissions.reading", "_LONGEST_ROW")),
        ("prediction file", of("challenge.manifest", "LONGEST_ID")),
        ("package", [LIMITS.max_package_bytes]),
        ("package", [LIMITS.max_members]),
        ("package", [ratio, *of("submissions.archive", "_SMALL")]),
        (
            "package",
            of("submissions.archive", "MOST_FOLDERS") + of("submissions.names", "LONGEST_NAME"),
        ),
        (
            '"did you mean"',
            of("text", "_LONGEST_WORD", "_MOST_WORDS") + of("io.files", "_MOST_ENTRIES"),
        ),
        (
            "files of a package together",
            of(budget, "_SIZE", "_BYTES_PER_FIELD", "_ODD_ROWS")
            + of(budget, "_DESCRIPTION_BYTES", "_DESCRIPTION_VALUES"),
        ),
        (
            "artifact of a workflow",
            action("artifact.py", "_MOST_PACKED", "_MOST_UNPACKED", "_MOST_FILES"),
        ),
        (
            "unchecked files in the action's output",
            action("entry.py", "_ANNOTATED", "_LISTED", "_LONGEST_NAME"),
        ),
        ("system description", of(yaml, "MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "MAX_ALIASES")),
        (
            "reports of a package together",
            [int(cpu), memory >> 20, *of("submissions.pdf_pages", "_TIMEOUT_SECONDS")],
        ),
        ("findings", [*of(budget, "MOST_FINDINGS") * 2, *of(budget, "_LEAST_FINDINGS")]),
        ("text, GitHub and JUnit reports", of(grouping, "MOST_LISTED", "_ALIKE_LISTED")),
        ("SARIF", of("reports.formats.sarif", "_MOST_RESULTS")),
        ("names in tables and JSON", of("text", "LONGEST_LABEL")),
        (
            "challenge file",
            of("challenge.loading", "MOST_BYTES")
            + of(problems, "_MOST_VALUES", "MAX_DEPTH")
            + [splits, *of("challenge.manifest", "MAX_PAIRS")],
        ),
        (
            "challenge files that extend each other",
            of("challenge.inheritance", "MOST_FILES") + of("challenge.loading", "MOST_BYTES"),
        ),
        (
            "lists of a challenge file",
            of("challenge.inputs", "MOST_LIST_BYTES") + of("challenge.manifest", "MAX_PAIRS"),
        ),
        (
            "regular expression of a challenge file",
            [*of(expressions, "_LONGEST_PATTERN"), int(seconds), round(per_text * 1e6)],
        ),
        ("receipt", of("records.receipts", "_MOST_BYTES") + of(json, "_MOST_VALUES", "_MAX_DEPTH")),
        ("file for `verify`", of("records.receipts", "_LARGEST_FILE")),
        ("references and ratings", of(loading, "MAX_BYTES", "MAX_ROWS")),
        (
            "compressed references",
            of(compressed, "_MOST_RATIO", "_FREE_BYTES", "_MOST_MEMBERS", "_MOST_PACKED"),
        ),
        ("table for `rank`", of("evaluation.published", "_MOST_ROWS")),
    ]


def test_the_numbers_of_the_table():
    """Each row of the table has the numbers of the code, in order, and no row is missing."""
    text = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
    section = text.partition("## Bounds for untrusted files")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"][2:]
    written = [
        (name, [int(number.replace(",", "")) for number in NUMBER.findall(bound)])
        for name, bound, _ in rows
    ]
    assert written == bounds()


def test_the_hostile_files_of_the_changelog():
    """CHANGELOG.md has the number of hostile files."""
    cases = runpy.run_path(str(REPOSITORY / "tests" / "data" / "make_hostile.py"))["CASES"]
    text = Path(REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"A corpus of {len(cases)} hostile files" in text

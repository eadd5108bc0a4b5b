"""The check page: its size, how long it starts, and how long a check takes in Chromium.

Run it as ``python benchmarks/check_page.py node_modules/pyodide`` (a minute); it needs Playwright
and Chromium. Times are medians of `ROUNDS` runs.
"""

from __future__ import annotations

import ast
import io
import random
import shutil
import statistics
import sys
import tempfile
import time
import tokenize
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from xacle_eval.challenge.loading import load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.hosting.bundle import standalone_modules, standalone_validator
from xacle_eval.reports.site.check_page import check_page
from xacle_eval.submissions.rules import RULES

ROUNDS = 5
PACKAGE_BYTES = 20_000_000
_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def code_lines(source: str) -> int:
    """Return the number of lines with code: no comment, docstring or blank line."""
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
            first = node.body[0]
            docstrings.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings)


def count_sources() -> Iterator[str]:
    """Yield how much code has the rules, and how much decides where they apply."""
    own = standalone_modules(libraries=False)
    definitions = code_lines(own["xacle_eval.submissions.rules"][0])
    yield f"definitions of {len(RULES)} rules: {definitions:,} lines of code"
    for folder in ("submissions", "challenge"):
        sources = [
            source for name, (source, _) in own.items() if name.startswith(f"xacle_eval.{folder}")
        ]
        total = sum(map(code_lines, sources))
        yield f"xacle_eval/{folder}/ in the page: {len(sources)} modules, {total:,} lines of code"
    stand_ins = [own[name][0] for name in ("numpy", "pydantic", "regex")]
    stand_ins.append(own["xacle_eval.hosting.stand_ins.values"][0])
    yield f"stand-ins: {sum(map(code_lines, stand_ins)):,} lines of code"


def make_files(folder: Path, challenge: Challenge) -> tuple[Path, Path]:
    """Write a prediction file, and a package of 20 MB with it, and a PDF."""
    rng = random.Random(0)  # noqa: S311 -- not for secrets
    rows = (f"{pair},{rng.uniform(0, 10):.4f}\n" for pair in challenge.manifest.ids)
    text = "wav_file_name,pred_score\n" + "".join(rows)
    predictions, package = folder / "Kumo_01.csv", folder / "Kumo.zip"
    predictions.write_text(text, encoding="utf-8")
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("Kumo_01.csv", text)
        archive.writestr("report.pdf", _pdf(PACKAGE_BYTES - len(text)))
    return predictions, package


def _pdf(size: int) -> bytes:
    """Return a PDF of two pages and incompressible data."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        *2 * [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"],
        b"<< /Length %d >>\nstream\n" % size
        + random.Random(0).randbytes(size)  # noqa: S311 -- not for secrets
        + b"\nendstream",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return data + head + table + end % (len(objects) + 1, len(data))


def seconds(action: Callable[[], Any]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measure_browser(page: Path, files: tuple[Path, ...]) -> Iterator[str]:
    """Yield the times of the page in Chromium."""
    from playwright.sync_api import expect, sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    times: dict[str, list[float]] = {}
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(ROUNDS):
            window = browser.new_page()
            status = window.locator("#status")
            begin = time.perf_counter()
            window.goto(page.as_uri())
            expect(status).to_contain_text("Ready", timeout=120_000)
            times.setdefault("start", []).append(time.perf_counter() - begin)
            for file in files:
                begin = time.perf_counter()
                window.set_input_files("#files", file)
                expect(status).to_contain_text("1 file checked", timeout=120_000)
                times.setdefault(file.name, []).append(time.perf_counter() - begin)
                window.evaluate("document.getElementById('status').textContent = ''")
            window.close()
        browser.close()
    for name, each in times.items():
        yield f"{name}: {statistics.median(each):.2f} s"


def main(folder: str) -> None:
    """Print all measurements."""
    challenge = load_challenge("xacle2026")
    for line in count_sources():
        print(line)
    print(f"standalone validator: {len(standalone_validator(challenge).encode()) / 1e6:.2f} MB")
    with tempfile.TemporaryDirectory() as made:
        page = Path(made) / "check.html"
        took = seconds(lambda: page.write_text(check_page(challenge, Path(folder)), "utf-8"))
        print(f"page: {page.stat().st_size / 1e6:.2f} MB, written in {took:.1f} s")
        for line in measure_browser(page, make_files(Path(made), challenge)):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1])

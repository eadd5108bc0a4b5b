"""Large folders and packages with very many findings: short output, and cost linear in files."""

import contextlib
import json
import sys
import tracemalloc
from collections import Counter

import pytest

from tests.helpers import DATA, codes
from tests.test_hostile import CASES, TASK, call
from xacle_eval.challenge.loading import load_challenge
from xacle_eval.cli.output import emit
from xacle_eval.records.receipts import make_receipt
from xacle_eval.reports.formats.documents import document_json
from xacle_eval.submissions.budget import MOST_FINDINGS, limit_findings
from xacle_eval.submissions.discovery import Passed
from xacle_eval.submissions.ignored import ignored_findings
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.validation import validate

FORMATS = {
    "validate": ("text", "json", "github", "junit", "sarif"),
    "leaderboard": ("text", "json", "csv", "markdown", "latex"),
}
BOTH = [(command, format_) for command, formats in FORMATS.items() for format_ in formats]
GROUPED = [pair for pair in BOTH if pair[1] not in ("json", "sarif")]


@pytest.fixture
def keys(tmp_path):
    """Return a package of 49 descriptions with 2,400 unknown keys each."""
    (case,) = (case for case in CASES if case.name == "many_keys.zip")
    path = tmp_path / case.name
    path.write_bytes(case.make())
    return path


def empty_files(folder, number, ending=".csv"):
    """Write a folder of empty files."""
    folder.mkdir()
    for place in range(number):
        (folder / f"Team{place:04d}_01{ending}").touch()
    return folder


@pytest.mark.long
@pytest.mark.parametrize(("command", "format_"), BOTH)
def test_the_output_for_a_package_is_short(keys, command, format_):
    """Every format writes less than 1 MB for a package with 120,000 mistakes, and exits with 1."""
    code, out, err = call(command, keys, *TASK, "--format", format_)
    assert code == 1
    assert len(out.encode()) + len(err.encode()) < 1 << 20


def test_grouped_findings_keep_their_numbers(keys):
    """Every rule keeps its severity and the sum of its counts, also in a receipt."""
    challenge = load_challenge(DATA / "example" / "task.toml")
    reports = validate(keys, challenge=challenge)
    assert not any(report.valid for report in reports)
    system = next(report for report in reports if report.package)
    numbers = Counter()
    for finding in system.findings:
        numbers[finding.code] += finding.count
    assert numbers["XAC103"] == 2_400
    assert system.counts()["error"] == len(system.findings)
    (written,) = make_receipt(reports, challenge).files
    read = sum("XAC103" in codes(report.findings) for report in reports)
    assert written.findings["XAC103"] == 2_400 * read


def test_every_rule_is_listed_before_one_is_repeated():
    """Of 5,000 findings, 50 are listed, the only one of a rule among them, the others counted."""
    many = [rule("key-unknown").finding(f"unknown key {n}", line=n + 1) for n in range(5_000)]
    once = rule("ensemble").finding("an ensemble", line=9_000)
    limited = limit_findings([*many, once])
    assert len(limited) == MOST_FINDINGS + 1
    assert once in limited
    assert limited[-1].message == "4,951 more findings of this rule not listed"
    assert sum(found.count for found in limited) == 5_001
    assert limit_findings(many[:MOST_FINDINGS]) == tuple(many[:MOST_FINDINGS])


@pytest.mark.parametrize(("command", "format_"), GROUPED)
def test_a_folder_of_empty_files_is_grouped(tmp_path, command, format_):
    """Files with the same mistake are named by rule, with their number and the first five."""
    folder = empty_files(tmp_path / "f", 1_000)
    code, out, err = call(command, folder, *TASK, "--format", format_, "--quiet")
    assert code == 1
    assert len(out) + len(err) < 8_000
    assert "995 more" in out + err
    assert "XAC002" in out + err


@pytest.mark.parametrize("command", FORMATS)
def test_json_lists_every_file(tmp_path, command):
    """JSON has every file of a large folder."""
    folder = empty_files(tmp_path / "f", 300)
    out = json.loads(call(command, folder, *TASK, "--format", "json", "--quiet")[1])
    assert len(out["submissions" if command == "validate" else "unranked"]) == 300


def write_pieces(pieces, path, to_file):
    """Write a result to a file, or to a stdout that is the file."""
    if to_file:
        emit(pieces, str(path))
        return
    with path.open("w", newline="") as stdout, contextlib.redirect_stdout(stdout):
        emit(pieces, None)


@pytest.mark.parametrize("to_file", [False, True])
def test_a_result_in_pieces_is_not_in_memory(tmp_path, to_file):
    """A result of 30 MB in pieces needs less than 10 MB of memory and is written unchanged."""
    pieces = [f"{place:05d}\n" * 10_000 for place in range(500)]
    tracemalloc.start()
    try:
        write_pieces(iter(pieces), tmp_path / "out", to_file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000
    assert (tmp_path / "out").read_bytes() == "".join(pieces).encode()


@pytest.mark.parametrize("to_file", [False, True])
def test_a_result_is_complete_before_it_is_written(tmp_path, to_file):
    """If a piece cannot be made, nothing of a long result is written."""

    def pieces():
        yield "x" * 10_000_000
        raise MemoryError

    (tmp_path / "out").write_text("" if not to_file else "old")
    with pytest.raises(MemoryError):
        write_pieces(pieces(), tmp_path / "out", to_file)
    assert (tmp_path / "out").read_text() == ("" if not to_file else "old")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_json_is_made_in_pieces(tmp_path):
    """Each report is a piece of the JSON of a large folder."""
    challenge = load_challenge(DATA / "example" / "task.toml")
    reports = validate(empty_files(tmp_path / "f", 300), challenge=challenge)
    values = {"challenge": "c", "split": "test", "submissions": reports}
    lengths = [len(piece) for piece in document_json("validate", values)]
    assert sum(lengths) > 100 * max(lengths)


def test_different_findings_are_all_listed(tmp_path):
    """Among many valid files, each of a few invalid ones is listed with its own finding."""
    folder = empty_files(tmp_path / "f", 300)
    for place in range(20):
        (folder / f"Other{place:02d}_01.csv").write_text(f"wav_file_name,pred{place}\n1,2\n")
    _, out, _ = call("validate", folder, *TASK)
    assert all(f"Other{place:02d}_01.csv" in out for place in range(20))
    assert "295 more invalid files: XAC002 empty file" in out


@pytest.mark.parametrize("number", [200, 201])
def test_all_of_200_files_are_listed(tmp_path, number):
    """Up to 200 files are listed one by one; of more, five with the same finding are."""
    _, out, _ = call("validate", empty_files(tmp_path / "f", number), *TASK)
    assert out.count("_01.csv") >= (200 if number == 200 else 5)
    assert ("196 more invalid files: XAC002 empty file" in out) == (number == 201)
    assert ("Team0199_01.csv" in out) == (number == 200)


def test_ignored_files_are_grouped_by_extension():
    """Each extension has one finding with its number; very many extensions have one together."""
    paths = [*(f"d/{n}.out" for n in range(1_000)), "d/README", "d/x.md", "d/team/a/old/"]
    findings = ignored_findings([Passed(path) for path in paths])
    assert [found.count for found in findings] == [1_000, 1, 1, 1]
    assert "'.out'" in findings[0].message
    assert findings[0].message.endswith("d/4.out and 995 more")
    assert findings[3].message.startswith("d/team/a/old/ was not searched: ")
    many = ignored_findings([Passed(f"d/a.x{n}") for n in range(10_000)])
    assert len(many) == 21
    assert sum(found.count for found in many) == 10_000


def test_sarif_has_no_more_results_than_github_shows(tmp_path, monkeypatch):
    """Results over the limit are counted in a notification, and errors come first."""
    monkeypatch.setattr("xacle_eval.reports.formats.sarif._MOST_RESULTS", 10)
    folder = empty_files(tmp_path / "few", 10)
    (run,) = json.loads(call("validate", folder, *TASK, "--format", "sarif")[1])["runs"]
    assert len(run["results"]) == 10
    assert "invocations" not in run
    folder = empty_files(tmp_path / "f", 25)
    (run,) = json.loads(call("validate", folder, *TASK, "--format", "sarif")[1])["runs"]
    assert len(run["results"]) == len(run["artifacts"]) == 10
    (invocation,) = run["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("15 more findings")


def count_calls(*arguments):
    """Return the number of function calls of a command."""
    calls = 0

    def trace(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(trace)
    try:
        call(*arguments)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.long
@pytest.mark.parametrize(("command", "format_"), BOTH)
def test_the_cost_is_linear(tmp_path, command, format_):
    """Twice the submissions cost less than 2.5 times the function calls, in every format."""
    rows = (DATA / "example" / "submissions" / "Hibari_01.csv").read_text().splitlines()
    calls = []
    for number in (100, 1_000, 2_000):  # the first one imports everything
        folder = empty_files(tmp_path / str(number), number)
        for place in range(number // 2):
            values = [
                f"{row.split(',')[0]},{(place * 7 + n * n) % 97}" for n, row in enumerate(rows)
            ]
            text = "\n".join(["wav_file_name,pred_score", *values[1:]])
            (folder / f"Valid{place:04d}_01.csv").write_text(text)
        calls.append(count_calls(command, folder, *TASK, "--format", format_, "--quiet"))
    assert calls[2] < 2.5 * calls[1]

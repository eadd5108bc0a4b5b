"""Each format escapes untrusted text by its own rules."""

import csv
import hashlib
import io
import json
import re
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

import xacle_eval as xe
from tests.reports.conftest import EXAMPLE, LABELS, no_control_codes, no_forged_command
from xacle_eval.reports.formats import github
from xacle_eval.reports.formats.console import print_findings, print_unranked, print_view, render
from xacle_eval.reports.formats.documents import document_json
from xacle_eval.reports.formats.github import github_annotations, github_summary
from xacle_eval.reports.formats.junit import junit_xml
from xacle_eval.reports.formats.sarif import sarif_json
from xacle_eval.reports.formats.tables import csv_rows, csv_table
from xacle_eval.reports.views.leaderboard import leaderboard_view, wide_view
from xacle_eval.reports.views.score import score_values, score_view


def test_text(board, card, reports, example):
    """Text shows each label with invisible characters escaped; no line begins as a command."""
    text = render(lambda out: print_view(out, leaderboard_view(board, example)), terminal=False)
    text += render(lambda out: print_unranked(out, board), terminal=False)
    for label in LABELS:
        one = card.model_copy(update={"system": label})
        text += render(
            lambda out, one=one: print_view(out, score_view(one, example)), terminal=False
        )
        text += render(
            lambda out, label=label: print_findings(out, label, reports[0].findings[:1]),
            terminal=False,
        )
    assert no_control_codes(text)
    assert no_forged_command(text)
    assert "[red]markup[-red]" in text
    assert ":smile: 日本語 é" in text
    assert "right\\u202egnp.exe" in text
    assert "es\\x1b[31mcape" in text


def test_csv(board, card, example):
    """A label that a spreadsheet would run is quoted; all others are shown unchanged."""
    text = csv_table(wide_view(board, example))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, len(LABELS) + 1)]
    for row, label in zip(rows, LABELS, strict=True):
        shown = "".join(
            char if char.isprintable() else char.encode("unicode_escape").decode() for char in label
        )
        dangerous = label.startswith(("=", "+", "-", "@", "::"))
        shown = shown.replace("##[", "## [")
        assert row["system"] == ("'" + shown if dangerous else shown)
        assert float(row["SRCC"]) == board.entries[0].metrics["SRCC"]
        scored = csv_table(score_values(card.model_copy(update={"team": label, "system": label})))
        assert no_forged_command(scored)
    assert no_control_codes(text)


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
def test_formula_signs(sign):
    """A cell that begins with a formula's sign, also a full-width one, is quoted in CSV."""
    assert csv_rows(["a"], [[f"{sign}1+1"]]) == f"a\n'{sign}1+1\n"
    for blanks in (" ", "  ", "\u3000", "\u00a0", "\u2003 ", "'", "' '"):
        assert csv_rows(["a"], [[f"{blanks}{sign}1"]]) == f"a\n'{blanks}{sign}1\n"
        # Where a comma is the decimal sign, a semicolon ends the cell.
        assert csv_rows(["a"], [[f"x;{blanks}{sign}1"]]) == f"a\nx;'{blanks}{sign}1\n"
    for hidden, shown in (("\t", r"\t"), ("\r", r"\r"), ("\n", r"\n"), ("\ufeff", r"\ufeff")):
        assert csv_rows(["a"], [[f"{hidden}{sign}1"]]) == f"a\n{shown}{sign}1\n"


def test_numbers_are_no_formulas():
    """Numbers are written as they are; a name that looks like one is quoted."""
    assert csv_rows(["a"], [[-1], [-0.5], ["-1"], ["x-1"]]) == "a\n-1\n-0.5\n'-1\nx-1\n"


def test_json(board, reports):
    """JSON contains the labels unchanged."""
    ranked = json.loads("".join(document_json("leaderboard", board)))
    assert [entry["system"] for entry in ranked["entries"]] == LABELS
    checked = {"challenge": "x", "split": "test", "submissions": reports}
    shown = json.loads("".join(document_json("validate", checked)))["submissions"]
    assert [one["path"] for one in shown] == LABELS


def annotations_of(text):
    """Return the annotation lines of GitHub's format, before commands are stopped."""
    return text.partition("::stop-commands::")[0].splitlines()


def test_github(reports):
    """At most ten annotations, grouped by rule, each one command with its signs escaped."""
    lines = annotations_of(github_annotations(reports))
    assert len(lines) == 2
    for line in lines:
        match = re.fullmatch(r"::error (?P<properties>[^:]+)::(?P<message>.*)", line)
        assert match, line
        pairs = [pair.partition("=")[::2] for pair in match["properties"].split(",")]
        assert [name for name, _ in pairs] in (["file", "title"], ["file", "line", "col", "title"])
        assert "50 %25 of%0D%0A::error::these (also " in match["message"]
        assert match["message"].endswith(f" and {len(LABELS) - 4} more)")
    (forged,) = {
        line for line in annotations_of(github_annotations(reports[5:6])) if "line=2," in line
    }
    assert forged.startswith(
        "::error file=%3A%3Aerror file=a%2Cline=1%3A%3Aforged,line=2,col=1,title=XAC021 "
    )


def test_github_stops_commands_around_the_listing(reports):
    """Commands are stopped around the listing, with a token that is the listing's hash."""
    text = github_annotations(reports)
    before, _, rest = text.partition("::stop-commands::")
    token, _, rest = rest.partition("\n")
    listing, end, after = rest.partition(f"\n::{token}::\n")
    assert end
    assert token == hashlib.sha256(f"{listing}\n".encode()).hexdigest()
    assert token not in before + listing + after
    assert after == f"xacle-eval: 0 of {len(LABELS)} submissions valid\n"
    assert no_control_codes(listing)


def test_github_annotations_fit(reports):
    """Annotations are one per finding, or per rule and file, or per rule, whichever fits first."""
    assert len(annotations_of(github_annotations(reports[:5]))) == 10
    assert len(annotations_of(github_annotations(reports[:6]))) == 2
    (one,) = reports[:1]
    many = [one.findings[1].model_copy(update={"line": line}) for line in range(9)]
    assert (
        len(
            annotations_of(
                github_annotations([one.model_copy(update={"findings": (*many, *many)})])
            )
        )
        == 1
    )
    rules = [one.findings[0].model_copy(update={"code": f"XAC{n:03d}"}) for n in range(1, 13)]
    lines = annotations_of(github_annotations([one.model_copy(update={"findings": tuple(rules)})]))
    assert len(lines) == 10
    assert lines[-1] == (
        "::error title=xacle-eval::3 more rules not annotated; "
        "the log of this step shows all findings"
    )


def test_github_puts_errors_first(reports):
    """Errors come before warnings; with strict, warnings are errors."""
    warning = reports[0].findings[0].model_copy(update={"severity": "warning"})
    warned = reports[0].model_copy(update={"valid": True, "findings": (warning,)})
    text = github_annotations((warned, reports[1]))
    assert [line.split()[0] for line in annotations_of(text)] == ["::error", "::error", "::warning"]
    assert text.endswith("1 of 2 submissions valid\n")
    strict = github_annotations((warned,), strict=True)
    assert strict.startswith("::error ")
    assert strict.endswith("xacle-eval: 0 of 1 submission passed\n")


def test_github_counts_packages():
    """An unreadable package counts as invalid, and makes its systems invalid."""
    name = EXAMPLE / "packages" / "Hibari.zip"
    package, *systems = xe.validate(name, challenge=EXAMPLE / "task.toml")
    assert github_annotations((package, *systems)).endswith(
        "xacle-eval: 2 of 2 submissions valid\n"
    )
    refused = package.model_copy(update={"valid": False})
    alone = systems[0].model_copy(update={"package": None, "path": "Hibari_01.csv"})
    assert github_annotations((refused, alone)).endswith("xacle-eval: 1 of 2 submissions valid\n")
    assert github_annotations((refused, *systems)).endswith(
        "xacle-eval: 0 of 2 submissions valid\n"
    )


def spans(line):
    """Return the code spans of a line of Markdown and the rest (CommonMark 0.31.2, section 6.1)."""
    found, rest, place = [], "", 0
    while match := re.search(r"(?<!`)(`+)(?!`)", line[place:]):
        fence = match[1]
        begin = place + match.end()
        end = re.search(rf"(?<!`){fence}(?!`)", line[begin:])
        assert end, line
        found.append(line[begin : begin + end.start()])
        rest += line[place : place + match.start()]
        place = begin + end.end()
    return found, rest + line[place:]


def test_github_summary(reports):
    """In the summary every label is in a code span, with any backticks, and breaks no table."""
    text = github_summary(reports)
    assert text.startswith(f"## xacle-eval: 0 of {len(LABELS)} submissions valid\n")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(LABELS)
    assert all(len(re.split(r"(?<!\\)\|", row)) == 7 for row in rows)
    for line in text.splitlines():
        _, rest = spans(line)
        assert not re.search(r"[<>@\[\]]|https?:", rest), line
    assert no_control_codes(text)


def test_github_summary_has_a_limit(reports, monkeypatch):
    """The summary ends within GitHub's limit, after a whole line, with a note."""
    assert github.SUMMARY_BYTES == 1 << 20
    monkeypatch.setattr(github, "SUMMARY_BYTES", 1 << 12)
    one = reports[0]
    many = [one.model_copy(update={"path": f"{n:05d}" + "é" * 200}) for n in range(6000)]
    text = github_summary(many)
    assert len(text.encode()) <= 1 << 12
    assert text.endswith("_Truncated at GitHub's limit; the log of this step shows more._\n")
    assert all(line.count("|") == 6 for line in text.splitlines() if line.startswith("| `"))


def test_sarif(reports):
    """SARIF has the labels as URIs that decode to the paths; every result refers to its rule."""
    log = json.loads(sarif_json(reports))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == 2 * len(LABELS)
    for result, label in zip(run["results"][::2], LABELS, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri)
        assert unquote(uri).encode("utf-8", "backslashreplace") == label.encode(
            "utf-8", "backslashreplace"
        )
    assert run["results"][1]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 1,
    }
    prints = [result["partialFingerprints"]["finding/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    warned = reports[0].findings[0].model_copy(update={"severity": "warning"})
    report = reports[0].model_copy(update={"findings": (warned,)})
    levels = [
        json.loads(sarif_json([report], strict))["runs"][0]["results"][0]["level"]
        for strict in (False, True)
    ]
    assert levels == ["warning", "error"]


def test_fingerprints_do_not_move_with_lines(reports):
    """A finding keeps its fingerprint if its line changes; a second equal one has another."""
    finding = reports[0].findings[0].model_copy(update={"line": 5})
    moved = finding.model_copy(update={"line": 9, "column": 3})

    def prints(*findings):
        (run,) = json.loads(sarif_json([reports[0].model_copy(update={"findings": findings})]))[
            "runs"
        ]
        return [result["partialFingerprints"]["finding/v1"] for result in run["results"]]

    assert prints(finding) == prints(moved)
    first, second = prints(finding, moved)
    assert first == prints(finding)[0]
    assert second != first


def test_packages_in_the_formats_of_ci():
    """For a file in a package, GitHub and SARIF name the package; the message names the file."""
    reports = xe.validate(EXAMPLE / "packages" / "Kumo.zip", challenge=EXAMPLE / "task.toml")
    for line in annotations_of(github_annotations(reports)):
        assert re.match(r"::(error|warning) file=[^,]*packages/Kumo\.zip,title=", line)
    assert any(
        "Kumo.zip/Kumo/Kumo_01.yaml:16:7: " in line
        for line in annotations_of(github_annotations(reports))
    )
    results = json.loads(sarif_json(reports))["runs"][0]["results"]
    locations = [result["locations"][0] for result in results]
    uris = {location["physicalLocation"]["artifactLocation"]["uri"] for location in locations}
    assert {uri.rpartition("/")[2] for uri in uris} == {"Kumo.zip"}
    inside = {
        place["fullyQualifiedName"]
        for location in locations
        for place in location.get("logicalLocations", ())
    }
    assert inside == {"Kumo/Kumo_01.yaml", "Kumo/Kumo_02.csv"}
    suites = parsed(junit_xml(reports)).findall("testsuite")
    assert [suite.get("name").rpartition("packages/")[2] for suite in suites] == [
        "Kumo.zip",
        "Kumo.zip/Kumo/Kumo_01.csv",
        "Kumo.zip/Kumo/Kumo_02.csv",
    ]


def parsed(text):
    """Parse XML that this package wrote."""
    return ET.fromstring(text)  # noqa: S314 -- nobody else's


def test_junit(reports):
    """JUnit is well-formed with any label, and its counts match its parts."""
    root = parsed(junit_xml(reports))
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "36", "36")
    assert len(root.findall("testsuite/testcase/failure")) == 36
    assert root[0].get("name") == "[red]markup[-red]"
    assert root[0][1].get("name") == "XAC021 unknown id"
    assert root[0][1][0].text.startswith("[red]markup[-red]:2:1: 24 unknown ids")


def test_junit_of_warnings(reports):
    """A warning is a failure only with strict; a submission without findings is one passed case."""
    warning = reports[0].findings[0].model_copy(update={"severity": "warning"})
    warned = reports[0].model_copy(update={"valid": True, "findings": (warning,)})
    clean = warned.model_copy(update={"findings": ()})
    root = parsed(junit_xml((warned, clean)))
    assert (root.get("tests"), root.get("failures")) == ("2", "0")
    assert root.find("testsuite/testcase/system-out").text.startswith("warning: ")
    assert [len(case) for case in root[1]] == [0]
    assert parsed(junit_xml((warned, clean), strict=True)).get("failures") == "1"

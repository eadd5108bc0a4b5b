"""The corpus of invalid files in tests/data/invalid, with the expected findings.

A case is a JSON file with the expected findings, in their order, beside the CSV file with the same
name; ``says`` is a part of the message. A folder of submissions has its case in
``expected.json``.
"""

import json
import runpy

import pytest

import xacle_eval as xe
from tests.helpers import DATA, codes
from xacle_eval.submissions.checking import check_file
from xacle_eval.submissions.rules import RULES

CORPUS = DATA / "invalid"
CASES = sorted(file.relative_to(CORPUS).as_posix() for file in CORPUS.rglob("*.json"))
PLACES = ("code", "severity", "line", "column", "count", "lines")


def in_submissions(case, spec, challenge):
    """Check a file; only a finding with severity error makes it invalid."""
    checked = check_file(case.with_suffix(".csv"), challenge)
    errors = any(finding["severity"] == "error" for finding in spec["findings"])
    assert checked.report.valid is not errors
    assert (not checked.vectors) is errors
    return checked.report.findings


def in_references(case, spec, challenge):
    """Load references; invalid ones are a usage error."""
    file = case.with_suffix(".csv")
    if spec["usable"]:
        return xe.load_references(file, challenge).findings
    with pytest.raises(xe.ReferencesError) as error:
        xe.load_references(file, challenge)
    assert error.value.exit_code == 2
    return error.value.findings


def in_tables(case, spec, challenge):
    """Rank an invalid table of results, which is a usage error."""
    with pytest.raises(xe.TableError) as error:
        xe.rank(case.with_suffix(".csv"), challenge=challenge)
    assert error.value.exit_code == 2
    return error.value.findings


def in_folders(case, spec, challenge):
    """Rank a folder of submissions."""
    board = xe.leaderboard(
        case.parent / "submissions", references=CORPUS / "references.csv", challenge=challenge
    )
    assert sorted(entry.system for entry in board.entries) == spec["ranked"]
    unranked = {
        one.path.partition("submissions/")[2]: codes(one.findings) for one in board.unranked
    }
    assert unranked == spec["unranked"]
    return board.findings


KINDS = {
    "submissions": in_submissions,
    "references": in_references,
    "tables": in_tables,
    "folders": in_folders,
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_of_a_faulty_file(name):
    """Each invalid file has the findings, places and counts of its case, and no others."""
    case = CORPUS / name
    spec = json.loads(case.read_text(encoding="utf-8"))
    challenge = xe.load_challenge(
        CORPUS / spec.get("challenge", "challenge.toml"), spec.get("split")
    )
    findings = KINDS[name.partition("/")[0]](case, spec, challenge)
    got = [
        {key: each[key] for key in PLACES}
        for each in (finding.model_dump(mode="json") for finding in findings)
    ]
    assert got == [{key: expected[key] for key in PLACES} for expected in spec["findings"]]
    for finding, expected in zip(findings, spec["findings"], strict=True):
        assert expected["says"] in finding.message
        assert finding.title == RULES[finding.code].title
        assert finding.hint
    assert any(spec.get("hint", "") in finding.hint for finding in findings) or "hint" not in spec


def test_every_rule_has_a_case():
    """Every rule has a file that breaks it, here or among the hostile files."""
    hostile = runpy.run_path(str(DATA / "make_hostile.py"))["CASES"]
    met = {code for case in hostile for code in case.codes}
    # These need a challenge without a list, or references of another split; see test_task_rules.
    met |= {"XAC112", "XAC116"}
    # These concern a bug of the toolkit and hundreds of systems; see test_internal_errors and
    # test_similarity.
    met |= {"XAC120", "XAC121"}
    # The files of this corpus have too few pairs; see test_probes.
    met |= {"XAC067"}
    # This concerns systems that are on some boards of a challenge only; see test_overall.
    met |= {"XAC131"}
    # These concern links and special files; see test_discovery and test_links.
    met |= {"XAC125", "XAC126"}
    # These compare predictions or averages with references; see test_reported_faults.
    met |= {"XAC160", "XAC161", "XAC162"}
    # These concern names of files, patterns of the challenge file, and tables that can be ranked;
    # see test_labels, test_zip_names, test_unused_patterns and test_published_tables.
    met |= {"XAC175", "XAC176", "XAC177", "XAC178", "XAC179", "XAC180", "XAC181"}
    # These concern leaderboards of platforms; see tests/evaluation/exports.
    met |= {"XAC184", "XAC185", "XAC186", "XAC187"}
    for name in CASES:
        spec = json.loads((CORPUS / name).read_text(encoding="utf-8"))
        met.update(finding["code"] for finding in spec["findings"])
        met.update(code for found in spec.get("unranked", {}).values() for code in found)
    assert met == set(RULES)


def test_every_file_has_a_case():
    """Every CSV file in the corpus has its expected findings."""
    files = [
        file
        for kind in ("submissions", "references", "tables")
        for file in (CORPUS / kind).glob("*.csv")
    ]
    assert [file.name for file in files if not file.with_suffix(".json").is_file()] == []

"""Severities that a challenge file changes: in one place, with the same effect everywhere."""

import json
import shutil

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import DATA, codes
from tests.submissions.descriptions import zipped
from xacle_eval.challenge.loading import challenge_problems
from xacle_eval.challenge.severities import ANY_SEVERITY, ERRORS, NEVER_ERRORS
from xacle_eval.reports.formats.github import github_annotations
from xacle_eval.reports.formats.junit import junit_xml
from xacle_eval.reports.formats.sarif import sarif_json
from xacle_eval.submissions.checking import check_file
from xacle_eval.submissions.package import check_package
from xacle_eval.submissions.reading import Source
from xacle_eval.submissions.rules import RULES

INVALID = DATA / "invalid"
UNIT = INVALID / "submissions/other_scale_unit.csv"


@pytest.fixture
def make(tmp_path):
    """A function that writes the small challenge with [rules], and returns its file."""

    def challenge(rules, more=""):
        text = (INVALID / "challenge.toml").read_text(encoding="utf-8")
        file = tmp_path / "challenge.toml"
        file.write_text(f"{text}{more}\n[rules]\n{rules}\n", encoding="utf-8")
        return file

    return challenge


def test_every_rule_is_in_one_of_the_lists():
    """The lists of codes hold exactly the errors, and the warnings and notes, of the toolkit."""
    errors = {code for code, rule in RULES.items() if rule.severity == "error"}
    assert errors == ERRORS
    assert set(RULES) - errors == ANY_SEVERITY | NEVER_ERRORS
    assert not ANY_SEVERITY & NEVER_ERRORS


@pytest.mark.parametrize("name", ["id_with_folders", "out_of_range", "constant", "heavy_ties"])
@pytest.mark.parametrize("severity", ["error", "warning", "note", "info", "ignore"])
def test_a_finding_has_the_severity_of_the_challenge(make, name, severity):
    """A warning or a note becomes what the file says; only an error makes the file invalid."""
    case = INVALID / f"submissions/{name}.csv"
    spec = json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))
    (expected,) = spec["findings"]
    challenge = xe.load_challenge(make(f'{expected["code"]} = "{severity}"'), spec.get("split"))
    checked = check_file(case, challenge)
    shown = {"note": "info"}.get(severity, severity)
    found = [(one.code, one.severity) for one in checked.report.findings]
    assert found == ([] if severity == "ignore" else [(expected["code"], shown)])
    assert checked.report.valid is (severity != "error")
    assert (checked.predictions is None) is (severity == "error")


@pytest.mark.long
def test_a_raised_rule_is_an_error_in_every_command(make, tmp_path):
    """validate, its formats and its receipt, score, compare and leaderboard agree."""
    challenge = make('XAC037 = "error"')
    shutil.copy(UNIT, tmp_path / "A_01.csv")
    shutil.copy(INVALID / "submissions/surplus_columns.csv", tmp_path / "B_01.csv")
    common = ("--challenge", challenge)
    labels = ("--references", INVALID / "references.csv")
    checked = xacle_eval(
        "validate", "A_01.csv", *common, "--format", "json", "--receipt", "receipt.json",
        cwd=tmp_path,
    )  # fmt: skip
    assert checked.code == 1
    (report,) = json.loads(checked.out)["submissions"]
    assert [(f["code"], f["severity"]) for f in report["findings"]] == [("XAC037", "error")]
    receipt = json.loads((tmp_path / "receipt.json").read_text(encoding="utf-8"))
    assert "false" in json.dumps(receipt)
    assert xacle_eval("verify", "receipt.json", "A_01.csv", cwd=tmp_path).code == 0
    loaded = xe.load_challenge(challenge)
    reports = xe.validate(tmp_path / "A_01.csv", challenge=loaded)
    assert '"level": "error",' in sarif_json(reports).rpartition('"results"')[2]
    assert "::error " in github_annotations(reports)
    assert "<failure" in junit_xml(reports)
    scored = xacle_eval("score", "A_01.csv", *common, *labels, cwd=tmp_path)
    assert (scored.code, "XAC037" in scored.out + scored.err) == (1, True)
    compared = xacle_eval("compare", "A_01.csv", "B_01.csv", *common, *labels, cwd=tmp_path)
    assert (compared.code, "XAC037" in compared.err) == (1, True)
    board = xacle_eval(
        "leaderboard", "A_01.csv", "B_01.csv", *common, *labels, "--format", "json", cwd=tmp_path
    )
    document = json.loads(board.out)
    assert board.code == 1
    assert [entry["system"] for entry in document["entries"]] == ["B_01"]
    assert [one["system"] for one in document["unranked"]] == ["A_01"]


def test_severities_in_packages(make):
    """In a package, a raised rule makes its system or the package invalid; XAC061 stays an error,
    although the leaderboard's warning is switched off.
    """
    good = (INVALID / "references.csv").read_bytes().replace(b"average_score", b"pred_score")
    files = {"A_01.csv": UNIT.read_bytes(), "A_02.csv": good, "notes.txt": b"x"}

    def check(rules, extra=()):
        challenge = xe.load_challenge(make(rules))
        data = zipped({**files, **dict(extra)})
        package, *systems = check_package(Source.of_bytes(data, "A.zip"), challenge)
        return package.report, [one.report.valid for one in systems]

    package, valid = check('XAC037 = "error"\nXAC094 = "ignore"')
    assert (package.valid, codes(package.findings), valid) == (True, [], [False, True])
    package, valid = check('XAC094 = "error"')
    assert (package.valid, codes(package.findings), valid) == (False, ["XAC094"], [False, False])
    package, valid = check('XAC061 = "ignore"\nXAC094 = "ignore"', [("A_03.csv", good + b"\n")])
    assert (package.valid, codes(package.findings)[0]) == (False, "XAC061")


def test_severities_between_submissions(make, tmp_path):
    """Rules between submissions can be lowered or ignored; XAC061 as an error unranks a team with
    more systems than the limit, and --rank-suspicious still ranks it.
    """
    source = (INVALID / "references.csv").read_text(encoding="utf-8")
    good = source.replace("average_score", "pred_score")
    for number, name in enumerate(("A_01", "A_02", "A_03", "B_01")):
        lines = [f"{line}{number if place else ''}" for place, line in enumerate(good.split())]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "C_01.csv").write_bytes((tmp_path / "B_01.csv").read_bytes())

    def board(rules, **options):
        return xe.leaderboard(
            *sorted(tmp_path.glob("*.csv")), references=INVALID / "references.csv",
            challenge=make(rules), **options,
        )  # fmt: skip

    usual = board("")
    assert {"XAC060", "XAC061"} <= set(codes(usual.findings))
    lowered = board('XAC060 = "note"\nXAC061 = "ignore"\nXAC066 = "ignore"\nXAC065 = "ignore"')
    assert [(f.code, f.severity) for f in lowered.findings] == [("XAC060", "info")]
    assert lowered.entries == usual.entries
    strict = board('XAC061 = "error"')
    assert {one.team for one in strict.unranked} == {"A"}
    assert all(one.findings[0].severity == "error" for one in strict.unranked)
    assert {entry.team for entry in strict.entries} == {"B", "C"}
    assert ("XAC061", "error") in [(f.code, f.severity) for f in strict.findings]
    ranked = board('XAC061 = "error"', rank_suspicious=True)
    assert not ranked.unranked
    assert ("XAC061", "warning") in [(f.code, f.severity) for f in ranked.findings]


def test_severities_of_references(make, tmp_path):
    """A rule of references can be an error or be ignored; XAC025 concerns submissions only."""
    text = (INVALID / "references.csv").read_text(encoding="utf-8")
    file = tmp_path / "references.csv"
    file.write_text(text.replace("101.wav", "/x/101.wav") + "999.wav,5\n", encoding="utf-8")
    found = xe.load_references(file, xe.load_challenge(make("")))
    assert set(codes(found.findings)) == {"XAC025", "XAC053"}
    found = xe.load_references(file, xe.load_challenge(make('XAC053 = "ignore"\nXAC025 = "error"')))
    assert [(f.code, f.severity) for f in found.findings] == [("XAC025", "warning")]
    with pytest.raises(xe.ReferencesError) as caught:
        xe.load_references(file, xe.load_challenge(make('XAC053 = "error"')))
    assert codes(caught.value.findings) == ["XAC053"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('XAC024 = "warning"', "rules.XAC024: this rule is an error: a file that breaks it"),
        ('XAC073 = "note"', "rules.XAC073: unknown code; did you mean XAC0"),
        ('XAC37 = "note"', "rules.XAC37: unknown code; did you mean XAC037?"),
        ('xac037 = "note"', "rules.xac037: unknown code; did you mean XAC037?"),
        ('XAC037 = "warn"', 'rules.XAC037: expected error, warning, info, note or ignore, got '
         "'warn'; did you mean warning?"),
        ('XAC065 = "error"', "rules: 'XAC065' cannot be an error: one team could then remove"),
        ('XAC116 = "error"', "rules: 'XAC116' cannot be an error: only the command that has"),
        ("XAC037 = true", "rules.XAC037: expected error, warning, info, note or ignore, got true"),
    ],
)  # fmt: skip
def test_changes_that_are_refused(make, line, problem):
    """An error cannot change, a rule between teams cannot become one, and a code must exist."""
    (found,) = challenge_problems(make(line))
    assert found.startswith(problem)


def test_changed_severities_are_part_of_the_hash_and_are_shown(make):
    """The hash of a challenge changes with [rules], and `challenge show` lists the changes."""
    plain = xe.load_challenge(make("")).sha256
    file = make('XAC037 = "error"\nXAC038 = "ignore"')
    assert xe.load_challenge(file).sha256 != plain
    shown = xacle_eval("challenge", "show", file)
    assert "# severity of XAC037: error instead of warning\n" in shown.out
    assert "# severity of XAC038: ignore instead of info\n" in shown.out

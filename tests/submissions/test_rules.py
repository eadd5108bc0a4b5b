"""The rules: each code once and permanent, and the page generated from them."""

import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.helpers import REPOSITORY
from xacle_eval.cli.explain import command
from xacle_eval.errors import UsageError
from xacle_eval.submissions.examples import EXAMPLES
from xacle_eval.submissions.rules import RULES, rule, rules_markdown

# Codes are permanent: lines may be added to this list, never changed.
CODES = {
    "XAC001": "file-missing",
    "XAC002": "file-empty",
    "XAC003": "file-too-large",
    "XAC004": "not-text",
    "XAC005": "not-utf8",
    "XAC006": "wrong-delimiter",
    "XAC007": "broken-quotes",
    "XAC008": "too-many-rows",
    "XAC009": "field-too-long",
    "XAC010": "header-unknown",
    "XAC011": "column-missing",
    "XAC012": "column-twice",
    "XAC013": "surplus-columns",
    "XAC014": "wrong-field-count",
    "XAC020": "id-empty",
    "XAC021": "id-unknown",
    "XAC022": "id-of-other-split",
    "XAC023": "id-duplicate",
    "XAC024": "id-missing",
    "XAC025": "id-with-folders",
    "XAC026": "id-ending",
    "XAC027": "id-with-blanks",
    "XAC030": "prediction-missing",
    "XAC031": "not-a-number",
    "XAC032": "prediction-nan",
    "XAC033": "prediction-infinite",
    "XAC034": "number-too-large",
    "XAC035": "out-of-range",
    "XAC036": "constant",
    "XAC037": "other-scale",
    "XAC038": "heavy-ties",
    "XAC039": "far-out-of-range",
    "XAC050": "rating-repeated",
    "XAC051": "text-differs",
    "XAC052": "listener-empty",
    "XAC053": "surplus-pairs",
    "XAC060": "same-bytes",
    "XAC061": "too-many-systems",
    "XAC062": "same-label",
    "XAC063": "passed-over",
    "XAC064": "undefined-unranked",
    "XAC065": "same-predictions",
    "XAC066": "team-repeats-itself",
    "XAC067": "probe-like",
    "XAC069": "look-alike-teams",
    "XAC070": "result-out-of-range",
    "XAC071": "system-twice",
    "XAC080": "zip-damaged",
    "XAC081": "zip-members",
    "XAC082": "zip-size",
    "XAC083": "zip-ratio",
    "XAC084": "zip-link",
    "XAC085": "zip-encrypted",
    "XAC086": "zip-name",
    "XAC087": "zip-twice",
    "XAC088": "zip-nested",
    "XAC089": "zip-reserved",
    "XAC090": "package-empty",
    "XAC091": "predictions-missing",
    "XAC092": "description-missing",
    "XAC093": "package-teams",
    "XAC094": "surplus-files",
    "XAC095": "report-not-pdf",
    "XAC096": "report-too-short",
    "XAC097": "report-unreadable",
    "XAC098": "package-at-fault",
    "XAC100": "yaml-unreadable",
    "XAC101": "yaml-too-complex",
    "XAC102": "yaml-key-twice",
    "XAC103": "key-unknown",
    "XAC104": "key-missing",
    "XAC105": "value-wrong",
    "XAC106": "placeholder-left",
    "XAC107": "label-differs",
    "XAC110": "resource-not-approved",
    "XAC111": "resource-requested",
    "XAC112": "resources-unchecked",
    "XAC113": "trained-on-missing",
    "XAC114": "ensemble",
    "XAC115": "data-collected",
    "XAC116": "results-differ",
    "XAC118": "package-too-costly",
    "XAC120": "internal-error",
    "XAC121": "similarity-incomplete",
    "XAC175": "copied-name",
    "XAC176": "label-without-team",
    "XAC177": "names-decoded",
    "XAC178": "pattern-unused",
    "XAC179": "metrics-exchanged",
    "XAC180": "result-missing",
    "XAC181": "published-notation",
    "XAC182": "listener-variants",
    "XAC183": "second-name",
    "XAC184": "export-invalid",
    "XAC185": "export-incomplete",
    "XAC186": "export-names",
    "XAC187": "export-rounded",
}


def test_codes_keep_their_meaning():
    """Every code that was ever used still has the same rule."""
    assert {code: RULES[code].name for code in CODES} == CODES


@pytest.mark.parametrize("each", RULES.values(), ids=lambda each: each.name)
def test_a_rule_says_what_it_is(each):
    """Each rule has a code, a title, an explanation and a hint, and is found by its name."""
    assert re.fullmatch(r"XAC\d{3}", each.code)
    assert rule(each.name) is each
    assert each.title
    assert each.about.endswith(".")
    assert each.hint.endswith(".")
    assert each.severity in ("error", "warning", "info")


def test_a_finding_takes_its_first_lines():
    """A finding of many lines keeps the first five, and its place is the first."""
    finding = rule("id-unknown").finding("x", count=9, lines=[4, 5, 6, 7, 8, 9])
    assert (finding.line, finding.lines, finding.count) == (4, (4, 5, 6, 7, 8), 9)
    assert finding.located("a.csv") == "a.csv:4"
    assert rule("id-unknown").finding("x", line=3, column=2).located("a.csv") == "a.csv:3:2"


def test_the_page_of_rules_is_up_to_date():
    """docs/rules.md is the output of `python -m xacle_eval.submissions.rules`."""
    assert (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8") == rules_markdown()
    made = subprocess.run(
        [sys.executable, "-m", "xacle_eval.submissions.rules"],
        capture_output=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert made.stdout.decode("utf-8").replace("\r\n", "\n") == rules_markdown()


def test_every_rule_has_an_anchor_and_an_example():
    """The page has one heading per code, with an example and the hint below it."""
    page = rules_markdown()
    headings = re.findall(r"(?m)^## (XAC\d{3})$", page)
    assert headings == list(RULES)
    assert set(EXAMPLES) >= set(RULES)
    for each in RULES.values():
        section = page.partition(f"## {each.code}\n")[2].partition("\n## ")[0]
        assert f"```text\n{EXAMPLES[each.code]}\n```" in section
        assert each.hint in section


def explained(*codes):
    """Run the command."""
    done = CliRunner().invoke(command, codes)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    "written", ["XAC024", "xac024", "24", "024", "XAC24", "XAC0024", "id-missing"]
)
def test_a_rule_is_explained(written):
    """A code, in any letter case or without XAC, and the name of a rule are accepted."""
    code, text = explained(written)
    assert code == 0
    parts = ("XAC024", "missing ids", "(error, ", rule("id-missing").hint, EXAMPLES["XAC024"])
    for part in (*parts, "docs/rules.md#xac024"):
        assert part in text


def test_every_rule_is_explained_with_an_example_and_a_fix():
    """No rule lacks its meaning, its severity, an example or a fix."""
    for each in RULES.values():
        code, text = explained(each.code)
        assert code == 0
        assert text.startswith(f"{each.code} {each.title} ({each.severity}, {each.name})\n")
        assert EXAMPLES[each.code].strip().splitlines()[0] in text.partition("Example:")[2]
        assert " ".join(each.hint.split())[:40] in " ".join(text.partition("Fix:")[2].split())


def test_several_rules_are_explained():
    """Each code has its own paragraph, in the order of the call."""
    text = explained("XAC146", "XAC006")[1]
    assert 0 <= text.index("XAC146") < text.index("XAC006")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("XACO32", r"did you mean XAC032 \(prediction-nan\)\?"),
        ("XAC028", r"did you mean XAC027 \(id-with-blanks\) or XAC030 \(prediction-missing\)\?"),
        ("XAC000", r"did you mean XAC001 \(file-missing\)\?"),
        ("9" * 5000, f"did you mean {max(RULES)} "),
        ("id-mising", r"did you mean XAC024 \(id-missing\)\?"),
        ("nan-prediction", r"did you mean XAC032 \(prediction-nan\)\?"),
        ("prediction-nann", r"did you mean XAC032 \(prediction-nan\)\?"),
        ("missing ids", r"did you mean XAC024 \(id-missing\)\?"),
        ("constant predictions", r"did you mean XAC036 \(constant\)\?"),
        ("x", f"lists the codes from XAC001 to {max(RULES)}"),
    ],
)
def test_a_code_that_does_not_exist(written, hint):
    """An unknown code is a usage error that suggests the nearest, or names the range of codes."""
    with pytest.raises(UsageError, match=hint):
        command.main([written], standalone_mode=False)


def test_the_page_is_a_whole_table():
    """Each rule is one row of six cells, in the order of the codes."""
    rows = [line for line in rules_markdown().splitlines() if line.startswith("| [XAC")]
    assert [row.split(" | ")[0] for row in rows] == [f"| [{c}](#{c.lower()})" for c in RULES]
    assert list(RULES) == sorted(RULES)
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {8}

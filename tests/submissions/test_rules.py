"""The rules: each once, codes for ever, and the page that is made from them."""

import re
import subprocess
import sys

import pytest

from tests.helpers import REPOSITORY
from xacle_eval.submissions.rules import RULES, rule, rules_markdown

# Codes are for ever: this list may grow, no line of it may change.
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
    "XAC050": "rating-repeated",
    "XAC051": "text-differs",
    "XAC052": "listener-empty",
    "XAC053": "surplus-pairs",
    "XAC060": "same-bytes",
    "XAC061": "too-many-systems",
    "XAC062": "same-label",
    "XAC063": "passed-over",
    "XAC064": "undefined-unranked",
    "XAC070": "result-out-of-range",
    "XAC071": "system-twice",
}


def test_codes_keep_their_meaning():
    """Every code that was ever given still stands for the same rule."""
    assert {code: RULES[code].name for code in CODES} == CODES


@pytest.mark.parametrize("each", RULES.values(), ids=lambda each: each.name)
def test_a_rule_says_what_it_is(each):
    """Each rule has a code, a title, what it demands and how to mend it, and is found by its name."""
    assert re.fullmatch(r"XAC\d{3}", each.code)
    assert rule(each.name) is each
    assert each.title
    assert each.about.endswith(".")
    assert each.hint.endswith(".")
    assert each.severity in ("error", "warning", "info")


def test_a_finding_takes_its_first_lines():
    """A finding of many lines keeps the first five and stands at the first."""
    finding = rule("id-unknown").finding("x", count=9, lines=[4, 5, 6, 7, 8, 9])
    assert (finding.line, finding.lines, finding.count) == (4, (4, 5, 6, 7, 8), 9)
    assert finding.located("a.csv") == "a.csv:4"
    assert rule("id-unknown").finding("x", line=3, column=2).located("a.csv") == "a.csv:3:2"


def test_the_page_of_rules_is_up_to_date():
    """docs/rules.md is what `python -m xacle_eval.submissions.rules` writes."""
    assert (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8") == rules_markdown()
    made = subprocess.run(
        [sys.executable, "-m", "xacle_eval.submissions.rules"],
        capture_output=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert made.stdout.decode("utf-8").replace("\r\n", "\n") == rules_markdown()


def test_the_page_is_a_whole_table():
    """Each rule is one row of five cells."""
    rows = [line for line in rules_markdown().splitlines() if line.startswith("| XAC")]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == list(RULES)
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {7}

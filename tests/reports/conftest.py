"""Results with hostile labels, and what no output may contain."""

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.submissions.rules import rule

EXAMPLE = DATA / "example"
LABELS = [
    "[red]markup[-red]",
    "=cmd()|'calc'!A1",
    "+1",
    "-x",
    "@x",
    "::error file=a,line=1::forged",
    "##[error]old",
    "<script>alert(1)<script>",
    "a_b&c%d$e#f{g}~h^i\\j",
    "right\u202egnp.exe",
    "line\nbreak",
    "es\x1b[31mcape",
    "tab\there",
    "`code` **bold** | cell",
    "[1] --- *star* ?` !` ''quoted''",
    "%25 percent",
    ":smile: 日本語 é",
    "nul\x00 and \ufffe",
]


@pytest.fixture(scope="module")
def example():
    """Return the example's challenge."""
    return xe.load_challenge(EXAMPLE)


@pytest.fixture(scope="module")
def card(example):
    """Return a real score card, to be relabelled."""
    return xe.score(EXAMPLE / "submissions" / "Hibari_01.csv", challenge=example)


@pytest.fixture(scope="module")
def board(example):
    """Return a real leaderboard with one ranked and one unranked system for each label."""
    found = xe.leaderboard(EXAMPLE / "submissions", "nowhere.csv", challenge=example)
    (one,) = found.entries[:1]
    entries = [
        one.model_copy(
            update={"rank": rank, "system": label, "team": label[::-1], "undefined": ("SRCC",)}
        )
        for rank, label in enumerate(LABELS, start=1)
    ]
    unranked = [found.unranked[0].model_copy(update={"path": label}) for label in LABELS]
    return found.model_copy(update={"entries": tuple(entries), "unranked": tuple(unranked)})


@pytest.fixture(scope="module")
def reports(example):
    """Return real reports with errors, one for each label as its path."""
    (report,) = xe.validate(EXAMPLE / "submissions" / "Hibari_01.csv", challenge=DATA / "invalid")
    assert [finding.line for finding in report.findings] == [2]
    whole = rule("id-missing").finding("missing ids (6 of 6)", count=6)  # without a line
    findings = tuple(
        finding.model_copy(update={"hint": "50 % of\r\n::error::these"})
        for finding in (whole, *report.findings)
    )
    return tuple(
        report.model_copy(update={"path": label, "findings": findings}) for label in LABELS
    )


def no_control_codes(text):
    """Return whether a text has no character that controls a terminal or is invisible."""
    return all(char == "\n" or char.isprintable() for char in text)


def no_forged_command(text):
    """Return whether no line begins as a command of GitHub Actions."""
    return not any(line.lstrip().startswith(("::", "##[")) for line in text.splitlines())

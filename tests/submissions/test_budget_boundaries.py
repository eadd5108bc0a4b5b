"""Limits on the files of a package together: each is met, and one more is one too many."""

import pytest

from tests.helpers import DATA
from xacle_eval.challenge.loading import load_challenge
from xacle_eval.submissions.budget import MOST_FINDINGS, Budget, limit_findings, limit_reports
from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.submissions.rules import rule


@pytest.fixture
def budget():
    """Return the budget of a package of the example."""
    return Budget.of(load_challenge(DATA / "example" / "task.toml"))


def odd_rows(number):
    """Return a finding about some rows."""
    return rule("not-a-number").finding("x", count=number)


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize(
    ("limit", "data", "findings"),
    [
        ("2,000,000 fields", b"," * 1_000_000 + bytes(7_000_000), []),
        ("2,000,000 fields", b"\n" * 1_000_000 + bytes(7_000_000), []),
        ("50,000 rows", b"", [odd_rows(20_000), odd_rows(30_000)]),
    ],
)
def test_predictions(budget, limit, data, findings, extra):
    """A file is read after 2,000,000 fields or 50,000 rows with findings, but not after more."""
    budget.charge_predictions(data, findings)
    budget.charge_predictions(b"," * extra, [odd_rows(extra)] if extra else [])
    refused = budget.refuse_predictions()
    assert (refused is not None) == (extra == 1)
    if extra:
        assert (refused.code, refused.severity) == ("XAC118", "error")
        assert f"the files before it have more than {limit}" in refused.message
    assert budget.refuse_description() is None


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize(
    ("limit", "size", "values"), [("400,000 bytes", 1, 0), ("20,000 values", 0, 1)]
)
def test_descriptions(budget, limit, size, values, extra):
    """A description is read after 400,000 bytes or 20,000 values, but not after one more."""
    most = 400_000 if size else 20_000
    for number in (most - 1, 1 + extra):
        budget.charge_description(size * number, values * number)
    refused = budget.refuse_description()
    assert (refused is not None) == (extra == 1)
    if extra:
        assert (refused.code, refused.severity) == ("XAC118", "error")
        assert f"the files before it have more than {limit}" in refused.message
    assert budget.refuse_predictions() is None


def test_missing_pairs_cost_nothing(budget):
    """A pair without a row is not a row with a finding."""
    budget.charge_predictions(b"", [rule("id-missing").finding("x", count=1_000_000)])
    assert budget.refuse_predictions() is None


def test_the_listed_findings_of_a_file():
    """All of 50 findings are listed; of 51, 50 are, and one finding counts the other."""
    many = [rule("key-unknown").finding(f"key {n}", line=n + 1) for n in range(51)]
    assert MOST_FINDINGS == 50
    assert limit_findings(many[:50]) == tuple(many[:50])
    limited = limit_findings(many)
    assert limited[:50] == tuple(many[:50])
    assert [found.message for found in limited[50:]] == ["1 more finding of this rule not listed"]


@pytest.mark.parametrize(
    ("systems", "listed"), [(1, 50), (2, 25), (12, 4), (16, 3), (17, 3), (40, 3)]
)
def test_the_listed_findings_of_a_package(systems, listed):
    """The systems of a package share the 50 findings, and each lists at least three."""
    findings = tuple(rule("key-unknown").finding(f"key {n}", line=n + 1) for n in range(60))
    report = SubmissionReport(
        path="x.zip", system="x", team="x", valid=False, pairs=0, sha256=None, findings=findings
    )
    for one in limit_reports([report] * systems):
        assert len(one.findings) == listed + 1
        assert sum(found.count for found in one.findings) == 60

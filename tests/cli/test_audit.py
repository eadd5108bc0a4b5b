"""``xacle-eval audit``: the table, the advice, the formats and the exit code."""

import csv
import io
import json

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.evaluation.test_audit import challenge_with

QUICK = ("--repetitions", "2")


def test_the_text_and_the_exit_code(tmp_path):
    """The worst attack is named, the advice can be copied, and --strict decides the exit code."""
    file = challenge_with(tmp_path, '[publish.phase.test]\nmetrics = ["SRCC", "MSE"]\ndecimals = 2')
    done = xacle_eval("audit", "-c", file, *QUICK)
    text = " ".join(done.out.split())
    assert done.code == 0
    assert "test is above the bound of 0.5: the attack one pair, MSE SRCC reads" in text
    assert "The same attacks read 0.0 labels in 10 tries with this in the challenge file" in text
    assert '\n[publish.phase.test]\nmetrics = ["SRCC"]\ndecimals = 1\n' in done.out
    assert "the parts are public, private" in text
    assert "1 phase above the bound (test)" in done.err
    assert all(len(line) <= 80 for line in done.out.split("\n\n")[1].splitlines())
    strict = ("--strict", "--repetitions", "2", "--tries", "4")
    assert xacle_eval("audit", "-c", file, *strict).code == 1
    assert xacle_eval("audit", "-c", file, *strict, "--bound", "1%").code == 0


@pytest.mark.long
def test_the_formats_have_the_same_numbers(tmp_path):
    """JSON and CSV have the attacks of the Python function; the same input gives the same bytes."""
    file = challenge_with(tmp_path, "[publish.phase.test]\ndecimals = 2")
    report = xe.audit(file, repetitions=2)
    call = ("audit", "-c", file, *QUICK)
    out = xacle_eval(*call, "-f", "json").out
    document = json.loads(out)
    assert document["schema"] == "xacle-eval/audit/1"
    reads = [attack.read for attack in report.phases[0].attacks]
    assert [each["read"] for each in document["phases"][0]["attacks"]] == reads
    rows = list(csv.DictReader(io.StringIO(xacle_eval(*call, "-f", "csv").out)))
    assert [float(row["read"]) for row in rows] == reads
    assert xacle_eval(*call, "-f", "json").out == out
    assert xe.AuditReport.from_json(out) == report


def test_wrong_bounds():
    """A word as a bound is an error, which says what is expected."""
    done = xacle_eval("audit", "--bound", "many")
    assert done.code == 2
    assert "--bound many: expected a number of labels above 0, such as 0.5, or a share" in done.err

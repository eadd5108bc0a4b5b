"""``xacle-eval audit``: the table, the advice, the formats and the exit code."""

import csv
import io
import json

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.evaluation.test_audit import challenge_with, two_targets

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


def test_a_ladder_is_judged_for_both_kinds_of_hosts(tmp_path):
    """The text names the hosts that keep what teams saw, and those that only round to the step."""
    call = ("audit", "-c", challenge_with(tmp_path, "[publish.phase.test]\nladder = 0.01"))
    done = xacle_eval(*call, *QUICK, "--tries", "100")
    text = " ".join(done.out.split())
    assert "on a host that keeps the history of each team (Hugging Face, the ledger)" in text
    assert "above the bound of 0.5 on Codabench and EvalAI, which only round to the step" in text
    assert "rounding only: one pair at an edge, SRCC" in text
    rows = csv.DictReader(io.StringIO(xacle_eval(*call, *QUICK, "-f", "csv").out))
    shown = {row["shown"] for row in rows}
    assert shown == {"SRCC by a Ladder with the step 0.01", "SRCC rounded to the step 0.01"}


def test_the_recommendation_for_targets_is_printed_once(tmp_path):
    """Its text names each target, and a Ladder is recommended for Hugging Face alone."""
    file = two_targets(tmp_path, "[phases.test]\nvalid_total = 10\n")
    done = xacle_eval("audit", "-c", file, "--repetitions", "4")
    text = " ".join(done.out.split())
    assert done.out.count("\n[publish.phase.test]\n") == 1
    assert "history of each team: Hugging Face; a host that only rounds" in text
    assert "ladder = 0.05" in text
    more = "[phases.test]\nvalid_total = 10\n[publish.phase.test]\ndecimals = 3\n"
    done = xacle_eval("audit", "-c", two_targets(tmp_path, more), "--repetitions", "4")
    assert done.out.count("\n[publish.phase.test]\n") == 1
    assert "labels of the target A and 0." in " ".join(done.out.split())


def test_a_target_without_labels_has_a_note(tmp_path):
    """An optional target without labels is named, with the reason why it has no row."""
    file = two_targets(tmp_path, "[phases.test]\nvalid_total = 3\n", optional=True)
    done = xacle_eval("audit", "-c", file, *QUICK)
    assert done.code == 0
    text = " ".join(done.out.split())
    assert "test: the references have no labels of the optional target B; nothing is shown" in text


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

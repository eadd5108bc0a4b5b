"""The scorer of the generated project in a process of its own: what it gets and what it answers."""

import inspect

import pytest

from xacle_eval.hosting.huggingface.project import scorer, worker
from xacle_eval.hosting.huggingface.project.scorer import BrokenScorerError, Verdict

_SINGLE_FILE = """
import os, sys

def check_upload(submission, phase):
    data = open(submission, "rb").read()
    if data == b"break":
        sys.stderr.write("a label: 0.25")
        os._exit(7)
    if data == b"memory":
        os.kill(os.getpid(), 9)
    if data == b"noise":
        sys.stdout.write("noise")
    variables = sorted(set(os.environ) - {"LC_CTYPE", "PWD", "SHLVL", "_"})
    text = f"{os.path.basename(submission)} {phase} {variables} {len(sys.path) > 0}"
    return {"valid": data == b"good", "failed": False, "message": text, "scores": {},
            "absent": []}

def score_upload(submission, labels, phase, best):
    value = float(open(labels).read())
    return {"valid": True, "failed": False, "message": "ok", "scores": {"SRCC": value},
            "absent": ["effort"]}

def evaluate(labels, submission, phase):
    return {"error": [{"test": {"error_SRCC": 0.1}}]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the program and a scorer."""
    place = tmp_path_factory.mktemp("space")
    (place / "worker.py").write_text(inspect.getsource(worker))
    (place / "single_file.py").write_text(_SINGLE_FILE)
    (place / "labels.csv").write_text("0.5")
    return place


def test_the_process_knows_nothing_of_the_space(folder, monkeypatch):
    """The process gets the file by its name, and no variable of the Space, such as the token."""
    monkeypatch.setenv("HF_TOKEN", "secret")
    found = scorer.check_upload(folder, "Kumo_01.csv", b"good", "test")
    assert found == Verdict(valid=True, text="Kumo_01.csv test [] True", absent=[])


def test_scores(folder):
    """Scores, absent targets, error bars on request, and whether a ladder shows a new score."""
    labels = folder / "labels.csv"
    for best, improved in ((None, True), ({}, True), ({"SRCC": 0.5}, False)):
        found = scorer.score_upload(folder, "x.csv", b"good", "test", labels, best)
        assert (found.scores, found.errors, found.improved) == ({"SRCC": 0.5}, {}, improved)
        assert found.absent == ["effort"]
    found = scorer.score_upload(folder, "x.csv", b"good", "test", labels, None, error_bars=True)
    assert found.errors == {"SRCC": 0.1}


@pytest.mark.parametrize("data", [b"break", b"noise"])
def test_no_answer(folder, data):
    """A scorer without an answer is an error that repeats nothing of what it wrote."""
    with pytest.raises(BrokenScorerError, match=r"^the scorer ended with status \d$") as caught:
        scorer.check_upload(folder, "x.csv", data, "test")
    assert "label" not in str(caught.value)


def test_a_scorer_that_does_not_end(folder, monkeypatch):
    """After its time the process is ended, and the upload has failed."""
    monkeypatch.setattr(scorer, "_SECONDS", 0.01)
    found = scorer.check_upload(folder, "x.csv", b"good", "test")
    assert (found.valid, found.failed) == (False, True)
    assert "more than 0.01 seconds" in found.text


def test_a_scorer_that_is_killed(folder):
    """An upload whose check is killed has failed, so that it does not hold up the next ones."""
    found = scorer.check_upload(folder, "x.csv", b"memory", "test")
    assert (found.valid, found.failed) == (False, True)
    assert found.text == "The check was stopped by the system. Tell the organisers."

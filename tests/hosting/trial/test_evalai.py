"""Trials on EvalAI bundles: the import of the script, its call, and what becomes of its value.

The expected values follow the code of EvalAI (version of August 2026): the worker
``scripts/workers/submission_worker.py``, and the leaderboard of ``apps/jobs/utils.py``.
"""

import os
import shutil
import sys

import pytest

import xacle_eval as xe
from tests.hosting.trial.bundles import CHALLENGE, RETURNED, cases, evalai, pack, returning


@pytest.fixture
def upload(tmp_path):
    """A submission as a participant uploads it."""
    file = tmp_path / "answer.csv"
    file.write_text("a,7\n")
    return file


def try_one(bundle, upload, **options):
    """Return the only run of a trial."""
    (run,) = xe.try_bundle(bundle, upload, **options).runs
    return run


def test_a_valid_submission(tmp_path, upload):
    """A finished submission has its scores on the leaderboard, and the participant the output."""
    script = f"print('read', open(upload).read())\nsys.stderr.write('warning')\nreturn {RETURNED!r}"
    # The platform reads a visibility in quotation marks as a number.
    config = CHALLENGE.replace("visibility: 3", 'visibility: "3"')
    trial = xe.try_bundle(evalai(tmp_path / "bundle", script, config), upload)
    (run,) = trial.runs
    assert (run.status, run.state, run.accepted) == ("finished", "finished", True)
    assert [(each.board, each.name, each.stored, each.shown) for each in run.scores] == [
        ("public", "SRCC", "0.51234", "0.512"),
        ("public", "MSE", "1.5", "1.500"),
    ]
    assert run.participant.stdout == "read a,7\n\n"
    # The platform keeps errors of failed submissions only.
    assert run.participant.stderr is None
    assert [each.name for each in run.participant.files] == ["submission_result.json"]
    assert any("3.7 to 3.9" in note for note in trial.notes) == (sys.version_info > (3, 10))


def test_what_evaluate_gets(tmp_path, upload):
    """Files have random names with their ending, in the package of the challenge."""
    script = (
        "import json\nprint(json.dumps([truth, upload, phase, sorted(kwargs), __name__,"
        " kwargs['submission_metadata']['status'], open(truth).read()]))\nraise ValueError('x')"
    )
    run = try_one(evalai(tmp_path / "bundle", script), upload)
    name = "7d2f0c6e-0b1a-4c7e-9f5d-3a1b2c4d5e6f.csv"
    assert run.organiser.stdout == (
        f'["/tmp/tmp1/compute/challenge_data/challenge_1/phase_data/phase_1/{name}", '
        f'"/tmp/tmp1/compute/submission_files/submission_1/{name}", "test", '
        '["submission_metadata"], "challenge_data.challenge_1.main", "running", '
        '"id,score\\na,7\\n"]\n'
    )
    assert str(tmp_path) not in run.participant.stderr


def test_an_exception_is_shown_to_the_participant(tmp_path, upload):
    """A failed submission shows both outputs and the traceback; disable_logs shows nothing."""
    script = "print('line 1')\nraise ValueError('line 3: NaN\\nFix it.')"
    run = try_one(evalai(tmp_path / "bundle", script), upload)
    assert (run.status, run.state, run.reason) == ("failed", "failed", "ValueError: line 3: NaN")
    assert run.participant.stdout == "line 1\n"
    assert run.participant.stderr.endswith("ValueError: line 3: NaN\nFix it.\n")
    assert "/compute/challenge_data/challenge_1/main.py" in run.participant.stderr
    config = CHALLENGE.replace(
        "    codename: test\n", "    codename: test\n    disable_logs: true\n"
    )
    hidden = try_one(evalai(tmp_path / "hidden", script, config), upload)
    assert (hidden.participant.stdout, hidden.participant.stderr) == (None, None)
    assert hidden.organiser.stderr == run.organiser.stderr


def test_a_script_that_ends_the_worker(tmp_path, upload):
    """sys.exit leaves the submission running, and shows its participant nothing."""
    run = try_one(evalai(tmp_path / "bundle", "sys.exit(1)"), upload)
    assert (run.status, run.state, run.exit_code) == ("stuck", "running", 1)
    assert "ended the worker" in run.reason
    assert (run.participant.stdout, run.participant.stderr) == (None, None)


@pytest.mark.long
@pytest.mark.parametrize("script", ["os._exit(0)", "os.kill(os.getpid(), 9)", "while True: pass"])
def test_other_ways_to_block_the_worker(tmp_path, upload, script):
    """A lost process and one that never ends are the same for participants."""
    run = try_one(evalai(tmp_path / "bundle", script), upload, time_limit=1)
    assert (run.status, run.state) == ("stuck", "running")
    assert ("stopped it after 1 s" in run.reason) == ("while" in script)


@pytest.mark.long
@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        ({"init": None}, "failed", "has no attribute 'evaluate'"),
        ({"init": ""}, "failed", "has no attribute 'evaluate'"),
        ({"init": "from .other import evaluate\n"}, "stuck", "No module named"),
        ({"init": "def evaluate(:\n"}, "stuck", "SyntaxError"),
        ({"init": "import sys\nsys.exit()\n"}, "stuck", "ended the worker"),
    ],
)
def test_the_import_of_the_script(tmp_path, upload, options, status, says):
    """A script that is not imported leaves every submission waiting, and shows nothing of it."""
    run = try_one(evalai(tmp_path / "bundle", **options), upload)
    assert run.status == status
    assert says in run.reason
    if status == "stuck":
        assert run.state == "submitted"
        assert run.participant.stderr is None


def board(**parts):
    """Return the changes for other scores, and optionally other errors."""
    return {key: [{"public": value}] for key, value in parts.items()}


SCORES = {"SRCC": 0.5, "MSE": 1.5}
VALUES = {
    "NaN": (board(result={**SCORES, "MSE": float("nan")}), "failed", "the database refuses"),
    "infinity as error": (board(error={"error_SRCC": float("inf")}), "failed", "NaN or infinity"),
    "a set": (board(result={"SRCC": {1}}), "failed", "not JSON serializable"),
    "no result": ({"result": None}, "failed", "no key result"),
    "an unknown split": ({"result": [{"private": SCORES}]}, "failed", "No such relation"),
    "an empty split": ({"result": [{}]}, "failed", "IndexError"),
    "no list": ({"result": 5}, "failed", "not iterable"),
    "a word": (board(result={"SRCC": "high", "MSE": 1}), "finished", "leaderboard answers 500"),
    "a word elsewhere": (board(result={"SRCC": 1, "MSE": "x"}), "finished", "to whoever sorts by"),
    "true": (board(result={"SRCC": True, "MSE": 1}), "finished", "not a number"),
    "no score": (board(result={"MSE": 1}), "finished", "counts as 0"),
    "null": (board(result={"SRCC": None, "MSE": 1}), "finished", "counts as 0"),
    "no object": (board(result=[0.5]), "finished", "is no object"),
    "no error of a label": (board(error={"error_SRCC": 1}), "finished", "no error_MSE: the whole"),
    "text as number": (board(result={"SRCC": "0.5", "MSE": 1}), "finished", ""),
    "no error bars": ({"error": None}, "finished", ""),
}


QUICK = ("NaN", "a word", "no error of a label", "no score")


@pytest.mark.parametrize("name", cases(VALUES, QUICK))
def test_what_evaluate_returns(tmp_path, upload, name):
    """Each returned value has the status and the effect on the leaderboard of the platform."""
    changes, status, says = VALUES[name]
    run = try_one(evalai(tmp_path / "bundle", returning(**changes)), upload)
    assert run.status == status
    assert says in run.reason
    assert run.accepted == (not says)


PHASES = (
    CHALLENGE.replace(
        "dataset_splits:",
        """  - id: 2
    name: Final
    codename: final
    test_annotation_file: annotations/test.csv
dataset_splits:
  - {id: 2, name: Private part, codename: private}""",
    )
    + "  - {challenge_phase_id: 2, leaderboard_id: 1, dataset_split_id: 2, visibility: 1}\n"
)


def test_all_phases(tmp_path, upload):
    """Every phase has a run with its own codename and splits; one can be chosen by a name."""
    script = (
        "name = 'public' if phase == 'test' else 'private'\n"
        f"return {{'result': [{{name: {SCORES}}}]}}"
    )
    bundle = evalai(tmp_path / "bundle", script, PHASES)
    trial = xe.try_bundle(bundle, upload)
    assert [(run.phase, run.scores[0].board, run.scores[0].shown) for run in trial.runs] == [
        ("Test", "public", "0.500"), ("Final", "private", None)
    ]  # fmt: skip
    assert any("is not public" in note for note in trial.runs[1].participant.notes)
    for name in ("final", "Final"):
        assert xe.try_bundle(bundle, upload, phase=name).runs == trial.runs[1:]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("evaluation_script.zip", "main.zip", "has no 'main.zip'"),
        ("evaluation_script.zip", "annotations", "must be a ZIP"),
        ("annotations/test.csv", "../x.csv", "leads out of the bundle"),
        ("labels: [SRCC, MSE]", "labels: SRCC", "a list of labels"),
        ("dataset_split_id: 1", "dataset_split_id: 9", "has no such entry"),
        ("    codename: test", "    code: test", "codename is missing"),
        ("challenge_phases:", "phases:", "challenge_phases must be a list"),
    ],
)
def test_bundles_that_cannot_be_tried(tmp_path, upload, old, new, says):
    """A bundle that the platform refuses is a usage error that names the place."""
    bundle = evalai(tmp_path / "bundle", config=CHALLENGE.replace(old, new, 1))
    with pytest.raises(xe.UsageError, match=r"challenge_config\.yaml") as error:
        xe.try_bundle(bundle, upload)
    assert says in str(error.value)


def test_other_arguments(tmp_path, upload):
    """Missing files, folders, platforms and interpreters that are none are usage errors."""
    bundle, pipe = evalai(tmp_path / "bundle"), evalai(tmp_path / "other")
    os.mkfifo(pipe / "pipe")
    cases = [
        ((tmp_path / "missing", upload), {}, "not found"),
        ((bundle, tmp_path / "missing"), {}, "not found"),
        ((bundle, tmp_path), {}, "is not a file"),
        (("x" * 300, upload), {}, "File name too long"),
        ((bundle, "x" * 300), {}, "File name too long"),
        ((tmp_path / "bundle" / "annotations", upload), {}, "has neither competition.yaml"),
        ((upload, upload), {}, "cannot be unpacked"),
        ((pipe, upload), {}, "pipe` is a named pipe"),
        ((pipe / "pipe", upload), {}, "is neither a folder nor a file"),
        ((bundle, upload), {"platform": "evil"}, "platform must be"),
        ((bundle, upload), {"python": "no-such-python"}, "was not found; expected"),
        ((bundle, upload), {"python": shutil.which("true")}, "is not an interpreter"),
        ((bundle, upload), {"time_limit": 0}, "above 0"),
        ((bundle, upload), {"platform": "codabench"}, "competition.yaml"),
    ]
    for arguments, options, says in cases:
        with pytest.raises(xe.UsageError) as error:
            xe.try_bundle(*arguments, **options)
        assert says in str(error.value), (arguments, options)


@pytest.mark.long
def test_a_given_interpreter(tmp_path, upload):
    """The interpreter of --python runs the script; its version is in the result."""
    script = f"print(sys.executable)\nreturn {RETURNED!r}"
    trial = xe.try_bundle(evalai(tmp_path / "bundle", script), upload, python=sys.executable)
    assert trial.python == sys.version.split()[0]
    assert trial.runs[0].participant.stdout == f"{sys.executable}\n"


@pytest.mark.long
def test_a_script_zip_with_names_that_lead_out(tmp_path, upload):
    """The worker refuses to unpack a script with such names, and never starts."""
    bundle = evalai(tmp_path / "bundle")
    pack(bundle / "evaluation_script.zip", {"../../../evil.py": "x", "__init__.py": ""})
    run = try_one(bundle, upload)
    assert (run.status, run.state) == ("stuck", "submitted")
    assert "unsafe file paths" in run.reason
    assert not list(tmp_path.parent.glob("**/evil.py"))

"""The scorer of a single file, run by the oldest Python that is here, has the toolkit's scores."""

import json
import random
import subprocess
from contextlib import contextmanager

import pytest

from tests.helpers import DATA
from tests.hosting.programs import python, without_parser
from tests.hosting.scoring.challenges import (
    EXAMPLES,
    loaded,
    predictions,
    write_everything,
    write_labels,
    write_predictions,
)
from tests.hosting.scoring.test_codabench import generated
from tests.hosting.scoring.test_scoring import assert_equal, exact, expected_scores
from tests.hosting.single_files import oldest, write_single_file
from xacle_eval.hosting.scoring import entry

# Each line of the input has data, and the arguments of a function; the output has the result.
_LOOP = """
import importlib.util, json, sys
found = importlib.util.spec_from_file_location("single_file", {program!r})
program = importlib.util.module_from_spec(found)
found.loader.exec_module(program)
entry = importlib.import_module(program.ROOT + ".xacle_eval.hosting.scoring.entry")
for line in sys.stdin:
    name, data, arguments = json.loads(line)
    if name == "exact":
        path, labels, phase = arguments
        read = lambda challenge: entry.read_file(path, challenge)
        found = entry._run(data, phase, labels, read, entry.exact_scores).scores
    else:
        found = getattr(entry, name)(data, *arguments)
    print(json.dumps(found), flush=True)
"""


@contextmanager
def process(program):
    """Start the oldest Python with a single file; call the result with a function of the scorer."""
    command = [python(oldest()), "-I", "-S", "-c", _LOOP.format(program=str(program))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as running:

        def call(name, data, *arguments):
            running.stdin.write(json.dumps([name, data, list(map(str, arguments))]) + "\n")
            running.stdin.flush()
            answer = running.stdout.readline()
            assert answer, running.stderr.read()
            return json.loads(answer)

        yield call
        running.stdin.close()
        assert running.stderr.read() == ""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The single file of the example, whose modules score every challenge.

    It has no libraries, which only packages need: they take most of the time to write it.
    """
    challenge, _ = loaded(EXAMPLES["example"] / "challenge.toml")
    return write_single_file(tmp_path_factory.mktemp("program"), challenge, libraries=False)


@pytest.fixture(scope="module")
def call(program):
    """A process with it."""
    with process(program) as running:
        yield running


def compare(call, folder, seeds):
    """Assert that random submissions have the toolkit's scores to 1e-12, and the same bits here."""
    file = write_everything(folder)
    challenge, data = loaded(file)
    for phase, part in (("open", "public"), ("final", None)):
        labels = write_labels(challenge, phase, folder / f"{phase}.csv")
        for seed in seeds:
            rng = random.Random(seed)  # noqa: S311 -- not for secrets
            grid = rng.choice([None, 0.25, 1.0, 30.0])
            rows = predictions(seed, rng.choice([0.1, 1.0, 5.0]), grid)
            path = write_predictions(folder / "Kumo_01.csv", rows)
            found = call("exact", data, path, labels, phase)
            assert found == exact(data, path, labels, phase)
            expected = expected_scores(file, path, part)
            assert_equal(found, {key: value for key, value in expected.items() if key in found})
            shown = call("score_upload", data, path, labels, phase)
            assert shown == entry.score_upload(data, str(path), str(labels), phase)


def test_some_submissions(call, tmp_path):
    """Two targets, groups, a part and the whole split, with ties and constant predictions."""
    compare(call, tmp_path, range(2))


@pytest.mark.long
def test_many_submissions(call, tmp_path):
    """The same for many."""
    compare(call, tmp_path, range(2, 60))


def test_error_bars(call, tmp_path):
    """The answer for EvalAI has the same bits, error bars included."""
    challenge, data = loaded(write_everything(tmp_path))
    data["phases"]["ladder"]["resamples"] = 50
    labels = write_labels(challenge, "ladder", tmp_path / "ladder.csv")
    path = write_predictions(tmp_path / "Kumo_01.csv", predictions(1))
    found = call("evaluate", data, labels, path, "ladder")
    assert found == entry.evaluate(data, str(labels), str(path), "ladder")
    assert any(value > 0 for value in found["error"][0]["test"].values())


@pytest.mark.long
def test_generated_uploads(tmp_path):
    """Generated files, packages among them, show the same text and scores."""
    challenge, data = loaded(DATA / "example" / "challenge.toml")
    labels = write_labels(challenge, "test", tmp_path / "labels.csv")
    (tmp_path / "files").mkdir()
    with process(write_single_file(tmp_path, challenge)) as call:
        for path in generated(tmp_path / "files", 100):
            expected = entry.score_upload(data, str(path), str(labels))
            found = call("score_upload", data, path, labels)
            found["message"] = without_parser(found["message"])
            expected["message"] = without_parser(expected["message"])
            assert found == expected, path


def test_the_command_of_codabench(program, tmp_path):
    """The command writes scores.json and nothing else; for an invalid file it fails without it."""
    folder = EXAMPLES["example"]
    challenge, data = loaded(folder / "challenge.toml")
    for name in ("input/ref", "input/res", "output"):
        (tmp_path / name).mkdir(parents=True)
    labels = write_labels(challenge, "test", tmp_path / "input" / "ref" / "labels.csv")
    (tmp_path / "input" / "res" / "metadata").write_text("exitCode: 0\n")
    submission = tmp_path / "input" / "res" / "Suzume_01.csv"
    valid = (folder / "submissions" / "Suzume_01.csv").read_text()
    for text, code in ((valid.replace("003.wav", "3.wav"), 1), (valid, 0)):
        submission.write_text(text)
        command = [python(oldest()), str(program), "codabench", "input", "output"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        written = [each.name for each in (tmp_path / "output").iterdir()]
        assert (done.returncode, written) == (code, [] if code else ["scores.json"])
        assert (done.stderr == "") == (code == 0)
        assert ("error XAC146" in done.stderr) == (code == 1)
    scores = json.loads((tmp_path / "output" / "scores.json").read_text())
    assert scores == entry.score_upload(data, str(submission), str(labels))["scores"]

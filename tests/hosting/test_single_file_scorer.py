"""The scorer in a single file has the toolkit's scores in the oldest Python."""

import json
import random
import shutil
import subprocess
from contextlib import contextmanager

import pytest

import xacle_eval as xe
from tests.hosting.programs import python, without_parser
from tests.hosting.scoring.challenges import (
    EXAMPLES,
    loaded,
    pair_ids,
    predictions,
    write_everything,
    write_labels,
    write_predictions,
)
from tests.hosting.scoring.test_codabench import generated
from tests.hosting.scoring.test_scoring import assert_equal, expected_scores
from tests.hosting.single_files import oldest, write_single_file
from xacle_eval.hosting.scoring import entry

# Each line of the input has the name of a function and its arguments; an error is its text. The
# output has the results, and what was printed.
_LOOP = """
import contextlib, importlib.util, io, json, sys
found = importlib.util.spec_from_file_location("single_file", {program!r})
program = importlib.util.module_from_spec(found)
found.loader.exec_module(program)
for line in sys.stdin:
    name, data, arguments = json.loads(line)
    program.CHALLENGE = data
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            answer = getattr(program, name)(*arguments)
    except Exception as error:
        answer = [type(error).__name__, str(error)]
    print(json.dumps([answer, printed.getvalue()]), flush=True)
"""


@contextmanager
def scorer(program):
    """Start the oldest Python with a single file; call the result with a function's arguments."""
    command = [python(oldest()), "-I", "-S", "-c", _LOOP.format(program=str(program))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:

        def ask(name, data, *arguments):
            job = [name, json.dumps(data), arguments]
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, process.stderr.read()
            return json.loads(answer)

        yield ask
        process.stdin.close()


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The single file of the example, whose modules score every challenge.

    It has no libraries, which only packages need: they take most of the time to write it.
    """
    challenge, _ = loaded(EXAMPLES["example"] / "challenge.toml")
    return write_single_file(tmp_path_factory.mktemp("scorer"), challenge, libraries=False)


@pytest.fixture(scope="module")
def ask(program):
    """A process with it."""
    with scorer(program) as found:
        yield found


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The challenge with everything: its file, data, and labels by phase."""
    folder = tmp_path_factory.mktemp("everything")
    file = write_everything(folder)
    challenge, data = loaded(file)
    for phase in data["phases"].values():
        phase["resamples"] = 200
    labels = {
        phase: str(write_labels(challenge, phase, folder / f"labels_{phase}.csv"))
        for phase in data["phases"]
    }
    return file, data, labels


def values(rng, kind, size):
    """Return random values of a kind: tied, nearly equal, large and small, reversed."""
    drawn = [rng.uniform(1, 5) for _ in range(size)]
    kinds = {
        "random": drawn,
        "tied": [round(value) for value in drawn],
        "two": [3.0 if value < 3 else 3.0000000000000004 for value in drawn],
        "far": [value * 10.0 ** rng.randrange(-300, 1) for value in drawn],
        "small": [value * 1e-320 for value in drawn],
        "shifted": [40 + value * 1e-14 for value in drawn],
        "sorted": sorted(drawn),
    }
    return kinds[kind]


def compare(ask, everything, path, rows):
    """Assert that predictions have the toolkit's scores to 1e-12, of a part and the whole split."""
    file, data, labels = everything
    path = str(write_predictions(path, rows))
    for phase, part in (("open", "public"), ("final", None)):
        answer, text = ask("score", data, [path, labels[phase], "--phase", phase, "--exact"])
        assert answer == 0, text
        assert_equal(json.loads(text), expected_scores(file, path, part))
        shown, _ = ask("score_upload", data, path, labels[phase], phase)
        assert shown == entry.score_upload(data, path, labels[phase], phase)


@pytest.mark.parametrize("kind", ["random", "tied", "two", "far", "small", "shifted", "sorted"])
def test_random_predictions(ask, everything, kind, tmp_path):
    """Random, tied and extreme predictions have the toolkit's scores."""
    rng = random.Random(kind)  # noqa: S311 -- not for secrets
    for number in range(3):
        rows = {name: values(rng, kind, len(pair_ids())) for name in ("quality", "effort")}
        compare(ask, everything, tmp_path / f"Kumo_0{number + 1}.csv", rows)


@pytest.mark.long
def test_many_predictions(ask, everything, tmp_path):
    """So have those of better and worse systems, rounded or not."""
    for seed in range(60):
        rng = random.Random(seed)  # noqa: S311 -- not for secrets
        grid = rng.choice([None, 0.25, 1.0, 30.0])
        rows = predictions(seed, rng.choice([0.1, 1.0, 5.0]), grid)
        compare(ask, everything, tmp_path / "Kumo_01.csv", rows)


def test_the_platforms(ask, everything, tmp_path):
    """Scores, error bars, files and texts are those of the toolkit's own scorer."""
    _, data, labels = everything
    path = str(write_predictions(tmp_path / "Kumo_01.csv", predictions(1)))
    for phase in data["phases"]:
        label = labels[phase]
        expected = entry.evaluate(data, label, path, phase)
        assert ask("evaluate", data, label, path, phase) == [expected, ""]
        folder = tmp_path / phase
        for name in ("ref", "res", "theirs", "ours"):
            (folder / name).mkdir(parents=True)
        shutil.copy(label, folder / "ref" / entry.LABELS_FILE)
        (folder / "ref" / entry.PHASE_FILE).write_text(json.dumps({"phase": phase}))
        shutil.copy(path, folder / "res" / "Kumo_01.csv")
        assert entry.codabench(data, [str(folder), str(folder / "theirs")]) == 0
        answer, text = ask("codabench", data, [str(folder), str(folder / "ours")])
        assert (answer, "Scores written" in text) == (0, True)
        written = [(folder / name / "scores.json").read_bytes() for name in ("theirs", "ours")]
        assert written[0] == written[1]


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


def test_refusals(ask, everything, tmp_path):
    """A submission that is not valid, and labels that cannot be read: the toolkit's sentences."""
    _, data, labels = everything
    path = str(write_predictions(tmp_path / "Kumo_01.csv", predictions(1)))
    (tmp_path / "labels.csv").write_text("id,quality,effort\nsys00-utt0,no number,1\n")
    (tmp_path / "Kumo_02.csv").write_text("id,quality\nsys00-utt0,1\n")
    for upload, label in (
        (str(tmp_path / "Kumo_02.csv"), labels["open"]),
        (path, str(tmp_path / "labels.csv")),
        (path, str(tmp_path / "missing.csv")),
        (str(tmp_path / "missing.csv"), labels["open"]),
    ):
        with pytest.raises(entry.ScoringError) as error:
            entry.evaluate(data, label, upload, "open")
        assert ask("evaluate", data, label, upload, "open")[0] == ["ScoringError", str(error.value)]


@pytest.mark.long
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_challenges(ask, name, tmp_path):
    """Every valid submission of the example challenges has the toolkit's scores."""
    folder = EXAMPLES[name]
    file = folder / "challenge.toml"
    challenge, data = loaded(file)
    labels = str(write_labels(challenge, challenge.split, tmp_path / "labels.csv"))
    reports = xe.validate(folder / "submissions", challenge=file)
    for path in [report.path for report in reports if report.valid]:
        answer, text = ask("score", data, [path, labels, "--exact"])
        if "XAC067" in text:  # a leaderboard does not rank it either
            assert (name, path.rpartition("/")[2]) == ("voicemos2024_track3", "Umi.csv")
            continue
        assert answer == 0, text
        found, expected = json.loads(text), expected_scores(file, path)
        absent = [key for key in found if key not in expected and key.startswith("BAK")]
        assert_equal(found, expected, absent)


@pytest.mark.long
def test_generated_uploads(tmp_path):
    """Generated files, packages among them, show the same text and scores."""
    challenge, data = loaded(EXAMPLES["example"] / "challenge.toml")
    labels = str(write_labels(challenge, "test", tmp_path / "labels.csv"))
    (tmp_path / "files").mkdir()
    with scorer(write_single_file(tmp_path, challenge)) as ask:
        for path in generated(tmp_path / "files", 100):
            expected = entry.score_upload(data, str(path), labels)
            found, _ = ask("score_upload", data, str(path), labels)
            found["message"] = without_parser(found["message"])
            expected["message"] = without_parser(expected["message"])
            assert found == expected, path

"""The standalone validator has the findings of the command for generated submissions."""

import json
import random
import subprocess

import pytest

import xacle_eval as xe
from benchmarks.fuzzing.cases import Case
from benchmarks.fuzzing.submissions import add_submission
from tests.helpers import DATA
from tests.hosting.programs import python, write_program

TASK = DATA / "example" / "task.toml"
# Checks the file of each line of its input, and prints the document as one line.
LOOP = """
import json, sys
text = open({program!r}, encoding="utf-8").read()
exec(compile(text.rsplit("\\nif __name__", 1)[0], "validator", "exec"))
from xacle_eval.hosting.standalone import check_files
from xacle_eval.text import json_text

data = json.loads(CHALLENGE)
for line in sys.stdin:
    print(json.dumps(json_text(check_files([json.loads(line)], data))), flush=True)
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """A process with the validator in an empty folder; call it with the name of a file there."""
    folder = tmp_path_factory.mktemp("standalone")
    program = write_program(folder, TASK)
    files = folder / "files"
    files.mkdir()
    command = [python("3.11"), "-I", "-S", "-c", LOOP.format(program=str(program))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=files
    ) as process:

        def check(name):
            process.stdin.write(json.dumps(name) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline()) + "\n"

        yield files, check
        process.stdin.close()


def generated(number):
    """Yield the name and content of generated prediction files and packages."""
    for seed in range(number):
        rng = random.Random(seed)  # noqa: S311 -- not for secrets
        case = Case("validate")
        path = add_submission(rng, case)
        if isinstance(case.files.get(path), bytes):
            yield path, case.files[path]


def without_syntax(document):
    """Return a document without what depends on the YAML parser: where it stopped, and why."""
    found = json.loads(document)
    for report in found["submissions"]:
        for finding in report["findings"]:
            if finding["code"] == "XAC100":
                finding.update(dict.fromkeys(("line", "column", "lines", "message", "hint")))
    return found


def compare(ask, monkeypatch, number):
    """Assert that generated files have the same document; return their number."""
    folder, check = ask
    monkeypatch.chdir(folder)
    challenge = xe.load_challenge(TASK)
    compared = 0
    for name, content in generated(number):
        try:
            (folder / name).write_bytes(content)
        except (OSError, ValueError):
            continue  # a name that this system does not allow
        expected = xe.validate(name, challenge=challenge).to_json()
        assert without_syntax(check(name)) == without_syntax(expected), name
        (folder / name).unlink()
        compared += 1
    return compared


def test_some_generated_files(ask, monkeypatch):
    """Changed predictions, descriptions and archives: the same document."""
    assert compare(ask, monkeypatch, 40) > 30


@pytest.mark.long
def test_many_generated_files(ask, monkeypatch):
    """The same for many."""
    assert compare(ask, monkeypatch, 1_000) > 900

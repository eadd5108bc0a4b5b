"""Single files in other Pythons: one process checks the files of many challenges."""

import json
import subprocess
from contextlib import contextmanager

import pytest

from tests.hosting.programs import python
from xacle_eval.hosting.challenge_data import challenge_data
from xacle_eval.hosting.single_file import single_file
from xacle_eval.hosting.standalone import check_files
from xacle_eval.text import json_text

# Each line of the input has a challenge, a folder and files; the output has their documents.
_LOOP = """
import importlib.util, json, os, sys
found = importlib.util.spec_from_file_location("single_file", {program!r})
program = importlib.util.module_from_spec(found)
found.loader.exec_module(program)
standalone = importlib.import_module(program.ROOT + ".xacle_eval.hosting.standalone")
text = importlib.import_module(program.ROOT + ".xacle_eval.text")
for line in sys.stdin:
    job = json.loads(line)
    os.chdir(job["folder"])
    data = job["challenge"]
    documents = [text.json_text(standalone.check_files([name], data)) for name in job["files"]]
    print(json.dumps(documents), flush=True)
"""


def oldest():
    """Return the oldest Python that is here; skip the test if all are as new as the toolkit's."""
    for version in ("3.7", "3.8", "3.9", "3.10"):
        if python(version) is not None:
            return version
    pytest.skip("no Python from 3.7 to 3.10 is installed here")


def write_single_file(folder, challenge, **settings):
    """Write the single file of a challenge into a folder and return its path."""
    path = folder / "single_file.py"
    path.write_text(single_file(challenge, **settings), encoding="utf-8")
    return path


@contextmanager
def checker(program, version):
    """Start a Python with a single file; call the result with a challenge, a folder and files."""
    command = [python(version), "-I", "-S", "-c", _LOOP.format(program=str(program))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:

        def check(challenge, folder, files):
            job = {"challenge": challenge_data(challenge), "folder": str(folder), "files": files}
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, process.stderr.read()
            return json.loads(answer)

        yield check
        process.stdin.close()
        assert process.stderr.read() == ""


def by_toolkit(challenge, files):
    """Return the document of the toolkit for each file of the working directory."""
    data = json.loads(json.dumps(challenge_data(challenge)))
    return [json_text(check_files([name], data)) for name in files]

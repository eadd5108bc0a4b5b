"""Small bundles written by hand, with a scoring program or a script of a test."""

import json
import zipfile

import pytest

COMPETITION = """\
version: 2
title: A challenge
image: logo.png
terms: terms.md
docker_image: codalab/codalab-legacy:py39
pages: []
tasks:
  - index: 0
    name: Test set
    scoring_program: scoring_program.zip
    reference_data: reference_data
phases:
  - index: 0
    name: Test
    start: "2027-01-01 00:00:00"
    tasks: [0]
leaderboards:
  - title: Results
    key: results
    submission_rule: Force_Best
    columns:
      - {title: SRCC ↑, key: SRCC, index: 0, precision: 3}
      - {title: MSE ↓, key: MSE, index: 1, sorting: asc}
"""
COMMAND = "python3 /app/program/score.py /app/input /app/output"
GOOD = """
import json, sys
source, target = sys.argv[1:]
json.dump({"SRCC": 0.51234, "MSE": 1.5}, open(target + "/scores.json", "w"))
"""

CHALLENGE = """\
title: A challenge
evaluation_script: evaluation_script.zip
leaderboard:
  - id: 1
    schema:
      labels: [SRCC, MSE]
      default_order_by: SRCC
challenge_phases:
  - id: 1
    name: Test
    codename: test
    test_annotation_file: annotations/test.csv
dataset_splits:
  - {id: 1, name: Public part, codename: public}
challenge_phase_splits:
  - {challenge_phase_id: 1, leaderboard_id: 1, dataset_split_id: 1, visibility: 3,
     leaderboard_decimal_precision: 3}
"""
RETURNED = {
    "result": [{"public": {"SRCC": 0.51234, "MSE": 1.5}}],
    "error": [{"public": {"error_SRCC": 0.1, "error_MSE": 0.2}}],
    "submission_result": {"SRCC": 0.51234},
}


def cases(names, quick):
    """Return the names of cases for pytest; only the quick ones run by default."""
    return [pytest.param(x, marks=() if x in quick else pytest.mark.long) for x in names]


def pack(file, files):
    """Write a ZIP of files by name; the content is text or bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def codabench(folder, program=GOOD, command=COMMAND, config=COMPETITION, **files):
    """Write a Codabench bundle; `program` is the text of score.py, or None for no program."""
    (folder / "reference_data").mkdir(parents=True)
    (folder / "reference_data" / "labels.csv").write_text("id,score\na,7\n")
    (folder / "competition.yaml").write_text(config, encoding="utf-8")
    inside = {"metadata.yaml": f"command: {command}\n"} if command is not None else {}
    pack(folder / "scoring_program.zip", {**inside, "score.py": program, **files})
    return folder


def evalai(folder, script=None, config=CHALLENGE, init="from .main import evaluate\n", **files):
    """Write an EvalAI bundle; `script` is the body of evaluate(), by default a valid one."""
    (folder / "annotations").mkdir(parents=True)
    (folder / "annotations" / "test.csv").write_text("id,score\na,7\n")
    (folder / "challenge_config.yaml").write_text(config)
    body = f"return {RETURNED!r}" if script is None else script
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    main = f"import os, sys\n\ndef evaluate(truth, upload, phase, **kwargs):\n{lines}"
    inside = {} if init is None else {"__init__.py": init}
    pack(folder / "evaluation_script.zip", {**inside, "main.py": main, **files})
    return folder


def writing(text):
    """Return a scoring program that writes a text, or a value as JSON, to scores.json."""
    text = text if isinstance(text, str) else json.dumps(text)
    return f"import sys\nopen(sys.argv[2] + '/scores.json', 'w').write({text!r})\n"


def returning(**changes):
    """Return a script that returns the valid value with other keys; None removes one."""
    value = {key: part for key, part in {**RETURNED, **changes}.items() if part is not None}
    return f"nan, inf = float('nan'), float('inf')\nreturn {value!r}"

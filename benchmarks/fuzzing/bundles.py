"""Bundles of platforms: valid ones, and ones with a few changed places."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping

from benchmarks.fuzzing.cases import chance, hostile_text, mutate

__all__ = ["PHASES", "bundle", "codabench_files", "evalai_files", "picture", "zip_bytes"]

PHASES = b"""
[phases.dev]
split = "validation"
opens = 2027-01-01T00:00:00Z
closes = 2027-01-10T23:59:59-12:00
valid_per_day = 3

[phases.test]
opens = 2027-01-12T00:00:00+09:00
closes = 2027-01-20T23:59:59-12:00
"""
"""Phases of a challenge file whose bundle is written."""
_COMPETITION = """\
version: 2
title: A challenge
description: Predict ratings.
image: logo.png
terms: pages/terms.md
docker_image: codalab/codalab-legacy:py39
registration_auto_approve: true
pages:
  - title: Overview
    file: pages/overview.md
tasks:
  - index: 0
    name: Test set
    description: The public part
    scoring_program: scoring_program/
    reference_data: reference_data/
phases:
  - index: 0
    name: Test
    description: The test phase
    start: "2027-01-01 00:00:00"
    end: "2027-02-01 11:59:59"
    max_submissions: 20
    max_submissions_per_day: 2
    execution_time_limit: 300
    tasks: [0]
  - index: 1
    name: Final
    start: "2027-02-02 00:00:00"
    max_submissions: 2
    max_submissions_per_day: 1
    tasks: [0]
fact_sheet:
  system:
    key: system
    type: text
    title: System
    selection: ""
    is_required: "true"
    is_on_leaderboard: "true"
leaderboards:
  - title: Results
    key: results
    primary_index: 0
    submission_rule: Force_Best
    columns:
      - {title: SRCC, key: SRCC, index: 0, sorting: desc, precision: 3}
      - {title: MSE, key: MSE, index: 1, sorting: asc, precision: 3}
"""
_SCORE = """\
import json
import sys
from pathlib import Path


def main(inputs, outputs):
    answer = Path(inputs, "res", "answer.csv")
    if not answer.is_file():
        sys.stderr.write("answer.csv is missing\\n")
        return 1
    scores = {"SRCC": round(0.51234, 3), "MSE": round(1.01234, 3)}
    Path(outputs, "scores.json").write_text(json.dumps(scores, allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
"""
_METADATA = "command: python3 /app/program/score.py /app/input /app/output\n"
_CHALLENGE = """\
title: A challenge
short_description: Predict ratings.
description: templates/description.html
evaluation_details: templates/evaluation.html
terms_and_conditions: templates/terms.html
submission_guidelines: templates/guidelines.html
image: logo.png
evaluation_script: evaluation_script.zip
start_date: "2027-01-01T00:00:00+00:00"
end_date: "2027-03-01T00:00:00+00:00"
published: true
leaderboard:
  - id: 1
    schema:
      labels: [SRCC, MSE]
      default_order_by: SRCC
      metadata:
        SRCC: {sort_ascending: false, description: Rank correlation}
        MSE: {sort_ascending: true, description: Mean squared error}
challenge_phases:
  - id: 1
    name: Test
    codename: test
    description: templates/phase.html
    start_date: "2027-01-01T00:00:00+00:00"
    end_date: "2027-02-01T00:00:00+00:00"
    test_annotation_file: annotations/test.csv
    max_submissions_per_day: 2
    max_submissions_per_month: 20
    max_submissions: 20
    is_public: true
    leaderboard_public: true
    is_submission_public: true
dataset_splits:
  - {id: 1, name: Public part, codename: public}
challenge_phase_splits:
  - challenge_phase_id: 1
    leaderboard_id: 1
    dataset_split_id: 1
    visibility: 3
    leaderboard_decimal_precision: 3
    is_leaderboard_order_descending: true
"""
_MAIN = """\
import math

LABELS = ("SRCC", "MSE")


def evaluate(test_annotation_file, user_submission_file, phase_codename, **kwargs):
    with open(user_submission_file) as stream:
        if not stream.read(1):
            raise ValueError("the file is empty")
    scores = {"SRCC": round(0.51234, 3), "MSE": round(1.01234, 3)}
    if not all(map(math.isfinite, scores.values())):
        raise ValueError("the scores are not finite")
    errors = {"error_" + label: 0.1 for label in LABELS}
    return {
        "result": [{"public": scores}],
        "error": [{"public": errors}],
        "submission_result": scores,
    }
"""


def picture(width: int = 8, height: int = 8) -> bytes:
    """Return a PNG of one colour, with the sizes in its header."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">L", zlib.crc32(kind + data))
        return struct.pack(">L", len(data)) + kind + data + check

    header = struct.pack(">2L5B", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def codabench_files() -> dict[str, bytes]:
    """Return the files of a Codabench bundle without a finding."""
    return {
        "competition.yaml": _COMPETITION.encode(),
        "logo.png": picture(),
        "pages/terms.md": b"Be fair.\n",
        "pages/overview.md": b"# Overview\n",
        "scoring_program/metadata.yaml": _METADATA.encode(),
        "scoring_program/score.py": _SCORE.encode(),
        "reference_data/labels.csv": b"id,score\\na,1\n",
    }


def evalai_files() -> dict[str, bytes]:
    """Return the files of an EvalAI bundle without a finding."""
    pages = ("description", "evaluation", "terms", "guidelines", "phase")
    script = {"__init__.py": b"from .main import evaluate\n", "main.py": _MAIN.encode()}
    return {
        "challenge_config.yaml": _CHALLENGE.encode(),
        "logo.png": picture(),
        **{f"templates/{page}.html": b"<p>Text</p>\n" for page in pages},
        "annotations/test.csv": b"id,score\\na,1\n",
        "evaluation_script.zip": zip_bytes(script),
    }


def bundle(rng: random.Random) -> dict[str, bytes]:
    """Return a bundle of either platform with a few changed, missing or renamed files."""
    files = codabench_files() if chance(rng, 0.5) else evalai_files()
    for name in list(files):
        if chance(rng, 0.3 if name.endswith(".yaml") else 0.1):
            files[name] = mutate(rng, files[name])
        if chance(rng, 0.03):
            del files[name]
        elif chance(rng, 0.03):
            files[hostile_text(rng).replace("/", "_").replace("\0", "")[:200] or "x"] = files[name]
    return files

"""A challenge with two phases, a public part and a ladder, as `export huggingface` takes it."""

import csv
import json
import random
import sys

from tests.helpers import REPOSITORY
from xacle_eval.hosting.scoring.data import scorer_data

TEXT = """
name = "kumo2027"
title = "Kumo challenge 2027 & <friends>"
default_split = "test"

[ids]
column = "id"

[predictions]
column = "prediction_score"

[references]
column = "average_score"

[ratings]
column = "score"

[scores]
minimum = 0
maximum = 10

[splits.test]
list = "test.txt"
references = "labels.csv"

[splits.test.parts.public]
fraction = 0.5
seed = 1

[submissions]
baselines = ["organisers/*"]

[phases.open]
title = "Open phase"
split = "test"
opens = 2020-01-01T00:00:00Z
closes = 2090-01-01T00:00:00+02:00
valid_per_day = 20
valid_total = 100
all_per_day = 40

[phases.final]
title = "Final phase"
split = "test"
opens = 2090-02-01T00:00:00Z
closes = 2090-03-01T00:00:00Z
valid_per_day = 2
valid_total = 4

[publish.phase.open]
metrics = ["SRCC", "LCC", "KTAU", "MSE"]
decimals = 2
part = "public"
"""
PAIRS = 40


def write_challenge(folder):
    """Write the challenge, its labels and predictions, and return the challenge file."""
    draw = random.Random(5)  # noqa: S311 -- not for secrets
    ids = [f"pair{place:03}" for place in range(PAIRS)]
    labels = [draw.randint(0, 40) / 4 for _ in ids]
    (folder / "test.txt").write_text("\n".join(ids) + "\n")
    write_table(folder / "labels.csv", "average_score", ids, labels)
    for number, noise in enumerate((0.5, 1.5, 4, 8)):
        values = [min(max(label + draw.gauss(0, noise), 0), 10) for label in labels]
        write_table(folder / f"Kumo_{number:02}.csv", "prediction_score", ids, values)
    write_table(folder / "Bad_01.csv", "prediction_score", ids[:-1], labels[:-1])
    path = folder / "kumo.toml"
    path.write_text(TEXT)
    return path


def write_table(path, column, ids, values):
    """Write a table of ids and numbers."""
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["id", column])
        rows.writerows(zip(ids, map(repr, values), strict=True))


def quick_program(challenge, *, targets=None):
    """Return a program with the functions of the single file, which uses the toolkit itself."""
    data = json.dumps(scorer_data(challenge, targets))
    places = [str(REPOSITORY), *(path for path in sys.path if path)]
    return f"""import json, sys
sys.path += {places!r}
from xacle_eval.hosting.scoring import entry
DATA = json.loads({data!r})
def check_upload(*given): return entry.check_upload(DATA, *given)
def score_upload(*given): return entry.score_upload(DATA, *given)
def evaluate(*given): return entry.evaluate(DATA, *given)
"""


def write_project(folder, monkeypatch=None):
    """Write a challenge and the folders for Hugging Face; with a patch, with a quick scorer."""
    import xacle_eval.hosting.huggingface.files as made
    from xacle_eval.hosting import exporting

    for module in (exporting, made) if monkeypatch is not None else ():
        monkeypatch.setattr(module, "single_file", quick_program)
    exporting.export("huggingface", folder / "out", challenge=write_challenge(folder))
    return folder / "out"

"""Challenges of the scorer's tests, their labels and submissions, and the scorer's data."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.challenge.phases import phases_of
from xacle_eval.challenge.publishing import PhasePublishing
from xacle_eval.hosting.scoring.data import scorer_data
from xacle_eval.hosting.scoring.labels import labels_text
from xacle_eval.metrics import METRICS
from xacle_eval.references.targets import load_all

# Two targets with scales and metrics of their own, two kinds of groups, parts and phases.
EVERYTHING = """
name = "everything"
title = "A challenge with everything"
default_split = "test"
metrics = ["SRCC", "LCC", "KTAU", "MSE", "RMSE", "MAE", "CCC", "ACC_EQ", "ACC_EQ_TIES"]

[ids]
column = "id"

[ratings]
listener = { column = "listener" }

[scores]
minimum = 1
maximum = 5

[splits.test]
list = "test.txt"
references = "labels.csv"
pairs = "pairs.csv"

[splits.test.parts.public]
fraction = 0.4
seed = 1

[splits.test.parts.private]
rest = true

[splits.dev]
list = "dev.txt"

[[groups]]
name = "system"
pattern = '^(sys[0-9]+)-'

[[groups]]
name = "domain"
column = "domain"

[targets.quality]
[targets.effort]
optional = true
scores = { minimum = 0, maximum = 100 }
metrics = ["SRCC", "MSE"]

[ranking]
order = ["SRCC", "MSE"]
decimals = 4
level = "system"
overall = "mean"
undefined = UNDEFINED

[phases.open]
split = "test"

[phases.final]
split = "test"

[phases.ladder]
split = "test"

[publish.phase.open]
part = "public"

[publish.phase.final]
decimals = 4

[publish.phase.ladder]
ladder = 0.05
"""
SYSTEMS, EACH = 12, 5


def pair_ids():
    """Return the ids of the test split."""
    return [f"sys{s:02}-utt{u}" for s in range(SYSTEMS) for u in range(EACH)]


def write_everything(folder, *, undefined="0.0", changes=()):
    """Write the challenge with everything into a folder and return its file."""
    text = EVERYTHING.replace("UNDEFINED", undefined)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    ids = pair_ids()
    rng = np.random.default_rng(7)
    (folder / "test.txt").write_text("\n".join(ids) + "\n")
    (folder / "dev.txt").write_text("dev-1\ndev-2\n")
    domains = ["music", "speech", "noise", "rain", "wind", "birds"]
    rows = [f"{pair},{domains[place % 6]}" for place, pair in enumerate(ids)]
    (folder / "pairs.csv").write_text("\n".join(["id,domain", *rows]) + "\n")
    level = np.repeat(rng.normal(3, 0.8, SYSTEMS), EACH)
    quality = np.clip(np.round((level + rng.normal(0, 0.8, len(ids))) * 4) / 4, 1, 5)
    effort = np.clip(np.round(quality * 20 + rng.normal(0, 12, len(ids))), 0, 100)
    rows = [
        f"{p},{q!r},{e!r}" for p, q, e in zip(ids, quality.tolist(), effort.tolist(), strict=True)
    ]
    (folder / "labels.csv").write_text("\n".join(["id,quality,effort", *rows]) + "\n")
    path = folder / "challenge.toml"
    path.write_text(text)
    return path


def write_predictions(path, rows):
    """Write predictions of the challenge with everything: a dict of columns."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["id", *rows])
        for place, pair in enumerate(pair_ids()):
            writer.writerow([pair, *(repr(float(values[place])) for values in rows.values())])
    return path


def predictions(seed, noise=1.0, grid=None):
    """Return predictions of both targets that have something to do with the labels."""
    rng = np.random.default_rng(seed)
    base = np.repeat(np.random.default_rng(7).normal(3, 0.8, SYSTEMS), EACH)
    quality = base + rng.normal(0, noise, base.size)
    effort = base * 20 + rng.normal(0, 20 * noise, base.size)
    if grid:
        quality, effort = np.round(quality / grid) * grid, np.round(effort / grid) * grid
    # Not far outside the scale: a few such values would be refused as a probe.
    quality, effort = np.clip(quality, -1, 7), np.clip(effort, -50, 150)
    return {"quality": quality.tolist(), "effort": effort.tolist()}


def showing_all(challenge):
    """Return a challenge whose phases show all metrics, where they name none and have no ladder.

    A phase that names its decimals shows two of MSE.
    """
    names = {name for one in challenge.each_target().values() for name in one.metrics}
    policies = {}
    for phase in phases_of(challenge):
        policy = challenge.publish.phase.get(phase, PhasePublishing())
        if policy.metrics is None and policy.ladder is None:
            ordered = sorted(names, key=list(METRICS).index)
            places = {} if policy.decimals is None else {"MSE": 2}
            policy = policy.model_copy(
                update={"metrics": tuple(ordered), "decimals_by_metric": places}
            )
        policies[phase] = policy
    publish = challenge.publish.model_copy(update={"phase": policies})
    return challenge.model_copy(update={"publish": publish})


@cache
def loaded(file):
    """Return a challenge and its scorer's data, which passed through JSON; all metrics show."""
    challenge = showing_all(xe.load_challenge(file))
    return challenge, json.loads(json.dumps(scorer_data(challenge)))


def write_labels(challenge, phase, path):
    """Write the labels of a phase, as an exporter does, and return the file."""
    data = loaded(Path(challenge.folder) / "challenge.toml")[1]["phases"][phase]
    whole = challenge.with_split(data["split"])
    truths = load_all(None, whole, ())
    places = data["positions"] or range(len(whole.manifest))
    columns = {
        name: [float(truths[name].values[place]) for place in places] for name in data["undefined"]
    }
    path.write_text(labels_text([whole.manifest.ids[place] for place in places], columns))
    return path


EXAMPLES = {
    name: DATA / "challenges" / name
    for name in ("audiomos2025_track1", "voicemos", "voicemos2024_track3", "wmt")
}
EXAMPLES["example"] = DATA / "example"

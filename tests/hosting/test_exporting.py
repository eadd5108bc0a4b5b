"""Bundles with their real scorers: the files that are written, and the scores of a submission."""

import importlib
import json
import math
import subprocess
import sys

import pytest
import yaml

import xacle_eval as xe
from tests.hosting.challenges import (
    KINDS,
    PHASES,
    POLICIES,
    bundle_files,
    copy_challenge,
    export,
    unzip,
)


@pytest.mark.long
def test_files_zip_and_scores_of_both_platforms(tmp_path, monkeypatch):
    """The folder and the ZIP have the same files, and both scorers give the toolkit's numbers."""
    file = copy_challenge("wmt", tmp_path / "challenge", PHASES + POLICIES)
    for platform, folder in (("codabench", "reference_data/"), ("evalai", "annotations/")):
        out = tmp_path / platform
        done = export(platform, file, out)
        files = unzip(out / done.upload)
        bundle = out / "bundle"
        written = [path for path in bundle.rglob("*") if path.is_file()]
        assert {p.relative_to(bundle).as_posix(): p.read_bytes() for p in written} == files
        assert files.keys() == bundle_files(platform, file).keys()
        assert {each.name: each.bytes for each in done.files} == {
            name: len(data) for name, data in files.items()
        }
        labelled = {each.name for each in done.files if each.labels}
        assert labelled == {name for name in files if name.startswith(folder)}
        assert (done.platform, done.demo) == (platform, False)
        for place in range(2):
            assert scores_of(platform, file, done, out, place, monkeypatch)
        assert [note.name for note in done.notes].count("challenge-file") == 1
        # The folder of the export stands for the bundle in it, and a phase has its name there.
        assert xe.check_bundle(out).valid
        sent = min((file.parent / "submissions").rglob("*.tsv"))
        (run,) = xe.try_bundle(out, sent, phase="dev").runs
        assert run.phase == "Dev phase"


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_every_challenge_can_be_exported(kind, tmp_path, monkeypatch):
    """Targets, groups, files without a header and other separators work on both platforms."""
    file = copy_challenge(kind, tmp_path / "challenge")
    for platform in ("codabench", "evalai"):
        out = tmp_path / platform
        done = export(platform, file, out)
        assert scores_of(platform, file, done, out, 0, monkeypatch)


def scores_of(platform, file, done, out, place, monkeypatch):
    """Score a submission as the platform does, compare with the toolkit, and return the scores."""
    phase = done.phases[place]
    loaded = xe.load_challenge(file, phase.split, part=phase.part)
    sent = min((file.parent / "submissions").rglob(f"*{loaded.submissions.endings[0]}"))
    run = {"codabench": _codabench, "evalai": _evalai}[platform]
    scores = run(out / "bundle", sent, place, monkeypatch)
    assert list(scores) == [each.key for each in phase.scores]
    references = file.parent / "ratings.csv" if loaded.references_file is None else None
    found = xe.score(sent, references, challenge=loaded)
    cards = {"": found} if isinstance(found, xe.ScoreCard) else found.targets
    assert scores == _expected(cards, phase.scores, loaded.ranking.level)
    return scores


def _codabench(bundle, sent, place, _):
    """Run the command of a task in the folders of Codabench's worker."""
    config = yaml.safe_load((bundle / "competition.yaml").read_text(encoding="utf-8"))
    task = config["tasks"][config["phases"][place]["tasks"][0]]
    work, program = bundle.parent / f"worker{place}", bundle / task["scoring_program"]
    res, out = work / "input" / "res", work / "output"
    for folder in (res, out):
        folder.mkdir(parents=True)
    (work / "input" / "ref").symlink_to(bundle / task["reference_data"])
    (res / sent.name).write_bytes(sent.read_bytes())
    (res / "metadata").write_text("exitCode: 0\nelapsedTime: 0.1\n")
    metadata = yaml.safe_load((program / "metadata.yaml").read_text(encoding="utf-8"))
    places = {
        "python3": sys.executable,
        "/app/program/score.py": program / "score.py",
        "/app/input": work / "input",
        "/app/output": out,
    }
    words = [str(places.get(word, word)) for word in metadata["command"].split()]
    assert not any(word.startswith("/app") for word in words)
    ran = subprocess.run(words, cwd=program, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [path.name for path in out.iterdir()] == ["scores.json"]
    return json.loads((out / "scores.json").read_text())


def _evalai(bundle, sent, place, monkeypatch):
    """Import the script as EvalAI's worker does, and call it with the file of a phase."""
    config = yaml.safe_load((bundle / "challenge_config.yaml").read_text(encoding="utf-8"))
    phase = config["challenge_phases"][place]
    name = f"challenge_{abs(hash(str(bundle)))}"
    folder = bundle.parent / "worker" / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in unzip(bundle / config["evaluation_script"]).items():
        (folder / file).write_bytes(data)
    monkeypatch.syspath_prepend(str(folder.parent))
    script = importlib.import_module(name)
    answer = script.evaluate(
        str(bundle / phase["test_annotation_file"]),
        str(sent),
        phase["codename"],
        submission_metadata={"id": 1},
    )
    (mapping,) = (
        each
        for each in config["challenge_phase_splits"]
        if each["challenge_phase_id"] == phase["id"]
    )
    by_id = {key: {each["id"]: each for each in config[key]}
             for key in ("leaderboard", "dataset_splits")}  # fmt: skip
    split = by_id["dataset_splits"][mapping["dataset_split_id"]]["codename"]
    labels = by_id["leaderboard"][mapping["leaderboard_id"]]["schema"]["labels"]
    ((shown, scores),) = answer["result"][0].items()
    assert (shown, list(scores)) == (split, labels)
    assert set(answer["error"][0][split]) == {f"error_{label}" for label in labels}
    return scores


def _expected(cards, scores, level):
    """Return the scores of a phase, from the toolkit's own at full precision."""
    expected = {}
    for each in scores:
        if each.level != "overall":
            card = cards[each.target]
            found = card if each.level == "pair" else card.levels[each.level]
            expected[each.key] = _rounded(found.metrics[each.metric], each)
    for each in scores:
        if each.level == "overall":
            parts = [
                expected[one.key]
                for one in scores
                if one.target and one.level == level and one.metric == each.metric
            ]
            expected[each.key] = _rounded(sum(parts) / len(parts), each)
    return expected


def _rounded(value, score):
    """Return a value as it is shown; an error has at most four significant digits."""
    places = score.decimals
    if score.metric in ("MSE", "RMSE") and value:
        places = min(places, 3 - math.floor(math.log10(value)))
    return round(value, places) + 0.0

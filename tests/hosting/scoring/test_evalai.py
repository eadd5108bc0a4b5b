"""EvalAI's worker calls the scorer: the shape of its answer, error bars, and refusals."""

import io
import json
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest

import xacle_eval as xe
from tests.hosting.scoring.challenges import (
    EXAMPLES,
    loaded,
    predictions,
    write_everything,
    write_labels,
    write_predictions,
)
from xacle_eval.hosting.scoring import entry, texts
from xacle_eval.hosting.scoring.bootstrap import released_errors, standard_errors
from xacle_eval.hosting.scoring.labels import read_labels
from xacle_eval.hosting.scoring.phases import ScoredPhase
from xacle_eval.statistics import bootstrap_metrics


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The challenge with everything, the labels of its open phase, and a submission."""
    folder = tmp_path_factory.mktemp("everything")
    challenge, data = loaded(write_everything(folder))
    # Fewer resamples, for the time of the tests alone.
    data = {**data, "phases": {n: {**p, "resamples": 200} for n, p in data["phases"].items()}}
    labels = write_labels(challenge, "open", folder / "open.csv")
    submission = write_predictions(folder / "Kumo_01.csv", predictions(1))
    return data, str(labels), str(submission)


def test_the_answer(everything):
    """Every score has its error bar, all are finite numbers, and the split is that of the phase."""
    data, labels, submission = everything
    answer = entry.evaluate(data, labels, submission, "open", submission_metadata={"id": 1})
    json.dumps(answer, allow_nan=False)
    ((split, scores),) = answer["result"][0].items()
    errors = answer["error"][0][split]
    assert split == "test_public"
    assert set(errors) == {f"error_{key}" for key in scores}
    assert list(scores) == [each["key"] for each in data["phases"]["open"]["keys"]]
    assert all(type(value) is float for value in (*scores.values(), *errors.values()))
    assert all(math.isfinite(value) and value >= 0.0 for value in errors.values())
    assert answer["submission_result"] == scores
    assert answer["submission_metadata"]["message"].startswith("The submission is valid")
    assert scores == entry.score_upload(data, submission, labels, "open")["scores"]
    assert answer == entry.evaluate(data, labels, submission, "open")


def test_other_files(everything, tmp_path):
    """A ZIP is known by its first bytes, whatever its name is; two systems are refused."""
    data, labels, submission = everything
    expected = entry.evaluate(data, labels, submission, "open")["result"]
    for name, members in (
        ("5f1c.zip", ["a.csv"]),
        ("upload", ["a.csv"]),
        ("x.csv", ["a.csv", "b.csv"]),
    ):
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            for member in members:
                archive.write(submission, member)
        (tmp_path / name).write_bytes(memory.getvalue())
        if len(members) == 1:
            found = entry.evaluate(data, labels, str(tmp_path / name), "open")["result"]
            assert found == expected
        else:
            with pytest.raises(entry.ScoringError, match=r"x\.csv has 2 systems"):
                entry.evaluate(data, labels, str(tmp_path / name), "open")


def test_refusals(everything, tmp_path):
    """An invalid or missing file, an unknown phase: an error whose text is for the participant."""
    data, labels, submission = everything
    (tmp_path / "Kumo_01.csv").write_text("id,quality\nsys00-utt0,nan\n")
    for path, phase, text in (
        (tmp_path / "Kumo_01.csv", "open", "Kumo_01.csv:2:12: error XAC032"),
        (tmp_path / "missing.csv", "open", "error XAC001"),
        (submission, "other", "no phase 'other'; the phases are open, final, ladder"),
    ):
        with pytest.raises(entry.ScoringError) as caught:
            entry.evaluate(data, labels, str(path), phase)
        assert text in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
        assert caught.value.__context__ is None
    with pytest.raises(entry.ScoringError, match=texts.NO_LABELS[:40]):
        entry.evaluate(data, str(tmp_path / "none"), submission, "open")


def assert_same_deviation(found, number, values):
    """Assert that a deviation of `number` values differs from that of others by chance alone."""
    expected = np.std(values, ddof=1)
    kurtosis = np.mean((values - np.mean(values)) ** 4) / expected**4
    error = np.sqrt((kurtosis - 1) / 4 * (1 / number + 1 / values.size))
    assert error < 0.1
    assert found == pytest.approx(expected, rel=4 * error)


def test_error_bars(everything, tmp_path):
    """Standard errors are those of the toolkit's bootstrap of pairs and of groups."""
    data, labels, _ = everything
    challenge = xe.load_challenge(Path(labels).parent)
    phase = ScoredPhase.of({**data["phases"]["final"], "resamples": 500})
    labels = write_labels(challenge, "final", tmp_path / "labels.csv")
    truth = read_labels(labels.read_bytes(), challenge.manifest.ids, phase.targets)
    rows = predictions(5, noise=2.0)
    found = standard_errors(phase, rows, truth)
    for level in ("pair", "system"):
        codes = np.array(phase.groups.get(level, range(60)))
        x, y = (
            np.bincount(codes, weights=np.array(each["quality"])) / np.bincount(codes)
            for each in (rows, truth)
        )
        keys = [e for e in phase.keys_of("quality", level) if e.metric != "ACC_EQ_TIES"]
        metrics = [each.metric for each in keys]
        sample = bootstrap_metrics(x[None, :], y, resamples=4_000, seed=1, metrics=metrics)
        for each, values in zip(keys, sample.values[0].T, strict=True):
            assert_same_deviation(found[each.key], phase.resamples, values[np.isfinite(values)])
    shown = released_errors(phase, found)
    assert all(value == round(value, 4) == float(f"{value:.0e}") for value in shown.values())


def test_the_error_of_tie_calibration():
    """That of ACC_EQ_TIES, whose width is held, is close to the one with a search in each draw."""
    rng = np.random.default_rng(2)
    y = np.round(rng.normal(5, 2, 120) * 2) / 2
    x = y + rng.normal(0, 1.5, 120)
    data = loaded(EXAMPLES["example"] / "challenge.toml")[1]["phases"]["test"]
    key = {**data["keys"][0], "key": "ACC_EQ_TIES", "metric": "ACC_EQ_TIES"}
    phase = ScoredPhase.of({**data, "keys": [key], "positions": None, "resamples": 400})
    found = standard_errors(phase, {"": x.tolist()}, {"": y.tolist()})["ACC_EQ_TIES"]
    sample = bootstrap_metrics(x[None, :], y, resamples=400, seed=1, metrics=["ACC_EQ_TIES"])
    assert found == pytest.approx(float(np.std(sample.values[0, :, 0], ddof=1)), rel=0.25)


def test_the_command(everything, capsys):
    """The command prints rounded scores; with an option, all digits; and why a file fails."""
    data, labels, submission = everything
    assert entry.score_command(data, [submission, labels, "--phase", "open"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == entry.score_upload(data, submission, labels, "open")["scores"]
    assert entry.score_command(data, ["--exact", submission, labels, "--phase", "open"]) == 0
    exact = json.loads(capsys.readouterr().out)
    assert exact != shown
    assert exact == pytest.approx(shown, abs=0.51)
    card = xe.score(submission, challenge=Path(labels).parent / "challenge.toml", part="public")
    assert exact["quality_KTAU"] == card.targets["quality"].metrics["KTAU"]
    assert entry.score_command(data, [labels, labels, "--phase", "open"]) == 1
    assert "error XAC" in capsys.readouterr().err
    assert entry.score_command(data, [submission]) == 2
    assert capsys.readouterr().err.startswith("Usage: score SUBMISSION LABELS")

"""Claimed results are checked against computed ones if predictions and references are available."""

import json
from pathlib import Path

import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import REPOSITORY, codes
from tests.submissions.descriptions import description, zipped

SAMPLE = (REPOSITORY / "sample_submissions" / "Minimal_Reference_01.csv").read_bytes()
IDS = [f"{number:05d}.wav" for number in range(7500, 10500)]


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """References and predictions of the validation split, and the scores of these predictions."""
    rng = np.random.default_rng(1)
    means = np.round(rng.uniform(0, 40, 3000)) / 4
    values = np.clip(means + rng.normal(0, 2, 3000), 0, 10)
    file = tmp_path_factory.mktemp("truth") / "validation_average.csv"
    rows = zip(IDS, means, strict=True)
    file.write_text(
        "wav_file_name,average_score\n" + "".join(f"{pair},{mean}\n" for pair, mean in rows)
    )
    card = xe.score(dict(zip(IDS, values, strict=True)), file, split="validation")
    return (
        file,
        "".join(f"{pair},{value!r}\n" for pair, value in zip(IDS, values.tolist(), strict=True)),
        card.metrics,
    )


def package(tmp_path, predictions, **claims):
    """Write a package with one system that claims results on the validation split."""
    written = ", ".join(f"{name}: {value:.3f}" for name, value in claims.items())
    text = description("Kumo_01") + f"\nresults:\n  validation: {{ {written} }}\n"
    files = {"Kumo_01.csv": SAMPLE, "Kumo_01.yaml": text, "Kumo_01.validation.csv": predictions}
    path = tmp_path / "Kumo.zip"
    path.write_bytes(zipped(files))
    return path


def test_a_correct_and_a_wrong_claim(tmp_path, truth):
    """A correct claim has no finding; a wrong one is a warning with both numbers."""
    file, predictions, metrics = truth
    of = {"validation": file}
    right = package(tmp_path, predictions, **metrics)
    assert "XAC116" not in codes(xe.score(right, references_of=of).findings)
    wrong = package(tmp_path, predictions, **{**metrics, "SRCC": metrics["SRCC"] + 0.05})
    finding = next(f for f in xe.score(wrong, references_of=of).findings if f.code == "XAC116")
    assert f"SRCC {metrics['SRCC'] + 0.05:.3f}, computed {metrics['SRCC']:.3f}" in finding.message
    assert "XAC116" in codes(xe.leaderboard(wrong, references_of=of).entries[0].findings)
    for severity, shown in (("note", ["info"]), ("ignore", [])):
        challenge = tmp_path / "challenge.toml"
        challenge.write_text(f'extends = "xacle2026"\nrules.XAC116 = "{severity}"\n')
        found = xe.score(wrong, references_of=of, challenge=challenge).findings
        assert [one.severity for one in found if one.code == "XAC116"] == shown
    done = xacle_eval("score", wrong, "--references-of", f"validation={file}", "--format", "json")
    assert done.code == 0
    assert "XAC116" in [finding["code"] for finding in json.loads(done.out)["findings"]]
    assert "warning XAC116" in done.err


def test_claims_without_references_are_not_checked(tmp_path, truth):
    """Without references of its split a claim has no finding; validate never checks claims."""
    wrong = package(tmp_path, truth[1], SRCC=0.999)
    assert "XAC116" not in codes(xe.score(wrong).findings)
    assert "XAC116" not in xacle_eval("validate", wrong, "--format", "json").out


def test_references_in_the_challenge_file(tmp_path, truth):
    """Claims are checked against references of another split that the challenge file names."""
    import shutil

    file, predictions, _ = truth
    shutil.copytree(
        Path(xe.__file__).parent / "challenge" / "bundled" / "xacle2026", tmp_path / "x"
    )
    shutil.copy(file, tmp_path / "x" / "validation.csv")
    toml = tmp_path / "x" / "challenge.toml"
    named = '[splits.validation]\nreferences = "validation.csv"'
    toml.write_text(toml.read_text().replace("[splits.validation]", named))
    wrong = package(tmp_path, predictions, SRCC=0.999)
    assert "XAC116" in codes(xe.score(wrong, challenge=tmp_path / "x").findings)


def test_a_claim_about_the_split_that_is_scored(tmp_path, truth):
    """A claim about the split that is scored is checked against the score itself."""
    file, predictions, _ = truth
    wrong = package(tmp_path, predictions, SRCC=0.999)
    assert "XAC116" in codes(xe.score(wrong, file, split="validation").findings)


@pytest.mark.parametrize("given", ["validation", "=x", "nosplit=x.csv", "test=x.csv"])
def test_invalid_references_of_are_usage_errors(tmp_path, truth, given):
    """A value other than SPLIT=FILE, an unknown split and the scored split are usage errors."""
    done = xacle_eval("score", package(tmp_path, truth[1], SRCC=0.9), "--references-of", given)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_probe_shows_no_computed_results(tmp_path, truth):
    """The claims of predictions like a probe are not compared: each would reveal a label."""
    probe = "".join(f"{pair},{9.0 if pair == IDS[0] else 5.0}\n" for pair in IDS)
    path = package(tmp_path, probe, MSE=0.0)
    assert "XAC116" not in codes(xe.score(path, references_of={"validation": truth[0]}).findings)


def test_unranked_systems_show_no_computed_results(tmp_path, truth):
    """If two uploads claim one label, their scores are not shown as differing claims either."""
    file, predictions, metrics = truth
    for name, mse in (("a", 0.0), ("b", 1.0)):
        (tmp_path / name).mkdir()
        package(tmp_path / name, predictions, MSE=mse)
    board = xe.leaderboard(
        tmp_path / "a" / "Kumo.zip", tmp_path / "b" / "Kumo.zip", references_of={"validation": file}
    )
    assert [codes(one.findings)[0] for one in board.unranked] == ["XAC062", "XAC062"]
    shown = board.model_dump_json()
    assert "XAC116" not in shown
    assert f"{metrics['MSE']:.2f}" not in shown

"""Scoring for an evaluator that keeps the history: the check without labels, and the ladder."""

import pytest

from tests.hosting.scoring.challenges import (
    loaded,
    predictions,
    write_everything,
    write_labels,
    write_predictions,
)
from xacle_eval.hosting.scoring import entry, texts
from xacle_eval.hosting.scoring.phases import ScoredPhase
from xacle_eval.hosting.scoring.scoring import exact_scores, scored_part


@pytest.fixture(scope="module")
def ladder(tmp_path_factory):
    """A phase with a ladder of step 0.05: the data of its scorer, and its labels."""
    folder = tmp_path_factory.mktemp("ladder")
    challenge, data = loaded(write_everything(folder))
    return data, write_labels(challenge, "ladder", folder / "labels.csv")


def test_a_check_needs_no_labels(ladder, tmp_path):
    """A check says the same as scoring does, and so for a file that is invalid."""
    data, labels = ladder
    for name, rows in (("Good", predictions(1)), ("Bad", {"quality": ["x"] * 60})):
        path = tmp_path / f"{name}_01.csv"
        lines = [f"sys{s:02}-utt{u}" for s in range(12) for u in range(5)]
        columns = list(rows.values())
        table = [",".join([pair, *(str(c[i]) for c in columns)]) for i, pair in enumerate(lines)]
        path.write_text("\n".join([",".join(["id", *rows]), *table]) + "\n")
        checked = entry.check_upload(data, str(path), "ladder")
        scored = entry.score_upload(data, str(path), str(labels), "ladder")
        assert checked == {**scored, "scores": {}}
        assert checked["valid"] is (name == "Good")
        assert not checked["failed"]


def test_labels_that_are_missing(ladder, tmp_path):
    """Without labels, a valid submission is not scored, which is not its fault."""
    path = write_predictions(tmp_path / "Kumo_01.csv", predictions(1))
    done = entry.score_upload(ladder[0], str(path), str(tmp_path / "none.csv"), "ladder")
    assert (done["valid"], done["failed"], done["scores"]) == (False, True, {})
    assert done["message"] == texts.NO_LABELS


def test_the_ladder(ladder, tmp_path):
    """A score is shown, to the step, where it beats the team's best by more than the step; the
    mean is that of the shown scores.
    """
    data, labels = ladder
    phase = ScoredPhase.of(data["phases"]["ladder"])
    key = "quality_SRCC_system"
    shown, seen = {}, []
    for seed in range(30):
        rows = _on_the_scale(predictions(seed, noise=2.0 if seed % 3 else 0.6), phase)
        path = write_predictions(tmp_path / "Kumo_01.csv", rows)
        before = shown.get(key)
        done = entry.score_upload(data, str(path), str(labels), "ladder", shown or None)
        shown = done["scores"]
        exact = _exact(phase, data, rows, labels)[key]
        if before is None or exact > before + 0.05:
            assert shown[key] == pytest.approx(round(exact / 0.05) * 0.05, abs=1e-9)
        else:
            assert shown[key] == before
        both = (shown[key] + shown["effort_SRCC_system"]) / 2
        assert abs(shown["overall_SRCC"] - both) <= 0.0251
        seen.append(shown[key])
    assert seen == sorted(seen)
    assert 2 <= len(set(seen)) <= 8


def _on_the_scale(rows, phase):
    """Return predictions on the scale: a file with a few of them far outside is not scored."""
    scales = {target: phase.scales[target] for target in rows}
    return {
        target: [min(max(value, scales[target][0]), scales[target][1]) for value in values]
        for target, values in rows.items()
    }


def _exact(phase, data, rows, labels):
    lines = labels.read_text().splitlines()[1:]
    truths = list(zip(*(map(float, line.split(",")[1:]) for line in lines), strict=True))
    found = {name: scored_part(phase, rows[name]) for name in phase.targets}
    return exact_scores(phase, found, dict(zip(phase.targets, truths, strict=True)))

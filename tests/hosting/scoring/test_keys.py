"""The keys of the scores: their order, direction and limits."""

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.hosting.scoring.challenges import EXAMPLES, showing_all, write_everything
from xacle_eval.errors import ChallengeError
from xacle_eval.hosting.scoring.data import MOST_RESAMPLES, score_keys, scored_phase
from xacle_eval.hosting.scoring.phases import ScoredPhase


def keys_of(challenge, phase):
    """Return the keys in their order."""
    return [each.key for each in score_keys(challenge, phase)]


def test_one_target():
    """Without targets, the names of the metrics in ranking order; other levels come later."""
    assert keys_of(xe.load_challenge("xacle2026"), "test") == ["SRCC"]
    shown = showing_all(xe.load_challenge("xacle2026"))
    assert keys_of(shown, "test") == ["SRCC", "LCC", "KTAU", "MSE"]
    voicemos = showing_all(xe.load_challenge(EXAMPLES["voicemos"] / "challenge.toml"))
    assert keys_of(voicemos, "test") == [
        *(f"{name}_system" for name in ("SRCC", "MSE", "LCC", "KTAU")),
        *("SRCC", "MSE", "LCC", "KTAU"),
    ]
    directions = {each.metric: each.higher_is_better for each in score_keys(voicemos, "test")}
    assert directions == {"SRCC": True, "LCC": True, "KTAU": True, "MSE": False}


def test_several_targets(tmp_path):
    """The mean comes first, then target by target; a ladder shows the first metric alone."""
    challenge = showing_all(xe.load_challenge(write_everything(tmp_path)))
    names = keys_of(challenge, "final")
    assert names[:3] == ["overall_SRCC", "quality_SRCC_system", "quality_MSE_system"]
    assert names[-6:] == [
        f"effort_{metric}{level}"
        for level in ("_system", "", "_domain")
        for metric in ("SRCC", "MSE")
    ]
    assert keys_of(challenge, "ladder") == [
        "overall_SRCC",
        "quality_SRCC_system",
        "effort_SRCC_system",
    ]
    assert [each.step for each in score_keys(challenge, "ladder")] == [0.05] * 3


def test_a_mean_of_ranks():
    """A mean of ranks depends on other submissions, so it is no score."""
    challenge = xe.load_challenge(EXAMPLES["audiomos2025_track1"] / "challenge.toml")
    assert keys_of(challenge, "test")[0] == "MI_SRCC_system"


def test_it_passes_through_data(tmp_path):
    """A phase of JSON values is the same phase; the numbers of groups are in it, no label is."""
    challenge = xe.load_challenge(write_everything(tmp_path))
    phase = scored_phase(challenge, "open")
    assert ScoredPhase.of(phase.data()) == phase
    assert phase.dataset_split == "test_public"
    assert len(phase.positions) == len(phase.groups["system"]) == 24
    assert scored_phase(challenge, "final").positions is None
    assert 200 <= phase.resamples <= MOST_RESAMPLES


def test_names_that_do_not_fit(tmp_path):
    """Too long a key, or two that are the same, are errors of the challenge."""
    long = ("[targets.quality]", f"[targets.quality]\n[targets.{'x' * 30}]")
    challenge = xe.load_challenge(write_everything(tmp_path, changes=[long]))
    with pytest.raises(ChallengeError, match=r"has 4. characters; Codabench accepts 36"):
        score_keys(challenge, "final")
    same = ("[targets.quality]", "[targets.quality]\n[targets.error_effort]")
    challenge = xe.load_challenge(write_everything(tmp_path, changes=[same]))
    with pytest.raises(ChallengeError, match="two scores would be called 'error_effort_srcc"):
        score_keys(challenge, "final")


def test_metrics_that_no_scorer_has(tmp_path):
    """Own metrics, an unknown phase, and too few pairs are errors of the challenge."""
    with pytest.raises(ChallengeError, match="no phase 'other'; expected test"):
        score_keys(xe.load_challenge("xacle2026"), "other")
    example = xe.load_challenge(DATA / "example")
    own = showing_all(example)
    names = ("SRCC", "within")
    policy = own.publish.phase[own.split].model_copy(update={"metrics": names})
    publish = own.publish.model_copy(update={"phase": {own.split: policy}})
    own = own.model_copy(update={"metrics": (*own.metrics, "within"), "publish": publish})
    with pytest.raises(ChallengeError, match="within: a metric of your own code"):
        score_keys(own, own.split)
    few = ("fraction = 0.4\n", "fraction = 0.02\n")
    challenge = xe.load_challenge(write_everything(tmp_path, changes=[few]))
    with pytest.raises(ChallengeError, match="needs 2 groups and has 1, so it is undefined"):
        scored_phase(challenge, "open")

"""The scores of a phase are those of the toolkit: parts, targets, group levels and the mean."""

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
from xacle_eval.errors import ChallengeError
from xacle_eval.hosting.scoring import entry
from xacle_eval.hosting.scoring.data import scored_phase, scorer_data
from xacle_eval.hosting.scoring.scoring import exact_scores, refusal, undefined_for_all
from xacle_eval.results.score import ScoreCard
from xacle_eval.submissions.probes import probe_finding


def expected_scores(file, submission, part=None, split=None):
    """Return the toolkit's scores by target and level, with the names of the scorer's keys."""
    card = xe.score(submission, challenge=file, part=part, split=split)
    cards = {"": card} if isinstance(card, ScoreCard) else card.targets
    return {
        f"{target}_{metric}".strip("_") + ("" if level == "pair" else f"_{level}"): value
        for target, one in cards.items()
        for level, scores in {"pair": one, **one.levels}.items()
        for metric, value in scores.metrics.items()
    }


def exact(data, submission, labels, phase):
    """Return all digits of the scorer."""
    return entry._run(
        data,
        phase,
        str(labels),
        lambda challenge: entry.read_file(str(submission), challenge),
        exact_scores,
    ).scores


def assert_equal(found, expected, worst=()):
    """Assert that all scores but the mean are the toolkit's to 1e-12."""
    found = {key: value for key, value in found.items() if not key.startswith("overall_")}
    assert set(found) == set(expected) | set(worst)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-12, abs=1e-12), key


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_challenges(name, tmp_path):
    """Every valid submission of the example challenges has the toolkit's scores."""
    folder = EXAMPLES[name]
    file = folder / "challenge.toml"
    challenge, data = loaded(file)
    labels = write_labels(challenge, challenge.split, tmp_path / "labels.csv")
    valid = [
        report.path
        for report in xe.validate(folder / "submissions", challenge=file)
        if report.valid
    ]
    assert valid
    for path in valid:
        missing = entry.score_upload(data, path, str(labels))
        if "XAC067" in missing["message"]:  # a leaderboard does not rank it either
            assert (name, Path(path).name) == ("voicemos2024_track3", "Umi.csv")
            continue
        assert missing["valid"], missing
        expected = expected_scores(file, path)
        found = exact(data, path, labels, None)
        absent = [key for key in found if key not in expected and key.startswith("BAK")]
        assert_equal(found, expected, absent)


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The challenge with everything: its file, data, and labels by phase."""
    folder = tmp_path_factory.mktemp("everything")
    file = write_everything(folder)
    challenge, data = loaded(file)
    labels = {
        phase: write_labels(challenge, phase, folder / f"labels_{phase}.csv")
        for phase in data["phases"]
    }
    return file, data, labels


@pytest.mark.parametrize("seed", range(6))
def test_parts_targets_and_groups(everything, seed, tmp_path):
    """Two targets, both kinds of groups, the public part and the whole split, with ties."""
    file, data, labels = everything
    rows = predictions(seed, grid=0.5 if seed % 2 else None)
    path = write_predictions(tmp_path / "Kumo_01.csv", rows)
    for phase, part in (("open", "public"), ("final", None)):
        found = exact(data, path, labels[phase], phase)
        assert_equal(found, expected_scores(file, path, part))
        mean = (found["quality_SRCC_system"] + found["effort_SRCC_system"]) / 2
        assert found["overall_SRCC"] == mean


def test_the_mean_over_targets(everything, tmp_path):
    """The shown mean is that of the toolkit's overall board, where all its decimals are shown."""
    file, data, labels = everything
    for seed in range(5):
        write_predictions(tmp_path / f"T{seed}_01.csv", predictions(seed))
    board = xe.leaderboard(tmp_path, challenge=file).overall
    for row in board.entries:
        path = tmp_path / f"{row.system}.csv"
        shown = entry.score_upload(data, str(path), str(labels["final"]), "final")["scores"]
        assert shown["overall_SRCC"] == row.value


def test_shown_values(everything, tmp_path):
    """Shown values are rounded: one decimal by default, those of the phase, a ladder's step."""
    _, data, labels = everything
    path = str(write_predictions(tmp_path / "Kumo_01.csv", predictions(3)))
    for phase in labels:
        full = exact(data, path, labels[phase], phase)
        shown = entry.score_upload(data, path, str(labels[phase]), phase)["scores"]
        assert list(shown) == list(full)
        for key, value in shown.items():
            if key.startswith("overall"):
                continue
            places = {"open": 1, "ladder": 2}.get(phase, 2 if "_MSE" in key else 4)
            exact_value = round(full[key] / 0.05) * 0.05 if phase == "ladder" else full[key]
            digits = f"{exact_value:.4g}" if "MSE" in key or "MAE" in key else repr(exact_value)
            rounded = round(float(digits), places)
            assert value == pytest.approx(rounded, abs=1e-12), (phase, key)


def test_a_target_that_is_left_out(everything, tmp_path):
    """An optional target without predictions has the worst values, and so has the mean."""
    file, data, labels = everything
    rows = {"quality": predictions(1)["quality"]}
    path = write_predictions(tmp_path / "Kumo_01.csv", rows)
    found = exact(data, path, labels["final"], "final")
    worst = {key: value for key, value in found.items() if key.startswith("effort")}
    assert_equal(found, expected_scores(file, path), worst)
    assert worst["effort_SRCC_system"] == worst["effort_SRCC"] == found["overall_SRCC"] == -1.0
    # The challenge accepts predictions ten widths of the scale below it.
    assert worst["effort_MSE"] == 1100.0**2
    for answer in (
        entry.score_upload(data, str(path), str(labels["final"]), "final"),
        entry.check_upload(data, str(path), "final"),
    ):
        assert (answer["valid"], answer["absent"]) == (True, ["effort"])


@pytest.mark.parametrize("beyond", ["0.0", "10.0", "3e3"])
def test_no_prediction_is_worse_than_none(tmp_path, beyond):
    """The shown error of a target that is left out is at least that of each accepted submission."""
    change = ("maximum = 100 }", f"maximum = 100, max_widths_beyond = {beyond} }}")
    challenge, data = loaded(write_everything(tmp_path, changes=[change]))
    labels = str(write_labels(challenge, "final", tmp_path / "final.csv"))
    quality = predictions(1)["quality"]
    shown = []
    largest = min(float(beyond) * 100 + 100, 99_990)  # the error of larger ones is refused
    for rows in ({}, {"effort": [largest - place / 1e3 for place in range(len(quality))]}):
        path = write_predictions(tmp_path / "Kumo_01.csv", {"quality": quality, **rows})
        done = entry.score_upload(data, str(path), labels, "final")
        assert done["valid"], done
        shown.append(done["scores"])
    assert shown[0]["effort_MSE"] >= shown[1]["effort_MSE"]
    assert shown[0]["effort_MSE"] < 1e10


CONSTANT = [3.0] * 60
OF_SYSTEMS = [float(1 + (place % 5)) for place in range(60)]


@pytest.mark.parametrize("undefined", ["0.0", "-0.5"])
@pytest.mark.parametrize("quality", [CONSTANT, OF_SYSTEMS], ids=["constant", "of groups"])
def test_undefined_numbers(tmp_path, undefined, quality):
    """A correlation without variance is the challenge's number, at every level."""
    file = write_everything(tmp_path, undefined=undefined)
    challenge, data = loaded(file)
    labels = write_labels(challenge, "final", tmp_path / "final.csv")
    rows = {**predictions(2), "quality": quality}
    path = write_predictions(tmp_path / "Kumo_01.csv", rows)
    found = exact(data, path, labels, "final")
    assert_equal(found, expected_scores(file, path))
    assert found["quality_SRCC_system"] == float(undefined)


def test_unranked_systems(tmp_path):
    """Constant at the ranking's level: refused before the labels are looked for; else the worst."""
    file = write_everything(tmp_path, undefined='"unranked"')
    challenge, data = loaded(file)
    for quality in (CONSTANT, OF_SYSTEMS):
        rows = {**predictions(2), "quality": quality}
        path = write_predictions(tmp_path / "Kumo_01.csv", rows)
        done = entry.score_upload(data, str(path), str(tmp_path / "no labels"), "final")
        assert done == {
            "valid": False,
            "failed": False,
            "message": "The submission is not scored: the predictions of the target quality are "
            "constant at the level system, so SRCC is undefined (XAC064); this challenge does not "
            "rank such systems.",
            "scores": {},
            "absent": [],
        }
    # The average over each domain is the same, but not that over each system.
    domains = [float(1 + (place // 6) % 5) for place in range(60)]
    path = write_predictions(tmp_path / "Kumo_01.csv", {**predictions(2), "quality": domains})
    labels = write_labels(challenge, "final", tmp_path / "final.csv")
    found = exact(data, path, labels, "final")
    expected = expected_scores(file, path)
    undefined = [key for key, value in expected.items() if value is None]
    assert undefined == [f"quality_{name}_domain" for name in ("SRCC", "LCC", "KTAU", "CCC")]
    assert {found[key] for key in undefined} == {-1.0}
    expected = {key: value for key, value in expected.items() if value is not None}
    assert_equal(found, expected, undefined)


def test_huge_predictions(tmp_path):
    """Errors that Codabench's columns cannot hold are refused by the predictions alone, spikes as
    such.
    """
    change = ("maximum = 5\n", "maximum = 5\nmax_widths_beyond = 1e90\n")
    _, data = loaded(write_everything(tmp_path, changes=[change]))
    drawn = predictions(1)["quality"]
    for quality, says in (
        ([1e60 * value for value in drawn], "a platform cannot hold their MSE (XAC034)"),
        ([1e60, *drawn[1:]], "1 of 60 predictions of the target quality is below"),
    ):
        path = write_predictions(tmp_path / "Kumo_01.csv", {**predictions(1), "quality": quality})
        done = entry.score_upload(data, str(path), str(tmp_path / "no labels"), "final")
        assert not done["valid"]
        assert says in done["message"]


@pytest.mark.parametrize(("mse", "fits"), [(9.99e9, True), (9.9994e9, True), (9.9996e9, False)])
def test_predictions_near_the_largest_score(tmp_path, mse, fits):
    """An error is refused if it is the largest score only after rounding to four digits."""
    phase = scored_phase(loaded(write_everything(tmp_path))[0], "final")
    far = 1.0 + mse**0.5  # the labels are at least 1
    reason = refusal(phase, {"quality": [far, far - 1.0]})
    assert (reason is None) is fits


def test_the_ladder_of_a_team(everything, tmp_path):
    """A host that keeps what it shows of a team shows a new score only where it is much better."""
    _, data, labels = everything
    shown: dict[str, float] = {}
    for seed, noise in ((1, 3.0), (2, 0.3), (3, 3.0), (2, 0.3)):
        drawn = predictions(seed, noise)
        rows = {
            "quality": np.clip(drawn["quality"], 1, 5),
            "effort": np.clip(drawn["effort"], 0, 100),
        }
        path = str(write_predictions(tmp_path / "Kumo_01.csv", rows))
        plain = entry.score_upload(data, path, str(labels["ladder"]), "ladder")["scores"]
        found = entry.score_upload(data, path, str(labels["ladder"]), "ladder", shown)["scores"]
        if noise > 1 and shown:
            assert found == shown
            assert plain != shown
        else:
            assert found["quality_SRCC_system"] == plain["quality_SRCC_system"]
        shown = found


def test_constant_labels(tmp_path):
    """Keys that are undefined for every submission are found before a bundle is written."""
    challenge, _ = loaded(write_everything(tmp_path))
    phase = scored_phase(challenge, "open")
    varied, same = [1.0 + place % 4 for place in range(24)], [50.0] * 24
    assert undefined_for_all(phase, {"quality": varied, "effort": same}) == (
        *("effort_SRCC_system", "effort_SRCC", "effort_SRCC_domain"),
    )


def test_targets_without_labels(tmp_path):
    """A target that has no labels has no scores, and is not part of the mean."""
    challenge = xe.load_challenge(write_everything(tmp_path))
    data = scorer_data(challenge, {"ladder": ["quality"]})
    keys = [each["key"] for each in data["phases"]["ladder"]["keys"]]
    assert keys == ["overall_SRCC", "quality_SRCC_system"]
    with pytest.raises(ChallengeError, match="no target has labels"):
        scorer_data(challenge, {"ladder": []})


@pytest.mark.parametrize("spikes", [0, 1, 7, 45])
@pytest.mark.parametrize("size", [19, 20, 140])
@pytest.mark.parametrize("outside", [20.1, -9.9, 14.9])
def test_spikes_outside_the_scale_are_refused_as_on_a_leaderboard(spikes, size, outside):
    """A file is refused if the toolkit's leaderboard does not rank it (XAC067), and only then."""
    challenge = xe.load_challenge()
    phase = scored_phase(challenge, "test")
    values = [(5 * n % 41) / 4 for n in range(size)]
    values[: min(spikes, size)] = [outside] * min(spikes, size)
    finding = probe_finding(np.array(values), challenge.scores)
    reason = refusal(phase, {"": values})
    assert (reason is not None) == (finding is not None and finding.severity == "error")
    assert (
        reason is None
        or f"{spikes} of {size} predictions {'is' if spikes == 1 else 'are'} below -5 or above 15"
        in reason
    )


@pytest.mark.parametrize("undefined", ["0.0", '"unranked"'])
def test_a_refusal_does_not_tell_the_part_of_a_pair(tmp_path, undefined):
    """Refused files count against no limit: the answer is the same whichever pair is unusual."""
    _, data = loaded(write_everything(tmp_path, undefined=undefined))
    size = len(CONSTANT)
    for usual, unusual in ((CONSTANT[0], 12.0), (CONSTANT[0], CONSTANT[0] + 0.5)):
        answers = set()
        for place in range(size):
            quality = [unusual if each == place else usual for each in range(size)]
            rows = {"quality": quality, "effort": predictions(1)["effort"]}
            path = write_predictions(tmp_path / "Kumo_01.csv", rows)
            done = entry.check_upload(data, str(path), "open")
            answers.add((done["valid"], done["message"].partition("\n")[0]))
        assert len(answers) == 1, answers


def test_predictions_that_are_constant_in_a_part_have_the_worst_value(tmp_path):
    """Such a file counts as a try, because its refusal would tell which pairs are in the part."""
    challenge, data = loaded(write_everything(tmp_path, undefined='"unranked"'))
    labels = write_labels(challenge, "open", tmp_path / "open.csv")
    inside = set(data["phases"]["open"]["positions"])
    quality = [CONSTANT[0] + (place not in inside) * place / 100 for place in range(len(CONSTANT))]
    rows = {"quality": quality, "effort": predictions(1)["effort"]}
    path = write_predictions(tmp_path / "Kumo_01.csv", rows)
    done = entry.score_upload(data, str(path), str(labels), "open")
    assert done["valid"]
    assert done["scores"]["quality_SRCC_system"] == -1.0

"""A leaderboard's printed output does not reveal the labels to someone who chooses predictions."""

import numpy as np
import pytest
from click.testing import CliRunner

import xacle_eval as xe
from tests.evaluation.attacks import (
    Correlations,
    Digits,
    Outliers,
    Spikes,
    Steps,
    count_exact,
    printed_scores,
)
from tests.helpers import make_submission
from xacle_eval.cli.main import main
from xacle_eval.results.publishing import publish_board

PAIRS = 40
IDS = [f"{number:03d}.wav" for number in range(PAIRS)]
LABELS = np.random.default_rng(2).integers(0, 11, (PAIRS, 8)).mean(axis=1)
FORMATS = ("text", "json", "csv", "markdown", "latex")
CHALLENGE = """
name = "probed"
title = "Probed"
default_split = "test"
ids = {{ column = "id" }}
predictions = {{ column = "prediction" }}
references = {{ column = "average" }}
ratings = {{ column = "score" }}
scores = {{ minimum = 0, maximum = 10{more} }}
splits.test = {{ pattern = "{{:03d}}.wav", first = 0, last = 39 }}
submissions = {{ systems_per_team = 4 }}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return the challenge file with the labels, one without a range, and a folder to send to."""
    folder = tmp_path_factory.mktemp("probed")
    (folder / "challenge.toml").write_text(CHALLENGE.format(more=""))
    (folder / "wide.toml").write_text(CHALLENGE.format(more=", max_widths_beyond = 1e30"))
    rows = zip(IDS, LABELS.tolist(), strict=True)
    make_submission(folder / "labels.csv", rows, ("id", "average"))
    return folder


def send(folder, attacks):
    """Write the files of attacks, and those of two usual systems."""
    rng = np.random.default_rng(3)
    files = {name: LABELS + rng.normal(0, 1, PAIRS) for name in ("Kumo_01", "Hibari_01")}
    for attack in attacks:
        files |= attack.files()
    for name, values in files.items():
        make_submission(
            folder / f"{name}.csv", zip(IDS, values.tolist(), strict=True), ("id", "prediction")
        )
    return folder


def attacks():
    """Return every attack that the defaults must stop."""
    correlations = Correlations("Corr", PAIRS, separate=True)
    correlations.mean, correlations.deviation = float(LABELS.mean()), float(LABELS.std())
    return [
        Digits("Digits", PAIRS, separate=True),
        Spikes("Spikes", PAIRS, separate=True),
        correlations,
        Outliers("Outliers", PAIRS, separate=True),
        Steps("Steps", PAIRS, separate=False),
    ]


@pytest.fixture(scope="module")
def sent(world):
    """Return the folder with the files of all attacks."""
    return send(world / "sent", attacks())


def run(world, folder, format_, *flags):
    """Return what `leaderboard` prints to both streams, and what it publishes of a system."""
    arguments = ["leaderboard", str(folder), "--format", format_, *flags]
    arguments += ["--challenge", str(world / "challenge.toml")]
    arguments += ["--references", str(world / "labels.csv")]
    done = CliRunner().invoke(main, arguments, standalone_mode=False, obj={})
    assert done.exception is None
    return done.output, printed_scores(done.stdout if format_ == "json" else done.output, format_)


@pytest.mark.parametrize("format_", FORMATS)
def test_no_label_is_recovered(world, sent, format_):
    """With the default flags, no attack finds a label in any format: guessing is better."""
    _, published = run(world, sent, format_)
    assert published("Kumo_01")["MSE"] == pytest.approx(1.0, abs=0.5)
    guess = round(LABELS.mean() * 8) / 8
    for attack in attacks():
        exact = count_exact(attack.decode(published), LABELS)
        assert exact == 0 < count_exact(dict.fromkeys(range(PAIRS), guess), LABELS)


@pytest.mark.parametrize("attack", attacks()[1:], ids=lambda attack: attack.name)
def test_the_files_of_an_attack_would_reveal_the_labels(world, attack, tmp_path):
    """If suspicious files are ranked, the same attacks find labels: the test above can fail."""
    _, published = run(world, send(tmp_path, [attack]), "json", "--rank-suspicious")
    exact = count_exact(attack.decode(published), LABELS)
    assert exact >= (0.5 if attack.name == "Corr" else 0.95) * PAIRS


def test_digits_need_extreme_predictions_and_many_digits(world, tmp_path):
    """Without a range, three decimals of the MSE give all labels; four digits give none."""
    attack = Digits("Digits", PAIRS, separate=True)
    board = xe.leaderboard(
        send(tmp_path, [attack]),
        references=world / "labels.csv",
        challenge=world / "wide.toml",
        rank_suspicious=True,
    )
    decimals = {e.system: {"MSE": round(e.metrics["MSE"], 3)} for e in board.entries}
    assert count_exact(attack.decode(decimals.get), LABELS) == PAIRS
    rounded = {entry.system: entry.metrics for entry in publish_board(board).entries}
    assert count_exact(attack.decode(rounded.get), LABELS) <= PAIRS / 20


def test_what_rounding_cannot_prevent(world, tmp_path):
    """Usual files under many team names reveal labels: the number of teams must be limited."""
    attack = Steps("Steps", PAIRS, separate=True)
    _, published = run(world, send(tmp_path, [attack]), "json")
    assert count_exact(attack.decode(published), LABELS) >= 0.95 * PAIRS

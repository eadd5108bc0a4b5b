"""Reports: the boards are those of `leaderboard`, from one reading of every submission."""

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.challenge.loading import load_challenge
from xacle_eval.results.publishing import publish_board, publish_boards

EXAMPLE = DATA / "example"
MUSIC = DATA / "challenges" / "audiomos2025_track1"
PLAN = xe.Bootstrap(resamples=300, seed=3)


def example(**settings):
    """Return the report of the small example, which has ratings and a team with two systems."""
    return xe.report(EXAMPLE / "submissions", challenge=EXAMPLE, **{"bootstrap": PLAN, **settings})


def numbers(result):
    """Return a result as JSON values without its findings, whose texts are published otherwise."""

    def cut(data):
        if isinstance(data, dict):
            return {key: cut(value) for key, value in data.items() if key != "findings"}
        return [cut(value) for value in data] if isinstance(data, list) else data

    return cut(result.model_dump(mode="json"))


@pytest.mark.parametrize("by", ["system", "team"])
def test_both_boards_are_those_of_leaderboard(by):
    """Sharing the reading, resamples and screenings changes no published number."""
    board = xe.leaderboard(
        EXAMPLE / "submissions", challenge=EXAMPLE, by=by, bootstrap=PLAN, screenings="all"
    )
    assert numbers(example().boards[by]) == numbers(publish_board(board))


@pytest.mark.parametrize("by", ["system", "team"])
@pytest.mark.parametrize("overall", ["mean-rank", "mean"])
def test_both_boards_of_several_targets(by, overall):
    """Every target and the overall board are those of `leaderboard`, for systems and teams."""
    challenge = load_challenge(MUSIC)
    challenge = challenge.model_copy(
        update={"ranking": challenge.ranking.model_copy(update={"overall": overall})}
    )
    rng = np.random.default_rng(5)
    systems = {
        f"{team}_{number:02d}": {
            name: rng.uniform(1, 5, len(challenge.manifest)) for name in challenge.targets
        }
        for team in ("Kumo", "Hibari", "Suzume")
        for number in (1, 2)
    }
    given = {"challenge": challenge, "bootstrap": PLAN, "order": "manifest"}
    boards = xe.leaderboard(systems, by=by, **given)
    report = xe.report(systems, **given)
    assert numbers(report.boards[by]) == numbers(publish_boards(boards))
    assert report.targets == tuple(challenge.targets)


def test_one_system_of_each_team_needs_no_second_board():
    """The board by team exists only if a team has several ranked systems."""
    report = xe.report(
        {"Kumo_01": np.arange(24) / 3, "Hibari_01": np.arange(24)[::-1] / 3},
        challenge=EXAMPLE, bootstrap=PLAN, order="manifest",
    )  # fmt: skip
    assert list(report.boards) == ["system"]
    assert list(example().boards) == ["system", "team"]


def test_every_file_is_read_once(monkeypatch):
    """Two boards and the details come from one reading of each submission."""
    from xacle_eval.evaluation import targets

    read = []
    check = targets.check_located
    monkeypatch.setattr(
        targets, "check_located", lambda one, *rest: (read.append(one), check(one, *rest))[1]
    )
    report = example()
    assert len(read) == len(set(read)) == len(report.details[""])


def test_progress_names_the_stages():
    """Each stage reports how much of it is done, up to its end."""
    calls = []
    example(progress=lambda *call: calls.append(call))
    stages = list(dict.fromkeys(stage for stage, _, _ in calls))
    assert stages == ["scoring", "resampling", "details", "ratings"]
    for stage in stages:
        done, total = [call[1:] for call in calls if call[0] == stage][-1]
        assert done == total > 0

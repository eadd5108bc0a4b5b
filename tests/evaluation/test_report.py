"""Reports: the boards are those of `leaderboard`, from one reading of every submission."""

from collections import Counter

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.leaks import write_challenge
from xacle_eval.challenge.loading import load_challenge
from xacle_eval.evaluation.ratings_report import ratings_histogram
from xacle_eval.evaluation.report import full_report
from xacle_eval.listeners import noise_ceiling, screen
from xacle_eval.results.publishing import publish_board, publish_boards

EXAMPLE = DATA / "example"
MUSIC = DATA / "challenges" / "audiomos2025_track1"
PLAN = xe.Bootstrap(resamples=300, seed=3)


def example(**settings):
    """Return the report of the small example, which has ratings and a team with two systems."""
    return xe.report(EXAMPLE / "submissions", challenge=EXAMPLE, **{"bootstrap": PLAN, **settings})


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """A challenge with 90 pairs, a package and listeners that screening removes; its report."""
    folder = tmp_path_factory.mktemp("rated")
    write_challenge(folder)
    return folder, xe.report(folder / "submissions", challenge=folder, bootstrap=PLAN)


def numbers(result):
    """Return a result as JSON values without its findings, whose texts are published otherwise."""

    def cut(data):
        if isinstance(data, dict):
            return {key: cut(value) for key, value in data.items() if key != "findings"}
        return [cut(value) for value in data] if isinstance(data, list) else data

    return cut(result.model_dump(mode="json"))


def without_paths(board):
    """Return a board without the paths; those of a report start in the folder of submissions."""
    return {**board, "entries": [{**entry, "path": ""} for entry in board["entries"]]}


@pytest.mark.parametrize("by", ["system", "team"])
def test_both_boards_are_those_of_leaderboard(by):
    """Sharing the reading, resamples and screenings changes no published number."""
    board = xe.leaderboard(
        EXAMPLE / "submissions", challenge=EXAMPLE, by=by, bootstrap=PLAN, screenings="all"
    )
    assert without_paths(numbers(example().boards[by])) == without_paths(
        numbers(publish_board(board))
    )


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


def test_the_details_are_in_rank_order():
    """Every entry of the board has details, also systems that do not compete."""
    report = xe.report(MUSIC / "submissions", challenge=MUSIC, bootstrap=PLAN)
    assert any(
        e.kind != "competing" for b in report.boards_of("system").values() for e in b.entries
    )
    for target, board in report.boards_of("system").items():
        of_details = [(each.team, each.system) for each in report.details[target]]
        assert of_details == [(entry.team, entry.system) for entry in board.entries]
        for details, entry in zip(report.details[target], board.entries, strict=True):
            assert details.profile.mse == entry.metrics["MSE"]


def test_a_package_has_its_description(rated):
    """The details of a system in a package have the entries of its description."""
    _, report = rated
    described = {each.system: dict(each.description) for each in report.details[""]}
    assert described["Ame_01"]["Name"] == "Cloud listener (Cloud)"
    assert described["Kumo_01"] == {}


def test_the_ratings_are_analysed_as_by_study_ratings():
    """Reliability, components, ceilings, floor and one listener are those of the same file."""
    file = EXAMPLE / "ratings.csv"
    found = example().ratings[""]
    study = xe.study_ratings(file, challenge=EXAMPLE, split="test", seed=PLAN.seed)
    whole = study.report.before.model_dump()
    for part in ("description", "reliability", "components", "ceiling", "floor", "one_human"):
        published, exact = getattr(found, part), whole[part]
        numbers = [name for name, value in published.items() if isinstance(value, float)]
        assert numbers or part in ("ceiling", "one_human")
        for name in numbers:
            assert published[name] == pytest.approx(exact[name], abs=6e-4, rel=6e-4), name
    for published, exact in zip(
        found.ceiling["ceilings"], whole["ceiling"]["ceilings"], strict=True
    ):
        assert published["value"] == round(exact["value"], 3)
        assert published["low"] == round(exact["low"], 3)
    assert found.one_human["metrics"]["SRCC"] == round(whole["one_human"]["metrics"]["SRCC"], 3)
    ceilings = example().boards["system"].resampling.ceilings
    assert {each["metric"]: each["value"] for each in found.ceiling["ceilings"]} == (
        ceilings.ceiling
    )


def test_the_distribution_counts_every_rating():
    """A scale of whole points has a bar for each of them; bars with few ratings are hidden."""
    rows = (EXAMPLE / "ratings.csv").read_text().splitlines()[1:]
    counts = Counter(float(row.split(",")[2]) for row in rows)
    found = example().ratings[""].distribution
    assert found.edges == tuple(np.arange(12) - 0.5)
    assert found.counts == tuple(
        counts[value] if counts[value] >= 5 else None for value in range(11)
    )


def test_the_distribution_of_other_scales():
    """Half points have a bar each; other ratings are counted in 20 intervals of the scale."""
    half = np.repeat([1.0, 1.5, 4.5, 5.0], [6, 7, 8, 9])
    found = ratings_histogram(half, 1, 5, 5)
    assert found.edges == tuple(np.arange(0.75, 5.5, 0.5))
    assert found.counts == (6, 7, 0, 0, 0, 0, 0, 8, 9)
    values = np.random.default_rng(1).uniform(0, 100, 5_000)
    found = ratings_histogram(values, 0, 100, 5)
    assert found.edges == tuple(range(0, 101, 5))
    assert found.counts == tuple(
        int(((values >= low) & (values < low + 5)).sum()) for low in range(0, 100, 5)
    )
    # A total does not reveal a single hidden count.
    few = np.repeat([1.0, 2.0, 3.0], [2, 30, 10])
    assert ratings_histogram(few, 1, 3, 5).counts == (None, 30, None)


def test_a_share_of_a_hidden_bar_is_not_shown():
    """If a scale's end has too few ratings, its share is not shown either."""
    found = example().ratings[""]
    assert found.distribution.counts[0] is None
    assert found.description["share_lowest"] is None
    assert found.description["share_highest"] == round(found.distribution.counts[-1] / 96, 3)


@pytest.mark.long
def test_screening_changes_the_ceilings(rated):
    """A method's removals and ceilings are those of the same ratings without them."""
    folder, published = rated
    ratings = xe.load_references(challenge=folder).ratings
    report = full_report(folder / "submissions", challenge=folder, bootstrap=PLAN)
    effects = {each.method: each for each in report.ratings[""].screenings}
    for name in ("no-variation", "agreement"):
        found = screen(ratings, name)
        assert effects[name].n_removed == found.n_removed > 0
        assert effects[name].n_listeners_removed == found.n_listeners_removed
        kept = ratings.where(~found.removed)
        assert effects[name].ceiling == {
            each.metric: each.value for each in noise_ceiling(kept, resamples=9).ceilings
        }
        lost = len(found.pairs_lost)
        noun = "pair" if lost == 1 else "pairs"
        assert effects[name].note == f"would leave {lost} {noun} without ratings"
    assert effects["anchors"].n_removed is None
    assert effects["anchors"].ceiling == {}
    # One listener is removed, so the published report does not say what that one did.
    hidden = {each.method: each for each in published.ratings[""].screenings}["no-variation"]
    assert effects["no-variation"].n_listeners_removed == 1
    assert (hidden.n_removed, hidden.n_listeners_removed, hidden.ceiling) == (None, None, {})
    assert "too few listeners" in hidden.note
    screened = {each.method: each for each in published.boards["system"].screenings}
    assert (screened["no-variation"].n_removed, screened["no-variation"].places) == (None, ())


def test_averages_have_no_analysis_of_ratings():
    """With averages, nothing is screened and no ratings are analysed."""
    report = xe.report(MUSIC / "submissions", challenge=MUSIC, bootstrap=PLAN)
    assert report.ratings == {}
    assert all(board.screenings == () for board in report.boards_of("system").values())


def test_a_report_reads_its_own_document():
    """The JSON document gives an equal report, which writes the same bytes."""
    for report in (example(), xe.report(MUSIC / "submissions", challenge=MUSIC, bootstrap=PLAN)):
        text = report.to_json()
        again = xe.ChallengeReport.from_json(text)
        assert again == report
        assert again.to_json() == text
        assert str(again) == str(report)


def test_the_texts_have_both_boards():
    """The text shows the boards as `leaderboard` does; the CSV has a row for each system."""
    report = example()
    by_team = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE, by="team", bootstrap=PLAN,
                             screenings="all")  # fmt: skip
    by_system = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE, bootstrap=PLAN,
                               screenings="all")  # fmt: skip
    assert report.to_csv() == by_system.to_csv()
    text = report.to_text()
    assert text.startswith(str(by_system).partition("\n\nUnranked")[0])
    assert "best system of each team" in text
    assert str(by_team).partition("Signature")[0] in text
    assert repr(report) == "<ChallengeReport example test: 3 systems, 2 teams, ratings>"


def test_wrong_arguments():
    """A wrong type is a UsageError that names the argument."""
    for name, value in (("bootstrap", "many"), ("bootstrap", None), ("progress", 3)):
        with pytest.raises(xe.UsageError, match=name):
            example(**{name: value})

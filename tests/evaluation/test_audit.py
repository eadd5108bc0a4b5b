"""`xe.audit`: the default policy reveals no label, ten decimals do, and advice is simulated."""

import math
import tomllib

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.challenge.publishing import PhasePublishing
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.attacks import Policy, most_labels
from xacle_eval.statistics.leaks.labels import KnownLabels

ALL = '["SRCC", "LCC", "KTAU", "MSE"]'


def challenge_with(folder, more="", decimals=3):
    """Return the file of a challenge like XACLE's, with 3,000 pairs."""
    ids = "id\n" + "".join(f"clip{n:04}.wav\n" for n in range(3000))
    file = folder / "challenge.toml"
    text = f"""
name = "like-xacle"
title = "Like XACLE"
default_split = "test"
ids = {{ column = "id" }}
predictions = {{ column = "prediction" }}
references = {{ column = "score" }}
ratings = {{ column = "score", listener = {{ column = "listener" }} }}
scores = {{ minimum = 0, maximum = 10 }}
ranking = {{ decimals = {decimals} }}
[splits.test]
list = "test.csv"
[splits.test.parts]
public = {{ fraction = 0.3, seed = 1 }}
private = {{ rest = true }}
[phases.test]
valid_total = 10
{more}
"""
    (folder / "test.csv").write_text(ids, encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("seed", [0, 1])
def test_the_default_policy_reveals_no_label(tmp_path, seed):
    """With the default of a phase and ten tries, no simulated attack reads a label."""
    report = xe.audit(challenge_with(tmp_path), seed=seed)
    (phase,) = report.phases
    assert (phase.decimals, phase.tries, phase.tries_from) == ({"SRCC": 1}, 10, "valid_total")
    assert {attack.name: attack.read for attack in phase.attacks} == {
        "few pairs": 0.0,
        "one pair at an edge": 0.0,
    }
    assert (phase.above, phase.safer, report.above) == (False, None, ())
    assert 0 < phase.most < 10


def test_many_tries_reveal_labels_however_a_score_is_rounded(tmp_path):
    """One decimal of SRCC reveals labels in 100 tries; fewer tries are the advice."""
    (phase,) = xe.audit(challenge_with(tmp_path), tries=100, repetitions=2).phases
    assert phase.worst.name == "one pair at an edge"
    assert phase.worst.read > 10
    assert (phase.above, phase.safer.tries, phase.safer.ladder) == (True, 10, None)


def test_ten_decimals_reveal_labels(tmp_path):
    """With ten decimals, ten tries read five labels each; the advice stays below the bound."""
    more = f"[publish.phase.test]\nmetrics = {ALL}\ndecimals = 10"
    file = challenge_with(tmp_path, more, decimals=10)
    (phase,) = xe.audit(file, repetitions=2).phases
    assert phase.worst.name == "several pairs"
    assert phase.worst.metrics == ("LCC",)
    assert (phase.worst.read, phase.worst.certain, phase.worst.wrong) == (50.0, 50.0, 0.0)
    assert phase.above
    assert phase.parts == ("public", "private")
    # The advice is a table of the file, and an audit with it finds nothing.
    policy = tomllib.loads(phase.safer.toml)["publish"]["phase"]["test"]
    assert PhasePublishing.model_validate(policy).decimals == phase.safer.decimals == 1
    (again,) = xe.audit(challenge_with(tmp_path, phase.safer.toml), repetitions=2).phases
    assert (again.above, again.worst.read) == (False, phase.safer.read)


def test_the_advice_is_for_each_team(tmp_path):
    """The recommended limit is that of one team, fits to the other limits, and is needed only once.

    The tries in the report are those of all teams.
    """
    file = challenge_with(tmp_path)
    text = file.read_text(encoding="utf-8")
    many = "valid_total = 40\nvalid_per_day = 30\nfinal_systems = 20"
    file.write_text(text.replace("valid_total = 10", many), encoding="utf-8")
    (phase,) = xe.audit(file, teams=2, bound=2, repetitions=2).phases
    assert (phase.tries, phase.above) == (80, True)
    advice = tomllib.loads(phase.safer.toml)
    each = phase.safer.tries // 2
    limits = {"valid_total": each, "valid_per_day": each, "final_systems": each}
    assert advice["phases"]["test"] == limits
    lines = "\n".join(f"{key} = {value}" for key, value in limits.items())
    policy = phase.safer.toml[phase.safer.toml.index("[publish") :]
    file.write_text(text.replace("valid_total = 10", lines) + policy, encoding="utf-8")
    (again,) = xe.audit(file, teams=2, bound=2, repetitions=2).phases
    assert (again.tries, again.above, again.worst.read) == (
        phase.safer.tries, False, phase.safer.read
    )  # fmt: skip
    # A phase whose tries are only assumed gets a limit; one that allows no more needs none.
    for limit, advised in (("", True), ("valid_total = 5", False)):
        file.write_text(text.replace("valid_total = 10", limit), encoding="utf-8")
        (phase,) = xe.audit(file, tries=100, repetitions=2).phases
        assert ("valid_total" in phase.safer.toml) == advised


@pytest.mark.long
def test_two_decimals_of_all_metrics(tmp_path):
    """The MSE reads nearly a label a try by predictions beyond the scale, and less within it."""
    more = f"[publish.phase.test]\nmetrics = {ALL}\ndecimals = 2"
    (phase,) = xe.audit(challenge_with(tmp_path, more), repetitions=4).phases
    assert phase.worst.metrics == ("MSE", "SRCC", "LCC", "KTAU")
    assert 7 < phase.worst.read <= 9
    assert phase.worst.wrong == 0
    few = next(each for each in phase.attacks if each.name == "few pairs")
    assert 1 < few.read < phase.worst.read
    assert phase.most > max(attack.read for attack in phase.attacks)


def test_a_ladder(tmp_path):
    """A Ladder on SRCC reveals no label, even in 100 tries, on a host that keeps what teams saw.

    Where it only rounds to its step, it reveals what rounding to the same decimals does.
    """
    more = "[publish.phase.test]\nladder = 0.01"
    (phase,) = xe.audit(challenge_with(tmp_path, more), tries=100, repetitions=2).phases
    assert (phase.ladder, phase.tries_from) == (0.01, "option")
    assert max(attack.read for attack in phase.attacks) == 0.0
    more = "[publish.phase.test]\ndecimals = 2"
    (plain,) = xe.audit(challenge_with(tmp_path, more), tries=100, repetitions=2).phases
    assert phase.rounded == plain.attacks
    assert (phase.above, phase.worst, phase.most) == (True, plain.worst, plain.most)
    assert plain.rounded == ()


def test_a_ladder_of_a_host_with_a_history(tmp_path):
    """With `history`, rounding alone is neither simulated nor judged; without a ladder it is about
    nothing, which is an error.
    """
    file = challenge_with(tmp_path, "[publish.phase.test]\nladder = 0.01")
    both = xe.audit(file, tries=100, repetitions=2)
    report = xe.audit(file, tries=100, repetitions=2, history=True)
    (phase,) = report.phases
    assert (phase.above, phase.rounded, phase.safer) == (False, (), None)
    assert phase.attacks == both.phases[0].attacks
    assert phase.most < both.phases[0].most
    assert "rounding only" in both.to_text()
    assert "rounding only" not in report.to_text()
    with pytest.raises(xe.UsageError, match="no audited phase has one"):
        xe.audit(challenge_with(tmp_path), history=True)


def test_the_advice_for_a_ladder_that_only_rounds(tmp_path):
    """A Ladder that is too fine without a history is replaced by one decimal; the tries stay."""
    more = "[publish.phase.test]\nladder = 0.01"
    (phase,) = xe.audit(challenge_with(tmp_path, more), repetitions=3).phases
    assert (phase.above, phase.safer.ladder, phase.safer.decimals) == (True, None, 1)
    assert phase.safer.tries == phase.tries == 10


def test_targets_references_and_groups():
    """Each target is audited with its own labels; the groups count in the bound by information."""
    file = DATA / "challenges/audiomos2025_track1"
    report = xe.audit(file, tries=3, teams=2, repetitions=2)
    assert [phase.target for phase in report.phases] == ["MI", "TA"]
    assert {phase.tries for phase in report.phases} == {6}
    loaded = xe.load_challenge(DATA / "example")
    truth = xe.load_references(None, loaded)
    (phase,) = xe.audit(DATA / "example", references=truth, tries=2, repetitions=2).phases
    assert (phase.source, phase.values) == ("references", np.unique(truth.values).size)


def two_targets(folder, more, ranking="", optional=False):
    """Return the file of a challenge with 60 pairs and the targets A and B."""
    ids = [f"c{place:02}" for place in range(60)]
    labels = np.random.default_rng(5).integers(0, 41, (60, 2)) / 4
    (folder / "ids.txt").write_text("\n".join(ids), encoding="utf-8")
    rows = zip(ids, labels, strict=True)
    text = "".join(f"{each},{a}\n" if optional else f"{each},{a},{b}\n" for each, (a, b) in rows)
    head = "id,A\n" if optional else "id,A,B\n"
    (folder / "labels.csv").write_text(head + text, encoding="utf-8")
    file = folder / "challenge.toml"
    settings = f"""
name = "two"
title = "Two"
default_split = "test"
ids = {{ column = "id" }}
ratings = {{ listener = {{ column = "listener" }} }}
scores = {{ minimum = 0, maximum = 10 }}
ranking = {{ order = ["SRCC", "LCC"], decimals = 3 }}
[splits.test]
list = "ids.txt"
references = "labels.csv"
[targets.A]
[targets.B]
optional = {str(optional).lower()}
{ranking}
"""
    file.write_text(settings + more, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("ranking", "tries"), [("", 40), ("ranking = { decimals = 1 }", 10), ("ranking.decimals=0", 40)]
)
def test_the_targets_of_a_phase_have_one_recommendation(tmp_path, ranking, tries):
    """It takes no more decimals than each target compares, and all targets are below the bound."""
    phase = f"[phases.test]\nvalid_total = {tries}\n"
    before = xe.audit(two_targets(tmp_path, phase, ranking), repetitions=2).phases
    advice = {each.safer.toml for each in before if each.above}
    assert len(advice) == 1
    (toml,) = advice
    limits = "" if "valid_total" in toml else phase
    after = xe.audit(two_targets(tmp_path, limits + toml, ranking), repetitions=2).phases
    for each in after:
        # What is recommended as a Ladder is judged on a host that keeps what teams saw.
        assert all(attack.read < each.bound for attack in each.attacks)
    assert {each.target for each in after} == {"A", "B"}


def test_an_optional_target_without_labels_is_named(tmp_path):
    """It is not scored, so nothing is simulated; the other target is audited."""
    file = two_targets(tmp_path, "[phases.test]\nvalid_total = 3\n", optional=True)
    report = xe.audit(file, repetitions=2)
    assert [each.target for each in report.phases] == ["A"]
    assert report.unlabelled == {"test": ("B",)}
    # Drawn labels are there for every target.
    report = xe.audit(file, repetitions=2, grid=0.25)
    assert [each.target for each in report.phases] == ["A", "B"]
    assert report.unlabelled == {}


def test_advice_for_targets_with_different_metrics(tmp_path):
    """The table that is recommended can be written into the file, and then every target is below
    the bound.
    """
    source, file = DATA / "challenges/audiomos2025_track1", tmp_path / "challenge.toml"
    for each in source.glob("*.*"):
        (tmp_path / each.name).write_bytes(each.read_bytes())
    text = file.read_text(encoding="utf-8") + "[targets.TA.ranking]\norder = ['LCC', 'SRCC']\n"
    phase = "[phases.test]\nvalid_total = 200\n"
    file.write_text(f"{text}{phase}[publish.phase.test]\ndecimals = 3\n", encoding="utf-8")
    first = xe.audit(file, repetitions=2).phases
    assert [next(iter(each.decimals)) for each in first] == ["SRCC", "LCC"]
    assert [each.above for each in first] == [True, True]
    (advice,) = {each.safer.toml for each in first}
    limits = "" if "valid_total" in advice else phase
    file.write_text(f"{text}{limits}{advice}", encoding="utf-8")
    again = xe.audit(file, repetitions=2).phases
    assert [each.above for each in again] == [False, False]
    assert [each.worst.read for each in again] == [each.safer.read for each in first]


def test_references_of_the_challenge_file_are_used(tmp_path):
    """Labels are those that the challenge file names; with a grid, or without them, drawn ones."""
    file = challenge_with(tmp_path)
    ids = xe.load_challenge(file).manifest.ids
    rows = "".join(f"{pair},{place % 7}\n" for place, pair in enumerate(ids))
    (tmp_path / "labels.csv").write_text(f"id,score\n{rows}", encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    named = 'list = "test.csv"\nreferences = "labels.csv"'
    file.write_text(text.replace('list = "test.csv"', named), encoding="utf-8")
    (phase,) = xe.audit(file, repetitions=2, tries=2).phases
    assert (phase.source, phase.values) == ("references", 7)
    (phase,) = xe.audit(file, repetitions=2, tries=2, grid=1).phases
    assert phase.source == "synthetic"
    (tmp_path / "labels.csv").unlink()
    with pytest.raises(xe.ReferencesError, match=r"labels\.csv"):
        xe.audit(file, repetitions=2, tries=2)


def test_the_tries_of_days(tmp_path):
    """Without a total, the days on which the phase is open count; without days, 100 is assumed."""
    file = challenge_with(tmp_path)
    text = file.read_text(encoding="utf-8")
    days = "valid_per_day = 2\nopens = 2027-01-10T00:00:00Z\ncloses = 2027-01-13T00:00:0"
    cases = [(f"{days}1Z", (8, "valid_per_day")), (f"{days}1+09:00", (6, "valid_per_day"))]
    cases += [(f"{days}0Z", (6, "valid_per_day")), ("", (100, "no limit"))]
    for limits, expected in cases:
        file.write_text(text.replace("valid_total = 10", limits), encoding="utf-8")
        (phase,) = xe.audit(file, repetitions=2).phases
        assert (phase.tries, phase.tries_from) == expected


def test_the_bound_by_information():
    """It is the number of bits of the answers, divided by those of a label."""
    labels = KnownLabels.of(np.repeat(np.arange(4.0), 25))
    policy = Policy({"SRCC": 1}, None, 6, (0.0, 3.0))
    assert most_labels(labels, policy) == pytest.approx(6 * math.log2(21) / 2)
    # A Ladder with L steps: of T answers, a sequence that never falls.
    ladder = Policy({"SRCC": 1}, 0.5, 3, (0.0, 3.0))
    assert most_labels(labels, ladder) == pytest.approx(math.log2(math.comb(3 + 5, 3)) / 2)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"tries": 0}, "tries must be a whole number from 1 to 1,000; got 0"),
        ({"repetitions": 1}, "repetitions must be a whole number from 2 to 1,000; got 1"),
        ({"bound": 0.0}, "bound must be a number above 0; got 0.0"),
        ({"grid": 11.0}, "grid must be at most 10, the width of the scale"),
        ({"tries": 600, "teams": 2}, "the phase test has 1,200 tries"),
        ({"phase": "tset"}, "did you mean 'test'"),
        ({"share": 1}, "share must be True or False; got 1"),
    ],
)
def test_settings_without_a_meaning(settings, problem):
    """A wrong setting is an error that says what is expected."""
    with pytest.raises(UsageError, match=problem):
        xe.audit(**settings)

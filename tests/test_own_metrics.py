"""A user's own metric, through every command and the Python API."""

import json
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import HIBARI, xacle_eval
from tests.helpers import DATA
from xacle_eval.errors import ChallengeError, UsageError
from xacle_eval.metrics import METRICS, MetricInputError
from xacle_eval.reports.views.table import resampling_notes

# Most own metrics here have no fast form, which is announced.
pytestmark = pytest.mark.filterwarnings("ignore:the metric.* no fast form")

MODULE = """
import numpy as np
import xacle_eval as xe


def median_error(predictions, references):
    return np.median(np.abs(predictions - references))


metric = xe.Metric(
    name="MedAE", function=median_error, higher_is_better=False, range=(0, float("inf"))
)
broken = xe.Metric(name="BROKEN", function=lambda x, y: 1 / 0, higher_is_better=True)
number = 3
"""
SUBMISSIONS = DATA / "example" / "submissions"


def test_a_saved_result_with_a_metric_that_is_not_defined(monkeypatch):
    """Where its own metric is unknown, a result says so; its values and its JSON are there."""
    metric = xe.Metric("MedAE", median_error, higher_is_better=False)
    text = xe.score(DATA / HIBARI, challenge=DATA / "example", metrics=["SRCC", metric]).to_json()
    monkeypatch.setattr(METRICS, "_own", {})
    card = xe.ScoreCard.from_json(text)
    assert card.metrics["MedAE"] > 0
    assert card.to_json() == text
    for show in (str, lambda found: found._repr_html_(), lambda found: found.to_latex()):
        with pytest.raises(UsageError, match=r"^the metric 'MedAE' is not defined in this") as got:
            show(card)
        assert str(got.value).endswith("METRICS.register")
        again = pickle.loads(pickle.dumps(got.value))  # noqa: S301 -- our own bytes
        assert str(again) == str(got.value)
    METRICS.register(metric)
    assert "MedAE ↓" in str(card)
    assert METRICS.get("nothing") is None


def median_error(predictions, references):
    """Return the median absolute error."""
    return np.median(np.abs(predictions - references))


def metric_of(function=median_error, **properties):
    """Return an own error metric; tests change single properties."""
    given = {"name": "MedAE", "higher_is_better": False, "range": (0, np.inf), **properties}
    return xe.Metric(function=function, **given)


@pytest.fixture
def folder(tmp_path):
    """Return the example challenge with an own metric, its module beside the file."""
    shutil.copytree(DATA / "example", tmp_path / "own")
    (tmp_path / "own" / "mine.py").write_text(MODULE)
    change(tmp_path / "own", '["SRCC", "mine:metric", "CCC"]', '["MedAE", "SRCC"]')
    return tmp_path / "own"


def change(folder, metrics, order):
    """Write the metrics and the order of the ranking into the challenge file."""
    text = (DATA / "example" / "challenge.toml").read_text()
    text = text.replace("[ids]", f"metrics = {metrics}\n\n[ids]", 1)
    text = text.replace('order = ["SRCC", "LCC", "KTAU", "MSE"]', f"order = {order}")
    (folder / "challenge.toml").write_text(text)


def run(folder, *arguments):
    """Run a command with the challenge in the folder, from another folder."""
    return xacle_eval(*arguments, "--challenge", folder, "--allow-code", cwd=folder.parent)


def test_a_challenge_file_is_data(folder):
    """Without --allow-code nothing is imported, and the message says why."""
    refused = xacle_eval("score", HIBARI, "--challenge", folder)
    assert refused.code == 2
    assert "metrics: 'mine:metric' is code, and a challenge file is data" in refused.err
    assert "--allow-code" in refused.err
    with pytest.raises(ChallengeError, match="allow_code=True"):
        xe.load_challenge(folder)


def test_the_commands_for_challenge_files_accept_the_option(folder):
    """`check`, `show` and `template` refuse own metrics without --allow-code, and accept it."""
    for name in ("check", "show", "template"):
        refused = xacle_eval("challenge", name, folder)
        assert (refused.code, "use --allow-code" in refused.out + refused.err) == (2, True)
        assert xacle_eval("challenge", name, folder, "--allow-code").code == 0


def test_fix_accepts_the_option(folder):
    """`fix` reads a challenge file with own metrics only with --allow-code."""
    file = "own/submissions/Hibari_01.csv"
    assert xacle_eval("fix", file, "--diff", "--challenge", folder, cwd=folder.parent).code == 2
    assert run(folder, "fix", file, "--diff").code == 0


def test_score_shows_the_metrics_of_the_ranking_first(folder):
    """The order of the columns is that of the ranking, then that of the challenge file."""
    result = run(folder, "score", "own/submissions/Hibari_01.csv", "--format", "json")
    card = json.loads(result.out)
    assert result.code == 0
    assert list(card["metrics"]) == ["MedAE", "SRCC", "CCC"]
    assert card["metrics"]["MedAE"] == pytest.approx(1.045)
    assert "|metrics:MedAE@code,SRCC,CCC|" in card["signature"]
    text = run(folder, "score", "own/submissions/Hibari_01.csv", "--profile")
    assert "MedAE ↓" in text.out
    assert text.err == ""


def test_a_leaderboard_ranks_by_an_own_metric(folder):
    """The ranking, its intervals and the rankings after screening have the own metric."""
    settings = ("--bootstrap", "50", "--screenings", "all", "--format", "json")
    board = json.loads(run(folder, "leaderboard", "own/submissions", *settings).out)
    errors = [entry["rounded"]["MedAE"] for entry in board["entries"]]
    assert errors == sorted(errors)
    assert [entry["rank"] for entry in board["entries"]] == [1, 2, 3]
    bounds = board["entries"][0]["uncertainty"]["intervals"]["MedAE"]
    assert bounds["low"] <= errors[0] <= bounds["high"]
    screened = [each["places"] for each in board["screenings"] if each["places"]]
    assert screened
    assert all(places[0]["metrics"]["MedAE"] > 0 for places in screened)


@pytest.mark.long
def test_compare_tests_an_own_metric(folder):
    """A comparison by permutation and bootstrap names the better system, in worker processes."""
    systems = ("own/submissions/Hibari_01.csv", "own/submissions/Suzume_01.csv")
    settings = ("--bootstrap", "300", "--jobs", "2", "--format", "json")
    result = run(folder, "compare", *systems, *settings)
    found = {each["metric"]: each for each in json.loads(result.out)["comparisons"]}
    assert list(found) == ["MedAE", "SRCC", "CCC"]
    assert 0 < found["MedAE"]["permutation"]["p"] <= 1
    assert found["MedAE"]["williams"]["p"] is None
    assert found["MedAE"]["difference"] < 0


def test_other_commands_accept_own_metrics(folder):
    """rank, validate and listeners read a challenge file with an own metric."""
    table = folder / "results.csv"
    table.write_text("system,MedAE,SRCC\nA_01,2.5,0.5\nB_01,1.5,0.4\n")
    ranked = run(folder, "rank", table, "--format", "json")
    assert [entry["system"] for entry in json.loads(ranked.out)["entries"]] == ["B_01", "A_01"]
    assert run(folder, "validate", "own/submissions").code == 0
    assert run(folder, "listeners", "own/ratings.csv").code == 0


@pytest.mark.parametrize(
    ("metrics", "problem"),
    [
        ('["SRCC", "mine:missing"]', "'mine:missing' cannot be imported (AttributeError"),
        (
            '["SRCC", "no.where:metric"]',
            "'no.where:metric' cannot be imported (ModuleNotFoundError",
        ),
        ('["SRCC", "mine:number"]', "'mine:number' is int; expected a Metric"),
        ('["SRCC", "mine:"]', "'mine:' is not a metric"),
        ('["SRCC", "PCC"]', "unknown metric 'PCC'"),
        ('["SRCC", "SRCC"]', "duplicate metric SRCC"),
        ("[]", "expected at least one of SRCC"),
    ],
)
def test_metrics_that_cannot_be_used(folder, metrics, problem):
    """Every error names the key, the metric and what was expected; there is no traceback."""
    change(folder, metrics, '["SRCC"]')
    result = run(folder, "score", "own/submissions/Hibari_01.csv")
    assert result.code == 2
    assert f"metrics: {problem}" in result.err
    assert "Traceback" not in result.err


def test_the_order_names_computed_metrics_only(folder):
    """A ranking by a metric that is not computed is an error."""
    change(folder, '["SRCC", "RMSE"]', '["SRCC", "MSE"]')
    result = run(folder, "score", "own/submissions/Hibari_01.csv")
    assert result.code == 2
    assert "ranking" in result.err
    assert "MSE" in result.err


def test_without_an_order_the_metrics_give_it(folder):
    """Without ranking.order, systems are ranked by the metrics in their order."""
    change(folder, '["RMSE", "CCC"]', "[]")
    text = (folder / "challenge.toml").read_text()
    (folder / "challenge.toml").write_text(text.replace("order = []\n", ""))
    challenge = xe.load_challenge(folder)
    assert challenge.ranking.order == ("RMSE", "CCC")
    assert xe.leaderboard(folder / "submissions", challenge=challenge).order == ("RMSE", "CCC")


def test_a_function_that_fails_ends_every_command_with_one_message(folder):
    """The error names the metric and the cause, also on a leaderboard."""
    change(folder, '["SRCC", "mine:broken"]', '["SRCC"]')
    for command in ("score", "leaderboard"):
        result = run(folder, command, "own/submissions/Hibari_01.csv")
        assert result.code == 2
        assert "the function of the metric BROKEN failed (ZeroDivisionError" in result.err
        assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("0.5", r"returned '0.5' \(str\)"),
        (None, r"returned None \(NoneType\)"),
        (True, r"returned True \(bool\)"),
        (np.ones(2), r"ndarray"),
        (1j, r"complex"),
        (float("nan"), "returned nan for 24 pairs"),
        (7.0, "returned 7, outside its range 0 to 1"),
    ],
)
def test_results_that_are_no_values(value, problem):
    """Only a number in the range of the metric is a value."""
    metric = metric_of(lambda _x, _y: value, range=(0, 1))
    for result in (xe.score, xe.leaderboard):
        with pytest.raises(UsageError, match=problem):
            result(SUBMISSIONS / "Hibari_01.csv", challenge=DATA / "example", metrics=[metric])


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.array(0.5), 1, np.int64(0)])
def test_results_that_are_numbers(value):
    """Numbers of Python and of numpy are values."""
    metric = metric_of(lambda _x, _y: value, range=(0, 1))
    card = xe.score(SUBMISSIONS / "Hibari_01.csv", challenge=DATA / "example", metrics=[metric])
    assert card.metrics["MedAE"] == float(value)


def test_a_function_cannot_change_the_data():
    """The arrays that a function gets cannot be written to."""

    def change_data(x, _y):
        x[:] = 0
        return 0.0

    with pytest.raises(UsageError, match="read-only"):
        xe.score(
            SUBMISSIONS / "Hibari_01.csv", challenge=DATA / "example",
            metrics=[metric_of(change_data)],
        )  # fmt: skip


def test_undefined_values_follow_the_rule_of_the_challenge():
    """A metric that needs variance is not called for constant predictions."""

    def fail(_x, _y):
        raise AssertionError

    ids = xe.load_challenge(DATA / "example").manifest.ids
    flat = dict.fromkeys(ids, 3.0)
    card = xe.score(
        flat, challenge=DATA / "example", metrics=[metric_of(fail, needs_variance=True)]
    )
    assert card.metrics["MedAE"] == 0.0
    assert "MedAE" in card.undefined


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"name": "a b"}, "expected a letter"),
        ({"name": "<b>"}, "expected a letter"),
        ({"name": "Rank"}, "no other column"),
        ({"name": "mean_rank"}, "no other column"),
        ({"name": "rank_low"}, "no other column"),
        ({"function": 3}, "callable"),
        ({"higher_is_better": "yes"}, "True or False"),
        ({"range": (1, 1)}, "the lower one first"),
        ({"minimum_pairs": 0}, "1 or more"),
        ({"digits": 0}, "1 or more"),
        ({"invariance": "all"}, "none, linear or monotone"),
    ],
)
def test_properties_that_are_wrong(properties, problem):
    """A metric with a wrong property cannot be made."""
    with pytest.raises(MetricInputError, match=problem):
        metric_of(**properties)


def test_the_name_of_a_bundled_metric_is_taken():
    """An own metric cannot replace a bundled one, in any letter case."""
    for name in ("SRCC", "rmse"):
        with pytest.raises(UsageError, match="is that of a bundled metric"):
            xe.score(
                SUBMISSIONS / "Hibari_01.csv", challenge=DATA / "example",
                metrics=[metric_of(name=name)],
            )  # fmt: skip


def test_an_unlimited_value_has_four_digits():
    """An own error metric is published like MSE; a limited one has the challenge's decimals."""
    assert metric_of().digits == 4
    assert metric_of(digits=6).digits == 6
    assert metric_of(range=(0, 100)).digits is None
    assert (metric_of().relative, metric_of(range=(0, 1)).relative) == (True, False)


def test_a_function_that_no_process_can_import_is_refused():
    """With several processes, a function inside another one is an error that says what to do."""
    plan = xe.Bootstrap(resamples=600, jobs=2)
    with pytest.raises(UsageError, match="top level of a module, or use 1 job"):
        xe.leaderboard(
            SUBMISSIONS, challenge=DATA / "example", bootstrap=plan,
            metrics=[metric_of(lambda x, y: float(np.abs(x - y).max()))],
        )  # fmt: skip


def test_an_own_metric_equals_the_bundled_one_with_the_same_function():
    """Without fast forms, intervals and p-values are those of the bundled metric."""
    slow = replace(METRICS["MAE"], name="Slow", fast=type(METRICS["MAE"].fast)())
    plan = xe.Bootstrap(resamples=200, method="bca")
    board = xe.leaderboard(
        SUBMISSIONS, challenge=DATA / "example", metrics=["MAE", slow], bootstrap=plan
    )
    for entry in board.entries:
        bounds = entry.uncertainty.intervals
        assert bounds["Slow"] == pytest.approx(bounds["MAE"], rel=1e-12)
    systems = sorted(SUBMISSIONS.glob("*.csv"))[:2]
    compared = xe.compare(
        *systems, challenge=DATA / "example", metrics=["MAE", slow],
        bootstrap=xe.Bootstrap(resamples=200),
    )  # fmt: skip
    found = {each.metric: each for each in compared.comparisons}
    assert found["Slow"].permutation.p == found["MAE"].permutation.p
    assert found["Slow"].bootstrap.p == found["MAE"].bootstrap.p


def test_a_slow_metric_is_announced_once(recwarn):
    """The expected time is measured from one call; a metric with fast forms is not mentioned."""
    systems = sorted(SUBMISSIONS.glob("*.csv"))[:2]
    xe.compare(
        *systems, challenge=DATA / "example", metrics=[metric_of()],
        bootstrap=xe.Bootstrap(resamples=20),
    )  # fmt: skip
    (warning,) = [each for each in recwarn if "no fast form" in str(each.message)]
    assert "the metric MedAE has no fast form" in str(warning.message)
    assert "which takes less than a second" in str(warning.message)


def test_noise_floors_and_one_human_follow_the_metrics():
    """RMSE has the root of MSE's floor, no share of a ceiling, and a row for one human."""
    board = xe.leaderboard(
        SUBMISSIONS, challenge=DATA / "example", metrics=["RMSE", "MSE"],
        bootstrap=xe.Bootstrap(resamples=20),
    )  # fmt: skip
    ceilings = board.resampling.ceilings
    assert ceilings.ceiling["RMSE"] == pytest.approx(ceilings.floor**0.5)
    assert set(board.entries[0].uncertainty.ceiling_share) == {"SRCC", "LCC", "KTAU"}
    notes = " ".join(resampling_notes(board.resampling))
    floors = ceilings.floor, ceilings.ceiling["RMSE"]
    assert "; floor of MSE {:.3f}; floor of RMSE {:.3f}".format(*floors) in notes
    challenge = xe.load_challenge(DATA / "example").model_copy(update={"metrics": ("MAE",)})
    study = xe.study_ratings(DATA / "example" / "ratings.csv", challenge=challenge)
    assert list(study.report.before.one_human["metrics"])[-1] == "MAE"


@pytest.mark.parametrize("name", ["SRCC_low", "srcc_system"])
def test_a_name_like_a_column_of_another_metric_is_refused(name):
    """SRCC_low would hide the interval of SRCC in a CSV."""
    with pytest.raises(xe.UsageError, match="looks like a column of SRCC"):
        xe.score(
            SUBMISSIONS / "Hibari_01.csv",
            challenge=DATA / "example",
            metrics=["SRCC", xe.Metric(name, lambda *_: 0.5)],
        )

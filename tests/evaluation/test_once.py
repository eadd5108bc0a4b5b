"""Nothing is read or computed twice in one run."""

import json
from collections import Counter

import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import EXAMPLE, HIBARI, xacle_eval
from tests.helpers import DATA, make_submission
from xacle_eval import statistics

EXAMPLE_FOLDER = DATA / "example"
SUBMISSIONS = EXAMPLE_FOLDER / "submissions"
PLAN = xe.Bootstrap(resamples=20)

# Prints on stderr, at the end of the command, how often each file of the test data was opened.
COUNT_OPENS = """
import atexit, collections, json, os, sys
opened = collections.Counter()
def count(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, os.PathLike)):
        if not os.path.isdir(arguments[0]):
            opened[os.path.realpath(os.fspath(arguments[0]))] += 1
sys.addaudithook(count)
def end(code, leave=os._exit):
    places = (os.getcwd(), os.path.realpath(os.environ["DATA"]))
    found = {os.path.basename(k): v for k, v in opened.items() if k.startswith(places)}
    os.write(2, ("\\n" + json.dumps(found)).encode())
    leave(code)
os._exit = end
"""


def opened(*arguments, folder=DATA, before=""):
    """Return how often a command opened each file."""
    result = xacle_eval(*arguments, before=COUNT_OPENS + before, DATA=str(folder))
    assert result.code in (0, 1), result.err
    return Counter(json.loads(result.err.splitlines()[-1]))


@pytest.fixture
def calls(monkeypatch):
    """Count the calls of functions, by name."""
    counted = Counter()

    def count(module, name):
        function = getattr(module, name)

        def call(*arguments, **settings):
            counted[name] += 1
            return function(*arguments, **settings)

        monkeypatch.setattr(module, name, call)

    count.number = counted
    return count


@pytest.mark.long
@pytest.mark.parametrize(
    "arguments",
    [
        ("score", HIBARI, *EXAMPLE),
        ("score", HIBARI, *EXAMPLE, "--bootstrap", "20", "--profile"),
        ("validate", HIBARI, *EXAMPLE),
        ("leaderboard", "example/submissions", *EXAMPLE),
        ("leaderboard", "example/submissions", *EXAMPLE, "--bootstrap", "20"),
        ("leaderboard", "example/submissions", *EXAMPLE, "--screenings", "all"),
        ("compare", HIBARI, "example/submissions/Hibari_02.csv", *EXAMPLE, "--bootstrap", "20"),
        ("score", "example/packages/Hibari.zip", "--challenge", "example/task.toml"),
        ("listeners", "example/ratings.csv", *EXAMPLE, "--resamples", "20"),
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:1] + arguments[4:])),
)
def test_a_command_opens_each_file_once(arguments):
    """Every file is opened once, except the list of approved resources (hashed, then read)."""
    found = opened(*arguments)
    found.pop("approved.csv", None)
    assert found
    assert set(found.values()) == {1}, found


@pytest.mark.long
def test_similar_systems_in_memory_are_not_read_again(tmp_path, monkeypatch):
    """Similar files are opened once, or twice if their predictions do not fit into memory."""
    rows = (SUBMISSIONS / "Hibari_01.csv").read_text()
    names = ("Kumo_01.csv", "Sagi_01.csv", "Tsubame_01.csv")
    for blanks, name in enumerate(names):
        (tmp_path / name).write_text(rows + "\n" * blanks)
    for more in ((), ("--bootstrap", "20")):
        once = opened("leaderboard", tmp_path, *EXAMPLE, *more, folder=tmp_path)
        assert [once[name] for name in names] == [1, 1, 1]
    before = "import xacle_eval.evaluation.boards as b\nb._CACHE_BYTES = 0"
    again = opened("leaderboard", tmp_path, *EXAMPLE, folder=tmp_path, before=before)
    assert [again[name] for name in names] == [2, 2, 2]


def test_a_file_is_read_again_at_most_once(tmp_path, monkeypatch):
    """Predictions that are needed a third time are not compared, and a finding reports this."""
    monkeypatch.setattr("xacle_eval.evaluation.boards._CACHE_BYTES", 0)
    ids = xe.load_challenge(EXAMPLE_FOLDER).manifest.ids
    for changed in range(4):
        values = {name: float(place % 9) for place, name in enumerate(ids)}
        values[ids[changed]] += 2.0
        make_submission(tmp_path / f"T{changed}_01.csv", values)
    board = xe.leaderboard(tmp_path, challenge=EXAMPLE_FOLDER)
    assert [finding.code for finding in board.findings] == ["XAC121"]
    assert "are needed again and are not in memory" in board.findings[0].message


def test_the_ceiling_is_computed_once_for_all_systems(tmp_path, calls):
    """For a package with two systems, noise ceiling and floor are computed once."""
    from xacle_eval.evaluation.score import score_systems
    from xacle_eval.listeners import noise

    calls(noise, "noise_ceiling")
    calls(noise, "mse_floor")
    package = EXAMPLE_FOLDER / "packages" / "Hibari.zip"
    cards = list(score_systems(package, challenge=EXAMPLE_FOLDER / "task.toml", bootstrap=PLAN))
    assert len(cards) == 2
    assert calls.number == {"noise_ceiling": 1, "mse_floor": 1}


def test_the_metrics_of_a_system_are_computed_once(calls):
    """The bootstrap of a leaderboard reuses the metrics of the scores."""
    from xacle_eval.evaluation import scorer
    from xacle_eval.statistics import bootstrap

    calls(scorer, "all_metrics")
    calls(bootstrap, "all_metrics")
    board = xe.leaderboard(SUBMISSIONS, challenge=EXAMPLE_FOLDER, bootstrap=PLAN)
    assert calls.number["all_metrics"] == len(board.entries) > 1


def test_an_undefined_metric_stays_undefined_in_the_bootstrap(tmp_path):
    """A correlation of constant predictions scores 0 but is undefined in every resample."""
    challenge = xe.load_challenge(EXAMPLE_FOLDER)
    values = dict.fromkeys(challenge.manifest.ids, 5.0)
    file = make_submission(tmp_path / "Flat_01.csv", values)
    card = xe.score(file, challenge=challenge, bootstrap=PLAN)
    assert card.metrics["SRCC"] == 0.0
    assert card.undefined_resamples["SRCC"] == PLAN.resamples
    assert card.intervals["SRCC"] == {"low": None, "high": None}


def test_observed_values_of_another_shape_are_refused():
    """Observed metrics must have one row per system and one column per metric."""
    from xacle_eval.metrics import MetricInputError
    from xacle_eval.statistics import bootstrap_metrics

    with pytest.raises(MetricInputError):
        bootstrap_metrics([[1.0, 2.0, 4.0]], [1.0, 2.0, 3.0], observed=np.zeros((2, 4)))


def test_a_comparison_opens_its_workers_once(calls):
    """Both tests share the workers, so a cluster that does not answer costs its timeout once."""
    calls(statistics, "open_workers")
    paths = sorted(SUBMISSIONS.glob("*.csv"))[:2]
    xe.compare(*paths, challenge=EXAMPLE_FOLDER, bootstrap=PLAN)
    assert calls.number == {"open_workers": 1}

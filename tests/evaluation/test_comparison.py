"""Comparisons of systems: differences, tests and verdicts."""

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA, make_submission
from xacle_eval.errors import InvalidSubmissionError, UsageError
from xacle_eval.statistics import holm, permutation_tests

EXAMPLE = DATA / "example"
PLAN = xe.Bootstrap(resamples=999, seed=1)


def system(folder, name, noise, seed):
    """Write a system that adds noise to the example's references."""
    challenge = xe.load_challenge(EXAMPLE)
    truth = xe.load_references(None, challenge).values
    values = truth + noise * np.random.default_rng(seed).normal(size=truth.size)
    return make_submission(
        folder / f"{name}.csv", zip(challenge.manifest.ids, values.tolist(), strict=True)
    )


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Compare a good, a bad and a fair system."""
    folder = tmp_path_factory.mktemp("systems")
    paths = [
        system(folder, "Bad_01", 30.0, 1),
        system(folder, "Good_01", 0.3, 2),
        system(folder, "Fair_01", 0.35, 3),
    ]
    return xe.compare(*paths, challenge=EXAMPLE, bootstrap=PLAN)


def test_verdicts_name_the_better_system(compared):
    """Verdicts name the better system, also for MSE, or state that no difference was detected."""
    verdicts = {
        (each.first, each.second, each.metric): each.verdict for each in compared.comparisons
    }
    for metric in ("SRCC", "LCC", "KTAU", "MSE"):
        assert verdicts["Bad_01", "Good_01", metric].startswith(
            "Good_01 is better than Bad_01 in " + metric
        )
        assert verdicts["Good_01", "Fair_01", metric].startswith("No difference in " + metric)
    difference = next(
        c.difference for c in compared.comparisons if c.metric == "MSE" and c.second == "Good_01"
    )
    assert difference > 0


def test_the_tests_of_a_comparison(compared):
    """Verdicts use max-T in one family for each metric; each test's own adjusted p is Holm's."""
    family = [each.permutation for each in compared.comparisons]
    assert (compared.family, len(family)) == (3, 12)
    assert (compared.correction, compared.test) == ("max-t", "studentised paired bootstrap")
    assert compared.signature.endswith(
        "|bootstrap:999|seed:1|resample:pairs|interval:percentile95"
        "|alpha:0.05|test:bootstrap-studentised|correction:max-t|family:metric"
        "|permutations:999|permuted:ranks,z-scores"
    )
    assert all(each.significant == (each.adjusted_p <= 0.05) for each in compared.comparisons)
    assert [test.adjusted for test in family] == pytest.approx(
        holm([test.p for test in family]).tolist()
    )
    assert all(each.low <= each.difference <= each.high for each in compared.comparisons)
    assert all(
        (each.williams.p is None) == (each.metric in ("KTAU", "MSE"))
        for each in compared.comparisons
    )


def test_the_same_seed_gives_the_same_comparison(tmp_path):
    """The same seed gives the same result, and p-values equal those of permutation_tests."""
    paths = [system(tmp_path, "A_01", 1.0, 1), system(tmp_path, "B_01", 2.0, 2)]
    first = xe.compare(*paths, challenge=EXAMPLE, bootstrap=PLAN)
    assert first == xe.compare(*paths, challenge=EXAMPLE, bootstrap=PLAN)
    other = xe.compare(*paths, challenge=EXAMPLE, bootstrap=xe.Bootstrap(resamples=999, seed=0))
    assert other.comparisons != first.comparisons
    rows = [
        [float(line.split(",")[1]) for line in path.read_text().splitlines()[1:]] for path in paths
    ]
    truth = xe.load_references(None, xe.load_challenge(EXAMPLE)).values
    p = permutation_tests(np.array(rows), truth, draws=999, seed=1).p_values()["two_sided"][0]
    assert [each.permutation.p for each in first.comparisons] == p.tolist()


def test_identical_systems_have_p_1(tmp_path):
    """Equal predictions have p = 1 in both tests and a verdict that both are identical."""
    paths = [system(tmp_path, name, 1.0, 1) for name in ("A_01", "B_01")]
    for each in xe.compare(*paths, challenge=EXAMPLE, bootstrap=PLAN).comparisons:
        assert each.identical
        assert (each.permutation.p, each.bootstrap.p) == (1.0, 1.0)
        assert each.verdict == f"Both systems are identical in {each.metric}."


def test_an_undefined_metric_has_no_conclusion(tmp_path):
    """For constant predictions correlations have no conclusion, but MSE has one."""
    ids = xe.load_challenge(EXAMPLE).manifest.ids
    constant = make_submission(tmp_path / "Flat_01.csv", ((pair, 5) for pair in ids))
    found = xe.compare(
        system(tmp_path, "A_01", 1.0, 1), constant, challenge=EXAMPLE, bootstrap=PLAN
    )
    verdicts = {each.metric: each.verdict for each in found.comparisons}
    assert verdicts["SRCC"] == "SRCC is undefined for one of the two systems; no conclusion."
    assert verdicts["MSE"].startswith("A_01 is better than Flat_01")


def test_invalid_comparisons_are_refused(tmp_path):
    """One file, the same file twice, and an invalid submission raise errors."""
    path = system(tmp_path, "A_01", 1.0, 1)
    with pytest.raises(UsageError, match="at least two systems"):
        xe.compare(path, challenge=EXAMPLE)
    with pytest.raises(UsageError, match="listed twice"):
        xe.compare(path, path, challenge=EXAMPLE)
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(UsageError, match="listed twice"):
        xe.compare(path, tmp_path / "link" / path.name, challenge=EXAMPLE)
    with pytest.raises(InvalidSubmissionError, match="XAC024"):
        xe.compare(
            path, make_submission(tmp_path / "B_01.csv", [("001.wav", 1)]), challenge=EXAMPLE
        )


def test_equal_labels_are_distinguished_by_their_paths(tmp_path):
    """Systems with equal labels are named by their paths, and by numbers if those are equal."""
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
    paths = [system(tmp_path / "x", "A_01", 1.0, 1), system(tmp_path / "y", "A_01", 2.0, 2)]
    each = xe.compare(*paths, challenge=EXAMPLE, bootstrap=PLAN).comparisons[0]
    assert (each.first, each.second) == ("x/A_01.csv", "y/A_01.csv")
    (tmp_path / "z/x").mkdir(parents=True)
    paths[1] = system(tmp_path / "z/x", "A_01", 2.0, 2)
    each = xe.compare(*paths, challenge=EXAMPLE, bootstrap=PLAN).comparisons[0]
    assert (each.first, each.second) == ("x/A_01.csv (1)", "x/A_01.csv (2)")


def test_a_verdict_states_the_detectable_difference(tmp_path):
    """Without a detected difference the verdict states the detectable one, unless undefined."""
    paths = [system(tmp_path, "A_01", 1.0, 1), system(tmp_path, "B_01", 1.0, 2)]
    found = xe.compare(*paths, challenge=EXAMPLE, bootstrap=PLAN).comparisons[0]
    smallest = f"{found.smallest_significant:.2g}"
    assert found.verdict == (
        f"No difference in SRCC was detected (adjusted p = {found.adjusted_p:.2g}); "
        f"tested alone, the detectable difference is about {smallest}."
    )
    few = xe.compare(*paths, challenge=EXAMPLE, bootstrap=xe.Bootstrap(resamples=1, alpha=0.5))
    one = few.comparisons[0]
    assert one.smallest_significant is None
    assert one.verdict == "No difference in SRCC was detected (adjusted p = 1)."


def test_the_frame_has_every_test(compared):
    """The table has one row per system pair and metric, with all p-values of each test."""
    frame = compared.to_frame()
    assert len(frame) == 12
    assert {"p_permutation", "adjusted_permutation", "p_bootstrap", "p_williams", "verdict"} <= set(
        frame.columns
    )

"""The details of a system, compared with slow loops over the pairs."""

import json
import math
from fractions import Fraction
from statistics import mean

import numpy as np
import pytest
import yaml
from scipy import stats

import xacle_eval as xe
from tests.helpers import DATA, make_submission
from xacle_eval.challenge.loading import load_challenge
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.evaluation.binned import (
    calibration,
    density,
    histogram,
    near_zero,
    reference_edges,
)
from xacle_eval.evaluation.descriptions import description_entries
from xacle_eval.evaluation.details import system_details
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.loading import load_one
from xacle_eval.results.details import Histogram, SystemDetails
from xacle_eval.results.leaderboard import Entry
from xacle_eval.submissions.description import SystemDescription

EXAMPLE = DATA / "example"
ENTRY = Entry(rank=1, team="Hibari", system="Hibari_01", metrics={}, rounded={})


def scorer_of(folder, target="", **options):
    """Load a challenge of the tests with its references."""
    challenge = load_challenge(folder, None, **options)
    if target:
        challenge = challenge.for_target(target)
    return Scorer(challenge, load_one(None, challenge))


def grid_data(n, seed=0, ratings=4, scale=(0, 10)):
    """Make references that are averages of whole ratings, and noisy predictions."""
    rng = np.random.default_rng(seed)
    low, high = scale
    truth = rng.integers(low * ratings, high * ratings + 1, n) / ratings
    return np.round(truth * 0.6 + 2 + rng.normal(0, 1.5, n), 2), truth


def slow_cells(predictions, references, edges):
    """Count pairs by cell with fractions; row -1 is below the scale, the last one above it."""
    ends = [Fraction(e) for e in edges]
    found = {}
    for p, r in zip(map(Fraction, predictions), map(Fraction, references), strict=True):
        column = max(i for i, e in enumerate(ends[:-1]) if e <= r)
        row = max((i for i, e in enumerate(ends[:-1]) if e <= p), default=-1)
        row = len(ends) - 1 if p > ends[-1] else row
        found[row, column] = found.get((row, column), 0) + 1
    return found


def assert_levels_hide_enough(predictions, references, edges, found):
    """Assert that the pairs of each level that the density hides are none, or five or more.

    Beside those that must be hidden, at most one cell is, and only if they are fewer than five.
    """
    slow = slow_cells(predictions, references, edges)
    first = -1 if found.open_low else 0
    rows = range(first, first + len(found.counts))
    ends = np.asarray(edges).tolist()
    for level in calibration(predictions, references, edges, 5):
        columns = range(ends.index(level.low), ends.index(level.high))
        cells = {
            (row, c): (slow.get((row, c), 0), found.counts[row - first][c])
            for row in rows
            for c in columns
        }
        few = sum(pairs for pairs, _ in cells.values() if pairs < 5)
        more = [pairs for pairs, shown in cells.values() if pairs >= 5 and shown is None]
        assert len(more) <= (1 if 0 < few < 5 else 0)
        assert few + sum(more) == level.n - sum(shown or 0 for _, shown in cells.values())
        assert few + sum(more) == 0 or few + sum(more) >= 5


@pytest.mark.parametrize(("n", "seed"), [(24, 0), (500, 1), (3000, 2)])
def test_density_is_that_of_a_loop(n, seed):
    """A cell has the count of a loop over the pairs, and None if that is fewer than five.

    One more of a level is None if the hidden pairs of the level would be fewer than five.
    """
    predictions, references = grid_data(n, seed)
    edges = reference_edges(references, 0, 10)
    found = density(predictions, references, edges, 5)
    slow = slow_cells(predictions, references, edges)
    first = -1 if found.open_low else 0
    for row, counts in enumerate(found.counts, start=first):
        for column, number in enumerate(counts):
            pairs = slow.get((row, column), 0)
            assert number in ((pairs, None) if pairs >= 5 else (None,))
    assert_levels_hide_enough(predictions, references, edges, found)
    hidden = n - sum(c or 0 for row in found.counts for c in row)
    assert found.hidden == hidden > 0
    assert len(found.prediction_edges) == len(found.counts) + 1
    assert {len(row) for row in found.counts} == {len(found.reference_edges) - 1}
    assert found.open_low == (predictions.min() < 0)
    assert found.open_high == (predictions.max() > 10)


def test_a_single_prediction_reveals_no_level_of_its_reference():
    """A team that sends one other value cannot find the level of that pair from the totals."""
    rng = np.random.default_rng(4)
    references = np.round(rng.uniform(0, 10, 300), 2)
    edges = reference_edges(references, 0, 10)
    for spike in range(0, 300, 37):
        predictions = np.full(300, 5.0)
        predictions[spike] = 9.0
        found = density(predictions, references, edges, 5)
        assert_levels_hide_enough(predictions, references, edges, found)
        assert found.hidden >= 5


def test_calibration_is_that_of_a_loop():
    """Every level has the mean and the quartiles of its pairs, and at least the fewest pairs."""
    predictions, references = grid_data(300, 3)
    levels = calibration(predictions, references, reference_edges(references, 0, 10), 20)
    assert sum(level.n for level in levels) == 300
    assert [level.low for level in levels[1:]] == [level.high for level in levels[:-1]]
    assert (levels[0].low, levels[-1].high) == (0, 10)
    for level in levels:
        last = level is levels[-1]
        inside = [
            (p, r)
            for p, r in zip(predictions.tolist(), references.tolist(), strict=True)
            if level.low <= r < level.high or (last and r == level.high)
        ]
        values = sorted(p for p, _ in inside)
        assert level.n == len(inside) >= 20
        assert level.mean == pytest.approx(mean(values), abs=1e-12)
        assert level.reference == pytest.approx(mean(r for _, r in inside), abs=1e-12)
        quartiles = np.percentile(values, [25, 50, 75])
        assert (level.q1, level.median, level.q3) == pytest.approx(quartiles, abs=0.05 + 1e-9)
        assert all(round(q, 1) == q for q in (level.q1, level.median, level.q3))


def test_intervals_have_the_same_number_of_values_of_the_grid():
    """Averages of three, four and eight whole ratings are spread evenly over the intervals."""
    for ratings in (3, 4, 8):
        for n in (1500, 3000):
            _, references = grid_data(n, 1, ratings)
            edges = reference_edges(references, 0, 10)
            numbers = np.histogram(np.unique(references) + 1e-9, edges)[0]
            assert 10 <= len(edges) - 1 <= 20
            assert len(set(numbers[1:-1].tolist())) == 1


def test_residuals_are_those_of_a_loop():
    """Intervals of the residuals have the counts of a loop; both tails are in the outer ones."""
    predictions, references = grid_data(2000, 5)
    residuals = (predictions - references).tolist()
    found = histogram(np.array(residuals), 5)
    assert 0.0 in found.edges
    assert found.open_low
    assert found.open_high
    width = found.edges[1] - found.edges[0]
    assert float(f"{width:.9g}") in {m * 10**e for m in (1, 2, 5) for e in (-2, -1, 0)}
    for place, number in enumerate(found.counts):
        low = -math.inf if place == 0 else found.edges[place]
        high = math.inf if place == len(found.counts) - 1 else found.edges[place + 1]
        slow = sum(low - 1e-9 <= r < high - 1e-9 for r in residuals)
        assert number == slow or (number is None and 0 < slow)
    assert found.counts[0] >= 5
    assert found.counts[-1] >= 5


@pytest.mark.parametrize("width", [10.0, 4.0, 100.0])
def test_the_number_of_small_errors_is_that_of_a_loop(width):
    """It counts errors from minus a tenth of the scale to below it, for bars of any width."""
    rng = np.random.default_rng(1)
    for spread in (0.02, 0.1, 0.3, 2.0):
        errors = rng.normal(0.0, spread * width, 3_000)
        found = near_zero(errors, width, histogram(errors, 5), 5)
        assert found.limit == width / 10
        assert found.n == sum(-width / 10 <= error < width / 10 for error in errors.tolist())


@pytest.mark.parametrize(
    "errors",
    [
        [0.5] * 97 + [3.0] * 3,  # three errors outside
        [5.0] * 97 + [0.5] * 3,  # three inside
        [0.5] * 50 + [1.5] * 3 + [-3.0] * 20 + [3.0] * 40,  # a bar from 0 to 2 has three outside
    ],
)
def test_few_errors_are_not_counted(errors):
    """The number is not shown if it tells how many errors of a few pairs are small."""
    values = np.array(errors)
    assert near_zero(values, 10.0, histogram(values, 5), 5) is None
    assert near_zero(values, 10.0, histogram(values, 1), 1) is not None


def test_hidden_bars_are_not_told_by_the_number_of_small_errors():
    """Two hidden bars of three pairs, one of them inside the limits, are together not small."""
    bars = Histogram(edges=(-4, -3, -1, 0, 1, 2), counts=(20, 30, None, 30, None), open_low=True)
    values = np.repeat([-3.5, -2.0, -0.5, 0.5, 1.5], [20, 30, 3, 30, 3])
    assert near_zero(values, 10.0, bars, 5) is None
    assert near_zero(values[values != -0.5], 10.0, bars, 3) is not None


@pytest.mark.parametrize(
    "values", [[], [1.0], [0.5, 7.0, -3.0], [2.5] * 4], ids=["none", "one", "three", "equal"]
)
def test_few_values_have_no_intervals(values):
    """A histogram of fewer values than the smallest number shows nothing about them."""
    found = histogram(np.array(values), 5)
    assert (found.edges, found.counts) == ((), ())


def test_equal_values_are_one_interval():
    """Values that are all equal are counted in one interval that contains them."""
    found = histogram(np.full(7, 2.5), 5)
    assert found.counts == (7,)
    assert found.edges[0] <= 2.5 <= found.edges[1]
    assert not found.open_low
    assert not found.open_high


@pytest.mark.parametrize(
    "values",
    [
        np.full(24, 5.0),
        np.linspace(-1e200, 1e200, 24),
        np.array([-1.7e308, 1.7e308] * 12),
        np.full(24, 1e300),
        np.full(24, -3.0),
        np.linspace(0, 1e-12, 24),
        np.array([1e12] + [5.0] * 23),
    ],
    ids=["constant", "huge", "largest", "huge-constant", "below", "tiny", "spike"],
)
def test_unusual_predictions_have_details(values):
    """Constant, huge and tiny predictions give details that are strict JSON, with every pair."""
    found = system_details(scorer_of(EXAMPLE), values, ENTRY, Publishing())
    document = json.loads(json.dumps(found.model_dump(mode="json"), allow_nan=False))
    assert SystemDetails.model_validate(document) == found
    shown = sum(number or 0 for row in found.density.counts for number in row)
    assert shown + found.density.hidden == 24
    assert sum(level.n for level in found.calibration) == 24
    assert (found.profile is None) == (float(np.abs(values).max()) > 1e150)


def three_pairs(folder):
    """Write a challenge of three pairs, and return its file."""
    file = folder / "challenge.toml"
    file.write_text(
        'name = "three"\ntitle = "Three"\ndefault_split = "test"\n[ids]\ncolumn = "id"\n'
        '[predictions]\ncolumn = "p"\n[references]\ncolumn = "r"\n[ratings]\ncolumn = "s"\n'
        'listener = { column = "l" }\n[scores]\nminimum = 0\n'
        'maximum = 10\n[splits.test]\nlist = "ids.txt"\nreferences = "r.csv"\n'
    )
    (folder / "ids.txt").write_text("a.wav\nb.wav\nc.wav\n")
    make_submission(folder / "r.csv", {"a.wav": 1.0, "b.wav": 4.0, "c.wav": 9.0}, ("id", "r"))
    return file


def test_three_pairs_show_no_cell(tmp_path):
    """With three pairs, no cell, level, interval or band is shown."""
    scorer = scorer_of(three_pairs(tmp_path))
    found = system_details(scorer, np.array([2.0, 3.0, 8.0]), ENTRY, Publishing())
    assert {number for row in found.density.counts for number in row} == {None}
    assert found.density.hidden == 3
    assert found.calibration == ()
    assert found.residuals.counts == ()
    assert found.profile.bands == ()
    assert found.profile.mse == pytest.approx(1.0)


def test_the_profile_is_that_of_the_score():
    """The profile is the one of `score` without the largest errors and bands of few pairs."""
    system = EXAMPLE / "submissions" / "Hibari_01.csv"
    card = xe.score(system, challenge=EXAMPLE, profile=True)
    values = np.loadtxt(system, delimiter=",", skiprows=1, usecols=1)
    found = system_details(scorer_of(EXAMPLE), values, ENTRY, Publishing())
    assert found.profile == card.profile.model_copy(update={"largest": ()})
    assert all(band.n >= 5 for band in found.profile.bands)
    fewer = system_details(scorer_of(EXAMPLE), values, ENTRY, Publishing(min_pairs=7))
    sizes = [band.n for band in card.profile.bands]
    kept = [band.n for band in fewer.profile.bands]
    assert kept == [n for n in sizes if n >= 7] or 24 - sum(kept) >= 7


WMT = DATA / "challenges" / "wmt"


def test_breakdowns_are_those_of_a_loop():
    """Each group has the metrics of its pairs by scipy; groups of few pairs are left out."""
    scorer = scorer_of(WMT)
    rng = np.random.default_rng(4)
    predictions = rng.uniform(0, 100, scorer.references.values.size)
    found = system_details(scorer, predictions, ENTRY, Publishing())
    columns = scorer.challenge.pairs.columns
    assert [each.column for each in found.breakdowns] == list(columns)
    for each in found.breakdowns:
        cells = np.array(columns[each.column])
        assert [one.value for one in each.slices] == sorted(one.value for one in each.slices)
        for one in each.slices:
            inside = cells == one.value
            truth = scorer.references.values[inside]
            assert one.n == inside.sum() >= 5
            assert one.metrics["MSE"] == pytest.approx(np.mean((predictions[inside] - truth) ** 2))
            assert one.metrics["KTAU"] == pytest.approx(
                stats.kendalltau(predictions[inside], truth).statistic
            )
        left = cells.size - sum(one.n for one in each.slices)
        assert left == 0 or left >= 5


def test_a_single_small_group_takes_another_with_it(tmp_path):
    """If one group has too few pairs, the smallest other one is left out as well."""
    folder = copy_with_pairs(tmp_path, ["a"] * 3 + ["b"] * 6 + ["c"] * 7 + ["d"] * 8)
    found = system_details(scorer_of(folder), np.arange(24.0), ENTRY, Publishing())
    kept = next(each for each in found.breakdowns if each.column == "kind")
    assert [(one.value, one.n) for one in kept.slices] == [("c", 7), ("d", 8)]


def copy_with_pairs(folder, kinds, texts=None):
    """Copy the example with a pairs file of one or two columns."""
    text = (EXAMPLE / "challenge.toml").read_text(encoding="utf-8")
    (folder / "challenge.toml").write_text(
        text.replace("first = 1", 'pairs = "pairs.csv"\nfirst = 1'), encoding="utf-8"
    )
    (folder / "ratings.csv").write_bytes((EXAMPLE / "ratings.csv").read_bytes())
    cells = texts or [f"sentence {place // 12}" for place in range(24)]
    rows = [
        f"{place:03d}.wav,{kind},{cell}"
        for place, (kind, cell) in enumerate(zip(kinds, cells, strict=True), start=1)
    ]
    (folder / "pairs.csv").write_text("\n".join(["wav_file_name,kind,text", *rows]) + "\n")
    return folder


def test_only_what_the_challenge_publishes_of_single_pairs(tmp_path):
    """By default nothing of a pair is in the details; each key of the policy adds its values."""
    folder = copy_with_pairs(tmp_path, ["a", "b"] * 12)
    scorer = scorer_of(folder)
    predictions = np.arange(24.0) / 3
    nothing = system_details(scorer, predictions, ENTRY, Publishing())
    assert nothing.largest == ()
    assert [each.column for each in nothing.breakdowns] == ["kind"]
    assert "sentence" not in nothing.model_dump_json()
    assert ".wav" not in nothing.model_dump_json()
    error = predictions - scorer.references.values
    worst = int(np.argmax(np.abs(error)))
    for key in ("predictions", "references", "texts", "ratings"):
        first = system_details(scorer, predictions, ENTRY, Publishing(**{key: True})).largest[0]
        field = key if key == "ratings" else key[:-1]
        given = {name for name, value in dict(first).items() if value is not None}
        assert given == {"pair_id", field}
        assert first.pair_id == f"{worst + 1:03d}.wav"
    every = Publishing(predictions=True, references=True, texts=True, ratings=True)
    first = system_details(scorer, predictions, ENTRY, every).largest[0]
    assert first.error == error[worst]
    assert first.text == f"sentence {worst // 12}"
    assert mean(first.ratings) == first.reference
    assert list(first.ratings) == sorted(first.ratings)


def test_metrics_are_those_of_the_policy():
    """Bands and groups have the published metrics only, in their order."""
    scorer = scorer_of(WMT)
    values = np.linspace(0, 100, scorer.references.values.size)
    found = system_details(scorer, values, ENTRY, Publishing(metrics=("MSE", "SRCC")))
    assert {tuple(band.metrics) for band in found.profile.bands} == {("MSE", "SRCC")}
    assert {tuple(one.metrics) for one in found.breakdowns[0].slices} == {("MSE", "SRCC")}


def test_parts_and_targets():
    """The details of a part are those of its pairs, and a target has its own references."""
    whole, public = scorer_of(WMT), scorer_of(WMT, part="public")
    values = np.linspace(0, 100, whole.references.values.size)
    found = system_details(public, values, ENTRY, Publishing(min_pairs=2))
    size = len(public.challenge.scored)
    assert found.profile.n == size < values.size
    assert sum(one.n for one in found.breakdowns[0].slices) <= size
    track = DATA / "challenges" / "voicemos2024_track3"
    means = []
    for target in ("SIG", "OVRL"):
        scorer = scorer_of(track, target)
        level = np.full(scorer.references.values.size, 3.0)
        found = system_details(scorer, level, ENTRY, Publishing(min_pairs=2))
        assert found.profile.bias == pytest.approx(3 - scorer.references.values.mean())
        means.append(found.profile.bias)
    assert means[0] != means[1]


DESCRIPTION = """
submission:
  label: Kumo_01
  name: <script>alert(1)</script>
  abbreviation: Kumo
  authors:
    - lastname: Tanaka
      firstname: Aoi
      email: aoi@example.org
      corresponding: true
      affiliation: { institute: University of Examples, location: "Tokyo, Japan" }
system:
  description: { audio_encoder: BYOL-A, text_encoder: RoBERTa-large, summary: An LSTM. }
  pretrained_models:
    - { name: BYOL-A, trained_on: [AudioSet], type: audio encoder, requested: true }
  external_data: []
  training_data: [XACLE train, XACLE validation]
  complexity: { total_parameters: 371000000, macs: 12000 }
  ensemble: false
  mixture_of_experts: true
  collected_data: { audio: true, texts: false, ratings: true }
  source_code: https://example.org/code
results:
  validation: { SRCC: 0.384, MSE: 4.836 }
"""


def test_description_entries():
    """Each entry of the file has a label and a text; addresses of authors are left out."""
    description = SystemDescription.model_validate(yaml.safe_load(DESCRIPTION))
    assert description_entries(description) == (
        ("Name", "<script>alert(1)</script> (Kumo)"),
        ("Authors", "Aoi Tanaka (University of Examples, Tokyo, Japan)"),
        ("Audio encoder", "BYOL-A"),
        ("Text encoder", "RoBERTa-large"),
        ("Summary", "An LSTM."),
        ("Pre-trained models", "BYOL-A (audio encoder, trained on AudioSet, requested)"),
        ("External data", "none"),
        ("Training data", "XACLE train, XACLE validation"),
        ("Parameters", "371,000,000"),
        ("Multiply-accumulate operations per pair", "12,000"),
        ("Ensemble of models", "no"),
        ("Mixture of experts", "yes"),
        ("Data collected for training", "audio, ratings"),
        ("Source code", "https://example.org/code"),
        ("Claimed on validation", "SRCC 0.384, MSE 4.836"),
    )
    found = system_details(
        scorer_of(EXAMPLE), np.arange(24.0), ENTRY, Publishing(), description=description
    )
    assert found.description == description_entries(description)
    assert "@" not in found.model_dump_json()

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
from xacle_eval.evaluation.binned import calibration, density, histogram, reference_edges
from xacle_eval.evaluation.descriptions import description_entries
from xacle_eval.evaluation.details import system_details
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.loading import load_one
from xacle_eval.results.details import SystemDetails
from xacle_eval.results.leaderboard import Entry
from xacle_eval.submissions.description import SystemDescription

EXAMPLE = DATA / "example"
WMT = DATA / "challenges" / "wmt"
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


def class_of(number):
    """Return the smallest number of a class that begins at 5, 10, 20, 40 and so on."""
    start = 5
    while start * 2 <= number:
        start *= 2
    return start if number >= start else None


@pytest.mark.parametrize(("n", "seed"), [(24, 0), (500, 1), (3000, 2)])
def test_density_is_that_of_a_loop(n, seed):
    """A cell has the class of the count of a loop over the pairs, and None if it is below five."""
    predictions, references = grid_data(n, seed)
    edges = reference_edges(references, 0, 10)
    found = density(predictions, references, edges, 5)
    slow = slow_cells(predictions, references, edges)
    first = -1 if found.open_low else 0
    for row, counts in enumerate(found.counts, start=first):
        for column, number in enumerate(counts):
            assert number == class_of(slow.get((row, column), 0))
    assert len(found.prediction_edges) == len(found.counts) + 1
    assert {len(row) for row in found.counts} == {len(found.reference_edges) - 1}
    assert found.open_low == (predictions.min() < 0)
    assert found.open_high == (predictions.max() > 10)


def test_calibration_is_that_of_a_loop():
    """Every level has the mean and the quartiles of its pairs in steps of 1/100 of the scale."""
    predictions, references = grid_data(300, 3)
    levels = calibration(predictions, references, reference_edges(references, 0, 10), 20)
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
        assert level.n == len(inside) // 20 * 20 >= 20
        quartiles = np.percentile(values, [25, 50, 75])
        reach = 1.5 * (quartiles[2] - quartiles[0])
        moved = [min(max(p, quartiles[0] - reach), quartiles[2] + reach) for p in values]
        found = (level.reference, level.mean, level.q1, level.median, level.q3)
        exact = (mean(r for _, r in inside), mean(moved), *quartiles)
        assert found == pytest.approx(exact, abs=0.05 + 1e-9)
        assert all(round(number, 1) == number for number in found)


def test_intervals_have_the_same_number_of_values_of_the_grid():
    """Averages of three, four and eight whole ratings are spread evenly over the intervals."""
    for ratings in (3, 4, 8):
        for n in (1500, 3000):
            _, references = grid_data(n, 1, ratings)
            edges = reference_edges(references, 0, 10)
            numbers = np.histogram(np.unique(references) + 1e-9, edges)[0]
            assert 10 <= len(edges) - 1 <= 20
            assert len(set(numbers[1:-1].tolist())) == 1


@pytest.mark.parametrize(("n", "width", "step"), [(40, 2, 5), (150, 1, 5), (2000, 0.5, 20)])
def test_residuals_are_those_of_a_loop(n, width, step):
    """Intervals of fixed widths have the counts of a loop, rounded down to 1 % of the pairs."""
    predictions, references = grid_data(n, 5)
    residuals = (predictions - references).tolist()
    found = histogram(np.array(residuals), 10.0, 5)
    assert 0.0 in found.edges
    assert np.diff(found.edges) == pytest.approx(width)
    slow = {}
    for each in residuals:
        low = math.floor(each / width + 1e-9) * width
        slow[low] = slow.get(low, 0) + 1
    shown = dict(zip(found.edges, found.counts, strict=False))
    for low, number in slow.items():
        assert shown.get(low) == (number // step * step or None)
    assert sum(number is not None for number in found.counts) > 1


def test_errors_beyond_the_scale_are_not_counted():
    """A team that sends a known number of predictions far away learns nothing from an outer bar."""
    errors = np.concatenate([np.full(100, 0.5), np.full(9, -10.5), [1e300, -1e300, np.inf]])
    found = histogram(errors, 10.0, 5)
    assert (found.edges, found.counts) == ((0.0, 1.0), (100,))
    assert not found.open_low
    assert not found.open_high
    ends = histogram(np.array([-10.0] * 5 + [10.0] * 5), 10.0, 5)
    assert (ends.edges[0], ends.edges[-1]) == (-10.0, 10.0)
    assert (ends.counts[0], ends.counts[-1]) == (5, 5)


@pytest.mark.parametrize(
    "values", [[], [1.0], [0.5, 7.0, -3.0], [2.5] * 4], ids=["none", "one", "three", "equal"]
)
def test_few_values_have_no_intervals(values):
    """A histogram of fewer values than the smallest number shows nothing about them."""
    found = histogram(np.array(values), 10.0, 5)
    assert (found.edges, found.counts) == ((), ())


def test_equal_values_are_one_interval():
    """Values that are all equal are counted in one interval that contains them."""
    found = histogram(np.full(7, 2.5), 10.0, 5)
    assert found.counts == (5,)
    assert found.edges[0] <= 2.5 <= found.edges[1]


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
    """Constant, huge and tiny predictions give details that are strict JSON."""
    found = system_details(scorer_of(EXAMPLE), values, ENTRY, Publishing())
    document = json.loads(json.dumps(found.model_dump(mode="json"), allow_nan=False))
    assert SystemDetails.model_validate(document) == found
    assert 24 - 5 * len(found.calibration) < sum(level.n for level in found.calibration) <= 24
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
    assert found.calibration == ()
    assert found.residuals.counts == ()
    assert found.profile.bands == ()
    assert found.profile.mse == pytest.approx(1.0)


def test_the_profile_is_that_of_the_score():
    """The profile is the one of `score` without the largest errors; its bands have outer ends."""
    scorer = scorer_of(WMT)
    ids = scorer.challenge.scored.ids
    values = np.random.default_rng(6).uniform(0, 100, len(ids)).round(3)
    system = dict(zip(ids, values.tolist(), strict=True))
    card = xe.score(system, challenge=WMT, profile=True)
    found = system_details(scorer, values, ENTRY, Publishing(min_pairs=3))
    assert found.profile.model_copy(update={"bands": ()}) == card.profile.model_copy(
        update={"bands": (), "largest": ()}
    )
    assert len(found.profile.bands) == 4
    edges = found.density.reference_edges
    for band, exact in zip(found.profile.bands, card.profile.bands, strict=True):
        assert (band.n, band.metrics) == (exact.n, exact.metrics)
        assert band.low == max(edge for edge in edges if edge <= exact.low)
        assert band.high == min(edge for edge in edges if edge >= exact.high)
        assert band.bias == pytest.approx(exact.bias, abs=0.5)
        assert band.bias == round(band.bias)
    assert system_details(scorer, values, ENTRY, Publishing(min_pairs=4)).profile.bands == ()


def test_breakdowns_are_those_of_a_loop():
    """Each group has the metrics of its pairs by scipy; groups of few pairs are left out."""
    scorer = scorer_of(WMT)
    rng = np.random.default_rng(4)
    predictions = rng.uniform(0, 100, scorer.references.values.size)
    found = system_details(scorer, predictions, ENTRY, Publishing(min_pairs=4))
    columns = scorer.challenge.pairs.columns
    assert [each.column for each in found.breakdowns] == list(columns)
    for each in found.breakdowns:
        cells = np.array(columns[each.column])
        assert [one.value for one in each.slices] == sorted(one.value for one in each.slices)
        for one in each.slices:
            inside = cells == one.value
            truth = scorer.references.values[inside]
            assert one.n == inside.sum() >= 40
            assert one.metrics["MSE"] == pytest.approx(np.mean((predictions[inside] - truth) ** 2))
            assert one.metrics["KTAU"] == pytest.approx(
                stats.kendalltau(predictions[inside], truth).statistic
            )
    # The languages have 48 pairs each, the domains 72.
    fewer = system_details(scorer, predictions, ENTRY, Publishing())
    assert [each.column for each in fewer.breakdowns] == ["domain"]


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
    assert nothing.breakdowns == ()
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
    found = system_details(scorer, values, ENTRY, Publishing(metrics=("MSE", "SRCC"), min_pairs=3))
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

"""The publishing policy: decimals, metrics and small groups of a report."""

import json
import re

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.leaks import GENRES, write_challenge
from xacle_eval.challenge.loading import load_challenge
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.results.leaderboard import Unranked
from xacle_eval.results.policy import publish_report
from xacle_eval.submissions.rules import rule

EXAMPLE = DATA / "example"
TARGETS = DATA / "challenges" / "voicemos2024_track3"
PLAN = xe.Bootstrap(resamples=300)
HIDDEN = ("LCC", "KTAU")
# Numbers that depend on no reference, or that have a precision of their own: settings and edges of
# pictures, shares of resamples, p-values and the detectable difference.
OWN = (
    "level", "alpha", "undefined", "edges", "reference_edges", "prediction_edges",
    "p_first", "podium", "difference_p", "smallest_p", "smallest_difference", "rank_agreement",
    "per_pair_median", "per_pair_mean", "k0", "k_median", "parameters", "share",
)  # fmt: skip


def report_with(challenge=EXAMPLE, **publish):
    """Return the report of an example with another policy."""
    loaded = load_challenge(challenge)
    loaded = loaded.model_copy(update={"publish": Publishing(**publish)})
    return xe.report(challenge / "submissions", challenge=loaded, bootstrap=PLAN)


@pytest.fixture(scope="module")
def grouped(tmp_path_factory):
    """The report of a challenge with genres, one of which has two pairs."""
    folder = tmp_path_factory.mktemp("grouped")
    write_challenge(folder, "min_pairs = 2")
    return xe.report(folder / "submissions", challenge=folder, bootstrap=PLAN)


def walk(data, path=()):
    """Yield every value of a JSON document with its keys."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, (*path, key))
    elif isinstance(data, list):
        for value in data:
            yield from walk(value, path)
    else:
        yield path, data


@pytest.mark.parametrize("challenge", [EXAMPLE, TARGETS], ids=["one", "targets"])
@pytest.mark.parametrize("decimals", [0, 1, 3])
def test_no_number_has_more_decimals(decimals, challenge):
    """Every number that depends on the references is rounded to the published decimals."""
    report = report_with(challenge, decimals=decimals)
    found = [
        (path, value)
        for path, value in walk(json.loads(report.to_json()))
        if isinstance(value, float) and not set(path) & set(OWN)
    ]
    assert len(found) > 100
    # An end of a band or a level is an edge of the density, and the mean of ranks is in thirds.
    other = [
        (path, value)
        for path, value in found
        if round(value, decimals) != value
        and not (path[-1] in ("low", "high") and {"bands", "calibration"} & set(path))
        and "overall" not in path
    ]
    assert other == []


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_values_are_rounded_once(decimals):
    """A published value is the metric at full precision, rounded to the published decimals."""
    full = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE)
    board = report_with(decimals=decimals).boards["system"]
    for entry, exact in zip(board.entries, full.entries, strict=True):
        wanted = {name: round(value, decimals) for name, value in exact.metrics.items()}
        assert entry.metrics == entry.rounded == wanted
        assert entry.rank == exact.rank


def test_the_table_shows_the_published_decimals():
    """The table has fewer decimals than the ranking compares, and says both numbers."""
    text = str(report_with(decimals=1))
    assert re.search(r"Hibari_01 +0\.9 +0\.9 +0\.7 +1\.5\n", text)
    note = "rounded to 3 decimals. Shown with 1 decimal: systems with equal values can have"
    assert note in " ".join(text.split())


def test_metrics_that_are_not_published_are_nowhere():
    """No value of another metric is in the document; the order of the ranking still names it."""
    report = report_with(metrics=("MSE", "SRCC"))
    document = json.loads(report.to_json())
    keys = {key for path, _ in walk(document) for key in path}
    assert not keys & set(HIDDEN)
    assert not [value for path, value in walk(document) if path[-1] == "metric" and value in HIDDEN]
    board = report.boards["system"]
    assert board.order == ("SRCC", "LCC", "KTAU", "MSE")
    assert [list(entry.metrics) for entry in board.entries] == [["MSE", "SRCC"]] * 3
    text = " ".join(str(report).split())
    assert "Rank System MSE ↓ SRCC ↑ ─" in text
    assert "SRCC, then LCC, KTAU, MSE, rounded to 3 decimals. Not published: LCC, KTAU." in text
    assert not re.search(r"LCC,? [0-9]", text)
    assert "LCC" not in report.to_csv().split("\n")[0]


def test_without_errors_nothing_measures_them():
    """If no error is published, there is no error profile and no floor of MSE."""
    shown, hidden = report_with(), report_with(metrics=("SRCC",))
    for report, has in ((shown, True), (hidden, False)):
        assert all((each.profile is not None) is has for each in report.details[""])
        floor = report.ratings[""].floor["value"]
        ceilings = report.boards["system"].resampling.ceilings
        assert (floor is not None, ceilings.floor is not None) == (has, has)
        assert xe.ChallengeReport.from_json(report.to_json()) == report
    assert hidden.details[""][0].residuals == shown.details[""][0].residuals


def test_every_target_follows_the_policy():
    """Every target shows the published metrics with the published decimals."""
    report = report_with(TARGETS, metrics=("SRCC",), decimals=2)
    assert len(report.targets) == 3
    for board in report.boards_of("system").values():
        assert {tuple(entry.metrics) for entry in board.entries} == {("SRCC",)}
        assert board.shown_decimals == 2
        assert board.presentation.metrics == ("SRCC",)


@pytest.mark.long
def test_publishing_again_changes_nothing(grouped):
    """A published report is its own published form."""
    assert publish_report(grouped) == grouped
    report = report_with(metrics=("SRCC", "MSE"), decimals=2)
    assert publish_report(report) == report


def test_a_small_group_is_hidden_and_cannot_be_computed(grouped):
    """A group of two pairs is left out, and so is another one that a total would reveal it by."""
    for details in grouped.details[""]:
        (genres,) = details.breakdowns
        assert GENRES[2] not in [each.value for each in genres.slices]
        assert details.profile.n - sum(each.n for each in genres.slices) >= 20


def test_no_cell_or_band_has_few_pairs(grouped):
    """Shown numbers of pairs are classes or multiples of `min_pairs`; bands have ten times it."""
    for details in grouped.details[""]:
        cells = {cell for row in details.density.counts for cell in row}
        assert cells <= {None, 2, 4, 8, 16, 32, 64}
        assert details.profile.bands
        assert all(band.n >= 20 for band in details.profile.bands)
        assert all(level.n >= 2 and level.n % 2 == 0 for level in details.calibration)
        assert all(bar is None or (bar > 0 and bar % 2 == 0) for bar in details.residuals.counts)


def test_the_ends_of_bands_are_no_references(grouped):
    """The ends of the bands are edges of the density, which are the same for all references."""
    for details in grouped.details[""]:
        ends = {end for band in details.profile.bands for end in (band.low, band.high)}
        assert ends
        assert ends <= set(details.density.reference_edges)


def test_no_listener_has_a_number_of_its_own(grouped):
    """The analysis of ratings has no minimum or maximum over listeners, and no pair's ratings."""
    found = grouped.ratings[""]
    assert not {"per_listener_min", "per_listener_max"} & set(found.description)
    assert found.description["n_listeners"] == 12
    assert sum(count or 0 for count in found.distribution.counts) <= found.description["n_ratings"]
    assert all(count is None or count == 0 or count >= 2 for count in found.distribution.counts)


def test_a_suspicion_is_no_public_accusation():
    """Ranked systems have no finding of suspicion; unranked ones its code and a neutral title."""
    report = report_with()
    board = report.boards["system"]
    entry = board.entries[0]
    found = [
        rule("same-as-references").finding("LCC 1.000: the predictions reproduce the references"),
        rule("probe-like").finding("probe-like predictions: 3 spikes"),
        rule("surplus-pairs").finding("references of other pairs"),
    ]
    error = found[1].model_copy(update={"severity": "error"})
    unranked = Unranked(path="A_01.csv", team="A", system="A_01", findings=(found[0], error))
    changed = board.model_copy(
        update={
            "entries": (entry.model_copy(update={"findings": tuple(found)}), *board.entries[1:]),
            "unranked": (unranked,),
        }
    )
    boards = {**report.boards, "system": changed}
    published = publish_report(report.model_copy(update={"boards": boards})).boards["system"]
    assert [each.code for each in published.entries[0].findings] == ["XAC053"]
    (reason,) = published.unranked[0].findings
    assert (reason.code, reason.hint) == ("XAC067", "")
    assert reason.title == reason.message == "not ranked by a rule of the leaderboard"

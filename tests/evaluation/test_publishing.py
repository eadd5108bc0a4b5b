"""A leaderboard prints no more digits than the ranking compares, in any format."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import xacle_eval as xe
from tests.helpers import DATA, json_of, make_submission
from xacle_eval.challenge.rounding import decimals_of, format_metric, round_metric
from xacle_eval.cli.main import main
from xacle_eval.statistics import rank_by_rule

EXAMPLE = DATA / "example"
FORMATS = ("text", "json", "csv", "markdown", "latex")


def printed(*arguments):
    """Return the output of the command `leaderboard`."""
    done = CliRunner().invoke(
        main, ["leaderboard", *map(str, arguments)], standalone_mode=False, obj={}
    )
    assert done.exception is None
    return done.stdout


def numbers(found, name=""):
    """Yield every float of a JSON document with the name of its key."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from numbers(value, name if key in ("low", "high", "mean") else key)
    elif isinstance(found, list):
        for value in found:
            yield from numbers(value, name)
    elif isinstance(found, float):
        yield name, found


def digits_of(text):
    """Return the number of significant digits of a written number."""
    return len(re.sub(r"[-.]", "", text.partition("e")[0]).lstrip("0"))


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """Write systems of the example whose MSE is between 10 and 10,000."""
    folder = tmp_path_factory.mktemp("far")
    rng = np.random.default_rng(1)
    ids = xe.load_challenge(EXAMPLE).manifest.ids
    for number, offset in enumerate((7.123, 41.234, 93.345), start=1):
        values = rng.normal(offset, 1.0, len(ids)).tolist()
        make_submission(folder / f"Far{number}.csv", zip(ids, values, strict=True))
    return folder


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (3.01119, 3, "3.011"),
        (0.0123456, 3, "0.012"),
        (0.0123456, 9, "0.01235"),
        (9.99949, 3, "9.999"),
        (9.9996, 3, "10.00"),
        (12.3456, 3, "12.35"),
        (12.3456, 1, "12.3"),
        (9312.84, 3, "9313"),
        (93128.4, 3, "93130"),
        (0.0, 3, "0.000"),
        (-0.0001, 3, "0.000"),
    ],
)
def test_an_mse_has_at_most_four_significant_digits(value, decimals, text):
    """An MSE is rounded to the challenge's decimals and to four digits, whichever is fewer."""
    assert format_metric("MSE", value, decimals) == text
    assert round_metric("MSE", value, decimals) == float(text)
    assert round_metric("SRCC", value, decimals) == round(value, decimals) + 0.0
    assert decimals_of("SRCC", value, decimals) == decimals


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_prints_more_digits(far, format_):
    """A large MSE has four digits in every format, and each format shows the same value."""
    exact = xe.leaderboard(far, challenge=EXAMPLE)
    output = printed(far, "--challenge", EXAMPLE, "--format", format_)
    for entry in exact.entries:
        mse = entry.metrics["MSE"]
        near = [word for word in re.findall(r"\d+\.?\d*", output)
                if float(word) == pytest.approx(mse, rel=1e-3)]  # fmt: skip
        assert near
        assert {float(word) for word in near} == {float(f"{mse:.4g}")}


def test_every_number_of_the_document_is_rounded(far):
    """Metrics, levels, intervals, shares and screened metrics have few digits in JSON and CSV."""
    arguments = (far, EXAMPLE / "submissions", "--challenge", EXAMPLE, "--bootstrap", "70")
    document = json_of(printed(*arguments, "--screenings", "all", "--format", "json"))
    found = list(numbers({key: document[key] for key in ("entries", "screenings", "resampling")}))
    assert {name for name, _ in found} >= {"MSE", "SRCC", "p_first", "floor"}
    for name, value in found:
        if name in ("MSE", "floor", "floor_interval"):
            assert digits_of(repr(value)) <= 4 or value.is_integer(), (name, value)
        if name not in ("z", "smallest_p", "difference_p"):
            assert round(value, 3) == value, (name, value)
    # This one depends on the number of resamples only.
    assert document["resampling"]["smallest_p"] == 1 / 71
    table = printed(*arguments, "--format", "csv")
    for word in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", table):
        assert round(float(word), 3) == float(word)


def test_the_levels_of_groups_are_rounded(tmp_path):
    """Metrics at a group level, and their intervals, are rounded too."""
    folder = DATA / "challenges" / "voicemos"
    challenge = xe.load_challenge(folder)
    rng = np.random.default_rng(4)
    ids = challenge.manifest.ids
    make_submission(
        tmp_path / "A.txt", zip(ids, rng.uniform(1, 5, len(ids)).tolist(), strict=True), None
    )
    references = folder / "references.csv"
    document = json_of(
        printed(tmp_path / "A.txt", "--challenge", folder, "--references", references,
                "--format", "json", "--bootstrap", "20")
    )  # fmt: skip
    (entry,) = document["entries"]
    assert entry["levels"]
    for name, value in numbers(entry):
        assert round(value, challenge.ranking.decimals) == value, (name, value)


def test_hidden_digits_decide_no_rank():
    """Systems whose printed MSE is equal share a rank; the next digit that is printed decides."""
    frame = pd.DataFrame({"system": ["A", "B", "C"], "SRCC": 0.5, "LCC": 0.5, "KTAU": 0.5,
                          "MSE": [12.3449, 12.341, 12.35]})  # fmt: skip
    assert [(one.rank, one.system) for one in xe.rank(frame).entries] == [
        (1, "A"),
        (1, "B"),
        (3, "C"),
    ]


@pytest.mark.parametrize("decimals", [0, 1, 3, 6])
def test_resamples_are_ranked_like_the_leaderboard(decimals):
    """The ranks of resamples compare the MSE at the same digits as the leaderboard."""
    rng = np.random.default_rng(9)
    values = np.concatenate([rng.uniform(0, 20, 60), rng.uniform(9.99, 10.01, 60)])
    rounded = [round_metric("MSE", value, decimals) for value in values]
    expected = [1 + sum(other < one for other in rounded) for one in rounded]
    ranks = rank_by_rule(values[:, np.newaxis], ("MSE",), ("MSE",), decimals)
    assert ranks.tolist() == expected

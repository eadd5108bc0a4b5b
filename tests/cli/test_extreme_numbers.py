"""Valid submissions with very large or very small numbers cause no internal error."""

import json
import math
import shutil

import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import HIBARI, xacle_eval
from tests.helpers import DATA, codes, make_submission
from tests.submissions.descriptions import description, zipped
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.reports.formats.documents import document_json
from xacle_eval.reports.views.score import score_view
from xacle_eval.statistics import bca_interval

TASK = ("--challenge", "example/task.toml")
# Such predictions are errors by default; a challenge can allow them.
ANY_RANGE = "[scores]\nmax_widths_beyond = 1e100\n"
USUAL = [float(line.split(",")[1]) for line in (DATA / HIBARI).read_text().split()[1:]]
STEPS = [float(number) for number in range(1, 25)]
VALUES = {
    "one of 1e55": [1e55, *USUAL[1:]],
    "one of 1e78": [1e78, *USUAL[1:]],
    "one of 1e100": [-1e100, *USUAL[1:]],
    "all of 1e100": [1e100 * (-1) ** place for place in range(24)],
    "tiny": [step * 1e-90 for step in STEPS],
    "tinier": [step * 1e-300 for step in STEPS],
}


@pytest.fixture(scope="module")
def ids():
    """Return the ids of the example."""
    return xe.load_challenge(DATA / "example").manifest.ids


@pytest.fixture(scope="module")
def any_range(tmp_path_factory):
    """Copy the example's challenge files and allow predictions of any size."""
    folder = tmp_path_factory.mktemp("example") / "example"
    shutil.copytree(DATA / "example", folder)
    for path in (folder / "challenge.toml", folder / "task.toml"):
        path.write_text(path.read_text().replace("[scores]\n", ANY_RANGE))
    return folder


def strict(text):
    """Return parsed JSON; NaN and infinities are errors."""

    def refuse(name):
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.long
@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "A_01.csv", "--bootstrap", "40", "--interval", "bca", "--profile"),
        (
            *("leaderboard", "A_01.csv", "B_01.csv", "--rank-suspicious"),
            *("--bootstrap", "40", "--interval", "bca"),
        ),
        ("compare", "A_01.csv", "B_01.csv", "--bootstrap", "40"),
        ("compare", "A_01.csv", "C_01.csv", "--bootstrap", "40"),
    ],
    ids=lambda arguments: " ".join(arguments[:3]),
)
def test_every_command(name, arguments, ids, any_range, tmp_path):
    """Every command ends with exit code 0 and strict JSON, without a warning of numpy."""
    rows = {"A_01": VALUES[name], "B_01": [2 * value for value in VALUES[name]], "C_01": USUAL}
    if "1e100" in name:
        rows["B_01"] = [value / 2 for value in VALUES[name]]
    for system, values in rows.items():
        make_submission(tmp_path / f"{system}.csv", zip(ids, values, strict=True))
    challenge = ("--challenge", any_range)
    result = xacle_eval(*arguments, *challenge, "-q", "--format", "json", cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    strict(result.out)


@pytest.mark.long
@pytest.mark.parametrize(
    ("claim", "first", "code", "found"),
    [
        ("1.0e+26", USUAL[0], 1, "XAC105"),
        ("1.0e+12", USUAL[0], 0, "XAC116"),
        ("1.5", 9e13, 0, "XAC116"),
        ("1.5", 1e100, 0, "XAC116"),
        ("1.0e-300", 1e100, 0, "XAC116"),
    ],
)
def test_claims(claim, first, code, found, ids, any_range, tmp_path):
    """Huge claims are refused; others are compared with results of any size."""
    rows = zip(ids, [first, *USUAL[1:]], strict=True)
    text = description("Kumo_01") + f"\nresults:\n  test: {{ MSE: {claim} }}\n"
    (tmp_path / "Kumo.zip").write_bytes(
        zipped(
            {
                "Kumo_01.csv": "wav_file_name,pred_score\n"
                + "".join(f"{name},{value!r}\n" for name, value in rows),
                "Kumo_01.yaml": text,
            }
        )
    )
    for name in ("score", "leaderboard"):
        flags = ("--rank-suspicious",) if name == "leaderboard" else ()
        task = ("--challenge", any_range / "task.toml")
        result = xacle_eval(name, tmp_path / "Kumo.zip", *task, *flags, "-q")
        assert result.code == code
    board = xe.leaderboard(
        tmp_path / "Kumo.zip", challenge=any_range / "task.toml", rank_suspicious=True
    )
    (system,) = (*board.entries, *(one for one in board.unranked if one.system == "Kumo_01"))
    assert found in codes(system.findings)


def test_similar_tiny_systems_of_a_package(ids, tmp_path):
    """A package with predictions k·1e-90 and 2k·1e-90 has a warning that they are related."""
    files = {}
    for label, factor in (("Kumo_01", 1), ("Kumo_02", 2)):
        rows = zip(ids, STEPS, strict=True)
        lines = "".join(f"{name},{factor * step * 1e-90!r}\n" for name, step in rows)
        files |= {f"{label}.csv": lines, f"{label}.yaml": description(label)}
    (tmp_path / "Kumo.zip").write_bytes(zipped(files))
    result = xacle_eval("validate", tmp_path / "Kumo.zip", *TASK)
    assert result.code == 0
    assert "Kumo_02 = 2 × Kumo_01" in result.out


def test_bca_does_not_depend_on_the_scale():
    """The BCa interval of values times 1e200 or 1e-200 is the interval times that factor."""
    values = [((7 * n) % 97) ** 2 / 97 for n in range(200)]
    jackknife = [((5 * n) % 23) ** 2 / 23 for n in range(23)]
    plain = bca_interval(values, 20.0, jackknife)
    for factor in (2.0**660, 2.0**-660):
        scaled = bca_interval(
            [factor * value for value in values], 20.0 * factor, [factor * j for j in jackknife]
        )
        assert (scaled.low, scaled.high) == (factor * plain.low, factor * plain.high)


def test_an_error_that_is_too_large_is_undefined(ids):
    """An MSE that no float can hold is None under every policy, named, and not ranked."""
    challenge = xe.load_challenge(DATA / "example")
    assert challenge.ranking.undefined == 0
    scorer = Scorer(challenge, xe.load_references(None, challenge))
    scores = scorer.scores_at("pair", np.array([1e200, *USUAL[1:]]))
    assert scores.metrics["MSE"] is None
    assert scores.undefined == ("MSE",)
    assert all(math.isfinite(value) for name, value in scores.metrics.items() if name != "MSE")
    card = xe.score(dict(zip(ids, USUAL, strict=True)), challenge=challenge)
    card = card.model_copy(update={"metrics": scores.metrics, "undefined": scores.undefined})
    assert "Too large to be computed: MSE." in score_view(card, challenge).notes
    assert strict("".join(document_json("score", card)))["metrics"]["MSE"] is None

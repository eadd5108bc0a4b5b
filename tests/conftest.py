"""Fixtures of all tests; Hypothesis has no deadline on a busy machine and leaves no file in the
checkout.
"""

import os
import tempfile

# Threads of small matrix products only get in each other's way on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

import xacle_eval as xe
from tests.helpers import DATA, make_submission

set_hypothesis_home_dir(tempfile.gettempdir() + "/xacle-eval-hypothesis")
settings.register_profile("suite", deadline=None, database=None, max_examples=60)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def small():
    """The challenge of six pairs."""
    return xe.load_challenge(DATA / "invalid" / "challenge.toml")


@pytest.fixture(scope="session")
def xacle():
    """The bundled challenge."""
    return xe.load_challenge("xacle2026")


@pytest.fixture(scope="session")
def xacle_references(xacle, tmp_path_factory):
    """Averages for the test split, on the quarter-point grid that four listeners give."""
    values = np.random.default_rng(5).integers(0, 41, len(xacle.manifest)) / 4
    rows = zip(xacle.manifest.ids, values, strict=True)
    return make_submission(
        tmp_path_factory.mktemp("xacle") / "averages.csv", rows, ("wav_file_name", "average_score")
    )


@pytest.fixture(scope="session")
def xacle_predictions(xacle):
    """Complete predictions for the test split, by id, with the two decimals of the organisers'
    baseline.
    """
    values = np.random.default_rng(6).normal(5, 2, len(xacle.manifest)).round(2)
    return dict(zip(xacle.manifest.ids, values.tolist(), strict=True))

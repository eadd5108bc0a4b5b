"""Whatever bytes are given as references, a table or a challenge file, only the caller is at fault."""

import contextlib
import random
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.challenge_files import challenge_problems, template

EXAMPLE = xe.load_challenge(DATA / "example")
PIECES = [
    b",",
    b'"',
    b"\n",
    b"nan",
    b"-",
    b"\0",
    b"\xff",
    b"1e999",
    b"[",
    b"]",
    b"=",
    b"{",
    b"}",
    b".",
    b"0",
    b'""',
    b"'",
]
TEMPLATE = template().replace("10_000_000", "5000").encode()
RATINGS = (DATA / "example" / "ratings.csv").read_bytes()
TABLE = b"team,system,SRCC,LCC,KTAU,MSE\nA,A_01,0.5,0.5,0.5,1\nB,B_01,0.6,0.5,0.5,1\nB,B_02,0.5,0.5,0.5,2\n"


def mutated(data, seed):
    """Put pieces into data, over data and in place of data at random."""
    rng = random.Random(seed)  # noqa: S311 -- no secret
    data = bytearray(data)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(data) + 1)
        data[at : at + rng.choice([0, 0, 1, 5, 40])] = rng.choice([*PIECES, bytes(data[at : at + 20])])
    return bytes(data)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file to write to again and again."""
    return tmp_path_factory.mktemp("fuzz") / "file"


@given(seed=st.integers(0, 2**32))
def test_references(file, seed):
    """References load with a finite mean for each pair, or are refused with findings."""
    file.write_bytes(mutated(RATINGS, seed))
    loaded, refused = None, None
    try:
        loaded = xe.load_references(file, EXAMPLE)
    except xe.ReferencesError as error:
        refused = error
    if loaded is None:
        assert refused.findings
        assert str(refused).encode()
    else:
        assert np.isfinite(loaded.values).all()
        assert loaded.values.shape == (24,)


@given(seed=st.integers(0, 2**32))
def test_tables(file, seed):
    """A table is ranked, or refused with findings."""
    file.write_bytes(mutated(TABLE, seed))
    with contextlib.suppress(xe.TableError):
        assert xe.rank(file).entries


@given(seed=st.integers(0, 2**32))
def test_challenge_files(file, seed):
    """A challenge file is right, or has problems that are each one line with a key or the reason."""
    data = mutated(TEMPLATE, seed)
    assume(not re.search(rb"[0-9]{6,}", data))  # a million pairs are no error, but no test either
    file.write_bytes(data)
    for problem in challenge_problems(file):
        assert problem
        assert problem.encode()
    with contextlib.suppress(xe.ChallengeError):
        assert len(xe.load_challenge(file).manifest) > 0

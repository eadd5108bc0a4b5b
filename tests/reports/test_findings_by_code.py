"""``validate --format concise``, ``--statistics`` and ``--exit-zero``."""

import pytest

from tests.cli.helpers import xacle_eval
from tests.submissions.cases import CASES, CHALLENGE, GOOD


@pytest.fixture
def folder(tmp_path):
    """A folder of two teams with three systems; two are invalid."""
    files = {
        "challenge.toml": CHALLENGE,
        "teams/Kumo/Kumo_01.csv": CASES["zeros"],
        "teams/Kumo/Kumo_02.csv": GOOD,
        "teams/Ame/Ame_01.csv": CASES["v_na_"],
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


CONCISE = [
    "teams/Ame/Ame_01.csv:5:11: error XAC030 missing prediction: 07503.wav ('n.a.')",
    "teams/Kumo/Kumo_01.csv:2:1: error XAC146 leading zeros are missing in 12 ids; the first: "
    "'7500' must be '07500.wav'",
]


def test_concise_and_statistics(folder):
    """Each finding is one line with its place; the tables count codes and judge teams."""
    call = ("validate", "--challenge", "challenge.toml", "teams", "--format", "concise")
    plain = xacle_eval(*call, cwd=folder)
    assert (plain.code, plain.out.splitlines()) == (1, CONCISE)
    done = xacle_eval(*call, "--statistics", "--exit-zero", cwd=folder)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[:2] == CONCISE
    words = [line.split() for line in lines]
    assert [*["XAC146", "error", "leading", "zeros", "of", "an", "id", "12", "1"]] in words
    assert [*["XAC030", "error", "missing", "prediction", "1", "1"]] in words
    assert [*["Ame", "1", "1", "system", "invalid", "XAC030"]] in words
    assert [*["Kumo", "2", "1", "system", "invalid", "XAC146"]] in words


def test_statistics_beside_a_format_for_programs(folder):
    """With JSON, the tables are on stderr, and stdout stays JSON."""
    file = "teams/Kumo/Kumo_02.csv"
    call = ("validate", "--challenge", "challenge.toml", file, "--format", "json", "--statistics")
    done = xacle_eval(*call, cwd=folder)
    assert done.code == 0
    assert done.out.startswith("{")
    assert "No findings." in done.err

"""``verify`` and ``listeners`` in every table format."""

import csv
import io
import json

import pytest

from tests.cli.helpers import EXAMPLE, xacle_eval
from tests.reports.test_latex import problems

KUMO, HIBARI = "example/packages/Kumo.zip", "example/packages/Hibari.zip"
TASK = ("--challenge", "example/task.toml")


@pytest.fixture(scope="module")
def receipt(tmp_path_factory):
    """Return the receipt of a package."""
    path = tmp_path_factory.mktemp("receipts") / "receipt.json"
    xacle_eval("validate", KUMO, *TASK, "--receipt", path)
    return path


@pytest.mark.parametrize(("file", "code"), [(KUMO, 0), (HIBARI, 1)])
def test_verify_in_every_table_format(receipt, file, code, tmp_path):
    """Each format has the values of the JSON, and the same exit code; -o writes it to a file."""
    found = {
        name: xacle_eval("verify", receipt, file, "--format", name)
        for name in ("json", "csv", "markdown", "latex")
    }
    assert {result.code for result in found.values()} == {code}
    values = json.loads(found["json"].out)
    rows = list(csv.DictReader(io.StringIO(found["csv"].out)))
    first = rows[0]
    assert (first["file"], first["status"]) == (file, "mismatch" if code else "match")
    assert first["sha256"] == values["sha256"]
    assert (first["verdict"] or None) == values["verdict"]
    assert first["challenge_sha256"] == values["challenge"]["sha256"]
    inside = [(row["status"], row["file"]) for row in rows[1:]]
    assert inside == [
        (kind, name) for kind in ("changed", "added", "missing") for name in values[kind]
    ]
    assert bool(inside) is bool(code)
    for name in ("markdown", "latex"):
        assert all(row["file"].replace("_", "\\_") in found[name].out for row in rows)
        assert values["sha256"] in found[name].out
    assert f"\n- SHA-256: `{values['sha256']}`\n" in found["markdown"].out
    assert problems(found["latex"].out) == []
    xacle_eval("verify", receipt, file, "--format", "markdown", "-o", tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text() == found["markdown"].out


@pytest.mark.long
def test_listeners_in_every_table_format():
    """The noise ceiling has the same value in every format."""
    few = ("--resamples", "2", "-q")
    found = {
        name: xacle_eval("listeners", "example/ratings.csv", *EXAMPLE, *few, "--format", name)
        for name in ("text", "json", "csv", "markdown", "latex")
    }
    assert {result.code for result in found.values()} == {0}
    ceilings = json.loads(found["json"].out)["before"]["ceiling"]["ceilings"]
    value = next(each["value"] for each in ceilings if each["metric"] == "SRCC")
    assert repr(value) in found["csv"].out
    for name in ("text", "markdown", "latex"):
        (row,) = (
            line
            for line in found[name].out.splitlines()
            if line.lstrip("| ").startswith("Noise ceiling, SRCC")
        )
        assert f"{value:.3f}" in row
    assert problems(found["latex"].out) == []

"""Resources that are not checked concern organisers: one line for all uploads, in every format."""

import json

import pytest

from tests.cli.helpers import xacle_eval
from tests.helpers import REPOSITORY
from tests.submissions.descriptions import description, zipped
from xacle_eval.reports.formats.github import github_summary
from xacle_eval.submissions.validation import validate

GOOD = (REPOSITORY / "sample_submissions" / "Minimal_Reference_01.csv").read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two packages, one with two systems."""
    folder = tmp_path_factory.mktemp("packages")
    for team, labels in (("Kumo", ("Kumo_01", "Kumo_02")), ("Nami", ("Nami_01",))):
        files = {f"{label}.csv": GOOD for label in labels}
        files |= {f"{label}.yaml": description(label) for label in labels}
        (folder / f"{team}.zip").write_bytes(zipped(files))
    return folder


@pytest.mark.long
@pytest.mark.parametrize("format_", ["text", "concise", "github", "junit", "sarif"])
def test_resources_without_a_list_are_one_line(format_, folder):
    """An organiser with two packages of three systems sees XAC112 once, a participant never."""
    both = xacle_eval("validate", "Kumo.zip", "Nami.zip", "--format", format_, cwd=folder)
    assert both.code == 0, both.out
    text = both.out
    if format_ == "sarif":
        found = [one for one in json.loads(text)["runs"][0]["results"] if one["ruleId"] == "XAC112"]
        assert [one["occurrenceCount"] for one in found] == [3]
        text = found[0]["message"]["text"]
    elif format_ == "github":  # an annotation, and the line of the text below it
        assert text.count("::notice file=Kumo.zip,title=XAC112") == 1
        assert text.count("XAC112") == 2
    else:
        assert text.count("XAC112") == 1
    assert "resources of 3 systems not checked: the challenge has no list" in text
    one = xacle_eval("validate", "Kumo.zip", "--format", format_, cwd=folder)
    left = json.loads(one.out)["runs"][0]["results"] if format_ == "sarif" else one.out
    assert "XAC112" not in str(left)


def test_the_summary_and_the_statistics_count_them_once(folder):
    """The summary of a GitHub step and the table of codes name XAC112 for organisers only."""
    both = validate(folder / "Kumo.zip", folder / "Nami.zip")
    assert github_summary(both).count("not checked") == 2  # the heading and the one line
    assert "XAC112" not in github_summary(validate(folder / "Kumo.zip"))
    packages = ("Kumo.zip", "Nami.zip")
    assert "XAC112" in xacle_eval("validate", "--statistics", *packages, cwd=folder).out
    assert "XAC112" not in xacle_eval("validate", "--statistics", "Kumo.zip", cwd=folder).out


def test_json_lists_every_system(folder):
    """JSON keeps the finding of each system, also for one package."""
    done = xacle_eval("validate", "Kumo.zip", "--format", "json", cwd=folder)
    systems = json.loads(done.out)["submissions"]
    found = [one["system"] for one in systems if "XAC112" in str(one["findings"])]
    assert found == ["Kumo_01", "Kumo_02"]


def test_other_commands_do_not_show_it_to_participants(folder, tmp_path):
    """``score`` and ``package`` are about one upload, so they do not name XAC112."""
    scored = xacle_eval("score", "Kumo.zip", "--format", "csv", cwd=folder)
    assert scored.code == 0, scored.err
    assert "XAC112" not in scored.err
    (tmp_path / "Kumo_01.csv").write_bytes(GOOD)
    (tmp_path / "Kumo_01.yaml").write_text(description("Kumo_01"))
    packed = xacle_eval("package", "Kumo_01.csv", "Kumo_01.yaml", "-o", "Kumo.zip", cwd=tmp_path)
    assert packed.code == 0, packed.err
    assert "XAC112" not in packed.err


def test_a_challenge_that_makes_it_an_error_shows_it(folder, tmp_path):
    """If the challenge file makes XAC112 an error, each invalid system shows its reason."""
    (tmp_path / "strict.toml").write_text('extends = "xacle2026"\n[rules]\nXAC112 = "error"\n')
    done = xacle_eval("validate", "Kumo.zip", "--challenge", tmp_path / "strict.toml", cwd=folder)
    assert done.code == 1
    assert done.out.count("error XAC112") == 2

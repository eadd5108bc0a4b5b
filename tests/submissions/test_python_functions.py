"""`fix`, `package`, `split`, `template` and `receipt` in Python: the same files as the commands."""

import doctest
import importlib
import io
import zipfile

import pytest
from click.testing import CliRunner

import xacle_eval as xe
from tests.helpers import DATA, REPOSITORY
from xacle_eval.cli.main import main

EXAMPLE = DATA / "example"
KUMO = EXAMPLE / "packages" / "Kumo.zip"
HIBARI = EXAMPLE / "submissions" / "Hibari_01.csv"
MODULES = (
    "records.receipts",
    "reports.templates",
    "submissions.fixed_files",
    "submissions.package_files",
)


def run(*arguments):
    """Run a command that must succeed."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_the_docstrings(module, monkeypatch):
    """The examples in the docstrings print what they say."""
    monkeypatch.chdir(REPOSITORY)
    found = doctest.testmod(importlib.import_module(f"xacle_eval.{module}"))
    assert found.attempted >= 3
    assert found.failed == 0


@pytest.fixture
def broken(tmp_path):
    """A prediction file with semicolons for commas."""
    file = tmp_path / "Hibari_01.csv"
    file.write_text(HIBARI.read_text().replace(",", ";"))
    return file


def test_fix_writes_what_the_command_writes(broken, tmp_path):
    """The function and the command give the same bytes; without an output, nothing is written."""
    found = xe.fix(broken, challenge=EXAMPLE)
    assert list(tmp_path.iterdir()) == [broken]
    assert found.output is None
    assert [change.what for change in found.changes] == ["replaced the delimiter, a semicolon"]
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    run("fix", broken, "-c", EXAMPLE, "-o", one)
    written = xe.fix(broken, challenge=EXAMPLE, output=other)
    assert written.valid
    assert one.read_text() == other.read_text() == written.text == found.text
    assert "wrote" in str(written)
    assert "valid True" in repr(written)


def test_fix_overwrites_nothing_unless_asked(broken, tmp_path):
    """An existing output needs force, and the input is never overwritten."""
    before, output = broken.read_bytes(), tmp_path / "out.csv"
    output.write_text("mine")
    with pytest.raises(xe.OutputError, match="already exists; pass force=True to overwrite it"):
        xe.fix(broken, challenge=EXAMPLE, output=output)
    assert output.read_text() == "mine"
    with pytest.raises(xe.UsageError, match="is the submission and would be overwritten"):
        xe.fix(broken, challenge=EXAMPLE, output=broken, force=True)
    assert broken.read_bytes() == before
    assert xe.fix(broken, challenge=EXAMPLE, output=output, force=True).valid
    assert output.read_text() != "mine"


def test_an_invalid_result_is_not_written(broken, tmp_path):
    """If a row is missing, the result has the finding and no file is written."""
    broken.write_text("".join(broken.read_text().splitlines(keepends=True)[:-1]))
    found = xe.fix(broken, challenge=EXAMPLE, output=tmp_path / "out.csv")
    assert (found.valid, found.output) == (False, None)
    assert [finding.code for finding in found.report.findings if finding.severity == "error"] == [
        "XAC024"
    ]
    assert not (tmp_path / "out.csv").exists()


def test_split_and_package(tmp_path):
    """The files of a package are those of the archive; packing them gives the command's bytes."""
    found = xe.split(KUMO, challenge=EXAMPLE)
    with zipfile.ZipFile(KUMO) as archive:
        inside = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert found.files.items() <= inside.items()
    folder = tmp_path / "Kumo"
    assert xe.split(KUMO, challenge=EXAMPLE, output=folder).output == str(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == dict(found.files)
    with pytest.raises(xe.OutputError, match="not an empty folder"):
        xe.split(KUMO, challenge=EXAMPLE, output=folder)
    built = xe.package(folder, challenge=EXAMPLE)
    with zipfile.ZipFile(io.BytesIO(built.data)) as archive:
        assert sorted(archive.namelist()) == sorted(found.files)


def test_an_archive_that_breaks_a_rule_is_not_unpacked(tmp_path):
    """A file that is no ZIP has a finding, no files, and nothing is written."""
    found = xe.split(HIBARI, challenge=EXAMPLE, output=tmp_path / "out")
    assert [finding.code for finding in found.findings] == ["XAC080"]
    assert (found.valid, dict(found.files), found.output) == (False, {}, None)
    assert "XAC080" in str(found)
    assert not (tmp_path / "out").exists()


def test_package_refuses_a_bad_output(tmp_path):
    """The name must end in .zip, and at least one file is needed."""
    with pytest.raises(xe.UsageError, match=r"output out\.tar: the name of a package must end in"):
        xe.package(HIBARI, challenge=EXAMPLE, output="out.tar")
    with pytest.raises(xe.UsageError, match="no file to pack"):
        xe.package(challenge=EXAMPLE)
    sample = REPOSITORY / "sample_submissions" / "TextOnly_Reference_01.csv"
    found = xe.package(sample, output=tmp_path / "out.zip")
    assert (found.valid, found.output) == (False, None)
    assert "XAC092" in str(found)
    assert not (tmp_path / "out.zip").exists()


def test_package_writes_what_the_command_writes(tmp_path):
    """The function and the command give the same bytes; an existing package needs force."""
    one, other = tmp_path / "one.zip", tmp_path / "Hibari.zip"
    run("package", HIBARI, "-c", EXAMPLE, "-o", one)
    built = xe.package(HIBARI, challenge=EXAMPLE, output=other)
    assert one.read_bytes() == other.read_bytes() == built.data
    assert built.valid
    with pytest.raises(xe.OutputError, match="force=True"):
        xe.package(HIBARI, challenge=EXAMPLE, output=other)
    with pytest.raises(xe.UsageError, match="is a file to pack and would be overwritten"):
        xe.package(other, challenge=EXAMPLE, output=other, force=True)


def test_templates_are_those_of_the_commands(tmp_path):
    """Both kinds equal the files of the commands; an argument of the other kind is an error."""
    file = tmp_path / "predictions.csv"
    run("challenge", "template", EXAMPLE, "-o", file)
    made = xe.template(challenge=EXAMPLE)
    assert made.text == file.read_text()
    assert made.ids == tuple(xe.load_challenge(EXAMPLE).manifest.ids)
    description = tmp_path / "A_01.yaml"
    run("package", "--template", "--label", "A_01", "-o", description)
    assert xe.template("description", label="A_01").text == description.read_text()
    with pytest.raises(xe.OutputError, match="force=True"):
        xe.template(challenge=EXAMPLE, output=file)
    with pytest.raises(xe.UsageError, match="did you mean 'predictions'"):
        xe.template("predictoins")
    with pytest.raises(xe.UsageError, match="label needs"):
        xe.template(label="A_01")
    with pytest.raises(xe.UsageError, match="split belongs to"):
        xe.template("description", split="test")


def test_receipts_of_a_validation(tmp_path):
    """A receipt of reports equals the command's file; reports of another split are refused."""
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    run("validate", HIBARI, "-c", EXAMPLE, "--receipt", one)
    reports = xe.validate(HIBARI, challenge=EXAMPLE)
    xe.receipt(reports, challenge=EXAMPLE, output=other)
    assert one.read_text() == other.read_text()
    assert xe.verify(other, HIBARI).same
    with pytest.raises(xe.UsageError, match="pass the same challenge and split"):
        xe.receipt(reports)
    with pytest.raises(xe.UsageError, match="one result of validate alone"):
        xe.receipt(reports, HIBARI, challenge=EXAMPLE)
    with pytest.raises(xe.UsageError, match="is a submission and would be overwritten"):
        xe.receipt(HIBARI, challenge=EXAMPLE, output=HIBARI)


@pytest.mark.parametrize("name", ["resamples", "splits"])
def test_too_many_draws_are_a_usage_error(name):
    """An absurd number of draws is refused before the file is read."""
    with pytest.raises(xe.UsageError, match=f"{name} is 1,000,000.* or fewer"):
        xe.study_ratings("missing.csv", **{name: 10**30})


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        (xe.fix, (5,), "file must be a path; got 5"),
        (xe.package, (HIBARI, None), "file must be a path; got None"),
        (xe.split, ([KUMO],), "package must be a path; got a value of the type list"),
        (xe.verify, (5, KUMO), "receipt must be a path; got 5"),
        (xe.verify, ("receipt.json", 5), "path must be a path; got 5"),
        (xe.receipt, (5,), "path must be a path; got 5"),
    ],
)
def test_what_is_no_path_is_refused(function, arguments, named):
    """A value of another type than a path is a usage error that names the argument."""
    with pytest.raises(xe.UsageError, match=named):
        function(*arguments)
    with pytest.raises(xe.UsageError, match="challenge must be the name of a challenge"):
        xe.fix(HIBARI, challenge=5)

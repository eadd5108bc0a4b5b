"""The standalone validator has the same findings as the command, without any installed package."""

import ast
import io
import json
import runpy
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

import xacle_eval as xe
from tests.helpers import DATA, REPOSITORY, make_submission
from tests.hosting.programs import by_command, by_program, python, without_parser, write_program
from tests.submissions.descriptions import description, zipped
from xacle_eval.errors import UsageError
from xacle_eval.hosting import bundle
from xacle_eval.hosting.bundle import standalone_modules, standalone_validator
from xacle_eval.hosting.challenge_data import challenge_data, restore_challenge

CORPUS = DATA / "invalid"
TASK = DATA / "example" / "task.toml"
MADE = runpy.run_path(str(DATA / "make_hostile.py"))
# The time that a PDF takes decides; browsers have another limit.
TIMED = {"many_reports.zip", "pdf_tree.zip", "pdf_wide.zip"}
VERSIONS = [
    "3.11",
    pytest.param(
        "3.13",
        marks=[
            pytest.mark.long,
            pytest.mark.skipif(python("3.13") is None, reason="no Python 3.13 here"),
        ],
    ),
]


def corpus():
    """Yield each challenge, split and folder of the invalid files with its files."""
    groups = defaultdict(list)
    for case in sorted([*CORPUS.glob("submissions/*.csv"), *CORPUS.glob("references/*.csv")]):
        told = case.with_suffix(".json")
        spec = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
        key = spec.get("challenge", "challenge.toml"), spec.get("split"), case.parent.name
        groups[key].append(case.name)
    return groups


GROUPS = corpus()


def test_every_invalid_file_is_in_a_group():
    """The groups below have all files of tests/data/invalid that are uploads."""
    assert sum(map(len, GROUPS.values())) > 80


@pytest.mark.long
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: "-".join(map(str, group)))
def test_the_invalid_files(group, version, tmp_path):
    """Every invalid file has the same document as with the command, byte for byte."""
    challenge, split, folder = group
    program = write_program(tmp_path, CORPUS / challenge, split)
    files, cwd = GROUPS[group], CORPUS / folder
    code, document = by_command(files, cwd, CORPUS / challenge, split)
    assert by_program(program, files, cwd, version) == (code, document, "")


def hostile(folder):
    """Return the hostile files and example packages in one folder."""
    for case in MADE["CASES"]:
        if case.kept and case.name not in TIMED:
            (folder / case.name).write_bytes((DATA / "hostile" / case.name).read_bytes())
    for package in (DATA / "example" / "packages").iterdir():
        (folder / package.name).write_bytes(package.read_bytes())
    return sorted(file.name for file in folder.iterdir())


def compare_hostile(folder, files):
    """Assert that files have the same document, except for the words of the YAML parser."""
    code, document = by_command(files, folder, TASK)
    found = by_program(write_program(folder, TASK), files, folder, "3.11")
    assert (found[0], found[2]) == (code, "")
    assert without_parser(found[1]) == without_parser(document)


def test_some_hostile_files(tmp_path):
    """ZIP bombs, nested and encrypted archives, names, broken YAML: the same document."""
    compare_hostile(tmp_path, hostile(tmp_path)[::8])


@pytest.mark.long
def test_all_hostile_files(tmp_path):
    """So have all files that are kept, and the packages of the example."""
    files = hostile(tmp_path)
    assert len(files) > 250
    compare_hostile(tmp_path, files)


@pytest.mark.long
@pytest.mark.parametrize(
    "case", [case for case in MADE["CASES"] if not case.kept], ids=lambda case: case.name
)
def test_large_hostile_files(case, tmp_path):
    """So have the large ones, which are not kept."""
    if case.name in TIMED:
        pytest.skip("the time that its reports take decides")
    compare_hostile(tmp_path, [MADE["path_of"](case, tmp_path).name])


@pytest.mark.long
@pytest.mark.parametrize("name", ["pdf_tree.zip", "pdf_wide.zip"])
def test_a_report_that_takes_too_long(name, tmp_path):
    """A PDF that never ends is stopped, with the finding of the command."""
    program = write_program(tmp_path, TASK)
    _, document = by_command([name], DATA / "hostile", TASK)
    assert by_program(program, [name], DATA / "hostile", "3.11")[1] == document


@pytest.mark.parametrize("version", VERSIONS)
def test_samples(version, tmp_path):
    """Valid files of 3,000 rows have the same document, and exit code 0."""
    files = sorted(file.name for file in (REPOSITORY / "sample_submissions").glob("*.csv"))
    expected = by_command(files, REPOSITORY / "sample_submissions", "xacle2026")
    program = write_program(tmp_path, "xacle2026")
    found = by_program(program, files, REPOSITORY / "sample_submissions", version)
    assert found == (*expected, "")


def test_similar_systems_of_a_package(tmp_path):
    """Systems that are the same within rounding, or linearly related, are found like there."""
    ids = xe.load_challenge("xacle2026").manifest.ids
    values = [(7919 * place % 3001) / 300 for place in range(len(ids))]
    files = {"report.pdf": (DATA / "hostile" / "csv_nul.csv").read_bytes()}
    for number, change in enumerate((lambda v: v, lambda v: round(v, 2), lambda v: 5 - v / 2), 1):
        rows = zip(ids, map(change, values), strict=True)
        path = make_submission(tmp_path / f"Kumo_0{number}.csv", rows)
        files[path.name] = path.read_bytes()
        files[f"Kumo_0{number}.yaml"] = description(f"Kumo_0{number}")
    (tmp_path / "Kumo.zip").write_bytes(zipped(files))
    code, document = by_command(["Kumo.zip"], tmp_path, "xacle2026")
    assert "linearly related" in document
    program = write_program(tmp_path, "xacle2026")
    assert by_program(program, ["Kumo.zip"], tmp_path, "3.11") == (code, document, "")


def test_an_unreadable_archive_in_another_folder(tmp_path):
    """A path with folders, and a missing file: as with the command."""
    (tmp_path / "team").mkdir()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("Kumo_01.csv", "x")
    (tmp_path / "team" / "Kumo.zip").write_bytes(archive.getvalue()[:-5])
    files = ["team/Kumo.zip", "Kumo_02.csv"]
    program = write_program(tmp_path, TASK)
    code, document = by_command(files, tmp_path, TASK)
    assert by_program(program, files, tmp_path, "3.11") == (code, document, "")


def test_without_a_file(tmp_path):
    """Without a file, the program says what to pass and exits with 2."""
    program = write_program(tmp_path, TASK)
    code, out, err = by_program(program, [], tmp_path, "3.11")
    assert (code, out) == (2, "")
    assert "path" in err


def test_the_same_challenge_gives_the_same_bytes():
    """The program depends on the challenge and the toolkit only, and is valid Python."""
    challenge = xe.load_challenge(TASK)
    text = standalone_validator(challenge)
    assert text == standalone_validator(xe.load_challenge(TASK))
    assert str(REPOSITORY) not in text
    ast.parse(text)


def test_the_sources_are_those_of_the_toolkit():
    """Each module is the file of the toolkit, so a rule has one source."""
    modules = standalone_modules()
    for name in ("submissions.rules", "submissions.checking", "challenge.model"):
        file = Path(xe.__file__).parent / f"{name.replace('.', '/')}.py"
        assert modules[f"xacle_eval.{name}"][0] == file.read_text(encoding="utf-8")


def test_no_reference_is_in_the_data():
    """The data of a challenge name neither its labels nor what a row of labels is excluded by."""
    challenge = xe.load_challenge(TASK)
    (split,) = [split for split in challenge.splits.values() if split.references or split.demo]
    written = json.dumps(challenge_data(challenge))
    for name in filter(None, (split.references, split.demo)):
        assert name not in written


def test_a_challenge_comes_back_from_its_data():
    """The restored challenge has the ids, rules and team names of the original."""
    for name, split in (("xacle2026", "validation"), (TASK, None), (CORPUS / "targets.toml", None)):
        challenge = xe.load_challenge(name, split)
        restored = restore_challenge(json.loads(json.dumps(challenge_data(challenge))))
        assert restored.split == challenge.split
        for each in challenge.splits:
            assert restored.manifest_of(each).ids == challenge.manifest_of(each).ids
        assert restored.submissions == challenge.submissions
        assert restored.limits == challenge.limits
        assert restored.rules == challenge.rules
        assert list(restored.each_target()) == list(challenge.each_target())
        assert (restored.approved is None) == (challenge.approved is None)


def test_a_library_without_sources(monkeypatch):
    """A library that is not installed as Python source is named."""
    monkeypatch.setattr(bundle, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="PyYAML is not installed"):
        bundle._library("yaml")

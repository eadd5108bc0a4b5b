"""``export --check``: the command, its formats and the Python function."""

import contextlib
import io
import json
import zipfile

import pytest

import xacle_eval as xe
from benchmarks.fuzzing.bundles import codabench_files, evalai_files, zip_bytes
from tests.cli.helpers import Result, xacle_eval
from tests.helpers import DATA, REPOSITORY
from xacle_eval.cli.interrupts import Interrupts
from xacle_eval.cli.main import execute
from xacle_eval.hosting.lint.codes import CODES, codes_markdown
from xacle_eval.hosting.single_file import single_file
from xacle_eval.reports.formats.registry import BUNDLE_FORMATS
from xacle_eval.submissions.rules import RULES

BASES = {"codabench": codabench_files, "evalai": evalai_files}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """Remove the variables that change places and colours."""
    for name in ("GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments):
    """Run the command in this process, which is quicker than in one of its own."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = execute([str(each) for each in arguments], Interrupts())
    out.flush()
    return Result(code, out.buffer.getvalue().decode(), err.getvalue())


def write_files(folder, files):
    """Write the files of a bundle into a folder and return it."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.mark.parametrize("platform", BASES)
def test_a_valid_bundle_is_clean_as_a_folder_and_as_a_zip(platform, tmp_path):
    """Neither platform's base bundle has a finding, and its platform is detected."""
    files = BASES[platform]()
    folder = write_files(tmp_path / "bundle", files)
    archive = tmp_path / "bundle.zip"
    archive.write_bytes(zip_bytes(files))
    for path, kind in ((folder, "folder"), (archive, "zip")):
        report = xe.check_bundle(path)
        assert (report.platform, report.kind, report.findings) == (platform, kind, ())
        assert report.valid
        assert report.files == len(files)


@pytest.mark.parametrize("platform", BASES)
def test_files_of_a_system_do_not_hide_that_a_configuration_is_missing(platform, tmp_path):
    """A folder with only a file of macOS is no bundle, and not a valid one of a platform."""
    folder = write_files(tmp_path / "bundle", {".DS_Store": b"x"})
    code = {"codabench": "CB001", "evalai": "EV001"}[platform]
    for named, expected in ((None, "BU001"), (platform, code)):
        report = xe.check_bundle(folder, named)
        assert not report.valid
        assert [each.code for each in report.findings] == [expected, "BU007"]


def test_datasets_of_the_platform_are_not_looked_for(tmp_path):
    """A UUID names a dataset that Codabench has: as data of a task, a phase and a solution."""
    files = codabench_files()
    key = "6f8b8d3e-8d4f-4d6b-9a60-6a2a3a0a7e11"
    text = files["competition.yaml"].decode()
    for old, new in (
        ("reference_data: reference_data/", f"reference_data: {key}"),
        ("    tasks: [0]\n", f"    tasks: [0]\n    public_data: {key[:-1]}2\n"),
        ("phases:\n", f"solutions: [{{index: 0, tasks: [0], path: {key}}}]\nphases:\n"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    files["competition.yaml"] = text.encode()
    assert xe.check_bundle(write_files(tmp_path / "bundle", files)).findings == ()


def test_the_command_prints_findings_and_exits_with_1(tmp_path):
    """The text has the place, what the platform does and the fix; JSON has its schema."""
    files = codabench_files()
    files["competition.yaml"] = files["competition.yaml"].replace(b"version: 2\n", b"")
    write_files(tmp_path / "bundle", files)
    done = xacle_eval("export", "--check", "bundle", cwd=tmp_path)
    assert done.code == 1
    assert "error CB002 competition.yaml:1:1" in done.out
    assert "reads the file as version 1" in done.out
    assert "Write `version: 2`." in done.out
    document = json.loads(xacle_eval("export", "--check", "bundle", "-f", "json", cwd=tmp_path).out)
    assert document["schema"] == "xacle-eval/export/1"
    assert document["findings"][0]["code"] == "CB002"


def broken(tmp_path):
    """Return a ZIP with an error, a warning and an info, whose script has a hostile name."""
    files = codabench_files()
    text = files["competition.yaml"].replace(b"sorting: asc", b"sorting: desc")
    text = text.replace(b"registration_auto_approve: true\n", b"")
    files["competition.yaml"] = text + "docker_imagge: '::error::x\u202e'\n".encode()
    path = tmp_path / "bundle.zip"
    path.write_bytes(zip_bytes(files))
    return path


def test_every_format_has_every_code_and_is_stable(tmp_path, monkeypatch):
    """Each format names all three codes, twice with the same bytes, from a folder and a ZIP."""
    monkeypatch.chdir(tmp_path)
    path = broken(tmp_path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "bundle")
    for form in BUNDLE_FORMATS:
        for name in ("bundle.zip", "bundle"):
            done = run("export", "--check", name, "-f", form)
            assert done.code == 1
            assert all(code in done.out for code in ("CB087", "CB005", "CB019")), (form, done.out)
            assert "\u202e" not in done.out
            again = run("export", "--check", name, "-f", form)
            assert again.out == done.out


def test_github_annotations_have_lines_and_cannot_be_forged(tmp_path, monkeypatch):
    """In a folder, an annotation has the file and the line; text of the bundle is no command."""
    monkeypatch.chdir(tmp_path)
    path = broken(tmp_path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "bundle")
    done = run("export", "--check", "bundle", "-f", "github")
    commands = [line for line in done.out.splitlines() if line.startswith("::")]
    assert commands[0].startswith("::error file=bundle/competition.yaml,line=47,col=")
    assert sum(line.startswith("::error") for line in commands) == 1
    sarif = json.loads(run("export", "--check", "bundle", "-f", "sarif").out)
    (result,) = [each for each in sarif["runs"][0]["results"] if each["ruleId"] == "CB087"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "bundle/competition.yaml"
    assert place["region"]["startLine"] == 47


def test_warnings_pass_unless_strict_and_the_platform_can_be_named(tmp_path, monkeypatch):
    """Exit code 0 with warnings, 1 with --strict, 2 for an unknown platform."""
    monkeypatch.chdir(tmp_path)
    files = codabench_files()
    files["competition.yaml"] += b"admin: x\n"
    write_files(tmp_path / "bundle", files)
    assert run("export", "--check", "bundle").code == 0
    assert run("export", "--check", "bundle", "--strict").code == 1
    wrong = run("export", "evalai", "--check", "bundle")
    assert wrong.code == 1
    assert "EV001" in wrong.out
    assert run("export", "evalia", "--check", "bundle").code == 2
    with pytest.raises(xe.UsageError, match="did you mean"):
        xe.check_bundle(tmp_path / "bundle", "codabensh")


def test_the_report_shows_itself(tmp_path, monkeypatch):
    """The text of the result is that of the command; a frame has one row per finding."""
    broken(tmp_path)
    monkeypatch.chdir(tmp_path)
    report = xe.check_bundle("bundle.zip")
    assert f"{report}\n" == run("export", "--check", "bundle.zip").out
    assert list(report.to_frame()["code"]) == ["CB087", "CB005", "CB019"]
    assert (
        repr(report) == "<BundleReport bundle.zip: rejected, 7 files, 1 error, 1 warning, 1 info>"
    )
    assert xe.BundleReport.from_json(report.to_json()) == report


def test_explain_and_the_page_know_every_code():
    """``explain`` prints a code of a bundle; the page is generated from the table."""
    done = run("explain", "CB087", "wrapper-folder")
    assert "metric sorted the wrong way (error, sorting-direction)" in done.out
    assert "docs/bundle-codes.md#cb087" in done.out
    assert "BU006" in done.out
    assert "docs/bundle-codes.md lists the codes" in run("explain", "CB999").err
    page = (REPOSITORY / "docs" / "bundle-codes.md").read_text(encoding="utf-8")
    assert page == codes_markdown()


def test_codes_and_names_are_unique_and_permanent():
    """Every code and name occurs once, also among the rules of submissions; codes are pinned."""
    names = [rule.name for rule in (*CODES.values(), *RULES.values())]
    assert len(names) == len(set(names))
    pinned = json.loads((REPOSITORY / "tests/golden/bundle_codes.json").read_text("utf-8"))
    assert pinned == {code: CODES[code].name for code in pinned}


@pytest.mark.long
def test_the_generated_scorer_is_accepted(tmp_path):
    """The scorer holds its modules as texts; in both bundles it has no finding."""
    scorer = single_file(xe.load_challenge(DATA / "example")).encode()
    files = codabench_files() | {"scoring_program/score.py": scorer}
    script = {"__init__.py": b"from .main import evaluate\n", "main.py": scorer}
    script_files = evalai_files() | {"evaluation_script.zip": zip_bytes(script)}
    for number, each in enumerate((files, script_files)):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(zip_bytes(each))
        assert xe.check_bundle(path).findings == ()


def test_a_program_that_tasks_share_is_checked_once(tmp_path):
    """Hundreds of tasks that name one program in many ways cost one check of it."""
    files = codabench_files()
    text = files["competition.yaml"].decode()
    tasks = "".join(
        f"  - {{index: {n}, name: T, reference_data: reference_data/, "
        f"scoring_program: {'./' * n}scoring_program/}}\n"
        for n in range(1, 120)
    )
    files["competition.yaml"] = text.replace("phases:\n", f"{tasks}phases:\n", 1).encode()
    files["scoring_program/score.py"] += b"x = [1]\n" * 20_000 + b"def (\n"
    path = tmp_path / "bundle.zip"
    path.write_bytes(zip_bytes(files))
    (found,) = xe.check_bundle(path).findings
    assert (found.code, found.file) == ("CB044", "scoring_program/score.py")

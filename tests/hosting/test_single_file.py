"""The single file has the findings of the toolkit in every Python since 3.7."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import xacle_eval as xe
from tests.helpers import DATA, REPOSITORY
from tests.hosting.challenges import KINDS
from tests.hosting.programs import by_command, python, without_parser
from tests.hosting.single_files import by_toolkit, checker, oldest, write_single_file
from tests.hosting.test_bundle import CORPUS, GROUPS, MADE, TASK, TIMED, hostile
from tests.hosting.test_generated_files import generated, without_syntax
from xacle_eval.errors import UsageError
from xacle_eval.hosting import single_file as generator
from xacle_eval.hosting.bundle import LIBRARIES
from xacle_eval.hosting.single_file import single_file, single_file_modules

INSTALLED = [
    pytest.param(
        version,
        marks=pytest.mark.skipif(python(version) is None, reason=f"no Python {version} here"),
    )
    for version in ("3.7", "3.9", "3.11", "3.13", "3.14")
]

# No table is in it that can be left out.
BARE = """
name = "bare"
title = "A challenge with nothing else"
default_split = "test"

[ids]
column = "id"

[predictions]
column = "prediction"

[references]
column = "score"

[ratings]
column = "score"

[scores]
minimum = 0
maximum = 10

[splits.test]
list = "test.txt"
"""


@pytest.fixture(scope="module")
def example():
    """The challenge of the example."""
    return xe.load_challenge(TASK)


@pytest.fixture(scope="module")
def plain(tmp_path_factory, example):
    """The path of a single file without the libraries that packages need, to save time."""
    return write_single_file(tmp_path_factory.mktemp("plain"), example, libraries=False)


@pytest.fixture(scope="module")
def complete(tmp_path_factory, example):
    """The path of a single file with all modules."""
    return write_single_file(tmp_path_factory.mktemp("complete"), example)


def same(check, challenge, folder, files, without=without_parser):
    """Assert that files have the document of the toolkit; return their number."""
    before = os.getcwd()  # noqa: PTH109
    os.chdir(folder)
    try:
        expected = by_toolkit(challenge, files)
    finally:
        os.chdir(before)
    found = check(challenge, folder, files)
    for name, one, other in zip(files, found, expected, strict=True):
        assert without(one) == without(other), name
    return len(files)


def all_invalid(check):
    """Check all invalid files; return their number."""
    return sum(
        same(check, xe.load_challenge(CORPUS / challenge, split), CORPUS / folder, files)
        for (challenge, split, folder), files in GROUPS.items()
    )


def test_files_of_predictions_in_the_oldest_python(plain, example, tmp_path):
    """Every invalid and hostile file of predictions has the same document, byte for byte."""
    files = [name for name in hostile(tmp_path) if name.endswith(".csv")]
    assert len(files) > 20
    with checker(plain, oldest()) as check:
        assert all_invalid(check) > 80
        same(check, example, tmp_path, files)


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_other_challenges_in_the_oldest_python(plain, kind, tmp_path):
    """Tables that a challenge file leaves out, such as [submissions], are left out there, too."""
    file = DATA / "challenges" / kind / "challenge.toml" if kind else tmp_path / "bare.toml"
    if not kind:
        file.write_text(BARE, encoding="utf-8")
        (tmp_path / "test.txt").write_text("a\nb\n", encoding="utf-8")
    challenge = xe.load_challenge(file)
    column = next(iter(challenge.each_target().values())).predictions.column
    rows = [f"{pair},{place}" for place, pair in enumerate(challenge.manifest.ids)]
    text = "\n".join([f"{challenge.ids.column},{column}", *rows]) + "\n"
    # A name that no default pattern of labels matches.
    for name in ("y.csv", "Kumo_01.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with checker(plain, oldest()) as check:
        same(check, challenge, tmp_path, ["y.csv", "Kumo_01.csv"])


@pytest.mark.long
@pytest.mark.parametrize("version", INSTALLED)
def test_all_files_in_each_python(complete, version, example, tmp_path):
    """So has every other hostile file: archives, descriptions and reports."""
    with checker(complete, version) as check:
        assert all_invalid(check) > 80
        assert same(check, example, tmp_path, hostile(tmp_path)) > 250


@pytest.mark.long
def test_large_files_in_the_oldest_python(complete, example, tmp_path):
    """So have the large hostile files, up to the limits of archives and texts."""
    cases = [case for case in MADE["CASES"] if not case.kept and case.name not in TIMED]
    files = [MADE["path_of"](case, tmp_path).name for case in cases]
    with checker(complete, oldest()) as check:
        assert same(check, example, tmp_path, files) > 30


@pytest.mark.long
def test_generated_files_in_the_oldest_python(complete, example, tmp_path):
    """So have generated predictions, descriptions and archives."""
    compared = 0
    with checker(complete, oldest()) as check:
        for name, content in generated(300):
            try:
                (tmp_path / name).write_bytes(content)
            except (OSError, ValueError):
                continue  # a name that this system does not allow
            compared += same(check, example, tmp_path, [name], without_syntax)
            (tmp_path / name).unlink()
    assert compared > 270


def run(program, arguments, cwd, version):
    """Run a single file without site-packages; return its exit code, output and errors."""
    command = [python(version), "-I", "-S", program, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def run_code(code, folder):
    """Run a text as a program of the oldest Python, in the folder of a single file."""
    command = [python(oldest()), "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_as_a_program(plain):
    """The program prints the document of the command, and has its exit code."""
    folder = CORPUS / "submissions"
    files = sorted(file.name for file in folder.glob("*.csv"))[:2]
    code, document = by_command(files, folder, TASK)
    found = run(plain, ["validate", *files], folder, oldest())
    assert found == (code, document, "")
    code, _, errors = run(plain, ["check"], CORPUS, oldest())
    assert code == 2
    assert "validate" in errors
    assert run(plain, ["validate"], CORPUS, oldest())[0] == 2


# Imports two single files like a platform: as modules of packages, in one process.
_TWO = """
import importlib.util, io, json, sys
before, finders = set(sys.modules), list(sys.meta_path)
documents = []
loaded = []
for number, path in enumerate(sys.argv[1:3]):
    found = importlib.util.spec_from_file_location("challenge_%d.main" % number, path)
    program = importlib.util.module_from_spec(found)
    found.loader.exec_module(program)
    loaded.append(program)
for program in loaded + loaded:
    sys.stdout, kept = io.StringIO(), sys.stdout
    program.validate([sys.argv[3]])
    document, sys.stdout = json.loads(sys.stdout.getvalue()), kept
    documents.append((document["challenge"], document["submissions"][0]["findings"]))
roots = {program.ROOT for program in loaded}
others = {name.partition(".")[0] for name in set(sys.modules) - before} - roots
ours = {"xacle_eval", "numpy", "pydantic", "regex", "yaml", "pypdf"}
print(json.dumps([documents, len(roots), sorted(others & ours), sys.path[:1]]))
import numpy
print(numpy.OTHER)
"""


def test_two_files_in_one_process(plain, tmp_path):
    """Two challenges do not mix, and a library of the process stays what it is."""
    (tmp_path / "numpy.py").write_text("OTHER = 'the numpy of the process'\n", encoding="utf-8")
    for name in ("pydantic", "regex", "yaml", "pypdf"):
        (tmp_path / f"{name}.py").write_text("raise SystemError\n", encoding="utf-8")
    (tmp_path / "other").mkdir()
    other = xe.load_challenge(CORPUS / "targets.toml")
    second = write_single_file(tmp_path / "other", other, libraries=False)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{_TWO}"
    file = tmp_path / "Kumo_01.csv"
    file.write_text("nothing\n", encoding="utf-8")
    command = [python(oldest()), "-c", code, plain, second, file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    first, last = done.stdout.splitlines()
    documents, roots, ours, _ = json.loads(first)
    names = [name for name, _ in documents]
    assert names == [xe.load_challenge(TASK).name, other.name] * 2
    assert documents[:2] == documents[2:]
    assert documents[0][1] != documents[1][1]
    assert (roots, ours, last) == (2, [], "the numpy of the process")


def test_recent_characters(plain, example, tmp_path):
    """Letters and signs that came with later Unicodes are shown as by the toolkit."""
    name = "Kumo_01\U0001fae0\u2e5d\u0897.csv"
    rows = "\U0001f972,\U00030000\n\u08be\U0001f6dd,x\n"
    (tmp_path / name).write_text(f"wav_file_name,pred_score\n{rows}", encoding="utf-8")
    with checker(plain, oldest()) as check:
        same(check, example, tmp_path, [name])


def test_as_a_package_in_an_archive(plain, tmp_path):
    """EvalAI imports the unpacked files of its archive as a package of a longer name."""
    package = tmp_path / "challenge_data" / "challenge_7"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from .main import evaluate\n", encoding="utf-8")
    shutil.copy(plain, package / "main.py")
    code = (
        "import importlib\n"
        "module = importlib.import_module('challenge_data.challenge_7')\n"
        "try:\n"
        "    module.evaluate('labels.csv', 'missing.csv', 'test', submission_metadata={})\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    done = run_code(code, tmp_path)
    assert done.stderr == ""
    assert "missing.csv" in done.stdout


def test_the_same_challenge_gives_the_same_bytes(plain):
    """The file depends on the challenge and the releases only, and has no path."""
    text = plain.read_text(encoding="utf-8")
    assert text == single_file(xe.load_challenge(TASK), libraries=False)
    assert text.isascii()  # Python 3.7 reads other letters wrongly in some long lines
    assert str(REPOSITORY) not in text
    assert sys.prefix not in text


def vermin(place):
    """Return what vermin says about modules: what in them is newer than Python 3.7."""
    command = [sys.executable, "-c", "import vermin; vermin.main()", "--target=3.7-", "--no-tips"]
    command += ["--violations", "--eval-annotations", "--processes=1", "--quiet", place]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def write_modules(folder, modules):
    """Write the modules of a file as files of one folder."""
    for name, (source, _) in modules.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")


def test_no_module_needs_a_later_python(tmp_path):
    """Vermin finds syntax and library use of Python 3.7 only; it finds others in the originals."""
    write_modules(tmp_path, single_file_modules(libraries=False))
    assert vermin(tmp_path) == ""
    (tmp_path / "later.py").write_text("import tomllib\n", encoding="utf-8")
    assert "3.11" in vermin(tmp_path / "later.py")


@pytest.mark.long
def test_no_library_needs_a_later_python(tmp_path):
    """Nor do PyYAML and pypdf."""
    write_modules(
        tmp_path,
        {
            name: module
            for name, module in single_file_modules().items()
            if name.partition(".")[0] in LIBRARIES
        },
    )
    assert vermin(tmp_path) == ""


@pytest.mark.long
def test_all_modules_are_loaded(complete):
    """The oldest Python compiles each module, and imports those that need nothing else."""
    code = (
        "import importlib, single_file, sys\n"
        "for name in single_file.SOURCES:\n"
        "    try:\n"
        "        importlib.import_module(single_file.ROOT + '.' + name)\n"
        "    except ImportError as error:\n"
        "        print(name)\n"
    )
    done = run_code(code, complete.parent)
    assert done.stderr == ""
    # What needs packages that count no pages, or compiled code.
    assert set(done.stdout.split()) <= {
        "pypdf._crypt_providers._cryptography",
        "pypdf._crypt_providers._pycryptodome",
        "pypdf.generic._image_xobject",
        "yaml.cyaml",
    }


def test_a_library_with_a_later_construct(monkeypatch):
    """What cannot be written for Python 3.7 is an error with module and line."""
    later = {"pypdf.later": ("x = 1\nmatch x:\n    case 1:\n        pass\n", False)}
    monkeypatch.setattr(generator, "standalone_modules", lambda *_, **__: later)
    with pytest.raises(UsageError, match=r"pypdf.later, line 2: match cannot be written"):
        single_file_modules.__wrapped__()

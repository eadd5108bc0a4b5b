"""Odd environments: a command gives its normal result, or one clear sentence and exit code 2."""

import subprocess

import pytest

from tests.cli.helpers import DATA, EXAMPLE, HIBARI, SMALL, command, environment, xacle_eval
from tests.helpers import REPOSITORY

COMMANDS = {
    "validate": ("validate", "invalid/submissions/constant.csv", *SMALL),
    "score": ("score", HIBARI, *EXAMPLE, "--bootstrap", "50"),
    "listeners": ("listeners", "example/ratings.csv"),
    "package": ("validate", "example/packages/Hibari.zip", *EXAMPLE),
    "leaderboard": (
        "leaderboard", "example/submissions", *EXAMPLE, "--bootstrap", "1500", "--jobs", "2"
    ),
}  # fmt: skip
NUMBA = "warning: numba is installed but cannot be used"
# The variables, None for one that is not set, and the start of what may be on stderr with the
# normal result. The first three commands by default, the others with -m long.
ENVIRONMENTS = {
    "numba threads": ({"NUMBA_NUM_THREADS": "abc"}, ""),
    "numba without threads": ({"NUMBA_NUM_THREADS": "0"}, NUMBA),
    "numba cache": ({"NUMBA_CACHE_DIR": "/proc/nowhere"}, ""),
    "numba cache is a file": ({"NUMBA_CACHE_DIR": "/dev/null"}, ""),
    "numba without compiler": ({"NUMBA_DISABLE_JIT": "1"}, NUMBA),
    "numba processor": ({"NUMBA_CPU_NAME": "nonsense"}, NUMBA),
    "numba features": ({"NUMBA_CPU_FEATURES": "nonsense"}, NUMBA),
    "numba optimisation": ({"NUMBA_OPT": "abc"}, ""),
    "optimised": ({"PYTHONOPTIMIZE": "2"}, ""),
    "warnings are errors": ({"PYTHONWARNINGS": "error"}, ""),
    "warnings": ({"PYTHONWARNINGS": "always", "PYTHONDEVMODE": "1"}, ""),
    "no home": ({"HOME": None}, ""),
    "missing home": ({"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"}, ""),
    "read-only home": ({"HOME": "/proc"}, ""),
    "missing folder of temporary files": ({"TMPDIR": "/nonexistent"}, ""),
    "read-only folder of temporary files": ({"TMPDIR": "/proc"}, ""),
    "locale": ({"LANG": "C", "LC_ALL": "C"}, ""),
    "encoding": ({"PYTHONIOENCODING": "ascii"}, ""),
    "no UTF-8": ({"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}, ""),
    "dumb terminal": ({"TERM": "dumb"}, ""),
    "OpenMP": ({"OMP_NUM_THREADS": "0"}, ""),
    "OpenBLAS": ({"OPENBLAS_NUM_THREADS": "abc"}, ""),
    "hash seed": ({"PYTHONHASHSEED": "7"}, ""),
    "no bytecode": ({"PYTHONDONTWRITEBYTECODE": "1"}, ""),
    "no path": ({"PATH": ""}, ""),
}
DEFAULT = {"numba threads": "score", "numba processor": "score", "warnings are errors": "package"}


def _cases():
    for name in ENVIRONMENTS:
        for kind in COMMANDS:
            marks = () if DEFAULT.get(name) == kind else pytest.mark.long
            yield pytest.param(kind, name, marks=marks, id=f"{kind}-{name}")


@pytest.fixture(scope="module")
def usual():
    """Return the results in the usual environment, each computed once."""
    known = {}

    def result(kind):
        if kind not in known:
            known[kind] = xacle_eval(*COMMANDS[kind])
        return known[kind]

    return result


@pytest.mark.long
@pytest.mark.parametrize(("kind", "name"), list(_cases()))
def test_an_odd_environment(kind, name, usual):
    """The result is the usual one; stderr has at most a warning of one line."""
    changes, warning = ENVIRONMENTS[name]
    variables = {k: v for k, v in {**environment(), **changes}.items() if v is not None}
    done = subprocess.run(
        command(*COMMANDS[kind]), capture_output=True, cwd=DATA, env=variables, check=False
    )
    expected = usual(kind)
    assert (done.returncode, done.stdout.decode()) == (expected.code, expected.out)
    said = done.stderr.decode().removeprefix(expected.err)
    if said:
        assert warning
        assert said.startswith(warning)
        assert said.count("\n") == 1


def _nonsense():
    """Yield variables with invalid values and how the error begins; only two in the default run."""
    cases = {
        (
            "JOBS",
            "x",
        ): "--jobs (from the environment variable XACLE_EVAL_JOBS): expected an integer",
        ("KERNELS", "x"): "kernels must be numba or numpy; got 'x'",
        ("SEED", "-1"): "--seed (from the environment variable XACLE_EVAL_SEED)",
        ("QUIET", "no!"): "--quiet (from the environment variable XACLE_EVAL_",
        ("DEBUG", "no!"): "--debug (from the environment variable XACLE_EVAL_",
        ("FORMAT", "x"): "--format (from the environment variable XACLE_EVAL_",
        ("CHALLENGE", "x"): "challenge x: ",
        ("SCHEDULER_TIMEOUT", "nan"): "--scheduler-t",
        ("FALLBACK", "x"): "--fallback (from the environment variable XACLE_",
    }
    for place, ((variable, value), said) in enumerate(cases.items()):
        marks = [pytest.mark.long] * (place > 1)
        yield pytest.param(variable, value, f"error: {said}", marks=marks)


@pytest.mark.parametrize(("variable", "value", "said"), list(_nonsense()))
def test_nonsense_in_a_variable_of_an_option(variable, value, said):
    """A variable with an invalid value is a usage error."""
    arguments = ("score", HIBARI, *EXAMPLE, "--bootstrap", "50")
    if variable == "CHALLENGE":
        arguments = ("score", HIBARI)
    result = xacle_eval(*arguments, **{f"XACLE_EVAL_{variable}": value})
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err


WARNING = """
import warnings
import xacle_eval.cli.score as module
load = module.open_references
def warned(*arguments):
    warnings.warn("Duplicate name: 'a.csv'")
    return load(*arguments)
module.open_references = warned
"""


def test_warnings_of_libraries():
    """A warning of a library is not on stderr; with --debug it is."""
    arguments = ("score", HIBARI, *EXAMPLE)
    assert xacle_eval(*arguments, before=WARNING).err == ""
    shown = xacle_eval(*arguments, "--debug", before=WARNING, PYTHONWARNINGS="error")
    assert (shown.code, "UserWarning: Duplicate name" in shown.err) == (0, True)


def test_the_warning_of_python_about_demo_ratings():
    """With --debug, the banner says that the ratings are synthetic, and no warning repeats it."""
    sample = REPOSITORY / "sample_submissions" / "Minimal_Reference_01.csv"
    shown = xacle_eval("leaderboard", sample, "--debug")
    assert (shown.code, "synthetic" in shown.err) == (0, True)
    assert "DemoReferencesWarning" not in shown.err


@pytest.mark.long
@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_closed_streams(tmp_path, closed):
    """With closed streams a result is written to its file, and nothing else is in the file."""
    output, expected = tmp_path / "closed.txt", tmp_path / "usual.txt"
    arguments = COMMANDS["leaderboard"]
    shell = ["sh", "-c", f'"$@" {closed}', "sh", *command(*arguments, "-o", output)]
    done = subprocess.run(shell, capture_output=True, cwd=DATA, env=environment(), check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert xacle_eval(*arguments, "-o", expected).code == 0
    assert output.read_text() == expected.read_text()

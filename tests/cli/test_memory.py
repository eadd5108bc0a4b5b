"""Too little memory is never the fault of a submission: the exit code is 2, with one sentence."""

import subprocess

import pytest

from tests.cli.helpers import DATA, EXAMPLE, HIBARI, command, environment
from xacle_eval.submissions.pdf import check_reports

resource = pytest.importorskip("resource", reason="no limits of memory here")
SENTENCE = "error: not enough memory; use fewer resamples, fewer jobs or smaller files\n"
PACKAGE = "example/packages/Hibari.zip"
COMMANDS = {
    "validate": ("validate", HIBARI, *EXAMPLE),
    "package": ("validate", PACKAGE, *EXAMPLE),
    "score": ("score", HIBARI, *EXAMPLE),
    "leaderboard": ("leaderboard", "example/submissions", *EXAMPLE),
    "listeners": ("listeners", "example/ratings.csv", *EXAMPLE, "--resamples", "9"),
    "plan": ("plan", "example/ratings.csv", *EXAMPLE, "--difference", "0.3", "--listeners", "2"),
    "jobs": ("leaderboard", "example/submissions", *EXAMPLE, "--bootstrap", "300", "--jobs", "2"),
}


def run(arguments, megabytes):
    """Run a command with a limit of its address space."""
    limits = (megabytes << 20, megabytes << 20)
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        cwd=DATA,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limits),
        timeout=120,
        check=False,
    )


def check(name, megabytes):
    """Check that a command succeeds, or that the sentence is all it prints."""
    done = run(COMMANDS[name], megabytes)
    if done.returncode == 0:
        assert done.stdout
    else:
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.decode() == SENTENCE


@pytest.mark.parametrize("megabytes", [64, 100, 200])
@pytest.mark.parametrize("name", ["package", "score"])
def test_too_little_memory(name, megabytes):
    """Without enough memory a command exits with 2, also for a package with a report."""
    check(name, megabytes)


@pytest.mark.long
@pytest.mark.parametrize("megabytes", [80, 120, 140, 160, 180, 220, 240, 280, 340, 420, 600, 900])
@pytest.mark.parametrize("name", COMMANDS)
def test_many_limits_of_memory(name, megabytes):
    """The same for more commands and limits."""
    check(name, megabytes)


@pytest.mark.parametrize("kilobytes", [8_000, 30_000])
def test_too_little_memory_for_a_report(monkeypatch, kilobytes):
    """If the process that counts pages has too little memory, the report is not called damaged."""

    def limited(child, **settings):
        shell = ["sh", "-c", f'ulimit -v {kilobytes} && exec "$@"', "sh", *child]
        return original(shell, **settings)

    original = subprocess.run
    monkeypatch.setattr(subprocess, "run", limited)
    with pytest.raises(MemoryError):
        list(check_reports({"report.pdf": b"%PDF-1.4" + bytes(20_000_000)}, 1))

"""Arguments: help, environment variables, suggestions for typing errors, completion."""

import itertools
import os
import shutil
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from tests.cli.helpers import DATA, EXAMPLE, HIBARI, environment, xacle_eval
from xacle_eval import __version__
from xacle_eval.cli.main import main
from xacle_eval.cli.usage import usage_message
from xacle_eval.errors import XacleEvalError


def walk(command, path=()):
    """Every command with its path."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*path, name))


COMMANDS = dict(walk(main))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help(path):
    """The help of every command has an example, explains every option and fits 80 columns."""
    text = (
        CliRunner()
        .invoke(main, [*path, "--help"], prog_name="xacle-eval", terminal_width=80)
        .output
    )
    assert f"xacle-eval {' '.join(path)}" in text.partition("Example")[2]
    assert max(map(len, text.splitlines())) <= 80
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_every_option_can_come_from_the_environment():
    """Each option of each command names the variable XACLE_EVAL_ and its own long name."""
    options = [
        (path, option)
        for path, command in COMMANDS.items()
        for option in command.params
        if isinstance(option, click.Option) and path
    ]
    assert len(options) > 40
    for path, option in options:
        long = next(name for name in option.opts if name.startswith("--"))
        assert option.envvar == "XACLE_EVAL_" + long[2:].replace("-", "_").upper(), path


@pytest.mark.long
def test_environment(tmp_path):
    """Values and flags come from the environment; an option on the command line overrides them."""
    variables = {
        "XACLE_EVAL_CHALLENGE": "example",
        "XACLE_EVAL_REFERENCES": "example/ratings.csv",
        "XACLE_EVAL_FORMAT": "csv",
        "XACLE_EVAL_BY": "team",
        "XACLE_EVAL_EXIT_ZERO": "1",
        "XACLE_EVAL_QUIET": "yes",
    }
    arguments = ("leaderboard", "example/submissions", "no.csv")
    result = xacle_eval(*arguments, **variables)
    assert result.code == 0
    assert [line.split(",")[:2] for line in result.out.splitlines()[1:]] == [
        ["1", "Hibari"],
        ["2", "Suzume"],
    ]
    over = xacle_eval(*arguments, "--format", "markdown", "--by", "system", **variables)
    assert over.out.startswith("**Example Challenge, split test**")
    strict = xacle_eval(
        "validate",
        "invalid/submissions/constant.csv",
        XACLE_EVAL_STRICT="1",
        XACLE_EVAL_CHALLENGE="invalid",
        XACLE_EVAL_OUTPUT=str(tmp_path / "x"),
    )
    assert (strict.code, strict.out) == (1, "")
    assert strict.err.startswith("0 of 1 submission passed: see ")
    wrong = xacle_eval("score", HIBARI, XACLE_EVAL_FORMAT="jso")
    assert wrong.code == 2
    place = "(from the environment variable XACLE_EVAL_FORMAT)"
    assert f"--format {place}: unknown value 'jso'; did you mean json?" in wrong.err
    flag = xacle_eval("score", HIBARI, XACLE_EVAL_QUIET="maybe")
    place = "(from the environment variable XACLE_EVAL_QUIET)"
    assert f"--quiet {place}: expected true or false, not 'maybe'" in flag.err


USAGE_ERRORS = [
    (["lederboard"], "unknown command 'lederboard'; did you mean leaderboard?"),
    (["challenge", "chek"], "unknown command 'chek'; did you mean check?"),
    (
        ["frobnicate"],
        "unknown command 'frobnicate'; choose from validate, fix, score, package,",
    ),
    (["score", "--refrences", "x"], "unknown option '--refrences'; did you mean --references?"),
    (["score", "x", "--zzz"], "unknown option '--zzz'"),
    (["score", "x", "--format", "jsn"], "--format: unknown value 'jsn'; did you mean json?"),
    (["score", "x", "--format", "?"], "--format: unknown value '?'; choose from text, json, csv,"),
    (["leaderboard", "x", "--by", "tem"], "--by: unknown value 'tem'; did you mean team?"),
    (["schema", "scor"], "NAME: unknown value 'scor'; did you mean score?"),
    (["completion", "bahs"], "SHELL: unknown value 'bahs'; did you mean bash?"),
    (["score"], "missing argument FILE"),
    (["completion"], "missing argument SHELL; choose from bash, zsh, fish"),
    (["verify", "a", "b", "c\x1b", "d"], "unexpected arguments 'c\\x1b', 'd'"),
    (["challenge", "show", "a", "b"], "unexpected argument 'b'"),
    (["score", "x", "--bootstrap"], "--bootstrap requires a value"),
    (["score", "x", "--quiet=1"], "--quiet does not take a value"),
    (["--version=1"], "--version does not take a value"),
    (["score", "x", "--seed", "-1"], "--seed: expected an integer of at least 0, not '-1'"),
    (["score", "x", "--jobs", "two"], "--jobs: expected an integer of at least 1, not 'two'"),
    (["score", "x", "--level", "high"], "--level: expected a number, not 'high'"),
    (["score", ""], "FILE: expected a path, not ''"),
    (["score", "x", "--output", ""], "--output: expected a path, not ''"),
    (["score", "x", "--challenge", ""], "--challenge: expected a path, not ''"),
]
NEAREST = [
    (["score", HIBARI, "--challenge", "xacle2062"], "did you mean xacle2026?"),
    (
        ["score", HIBARI, "--challenge", "example/chalenge.toml"],
        "did you mean example/challenge.toml?",
    ),
    (["score", HIBARI, *EXAMPLE, "--split", "tset"], "did you mean test?"),
    (
        ["score", HIBARI, *EXAMPLE, "--references", "example/rating.csv"],
        "Did you mean example/ratings.csv?",
    ),
    (["rank", "example/rating.csv"], "Did you mean example/ratings.csv?"),
]


def wrong_call(arguments):
    """Call the command in this process and return its error."""
    with pytest.raises((click.ClickException, XacleEvalError)) as raised:
        main.main(arguments, prog_name="xacle-eval", standalone_mode=False)
    assert raised.value.exit_code == 2
    return raised.value


@pytest.mark.parametrize(("arguments", "message"), USAGE_ERRORS)
def test_usage_errors(arguments, message, monkeypatch):
    """A usage error is explained in words of this program, whatever click's own words are."""
    modules = (click.core, click.exceptions, click.parser, click.types)
    for module, name in itertools.product(modules, ("_", "ngettext")):
        monkeypatch.setattr(module, name, lambda *_: "click's words", raising=False)
    text = usage_message(wrong_call(arguments))
    assert text.rpartition("\n")[2].startswith(f"error: {message}")
    assert "click's words" not in text.rpartition("\n")[2]
    assert f"Try 'xacle-eval{' score' if arguments[0] == 'score' else ''}" in text


def test_an_unknown_kind_of_usage_error():
    """An unknown kind of error shows click's text, without control characters."""
    assert usage_message(click.ClickException("odd \x1b")) == "error: odd \\x1b"


@pytest.mark.parametrize(("arguments", "message"), NEAREST)
def test_suggestions(arguments, message, monkeypatch):
    """For a mistyped challenge, split or path the nearest known name is suggested."""
    monkeypatch.chdir(DATA)
    assert message in str(wrong_call(arguments))


def test_a_usage_error_on_stderr():
    """The message is on stderr, below the usage, and the exit code is 2."""
    result = xacle_eval("leaderbord", "x")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "Usage: xacle-eval [OPTIONS] COMMAND [ARGS]...\nTry 'xacle-eval --help' for help.\n\n"
        "error: unknown command 'leaderbord'; did you mean leaderboard?\n"
    )


def test_a_mistyped_submission():
    """If a submission does not exist, the nearest file is suggested."""
    submission = xacle_eval("score", HIBARI.replace("_01", "_1"), *EXAMPLE)
    assert submission.code == 1
    assert f"Did you mean {HIBARI}?" in submission.err


def test_no_arguments():
    """Without a command the help is shown, and the exit code is 2."""
    result = xacle_eval()
    assert (result.code, result.out) == (2, "")
    assert "leaderboard  Score and rank submissions." in result.err


def test_version():
    """--version prints the name and the version to stdout."""
    result = xacle_eval("--version")
    assert (result.code, result.out, result.err) == (0, f"xacle-eval {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("xacle-eval lea", ["plain,leaderboard"]),
        ("xacle-eval score --form", ["plain,--format"]),
        ("xacle-eval score --format m", ["plain,markdown"]),
        ("xacle-eval score --challenge xa", ["plain,xacle2026"]),
        ("xacle-eval score --challenge my", ["file,my"]),
        ("xacle-eval challenge ch", ["plain,check"]),
        ("xacle-eval score sub", ["file,sub"]),
        ("xacle-eval ledger att", ["plain,attempts"]),
        ("xacle-eval ledger log --phase t", ["plain,test", "plain,train"]),
        ("xacle-eval frobnicate x", []),
    ],
)
def test_completion(words, completed):
    """Commands, options, choices, challenges and files are completed; errors print nothing."""
    place = str(len(words.split()) - 1)
    runner = CliRunner(
        env={"COMP_WORDS": words, "COMP_CWORD": place, "_XACLE_EVAL_COMPLETE": "bash_complete"}
    )
    result = runner.invoke(main, [], prog_name="xacle-eval")
    if completed:
        assert result.output.splitlines() == completed
    assert "Error" not in result.output


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("lea", b"leaderboard\n"),
        ("score x --split v", b"validation\n"),
        pytest.param("leaderboard x --screenings agr", b"agreement\n", marks=pytest.mark.long),
    ],
)
def test_completion_in_bash(words, completed, tmp_path):
    """The script for bash completes commands and the names that a challenge has."""
    starter = tmp_path / "xacle-eval"
    starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xacle_eval "$@"\n')
    starter.chmod(0o755)
    code = (
        f'eval "$(xacle-eval completion bash)"; COMP_WORDS=(xacle-eval {words}); '
        f"COMP_CWORD={len(words.split())}; "
        '_xacle_eval_completion xacle-eval; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", code],
        env=environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        check=False,
    )
    assert done.stdout == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell, tmp_path):
    """A script is printed for each shell, and the shell, if it is installed, accepts it."""
    script = CliRunner().invoke(main, ["completion", shell], standalone_mode=False).stdout
    assert "_XACLE_EVAL_COMPLETE" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        done = subprocess.run([shell, "-n", tmp_path / "script"], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")

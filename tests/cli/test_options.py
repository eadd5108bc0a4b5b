"""Options: their groups in --help, what they need, the format by the ending of a file, colours."""

import os
import subprocess

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from tests.cli.helpers import EXAMPLE, HIBARI, environment, xacle_eval
from tests.cli.test_arguments import COMMANDS, wrong_call
from tests.helpers import DATA
from xacle_eval.cli.effects import ALWAYS, NEEDS
from xacle_eval.cli.groups import COMMAND_GROUPS, GROUPS
from xacle_eval.cli.main import main
from xacle_eval.cli.options import option
from xacle_eval.cli.usage import usage_message
from xacle_eval.errors import XacleEvalError


def options_of(path):
    """Return the options of a command by their long names, without --help."""
    found = [each for each in COMMANDS[path].params if isinstance(each, click.Option)]
    return {max(each.opts, key=len): each for each in found}


@pytest.fixture
def call(monkeypatch, capsys):
    """Return a function that runs the command in this process, in tests/data."""
    monkeypatch.chdir(DATA)

    def run(*arguments, **variables):
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            main.main([*map(str, arguments)], prog_name="xacle-eval", standalone_mode=False)
        return capsys.readouterr()

    return run


LEAVES = [path for path, command in COMMANDS.items() if not isinstance(command, click.Group)]


def test_an_option_without_a_group_cannot_be_made():
    """The group is an argument without a default, and every option has a known one."""
    with pytest.raises(TypeError, match="group"):
        option("--new")
    groups = {each.group for path in LEAVES for each in options_of(path).values()}
    assert groups == set(GROUPS)


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
@pytest.mark.parametrize("width", [60, 80])
def test_help_in_groups(path, width):
    """Groups are in one order, none is empty, each option is in its group, and rare ones last."""
    text = CliRunner().invoke(main, [*path, "--help"], terminal_width=width).output
    assert max(map(len, text.splitlines())) <= max(width, 80)
    titles = [line[:-1] for line in text.splitlines() if line[:-1] in GROUPS]
    assert titles == [title for title in GROUPS if title in titles]
    for title in titles:
        section = text.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        assert section.startswith("  ")
        own = {name: each for name, each in options_of(path).items() if each.group == title}
        places = {name: section.index(f"{name}") for name in own}
        common = [place for name, place in places.items() if not own[name].rare]
        rare = [place for name, place in places.items() if own[name].rare]
        assert max(common, default=0) < min(rare, default=len(section))
    assert "x>=" not in text


def test_help_of_all_commands_in_groups():
    """The main help has every command once, below its kind of user."""
    text = CliRunner().invoke(main, ["--help"], terminal_width=80).output
    listed = [name for lines in COMMAND_GROUPS.values() for name in lines]
    assert sorted(listed) == sorted(
        name for (name,) in (path for path in COMMANDS if len(path) == 1)
    )
    for title, lines in COMMAND_GROUPS.items():
        section = text.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines()] == list(lines)


def test_short_forms(call):
    """-r, -c and -f mean the same in every command that has the long option."""
    short = {"--references": "-r", "--challenge": "-c", "--format": "-f", "--quiet": "-q"}
    for path in LEAVES:
        for name, each in options_of(path).items():
            given = [opt for opt in each.opts if not opt.startswith("--")]
            assert given == ([short[name]] if name in short else ["-o"] * (name == "--output"))
    arguments = ("-c", "example", "-r", "example/ratings.csv", "-f", "csv")
    long = ("--challenge", "example", "--references", "example/ratings.csv", "--format", "csv")
    assert call("score", HIBARI, *arguments) == call("score", HIBARI, *long)


# --- options without effect ----------------------------------------------------------------------
def test_the_table_of_effects_is_complete():
    """Every option of every command is in the table, and the table has no other option."""
    used = set()
    for path in LEAVES:
        for name in options_of(path):
            needs = NEEDS.get(name, {})
            assert " ".join(path) in needs or name in ALWAYS, (path, name)
            used |= {(name, " ".join(path))} if " ".join(path) in needs else {name}
    table = {(name, command) for name, needs in NEEDS.items() for command in needs}
    assert used == table | ALWAYS


VALUES = {
    "--seed": "1", "--resample": "pairs", "--interval": "bca", "--level": "0.9", "--alpha": "0.1",
    "--jobs": "2", "--scheduler": "tcp://x", "--scheduler-timeout": "5", "--fallback": "local",
    "--screenings": "all", "--set": "a=1", "--flag": "a=b", "--label": "x", "--challenge": "x",
    "--split": "x", "--parts": "a=0.5", "--references": "x", "--references-of": "a=b",
    "--text": "terms=x", "--contact": "x", "--phase": "x", "--python": "x", "--grid": "0.25",
    "--as-of": "x",
}  # fmt: skip
ARGUMENTS = {
    "score": ["x"], "leaderboard": ["x"], "report": ["x", "-o", "y"], "compare": ["x", "y"],
    "listeners": ["x"],
    "plan": ["x", "--difference", "0.1"], "fix": ["x", "--diff"], "package": ["x"],
    "challenge init": ["x"], "challenge template": [], "export": ["codabench"],
    "audit": ["-r", "x"],
}  # fmt: skip
UNUSED = [
    (name, command, need)
    for name, needs in NEEDS.items()
    for command, several in needs.items()
    for need in several
]


@pytest.mark.parametrize(
    ("name", "command", "need"), UNUSED, ids=[f"{c} {n} {m.condition}" for n, c, m in UNUSED]
)
def test_an_option_without_effect(name, command, need):
    """An option that lacks another one is an error, which says what to pass."""
    before = {
        "without --scheduler": ["--bootstrap", "5"],
        "with --scheduler": ["--bootstrap", "5", "--scheduler", "tcp://x"],
        "in CSV": ["--format", "csv"],
        "with --template": ["--template"],
    }.get(need.condition, [])
    value = [VALUES[name]] if name in VALUES else []
    error = wrong_call([*command.split(), *ARGUMENTS[command], *before, name, *value])
    assert isinstance(error, XacleEvalError)
    assert str(error) == (
        f"{name} has no effect {need.condition}; pass {need.advice}, or leave it out"
    )


def test_several_options_without_effect():
    """Options that lack the same one are named together, also a short name by its long one."""
    done = xacle_eval("score", HIBARI, *EXAMPLE, "--seed", "3", "--level", "0.9")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: --seed, --level have no effect without --bootstrap; pass --bootstrap N, "
        "or leave them out\n"
    )


def test_values_from_the_environment_may_be_unused(call):
    """One environment serves several commands, so an unused variable is no error."""
    run = ("score", HIBARI, *EXAMPLE)
    assert call(*run, XACLE_EVAL_SEED="3", XACLE_EVAL_JOBS="2") == call(*run)


# --- the format of a file ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("command", "file", "begin"),
    [
        (("score", HIBARI), "a.tex", "%"),
        (("score", HIBARI), "a.MD", "**Example"),
        (("score", HIBARI), "a.json", "{"),
        (("score", HIBARI), "a.csv", "team,system,"),
        (("score", HIBARI), "a.txt", "Example Challenge"),
        (("score", HIBARI), "a.result", "Example Challenge"),
        (("score", HIBARI), "a", "Example Challenge"),
        (("validate", HIBARI), "a.xml", "<?xml"),
        (("validate", HIBARI), "a.sarif", "{"),
        (("leaderboard", HIBARI), "a.csv", "rank,"),
        (("listeners", "example/ratings.csv", "--resamples", "2"), "a.csv", "quantity,"),
    ],
)
def test_the_ending_chooses_the_format(command, file, begin, tmp_path, monkeypatch):
    """Without --format, the ending of -o decides; another ending has the default."""
    monkeypatch.chdir(DATA)
    arguments = [*command, *EXAMPLE, "-q", "-o", str(tmp_path / file)]
    main.main(arguments, standalone_mode=False)
    assert (tmp_path / file).read_text().startswith(begin)


@pytest.mark.parametrize(
    ("command", "ending", "choices"),
    [
        ("score", "sarif", ".txt, .json, .csv, .md or .tex"),
        ("score", "xlsx", ".txt, .json, .csv, .md or .tex"),
        ("score", "csv.gz", ".txt, .json, .csv, .md or .tex"),
        ("validate", "csv", ".txt, .json, .xml or .sarif"),
    ],
)
def test_an_ending_of_another_format(command, ending, choices, tmp_path):
    """An ending that promises a format which the command lacks is an error with the choices."""
    file = tmp_path / f"a.{ending}"
    error = wrong_call([command, "x", "-o", str(file)])
    last = ending.rpartition(".")[2]
    assert f"{command} writes no file that ends in .{last}; use {choices}" in str(error)
    assert "choose with --format from text, " in str(error)
    assert not file.exists()


def test_format_is_stronger_than_the_ending(call, tmp_path):
    """--format decides; a note says that the ending promises another format, not with -q."""
    run = ("score", HIBARI, *EXAMPLE, "-f", "json", "-o")
    assert call(*run, tmp_path / "a.tex").err == (
        f"'{tmp_path / 'a.tex'}' gets the format json, as --format says, although its name ends "
        "in .tex\n"
    )
    assert (tmp_path / "a.tex").read_text().startswith("{")
    assert call(*run, tmp_path / "a.tex", "-q").err == ""
    assert call(*run, tmp_path / "a.json").err == ""


def test_an_ending_is_stronger_than_the_environment(call, tmp_path):
    """XACLE_EVAL_FORMAT is for stdout and unknown endings; -o a.csv on the line gets CSV."""
    run = ("score", HIBARI, *EXAMPLE, "-o")
    done = call(*run, tmp_path / "a.csv", XACLE_EVAL_FORMAT="json")
    assert (tmp_path / "a.csv").read_text().startswith("team,system,")
    assert "gets the format" not in done.err
    call(*run, tmp_path / "a.result", XACLE_EVAL_FORMAT="json")
    assert (tmp_path / "a.result").read_text().startswith("{")
    call(*run, tmp_path / "b.csv", "-f", "latex", XACLE_EVAL_FORMAT="json")
    assert (tmp_path / "b.csv").read_text().startswith("%")
    both = {"XACLE_EVAL_FORMAT": "json", "XACLE_EVAL_OUTPUT": str(tmp_path / "c.csv")}
    done = call("score", HIBARI, *EXAMPLE, **both)
    assert (tmp_path / "c.csv").read_text().startswith("{")
    assert "gets the format json, as XACLE_EVAL_FORMAT says" in done.err


def test_the_file_minus_is_stdout(call, tmp_path, monkeypatch):
    """-o - prints the result, as for other tools, and creates no file of that name."""
    monkeypatch.chdir(tmp_path)
    run = ("score", DATA / HIBARI, "-c", DATA / "example", "-f", "csv")
    assert call(*run, "-o", "-") == call(*run)
    assert not (tmp_path / "-").exists()


# --- the environment and colours -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("BOOTSTRAP", "abc", "--bootstrap (from {}): expected an integer"),
        ("LEVEL", "high", "--level (from {}): expected a number"),
        ("FORMAT", "jsn", "--format (from {}): unknown value 'jsn'"),
        ("DEBUG", "maybe", "--debug (from {}): expected true or false"),
        ("CHALLENGE", "nowhere.toml", "note: --challenge is from {}"),
        ("SPLIT", "tset", "note: --split is from {}"),
        ("PART", "x", "note: --part is from {}"),
        ("REFERENCES", "nowhere.csv", "note: --references is from {}"),
        ("OUTPUT", "no/such/file", "note: --output is from {}"),
        ("BY_COLUMN", "x", "note: --by-column is from {}"),
        ("KERNELS", "x", "(from {})"),
    ],
)
def test_a_bad_value_names_its_variable(variable, value, message, monkeypatch):
    """Whatever its type is and whoever refuses it, a bad value names the environment variable."""
    monkeypatch.chdir(DATA)
    example = () if variable == "CHALLENGE" else EXAMPLE
    more = ("--bootstrap", "5") if variable in ("LEVEL", "KERNELS") else ()
    name = f"XACLE_EVAL_{variable}"
    monkeypatch.setenv(name, value)
    error = wrong_call(["score", HIBARI, *example, *more])
    text = "\n".join([str(error), *getattr(error, "__notes__", ())])
    if isinstance(error, click.ClickException):
        text = usage_message(error)
    assert message.format(f"the environment variable {name}") in text
    assert text.count("environment variable") == 1


def test_a_number_from_the_environment_is_not_named_by_chance():
    """A message with the number 3 does not name every variable that is 3."""
    result = xacle_eval(
        "score",
        HIBARI,
        *EXAMPLE,
        XACLE_EVAL_LEVEL="3",
        XACLE_EVAL_BOOTSTRAP="3",
        XACLE_EVAL_JOBS="3",
    )
    assert result.err == (
        "error: level must be between 0 and 1, got 3\n"
        "note: --level is from the environment variable XACLE_EVAL_LEVEL\n"
    )


@pytest.mark.long
def test_colours_in_a_pipe():
    """FORCE_COLOR gives a pipe colours, on both streams; a file and NO_COLOR get none."""
    run = ("leaderboard", "example/submissions", "nowhere.csv", *EXAMPLE, "-f", "text")
    usual = xacle_eval(*run)
    for term in ("xterm-256color", "dumb"):
        forced = xacle_eval(*run, FORCE_COLOR="1", TERM=term)
        assert "\x1b[1;32m" in forced.out
        assert (
            "".join(part.partition("m")[2] for part in f"m{forced.out}".split("\x1b[")) == usual.out
        )
    both = xacle_eval(*run, FORCE_COLOR="1", NO_COLOR="1")
    assert both == usual
    csv = xacle_eval(*run[:-1], "csv", FORCE_COLOR="1")
    assert "\x1b" not in csv.out
    assert "\x1b[1;31m" in csv.err


def test_a_file_has_no_colours(call, tmp_path):
    """FORCE_COLOR is about pipes and terminals, not about -o."""
    file = tmp_path / "a.txt"
    call("score", HIBARI, *EXAMPLE, "-o", file, FORCE_COLOR="1")
    assert file.read_text() == call("score", HIBARI, *EXAMPLE, NO_COLOR="1").out


# --- completion ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("score x --split ", ["test", "validation", "train"]),
        ("score x --split v", ["validation"]),
        ("score x -c example --split ", ["test"]),
        ("score x --challenge challenges/voicemos --split t", ["test"]),
        ("score x -c nowhere.toml --split ", []),
        ("score x -c invalid/references.csv --split ", []),
        ("challenge template xacle2026 --split t", ["test", "train"]),
        ("leaderboard x --screenings ", "anchors agreement rest-correlation no-variation all"),
        ("leaderboard x --screenings ag", ["agreement"]),
        ("leaderboard x --screenings agreement,", "agreement,anchors agreement,rest-correlation "
         "agreement,no-variation"),
        ("leaderboard x --screenings agreement,no", ["agreement,no-variation"]),
        ("compare x y --metric S", ["SRCC"]),
        ("plan x --metric M", ["MSE"]),
        ("listeners x -c challenges/audiomos2025_track1 --target ", ["MI", "TA"]),
        ("score x -c challenges/audiomos2025_track1 -r M", ["MI="]),
        ("score x --part ", ["all"]),
        ("score x --references-of val", ["validation="]),
        ("explain XAC03", [f"XAC03{n}" for n in range(10)]),
        ("explain id-m", ["id-missing"]),
    ],
)  # fmt: skip
def test_completion_of_names(line, found, monkeypatch):
    """Names come from the challenge on the line; a challenge with errors offers none."""
    monkeypatch.chdir(DATA)
    *words, incomplete = line.split(" ")
    complete = ShellComplete(main, {}, "xacle-eval", "_XACLE_EVAL_COMPLETE")
    values = [item.value for item in complete.get_completions(words, incomplete)]
    expected = found.split() if isinstance(found, str) else found
    assert sorted(values) == sorted(expected)


@pytest.mark.parametrize("line", ["score x -r ex", "compare x --against ex", "score x -r a=ex"])
def test_completion_of_files(line):
    """Options with files among their values complete files."""
    *words, incomplete = line.split(" ")
    complete = ShellComplete(main, {}, "xacle-eval", "_XACLE_EVAL_COMPLETE")
    found = complete.get_completions(words, incomplete)
    assert [(item.value, item.type) for item in found] == [(incomplete, "file")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_through_each_shell(shell):
    """The process that a shell starts prints the splits of the challenge on the line, no error."""
    words = "xacle-eval score x -c xacle2026 --split "
    place = {"fish": "t"}.get(shell, "6")
    done = subprocess.run(
        [os.sys.executable, "-m", "xacle_eval"],
        env=environment(
            _XACLE_EVAL_COMPLETE=f"{shell}_complete", COMP_WORDS=words, COMP_CWORD=place
        ),
        cwd=DATA,
        capture_output=True,
        check=False,
    )
    lines = done.stdout.decode().split()
    assert {"test", "train"} <= {line.rpartition(",")[2] for line in lines}
    assert done.stderr == b""

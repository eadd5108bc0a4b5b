"""No command prints or writes a control character, a direction mark or a forged command of GitHub.

Each place that a text can come from holds a hostile one: names of files and folders, ids, headers,
labels, fields of receipts, keys and values of TOML and YAML, names of listeners, tables of results,
arguments, environment variables, and members of archives.
"""

import contextlib
import io
import json
import os
import re
import unicodedata

import pytest
import yaml

import xacle_eval as xe
from tests.helpers import DATA
from tests.submissions.descriptions import description, zipped
from xacle_eval.cli import run
from xacle_eval.cli.main import _COMMANDS
from xacle_eval.reports.formats.registry import (
    BOARD_FORMATS,
    REPORT_FORMATS,
    TABLE_FORMATS,
    VERIFICATION_FORMATS,
)

EXAMPLE = DATA / "example"
BAD = "x\x1b[2J\r\n::error::f\u202e\u2066\u200f\u061c\u200b\u2028\x9b\x7f##[error]\u3164y"
# A name in a file of lines.
LINE = BAD.replace("\r\n", "\r")
COLUMN = "\r::error::x\x1b]0;t\x07\u202e"
TEXT = "".join(f"\\u{ord(char):04x}" for char in BAD)
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
OWN_COMMAND = re.compile(
    r"::(error|warning|notice) [^:]*title=[^:]*::|::stop-commands::[0-9a-f]{64}$"
)
CHALLENGE = (EXAMPLE / "challenge.toml").read_text()
TASK = (EXAMPLE / "task.toml").read_text()


def hidden(text):
    """Return the characters of a text that control a terminal, or are invisible."""
    return {char for char in text if char != "\n" and unicodedata.category(char) in HIDDEN}


def forged(text):
    """Return the lines that GitHub Actions would run and that this program did not write."""
    lines = text.split("\n")
    ends = {f"::{line.rpartition('::')[2]}::" for line in lines if "::stop-commands::" in line}
    found = []
    stopped = False
    for line in lines:
        command = line.lstrip().startswith("::") or "##[" in line
        if line in ends:
            stopped = False
        elif command and not stopped and not OWN_COMMAND.match(line):
            found.append(line)
        stopped = stopped or line.startswith("::stop-commands::")
    return found


def call(*arguments):
    """Run the command in this process; return its exit code and both streams."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        run([os.fspath(argument) for argument in arguments])
    return ended.value.code or 0, out.getvalue(), err.getvalue()


def check(tmp_path, *arguments):
    """Run a command; its streams and the files it wrote hold no hidden character, no command."""
    before = {file for file in tmp_path.rglob("*") if file.is_file()}
    code, out, err = call(*arguments)
    assert code in (0, 1, 2), err
    written = [file for file in tmp_path.rglob("*") if file.is_file() and file not in before]
    texts = {"stdout": out, "stderr": err}
    data = {str(file): file.read_bytes() for file in written}
    # The database of a ledger is not a text; what is shown of it is checked by the commands.
    texts |= {
        name: each.decode() for name, each in data.items() if not each.startswith(b"SQLite format")
    }
    for name, text in texts.items():
        assert hidden(text) == set(), (name, arguments)
        assert forged(text) == [], (name, arguments)
    for file in written:
        file.unlink()
    return code, out, err


@pytest.fixture(autouse=True)
def on_github(monkeypatch, tmp_path):
    """Run every command as GitHub Actions does, in a folder of its own."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "step_summary.md"))
    monkeypatch.chdir(tmp_path)


def predictions(*rows, header="wav_file_name,pred_score"):
    """Return a file of predictions for the example, with other rows first."""
    ids = [f"{number:03d}.wav" for number in range(1, 25)]
    whole = [*rows, *(f"{pair},{number}" for number, pair in enumerate(ids[len(rows) :], 1))]
    return "\n".join([header, *whole]) + "\n"


def quoted(text):
    """Return a field of a CSV file."""
    return '"' + text.replace('"', '""') + '"'


@pytest.fixture
def submissions(tmp_path):
    """Return a folder of valid and invalid submissions with hostile names and contents."""
    folder = tmp_path / BAD
    for name, text in {
        f"{LINE}_01.csv": predictions(),
        f"{BAD}_02.csv": predictions(),
        "Ids_01.csv": predictions(f"{quoted(BAD)},1", f"{quoted(LINE)},x", f"001{LINE}.wav,2"),
        "Values_01.csv": predictions(f"001.wav,{quoted(BAD)}"),
        "Columns_01.csv": predictions(header=f"wav_file_name,pred_score,{quoted(BAD)}"),
        "Header_01.csv": predictions(header=f"{quoted(BAD)},{quoted(LINE)}"),
        f"{BAD}.cvs": "",
    }.items():
        (folder / f"{LINE}t" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{LINE}t" / name).write_bytes(text.encode())
    return folder


TARGETS = [(), ("-o", "out.txt")]


@pytest.mark.parametrize("target", TARGETS, ids=["stdout", "file"])
@pytest.mark.parametrize("format_", REPORT_FORMATS)
def test_validate(tmp_path, submissions, format_, target):
    """Reports in every format, the receipt and the step summary show hostile names as escapes."""
    more = ("--receipt", "receipt.json") if target else ()
    arguments = ("--challenge", EXAMPLE, "--format", format_, *target, *more)
    code, out, _ = check(tmp_path, "validate", submissions.name, *arguments)
    assert code == 1
    assert target or "u202e" in out or "%5Cu202e" in out


@pytest.mark.parametrize("target", TARGETS, ids=["stdout", "file"])
@pytest.mark.parametrize("format_", BOARD_FORMATS)
def test_leaderboard_score_and_compare(tmp_path, submissions, format_, target):
    """Tables in every format show hostile labels and teams as escapes."""
    shared = ("--challenge", EXAMPLE, "--format", format_, *target)
    code, _, err = check(tmp_path, "leaderboard", submissions.name, *shared)
    assert code == 1, err
    if format_ not in TABLE_FORMATS:
        return
    first, second = (
        submissions / f"{LINE}t" / f"{name}.csv" for name in (f"{LINE}_01", f"{BAD}_02")
    )
    profile = () if format_ == "csv" else ("--profile",)  # which CSV does not have
    assert check(tmp_path, "score", first, *profile, *shared)[0] == 0
    check(tmp_path, "compare", first, second, "--bootstrap", "10", *shared)


def results(names):
    """Return a table of published results."""
    rows = [f"{quoted(name)},{quoted(name[::-1])},0.5,0.5,0.5,{k}" for k, name in enumerate(names)]
    return "\n".join(["system,team,SRCC,LCC,KTAU,MSE", *rows]) + "\n"


@pytest.mark.parametrize("target", TARGETS, ids=["stdout", "file"])
@pytest.mark.parametrize("format_", BOARD_FORMATS)
def test_rank(tmp_path, format_, target):
    """A table of results with hostile names is ranked; one with hostile values is refused."""
    (tmp_path / "t.csv").write_bytes(results([BAD, LINE, "a", "::error::x", "##[error]x"]).encode())
    assert check(tmp_path, "rank", "t.csv", "--format", format_, *target)[0] == 0
    for text in (
        results([BAD, BAD]),
        results([BAD]).replace("0.5", quoted(BAD), 1),
        results([BAD]).replace("SRCC", quoted(BAD)),
        results([BAD]).replace("system", quoted(f"system{BAD}")),
    ):
        (tmp_path / f"{BAD}.csv").write_bytes(text.encode())
        assert check(tmp_path, "rank", f"{BAD}.csv", "--format", format_, *target)[0] == 2


def ratings(listeners, text="a"):
    """Return ratings of the example's pairs; the first listener rates otherwise."""
    rows = [
        f"{number:03d}.wav,{quoted(text)},{(number + 3 * place * (place > 1)) % 10},{quoted(name)}"
        for number in range(1, 25)
        for place, name in enumerate(listeners)
    ]
    return "\n".join(["wav_file_name,text,score,listener_id", *rows]) + "\n"


@pytest.mark.parametrize("format_", TABLE_FORMATS)
def test_listeners(tmp_path, format_):
    """Names of listeners are escapes in the report, in its tables and in the written files."""
    file = tmp_path / f"{LINE}.csv"
    file.write_bytes(ratings([BAD, LINE, "=1+1", "c"], text=BAD).encode())
    few = ("--challenge", EXAMPLE, "--format", format_, "--resamples", "2")
    files = ("--averages", f"{BAD}_averages.csv", "--summary", f"{BAD}_summary.csv")
    screen = ("--screen", "rest-correlation", "--set", "minimum=0.9")
    assert check(tmp_path, "listeners", file.name, *few, *files)[0] == 0
    check(tmp_path, "listeners", file.name, *few, "-o", "out", *files, *screen)
    for options in (
        ("--set", f"{BAD}=1"),
        ("--set", BAD),
        ("--flag", f"anchor={BAD}"),
        ("--flag", BAD),
        ("--screen", BAD),
        ("--averages", f"missing/{BAD}"),
        ("--averages", file.name),
    ):
        more = () if options[0] == "--screen" else screen
        assert check(tmp_path, "listeners", file.name, *few, *more, *options)[0] == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a dog", f"{BAD} dog"),
        ("001.wav", quoted(BAD)),
        (",3,", f",{quoted(BAD)},"),
        ("score,", f"{quoted(BAD)},"),
        ("listener_id", quoted(BAD)),
        ("wav_file_name", quoted(BAD)),
        ("text,", quoted(BAD) + ","),
    ],
)
def test_references(tmp_path, old, new):
    """Ratings with hostile fields are refused or used; their text is shown as escapes."""
    text = (EXAMPLE / "ratings.csv").read_text()
    assert old in text
    (tmp_path / f"{BAD}.csv").write_bytes(text.replace(old, new, 1).encode())
    submission = EXAMPLE / "submissions" / "Hibari_01.csv"
    challenge = ("--challenge", EXAMPLE)
    check(tmp_path, "score", submission, "--references", f"{BAD}.csv", *challenge)
    check(tmp_path, "listeners", f"{BAD}.csv", "--resamples", "2", *challenge)


CHANGES = [
    ("title = ", f'"{TEXT}" = 1\ntitle = '),
    ("title = ", f"'{COLUMN[1:]}' = 1\ntitle = "),
    ('title = "Example', f'title = "{TEXT}'),
    ('name = "example', f'name = "{TEXT}'),
    ("decimals = 3", f'decimals = "{TEXT}"'),
    ('"SRCC"', f'"{TEXT}"'),
    ("[splits.test]", f'[splits."{TEXT}"]'),
    ("[splits.test]", f'[splits.test."{TEXT}"]\na = 1\n[splits.test]'),
    ('default_split = "test"', f'default_split = "{TEXT}"'),
    ('pattern = "', f'pattern = "{TEXT}'),
    ("{:03d}", f"{{:{TEXT}d}}"),
    ('references = "', f'references = "{TEXT}'),
    ('pattern = "{:03d}.wav"\nfirst = 1\nlast = 24', f'list = "{TEXT}"'),
    ('pattern = "{:03d}.wav"\nfirst = 1\nlast = 24', 'list = "ids\\r\\u001b.txt"'),
    ("[ranking]", f"[group]\nname = 'g'\npattern = \"(?P<{TEXT}>.)\"\n[ranking]"),
    ("[ranking]", f"[group]\nname = \"{TEXT}\"\npattern = '(.)'\n[ranking]"),
    ("[ranking]", f"[group]\nname = 'g'\npattern = \"({TEXT})\"\n[ranking]"),
    ("[ids]\n", f"{LINE}\n"),
    ("[ids]\n", f"[ids]\n{COLUMN}=1\n"),
    ('column = "wav_file_name"', f'column = "{TEXT}"'),
    ('column = "score"', f'column = "{TEXT}"'),
    ('aliases = ["prediction_score"', f'aliases = ["{TEXT}"'),
    ("[packages]", f'[packages]\n"{TEXT}" = 1'),
    ("[packages]\n", f'[packages]\napproved = "{TEXT}"\n'),
    ("[packages]\n", '[packages]\napproved = "approved\\r\\u001b.csv"\n'),
]


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_challenge_files(tmp_path, old, new):
    """Keys and values of challenge files, and the lists they name, are shown as escapes."""
    text = TASK if old in TASK else CHALLENGE
    assert old in text
    text = re.sub(r"(?m)^approved = .*\n", "", text) if "approved" in new else text
    folder = tmp_path / BAD
    folder.mkdir()
    (folder / "ids\r\x1b.txt").write_bytes(f"{LINE}\n{LINE}\n".encode())
    (folder / "approved\r\x1b.csv").write_bytes(f"name,type,added,link\n{LINE}\n".encode())
    (folder / "approved.csv").write_bytes((EXAMPLE / "approved.csv").read_bytes())
    (folder / "ratings.csv").write_bytes((EXAMPLE / "ratings.csv").read_bytes())
    (folder / "challenge.toml").write_bytes(text.replace(old, new, 1).encode())
    check(tmp_path, "challenge", "check", BAD)
    check(tmp_path, "challenge", "show", BAD)
    submission = EXAMPLE / "submissions" / "Hibari_01.csv"
    for format_ in ("text", "json", "markdown", "latex", "csv"):
        check(tmp_path, "score", submission, "--challenge", BAD, "--format", format_)
    check(tmp_path, "validate", submission, "--challenge", BAD, "--receipt", "receipt.json")


def test_challenge_show_prints_the_file(tmp_path):
    """Tabs of the file are kept; direction marks in its comments are shown as escapes."""
    text = CHALLENGE.replace("[ids]", "\t# right\u202eleft 日本語 \x85\n[ids]")
    for ending in ("\n", "\r\n"):
        (tmp_path / "challenge.toml").write_bytes(text.replace("\n", ending).encode())
        code, out, _ = call("challenge", "show", "challenge.toml")
        assert code == 0
        assert "\n\t# right\\u202eleft 日本語 \\x85\n[ids]\n" in out


@pytest.mark.parametrize("format_", VERIFICATION_FORMATS)
def test_receipts(tmp_path, format_):
    """Hostile fields of a receipt are shown as escapes, whether it is valid or not."""
    package = EXAMPLE / "packages" / "Hibari.zip"
    call("validate", package, "--receipt", "r.json", "--challenge", EXAMPLE / "task.toml")
    written = (tmp_path / "r.json").read_text()
    receipt = json.loads(written)
    for change in (
        lambda r: r["challenge"].update(name=BAD, split=BAD),
        lambda r: r.update(tool=BAD),
        lambda r: r["files"][0].update(path=f"{BAD}/Hibari.zip", sha256="0"),
        lambda r: r["files"][0]["members"].append({"name": BAD, "bytes": 1, "sha256": BAD}),
        lambda r: r["files"][0].update(sha256=BAD, members=[]),
        lambda r: r["files"][0].update({BAD: BAD}),
        lambda r: r["files"][0].update(findings={BAD: BAD}),
        lambda r: r.update(schema=BAD),
        lambda r: r.update(rule_set=BAD),
        lambda r: r["files"][0].update(verdict=BAD),
    ):
        changed = json.loads(written)
        change(changed)
        (tmp_path / f"{BAD}.json").write_text(json.dumps(changed))
        check(tmp_path, "verify", f"{BAD}.json", package, "--format", format_)
        check(tmp_path, "verify", f"{BAD}.json", package, "--format", format_, "-o", "out")
    assert receipt["files"][0]["members"]


@pytest.mark.parametrize("format_", REPORT_FORMATS)
def test_packages(tmp_path, format_):
    """Names of members, keys and values of descriptions are shown as escapes."""
    challenge = ("--challenge", EXAMPLE / "task.toml")
    table = predictions()
    packages = [
        {"K/K_01.csv": table, f"K/{BAD}.yaml": description("K_01"), f"K/{BAD}_2.csv": table},
        {f"{LINE}/K_01.csv": table, "K/notes\u202e.txt": "", "K/../x": ""},
        {"K_01.csv": table, "K_01.yaml": description("K_01", Kumo=TEXT).replace("'", "")},
        {"K_01.csv": table, "K_01.yaml": description("K_01") + f'"{TEXT}": "{TEXT}"\n'},
        {"K_01.csv": table, "K_01.yaml": description("K_01") + f"{LINE}: 1\n"},
        {"K_01.csv": table, "K_01.yaml": description("K_01") + f'"{LINE}": 1\n'},
        {"K_01.csv": table, "K_01.yaml": description("K_01") + f"&{LINE} [\n"},
        {"K_01.csv": table, "K_01.yaml": description("K_01").replace("BYOL-A", TEXT)},
        {"K_01.csv": table, "K_01.yaml": "label: !!python/x\u202e 1\n"},
        {"K_01.csv": table, "K_01.yaml": description("K_01"), "report\x1b.pdf": f"%PDF-{LINE}"},
        {"K_01.csv": table, "K_01.yaml": description("K_01"), "report.pdf": f"%PDF-{LINE}"},
    ]
    for files in packages:
        (tmp_path / f"{BAD}.zip").write_bytes(zipped(files))
        check(tmp_path, "validate", f"{BAD}.zip", "--format", format_, *challenge)
        if format_ == "text":
            check(tmp_path, "score", f"{BAD}.zip", "--system", BAD, *challenge)
            check(tmp_path, "leaderboard", f"{BAD}.zip", *challenge)
            check(tmp_path, "split", f"{BAD}.zip", *challenge)


def options_of(command):
    """Return the options that take a value of a command."""
    return [
        param for param in command.params if param.param_type_name == "option" and not param.is_flag
    ]


def all_commands():
    """Yield every command with its words."""
    from xacle_eval.cli.main import main

    for name in _COMMANDS:
        command = main.get_command(None, name)
        inner = getattr(command, "commands", None)
        yield from (((name, word), each) for word, each in (inner or {}).items())
        if inner is None:
            yield (name,), command


@pytest.mark.parametrize(
    "words",
    [
        # These two compute for seconds.
        pytest.param(words, marks=pytest.mark.long if words in (("audit",), ("report",)) else ())
        for words, _ in all_commands()
    ],
    ids=" ".join,
)
def test_arguments_and_environment(tmp_path, monkeypatch, words):
    """Every argument, option and variable may be hostile; the message shows escapes."""
    command = dict(all_commands())[words]
    number = sum(param.param_type_name == "argument" for param in command.params)
    for text in (BAD, f"--{LINE}", f"{BAD}=1", f"x/{BAD}/y.zip", "a" * 5_000 + BAD):
        check(tmp_path, *words, *[text] * number)
    check(tmp_path, *words, *[BAD] * (number + 1))
    # A missing file, so that nothing is computed.
    given = (f"{LINE}.csv",) * number
    for param in options_of(command):
        long = max(param.opts, key=len)
        check(tmp_path, *words, *given, long, f"missing/{BAD}")
        check(tmp_path, *words, *given, f"{long}={LINE}={BAD}")
        with monkeypatch.context() as patched:
            patched.setenv(param.envvar, LINE)
            check(tmp_path, *words, *given)


@pytest.mark.parametrize("label", [BAD, LINE, "\U000e0001x", "##[error]x", "日本_01"])
def test_template(tmp_path, label):
    """A description template shows a hostile label as escapes, and YAML reads the same label."""
    code, out, err = check(tmp_path, "package", "--template", "--label", label)
    assert code == 0, err
    (line,) = (line.strip() for line in out.splitlines() if line.strip().startswith("label: "))
    assert yaml.safe_load(line) == {"label": label}


def test_debug(tmp_path):
    """Tracebacks show hostile names as escapes too."""
    for arguments in (("challenge", "show", BAD), ("rank", BAD)):
        code, _, err = check(tmp_path, *arguments, "--debug")
        assert code == 2
        assert "Traceback" in err


def test_messages_of_errors():
    """A line of an error's message stays one line, and shows invisible characters as escapes."""
    assert str(xe.UsageError("a\n::error::b\x1b")) == r"a\n::error::b\x1b"
    assert str(xe.ChallengeError("c\r", ["k\n: x"])) == r"challenge c\r: k\n: x"
    message = str(xe.ChallengeError("c", ["k\n", "l\u202e"]))
    assert message.splitlines() == ["challenge c: 2 errors", r"  - k\n", r"  - l\u202e"]

"""Links, special files and impossible paths, in the place of every input and output."""

import os
import re
import subprocess
import threading
from pathlib import Path

import pytest

import xacle_eval as xe
from tests.cli.helpers import EXAMPLE, HIBARI, command, environment, in_terminal, xacle_eval
from tests.helpers import DATA
from xacle_eval.cli import run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="creating links is a privilege there")

CHALLENGE = ("--challenge", str(DATA / "example"))


@pytest.fixture
def call(capsys):
    """Run a command in this process, and return its exit code, stdout and stderr."""

    def execute(*arguments):
        with pytest.raises(SystemExit) as done:
            run(list(map(str, arguments)))
        return (done.value.code, *capsys.readouterr())

    return execute


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder with submissions `sub`, a package, ratings and a file of the user's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("sub/Kumo_01.csv", "Ame_01.csv"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes((DATA / HIBARI).read_bytes())
    Path("Kumo.zip").write_bytes((DATA / "example" / "packages" / "Kumo.zip").read_bytes())
    Path("ratings.csv").write_bytes((DATA / "example" / "ratings.csv").read_bytes())
    Path("results.csv").write_text("system,SRCC,LCC,KTAU,MSE\na,0.1,0.1,0.1,1\n")
    (tmp_path / "own").mkdir()
    Path("own/file").write_text("my own")
    return tmp_path


# Every option that names an output; OUT is replaced.
OUTPUTS = [
    ("validate", "sub", "-o", "OUT"),
    ("validate", "sub", "--receipt", "OUT"),
    ("score", "Ame_01.csv", "-o", "OUT"),
    ("leaderboard", "sub", "-o", "OUT"),
    ("compare", "Ame_01.csv", "sub/Kumo_01.csv", "--bootstrap", "2", "-o", "OUT"),
    ("listeners", "ratings.csv", "--resamples", "2", "-o", "OUT"),
    ("listeners", "ratings.csv", "--resamples", "2", "--averages", "OUT"),
    ("listeners", "ratings.csv", "--resamples", "2", "--summary", "OUT"),
    ("rank", "results.csv", "-o", "OUT"),
    ("package", "--template", "-o", "OUT"),
    ("split", "Kumo.zip", "-o", "OUT"),
    ("challenge", "init", "--force", "OUT"),
]


def with_challenge(arguments, output):
    """Return the arguments with the output, and with the challenge if the command takes one."""
    own = () if {"challenge", "--template"} & set(arguments) else CHALLENGE
    return [output if text == "OUT" else text for text in arguments] + list(own)


@pytest.mark.parametrize("arguments", OUTPUTS, ids=" ".join)
def test_no_output_follows_a_link(arguments, place, call):
    """No option writes through a link: the user's own file is unchanged, and the exit code is 2."""
    Path("link").symlink_to("own/file")
    code, _, err = call(*with_challenge(arguments, "link"), "-q")
    assert (code, Path("own/file").read_text()) == (2, "my own")
    assert "link cannot be written: it is a symbolic link to 'own/file'; remove the link" in err
    assert Path("link").is_symlink()


def test_the_official_csv_follows_no_link(place, call):
    """The folder of --official-csv may be a link of the user, but not the file in it."""
    arguments = ("score", "Ame_01.csv", *CHALLENGE, "-q", "--official-csv")
    Path("out").mkdir()
    Path("out/evaluation_result.csv").symlink_to("../own/file")
    assert call(*arguments, "out")[0] == 2
    Path(".git").mkdir()
    Path("results").symlink_to("..")
    code, _, err = call(*arguments, "results/new")
    assert code == 2
    assert "leads out of the Git checkout" in err
    assert Path("own/file").read_text() == "my own"


@pytest.mark.parametrize("name", ["validate", "leaderboard"])
@pytest.mark.parametrize("link", ["sub/out.json", "sub/T/out.json", "sub/deep/x.json"])
def test_no_output_through_a_link_in_an_input_folder(name, link, place, call):
    """A link in a folder that is read, as the target or as a folder above it, is refused."""
    Path("sub/T").mkdir()
    for each in ("sub/out.json", "sub/T/out.json"):
        Path(each).symlink_to(place / "own" / "file")
    Path("sub/deep").symlink_to("../own")
    Path("sub/T/again").symlink_to("../deep")
    for output in (link, link.replace("deep", "T/again")):
        code, _, err = call(name, "sub", *CHALLENGE, "-q", "-o", output)
        assert code == 2
        assert "is a symbolic link in an input folder" in err
    assert [file.name for file in Path("own").iterdir()] == ["file"]
    assert Path("own/file").read_text() == "my own"


def test_no_output_over_the_challenge(place, call):
    """A result does not replace the challenge file, but may be beside it."""
    file = Path("challenge.toml")
    file.write_bytes((DATA / "example" / "challenge.toml").read_bytes())
    before = file.read_bytes()
    for name in ("challenge.toml", "."):
        code, _, err = call("validate", "sub", "--challenge", name, "-o", "challenge.toml")
        assert (code, file.read_bytes()) == (2, before)
        assert "challenge.toml is the challenge and would be overwritten" in err
    for _ in range(2):
        assert call("validate", "sub", "--challenge", ".", "-q", "-o", "result.txt")[0] == 0


def test_links_to_the_labels_are_not_ranked(place, call, monkeypatch):
    """A link to the references in a folder is unranked, with or without --follow-links."""
    Path("sub/Evil_01.csv").symlink_to("../ratings.csv")
    Path("sub/Same_01.csv").symlink_to("Kumo_01.csv")
    arguments = ("leaderboard", "sub", *CHALLENGE, "--references", "ratings.csv", "-q")
    code, out, _ = call(*arguments, "--format", "text")
    assert code == 1
    assert out.count("XAC126") == 2
    assert "sub/Evil_01.csv is a symbolic link, which is not followed without" in out
    code, out, _ = call(*arguments, "--follow-links")
    assert code == 1
    assert out.count("XAC126") == 1
    assert "sub/Evil_01.csv is a symbolic link that leads out of the folder" in out
    code, out, _ = call("validate", "sub", *CHALLENGE, "-q")
    assert (code, out.count("XAC126")) == (1, 2)
    monkeypatch.setenv("XACLE_EVAL_FOLLOW_LINKS", "1")
    code, out, _ = call("validate", "sub", *CHALLENGE, "-q")
    assert (code, out.count("XAC126")) == (1, 1)


def test_the_step_summary_follows_no_link(place, call, monkeypatch):
    """The summary for GitHub is appended to a file, but not through a link."""
    arguments = ("validate", "sub", *CHALLENGE, "--format", "github")
    Path("link").symlink_to("own/file")
    for name, notes in (("summary", 0), ("link", 1)):
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", name)
        code, _, err = call(*arguments)
        assert (code, err.count("cannot be written: it is a symbolic link")) == (0, notes)
    assert "Kumo_01" in Path("summary").read_text()
    assert Path("own/file").read_text() == "my own"


def test_packing_follows_no_link(place, call):
    """A link in a folder is not packed unless the user asks for it, and then only from inside."""
    Path("sub/secret.txt").symlink_to("../own/file")
    for extra, reason in (((), "not followed"), (("--follow-links",), "leads out of the folder")):
        code, _, err = call("package", "sub", "-o", "x.zip", *CHALLENGE, *extra)
        assert (code, Path("x.zip").exists()) == (2, False)
        assert f"sub/secret.txt is a symbolic link that {'is ' * (not extra)}{reason}" in err


# Every argument and option that names an input; IN is replaced.
INPUTS = [
    ("validate", "IN"),
    ("score", "IN"),
    ("score", "Ame_01.csv", "--references", "IN"),
    ("leaderboard", "IN"),
    ("leaderboard", "sub", "--references", "IN"),
    ("compare", "IN", "Ame_01.csv"),
    ("listeners", "IN"),
    ("rank", "IN"),
    ("package", "IN", "-o", "x.zip"),
    ("split", "IN", "-o", "x"),
    ("verify", "IN", "Ame_01.csv"),
    ("verify", "receipt.json", "IN"),
    ("challenge", "show", "IN"),
    ("challenge", "check", "IN"),
    ("validate", "Ame_01.csv", "--challenge", "IN"),
]


# The first input of these is a submission: one that cannot be read is invalid, and the exit code 1.
OF_SUBMISSIONS = ("validate", "score", "leaderboard", "compare", "split")


def code_of(arguments):
    """Return the exit code if the input cannot be read."""
    return 1 if arguments[1] == "IN" and arguments[0] in OF_SUBMISSIONS else 2


@pytest.mark.parametrize("arguments", INPUTS, ids=" ".join)
def test_special_files_are_no_input(arguments, place, call):
    """Every input that is a pipe or a device is refused by its kind, and nothing waits for it."""
    assert call("validate", "Ame_01.csv", *CHALLENGE, "--receipt", "receipt.json", "-q")[0] == 0
    os.mkfifo("pipe.csv")
    Path("tape.csv").symlink_to("/dev/zero")
    for name, kind in (("pipe.csv", "a pipe"), ("tape.csv", "a character device")):
        given = [text.replace("IN", name) for text in arguments]
        takes = not {"verify", "challenge", "--challenge", "--template"} & set(arguments)
        code, out, err = call(*given, *(CHALLENGE if takes else ()))
        assert code == code_of(arguments)
        file = "file" if "XAC125" in out + err else "regular file"
        assert f"is {kind}, expected a {file}" in out + err
    assert not Path("x.zip").exists()


@pytest.mark.parametrize("name", ["list", "approved"])
def test_a_challenge_file_names_a_special_file(name, place, call):
    """A list of a challenge file that is a pipe is an error of the challenge file."""
    text = (DATA / "example" / "challenge.toml").read_text()
    if name == "list":
        text = re.sub(r"pattern = .*", 'list = "tape.txt"', text)
        text = re.sub(r"(first|last) = .*\n", "", text)
    else:
        text += '\n[packages]\napproved = "tape.txt"\n'
    Path("c.toml").write_text(text)
    os.mkfifo("tape.txt")
    code, out, err = call("challenge", "check", "c.toml")
    assert code == 2
    assert "tape.txt cannot be read (it is a pipe, expected a regular file)" in out + err


def test_stdin_is_no_input(place):
    """A closed, empty or endless stdin as a file is refused, and a file on stdin is read."""
    arguments = command("validate", "/dev/stdin", *CHALLENGE)
    for redirection, code, text in (
        ("<&-", 1, "dev/stdin is a character device, expected a file"),  # replaced by /dev/null
        ("</dev/zero", 1, "dev/stdin is a character device, expected a file"),
        ("<Ame_01.csv", 0, "24 predictions"),
    ):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {redirection}', "sh", *arguments],
            capture_output=True, env=environment(), check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (code, b"")
        assert text in done.stdout.decode()


def test_dev_stdout_is_an_output(place):
    """/dev/stdout, /dev/stderr and a process substitution of the shell are written to."""
    for option, stream in (("/dev/stdout", "out"), ("/dev/stderr", "err")):
        done = xacle_eval("score", HIBARI, *EXAMPLE, "--format", "csv", "-o", option)
        assert (done.code, getattr(done, stream)[:5]) == (0, "team,")
    read, write = os.pipe()
    parts = []
    reader = threading.Thread(target=lambda: parts.append(Path(f"/dev/fd/{read}").read_text()))
    done = subprocess.Popen(
        command("score", HIBARI, *EXAMPLE, "--format", "csv", "-o", f"/dev/fd/{write}"),
        pass_fds=[write], cwd=DATA, env=environment(),
    )  # fmt: skip
    os.close(write)
    reader.start()
    assert done.wait(60) == 0
    reader.join(60)
    os.close(read)
    assert parts[0].startswith("team,")


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
HELP = [("--help",), ("--version",), ("challenge", "--help"), ("validate", "-h")]


@FULL
@pytest.mark.parametrize("arguments", [*HELP, ("completion", "bash"), ("schema", "score")])
def test_a_full_disk_is_reported(arguments):
    """Help, the version, schemas and completion scripts on a full disk exit with 2."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(*arguments), stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"error: cannot write to stdout: No space left on device\n"


@pytest.mark.long
@pytest.mark.parametrize("streams", ["<&-", ">&-", "<&- >&- 2>&-", "<&- 2>&-"])
def test_closed_streams(streams, place):
    """With closed streams, no output ends in a file that was opened in their place."""
    for arguments in (HELP[0], ("validate", "sub", *CHALLENGE, "-q", "-o", "out.json")):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {streams}', "sh", *command(*arguments)],
            capture_output=True, env=environment(), check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
    assert Path("out.json").read_text().startswith('{\n  "schema": "xacle-eval/validate/')
    assert Path("sub/Kumo_01.csv").read_bytes() == (DATA / HIBARI).read_bytes()


@pytest.mark.long
@pytest.mark.parametrize("columns", ["0", "²", "-1", "1", "9" * 30])
def test_impossible_sizes_of_the_terminal(columns):
    """COLUMNS and LINES that no terminal has are ignored."""
    shown = in_terminal("score", HIBARI, *EXAMPLE, COLUMNS=columns, LINES=columns)
    assert shown.code == 0
    assert "Hibari_01" in re.sub(r"\s|\x1b\[[0-9;]*m", "", shown.out)


@pytest.mark.parametrize("arguments", [("score", "missing.csv"), ("score", "--help")])
def test_messages_and_help_ignore_impossible_sizes_too(arguments):
    """A message and the help are as in a terminal of 80 columns, not one letter in each line."""
    narrow = in_terminal(*arguments, COLUMNS="1", LINES="1")
    assert narrow == in_terminal(*arguments, COLUMNS="80")


def test_a_deleted_folder(place):
    """In a deleted folder, absolute paths work and relative ones are missing."""
    inside = f'mkdir gone && cd gone && rmdir "{place}/gone" && "$@"'
    submission = place / "Ame_01.csv"
    for arguments, code, text in (
        (("score", submission, *CHALLENGE, "-o", place / "out.txt"), 0, ""),
        (("validate", "x.csv", *CHALLENGE), 1, "file not found"),
        (("score", submission, *CHALLENGE, "-o", "out.txt"), 2, "the current folder was deleted"),
        (("leaderboard", place / "sub", *CHALLENGE, "-q"), 0, "Kumo_01"),
    ):
        done = subprocess.run(
            ["sh", "-c", inside, "sh", *command(*arguments)],
            capture_output=True, cwd=place, env=environment(), check=False, text=True,
        )  # fmt: skip
        assert done.returncode == code
        assert text in done.stdout + done.stderr
    assert (place / "out.txt").exists()


@pytest.mark.parametrize("path", ["x" * 300, "a/" * 3_000 + "x"])
def test_paths_that_are_too_long(path, place, call):
    """A path that is too long for the system is an error with its reason, for every option."""
    assert call("validate", "Ame_01.csv", *CHALLENGE, "--receipt", "receipt.json", "-q")[0] == 0
    for arguments in (*INPUTS, *OUTPUTS, ("score", "Ame_01.csv", "--official-csv", "OUT")):
        given = [path if text in ("IN", "OUT") else text for text in arguments]
        takes = not {"verify", "challenge", "--challenge", "--template"} & set(arguments)
        code, out, err = call(*given, *(CHALLENGE if takes else ()))
        assert code == code_of(arguments)
        # A file is not written if its folder is missing, whatever the length of the path.
        missing = path[0] == "a" and arguments in OUTPUTS
        reasons = ["File name too long", *["No such file or directory"] * missing]
        assert any(reason in out + err for reason in reasons)
    assert not Path("a").exists()


def test_no_other_code_opens_files():
    """Only three modules open files: everything else reads and writes through them.

    A trial of a bundle works in a temporary folder of its own, where a program of the bundle runs;
    the project for Hugging Face runs there.
    """
    opens = re.compile(
        r"(?<![\w.])open\(|\.open\(\"|\bPath\.open|\.read_(text|bytes)\(|\.write_(text|bytes)\("
        r"|os\.(open|fdopen)\(|io\.(open|FileIO)|(gzip|bz2|lzma)\.open|\.(mkdir|makedirs|touch)\("
        r"|tempfile|loadtxt|fromfile|read_csv|shutil"
    )
    found = {
        f"{file.name}: {line.strip()}"
        for file in Path(xe.__file__).parent.rglob("*.py")
        if file.name not in ("files.py", "outputs.py", "folders.py")
        and file.parent.name not in ("trial", "project")
        for line in file.read_text().splitlines()
        if opens.search(line)
    }
    # These discard what cannot be written to a closed stdout, replace closed streams, and measure
    # the terminal.
    assert found == {
        "usage.py: from shutil import get_terminal_size",
        "output.py: nowhere = os.open(os.devnull, os.O_WRONLY)",
        "silence.py: if os.open(os.devnull, os.O_RDWR) == number:",
    }

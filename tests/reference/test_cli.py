"""The real command ``python -m reference`` on a tiny world."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from reference.cli import main
from reference.world import WorldConfig, plan, write_metadata
from tests.cli.helpers import xacle_eval
from tests.helpers import interruptible
from tests.reference.builders import command, environment, wait_until

SIZES = ("--train", "40", "--validation", "20", "--test", "30", "--seconds", "2")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the loop on a tiny world and return its folder."""
    folder = tmp_path_factory.mktemp("loop")
    result = command("loop", "work", *SIZES, "--jobs", "2", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    (folder / "stdout.txt").write_text(result.stdout, encoding="utf-8")
    (folder / "stderr.txt").write_text(result.stderr, encoding="utf-8")
    return folder


def stamps(folder: Path, pattern: str) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob(pattern)}


@pytest.mark.long
def test_the_loop_ends_in_the_leaderboard_of_the_toolkit(work: Path) -> None:
    """The loop runs the toolkit's commands on seven submissions, two of them tied in SRCC."""
    out = (work / "stdout.txt").read_text(encoding="utf-8")
    assert "7 of 7 submissions valid" in out
    assert "Ranked by SRCC, then LCC, KTAU, MSE" in out
    board = out[out.rindex("Rank ") :]
    values = {
        line.split()[1]: line.split()[2:]
        for line in board.splitlines()
        if "_Reference_" in line and line.split()[0].isdigit()
    }
    baseline, stretched = values["Minimal_Reference_01"], values["MinimalStretched_Reference_01"]
    assert baseline[0] == stretched[0]
    assert baseline[1:] != stretched[1:]
    err = (work / "stderr.txt").read_text(encoding="utf-8")
    assert [line.split()[2] for line in err.splitlines() if line.startswith("$ xacle-eval")] == [
        "validate",
        "score",
        "leaderboard",
    ]


def test_submissions_are_sorted_with_four_decimals(work: Path) -> None:
    """A submission has the organisers' header, sorted ids and four decimals."""
    lines = (
        (work / "work" / "submissions" / "Minimal_Reference_01.csv")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    assert lines[0] == "wav_file_name,pred_score"
    assert [line.split(",")[0] for line in lines[1:]] == [
        f"{number}.wav" for number in range(10500, 10530)
    ]
    assert all(len(line.split(",")[1].partition(".")[2]) == 4 for line in lines[1:])


@pytest.mark.long
def test_a_second_run_keeps_finished_files(work: Path) -> None:
    """A second loop only renders a lost clip and writes the same files."""
    before = {p: p.read_bytes() for p in (work / "work" / "submissions").iterdir()}
    clips, chunks = stamps(work, "*.wav"), stamps(work, "*.npy")
    lost = work / "work" / "world" / "wav" / "test" / "10507.wav"
    lost.unlink()
    assert command("loop", "work", *SIZES, "--jobs", "1", cwd=work).returncode == 0
    again = stamps(work, "*.wav")
    assert {path for path in clips if clips[path] != again[path]} == {lost}
    assert chunks.items() < stamps(work, "*.npy").items()
    assert before == {p: p.read_bytes() for p in (work / "work" / "submissions").iterdir()}


@pytest.mark.long
def test_one_job_and_two_jobs_give_the_same_files(work: Path) -> None:
    """Synthesize, train and predict give the same bytes with one process and with two."""
    for words in (
        ("synthesize", "alone", *SIZES, "--jobs", "1"),
        ("train", "alone", "-o", "alone.npz", "--jobs", "1", "--features-cache", "cache"),
        (
            "predict",
            "alone",
            "--model",
            "alone.npz",
            "-o",
            "alone.csv",
            "--features-cache",
            "cache",
        ),
    ):
        result = command(*words, cwd=work)
        assert result.returncode == 0, result.stderr
    model = (work / "work" / "models" / "Minimal_Reference_01.npz").read_bytes()
    assert (work / "alone.npz").read_bytes() == model
    submission = (work / "work" / "submissions" / "Minimal_Reference_01.csv").read_bytes()
    assert (work / "alone.csv").read_bytes() == submission
    assert not (work / "alone" / ".features").exists()


def test_the_controls_are_printed_as_a_table(work: Path) -> None:
    """`controls` prints a Markdown row for the predictor and each control."""
    lines = command(
        "controls", "work/world", "--features-cache", "work/features", cwd=work
    ).stdout.splitlines()
    assert lines[0] == "| system | SRCC | LCC | KTAU | MSE |"
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        "both sides",
        "both sides, clips shuffled among the test pairs",
        "audio only",
        "text only",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "nowhere"), "nowhere: no such folder"),
        (
            ("predict", "work/world", "-o", "x.csv", "--model", "stdout.txt"),
            "not a model of this recipe",
        ),
        (
            ("predict", "work/world", "-o", "x.csv", "--model", "gone.npz"),
            "python -m reference train",
        ),
        (("predict", "work/world"), "Missing option '-o'"),
        (("loop", "x", "--data", "work/world", "--seconds", "3"), "--data"),
        (("synthesize", "x", "--test", "0"), "n_test is 0"),
        (("synthesize", "work/world", "--seed", "1"), "a world with other settings"),
        (("train", "work/world", "--sides", "left"), "'left' is not one of"),
        (
            ("train", "work/world", "--features-cache", "cache2", "-o", "stdout.txt/m.npz"),
            "cannot be written",
        ),
    ],
    ids=lambda value: value[:4] if isinstance(value, str) else "-".join(value[:2]),
)
def test_user_errors_exit_with_2(work: Path, words: tuple[str, ...], said: str) -> None:
    """An invalid argument or file exits with 2 and a message on stderr, without a traceback."""
    result = command(*words, cwd=work)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not (work / "x.csv").exists()


@pytest.mark.long
def test_a_bad_clip_is_named_by_training(tmp_path: Path, work: Path) -> None:
    """An invalid clip makes training exit with 2, naming the file, without writing a model."""
    assert command("synthesize", "w", *SIZES, cwd=tmp_path).returncode == 0
    (tmp_path / "w" / "wav" / "train" / "00003.wav").write_bytes(b"OggS" + bytes(100))
    result = command("train", "w", "-o", "m.npz", "--jobs", "2", cwd=tmp_path)
    assert result.returncode == 2
    assert "00003.wav: not a WAV file: it looks like an Ogg file" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "m.npz").exists()


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="requires POSIX signals")
def test_an_interrupted_run_exits_with_130_and_can_continue(tmp_path: Path, work: Path) -> None:
    """Ctrl-C exits with 130 and complete clips only; the next run finishes."""
    sizes = ("--train", "400", "--validation", "20", "--test", "30", "--seconds", "2")
    process = subprocess.Popen(
        [sys.executable, "-m", "reference", "synthesize", "w", *sizes, "--jobs", "1"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=interruptible,
    )
    wait_until(lambda: process.poll() is not None or len(list(tmp_path.rglob("*.wav"))) >= 20)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip().startswith("interrupted: finished files are kept")
    finished = stamps(tmp_path, "*.wav")
    assert 20 <= len(finished) < 450
    assert {path.stat().st_size for path in finished} == {64_044}
    assert command("synthesize", "w", *sizes, cwd=tmp_path).returncode == 0
    assert finished.items() < stamps(tmp_path, "*.wav").items()


def test_help_shows_examples() -> None:
    """The help of every command has an example with this command."""
    for name in main.commands:
        assert f"python -m reference {name}" in CliRunner().invoke(main, [name, "--help"]).stdout


def test_every_help_fits_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line of any help is longer than 80 columns, in a wide terminal too."""
    for columns in ("80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        for words in ([], *([name] for name in main.commands)):
            shown = CliRunner().invoke(main, [*words, "--help"]).stdout
            assert max(map(len, shown.splitlines())) <= 80, words


@pytest.mark.long
def test_a_world_has_its_challenge_file(work: Path) -> None:
    """`xacle-eval score --challenge WORLD` needs neither references nor a manifest."""
    world = work / "work" / "world"
    for split, label in (("test", "Minimal_Reference_01"), ("validation", "validation")):
        file = work / "work" / "submissions" / f"{label}.csv"
        if split == "validation":
            file = work / "validation.csv"
            averages = (world / "meta_data" / "validation_average.csv").read_text(encoding="utf-8")
            rows = [line.split(",") for line in averages.splitlines()[1:]]
            lines = [f"{row[0]},{number / 4}" for number, row in enumerate(rows)]
            file.write_text("\n".join(["wav_file_name,pred_score", *lines]), encoding="utf-8")
        given = ("--challenge", world, "--split", split, "--format", "json")
        known = ("--references", world / "meta_data" / f"{split}.csv")
        first = xacle_eval("score", file, *given)
        assert first.code == 0, first.err
        second = xacle_eval("score", file, *given, *known)
        assert json.loads(first.out)["metrics"] == json.loads(second.out)["metrics"]
        assert json.loads(first.out)["n"] == {"test": 30, "validation": 20}[split]


def test_an_edited_challenge_file_is_kept(tmp_path: Path) -> None:
    """A second run keeps a challenge file that was edited."""
    world = plan(WorldConfig(n_train=3, n_validation=3, n_test=3, seconds=2.0))
    write_metadata(world, tmp_path)
    file = tmp_path / "challenge.toml"
    edited = file.read_text(encoding="utf-8").replace("decimals = 3", "decimals = 4")
    file.write_text(edited, encoding="utf-8")
    write_metadata(world, tmp_path)
    assert file.read_text(encoding="utf-8") == edited

"""The note that numba makes a long run faster: once, only without numba, never with --quiet."""

import pytest

from tests.cli.helpers import EXAMPLE, HIBARI, in_terminal, plain, xacle_eval
from xacle_eval.cli import speed
from xacle_eval.cli.speed import SpeedNote, with_speed_note

HIDDEN = "import sys\nsys.modules['numba'] = None"
EAGER = f"{HIDDEN}\nimport xacle_eval.cli.speed as speed\nspeed._WORTH_SECONDS = 0"
WORDS = "the extra xacle-eval[fast] makes it several times faster: pip install numba"


@pytest.mark.parametrize(
    ("times", "total", "expected"),
    [
        # Set-up of 3 s, then a second a piece: 3 + 10.
        ([3, 4, 5], 11, [0, 13, 13]),
        # A tenth of a second a piece.
        ([0.1, 0.2, 0.3], 20, [0, 2.0, 2.0]),
    ],
)
def test_the_estimate(times, total, expected):
    """The rate is that of the pieces after the first, and what was before happens once."""
    clock = iter([0, *times])
    note = SpeedNote(lambda: next(clock))
    found = [note.seconds(done, total) for done in range(1, len(times) + 1)]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("seconds", "notes"), [(5.1, 1), (4.9, 0)])
def test_the_note_for_an_estimate(seconds, notes, monkeypatch, capsys):
    """Above five seconds the note is printed once, below it is not."""
    monkeypatch.setattr(SpeedNote, "seconds", lambda *_: seconds)
    monkeypatch.setattr(speed.importlib.util, "find_spec", lambda _: None)
    bar = []
    report = with_speed_note(lambda *given: bar.append(given), quiet=False, scheduler=None)
    for done in range(1, 4):
        report(done, 3)
    assert capsys.readouterr().err.count(WORDS) == notes
    assert bar == [(1, 3), (2, 3), (3, 3)]
    for quiet, scheduler in ((True, None), (False, "tcp://x")):
        assert with_speed_note(None, quiet, scheduler) is None


@pytest.mark.long
def test_the_note_if_numba_is_hidden():
    """A run without numba prints the note on stderr once, also in a pipe, and not with -q."""
    run = ("score", HIBARI, *EXAMPLE, "--bootstrap", "2000")
    done = xacle_eval(*run, before=EAGER)
    assert (done.code, done.err.count(WORDS)) == (0, 1)
    assert done.err.startswith("this takes about ")
    assert xacle_eval(*run, "-q", before=EAGER).err == ""


def test_no_note_for_short_runs():
    """A run of less than five seconds prints nothing."""
    run = ("score", HIBARI, *EXAMPLE, "--bootstrap", "2000")
    assert xacle_eval(*run, before=HIDDEN).err == ""


@pytest.mark.long
def test_the_note_of_a_long_run():
    """A real run of over five seconds without numba prints the note, above the bar."""
    demo = "../../sample_submissions/Minimal_Reference_01.csv"
    done = in_terminal("score", demo, "--bootstrap", "20000", before=HIDDEN)
    assert done.code == 0
    assert " ".join(plain(done.out).split()).count(WORDS) == 1

"""The kinds of sounds can be distinguished, by eye and by a small classifier."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from reference.world.events import KINDS, synthesise

RATE = 16_000
WINDOW, HOP, BANDS = 512, 160, 40
FLOOR = 1e-6  # power added before the logarithm, about the noise floor of the clips

Features = npt.NDArray[np.float64]


def spectrogram(sound: npt.NDArray[np.float32]) -> Features:
    """Return the power spectrogram, frames by bins."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    return np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2


def mel_bank() -> Features:
    """Return triangular mel filters from 50 Hz to 7.9 kHz, shape (bands, bins)."""
    edges = 700 * (10 ** (np.linspace(77.75, 2824.0, BANDS + 2) / 2595) - 1)
    bins = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    rise = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.maximum(0.0, np.minimum(rise, fall))


def statistics(sound: npt.NDArray[np.float32]) -> Features:
    """Return mean and standard deviation of each log-mel band and of its changes."""
    log_mel = np.log(spectrogram(sound) @ mel_bank().T + FLOOR)
    change = np.diff(log_mel, axis=0)
    return np.concatenate([log_mel.mean(0), log_mel.std(0), change.std(0)])


def examples(kind: str, count: int, first_seed: int, seconds: float) -> Features:
    """Return the statistics of `count` sounds of a kind, with levels as in clips."""
    rows = []
    for seed in range(first_seed, first_seed + count):
        rng = np.random.default_rng([seed, KINDS.index(kind)])
        level = rng.uniform(-6.0, 0.0)
        rows.append(statistics(synthesise(kind, rng, int(seconds * RATE), RATE, level)))
    return np.array(rows)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [1.0, 4.0])
def test_nearest_centroids_distinguish_the_kinds(seconds: float) -> None:
    """A nearest-centroid classifier is correct for over 90 % of unseen sounds."""
    known = {kind: examples(kind, 10, 0, seconds) for kind in KINDS}
    unseen = {kind: examples(kind, 10, 1000, seconds) for kind in KINDS}
    everything = np.concatenate(list(known.values()))
    centre, scale = everything.mean(0), everything.std(0)
    centroids = np.array([((rows - centre) / scale).mean(0) for rows in known.values()])
    right = 0
    confusions = []
    for number, (kind, rows) in enumerate(unseen.items()):
        distances = np.linalg.norm(((rows - centre) / scale)[:, None] - centroids, axis=2)
        guesses = distances.argmin(axis=1)
        right += int((guesses == number).sum())
        confusions += [(kind, KINDS[guess]) for guess in guesses if guess != number]
    accuracy = right / (10 * len(KINDS))
    assert accuracy > 0.9, confusions


@pytest.mark.long
def test_spectrograms_of_all_kinds_are_drawn(tmp_path: Path) -> None:
    """One PNG shows two sounds of each kind; XACLE_EVAL_PICTURES sets where it is kept."""
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(20, 14), layout="constrained")
    axes = figure.subplots(5, 8, sharex=True, sharey=True).ravel()
    for number, kind in enumerate(KINDS):
        for example in range(2):
            rng = np.random.default_rng([example, number])
            sound = synthesise(kind, rng, 5 * RATE, RATE)
            picture = 10 * np.log10(spectrogram(sound).T + FLOOR)
            place = axes[2 * number + example]
            place.imshow(
                picture,
                origin="lower",
                aspect="auto",
                vmin=-40,
                vmax=30,
                extent=(0, 5, 0, RATE / 2000),
            )
            place.set_title(f"{kind} ({example + 1})")
    figure.supxlabel("time (s)")
    figure.supylabel("frequency (kHz)")
    path = tmp_path / "event_kinds.png"
    figure.savefig(path, dpi=70)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert len(KINDS) * 2 <= len(axes)
    if folder := os.environ.get("XACLE_EVAL_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)


@pytest.mark.parametrize("kind", KINDS)
def test_sounds_depend_on_the_generator(kind: str) -> None:
    """The same state gives the same sound, another state another one; all samples are finite."""
    first, again, other = (
        synthesise(kind, np.random.default_rng(s), 8000, RATE) for s in (1, 1, 2)
    )
    assert first.dtype == np.float32
    assert first.shape == (8000,)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.isfinite(first).all()
    assert 0.05 < np.abs(first).max() < 4.0


@pytest.mark.parametrize("kind", KINDS)
def test_levels_are_decibels(kind: str) -> None:
    """A level of -20 dB is a tenth of the amplitude of the same sound at 0 dB."""
    loud, soft = (
        synthesise(kind, np.random.default_rng(3), 8000, RATE, level) for level in (0.0, -20.0)
    )
    assert np.allclose(soft, loud / 10, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_shortest_events_are_audible(kind: str) -> None:
    """In the shortest event of a 2 s clip, every kind is well above the noise floor."""
    for seed in range(5):
        sound = synthesise(kind, np.random.default_rng(seed), int(0.46 * RATE), RATE)
        assert np.sqrt(np.mean(np.square(sound))) > 0.01


def test_unknown_kinds_are_rejected() -> None:
    """An unknown kind is an error that lists the kinds."""
    with pytest.raises(ValueError, match="expected one of rain, wind"):
        synthesise("raim", np.random.default_rng(1), 100, RATE)

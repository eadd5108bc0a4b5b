"""The log-mel front end equals plain sums from its definition, and librosa's filters."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")

from reference.neural.frontend import CLIP_SAMPLES, LogMel, centre_clip, fit_length, mel_filters  # noqa: E402

RNG = np.random.default_rng(3)


def slow_logmel(clip, filters):
    """Return the spectrogram, computed frame by frame with numpy."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
    padded = np.concatenate([clip[512:0:-1], clip, clip[-2:-514:-1]]).astype(np.float64)
    frames = []
    for start in range(0, clip.size + 1, 160):
        spectrum = np.fft.rfft(padded[start : start + 1024] * window)
        frames.append(np.log(filters @ np.abs(spectrum) ** 2 + np.finfo(np.float32).eps))
    return np.array(frames).T


def slow_filter(number, scale, area):
    """Return one triangular filter, computed point by point, on Slaney's or the HTK scale."""

    def mel(f):
        if scale == "htk":
            return 2595 * np.log10(1 + f / 700)
        return f * 3 / 200 if f < 1000 else 15 + 27 * np.log(f / 1000) / np.log(6.4)

    def hertz(m):
        if scale == "htk":
            return 700 * (10 ** (m / 2595) - 1)
        return m * 200 / 3 if m < 15 else 1000 * 6.4 ** ((m - 15) / 27)

    step = (mel(7800.0) - mel(60.0)) / 65
    low, peak, high = (hertz(mel(60.0) + (number + part) * step) for part in (0, 1, 2))
    values = []
    for place in range(513):
        f = place * 16000 / 1024
        value = (
            (f - low) / (peak - low)
            if low < f <= peak
            else (high - f) / (high - peak)
            if peak < f < high
            else 0
        )
        values.append(value * (2 / (high - low) if area else 1))
    return np.array(values)


@pytest.mark.parametrize(("scale", "area"), [("slaney", True), ("htk", False)])
def test_filters(scale, area):
    """Every filter equals its definition, point by point."""
    filters = mel_filters(scale, area=area)
    assert filters.shape == (64, 513)
    for number in range(64):
        assert filters[number] == pytest.approx(slow_filter(number, scale, area), abs=1e-12)


# librosa.filters.mel(sr=16000, n_fft=1024, n_mels=64, fmin=60, fmax=7800) of librosa 0.11.0, at
# the peak of these bands and next to it, as float32. nnAudio, the official front end, uses the
# same filters.
LIBROSA = {
    (0, 7): 0.020071656,
    (0, 8): 0.0123914955,
    (1, 10): 0.019201657,
    (1, 11): 0.011521495,
    (10, 36): 0.01905181,
    (10, 37): 0.011371651,
    (20, 64): 0.017906068,
    (20, 65): 0.017781518,
    (31, 108): 0.011672586,
    (31, 109): 0.00917549,
    (40, 163): 0.007881559,
    (40, 164): 0.007840644,
    (50, 260): 0.005155731,
    (50, 261): 0.004980255,
    (63, 477): 0.0028241663,
    (63, 478): 0.0026969516,
}


def test_filters_equal_librosa():
    """The model's filters equal librosa's to the precision of float32."""
    filters = mel_filters("slaney")
    for (band, place), value in LIBROSA.items():
        assert filters[band, place] == pytest.approx(value, rel=2e-6)


@pytest.mark.parametrize(("scale", "area"), [("slaney", True), ("htk", False)])
def test_spectrograms(scale, area):
    """A batch of clips gives the same values as a loop over frames; 10 s have 1,001 frames."""
    clips = RNG.uniform(-1, 1, (2, 4000)).astype(np.float32)
    found = LogMel(scale)(torch.from_numpy(clips))
    assert found.shape == (2, 1, 64, 26)
    for clip, values in zip(clips, found, strict=True):
        expected = slow_logmel(clip, mel_filters(scale, area=area))
        np.testing.assert_allclose(values[0].numpy(), expected, atol=2e-4)
    assert LogMel()(torch.zeros(1, CLIP_SAMPLES)).shape == (1, 1, 64, 1001)


def test_silence():
    """Silence is the logarithm of the machine epsilon of float32 everywhere."""
    values = LogMel()(torch.zeros(1, 2000))
    assert torch.equal(values, torch.full_like(values, float(np.log(np.finfo(np.float32).eps))))


def test_lengths():
    """Clips are padded or cut at the end for the model, and on both sides for the statistics."""
    clip = np.arange(1, 6, dtype=np.float32)
    assert fit_length(clip, 8).tolist() == [1, 2, 3, 4, 5, 0, 0, 0]
    assert fit_length(clip, 3).tolist() == [1, 2, 3]
    assert centre_clip(clip, RNG, 8).tolist() == [0, 1, 2, 3, 4, 5, 0, 0]
    cuts = {tuple(centre_clip(clip, RNG, 4).tolist()) for _ in range(50)}
    assert cuts == {(1, 2, 3, 4), (2, 3, 4, 5)}


def test_the_front_end_has_no_state():
    """The front end has no entry in a state dict."""
    assert LogMel().state_dict() == {}

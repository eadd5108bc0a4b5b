"""Features of clips and captions, compared with independent code, and their cache."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from reference.errors import AudioError
from reference.minimal import cache
from reference.minimal.audio_features import (
    BANDS,
    FFT_LENGTH,
    GROUPS,
    HOP,
    POWER_FLOOR,
    clip_statistics,
    group_columns,
    log_mel,
    mel_filterbank,
)
from reference.minimal.text_features import hash_texts, term_weights, tokens, unit_rows
from tests.reference.builders import RATE, samples, wav


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.int16
    )


def test_a_frame_of_the_log_mel_spectrogram_equals_the_transform_written_out() -> None:
    """One frame equals a discrete Fourier transform by its definition, weighted by the filters."""
    signal = samples(4000, 3)
    frame = signal[7 * HOP : 7 * HOP + FFT_LENGTH] / 32768 * np.hanning(FFT_LENGTH)
    bins = np.arange(FFT_LENGTH // 2 + 1)
    transform = np.exp(-2j * np.pi * np.outer(bins, np.arange(FFT_LENGTH)) / FFT_LENGTH) @ frame
    expected = np.log(np.abs(transform) ** 2 @ mel_filterbank() + POWER_FLOOR)
    assert log_mel(signal)[7] == pytest.approx(expected, abs=1e-3)


def test_mel_filters_are_triangles_that_leave_no_gap() -> None:
    """Each filter sums to 1, peaks ascend, and no frequency between the peaks has weight 0."""
    filters = mel_filterbank()
    assert filters.sum(axis=0) == pytest.approx(np.ones(BANDS), abs=1e-5)
    peaks = filters.argmax(axis=0)
    assert (np.diff(peaks) > 0).all()
    assert (filters[peaks[0] : peaks[-1] + 1].sum(axis=1) > 0).all()


def test_a_tone_is_loudest_in_its_own_band() -> None:
    """The band of a tone's frequency has the highest mean of the clip's statistics."""
    for band in (10, 20, 30):
        hertz = mel_filterbank()[:, band].argmax() * RATE / FFT_LENGTH
        first, _ = group_columns("bands")
        assert clip_statistics(tone(hertz))[first : first + BANDS].argmax() == band


def test_segments_show_the_order_of_sounds() -> None:
    """Swapping two sounds reverses the means of the segments and does not change the bands."""
    low, high = tone(300), tone(3000)
    there, back = (clip_statistics(np.concatenate(pair)) for pair in ((low, high), (high, low)))
    bands, parts = slice(*group_columns("bands")), slice(*group_columns("segments"))
    assert np.corrcoef(there[bands], back[bands])[0, 1] > 0.99
    means = slice(parts.start, parts.start + (parts.stop - parts.start) // 2)
    assert np.corrcoef(there[means], back[means])[0, 1] < -0.9


@pytest.mark.parametrize("count", [0, 1, 100, FFT_LENGTH, 1600, 160_000, 320_000])
def test_a_clip_of_any_length_has_the_same_number_of_finite_statistics(count: int) -> None:
    """An empty clip, a click, silence and 20 s all give a finite vector of the same length."""
    width = group_columns(list(GROUPS)[-1])[1]
    for signal in (samples(count), np.zeros(count, dtype=np.int16)):
        statistics = clip_statistics(signal)
        assert statistics.shape == (width,)
        assert np.isfinite(statistics).all()


def test_hashing_puts_each_term_in_its_bucket_with_its_sign() -> None:
    """A caption's row contains the CRC-32 bucket and sign of each word once, and nothing else."""
    row = hash_texts(["Rain, rain!"], buckets=64, bigrams=False)[0]
    code = zlib.crc32(b"rain")
    assert np.flatnonzero(row).tolist() == [(code >> 1) % 64]
    assert row.sum() == (1.0 if code & 1 else -1.0)


def test_bigrams_distinguish_the_order_of_words() -> None:
    """Captions with the same words in another order only differ with bigrams."""
    pair = ["rain falls before a bell rings", "a bell rings before rain falls"]
    words, both = (hash_texts(pair, buckets=512, bigrams=flag) for flag in (False, True))
    assert np.array_equal(words[0], words[1])
    assert not np.array_equal(both[0], both[1])


def test_words_are_lower_case_without_punctuation() -> None:
    """Tokens keep apostrophes inside words and drop all other punctuation."""
    assert tokens("A dog's bark, THEN rain... 2 bells_ring") == [
        "a",
        "dog's",
        "bark",
        "then",
        "rain",
        "2",
        "bells",
        "ring",
    ]
    assert hash_texts([""], buckets=8, bigrams=True).tolist() == [[0.0] * 8]


def test_frequent_terms_weigh_less_and_unseen_ones_nothing() -> None:
    """A term in every caption has weight 0, a rarer one more, an unseen one 0."""
    counts = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    assert term_weights(counts) == pytest.approx([0.0, np.sqrt(np.log(3)), 0.0])
    assert unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]


def write_clips(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number:05d}.wav" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(wav(samples(1600, number)))
    return paths


def test_cached_and_parallel_features_equal_those_computed_one_by_one(tmp_path: Path) -> None:
    """Features are bit for bit the same with a cache, from the cache, and with two processes."""
    paths = write_clips(tmp_path, cache.CHUNK + 5)
    plain = cache.clip_features(paths)
    assert np.array_equal(plain[3], clip_statistics(samples(1600, 3)))
    assert np.array_equal(plain, cache.clip_features(paths, cache=tmp_path / "c", jobs=2))
    assert np.array_equal(plain, cache.clip_features(paths, cache=tmp_path / "c"))
    assert len(list((tmp_path / "c").iterdir())) == 2


def test_only_the_chunk_of_a_changed_clip_is_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a clip changes, only the clips of its chunk are read again."""
    paths = write_clips(tmp_path, 2 * cache.CHUNK)
    cache.clip_features(paths, cache=tmp_path / "c")
    read: list[Path] = []
    original = cache.read_wav
    monkeypatch.setattr(cache, "read_wav", lambda path: (read.append(path), original(path))[1])
    paths[7].write_bytes(wav(samples(1700, 99)))
    again = cache.clip_features(paths, cache=tmp_path / "c")
    assert read == paths[: cache.CHUNK]
    assert np.array_equal(again[7], clip_statistics(samples(1700, 99)))


def test_a_damaged_cache_file_is_computed_again(tmp_path: Path) -> None:
    """A cached chunk that is not an array of the right shape is ignored."""
    paths = write_clips(tmp_path, 3)
    expected = cache.clip_features(paths, cache=tmp_path / "c")
    (file,) = (tmp_path / "c").iterdir()
    for damage in (b"", b"rubbish", file.read_bytes()[:200]):
        file.write_bytes(damage)
        assert np.array_equal(cache.clip_features(paths, cache=tmp_path / "c"), expected)


def test_an_interruption_keeps_the_chunks_that_are_finished(tmp_path: Path) -> None:
    """After an interruption, the cache contains the finished chunk and no partial file."""
    paths = write_clips(tmp_path, 3 * cache.CHUNK)

    def interrupt(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.clip_features(paths, cache=tmp_path / "c", progress=interrupt)
    assert [file.suffix for file in (tmp_path / "c").iterdir()] == [".npy"]


def test_a_bad_clip_keeps_its_message_through_a_worker(tmp_path: Path) -> None:
    """An error in a worker process has the same message, with the file name."""
    paths = write_clips(tmp_path, 2 * cache.CHUNK)
    paths[60].write_bytes(b"fLaC")
    with pytest.raises(AudioError, match=r"00060\.wav: not a WAV file: it looks like a FLAC file"):
        cache.clip_features(paths, jobs=2)
    paths[60].unlink()
    with pytest.raises(AudioError, match=r"00060\.wav: cannot be read"):
        cache.clip_features(paths, cache=tmp_path / "c")

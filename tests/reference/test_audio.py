"""Reading WAV files: accepted formats, and messages for all others."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from reference.audio import inspect_wav, read_wav
from reference.errors import AudioError
from tests.reference.builders import RATE, chunk, format_chunk, riff, samples, wav

GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def extensible(sub_format: int, bits: int = 16) -> bytes:
    """Return the extension of a WAVE_FORMAT_EXTENSIBLE header."""
    return struct.pack("<HHIH", 22, bits, 4, sub_format) + GUID_TAIL


def write_wav(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "10500.wav"
    path.write_bytes(data)
    return path


def test_samples_equal_those_written_by_the_standard_library(tmp_path: Path) -> None:
    """A file written by Python's `wave` module is read sample by sample."""
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples().tobytes())
    assert np.array_equal(read_wav(path), samples())
    assert inspect_wav(path).seconds == pytest.approx(0.1)


@pytest.mark.parametrize(
    "data",
    [
        riff(
            chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0"),
            format_chunk(),
            chunk(b"data", samples().tobytes()),
        ),
        riff(
            format_chunk(extra=b"\0\0"),
            chunk(b"fact", b"\0\0\0\0"),
            chunk(b"data", samples().tobytes()),
        ),
        riff(format_chunk(0xFFFE, extra=extensible(1)), chunk(b"data", samples().tobytes())),
        riff(format_chunk(), chunk(b"data", samples().tobytes()), chunk(b"LIST", b"odd")),
    ],
    ids=["LIST of odd length first", "18-byte fmt and fact", "extensible", "LIST after data"],
)
def test_other_chunks_and_the_extensible_header_are_accepted(tmp_path: Path, data: bytes) -> None:
    """Other chunks, also of odd length, and an extensible PCM header do not change the samples."""
    assert np.array_equal(read_wav(write_wav(tmp_path, data)), samples())


FORMATS = {
    "rate": (format_chunk(rate=44_100), ["44100 Hz", "expected 16000 Hz", "-ar 16000"]),
    "stereo": (format_chunk(channels=2), ["stereo", "expected mono", "-ac 1"]),
    "six channels": (format_chunk(channels=6), ["6 channels", "expected mono"]),
    "24-bit": (format_chunk(bits=24), ["24-bit", "expected 16-bit PCM", "pcm_s16le"]),
    "8-bit": (format_chunk(bits=8), ["8-bit", "expected 16-bit PCM"]),
    "float": (format_chunk(3, bits=32), ["32-bit floating point", "expected 16-bit PCM"]),
    "float, extensible": (
        format_chunk(0xFFFE, bits=32, extra=extensible(3, 32)),
        ["32-bit floating point"],
    ),
    "mu-law": (format_chunk(7, bits=8), ["µ-law"]),
    "everything": (
        format_chunk(channels=2, rate=48_000, bits=24),
        ["48000 Hz, stereo, 24-bit; expected 16000 Hz, mono, 16-bit PCM"],
    ),
}


@pytest.mark.parametrize(("header", "said"), FORMATS.values(), ids=FORMATS)
def test_another_format_is_named_with_the_command_that_converts_it(
    tmp_path: Path, header: bytes, said: list[str]
) -> None:
    """A file in another format is rejected with its name, all differences and a conversion."""
    path = write_wav(tmp_path, riff(header, chunk(b"data", bytes(4800))))
    with pytest.raises(AudioError) as caught:
        read_wav(path)
    for part in [str(path), "ffmpeg -i 10500.wav", "sox 10500.wav", *said]:
        assert part in str(caught.value)


BROKEN = {
    "truncated": (
        wav()[:1044],
        ["truncated: 1000 of 3200 bytes", "0.03 of 0.10 s", "copy or download"],
    ),
    "never finished": (
        riff(format_chunk(), chunk(b"data", bytes(100), declared=0xFFFFFFFF)),
        ["declares no length", "100 bytes follow"],
    ),
    "no samples": (riff(format_chunk(), chunk(b"data", b"")), ["declares no samples"]),
    "odd": (riff(format_chunk(), chunk(b"data", bytes(3))), ["3 bytes of samples, an odd number"]),
    "no data chunk": (
        riff(format_chunk(), chunk(b"LIST", b"INFO")),
        ["damaged", "without a 'data' chunk"],
    ),
    "no fmt chunk": (riff(chunk(b"LIST", b"INFO")), ["damaged", "without a 'fmt ' chunk"]),
    "data before fmt": (
        riff(chunk(b"data", bytes(4)), format_chunk()),
        ["before the 'fmt ' chunk"],
    ),
    "short fmt": (
        riff(chunk(b"fmt ", bytes(4)), chunk(b"data", bytes(4))),
        ["'fmt ' chunk has 4 bytes"],
    ),
    "zero rate": (riff(format_chunk(rate=0), chunk(b"data", bytes(4))), ["damaged", "0 Hz"]),
    "header cut": (wav()[:10], ["not a WAV file", "first bytes of a WAV file"]),
    "empty": (b"", ["an empty file (0 bytes)"]),
    "MP3 with tag": (b"ID3\x04" + bytes(60), ["not a WAV file", "an MP3 file", "ffmpeg"]),
    "MP3 without tag": (b"\xff\xfb\x90\x64" + bytes(60), ["an MP3 file"]),
    "FLAC": (b"fLaC" + bytes(60), ["a FLAC file", "ffmpeg"]),
    "Ogg": (b"OggS" + bytes(60), ["an Ogg file"]),
    "M4A": (b"\0\0\0\x20ftypM4A " + bytes(60), ["an MP4 or M4A file"]),
    "AIFF": (b"FORM\0\0\0\0AIFF" + bytes(60), ["an AIFF file"]),
    "web page": (b"<!DOCTYPE html><title>404</title>", ["a web page"]),
    "LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
        ["Git LFS pointer", "git lfs pull"],
    ),
    "text": (b"hello", ["it looks like text"]),
    "binary": (bytes(range(128, 192)), ["other binary data"]),
}


@pytest.mark.parametrize(("data", "said"), BROKEN.values(), ids=BROKEN)
def test_invalid_wav_files_are_identified(tmp_path: Path, data: bytes, said: list[str]) -> None:
    """A truncated, damaged or foreign file is rejected, and its probable type is named."""
    path = write_wav(tmp_path, data)
    for reader in (read_wav, inspect_wav):
        with pytest.raises(AudioError) as caught:
            reader(path)
        for part in [str(path), "xpected", *said]:
            assert part in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    """A missing file is reported as missing, and a folder as unreadable."""
    with pytest.raises(AudioError, match=r"gone\.wav: no such file"):
        read_wav(tmp_path / "gone.wav")
    with pytest.raises(AudioError, match="cannot be read"):
        read_wav(tmp_path)

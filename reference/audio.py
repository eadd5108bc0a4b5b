"""Read the challenge's audio: RIFF WAV files, mono, 16-bit PCM, 16 kHz.

The chunks are read as the format defines them: other chunks may precede or follow ``fmt`` and
``data``, chunks are padded to an even length, and an extensible header is accepted if it describes
16-bit PCM. Nothing is resampled, mixed down or padded: a file in another format raises an
`AudioError` that names the file, the format found, the format expected and a command to convert it.

Source of the layout: "Multimedia Programming Interface and Data Specifications 1.0"
(IBM and Microsoft, 1991), and Microsoft's `WAVEFORMATEXTENSIBLE`.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from reference.errors import AudioError

__all__ = ["SAMPLE_RATE", "WavInfo", "inspect_wav", "read_wav"]

SAMPLE_RATE = 16_000
"""Samples per second of the challenge's audio."""

_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
_CODEC_NAMES = {
    0x0002: "Microsoft ADPCM",
    _FLOAT: "floating point",
    0x0006: "A-law",
    0x0007: "µ-law",
    0x0011: "IMA ADPCM",
    0x0055: "MP3 inside WAV",
}
# The last 14 bytes of the sub-format's GUID when its first two bytes are a plain format tag.
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
# Written by programs that stream and do not update the header at the end.
_UNKNOWN_LENGTHS = (0, 0xFFFFFFFF)

_SIGNATURES = (
    (b"ID3", "an MP3 file"),
    (b"fLaC", "a FLAC file"),
    (b"OggS", "an Ogg file"),
    (b"FORM", "an AIFF file"),
    (b"RIFX", "a big-endian (RIFX) WAV file"),
    (b"RF64", "a 64-bit (RF64) WAV file"),
    (b"NIST_1A", "a NIST SPHERE file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (
        b"version https://git-lfs",
        "a Git LFS pointer (the audio itself was not downloaded: `git lfs pull`)",
    ),
)


@dataclass(frozen=True)
class WavInfo:
    """The header of a WAV file.

    Attributes
    ----------
    channels, sample_rate, bits : int
        Channels, samples per second and channel, bits per sample.
    codec : str
        ``"PCM"`` or the name of another codec.
    frames : int
        Samples per channel.
    data_offset, data_bytes : int
        Position of the samples in the file, and their length in bytes.
    """

    channels: int
    sample_rate: int
    bits: int
    codec: str
    frames: int
    data_offset: int
    data_bytes: int

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.frames / self.sample_rate


def inspect_wav(path: Path, *, sample_rate: int = SAMPLE_RATE) -> WavInfo:
    """Read the header of a WAV file and check that it is mono 16-bit PCM at `sample_rate`.

    Raises
    ------
    AudioError
        If the file is missing, is not a WAV file, is truncated, or has another format.
    """
    try:
        with path.open("rb") as file:
            return _read_info(file, path, sample_rate)
    except OSError as error:
        raise _read_error(path, error) from error


def read_wav(path: Path, *, sample_rate: int = SAMPLE_RATE) -> NDArray[np.int16]:
    """Return the samples of a mono 16-bit PCM WAV file.

    Returns
    -------
    ndarray of int16, shape (samples,)
        Values −32,768 to 32,767.

    Raises
    ------
    AudioError
        If the file is missing, is not a WAV file, is truncated, or has another format.
    """
    try:
        with path.open("rb") as file:
            info = _read_info(file, path, sample_rate)
            file.seek(info.data_offset)
            data = file.read(info.data_bytes)
    except OSError as error:
        raise _read_error(path, error) from error
    return np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)


def _read_error(path: Path, error: OSError) -> AudioError:
    if isinstance(error, FileNotFoundError):
        return AudioError(
            f"{path}: no such file. Expected a WAV file; check that the audio is unpacked there."
        )
    return AudioError(
        f"{path}: cannot be read ({error.strerror or error}). Expected a readable WAV file."
    )


def _read_info(file: BinaryIO, path: Path, sample_rate: int) -> WavInfo:
    info = _parse(file, path)
    found, expected = _differences(info, sample_rate)
    if found:
        raise AudioError(
            f"{path}: {', '.join(found)}; expected {', '.join(expected)}."
            f" {_conversion_hint(path, sample_rate)}"
        )
    _check_data(info, path, file)
    return info


def _differences(info: WavInfo, sample_rate: int) -> tuple[list[str], list[str]]:
    found, expected = [], []
    if info.sample_rate != sample_rate:
        found.append(f"{info.sample_rate} Hz")
        expected.append(f"{sample_rate} Hz")
    if info.channels != 1:
        found.append("stereo" if info.channels == 2 else f"{info.channels} channels")
        expected.append("mono")
    if info.codec != "PCM" or info.bits != 16:
        found.append(f"{info.bits}-bit" if info.codec == "PCM" else f"{info.bits}-bit {info.codec}")
        expected.append("16-bit PCM")
    return found, expected


def _conversion_hint(path: Path, sample_rate: int) -> str:
    return (
        f"To convert: ffmpeg -i {path.name} -ac 1 -ar {sample_rate} -c:a pcm_s16le fixed.wav"
        f" (or: sox {path.name} -c 1 -r {sample_rate} -b 16 -e signed fixed.wav)"
    )


def _check_data(info: WavInfo, path: Path, file: BinaryIO) -> None:
    present = os.fstat(file.fileno()).st_size - info.data_offset
    if info.data_bytes in _UNKNOWN_LENGTHS:
        missing = "no samples" if info.data_bytes == 0 else "no length"
        raise AudioError(
            f"{path}: the header declares {missing}, and {present} bytes follow it."
            " Expected the length of the samples: the program that wrote the file did not finish"
            " it, or the clip is empty. Write it again, to a file instead of a pipe."
        )
    if present < info.data_bytes:
        raise AudioError(
            f"{path}: truncated: {present} of {info.data_bytes} bytes of samples"
            f" ({present / 2 / info.sample_rate:.2f} of {info.seconds:.2f} s)."
            " Expected a complete file; copy or download it again."
        )
    if info.data_bytes % 2:
        raise AudioError(
            f"{path}: {info.data_bytes} bytes of samples, an odd number."
            " Expected two bytes per sample; the file is damaged: copy or download it again."
        )


def _parse(file: BinaryIO, path: Path) -> WavInfo:
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise AudioError(_not_wav_message(head + file.read(52), path))
    layout: tuple[int, int, int, str, int] | None = None
    while len(header := file.read(8)) == 8:
        name, length = header[:4], struct.unpack("<I", header[4:])[0]
        if name == b"fmt ":
            layout = _parse_format(file.read(length), path)
            file.seek(length % 2, os.SEEK_CUR)
        elif name == b"data":
            if layout is None:
                raise AudioError(
                    _damage_message(
                        path, "the samples come before the 'fmt ' chunk that describes them"
                    )
                )
            channels, rate, bits, codec, block = layout
            return WavInfo(channels, rate, bits, codec, length // block, file.tell(), length)
        else:
            file.seek(length + length % 2, os.SEEK_CUR)
    missing = "'data' chunk (samples)" if layout else "'fmt ' chunk (format)"
    raise AudioError(_damage_message(path, f"the file ends without a {missing}"))


def _parse_format(chunk: bytes, path: Path) -> tuple[int, int, int, str, int]:
    """Return channels, sample rate, bits, codec and bytes per frame."""
    if len(chunk) < 16:
        raise AudioError(
            _damage_message(path, f"its 'fmt ' chunk has {len(chunk)} bytes, fewer than 16")
        )
    tag, channels, rate, _, block, bits = struct.unpack("<HHIIHH", chunk[:16])
    if tag == _EXTENSIBLE and len(chunk) >= 40 and chunk[26:40] == _GUID_TAIL:
        tag = struct.unpack("<H", chunk[24:26])[0]
    if 0 in (channels, rate, block):
        raise AudioError(
            _damage_message(path, f"{channels} channels, {rate} Hz and {block} bytes per frame")
        )
    codec = "PCM" if tag == _PCM else _CODEC_NAMES.get(tag, f"codec 0x{tag:04x}")
    return channels, rate, bits, codec, block


def _damage_message(path: Path, what: str) -> str:
    return f"{path}: damaged WAV file: {what}. Expected a complete file; copy or download it again."


def _not_wav_message(head: bytes, path: Path) -> str:
    if not head:
        return f"{path}: an empty file (0 bytes). Expected a WAV file; copy or download it again."
    kind = _kind(head)
    hint = (
        _conversion_hint(path, SAMPLE_RATE)
        if kind.endswith("file")
        else "Replace it with the audio file."
    )
    return f"{path}: not a WAV file: it looks like {kind}. Expected a RIFF WAV file. {hint}"


def _kind(head: bytes) -> str:
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    # The sync word of an MPEG frame.
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE0 == 0xE0:
        return "an MP3 file"
    if head[4:8] == b"ftyp":
        return "an MP4 or M4A file"
    if head[:4] == b"RIFF":
        return f"another kind of RIFF data ({head[8:12]!r}), or the first bytes of a WAV file"
    if head.lstrip()[:1] == b"<":
        return "a web page or XML, for example from a failed download"
    return "text" if head.isascii() and b"\0" not in head else "other binary data"

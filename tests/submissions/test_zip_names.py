"""The encoding of names in a ZIP: by the flag, then UTF-8, Japanese or Western."""

import io
import struct
import zipfile

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.submissions.cases import CHALLENGE, GOOD, small_challenge
from xacle_eval.submissions.zip_names import decode_name


@pytest.mark.parametrize(
    "name",
    ["雲_01.csv", "犬_01.csv", "Delta_01 - コピー.csv", "チーム_01.csv", "ソ表_01.csv",
     "音声・言語_01.csv", "システム１_01.csv", "Kumo（改）_01.csv"],
)  # fmt: skip
def test_japanese_names_of_windows(name):
    """Names in cp932 without a mark are Japanese."""
    assert decode_name(name.encode("cp932"), False) == (name, "cp932")


@pytest.mark.parametrize(
    "name",
    ["Köln_01.csv", "Châtel_01.csv", "Müller_01.csv", "Présent_01.csv", "Ünal_01.csv",
     "señal_01.csv", "élève_01.csv", "Åse_01.csv", "très_01.csv", "naïf_01.csv", "Öl_01.csv",
     "Noë_01.csv", "Ö_01.csv"],
)  # fmt: skip
def test_western_names_are_not_taken_for_japanese(name):
    """Many names in cp437 are valid in cp932, with a kanji in the place of two letters."""
    assert decode_name(name.encode("cp437"), False) == (name, "cp437")


def test_utf_8_and_ascii():
    """Valid UTF-8 is UTF-8 with and without the mark; invalid UTF-8 with a mark is an error."""
    assert decode_name("雲.csv".encode(), True) == ("雲.csv", "marked")
    assert decode_name("雲.csv".encode(), False) == ("雲.csv", "utf-8")
    assert decode_name(b"a.csv", False) == ("a.csv", "ascii")
    with pytest.raises(UnicodeDecodeError):
        decode_name("雲.csv".encode("cp932"), True)


def archive(name, encoding):
    """Return a ZIP with one prediction file whose name is in an encoding, without the mark."""
    memory, raw = io.BytesIO(), name.encode(encoding)
    with zipfile.ZipFile(memory, "w") as file:
        file.writestr("x" * len(raw), GOOD)
    data = memory.getvalue().replace(b"x" * len(raw), raw)
    flags = struct.unpack_from("<H", data, data.find(b"PK\x01\x02") + 8)[0]
    assert not flags & 0x800
    return data


@pytest.mark.parametrize(
    ("name", "encoding", "severity", "said"),
    [
        ("雲_01.csv", "cp932", "warning", "1 name without a mark of UTF-8 is read as Japanese"),
        ("Köln_01.csv", "cp437", "warning", "is read as Western (cp437): 'Köln_01.csv'"),
        ("雲_01.csv", "utf-8", "info", "is read as UTF-8: '雲_01.csv'"),
    ],
)
def test_every_command_says_how_names_were_read(name, encoding, severity, said, tmp_path):
    """The team and the label have the letters of the name, and a finding says what was done."""
    (tmp_path / "challenge.toml").write_text(CHALLENGE)
    (tmp_path / "upload.zip").write_bytes(archive(name, encoding))
    package, system = xe.validate(tmp_path / "upload.zip", challenge=small_challenge())
    assert (system.system, system.team) == (name.removesuffix(".csv"), name.partition("_")[0])
    (found,) = package.findings
    assert (found.code, found.severity) == ("XAC177", severity)
    assert said in found.message
    done = xacle_eval("split", "upload.zip", "--challenge", "challenge.toml", cwd=tmp_path)
    assert (tmp_path / "upload" / name).read_text() == GOOD
    assert said in done.err

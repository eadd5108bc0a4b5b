"""Manifests: the ids of a split, and the lookup of ids."""

import pytest

from xacle_eval.challenge.manifest import LONGEST_ID, Manifest, ManifestError, ManifestSource

PLAIN = Manifest([f"{number}.wav" for number in range(10500, 10510)], ".wav")
FOLDERS = Manifest(["/tango/test/1.wav", "/tango/train/1.wav", "/natural/2.wav"], ".wav")
BARE = Manifest(["sysA-utt1", "sysA-utt2", "system.1", "system.2"])


@pytest.mark.parametrize(
    ("manifest", "written", "position"),
    [
        (PLAIN, "10503.wav", 3),
        (PLAIN, "/10503.wav", 3),
        (PLAIN, "wav/test/10503.wav", 3),
        (PLAIN, r"C:\wav\10503.wav", 3),
        (PLAIN, "./10503.wav", 3),
        (PLAIN, "../wav/10503.wav", 3),
        (PLAIN, " 10503.wav ", 3),
        (PLAIN, "10503.wav/", None),
        (PLAIN, "10503", None),
        (PLAIN, "", None),
        (FOLDERS, "/tango/train/1.wav", 1),
        (FOLDERS, "tango/train/1.wav", 1),
        (FOLDERS, "./natural/2.wav", 2),
        (FOLDERS, "1.wav", None),
        (FOLDERS, "2.wav", None),
        (BARE, "sysA-utt2", 1),
    ],
)
def test_find(manifest, written, position):
    """Folders of an id are ignored only if the manifest's ids have no folders."""
    assert manifest.find(written) == position


@pytest.mark.parametrize(
    ("manifest", "written", "position"),
    [
        (PLAIN, "10503", 3),
        (PLAIN, "10503.WAV", 3),
        (PLAIN, "10503.mp3", 3),
        (PLAIN, "x/10503.Wav", 3),
        (PLAIN, "10503.2", None),
        (FOLDERS, "/Tango/Test/1", 0),
        (BARE, "SYSA-UTT1", 0),
        (BARE, "sysA-utt1.wav", 0),
        (BARE, "system", None),
        (BARE, "system.3", None),
    ],
)
def test_find_by_stem(manifest, written, position):
    """An id is found despite a missing or different ending, or different letter case."""
    assert manifest.find_by_stem(written) == position


@pytest.mark.parametrize("part", ["./", "/", "a/", ".\\", ".//"])
def test_long_paths(part):
    """An id of up to 4,096 characters is found behind any path; a longer one only if exact."""
    manifest = Manifest(["1.wav"], ".wav")
    path = (part * LONGEST_ID)[: LONGEST_ID - 5].rstrip("." if part[0] == "." else "a")
    written = f"{path.ljust(LONGEST_ID - 5, '/')}1.wav"
    assert len(written) == LONGEST_ID
    assert (manifest.find(written), manifest.find_by_stem(written.upper())) == (0, 0)
    assert (manifest.find(f"/{written}"), manifest.find_by_stem(f"/{written}")) == (None, None)
    assert Manifest([f"/{written}"]).find(f"/{written}") == 0


def test_ambiguous_ids_are_not_found():
    """No guess is made between ids that differ only in a leading slash or in letter case."""
    manifest = Manifest(["/a/1.wav", "a/1.wav", "B.wav", "b.wav"], ".wav")
    assert [manifest.find(pair) for pair in manifest.ids] == [0, 1, 2, 3]
    assert manifest.find("./a/1.wav") is None
    assert manifest.find_by_stem("b") is None


def test_a_numbered_pattern():
    """A pattern gives the ids from the first to the last number, inclusive."""
    source = ManifestSource(pattern="{:05d}.wav", first=9, last=11)
    assert tuple(Manifest.load(source, "").ids) == ("00009.wav", "00010.wav", "00011.wav")


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, "expected either list"),
        ({"list": "a", "pattern": "{}"}, "expected either list"),
        ({"list": "a", "first": 1}, "first and last are only valid with pattern"),
        ({"pattern": "{}"}, "requires first and last"),
        ({"pattern": "{}", "first": 1}, "requires first and last"),
        ({"pattern": "{}", "first": 3, "last": 2}, "expected 0 <= first <= last"),
        ({"pattern": "{}", "first": -3, "last": 2}, "got first = -3"),
        ({"pattern": "{}", "first": 0, "last": 10**9}, "at most 200,000 pairs"),
        ({"pattern": "x.wav", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{}{}.wav", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{:.0s}", "first": 1, "last": 2}, "number"),
        ({"pattern": "{x}.wav", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{0.__class__}", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{:999999999999d}", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{0:{0}}", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{:05d", "first": 1, "last": 2}, "not a valid number format"),
        *(
            ({"pattern": pattern, "first": 1, "last": 2}, "exactly one number")
            for pattern in ("{:100d}", "{:f}", "{:c}", "{:e}", "{:%}", "{:n}", "{!r}", "{:,}")
        ),
        ({"pattern": "{}" + "x" * 199, "first": 1, "last": 2}, "at most 200 characters"),
        ({"list": "../labels.csv"}, "in the folder of the challenge file"),
        ({"list": "a/../../labels.csv"}, "in the folder of the challenge file"),
        ({"list": "/etc/passwd"}, "in the folder of the challenge file"),
        ({"list": "C:labels.csv"}, "in the folder of the challenge file"),
        ({"list": "..\\labels.csv"}, "in the folder of the challenge file"),
        ({"list": ""}, "in the folder of the challenge file"),
        ({"list": "a\x1bb"}, "visible characters only"),
        ({"list": "a" * 1001}, "at most 1,000 characters"),
    ],
)
def test_invalid_sources(keys, problem):
    """A split has either a list, or a pattern with first and last."""
    with pytest.raises(ValueError, match=problem):
        ManifestSource.model_validate(keys)


def test_a_list_file(tmp_path):
    """A list has one id per line; comments, blank lines and surrounding blanks are ignored."""
    (tmp_path / "ids.txt").write_bytes("\ufeff# test\r\nb.wav\r\n\r\n  a.wav \r\nc d.wav".encode())
    assert Manifest.load(ManifestSource(list="ids.txt"), str(tmp_path)).ids == (
        "b.wav",
        "a.wav",
        "c d.wav",
    )


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a\nb\x0bb\n\na\n", r"ids\.txt:4: duplicate id, see line 1"),
        (b"# nothing\n", r"ids\.txt: no ids found"),
        (b"caf\xe9\n", r"ids\.txt:1: not UTF-8 text"),
        (b"a\nb\0c\n", r"ids\.txt:2: the line has a NUL character"),
        (b"a\n" + b"b" * 4097, r"ids\.txt:2: the line has more than 4,096 characters"),
        (b"id,score\na,1\nb,2\n", r"ids\.txt: every line contains a comma"),
        (b"a;1\nb;2\n", r"ids\.txt: every line contains a semicolon"),
        (b"a\t1\nb\t2\n", r"ids\.txt: every line contains a tab"),
        (b"x\n" * 10_000_001, r"ids\.txt cannot be read \(it has more than 20,000,000 bytes\)"),
        (None, r"file not found: ids\.txt"),
    ],
)
def test_invalid_list_files(data, problem, tmp_path):
    """A list that is missing, empty, not text or has a duplicate id is an error with its line."""
    if data is not None:
        (tmp_path / "ids.txt").write_bytes(data)
    with pytest.raises(ManifestError, match=problem):
        Manifest.load(ManifestSource(list="ids.txt"), str(tmp_path))

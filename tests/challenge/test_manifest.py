"""Manifests: the pairs of a split, and which pair an id means."""

import pytest

from xacle_eval.challenge.manifest import Manifest, ManifestError, ManifestSource

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
def test_which_pair_an_id_means(manifest, written, position):
    """Folders are taken off where the manifest has none; where it has, they tell pairs apart."""
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
def test_which_pair_differs_in_its_ending_alone(manifest, written, position):
    """An ending left out, another one, or letter case is told from another id."""
    assert manifest.find_by_stem(written) == position


def test_ids_that_could_be_taken_for_each_other_are_not():
    """Ids that differ only in a leading slash, or only in letter case, are never guessed between."""
    manifest = Manifest(["/a/1.wav", "a/1.wav", "B.wav", "b.wav"], ".wav")
    assert [manifest.find(pair) for pair in manifest.ids] == [0, 1, 2, 3]
    assert manifest.find("./a/1.wav") is None
    assert manifest.find_by_stem("b") is None


def test_a_numbered_pattern():
    """A pattern gives its ids from the first to the last number, both included."""
    source = ManifestSource(pattern="{:05d}.wav", first=9, last=11)
    assert tuple(Manifest.load(source, "").ids) == ("00009.wav", "00010.wav", "00011.wav")


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, "give either list"),
        ({"list": "a", "pattern": "{}"}, "give either list"),
        ({"list": "a", "first": 1}, "first and last go with pattern"),
        ({"pattern": "{}"}, "needs first and last"),
        ({"pattern": "{}", "first": 1}, "needs first and last"),
        ({"pattern": "{}", "first": 3, "last": 2}, "in order"),
        ({"pattern": "{}", "first": -3, "last": 2}, "0 or more"),
        ({"pattern": "{}", "first": 0, "last": 10**9}, "more than 100,000,000"),
        ({"pattern": "x.wav", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{}{}.wav", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{:.0s}", "first": 1, "last": 2}, "number"),
        ({"pattern": "{x}.wav", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{0.__class__}", "first": 1, "last": 2}, "exactly one number"),
        ({"pattern": "{:05d", "first": 1, "last": 2}, "not a number's format"),
    ],
)
def test_sources_that_say_no_list_of_ids(keys, problem):
    """A split needs a list or a whole pattern, not both and not a half."""
    with pytest.raises(ValueError, match=problem):
        ManifestSource.model_validate(keys)


def test_a_list_file(tmp_path):
    """A list has an id a line in any line ending; comments and blank lines are left out, blanks
    taken off.
    """
    (tmp_path / "ids.txt").write_bytes("\ufeff# test\r\nb.wav\r\n\r\n  a.wav \r\nc d.wav".encode())
    assert Manifest.load(ManifestSource(list="ids.txt"), str(tmp_path)).ids == (
        "b.wav",
        "a.wav",
        "c d.wav",
    )


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a\nb\x0bb\n\na\n", r"ids\.txt:4: the id 'a' stands in line 1 already"),
        (b"# nothing\n", r"ids\.txt: holds no ids"),
        (b"caf\xe9\n", r"ids\.txt: is not UTF-8 text"),
        (None, r"ids\.txt: No such file"),
    ],
)
def test_list_files_at_fault(data, problem, tmp_path):
    """A list that is missing, empty, no text or names an id twice is refused, with its line."""
    if data is not None:
        (tmp_path / "ids.txt").write_bytes(data)
    with pytest.raises(ManifestError, match=problem):
        Manifest.load(ManifestSource(list="ids.txt"), str(tmp_path))

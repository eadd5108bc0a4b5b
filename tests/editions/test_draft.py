"""Challenge files that are drafted from files of labels, as organisers have them."""

import gzip
import random
import re

import numpy
import pytest
from scipy import stats

import xacle_eval as xe
from xacle_eval.challenge.loading import challenge_problems
from xacle_eval.editions.draft import draft_challenge
from xacle_eval.editions.scale import find_scale
from xacle_eval.errors import ReferencesError, UsageError
from xacle_eval.io.outputs import write_text
from xacle_eval.references.targets import load_target_references

RNG = random.Random(14)  # noqa: S311 -- not for cryptography
MOS = [round(RNG.uniform(1.2, 4.8), 2) for _ in range(24)]
SYSTEMS = [f"sys{system}-utt{RNG.getrandbits(24):06x}" for system in "CABD" for _ in range(6)]


def draft(folder, data, name="labels.csv"):
    """Write a label file, its challenge file and lists; return the draft and the challenge."""
    labels = folder / name
    labels.write_bytes(data if isinstance(data, bytes) else data.encode())
    made = draft_challenge(labels, folder / "challenge.toml")
    write_text(folder / "challenge.toml", made.text)
    for file, text in made.lists.items():
        write_text(folder / file, text)
    assert challenge_problems(folder) == ()
    return made, xe.load_challenge(folder)


def rows(ids, values, separator=",", header="", end="\n"):
    """Return a table with two columns."""
    lines = [header] if header else []
    lines += [f"{pair}{separator}{value}" for pair, value in zip(ids, values, strict=True)]
    return end.join(lines) + end


CASES = {
    "MOS list": (rows([f"{i:05d}.wav" for i in range(7, 31)], MOS, header="filename,MOS"), "comma"),
    "VoiceMOS": (rows([f"{pair}.wav" for pair in SYSTEMS], MOS), "comma"),
    "AudioMOS answers": (rows(SYSTEMS, MOS, header="utterance,mos"), "comma"),
    "WMT": (
        "segment_id\tsource\thypothesis\tscore\n"
        + "".join(f'en-de:{i}\tSay "hi\ta, b; c\t{value}\n' for i, value in enumerate(MOS)),
        "tab",
    ),
    "Excel": (b"\xef\xbb\xbf" + rows(SYSTEMS, MOS, ";", "Datei;MOS", "\r\n").encode(), "semicolon"),
    "paths": (
        rows([f"/tango/{kind}/{i}.wav" for kind in "ab" for i in range(12)], MOS, header="wav,m"),
        "comma",
    ),
    "quoted": (rows([f'"{i}.mp3"' for i in range(24)], MOS, header='"id","score"'), "comma"),
    "compressed": (gzip.compress(rows(SYSTEMS, MOS, header="id,mos").encode()), "comma"),
    "one row": ("a.wav,3.5\n", "comma"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_draft_passes_its_check_and_scores_its_labels(tmp_path, case):
    """The labels themselves are perfect predictions, with the same columns and delimiter."""
    data, delimiter = CASES[case]
    name = "labels.csv.gz" if case == "compressed" else "labels.csv"
    made, challenge = draft(tmp_path, data, name)
    assert challenge.delimiter == delimiter
    references = xe.load_references(None, challenge=challenge)
    card = xe.score(
        dict(zip(challenge.manifest.ids, references.values.tolist(), strict=True)),
        challenge=tmp_path,
    )
    assert card.metrics["MSE"] == 0.0
    assert numpy.allclose(
        sorted(references.values), sorted(MOS) if len(references.values) > 1 else 3.5
    )
    if case != "WMT":
        (report,) = xe.validate(tmp_path / name, challenge=tmp_path)
        assert report.valid
    assert any(delimiter in line for line in made.found) or delimiter == "comma"


def test_values_of_a_noisy_prediction(tmp_path):
    """The drafted challenge gives scipy's correlations on both levels."""
    _, challenge = draft(tmp_path, CASES["VoiceMOS"][0])
    noisy = [value + RNG.gauss(0, 0.4) for value in MOS]
    card = xe.score(
        dict(zip([f"{pair}.wav" for pair in SYSTEMS], noisy, strict=True)), challenge=tmp_path
    )
    assert card.metrics["SRCC"] == pytest.approx(stats.spearmanr(MOS, noisy).statistic, abs=1e-12)
    means = [numpy.reshape(values, (4, 6)).mean(axis=1) for values in (MOS, noisy)]
    assert card.levels["system"].metrics["LCC"] == pytest.approx(
        stats.pearsonr(*means)[0], abs=1e-12
    )
    assert re.match(challenge.groups[0].pattern, "sysC-utt000000.wav")[1] == "sysC"


@pytest.mark.parametrize(
    ("ids", "pattern"),
    [
        ([f"{i:05d}.wav" for i in range(99, 111)], "{:05d}.wav"),
        ([f"{i}.wav" for i in range(8, 12)], "{:d}.wav"),
        ([f"seg{i}" for i in range(12)], "seg{:d}"),
        ([f"v2_{{x}}-{i:03d}.mp3" for i in range(3)], "v2_{{x}}-{:03d}.mp3"),
        (["3.wav", "1.wav", "2.wav"], "{:d}.wav"),
        (["1.wav", "3.wav"], None),
        (["01.wav", "2.wav"], None),
        (["a1.wav", "b2.wav"], None),
        (["1.wav", "2.mp3"], None),
        (["x1", "x²"], None),
        (["a"], None),
    ],
)
def test_numbered_ids(tmp_path, ids, pattern):
    """Ids become a numbered pattern only if it gives exactly these ids."""
    made, challenge = draft(tmp_path, rows(ids, MOS[: len(ids)], header="id,mos"))
    assert challenge.splits["test"].pattern == pattern
    assert set(challenge.manifest.ids) == set(ids)
    assert list(made.lists) == ([] if pattern else ["challenge_test.txt"])


@pytest.mark.parametrize(
    ("values", "scale", "others"),
    [
        ([0.0, 1.0], (0, 1), (0, 5)),
        ([-0.2, 0.9], (-1, 1), (-3, 3)),
        ([1, 5, 3], (1, 5), (0, 5)),
        ([0, 5], (0, 5), (0, 10)),
        ([1, 7, 4], (1, 7), (0, 10)),
        ([1.5, 7.0], (0, 10), (1, 7)),
        ([-2.1, 2.9], (-3, 3), (-100, 100)),
        ([0, 10], (0, 10), (0, 100)),
        ([12.5, 99], (0, 100), None),
        ([-40, 3], (-100, 100), None),
        ([200.5, 420], (200, 420), None),
        ([101, 101], (101, 102), None),
    ],
)
def test_scales(values, scale, others):
    """The smallest usual scale is found, the next one is named, and lines are those of the ends."""
    found = find_scale(values, list(range(2, 2 + len(values))))
    assert (found.minimum, found.maximum) == scale
    assert (found.others[0] if found.others else None) == others
    low, high = 2 + values.index(min(values)), 2 + values.index(max(values))
    assert found.evidence == f"{min(values):g} in line {low} to {max(values):g} in line {high}"


def test_ratings_in_long_form(tmp_path):
    """A column of listeners makes a file of ratings; their averages are the references."""
    ratings = [
        (f"{i}.wav", "a dog, barking", RNG.randint(0, 10), f"W{j}")
        for i in range(9)
        for j in range(4)
    ]
    text = "wav,caption,naturalness,worker id,duration\n"
    text += "".join(f'{a},"{b}",{c},{d},3.2\n' for a, b, c, d in ratings)
    made, challenge = draft(tmp_path, text, "dev_ratings.csv")
    assert challenge.default_split == "dev"
    assert challenge.ratings.listener.column == "worker id"
    assert challenge.ids.text.column == "caption"
    unused = "the unused columns 'duration': a pairs file can hold them, for --by-column"
    assert unused in made.to_check
    references = xe.load_references(None, challenge=challenge)
    assert references.summary.kind == "ratings"
    expected = numpy.reshape([value for _, _, value, _ in ratings], (9, 4)).mean(axis=1)
    assert numpy.allclose(references.values, expected)


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        ("", "", "no rows"),
        ("id,mos\n", "", "a header and no rows"),
        ("id;mos\na;3,5\nb;2,5\n", ":2", "decimal comma (2 rows); write a decimal point: 3.5"),
        ("a,3,5\nb,2,5\n", ":1", "needs a header"),
        ("id,mos\na,3,5\nb,2,5\n", ":2", "decimal comma"),
        ("utt1 3.5\nutt2 2.5\n", ":1", "lists of Kaldi"),
        ("utt1|3.5\nutt2|2.5\n", ":1", "vertical bar"),
        ("a.wav\nb.wav\n", ":1", "one field"),
        ("id,text\na,b\nc,d\n", "", "no column has only numbers"),
        ("id,mos\na,1\nb,2\nc,x\n", ":4", "'x' is not a number"),
        ("id,mos\na,1\nb,nan\nc,2\n", ":3", "'nan' is not a number"),
        ("id,mos\na,1\nb,2\nb,3\n", ":4", "'b' has two rows (lines 3 and 4)"),
        ("system,seg,mos\nA,1,1\nB,1,2\n", ":3", "rename it to listener_id"),
        ("wav,L1,L2,L3\na,1,2,\nb,1,,3\n", "", "one column per listener"),
        ("id,mos\na,1\nb,2,3\n", ":3", "3 fields, expected 2"),
        ("id,mos\n,1\nb,2\n", ":2", "empty id"),
        ("id,mos\n#a,1\nb,2\n", ":2", "begins with #"),
        ("id,mos\na\x1b[2J,1\nb,2\n", ":2", "invisible character"),
        ("id,m\u202eos\na,1\nb,2\n", ":1", "rename the column"),
        ("id,mos,MOS\na,1,2\nb,2,3\n", ":1", "duplicate column"),
        ('id,mos\n"a,b",1\n"c,d",2\n', ":2", "contains a comma"),
    ],
)
def test_label_files_that_are_refused(tmp_path, data, place, words):
    """The message names the file, the line if one is wrong, and what to do; nothing is written."""
    file = tmp_path / "labels.csv"
    file.write_text(data)
    with pytest.raises(UsageError) as error:
        draft_challenge(file, tmp_path / "challenge.toml")
    assert f"labels.csv{place}: " in str(error.value)
    assert words in str(error.value)
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04rest of a workbook", "XAC004"),
        (b"id,mos\n\xe4,1\n", "XAC005"),
        (b'id,mos\n"a,1\n', "XAC007"),
    ],
)
def test_files_that_are_not_tables(tmp_path, data, code):
    """Files that cannot be read as a table have the findings of a reference file."""
    (tmp_path / "labels.csv").write_bytes(data)
    with pytest.raises(ReferencesError) as error:
        draft_challenge(tmp_path / "labels.csv", tmp_path / "challenge.toml")
    assert code in str(error.value)


def test_the_draft_has_every_key_of_the_template(tmp_path):
    """A draft has the comments of the template, with the groups and without a limit of systems."""
    made, challenge = draft(tmp_path, CASES["VoiceMOS"][0], "answers.txt")
    for key in ("max_ratio", "undefined", "approved", "ending_optional", "exclude"):
        assert key in made.text
    assert "[[groups]]\n" in made.text
    assert challenge.submissions.systems_per_team is None
    assert challenge.submissions.endings == (".csv", ".txt")
    assert max(map(len, made.text.splitlines())) <= 120


def test_labels_in_another_folder_are_not_named(tmp_path):
    """A challenge file names only files in its own folder, so --references is needed."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "public").mkdir()
    file = tmp_path / "secret" / "test.csv"
    file.write_text(rows(SYSTEMS, MOS, header="id,mos"))
    made = draft_challenge(file, tmp_path / "public" / "mine.toml")
    assert "references =" not in made.text.replace("# references =", "")
    assert any("pass --references" in line for line in made.found)
    assert list(made.lists) == ["mine_test.txt"]


def test_parts_are_lists_that_divide_the_split(tmp_path):
    """The lists of the parts have every id once, in its order, and the same for the same seed."""
    (tmp_path / "labels.csv").write_text(rows(SYSTEMS, MOS, header="id,mos"))
    target = tmp_path / "challenge.toml"
    made = draft_challenge(tmp_path / "labels.csv", target, parts=["public=0.25"], seed=3)
    write_text(target, made.text)
    for file, text in made.lists.items():
        write_text(tmp_path / file, text)
    assert challenge_problems(tmp_path) == ()
    public = made.lists["challenge_test_public.txt"].split()
    private = made.lists["challenge_test_private.txt"].split()
    assert (len(public), len(private)) == (6, 18)
    assert sorted(public + private) == sorted(SYSTEMS)
    assert public == [pair for pair in SYSTEMS if pair in public]
    scored = xe.load_challenge(tmp_path).with_part("public").scored
    assert list(scored.ids) == public
    again = draft_challenge(tmp_path / "labels.csv", target, parts=["public=0.25"], seed=3)
    assert again == made


@pytest.mark.parametrize(
    "parts",
    [
        ["public"],
        ["public=x"],
        ["public=0"],
        ["public=1.5"],
        ["all=0.5"],
        ["a b=0.5"],
        ["=0.5"],
        ["a=0.5", "a=0.2"],
        ["a=0.7", "b=0.7"],
        ["a=0.001"],
    ],
)
def test_parts_that_are_refused(tmp_path, parts):
    """A part needs a name and a fraction, and the parts must fit into the split."""
    (tmp_path / "labels.csv").write_text(rows(SYSTEMS, MOS, header="id,mos"))
    with pytest.raises(UsageError, match="--parts"):
        draft_challenge(tmp_path / "labels.csv", tmp_path / "challenge.toml", parts=parts)


SEVERAL = {
    "averages": "wav,Overall quality,relevance\n"
    + "".join(
        f"{pair},{value},{value / 5:.3f}\n" for pair, value in zip(SYSTEMS, MOS, strict=True)
    ),
    "no header": "".join(
        f"{pair},{value},{6 - value:.2f}\n" for pair, value in zip(SYSTEMS, MOS, strict=True)
    ),
    "ratings": "wav,naturalness,similarity,rater\n"
    + "".join(
        f"{pair},{1 + i % 5},{1 + j},L{j}\n" for i, pair in enumerate(SYSTEMS) for j in range(5)
    ),
}


@pytest.mark.parametrize("case", SEVERAL)
def test_several_columns_of_numbers_are_targets(tmp_path, case):
    """Each column of numbers is a target with its own scale, and its labels are its references."""
    _, challenge = draft(tmp_path, SEVERAL[case])
    scales = {(one.scores.minimum, one.scores.maximum) for one in challenge.each_target().values()}
    assert len(challenge.targets) == 2
    assert scales == ({(1, 5), (0, 1)} if case == "averages" else {(1, 5)})
    loaded = list(load_target_references(tmp_path / "labels.csv", challenge).values())
    assert [references.values.size for references in loaded] == [24, 24]
    if case == "ratings":
        assert numpy.allclose(loaded[1].values, 3.0)
    else:
        assert numpy.allclose(loaded[0].values, MOS)


def test_metrics_and_the_keys_of_targets_are_shown(tmp_path):
    """The file shows how to choose metrics; the optional keys of a target are shown once."""
    header = "id,listener,quality,fit"
    lines = [f"s{n}_a.wav,L{k},{1 + (n + k) % 5},{1 + n % 5}" for n in range(6) for k in range(3)]
    made, _ = draft(tmp_path, "\n".join([header, *lines]) + "\n")
    assert '\n# metrics = ["SRCC", "CCC", "RMSE"]' in made.text.partition("\n[ids]")[0]
    first, _, second = made.text.partition("[targets.quality]")[2].partition("[targets.fit]")
    for key in ("# metrics =", "# ranking =", "# optional ="):
        assert key in first
        assert key not in second.partition("\n[ranking]")[0]

"""``study_ratings``: the rows that count, their pairs and the content of the result."""

import gzip
import subprocess
import sys

import pytest

import xacle_eval as xe
from tests.helpers import DATA, REPOSITORY, codes
from xacle_eval.listeners import RatingsError

EXAMPLE = DATA / "example"
RATINGS = EXAMPLE / "ratings.csv"
HEADER = "wav_file_name,score,listener_id\n"
FEW = {"challenge": EXAMPLE, "resamples": 20}


def write_ratings(folder, *lines, header=HEADER):
    """Write a file of ratings."""
    file = folder / "ratings.csv"
    file.write_text(header + "".join(f"{line}\n" for line in lines))
    return file


def messages(study, code):
    """Return the messages of the findings with a code."""
    return [finding.message for finding in study.report.findings if finding.code == code]


def test_a_gzip_file_gives_the_report_of_its_content(tmp_path):
    """A gzip file gives the same report and hash as the file inside it."""
    packed = tmp_path / "ratings.csv.gz"
    packed.write_bytes(gzip.compress(RATINGS.read_bytes()))
    plain, unpacked = (xe.study_ratings(path, **FEW).report for path in (RATINGS, packed))
    assert unpacked.model_copy(update={"path": plain.path}) == plain


def test_all_pairs_of_a_file_count_unless_a_split_is_named(tmp_path):
    """Ratings of pairs outside the split are analysed unless a split is given."""
    file = write_ratings(
        tmp_path, "001.wav,5,a", "001.wav,6,b", "002.wav,1,a", "002.wav,3,b", "else.wav,9,a"
    )
    everything, split = xe.study_ratings(file, **FEW), xe.study_ratings(file, split="test", **FEW)
    assert everything.ratings.pair_ids == ("001.wav", "002.wav", "else.wav")
    assert codes(everything.report.findings) == []
    assert split.ratings.pair_ids == ("001.wav", "002.wav")
    assert messages(split, "XAC053") == [
        "1 row belongs to a pair outside the split test (not used)"
    ]


def test_pairs_of_a_split_without_a_rating_are_a_warning(tmp_path):
    """Pairs of the split without a rating are a warning; the other pairs are analysed."""
    file = write_ratings(
        tmp_path, *(f"{n:03d}.wav,{n % 7},{who}" for n in range(1, 23) for who in "ab")
    )
    report = xe.study_ratings(file, split="test", **FEW).report
    missing = [finding for finding in report.findings if finding.code == "XAC024"]
    assert [(finding.severity, finding.count) for finding in missing] == [("warning", 2)]
    assert missing[0].message == "missing ids (2 of 24): 023.wav, 024.wav"
    assert report.before.description["n_pairs"] == 22


def test_an_id_with_folders_is_a_pair_of_the_split(tmp_path):
    """With a split, every spelling of an id is the pair with the manifest's id."""
    file = write_ratings(tmp_path, "001.wav,5,a", "clips/001.wav,7,b", "002.wav,1,a", "002.wav,3,b")
    study = xe.study_ratings(file, split="test", **FEW)
    assert study.ratings.pair_ids == ("001.wav", "002.wav")
    assert study.averages()["mean"].tolist() == [6.0, 2.0]
    assert "XAC025" in codes(study.report.findings)


@pytest.mark.parametrize(
    ("duplicates", "treatment", "numbers", "mean"),
    [("keep", "all are kept", 3, 19 / 3), ("average", "their mean counts as one rating", 2, 6.5)],
)
def test_repeated_ratings_are_reported_with_their_treatment(
    tmp_path, duplicates, treatment, numbers, mean
):
    """A listener's second rating of a pair is a finding that states if it is kept or averaged."""
    file = write_ratings(tmp_path, "1.wav,5,a", "1.wav,7,a", "1.wav,7,b", "2.wav,2,a", "2.wav,3,b")
    study = xe.study_ratings(file, duplicates=duplicates, **FEW)
    assert messages(study, "XAC050") == [
        f"1 rating by a listener who had already rated the pair; {treatment}"
    ]
    assert study.report.before.description["n_duplicates"] == 1
    first = study.averages().iloc[0]
    assert (first["n"], first["mean"]) == (numbers, pytest.approx(mean))


def test_excluded_rows_are_counted_and_can_be_kept(tmp_path):
    """Rows that the challenge file excludes are counted; keep_excluded analyses them."""
    rows = [
        f"{n}.wav,t,{n},{who},{mark}"
        for n in range(4)
        for who, mark in (("a", "train"), ("b", "excluded"))
    ]
    header = "wavname,text,score,listener_id,in RELATE dataset\n"
    file = write_ratings(tmp_path, *rows, header=header)
    relate = DATA / "challenges" / "relate"
    without = xe.study_ratings(file, challenge=relate, resamples=20).report
    kept = xe.study_ratings(file, challenge=relate, resamples=20, keep_excluded=True).report
    assert (without.excluded, without.before.description["n_ratings"]) == (4, 4)
    assert (kept.excluded, kept.before.description["n_ratings"]) == (0, 8)


def test_a_file_without_ratings_of_the_split_is_refused(tmp_path):
    """A file without a rating of the split is a ReferencesError that counts the other rows."""
    file = write_ratings(tmp_path, "else.wav,9,a", "other.wav,8,a")
    with pytest.raises(xe.ReferencesError, match="no ratings to analyse") as caught:
        xe.study_ratings(file, split="test", **FEW)
    assert "XAC053" in codes(caught.value.findings)
    assert "2 rows belong to pairs outside the split test" in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", HEADER.encode(), b"wav_file_name,score\n1.wav,5\n", b"\x00\x01\x02"]
)
def test_a_file_without_ratings_is_refused(tmp_path, data):
    """An empty file, only a header, no listeners and binary data raise ReferencesError."""
    file = tmp_path / "ratings.csv"
    file.write_bytes(data)
    with pytest.raises(xe.ReferencesError):
        xe.study_ratings(file, **FEW)


def test_the_frame_has_each_quantity_before_and_after():
    """to_frame has one row per quantity; the column ``after`` exists only with a screening."""
    plain = xe.study_ratings(RATINGS, **FEW)
    screened = xe.study_ratings(RATINGS, screen="agreement", settings={"tolerance": 1}, **FEW)
    assert list(plain.report.to_frame().columns) == ["quantity", "before"]
    frame = screened.report.to_frame().set_index("quantity")
    assert frame.loc["description.n_ratings"].tolist() == [96, 88]
    assert screened.kept.n_ratings == 88
    assert len(screened.report.screening.removals) == 8
    assert screened.report.before == plain.report.before


def test_a_screening_that_removes_everything_is_refused():
    """A threshold that removes every rating is a RatingsError that suggests a less strict one."""
    with pytest.raises(RatingsError, match="would remove every rating; use a less strict"):
        xe.study_ratings(RATINGS, screen="no-variation", settings={"spread": 11}, **FEW)
    assert issubclass(RatingsError, xe.XacleEvalError)


def test_the_same_seed_gives_the_same_report_and_another_does_not():
    """Seed 0 gives the same report twice; seed 1 gives other intervals."""
    first, again = (xe.study_ratings(RATINGS, seed=0, **FEW).report for _ in range(2))
    other = xe.study_ratings(RATINGS, seed=1, **FEW).report
    assert first == again
    assert first.before.reliability["icc1"] == other.before.reliability["icc1"]
    assert first.before.reliability["icc1_low"] != other.before.reliability["icc1_low"]


def test_progress_counts_every_part_of_both_analyses():
    """progress is called after each of the six parts, before and after a screening."""
    seen = []
    xe.study_ratings(RATINGS, screen="agreement", progress=lambda *step: seen.append(step), **FEW)
    assert seen == [(done, 12) for done in range(1, 13)]


def test_the_module_is_loaded_without_the_heavy_libraries():
    """Importing the module does not load pandas, scipy or numba."""
    code = (
        "import sys, xacle_eval.evaluation.listeners, xacle_eval.cli.listeners;"
        "print(sorted({'pandas', 'scipy', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    assert done.stdout == "[]\n"

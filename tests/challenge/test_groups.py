"""Groups by a pattern or a column, and pairs files."""

import pytest

import xacle_eval as xe
from tests.challenge.test_parts import HEAD
from xacle_eval.challenge.loading import challenge_problems
from xacle_eval.evaluation.scorer import group_codes

PAIRS = 'pairs = "pairs.csv"\n'
DOMAIN = '[[groups]]\nname = "domain"\ncolumn = "domain"\n'


def write(folder, lines, pairs=""):
    """Write a challenge of four pairs, and its pairs file."""
    (folder / "challenge.toml").write_text(HEAD.replace("last = 99", "last = 3") + lines)
    (folder / "pairs.csv").write_text(pairs)
    return folder / "challenge.toml"


ROWS = 'pair,domain,note\np003, news ,"a, b"\np000,news,\np002,talk,x\np001,talk,y\n'


def test_groups_by_pattern_and_by_column(tmp_path):
    """Both kinds of groups give the number of each pair's group, in the order of the split."""
    pattern = "[[groups]]\nname = \"parity\"\npattern = 'p00([02]|)'\n"
    challenge = xe.load_challenge(write(tmp_path, PAIRS + DOMAIN + pattern, ROWS))
    assert [group.name for group in challenge.groups] == ["domain", "parity"]
    codes = [group_codes(group, challenge).tolist() for group in challenge.groups]
    assert codes == [[0, 1, 1, 0], [0, 1, 2, 1]]
    assert challenge.pairs.columns["note"] == ("", "y", "x", "a, b")


def test_the_single_table_is_still_read(tmp_path):
    """`[group]` gives the same as one entry of `[[groups]]`."""
    old = xe.load_challenge(write(tmp_path, "[group]\nname = 'g'\npattern = '(.)$'\n"))
    new = xe.load_challenge(write(tmp_path, "[[groups]]\nname = 'g'\npattern = '(.)$'\n"))
    assert old.groups[0].model_dump() == new.groups[0].model_dump()
    assert old.groups[0].key == "group"
    assert new.groups[0].key == "groups.g"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("[[groups]]\nname = 'a'", "groups[1]: expected either pattern or column"),
        (
            "[[groups]]\nname = 'a'\npattern = '(.)'\ncolumn = 'x'",
            "groups[1]: expected either pattern or column",
        ),
        ("[[groups]]\nname = 'pair'\npattern = '(.)'", "groups[1].name: 'pair' is reserved"),
        ("[[groups]]\nname = 'low'\npattern = '(.)'", "groups[1].name: 'low' is reserved"),
        ("[[groups]]\nname = 'high'\npattern = '(.)'", "groups[1].name: 'high' is reserved"),
        ("[[groups]]\nname = 'A'\npattern = '(.)'", "groups[1].name: expected a lower-case letter"),
        (
            2 * "[[groups]]\nname = 'a'\npattern = '(.)'\n",
            "groups: duplicate group 'a'; name each group once",
        ),
        (
            "[group]\nname = 'a'\npattern = '(.)'\n[[groups]]\nname = 'b'\npattern = '(.)'",
            "groups: move the table [group] into [[groups]]",
        ),
        (
            "[ranking]\nlevel = 'system'",
            "ranking: level: there is no group named 'system'; expected pair. To add",
        ),
        (
            "[[groups]]\nname = 'a'\npattern = 'x(.)'",
            "groups.a.pattern: no match in 4 of 4 ids of split 'test', such as 'p000'",
        ),
        (DOMAIN, "groups.domain.column: the split 'test' has no pairs file"),
    ],
)
def test_groups_that_are_refused(tmp_path, lines, problem):
    """An error names the key and what is expected."""
    (found,) = challenge_problems(write(tmp_path, lines))
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ("", "pairs.csv: the file is empty"),
        ("domain\nnews\n", "pairs.csv:1: expected one column with the id, named 'pair'; got none"),
        ("pair,a,a\n", "pairs.csv:1: duplicate column 'a'"),
        ("pair,\np000,x\n", "pairs.csv:1: expected column names of 1 to 100 characters"),
        (ROWS + "p001,news,\n", "pairs.csv:6: duplicate id 'p001', see line 5"),
        (ROWS + "p009,news,\n", "pairs.csv:6: 'p009' is not an id of the split"),
        (ROWS + "p000,news\n", "pairs.csv:6: expected 3 fields, got 2"),
        ('pair,a\np000,"x', "pairs.csv:2: invalid CSV"),
        ("pair,domain\np000,a\n\np001,b\n", "pairs.csv: 2 ids of the split have no row: 'p002'"),
        (ROWS.replace("talk", "x" * 10_001), "pairs.csv:4: a value has more than 10,000"),
    ],
)
def test_pairs_files_that_are_refused(tmp_path, pairs, problem):
    """An error in a pairs file has its line."""
    (found, *_) = challenge_problems(write(tmp_path, PAIRS, pairs))
    assert found.startswith(f"splits.test.pairs: {problem}")


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        (ROWS.replace("domain", "domaine"), "no column 'domain'; did you mean domaine"),
        (ROWS.replace("talk", " "), "pairs.csv:4: empty value in the column 'domain' and 1 more"),
    ],
)
def test_columns_that_are_refused(tmp_path, pairs, problem):
    """A group by column needs the column and a value in every row, in `check` and in use."""
    file = write(tmp_path, PAIRS + DOMAIN, pairs)
    (found,) = challenge_problems(file)
    assert found.startswith("groups.domain.column: ")
    assert problem in found
    challenge = xe.load_challenge(file)
    with pytest.raises(xe.ChallengeError) as error:
        group_codes(challenge.groups[0], challenge)
    assert error.value.problems == (found,)


def test_rows_of_another_split_are_ignored(tmp_path):
    """One pairs file can hold the pairs of several splits; a tab separates fields of a .tsv."""
    lines = (
        'pairs = "pairs.tsv"\n[splits.dev]\npattern = "d{:03d}"\nfirst = 0\nlast = 0\n'
        'pairs = "pairs.tsv"\n'
    )
    file = write(tmp_path, lines)
    (tmp_path / "pairs.tsv").write_text(
        ROWS.replace(",", "\t").replace("a\t b", "a") + "d000\tz\t\n"
    )
    challenge = xe.load_challenge(file)
    assert challenge.pairs.columns["domain"] == ("news", "talk", "talk", "news")
    assert challenge.with_split("dev").pairs.columns["domain"] == ("z",)


def test_the_pairs_file_is_part_of_the_hash(tmp_path):
    """Another group of a pair gives another hash of the challenge."""
    first = xe.load_challenge(write(tmp_path, PAIRS, ROWS)).sha256
    assert xe.load_challenge(write(tmp_path, PAIRS, ROWS.replace("x", "z"))).sha256 != first

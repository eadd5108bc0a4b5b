"""Parts of a split: how they are chosen, checked and written as lists."""

import hashlib

import pytest

import xacle_eval as xe
from xacle_eval.challenge.loading import challenge_problems
from xacle_eval.challenge.parts import part_lists

HEAD = """
name = "small"
title = "Small"
default_split = "test"
ids = { column = "pair" }
predictions = { column = "prediction" }
references = { column = "mean" }
ratings = { column = "rating" }
scores = { minimum = 0, maximum = 10 }
[splits.test]
pattern = "p{:03d}"
first = 0
last = 99
"""


@pytest.fixture
def load(tmp_path):
    """Return a function that loads the challenge with more lines."""

    def load(lines: str, **settings: str) -> xe.Challenge:
        file = tmp_path / "challenge.toml"
        file.write_text(HEAD + lines)
        return xe.load_challenge(file, **settings)

    return load


def test_a_fraction_takes_the_ids_with_the_smallest_hashes(load):
    """A part by fraction is what SHA-256 of seed and id says, in the order of the split."""
    challenge = load("[splits.test.parts.public]\nfraction = 0.3\nseed = 7\n", part="public")
    ids = [f"p{number:03d}" for number in range(100)]
    chosen = sorted(ids, key=lambda pair: hashlib.sha256(f"7:{pair}".encode()).hexdigest())[:30]
    assert challenge.scored.ids == tuple(sorted(chosen))
    assert challenge.manifest.ids == tuple(ids)


def test_another_seed_gives_another_part(load):
    """The seed decides which pairs a part has."""
    parts = [
        load(f"[splits.test.parts.public]\nfraction = 0.3\nseed = {seed}\n", part="public").scored
        for seed in (1, 2)
    ]
    assert parts[0].ids != parts[1].ids


def test_parts_by_fraction_are_disjoint_and_complete(load):
    """Ten parts of a tenth and parts of a third split the pairs, without gaps by rounding."""
    for shares in ([0.1] * 10, [0.333, 0.333, 0.334], [0.125, 0.375, 0.5]):
        lines = "".join(
            f"[splits.test.parts.p{number}]\nfraction = {share}\n"
            for number, share in enumerate(shares)
        )
        challenge = load(lines)
        lists = part_lists(challenge.splits["test"].parts, challenge.manifest, "")
        together = [pair for ids in lists.values() for pair in ids]
        assert sorted(together) == list(challenge.manifest.ids)
        assert [len(ids) for ids in lists.values()] == [
            pytest.approx(100 * share, abs=1) for share in shares
        ]


def test_the_rest_is_what_no_other_part_has(load, tmp_path):
    """`rest` completes lists as well as fractions."""
    (tmp_path / "public.txt").write_text("# public pairs\np003\np001\n")
    lines = (
        '[splits.test.parts.public]\nlist = "public.txt"\n[splits.test.parts.private]\nrest=true'
    )
    challenge = load(lines)
    assert challenge.with_part("public").scored.ids == ("p001", "p003")
    assert challenge.with_part("public").scored_positions == (1, 3)
    assert len(challenge.with_part("private").scored) == 98
    assert challenge.part == "all"
    assert challenge.scored is challenge.manifest
    assert challenge.scored_positions is None


def test_a_written_list_fixes_a_fraction(load, tmp_path):
    """The lists of `part_lists` give the same parts as the fractions they come from."""
    fractions = "[splits.test.parts.public]\nfraction=0.3\n[splits.test.parts.private]\nrest=true\n"
    challenge = load(fractions)
    lists = part_lists(challenge.splits["test"].parts, challenge.manifest, challenge.folder)
    for name, ids in lists.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(ids) + "\n")
    again = load("".join(f'[splits.test.parts.{name}]\nlist="{name}.txt"\n' for name in lists))
    for name in lists:
        assert again.with_part(name).scored.ids == challenge.with_part(name).scored.ids


def test_a_list_is_part_of_the_hash(load, tmp_path):
    """Another list of a part gives another hash of the challenge."""
    lines = '[splits.test.parts.public]\nlist = "public.txt"\n'
    (tmp_path / "public.txt").write_text("p001\n")
    first = load(lines).sha256
    (tmp_path / "public.txt").write_text("p002\n")
    assert load(lines).sha256 != first


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("[splits.test.parts.all]\nrest = true", "'all' means the whole split"),
        ("[splits.test.parts.a]", "expected one of list"),
        ("[splits.test.parts.a]\nrest = true\nfraction = 0.1", "expected one of list"),
        ("[splits.test.parts.a]\nrest = true\nseed = 1", "seed is only valid with fraction"),
        ("[splits.test.parts.a]\nfraction = 1.5", "fraction: expected less than 1, got 1.5"),
        ("[splits.test.parts.a]\nfraction = 0", "fraction: expected more than 0, got 0"),
        ("[splits.test.parts.a]\nrest = 7", "expected true or false, got 7"),
        ("[splits.test.parts.'a|b']\nrest = true", "a letter or digit, followed by letters"),
        (
            "[splits.test.parts.a]\nfraction = 0.5\n[splits.test.parts.b]\nfraction = 0.6",
            "expected fractions that sum to at most 1, got 1.1",
        ),
        (
            "[splits.test.parts.a]\nfraction = 0.5\n[splits.test.parts.b]\nfraction = 0.1\nseed=1",
            "expected the same seed for all parts, got 0 and 1",
        ),
        (
            '[splits.test.parts.a]\nfraction = 0.5\n[splits.test.parts.b]\nlist = "x"',
            "expected either lists or fractions, got both",
        ),
        (
            "[splits.test.parts.a]\nrest = true\n[splits.test.parts.b]\nrest = true",
            "expected at most one part with rest = true",
        ),
    ],
)
def test_parts_that_are_refused(load, lines, problem):
    """An error names the key and what is expected."""
    with pytest.raises(xe.ChallengeError, match=r"splits\.test\.parts") as error:
        load(lines)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("p001\n\nq001\n", "part.txt:3: the id is not in the split"),
        ("p001\np002\np001\n", "part.txt:3: duplicate id, see line 1"),
        ("# nothing\n", "the part has none of the 100 pairs of the split"),
    ],
)
def test_lists_that_are_refused(load, tmp_path, text, problem):
    """An error in the list of a part has its line, in `check` and when the part is used."""
    (tmp_path / "part.txt").write_text(text)
    lines = '[splits.test.parts.public]\nlist = "part.txt"\n'
    with pytest.raises(xe.ChallengeError) as error:
        load(lines, part="public")
    assert error.value.problems == (f"splits.test.parts.public: {problem}",)
    assert challenge_problems(tmp_path) == error.value.problems


def test_an_unknown_part_suggests_a_known_one(load):
    """A mistyped part is an error with a suggestion."""
    with pytest.raises(xe.ChallengeError, match="unknown part 'pubic'; did you mean public"):
        load("[splits.test.parts.public]\nfraction = 0.3\n", part="pubic")


def test_a_split_without_parts(load):
    """A part of a split that has none is an error that shows what to add."""
    with pytest.raises(
        xe.ChallengeError, match=r"no parts; add a table \[splits\.test\.parts\.x\]"
    ):
        load("", part="x")


def test_another_split_has_its_own_parts(load):
    """A part does not stay in use with another split."""
    challenge = load(
        "[splits.test.parts.public]\nfraction = 0.3\n"
        '[splits.train]\npattern = "t{:03d}"\nfirst = 0\nlast = 9\n',
        part="public",
    )
    assert challenge.with_split("train").part == "all"
    assert len(challenge.with_split("train").scored) == 10


def test_a_part_of_a_file_that_extends_another(load, tmp_path):
    """A part replaces how the inherited part is chosen; other ids remove inherited parts."""
    (tmp_path / "base.toml").write_text(HEAD + "[splits.test.parts.public]\nfraction = 0.3\n")
    (tmp_path / "ids.txt").write_text("p001\n")
    child = tmp_path / "child.toml"
    child.write_text('extends = "base.toml"\n[splits.test.parts.public]\nlist = "ids.txt"\n')
    assert xe.load_challenge(child, part="public").scored.ids == ("p001",)
    child.write_text('extends = "base.toml"\n[splits.test]\nlist = "ids.txt"\n')
    assert xe.load_challenge(child).splits["test"].parts == {}

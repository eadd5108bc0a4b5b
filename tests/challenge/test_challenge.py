"""Challenge files: accepted keys and values, and errors that are all reported at once."""

import re
import shutil
import tomllib

import pytest
from pydantic import ValidationError

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.loading import bundled_challenges, challenge_problems, template
from xacle_eval.challenge.model import Challenge

LINE_OF_IDS = template().partition("[ids]")[0].count("\n") + 1


@pytest.fixture
def check(tmp_path):
    """A function that returns the problems of the template after some replacements."""

    def problems(*changes):
        text = template()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "challenge.toml").write_text(text, encoding="utf-8")
        return list(challenge_problems(tmp_path / "challenge.toml"))

    return problems


def test_xacle2026():
    """The bundled challenge has the three public splits and the ranking rule of the paper."""
    challenge = xe.load_challenge()
    assert bundled_challenges() == ("xacle2026",)
    assert challenge_problems("xacle2026") == ()
    sizes = {}
    for split in challenge.splits:
        ids = challenge.manifest_of(split).ids
        sizes[split] = (len(ids), ids[0], ids[-1])
    assert sizes == {
        "test": (3000, "10500.wav", "13499.wav"),
        "validation": (3000, "07500.wav", "10499.wav"),
        "train": (7500, "00000.wav", "07499.wav"),
    }
    assert challenge.split == "test"
    assert challenge.ranking.order == ("SRCC", "LCC", "KTAU", "MSE")
    assert (challenge.ranking.decimals, challenge.ranking.undefined) == (3, 0.0)
    assert (challenge.scores.minimum, challenge.scores.maximum) == (0, 10)


def test_the_template_is_a_valid_challenge_file(check):
    """The file that `challenge init` writes has no errors."""
    assert check() == []


def test_the_lines_of_the_template_are_short():
    """A line fits an editor window of 95 columns."""
    assert max(map(len, template().splitlines())) <= 95


def test_the_template_shows_every_default():
    """The optional keys of the template have the default values."""
    table = tomllib.loads(template())
    full = Challenge.model_validate(table)
    ranking, limits = table.pop("ranking"), table.pop("limits")
    pattern = table["submissions"].pop("label_pattern")
    bare = Challenge.model_validate(table)
    assert bare.ranking == full.ranking
    assert bare.limits == full.limits
    assert bare.submissions == full.submissions
    assert (ranking["decimals"], limits["max_bytes"], pattern) == (
        3,
        10_000_000,
        bare.submissions.label_pattern,
    )


def test_the_template_names_every_key():
    """The template mentions every key of a challenge file."""

    def keys(model):
        for name, field in model.model_fields.items():
            yield name
            for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
                if hasattr(part, "model_fields"):
                    yield from keys(part)

    words = set(re.findall(r"[a-z_]+", template()))
    assert set(keys(Challenge)) - words == set()


def test_every_error_at_once(check):
    """All errors of a file are reported together, each with its key and what was expected."""
    problems = check(
        ('name = "my-challenge"', 'name = "my challenge"'),
        ("title =", "titel ="),
        ('default_split = "test"', 'default_split = "tset"'),
        ('aliases = ["filename"]', 'aliases = "filename"'),
        ("maximum = 10", "maximum = inf"),
        ('"LCC"', '"PCC"'),
        ("decimals = 3", "decimals = -1"),
        ("undefined = 0.0", 'undefined = "zero"'),
        ('level = "pair"', 'level = "system"'),
        ("systems_per_team = 4", "systems_per_tean = 4"),
        ("max_bytes = 10_000_000", "max_bytes = 10.5"),
    )
    keys = [problem.partition(":")[0] for problem in problems]
    assert sorted(keys) == sorted(
        [
            "name",
            "title",
            "titel",
            "default_split",
            "ids.aliases",
            "scores.maximum",
            "ranking.order[2]",
            "ranking.decimals",
            "ranking.undefined",
            "submissions.systems_per_tean",
            "limits.max_bytes",
        ]
    )
    text = "\n".join(problems)
    assert "titel: unknown key; did you mean title?" in text
    assert "systems_per_tean: unknown key; did you mean systems_per_team?" in text
    assert "default_split: unknown split 'tset'; did you mean test?" in text
    assert "ranking.undefined: expected a finite number or \"unranked\", got 'zero'" in text
    assert "ranking.order[2]: unknown metric 'PCC'; " in text
    assert "title: required key is missing" in text


def test_a_mistyped_key_hides_nothing(check):
    """If a required key is mistyped, the unknown key and the missing key are both reported."""
    problems = check(("first = 1", "frist = 1"))
    assert problems == [
        "splits.test.frist: unknown key; did you mean first?",
        "splits.test: pattern requires first and last, the numbers of the first and last pair",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("minimum = 0", "minimum = 10"), "scores: minimum (10) must be less than maximum (10)"),
        (('name = "my-challenge"', "name = 7"), "name: expected text in quotation marks, got 7"),
        (('["SRCC", "LCC", "KTAU", "MSE"]', "[]"), "ranking.order: expected at least one of SRCC"),
        (
            ('["SRCC", "LCC", "KTAU", "MSE"]', '["SRCC", "SRCC"]'),
            "ranking.order: duplicate metric SRCC",
        ),
        (
            ('level = "pair"', 'level = "system"'),
            "ranking: level: there is no group named 'system'; expected pair. To add",
        ),
        (
            ('column = "prediction"', 'column = "filename"'),
            "predictions: column name 'filename' is also a name of the id column",
        ),
        (
            ('column = "average_score"', 'column = "FileName"'),
            "references: column name 'filename' is also a name of the id column",
        ),
        (("(?P<team>.+)", "(.+)"), "submissions.label_pattern: expected a group named team"),
        (
            ("(?P<team>.+)", "(?P<team>.+"),
            "submissions.label_pattern: invalid regular expression (",
        ),
        (
            ('# endings = [".csv"]', 'endings = ["CSV"]'),
            "submissions.endings[1]: expected a dot and",
        ),
        (
            ("listener = {", "listener = { colum = 1,"),
            "ratings.listener.colum: unknown key; did you mean column?",
        ),
        (("[limits]", "[limit]"), "limit: unknown key; did you mean limits?"),
        (
            ('# [[groups]]\n# name = "domain"', '[group]\npattern = "(x)"\nname = "A b"'),
            "group.name: expected a lower-case letter, followed by",
        ),
        (
            ('# [[groups]]\n# name = "domain"', '[group]\npattern = "x"\nname = "a"'),
            "group.pattern: expected exactly 1 group in parentheses, found 0",
        ),
        (
            ('pattern = "{:05d}.wav"', 'list = "ids.txt"\n#'),
            "splits.test: first and last are only valid with pattern",
        ),
        (
            ("# references =", "references ="),
            "splits.test.references: file not found: test_ratings.csv",
        ),
        (("[ids]", "[ids"), f"invalid TOML at line {LINE_OF_IDS}, column "),
    ],
)
def test_one_error(change, problem, check):
    """Each kind of error is reported in the words of a challenge file."""
    problems = check(change)
    assert len(problems) == 1
    assert problems[0].startswith(problem)
    assert "String should" not in problems[0]


def test_an_empty_file(tmp_path):
    """For an empty file, every required key is reported."""
    (tmp_path / "challenge.toml").write_text("")
    problems = challenge_problems(tmp_path)
    needed = [name for name, field in Challenge.model_fields.items() if field.is_required()]
    assert problems == tuple(f"{name}: required key is missing" for name in needed)


def test_files_beside_a_challenge_file(check, tmp_path):
    """A duplicate id is reported with its line, a group pattern with an id that does not match."""
    (tmp_path / "ids.txt").write_text("sysA-1\n\nsysA-2\nsysA-1\n")
    (tmp_path / "more.txt").write_text("sysA-1\nother\n")
    problems = check(
        (
            'pattern = "{:05d}.wav"\nfirst = 1\nlast = 100',
            'list = "ids.txt"\n[splits.more]\nlist = "more.txt"',
        ),
        ("[ranking]", "[group]\nname = \"system\"\npattern = '^(sys[^-]+)-'\n[ranking]"),
        ('ending = ".wav"', 'ending = ""'),
    )
    assert problems == [
        "splits.test.list: ids.txt:4: duplicate id, see line 1",
        "group.pattern: no match in 1 of 2 ids of split 'more', such as 'other'",
    ]


def test_a_missing_list_of_ids(check):
    """A list of ids that does not exist is reported with its name, like other missing files."""
    problems = check(('pattern = "{:05d}.wav"\nfirst = 1\nlast = 100', 'list = "no.txt"'))
    assert problems == ["splits.test.list: file not found: no.txt"]


def test_splits(small):
    """A split is chosen by name; for an unknown name the closest split is suggested."""
    other = xe.load_challenge(small, "validation")
    assert (other.split, other.manifest.ids) == ("validation", ("201.wav", "202.wav", "203.wav"))
    assert small.split == "test"
    with pytest.raises(
        xe.ChallengeError, match="unknown split 'validaton'; did you mean validation"
    ):
        xe.load_challenge(small, "validaton")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("xacle2025", "did you mean xacle2026"),
        ("voice", "bundled challenges: xacle2026"),
        (DATA / "invalid" / "chalenge.toml", r"did you mean .*challenge\.toml"),
        (DATA / "nowhere" / "challenge.toml", "file not found"),
        (DATA / "invalid" / "tables", "no challenge.toml in this folder"),
    ],
)
def test_unknown_challenges(name, hint):
    """An unknown name or path ends with exit code 2 and suggests the closest one."""
    with pytest.raises(xe.ChallengeError, match=hint) as error:
        xe.load_challenge(name)
    assert error.value.exit_code == 2


def test_the_hash_covers_the_file_and_its_lists(tmp_path):
    """The hash in signatures depends only on the challenge file and its lists of ids."""
    folder = tmp_path / "relate"
    shutil.copytree(DATA / "challenges" / "relate", folder)
    first = xe.load_challenge(folder).sha256
    assert first == xe.load_challenge(DATA / "challenges" / "relate").sha256
    (folder / "ratings.csv").write_text("changed")
    assert xe.load_challenge(folder).sha256 == first
    (folder / "manifest.txt").write_text("/a/1.wav\n")
    second = xe.load_challenge(folder).sha256
    (folder / "challenge.toml").write_bytes((folder / "challenge.toml").read_bytes() + b"\n")
    assert len({first, second, xe.load_challenge(folder).sha256}) == 3


def test_unknown_keys_and_changes_are_refused(small):
    """A challenge accepts no unknown key and is immutable."""
    with pytest.raises(ValidationError):
        Challenge.model_validate({**small.model_dump(exclude_unset=True), "order": ["MSE"]})
    with pytest.raises(ValidationError):
        small.name = "other"
    assert Challenge.model_config["extra"] == "forbid"


@pytest.mark.parametrize(
    ("label", "team"),
    [
        ("Takano_UTokyo_03", "Takano_UTokyo"),
        ("Takano_UTokyo", "Takano_UTokyo"),
        ("A_1_2", "A_1"),
        ("_3", "_3"),
        ("", ""),
    ],
)
def test_the_team_of_a_label(label, team, small):
    """The team is the label without a final number, or the whole label."""
    assert small.submissions.team_of(label) == team


def test_a_team_group_that_does_not_match():
    """If the pattern matches without its team group, the whole label is the team."""
    rules = Challenge.model_fields["submissions"].annotation(
        label_pattern="^(?:(?P<team>T[0-9]+)_)?.*$"
    )
    assert [rules.team_of("T01_a"), rules.team_of("solo")] == ["T01", "solo"]


def test_a_copy_of_a_column_has_its_own_names():
    """A copy with another name does not match the names that were computed for the first one."""
    first = Column(column="score")
    assert first.matches("Score")
    other = first.model_copy(update={"column": "rating"})
    assert (other.matches("rating"), other.matches("score")) == (True, False)

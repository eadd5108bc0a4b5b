"""The table ``[publish]`` of a challenge file: values, errors, inheritance and the hash."""

import tomllib

import pytest

import xacle_eval as xe
from xacle_eval.challenge.loading import challenge_problems, template
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.challenge.unpublished import without_publishing

TARGETS = """
[targets.quality]
[targets.match]
scores = { minimum = 1, maximum = 5 }
metrics = ["CCC", "RMSE"]
ranking = { order = ["CCC"], decimals = 2 }
"""


def with_publish(lines, more=""):
    """Return the template with a table [publish] at its end, and further tables."""
    return f"{template()}{more}\n[publish]\n{lines}\n"


@pytest.fixture
def problems_of(tmp_path):
    """A function that returns the problems of a challenge file."""

    def problems(text):
        (tmp_path / "challenge.toml").write_text(text, encoding="utf-8")
        return list(challenge_problems(tmp_path / "challenge.toml"))

    return problems


def of_targets(text):
    """Return a challenge file with two targets, without the columns that they replace."""
    for table in ("predictions", "references", "ratings"):
        head, rest = text.split(f"[{table}]", 1)
        text = head + "[" + rest.split("\n[", 1)[1]
    listener = '\n[ratings]\nlistener = { column = "listener_id" }\n'
    return text + listener


def test_nothing_of_a_single_pair_is_published_by_default():
    """Without the table, all switches are off and a cell needs five pairs."""
    assert xe.load_challenge().publish == Publishing()
    assert Publishing().model_dump() == {
        "decimals": None,
        "metrics": None,
        "predictions": False,
        "references": False,
        "texts": False,
        "ratings": False,
        "min_pairs": 5,
        "phase": {},
    }


def test_the_template_shows_the_defaults(problems_of, tmp_path):
    """The commented keys of the template are valid and are those of a challenge without them."""
    lines = template().splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("# [publish]"))
    end = next(n for n, line in enumerate(lines[start:], start) if not line.strip())
    table = "\n".join(line.removeprefix("# ") for line in lines[start:end])
    shown = tomllib.loads(table)["publish"]
    assert problems_of(f"{template()}\n{table}\n") == []
    bare = Publishing()
    loaded = xe.load_challenge(tmp_path / "challenge.toml")
    assert loaded.publish.decimals_for(99) == loaded.ranking.decimals == shown["decimals"]
    metrics = loaded.publish.shown_of(loaded.shown_metrics)
    assert metrics == bare.shown_of(loaded.shown_metrics) == tuple(shown["metrics"])
    same = {"decimals": None, "metrics": None}
    assert loaded.publish.model_copy(update=same) == bare


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("decimals = 4", "publish: decimals: expected 3 or less, the decimals of the ranking, "
                         "got 4; more digits reveal the references"),
        ("decimals = -1", "publish.decimals: expected 0 or more, got -1"),
        ("metrics = []", "publish.metrics: expected at least one entry, got []"),
        ('metrics = ["SRCC", "LCD"]', "publish: metrics: 'LCD' is not among the metrics of the "
                                      "challenge; did you mean LCC?"),
        ('metrics = ["SRCC", "CCC"]', "publish: metrics: 'CCC' is not among the metrics of the "
                                      "challenge; did you mean LCC?"),
        ('metrics = ["SRCC", "LCC", "SRCC"]', "publish: metrics: duplicate metric SRCC; "
                                              "name each metric once"),
        ('metrics = ["LCC"]', "publish: metrics: SRCC is missing, which decides the ranks first; "
                              "add it"),
        ("min_pairs = 1", "publish.min_pairs: expected 2 or more, got 1"),
        ('texts = "some"', "publish.texts: expected true or false, got 'some'"),
        ("text = true", "publish.text: unknown key; did you mean texts?"),
    ],
)  # fmt: skip
def test_errors(problems_of, line, problem):
    """A wrong value is reported with its key and what was expected."""
    assert problems_of(with_publish(line)) == [problem]


def test_every_target_is_checked(problems_of):
    """The metrics of all targets are accepted; the first of each target's order is needed."""
    text = of_targets(with_publish('metrics = ["SRCC", "CCC"]\ndecimals = 2', TARGETS))
    assert problems_of(text) == []
    assert problems_of(text.replace('"SRCC", "CCC"', '"SRCC"')) == [
        "publish: metrics: CCC is missing, which decides the ranks first; add it"
    ]
    assert problems_of(text.replace("decimals = 2\n", "decimals = 3\n")) == [
        "publish: decimals: expected 2 or less, the decimals of the ranking of the target match, "
        "got 3; more digits reveal the references"
    ]


def test_a_target_publishes_its_own_metrics(problems_of, tmp_path):
    """For one target, the published metrics are those that it has, in the order of the table."""
    assert problems_of(of_targets(with_publish('metrics = ["CCC", "SRCC"]', TARGETS))) == []
    each = xe.load_challenge(tmp_path / "challenge.toml").each_target()
    shown = {name: one.publish.shown_of(one.shown_metrics) for name, one in each.items()}
    assert shown == {"quality": ("SRCC",), "match": ("CCC",)}


def test_the_keys_are_inherited_one_by_one(tmp_path):
    """A file that extends another one can change or remove single keys of the table."""
    (tmp_path / "base.toml").write_text(
        with_publish('decimals = 2\nmetrics = ["SRCC"]\ntexts = true'), encoding="utf-8"
    )
    child = tmp_path / "child.toml"
    child.write_text(
        'extends = "base.toml"\nremove = ["publish.metrics"]\npublish.texts = false\n',
        encoding="utf-8",
    )
    assert xe.load_challenge(child).publish == Publishing(decimals=2)


@pytest.mark.parametrize(
    "table",
    [
        "\n[publish]\ndecimals = 2\n",
        "\n\n[ publish ] # shown\n\n# metrics\ndecimals = 2\nmetrics = [\n  'SRCC',\n]\n\n",
    ],
    ids=["plain", "with comments"],
)
def test_the_table_does_not_change_the_signature(tmp_path, table):
    """A file has the same hash with the table at its end, between others, and without it."""
    file = tmp_path / "challenge.toml"
    found = []
    for text in (
        template(),
        template() + table,
        template().replace("[scores] ", table.lstrip() + "[scores] "),
    ):
        file.write_text(text, encoding="utf-8")
        found.append(xe.load_challenge(file).sha256)
    assert len(set(found)) == 1


def test_a_key_above_all_tables_does_not_change_the_signature():
    """The table can be written as keys on top, and what follows it stays in the hash."""
    rest = b'name = "x"\n[limits]\nmax_ratio = 2\n'
    assert without_publishing(b"publish.decimals = 2\n" + rest) == rest
    assert without_publishing(b"publish = { decimals = 2 }\n" + rest) == rest
    after = b'name = "x"\n\n[publish]\n# own\ndecimals = 2\n\n# a comment\n[limits]\n'
    assert without_publishing(after) == b'name = "x"\n\n# a comment\n[limits]\n'


def test_other_tables_are_never_left_out_of_the_hash():
    """A table that looks like it, in a text, stays; an unusual notation changes the hash."""
    looks = b'title = """\n[publish]\nx = 1\n"""\n'
    assert without_publishing(looks) == looks
    both = looks + b"[publish]\ndecimals = 1\n"
    assert without_publishing(both) == both
    quoted = b'["publish"]\ndecimals = 1\n'
    assert without_publishing(quoted) == quoted

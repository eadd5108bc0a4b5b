"""extends: a challenge file inherits the keys of another one, and overrides or removes some."""

import json
import re
import shutil
import tomllib

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import DATA, REPOSITORY
from xacle_eval.challenge.inheritance import MOST_FILES, resolve
from xacle_eval.challenge.loading import bundled_challenges, challenge_problems
from xacle_eval.challenge.writing import toml_text

SAMPLE = REPOSITORY / "sample_submissions/Minimal_Reference_01.csv"
BUNDLED = REPOSITORY / "xacle_eval/challenge/bundled"


@pytest.fixture
def folder(tmp_path):
    """A folder with base.toml, the small challenge with a list of ids, and its references."""
    text = (DATA / "invalid/challenge.toml").read_text(encoding="utf-8")
    pattern = 'pattern = "{:03d}.wav"\nfirst = 101\nlast = 106\n'
    assert pattern in text
    text = text.replace(pattern, 'list = "ids.txt"\ndemo = "demo.csv"\n')
    write(tmp_path, "base.toml", text)
    write(tmp_path, "ids.txt", "".join(f"{number}.wav\n" for number in range(101, 107)))
    shutil.copy(DATA / "invalid/references.csv", tmp_path / "demo.csv")
    return tmp_path


def write(folder, name, text):
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def documented(place):
    """Return a challenge file that the page of the challenge file shows."""
    page = (REPOSITORY / "docs/challenge-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    return [block for block in blocks if "extends" in block][place]


def problem(file):
    """Return the only problem of a challenge file."""
    (found,) = challenge_problems(file)
    return found


def test_two_lines_are_a_challenge_with_own_labels(tmp_path):
    """The XACLE challenge with other labels is the two lines that the organiser's guide shows, and
    scores as with --references.
    """
    text = documented(0)
    assert len(text.splitlines()) == 2
    file = write(tmp_path, "mine.toml", text)
    ids = xe.load_challenge("xacle2026").manifest.ids
    rows = [f"{each},{place * 7 % 41 / 4}" for place, each in enumerate(ids)]
    labels = write(tmp_path, "my_labels.csv", "\n".join(["wav_file_name,average_score", *rows]))
    mine = xacle_eval("score", SAMPLE, "--challenge", file, "--format", "json")
    assert (mine.code, mine.err) == (0, "")
    given = xacle_eval("score", SAMPLE, "--references", labels, "--format", "json")
    mine, given = json.loads(mine.out), json.loads(given.out)
    assert mine["metrics"] == given["metrics"]
    assert mine["references"]["kind"] == "averages"
    assert mine["signature"].split("|")[1:] == given["signature"].split("|")[1:]
    loaded = xe.load_challenge(file)
    assert loaded.splits["test"].demo is None
    assert loaded.splits["validation"] == xe.load_challenge("xacle2026").splits["validation"]


def test_the_example_with_removed_keys(tmp_path):
    """The second example of the organiser's guide has no errors, and does what the page says."""
    file = write(tmp_path, "mine.toml", documented(1))
    assert challenge_problems(file) == ()
    loaded = xe.load_challenge(file)
    assert list(loaded.splits) == ["test", "validation"]
    assert (loaded.title, loaded.splits["test"].demo) == ("My Challenge 2027", None)
    assert (loaded.scores.minimum, loaded.submissions.systems_per_team) == (1, None)


@pytest.mark.parametrize("name", bundled_challenges())
def test_what_show_prints_of_a_bundled_challenge_is_a_challenge_file(name, tmp_path):
    """`challenge show NAME > x.toml` passes `challenge check` in an empty folder, and gives the
    same demo ratings, pairs and numbers.
    """
    shown = xacle_eval("challenge", "show", name)
    write(tmp_path, "x.toml", shown.out)
    checked = xacle_eval("challenge", "check", "x.toml", cwd=tmp_path)
    assert (checked.code, checked.out) == (0, "x.toml: no errors\n")
    here, there = xe.load_challenge(tmp_path / "x.toml"), xe.load_challenge(name)
    for split in there.splits:
        assert here.manifest_of(split).ids == there.manifest_of(split).ids
    assert here.model_copy(update={"splits": there.splits}).model_dump() == there.model_dump()
    arguments = ("score", SAMPLE, "--format", "json", "--quiet", "--challenge")
    copy = json.loads(xacle_eval(*arguments, tmp_path / "x.toml").out)
    original = json.loads(xacle_eval(*arguments, name).out)
    assert copy["metrics"] == original["metrics"]
    assert copy["references"] == original["references"]


def test_tables_are_merged_and_other_values_are_replaced(folder):
    """A table keeps its other keys; a list is replaced as a whole; file names stay those of the
    folder of the file that names them.
    """
    sub = folder / "sub"
    shutil.copytree(folder, sub, dirs_exist_ok=False, ignore=shutil.ignore_patterns("sub"))
    child = write(
        folder, "child.toml",
        'extends = "sub/base.toml"\ntitle = "Child"\n[ids]\naliases = ["id"]\n'
        '[splits.more]\nlist = "more.txt"\n[ranking]\ndecimals = 2\n',
    )  # fmt: skip
    write(folder, "more.txt", "a.wav\n")
    (folder / "ids.txt").unlink()
    base, loaded = xe.load_challenge(sub / "base.toml"), xe.load_challenge(child)
    assert (loaded.name, loaded.title) == (base.name, "Child")
    assert (loaded.ids.column, loaded.ids.aliases) == ("wav_file_name", ("id",))
    assert (loaded.ids.ending, base.ids.aliases) == (".wav", ("filename",))
    assert (loaded.ranking.decimals, loaded.ranking.order) == (2, base.ranking.order)
    assert loaded.splits["test"].list == "sub/ids.txt"
    assert loaded.manifest.ids == base.manifest.ids
    assert loaded.manifest_of("more").ids == ("a.wav",)
    assert challenge_problems(child) == ()


def test_a_chain_of_files(folder):
    """The nearest file decides; the hash covers every file and every list of the chain."""
    write(folder, "middle.toml", 'extends = "base.toml"\ntitle = "Middle"\nranking.decimals = 4\n')
    child = write(folder, "child.toml", 'extends = "middle.toml"\ntitle = "Child"\n')
    loaded = xe.load_challenge(child)
    assert (loaded.title, loaded.ranking.decimals, len(loaded.manifest)) == ("Child", 4, 6)
    hashes = {loaded.sha256}
    for name in ("child.toml", "middle.toml", "base.toml", "ids.txt"):
        with (folder / name).open("a") as file:
            file.write("# more\n")
        hashes.add(xe.load_challenge(child).sha256)
    assert len(hashes) == 5


def test_the_hash_of_a_file_that_extends_nothing_is_as_before():
    """The hash of the bundled challenge is that of its files; it is part of every signature."""
    assert xe.load_challenge("xacle2026").sha256.startswith("328bb052")


@pytest.mark.parametrize(
    ("own", "demo"),
    [
        ('title = "x"', True),
        ("splits.test.references = 'demo.csv'", False),
        ("splits.test.list = 'ids.txt'", False),
        ("splits.validation.last = 202", True),
        ("scores = { minimum = 1, maximum = 5 }", False),
        ("ratings.column = 'rating'", False),
        ("splits.test.references = 'demo.csv'\nsplits.test.demo = 'demo.csv'", True),
    ],
)
def test_demo_ratings_do_not_survive_other_references(folder, own, demo):
    """Inherited demo ratings are left out if the file has own references, ids, scale or columns
    of ratings; those that it names itself stay.
    """
    child = write(folder, "child.toml", f'extends = "base.toml"\n{own}\n')
    assert (xe.load_challenge(child).splits["test"].demo is not None) is demo


def test_a_pattern_takes_the_place_of_a_list_and_a_list_that_of_a_pattern(folder):
    """A split has one source of ids, so the other kind is not inherited."""
    child = write(
        folder, "child.toml",
        'extends = "base.toml"\nsplits.test = { pattern = "{}.wav", first = 1, last = 2 }\n'
        'splits.validation.list = "ids.txt"\nsplits.long.last = 302\n',
    )  # fmt: skip
    loaded = xe.load_challenge(child)
    assert loaded.manifest.ids == ("1.wav", "2.wav")
    assert len(loaded.manifest_of("validation")) == 6
    assert loaded.manifest_of("long").ids == ("301.wav", "302.wav")


def test_targets_take_the_place_of_the_columns_of_a_single_one(tmp_path):
    """A file with targets does not inherit the columns of one rating, but that of the listener."""
    file = write(tmp_path, "two.toml", 'extends = "xacle2026"\n[targets.a]\n[targets.b]\n')
    table = resolve(file, lambda path: path.read_bytes()).table
    assert not table.keys() & {"predictions", "references"}
    assert set(table["ratings"]) == {"listener"}
    assert list(table["targets"]) == ["a", "b"]


def test_keys_are_removed(folder):
    """`remove` leaves out inherited keys, also with dots in quotation marks, and nothing else."""
    write(folder, "middle.toml", 'extends = "base.toml"\n[splits."a.b"]\nlist = "ids.txt"\n')
    child = write(
        folder, "child.toml",
        'extends = "middle.toml"\nremove = ["submissions.systems_per_team", "splits.\'a.b\'", '
        '"splits.long", "splits.test.demo"]\n',
    )  # fmt: skip
    loaded = xe.load_challenge(child)
    assert loaded.submissions.systems_per_team is None
    assert list(loaded.splits) == ["test", "validation"]
    assert loaded.splits["test"].demo is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('extends = "xacle2062"', "extends: unknown challenge 'xacle2062'; did you mean xacle2026"),
        ("extends = 3", "extends: expected a bundled challenge (xacle2026) or a file"),
        ('extends = "../base.toml"', "extends: expected the name of a file in the folder"),
        ('extends = "/etc/base.toml"', "extends: expected the name of a file in the folder"),
        ('extends = "missing.toml"', "extends: file not found: missing.toml"),
        ('extends = "demo.csv"', "extends: unknown challenge 'demo.csv'; expected a bundled"),
        ('extends = "bad.toml"', "extends: bad.toml: invalid TOML at line 1"),
        ('extends = "child.toml"', "extends: the files extend each other in a circle: child.toml "
         "extends child.toml"),
        ('extends = "a.toml"', "extends in b.toml: the files extend each other in a circle: "
         "a.toml extends b.toml extends a.toml"),
        ('extends = "1.toml"', f"extends in 4.toml: a chain has at most {MOST_FILES} files"),
        ('extends = "base.toml"\nremove = "title"', "remove: expected a list such as"),
        ('extends = "base.toml"\nremove = ["titel"]', "remove: 'titel' is not inherited; did you"),
        ('extends = "base.toml"\nremove = ["title.x"]', "remove: 'title.x' is not inherited"),
        ('extends = "base.toml"\nremove = ["a = 1"]', "remove: 'a = 1' is not a key"),
        ('extends = "base.toml"\nremove = ["# a"]', "remove: '# a' is not a key"),
        (f'extends = "base.toml"\nremove = ["{"a." * 200_000}a"]', "remove: 'a.a.a"),
        ('remove = ["title"]', "remove: only a file with the key extends can remove keys"),
        ('extends = "c.toml"', "remove in c.toml: 'nothing' is not inherited"),
        ('extend = "base.toml"', "extend: unknown key; did you mean extends?"),
        ('extends = "odd.toml"', "scores.minimum: expected a number, got 'low' (inherited from "
         "odd.toml)"),
        ('extends = "odd.toml"\nscores.minimum = "x"', "scores.minimum: expected a number, got "),
        ('extends = "base.toml"\nremove = ["title"]', "title: required key is missing"),
        ('extends = "odd.toml"\nscores.minimum = 20',
         "scores: minimum (20) must be less than maximum (10)"),
    ],
)  # fmt: skip
def test_errors_name_the_file_and_the_key(folder, text, expected):
    """Each error starts with the key and names the file that has it, if it is not the first."""
    write(folder, "bad.toml", "secret label = 5\n")
    write(folder, "a.toml", 'extends = "b.toml"\n')
    write(folder, "b.toml", 'extends = "a.toml"\n')
    write(folder, "c.toml", 'extends = "base.toml"\nremove = ["nothing"]\n')
    for number in range(1, MOST_FILES + 1):
        write(folder, f"{number}.toml", f'extends = "{number + 1}.toml"\n')
    write(folder, "odd.toml", 'extends = "base.toml"\nscores.minimum = "low"\n')
    child = write(folder, "child.toml", text)
    problems = challenge_problems(child)
    assert any(each.startswith(expected) for each in problems), problems
    assert "secret" not in "".join(problems)
    if "inherited from" not in expected:
        assert "inherited from" not in "".join(problems)


def test_a_link_out_of_the_folder_is_not_followed(folder, tmp_path_factory):
    """A link to a file elsewhere is an error, as for all files that a challenge file names."""
    other = write(tmp_path_factory.mktemp("elsewhere"), "base.toml", 'title = "x"\n')
    (folder / "link.toml").symlink_to(other)
    child = write(folder, "child.toml", 'extends = "link.toml"\n')
    assert "link.toml: the link leads outside the folder" in problem(child)


@pytest.mark.parametrize(
    "name", ["xacle2026:../template.toml", "xacle2026:/etc/passwd", "xacle2026:", "xacle2026:.."]
)
def test_names_of_bundled_files_stay_in_their_folder(folder, name):
    """NAME:FILE cannot name a file outside the folder of the bundled challenge."""
    child = write(folder, "child.toml", f'extends = "base.toml"\nsplits.test.list = "{name}"\n')
    assert problem(child).startswith("splits.test.list: expected the name of a file in the folder")


def test_show_of_a_file_that_extends_another_writes_all_keys(folder):
    """The text has the inherited keys, so that a copy beside the named files is the same."""
    child = write(folder, "child.toml", 'extends = "base.toml"\nname = "child"\n')
    shown = xacle_eval("challenge", "show", child)
    assert "# With the keys inherited from base.toml.\n" in shown.out
    (folder / "base.toml").rename(folder / "old.toml")
    copy = write(folder, "copy.toml", shown.out)
    assert challenge_problems(copy) == ()
    write(folder, "base.toml", (folder / "old.toml").read_text(encoding="utf-8"))
    assert xe.load_challenge(copy).model_dump() == xe.load_challenge(child).model_dump()


def test_tables_are_written_as_toml():
    """Every kind of value, key and nesting is read back as it was."""
    table = {
        "text": 'quote " backslash \\ tab \t null \x00 delete \x7f newline \n ü 😀',
        "numbers": [0, -3, 2**62, 0.1, 1e100, 1e-7, -0.0],
        "truth": [True, False],
        "a key.with dots": 1,
        "empty": {},
        "list of tables": [{"a": 1, "b c": ["x"]}, {}],
        "outer": {"inner": {"x": 1, "deep": {"y": []}}, "z": "last"},
    }
    assert tomllib.loads(toml_text(table)) == table
    for file in [*BUNDLED.rglob("*.toml"), *DATA.rglob("*.toml")]:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        assert tomllib.loads(toml_text(found)) == found

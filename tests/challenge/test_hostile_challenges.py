"""Hostile challenge files end with exit code 2 and a sentence, at low cost, and show no labels."""

import os
import shutil
import time
import tomllib

import pytest

from tests.test_hostile import MEMORY, SECONDS, call, harmless, measure
from xacle_eval.challenge import expressions
from xacle_eval.challenge.loading import template
from xacle_eval.challenge.manifest import MAX_PAIRS

LABELS = "wav_file_name,average_score\n00001.wav,7.25\n00001.wav,7.25\n"
PATTERN = 'pattern = "{:05d}.wav"\nfirst = 1\nlast = 100'
REFERENCES = '# references = "test_ratings.csv"'


def change(old, new):
    """Return the template with one text replaced."""
    assert old in template()
    return template().replace(old, new, 1)


def listed(name):
    """Return the template with a list of ids."""
    return change(PATTERN, f'list = "{name}"')


def grouped(pattern, ids="{:050d}.wav"):
    """Return the template with a group and a pattern of long ids."""
    text = change("[ranking]", f"[group]\nname = 'system'\npattern = '{pattern}'\n[ranking]")
    return text.replace("{:05d}.wav", ids)


# The text of the file, and a part of the sentence.
CASES = {
    "quotes": (template() + 'x = "' + 'Kumo\\"' * 60_000 + '"\n', "x: unknown key"),
    "no-repetitions": (grouped("x{0,0}((a{99}){99}){99}"), "repetition counts"),
    "outer-list": (listed("../labels.csv"), "in the folder of the challenge file"),
    "absolute-list": (listed("/etc/passwd"), "in the folder of the challenge file"),
    "labels-as-list": (listed("labels.csv"), "labels.csv:1: the line contains a comma (3 lines)"),
    "labels-as-resources": (
        change('# approved = "approved.csv"', 'approved = "labels.csv"'),
        "labels.csv:1: column name not found",
    ),
    "references-as-list": (
        change(PATTERN, 'list = "x.csv"\nreferences = "x.csv"'),
        "the list is also a file of ratings",
    ),
    "link": (
        listed("link"),
        "the link leads outside the folder of the challenge file; replace it with a copy",
    ),
    "linked-folder": (listed("up/labels.csv"), "the link leads outside the folder"),
    "outer-references": (
        change(REFERENCES, 'references = "../labels.csv"'),
        "; for references elsewhere, remove this key and pass --references FILE",
    ),
    "linked-references": (change(REFERENCES, 'references = "link"'), "the link leads outside"),
    "outer-resources": (
        change('# approved = "approved.csv"', 'approved = "../labels.csv"'),
        "in the folder of the challenge file",
    ),
    "nul": (listed(r"a\u0000b"), r"expected visible characters only, got 'a\x00b'"),
    "long-name": (listed("a" * 900), "cannot be read (File name too long)"),
    "longer-name": (listed("a" * 9_000), "at most 1,000 characters, got 9,000"),
    "device": (listed("zero"), "the link leads outside the folder"),
    "pipe": (listed("fifo"), "fifo cannot be read (it is a pipe"),
    "folder": (listed("folder"), "folder cannot be read (Is a directory)"),
    "references-pipe": (change(REFERENCES, 'references = "fifo"'), "it is a pipe"),
    "demo-pipe": (change(REFERENCES, 'demo = "fifo"'), "it is a pipe"),
    "resources-pipe": (change('# approved = "approved.csv"', 'approved = "fifo"'), "it is a pipe"),
    "wide": (change("{:05d}", "{:01000000d}"), "exactly one number"),
    "float": (change("{:05d}", "{:f}"), "exactly one number"),
    "character": (change("{:05d}", "{:c}"), "exactly one number"),
    "many-pairs": (change("last = 100", "last = 100_000_000"), "at most 200,000 pairs"),
    "many-in-all": (
        template() + "\n[splits.a]\npattern = '{}'\nfirst = 1\nlast = 199_901\n",
        "at most 200,000 pairs in all splits, got 200,001",
    ),
    "many-splits": (
        template() + "".join(f"[splits.s{n}]\nlist = 'ids.txt'\n" for n in range(100)),
        "splits: expected at most 100 entries",
    ),
    "many-lines": (
        template() + "".join(f"[splits.s{n}]\nlist = 'ids.txt'\n" for n in range(99)),
        "the lists have more than 200,000 lines in total",
    ),
    "catastrophic": (grouped("(?:0|0)*b|(a)"), "takes too long to match; simplify the pattern"),
    "copies": (grouped("((a{999}){999})"), "product of at most 1,000"),
    "brackets": ("a = " + "[" * 200_000, "nested more than 20 levels"),
    "inline": ("a = " + "{a=" * 100_000, "nested more than 20 levels"),
    "dots": ("a" + ".a" * 200_000 + " = 1", "line 1 has a key of more than 20 parts"),
    "headers": (
        "\n".join(f"[a{n}{'.a' * 900}]" for n in range(200)),
        "line 1 has a key of more than 20 parts",
    ),
    "digits": ("a = " + "9" * 400_000, "outside the 64-bit range"),
    "tables": ("[[a]]\n" * 80_000, "more than 20,000 values"),
    "keys": (template() + "".join(f"k{n} = 1\n" for n in range(5_000)), "4,950 more errors"),
    "bytes": (template() + "#" * 10_000_000, "it has more than 500,000 bytes"),
    "not-utf8": (template().encode() + b"\xe9", "is not UTF-8 text"),
    "twice": (template() + "max_ratio = 1\n", "invalid TOML at line"),
    "key": (template() + r'"a\r::error::x\u001b[2J\u202e" = 1', r"a\r::error::x\x1b[2J\u202e: unk"),
    "title": (change("My Challenge 2027", r"a\u001b[2J"), r"title: expected visible characters"),
    "infinite": (change("maximum = 10", "maximum = inf"), "expected a finite number"),
    "large": (change("maximum = 10", "maximum = 1e308"), "expected 1,000,000,000 or less"),
    "undefined": (change("undefined = 0.0", "undefined = -1e300"), "a number up to"),
    "limit": (change("= 10_000_000", "= 10_000_000_000"), "expected 1,000,000,000 or less"),
}
COSTLY = ("catastrophic", "headers", "bytes", "many-lines", "keys", "digits")


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a challenge file into a folder with other files."""

    def make(text):
        folder = tmp_path / "challenge"
        folder.mkdir()
        for place in (tmp_path, folder):
            (place / "labels.csv").write_text(LABELS)
        (folder / "link").symlink_to("../labels.csv")
        (folder / "up").symlink_to("..")
        (folder / "zero").symlink_to("/dev/zero")
        (folder / "folder").mkdir()
        os.mkfifo(folder / "fifo")
        (folder / "ids.txt").write_text("".join(f"{number}.wav\n" for number in range(3_000)))
        data = text if isinstance(text, bytes) else text.encode()
        (folder / "challenge.toml").write_bytes(data)
        return folder / "challenge.toml"

    return make


def right(code, text, problem):
    """Assert that a challenge file is refused with a sentence, without labels."""
    assert code == 2
    assert problem in text
    assert "7.25" not in text
    assert harmless(text)
    assert len(text) < 100_000


@pytest.mark.parametrize("name", CASES)
def test_each_is_refused(name, write, monkeypatch):
    """Each file is refused with a sentence that shows neither labels nor control characters."""
    monkeypatch.setattr(expressions, "_SECONDS", 0.1)
    text, problem = CASES[name]
    start = time.process_time()
    code, out, err = call("challenge", "check", write(text))
    assert time.process_time() - start < SECONDS
    right(code, out + err, problem)


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs the resources of a process")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "catastrophic" else pytest.mark.long)
        for name in CASES
        if name in COSTLY
    ],
)
def test_what_it_costs(name, write, tmp_path):
    """The most expensive files need less than two CPU seconds and 300 MB."""
    text, problem = CASES[name]
    arguments = ("challenge", "check", write(text))
    code, out, err, memory, seconds = measure(arguments, tmp_path, tmp_path / "told")
    right(code, out + err, problem)
    assert memory < MEMORY
    assert seconds < SECONDS


@pytest.mark.parametrize("name", ["fifo", "zero", "folder/challenge.toml", "a" * 300])
def test_special_files_as_challenge(name, write):
    """A challenge file that is a pipe, a device, a folder or has a long name is refused at once."""
    folder = write("").parent
    (folder / "folder" / "challenge.toml").mkdir()
    for path in (folder / name, (folder / name).parent):
        code, out, err = call("challenge", "check", path)
        assert (code, harmless(out + err)) == (2, True)


@pytest.mark.parametrize("command", ["validate", "score", "leaderboard"])
def test_a_label_that_takes_too_long(command, write, tmp_path, monkeypatch):
    """A label on which the pattern of a challenge file takes too long ends with a sentence."""
    monkeypatch.setattr(expressions, "_SECONDS", 0.1)
    challenge = write(change(r"^(?P<team>.+)_\d+$", "(?:a|a)*(?P<team>b)|c(?P<other>d)"))
    file = tmp_path / f"{'a' * 60}.csv"
    rows = (f"{number:05d}.wav,{number % 7}\n" for number in range(1, 101))
    file.write_text("wav_file_name,prediction\n" + "".join(rows))
    (tmp_path / "averages.csv").write_text(
        "wav_file_name,average_score\n"
        + "".join(f"{number:05d}.wav,{number % 9}\n" for number in range(1, 101))
    )
    references = () if command == "validate" else ("--references", tmp_path / "averages.csv")
    code, out, err = call(command, file, "--challenge", challenge, *references)
    assert (code, out) == (2, "")
    assert "submissions.label_pattern: 'aaaa" in err
    assert "takes too long to match" in err


def test_a_challenge_at_its_limits(write, tmp_path):
    """A challenge file with the maximum number of pairs is checked within the bounds."""
    path = write(change("last = 100", f"last = {MAX_PAIRS}"))
    told = tmp_path / "told"
    code, _, err, memory, seconds = measure(("challenge", "check", path), tmp_path, told)
    assert (code, err) == (0, "")
    assert memory < MEMORY
    assert seconds < SECONDS


def nested(levels):
    """Return the template with a number of levels; its last table is the second level."""
    return template() + "x = " + "[" * (levels - 2) + "]" * (levels - 2)


def values(number):
    """Return the template with a list, so that it has a number of values."""
    stack, found = [tomllib.loads(template())], 1
    while stack:
        value = stack.pop()
        found += 1
        inner = value.values() if isinstance(value, dict) else value
        stack.extend(inner if isinstance(value, dict | list) else ())
    return template() + "x = [" + "1," * (number - found) + "]"


# The text with a number, the limit, and a part of the sentence of one more.
LIMITS = {
    "bytes": (lambda n: template().encode().ljust(n), 500_000, "it has more than 500,000 bytes"),
    "values": (values, 20_000, "the file has more than 20,000 values"),
    "levels": (nested, 20, "nested more than 20 levels"),
    "parts": (lambda n: template() + "x" + ".x" * (n - 1) + " = 1", 20, "more than 20 parts"),
    "splits": (
        lambda n: template() + "".join(f"[splits.s{k}]\nlist = 'few'\n" for k in range(n - 1)),
        100,
        "splits: expected at most 100 entries",
    ),
    "pairs": (
        lambda n: change("last = 100", f"last = {n}"),
        200_000,
        "expected at most 200,000 pairs",
    ),
    "lines": (
        lambda n: template() + f"[splits.a]\nlist = 'many'\n[splits.b]\nlist = 'rest{n}'\n",
        200_000,
        "the lists have more than 200,000 lines in total",
    ),
    "pattern": (lambda n: grouped("0" * (n - 2) + "()", "{:0300d}"), 300, "at most 300 characters"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_challenge_file_at_each_limit(name, write):
    """The sentence about a limit appears for one more than the limit, and not before."""
    make, most, problem = LIMITS[name]
    for number in (most, most + 1):
        path = write(make(number))
        (path.parent / "few").write_text("a\n")
        (path.parent / "many").write_text("a\n" * 199_990)
        (path.parent / f"rest{number}").write_text("b\n" * (number - 199_990))
        code, out, err = call("challenge", "check", path)
        assert (problem in out + err) == (number > most), out + err
        assert code == 2 or number == most
        shutil.rmtree(path.parent)


def test_show_escapes_the_file(write):
    """`challenge show` writes bidirectional characters of comments as escapes."""
    code, out, _ = call("challenge", "show", write(template() + "# \u202e\tx\n"))
    assert code == 0
    assert out.endswith("# \\u202e\tx\n")
    assert harmless(out.replace("\t", " "))

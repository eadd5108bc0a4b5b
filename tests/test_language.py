"""The texts of the project use the words of its field: each unwanted word has a replacement.

If a test fails, rewrite the sentence in plain English; do not only exchange the word.
"""

from functools import cache

import pytest
from click.testing import CliRunner

from tests.contract import walk_commands
from tests.helpers import REPOSITORY
from tests.language import Text, find_words, python_texts, texts_of
from xacle_eval.cli.main import main
from xacle_eval.submissions.rules import RULES, rules_markdown

# A blank in a pattern matches any white space, such as a line break.
WORDS = {
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\banew\b": "again, from scratch",
    r"\bat fault\b": "invalid, has errors",
    r"\bheld against\b": "checked against, compared with",
    r"\bholds? \w+ against\b": "checks against, compares with",
    r"\bin silence\b": "silently",
    r"\bpass(ed|es|ing)? over\b": "ignored, skipped",
    r"\bcouples?\b": "pair of systems",
    r"whole or not at all": "atomically",
    r"all of (it|them) or (nothing|none)": "atomically",
    r"for want of": "the reason in parentheses: (constant predictions)",
    r"could be shown": "detectable",
    r"can bear": "uncertainty",
    r"\bsuitcase": "package",
    r"\brooms?\b(?! (for|to)\b)": "package, module, layer",
    r"\bdesks?\b": "module, layer",
    r"house rules": "conventions",
    r"\bthe house\b": "the project",
    r"\bheed": "follow, use",
    r"\bfarewell": "exit",
    r"\bdearest": "most expensive, slowest",
    r"challenge brings": "the challenge's bundled references",
    r"\btold apart\b": "distinguished by, detected from",
    r"\bforeign text": "untrusted text",
    r"\bat hand\b": "available",
    r"\boutright\b": "leave it out",
    r"\blest\b": "so that … not",
    r"\bhitherto\b": "until now",
    r"\bthereby\b": "a new sentence",
    r"\bwherefore\b": "therefore",
    r"\bnought\b": "zero, nothing",
    r"\b(whence|thereof|therein|herein|forthwith|albeit|whilst|amongst|thrice)\b": "plain words",
    r"stands? (more than once|twice)": "duplicate",
    r"is no (name|package|file|number|method)\b": "is not a …, … not found",
    r"\bof ours\b": "of this project",
    r"\bwont\b": "usual",
    r"\bneed not\b": "does not need to",
    r"\bmight as well\b": "can",
    r"\bso spelled\b": "spelled this way",
    r"\bfor ever\b": "permanent",
    r"\bonce it takes long\b": "if it takes longer than a second",
    r"\bslips? of\b": "typo, mistake",
    r"\b(is|are|was|were) (only )?said\b": "is reported",
    r"\bends? in (0|1|2|3|130)\b": "exits with",
    r"\b(a|the) faults? of (this|the) program\b": "internal error, bug",
    r"\bsay whether\b": "Return whether, check whether",
    r"\bgo(es)? on (with|where|from)\b": "continue",
    r"\b(anything|everything|nothing|none|nobody) but\b": "except, only",
    r"\b(can|could|to) be had\b": "is available",
    r"\bno \w+ at all\b": "no …",
    r"\b(\d+|N|one|two|three|four|an?) (\w+ )?"
    r"(ids?|rows?|listeners|ratings?|systems?|files?|lines?) an? "
    r"(pair|row|team|line|file|system|listener|command)\b": "per",
}

FOLDERS = ("xacle_eval", "reference", "action", "benchmarks", "tests")
PROSE = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "reference/README.md",
    "xacle_eval/challenge/bundled/template.toml",
)


@cache
def files():
    """Return the path of each file with texts, except the one with the list of words."""
    python = [file for folder in FOLDERS for file in (REPOSITORY / folder).rglob("*.py")]
    pages = (REPOSITORY / "docs").rglob("*.md")
    docs = [page for page in pages if "_build" not in page.parts]
    prose = [REPOSITORY / name for name in PROSE]
    paths = [file.relative_to(REPOSITORY).as_posix() for file in (*python, *docs, *prose)]
    return sorted(path for path in paths if path != "tests/test_language.py")


def unwanted(content, words=WORDS):
    """Return the unwanted words of a text that is not in a file."""
    lines = content.split("\n")
    return list(find_words(Text(content, 1, len(lines)), words, lines))


@pytest.mark.parametrize("path", files())
def test_files(path):
    """Docstrings, comments, literals and prose have none of the unwanted words."""
    lines = (REPOSITORY / path).read_text(encoding="utf-8").split("\n")
    found = [
        f"{path}:{problem}"
        for text in texts_of(REPOSITORY / path)
        for problem in find_words(text, WORDS, lines)
    ]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("name", [name for name, _ in walk_commands()])
def test_help(name):
    """The help of every command has none of the unwanted words."""
    done = CliRunner().invoke(main, [*name.split(), "--help"])
    assert done.exit_code == 0
    assert unwanted(done.output) == []


@pytest.mark.parametrize("code", RULES)
def test_rules(code):
    """The title, explanation and hint of every rule have none of the unwanted words."""
    rule = RULES[code]
    assert unwanted(f"{rule.title}\n{rule.about}\n{rule.hint}") == []


def test_the_page_of_the_rules():
    """The text around the rules has none of the unwanted words."""
    assert unwanted(rules_markdown()) == []


SOURCE = '''"""A module
at fault."""

x = (
    "files are passed "
    "over"
)
y = f"{x} in silence {x:>5}"
# the word is held
# against another
z = room("lest", couples=`1`)
'''.replace("`1`", "1")


def test_words_are_found_with_their_line():
    """Words are found in docstrings, comments, joined literals and f-strings, across lines."""
    lines = SOURCE.split("\n")
    found = {p for text in python_texts(SOURCE) for p in find_words(text, WORDS, lines)}
    assert found == {
        "2: 'at fault', write: invalid, has errors",
        "5: 'passed over', write: ignored, skipped",
        "8: 'in silence', write: silently",
        "9: 'held against', write: checked against, compared with",
    }


@pytest.mark.parametrize(
    "sentence",
    [
        "Layers are decoupled; the least and the latest are at the handle.",
        "The amendment recommends a mushroom for 1e3 files.",
        "The option `couples` and the rule `passed-over` keep their names.",
        "Take a file a second time; give each system a name; one row per pair.",
        "A team is compared with all teams; the program ends in an error.",
    ],
)
def test_plain_sentences(sentence):
    """Words that only contain an unwanted word are fine, and so are names in backticks."""
    assert unwanted(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Mend it anew",
        "one id a line",
        "a row a pair",
        "8 listeners a pair",
        "It ends in 1.",
        "There is no file x",
        "no pairs at all",
        "holds results against labels",
        "Say whether a name is known.",
        "The run goes on with the next file.",
    ],
)
def test_unwanted_sentences(sentence):
    """Each of these constructions is found."""
    assert unwanted(sentence)

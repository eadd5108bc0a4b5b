"""Regular expressions of challenge files: what is accepted, and their limit of time."""

import time

import pytest

import xacle_eval as xe
from xacle_eval.challenge import expressions
from xacle_eval.challenge.expressions import DEFAULT_LABEL_PATTERN, Expression, check_expression

# Each needs exponential or high polynomial time with `re`.
SLOW = [
    (r"(?:a|a)*b|c", "a" * 60),
    (r"(?:a|a)*b|c", "a" * 4096),
    (r"(?:a?){30}(?:a|aa)*!|c", "a" * 60),
    (r"(\w*\s?)*!|c", "a_1" * 1000),
    (r"(?:.*a){20}b|c", "a" * 2000),
    (r"(?=(?:a|a)+b)a|c", "a" * 60),
]


@pytest.mark.parametrize(("pattern", "text"), SLOW)
def test_matching_ends_in_time(pattern, text, monkeypatch):
    """An expression that needs exponential time is an error after its limit of CPU time."""
    assert expressions._SECONDS == 1
    monkeypatch.setattr(expressions, "_SECONDS", 0.2)
    check_expression(pattern)
    expression = Expression(pattern, "group.pattern")
    start = time.process_time()
    with pytest.raises(xe.ChallengeError, match=r"group\.pattern: 'a.*' takes too long to match"):
        expression.search(text)
    with pytest.raises(xe.ChallengeError, match="takes too long"):
        expression.match(text)  # no time is left for another text
    assert time.process_time() - start < 0.5


def test_the_limit_is_for_all_texts_together(monkeypatch):
    """Many texts that each take a moment share one limit."""
    monkeypatch.setattr(expressions, "_SECONDS", 0.2)
    expression = Expression(r"(?:a|a)*b|c", "group.pattern")
    with pytest.raises(xe.ChallengeError, match="takes too long"):
        list(map(expression.search, ["a" * 18] * 10_000))


def test_ordinary_expressions_have_time_for_many_texts():
    """The limit grows with each text, so ordinary expressions match any number of them."""
    expression = Expression(r"^(sys[^-]+)-(?:utt\d+)$", "group.pattern")
    assert {expression.search(f"sysA-utt{number}")[1] for number in range(20_000)} == {"sysA"}


def test_texts_have_a_limit():
    """A text of more than 4,096 characters is not matched."""
    expression = Expression("^(a+)", "submissions.label_pattern")
    assert expression.match("a" * 4096)[1] == "a" * 4096
    with pytest.raises(xe.ChallengeError, match=r"label_pattern: 'a.*' has more than 4,096"):
        expression.match("a" * 4097)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("a" * 301, "at most 300 characters, got 301"),
        ("((a{99}){99})", "product of at most 1,000"),
        ("(((a{1000}){1000}){1000}){1000}", "product of at most 1,000"),
        ("a{1001}", "product of at most 1,000"),
        ("a{2,}{1,501}", "product of at most 1,000"),
        ("a{99999999999999999999}", "product of at most 1,000"),
        ("(?:a){e<=1}", r"write \\\{ for a brace"),
        ("[[:alpha:]]", r"write \\\["),
        ("(" * 200, "invalid regular expression"),
        (r"\p{L}", "write|invalid"),
        ("(?R)", "invalid regular expression"),
        ("(?<=a+)b", "invalid regular expression"),
        ("(?\x1b)", r"invalid regular expression \(unknown extension \?\\x1b"),
    ],
)
def test_expressions_that_are_refused(pattern, problem):
    """Long patterns, large repetitions and what `re` does not accept are errors."""
    with pytest.raises(ValueError, match=problem):
        check_expression(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "match"),
    [
        (DEFAULT_LABEL_PATTERN, "Kumo_lab_03", "Kumo_lab_03"),
        (r"(?i)k(?P<x>U*)", "kuuMo", "kuu"),
        (r"a{2}\{", "aa{", "aa{"),
        (r"(?<=b)a{,3}", "baaaa", None),
        (r"\d+(?!x)", "12x", "1"),
    ],
)
def test_the_result_is_that_of_re(pattern, text, match):
    """An accepted expression matches the same text as with `re`."""
    check_expression(pattern)
    found = Expression(pattern, "key").match(text)
    assert (found and found[0]) == match

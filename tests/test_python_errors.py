"""Errors in Python: typed, with the findings and their fixes, and clear about wrong arguments."""

import errno
import pickle

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.errors import (
    MOST_SHOWN,
    InvalidSubmissionError,
    MissingFileError,
    ReferencesError,
    UsageError,
)
from xacle_eval.submissions.findings import Finding

CHALLENGE = xe.load_challenge(DATA / "example")
IDS = list(CHALLENGE.manifest.ids)
SMALL = {"challenge": CHALLENGE}
SYSTEM = DATA / "example" / "submissions" / "Hibari_01.csv"


def test_an_invalid_submission_shows_each_finding_with_its_fix():
    """The text has the place, the code, the message and the hint; the error has the findings."""
    with pytest.raises(InvalidSubmissionError) as caught:
        xe.score({IDS[0]: 1.0}, **SMALL)
    error = caught.value
    assert str(error).splitlines() == [
        "predictions <dict> is not scored:",
        f"  - <dict> XAC024 {error.findings[0].message}",
        f"    {error.findings[0].hint}",
    ]
    assert error.report.findings[0] == error.findings[0]
    assert error.findings[0].hint


def test_a_system_of_a_dict_is_named():
    """The error about one of several systems names it."""
    good = dict.fromkeys(IDS, 5.0)
    with pytest.raises(InvalidSubmissionError, match=r"^Kumo_01 <dict> is not scored:"):
        xe.compare({"Ame_01": good, "Kumo_01": {IDS[0]: 1.0}}, **SMALL)


def test_a_dict_of_systems_is_not_one_system():
    """`score` takes one system: it names the others, and can select one."""
    systems = {"A": dict.fromkeys(IDS, 5.0), "B": dict.fromkeys(IDS, 6.0)}
    with pytest.raises(UsageError, match=r"the dict has 2 \(A, B\): select one with system=…"):
        xe.score(systems, **SMALL)
    assert xe.score(systems, **SMALL, system="B").system == "B"
    with pytest.raises(UsageError, match="no system 'C'; its systems are A, B"):
        xe.score(systems, **SMALL, system="C")


def test_the_text_of_an_error_is_limited():
    """Of very many findings the first are shown, with the number of the others."""
    finding = Finding(code="XAC999", severity="error", title="t", message="m", hint="h")
    error = ReferencesError("x.csv", [finding] * (MOST_SHOWN + 4))
    assert len(error.findings) == MOST_SHOWN + 4
    assert len(str(error).splitlines()) == 2 * MOST_SHOWN + 2
    assert str(error).endswith("and 4 more: see the findings of the error")


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda gone: xe.score(gone, **SMALL), InvalidSubmissionError),
        (lambda gone: xe.compare(SYSTEM, gone, **SMALL), InvalidSubmissionError),
        (lambda gone: xe.score(SYSTEM, gone, **SMALL), ReferencesError),
        (lambda gone: xe.study_ratings(gone, **SMALL), ReferencesError),
        (xe.load_challenge, xe.ChallengeError),
    ],
)
def test_a_missing_file_is_a_file_not_found_error(call, kind, tmp_path):
    """A missing input is both the package's error and Python's, also after pickling."""
    gone = tmp_path / "gone.csv"
    with pytest.raises(FileNotFoundError) as caught:
        call(gone)
    error = caught.value
    assert isinstance(error, kind)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes
    for each in (error, again):
        assert (each.errno, each.filename) == (errno.ENOENT, str(gone))
        assert "not found" in str(each)
        assert not str(each).startswith("[Errno")
    assert type(again) is type(error)
    assert str(again) == str(error)


def test_a_folder_is_not_a_missing_file(tmp_path):
    """Another problem of an input is no FileNotFoundError."""
    with pytest.raises(ReferencesError) as caught:
        xe.score(SYSTEM, tmp_path, **SMALL)
    assert not isinstance(caught.value, FileNotFoundError)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 -- our own bytes
    assert (str(again), again.findings) == (str(caught.value), caught.value.findings)
    assert str(MissingFileError("a.json", "cannot read a.json")) == "cannot read a.json"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: xe.leaderboard(SYSTEM, **SMALL, by="teams"),
            "by must be system or team; got 'teams'; did you mean 'team'?",
        ),
        (lambda: xe.leaderboard(SYSTEM, **SMALL, by=3), "by must be system or team; got 3"),
        (
            lambda: xe.score(SYSTEM, challenge=3),
            "the path of its file, or a Challenge; got 3",
        ),
        (lambda: xe.score(SYSTEM, 5, **SMALL), "the references are of the type int; pass a path"),
        (lambda: xe.score(SYSTEM, **SMALL, split=3), "split must be text (or None); got 3"),
        (
            lambda: xe.score(SYSTEM, **SMALL, order="manfest"),
            "got 'manfest'; did you mean 'manifest'?",
        ),
        (lambda: xe.score(SYSTEM, **SMALL, metrics=["SRC"]), "Did you mean SRCC?"),
        (lambda: xe.score(SYSTEM, **SMALL, bootstrap=xe.Bootstrap), "got a value of the type type"),
        (
            lambda: xe.score(SYSTEM, **SMALL, profile="yes"),
            "profile must be True or False; got 'yes'",
        ),
        (
            lambda: xe.score(SYSTEM, **SMALL, bootstrap=True),
            "a number of resamples, such as bootstrap=1000 (or None); got True",
        ),
        (
            lambda: xe.score(SYSTEM, **SMALL, bootstrap=1.5),
            "such as bootstrap=1000 (or None); got 1.5",
        ),
        (
            lambda: xe.score(SYSTEM, **SMALL, bootstrap=-1),
            "such as bootstrap=1000 (or None); got -1",
        ),
        (
            lambda: xe.Bootstrap(resamples=2.5),
            "resamples must be a whole number of 0 or more; got 2.5",
        ),
        (lambda: xe.Bootstrap(method="bcaa"), "got 'bcaa'; did you mean 'bca'?"),
        (lambda: xe.compare(SYSTEM, SYSTEM, **SMALL, correction="hol"), "did you mean 'holm'?"),
        (
            lambda: xe.compare(SYSTEM, SYSTEM, **SMALL, margin="x"),
            "margin must be a finite number (or None); got 'x'",
        ),
        (
            lambda: xe.plan_test_set(SYSTEM, "x", **SMALL),
            "difference must be a finite number; got 'x'",
        ),
        (lambda: xe.plan_test_set(SYSTEM, 0.1, **SMALL, metric="SRC"), "did you mean 'SRCC'?"),
        (lambda: xe.study_ratings(SYSTEM, **SMALL, screen="itu"), "screen must be "),
        (lambda: xe.rank(3), "the table must be a path, a list of paths or a pandas DataFrame"),
        (
            lambda: xe.evaluate([1.0], [1.0], metrics=3),
            "metrics must be a list of names of metrics",
        ),
        (
            lambda: xe.load_references([1.0], CHALLENGE, ids="a.wav"),
            "ids must be a list of text; got a single text",
        ),
        (
            lambda: xe.load_references([1.0], CHALLENGE, ids=5),
            "ids must be a list of text; got an int",
        ),
    ],
)  # fmt: skip
def test_wrong_arguments(call, message):
    """A wrong type or name is an error that says what to pass, and suggests the nearest name."""
    with pytest.raises(UsageError) as caught:
        call()
    text = str(caught.value)
    assert message.casefold() in text.casefold()


def test_a_number_is_enough_for_a_bootstrap():
    """bootstrap=50 is the same as Bootstrap(50), also as a number of numpy."""
    cards = [
        xe.score(SYSTEM, **SMALL, bootstrap=each) for each in (50, np.int64(50), xe.Bootstrap(50))
    ]
    assert cards[0] == cards[1] == cards[2]


def test_receipts(tmp_path):
    """A receipt describes the checked file, also when it is read from its file; no other one."""
    found = xe.receipt(SYSTEM, **SMALL)
    assert (found.files[0].verdict, found.strict) == ("valid", False)
    file = tmp_path / "receipt.json"
    file.write_text(found.text(), encoding="utf-8")
    assert xe.verify(file, SYSTEM).same
    assert not xe.verify(found, file).same
    for call in (lambda gone: xe.verify(gone, SYSTEM), lambda gone: xe.verify(found, gone)):
        with pytest.raises(FileNotFoundError) as caught:
            call(tmp_path / "gone.json")
        assert isinstance(caught.value, UsageError)


def test_unknown_keywords_are_type_errors():
    """A keyword that does not exist is Python's own TypeError."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'refs'"):
        xe.score(SYSTEM, refs=None)

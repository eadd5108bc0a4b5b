"""The public API: names, parameters, docstrings and imports that other code depends on."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import xacle_eval as xe
from tests.helpers import LARGE_LIBRARIES, REPOSITORY

NAMES = [
    "Accumulator",
    "AuditReport",
    "Bootstrap",
    "BundleReport",
    "Challenge",
    "ChallengeError",
    "ChallengeReport",
    "DemoReferencesWarning",
    "Entry",
    "Evaluation",
    "ExportedBundle",
    "Finding",
    "FixedFile",
    "InvalidSubmissionError",
    "Leaderboard",
    "Ledger",
    "ListenerReport",
    "ListenerStudy",
    "Metric",
    "OutputError",
    "OverallBoard",
    "Package",
    "PackageFiles",
    "PlanReport",
    "Receipt",
    "References",
    "ReferencesError",
    "ScoreCard",
    "SubmissionReport",
    "SubmissionReports",
    "SystemComparison",
    "TableError",
    "TargetBoards",
    "TargetComparisons",
    "TargetScores",
    "Template",
    "Trial",
    "Unranked",
    "UsageError",
    "Verification",
    "XacleEvalError",
    "__version__",
    "audit",
    "check_bundle",
    "compare",
    "evaluate",
    "export",
    "fix",
    "leaderboard",
    "load_challenge",
    "load_references",
    "load_target_references",
    "metrics",
    "package",
    "plan_test_set",
    "rank",
    "receipt",
    "report",
    "score",
    "split",
    "study_ratings",
    "template",
    "try_bundle",
    "validate",
    "verify",
    "write_site",
]
PARAMETERS = {
    "leaderboard": [
        "*paths",
        "references",
        "challenge",
        "split",
        "part",
        "by",
        "bootstrap",
        "screenings",
        "by_column",
        "references_of",
        "follow_links",
        "rank_suspicious",
        "metrics",
        "allow_code",
        "ids",
        "order",
        "progress",
    ],
    "check_bundle": ["bundle", "platform"],
    "export": [
        "platform",
        "output",
        "challenge",
        "references",
        "references_of",
        "texts",
        "contact",
        "force",
    ],
    "fix": ["file", "challenge", "split", "output", "force"],
    "package": ["*files", "challenge", "split", "output", "force", "follow_links"],
    "split": ["package", "challenge", "output"],
    "template": ["kind", "challenge", "split", "label", "output", "force"],
    "receipt": ["*paths", "challenge", "split", "strict", "output"],
    "load_challenge": ["challenge", "split", "part", "allow_code"],
    "load_references": ["references", "challenge", "split", "ids", "order", "predictions"],
    "rank": ["table", "challenge", "by"],
    "report": [
        "*paths",
        "references",
        "challenge",
        "split",
        "part",
        "bootstrap",
        "screenings",
        "references_of",
        "follow_links",
        "rank_suspicious",
        "metrics",
        "allow_code",
        "ids",
        "order",
        "progress",
    ],
    "score": [
        "submission",
        "references",
        "challenge",
        "split",
        "part",
        "system",
        "bootstrap",
        "profile",
        "by_column",
        "references_of",
        "metrics",
        "allow_code",
        "ids",
        "order",
    ],
    "try_bundle": ["bundle", "submission", "platform", "phase", "python", "time_limit"],
    "validate": ["*paths", "challenge", "split", "ids", "order", "follow_links", "progress"],
}
# The keys of results: new keys are allowed, removed keys are not.
KEYS = {
    "Finding": "code severity title message file line column count lines hint",
    "SubmissionReport": "path kind package system team valid pairs sha256 members findings",
    "ScoreCard": "challenge split references path sha256 system team n metrics undefined levels"
    " findings profile signature",
    "Entry": "rank team system path sha256 metrics rounded undefined levels findings",
    "Unranked": "path system team findings",
    "Leaderboard": "challenge split references by level order decimals entries unranked"
    " findings screenings signature",
}


def test_the_public_names():
    """The package has exactly these public names, and each can be imported."""
    assert sorted(xe.__all__) == NAMES
    assert dir(xe) == NAMES
    for name in NAMES:
        assert getattr(xe, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'scores'"):
        _ = xe.scores


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_parameters(name):
    """Parameters keep their names, and no function accepts unknown keywords."""
    parameters = inspect.signature(getattr(xe, name)).parameters.values()
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    assert [
        stars.get(parameter.kind, "") + parameter.name for parameter in parameters
    ] == PARAMETERS[name]


@pytest.mark.parametrize("name", KEYS)
def test_the_keys_of_results(name):
    """No key of a result is renamed or removed."""
    assert set(KEYS[name].split()) <= set(getattr(xe, name).model_fields)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "__version__"])
def test_public_names_are_documented(name):
    """Each public name has a docstring; functions document parameters, results and errors."""
    thing = getattr(xe, name)
    assert inspect.getdoc(thing)
    if inspect.isfunction(thing):
        for section in ("Parameters", "Returns", "Raises"):
            assert f"{section}\n---" in inspect.getdoc(thing)
        for parameter in inspect.signature(thing).parameters:
            assert parameter in inspect.getdoc(thing)


def test_the_errors():
    """Every error is a XacleEvalError; an invalid submission has exit code 1, all others 2."""
    errors = [getattr(xe, name) for name in NAMES if name.endswith("Error")]
    assert all(issubclass(error, xe.XacleEvalError) for error in errors)
    assert {error.__name__: error.exit_code for error in errors if error.exit_code != 2} == {
        "InvalidSubmissionError": 1
    }


def test_scoring_loads_nothing_heavy():
    """Validation, scoring and ranking import no large library."""
    code = (
        "import sys, xacle_eval as xe\n"
        "d = 'tests/data/example'\n"
        "xe.validate(d + '/submissions', challenge=d)\n"
        "xe.score(d + '/submissions/Hibari_01.csv', challenge=d)\n"
        "xe.leaderboard(d + '/submissions', challenge=d, by='team')\n"
        f"print(*[name for name in {sorted(LARGE_LIBRARIES)} if name in sys.modules])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert run.stdout.strip() == ""


def test_importing_the_package_is_fast():
    """`import xacle_eval` imports neither numpy nor pydantic."""
    code = "import sys, xacle_eval; print('numpy' in sys.modules, 'pydantic' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert run.stdout.split() == ["False", "False"]


def test_the_package_is_typed():
    """The package has the marker file for type checkers."""
    assert (Path(xe.__file__).parent / "py.typed").is_file()

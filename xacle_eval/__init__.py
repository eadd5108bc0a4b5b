"""Validate, score and rank predictions of human ratings: the evaluation toolkit of the XACLE
challenge.

>>> import xacle_eval as xe
>>> challenge = xe.load_challenge("xacle2026")
>>> len(challenge.manifest)
3000

The names below are the public ones; each loads its module when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from xacle_eval._version import __version__

if TYPE_CHECKING:
    from xacle_eval import metrics
    from xacle_eval.challenge import Challenge
    from xacle_eval.challenge_files import load_challenge
    from xacle_eval.comparing import SystemComparison, compare
    from xacle_eval.errors import (
        ChallengeError,
        InvalidSubmissionError,
        OutputError,
        ReferencesError,
        TableError,
        UsageError,
        XacleEvalError,
    )
    from xacle_eval.evaluation import score
    from xacle_eval.leaderboards import leaderboard, rank, validate
    from xacle_eval.listener_files import ListenerReport, ListenerStudy, study_ratings
    from xacle_eval.ranking import Entry, Leaderboard, Unranked
    from xacle_eval.references import References, load_references
    from xacle_eval.scoring import ScoreCard
    from xacle_eval.submissions.findings import Finding, SubmissionReport
    from xacle_eval.uncertainty import Bootstrap

__all__ = [
    "Bootstrap",
    "Challenge",
    "ChallengeError",
    "Entry",
    "Finding",
    "InvalidSubmissionError",
    "Leaderboard",
    "ListenerReport",
    "ListenerStudy",
    "OutputError",
    "References",
    "ReferencesError",
    "ScoreCard",
    "SubmissionReport",
    "SystemComparison",
    "TableError",
    "Unranked",
    "UsageError",
    "XacleEvalError",
    "__version__",
    "compare",
    "leaderboard",
    "load_challenge",
    "load_references",
    "metrics",
    "rank",
    "score",
    "study_ratings",
    "validate",
]

_HOMES = {
    "challenge": ("Challenge",),
    "challenge_files": ("load_challenge",),
    "errors": (
        "ChallengeError",
        "InvalidSubmissionError",
        "OutputError",
        "ReferencesError",
        "TableError",
        "UsageError",
        "XacleEvalError",
    ),
    "listener_files": ("ListenerReport", "ListenerStudy", "study_ratings"),
    "leaderboards": ("leaderboard", "rank", "validate"),
    "ranking": ("Entry", "Leaderboard", "Unranked"),
    "references": ("References", "load_references"),
    "comparing": ("SystemComparison", "compare"),
    "evaluation": ("score",),
    "scoring": ("ScoreCard",),
    "uncertainty": ("Bootstrap",),
    "submissions.findings": ("Finding", "SubmissionReport"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "metrics":
        return import_module("xacle_eval.metrics")
    if name in _HOME_OF:
        return getattr(import_module(f"xacle_eval.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'xacle_eval' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""Validate, score and rank predictions of human ratings, for the XACLE challenge and others.

>>> import xacle_eval as xe
>>> challenge = xe.load_challenge("xacle2026")
>>> len(challenge.manifest)
3000

``__all__`` lists the public names. Each name loads its module on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from xacle_eval._version import __version__

if TYPE_CHECKING:
    from xacle_eval import metrics
    from xacle_eval.challenge.loading import load_challenge
    from xacle_eval.challenge.model import Challenge
    from xacle_eval.errors import (
        ChallengeError,
        DemoReferencesWarning,
        InvalidSubmissionError,
        OutputError,
        ReferencesError,
        TableError,
        UsageError,
        XacleEvalError,
    )
    from xacle_eval.evaluation.audit import audit
    from xacle_eval.evaluation.comparison import compare
    from xacle_eval.evaluation.leaderboard import leaderboard
    from xacle_eval.evaluation.ledger import Ledger
    from xacle_eval.evaluation.listeners import ListenerStudy, study_ratings
    from xacle_eval.evaluation.planning import plan_test_set
    from xacle_eval.evaluation.published import rank
    from xacle_eval.evaluation.report import report
    from xacle_eval.evaluation.score import score
    from xacle_eval.hosting.exported import ExportedBundle
    from xacle_eval.hosting.exporting import export
    from xacle_eval.hosting.lint.checking import check_bundle
    from xacle_eval.hosting.lint.model import BundleReport
    from xacle_eval.hosting.trial.model import Trial
    from xacle_eval.hosting.trial.trying import try_bundle
    from xacle_eval.metrics import Metric
    from xacle_eval.metrics.accumulator import Accumulator
    from xacle_eval.metrics.evaluation import Evaluation, evaluate
    from xacle_eval.records.receipts import Receipt, Verification, receipt, verify
    from xacle_eval.references.loading import load_references
    from xacle_eval.references.model import References
    from xacle_eval.references.targets import load_target_references
    from xacle_eval.reports.site.writing import write_site
    from xacle_eval.reports.templates import Template, template
    from xacle_eval.results.audit import AuditReport
    from xacle_eval.results.comparison import SystemComparison
    from xacle_eval.results.leaderboard import Entry, Leaderboard, Unranked
    from xacle_eval.results.listeners import ListenerReport
    from xacle_eval.results.planning import PlanReport
    from xacle_eval.results.report import ChallengeReport
    from xacle_eval.results.score import ScoreCard
    from xacle_eval.results.targets import (
        OverallBoard,
        TargetBoards,
        TargetComparisons,
        TargetScores,
    )
    from xacle_eval.results.uncertainty import Bootstrap
    from xacle_eval.submissions.findings import Finding, SubmissionReport
    from xacle_eval.submissions.fixed_files import FixedFile, fix
    from xacle_eval.submissions.package_files import Package, PackageFiles, package, split
    from xacle_eval.submissions.reports import SubmissionReports
    from xacle_eval.submissions.validation import validate

__all__ = [
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

_MODULES = {
    "challenge.model": ("Challenge",),
    "challenge.loading": ("load_challenge",),
    "errors": (
        "ChallengeError",
        "DemoReferencesWarning",
        "InvalidSubmissionError",
        "OutputError",
        "ReferencesError",
        "TableError",
        "UsageError",
        "XacleEvalError",
    ),
    "hosting.lint.model": ("BundleReport",),
    "hosting.exported": ("ExportedBundle",),
    "hosting.exporting": ("export",),
    "hosting.lint.checking": ("check_bundle",),
    "hosting.trial.model": ("Trial",),
    "hosting.trial.trying": ("try_bundle",),
    "metrics": ("Metric",),
    "metrics.accumulator": ("Accumulator",),
    "metrics.evaluation": ("Evaluation", "evaluate"),
    "submissions.findings": ("Finding", "SubmissionReport"),
    "submissions.reports": ("SubmissionReports",),
    "submissions.validation": ("validate",),
    "submissions.fixed_files": ("FixedFile", "fix"),
    "submissions.package_files": ("Package", "PackageFiles", "package", "split"),
    "reports.templates": ("Template", "template"),
    "records.receipts": ("Receipt", "Verification", "receipt", "verify"),
    "references.model": ("References",),
    "references.loading": ("load_references",),
    "references.targets": ("load_target_references",),
    "results.score": ("ScoreCard",),
    "results.leaderboard": ("Entry", "Leaderboard", "Unranked"),
    "results.comparison": ("SystemComparison",),
    "results.uncertainty": ("Bootstrap",),
    "results.targets": ("OverallBoard", "TargetBoards", "TargetComparisons", "TargetScores"),
    "results.listeners": ("ListenerReport",),
    "results.planning": ("PlanReport",),
    "results.audit": ("AuditReport",),
    "results.report": ("ChallengeReport",),
    "evaluation.score": ("score",),
    "evaluation.leaderboard": ("leaderboard",),
    "evaluation.ledger": ("Ledger",),
    "evaluation.planning": ("plan_test_set",),
    "evaluation.audit": ("audit",),
    "evaluation.published": ("rank",),
    "evaluation.report": ("report",),
    "evaluation.comparison": ("compare",),
    "reports.site.writing": ("write_site",),
    "evaluation.listeners": ("ListenerStudy", "study_ratings"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "metrics":
        return import_module("xacle_eval.metrics")
    if name in _MODULE_OF:
        return getattr(import_module(f"xacle_eval.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module 'xacle_eval' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""The JSON documents of the commands: a public contract for scripts.

Keys may be added but are never renamed. The JSON is strict (no NaN), and each document names its
schema, which ``xacle-eval schema COMMAND`` prints. Names of more than 200 characters are
shortened; a hash at the end keeps different names different.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from xacle_eval.hosting.exported import ExportedBundle
from xacle_eval.hosting.lint.model import BundleReport
from xacle_eval.hosting.trial.model import Trial
from xacle_eval.io.json_values import clean_values
from xacle_eval.records.ledger.results import (
    AddedUploads,
    Attempts,
    LedgerLog,
    LedgerVerification,
)
from xacle_eval.records.receipts import Receipt, Verification
from xacle_eval.results.audit import AuditReport
from xacle_eval.results.comparison import SystemComparison
from xacle_eval.results.leaderboard import Leaderboard
from xacle_eval.results.listeners import ListenerReport
from xacle_eval.results.planning import PlanReport
from xacle_eval.results.report import ChallengeReport
from xacle_eval.results.rescoring import Rescoring
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.targets import TargetBoards, TargetComparisons, TargetScores
from xacle_eval.submissions.findings import IgnoredUpload, SubmissionReport
from xacle_eval.text import json_text

__all__ = ["DOCUMENTS", "document_json", "plain_json", "schema_json"]


class _Document(BaseModel):
    model_config = ConfigDict(populate_by_name=True, defer_build=True)


class ValidateDocument(_Document):
    """The output of ``xacle-eval validate --format json``."""

    schema_: Literal["xacle-eval/validate/1"] = Field("xacle-eval/validate/1", alias="schema")
    challenge: str
    split: str
    submissions: tuple[SubmissionReport, ...]
    ignored: tuple[IgnoredUpload, ...] = ()


class ScoreDocument(_Document, ScoreCard):
    """The output of ``xacle-eval score --format json``."""

    schema_: Literal["xacle-eval/score/1"] = Field("xacle-eval/score/1", alias="schema")


class ScorePackageDocument(_Document):
    """The output of ``xacle-eval score --format json`` for a package with several systems."""

    schema_: Literal["xacle-eval/score-package/1"] = Field(
        "xacle-eval/score-package/1", alias="schema"
    )
    challenge: str
    split: str
    systems: tuple[ScoreCard, ...]


class LeaderboardDocument(_Document, Leaderboard):
    """The output of ``xacle-eval leaderboard --format json``."""

    schema_: Literal["xacle-eval/leaderboard/1"] = Field("xacle-eval/leaderboard/1", alias="schema")


class RankDocument(_Document, Leaderboard):
    """The output of ``xacle-eval rank --format json``."""

    schema_: Literal["xacle-eval/rank/1"] = Field("xacle-eval/rank/1", alias="schema")


class CompareDocument(_Document, SystemComparison):
    """The output of ``xacle-eval compare --format json``."""

    schema_: Literal["xacle-eval/compare/1"] = Field("xacle-eval/compare/1", alias="schema")


class ListenersDocument(_Document, ListenerReport):
    """The output of ``xacle-eval listeners --format json``."""

    schema_: Literal["xacle-eval/listeners/1"] = Field("xacle-eval/listeners/1", alias="schema")


class PlanDocument(_Document, PlanReport):
    """The output of ``xacle-eval plan --format json``."""

    schema_: Literal["xacle-eval/plan/1"] = Field("xacle-eval/plan/1", alias="schema")


class AuditDocument(_Document, AuditReport):
    """The output of ``xacle-eval audit --format json``."""

    schema_: Literal["xacle-eval/audit/1"] = Field("xacle-eval/audit/1", alias="schema")


class VerifyDocument(_Document, Verification):
    """The output of ``xacle-eval verify --format json``."""

    schema_: Literal["xacle-eval/verify/1"] = Field("xacle-eval/verify/1", alias="schema")


class ScoreTargetsDocument(_Document):
    """The output of ``xacle-eval score --format json`` for a challenge with several targets."""

    schema_: Literal["xacle-eval/score-targets/1"] = Field(
        "xacle-eval/score-targets/1", alias="schema"
    )
    challenge: str
    split: str
    systems: tuple[TargetScores, ...]


class LeaderboardTargetsDocument(_Document, TargetBoards):
    """The output of ``xacle-eval leaderboard --format json`` for several targets."""

    schema_: Literal["xacle-eval/leaderboard-targets/1"] = Field(
        "xacle-eval/leaderboard-targets/1", alias="schema"
    )


class CompareTargetsDocument(_Document, TargetComparisons):
    """The output of ``xacle-eval compare --format json`` for several targets."""

    schema_: Literal["xacle-eval/compare-targets/1"] = Field(
        "xacle-eval/compare-targets/1", alias="schema"
    )


class RankTargetsDocument(_Document, TargetBoards):
    """The output of ``xacle-eval rank --format json`` for several targets."""

    schema_: Literal["xacle-eval/rank-targets/1"] = Field(
        "xacle-eval/rank-targets/1", alias="schema"
    )


class ReportDocument(_Document, ChallengeReport):
    """The file ``report.json`` of ``xacle-eval report``."""

    schema_: Literal["xacle-eval/report/1"] = Field("xacle-eval/report/1", alias="schema")


class LedgerAddDocument(_Document, AddedUploads):
    """The output of ``xacle-eval ledger add`` and ``intake`` with ``--format json``."""

    schema_: Literal["xacle-eval/ledger-add/1"] = Field("xacle-eval/ledger-add/1", alias="schema")


class LedgerAttemptsDocument(_Document, Attempts):
    """The output of ``xacle-eval ledger attempts`` with ``--format json``."""

    schema_: Literal["xacle-eval/ledger-attempts/1"] = Field(
        "xacle-eval/ledger-attempts/1", alias="schema"
    )


class LedgerLogDocument(_Document, LedgerLog):
    """The output of ``xacle-eval ledger log`` with ``--format json``."""

    schema_: Literal["xacle-eval/ledger-log/1"] = Field("xacle-eval/ledger-log/1", alias="schema")


class LedgerVerifyDocument(_Document, LedgerVerification):
    """The output of ``xacle-eval ledger verify`` with ``--format json``."""

    schema_: Literal["xacle-eval/ledger-verify/1"] = Field(
        "xacle-eval/ledger-verify/1", alias="schema"
    )


class LedgerRescoreDocument(_Document, Rescoring):
    """The output of ``xacle-eval ledger rescore`` with ``--format json``."""

    schema_: Literal["xacle-eval/ledger-rescore/1"] = Field(
        "xacle-eval/ledger-rescore/1", alias="schema"
    )


class ExportDocument(_Document, BundleReport):
    """The output of ``xacle-eval export --check BUNDLE --format json``."""

    schema_: Literal["xacle-eval/export/1"] = Field("xacle-eval/export/1", alias="schema")


class ExportBundleDocument(_Document, ExportedBundle):
    """The output of ``xacle-eval export PLATFORM --output OUT --format json``."""

    schema_: Literal["xacle-eval/export-bundle/1"] = Field(
        "xacle-eval/export-bundle/1", alias="schema"
    )


class TrialDocument(_Document, Trial):
    """The output of ``xacle-eval export --try SUBMISSION --format json``."""

    schema_: Literal["xacle-eval/trial/1"] = Field("xacle-eval/trial/1", alias="schema")


DOCUMENTS: dict[str, type[BaseModel]] = {
    "validate": ValidateDocument,
    "score": ScoreDocument,
    "score-package": ScorePackageDocument,
    "leaderboard": LeaderboardDocument,
    "compare": CompareDocument,
    "listeners": ListenersDocument,
    "plan": PlanDocument,
    "rank": RankDocument,
    "verify": VerifyDocument,
    "score-targets": ScoreTargetsDocument,
    "leaderboard-targets": LeaderboardTargetsDocument,
    "compare-targets": CompareTargetsDocument,
    "rank-targets": RankTargetsDocument,
    "report": ReportDocument,
    "ledger-add": LedgerAddDocument,
    "ledger-attempts": LedgerAttemptsDocument,
    "ledger-log": LedgerLogDocument,
    "ledger-verify": LedgerVerifyDocument,
    "ledger-rescore": LedgerRescoreDocument,
    "audit": AuditDocument,
    "export": ExportDocument,
    "export-bundle": ExportBundleDocument,
    "trial": TrialDocument,
}


def document_json(name: str, result: BaseModel | Mapping[str, Any]) -> Iterator[str]:
    """Yield a result as a JSON document, in pieces: each element of a list of models by itself.

    The whole text is never in memory, even for very many submissions.

    Parameters
    ----------
    name : str
        A name of `DOCUMENTS`.
    result : model or mapping
        The result, or the values of the document by their keys.
    """
    values = dict(result) if isinstance(result, BaseModel) else result
    return _pieces(DOCUMENTS[name].model_validate(values))


def plain_json(data: Any) -> list[str]:
    """Return the JSON of a result that no command writes, and that therefore has no schema."""
    return [json_text(clean_values(data)), "\n"]


def schema_json(name: str) -> str:
    """Return the JSON Schema (draft 2020-12) of a command's JSON, of a receipt, or of a
    description.
    """
    if name == "description":
        from xacle_eval.submissions.description import description_schema

        schema = description_schema()
    else:
        model = Receipt if name == "receipt" else DOCUMENTS[name]
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(by_alias=True, mode="serialization"),
        }
    return json_text(schema) + "\n"


def _pieces(document: BaseModel) -> Iterator[str]:
    long = [name for name, value in document if _is_long(value)]
    data = document.model_dump(mode="json", by_alias=True, exclude=set(long))
    data = clean_values(data)
    fields = type(document).model_fields
    order = ["schema", *(name for name in fields if name in data or name in long)]
    yield "{"
    for place, key in enumerate(order):
        yield f"{',' if place else ''}\n  {json_text(key)}: "
        if key in long:
            yield from _elements(getattr(document, key))
        else:
            yield _indented(data[key], "  ")
    yield "\n}\n"


def _is_long(value: Any) -> bool:
    """Return whether a value is a list of models, which is written one by one."""
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], BaseModel)


def _elements(models: Sequence[BaseModel]) -> Iterator[str]:
    yield "["
    for place, model in enumerate(models):
        yield ",\n    " if place else "\n    "
        yield _indented(clean_values(model.model_dump(mode="json", by_alias=True)), "    ")
    yield "\n  ]"


def _indented(data: Any, indent: str) -> str:
    """Return JSON whose lines after the first are indented; no string in JSON has a line break."""
    return json_text(data).replace("\n", f"\n{indent}")

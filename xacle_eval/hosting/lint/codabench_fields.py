"""The fields that Codabench reads: their types, and the lengths of their columns."""

from __future__ import annotations

from xacle_eval.hosting.lint.context import Paths
from xacle_eval.hosting.lint.fields import (
    FILE,
    FLAG,
    LIST,
    MAPPING,
    MAPPINGS,
    NUMBER,
    OTHER,
    Field,
    text,
)

__all__ = [
    "BOARD",
    "COLUMN",
    "COMPETITION",
    "FIELD_CODES",
    "FILE_CODES",
    "PAGE",
    "PHASE",
    "QUESTION_KEYS",
    "QUESTION_TYPES",
    "SUBMISSION_RULES",
    "TASK",
]

FIELD_CODES = {"unknown": "codabench-key-unknown", "type": "value-type", "long": "text-too-long"}
FILE_CODES = Paths("named-file-missing", "path-outside")
# A key that is needed has a code of its own if its value is missing.
_NEEDED_FILE = FILE._replace(nullable=True)
_FLAGS = (
    "registration_auto_approve",
    "enable_detailed_results",
    "show_detailed_results_in_submission_panel",
    "show_detailed_results_in_leaderboard",
    "auto_run_submissions",
    "can_participants_make_submissions_public",
    "make_programs_available",
    "make_input_data_available",
    "forum_enabled",
)
COMPETITION: dict[str, Field] = {
    "version": OTHER,
    "title": text(256),
    "docker_image": text(128),
    "description": text(nullable=True),
    "competition_type": OTHER,
    "fact_sheet": MAPPING._replace(nullable=True),
    "reward": text(256, nullable=True),
    "contact_email": text(256, nullable=True),
    "pages": MAPPINGS,
    "tasks": MAPPINGS,
    "solutions": MAPPINGS,
    "terms": _NEEDED_FILE,
    "image": _NEEDED_FILE,
    "queue": text(nullable=True),
    "phases": MAPPINGS,
    "leaderboards": MAPPINGS,
    # These two have codes of their own.
    "leaderboard": OTHER,
    "published": OTHER,
    **dict.fromkeys(_FLAGS, FLAG),
}
PAGE = {"title": text(), "file": _NEEDED_FILE}
TASK = {
    "index": OTHER,
    "key": text(),
    "name": text(256),
    "description": text(nullable=True),
    "ingestion_only_during_scoring": FLAG,
    "ingestion_program": FILE,
    "input_data": FILE,
    "scoring_program": FILE,
    "reference_data": FILE,
}
PHASE = {
    "index": OTHER,
    "name": text(256),
    "description": text(nullable=True),
    "start": OTHER,
    "end": OTHER,
    "max_submissions": NUMBER._replace(nullable=True),
    "max_submissions_per_day": NUMBER._replace(nullable=True),
    "auto_migrate_to_this_phase": FLAG,
    "hide_output": FLAG,
    "hide_prediction_output": FLAG,
    "hide_score_output": FLAG,
    "execution_time_limit": NUMBER._replace(nullable=True),
    "tasks": LIST,
    "public_data": FILE,
    "starting_kit": FILE,
    # It has a code of its own.
    "max_submissions_per_person": OTHER,
}
BOARD = {
    "primary_index": NUMBER,
    "title": text(64),
    "key": text(36),
    "columns": MAPPINGS,
    "hidden": FLAG,
    "submission_rule": OTHER,
}
COLUMN = {
    "computation": OTHER,
    "computation_indexes": OTHER,
    "title": text(36),
    "key": text(36),
    "sorting": OTHER,
    "index": NUMBER,
    "hidden": FLAG,
    "precision": NUMBER,
}
QUESTION_KEYS = frozenset(("key", "type", "title", "selection", "is_required", "is_on_leaderboard"))
QUESTION_TYPES = ("checkbox", "text", "select")
SUBMISSION_RULES = (
    "Add",
    "Add_And_Delete",
    "Add_And_Delete_Multiple",
    "Force_Last",
    "Force_Latest_Multiple",
    "Force_Best",
)

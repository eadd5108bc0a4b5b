"""The fields that EvalAI reads: their types, and the lengths of their columns."""

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
    "CHALLENGE",
    "DATASET_SPLIT",
    "FIELD_CODES",
    "FILE_CODES",
    "LEADERBOARD",
    "PAGES",
    "PHASE",
    "PHASE_SPLIT",
    "SCHEMA",
]

FIELD_CODES = {
    "unknown": "evalai-key-unknown",
    "type": "evalai-value-type",
    "long": "evalai-text-too-long",
}
FILE_CODES = Paths("evalai-file-missing", "evalai-path-outside")
PAGES = ("description", "evaluation_details", "terms_and_conditions", "submission_guidelines")
_FILE = FILE._replace(nullable=True)
_FLAGS = (
    "published",
    "is_registration_open",
    "enable_forum",
    "anonymous_leaderboard",
    "require_complete_profile",
    "remote_evaluation",
    "allow_resuming_submissions",
    "allow_host_cancel_submissions",
    "allow_cancel_running_submissions",
    "allow_participants_resubmissions",
    "is_docker_based",
    "is_static_dataset_code_upload",
    "cpu_only_jobs",
    "uses_ec2_worker",
    "use_fifo_sqs",
)
_NUMBERS = (
    "submission_time_limit",
    "max_docker_image_size",
    "worker_disk_size",
    "max_worker_instance",
    "min_worker_instance",
    "desired_worker_instance",
    "ec2_storage",
    "ephemeral_storage",
    "sqs_retention_period",
)
_TEXTS = (
    "short_description",
    "leaderboard_description",
    "cli_version",
    "vpc_cidr",
    "subnet_1_cidr",
    "subnet_2_cidr",
    "worker_instance_type",
    "worker_ami_type",
    "job_cpu_cores",
    "job_memory",
    "slug",
    "github_branch",
    "evaluation_module_error",
)
_LISTS = ("allowed_email_domains", "blocked_email_domains", "banned_email_ids")
CHALLENGE: dict[str, Field] = {
    "title": text(100),
    **dict.fromkeys(PAGES, _FILE),
    "evaluation_script": _FILE,
    "image": _FILE,
    "start_date": OTHER,
    "end_date": OTHER,
    "challenge_usage_type": text(20),
    "domain": OTHER,
    "tags": LIST,
    "prizes": MAPPINGS,
    "sponsors": MAPPINGS,
    "forum_url": text(100, nullable=True),
    "worker_image_url": text(200, nullable=True),
    "worker_python_version": OTHER,
    "max_team_members": NUMBER._replace(nullable=True),
    "leaderboard": MAPPINGS,
    "challenge_phases": MAPPINGS,
    "dataset_splits": MAPPINGS,
    "challenge_phase_splits": MAPPINGS,
    **dict.fromkeys(_FLAGS, FLAG),
    **dict.fromkeys(_NUMBERS, NUMBER._replace(nullable=True)),
    **dict.fromkeys(_TEXTS, text(nullable=True)),
    **dict.fromkeys(_LISTS, LIST),
}
PHASE: dict[str, Field] = {
    "id": NUMBER,
    "name": text(100),
    "codename": text(100),
    "description": _FILE,
    "start_date": OTHER,
    "end_date": OTHER,
    "test_annotation_file": _FILE,
    "max_submissions_per_day": NUMBER,
    "max_submissions_per_month": NUMBER._replace(nullable=True),
    "max_submissions": NUMBER._replace(nullable=True),
    "max_concurrent_submissions_allowed": NUMBER,
    "allowed_submission_file_types": text(200),
    "allowed_email_ids": LIST._replace(nullable=True),
    "submission_meta_attributes": MAPPINGS._replace(nullable=True),
    "default_submission_meta_attributes": LIST._replace(nullable=True),
    "environment_image": text(2128, nullable=True),
    "submission_artifact_retention_policy": text(20),
    "slug": text(200),
    **dict.fromkeys(
        (
            "leaderboard_public",
            "is_public",
            "is_active",
            "is_submission_public",
            "annotations_uploaded_using_cli",
            "is_restricted_to_select_one_submission",
            "is_partial_submission_evaluation_enabled",
            "disable_logs",
            "is_submission_paused",
        ),
        FLAG,
    ),
}
LEADERBOARD: dict[str, Field] = {"id": NUMBER, "schema": MAPPING}
SCHEMA: dict[str, Field] = {
    "labels": LIST,
    "default_order_by": text(),
    "metadata": MAPPING._replace(nullable=True),
}
DATASET_SPLIT: dict[str, Field] = {"id": NUMBER, "name": text(100), "codename": text(100)}
PHASE_SPLIT: dict[str, Field] = {
    "challenge_phase_id": OTHER,
    "leaderboard_id": OTHER,
    "dataset_split_id": OTHER,
    "visibility": OTHER,
    "leaderboard_decimal_precision": NUMBER,
    "is_leaderboard_order_descending": FLAG,
}

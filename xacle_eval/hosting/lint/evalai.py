"""The checks of an EvalAI bundle, in the order of EvalAI's validator."""

from __future__ import annotations

from collections.abc import Iterator

from xacle_eval.hosting.lint.codes import finding
from xacle_eval.hosting.lint.context import Check, Context
from xacle_eval.submissions.findings import Finding

__all__ = ["EVALAI_CHECKS"]


def _one_config(context: Context) -> Iterator[Finding]:
    if context.bundle.is_file("challenge_config.yaml") and context.bundle.is_file(
        "challenge_config.yml"
    ):
        message = "there are challenge_config.yaml and challenge_config.yml"
        yield finding("configs-twice", message, file="challenge_config.yml")


EVALAI_CHECKS: tuple[Check, ...] = (_one_config,)

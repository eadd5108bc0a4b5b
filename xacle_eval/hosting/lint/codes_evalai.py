"""The codes about EvalAI bundles."""

from __future__ import annotations

from xacle_eval.submissions.rule import Rule

__all__ = ["EVALAI_CODES"]

EVALAI_CODES = (
    Rule("EV001", "challenge-config-missing", "error", "no challenge_config.yaml",
         "EvalAI reads `challenge_config.yaml` at the root of the ZIP and otherwise stops with "
         "\"There is no YAML file in the zip file you uploaded!\".",
         "Add `challenge_config.yaml` at the root."),
    Rule("EV002", "configs-twice", "error", "two configuration files",
         "EvalAI refuses a ZIP that has `challenge_config.yaml` and also `challenge_config.yml`.",
         "Keep one of them."),
)  # fmt: skip

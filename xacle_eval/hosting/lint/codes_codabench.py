"""The codes about Codabench bundles (version 2)."""

from __future__ import annotations

from xacle_eval.submissions.rule import Rule

__all__ = ["CODABENCH_CODES"]

CODABENCH_CODES = (
    Rule("CB001", "competition-missing", "error", "no competition.yaml",
         "Codabench reads `competition.yaml` at the root of the ZIP; another name or the ending "
         "`.yml` is not read.",
         "Add `competition.yaml` at the root."),
    Rule("CB002", "version-missing", "error", "no version",
         "Without `version`, Codabench reads the file as version 1 and stops with \"HTML pages "
         "could not be found in the yaml file\".",
         "Write `version: 2`."),
    Rule("CB003", "version-refused", "error", "unknown version",
         "Codabench compares the text of the version: `2` is accepted, `2.0` is not.",
         "Write `version: 2`."),
)  # fmt: skip

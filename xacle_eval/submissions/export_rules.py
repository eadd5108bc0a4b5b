"""The rules about leaderboards that platforms export, which `rank` reads."""

from __future__ import annotations

from xacle_eval.submissions.rule import Rule

__all__ = ["EXPORT_RULES"]

EXPORT_RULES = (
    Rule("XAC184", "export-invalid", "error", "invalid export of a platform",
         "A leaderboard that Codabench or EvalAI exported has a different structure than the "
         "platform writes, or results that are not of one task or leaderboard.",
         "Export the leaderboard of one phase again, and pass it unchanged."),
    Rule("XAC185", "export-incomplete", "error", "incomplete export of a platform",
         "EvalAI writes a leaderboard in pages. A ranking needs all of them, from the same time "
         "and with scores.",
         "Download every page of the leaderboard again, and pass all files."),
    Rule("XAC186", "export-names", "warning", "names in the export of a platform",
         "Participants write the names of system and team on a platform. A name that cannot be "
         "used is replaced by that of the platform. Submissions of one team with the same name "
         "get their number. Several users with one team are ranked as one team.",
         "Check the names with the teams, and correct them in the file."),
    Rule("XAC187", "export-rounded", "warning", "rounded scores in the export of a platform",
         "All scores of a metric have fewer decimals than the ranking compares, as a phase shows "
         "them to protect the labels. Systems whose scores differ by less have equal ranks here.",
         "For final ranks, rank the submissions with xacle-eval leaderboard, or show as many "
         "decimals in the final phase as the ranking compares."),
)  # fmt: skip

"""Claims: the results a description claims, held against what the toolkit computes (XAC116).

Only scoring can do this, since it takes references: those of the split that a claim is
about, given by the caller or named in the challenge file. Demo ratings prove no claim.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.loading import load_references
from xacle_eval.references.model import References
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.findings import Finding

__all__ = ["Claims"]


class Claims:
    """Holds claims of many systems against references that are read when they are first needed.

    Parameters
    ----------
    challenge : Challenge
        With the split in use.
    references_of : mapping of split to path or References, optional
        References of other splits than the one in use; the challenge file may name some too.
    scorer : Scorer, optional
        Of the split in use, for claims about that one.

    Raises
    ------
    ChallengeError
        If the challenge has no such split.
    UsageError
        If references of the split in use are given here.
    """

    def __init__(
        self,
        challenge: Challenge,
        references_of: Mapping[str, str | os.PathLike[str] | References] | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        self._challenge = challenge
        self._given = dict(references_of or {})
        for split in self._given:
            challenge.with_split(split)
        if challenge.split in self._given:
            raise UsageError(
                f"the split {challenge.split} is the one that is scored: give its references as such"
            )
        self._scorers: dict[str, Scorer] = {}
        if scorer is not None and scorer.references.summary.kind != "demo":
            self._scorers[challenge.split] = scorer

    def findings(self, checked: CheckedSubmission) -> tuple[Finding, ...]:
        """Return what a system's claims and the computed results differ in; nothing where either is
        missing.

        Raises
        ------
        ReferencesError
            If references of a split cannot be used.
        """
        return tuple(self._findings(checked))

    def _findings(self, checked: CheckedSubmission) -> Iterator[Finding]:
        from xacle_eval.submissions.task_rules import compare_results

        if checked.description is None or checked.predictions is None:
            return
        predictions = {**checked.others, self._challenge.split: checked.predictions}
        for split, values in predictions.items():
            scorer = self._scorer(split)
            if scorer is not None:
                computed = scorer.scores_at("pair", values).metrics
                path = f"{checked.report.package or checked.report.path}"
                found = compare_results(
                    checked.description,
                    split,
                    dict(computed),
                    self._challenge.ranking.decimals,
                    path,
                )
                if found is not None:
                    yield found

    def _scorer(self, split: str) -> Scorer | None:
        if split not in self._scorers:
            given = self._given.get(split) or self._named(split)
            if given is None:
                return None
            challenge = self._challenge.with_split(split)
            self._scorers[split] = Scorer(challenge, load_references(given, challenge))
        return self._scorers[split]

    def _named(self, split: str) -> str | None:
        """Return the reference file that the challenge file names for a split that is not scored
        now.
        """
        name = self._challenge.splits[split].references
        here = split == self._challenge.split or name is None
        return None if here else str(Path(self._challenge.folder) / str(name))

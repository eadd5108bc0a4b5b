"""Claims: check the results that a system description claims (XAC116).

A claim can only be checked while scoring, because it needs the references of its split. The
caller passes them or the challenge file names them. Demo ratings are never used for this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.inputs import ListError, locate
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.errors import ChallengeError, UsageError
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.loading import load_one
from xacle_eval.references.model import OneReferences
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.probes import probe_finding
from xacle_eval.text import visible

__all__ = ["Claims"]


class Claims:
    """Checks the claims of many systems; references are read when they are first needed.

    Parameters
    ----------
    challenge : Challenge
        The challenge, with the split that is scored.
    references_of : mapping of split to references, optional
        References of splits that are not scored; the challenge file may also name some.
    scorer : Scorer, optional
        The scorer of the split that is scored, for claims about that split. They are not checked
        if it scores only a part of the split: claims are about the whole split.

    Raises
    ------
    ChallengeError
        If a split of `references_of` is unknown.
    UsageError
        If `references_of` holds the split that is scored.
    """

    def __init__(
        self,
        challenge: Challenge,
        references_of: Mapping[str, OneReferences] | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        self._challenge = challenge
        self._given = dict(references_of or {})
        for split in self._given:
            challenge.with_split(split)
        if challenge.split in self._given:
            raise UsageError(
                f"{challenge.split} is the split that is scored: "
                "pass its references with --references instead of --references-of"
            )
        self._scorers: dict[str, Scorer] = {}
        # A claim is about the whole split.
        whole = scorer is not None and scorer.challenge.part == ALL
        if scorer is not None and whole and scorer.references.summary.kind != "demo":
            self._scorers[challenge.split] = scorer

    def findings(self, checked: CheckedSubmission) -> tuple[Finding, ...]:
        """Return a finding for each split whose claimed and computed results differ.

        Parameters
        ----------
        checked : CheckedSubmission
            A checked system, with its description and its predictions for each split.

        Returns
        -------
        tuple of Finding
            Empty if the description, the predictions or the references are missing.

        Raises
        ------
        ReferencesError
            If the references of a split have errors.
        """
        return tuple(self._compare(checked))

    def _compare(self, checked: CheckedSubmission) -> Iterator[Finding]:
        from xacle_eval.submissions.task_rules import compare_results

        if checked.description is None or checked.predictions is None:
            return
        predictions = {**checked.others, self._challenge.split: checked.predictions}
        for split, values in predictions.items():
            scorer = self._scorer(split)
            if scorer is not None and not self._is_other_probe(split, values):
                computed = scorer.scores_at("pair", values).metrics
                path = checked.report.package or checked.report.path
                finding = compare_results(
                    checked.description,
                    split,
                    dict(computed),
                    self._challenge.ranking.decimals,
                    path,
                    self._challenge.target,
                )
                if finding is not None:
                    yield finding

    def _is_other_probe(self, split: str, values: NDArray[np.float64]) -> bool:
        """Return whether predictions could read the labels of a split that is not ranked."""
        if split == self._challenge.split:
            return False  # the leaderboard decides whether it ranks them
        return probe_finding(values, self._challenge.scores) is not None

    def _scorer(self, split: str) -> Scorer | None:
        if split not in self._scorers:
            given = self._given.get(split)
            given = self._bundled_references(split) if given is None else given
            if given is None:
                return None
            challenge = self._challenge.with_split(split)
            self._scorers[split] = Scorer(challenge, load_one(given, challenge))
        return self._scorers[split]

    def _bundled_references(self, split: str) -> str | None:
        """Return the file that the challenge file names for a split that is not scored."""
        name = self._challenge.splits[split].references
        if split == self._challenge.split or name is None:
            return None
        try:
            return str(locate(self._challenge.folder, name))
        except ListError as error:
            place = f"splits.{visible(split)}.references"
            raise ChallengeError(self._challenge.name, [f"{place}: {error}"]) from error

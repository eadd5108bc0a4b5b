"""Scorer: compute the score card of predictions, with its signature.

Only submissions with exactly one finite prediction for every pair are scored; nothing is dropped,
filled, deduplicated or clipped. The metric functions return NaN where they are undefined. The
challenge's policy for undefined metrics is applied here, and the card lists the affected metrics.
A mean squared error that is too large for a float is undefined under every policy.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval._version import __version__
from xacle_eval.challenge.grouping import number_values, scored_groups
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.ranking import Group
from xacle_eval.errors import InvalidSubmissionError
from xacle_eval.evaluation.remarks import remarks
from xacle_eval.metrics import METRICS, Metric, PreparedReferences, all_metrics, find_metrics
from xacle_eval.references.model import References
from xacle_eval.results.score import LevelScores, Metrics, ScoreCard
from xacle_eval.results.uncertainty import Ceilings
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.severities import adjust

if TYPE_CHECKING:
    from xacle_eval.listeners.noise import Noise

__all__ = ["Scorer", "group_codes", "signature", "signature_of_challenge", "value_codes"]


@dataclass(frozen=True, slots=True)
class _Groups:
    """The group of each pair, and the average reference of each group."""

    name: str
    codes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    references: PreparedReferences

    @classmethod
    def of(cls, group: Group, challenge: Challenge, references: NDArray[np.float64]) -> _Groups:
        codes = group_codes(group, challenge)
        sizes = np.bincount(codes)
        means = np.bincount(codes, weights=references) / sizes
        return cls(group.name, codes, sizes, PreparedReferences.of(means))

    def means(self, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(self.codes, weights=predictions) / self.sizes

    def scores(
        self,
        predictions: NDArray[np.float64],
        undefined: float | None,
        metrics: tuple[Metric, ...],
    ) -> LevelScores:
        return _score_level(self.means(predictions), self.references, undefined, metrics)


def group_codes(group: Group, challenge: Challenge) -> NDArray[np.int64]:
    """Return the group of each pair as a number.

    Parameters
    ----------
    group : Group
        Defines how an id names its group.
    challenge : Challenge
        With the manifest of the split in use.

    Returns
    -------
    array of int64, shape (n,)
        The scored pairs in manifest order; groups are numbered from 0 in order of first
        appearance.

    Raises
    ------
    ChallengeError
        If an id has no group: its pair would silently be missing from the averages.
    """
    return value_codes(scored_groups(group, challenge))[1]


def value_codes(values: Iterable[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the distinct values in order of first appearance, and the number of each value."""
    names, codes = number_values(values)
    return names, np.array(codes, dtype=np.int64)


class Scorer:
    """Scores many submissions against the same references, which are ranked only once.

    Parameters
    ----------
    challenge : Challenge
        The challenge, with the split and its part in use.
    references : References
        The references of that part, or of the whole split.

    Predictions are those of the whole split, in manifest order; the scorer uses those of the part.
    """

    def __init__(self, challenge: Challenge, references: References) -> None:
        self.challenge = challenge
        positions = challenge.scored_positions
        self._positions = None if positions is None else np.array(positions, dtype=np.int64)
        if positions is not None and references.part == ALL:
            references = references.cut(challenge.part, positions)
        self.references = references
        self.metrics = find_metrics(challenge.shown_metrics)
        self.signature = signature(challenge, references)
        self.presentation = Presentation.of(challenge)
        undefined = challenge.ranking.undefined
        self._undefined = None if undefined == "unranked" else undefined
        # Caches by seed, coverage and level, filled by `xacle_eval.evaluation.ceilings`.
        self.ceilings: dict[tuple[int, float, str], Ceilings | None] = {}
        self.noise: dict[tuple[int, float, str], Noise] = {}
        self._prepared = PreparedReferences.of(references.values)
        self._groups = {
            group.name: _Groups.of(group, challenge, references.values)
            for group in challenge.groups
        }

    def cut(self, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the predictions of the scored pairs.

        Parameters
        ----------
        predictions : array, shape (pairs of the split,)
            One prediction per pair, in manifest order.
        """
        return predictions if self._positions is None else predictions[self._positions]

    def restrict(self, places: NDArray[np.intp]) -> Scorer:
        """Return a scorer of some of the scored pairs; metrics that are undefined are None.

        Parameters
        ----------
        places : array of int
            The places of the pairs among the scored pairs, in ascending order. The challenge of
            the result is that of this scorer; it has no group levels.
        """
        other = copy.copy(self)
        other._positions = places if self._positions is None else self._positions[places]
        other.references = self.references.cut(self.references.part, places.tolist())
        other._prepared = PreparedReferences.of(other.references.values)
        other._undefined, other._groups, other.ceilings, other.noise = None, {}, {}, {}
        return other

    def groups_at(self, level: str) -> NDArray[np.int64] | None:
        """Return the group of each scored pair as a number, shape (n,); None at the pair level."""
        return None if level == "pair" else self._groups[level].codes

    def values_at(self, level: str, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return predictions at a level.

        Parameters
        ----------
        level : str
            ``pair``, or the name of one of the challenge's groups.
        predictions : array, shape (pairs of the split,)
            One prediction per pair, in manifest order.

        Returns
        -------
        array, shape (n,) or (groups,)
            The predictions of the scored pairs, or their average in each group.
        """
        scored = self.cut(predictions)
        return scored if level == "pair" else self._groups[level].means(scored)

    def references_at(self, level: str) -> NDArray[np.float64]:
        """Return the references at a level, shape (n,) or (groups,)."""
        values = self.references.values
        return values if level == "pair" else self._groups[level].means(values)

    def scores_at(self, level: str, predictions: NDArray[np.float64]) -> LevelScores:
        """Return the metrics of predictions at a level.

        Parameters
        ----------
        level : str
            ``pair``, or the name of one of the challenge's groups.
        predictions : array, shape (pairs of the split,)
            One finite prediction per pair, in manifest order.
        """
        scored = self.cut(predictions)
        if level == "pair":
            return _score_level(scored, self._prepared, self._undefined, self.metrics)
        return self._groups[level].scores(scored, self._undefined, self.metrics)

    def card(self, checked: CheckedSubmission) -> ScoreCard:
        """Score a checked submission.

        Raises
        ------
        InvalidSubmissionError
            If the submission has errors.
        """
        report = checked.report
        if checked.predictions is None:
            raise InvalidSubmissionError(report)
        pair = self.scores_at("pair", checked.predictions)
        levels = {name: self.scores_at(name, checked.predictions) for name in self._groups}
        return ScoreCard(
            challenge=self.challenge.name,
            split=self.challenge.split,
            part=None if self.challenge.part == ALL else self.challenge.part,
            references=self.references.summary,
            path=report.path,
            sha256=report.sha256,
            system=report.system,
            team=report.team,
            n=pair.n,
            metrics=pair.metrics,
            undefined=pair.undefined,
            levels=levels,
            findings=(*report.findings, *adjust(remarks(pair), self.challenge)),
            signature=self.signature,
            presentation=self.presentation,
        )


def _score_level(
    predictions: NDArray[np.float64],
    references: PreparedReferences,
    undefined: float | None,
    metrics: tuple[Metric, ...],
) -> LevelScores:
    values = all_metrics(predictions, references, metrics)
    missing = tuple(name for name, value in values.items() if not math.isfinite(value))
    shown: Metrics = {
        # An error that is too large for a float must not count as an error of 0.
        name: value if name not in missing else undefined if math.isnan(value) else None
        for name, value in values.items()
    }
    return LevelScores(n=predictions.size, metrics=shown, undefined=missing)


def signature(challenge: Challenge, references: References) -> str:
    """Return the signature: everything that the scores depend on except the predictions.

    It holds the challenge with the beginning of its file's hash, the split and its part, if any,
    the references, the number of pairs, the metrics, the handling of ties, the value of an
    undefined correlation, and the version.
    """
    ranking = challenge.ranking
    undefined = ranking.undefined if ranking.undefined == "unranked" else f"{ranking.undefined:g}"
    made_in_code = "code"
    parts = {
        "challenge": f"{challenge.name}@{challenge.sha256[:8] or made_in_code}",
        "split": challenge.split,
        **({} if challenge.part == ALL else {"part": challenge.part}),
        **({"target": challenge.target} if challenge.target else {}),
        "ref": references.tag,
        "n": str(len(challenge.scored)),
        "metrics": ",".join(map(_tag, challenge.shown_metrics)),
        "srcc": "average-ranks",
        "ktau": "tau-b",
        "undefined": undefined,
        "v": __version__,
    }
    return "|".join(f"{key}:{value}" for key, value in parts.items())


def signature_of_challenge(challenge: Challenge) -> str:
    """Return the part of a signature that all targets of a challenge have in common."""
    made_in_code = "code"
    parts = {
        "challenge": f"{challenge.name}@{challenge.sha256[:8] or made_in_code}",
        "split": challenge.split,
        **({} if challenge.part == ALL else {"part": challenge.part}),
        "targets": ",".join(challenge.targets),
        "v": __version__,
    }
    return "|".join(f"{key}:{value}" for key, value in parts.items())


def _tag(name: str) -> str:
    """Return the name of a metric for the signature, marked if it is not a bundled one."""
    return name if METRICS.is_bundled(METRICS[name]) else f"{name}@code"

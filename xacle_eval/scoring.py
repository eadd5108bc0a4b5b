"""Scoring: predictions and references to a ScoreCard with its signature.

A submission is scored when it has exactly one finite prediction for every pair; nothing is dropped,
filled, deduplicated or clipped. The metric functions give nan where they are undefined; the
challenge's policy for that is applied here and the card names the metrics it touched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from xacle_eval._version import __version__
from xacle_eval.challenge import Challenge, Group
from xacle_eval.error_profiles import ErrorProfile
from xacle_eval.errors import ChallengeError, InvalidSubmissionError
from xacle_eval.metrics import METRICS, PreparedReferences, all_metrics
from xacle_eval.references import References, ReferenceSummary
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.findings import Finding
from xacle_eval.uncertainty import Bounds, ResamplingSummary

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LevelScores", "ScoreCard", "Scorer", "group_codes", "signature"]

Metrics = dict[str, float | None]


class LevelScores(BaseModel):
    """The metrics at one level: of pairs, or of averages over groups of pairs.

    ``metrics`` holds None where the policy for undefined values gives no number; ``undefined``
    names the metrics that had no variance to work with.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    n: int
    metrics: Metrics
    undefined: tuple[str, ...] = ()
    intervals: dict[str, Bounds] | None = None
    undefined_resamples: dict[str, int] = {}


class ScoreCard(BaseModel):
    """The metrics of one system with all that is needed to make them again."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    challenge: str
    split: str
    references: ReferenceSummary
    path: str
    sha256: str | None
    system: str
    team: str
    n: int
    metrics: Metrics
    undefined: tuple[str, ...] = ()
    intervals: dict[str, Bounds] | None = None
    undefined_resamples: dict[str, int] = {}
    levels: dict[str, LevelScores] = {}
    findings: tuple[Finding, ...] = ()
    resampling: ResamplingSummary | None = None
    profile: ErrorProfile | None = None
    signature: str

    def at(self, level: str) -> LevelScores:
        """Return the scores at a level, ``pair`` or the name of the challenge's group."""
        if level == "pair":
            return LevelScores(
                n=self.n,
                metrics=self.metrics,
                undefined=self.undefined,
                intervals=self.intervals,
                undefined_resamples=self.undefined_resamples,
            )
        return self.levels[level]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each level with its metrics."""
        import pandas as pd

        rows = []
        for level in ("pair", *self.levels):
            scores = self.at(level)
            names = {"team": self.team, "system": self.system, "level": level}
            rows.append({**names, "n": scores.n, **scores.metrics})
        return pd.DataFrame(rows, columns=["team", "system", "level", "n", *METRICS])


@dataclass(frozen=True, slots=True)
class _Groups:
    """Which group each pair belongs to, and the reference's average in each."""

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

    def scores(self, predictions: NDArray[np.float64], undefined: float | None) -> LevelScores:
        return _level(self.means(predictions), self.references, undefined)


def group_codes(group: Group, challenge: Challenge) -> NDArray[np.int64]:
    """Return each pair's group as a number; groups are numbered as they come.

    Raises
    ------
    ChallengeError
        If an id is of no group: its pair would be left out of the averages in silence.
    """
    numbers: dict[str, int] = {}
    codes = []
    for pair in challenge.manifest.ids:
        name = group.group_of(pair)
        if name is None:
            raise ChallengeError(
                challenge.name, [f"group.pattern: finds no group in the id {pair!r}"]
            )
        codes.append(numbers.setdefault(name, len(numbers)))
    return np.array(codes, dtype=np.int64)


class Scorer:
    """Scores many submissions against the same references, which are sorted once.

    Parameters
    ----------
    challenge : Challenge
        With the split in use.
    references : References
        Of that split.
    """

    def __init__(self, challenge: Challenge, references: References) -> None:
        self.challenge = challenge
        self.references = references
        self.signature = signature(challenge, references)
        undefined = challenge.ranking.undefined
        self._undefined = None if undefined == "unranked" else undefined
        self._prepared = PreparedReferences.of(references.values)
        group = challenge.group
        self._groups = _Groups.of(group, challenge, references.values) if group else None

    def values_at(self, level: str, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return predictions at a level: as they are for ``pair``, else their averages over the
        groups.
        """
        return (
            predictions
            if level == "pair" or self._groups is None
            else self._groups.means(predictions)
        )

    def references_at(self, level: str) -> NDArray[np.float64]:
        """Return the references at a level."""
        return self.values_at(level, self.references.values)

    def scores_at(self, level: str, predictions: NDArray[np.float64]) -> LevelScores:
        """Return the metrics of predictions at a level."""
        if level == "pair" or self._groups is None:
            return _level(predictions, self._prepared, self._undefined)
        return self._groups.scores(predictions, self._undefined)

    def card(self, checked: CheckedSubmission) -> ScoreCard:
        """Score a checked submission.

        Raises
        ------
        InvalidSubmissionError
            If the check found an error.
        """
        report = checked.report
        if checked.predictions is None:
            raise InvalidSubmissionError(report)
        pair = self.scores_at("pair", checked.predictions)
        levels = {}
        if self._groups is not None:
            levels[self._groups.name] = self.scores_at(self._groups.name, checked.predictions)
        return ScoreCard(
            challenge=self.challenge.name,
            split=self.challenge.split,
            references=self.references.summary,
            path=report.path,
            sha256=report.sha256,
            system=report.system,
            team=report.team,
            n=pair.n,
            metrics=pair.metrics,
            undefined=pair.undefined,
            levels=levels,
            findings=report.findings,
            signature=self.signature,
        )


def _level(
    predictions: NDArray[np.float64], references: PreparedReferences, undefined: float | None
) -> LevelScores:
    values = all_metrics(predictions, references)
    missing = tuple(name for name, value in values.items() if math.isnan(value))
    metrics: Metrics = {
        name: undefined if math.isnan(value) else value for name, value in values.items()
    }
    return LevelScores(n=predictions.size, metrics=metrics, undefined=missing)


def signature(challenge: Challenge, references: References) -> str:
    """Return what the numbers depend on besides the predictions.

    The challenge and the beginning of its file's hash, the split, the references, the number
    of pairs, how ties are treated, what an undefined correlation counts as, and the version.
    """
    ranking = challenge.ranking
    undefined = ranking.undefined if ranking.undefined == "unranked" else f"{ranking.undefined:g}"
    made_in_code = "code"
    parts = {
        "challenge": f"{challenge.name}@{challenge.sha256[:8] or made_in_code}",
        "split": challenge.split,
        "ref": references.tag,
        "n": str(len(challenge.manifest)),
        "srcc": "average-ranks",
        "ktau": "tau-b",
        "undefined": undefined,
        "v": __version__,
    }
    return "|".join(f"{key}:{value}" for key, value in parts.items())

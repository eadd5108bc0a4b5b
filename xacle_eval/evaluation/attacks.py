"""The simulated attacks on one policy: which of them apply, and what they read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.rounding import decimals_of
from xacle_eval.metrics import METRICS
from xacle_eval.results.audit import Attack
from xacle_eval.statistics.leaks.answers import Answers
from xacle_eval.statistics.leaks.constant import CORRELATIONS, constant_scores
from xacle_eval.statistics.leaks.few_pairs import FewPairs, read_few_pairs
from xacle_eval.statistics.leaks.found import Found
from xacle_eval.statistics.leaks.labels import KnownLabels
from xacle_eval.statistics.leaks.one_pair import (
    error_moves,
    linear_moves,
    rank_moves,
    read_at_edge,
    read_one_pair,
)
from xacle_eval.statistics.leaks.several_pairs import error_pairs, linear_pairs

__all__ = ["SIMULATED", "Policy", "most_labels", "simulate"]

SIMULATED = (*CORRELATIONS, "MSE")
"""The metrics that the attacks use."""

# Of equally rounded correlations, that of which a move says most about its label comes first.
_EASIEST = ("SRCC", "LCC", "KTAU")

_Run = Callable[[np.random.Generator], Found]


@dataclass(frozen=True)
class Policy:
    """What is shown, how often, and between which predictions.

    Attributes
    ----------
    decimals : dict of str to int
        The decimals of each shown metric.
    ladder : float or None
        The step of a Ladder.
    tries : int
        The number of scores that are shown.
    allowed : tuple of float
        The lowest and the highest accepted prediction.
    levels : int
        The number of levels with scores: pairs, and groups of them.
    history : bool
        Whether the host keeps what a team has seen. Without it, a Ladder only rounds to its step.
    """

    decimals: Mapping[str, int]
    ladder: float | None
    tries: int
    allowed: tuple[float, float]
    levels: int = 1
    history: bool = True

    @property
    def climbs(self) -> bool:
        """Whether a team sees only scores that are better than its best by the step."""
        return self.ladder is not None and self.history

    def width(self, places: int) -> float:
        """Return the distance between two values that look different, with so many decimals."""
        unit = 10.0**-places
        if self.ladder is None:
            return unit
        # A large error has fewer decimals than the step.
        return self.ladder if self.history else max(self.ladder, unit)


def simulate(
    labels: KnownLabels, policy: Policy, repetitions: int, seed: int
) -> tuple[Attack, ...]:
    """Return what each attack that applies reads.

    Parameters
    ----------
    labels : KnownLabels
        The labels.
    policy : Policy
        What is shown.
    repetitions : int
        The number of simulations of each attack, 2 or more.
    seed : int
        Of the choice of pairs and probes.
    """
    if labels.values.size < 2 or labels.size < 4:
        return ()
    found = []
    for place, (name, metrics, run) in enumerate(_attacks(labels, policy)):
        results = [
            run(np.random.default_rng([seed, place, repetition]))
            for repetition in range(repetitions)
        ]
        read = np.array([each.likely for each in results], dtype=np.float64)
        found.append(
            Attack(
                name=name,
                metrics=metrics,
                read=float(read.mean()),
                error=float(read.std(ddof=1) / math.sqrt(repetitions)),
                certain=float(np.mean([each.certain for each in results])),
                wrong=float(np.mean([each.wrong for each in results])),
            )
        )
    return tuple(found)


def _attacks(labels: KnownLabels, policy: Policy) -> list[tuple[str, tuple[str, ...], _Run]]:
    shown = policy.decimals
    correlations = tuple(name for name in shown if name in CORRELATIONS)
    attacks: list[tuple[str, tuple[str, ...], _Run]] = []
    if correlations:
        attacks.append(("few pairs", correlations, _few_pairs(labels, policy, correlations)))
    if "LCC" in shown:
        attacks.append(("one pair", ("LCC",), _one_linear(labels, policy)))
        if not policy.climbs:
            width = policy.width(shown["LCC"])
            attacks.append(
                (
                    "several pairs",
                    ("LCC",),
                    lambda rng: linear_pairs(labels, width, policy.tries, rng),
                )
            )
    if "MSE" in shown:
        attacks += _error_attacks(labels, policy, correlations)
    if correlations and not policy.climbs:
        finest = min(correlations, key=lambda name: (-shown[name], _EASIEST.index(name)))
        attacks.append(("one pair at an edge", (finest,), _at_edge(labels, policy, finest)))
    return attacks


def _answers(policy: Policy, metric: str) -> Answers:
    return Answers(policy.width(policy.decimals[metric]), ladder=policy.climbs)


def _few_pairs(labels: KnownLabels, policy: Policy, metrics: tuple[str, ...]) -> _Run:
    # A Ladder rules out few guesses at a time, so that three pairs would take long.
    pairs = FewPairs(labels, metrics, 2 if policy.climbs else None)

    def run(rng: np.random.Generator) -> Found:
        answers = {metric: _answers(policy, metric) for metric in metrics}
        return read_few_pairs(pairs, answers, policy.tries, rng)

    return run


def _at_edge(labels: KnownLabels, policy: Policy, metric: str) -> _Run:
    moves = linear_moves(labels) if metric == "LCC" else rank_moves(metric, labels)

    def run(rng: np.random.Generator) -> Found:
        return read_at_edge(labels, moves, _answers(policy, metric), policy.tries, rng)

    return run


def _one_linear(labels: KnownLabels, policy: Policy) -> _Run:
    moves = linear_moves(labels)

    def run(rng: np.random.Generator) -> Found:
        # A Ladder shows more of what follows a bad score than of what follows a good one.
        base = rng.uniform(-0.1, 0.0) if policy.climbs else rng.uniform(0.0, 0.6)
        answers = _answers(policy, "LCC")
        return read_one_pair(labels, base, moves, answers, policy.tries, rng, can_shift=False)

    return run


def _error_attacks(
    labels: KnownLabels, policy: Policy, correlations: tuple[str, ...]
) -> list[tuple[str, tuple[str, ...], _Run]]:
    variance = float(labels.shares @ (labels.values - labels.mean) ** 2)
    places = decimals_of("MSE", variance, policy.decimals["MSE"])
    width = policy.width(places)
    move = _largest_move(labels, policy, variance, places)
    moves = error_moves(labels, labels.mean - move, labels.mean + move)
    cells = _cells(labels, policy, correlations)

    def one(rng: np.random.Generator) -> Found:
        answers = replace(_answers(policy, "MSE"), width=width)
        # The mean is known up to a little, so that the last digits of the base are not.
        base = -variance * (1 + rng.uniform(0.0, 0.001))
        return read_one_pair(labels, base, moves, answers, policy.tries, rng, cells=cells)

    def several(rng: np.random.Generator) -> Found:
        return error_pairs(labels, variance, move, width, policy.tries, rng)

    attacks: list[tuple[str, tuple[str, ...], _Run]] = [("one pair", ("MSE", *correlations), one)]
    if not policy.climbs:
        attacks.append(("several pairs", ("MSE",), several))
    return attacks


def _largest_move(labels: KnownLabels, policy: Policy, variance: float, places: int) -> float:
    """Return the largest move of a prediction after which the MSE has as many decimals."""
    low, high = policy.allowed
    most = max(0.0, min(labels.mean - low, high - labels.mean))
    while most > 1e-9 and not policy.climbs:
        # The error of a pair is at most the move and the largest deviation of a label.
        far = most + float(np.abs(labels.values - labels.mean).max())
        if decimals_of("MSE", variance * 1.001 + far**2 / labels.size, places) == places:
            break
        most *= 0.9
    return most


def _cells(
    labels: KnownLabels, policy: Policy, correlations: tuple[str, ...]
) -> NDArray[np.int64] | None:
    """Return what the correlations show of the label of a pair that differs from a constant."""
    if not correlations or policy.climbs:
        return None
    guesses = np.arange(labels.values.size)[:, None]
    cells = [
        _answers(policy, metric).cells(constant_scores(metric, labels, guesses, (1,)))
        for metric in correlations
    ]
    return np.unique(np.stack(cells), axis=1, return_inverse=True)[1].reshape(-1)


def most_labels(labels: KnownLabels, policy: Policy) -> float:
    """Return an upper bound on the labels that any attack can read, by information.

    With :math:`T` tries, :math:`m` possible answers to each, at all levels together, and an
    entropy of :math:`H` bits of a label, the answers tell at most :math:`T \\log_2 m` bits, and
    so :math:`T \\log_2(m) / H` labels. A Ladder shows a sequence that only improves: of
    :math:`L` steps in :math:`T` tries there are :math:`\\binom{T + L}{T}`.
    """
    answers = {
        name: _answer_count(name, places, policy) for name, places in policy.decimals.items()
    }
    if policy.climbs:
        steps = max(answers.values())
        total = math.lgamma(policy.tries + steps + 1) - math.lgamma(policy.tries + 1)
        bits = (total - math.lgamma(steps + 1)) / math.log(2)
    else:
        bits = policy.tries * policy.levels * sum(math.log2(each) for each in answers.values())
    return min(float(labels.size), bits / labels.entropy) if labels.entropy > 0 else 0.0


def _answer_count(metric: str, places: int, policy: Policy) -> float:
    """Return how many values of a metric look different."""
    width = policy.width(places)
    low, high = METRICS[metric].range if metric in METRICS else (-math.inf, math.inf)
    if math.isfinite(high - low):
        return (high - low) / width + 1
    span = policy.allowed[1] - policy.allowed[0]
    # An error has four digits: 9,000 values between two powers of ten.
    powers = max(1.0, math.ceil(math.log10(max(span**2, 1.0))) + max(places, 0))
    return min(span**2 / width, 9000.0 * powers) + 1

"""Attacks that read labels from a leaderboard: the files to send, and how to decode the scores.

Labels are means of eight whole ratings from 0 to 10, so they are multiples of 1/8. An attack sees
what is published of each file, by its label; None stands for a file without published scores.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tests.helpers import json_of

METRICS = ("SRCC", "LCC", "KTAU", "MSE")
STEP = 0.125
Published = Callable[[str], Mapping[str, float] | None]


@dataclass
class Attack(ABC):
    """Files with a common name: one without a change, and one for each group of pairs.

    ``separate`` gives every file its own team; otherwise they are systems of one team.
    """

    name: str
    pairs: int
    separate: bool

    group = 1

    def label(self, number: int) -> str:
        """Return the label of a file."""
        return f"{self.name}{number:03d}" if self.separate else f"{self.name}_{number:03d}"

    def background(self) -> np.ndarray:
        """Return the predictions of file 0."""
        return np.full(self.pairs, 5.0)

    @abstractmethod
    def change(self, values: np.ndarray, first: int) -> None:
        """Change the predictions of the group that begins at a pair."""

    def files(self) -> dict[str, np.ndarray]:
        """Return the predictions to send, by label."""
        files = {self.label(0): self.background()}
        for number, first in enumerate(range(0, self.pairs, self.group), start=1):
            values = self.background()
            self.change(values, first)
            files[self.label(number)] = values
        return files

    def decode(self, published: Published) -> dict[int, float]:
        """Return the labels that the published scores reveal, by pair."""
        files, found = self.files(), {}
        before = published(self.label(0))
        for number, first in enumerate(range(0, self.pairs, self.group), start=1):
            after = published(self.label(number))
            if before is not None and after is not None:
                own, its = files[self.label(0)], files[self.label(number)]
                squares = self.pairs * (after["MSE"] - before["MSE"])
                product = (float(its @ its - own @ own) - squares) / 2
                found |= self.labels(its - own, product, first)
        return found

    def labels(self, change: np.ndarray, product: float, first: int) -> dict[int, float]:
        """Return labels from the sum of each label times the change of its prediction."""
        return {first: round(product / change[first] / STEP) * STEP}


class Digits(Attack):
    """Four labels in one file: the digits of a number to the base 81."""

    group = 4

    def background(self) -> np.ndarray:
        """Return zeros, so that the changes are the predictions."""
        return np.zeros(self.pairs)

    def change(self, values: np.ndarray, first: int) -> None:
        """Write powers of 81; the MSE then holds one digit for each label."""
        values[first : first + 4] = [40.0 * 81.0**place for place in range(4)]

    def labels(self, change: np.ndarray, product: float, first: int) -> dict[int, float]:
        """Return the digits of the sum."""
        number, found = round(product / 40.0 / STEP), {}
        for place in range(4):
            number, digit = divmod(number, 81)
            found[first + place] = digit * STEP
        return found


class Spikes(Attack):
    """One label in each file: the largest accepted prediction, and a constant elsewhere."""

    def change(self, values: np.ndarray, first: int) -> None:
        """Write the largest accepted prediction."""
        values[first] = 110.0


class Outliers(Spikes):
    """The same on top of a usual system's predictions."""

    def background(self) -> np.ndarray:
        """Return predictions that vary like a usual system's."""
        return np.random.default_rng(5).uniform(2.0, 8.0, self.pairs).round(2)


class Steps(Outliers):
    """One usual prediction of a usual system changed: no single file can be recognised."""

    def change(self, values: np.ndarray, first: int) -> None:
        """Move a prediction to the end of the scale that is further away."""
        values[first] = 10.0 if values[first] < 5.0 else 0.0


class Correlations(Spikes):
    """Spikes, decoded from LCC by someone who knows the mean and deviation of the labels."""

    mean = deviation = 0.0

    def decode(self, published: Published) -> dict[int, float]:
        """Solve LCC = (label - mean) / (deviation · sqrt(n - 1)) for the label."""
        found = {}
        for pair in range(self.pairs):
            after = published(self.label(pair + 1))
            if after is not None:
                size = self.deviation * (self.pairs - 1) ** 0.5
                found[pair] = round((self.mean + after["LCC"] * size) / STEP) * STEP
        return found


def printed_scores(output: str, format_: str) -> Published:
    """Return what a printed leaderboard publishes of each system."""
    if format_ == "json":
        entries = json_of(output)["entries"]
        return {entry["system"]: entry["metrics"] for entry in entries}.get
    found = {}
    for line in output.splitlines():
        words = re.sub(r"\\textbf|[|&,*{}\\]", " ", line.replace("\\_", "_")).split()
        numbers = [_number(word) for word in words]
        for place, number in enumerate(numbers):
            scores = numbers[place + 1 : place + 5]
            if number is None and len(scores) == 4 and None not in scores:
                found[words[place]] = dict(zip(METRICS, scores, strict=True))
    return found.get


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def count_exact(found: Mapping[int, float], labels: Iterable[float]) -> int:
    """Return the number of labels that were found exactly."""
    return sum(found.get(pair) == label for pair, label in enumerate(labels))

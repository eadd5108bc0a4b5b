"""The recipe's own errors: somebody's input, never a fault of the program.

::

    XacleEvalError          2  (of the toolkit)
    └── RecipeError         2  wrong arguments, a file that is not there, a wrong model file
        ├── AudioError      2  a sound file that is not what the challenge's audio is
        └── DatasetError    2  a dataset folder that cannot be used; lists its faults
"""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval import XacleEvalError

__all__ = ["AudioError", "DatasetError", "RecipeError"]

MOST_FAULTS_IN_A_MESSAGE = 10


class RecipeError(XacleEvalError):
    """Base of every error of the recipe."""


class AudioError(RecipeError):
    """A sound file that cannot be used: which file, what was found and expected, how to mend it."""


class DatasetError(RecipeError):
    """A dataset folder that cannot be used.

    Parameters
    ----------
    directory : str
        The folder.
    faults : sequence of str
        Every fault found, one a line; a long list is cut and says so.
    """

    def __init__(self, directory: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        lines = [f"the dataset in {directory} cannot be used:"]
        lines += [f"  - {fault}" for fault in self.faults[:MOST_FAULTS_IN_A_MESSAGE]]
        if len(self.faults) > MOST_FAULTS_IN_A_MESSAGE:
            lines.append(f"  - and {len(self.faults) - MOST_FAULTS_IN_A_MESSAGE} more")
        lines.append(f"  `python -m reference check {directory}` lists every fault.")
        super().__init__("\n".join(lines))

"""The errors of the recipe, with their exit codes. All are caused by the user's input.

::

    XacleEvalError          2  (of the toolkit)
    └── RecipeError         2  invalid argument, missing file, invalid model file
        ├── AudioError      2  audio file in another format than the challenge's
        └── DatasetError    2  invalid dataset folder; lists its problems
"""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval import XacleEvalError

__all__ = ["AudioError", "DatasetError", "RecipeError"]

MOST_PROBLEMS_IN_A_MESSAGE = 10


class RecipeError(XacleEvalError):
    """Base class of all errors of the recipe."""


class AudioError(RecipeError):
    """An audio file that cannot be used: the file, what was expected, and how to fix it."""


class DatasetError(RecipeError):
    """A dataset folder that cannot be used.

    Parameters
    ----------
    directory : str
        The folder.
    problems : sequence of str
        All problems, one per line; the message lists the first ten and counts the rest.
    """

    def __init__(self, directory: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        lines = [f"the dataset in {directory} cannot be used:"]
        lines += [f"  - {problem}" for problem in self.problems[:MOST_PROBLEMS_IN_A_MESSAGE]]
        if len(self.problems) > MOST_PROBLEMS_IN_A_MESSAGE:
            lines.append(f"  - and {len(self.problems) - MOST_PROBLEMS_IN_A_MESSAGE} more")
        lines.append(f"  To list all problems: `python -m reference check {directory} --all`")
        super().__init__("\n".join(lines))

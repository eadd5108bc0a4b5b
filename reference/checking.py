"""The dataset check: report all problems of a dataset folder at once.

It checks the layout; every metadata file, line by line (columns, texts, integer ratings on the
scale, averages on the scale and equal to the mean of the ratings, no duplicate rows, no id in two
splits); that every pair has audio and all audio belongs to a pair; and the header and length of
every WAV file (mono, 16-bit, 16 kHz, complete, all clips equally long).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reference.audio import WavInfo, inspect_wav
from reference.dataset import SPLITS, SplitTables, audio_names, read_split_tables
from reference.errors import AudioError, RecipeError
from reference.metadata import Problem, Row

__all__ = ["CHALLENGE_SECONDS", "CheckReport", "check"]

CHALLENGE_SECONDS = 10.0
"""Length of the challenge's clips."""

_LEAST_DECIMALS = 2  # averages of four ratings are exact in two decimals
_FLOAT_NOISE = 1e-9

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class CheckReport:
    """The result of a check.

    Attributes
    ----------
    problems : tuple of Problem
        Errors and warnings, in the order of the check.
    pairs, ratings, clips : dict of str to int
        Their numbers in each split.
    seconds : float or None
        The most frequent length of the clips; None without clips.
    """

    problems: tuple[Problem, ...]
    pairs: dict[str, int]
    ratings: dict[str, int]
    clips: dict[str, int]
    seconds: float | None

    @property
    def errors(self) -> int:
        """Number of problems that make the dataset invalid."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        """Number of problems that do not make the dataset invalid."""
        return len(self.problems) - self.errors

    def groups(self) -> dict[tuple[str, str], list[Problem]]:
        """Return the problems by (severity, group), errors first."""
        result: dict[tuple[str, str], list[Problem]] = {}
        for problem in sorted(
            self.problems, key=lambda problem: problem.severity
        ):  # "error" < "warning"
            result.setdefault((problem.severity, problem.group), []).append(problem)
        return result


def check(directory: Path, *, progress: Progress | None = None) -> CheckReport:
    """Check a dataset folder and return all its problems.

    Parameters
    ----------
    directory : Path
        The folder with ``meta_data`` and ``wav``.
    progress : callable, optional
        Called with (clips done, total).

    Returns
    -------
    CheckReport
        All problems, and the size of the dataset.

    Raises
    ------
    RecipeError
        If the folder does not exist.
    """
    if not directory.is_dir():
        raise RecipeError(
            f"{directory}: no such folder. Expected a dataset folder with meta_data/ and wav/."
        )
    problems = _check_layout(directory)
    metadata = {split: read_split_tables(directory, split) for split in SPLITS}
    for split, tables in metadata.items():
        problems += tables.problems + _check_agreement(split, tables)
    problems += _shared_pairs(metadata)
    audio_problems, infos = _check_audio(directory, metadata, progress)
    lengths, seconds = _check_lengths(infos)
    return CheckReport(
        tuple(problems + audio_problems + lengths),
        {split: len(tables.texts) for split, tables in metadata.items()},
        {split: sum(map(len, tables.ratings.values())) for split, tables in metadata.items()},
        {split: len(audio_names(directory, split)) for split in SPLITS},
        seconds,
    )


def _check_layout(directory: Path) -> list[Problem]:
    expected = ["meta_data", "wav", *(f"wav/{split}" for split in SPLITS)]
    return [
        Problem("error", "layout", f"{name}/", "missing; expected a folder of this name")
        for name in expected
        if not (directory / name).is_dir()
    ]


def _check_agreement(split: str, tables: SplitTables) -> list[Problem]:
    """Check that scores exist, that both files list the same pairs and that averages are right."""
    problems = []
    rated = {table.kind for table in tables.tables} - {"pairs"}
    if tables.tables and not rated and split != "test":
        problems.append(
            Problem("error", "scores", tables.tables[0].name, f"no scores; {split} needs them")
        )
    if len(tables.tables) == 2:
        first, second = ({row.pair: row.line for row in table.rows} for table in tables.tables)
        for here, there, table, other in (
            (first, second, tables.tables[0], tables.tables[1]),
            (second, first, tables.tables[1], tables.tables[0]),
        ):
            for pair in here.keys() - there.keys():
                where = f"{table.name}:{here[pair]}"
                problems.append(Problem("error", "pairs", where, f"{pair} is not in {other.name}"))
    for table in tables.tables:
        if table.kind == "averages" and tables.ratings:
            problems += [
                problem
                for row in table.rows
                if (problem := _average_problem(table.name, row, tables))
            ]
    return sorted(problems, key=lambda problem: problem.where)


def _average_problem(name: str, row: Row, tables: SplitTables) -> Problem | None:
    ratings = tables.ratings.get(row.pair)
    if row.value is None or not ratings:
        return None
    decimals = len(row.raw.partition(".")[2]) if "e" not in row.raw.lower() else _LEAST_DECIMALS
    # A printed average may be rounded: allow an error of half a unit of its last decimal.
    tolerance = 0.5 * 10.0 ** -max(decimals, _LEAST_DECIMALS) + _FLOAT_NOISE
    mean = sum(ratings) / len(ratings)
    if abs(row.value - mean) <= tolerance:
        return None
    message = f"{row.pair}: average {row.raw}; the mean of its {len(ratings)} ratings is {mean:.6g}"
    return Problem("error", "averages", f"{name}:{row.line}", message)


def _shared_pairs(metadata: dict[str, SplitTables]) -> list[Problem]:
    problems: list[Problem] = []
    home: dict[str, str] = {}
    for split, tables in metadata.items():
        for table in tables.tables[:1]:
            for pair, line in {row.pair: row.line for row in reversed(table.rows)}.items():
                if home.setdefault(pair, split) != split:
                    message = f"{pair} is also in {home[pair]}; splits must not share pairs"
                    problems.append(Problem("error", "splits", f"{table.name}:{line}", message))
    return sorted(problems, key=lambda problem: problem.where)


def _check_audio(
    directory: Path, metadata: dict[str, SplitTables], progress: Progress | None
) -> tuple[list[Problem], dict[str, WavInfo]]:
    problems: list[Problem] = []
    infos: dict[str, WavInfo] = {}
    there = {split: audio_names(directory, split) for split in SPLITS}
    total, done = sum(map(len, there.values())), 0
    for split in SPLITS:
        listed = set(metadata[split].texts)
        for name in sorted(listed - there[split]):
            problems.append(_missing_audio_problem(directory, split, name))
        for name in sorted(there[split]):
            where = f"wav/{split}/{name}"
            if name not in listed:
                text = f"unused: not in the metadata of {split}"
                problems.append(Problem("warning", "unused audio", where, text))
            if name.lower().endswith(".wav"):
                problems += _inspect(directory, where, infos)
            done += 1
            if progress is not None:
                progress(done, total)
    return problems, infos


def _inspect(directory: Path, where: str, infos: dict[str, WavInfo]) -> list[Problem]:
    """Add the header of a clip to `infos`, or return its problem."""
    try:
        infos[where] = inspect_wav(directory / where)
    except AudioError as error:
        return [
            Problem(
                "error", "audio format", where, str(error).removeprefix(f"{directory / where}: ")
            )
        ]
    return []


def _missing_audio_problem(directory: Path, split: str, name: str) -> Problem:
    elsewhere = [other for other in SPLITS if (directory / "wav" / other / name).is_file()]
    note = f" (found in wav/{elsewhere[0]}/)" if elsewhere else ""
    return Problem(
        "error",
        "missing audio",
        f"wav/{split}/{name}",
        f"no such file, but the metadata list it{note}",
    )


def _check_lengths(infos: dict[str, WavInfo]) -> tuple[list[Problem], float | None]:
    if not infos:
        return [], None
    counts = Counter(info.frames for info in infos.values())
    usual, _ = max(counts.items(), key=lambda item: (item[1], item[0]))
    rate = next(iter(infos.values())).sample_rate
    problems = [
        Problem(
            "error", "lengths", where, f"{info.seconds:.3f} s; most clips last {usual / rate:.3f} s"
        )
        for where, info in infos.items()
        if info.frames != usual
    ]
    if usual != round(CHALLENGE_SECONDS * rate):
        text = f"the clips last {usual / rate:g} s; in the challenge {CHALLENGE_SECONDS:g} s"
        problems.append(Problem("warning", "lengths", "wav/", text))
    return problems, usual / rate

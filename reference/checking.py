"""The dataset check: every fault of a dataset folder at once.

What is verified: the layout; every metadata file, line by line (columns, texts, ratings that
are integers on the scale, averages on the scale and equal to the mean of the ratings, no row
twice, no id in two splits); that every pair has its audio and all audio its pair; and the
header and length of every WAV file (mono, 16-bit, 16 kHz, complete, one length throughout).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reference.audio import WavInfo, inspect_wav
from reference.dataset import SPLITS, SplitTables, audio_names, read_split_tables
from reference.errors import AudioError, RecipeError
from reference.metadata import Fault, Row

__all__ = ["CHALLENGE_SECONDS", "CheckReport", "check"]

CHALLENGE_SECONDS = 10.0
"""Length of the challenge's clips."""

_LEAST_DECIMALS = 2  # averages of four ratings are exact in two decimals
_FLOAT_NOISE = 1e-9

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes
    ----------
    faults : tuple of Fault
        In the order of the check; errors and warnings.
    pairs, ratings, clips : dict of str to int
        Numbers of each split.
    seconds : float or None
        The length that most clips have.
    """

    faults: tuple[Fault, ...]
    pairs: dict[str, int]
    ratings: dict[str, int]
    clips: dict[str, int]
    seconds: float | None

    @property
    def errors(self) -> int:
        """Number of faults that make the dataset unfit."""
        return sum(fault.severity == "error" for fault in self.faults)

    @property
    def warnings(self) -> int:
        """Number of faults that are only worth knowing."""
        return len(self.faults) - self.errors

    def groups(self) -> dict[tuple[str, str], list[Fault]]:
        """Return the faults by (severity, group), errors first."""
        result: dict[tuple[str, str], list[Fault]] = {}
        for fault in sorted(self.faults, key=lambda fault: fault.severity):  # "error" < "warning"
            result.setdefault((fault.severity, fault.group), []).append(fault)
        return result


def check(directory: Path, *, progress: Progress | None = None) -> CheckReport:
    """Check a dataset folder and return everything that is wrong with it.

    Parameters
    ----------
    directory : Path
        The folder that holds ``meta_data`` and ``wav``.
    progress : callable, optional
        Called with (clips done, clips in all).

    Raises
    ------
    RecipeError
        If the folder does not exist; all else is in the report.
    """
    if not directory.is_dir():
        raise RecipeError(
            f"{directory}: no such folder. Expected a dataset folder with meta_data/ and wav/."
        )
    faults = _layout(directory)
    metadata = {split: read_split_tables(directory, split) for split in SPLITS}
    for split, tables in metadata.items():
        faults += tables.faults + _agreement(split, tables)
    faults += _in_two_splits(metadata)
    audio_faults, infos = _audio(directory, metadata, progress)
    lengths, seconds = _lengths(infos)
    return CheckReport(
        tuple(faults + audio_faults + lengths),
        {split: len(tables.texts) for split, tables in metadata.items()},
        {split: sum(map(len, tables.ratings.values())) for split, tables in metadata.items()},
        {split: len(audio_names(directory, split)) for split in SPLITS},
        seconds,
    )


def _layout(directory: Path) -> list[Fault]:
    expected = ["meta_data", "wav", *(f"wav/{split}" for split in SPLITS)]
    return [
        Fault("error", "layout", f"{name}/", "missing; expected a folder of this name")
        for name in expected
        if not (directory / name).is_dir()
    ]


def _agreement(split: str, tables: SplitTables) -> list[Fault]:
    """Check that the two files of a split list the same pairs, that scores are there and averages
    right.
    """
    faults = []
    rated = {table.kind for table in tables.tables} - {"pairs"}
    if tables.tables and not rated and split != "test":
        faults.append(
            Fault("error", "scores", tables.tables[0].name, f"no scores; {split} needs them")
        )
    if len(tables.tables) == 2:
        first, second = ({row.pair: row.line for row in table.rows} for table in tables.tables)
        for here, there, table, other in (
            (first, second, tables.tables[0], tables.tables[1]),
            (second, first, tables.tables[1], tables.tables[0]),
        ):
            for pair in here.keys() - there.keys():
                where = f"{table.name}:{here[pair]}"
                faults.append(Fault("error", "pairs", where, f"{pair} is not in {other.name}"))
    for table in tables.tables:
        if table.kind == "averages" and tables.ratings:
            faults += [
                fault for row in table.rows if (fault := _wrong_average(table.name, row, tables))
            ]
    return sorted(faults, key=lambda fault: fault.where)


def _wrong_average(name: str, row: Row, tables: SplitTables) -> Fault | None:
    ratings = tables.ratings.get(row.pair)
    if row.value is None or not ratings:
        return None
    decimals = len(row.raw.partition(".")[2]) if "e" not in row.raw.lower() else _LEAST_DECIMALS
    # A printed average may be rounded: half a unit of its last decimal is the most that can be off.
    tolerance = 0.5 * 10.0 ** -max(decimals, _LEAST_DECIMALS) + _FLOAT_NOISE
    mean = sum(ratings) / len(ratings)
    if abs(row.value - mean) <= tolerance:
        return None
    message = f"{row.pair}: average {row.raw}, the mean of its {len(ratings)} ratings is {mean:.6g}"
    return Fault("error", "averages", f"{name}:{row.line}", message)


def _in_two_splits(metadata: dict[str, SplitTables]) -> list[Fault]:
    faults: list[Fault] = []
    home: dict[str, str] = {}
    for split, tables in metadata.items():
        for table in tables.tables[:1]:
            for pair, line in {row.pair: row.line for row in reversed(table.rows)}.items():
                if home.setdefault(pair, split) != split:
                    message = f"{pair} is in {home[pair]} too; the splits must share no pair"
                    faults.append(Fault("error", "splits", f"{table.name}:{line}", message))
    return sorted(faults, key=lambda fault: fault.where)


def _audio(
    directory: Path, metadata: dict[str, SplitTables], progress: Progress | None
) -> tuple[list[Fault], dict[str, WavInfo]]:
    faults: list[Fault] = []
    infos: dict[str, WavInfo] = {}
    there = {split: audio_names(directory, split) for split in SPLITS}
    total, done = sum(map(len, there.values())), 0
    for split in SPLITS:
        listed = set(metadata[split].texts)
        for name in sorted(listed - there[split]):
            faults.append(_missing(directory, split, name))
        for name in sorted(there[split]):
            where = f"wav/{split}/{name}"
            if name not in listed:
                text = f"surplus: no row of {split}'s metadata names it"
                faults.append(Fault("warning", "surplus audio", where, text))
            if name.lower().endswith(".wav"):
                faults += _inspected(directory, where, infos)
            done += 1
            if progress is not None:
                progress(done, total)
    return faults, infos


def _inspected(directory: Path, where: str, infos: dict[str, WavInfo]) -> list[Fault]:
    """Add what a clip's header says to `infos`, or return what is wrong with it."""
    try:
        infos[where] = inspect_wav(directory / where)
    except AudioError as error:
        return [
            Fault("error", "audio format", where, str(error).removeprefix(f"{directory / where}: "))
        ]
    return []


def _missing(directory: Path, split: str, name: str) -> Fault:
    elsewhere = [other for other in SPLITS if (directory / "wav" / other / name).is_file()]
    note = f" (there is one in wav/{elsewhere[0]}/)" if elsewhere else ""
    return Fault(
        "error", "missing audio", f"wav/{split}/{name}", f"no such file, the metadata list it{note}"
    )


def _lengths(infos: dict[str, WavInfo]) -> tuple[list[Fault], float | None]:
    if not infos:
        return [], None
    counts = Counter(info.frames for info in infos.values())
    usual, _ = max(counts.items(), key=lambda item: (item[1], item[0]))
    rate = next(iter(infos.values())).sample_rate
    faults = [
        Fault(
            "error", "lengths", where, f"{info.seconds:.3f} s; most clips have {usual / rate:.3f} s"
        )
        for where, info in infos.items()
        if info.frames != usual
    ]
    if usual != round(CHALLENGE_SECONDS * rate):
        text = f"the clips have {usual / rate:g} s; the challenge's have {CHALLENGE_SECONDS:g} s"
        faults.append(Fault("warning", "lengths", "wav/", text))
    return faults, usual / rate

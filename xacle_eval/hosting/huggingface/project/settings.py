"""The settings in ``config.json``, which ``xacle-eval export huggingface`` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

__all__ = ["Board", "Column", "Phase", "Settings", "load_settings"]


@dataclass(frozen=True)
class Column:
    """A score, its direction and its decimals."""

    key: str
    higher_is_better: bool
    decimals: int


@dataclass(frozen=True)
class Board:
    """A leaderboard of a phase.

    ``order`` has the keys that decide the ranks, ``columns`` those that are shown. With ``means``,
    the names of other boards, a system's value is the mean of its places on these. ``needs`` has
    the targets without which a system is not on it.
    """

    name: str
    title: str
    order: tuple[str, ...]
    columns: tuple[str, ...]
    means: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phase:
    """A phase: its times in UTC, its limits, its scores and its leaderboards."""

    name: str
    title: str
    opens: datetime | None
    closes: datetime | None
    offset: timedelta
    valid_per_day: int | None
    valid_total: int | None
    all_per_day: int | None
    final_systems: int | None
    ladder: bool
    columns: tuple[Column, ...]
    boards: tuple[Board, ...]

    def day(self, moment: datetime) -> date:
        """Return the day of the phase's time zone in which a time is."""
        return (moment + self.offset).date()

    def refusal(self, moment: datetime) -> str | None:
        """Return ``early`` or ``late``, or None while the phase is open."""
        if self.opens is not None and moment < self.opens:
            return "early"
        return "late" if self.closes is not None and moment >= self.closes else None


@dataclass(frozen=True)
class Settings:
    """A challenge, as its Space and its evaluator need it.

    With ``error_bars``, the evaluator publishes the standard error of each score, except in a phase
    with a ladder.
    """

    title: str
    datasets: Mapping[str, str]
    endings: tuple[str, ...]
    most_bytes: int
    unranked: Mapping[str, tuple[str, ...]]
    error_bars: bool
    phases: Mapping[str, Phase]


def load_settings(folder: Path) -> Settings:
    """Return the settings in a folder."""
    values = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Settings(
        title=values["title"],
        datasets=values["datasets"],
        endings=tuple(values["endings"]),
        most_bytes=values["most_bytes"],
        unranked={kind: tuple(names) for kind, names in values["unranked"].items()},
        error_bars=values["error_bars"],
        phases={name: _phase(name, each) for name, each in values["phases"].items()},
    )


def _phase(name: str, values: Mapping[str, Any]) -> Phase:
    opens, closes = (
        None if values[key] is None else datetime.fromisoformat(values[key])
        for key in ("opens", "closes")
    )
    return Phase(
        name=name,
        title=values["title"],
        opens=opens,
        closes=closes,
        offset=timedelta(minutes=values["offset_minutes"]),
        valid_per_day=values["valid_per_day"],
        valid_total=values["valid_total"],
        all_per_day=values["all_per_day"],
        final_systems=values["final_systems"],
        ladder=values["ladder"],
        columns=tuple(Column(**each) for each in values["columns"]),
        boards=tuple(
            Board(
                name=each["name"],
                title=each["title"],
                order=tuple(each["order"]),
                columns=tuple(each["columns"]),
                means=tuple(each["means"]),
                needs=tuple(each["needs"]),
            )
            for each in values["boards"]
        ),
    )

"""Result models of the analysis of per-listener ratings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from xacle_eval.models.frames import frame_of
from xacle_eval.models.model import Model, Result
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import PathText

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["ListenerReport", "RatingsAnalysis", "ScreeningSummary"]


class RatingsAnalysis(Model):
    """Analysis of a set of ratings; each part is a result of `xacle_eval.listeners` as a dict."""

    description: dict[str, Any]
    reliability: dict[str, Any]
    components: dict[str, Any]
    ceiling: dict[str, Any]
    floor: dict[str, Any]
    one_human: dict[str, Any]


class ScreeningSummary(Model):
    """Removals of a screening method, with their reasons."""

    method: str
    parameters: dict[str, float | str | bool | None]
    n_ratings: int
    n_removed: int
    n_listeners_removed: int
    untested: int
    pairs_lost: tuple[str, ...]
    removals: tuple[dict[str, Any], ...]


class ListenerReport(Result):
    """Analysis of a file of ratings; ``after`` describes the ratings that screening keeps."""

    challenge: str
    split: str | None
    part: str | None = None
    target: str | None = None
    path: PathText
    sha256: str | None
    excluded: int
    duplicates: Literal["keep", "average"]
    seed: int
    splits: int
    resamples: int
    before: RatingsAnalysis
    screening: ScreeningSummary | None = None
    after: RatingsAnalysis | None = None
    findings: tuple[Finding, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row per quantity, with values before screening and, if screened, after it."""
        analyses = {"before": self.before, **({"after": self.after} if self.after else {})}
        columns = {
            name: dict(_quantities(analysis.model_dump())) for name, analysis in analyses.items()
        }
        names = list(dict.fromkeys(name for each in columns.values() for name in each))
        cells = {side: [each.get(name) for name in names] for side, each in columns.items()}
        return frame_of({"quantity": names, **cells})


def _quantities(values: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value with its name, such as ``ceiling.SRCC.value``; lists are by metric."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _quantities(value, f"{place}{key}.")
        elif isinstance(value, list | tuple):
            for each in value:
                if isinstance(each, Mapping) and "metric" in each:
                    rest = {name: part for name, part in each.items() if name != "metric"}
                    yield from _quantities(rest, f"{place}{each['metric']}.")
        elif isinstance(value, int | float | str):
            yield f"{place}{key}", value

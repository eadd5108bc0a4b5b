"""Reports on files of per-listener ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from xacle_eval.submissions.findings import Finding

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["ListenerReport", "RatingsAnalysis", "ScreeningSummary"]


class RatingsAnalysis(BaseModel):
    """What some ratings hold and allow; each part as the result of its function in
    `xacle_eval.listeners`.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    description: dict[str, Any]
    reliability: dict[str, Any]
    components: dict[str, Any]
    ceiling: dict[str, Any]
    floor: dict[str, Any]
    one_human: dict[str, Any]


class ScreeningSummary(BaseModel):
    """What a screening method would remove, and why."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    method: str
    parameters: dict[str, float | str | bool | None]
    n_ratings: int
    n_removed: int
    n_listeners_removed: int
    untested: int
    pairs_lost: tuple[str, ...]
    removals: tuple[dict[str, Any], ...]


class ListenerReport(BaseModel):
    """The study of a file of ratings; ``after`` is that of the ratings a screening leaves."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    challenge: str
    split: str | None
    path: str
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
        """Return one row for each quantity, before and, after a screening, after."""
        import pandas as pd

        analyses = {"before": self.before, **({"after": self.after} if self.after else {})}
        columns = {
            name: {
                f"{part}.{key}": value
                for part, values in analysis.model_dump().items()
                for key, value in values.items()
                if isinstance(value, int | float | str)
            }
            for name, analysis in analyses.items()
        }
        return pd.DataFrame(columns).rename_axis("quantity").reset_index()

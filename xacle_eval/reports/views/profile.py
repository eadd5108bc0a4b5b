"""Views of an error profile: parts of the error, bands of the scale, largest errors."""

from __future__ import annotations

from xacle_eval.reports.views.table import Cell, View, ViewColumn, format_value, metric_columns
from xacle_eval.results.profile import ErrorProfile, Tolerance
from xacle_eval.text import count

__all__ = ["profile_views"]


def profile_views(profile: ErrorProfile, decimals: int) -> list[View]:
    """Return the tables of a profile, for below the score."""
    return [
        _parts_view(profile, decimals),
        _bands_view(profile, decimals),
        _largest_view(profile, decimals),
    ]


def _parts_view(profile: ErrorProfile, decimals: int) -> View:
    columns = (
        ViewColumn("part", "Error"),
        ViewColumn("value", "Value", numeric=True),
        ViewColumn("share", "Share of MSE", numeric=True),
    )
    parts = (
        ("MSE", profile.mse),
        ("  bias²", profile.bias_part),
        ("  slope", profile.slope_part),
        ("  residual", profile.residual_part),
        ("MSE after the best linear map", profile.mse_mapped),
    )
    rows: list[tuple[Cell, ...]] = [
        (name, value, _share(value, profile.mse)) for name, value in parts
    ]
    if profile.tolerance is not None:
        rows.append(("RMSE* after the best linear map", profile.tolerance.rmse_star, None))
        rows.append(
            ("Pairs within the tolerance", f"{100 * profile.tolerance.share_inside:.1f} %", None)
        )
    return View(
        "Where the error comes from",
        columns,
        tuple(rows),
        decimals,
        _parts_notes(profile, decimals),
    )


def _share(value: float, mse: float) -> str | None:
    return f"{100 * value / mse:.1f} %" if mse > 0 else None


def _parts_notes(profile: ErrorProfile, decimals: int) -> tuple[str, ...]:
    sign = "-" if profile.intercept < 0 else "+"
    bias, slope, intercept = (
        format_value(value, decimals)
        for value in (profile.bias, profile.slope, abs(profile.intercept))
    )
    notes = [
        f"Bias: prediction minus reference is {bias} points on average.",
        f"Best linear map: {slope} × prediction {sign} {intercept}; the residual is the error that "
        "no linear map removes.",
    ]
    return (*notes, *((_tolerance_note(profile.tolerance),) if profile.tolerance else ()))


def _tolerance_note(tolerance: Tolerance) -> str:
    low, high = format_value(tolerance.half_width_min, 2), format_value(tolerance.half_width_max, 2)
    width = f"±{low}" if low == high else f"±{low} to ±{high}"
    return (
        "RMSE* (ITU-T P.1401): error beyond the 95 % interval of each pair's mean rating, "
        f"{width} points. The standard deviation of one rating, "
        f"{format_value(tolerance.variance**0.5, 2)}, is pooled over the pairs "
        f"({count(tolerance.freedom, 'degree')} of freedom)."
    )


def _bands_view(profile: ErrorProfile, decimals: int) -> View:
    names = tuple(profile.bands[0].metrics)
    columns = (
        ViewColumn("low", "From", numeric=True, of_row=True),
        ViewColumn("high", "To", numeric=True, of_row=True),
        ViewColumn("n", "Pairs", numeric=True),
        ViewColumn("bias", "Bias", numeric=True),
        *metric_columns(names),
    )
    rows = tuple(
        (b.low, b.high, b.n, b.bias, *(b.metrics[name] for name in names)) for b in profile.bands
    )
    note = (
        "Correlations within a band are usually lower than over all pairs, because the "
        "references vary less."
    )
    return View("Within quantile bands of the reference", columns, rows, decimals, (note,))


def _largest_view(profile: ErrorProfile, decimals: int) -> View:
    columns = (
        ViewColumn("pair", "Pair"),
        ViewColumn("prediction", "Prediction", numeric=True),
        ViewColumn("reference", "Reference", numeric=True),
        ViewColumn("error", "Error", numeric=True),
    )
    rows = tuple(
        (each.pair_id, each.prediction, each.reference, each.error) for each in profile.largest
    )
    return View(
        "Pairs with the largest error",
        columns,
        rows,
        decimals,
        ("Error: prediction minus reference.",),
    )

"""Views: a result as columns and rows, the same for every table format.

A view holds values, not text: CSV shows them at full precision, formats for people at the
challenge's decimals. ``notes`` are remarks that a reader of the table needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from xacle_eval.challenge.rounding import HUGE, HUGE_DIGITS, format_metric
from xacle_eval.metrics import METRICS
from xacle_eval.references.model import ReferenceSummary
from xacle_eval.results.uncertainty import Bounds, Ceilings, NoInterval, ResamplingSummary
from xacle_eval.text import count, count_units, listing, plural_of, visible

__all__ = [
    "CODE_NOTES",
    "DEMO_CAPTION",
    "DEMO_NOTE",
    "RANK",
    "SOURCE",
    "Cell",
    "View",
    "ViewColumn",
    "format_value",
    "interval_text",
    "join_views",
    "join_words",
    "mark_demo",
    "metric_columns",
    "model_text",
    "no_interval_notes",
    "parts_text",
    "place_text",
    "reference_notes",
    "references_text",
    "resampling_notes",
    "with_source",
]

Cell = str | int | float | None
_DECIMALS = 3
_METHODS = {"percentile": "percentile", "bca": "BCa", "normal": "normal"}

CODE_NOTES = ("Signature", "SHA-256")
"""Notes that begin with one of these words and a colon are code, such as a signature."""

DEMO_CAPTION = "DEMO RATINGS, not real ones: "
DEMO_NOTE = (
    "The references are the bundled demo ratings, which are synthetic. "
    "These scores do not describe real systems."
)


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column: its name for programs, its title for people, and whether it holds numbers.

    ``of_row`` marks numbers that identify the row, such as ranks: if a table is too wide, they are
    repeated in every part of it, as names are. ``prose`` marks sentences and signatures, which are
    not shortened as names are. ``time`` marks times, which are never broken.
    """

    name: str
    title: str
    numeric: bool = False
    of_row: bool = False
    prose: bool = False
    time: bool = False


SOURCE = ("references", "signature")
"""The last columns of a table for programs."""
RANK = ViewColumn("rank", "Rank", numeric=True, of_row=True)


@dataclass(frozen=True, slots=True)
class View:
    """A table.

    ``best`` holds the places (row, column) of the best values; ``empty`` is shown instead of a
    table without rows. With ``width``, text that is not for a terminal is split into tables of at
    most so many characters. ``demo`` marks values that come from demo ratings.
    """

    title: str
    columns: tuple[ViewColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    decimals: int
    notes: tuple[str, ...] = ()
    best: frozenset[tuple[int, int]] = frozenset()
    empty: str = "Nothing to show."
    width: int | None = None
    demo: bool = False

    @property
    def caption(self) -> str:
        """The title as a caption, which a reader may see without the notes."""
        return f"{DEMO_CAPTION}{self.title}" if self.demo else self.title

    def cell_text(self, row: int, column: int) -> str:
        """Return a cell as text, at the view's decimals."""
        value = self.rows[row][column]
        if value is None:
            return "–"
        if isinstance(value, float):
            return format_value(value, self.decimals)
        return str(value)


def format_value(value: float, decimals: int) -> str:
    """Return a value as the ranking compares it: rounded by ``round``, without negative zero.

    Values of a million and more are in scientific notation.
    """
    rounded = round(value, decimals) + 0.0
    return f"{rounded:.{HUGE_DIGITS - 1}e}" if abs(rounded) >= HUGE else f"{rounded:.{decimals}f}"


def interval_text(bounds: Bounds | None, decimals: int, metric: str = "") -> str | None:
    """Return an interval such as ``0.612–0.645``; None if there is none.

    With the name of a metric, its ends are shown as a leaderboard publishes them.
    """
    if bounds is None or bounds["low"] is None or bounds["high"] is None:
        return None
    low, high = (format_metric(metric, bounds[end] or 0.0, decimals) for end in ("low", "high"))
    return f"{low} to {high}" if low.startswith("-") else f"{low}–{high}"


def no_interval_notes(
    found: Sequence[tuple[str, Mapping[str, NoInterval]]], coverage: float, level: str = "pair"
) -> list[str]:
    """Say why there are no intervals.

    Parameters
    ----------
    found : sequence of (str, mapping)
        The name of each system or slice, and the reason for each metric without an interval.
    coverage : float
        Of the intervals, 0 to 1.
    level : str
    """
    from xacle_eval.statistics.max_t import fewest_pairs

    notes = []
    if any(reason == "few" for _, reasons in found for reason in reasons.values()):
        needed = count_units(fewest_pairs(1.0 - coverage), level)
        notes.append(f"No interval: at {100 * coverage:.10g} %, at least {needed} are needed.")
    at_limit = [
        f"{metric} of {visible(system)}"
        for system, reasons in found
        for metric, reason in reasons.items()
        if reason == "limit"
    ]
    if at_limit:
        notes.append(
            f"No interval for {listing(at_limit)}: the value, or more than 5 % of its resamples, "
            "are at a limit (such as a correlation of 1 or -1), so resampling says too little "
            "about its uncertainty."
        )
    return notes


def metric_columns(names: tuple[str, ...]) -> tuple[ViewColumn, ...]:
    """Return the columns of metrics, with an arrow in the better direction."""
    return tuple(ViewColumn(name, f"{name} {METRICS[name].arrow}", numeric=True) for name in names)


def parts_text(pairs: int, parts: int) -> str:
    """Return a phrase such as ``3,000 pairs in 322 parts``, and what a part is."""
    return f"{count(pairs, 'pair')} in {count(parts, 'part')}; pairs of one part share listeners"


def references_text(references: ReferenceSummary) -> str:
    """Return a phrase such as ``24,000 ratings, 8 listeners per pair``."""
    listeners = references.listeners
    kind = "synthetic demo ratings" if references.kind == "demo" else references.kind
    if listeners is None:
        return f"{kind} of {count(references.pairs, 'pair')}"
    if listeners.minimum == listeners.maximum:
        each = f"{count(listeners.minimum, 'listener')} per pair"
    else:
        span = f"{listeners.minimum} to {listeners.maximum} listeners per pair"
        each = f"{span}, median {listeners.median:g}"
    left = f", {count(references.excluded, 'row')} excluded" if references.excluded else ""
    return f"{listeners.total:,} {kind}, {each}{left}"


def mark_demo(views: Sequence[View], references: ReferenceSummary | None) -> list[View]:
    """Return the tables of a result, each marked if the references are demo ratings."""
    demo = references is not None and references.kind == "demo"
    return [replace(view, demo=True) for view in views] if demo else list(views)


def with_source(view: View, references: str | None, signature: str) -> View:
    """Return a table for programs with the kind of references and the signature in each row."""
    columns = tuple(ViewColumn(name, name, prose=True) for name in SOURCE)
    rows = tuple((*row, references, signature) for row in view.rows)
    return replace(view, columns=(*view.columns, *columns), rows=rows)


def join_views(views: Sequence[View]) -> View:
    """Return tables with the same columns as one, without duplicate notes."""
    rows = tuple(row for view in views for row in view.rows)
    notes = tuple(dict.fromkeys(note for view in views for note in view.notes))
    return replace(views[0], rows=rows, notes=notes)


def resampling_notes(
    summary: ResamplingSummary | None, level: str = "pair", decimals: int = _DECIMALS
) -> list[str]:
    """Describe how intervals were made, and the noise ceilings if there are any.

    Parameters
    ----------
    summary : ResamplingSummary or None
    level : str
        The level of the result; a score card has the pair level and all group levels.
    decimals : int
        Those that are published; a ceiling has at most three.
    """
    if summary is None:
        return []
    method = _METHODS[summary.method] + "".join(
        f" ({_METHODS[each]} at the {place} level)" for place, each in summary.level_methods.items()
    )
    notes = [
        f"Intervals: {method}, {100 * summary.level:.10g} %, {summary.resamples:,} resamples of "
        f"{_units_text(summary, level)}, seed {summary.seed}."
    ]
    if level != "pair":
        notes.append(f"Resamples draw whole {plural_of(level)}, each with all its pairs.")
    for place, ceilings in (("", summary.ceilings), *summary.level_ceilings.items()):
        notes += _ceiling_notes(ceilings, place, decimals) if ceilings is not None else []
    return notes


def _units_text(summary: ResamplingSummary, level: str) -> str:
    """Return what was resampled, such as ``parts (3,000 pairs in 322 parts)``."""
    if level != "pair":
        return plural_of(level)
    units = [f"{plural_of(unit)} at the {unit} level" for unit in summary.units]
    drawn = str(summary.resample)
    if summary.n_parts is not None and summary.n_parts != summary.n_pairs:
        drawn += f" ({parts_text(summary.n_pairs or 0, summary.n_parts)})"
    return join_words([drawn, *(f"of {unit}" for unit in units)], "and")


def _ceiling_notes(ceilings: Ceilings, level: str, decimals: int) -> list[str]:
    digits = min(decimals, _DECIMALS)
    shown = ", ".join(
        f"{name} {format_value(value, digits)}"
        for name, value in ceilings.ceiling.items()
        if value is not None and METRICS[name].higher_is_better
    )
    # The floor of MSE has a field of its own.
    floors = {"MSE": ceilings.floor, **ceilings.ceiling}
    bound = "".join(
        f"; floor of {name} {format_metric(name, value, digits)}"
        for name, value in floors.items()
        if value is not None and not METRICS[name].higher_is_better
    )
    place = f" at the {level} level" if level else ""
    what = " (the score a perfect predictor would get against these ratings)" if not level else ""
    made = model_text(ceilings.model, ceilings.other_model, ceilings.other, digits)
    notes = [f"Noise ceiling{place}{what}: {shown or 'none'}{bound}.{made and f' {made}'}"]
    if ceilings.note:
        text = ceilings.note if level else ceilings.note[0].upper() + ceilings.note[1:]
        notes.append(f"{level[0].upper()}{level[1:]} level: {text}." if level else f"{text}.")
    return notes


_MODELS = {
    "plain": ("the plain model", "all pairs equally noisy"),
    "noise per pair": ("noise per pair", "some pairs noisier than others"),
    "careless answers": ("careless answers", "some answers do not depend on the pair"),
}


def model_text(
    model: str,
    other: str = "",
    values: Mapping[str, float | None] | None = None,
    decimals: int = _DECIMALS,
) -> str:
    """Return sentences about the model of ratings and the one that was not chosen; or ``""``.

    Parameters
    ----------
    model, other : str
        Variants; empty if there is none.
    values : mapping of str to float or None, optional
        The ceilings by the other model.
    decimals : int
        Those that are published; a ceiling has at most three.
    """
    if not model:
        return ""
    _, meaning = _MODELS.get(model, (model, ""))
    text = f"Model of the ratings: {model}{meaning and f' ({meaning})'}."
    shown = ", ".join(
        f"{name} {format_value(value, min(decimals, _DECIMALS))}"
        for name, value in (values or {}).items()
        if value is not None
    )
    if not (other and shown):
        return text
    instead, _ = _MODELS.get(other, (other, ""))
    return (
        f"{text} With {instead} it would be {shown}; count the difference as part of the "
        "uncertainty."
    )


def reference_notes(references: ReferenceSummary | None) -> tuple[str, ...]:
    """Describe the references; for demo ratings the first note is a warning."""
    if references is None:
        return ()
    text = f"References: {references_text(references)}."
    return (DEMO_NOTE, text) if references.kind == "demo" else (text,)


def place_text(split: str | None, part: str | None) -> str:
    """Return the split and its part for a title, such as ``, split test, part public``."""
    return "".join(f", {noun} {name}" for noun, name in (("split", split), ("part", part)) if name)


def join_words(words: Sequence[str], last: str) -> str:
    """Join words such as ``A, B or C``; `last` is the word before the last one."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))

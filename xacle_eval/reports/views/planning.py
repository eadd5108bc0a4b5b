"""Views of a plan for a test set."""

from __future__ import annotations

from xacle_eval.reports.views.table import View, ViewColumn, place_text
from xacle_eval.results.planning import PlannedDesign, PlanReport
from xacle_eval.text import count, visible

__all__ = ["plan_values", "plan_view"]

_DECIMALS = 3


def plan_view(report: PlanReport) -> View:
    """Return the table of designs; the cheapest one is marked."""
    columns = (
        ViewColumn("listeners", "Listeners per pair", numeric=True),
        ViewColumn("ceiling", "Ceiling", numeric=True),
        ViewColumn("difference", "Difference", numeric=True),
        ViewColumn("pairs", "Pairs", numeric=True),
        ViewColumn("ratings", "Ratings", numeric=True),
        *((ViewColumn("cost", "Cost", numeric=True),) if report.pair_cost else ()),
        ViewColumn("detectable", "Detectable", numeric=True),
    )
    rows = tuple(
        (
            design.listeners,
            design.ceiling,
            design.difference,
            f"{design.pairs:,}",
            f"{design.ratings:,}",
            *((f"{design.cost:,.0f}",) if report.pair_cost else ()),
            design.detectable,
        )
        for design in report.designs
    )
    cheapest = next(
        row for row, each in enumerate(report.designs) if each.listeners == report.cheapest
    )
    target = f", {visible(report.target)}" if report.target else ""
    place = place_text(report.split, report.part) if report.part else ""
    title = f"Pairs that find a difference of {report.difference:g} in {report.metric}"
    mark = frozenset({(cheapest, 5 if report.pair_cost else 4)})
    return View(f"{title}{target}{place}", columns, rows, _DECIMALS, _notes(report), mark)


def _notes(report: PlanReport) -> tuple[str, ...]:
    best = _best(report)
    cost = f" and {report.pair_cost:g} for a pair" if report.pair_cost else ""
    excluded = (
        (f"The challenge file excludes {count(report.excluded, 'row')}.",)
        if report.excluded
        else ()
    )
    return (
        f"Cheapest: {count(best.pairs, 'pair')} with {count(best.listeners, 'listener')} each, at "
        f"a cost of 1 for a rating{cost}. {_advice(report, best)}",
        f"The difference of {report.difference:g} is that against averages of "
        f"{count(report.pilot_listeners, 'rating')}, as in the pilot; the column Difference is "
        "how it appears with other numbers of listeners.",
        f"Power {100 * report.power:g} %, two-sided test at alpha {report.alpha:g}; the better "
        f"system has an LCC of {report.score:g} with the pilot's averages, and the predictions of "
        f"the two systems correlate by {report.between:g}.",
        f"Detectable: the smallest such difference that {count(report.pilot_pairs, 'pair')} find, "
        "as many as in the pilot.",
        f"Model of the ratings: {report.model}; seed {report.seed}.",
        *excluded,
    )


def _best(report: PlanReport) -> PlannedDesign:
    return next(each for each in report.designs if each.listeners == report.cheapest)


def _advice(report: PlanReport, best: PlannedDesign) -> str:
    """Return where money is better spent, compared with the pilot's number of listeners."""
    if best.listeners < report.pilot_listeners:
        return "More pairs are worth more than more listeners per pair, compared with the pilot."
    if best.listeners > report.pilot_listeners:
        return "More listeners per pair are worth more than more pairs, compared with the pilot."
    return "The pilot's number of listeners per pair is the best of these."


def plan_values(report: PlanReport) -> View:
    """Return the designs as one table of values, for programs."""
    names = tuple(PlannedDesign.model_fields)
    columns = tuple(ViewColumn(name, name) for name in names)
    rows = tuple(tuple(getattr(design, name) for name in names) for design in report.designs)
    return View("", columns, rows, decimals=0)

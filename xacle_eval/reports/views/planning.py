"""Views of a plan for a test set."""

from __future__ import annotations

from itertools import pairwise

from xacle_eval.reports.views.table import View, ViewColumn, model_text, place_text
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
    notes = [
        f"Cheapest: {count(best.pairs, 'pair')} with {count(best.listeners, 'listener')} each, at "
        f"a cost of 1 for a rating{cost}.{_advice(report, best)}",
        *_single_note(report, best),
        f"The difference of {report.difference:g} is that against averages of "
        f"{count(report.pilot_listeners, 'rating')}, as in the pilot; the column Difference is "
        "how it appears with other numbers of listeners.",
        f"Power {100 * report.power:g} % for a single two-sided test at alpha {report.alpha:g}; "
        "among several systems more pairs are needed.",
        f"The better system has an LCC of {report.score:g} with the pilot's averages, and the "
        f"predictions of the two systems correlate by {report.between:g}.",
        f"Detectable: the smallest difference that {count(report.pilot_pairs, 'pair')} find, as "
        f"many as in the pilot.{_impossible(report)}",
        f"{_model(report)} Seed {report.seed}.",
    ]
    if not report.distinguishes:
        notes.append(
            "The pilot does not show that listeners distinguish the pairs (the interval of its "
            "reliability includes 0); the plan is a guess."
        )
    if report.excluded:
        notes.append(f"The challenge file excludes {count(report.excluded, 'row')}.")
    return tuple(notes)


def _model(report: PlanReport) -> str:
    if not report.model:
        return "The listeners of the pilot agree exactly, so the plan has no noise of ratings."
    return model_text(report.model)


def _impossible(report: PlanReport) -> str:
    if all(design.detectable is not None for design in report.designs):
        return ""
    return " A dash: so many pairs find no difference that is possible at this score."


def _best(report: PlanReport) -> PlannedDesign:
    return next(each for each in report.designs if each.listeners == report.cheapest)


def _single_note(report: PlanReport, best: PlannedDesign) -> tuple[str, ...]:
    """Say what a set with one rating per pair lacks, and what two ratings would need."""
    if best.listeners > 1:
        return ()
    two = next((each for each in report.designs if each.listeners == 2), None)
    instead = (
        f" With 2 listeners each: {count(two.pairs, 'pair')}, {count(two.ratings, 'rating')}."
        if two
        else ""
    )
    return (
        "A set with 1 listener per pair has no noise ceiling and no reliability, and its ratings "
        f"cannot be screened by agreement.{instead}",
    )


def _advice(report: PlanReport, best: PlannedDesign) -> str:
    """Return where money is better spent, if the table shows it; or ``""``."""
    ratings = [design.ratings for design in report.designs]
    if len(ratings) > 1 and all(a < b for a, b in pairwise(ratings)):
        more = " For the same number of ratings, more pairs help more than more listeners per pair."
        if best is report.designs[0]:
            return more
    if best.listeners > report.pilot_listeners:
        return " At this cost of a pair, more listeners per pair than in the pilot pay off."
    return ""


def plan_values(report: PlanReport) -> View:
    """Return the designs as one table of values, for programs."""
    names = tuple(PlannedDesign.model_fields)
    columns = tuple(ViewColumn(name, name) for name in names)
    rows = tuple(tuple(getattr(design, name) for name in names) for design in report.designs)
    return View("", columns, rows, decimals=0)

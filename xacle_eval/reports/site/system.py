"""The page of one system: its rank, its predictions, and where it goes wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xacle_eval.errors import UsageError
from xacle_eval.reports.site.charts.bars import ErrorPart, error_parts
from xacle_eval.reports.site.charts.calibration import CalibrationChart, calibration_chart
from xacle_eval.reports.site.charts.density import DensityChart, density_chart
from xacle_eval.reports.site.charts.histogram import HistogramChart, histogram_chart
from xacle_eval.reports.site.detail_sentences import (
    band_sentence,
    calibration_sentence,
    density_sentence,
    group_sentence,
    points_phrase,
    points_text,
    profile_sentence,
    residual_sentence,
)
from xacle_eval.reports.site.detail_tables import (
    GroupTable,
    MetricRow,
    band_table,
    group_table,
    metric_rows,
)
from xacle_eval.reports.site.environment import render
from xacle_eval.reports.site.names import Sentence, distinct_names
from xacle_eval.reports.site.neighbours import (
    Neighbour,
    neighbour_sentence,
    neighbours_of,
    untested_reason,
)
from xacle_eval.reports.site.numbers import is_rough, minus, percent, span_text
from xacle_eval.reports.site.pages import INDEX, SiteFrame
from xacle_eval.reports.views.kinds import rank_cells
from xacle_eval.reports.views.score import without_variance
from xacle_eval.results.details import LargeErrorDetail, SystemDetails
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.report import ChallengeReport
from xacle_eval.results.targets import OverallBoard, OverallEntry
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import quote

__all__ = ["system_page"]

_KINDS = {
    "baseline": "a baseline: it has no rank",
    "out of competition": "out of competition: it has no rank",
}

_ROUGH = 0.05  # of the error: more than that is no picture of its parts


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics by group of one column, with what the table shows."""

    title: str
    table: GroupTable
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class LargeError:
    """A pair with a large error, as texts; empty where the challenge does not publish a value."""

    pair: str
    prediction: str
    reference: str
    error: str
    ratings: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """What the page shows for one target; ``title`` is empty if it is the only one."""

    id: str
    title: str
    facts: tuple[tuple[str, str], ...]
    metrics: tuple[MetricRow, ...]
    level: str
    first: str
    lede: Sentence
    density: DensityChart
    density_sentence: Sentence
    calibration: CalibrationChart
    calibration_sentence: Sentence
    levels: tuple[tuple[str, ...], ...]
    residuals: HistogramChart | None
    residual_sentence: Sentence
    parts: tuple[ErrorPart, ...]
    profile_sentence: Sentence
    profile_facts: tuple[tuple[str, str], ...]
    bands: Group | None
    groups: tuple[Group, ...]
    neighbours: tuple[Neighbour, ...]
    neighbour_metrics: tuple[str, ...]
    neighbour_sentence: Sentence
    largest: tuple[LargeError, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class _Context:
    """What the parts of a section need besides the details."""

    board: Leaderboard
    entry: Entry
    details: SystemDetails
    metrics: tuple[str, ...]
    decimals: int
    min_pairs: int
    fewest: int

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the scale."""
        edges = self.details.density.reference_edges
        return edges[0], edges[-1]

    @property
    def width(self) -> float:
        """The width of the scale in points."""
        low, high = self.ends
        return high - low

    @property
    def n(self) -> int:
        """The number of pairs."""
        return 0 if self.board.references is None else self.board.references.pairs

    def reason(self, metric: str) -> str:
        """Return why a metric is undefined for all pairs; empty if it is not, or cannot be said."""
        if metric not in without_variance(self.entry.undefined):
            return ""
        vary = len({level.reference for level in self.details.calibration}) > 1
        return "all predictions are equal" if vary else "predictions or references are all equal"


def system_page(report: ChallengeReport, team: str, system: str, frame: SiteFrame) -> str:
    """Return the page of one system.

    Parameters
    ----------
    report : ChallengeReport
        Its numbers are rounded as they are published.
    team, system : str
        One of the systems with details.
    frame : SiteFrame
        The frame of the site, or of this page.

    Raises
    ------
    UsageError
        If the report has no details of the system, or Jinja2 is not installed.
    """
    contexts = dict(_contexts(report, team, system))
    if not contexts:
        raise UsageError(f"the report has no details of {quote(system)} of the team {quote(team)}")
    path = dict(frame.systems).get((team, system))
    own = frame if path is None else frame.at(path, parent=INDEX)
    titles = _titles(report)
    first = next(iter(contexts.values()))
    return render(
        "system.html.j2",
        site=own,
        team=team,
        system=system,
        name=distinct_names((e.team, e.system) for e in first.board.entries)[team, system],
        kind=_KINDS.get(first.entry.kind, ""),
        overall=_overall_facts(report, team, system),
        sections=[
            _section(context, titles.get(target, target), place)
            for place, (target, context) in enumerate(contexts.items())
        ],
        description=next((c.details.description for c in contexts.values()), ()),
        findings=_findings(contexts.values()),
        file=first.entry,
        previous=_beside(own, team, system, -1),
        following=_beside(own, team, system, 1),
        min_pairs=report.publishing.min_pairs,
    )


def _contexts(report: ChallengeReport, team: str, system: str) -> Iterator[tuple[str, _Context]]:
    """Yield each target for which the system has details, with what its section needs."""
    for target, board in report.boards_of("system").items():
        entries = [e for e in board.entries if (e.team, e.system) == (team, system)]
        details = [
            d for d in report.details.get(target, ()) if (d.team, d.system) == (team, system)
        ]
        if not entries or not details:
            continue
        policy = report.publishing
        metrics = policy.shown_of(tuple(entries[0].metrics))
        decimals = policy.decimals_for(board.decimals)
        yield (
            target,
            _Context(
                board,
                entries[0],
                details[0],
                metrics,
                decimals,
                policy.min_pairs,
                policy.fewest_in_group,
            ),
        )


def _titles(report: ChallengeReport) -> dict[str, str]:
    targets = report.presentation.targets
    return {name: each.target or name for name, each in targets.items()}


def _section(context: _Context, title: str, place: int) -> Section:
    board, entry, details = context.board, context.entry, context.details
    low, high = context.ends
    first = context.metrics[0] if context.metrics else board.order[0]
    neighbours = neighbours_of(board, entry, context.metrics, context.decimals)
    alpha = board.resampling.alpha if board.resampling else 0.0
    return Section(
        id=f"t{place}",
        title=title,
        facts=tuple(_facts(board, entry)),
        metrics=metric_rows(board, entry, context.metrics, context.decimals),
        level="" if not board.resampling else f"{100 * board.resampling.level:.10g}",
        first=board.order[0],
        lede=_lede(context),
        density=density_chart(details.density, context.min_pairs),
        density_sentence=density_sentence(details.density, context.n, context.min_pairs),
        calibration=calibration_chart(details.calibration, low, high),
        calibration_sentence=calibration_sentence(
            details.calibration, context.width, context.decimals
        ),
        levels=tuple(_levels(context)),
        residuals=histogram_chart(details.residuals),
        residual_sentence=residual_sentence(details.residuals, context.width, context.n),
        parts=_parts(context),
        profile_sentence=profile_sentence(details.profile, context.width, context.decimals),
        profile_facts=tuple(_profile_facts(context)),
        bands=_bands(context, first),
        groups=tuple(_groups(context, first)),
        neighbours=neighbours,
        neighbour_metrics=context.metrics,
        neighbour_sentence=neighbour_sentence(
            neighbours, board.order[0], alpha, untested_reason(board, entry)
        ),
        largest=tuple(_large(each, context.width, context.decimals) for each in details.largest),
        signature=board.signature,
    )


def _parts(context: _Context) -> tuple[ErrorPart, ...]:
    """Return the parts of the error; empty if the published digits are too few for a picture."""
    profile = context.details.profile
    if profile is None or is_rough(profile.mse, context.decimals, _ROUGH):
        return ()
    return error_parts(profile)


def _lede(context: _Context) -> Sentence:
    """Return the place of the system in words."""
    board, entry = context.board, context.entry
    competing = sum(each.kind == "competing" for each in board.entries)
    name = distinct_names((e.team, e.system) for e in board.entries)[entry.team, entry.system]
    if entry.rank is None:
        return (name, f" is {_KINDS.get(entry.kind, 'not ranked')}.")
    shared = sum(each.rank == entry.rank for each in board.entries) > 1
    text = f" {'shares' if shared else 'has'} rank {entry.rank:,} of {competing:,}"
    found = entry.uncertainty
    if found is None or board.resampling is None:
        return (name, f"{text}.")
    level = f"{100 * board.resampling.level:.10g} %"
    low, high = found.rank_marginal_low, found.rank_marginal_high
    if low is not None and high is not None:
        text += (
            f"; with {level} confidence, its true rank by {board.order[0]} is {low:,}"
            if low == high
            else f"; with {level} confidence, its true rank by {board.order[0]} is from {low:,} "
            f"to {high:,}"
        )
    return (name, f"{text}.")


def _facts(board: Leaderboard, entry: Entry) -> Iterator[tuple[str, str]]:
    ranks = dict(zip(map(id, board.entries), rank_cells(board.entries), strict=True))
    competing = sum(each.kind == "competing" for each in board.entries)
    rank = ranks[id(entry)]
    yield "Rank", "none" if rank is None else f"{rank} of {competing:,}"
    found, summary = entry.uncertainty, board.resampling
    if found is None or summary is None:
        return
    level = f"{100 * summary.level:.10g} %"
    own = span_text(found.rank_marginal_low, found.rank_marginal_high)
    if own:
        yield f"Confidence set of the rank ({level})", own
    together = span_text(found.rank_simultaneous_low, found.rank_simultaneous_high)
    if together:
        yield f"Simultaneous confidence set ({level})", together
    if found.p_first is not None:
        yield "P(first)", percent(found.p_first)
    if found.cluster is not None:
        yield "Cluster", f"{found.cluster:,}"
    if found.letters:
        yield "Letters", found.letters


def _levels(context: _Context) -> Iterator[tuple[str, ...]]:
    """Yield the numbers of the calibration chart as texts."""
    width = context.width
    for each in context.details.calibration:
        numbers = (each.reference, each.mean, each.q1, each.median, each.q3)
        yield (
            f"{minus(f'{each.low:.4g}')} to {minus(f'{each.high:.4g}')}",
            f"≥ {each.n:,}",
            *(points_text(number, width, context.decimals) for number in numbers),
        )


def _profile_facts(context: _Context) -> Iterator[tuple[str, str]]:
    profile = context.details.profile
    tolerance = None if profile is None else profile.tolerance
    if tolerance is not None:
        yield (
            "RMSE* (ITU-T P.1401)",
            points_phrase(tolerance.rmse_star, context.width / 10, context.decimals),
        )
        yield (
            "Inside the 95 % interval of the mean rating",
            f"{percent(tolerance.share_inside)} of the pairs",
        )
        half = points_phrase(tolerance.half_width_mean, context.width, context.decimals)
        yield "Half width of these intervals", f"{half} on average"


def _bands(context: _Context, first: str) -> Group | None:
    profile = context.details.profile
    bands = () if profile is None else profile.bands
    table = band_table(bands, context.metrics, context.decimals, context.width)
    if table is None:
        return None
    overall = context.entry.metrics.get(first)
    sentence = band_sentence(bands, first, context.decimals, context.reason(first), overall)
    return Group("Metrics by band of the references", table, sentence)


def _groups(context: _Context, first: str) -> Iterator[Group]:
    for found in context.details.breakdowns:
        yield Group(
            found.column,
            group_table(found, context.metrics, context.decimals),
            group_sentence(found, first, context.decimals, context.fewest, context.reason(first)),
        )


def _large(each: LargeErrorDetail, width: float, decimals: int) -> LargeError:
    numbers = (each.prediction, each.reference, each.error)
    shown = (
        "" if number is None else points_text(number, width / 10, decimals) for number in numbers
    )
    prediction, reference, error = shown
    ratings = "" if each.ratings is None else ", ".join(f"{rating:g}" for rating in each.ratings)
    return LargeError(each.pair_id, prediction, reference, error, ratings, each.text or "")


def _findings(contexts: Iterable[_Context]) -> tuple[Finding, ...]:
    """Return the findings about the submission, each once."""
    found = [one for context in contexts for one in context.entry.findings]
    return tuple({one.model_dump_json(): one for one in found}.values())


def _beside(frame: SiteFrame, team: str, system: str, step: int) -> tuple[str, str] | None:
    """Return the way to the page before or after this one, and its system; None at the end."""
    keys = [key for key, _ in frame.systems]
    if (team, system) not in keys:
        return None
    place = keys.index((team, system)) + step
    if not 0 <= place < len(keys):
        return None
    return frame.page_of(*keys[place]), distinct_names(keys)[keys[place]]


def _overall_facts(report: ChallengeReport, team: str, system: str) -> tuple[tuple[str, str], ...]:
    board = report.overall("system")
    entries = () if board is None else board.entries
    own = [e for e in entries if (e.team, e.system) == (team, system)]
    return () if board is None or not own else tuple(_overall(board, own[0]))


def _overall(board: OverallBoard, entry: OverallEntry) -> Iterator[tuple[str, str]]:
    ranks = [
        rank
        for each, rank in zip(board.entries, rank_cells(board.entries), strict=True)
        if each is entry
    ]
    competing = sum(each.kind == "competing" for each in board.entries)
    yield "Overall rank", "none" if ranks[0] is None else f"{ranks[0]} of {competing:,}"
    value = (
        f"{entry.value:.2f}" if board.metric is None else f"{entry.value:.{board.shown_decimals}f}"
    )
    what = "Mean rank" if board.metric is None else f"Mean {board.metric}"
    yield what, minus(value)
    if entry.uncertainty is not None and entry.uncertainty.p_first is not None:
        yield "P(first overall)", percent(entry.uncertainty.p_first)

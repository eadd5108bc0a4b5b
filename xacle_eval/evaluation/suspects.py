"""Suspects: submissions that a leaderboard does not rank although they are valid.

Two uploads with one label are never ranked, because the valid one is unknown. Probe-like files and
teams with far more systems than the challenge allows are not ranked unless the caller asks for it:
every published score reveals something about the labels, and the scores of many files reveal them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from xacle_eval.challenge.rules import FAR_ABOVE, MANY_SYSTEMS
from xacle_eval.results.leaderboard import Entry, Unranked
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.lookalikes import skeleton
from xacle_eval.submissions.rules import rule
from xacle_eval.text import both_forms, listing, visible

__all__ = ["separate_duplicates", "separate_suspects", "tolerate", "too_many_systems", "unrank"]

_SHOWN = 10
_ANYWAY = "To rank it anyway, use --rank-suspicious."


def too_many_systems(entries: Iterable[Entry], limit: int | None) -> tuple[Finding, ...]:
    """Return a finding (XAC061) for each team with more systems than the challenge allows.

    Parameters
    ----------
    entries : iterable of Entry
        All scored systems; only those that compete are counted.
    limit : int or None
        The number of systems that the challenge allows per team. Without a limit, a team with more
        than 50 systems is reported.
    """
    return tuple(
        _count_finding(teams, limit)
        for teams in sorted(_by_team(filter(_competes, entries)).values(), key=min)
        if teams.total() > (MANY_SYSTEMS if limit is None else limit)
    )


def _competes(entry: Entry) -> bool:
    return entry.kind == "competing"


def _crowds(entries: Sequence[Entry], limit: int | None, strict: bool) -> dict[str, Finding]:
    """Return a finding for each team that is not ranked, because it has far too many systems.

    If `strict`, any system above the limit is too many. The scores of a baseline reveal as much as
    those of other systems. If they were not counted, a team could name its files like baselines to
    obtain many scores. Teams that only have baselines, such as the organisers, may have any number
    of them.
    """
    competing = _by_team(filter(_competes, entries))
    most = MANY_SYSTEMS if limit is None else limit
    crowds = {}
    for name, spellings in _by_team(entries).items():
        if strict and name in competing and competing[name].total() > most:
            crowds[name] = _count_finding(competing[name], limit)
        elif limit and name in competing and spellings.total() > FAR_ABOVE * limit:
            crowds[name] = _count_finding(spellings, limit)
    return crowds


def _by_team(entries: Iterable[Entry]) -> dict[str, Counter[str]]:
    """Count the systems of each spelling of a team's name; spellings that look alike are a team."""
    teams: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        teams[skeleton(entry.team)][entry.team] += 1
    return teams


def _count_finding(teams: Counter[str], limit: int | None) -> Finding:
    first, *others = sorted(teams)
    number = teams.total()
    message = f"{visible(first)} has {number:,} systems"
    if others:
        message += f", together with {listing(map(visible, others), _SHOWN)}"
    if limit is not None:
        message += f"; the challenge allows {limit:,}"
    if limit is None or number > FAR_ABOVE * limit:
        message += "; the scores of so many systems reveal the labels"
    return rule("too-many-systems").finding(message, count=number)


def separate_suspects(
    entries: Sequence[Entry], limit: int | None, rank_them: bool, *, strict: bool = False
) -> tuple[list[Entry], list[Unranked], tuple[Finding, ...]]:
    """Unrank systems with spikes outside the scale, and those of teams far above the limit.

    Parameters
    ----------
    entries : sequence of Entry
        All scored systems; a probe-like one has the finding XAC067.
    limit : int or None
        The challenge's number of systems per team.
    rank_them : bool
        Keep them among the entries.
    strict : bool
        Unrank every team with more systems than the limit, not only those far above it.

    Returns
    -------
    tuple of (list of Entry, list of Unranked, tuple of Finding)
        The ranked systems, the unranked ones, and findings that name each suspect once for the
        whole leaderboard.
    """
    probe = rule("probe-like")
    probes = [entry for entry in entries if any(f.code == probe.code for f in entry.findings)]
    findings = too_many_systems(entries, limit)
    if probes:
        names = listing((visible(entry.system) for entry in probes), _SHOWN)
        findings += (probe.finding(f"probe-like predictions: {names}", count=len(probes)),)
    if rank_them:
        return [_without_errors(entry) for entry in entries], [], findings
    crowds = _crowds(entries, limit, strict)
    ranked, unranked = [], []
    for entry in entries:
        crowd = crowds.get(skeleton(entry.team))
        if crowd is None and not any(_is_extreme_probe(found) for found in entry.findings):
            ranked.append(entry)
        else:
            found = (*([] if crowd is None else [crowd]), *entry.findings)
            unranked.append(unrank(entry, _with_errors(found)))
    return ranked, unranked, findings


def _is_extreme_probe(finding: Finding) -> bool:
    """Return whether a finding is about spikes outside the scale, or the challenge refuses it."""
    return (finding.code, finding.severity) == (rule("probe-like").code, "error")


def _with_errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of a system that is not ranked: those of suspects are errors."""
    codes = (rule("probe-like").code, rule("too-many-systems").code)
    return tuple(
        one.model_copy(update={"severity": "error", "hint": f"{one.hint} {_ANYWAY}"})
        if one.code in codes
        else one
        for one in findings
    )


def tolerate(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings between submissions if suspects are ranked: they are no errors."""
    codes = (rule("probe-like").code, rule("too-many-systems").code)
    return tuple(
        one.model_copy(update={"severity": "warning"})
        if one.code in codes and one.severity == "error"
        else one
        for one in findings
    )


def _without_errors(entry: Entry) -> Entry:
    """Return a system that is ranked although it is suspicious: its findings are warnings."""
    found = tuple(
        one.model_copy(update={"severity": "warning"}) if one.severity == "error" else one
        for one in entry.findings
    )
    return entry.model_copy(update={"findings": found})


def separate_duplicates(
    entries: Sequence[Entry], team_of: Callable[[str], str]
) -> tuple[list[Entry], list[Unranked]]:
    """Move systems with the same label to the unranked: the valid one is unknown (XAC062).

    Parameters
    ----------
    entries : sequence of Entry
        All scored systems.
    team_of : callable
        Returns the team that a label names, or the label itself.

    Returns
    -------
    tuple of (list of Entry, list of Unranked)
        Labels that look alike, or differ in letter case, count as the same. Two teams with folders
        can use the same label, unless it names one of them.
    """
    labels: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        labels[skeleton(entry.system)].append(entry)
    disputed = [
        (entry, group)
        for same in labels.values()
        for group in _disputes(same, team_of)
        for entry in group
    ]
    # Two files can be shown by the same path.
    removed = {id(entry) for entry, _ in disputed}
    unranked = [
        unrank(entry, (_label_finding(entry, group), *entry.findings)) for entry, group in disputed
    ]
    return [entry for entry in entries if id(entry) not in removed], unranked


def _disputes(entries: list[Entry], team_of: Callable[[str], str]) -> Iterator[list[Entry]]:
    """Yield groups of systems with one label that cannot all be valid."""
    if len(entries) < 2:
        return
    teams: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        teams[skeleton(entry.team)].append(entry)
    named = {team_of(entry.system) for entry in entries} - {entry.system for entry in entries}
    if len(teams) > 1 and any(skeleton(team) in teams for team in named):
        yield entries
        return
    yield from (group for group in teams.values() if len(group) > 1)


def _label_finding(entry: Entry, group: Sequence[Entry]) -> Finding:
    other = group[0] if group[0] is not entry else group[1]
    system, team = visible(entry.system), visible(entry.team)
    same = f"looks like the label {visible(other.system)} of"
    if entry.system == other.system:
        same = "is also the label of"
    more = f" and {len(group) - 2:,} more" if len(group) > 2 else ""
    message = both_forms(lambda path: f"{system} of {team} {same} {path}{more}", other.path)
    return rule("same-label").finding(message, count=len(group))


def unrank(entry: Entry, findings: tuple[Finding, ...]) -> Unranked:
    """Convert a ranked system to an unranked one, without the finding that shows its scores."""
    claims = rule("results-differ").code
    kept = tuple(found for found in findings if found.code != claims)
    return Unranked(path=entry.path, system=entry.system, team=entry.team, findings=kept)

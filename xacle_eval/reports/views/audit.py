"""Views of an audit of what a challenge publishes."""

from __future__ import annotations

from collections.abc import Iterator

from xacle_eval.challenge.parts import ALL
from xacle_eval.reports.views.table import Cell, View, ViewColumn, place_text
from xacle_eval.results.audit import Attack, AuditReport, PhaseAudit, SaferPolicy
from xacle_eval.text import count, listing, visible

__all__ = ["audit_values", "audit_view", "safer_lines", "shown_text"]

_ORIGINS = {
    "valid_total": "the limit of the phase",
    "valid_per_day": "the daily limit times the days of the phase",
    "option": "as given",
    "no limit": "assumed, because the phase does not say how many",
}
_NOT_COVERED = (
    "Not simulated: scores of group levels, metrics other than SRCC, LCC, KTAU and MSE, the error "
    "bars of EvalAI, and, with a Ladder, a prober who knows many labels. The bound by information "
    "covers the first two; an error bar, of one digit, counts like another score."
)


def audit_view(report: AuditReport) -> View:
    """Return the table of phases and attacks."""
    targets = any(phase.target for phase in report.phases)
    columns = (
        ViewColumn("phase", "Phase"),
        *((ViewColumn("target", "Target"),) if targets else ()),
        ViewColumn("attack", "Attack"),
        ViewColumn("tries", "Tries", numeric=True),
        ViewColumn("read", "Labels read", numeric=True),
        ViewColumn("error", "Error", numeric=True),
        ViewColumn("certain", "Certain", numeric=True),
    )
    rows: list[tuple[Cell, ...]] = []
    for phase in report.phases:
        start = (visible(phase.phase), *((visible(phase.target or ""),) if targets else ()))
        for attack, is_rounded in _every_attack(phase):
            name = f"rounding only: {_name(attack)}" if is_rounded else _name(attack)
            tries = f"{phase.tries:,}"
            rows.append((*start, name, tries, attack.read, attack.error, attack.certain))
    title = f"Labels that probes of {visible(report.challenge)} read"
    return View(title, columns, tuple(rows), 1, _notes(report))


def _every_attack(phase: PhaseAudit) -> Iterator[tuple[Attack, bool]]:
    """Yield each attack, and whether it is one where a Ladder only rounds to its step."""
    yield from ((attack, False) for attack in phase.attacks)
    yield from ((attack, True) for attack in phase.rounded)


def _keepers(phase: PhaseAudit) -> str:
    """Return the hosts on which a Ladder is possible.

    The pages of a ledger have none with several targets: an upload that is shown for one would
    show its scores for the others.
    """
    return "Hugging Face" if phase.target else "Hugging Face, the ledger"


def _name(attack: Attack) -> str:
    return f"{attack.name}, {' '.join(attack.metrics)}"


def _tries(number: int) -> str:
    return "1 try" if number == 1 else f"{number:,} tries"


def _of_teams(report: AuditReport) -> str:
    return f" of {count(report.teams, 'team')}" if report.teams > 1 else ""


def shown_text(phase: PhaseAudit) -> str:
    """Return what a phase shows, such as ``SRCC with 1 decimal``."""
    if phase.ladder is not None:
        return f"{next(iter(phase.decimals))} by a Ladder with the step {phase.ladder:g}"
    return listing(
        [f"{name} with {count(places, 'decimal')}" for name, places in phase.decimals.items()], 10
    )


def _notes(report: AuditReport) -> tuple[str, ...]:
    notes = [note for phase in report.phases for note in _phase_notes(report, phase)]
    for phase_name, targets in report.unlabelled.items():
        notes.append(
            f"{visible(phase_name)}: the references have no labels of the optional "
            f"{'target' if len(targets) == 1 else 'targets'} {listing(map(visible, targets), 10)}; "
            "nothing is shown, so nothing is simulated."
        )
    notes.append(
        "Labels read: the mean number of labels that an attack knows with a probability of at "
        "least 0.95; certain: those that can have no other value. Error: the standard error over "
        f"{count(report.repetitions, 'repetition')} (seed {report.seed}). Failed uploads show no "
        "score and cost no try."
    )
    notes.append(_NOT_COVERED)
    return tuple(notes)


def _phase_notes(report: AuditReport, phase: PhaseAudit) -> Iterator[str]:
    name = visible(phase.phase) + (f", target {visible(phase.target)}" if phase.target else "")
    labels = "the references" if phase.source == "references" else "drawn labels"
    place = place_text(phase.split, None if phase.part == ALL else phase.part)
    yield (
        f"{name}: {shown_text(phase)}, of {count(phase.pairs, 'pair')}"
        f"{place}, as {labels} with {phase.values} values; "
        f"{_tries(phase.tries)}{_of_teams(report)} ({_ORIGINS[phase.tries_from]})."
    )
    if phase.ladder is not None:
        kept = f" on a host that keeps the history of each team ({_keepers(phase)})"
        yield _verdict(name, phase, phase.attacks, kept)
    if phase.ladder is not None and not report.history:
        step = " on Codabench and EvalAI, which only round to the step (rounding only)"
        yield _verdict(name, phase, phase.rounded, step)
    if phase.ladder is None:
        yield _verdict(name, phase, phase.attacks, "")
    yield (
        f"{name}: by information, no attack can read more than {phase.most:.0f} labels; this is an "
        "upper bound, not an attack."
    )
    if phase.unsimulated:
        yield f"{name}: no attack on {listing(phase.unsimulated, 10)} is simulated."
    if phase.above and phase.parts:
        yield (
            f"{name}: labels that are read help less if the final ranking uses a part that this "
            f"phase does not show; the parts are {listing(phase.parts, 10)}."
        )
    if phase.above and phase.safer is None:
        yield f"{name}: no policy that was tried stays below the bound; show no scores."


def _verdict(name: str, phase: PhaseAudit, attacks: tuple[Attack, ...], where: str) -> str:
    """Return whether some attacks are above the bound, and which of them reads most."""
    worst = max(attacks, key=lambda attack: attack.read, default=None)
    if worst is None:
        return f"{name}: no attack is simulated for this policy{where}."
    if worst.read < phase.bound:
        return f"{name} is below the bound of {phase.bound:g} in every simulated attack{where}."
    return (
        f"{name} is above the bound of {phase.bound:g}{where}: the attack {_name(worst)} reads "
        f"{worst.read:.1f} of {count(phase.pairs, 'label')}."
    )


def safer_lines(report: AuditReport) -> Iterator[str]:
    """Yield the recommended tables of a challenge file, for people who copy them.

    The targets of a phase share its tables, so they have one recommendation.
    """
    recommended: dict[str, list[tuple[PhaseAudit, SaferPolicy]]] = {}
    for phase in report.above:
        if phase.safer is not None:
            recommended.setdefault(phase.phase, []).append((phase, phase.safer))
    for each in recommended.values():
        first, safer = each[0]
        tries = f"{_tries(safer.tries)}{_of_teams(report)}"
        read = " and ".join(_safer_read(phase, policy) for phase, policy in each)
        yield ""
        yield f"The same attacks read {read} in {tries} with this in the challenge file:"
        if safer.needs_history:
            yield (
                f"(only on a host that keeps the history of each team: {_keepers(first)}; a host "
                "that only rounds to the step shows more)"
            )
        yield ""
        yield from (visible(line) for line in safer.toml.splitlines())


def _safer_read(phase: PhaseAudit, safer: SaferPolicy) -> str:
    target = f" of the target {visible(phase.target)}" if phase.target else ""
    return f"{safer.read:.1f} labels{target}"


def audit_values(report: AuditReport) -> View:
    """Return one row for each phase and attack, for programs."""
    names = (
        "phase", "target", "split", "part", "pairs", "shown", "tries", "attack", "metrics", "read",
        "error", "certain", "wrong", "most", "above", "safer",
    )  # fmt: skip
    rows = []
    for phase in report.phases:
        safer = None if phase.safer is None else phase.safer.toml.replace("\n", "; ")
        place = (phase.phase, phase.target, phase.split, phase.part, phase.pairs)
        for attack, is_rounded in _every_attack(phase):
            shown = shown_text(phase)
            if is_rounded and phase.ladder is not None:
                shown = f"{next(iter(phase.decimals))} rounded to the step {phase.ladder:g}"
            found = (attack.read, attack.error, attack.certain, attack.wrong)
            rows.append(
                (
                    *place, shown, phase.tries, attack.name, " ".join(attack.metrics),
                    *found, phase.most, phase.above, safer,
                )
            )  # fmt: skip
    return View("", tuple(ViewColumn(name, name) for name in names), tuple(rows), decimals=0)

"""Result models of an audit of what a challenge publishes."""

from __future__ import annotations

from typing import Literal

from xacle_eval.models.model import Model, Result

__all__ = ["Attack", "AuditReport", "PhaseAudit", "SaferPolicy"]


class Attack(Model):
    """What one simulated attack reads, as a mean over the repetitions.

    ``name`` is the attack and ``metrics`` what it uses. ``read`` is the number of labels that it
    knows with a probability of at least 0.95, ``error`` the standard error of this mean.
    ``certain`` of them have no other possible value, and ``wrong`` are not the true labels.
    """

    name: Literal["few pairs", "one pair", "one pair at an edge", "several pairs"]
    metrics: tuple[str, ...]
    read: float
    error: float
    certain: float
    wrong: float


class SaferPolicy(Model):
    """A policy that stays below the bound in the same simulations.

    It is one policy for all targets of a phase, which share its tables. ``metrics`` are those of
    this target. ``tries`` are those of all teams together, and ``read`` is what its worst attack
    reads of this target in them. ``needs_history`` is true for a Ladder, which works only where the
    host knows what a team has seen. ``toml`` has the tables of the challenge file.
    """

    metrics: tuple[str, ...]
    decimals: int
    ladder: float | None
    tries: int
    read: float
    needs_history: bool
    toml: str


class PhaseAudit(Model):
    """What the scores of one phase and target give away.

    ``decimals`` has the decimals of each shown metric. ``tries`` are those of all teams together;
    ``tries_from`` says where the number comes from. ``values`` is the number of different labels,
    and ``bits`` what one label tells. ``bound`` is that of the report as a number of labels.
    ``most`` is an upper bound by information: no attack reads more labels than the answers have
    bits for. ``above`` is true if an attack reads as many labels as the bound, or more; ``safer``
    is then a policy that stays below for all targets, if one was found. ``unsimulated`` are shown
    metrics without an attack, and ``parts`` those of the split where all of it is scored.

    A ``ladder`` hides scores only on a host that keeps what a team has seen; ``attacks`` are those
    on such a host. Codabench and EvalAI round to its step: ``rounded`` are the attacks there, and
    ``above`` and ``most`` cover both. With ``history`` of the report, ``rounded`` is empty.
    """

    phase: str
    target: str | None
    split: str
    part: str
    pairs: int
    decimals: dict[str, int]
    ladder: float | None
    tries: int
    tries_from: Literal["valid_total", "valid_per_day", "option", "no limit"]
    source: Literal["references", "synthetic"]
    values: int
    bits: float
    bound: float
    most: float
    attacks: tuple[Attack, ...]
    above: bool
    safer: SaferPolicy | None
    unsimulated: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    rounded: tuple[Attack, ...] = ()

    @property
    def worst(self) -> Attack | None:
        """The attack that reads most labels on any host; None without an attack."""
        every = (*self.attacks, *self.rounded)
        return max(every, key=lambda attack: attack.read, default=None)


class AuditReport(Result):
    """What the published scores of a challenge give away to someone who probes them.

    ``bound`` is the number of labels from which on a phase is above it, or with ``share`` that of
    the pairs. With ``history``, a ladder is judged only on hosts that keep what a team has seen.
    ``unlabelled`` has, by phase, the optional targets without labels, which are not scored.
    """

    challenge: str
    bound: float
    share: bool = False
    teams: int
    repetitions: int
    seed: int
    phases: tuple[PhaseAudit, ...]
    history: bool = False
    unlabelled: dict[str, tuple[str, ...]] = {}

    @property
    def above(self) -> tuple[PhaseAudit, ...]:
        """The phases that are above the bound."""
        return tuple(phase for phase in self.phases if phase.above)

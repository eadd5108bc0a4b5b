"""A second scoring: two boards of the same uploads with old and new references, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.rescoring import RescoredSystem, Rescoring, SignatureDifference
from xacle_eval.results.targets import TargetBoards

__all__ = ["compare_boards"]

Boards = Leaderboard | TargetBoards


def compare_boards(
    before: Boards, after: Boards, challenge: str, phase: str, as_of: str
) -> Rescoring:
    """Return what two boards of the same uploads differ in.

    Parameters
    ----------
    before, after : Leaderboard or TargetBoards
        The boards with the old and the new references.
    challenge, phase : str
        Their names.
    as_of : str
        The time of the boards.
    """
    old, new = dict(_entries(before)), dict(_entries(after))
    # In the new order; systems that are no longer ranked are below.
    systems = [_pair(key, old.get(key), new.get(key)) for key in dict.fromkeys([*new, *old])]
    first = next(iter(_boards(after).values()))
    was, now = _signature(before), _signature(after)
    return Rescoring(
        challenge=challenge,
        phase=phase,
        as_of=as_of,
        by=first.by,
        metrics=first.order,
        decimals=first.shown_decimals,
        signature_before=was,
        signature_after=now,
        differences=tuple(_differences(was, now)),
        systems=tuple(systems),
    )


def _boards(boards: Boards) -> dict[str, Leaderboard]:
    return dict(boards.targets) if isinstance(boards, TargetBoards) else {"": boards}


_Key = tuple[str, str, str]
"""What is compared: a target, a team, and a system, which is empty for the team's best one."""


def _entries(boards: Boards) -> Iterator[tuple[_Key, Entry]]:
    for target, board in _boards(boards).items():
        for entry in board.entries:
            # The best system of a team can be another one with the new references.
            is_best = board.by == "team" and entry.kind == "competing"
            yield (target, entry.team, "" if is_best else entry.system), entry


def _pair(key: _Key, old: Entry | None, new: Entry | None) -> RescoredSystem:
    target, team, _ = key
    labels = [entry.system for entry in (new, old) if entry is not None]
    return RescoredSystem(
        target=target,
        team=team,
        system=labels[0],
        system_before=None if old is None else old.system,
        rank_before=_rank(old),
        rank_after=_rank(new),
        before=_values(old),
        after=_values(new),
    )


def _rank(entry: Entry | None) -> int | None:
    return None if entry is None else entry.rank


def _values(entry: Entry | None) -> dict[str, float | None]:
    """Return the values that the ranking compares, which can be published."""
    return {} if entry is None else dict(entry.rounded)


def _signature(boards: Boards) -> str:
    """Return the signature of a board, or those of all targets, each after its name."""
    return "; ".join(f"{name} {board.signature}".strip() for name, board in _boards(boards).items())


def _differences(before: str, after: str) -> Iterator[SignatureDifference]:
    """Yield the parts of two signatures that differ, such as ``ref``."""
    old, new = _parts(before), _parts(after)
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield SignatureDifference(key=key, before=old.get(key), after=new.get(key))


def _parts(signature: str) -> dict[str, str]:
    """Return the parts of a signature by their keys; of several targets, after the target."""
    found = {}
    for each in signature.split("; "):
        target, _, rest = each.rpartition(" ")
        for part in rest.split("|"):
            key, _, value = part.partition(":")
            found[f"{target} {key}".strip()] = value
    return found

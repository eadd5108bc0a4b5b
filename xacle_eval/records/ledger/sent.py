"""All uploads of a phase that counted when they were sent, for its history."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from xacle_eval.records.ledger.attempts import read_standing, teams_of, tries_of
from xacle_eval.records.ledger.bodies import body_of
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.standing import Counting, TeamNames, count_tries
from xacle_eval.records.ledger.store import Store
from xacle_eval.records.ledger.uploads import stored
from xacle_eval.submissions.discovery import Located

__all__ = ["Sent", "sent_uploads"]


class Sent(NamedTuple):
    """An upload that counted when it was sent, and whether it was withdrawn later."""

    entry: Entry
    upload: Located
    withdrawn: bool

    @property
    def time(self) -> str:
        """The time of the upload."""
        return self.entry.time


def sent_uploads(
    database: Database,
    store: Store,
    phase: str,
    rules: Counting,
    condition: tuple[str, str | int],
) -> Iterator[Sent]:
    """Yield the uploads of a phase in the order of time, without systems of another team's label.

    Parameters
    ----------
    database, store : Database, Store
        The ledger and its files.
    phase, rules : str, Counting
        The phase and its rules.
    condition : (str, str or int)
        The state of the ledger; see `xacle_eval.records.ledger.asof`.
    """
    now = read_standing(database, phase, rules, condition).statuses
    by_team = groupby(tries_of(database, phase, condition, None), key=attrgetter("team"))
    then = [count_tries(tries, rules).statuses for _, tries in by_team]
    numbers = [number for each in then for number, status in each.items() if status == "counts"]
    names = TeamNames(rules.team_of, partial(teams_of, database, phase, condition))
    for each in sorted(database.numbered(numbers), key=lambda one: (one.time, one.sequence)):
        body = body_of(each)
        own = names.own_systems(each.team, body)
        whole = len(own) == len(body["systems"])
        if own:
            yield Sent(
                each,
                stored(store, each.sha256, each.team, body["file"], None if whole else own),
                now[each.sequence] == "withdrawn",
            )

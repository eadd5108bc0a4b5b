"""The evaluator: scores new uploads on the private labels and publishes what the phase shows.

``python evaluate.py`` runs until it is stopped; with ``--once`` it handles what waits and ends, for
a scheduled job. ``--retry`` scores uploads again whose scoring failed. What became of each upload
is in one file of the submissions dataset, which only the evaluator writes; the published results
follow from it alone, so a run that was interrupted is completed by the next one.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from xacle_eval.hosting.huggingface.project.board import COMPETING, shown_keys
from xacle_eval.hosting.huggingface.project.records import (
    INVALID,
    NOT_STORED,
    RESULTS,
    STATUSES,
    UPLOADS,
    RecordError,
    Status,
    Upload,
    as_lines,
    read_statuses,
    record_id,
    to_text,
    to_time,
)
from xacle_eval.hosting.huggingface.project.scorer import BrokenScorerError, Verdict, score_upload
from xacle_eval.hosting.huggingface.project.settings import Phase, Settings, load_settings
from xacle_eval.hosting.huggingface.project.store import (
    Store,
    StoreError,
    commit_until_done,
    open_store,
)

__all__ = ["Evaluator", "main", "run"]

log = logging.getLogger("evaluator")

HERE = Path(__file__).resolve().parent
SUBMISSIONS, PUBLISHED = "submissions", "results"
SCORED, FAILED, LIMIT = "scored", "failed", "over the limit"
# The uploads of one commit; more would keep the first ones waiting.
_BATCH = 20
_SECONDS = 30
_LONGEST = 10_000

Score = Callable[[str, bytes, str, Path, Mapping[str, float] | None], Verdict]


class Evaluator:
    """Decides, in the order of their commits, what becomes of uploads.

    Parameters
    ----------
    store : Store
        The datasets.
    settings : Settings
        The challenge.
    labels : path
        The folder with a file of labels for each phase, ``PHASE.csv``.
    score : function
        Scores the name and the bytes of a file in a phase with a file of labels, from what a ladder
        shows so far.
    """

    def __init__(self, store: Store, settings: Settings, labels: Path, score: Score) -> None:
        self._store, self._settings = store, settings
        self._labels, self._score = labels, score

    def step(self, *, retry: bool = False) -> int:
        """Handle the next uploads, at most 20, and publish; return how many were handled."""
        # Also after a change by hand in the settings of the hub.
        self._store.require_private(SUBMISSIONS)
        head = self._store.head(SUBMISSIONS)
        there = self._store.read(SUBMISSIONS, STATUSES, head)
        before = read_statuses(there)
        kept = [each for each in before if not (retry and each.outcome == FAILED)]
        after = self._with_new_labels(kept)
        waiting = self._waiting(after)
        batch = waiting[:_BATCH]
        places = self._places(batch, after)

        def order(status: Status) -> tuple[str, int]:
            return status.submitted, places.get(status.id, -1)

        for path, submitted in batch:
            upload = Status(record_id(path) or "", "", "", "", submitted, FAILED, "")
            earlier = [each for each in after if order(each) < order(upload)]
            after = sorted([*after, self._settle(path, submitted, earlier)], key=order)
        if after != before:
            self._save(after, there)
        self._publish(after)
        return len(batch)

    def _waiting(self, statuses: Sequence[Status]) -> list[tuple[str, str]]:
        """Return the records of uploads without a status and their times, the first one first.

        Times have seconds only; uploads of the same second are in the order of their commits.
        """
        done = {None, *(each.id for each in statuses)}
        paths = [
            path for path in self._store.names(SUBMISSIONS, UPLOADS) if record_id(path) not in done
        ]
        times = self._store.times(SUBMISSIONS, paths) if paths else {}
        return [(path, to_text(times[path])) for path in sorted(times, key=lambda p: times[p])]

    def _places(
        self, waiting: Sequence[tuple[str, str]], statuses: Iterable[Status]
    ) -> dict[str | None, int]:
        """Return the places of uploads by their ids, also of those that were handled before in the
        same seconds: an upload that failed is scored again in its own place.
        """
        seconds = {submitted for _, submitted in waiting}
        ordered = [path for path, _ in waiting]
        handled = [
            f"{UPLOADS}/{each.account}/{each.id}/submission.json"
            for each in statuses
            if each.submitted in seconds
        ]
        if handled:
            times = self._store.times(SUBMISSIONS, [*ordered, *handled])
            ordered = sorted(times, key=lambda path: times[path])
        return {record_id(path): place for place, path in enumerate(ordered)}

    def _settle(self, path: str, submitted: str, before: Sequence[Status]) -> Status:
        """Return what becomes of an upload after those before it."""
        _, account, identity, _ = path.split("/")
        try:
            upload = Upload.parse(path, self._store.read(SUBMISSIONS, path) or b"")
        except RecordError as error:
            return Status(identity, account, "", "", submitted, FAILED, str(error))
        status = Status(
            upload.id, upload.account, upload.phase, upload.system, submitted, INVALID, ""
        )
        phase = self._settings.phases.get(upload.phase)
        if phase is None:
            return replace(status, text="There is no such phase.")
        earlier = [
            each for each in before if (each.account, each.phase) == (status.account, status.phase)
        ]
        refused = _refusal(phase, to_time(submitted), earlier)
        if refused is not None:
            return replace(status, outcome=refused[0], text=refused[1])
        data = self._file_of(upload)
        if data is None:
            return replace(status, text=NOT_STORED)
        return self._scored(status, phase, upload.file or "", data, earlier)

    def _file_of(self, upload: Upload) -> bytes | None:
        """Return the uploaded file, if there is one and it is the one of the record."""
        if upload.file is None:
            return None
        data = self._store.read(SUBMISSIONS, upload.file_path)
        if data is None or hashlib.sha256(data).hexdigest() != upload.sha256:
            return None
        return data

    def _scored(
        self, status: Status, phase: Phase, name: str, data: bytes, earlier: Iterable[Status]
    ) -> Status:
        labels = self._labels_of(phase)
        shown = [each for each in earlier if each.outcome == SCORED]
        # An empty one begins a ladder.
        best = (shown[-1].scores if shown else {}) if phase.ladder else None
        found = self._score(name, data, phase.name, labels, best)
        outcome = SCORED if found.valid else FAILED if found.failed else INVALID
        return replace(
            status,
            outcome=outcome,
            text=found.text[:_LONGEST],
            scores=dict(found.scores),
            errors=dict(found.errors),
            improved=found.improved,
            labels=_hash_of(labels),
            absent=list(found.absent),
        )

    def _labels_of(self, phase: Phase) -> Path:
        path = self._labels / f"{phase.name}.csv"
        if not path.is_file():
            raise FileNotFoundError(f"no labels of the phase {phase.name}: add labels/{path.name}")
        return path

    def _with_new_labels(self, statuses: Sequence[Status]) -> list[Status]:
        """Return the statuses, scored again in the phases whose labels have changed since."""
        found = list(statuses)
        for phase in self._settings.phases.values():
            scored = [each for each in found if (each.phase, each.outcome) == (phase.name, SCORED)]
            if not scored or {each.labels for each in scored} == {_hash_of(self._labels_of(phase))}:
                continue
            log.info("the labels of %s have changed: scoring again", phase.name)
            again: list[Status] = []
            # From the first upload on, because a ladder depends on the ones before.
            for each in scored:
                again.append(self._score_again(each, phase, again))
            replaced = {each.id: each for each in again}
            found = [replaced.get(each.id, each) for each in found]
        return found

    def _score_again(self, status: Status, phase: Phase, before: Sequence[Status]) -> Status:
        path = f"{UPLOADS}/{status.account}/{status.id}/submission.json"
        upload = Upload.parse(path, self._store.read(SUBMISSIONS, path) or b"")
        data = self._file_of(upload)
        if data is None:
            return replace(status, outcome=FAILED, text="The uploaded file is gone.", scores={})
        earlier = [each for each in before if each.account == status.account]
        return self._scored(status, phase, upload.file or "", data, earlier)

    def _save(self, statuses: Sequence[Status], there: bytes | None) -> None:
        """Commit the statuses in place of those that were read.

        A conflict only means that an upload came meanwhile, unless another evaluator runs.
        """
        data = as_lines(asdict(each) for each in statuses)

        def files(head: str) -> Mapping[str, bytes]:
            if self._store.read(SUBMISSIONS, STATUSES, head) != there:
                raise StoreError("another evaluator runs at the same time; stop one of them")
            return {STATUSES: data}

        commit_until_done(self._store, SUBMISSIONS, files, "Add what became of uploads")

    def _publish(self, statuses: Sequence[Status]) -> None:
        """Commit the results that follow from the statuses, if they are not there yet."""
        data = as_lines(self._result(each) for each in statuses if _is_shown(each))

        def changed(head: str) -> Mapping[str, bytes]:
            there = self._store.read(PUBLISHED, RESULTS, head)
            return {} if (there or b"") == data else {RESULTS: data}

        commit_until_done(self._store, PUBLISHED, changed, "Update the results")

    def _result(self, status: Status) -> dict[str, object]:
        """Return what is published of a scored upload."""
        kinds = [
            kind
            for kind, patterns in self._settings.unranked.items()
            if any(_matches(each, status.account, status.system) for each in patterns)
        ]
        phase = self._settings.phases.get(status.phase)
        shown = shown_keys(phase, status.absent) if phase is not None else frozenset(status.scores)
        return {
            "id": status.id,
            "account": status.account,
            "system": status.system,
            "kind": kinds[0] if kinds else COMPETING,
            "phase": status.phase,
            "submitted": status.submitted,
            "scores": {key: value for key, value in status.scores.items() if key in shown},
            "errors": {key: value for key, value in status.errors.items() if key in shown},
            "absent": list(status.absent),
        }


def _is_shown(status: Status) -> bool:
    # What a ladder does not show is no row: it would repeat the team's best.
    return status.outcome == SCORED and status.improved


def _matches(pattern: str, account: str, system: str) -> bool:
    """Return whether ``SYSTEM`` or ``ACCOUNT/SYSTEM`` names a system, as in the challenge file."""
    whose, slash, which = pattern.rpartition("/")
    return fnmatchcase(system, which) and (not slash or fnmatchcase(account, whose))


def _refusal(phase: Phase, moment: datetime, earlier: Sequence[Status]) -> tuple[str, str] | None:
    """Return the outcome and the text for an upload that is not taken; None if it is.

    Uploads that are not taken count against no limit, nor do those whose scoring failed.
    """
    closed = phase.refusal(moment)
    if closed == "early":
        return closed, f"{phase.title} opens at {phase.opens:%Y-%m-%d %H:%M} UTC."
    if closed == "late":
        return closed, f"{phase.title} closed at {phase.closes:%Y-%m-%d %H:%M} UTC."
    counted = [each for each in earlier if each.outcome in (SCORED, INVALID)]
    scored = [each for each in counted if each.outcome == SCORED]
    day = phase.day(moment)
    today = [each for each in counted if phase.day(to_time(each.submitted)) == day]
    valid_today = [each for each in today if each.outcome == SCORED]
    for used, most, what in (
        (today, phase.all_per_day, "uploads in a day, including invalid ones"),
        (valid_today, phase.valid_per_day, "valid submissions in a day"),
        (scored, phase.valid_total, "valid submissions in this phase"),
    ):
        if most is not None and len(used) >= most:
            return LIMIT, f"The limit is {most} {what}; this upload was not scored."
    return None


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def run(step: Callable[[], int], *, once: bool, seconds: float = _SECONDS) -> None:
    """Repeat a step: at once while uploads wait, else after a pause.

    An error ends a single run. Otherwise it is logged, and the step is tried again later: the hub
    can be away for some minutes.
    """
    while True:
        try:
            handled = step()
        except Exception:
            if once:
                raise
            log.exception("the step failed; trying again in %g seconds", seconds)
            handled = 0
        if handled:
            log.info("uploads handled: %d", handled)
        elif once:
            return
        else:
            time.sleep(seconds)


def make_evaluator(folder: Path = HERE) -> Evaluator:
    """Return the evaluator of a folder, with the store that the environment selects."""
    settings = load_settings(folder)

    def score(
        name: str, data: bytes, phase: str, labels: Path, best: Mapping[str, float] | None
    ) -> Verdict:
        error_bars = settings.error_bars and not settings.phases[phase].ladder
        return score_upload(folder, name, data, phase, labels, best, error_bars=error_bars)

    return Evaluator(open_store(settings.datasets), settings, folder / "labels", score)


def main() -> None:
    """Run the evaluator from the command line."""
    parser = argparse.ArgumentParser(description="Score uploads and publish the results.")
    parser.add_argument("--once", action="store_true", help="handle what waits, then end")
    parser.add_argument("--retry", action="store_true", help="score failed uploads again")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        evaluator = make_evaluator()
        if options.retry:
            evaluator.step(retry=True)
        run(evaluator.step, once=options.once)
    except (StoreError, BrokenScorerError, FileNotFoundError) as error:
        raise SystemExit(f"evaluate.py: {error}") from None


if __name__ == "__main__":
    main()

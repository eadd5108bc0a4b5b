"""The ledger with its boards: one object with the verbs of ``xacle-eval ledger``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xacle_eval.errors import UsageError, check_arguments, value_text
from xacle_eval.records.ledger.asof import AsOf
from xacle_eval.records.ledger.attempts import limits_of, utc_offsets
from xacle_eval.records.ledger.chain import body_text
from xacle_eval.records.ledger.ledger import LedgerRecord
from xacle_eval.records.ledger.phases import phase_name
from xacle_eval.records.ledger.times import parse_time
from xacle_eval.references.model import GivenReferences, OneReferences
from xacle_eval.results.history import BoardHistory
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.rescoring import Rescoring
from xacle_eval.results.targets import TargetBoards
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.frames import NO_ORDER
from xacle_eval.submissions.validation import Progress

if TYPE_CHECKING:
    from datetime import datetime

    from xacle_eval.results.report import ChallengeReport, ReportPhase

__all__ = ["Ledger"]


class Ledger(LedgerRecord):
    """The record of a challenge that has no platform: uploads, corrections and what counts.

    The ledger is one SQLite file with one table, to which entries are only added, and a folder
    ``FILE.files`` with the valid uploads. Each entry has the hash of the one before it. No method
    reads the clock: times come from the caller, or from the files that were sent.

    Parameters
    ----------
    path : path
        The ledger, which `Ledger.init` has created.
    challenge : str, path or Challenge
        The challenge of the ledger; its ``[phases]`` have the limits.

    Raises
    ------
    UsageError
        If the file is missing, is no ledger, or is that of another challenge.
    """

    def leaderboard(
        self,
        references: GivenReferences = None,
        *,
        phase: str | None = None,
        as_of: AsOf = None,
        part: str | None = None,
        by: By = "system",
        bootstrap: Bootstrap | int | None = None,
        screenings: str | Sequence[str] = (),
        by_column: str | None = None,
        references_of: Mapping[str, OneReferences] | None = None,
        rank_suspicious: bool = False,
        progress: Progress = iter,
    ) -> Leaderboard | Any:
        """Score and rank the uploads that count, as `xacle_eval.leaderboard` does with files.

        Parameters
        ----------
        references, by, bootstrap, screenings, by_column, references_of, rank_suspicious, progress
            As for `xacle_eval.leaderboard`.
        phase : str, optional
            The phase; by default the only one.
        as_of : str, datetime or int, optional
            A time, a date (the end of that day in the time zone of the phase), or the number of an
            entry; by default all entries.
        part : str, optional
            The part of the split to score; by default that of the phase.

        Returns
        -------
        Leaderboard
            The same board as of a folder with the same files. For a challenge with several
            targets, a `TargetBoards`.
        """
        from xacle_eval.evaluation.leaderboard import leaderboard

        return leaderboard(
            *self.submissions(phase=phase, as_of=as_of),
            references=references,
            challenge=self.phase_challenge(phase, part),
            by=by,
            bootstrap=bootstrap,
            screenings=screenings,
            by_column=by_column,
            references_of=references_of,
            rank_suspicious=rank_suspicious,
            progress=progress,
        )

    def rescore(
        self,
        references: GivenReferences,
        before: GivenReferences = None,
        *,
        phase: str | None = None,
        as_of: AsOf = None,
        part: str | None = None,
        by: By = "system",
        time: str | datetime | None = None,
    ) -> Rescoring:
        """Score the uploads that count with old and new references, and show both side by side.

        Parameters
        ----------
        references : path, References or references in memory
            The new references.
        before : path, References or references in memory, optional
            The old ones; by default those that the challenge file names.
        phase, as_of, part, by
            As for `leaderboard`.
        time : str or datetime, optional
            Also record both signatures as an entry of this time.
        """
        from xacle_eval.evaluation.rescoring import compare_boards

        name = phase_name(self.challenge, phase)
        moment = None if time is None else parse_time(time)
        options: dict[str, Any] = {"phase": name, "as_of": as_of, "part": part, "by": by}
        old = self.leaderboard(before, **options)
        new = self.leaderboard(references, **options)
        shown = self.time_of(name, as_of)
        found = compare_boards(old, new, self.challenge.name, name, shown).model_copy(
            update={"utc_offset": utc_offsets(self.challenge)[name]}
        )
        if moment is None:
            return found
        body = {
            "before": found.signature_before,
            "after": found.signature_after,
            "systems": len(found.systems),
            "moved": sum(each.moved for each in found.systems),
        }
        with self._open(write=True) as database, database.transaction():
            entry = database.append("rescoring", moment, body_text(body), phase=name)
        return found.model_copy(update={"entry": entry.sequence})

    def history(
        self,
        references: GivenReferences = None,
        *,
        phase: str | None = None,
        as_of: AsOf = None,
        part: str | None = None,
        rank_suspicious: bool = False,
        board: Leaderboard | TargetBoards | None = None,
    ) -> BoardHistory:
        """Return how the best system of each team improved, and who was first when.

        It has the uploads that counted when they were sent, also those that newer ones replaced or
        that the team did not select, without withdrawn ones and systems that are not ranked.

        Parameters
        ----------
        references, phase, as_of, part, rank_suspicious
            As for `leaderboard`.
        board : Leaderboard or TargetBoards, optional
            The board of the phase, whose unranked systems are left out; by default that of
            `leaderboard`.
        """
        from xacle_eval.evaluation.history import board_history, unranked_systems
        from xacle_eval.references.targets import load_all

        check_arguments(rank_suspicious=rank_suspicious)
        name = phase_name(self.challenge, phase)
        if board is None:
            board = self.leaderboard(
                references, phase=name, as_of=as_of, part=part, rank_suspicious=rank_suspicious
            )
        elif not isinstance(board, Leaderboard | TargetBoards):
            raise UsageError(f"board must be that of a leaderboard; got {value_text(board)}")
        challenge = self.phase_challenge(name, part)
        return board_history(
            self.versions(phase=name, as_of=as_of),
            challenge,
            load_all(references, challenge, (), NO_ORDER),
            name,
            self.time_of(name, as_of),
            unranked_systems(board),
            rank_suspicious=rank_suspicious,
        )

    def report(
        self,
        references: GivenReferences = None,
        *,
        phase: str | None = None,
        as_of: AsOf = None,
        part: str | None = None,
        bootstrap: Bootstrap | int = 10_000,
        screenings: str | Sequence[str] | None = None,
        references_of: Mapping[str, OneReferences] | None = None,
        rank_suspicious: bool = False,
    ) -> ChallengeReport:
        """Return all that the results pages of a phase show, with its history.

        If no upload counts, such as before the first one, its boards are empty.
        Until all phases that score the same pairs have ended (`open_phases`), this is no more than
        ``[publish.phase.NAME]`` shows, without intervals and details.

        Parameters
        ----------
        references, bootstrap, screenings, references_of, rank_suspicious
            As for `xacle_eval.report`. Until the phase has ended, nothing is resampled or screened.
        phase, as_of, part
            As for `leaderboard`.

        Raises
        ------
        UsageError
            If suspicious files are to be ranked before the phase has ended, or as for
            `open_report`.
        """
        from xacle_eval.evaluation.report import full_report
        from xacle_eval.results.policy import publish_report

        # The pages of an open phase do not depend on them, but wrong ones are errors there, too.
        check_arguments(
            bootstrap=bootstrap,
            screenings=screenings,
            references_of=references_of,
            rank_suspicious=rank_suspicious,
            optional=("screenings", "references_of"),
        )
        if self.is_open(phase, as_of=as_of, part=part):
            if rank_suspicious:
                raise UsageError(
                    "rank_suspicious: the scores of suspicious files can reveal labels, and "
                    f"{self.limits_of_pages(phase, as_of=as_of, part=part)}"
                )
            return self.open_report(
                references, phase=phase, as_of=as_of, part=part, references_of=references_of
            )
        full = full_report(
            *self.counted(phase=phase, as_of=as_of),
            references=references,
            challenge=self.phase_challenge(phase, part),
            bootstrap=bootstrap,
            screenings=screenings,
            references_of=references_of,
            rank_suspicious=rank_suspicious,
            may_be_empty=True,
        )
        return publish_report(
            self.with_history(
                full,
                references,
                phase=phase,
                as_of=as_of,
                part=part,
                rank_suspicious=rank_suspicious,
            )
        )

    def with_history(
        self,
        full: ChallengeReport,
        references: GivenReferences = None,
        *,
        phase: str | None = None,
        as_of: AsOf = None,
        part: str | None = None,
        rank_suspicious: bool = False,
    ) -> ChallengeReport:
        """Return a report of the uploads that count with the phase and its history.

        Parameters
        ----------
        full : ChallengeReport
            The report before it is cut for publication.
        references, phase, as_of, part, rank_suspicious
            As for `report`.
        """
        from xacle_eval.results.report import ChallengeReport

        if not isinstance(full, ChallengeReport):
            raise UsageError(f"full must be a report; got {value_text(full)}")
        history = self.history(
            references,
            phase=phase,
            as_of=as_of,
            part=part,
            rank_suspicious=rank_suspicious,
            board=full.boards["system"],
        )
        return full.model_copy(
            update={
                "phase": self.report_phase(phase, as_of=as_of, part=part),
                "history": history,
            }
        )

    def report_phase(
        self, phase: str | None = None, *, as_of: AsOf = None, part: str | None = None
    ) -> ReportPhase:
        """Return the phase and the time that a report names.

        Parameters
        ----------
        phase, as_of, part
            As for `leaderboard`.
        """
        from xacle_eval.evaluation.open_phase import shown_scores
        from xacle_eval.results.report import ReportPhase

        name = phase_name(self.challenge, phase)
        open_phases = self.open_phases(name, as_of=as_of, part=part)
        limits = limits_of(self.challenge, name)
        return ReportPhase(
            phase=name,
            title=limits.title,
            opens=limits.opens,
            closes=limits.closes,
            utc_offset=limits.utc_offset,
            as_of=self.time_of(name, as_of),
            is_open=bool(open_phases),
            open_phases=open_phases,
            **(shown_scores(self.phase_challenge(name), name) if open_phases else {}),
        )

    def open_report(
        self,
        references: GivenReferences = None,
        *paths: Any,
        phase: str | None = None,
        as_of: AsOf = None,
        part: str | None = None,
        references_of: Mapping[str, OneReferences] | None = None,
        follow_links: bool = False,
    ) -> ChallengeReport:
        """Return what the results pages of a phase show before its end.

        Parameters
        ----------
        references, phase, as_of, references_of
            As for `leaderboard`.
        *paths : path
            Further submissions on the board, such as baselines.
        follow_links : bool
            As for `xacle_eval.leaderboard`.
        part : str, optional
            The part of the phase, and no other one.

        Raises
        ------
        UsageError
            If another part is named, or the phase has a ladder and the challenge several targets.
        """
        from xacle_eval.evaluation.open_phase import PageOptions, open_report

        check_arguments(part=part, optional=("part",))
        name = phase_name(self.challenge, phase)
        challenge = self.phase_challenge(name)
        if part is not None and part != challenge.part:
            raise UsageError(
                f"part {part}: the phase {name} shows the part {challenge.part}, and "
                f"{self.limits_of_pages(name, as_of=as_of, part=part)}"
            )
        return open_report(
            paths,
            self.counted(phase=name, as_of=as_of),
            self.versions(phase=name, as_of=as_of),
            references,
            challenge,
            self.report_phase(name, as_of=as_of),
            PageOptions(references_of, follow_links),
        )

"""A note on stderr: the form of an invalid file is all that is wrong, and ``fix`` corrects it."""

from __future__ import annotations

from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.output import note
from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.text import visible_path

__all__ = ["note_fixable"]

# No honest file is larger; the correction of a larger one would take long.
_MOST_BYTES = 4_000_000


def note_fixable(report: SubmissionReport, file: str, challenge: Challenge, quiet: bool) -> None:
    """Name ``xacle-eval fix`` if it makes an invalid prediction file valid.

    Parameters
    ----------
    report : SubmissionReport
        The report on the file.
    file : str
        Its path, as the user wrote it; ``-`` (standard input) cannot be read again.
    challenge : Challenge
        The challenge with the split.
    quiet : bool
        Whether no note is wanted.
    """
    if quiet or file == "-" or report.valid or report.kind != "predictions" or report.package:
        return
    try:
        fixable = _is_fixable(file, report, challenge)
    except Exception:  # noqa: BLE001 -- a note never changes the verdict or the exit code
        return
    if fixable:
        name = visible_path(file)
        note(f"note: only the form of {name} is wrong; xacle-eval fix can correct it", quiet)


def _is_fixable(file: str, report: SubmissionReport, challenge: Challenge) -> bool:
    from xacle_eval.submissions.checking import check
    from xacle_eval.submissions.fixing import fix_predictions
    from xacle_eval.submissions.reading import Source
    from xacle_eval.submissions.sources import prediction_source

    most = min(challenge.limits.max_bytes, _MOST_BYTES)
    with prediction_source(file, most).open() as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        return False
    fixed = fix_predictions(data, challenge)
    source = Source.of_bytes(fixed.text.encode("utf-8", "surrogateescape"), file)
    return check(source, challenge, report.system, report.team).report.valid

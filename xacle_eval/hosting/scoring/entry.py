"""The entry points of a scorer: Codabench, EvalAI, Hugging Face and the command line.

A scorer checks the submission before it opens the labels. An error before that may say anything
about the submission; after it, whatever goes wrong is one fixed sentence, because a text that
depends on the labels, or a failure that does, would reveal them in as many tries as one likes:
failed submissions count against no limit.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from xacle_eval.challenge.model import Challenge
from xacle_eval.hosting.challenge_data import restore_challenge
from xacle_eval.hosting.scoring.bootstrap import released_errors, standard_errors
from xacle_eval.hosting.scoring.labels import read_labels
from xacle_eval.hosting.scoring.phases import ScoredPhase
from xacle_eval.hosting.scoring.scoring import (
    exact_scores,
    refusal,
    released_scores,
    scored_part,
)
from xacle_eval.hosting.scoring.texts import (
    BEHIND_LABELS,
    INTERRUPTED,
    NO_LABELS,
    findings_text,
    internal_error,
    put,
    several_systems,
    valid_text,
)
from xacle_eval.hosting.scoring.uploads import RefusedError, Upload, read_file, read_folder
from xacle_eval.io.files import open_input
from xacle_eval.io.outputs import write_text
from xacle_eval.text import json_text, quote

__all__ = [
    "LABELS_FILE",
    "PHASE_FILE",
    "ScoringError",
    "check_upload",
    "codabench",
    "evaluate",
    "score_command",
    "score_upload",
]

LABELS_FILE = "labels.csv"
"""The labels in the folder of Codabench's reference data."""
PHASE_FILE = "phase.json"
"""The phase that these labels are of: an object with the key ``phase``."""
_SCORES = "scores.json"
_INVALID, _USAGE, _INTERRUPTED = 1, 2, 130
_USAGE_TEXT = "Usage: score SUBMISSION LABELS [--phase NAME] [--exact]"


class ScoringError(Exception):
    """A submission that is not scored; the text is for participants and has no label in it."""


class _Read(NamedTuple):
    """The scored predictions of a valid submission by target, and the text about it."""

    predictions: dict[str, list[float]]
    text: str


class _Scored(NamedTuple):
    """The scores of a submission in a phase, the text about it, and the targets that it lacks."""

    phase: ScoredPhase
    text: str
    scores: Any
    absent: tuple[str, ...]


_Step = Callable[[ScoredPhase, Mapping[str, Sequence[float]], Mapping[str, Sequence[float]]], Any]


def _released(
    phase: ScoredPhase, predictions: Any, labels: Any, best: Mapping[str, float] | None = None
) -> dict[str, float]:
    return released_scores(phase, exact_scores(phase, predictions, labels), best)


def _with_errors(phase: ScoredPhase, predictions: Any, labels: Any) -> tuple[dict[str, float], ...]:
    scores = _released(phase, predictions, labels)
    return scores, released_errors(phase, standard_errors(phase, predictions, labels))


def _run(
    data: Mapping[str, Any],
    phase: str | None,
    labels: str,
    read: Callable[[Challenge], Upload],
    step: _Step,
) -> _Scored:
    """Check a submission, then open the labels and score it.

    Raises
    ------
    ScoringError
        If it is not scored.
    KeyboardInterrupt
        If the program is interrupted.
    """
    chosen = _phase(data, phase)
    challenge = restore_challenge(data).with_split(chosen.split)
    predictions, text = _read_predictions(chosen, challenge, read)
    if not os.path.isfile(labels):  # noqa: PTH113 -- it is not opened
        raise ScoringError(NO_LABELS)
    # The text and the ids, too, are made before the labels are opened.
    ids = scored_part(chosen, challenge.manifest.ids)

    def behind_labels() -> Any:
        with open_input(labels) as stream:
            found = read_labels(stream.read(), ids, chosen.targets)
        return step(chosen, predictions, found)

    return _Scored(chosen, text, _guarded(behind_labels), _absent(chosen, predictions))


def _absent(phase: ScoredPhase, predictions: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the targets of a phase that a submission leaves out."""
    return tuple(target for target in phase.targets if target not in predictions)


def _read_predictions(
    phase: ScoredPhase, challenge: Challenge, read: Callable[[Challenge], Upload]
) -> _Read:
    """Return the scored predictions of a submission by target, and the text about it.

    Raises
    ------
    ScoringError
        If it is not valid, or cannot be scored whatever the labels are.
    """
    upload = _accepted(read, challenge)
    vectors = upload.checked.vectors
    whole = {target: vectors[target].tolist() for target in phase.targets if target in vectors}
    reason = refusal(phase, whole)
    if reason is not None:
        raise ScoringError(f"The submission is not scored: {reason}.")
    predictions = {target: scored_part(phase, values) for target, values in whole.items()}
    text = valid_text(len(challenge.manifest), findings_text(upload.reports))
    return _Read(predictions, text)


def _accepted(read: Callable[[Challenge], Upload], challenge: Challenge) -> Upload:
    """Return a valid upload; else raise the text about it, without another error as its context."""
    try:
        return read(challenge)
    except RefusedError as error:
        refused = error
    if refused.systems:
        raise ScoringError(several_systems(refused.path, refused.systems))
    raise ScoringError(f"The submission is not valid.\n{findings_text(refused.reports)}")


def _guarded(compute: Callable[[], Any]) -> Any:
    """Return a result that depends on labels; every error becomes the same sentence.

    Nothing of the error is kept: neither its text nor the lines that led to it.
    """
    interrupted = False
    try:
        return compute()
    except KeyboardInterrupt:
        interrupted = True
    except BaseException:  # noqa: BLE001, S110 -- also MemoryError and SystemExit
        pass
    # Raised here, outside the handlers, so that the error is not its context.
    if interrupted:
        raise KeyboardInterrupt
    raise ScoringError(BEHIND_LABELS)


def _phase(data: Mapping[str, Any], name: str | None) -> ScoredPhase:
    """Return a phase by its name; the only one if none is named."""
    phases = data["phases"]
    if name is None and len(phases) == 1:
        name = next(iter(phases))
    if name not in phases:
        known = ", ".join(phases)
        got = "no phase is named" if name is None else f"no phase {quote(name, 60)}"
        raise ScoringError(f"{got}; the phases are {known}")
    return ScoredPhase.of(phases[name])


def codabench(data: Mapping[str, Any], argv: Sequence[str]) -> int:
    """Score what Codabench's worker unpacked, and return the exit status of the program.

    Parameters
    ----------
    data : mapping
        The data of the scorer; see `xacle_eval.hosting.scoring.data.scorer_data`.
    argv : sequence of str
        The folders of the input and of the output, as ``/app/input /app/output``. The input has
        the participant's files in ``res``, and in ``ref`` the labels and the name of their phase.

    Returns
    -------
    int
        0 after ``scores.json`` was written; 1, with a text on standard error and no file, if the
        submission is not scored.
    """
    return _reported(lambda: _codabench(data, argv))


def _codabench(data: Mapping[str, Any], argv: Sequence[str]) -> str:
    if len(argv) != 2:
        raise ScoringError("expected the folders of the input and of the output")
    references, uploaded = (os.path.join(argv[0], name) for name in ("ref", "res"))  # noqa: PTH118
    output = os.path.join(argv[1], _SCORES)  # noqa: PTH118
    phase = _named_phase(os.path.join(references, PHASE_FILE))  # noqa: PTH118

    def write(chosen: ScoredPhase, predictions: Any, labels: Any) -> dict[str, float]:
        scores = _released(chosen, predictions, labels)
        write_text(output, json_text(scores) + "\n")
        return scores

    labels = os.path.join(references, LABELS_FILE)  # noqa: PTH118
    done = _run(data, phase, labels, lambda challenge: read_folder(uploaded, challenge), write)
    return f"{done.text}\nScores written: {', '.join(done.scores)}."


def _named_phase(path: str) -> str | None:
    """Return the phase that a file of the reference data names; None without the file."""
    try:
        with open_input(path) as stream:
            found = json.loads(stream.read().decode("utf-8"))
        return str(found["phase"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise ScoringError(NO_LABELS)


def _reported(run: Callable[[], str]) -> int:
    """Write the text of a run to standard output, or why it failed to standard error."""
    try:
        text, code = run(), 0
    except ScoringError as error:
        text, code = str(error), _INVALID
    except KeyboardInterrupt:
        text, code = INTERRUPTED, _INTERRUPTED
    except BaseException as error:  # noqa: BLE001 -- no traceback reaches a participant
        text, code = internal_error(error), _INVALID
    put(sys.stderr if code else sys.stdout, text)
    return code


def evaluate(
    data: Mapping[str, Any],
    test_annotation_file: str,
    user_submission_file: str,
    phase_codename: str,
    **_: Any,
) -> dict[str, Any]:
    """Score a submission for EvalAI.

    Parameters
    ----------
    data : mapping
        The data of the scorer.
    test_annotation_file : str
        The file of labels of the phase.
    user_submission_file : str
        What the participant uploaded: predictions, or a package with one system.
    phase_codename : str
        The name of the phase.

    Returns
    -------
    dict
        ``result`` with every score, ``error`` with the error bar of each, ``submission_result``
        and ``submission_metadata``.

    Raises
    ------
    ScoringError
        If the submission is not scored, whatever the reason; EvalAI shows its text. Never
        SystemExit, which would end the worker.
    KeyboardInterrupt
        If the worker is interrupted.
    """
    text = ""
    interrupted = False
    try:
        done = _run(
            data,
            phase_codename,
            test_annotation_file,
            lambda challenge: read_file(user_submission_file, challenge),
            _with_errors,
        )
    except ScoringError as error:
        text = str(error)
    except KeyboardInterrupt:
        interrupted = True
    except BaseException as error:  # noqa: BLE001 -- the worker must go on
        text = internal_error(error)
    if interrupted:
        raise KeyboardInterrupt
    if text:
        raise ScoringError(text)
    scores, errors = done.scores
    split = done.phase.dataset_split
    return {
        "result": [{split: scores}],
        "error": [{split: {f"error_{key}": value for key, value in errors.items()}}],
        "submission_result": scores,
        "submission_metadata": {"message": done.text},
    }


def check_upload(
    data: Mapping[str, Any], submission: str, phase: str | None = None
) -> dict[str, Any]:
    """Check a submission as `score_upload` does before it opens the labels; needs no labels.

    Parameters
    ----------
    data : mapping
        The data of the scorer.
    submission : str
        The uploaded file.
    phase : str, optional
        The name of the phase; the only one by default.

    Returns
    -------
    dict
        As for `score_upload`, without scores.
    """

    def run() -> _Scored:
        chosen = _phase(data, phase)
        challenge = restore_challenge(data).with_split(chosen.split)
        found = _read_predictions(chosen, challenge, lambda one: read_file(submission, one))
        return _Scored(chosen, found.text, {}, _absent(chosen, found.predictions))

    return _answer(run)


def _answer(run: Callable[[], _Scored]) -> dict[str, Any]:
    """Return the text, the scores and the absent targets of a run, or why it failed."""
    failed = False
    try:
        done = run()
    except ScoringError as error:
        text = str(error)
        failed = text in (BEHIND_LABELS, NO_LABELS)
    except Exception as error:  # noqa: BLE001 -- no traceback reaches a participant
        text, failed = internal_error(error), True
    else:
        return {
            "valid": True,
            "failed": False,
            "message": done.text,
            "scores": done.scores,
            "absent": list(done.absent),
        }
    return {"valid": False, "failed": failed, "message": text, "scores": {}, "absent": []}


def score_upload(
    data: Mapping[str, Any],
    submission: str,
    labels: str,
    phase: str | None = None,
    best: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Score a submission for an evaluator on Hugging Face; never raises for a submission.

    Parameters
    ----------
    data : mapping
        The data of the scorer.
    submission, labels : str
        The uploaded file, and the file of labels of the phase.
    phase : str, optional
        The name of the phase; the only one by default.
    best : mapping of str to float, optional
        The scores that are shown of the team so far, for a ladder; empty before the first.

    Returns
    -------
    dict
        ``valid``, ``message`` for the participant, and ``scores`` by key as they are shown; empty
        for a submission that is not scored. ``failed`` says that this is not its fault. ``absent``
        has the optional targets that it leaves out: their scores, and the mean over the targets,
        are no real ones.
    """
    return _answer(
        lambda: _run(
            data,
            phase,
            labels,
            lambda challenge: read_file(submission, challenge),
            lambda chosen, predictions, truth: _released(chosen, predictions, truth, best),
        )
    )


def score_command(data: Mapping[str, Any], argv: Sequence[str]) -> int:
    """Print the scores of a submission as JSON, and return the exit code of the program.

    Parameters
    ----------
    data : mapping
        The data of the scorer.
    argv : sequence of str
        The submission and the labels; ``--phase NAME``; with ``--exact``, all digits, which are for
        the organisers alone.

    Returns
    -------
    int
        0, 1 for a submission that is not scored, 2 for other arguments.
    """
    given = _score_arguments(argv)
    if given is not None:
        return _reported(lambda: _score(data, *given))
    put(sys.stderr, _USAGE_TEXT)
    return _USAGE


def _score_arguments(arguments: Sequence[str]) -> tuple[str, str, str | None, bool] | None:
    """Return the submission, the labels, the phase and whether all digits are shown."""
    rest, phase, exact = list(arguments), None, False
    if "--exact" in rest:
        exact = True
        rest.remove("--exact")
    if "--phase" in rest[:-1]:
        place = rest.index("--phase")
        phase = rest[place + 1]
        del rest[place : place + 2]
    return (rest[0], rest[1], phase, exact) if len(rest) == 2 else None


def _score(
    data: Mapping[str, Any], submission: str, labels: str, phase: str | None, exact: bool
) -> str:
    step: _Step = exact_scores if exact else _released
    done = _run(data, phase, labels, lambda challenge: read_file(submission, challenge), step)
    return json_text(done.scores)

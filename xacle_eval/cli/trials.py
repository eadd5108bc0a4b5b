"""The options of ``export --try``, and the trial that they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from xacle_eval.cli.formats import write_trial
from xacle_eval.cli.options import any_path, option
from xacle_eval.errors import UsageError
from xacle_eval.reports.formats.registry import TRIAL_FORMATS
from xacle_eval.text import alternatives

if TYPE_CHECKING:
    from xacle_eval.hosting.lint.model import Platform

__all__ = ["check_trial_format", "run_trial", "trial_options"]

F = TypeVar("F", bound=Callable[..., Any])


def trial_options(function: F) -> F:
    """Add the options of a trial: the submission, one phase, and the interpreter."""
    for add in (
        option(
            "--python",
            group="Execution",
            type=any_path,
            metavar="PROGRAM",
            help="With --try: run the scorer with this Python. [default: the one that runs this "
            "command]",
        ),
        option(
            "--phase",
            group="Input",
            metavar="NAME",
            help="With --try: only this phase. [default: all phases]",
        ),
        option(
            "--try",
            "submission",
            group="Input",
            type=any_path,
            metavar="SUBMISSION",
            help="Run this submission on the bundle as the platform's worker would, and show what "
            "the participant and the organiser see. The programs in the bundle are executed "
            "without a sandbox; nothing of the submission is.",
        ),
    ):
        function = add(function)
    return function


def check_trial_format(format_: str) -> None:
    """Raise UsageError for a format that a trial does not have."""
    if format_ not in TRIAL_FORMATS:
        raise UsageError(f"with --try, --format must be {alternatives(TRIAL_FORMATS)}")


def run_trial(
    bundle: str,
    submission: str,
    platform: Platform | None,
    phase: str | None,
    python: str | None,
    format_: str,
    shown: str | None = None,
) -> int:
    """Run a submission on a bundle, print the result, and return the exit code.

    `shown` replaces the path of a bundle that is not kept.
    """
    from xacle_eval.hosting.trial.trying import try_bundle

    check_trial_format(format_)
    trial = try_bundle(bundle, submission, platform=platform, phase=phase, python=python)
    if shown is not None:
        trial = trial.model_copy(update={"path": shown})
    write_trial(format_, None, trial)
    return 0 if trial.accepted else 1

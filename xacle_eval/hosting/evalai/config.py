"""``challenge_config.yaml``: the configuration of a challenge on EvalAI.

After an administrator's approval, leaderboards, splits and their order cannot be changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import ChallengeError
from xacle_eval.hosting.hosted import Hosted, HostedPhase
from xacle_eval.hosting.pages import score_title
from xacle_eval.hosting.scoring.phases import OVERALL_LEVEL, ScoreKey
from xacle_eval.hosting.yaml_text import Section, utc_text, yaml_text
from xacle_eval.text import count, listing, quote, visible

__all__ = [
    "LABELS",
    "LOGO",
    "SCRIPT",
    "annotation_file",
    "config_yaml",
    "page_file",
    "phase_file",
]

LABELS = "annotations/"
"""The folder with the labels."""
LOGO = "logo.png"
SCRIPT = "evaluation_script.zip"
_LONGEST_NAME = 100
_LONGEST_ABOUT = 200
_PUBLIC = 3
_AT_ONCE = 3

_ABOUT = """\
A challenge for EvalAI, written by xacle-eval export evalai. EvalAI takes the ZIP beside this
folder; docs/organisers.md says how. It has the labels in annotations: give it only to people who
may see them.
"""
_ABOUT_BOARDS = """\
The labels are the scores that evaluate() returns, in ranking order. EvalAI sorts by one of them;
ties go to the smaller error bar and then to the newer submission. Without sort_ascending, EvalAI
sorts in ascending order.
"""
_ABOUT_PHASES = """\
Times are in UTC and quoted: EvalAI cannot compare quoted with unquoted ones. Logs are on: a failed
submission shows why it is invalid, and no text of the scorer depends on a label. Submissions are
public, because others are not on the leaderboard. Failed submissions do not count.
"""


def page_file(name: str) -> str:
    """Return the file of a page in the bundle."""
    return f"templates/{name}.html"


def phase_file(phase: str) -> str:
    """Return the file of the description of a phase."""
    return f"templates/phase_{phase}.html"


def annotation_file(phase: str) -> str:
    """Return the file of the labels of a phase."""
    return f"{LABELS}{phase}.csv"


def config_yaml(hosted: Hosted) -> str:
    """Return ``challenge_config.yaml``.

    Raises
    ------
    ChallengeError
        If a title, or the name of a split with its part, is too long for EvalAI.
    """
    _check_lengths(hosted)
    return yaml_text(_sections(hosted))


def _check_lengths(hosted: Hosted) -> None:
    names = {"title": hosted.title}
    for phase in hosted.phases:
        names[f"phases.{phase.name}.title"] = phase.title
        names[f"phases.{phase.name}: its split and part"] = phase.scored.dataset_split
    problems = [
        f"{key}: expected at most {_LONGEST_NAME} characters on EvalAI, got "
        f"{count(len(text), 'character')}: {quote(text, 200)}"
        for key, text in names.items()
        if len(text) > _LONGEST_NAME
    ]
    if problems:
        raise ChallengeError(hosted.challenge.name, problems)


def _sections(hosted: Hosted) -> Iterator[Section]:
    yield Section(_ABOUT, _challenge(hosted))
    boards = _boards(hosted)
    schemas = [
        {"id": place, "schema": _schema(hosted.challenge, keys)}
        for place, keys in enumerate(boards, 1)
    ]
    yield Section(_ABOUT_BOARDS, {"leaderboard": schemas})
    phases = [_phase(place, phase) for place, phase in enumerate(hosted.phases, 1)]
    yield Section(_ABOUT_PHASES, {"challenge_phases": phases})
    names = list(dict.fromkeys(phase.scored.dataset_split for phase in hosted.phases))
    splits = [{"id": place, "name": name, "codename": name} for place, name in enumerate(names, 1)]
    yield Section("", {"dataset_splits": splits})
    used = [
        _phase_split(
            place,
            phase.scored.keys,
            board=boards.index(phase.scored.keys) + 1,
            split=names.index(phase.scored.dataset_split) + 1,
        )
        for place, phase in enumerate(hosted.phases, 1)
    ]
    yield Section("", {"challenge_phase_splits": used})


def _challenge(hosted: Hosted) -> dict[str, Any]:
    return {
        "title": hosted.title,
        "short_description": f"Predict ratings: {hosted.challenge.title}",
        "description": page_file("overview"),
        "evaluation_details": page_file("evaluation"),
        "terms_and_conditions": page_file("terms"),
        "submission_guidelines": page_file("submission"),
        "leaderboard_description": _about_order(hosted),
        "image": LOGO,
        "evaluation_script": SCRIPT,
        "remote_evaluation": False,
        "start_date": utc_text(min(phase.opens for phase in hosted.phases)),
        "end_date": utc_text(max(_closes(phase) for phase in hosted.phases)),
        "published": False,
    }


def _phase_split(
    phase: int, keys: tuple[ScoreKey, ...], *, board: int, split: int
) -> dict[str, Any]:
    return {
        "challenge_phase_id": phase,
        "leaderboard_id": board,
        "dataset_split_id": split,
        "visibility": _PUBLIC,
        "leaderboard_decimal_precision": max(key.decimals for key in keys),
        "is_leaderboard_order_descending": keys[0].higher_is_better,
    }


def _about_order(hosted: Hosted) -> str:
    first, *rest = hosted.keys
    # The scores of other targets decide about other boards; a mean of targets has no further score.
    others = [key.key for key in rest if key.decides and key.target == first.target]
    if not others:
        return f"Sorted by {first.key}."
    order = listing(others, 20)
    return f"Sorted by {first.key}. In the organisers' final ranking, ties are broken by {order}."


def _closes(phase: HostedPhase) -> datetime:
    return cast("datetime", phase.closes)  # `plan_phases` requires it for EvalAI


def _boards(hosted: Hosted) -> list[tuple[ScoreKey, ...]]:
    """Return the different sets of scores; phases with the same ones share a leaderboard."""
    return list(dict.fromkeys(phase.scored.keys for phase in hosted.phases))


def _schema(challenge: Challenge, keys: tuple[ScoreKey, ...]) -> dict[str, Any]:
    return {
        "labels": [key.key for key in keys],
        "default_order_by": keys[0].key,
        "metadata": {
            key.key: {
                "sort_ascending": not key.higher_is_better,
                "description": _about(challenge, key),
            }
            for key in keys
        },
    }


def _about(challenge: Challenge, key: ScoreKey) -> str:
    """Return the description of a label, as the page about the evaluation has it."""
    title = visible(score_title(challenge, key), _LONGEST_ABOUT)
    return title if key.level in ("pair", OVERALL_LEVEL) else f"{title}, averages by {key.level}"


def _phase(place: int, phase: HostedPhase) -> dict[str, Any]:
    return {
        "id": place,
        "name": phase.title,
        "codename": phase.name,
        "description": phase_file(phase.name),
        "leaderboard_public": True,
        "is_public": True,
        "is_active": True,
        "is_submission_public": True,
        "start_date": utc_text(phase.opens),
        "end_date": utc_text(_closes(phase)),
        "test_annotation_file": annotation_file(phase.name),
        "max_submissions_per_day": phase.per_day,
        "max_submissions_per_month": phase.total,
        "max_submissions": phase.total,
        "max_concurrent_submissions_allowed": min(_AT_ONCE, phase.per_day),
        "disable_logs": False,
        "is_restricted_to_select_one_submission": False,
        "is_partial_submission_evaluation_enabled": False,
        "default_submission_meta_attributes": [
            {"name": name, "is_visible": True}
            for name in ("method_name", "method_description", "project_url", "publication_url")
        ],
    }

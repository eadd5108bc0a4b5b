"""``competition.yaml``: the configuration of a competition on Codabench.

Every setting is written, also where Codabench has the same default: a default can change, and some
of them surprise (a board without `submission_rule` shows nobody who does not ask for it).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xacle_eval.errors import ChallengeError
from xacle_eval.hosting.blocks import to_markdown
from xacle_eval.hosting.hosted import Hosted, HostedPhase
from xacle_eval.hosting.pages import PAGES, phase_blocks
from xacle_eval.hosting.scoring.data import LONGEST_KEY
from xacle_eval.hosting.yaml_text import Section, utc_text, yaml_text
from xacle_eval.text import visible

__all__ = ["LABELS", "LOGO", "PROGRAM", "competition_yaml", "page_file", "reference_folder"]

LABELS = "reference_data/"
"""The folder with the labels."""
LOGO = "logo.png"
PROGRAM = "programs/scorer"
"""The folder of the scoring program. Codabench packs a folder into the folder above its parent, so
one at the top of the bundle would be packed outside of it, where all competitions share names."""
# Cached by the workers of the default queue; the scorer runs on Python 3.7 and later.
_IMAGE = "codalab/codalab-legacy:py37"
_SECONDS = 600
"""The default queue stops every run after 600 seconds."""
_LONGEST_TITLE, _LONGEST_BOARD = 256, 64

_ABOUT = """\
A competition for Codabench, written by xacle-eval export codabench.
Upload the ZIP beside this folder: Benchmarks > Management > Upload.
It has the labels in reference_data: give it only to people who may see them.
"""
_ABOUT_ACCESS = """\
Participants cannot download the scoring program and the reference data. Logs are visible, so that
they see why a file is invalid; the scorer writes no text that depends on a label.
"""
_ABOUT_SHEET = """\
Each participant names the team and the system here: `xacle-eval rank` reads them from the CSV of
the leaderboard. The flags are texts, as Codabench compares them.
"""
_ABOUT_TASKS = (
    "One task for each phase: the reference data name the phase and have its labels only."
)
_ABOUT_PHASES = """\
Times are in UTC and quoted: Codabench cuts an unquoted time to midnight and drops an offset.
max_submissions and max_submissions_per_day count valid submissions; 0 would mean no limit.
"""
_ABOUT_BOARD = """\
Columns are in the order of the ranking: the first one decides, the next ones break ties.
Force_Best shows the best submission of each participant by this order, as the challenge ranks teams
by their best system. With Add, which Codabench takes if there is no rule, nobody is shown without
an action of the participant; with Force_Last, a late experiment replaces the best system.
"""


def page_file(name: str) -> str:
    """Return the file of a page in the bundle."""
    return f"pages/{name}.md"


def reference_folder(phase: str) -> str:
    """Return the folder of a phase's labels in the bundle."""
    return f"{LABELS}{phase}"


def competition_yaml(hosted: Hosted, contact: str | None) -> str:
    """Return ``competition.yaml``.

    Parameters
    ----------
    hosted : Hosted
        The challenge on the platform.
    contact : str or None
        The organisers' address.

    Raises
    ------
    ChallengeError
        If a title is too long for Codabench.
    """
    _check_lengths(hosted)
    return yaml_text(_sections(hosted, contact))


def _check_lengths(hosted: Hosted) -> None:
    length = len(hosted.title)
    if length > _LONGEST_TITLE:
        message = f"title: expected at most {_LONGEST_TITLE} characters on Codabench, got {length}"
        raise ChallengeError(hosted.challenge.name, [message])


def _sections(hosted: Hosted, contact: str | None) -> Iterator[Section]:
    about: dict[str, Any] = {
        "version": 2,
        "title": hosted.title,
        "description": f"Predict ratings: {hosted.challenge.title}",
        "image": LOGO,
        "terms": page_file("terms"),
        "competition_type": "competition",
        "docker_image": _IMAGE,
    }
    if contact is not None:
        about["contact_email"] = contact
    yield Section(_ABOUT, about)
    yield Section(
        _ABOUT_ACCESS,
        {
            "registration_auto_approve": True,
            "auto_run_submissions": True,
            "can_participants_make_submissions_public": False,
            "make_programs_available": False,
            "make_input_data_available": False,
            "enable_detailed_results": False,
            "show_detailed_results_in_submission_panel": False,
            "show_detailed_results_in_leaderboard": False,
            "forum_enabled": True,
        },
    )
    yield Section(_ABOUT_SHEET, {"fact_sheet": _fact_sheet()})
    pages = [
        {"title": title, "file": page_file(name)}
        for name, title in PAGES.items()
        if name != "terms"  # Codabench adds the page of terms itself
    ]
    yield Section("", {"pages": pages})
    tasks = [_task(place, phase) for place, phase in enumerate(hosted.phases)]
    yield Section(_ABOUT_TASKS, {"tasks": tasks})
    phases = [_phase(place, phase) for place, phase in enumerate(hosted.phases)]
    yield Section(_ABOUT_PHASES, {"phases": phases})
    yield Section(_ABOUT_BOARD, {"leaderboards": [_board(hosted)]})


def _fact_sheet() -> dict[str, Any]:
    return {
        key: {
            "key": key,
            "type": "text",
            "title": title,
            "selection": "",
            "is_required": "true",
            "is_on_leaderboard": "true",
        }
        for key, title in (("team", "Team"), ("system", "System, such as Kumo_01"))
    }


def _task(place: int, phase: HostedPhase) -> dict[str, Any]:
    return {
        "index": place,
        "name": phase.title,
        "description": f"Scores of the phase {phase.name}",
        "scoring_program": PROGRAM,
        "reference_data": reference_folder(phase.name),
    }


def _phase(place: int, phase: HostedPhase) -> dict[str, Any]:
    found: dict[str, Any] = {
        "index": place,
        "name": phase.title,
        "description": to_markdown(phase_blocks(phase)).strip(),
        "start": utc_text(phase.opens),
    }
    if phase.closes is not None:
        found["end"] = utc_text(phase.closes)
    return {
        **found,
        "max_submissions_per_day": phase.per_day,
        "max_submissions": phase.total,
        "execution_time_limit": _SECONDS,
        "auto_migrate_to_this_phase": False,
        "hide_output": False,
        "hide_prediction_output": False,
        "hide_score_output": False,
        "tasks": [place],
    }


def _board(hosted: Hosted) -> dict[str, Any]:
    columns = [
        {
            "index": place,
            "key": key.key,
            "title": key.key,
            "sorting": "desc" if key.higher_is_better else "asc",
            "precision": max(_decimals(hosted, key.key)),
            "hidden": False,
        }
        for place, key in enumerate(hosted.keys)
    ]
    return {
        "title": visible(f"Results of {hosted.challenge.name}", _LONGEST_BOARD),
        "key": hosted.challenge.name[:LONGEST_KEY],
        "primary_index": 0,
        "submission_rule": "Force_Best",
        "hidden": False,
        "columns": columns,
    }


def _decimals(hosted: Hosted, name: str) -> Iterator[int]:
    for phase in hosted.phases:
        yield from (key.decimals for key in phase.scored.keys if key.key == name)

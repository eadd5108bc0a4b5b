"""The folders of a challenge on Hugging Face: two Spaces, two datasets, and instructions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.errors import ChallengeError
from xacle_eval.hosting.blocks import Heading, to_markdown
from xacle_eval.hosting.exported import ExportNote
from xacle_eval.hosting.hosted import Hosted, HostedPhase
from xacle_eval.hosting.huggingface.texts import (
    EVALUATOR_PAGE,
    INSTRUCTIONS,
    PLATFORM,
    REQUIREMENTS,
    RESULTS_CARD,
    SPACE_PAGE,
    SUBMISSIONS_CARD,
    fill,
)
from xacle_eval.hosting.own_texts import OwnTexts
from xacle_eval.hosting.pages import PAGES, page_blocks
from xacle_eval.hosting.scoring.phases import OVERALL_LEVEL, ScoredPhase, ScoreKey
from xacle_eval.hosting.single_file import single_file
from xacle_eval.text import visible

__all__ = [
    "APPLIED",
    "LABELS",
    "huggingface_files",
    "huggingface_notes",
    "repository_name",
    "without_parts",
]

APPLIED = frozenset(
    [
        "days-in-utc",
        "all-per-day",
        "final-systems",
        "ladder-without-history",
        "sorted-by-one-target",
    ]
)
"""The notes about what platforms without a history do not do; the evaluator does it."""
LABELS = "evaluator/labels/"
"""The folder with the labels."""
_PROJECT = f"{__name__.rpartition('.')[0]}.project"
_SHARED = ("records", "scorer", "settings", "store", "worker")
# The modules of each Space; the last one is the program of the Space.
_SPACE = (*_SHARED, "board", "intake", "space")
_EVALUATOR = (*_SHARED, "board", "evaluate", "evaluator")
_LONGEST_NAME = 96 - len("-submissions")


def huggingface_files(hosted: Hosted, program: bytes, own: OwnTexts) -> dict[str, bytes]:
    """Return the files of an export by their names.

    Parameters
    ----------
    hosted : Hosted
        The challenge on the platform.
    program : bytes
        The scorer, for the evaluator alone.
    own : OwnTexts
        The organisers' own texts, in Markdown.
    """
    name = repository_name(hosted.challenge)
    words = _words(hosted, name)
    # The Space is public, so its program does not say which pairs are in a private part.
    programs = {
        "space": single_file(without_parts(hosted.challenge), targets=hosted.targets),
        "evaluator": program.decode(),
    }
    settings = json.dumps(_settings(hosted, name), indent=2, ensure_ascii=False) + "\n"
    texts = {
        "README.md": fill(INSTRUCTIONS, words),
        "space/README.md": fill(SPACE_PAGE, words),
        "evaluator/README.md": fill(EVALUATOR_PAGE, words),
        "datasets/submissions/README.md": fill(SUBMISSIONS_CARD, words),
        "datasets/results/README.md": fill(RESULTS_CARD, words),
    }
    for folder, modules in (("space", _SPACE), ("evaluator", _EVALUATOR)):
        texts[f"{folder}/config.json"] = settings
        texts[f"{folder}/requirements.txt"] = REQUIREMENTS
        texts[f"{folder}/single_file.py"] = programs[folder]
        texts |= {f"{folder}/{_file(each)}": _source(each) for each in modules}
    for place, page in enumerate(PAGES, 1):
        # The order of the tabs is that of the names of their files.
        texts[f"space/pages/{place}-{page}.md"] = _page(page, hosted, own)
    for phase in hosted.phases:
        texts[f"{LABELS}{phase.name}.csv"] = phase.labels
    return {file: text.encode() for file, text in texts.items()}


def without_parts(challenge: Challenge) -> Challenge:
    """Return a challenge whose scorer knows neither the parts of a split nor groups of pairs.

    It serves for the check of uploads: the predictions of every pair are checked, and a system is
    refused as constant if it is so for all pairs. The evaluator checks the scored pairs.
    """
    at_pairs = {"level": "pair"}
    policies = {
        name: each.model_copy(update={"part": ALL})
        for name, each in challenge.publish.phase.items()
    }
    targets = {
        name: each.model_copy(update={"ranking": each.ranking.model_copy(update=at_pairs)})
        for name, each in challenge.targets.items()
    }
    changes = {
        "group": None,
        "groups": (),
        "publish": challenge.publish.model_copy(update={"phase": policies}),
        "ranking": challenge.ranking.model_copy(update=at_pairs),
        "targets": targets,
    }
    return challenge.model_copy(update=changes)


def _words(hosted: Hosted, name: str) -> dict[str, str]:
    """Return what the texts say of a challenge."""
    title = visible(hosted.title)
    return {
        "name": name,
        "title": _quoted(title),
        "submissions_title": _quoted(f"{title}: submissions"),
        "results_title": _quoted(f"{title}: results"),
        "heading": to_markdown([Heading(f"{title} on Hugging Face", 1)]),
    }


def _quoted(text: str) -> str:
    """Return a quoted text of YAML; escapes of JSON in two parts, as of emoji, are none of YAML."""
    return json.dumps(text, ensure_ascii=False)


def huggingface_notes(hosted: Hosted) -> Iterable[ExportNote]:
    """Yield what the organisers may not expect."""
    yield ExportNote(
        kind="note",
        name="labels-in-evaluator",
        message=f"{LABELS} has the labels: upload the folder evaluator only to a private Space",
    )
    name = repository_name(hosted.challenge)
    if name != hosted.challenge.name:
        yield ExportNote(
            kind="note",
            name="repository-name",
            message=f"the repositories are called {name}, because Hugging Face refuses "
            f"{hosted.challenge.name}",
        )


def repository_name(challenge: Challenge) -> str:
    """Return the name of a challenge as Hugging Face takes it for a repository."""
    name = re.sub(r"[-.]{2,}", "-", challenge.name).strip("-.")
    name = re.sub(r"\.(git|ipynb)$", "", name)[:_LONGEST_NAME].rstrip("-.")
    if not name:
        raise ChallengeError(challenge.name, ["name: Hugging Face takes no such name"])
    return name


def _settings(hosted: Hosted, name: str) -> dict[str, Any]:
    """Return what ``config.json`` has; see the module ``settings`` of the project."""
    challenge = hosted.challenge
    rules, limits = challenge.submissions, challenge.limits
    return {
        "title": visible(hosted.title),
        "datasets": {kind: f"{name}-{kind}" for kind in ("submissions", "results")},
        "endings": [*rules.endings, ".zip"],
        "most_bytes": max(limits.max_bytes, limits.max_package_bytes),
        "unranked": {
            "baseline": list(rules.baselines),
            "out of competition": list(rules.out_of_competition),
        },
        "error_bars": False,
        "phases": {each.name: _phase(challenge, each) for each in hosted.phases},
    }


def _phase(challenge: Challenge, hosted: HostedPhase) -> dict[str, Any]:
    phase = challenge.phases[hosted.name]
    only_total = phase.valid_per_day is None and phase.valid_total is not None
    return {
        "title": hosted.title,
        "opens": _time(hosted.opens),
        "closes": None if hosted.closes is None else _time(hosted.closes),
        "offset_minutes": int(phase.utc_offset.total_seconds() // 60),
        # Other platforms need both limits; here null is none.
        "valid_per_day": None if only_total else hosted.per_day,
        "valid_total": hosted.total if hosted.has_total else None,
        "all_per_day": phase.all_per_day,
        "final_systems": phase.final_systems,
        "ladder": any(key.step is not None for key in hosted.scored.keys),
        "columns": [
            {
                "key": key.key,
                "higher_is_better": key.higher_is_better,
                "decimals": key.decimals,
            }
            for key in hosted.scored.keys
        ],
        "boards": list(_boards(challenge, hosted.scored)),
    }


def _time(moment: datetime) -> str:
    return moment.isoformat()


def _boards(challenge: Challenge, scored: ScoredPhase) -> Iterator[dict[str, Any]]:
    """Yield the leaderboards of a phase: the overall one first, then one for each target."""
    if challenge.targets and challenge.ranking.overall != "none":
        yield _overall(challenge, scored)
    for target in scored.targets:
        keys = [key for key in scored.keys if key.target == target and key.level != OVERALL_LEVEL]
        title = (challenge.targets[target].title or target) if target else "Ranking"
        yield _board(target, title, keys, keys, [target] if target else [])


def _overall(challenge: Challenge, scored: ScoredPhase) -> dict[str, Any]:
    overall = [key for key in scored.keys if key.level == OVERALL_LEVEL]
    firsts = [
        next(key for key in scored.keys if key.target == target and key.level != OVERALL_LEVEL)
        for target in scored.targets
    ]
    by_rank = challenge.ranking.overall == "mean-rank"
    means = scored.targets if by_rank else ()
    return _board("overall", "Overall", overall, [*overall, *firsts], scored.targets, means)


def _board(
    name: str,
    title: str,
    order: Sequence[ScoreKey],
    columns: Sequence[ScoreKey],
    needs: Sequence[str],
    means: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "order": [key.key for key in order if key.decides],
        "columns": [key.key for key in columns],
        "means": list(means),
        "needs": list(needs),
    }


def _page(name: str, hosted: Hosted, own: OwnTexts) -> str:
    text = own.pages.get(name)
    if text is None:
        text = to_markdown(page_blocks(name, hosted, PLATFORM, own.contact))
    return f"# {PAGES[name]}\n\n{text}"


def _file(module: str) -> str:
    """Return the file of a module in the folder of its Space."""
    return "app.py" if module in (_SPACE[-1], _EVALUATOR[-1]) else f"{module}.py"


def _source(module: str) -> str:
    """Return the source of a module, which imports the others from its own folder."""
    spec = find_spec(f"{_PROJECT}.{module}")
    loader: Any = spec.loader if spec is not None else None
    source: str = loader.get_source(f"{_PROJECT}.{module}")
    return source.replace(f"from {_PROJECT}.", "from ")

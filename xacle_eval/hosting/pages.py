"""The texts of a challenge on a platform, from the challenge file: overview, data, rules and so on.

Organisers can replace each page. What only they know is a placeholder, which the export reports.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from xacle_eval.challenge.loading import bundled_challenges
from xacle_eval.challenge.model import Challenge
from xacle_eval.hosting.blocks import Block, Code, Heading, Items, Rows, Term, Text
from xacle_eval.hosting.hosted import Hosted, HostedPhase
from xacle_eval.hosting.platform_texts import PlatformTexts
from xacle_eval.hosting.scoring.phases import OVERALL_LEVEL, UNRANKED, ScoreKey
from xacle_eval.metrics import METRICS
from xacle_eval.submissions.probes import most_spikes
from xacle_eval.text import alternatives, count, listing

__all__ = [
    "PAGES",
    "PLACEHOLDER",
    "page_blocks",
    "phase_blocks",
    "score_title",
]

PLACEHOLDER = "PLACEHOLDER"
"""What a text begins with that the organisers must replace."""
PAGES = {
    "overview": "Overview",
    "data": "Data",
    "submission": "Submission",
    "evaluation": "Evaluation",
    "rules": "Rules",
    "terms": "Terms",
}
"""The pages by name, with their titles, in the order in which a platform shows them."""
_EXAMPLE_PAIRS = 3
_ANY_DAY = datetime(2000, 1, 2, tzinfo=UTC)
_SOURCE = "https://github.com/XACLE-Challenge/xacle-eval"
_SEPARATED = {"comma": "commas", "tab": "tabs", "semicolon": "semicolons"}


def page_blocks(
    name: str, hosted: Hosted, platform: PlatformTexts, contact: str | None
) -> list[Block]:
    """Return a page of `PAGES`, without its title.

    Parameters
    ----------
    name : str
        The page.
    hosted : Hosted
        The challenge on the platform.
    platform : PlatformTexts
        The platform.
    contact : str or None
        The organisers' address; None is a placeholder.
    """
    if name == "overview":
        return list(_overview(hosted, platform, contact))
    if name == "data":
        return list(_data(hosted))
    if name == "submission":
        return list(_submission(hosted, platform))
    if name == "evaluation":
        return list(_evaluation(hosted, platform))
    return list(_rules(hosted, platform)) if name == "rules" else list(_terms())


def phase_blocks(phase: HostedPhase) -> list[Block]:
    """Return the description of one phase, without its title."""
    return [f"{_what_is_scored(phase)} {_limits(phase)}"]


def _overview(hosted: Hosted, platform: PlatformTexts, contact: str | None) -> Iterator[Block]:
    if hosted.is_demo:
        yield (
            "DEMO RATINGS: the labels of this bundle are the synthetic demo ratings of xacle-eval. "
            "Its scores do not describe real systems."
        )
    yield from _task(hosted)
    yield Heading("Phases")
    yield Rows(
        ("Phase", "Opens (UTC)", "Closes (UTC)", "Split", "Submissions a day", "In all"),
        tuple(map(_phase_row, hosted.phases)),
    )
    yield f"{_days(hosted, platform)} {platform.counted}"
    yield Heading("How to take part")
    yield Items(
        (
            "Write a file with a prediction for every pair; see Submission.",
            "Check it on your computer before an upload; see Submission.",
            f"Upload it to the phase that is open. {platform.upload}",
        )
    )
    yield Heading("Contact")
    if contact is None:
        yield f"{PLACEHOLDER}: the organisers write here how to reach them."
    else:
        yield ("Write to ", Term(contact), ".")


def _task(hosted: Hosted) -> Iterator[Block]:
    challenge = hosted.challenge
    targets = _targets(hosted) if challenge.targets else {}
    what = "" if len(targets) < 2 else f" of each of {len(targets)} ratings"
    yield (
        f"The task is to predict ratings by listeners: one prediction{what} for every pair of a "
        "split; see Data. A submission is checked and scored automatically after its upload."
    )
    if targets:
        yield Rows(
            ("Rating", "Column of predictions", "Required"),
            tuple(
                (
                    _title_of(challenge, name),
                    Term(one.predictions.column),
                    "no" if challenge.targets[name].optional else "yes",
                )
                for name, one in targets.items()
            ),
        )


def _phase_row(phase: HostedPhase) -> tuple[str, ...]:
    return (
        phase.title,
        _time(phase.opens),
        "no end" if phase.closes is None else _time(phase.closes),
        phase.scored.split,
        f"{phase.per_day:,}",
        f"{phase.total:,}" if phase.has_total else "no limit",
    )


def _days(hosted: Hosted, platform: PlatformTexts) -> str:
    """Return when the days of limits begin, in UTC as all times of a page."""
    begins: dict[str, list[str]] = {}
    for phase in hosted.phases:
        offset = hosted.challenge.phases[phase.name].utc_offset
        midnight = _ANY_DAY - (offset if platform.knows_rules else timedelta())
        begins.setdefault(f"{midnight:%H:%M} UTC", []).append(phase.title)
    if len(begins) == 1:
        return f"A day begins at {next(iter(begins))}."
    parts = (f"at {time} in {listing(titles)}" for time, titles in begins.items())
    return f"A day begins {', '.join(parts)}."


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _file_of(challenge: Challenge) -> str:
    """Return what participants pass as --challenge; a challenge that is not bundled is a file."""
    known = challenge.name in bundled_challenges()
    return challenge.name if known else f"{challenge.name}.toml"


def _checks(hosted: Hosted) -> str:
    """Return the commands that check a file, one for each split of the phases."""
    challenge = hosted.challenge
    file = f"predictions{challenge.submissions.endings[0]}"
    start = f"xacle-eval validate {file} --challenge {_file_of(challenge)} --split"
    return "\n".join(f"{start} {shlex.quote(split)}" for split in _splits(hosted))


def _splits(hosted: Hosted) -> list[str]:
    return list(dict.fromkeys(phase.scored.split for phase in hosted.phases))


def _data(hosted: Hosted) -> Iterator[Block]:
    challenge = hosted.challenge
    used: dict[str, list[str]] = {}
    for phase in hosted.phases:
        used.setdefault(phase.scored.split, []).append(phase.title)
    yield Heading("Splits")
    yield Rows(
        ("Split", "Pairs", "Scored in"),
        tuple(
            (
                name,
                f"{len(challenge.manifest_of(name)):,}",
                listing(used.get(name, ["no phase"]), 10),
            )
            for name in challenge.splits
        ),
    )
    first = challenge.manifest_of(hosted.phases[0].scored.split).ids[0]
    ids: list[str | Term] = [
        "A pair is one item that listeners rated. Its id is in the column ",
        Term(challenge.ids.column), ", for example ", Term(first), ".",
    ]  # fmt: skip
    yield tuple(ids)
    yield Heading("Ratings")
    yield Items(tuple(_scales(hosted)))
    yield (
        "The label of a pair is the average of its ratings. The labels of the splits that are "
        "scored here are not published."
    )


def _scales(hosted: Hosted) -> Iterator[Text]:
    for name, one in _targets(hosted).items():
        scale = f"from {one.scores.minimum:g} to {one.scores.maximum:g}"
        if name:
            yield (Term(name), f" ({_title_of(hosted.challenge, name)}): {scale}")
        else:
            yield f"The scale is {scale}."


def _submission(hosted: Hosted, platform: PlatformTexts) -> Iterator[Block]:
    challenge = hosted.challenge
    yield platform.upload
    yield from _prediction_file(hosted)
    yield Items(tuple(_file_rules(challenge)))
    yield Heading("Check a file before an upload")
    yield f"Install xacle-eval from {_SOURCE} and run the same check:"
    yield Code(_checks(hosted))
    if challenge.name not in bundled_challenges():
        file = Term(_file_of(challenge))
        yield (file, " is the challenge file, which the organisers publish without labels.")
    yield Heading("If a submission fails")
    yield (
        f"{platform.failure} Each message names the rule that the file breaks, such as ",
        Term("XAC024"),
        ", with the line, what was expected and how to fix it. ",
        Term("xacle-eval explain XAC024"),
        " explains a rule. A message depends on the file alone, never on the labels.",
    )


def _prediction_file(hosted: Hosted) -> Iterator[Block]:
    challenge = hosted.challenge
    targets = _targets(hosted).values()
    columns = [challenge.ids.column, *(each.predictions.column for each in targets)]
    named: list[str | Term] = ["A prediction file has a header and the columns "]
    for place, column in enumerate(columns):
        named += [", " if place else "", Term(column)]
    endings = alternatives(challenge.submissions.endings)
    named.append(
        f", separated by {_SEPARATED[challenge.delimiter]}, and one row for each pair of the "
        f"phase's split, in any order. Its name ends in {endings}. For example, for the split "
        f"{hosted.phases[-1].scored.split}:"
    )
    yield tuple(named)
    yield Code(_example(hosted, columns))


def _file_rules(challenge: Challenge) -> Iterator[str]:
    yield (
        "Every pair of the split has exactly one prediction, a finite number; also pairs that a "
        "phase does not score."
    )
    yield (
        "Predictions are on the scale of the ratings; see Data. They are not clipped; values far "
        "outside the scale are errors."
    )
    yield (
        f"A file is not scored if a few of its predictions (at most {most_spikes(100):g} %) are "
        "outside the scale by more than half its width, because their labels could be read from "
        "its scores."
    )
    yield "Nothing is dropped, filled or averaged: an incomplete file is not scored."
    yield (
        f"A prediction file has at most {challenge.limits.max_bytes:,} bytes, a ZIP at most "
        f"{challenge.limits.max_package_bytes:,} bytes, also after unpacking."
    )


def _targets(hosted: Hosted) -> dict[str, Challenge]:
    """Return the challenge of each target that a phase scores; without targets, by no name."""
    scored = {name for targets in hosted.targets.values() for name in targets}
    each = hosted.challenge.each_target()
    return {name: one for name, one in each.items() if name in scored}


def _title_of(challenge: Challenge, target: str) -> str:
    return challenge.targets[target].title or target


def _example(hosted: Hosted, columns: Sequence[str]) -> str:
    """Return the first lines of a prediction file with invented predictions."""
    challenge = hosted.challenge
    ids = challenge.manifest_of(hosted.phases[-1].scored.split).ids[:_EXAMPLE_PAIRS]
    text = io.StringIO()
    rows = csv.writer(text, delimiter=challenge.separator, lineterminator="\n")
    rows.writerow(columns)
    for place, pair in enumerate(ids, 1):
        share = place / (_EXAMPLE_PAIRS + 1)
        scales = [each.scores for each in _targets(hosted).values()]
        values = [scale.minimum + share * scale.width for scale in scales]
        rows.writerow([pair, *(f"{value:.6g}" for value in values)])
    return text.getvalue()


def _evaluation(hosted: Hosted, platform: PlatformTexts) -> Iterator[Block]:
    challenge = hosted.challenge
    for phase in hosted.phases:
        yield Heading(phase.title)
        yield _what_is_scored(phase)
        yield Rows(
            ("Score", "Metric", "Level", "Better", "Shown"),
            tuple(_score_row(challenge, key) for key in phase.scored.keys),
        )
        if phase.scored.keys[0].step is not None and platform.knows_rules:
            yield (
                "A new score is shown only where it beats the team's best so far by more than the "
                "step."
            )
    yield Heading("Ranking")
    yield from _ranking(hosted, platform)
    yield platform.order
    yield (
        "The organisers' final ranking applies the whole order to the scores that are shown here. "
        "Systems that are equal in all of them have the same rank."
    )
    if len({phase.scored.part for phase in hosted.phases}) > 1:
        yield (
            "Phases that score different parts of a split have different scores: a system that was "
            "chosen by its score in one phase can be worse in another."
        )


def _what_is_scored(phase: HostedPhase) -> str:
    scored = phase.scored
    pairs = f"{count(phase.pairs, 'pair')} of the split {scored.split}"
    if scored.positions is None:
        return f"All {pairs} are scored."
    return f"{pairs} are scored: its {scored.part} part."


def _limits(phase: HostedPhase) -> str:
    start = "Each participant can send"
    if not phase.has_total:
        return f"{start} {count(phase.per_day, 'valid submission')} a day."
    if phase.per_day >= phase.total:
        return f"{start} {count(phase.total, 'valid submission')} in all."
    a_day = count(phase.per_day, "valid submission")
    return f"{start} {a_day} a day, and {phase.total:,} in all."


def _score_row(challenge: Challenge, key: ScoreKey) -> tuple[Text, ...]:
    level = {"pair": "each pair", OVERALL_LEVEL: "mean"}.get(key.level, f"averages by {key.level}")
    better = "higher" if key.higher_is_better else "lower"
    shown = f"{count(key.decimals, 'decimal')}"
    if METRICS[key.metric].digits is not None:
        shown += f", at most {METRICS[key.metric].digits} significant digits"
    if key.step is not None:
        shown = f"in steps of {key.step:g}"
    return Term(key.key), score_title(challenge, key), level, better, shown


def score_title(challenge: Challenge, key: ScoreKey) -> str:
    """Return the name of a score's metric and of what it is about, without its level."""
    title = METRICS[key.metric].title
    if key.level == OVERALL_LEVEL:
        return f"{title}, mean over the ratings"
    if key.target:
        return f"{title}, {_title_of(challenge, key.target)}"
    return title


def _ranking(hosted: Hosted, platform: PlatformTexts) -> Iterator[Block]:
    challenge = hosted.challenge
    undefined: dict[str, None] = {}  # each sentence once, also with several targets
    for name, one in _targets(hosted).items():
        ranking = one.ranking
        start = "" if not name else f"{_title_of(challenge, name)}: "
        level = "" if ranking.level == "pair" else f" (averages by {ranking.level})"
        yield (
            f"{start}Systems are ranked by {ranking.order[0]}{level}"
            + (
                f"; ties are broken by {', then '.join(ranking.order[1:])}"
                * bool(ranking.order[1:])
            )
            + f". Values are compared after rounding to {count(ranking.decimals, 'decimal')}."
        )
        if any(METRICS[metric].needs_variance for metric in ranking.order if metric in METRICS):
            undefined[_undefined(ranking.undefined)] = None
    yield from undefined
    if any(challenge.targets[name].optional for name in _targets(hosted) if name):
        yield _left_out(hosted, platform)
    if challenge.targets and challenge.ranking.overall != "none":
        what = "ranks" if challenge.ranking.overall == "mean-rank" else "first metric"
        yield f"The overall ranking is by the mean of the {what} over the ratings."


def _left_out(hosted: Hosted, platform: PlatformTexts) -> str:
    """Return what becomes of a system without a rating that is not required."""
    overall = hosted.challenge.ranking.overall != "none"
    boards = "neither for it nor overall" if overall else "not for it"
    start = "A rating that is not required can be left out"
    if platform.knows_rules:
        return f"{start}; the system is then ranked {boards}."
    return (
        f"{start}; each of its scores is then the worst possible one, and the organisers' final "
        f"ranking ranks the system {boards}."
    )


def _undefined(policy: float | str) -> str:
    start = "A correlation is undefined if all predictions are equal"
    if policy == UNRANKED:
        return f"{start}; such a submission is not scored."
    return f"{start}; it then counts as {policy:g}."


def _rules(hosted: Hosted, platform: PlatformTexts) -> Iterator[Block]:
    challenge = hosted.challenge
    yield Heading("Submissions")
    items: list[Text] = ["A submission has the predictions of one system."]
    most = challenge.submissions.systems_per_team
    if most is not None:
        items.append(f"{_most_systems(most)} ranked in the end.")
    for phase in hosted.phases:
        items += [f"{phase.title}: {text}" for text in _phase_rules(hosted, phase, platform)]
    items.append(platform.accounts)
    yield Items(tuple(items))
    yield Heading("Systems")
    yield Items(tuple(_package_rules(challenge, platform)))
    yield Heading("Published scores")
    yield (
        f"{platform.name} shows the scores of Evaluation, rounded in the scorer as described "
        "there: no other digit, no score of a single pair and no label leaves it."
    )


def _phase_rules(hosted: Hosted, phase: HostedPhase, platform: PlatformTexts) -> Iterator[str]:
    yield _limits(phase)
    rules = hosted.challenge.phases[phase.name]
    if rules.all_per_day is not None and platform.knows_rules:
        yield f"At most {count(rules.all_per_day, 'submission')} a day, valid and invalid ones."
    if rules.final_systems is not None:
        yield f"{_most_systems(rules.final_systems)} ranked in the end."


def _most_systems(most: int) -> str:
    return f"At most {count(most, 'system')} of a team {'is' if most == 1 else 'are'}"


def _package_rules(challenge: Challenge, platform: PlatformTexts) -> Iterator[Text]:
    rules = challenge.packages
    required = rules.description == "required"
    if required:
        start = "Each system needs a description for the organisers; "
    else:
        start = "A ZIP can have a description of the system beside its prediction file; "
    yield (start, Term("xacle-eval package --template"), " writes its form.")
    if required:
        # Codabench takes only ZIPs, so a ZIP with one file is the upload of this file.
        yield (
            f"{platform.name} accepts a prediction file without a description, alone or as the "
            "only file in a ZIP. A ZIP with more files needs the description beside the file."
        )
    if rules.report_pages > 1:
        yield f"A report has at least {count(rules.report_pages, 'page')}."
    ensembles = "not allowed" if rules.ensembles == "forbidden" else "allowed"
    yield f"Ensembles of several models are {ensembles}."
    collected = "not allowed" if rules.collected_data == "forbidden" else "allowed"
    yield f"Training on newly collected recordings, texts or ratings is {collected}."
    if rules.approved is not None:
        yield "Data sets and models must be on the organisers' list of approved resources."


def _terms() -> Iterator[Block]:
    yield (
        f"{PLACEHOLDER}: the organisers write the terms of participation here before the challenge "
        "is published: who may take part, what is done with submissions and personal data, and "
        "which licences apply."
    )

"""EvalAI: the JSON of a leaderboard, which comes in pages.

A page has ``count``, ``next``, ``previous`` and ``results``; ``count`` is the number of results on
all pages. A result has the name of the team, the submission's own name for its method, whether it
is a baseline, and the scores in the order of the labels of its ``leaderboard__schema``; ``#`` and
null are missing scores.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rules import Kind
from xacle_eval.errors import TableError
from xacle_eval.evaluation.exports.model import MISSING, Export, split_targets
from xacle_eval.evaluation.exports.names import Named, clean_name, make_unique
from xacle_eval.io.json_reading import JsonError, parse_json
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.reading import Reading
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, quote, visible

__all__ = ["is_json", "read_evalai", "without_lines"]

_TEAM = "submission__participant_team__team_name"
_METHOD = "submission__method_name"
_SCHEMA = "leaderboard__schema"
_SPLIT = "challenge_phase_split"
_AGAIN = "Download every page of the leaderboard again, and pass all files."


def is_json(data: bytes) -> bool:
    """Return whether a file is JSON, by its first character: no table begins with a bracket."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def read_evalai(files: Sequence[tuple[str, bytes]], challenge: Challenge) -> Export:
    """Return the systems on a leaderboard of EvalAI.

    Parameters
    ----------
    files : sequence of (path, bytes)
        The pages in any order: one in each file, or a list of them.
    challenge : Challenge
        Its scores name the labels.

    Raises
    ------
    TableError
        If a file is not such a page, pages are missing or repeated, or a result is not as EvalAI
        writes it.
    """
    pages = [(path, page) for path, data in files for page in _pages(path, data)]
    results = [(path, result) for path, page in pages for result in page["results"]]
    path = files[0][0]
    _require_all(path, pages, len(results))
    if not results:
        hint = "Download the leaderboard of a phase that has results."
        _refuse(path, "the leaderboard has no results", hint, rule_="file-empty")
    labels = _labels(results)
    _require_one_board(results)
    reading = Reading(path, [["system", "team", *labels]], [0])
    named, kinds, notes = [], dict[int, Kind](), list[Finding]()
    for number, (file, result) in enumerate(results, 1):
        team, method = _names(file, number, result, notes)
        named.append(Named(method or team, team, _submission(result, number), team))
        reading.rows.append(["", "", *_scores(file, number, result, labels)])
        reading.lines.append(number)
        kind = challenge.submissions.kind_of(method or team, team)
        kinds[number] = "baseline" if result.get("submission__is_baseline") is True else kind
    notes += make_unique(named, reading.lines[1:], lambda line: f"result {line}")
    for row, each in zip(reading.rows[1:], named, strict=True):
        row[:2] = each.system, each.team
    places = defaultdict(list)
    for place, label in enumerate(labels, 2):
        places[label.casefold()].append(place)
    tables, errors = split_targets(reading, challenge, places)
    if errors:
        raise TableError(path, errors)
    for one in tables.values():
        one.rows = list(range(1, len(reading.rows)))
    return Export(tables, kinds, notes, "result")


def _refuse(
    path: str, message: str, hint: str | None = None, *, rule_: str = "export-invalid"
) -> NoReturn:
    raise TableError(path, [rule(rule_).finding(message, hint=hint)])


def _pages(path: str, data: bytes) -> list[dict[str, Any]]:
    """Return the pages in a file."""
    try:
        value = parse_json(data)
    except JsonError as error:
        _refuse(path, f"the file cannot be read: {error}", _AGAIN)
    pages = value if isinstance(value, list) else [value]
    for page in pages:
        if not isinstance(page, dict) or "results" not in page:
            _refuse(path, _not_a_page(page), _AGAIN)
        if not isinstance(page["results"], list) or not all(
            isinstance(each, dict) for each in page["results"]
        ):
            _refuse(path, '"results" of a page is not a list of objects', _AGAIN)
    return pages


def _not_a_page(page: object) -> str:
    """Return what a JSON value is, if it is no page of a leaderboard."""
    message = "the JSON is not a page of EvalAI's leaderboard, which has count, next and results"
    if isinstance(page, dict):
        for key in ("error", "detail"):
            if isinstance(page.get(key), str):
                return f"{message}; it says {quote(page[key], 200)}"
        keys = listing((quote(key, 60) for key in page), 5) or "no key"
        return f"{message}; it has {keys}"
    return message


def _require_all(path: str, pages: Sequence[tuple[str, dict[str, Any]]], number: int) -> None:
    """Require all results of the leaderboard, each once."""
    counts = {page["count"] for _, page in pages if _is_whole(page.get("count"))}
    if not pages or not all(_is_whole(page.get("count")) for _, page in pages):
        _refuse(path, 'a page has no number "count" of results', _AGAIN)
    if len(counts) > 1:
        written = listing(sorted(counts), 5)
        message = f"the pages are from different times: they count {written} results"
        _refuse(path, message, _AGAIN, rule_="export-incomplete")
    seen: dict[Any, int] = {}
    results = (result for _, page in pages for result in page["results"])
    for item, result in enumerate(results, 1):
        key = result.get("id")
        if not _is_whole(key):
            continue
        if key in seen:
            message = f"results {seen[key]} and {item} are the same (id {key})"
            _refuse(path, message, "Pass every page once.", rule_="system-twice")
        seen[key] = item
    (expected,) = counts
    if number != expected:
        more = any(page.get("next") is not None for _, page in pages)
        rest = "; there are more pages" if more and number < expected else ""
        message = f"the pages have {count(number, 'result')} of {expected:,}{rest}"
        _refuse(path, message, _AGAIN, rule_="export-incomplete")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _labels(results: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return the labels of all schemas in the order in which they occur."""
    found: dict[str, None] = {}
    for number, (path, result) in enumerate(results, 1):
        schema = result.get(_SCHEMA)
        labels = schema.get("labels") if isinstance(schema, dict) else None
        if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
            _refuse(path, f"{_place(number, result)}: no list {_SCHEMA}.labels", _AGAIN)
        if len(set(labels)) != len(labels):
            _refuse(path, f"{_place(number, result)}: a label occurs twice in {_SCHEMA}.labels")
        found.update(dict.fromkeys(labels))
    return list(found)


def _require_one_board(results: Sequence[tuple[str, dict[str, Any]]]) -> None:
    boards = {str(result.get(_SPLIT)) for _, result in results}
    if len(boards) > 1:
        names = listing((quote(name, 60) for name in sorted(boards)), 5)
        message = f"the results are from {len(boards)} leaderboards ({_SPLIT}: {names})"
        _refuse(results[0][0], message, "Pass the pages of one leaderboard.")


def _names(
    path: str, number: int, result: Mapping[str, Any], notes: list[Finding]
) -> tuple[str, str]:
    """Return the team, and the name of the method, which can be empty."""
    team, method = clean_name(result.get(_TEAM)), clean_name(result.get(_METHOD) or "")
    unusable = [key for key, name in ((_TEAM, team or None), (_METHOD, method)) if name is None]
    key = result.get("submission__participant_team")
    if not team and not _is_whole(key):
        found = visible(str(result.get(_TEAM)), 60)
        message = f"result {number}: {_TEAM} is not a usable name: {found}"
        _refuse(path, message, "Correct the name in the file.")
    team = team or f"team {key}"
    if unusable:
        message = f"result {number}: no usable name in {', '.join(unusable)}"
        hint = f"It is called {quote(method or team, 60)}; correct the name in the file if needed."
        notes.append(rule("export-names").finding(message, hint=hint))
    return team, method or ""


def _submission(result: Mapping[str, Any], number: int) -> str:
    for key in ("submission__id", "id"):
        if _is_whole(result.get(key)):
            return str(result[key])
    return f"result {number}"


def _scores(path: str, number: int, result: Mapping[str, Any], labels: list[str]) -> list[str]:
    """Return the scores of a result in the order of `labels`, as written; empty if missing."""
    own, scores = result[_SCHEMA]["labels"], result.get("result")
    place = _place(number, result)
    if scores == []:
        hint = "Download it as an organiser, or show the scores on the leaderboard."
        _refuse(path, f"{place}: the leaderboard hides the scores", hint, rule_="export-incomplete")
    if not isinstance(scores, list) or len(scores) != len(own):
        has = count(len(scores), "score") if isinstance(scores, list) else "no list of scores"
        _refuse(path, f"{place}: {has} for {count(len(own), 'label')}", _AGAIN)
    written = {}
    for label, score in zip(own, scores, strict=True):
        if isinstance(score, bool) or not isinstance(score, int | float | str | None):
            message = f"{place}: {quote(label, 60)} is {visible(repr(score), 60)}, not a number"
            _refuse(path, message)
        text = "" if score is None else str(score)
        if isinstance(score, float) and math.isfinite(score):
            text = repr(score)
        written[label] = "" if text.strip().casefold() in MISSING else text
    return [written.get(label, "") for label in labels]


def _place(number: int, result: Mapping[str, Any]) -> str:
    return f"result {number} ({visible(str(result.get(_TEAM)), 60)})"


def _results(found: Finding) -> str:
    """Return the beginning of a message: the numbers of the results that a finding is about."""
    numbers = found.lines or ((found.line,) if found.line else ())
    if not numbers:
        return ""
    return f"{'result' if found.count == 1 else 'results'} {listing(numbers, 5)}: "


def without_lines(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings whose lines are numbers of results: the message says them."""
    return [
        found.model_copy(
            update={
                "message": f"{_results(found)}{found.message}",
                "line": None,
                "column": None,
                "lines": (),
            }
        )
        for found in findings
    ]

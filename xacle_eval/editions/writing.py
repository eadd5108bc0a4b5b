"""The text of a challenge file for a label file: the template, with other paragraphs.

Every key of a challenge file is in the template, so a key that this module does not know is still
in the result, with its comment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xacle_eval.challenge.loading import template
from xacle_eval.challenge.writing import toml_value
from xacle_eval.editions.ids import Groups, Pattern
from xacle_eval.editions.scale import Scale
from xacle_eval.text import visible

__all__ = ["Settings", "draft_text"]

_WIDTH = 35
_KINDS = ("predictions", "references", "ratings")
# Names that participants use for the column with their predictions.
_PREDICTIONS = ("score", "pred", "pred_score", "prediction_score", "predicted_score")
_TARGET_KEYS = (
    r"^# metrics = .* this target",
    r"^# ranking = .* this target",
    r"^# optional = .* submissions",
)
# The line that identifies a paragraph of the template, and the one that must be replaced.
_PARAGRAPHS = {
    "head": r"^name = ",
    "extends": r"^# extends = ",
    "ids": r"^\[ids\]",
    "predictions": r"^\[predictions\]",
    "references": r"^\[references\]",
    "ratings": r"^\[ratings\]",
    "scores": r"^\[scores\]",
    "split": r"^\[splits\.test\]",
    "parts": r"^# \[splits\.test\.parts\.",
    "groups": r"^# \[\[?groups?\]",
    "targets": r"^# \[targets\.",
}


@dataclass(frozen=True)
class Settings:
    """What a label file says about a challenge; ``scores`` are column names with their scales.

    ``references`` is the label file as the challenge file names it, or None if it is in another
    folder. ``listener`` is the column of the listeners, or None for averages. ``targets`` names the
    target of each column if there are several; ``parts`` has the list of each part of the split.
    """

    labels: str
    name: str
    title: str
    split: str
    delimiter: str
    id_column: str
    ending: str
    text_column: str | None
    scores: Mapping[str, Scale]
    listener: str | None
    source: Pattern | str
    references: str | None
    groups: Groups | None
    endings: Sequence[str]
    size: int
    targets: Mapping[str, str]
    parts: Mapping[str, str]


def draft_text(settings: Settings) -> str:
    """Return a commented challenge file.

    Raises
    ------
    RuntimeError
        If the template lacks a paragraph; a test prevents this.
    """
    made = {
        "head": _head(settings),
        "extends": "",
        "ids": _ids(settings),
        "predictions": _predictions(settings),
        "references": _references(settings),
        "ratings": _ratings(settings),
        "scores": _scores(settings),
        "split": _split(settings),
    }
    if settings.targets:
        made |= _several(settings)
    if settings.parts:
        made["parts"] = _parts(settings)
    if settings.groups is not None:
        made["groups"] = _groups(settings.groups)
    paragraphs = []
    for paragraph in template().strip("\n").split("\n\n"):
        kind = next(
            (kind for kind, line in _PARAGRAPHS.items() if re.search(line, paragraph, re.M)), ""
        )
        text = made.pop(kind, paragraph)
        if text and not paragraph.startswith("# A challenge file:"):
            paragraphs.append(text)
    if made:
        raise RuntimeError(f"the template has no paragraph for {', '.join(made)}")
    return _introduction(settings) + "\n\n" + _adapt("\n\n".join(paragraphs), settings) + "\n"


def _introduction(settings: Settings) -> str:
    return (
        f"# Written by xacle-eval from {visible(settings.labels, 200)}. Check everything that a "
        "comment\n# says was found in its rows, and the ranking rule.\n"
        "# Check it with `xacle-eval challenge check FILE`, use it with `--challenge FILE`.\n"
        '# A key after "# " is optional and shown with its default or an example.'
    )


def _line(key: str, value: object, comment: str = "") -> str:
    text = f"{key} = {toml_value(value)}"
    return f"{text:<{_WIDTH - 1}} # {comment}" if comment else text


def _template_line(start: str) -> str:
    """Return the first line of the template that matches."""
    return next(line for line in template().splitlines() if re.match(start, line))


def _head(settings: Settings) -> str:
    lines = [
        _line("name", settings.name, "short name for signatures: letters, digits, . _ -"),
        _line("title", settings.title, "title of tables"),
        _line("default_split", settings.split, "the split to use without --split"),
        _line(
            "delimiter",
            settings.delimiter,
            "between fields: comma, tab or semicolon",
        ),
        _template_line(r"^# metrics = "),
    ]
    return "\n".join(lines)


def _ids(settings: Settings) -> str:
    number = f"{settings.size:,} ids were found" if settings.size != 1 else "1 id was found"
    lines = [
        f"{'[ids]':<{_WIDTH - 1}} # the column with the id of the pair; {number}",
        _line("column", settings.id_column, "standard name; letter case is ignored"),
        '# aliases = ["filename"]           # other accepted names',
        _line("ending", settings.ending, 'the ending of every id; "" if none'),
        "# ending_optional = false          # true: 00001 and 00001.wav are the same id",
    ]
    if settings.text_column is None:
        lines.append(_template_line(r"^# text = "))
    else:
        lines.append(_line("text", {"column": settings.text_column}, "the text of the pair"))
    return "\n".join(lines)


def _predictions(settings: Settings) -> str:
    name = _other("prediction", settings)
    taken = {name, settings.id_column.casefold()}
    aliases = []
    for alias in (*settings.scores, *_PREDICTIONS):
        if alias.casefold() not in taken:
            aliases.append(alias)
            taken.add(alias.casefold())
    lines = [
        f"{'[predictions]':<{_WIDTH - 1}} # the column with the prediction in a submission",
        _line("column", name),
        _line("aliases", aliases, "other accepted names"),
    ]
    return "\n".join(lines)


def _other(name: str, settings: Settings) -> str:
    """Return a name, changed if it is the name of the id column."""
    return f"{name}_value" if name == settings.id_column.casefold() else name


def _references(settings: Settings) -> str:
    name = next(iter(settings.scores)) if settings.listener is None else "average_score"
    comment = "the column with the mean rating in a file of averages"
    lines = [
        f"{'[references]':<{_WIDTH - 1}} # {comment}",
        _line("column", _other(name, settings) if settings.listener else name),
        "# aliases = []",
    ]
    return "\n".join(lines)


def _ratings(settings: Settings) -> str:
    rated = settings.listener is not None
    name = next(iter(settings.scores)) if rated else _other("score", settings)
    listener: dict[str, object] = {"column": settings.listener or "listener_id"}
    if not rated:
        listener["aliases"] = ["listener"]
    lines = [
        f"{'[ratings]':<{_WIDTH - 1}} # the columns of a file with one row per rating",
        _line("column", name),
        "# aliases = []",
        _line("listener", listener),
        '# exclude = { "status" = ["rejected"] }   # remove rows by the values of another column',
    ]
    return "\n".join(lines)


def _scores(settings: Settings) -> str:
    scale = next(iter(settings.scores.values()))
    lines = [
        f"{'[scores]':<{_WIDTH - 1}} # the listeners' scale; found: {scale.evidence}",
        _line("minimum", scale.minimum),
        _line("maximum", scale.maximum),
        _template_line(r"^# max_widths_beyond = "),
    ]
    return "\n".join(lines)


def _split(settings: Settings) -> str:
    lines = [
        "# A split is an ordered list of ids: a numbered pattern …",
        f"[splits.{settings.split}]",
    ]
    if isinstance(settings.source, str):
        lines.append(_line("list", settings.source))
    else:
        lines.append(_line("pattern", settings.source.pattern))
        lines.append(_line("first", settings.source.first))
        lines.append(_line("last", settings.source.last))
    if settings.references is None:
        lines.append("# The labels are in another folder: pass --references FILE.")
    else:
        comment = "used without --references; do not publish it"
        lines.append(_line("references", settings.references, comment))
    return "\n".join(lines)


def _several(settings: Settings) -> dict[str, str]:
    """Return the paragraphs of a challenge with several targets."""
    scales = {(scale.minimum, scale.maximum) for scale in settings.scores.values()}
    lines = ["# Several ratings of every pair: one table for each, in the order of their columns."]
    # Each optional key of a target is shown once, for the first one.
    optional = list(map(_template_line, _TARGET_KEYS))
    for column, name in settings.targets.items():
        scale = settings.scores[column]
        lines.append(f"[targets.{name}]")
        lines.append(_line("title", column, f"found: {scale.evidence}"))
        if column.casefold() != name.casefold():
            lines += [_line(kind, {"column": column}) for kind in _KINDS]
        if len(scales) > 1:
            lines.append(_line("scores", {"minimum": scale.minimum, "maximum": scale.maximum}))
        lines += optional
        optional = []
    listener = {"column": settings.listener or "listener_id"}
    ratings = [
        f"{'[ratings]':<{_WIDTH - 1}} # the columns of a file with one row per rating",
        _line("listener", listener),
    ]
    made = {"predictions": "", "references": "", "ratings": "\n".join(ratings)}
    if len(scales) > 1:
        made["scores"] = ""
    return made | {"targets": "\n".join(lines)}


def _parts(settings: Settings) -> str:
    lines = [
        "# Parts of the split, for --part. The lists are fixed: another version draws no others."
    ]
    for name, file in settings.parts.items():
        lines += [f"[splits.{settings.split}.parts.{name}]", _line("list", file)]
    return "\n".join(lines)


def _groups(groups: Groups) -> str:
    lines = [
        "# A second level: the same metrics on averages over groups of pairs. The ids suggest it:",
        f"# {visible(groups.example, 200)}; {len(groups.sizes):,} groups were found.",
        "[[groups]]",
        _line("name", "system"),
        f"pattern = '{groups.pattern}'",
    ]
    return "\n".join(lines)


def _adapt(text: str, settings: Settings) -> str:
    """Return the rest of the template without a limit of systems, and with the endings."""
    text = re.sub(
        r"^systems_per_team = 4 +# .*$",
        "# systems_per_team = 4             # the maximum number of systems; no limit without it",
        text,
        flags=re.M,
    )
    if tuple(settings.endings) != (".csv",):
        line = _line(
            "endings", list(settings.endings), "file extensions of predictions in a folder"
        )
        text = re.sub(r"^# endings = .*$", lambda _: line, text, flags=re.M)
    return text

"""The public Space: leaderboard, upload and check. It has no label and cannot read any."""

from __future__ import annotations

import html
import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from xacle_eval.hosting.huggingface.project.board import (
    Row,
    as_shown,
    cells,
    datatypes,
    format_score,
    headers,
    newest,
    rank_results,
    shown_keys,
    sort_values,
)
from xacle_eval.hosting.huggingface.project.intake import Answer, Intake
from xacle_eval.hosting.huggingface.project.records import RESULTS, Status, read_results
from xacle_eval.hosting.huggingface.project.scorer import check_upload
from xacle_eval.hosting.huggingface.project.settings import Board, Phase, Settings, load_settings
from xacle_eval.hosting.huggingface.project.store import Store, StoreError, open_store

__all__ = ["build", "main"]

log = logging.getLogger("space")

HERE = Path(__file__).resolve().parent
_RESULTS = "results"
_CSS = """
.gradio-container { width: 100% !important; max-width: 1100px !important; margin: auto; }
#leaderboard td, #leaderboard th { word-break: normal; overflow-wrap: normal; }
#leaderboard th { white-space: nowrap; }
.answer { border-left: 4px solid #b42318; padding: .6rem 1rem; }
.answer { background: #fef3f2; color: #1d1d1f; }
.answer strong, .answer pre { color: inherit; }
.own { overflow-x: auto; }
.own table { border: none !important; border-collapse: collapse; width: 100%; }
.own th, .own td { padding: .4rem .6rem; text-align: left; vertical-align: top; }
.own th, .own td { border: none; border-bottom: 1px solid var(--border-color-primary); }
.own td:first-child { white-space: nowrap; }
.own pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; background: none; }
.answer.good { border-color: #067647; background: #ecfdf3; }
.answer pre { white-space: pre-wrap; margin: .4rem 0 0; font-size: .85rem; background: none; }
footer { display: none !important; }
"""
_OWN_HEADERS = ("Submitted (UTC)", "System", "Phase", "Outcome", "Details")
# Fonts of the visitor's system: none is loaded from another site.
_FONTS, _MONO = ("system-ui", "sans-serif"), ("ui-monospace", "monospace")
# Many visitors at once are one request to the hub.
_FRESH_SECONDS = 10.0
# One check is one process; a free Space has two cores.
_CHECKS = 2


def build(folder: Path = HERE) -> Any:
    """Return the app of a folder with ``config.json``, the scorer and the pages."""
    settings = load_settings(folder)
    store = open_store(settings.datasets)

    def check(name: str, data: bytes, phase: str) -> Any:
        return check_upload(folder, name, data, phase)

    intake = Intake(store, settings, check)
    with gr.Blocks(title=settings.title, analytics_enabled=False, delete_cache=(3600, 3600)) as app:
        gr.Markdown(f"# {_escaped(settings.title)}")
        with gr.Tab("Leaderboard"):
            _leaderboard(app, store, settings)
        with gr.Tab("Submit"):
            _upload_form(intake, settings, store)
        with gr.Tab("My submissions"):
            _own_uploads(app, intake, settings, store)
        for page in sorted((folder / "pages").glob("*.md")):
            text = page.read_text(encoding="utf-8")
            with gr.Tab(_title_of(text, page.stem)):
                gr.Markdown(text, latex_delimiters=[])
    return app


def _title_of(text: str, name: str) -> str:
    """Return the heading of a page, or the name of its file."""
    first = text.lstrip().partition("\n")[0]
    return first.lstrip("# ").strip() if first.startswith("#") else name


def _escaped(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return "".join(f"&#{ord(c)};" if c in "\\`*_{}[]<>()#+-.!|&$~" else c for c in text)


def _phase_choice(settings: Settings) -> Any:
    choices = [(phase.title, name) for name, phase in settings.phases.items()]
    return gr.Radio(
        choices, value=choices[0][1], label="Phase", visible=len(choices) > 1, interactive=True
    )


class _Results:
    """The published results: read again after some seconds, kept while the hub is away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records: list[dict[str, Any]] | None = None
        self._read_at = 0.0

    def records(self) -> list[dict[str, Any]]:
        """Return the records."""
        fresh = not self._store.is_local and time.monotonic() - self._read_at < _FRESH_SECONDS
        if self._records is None or not fresh:
            try:
                self._records = read_results(self._store.read(_RESULTS, RESULTS))
                self._read_at = time.monotonic()
            except Exception:
                log.exception("the results could not be read")
                if self._records is None:
                    raise gr.Error("The results cannot be read now; try again later.") from None
        return self._records


def _leaderboard(app: Any, store: Store, settings: Settings) -> None:
    results = _Results(store)
    phases = list(settings.phases.values())
    with gr.Row():
        phase = _phase_choice(settings)
        board = gr.Radio(
            _board_choices(phases[0]),
            value=phases[0].boards[0].name,
            label="Ranking",
            visible=len(phases[0].boards) > 1,
            interactive=True,
        )
        by_team = gr.Checkbox(True, label="Only the best system of each team")
    note = gr.Markdown()
    table = gr.Dataframe(
        headers=headers(phases[0].boards[0]),
        datatype=datatypes(phases[0].boards[0]),
        interactive=False,
        show_search="filter",
        wrap=True,
        max_height=1000,
        elem_id="leaderboard",
    )
    with gr.Row():
        refresh = gr.Button("Refresh", size="sm", scale=0)

    def show(phase_name: str, board_name: str, only_best: bool) -> tuple[Any, Any]:
        return _show_board(results.records(), settings, phase_name, board_name, only_best)

    def change_phase(phase_name: str) -> Any:
        chosen = _phase_of(settings, phase_name)
        choices = _board_choices(chosen)
        return gr.update(choices=choices, value=choices[0][1], visible=len(choices) > 1)

    inputs, outputs = [phase, board, by_team], [note, table]
    app.load(show, inputs, outputs, api_visibility="private")
    phase.change(change_phase, phase, board, api_visibility="private").then(
        show, inputs, outputs, api_visibility="private"
    )
    board.change(show, inputs, outputs, api_visibility="private")
    by_team.change(show, inputs, outputs, api_visibility="private")
    refresh.click(show, inputs, outputs, api_name="leaderboard")


def _board_choices(phase: Phase) -> list[tuple[str, str]]:
    return [(board.title, board.name) for board in phase.boards]


def _phase_of(settings: Settings, name: str) -> Phase:
    return settings.phases.get(name) or next(iter(settings.phases.values()))


def _board_of(phase: Phase, name: str) -> Board:
    return next((each for each in phase.boards if each.name == name), phase.boards[0])


def _show_board(
    records: Sequence[dict[str, Any]],
    settings: Settings,
    phase_name: str,
    board_name: str,
    only_best: bool,
) -> tuple[Any, Any]:
    """Return the note above a leaderboard, and the leaderboard."""
    phase = _phase_of(settings, phase_name)
    board = _board_of(phase, board_name)
    rows = rank_results(records, phase, board, by_team=only_best)
    title = f"**{_escaped(phase.title)}** · {_times(phase)}"
    if rows:
        when = f"The newest was submitted on {newest(records, phase)} UTC."
        note = f"{title}\n\n{_counts(rows)} {when} {_rule(phase, board)}"
    else:
        note = f"{title}\n\nNo system is on this leaderboard yet."
    # Sorted as numbers, shown with their decimals.
    value = {
        "headers": headers(board),
        "data": [sort_values(row, board, len(rows) + 1) for row in rows],
        "metadata": {
            "display_value": [cells(row, phase, board) for row in rows],
            "styling": None,
        },
    }
    return note, gr.Dataframe(value=value, datatype=datatypes(board))


def _counts(rows: Sequence[Row]) -> str:
    """Return how many systems and teams compete, and how many rows do not."""
    teams = {row.record["account"] for row in rows if row.rank is not None}
    competing = sum(row.rank is not None for row in rows)
    text = f"{_count(competing, 'system')} of {_count(len(teams), 'team')}"
    others = len(rows) - competing
    return f"{text}, and {others} without a rank." if others else f"{text}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _times(phase: Phase) -> str:
    times = [
        f"{verb} {moment:%Y-%m-%d %H:%M} UTC"
        for verb, moment in (("opens", phase.opens), ("closes", phase.closes))
        if moment is not None
    ]
    return ", ".join(times) or "open"


def _rule(phase: Phase, board: Board) -> str:
    if board.means:
        return "Ranked by the mean of the ranks on the other leaderboards."
    higher = {each.key: each.higher_is_better for each in phase.columns}
    order = [f"{_escaped(key)} ({'higher' if higher[key] else 'lower'})" for key in board.order]
    ladder = ""
    if phase.ladder:
        ladder = " A new score is shown only where it is better than the team's best by a step."
    return f"Ranked by {', then '.join(order)}.{ladder}"


def _upload_form(intake: Intake, settings: Settings, store: Store) -> None:
    gr.Markdown(_how_to_submit(settings))
    account = _account(store)
    phase = _phase_choice(settings)
    system = gr.Textbox(label="Name of the system", max_length=60)
    file = gr.File(label="File", file_types=list(settings.endings), type="filepath")
    with gr.Row():
        check = gr.Button("Check only")
        submit = gr.Button("Submit", variant="primary")
    answer = gr.HTML()

    def check_file(path: str | None, phase_name: str) -> str:
        return _answer_html(_answer(lambda: intake.check(path, phase_name)))

    def submit_file(
        path: str | None, phase_name: str, name: str, profile: gr.OAuthProfile | None
    ) -> str:
        who = account(profile)
        return _answer_html(_answer(lambda: intake.submit(path, phase_name, name or "", who)))

    limit = {"concurrency_limit": _CHECKS, "concurrency_id": "check"}
    check.click(check_file, [file, phase], answer, api_name="check", **limit)
    submit.click(submit_file, [file, phase, system], answer, api_name="submit", **limit)


def _answer(ask: Callable[[], Answer]) -> Answer:
    """Return an answer, also when the hub is away; the log of the Space has the reason."""
    try:
        return ask()
    except Exception:
        log.exception("an upload could not be handled")
        text = "This did not work. Try again in a minute; if it stays so, tell the organisers."
        return Answer(good=False, title="Try again", text=text)


def _account(store: Store) -> Callable[[gr.OAuthProfile | None], str | None]:
    """Add the login, and return what finds the account of a request.

    Only with a store on this computer, ``XACLE_EVAL_ACCOUNT`` stands for an account.
    """
    if store.is_local:
        name = os.environ.get("XACLE_EVAL_ACCOUNT", "tester")
        gr.Markdown(f"This is a local trial: you submit as **{_escaped(name)}**.")
        return lambda _: name
    gr.LoginButton()
    return lambda profile: None if profile is None else profile.username


def _how_to_submit(settings: Settings) -> str:
    lines = [
        "A team is an account of Hugging Face: sign in, name your system, choose a file.",
        f"Accepted: {', '.join(settings.endings)}, at most {settings.most_bytes:,} bytes. "
        "**Check only** stores nothing and counts against no limit. The time of a submission is "
        "that of its commit, in UTC, after the check.",
    ]
    for phase in settings.phases.values():
        limits = [
            f"{most} {what}"
            for most, what in (
                (phase.valid_per_day, "valid a day"),
                (phase.valid_total, "valid in all"),
                (phase.all_per_day, "a day including invalid ones"),
            )
            if most is not None
        ]
        text = f"; {', '.join(limits)}" if limits else ""
        lines.append(f"- **{_escaped(phase.title)}**: {_times(phase)}{text}")
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])


def _answer_html(answer: Answer) -> str:
    kind = "answer good" if answer.good else "answer"
    title, text = html.escape(answer.title), html.escape(answer.text)
    return f'<div class="{kind}" role="status"><strong>{title}</strong><pre>{text}</pre></div>'


def _own_uploads(app: Any, intake: Intake, settings: Settings, store: Store) -> None:
    gr.Markdown("What became of your uploads. Only you see this page.")
    account = _account(store)
    table = gr.HTML()
    with gr.Row():
        refresh = gr.Button("Refresh", size="sm", scale=0)

    def show(profile: gr.OAuthProfile | None) -> str:
        who = account(profile)
        if who is None:
            return "<p>Sign in to see your uploads.</p>"
        try:
            return _own_table(intake.uploads_of(who), settings)
        except Exception:
            log.exception("the uploads of an account could not be read")
            return "<p>Your uploads cannot be read now; try again later.</p>"

    app.load(show, None, table, api_visibility="private")
    refresh.click(show, None, table, api_name="my_submissions")


def _own_table(statuses: Sequence[Status], settings: Settings) -> str:
    """Return the uploads of an account as HTML; every text in it is escaped."""
    if not statuses:
        return "<p>You have not submitted anything yet.</p>"
    head = "".join(f"<th>{each}</th>" for each in _OWN_HEADERS)
    rows = []
    for status in statuses:
        phase = settings.phases.get(status.phase)
        texts = [
            as_shown(status.submitted),
            status.system,
            phase.title if phase else status.phase,
            status.outcome,
        ]
        cells_ = "".join(f"<td>{html.escape(each)}</td>" for each in texts)
        details = html.escape("\n".join([*_scores(status, phase), status.text]))
        rows.append(f"<tr>{cells_}<td><pre>{details}</pre></td></tr>")
    body = "".join(rows)
    return (
        f'<div class="own"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _scores(status: Status, phase: Phase | None) -> list[str]:
    """Return a line with the published scores of an upload, or none."""
    if phase is None or not status.scores:
        return []
    known = shown_keys(phase, status.absent)
    columns = {each.key: each for each in phase.columns if each.key in known}
    shown = ", ".join(
        f"{key} {format_score(status.scores[key], columns[key].decimals)}"
        for key in columns
        if key in status.scores
    )
    if status.improved:
        return [shown]
    return [f"Not better than your best by the step; the leaderboard keeps {shown}."]


def main() -> None:
    """Start the app."""
    settings = load_settings(HERE)
    try:
        app = build()
    except StoreError as error:
        raise SystemExit(str(error)) from None
    app.queue(max_size=100)
    app.launch(
        css=_CSS,
        theme=gr.themes.Default(primary_hue="blue", font=_FONTS, font_mono=_MONO),
        max_file_size=settings.most_bytes,
        show_error=False,
    )


if __name__ == "__main__":
    main()

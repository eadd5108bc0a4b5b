"""The private Space of the evaluator: the loop in a thread, and a page with its log."""

from __future__ import annotations

import logging
import threading
from collections import deque

import gradio as gr

from xacle_eval.hosting.huggingface.project.evaluate import make_evaluator, run

__all__ = ["main"]

_LINES = 200


class _LastLines(logging.Handler):
    """Keeps the last lines of the log for the page."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=_LINES)
        self.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(self.format(record))


def main() -> None:
    """Start the loop and the page."""
    lines = _LastLines()
    logging.basicConfig(level=logging.INFO, handlers=[lines, logging.StreamHandler()])
    # Read and checked before the thread starts, so that a wrong setting ends the Space visibly.
    evaluator = make_evaluator()
    threading.Thread(target=lambda: run(evaluator.step, once=False), daemon=True).start()
    with gr.Blocks(title="Evaluator", analytics_enabled=False) as app:
        gr.Markdown("# Evaluator\n\nThis Space must be private: it has the labels.")
        text = gr.Textbox(label="Log", lines=25, interactive=False)
        gr.Timer(5).tick(lambda: "\n".join(lines.lines), None, text, api_visibility="private")
    app.launch(show_error=False)


if __name__ == "__main__":
    main()

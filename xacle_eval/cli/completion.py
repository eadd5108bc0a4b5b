"""``xacle-eval completion``: shell completion scripts, written by click."""

from __future__ import annotations

import click

from xacle_eval.cli.options import Choices
from xacle_eval.cli.output import emit
from xacle_eval.cli.usage import Command

__all__ = ["command"]


@click.command("completion", cls=Command)
@click.argument("shell", metavar="SHELL", type=Choices(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script for bash, zsh or fish.

    \b
    Examples:
      eval "$(xacle-eval completion bash)"            # in ~/.bashrc
      eval "$(xacle-eval completion zsh)"             # in ~/.zshrc
      xacle-eval completion fish > ~/.config/fish/completions/xacle-eval.fish
    """
    from click.shell_completion import get_completion_class

    from xacle_eval.cli.main import main

    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"click has no completion for {shell}")
    emit(completion(main, {}, "xacle-eval", "_XACLE_EVAL_COMPLETE").source() + "\n", None)
    return 0

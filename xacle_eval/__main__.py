"""``python -m xacle_eval``: the command line."""

from xacle_eval.cli import run

if __name__ == "__main__":
    run()

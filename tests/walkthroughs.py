"""Follow a page of the documentation from its first line to its last, as a reader would.

    python -m tests.walkthroughs docs/tutorials/*.md    # write the real outputs into the pages

The blocks of a page run in their order, in one folder: ``sh`` blocks copy files, write files with
``cat > FILE <<'END'`` and change the folder, ``console`` blocks run the toolkit's command,
``python`` blocks share their names. A ``text`` block directly below a ``python`` block is what
that block prints. A block of ``csv`` or ``toml`` is a part of a file in the folder. A page without
an ``sh`` block runs in the checkout. What differs between interpreters is … in a page.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers import REPOSITORY
from xacle_eval.cli.main import main

BLOCK = re.compile(
    r"^```(?P<kind>sh|console|python|csv|toml)\n(?P<body>.*?)^```\n"
    r"(?:\n```text\n(?P<printed>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)
# A line of an ``sh`` block, or the lines from ``cat > FILE <<'END'`` to END.
SHELL = re.compile(
    r"^cat (?P<mode>>>?) (?P<file>\S+) <<'END'\n(?P<text>.*?)^END$|^(?P<line>[^\n]*)$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Step:
    """A command or block that was run, what the page shows and where (or -1), and its output."""

    run: str
    shown: str
    printed: str
    place: int


@dataclass
class Walkthrough:
    """A reader's state: the folder, and the names that the Python blocks have defined."""

    root: Path
    folder: Path = field(init=False)
    names: dict[str, object] = field(default_factory=lambda: {"__name__": "page"})

    def __post_init__(self) -> None:
        self.folder = REPOSITORY

    def follow(self, page: str) -> Iterator[Step]:
        """Run the blocks of a page in their order."""
        for match in BLOCK.finditer(page):
            kind, body, start = match["kind"], match["body"], match.start("body")
            if kind == "sh":
                for part in SHELL.finditer(body):
                    if part["file"]:
                        self._write(part["file"], part["mode"], part["text"])
                    else:
                        self._prepare(shlex.split(part["line"], comments=True))
            elif kind == "console":
                for part in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE):
                    printed = self._run_command(part[1])
                    yield Step(part[1], part[2], printed, start + part.start(2))
            elif kind == "python":
                shown = match["printed"] or ""
                yield Step(body, shown, self._run_python(body), match.start("printed"))
            elif not self._is_in_a_file(body):
                yield Step(f"a part of a file in {self.folder.name}", body, "", -1)

    def rewrite(self, page: str) -> str:
        """Return the page with the real outputs."""
        for step in reversed(list(self.follow(page))):
            if step.place >= 0 and lines(step.shown) != lines(step.printed):
                new = "".join(f"{line}\n" for line in lines(step.printed))
                # A blank line between two commands of a block stays.
                new += "\n" * step.shown.endswith("\n\n")
                page = page[: step.place] + new + page[step.place + len(step.shown) :]
        return page

    def _prepare(self, words: list[str]) -> None:
        match words:
            case []:
                pass
            case ["mkdir", name]:
                (self._place() / name).mkdir()
            case ["cp", *_, source, target]:
                target_path = self._place() / target
                path = self.folder / source
                if path.is_dir():
                    shutil.copytree(path, target_path)
                else:
                    shutil.copy(path, target_path)
            case ["cd", name]:
                self.folder = self._place() / name
            case _:
                raise ValueError(f"an sh block only has mkdir, cp, cat and cd: {shlex.join(words)}")

    def _write(self, name: str, mode: str, text: str) -> None:
        with (self._place() / name).open("a" if mode == ">>" else "w", encoding="utf-8") as file:
            file.write(text)

    def _place(self) -> Path:
        """Return the folder; a page that makes files leaves the checkout as it is."""
        return self.root if self.folder == REPOSITORY else self.folder

    def _run_command(self, command: str) -> str:
        words = shlex.split(command, comments=True)
        if words[0] != "xacle-eval":
            raise ValueError(f"only the toolkit's command is allowed: {command}")
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.suppress(SystemExit),
        ):
            main.main(words[1:], prog_name="xacle-eval", standalone_mode=False, obj={})
        return stable("".join(_content(stream) for stream in (err, out)))

    def _run_python(self, code: str) -> str:
        out = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out):
            exec(compile(code, "page", "exec"), self.names)  # noqa: S102 -- our own page
        return out.getvalue()

    def _is_in_a_file(self, part: str) -> bool:
        files = [path for path in self.folder.rglob("*") if path.suffix in (".csv", ".toml")]
        return any(part in path.read_text(encoding="utf-8") for path in files)


def _content(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def stable(text: str) -> str:
    """Return an output with … for the version of Python, and for the places of a traceback."""
    text = re.sub(r"\b3\.\d\d\.\d+\b", "3.…", text)
    traceback = r"(\| Traceback \(most recent call last\):\n)(?: *\|   .*\n)+"
    return re.sub(r"\b_xacle_eval_[0-9a-f]{16}\.", "", re.sub(traceback, r"\1      | …\n", text))


def lines(text: str) -> list[str]:
    """Return lines without blanks at their ends."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as root:
            text = Path(name).read_text(encoding="utf-8")
            Path(name).write_text(Walkthrough(Path(root)).rewrite(text), encoding="utf-8")

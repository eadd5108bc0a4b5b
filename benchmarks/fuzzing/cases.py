"""One input of the fuzzer, and the random pieces that all generators share."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

__all__ = [
    "FORBIDDEN",
    "Case",
    "Link",
    "Special",
    "Tree",
    "chance",
    "hostile_text",
    "mutate",
    "number",
    "some",
]

T = TypeVar("T")

FORBIDDEN = "/tmp/xacle-eval-fuzz"  # noqa: S108 -- only a name: it must never be created


@dataclass(frozen=True)
class Link:
    """A symbolic link in the working folder."""

    target: str


@dataclass(frozen=True)
class Special:
    """A named pipe in the working folder."""


Tree = dict[str, bytes | Link | Special | None]
"""Relative path to content; None is an empty folder."""


@dataclass
class Case:
    """One run of the command line: its arguments, its files, and what it may write.

    Attributes
    ----------
    command : str
        Name in the summary.
    arguments : list of str
        The command line.
    files : Tree
        The working folder.
    outputs : list of str
        The paths that the command may create or change, with everything below them.
    environment : dict of str to str
        Variables that are set for this run only.
    submissions : int
        Number of submissions; each may cause output of at most 1 MB.
    free : bool
        The files that the command writes copy the input (`split`, `package`), so their contents
        and sizes are not checked.
    """

    command: str
    arguments: list[str] = field(default_factory=list)
    files: Tree = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    submissions: int = 1
    free: bool = False


def chance(rng: random.Random, probability: float) -> bool:
    """Return True with a probability."""
    return rng.random() < probability


def some(rng: random.Random, weighted: Sequence[tuple[float, T]]) -> T:
    """Return one of the values; each has a weight."""
    weights = [weight for weight, _ in weighted]
    return rng.choices([value for _, value in weighted], weights)[0]


# --- text ----------------------------------------------------------------------------------------
_TEXTS = (
    "\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "\u202e", "\u2066", "\u200f", "\u2028", "\u2029",
    "\x85", "\x00", "\x7f", "\b\b\b", "\r", "\r::error::x", "\n::error::x", "##[error]x",
    "::set-output name=a::b", "%0A", "=1+1", "@SUM(A1)", "+1", "-1", "|", "`", "```", "<b>", "-->",
    "[x](http://example.org)", "www.example.org", "https://example.org", "a@example.org", "*", "_",
    "\\input{x}", "\\", "$x$", "&", "&amp;", "]]>", "{}", "{0}", "%s", "\u039aumo", "\u3164",
    "Kumo\u200b", "\ufeff", "\u00e9", "e\u0301", "e" + "\u0301" * 60, "\U0001f600", "\U000e0041",
    "\ufffe", "\uffff", "..", ".", "/", "../x", "../../canary/x", FORBIDDEN + "/x", "a/b", "a\\b",
    "C:x", "CON", "aux.csv", "-q", "--help", "--", "$(id)", ";", "~", "nan", "null", "true", "",
    " ", "  x", "x  ", "\t", "'", '"', ",", "\u00a0", "\u2003", "\uff11", "\u0661", "Hibari_01",
    "Hibari_01.csv", "hibari_01", "001.wav", "test", "x" * 255, "x" * 300, "[red]x[/red]",
    "[/]", "a" * 190 + "b", ".git/config", ".env", ".bashrc", "__proto__", "con.csv", "x\n\n\ny",
)  # fmt: skip


def hostile_text(rng: random.Random) -> str:
    """Return a text that is special for a terminal, a format, a path or a parser."""
    text = rng.choice(_TEXTS)
    if chance(rng, 0.3):
        text = rng.choice(("Kumo", "x", "001", "Team_01")) + text
    if chance(rng, 0.2):
        text += rng.choice(_TEXTS)
    if chance(rng, 0.01):
        text = (text or "a") * rng.choice((1_000, 20_000))
    return text


# --- numbers -------------------------------------------------------------------------------------
_NUMBERS = (
    "0", "-0", "+5", "5.", ".5", "1e0", "1E+00", "1e-5", "007", "1e1", "1e5", "1e15", "9e13",
    "1e26", "1e30", "1e55", "1e78", "1e100", "1e154", "1e155", "1e200", "1e308", "1e309", "1e400",
    "-1e308", "1e-90", "2e-90", "1e-300", "1e-308", "1e-324", "5e-324", "1e-400", "1e99999999999",
    "1e-99999999999", "nan", "-nan", "NaN", "inf", "-inf", "Infinity", "1_0", "0x1p0", "0x10",
    "0b1", "1d0", "1,5", "1;5", "1 5", " 5 ", "5%", "'5", "=5", '"5"', "\u0665", "\uff15",
    "\u00bd", "\u22125", "--5", "+-5", "1e", "e1", "1e5.5", "1.2.3", "True", "None", "null",
    "none", "N/A", "", "-", "9" * 400, "0." + "0" * 400 + "1", "5" + "." + "3" * 400, "\x005",
    "5\x00", "10.0000000001", "-0.0000001", "9007199254740993", "1e22", "0.1", "\u221e", "5j",
)  # fmt: skip


def number(rng: random.Random) -> str:
    """Return a number in some spelling, or something similar to a number."""
    if chance(rng, 0.2):
        return f"{rng.uniform(-1, 11):.{rng.randrange(18)}f}"
    if chance(rng, 0.15):
        return f"{rng.choice('-+ ').strip()}{rng.randrange(1, 9)}e{rng.randrange(-330, 330)}"
    return rng.choice(_NUMBERS)


# --- bytes ---------------------------------------------------------------------------------------
_PIECES = (
    b",", b'"', b"\n", b"\r", b"\t", b"\0", b"\xff", b"\xef\xbb\xbf", b"nan", b"1e999", b"-", b".",
    b"0", b" ", b";", b":", b"- ", b"  ", b"[", b"]", b"{", b"}", b"&a ", b"*a", b"!x ", b"|", b">",
    b"'", b"#", b"<", b"%", b"@", b"`", b"null", b"true", b"~", b"=", b'""', b"PK\x03\x04",
    b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08", b"up", b"\xff\xff",
    b"\xff\xff\xff\xff", b"\0\0\0\0", "\u202e".encode(), "\u0661".encode(), b"\xed\xa0\x80",
    b"../", b"9" * 400, b"\x1b[2J", b"\xc2\x9b", b"\x1f\x8b",
)  # fmt: skip


def _flip_bit(rng: random.Random, data: bytearray, at: int) -> None:
    if data:
        data[at % len(data)] ^= 1 << rng.randrange(8)


def _insert_piece(rng: random.Random, data: bytearray, at: int) -> None:
    data[at : at + rng.choice((0, 0, 1, 2, 4, 20))] = rng.choice(_PIECES)


def _copy_part(rng: random.Random, data: bytearray, at: int) -> None:
    begin = rng.randrange(len(data) + 1)
    data[at:at] = data[begin : begin + rng.choice((1, 2, 4, 20, 200))]


def _remove_part(rng: random.Random, data: bytearray, at: int) -> None:
    del data[at : at + rng.choice((1, 2, 4, 20, 200))]


def _set_integer(rng: random.Random, data: bytearray, at: int) -> None:
    data[at : at + 4] = rng.randrange(1 << 32).to_bytes(4, "little")


def _move_line(rng: random.Random, data: bytearray, _at: int) -> None:
    lines = bytes(data).split(b"\n")
    line = lines.pop(rng.randrange(len(lines)))
    changed = rng.choice((line, b"  " + line, line.strip(), line * 2))
    lines.insert(rng.randrange(len(lines) + 1), changed)
    data[:] = b"\n".join(lines)


_CHANGES: tuple[Callable[[random.Random, bytearray, int], None], ...] = (
    _flip_bit, _insert_piece, _copy_part, _remove_part, _set_integer, _move_line,
)  # fmt: skip


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Apply a few random changes: flip bits, and copy, move, remove and insert pieces."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        rng.choice(_CHANGES)(rng, changed, rng.randrange(len(changed) + 1))
    return bytes(changed)

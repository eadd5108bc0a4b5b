"""Rewritten constructs have the results of the originals in the oldest Python."""

import json
import re
import subprocess
import textwrap

import pytest

from tests.hosting.programs import python
from tests.hosting.single_files import oldest
from xacle_eval.errors import UsageError
from xacle_eval.hosting.bundle import source_of
from xacle_eval.hosting.downgrade.place import Place
from xacle_eval.hosting.downgrade.rewriting import for_python37
from xacle_eval.hosting.stand_ins.patterns import without_possessive

# Each sets RESULT, whose repr must be the same.
CONSTRUCTS = {
    "walrus": """
        def first(lines):
            '''The docstring.'''
            while (line := next(lines, None)) is not None:
                if (found := line.strip()) and len(found) > 1:
                    return found, line
            return line
        def each(values, limit):
            kept = [half for value in values if (half := value // 2) > limit]
            return kept, half
        def parameter(size):
            if (size := size + 1) > 3:
                return [size for size in range(size)], (lambda: size)()
        def inner(text):
            def of(text):
                return (text := text + "b")
            if (found := of(text)) != text:
                def later():
                    return found + text
                return later(), [found for found in found]
        RESULT = [first(iter(["", " ab", "c"])), first(iter([])), each([4, 8, 1], 1),
                  parameter(4), inner("a"), first.__doc__]
    """,
    "strings": """
        width, name, share = 7, "k}", 0.12345
        RESULT = [f"{name!r:>{width}}{{}}{share:.{3}%} {1 + 1}", f"{width=}", f"", f"{{x}}",
                  rf"\\d{width}", f"{f'{name}':*^{width}}", f"{share:,}", f"é{name}", "a" f"{name}"]
    """,
    "types": """
        from __future__ import annotations
        import os, re
        from collections import defaultdict
        from collections.abc import Callable, Iterator, Mapping
        from typing import Annotated, Any, Literal, get_args, get_origin
        Number = int | float | None
        Lookup = Mapping[str, list[int]] | dict[str, "Thing"]
        Action = Callable[[int, str | None], tuple[str, ...]]
        class Numbers(Iterator[int]):
            def __init__(self): self.left = 3
            def __next__(self):
                self.left -= 1
                if self.left < 0: raise StopIteration
                return self.left
        class Thing: pass
        Limited = Annotated[int | None, "limit", 3]
        One = Literal["a", "b"]
        counts = defaultdict[str, int](int)
        counts["x"] += 1
        paths: str | os.PathLike[str] | re.Pattern[str] = "p"
        RESULT = [get_args(Number), len(get_args(Lookup)), get_origin(dict[str, int]),
                  get_args(tuple[int, ...]), list(Numbers()), get_args(Limited)[1:],
                  get_origin(Limited) is Annotated, get_args(One), get_origin(One) is Literal,
                  dict(counts), isinstance(3, int | str), isinstance(None, str | None),
                  issubclass(bool, str | int), isinstance("", (bytes, int | float)), paths]
    """,
    "models": """
        from dataclasses import dataclass, field, replace
        from typing import ClassVar, Literal, NamedTuple, Protocol, Self
        @dataclass(frozen=True, slots=True)
        class Point:
            x: int | None
            kind: Literal["a"] = "a"
            tags: tuple[str, ...] = ()
            every: ClassVar[dict[str, int]] = {}
            def moved(self, by: int, /) -> Self:
                return replace(self, x=self.x + by)
        class Pair(NamedTuple):
            first: str
            second: list[int] | None = None
        class Shape(Protocol):
            def area(self) -> float: ...
        class Square(Shape):
            def area(self): return 4.0
        RESULT = [Point(1).moved(2), Point(1) == Point(1), Pair("a"), Square().area(),
                  hash(Point(2)) == hash(Point(2))]
    """,
    "unions": """
        a, b = {"x": 1}, {"y": 2, "x": 3}
        c = a | b | {"z": 4}
        d = a
        d |= {"w": 5}
        sets = {1} | {2}
        more = {3}
        same = more
        more |= sets
        class Holder:
            def __init__(self): self.values = {"a": 1}
        held = Holder()
        held.values |= {"b": 2}
        flags = 1
        flags |= 4
        import re
        RESULT = [c, a, d is a, more, same is more, held.values, flags, 5 | 2,
                  int(re.VERBOSE | re.DOTALL), (1 < 2) | (3 < 2)]
    """,
    "functions": """
        import functools, itertools, math, re
        from functools import cache, cached_property
        from typing import assert_never, cast
        class Once:
            calls = 0
            @cached_property
            def value(self):
                self.calls += 1
                return self.calls
        once = Once()
        @cache
        def square(x): return x * x
        def unequal():
            try:
                return list(zip([1], [], strict=True))
            except ValueError:
                return "unequal"
        def later(error):
            try:
                assert_never(error)
            except AssertionError:
                return "never"
        RESULT = [once.value, once.value, Once.value is not None, square(3), unequal(),
                  square.cache_info().hits, list(zip([1, 2], "ab", strict=True)),
                  list(zip([1], "ab", strict=False)),
                  list(zip(strict=True)), math.prod([2, 3.5]), list(itertools.pairwise("abc")),
                  "abc".removeprefix("a"), "abc".removesuffix("c"), "abc".removesuffix(""),
                  b"abc".removeprefix(b"x"), list(reversed({"a": 1, "b": 2})),
                  list(reversed([1, 2])),
                  re.compile(r'"[^"]*+(?:""[^"]*+)*+"?').match('"a""b').span(),
                  cast(list[int], "kept"), later(3)]
    """,
    "syntax": """
        import sys
        from contextlib import nullcontext
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from nowhere import Nothing
        if sys.version_info >= (3, 99):
            from typing import later
        else:
            later = "else"
        def two(a, b=2, /, c=3, *, d=4):
            x: int
            y: dict[str, int] = {}
            with (nullcontext(a) as one, nullcontext(b) as other):
                return one, other, c, d, y
        def many(first, *rest):
            return first, *rest
        key = (1, 2)
        table = {(1, 2, 3): "found"}
        import xacle_eval.hosting.stand_ins.patterns as patterns
        from xacle_eval.hosting.stand_ins import patterns as again
        from importlib import import_module
        RESULT = [two(1), two(1, d=5), many(1, 2), table[*key, 3], later, patterns is again,
                  import_module("json").dumps([1])]
    """,
}
STAND_INS = "xacle_eval.hosting.stand_ins"
SUPPORT = [f"{STAND_INS}.{name}" for name in ("newer", "patterns", "letters")]
EMBEDDED = frozenset({"xacle_eval", "pypdf"})


def original(source):
    """Return the repr of the result that a construct has in this Python."""
    values = {"__name__": "original"}
    exec(compile(source, "original", "exec", dont_inherit=True), values)  # noqa: S102
    return repr(values["RESULT"])


def test_constructs(tmp_path):
    """Each construct has the same result, in the oldest Python."""
    package = tmp_path / "root"
    (package / "xacle_eval" / "hosting" / "stand_ins").mkdir(parents=True)
    sources = {name: textwrap.dedent(text) for name, text in CONSTRUCTS.items()}
    for name, source in {**sources, **{name: source_of(name) for name in SUPPORT}}.items():
        path = package.joinpath(*name.split(".")).with_suffix(".py")
        path.write_text(for_python37(source, Place(name, False, EMBEDDED)), encoding="ascii")
    code = (
        "import importlib, json, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "found = lambda name: importlib.import_module('root.' + name)\n"
        "print(json.dumps([repr(found(name).RESULT) for name in sys.argv[2:]]))\n"
    )
    command = [python(oldest()), "-W", "error", "-c", code, tmp_path, *sources]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    for (name, source), result in zip(sources.items(), found, strict=True):
        assert result == original(source).replace("original.", f"root.{name}."), name


REFUSED = {
    "match x:\n    case 1: pass": "match",
    "try:\n    pass\nexcept* OSError: pass": "except*",
    "import tomllib": "the module tomllib",
    "from enum import StrEnum": "enum.StrEnum",
    "import math\nmath.comb(2, 1)": "math.comb",
    "from typing import NotRequired": "typing.NotRequired",
    "if (a := 1): pass": "an assignment in an expression outside a function",
    "class A:\n    b = (c := 1)": "an assignment in an expression outside a function",
    "def f():\n    global a\n    return (a := 1)": "another binding of a name",
    "def f():\n    (a := 1)\n    import a": "another binding of a name",
    "def f():\n    (a := 1)\n    def g():\n        nonlocal a": "nonlocal of a name",
    "def f(a, /, **b): pass": "a positional-only parameter beside keyword arguments",
    "for a in b:\n    try: pass\n    finally:\n        continue": "continue in finally",
    "@(a or b)\ndef f(): pass": "a decorator other than a name or call of one",
    "path.unlink(missing_ok=True)": "the argument missing_ok=",
    "(3).bit_count()": "the method bit_count",
    "from dataclasses import dataclass\n@dataclass(kw_only=True)\nclass A: pass": "kw_only=",
    "import xacle_eval.text": "without a name for it",
    "f().values |= {1: 2}\n": "|= on the result of a call",
    "from functools import singledispatch\n@singledispatch\ndef f(a): pass": "whose annotations",
    "é = 1": "the syntax of",
}


@pytest.mark.parametrize("source", REFUSED)
def test_constructs_that_are_refused(source):
    """What cannot be rewritten is an error with module and line."""
    pattern = rf"pypdf\.x, line \d+: .*{re.escape(REFUSED[source])}.* Python 3\.7"
    with pytest.raises(UsageError, match=pattern):
        for_python37(source, Place("pypdf.x", False, EMBEDDED))


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"a++b", ["aab", "a"]),
        (r"(?>a|ab)c", ["abc", "ac"]),
        (r"(a)(b?+)\2\1", ["abba", "aa", "aba"]),
        (r"(?:x{1,2}+y)++", ["xxyxy", "xy"]),
        (r"([]a^]++)[^]]*+]", ["]a]b]", "ab]"]),
        (r"\(++\++", ["((+", "("]),
        (r"(?P<team>.++)_", ["a_", "a"]),
    ],
)
def test_possessive_parts(pattern, texts):
    """Rewritten expressions match the same, and keep nothing that Python 3.7 does not know."""
    rewritten = without_possessive(pattern)
    assert not re.search(r"(?<!\\)[*+?}]\+|\(\?>", rewritten)
    for text in texts:
        one, other = re.search(pattern, text), re.search(rewritten, text)
        assert (one and one.span()) == (other and other.span())

"""Descriptions (YAML), challenge files (TOML), receipts (JSON) and reports (PDF)."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.fuzzing.cases import chance, hostile_text, mutate, number, some

__all__ = ["challenge_file", "description", "receipt", "report"]

_DESCRIPTION: dict[str, Any] = {
    "submission": {
        "label": "Hibari_01",
        "name": "Hibari system 1",
        "abbreviation": "Hibari1",
        "authors": [
            {
                "lastname": "Hibari",
                "firstname": "Aoi",
                "email": "hibari@example.org",
                "corresponding": True,
                "affiliation": {
                    "institute": "University of Examples",
                    "abbreviation": "UE",
                    "department": "Examples",
                    "location": "Tokyo, Japan",
                },
            }
        ],
    },
    "system": {
        "description": {
            "audio_encoder": "BYOL-A",
            "text_encoder": "RoBERTa-large",
            "summary": "A sentence.",
        },
        "pretrained_models": [
            {
                "name": "BYOL-A",
                "trained_on": ["AudioSet"],
                "type": "audio encoder",
                "url": "https://example.org/byol-a",
                "requested": False,
            }
        ],
        "external_data": [
            {
                "name": "AudioCaps",
                "url": "https://example.org/audiocaps",
                "type": "audio and captions",
                "requested": False,
            }
        ],
        "training_data": ["XACLE train"],
        "complexity": {"total_parameters": 371_000_000, "macs": 10},
        "ensemble": False,
        "mixture_of_experts": False,
        "collected_data": {"audio": False, "texts": False, "ratings": False},
        "source_code": "https://example.org/code",
    },
    "results": {"validation": {"SRCC": 0.384, "LCC": 0.396, "KTAU": 0.264, "MSE": 4.836}},
}
_CHALLENGE: dict[str, Any] = {
    "name": "example-task",
    "title": "Example Challenge",
    "default_split": "test",
    "ids": {
        "column": "wav_file_name",
        "aliases": ["filename"],
        "ending": ".wav",
        "text": {"column": "text"},
    },
    "predictions": {"column": "pred_score", "aliases": ["prediction"]},
    "references": {"column": "average_score", "aliases": ["mean"]},
    "ratings": {
        "column": "score",
        "aliases": ["rating"],
        "listener": {"column": "listener_id", "aliases": ["listener"]},
        "exclude": {"text": ["excluded"]},
    },
    "scores": {"minimum": 0, "maximum": 10},
    "splits": {
        "test": {"pattern": "{:03d}.wav", "first": 1, "last": 24, "references": "ratings.csv"},
        "validation": {"list": "validation.txt", "demo": "averages.csv"},
    },
    "group": {"name": "system", "pattern": "^([0-9])"},
    "ranking": {
        "order": ["SRCC", "LCC", "KTAU", "MSE"],
        "decimals": 3,
        "undefined": 0.0,
        "level": "pair",
    },
    "submissions": {
        "systems_per_team": 2,
        "label_pattern": "^(?P<team>.+)_\\d+$",
        "endings": [".csv", ".csv.gz"],
    },
    "packages": {
        "description": "required",
        "approved": "approved.csv",
        "ensembles": "forbidden",
        "collected_data": "forbidden",
        "report_pages": 2,
    },
    "limits": {
        "max_bytes": 10_000_000,
        "max_package_bytes": 50_000_000,
        "max_members": 100,
        "max_ratio": 200,
    },
}
_OPTIONAL = ("group", "packages", "limits", "submissions", "ranking")
_PATTERNS = (
    "{:05d}.wav", "{}.wav", "{:d}{:d}", "{:1000000d}", "{:f}", "{:c}", "{:x}.wav", "{0!r}", "{a}",
    "{:03d", "}", "{{}}", "{:,}", "{:e}", "{:%}", "{:\x00>5}", "{0.__class__}", "{:n}", "{:+03d}",
    "(a+)+$", "^(a|a)*$", "(.*)*_\\d+", "^(?P<team>(.+)+)_\\d+$", "^(?P<team>x)?", "(", "[", "a{9}",
    "^(.*.*.*.*.*.*)=", "(?P<team>.+)", "(?P<team>)", "(?P<other>.+)_1", "(x{1000}){1000}", "\\1",
    "(?i)(?P<team>.+)_\\d+", "(?<=x)(y)", "^(" + "(" * 90 + ")" * 90 + ")", "(" * 5_000, ".*",
)  # fmt: skip
_PATHS = (
    "../ratings.csv", "ratings.csv", "approved.csv", "missing.csv", "/dev/null", "/etc/hostname",
    "/", ".", "..", "", "a\x00b", "x" * 300, "x/" * 3_000 + "y", "list.txt", "~/.ssh/id",
    "challenge.toml", "\x1b[31m.csv", "C:\\x.csv", "https://example.org/x.csv", "link.csv",
    "//x", "./ratings.csv",
)  # fmt: skip
_NUMBERS = (
    0, 1, -1, 2, 24, 25, 10**6, 10**8, 2**31, 2**63, -(2**63), 10**30, 0.0, -0.0, 0.5, 1e-300,
    1e308, float("inf"), float("-inf"), float("nan"), True, False,
)  # fmt: skip


# --- changes of a tree of values -----------------------------------------------------------------
def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _any_value(rng: random.Random, depth: int = 0) -> Any:
    """Return a value of any type."""
    return some(
        rng,
        [
            (4, hostile_text(rng)),
            (4, rng.choice(_NUMBERS)),
            (1, number(rng)),
            (1, None),
            (1, []),
            (1, {}),
            (1 if depth < 3 else 0, [_any_value(rng, depth + 1)] if depth < 3 else []),
            (1 if depth < 3 else 0, {hostile_text(rng): _any_value(rng, 4)} if depth < 3 else {}),
        ],
    )


def _change_tree(rng: random.Random, tree: Any) -> None:
    """Replace, remove, move or add a value at a random place."""
    places = list(_places(tree))
    if not places:
        return
    container, key = rng.choice(places)
    kind = rng.randrange(8)
    if kind < 4:
        container[key] = _any_value(rng)
    elif kind == 4:
        del container[key]
    elif kind == 5:
        other, from_ = rng.choice(places)
        if isinstance(other, dict) and from_ in other:
            container[key] = copy.deepcopy(other[from_])
    elif isinstance(container, dict):
        name = hostile_text(rng) if kind == 6 else str(key) + rng.choice(("s", " ", "_", "\u200b"))
        container[name] = _any_value(rng)
    else:
        container += [copy.deepcopy(container[key])] * rng.choice((1, 1, 3, 200))


# --- descriptions --------------------------------------------------------------------------------
def _yaml(value: Any, rng: random.Random, indent: int = 0) -> str:
    """Return a value as YAML in random styles."""
    blank = "  " * indent
    if isinstance(value, dict) and value and chance(rng, 0.9):
        return "".join(
            f"\n{blank}{_scalar(key, rng)}: {_yaml(item, rng, indent + 1)}"
            for key, item in value.items()
        )
    if isinstance(value, list) and value and chance(rng, 0.7):
        return "".join(f"\n{blank}- {_yaml(item, rng, indent + 1)}" for item in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=chance(rng, 0.5))
    return _scalar(value, rng)


def _scalar(value: Any, rng: random.Random) -> str:
    if isinstance(value, str):
        return _text_scalar(value, rng)
    if isinstance(value, bool):
        return rng.choice(("true", "True", "yes", "on")) if value else rng.choice(("false", "no"))
    if value is None:
        return rng.choice(("null", "~", ""))
    text = f"{value:_}" if isinstance(value, int) and chance(rng, 0.1) else str(value)
    return text.replace("inf", ".inf").replace("nan", ".nan")


def _text_scalar(value: str, rng: random.Random) -> str:
    plain = value.replace(" ", "").replace("-", "").replace("_", "")
    if plain.isascii() and plain.isalnum() and not value.startswith("-") and chance(rng, 0.8):
        return value
    style = rng.randrange(8)
    if style == 0:
        return "'" + value.replace("'", "''") + "'"
    return value if style == 1 else json.dumps(value, ensure_ascii=style % 2 == 0)


_YAML_ADDITIONS = (
    "&a x", "*a", "&a [*a]", "!!python/object/apply:os.system ['id']", "!!binary aGk=", "!!str 1",
    "!x y", "<<: *a", "? x : y", "- - - - x", "[[[[[[x]]]]]]", "{a: {b: {c: d}}}", "|\n  text",
    ">-\n  text", "--- x", "...", "%YAML 1.2", "%TAG ! x", "\tx", "2001-01-01", "0o17", "0x1F",
    "1:30:00", "1e400", ".inf", ".nan", "=", "@x", "`x`", "'x", '"x', '"\\u202e\\x1b"', '"\\e[31m"',
    '"\\N\\L\\P\\_"', "# comment", "[" * 2_000, "{a: " * 300, "- " * 1_000, "x" * 20_000, "y",
    "a: b: c", "key: &a\n  - *a", "[*a, *a, *a, *a, *a, *a, *a, *a]", "!!set {a, b}", "!!float 1",
)  # fmt: skip


def _add_yaml(rng: random.Random, text: str) -> str:
    """Add a feature of YAML in a random line: behind its colon, instead of it, or under it."""
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    addition = rng.choice(_YAML_ADDITIONS)
    begin, colon, _ = lines[at].partition(": ")
    kind = rng.randrange(4)
    if kind == 0 and colon:
        lines[at] = f"{begin}: {addition}"
    elif kind == 1:
        lines.insert(at, addition)
    elif kind == 2:
        lines.insert(at, lines[at])
    else:
        lines[at] += f"\n{' ' * rng.randrange(6)}{addition}"
    return "\n".join(lines)


def description(rng: random.Random, label: str, plain: bool = False) -> bytes:
    """Return the description of a system with random changes, or a valid one."""
    tree = copy.deepcopy(_DESCRIPTION)
    tree["submission"]["label"] = label
    if chance(rng, 0.4):
        del tree["results"]
    elif chance(rng, 0.3):
        tree["results"] = {"test": {"SRCC": 0.5, "MSE": rng.choice(_NUMBERS)}}
    if plain:
        return json.dumps(tree).encode()
    for _ in range(some(rng, [(5, 0), (4, 1), (2, 3), (0.3, 20)])):
        _change_tree(rng, tree)
    text = _yaml(tree, rng).lstrip("\n")
    for _ in range(some(rng, [(7, 0), (3, 1), (1, 3)])):
        text = _add_yaml(rng, text)
    if chance(rng, 0.01):
        text += "".join(f"\nunknown{at}: x" for at in range(3_000))
    data = text.encode(some(rng, [(20, "utf-8"), (1, "utf-16"), (1, "utf-8-sig")]), "replace")
    return mutate(rng, data) if chance(rng, 0.1) else data


# --- challenge files -----------------------------------------------------------------------------
def _toml(value: Any, rng: random.Random) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return rng.choice(("2025-09-14", "07:32:00", "2025-09-14T07:32:00Z", "''"))
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {_toml(item, rng)}" for key, item in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(item, rng) for item in value)}]"
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007F")
    return str(value)


def _key(key: object) -> str:
    text = str(key)
    bare = text.replace("_", "").replace("-", "")
    return text if bare.isascii() and bare.isalnum() else json.dumps(text).replace("\x7f", "?")


def _write_toml(tree: dict[str, Any], rng: random.Random, path: str = "") -> str:
    """Return a table as TOML: plain values first, then its tables under their headings."""
    lines, tables = [], []
    for key, value in tree.items():
        if isinstance(value, dict) and path.count(".") < 2 and chance(rng, 0.9):
            tables.append((f"{path}{_key(key)}", value))
        else:
            lines.append(f"{_key(key)} = {_toml(value, rng)}")
    texts = ["\n".join(lines)]
    texts += [f"\n[{name}]\n{_write_toml(table, rng, name + '.')}" for name, table in tables]
    return "\n".join(texts)


_TOML_ADDITIONS = (
    "x = 1", "[x]", "[[splits]]", "[splits.test]", "[ids]", "name = 'x'", "a.b.c = 1", "x = '''",
    'x = """\n"""', "x = [", "x = {", "= 1", "x =", "[", "# \x1b[31m comment", "x = 1e400", "\r",
    '"a\\rb" = 1', '"\\u001b[31m" = 1', '"\\u202e" = 1', "x = " + "[" * 2_000,
    "a" + ".a" * 500 + "=1", "x = 0x" + "f" * 400, "x = " + "9" * 5_000, "x = 2025-13-41",
    "'::error::x' = 1", '"\\n::error::x" = 1',
)  # fmt: skip
_PATTERN_KEYS = {"pattern", "label_pattern"}
_PATH_KEYS = {"list", "references", "demo", "approved"}


def _change_challenge(rng: random.Random, tree: dict[str, Any]) -> None:
    """Change one value: a pattern, a path, a number or anything."""
    places = [place for place in _places(tree) if isinstance(place[0], dict)]
    special: list[tuple[Callable[[Any], bool], tuple[Any, ...]]] = [
        (lambda key: key in _PATTERN_KEYS, _PATTERNS),
        (lambda key: key in _PATH_KEYS, _PATHS),
        (lambda key: key in {"first", "last", "minimum", "maximum", "decimals"}, _NUMBERS),
        (lambda key: key in {"column", "name", "title", "ending", "level"}, (hostile_text(rng),)),
    ]
    if chance(rng, 0.35):
        _change_tree(rng, tree)
        return
    fits, values = rng.choice(special)
    places = [place for place in places if fits(place[1])]
    if places:
        container, key = rng.choice(places)
        container[key] = rng.choice(values)


def challenge_file(rng: random.Random, changes: int | None = None) -> bytes:
    """Return a challenge file with a few changes, or a valid one."""
    tree = copy.deepcopy(_CHALLENGE)
    for key in _OPTIONAL:
        if chance(rng, 0.4):
            del tree[key]
    if "group" in tree and chance(rng, 0.3):
        tree.setdefault("ranking", {})["level"] = "system"
    for _ in range(some(rng, [(4, 0), (6, 1), (3, 2), (1, 6)]) if changes is None else changes):
        _change_challenge(rng, tree)
    text = _write_toml(tree, rng) + "\n"
    if changes is None and chance(rng, 0.15):
        lines = text.split("\n")
        lines.insert(rng.randrange(len(lines)), rng.choice(_TOML_ADDITIONS))
        text = "\n".join(lines)
    data = text.encode("utf-8", "replace")
    return mutate(rng, data) if changes is None and chance(rng, 0.1) else data


# --- receipts ------------------------------------------------------------------------------------
_JSON_ADDITIONS = (
    '"x": NaN', '"x": 1e999', '"x": -Infinity', '"x": 1' + "0" * 5_000, '"schema": "other"',
    '"files": []', '"x": "\\ud800"', '"x": "\\u202e\\u001b[31m"', '"\\u001b[31m": 1',
    '"x": ' + "[" * 100_000, '"x": ' + "[" * 500 + "]" * 500, '"x": [' + "[]," * 20_000 + "[]]",
    "// x", "'x': 1", '"x": tru', '"x": "\t"', '"x": "\x1b"',
)  # fmt: skip


def receipt(rng: random.Random, base: bytes) -> bytes:
    """Return a receipt with changes of its JSON, or the valid one."""
    tree = json.loads(base)
    for _ in range(some(rng, [(4, 0), (5, 1), (2, 3), (0.5, 20)])):
        _change_tree(rng, tree)
    text = json.dumps(tree, indent=rng.choice((None, 2)), ensure_ascii=chance(rng, 0.5))
    if chance(rng, 0.2):
        marks = [at for at, char in enumerate(text) if char in ",{"]
        at = rng.choice(marks) if marks else 0
        addition = rng.choice(_JSON_ADDITIONS)
        text = f"{text[: at + 1]}{addition},{text[at + 1 :]}"
    data = text.encode(some(rng, [(20, "utf-8"), (1, "utf-16"), (1, "utf-8-sig")]), "surrogatepass")
    return mutate(rng, data) if chance(rng, 0.1) else data


# --- reports -------------------------------------------------------------------------------------
def report(rng: random.Random) -> bytes:
    """Return a PDF document with two pages, changed or not."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for at, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (at, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    begin = len(body)
    body += b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\n" % table
    body += b"startxref\n%d\n%%%%EOF\n" % begin
    return mutate(rng, body) if chance(rng, 0.7) else body

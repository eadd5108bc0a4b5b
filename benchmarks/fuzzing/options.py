"""The options of the cases: values that a command accepts, and values that it refuses."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from functools import cache

import click

from benchmarks.fuzzing.cases import Case, chance, hostile_text, some
from xacle_eval.cli.effects import NEEDS
from xacle_eval.cli.main import main

__all__ = ["LEVELS", "add_options", "value_of"]

# The valid ones are 1: more processes take more time, whatever the input.
_INTEGERS = ("0", "-1", "x", "1e3", "", "0_1", "\u0661", " 1", "9" * 5_000, "1.0", "\x1b[31m")
LEVELS = ("0.95", "0.5", "0", "1", "-1", "nan", "inf", "1e-300", "0.999999999999", "x", "", "0,9")
# Values that a command accepts, and values that it refuses or that are special.
_VALUES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "--bootstrap": (("1", "2", "10", "20"), _INTEGERS),
    "--seed": (("0", "1", "7"), (str(2**63), str(2**200), *_INTEGERS)),
    "--jobs": (("1",), _INTEGERS),
    "--resample": (("pairs", "auto"), ("listeners", "other", "Pairs", "\x1b[31m")),
    "--interval": (("percentile", "bca", "normal"), ("other", "BCA", "")),
    "--level": (("0.95", "0.5", "0.999999999999"), LEVELS),
    "--alpha": (("0.05", "0.5"), LEVELS),
    "--by": (("system", "team"), ("other", "")),
    "--standardise": (("auto", "values", "ranks", "zscore"), ("other", "")),
    "--metric": (("SRCC", "MSE"), ("srcc", "", "\x1b[31m")),
    "--against": (("a", "b"), ("", "nobody", "\u202e")),
    "--margin": (("0.01", "1"), LEVELS),
    "--power": (("0.8", "0.9"), LEVELS),
    "--score": (("0.5", "0.3"), LEVELS),
    "--between": (("0.8", "0"), LEVELS),
    "--phase": (("test", "open"), ("tset", "")),
    "--tries": (("1", "5"), ("0", "9999", "x")),
    "--teams": (("1", "2"), ("0", "9999", "x")),
    "--bound": (("0.5", "1%", "3"), ("0", "101%", "x", "-1")),
    "--grid": (("0.25", "1"), LEVELS),
    "--repetitions": (("2", "3"), ("1", "x")),
    "--pair-cost": (("0", "5"), LEVELS),
    "--correction": (("max-t", "holm"), ("other", "")),
    "--screenings": (("all", "agreement", "no-variation,agreement"), (",", "", "x", "\x1b[31m")),
    "--screen": (("agreement", "rest-correlation", "no-variation"), ("anchors", "x", "\u202e")),
    "--set": (("minimum=0.2",), ("limit=2", "minimum=nan", "minimum=", "=", "x=1", "x=1e400")),
    "--flag": (("anchor=text",), ("anchor=score", "anchor=", "=", "x=y", "anchor=\x1b", "anchor")),
    "--duplicates": (("keep", "average"), ("other", "")),
    "--splits": (("200",), ("199", *_INTEGERS)),
    "--resamples": (("1", "10"), _INTEGERS),
    "--system": (("Hibari_01",), ("Hibari_02", "hibari_01", "", "Hibari", "\u202eHibari_01")),
    "--scheduler": (("",), ("foo://x", "tcp://", "tcp://x:y", "\x1b[31m", "tcp://[")),
    "--references-of": (("validation=averages.csv",), ("validation=", "=x", "x", "test=x.csv")),
    "--scheduler-timeout": (("1",), _INTEGERS),
    "--fallback": (("local", "none"), ("other", "")),
    "--part": (("all",), ("public", "", "ALL", "\x1b[31m")),
    "--by-column": (("text",), ("wav_file_name", "", "x", "\u202e")),
    "--target": (("MI",), ("", "x", "\x1b[31m")),
    "--pyodide": (("missing", "."), ("", "/dev/null", "x" * 300, "\x1b[31m")),
    "--python": ((sys.executable,), ("", "/dev/null", "missing", "x" * 300)),
    "--text": (("terms=terms.md",), ("terms=", "=x", "x", "term=terms.md", "terms=missing")),
    "--contact": (("a@example.org",), ("", "x", "a@b", "\u202ea@b.c", "x" * 300)),
    "--ledger": (("ledger.db",), ("missing.db", "", ".", "/dev/null", "\x1b[31m")),
    "--as-of": (("2026-11-20", "2", "2026-11-20T18:00:00Z"), ("0", "99", "soon", "", "\x1b[31m")),
    "--time": (("2026-11-20T18:00:00+09:00",), ("2026-11-20", "", "now", "9" * 30, "\x1b[31m")),
    "--team": (("Hibari", "Kumo"), ("", " x", "\u202e", "x" * 300, "\x1b[31m")),
    "--reason": (("twice",), ("\x1b[31m", "x" * 2_000)),
    "--head": (("head.txt",), ("missing", "", "/dev/zero", "ledger.db")),
    "--before": (("ratings.csv",), ("missing", "", "/dev/zero")),
    "--label": (("Kumo_01",), ("", "Kumo", "../x", "\x1b[31m", "x" * 300, "a: b", "- x", "\u202e")),
}  # fmt: skip
_LIKELY = {"--bootstrap": 0.25, "--by": 0.4, "--jobs": 0.03, "--scheduler": 0.01, "--splits": 0.1}


def add_options(rng: random.Random, case: Case, names: Sequence[str]) -> None:
    """Add some of the options with a value each; a flag is a name without known values."""
    known = _options_of(case.command)
    for name in names:
        likely = 0.01 if _lacks_partner(case, name) else _LIKELY.get(name, 0.12)
        if chance(rng, likely) and name in known:
            case.arguments.append(name)
            if name in _VALUES:
                case.arguments.append(value_of(rng, name))
    if "--scheduler" in case.arguments and "--scheduler-timeout" in known:
        case.arguments += ["--scheduler-timeout", "1"]


def _lacks_partner(case: Case, name: str) -> bool:
    """Return whether an option would end the run, since it has no effect without another one."""
    needs = NEEDS.get(name, {}).get(case.command, ())
    wanted = [need.condition.removeprefix("without ") for need in needs]
    return any(partner.startswith("--") and partner not in case.arguments for partner in wanted)


@cache
def _options_of(command: str) -> frozenset[str]:
    """Return the options of a command; an option that it does not have would end every run."""
    found = main.get_command(click.Context(main), command)
    return frozenset(name for option in (found.params if found else ()) for name in option.opts)


def value_of(rng: random.Random, name: str) -> str:
    good, bad = _VALUES[name]
    return some(rng, [(8, rng.choice(good)), (2, rng.choice(bad)), (0.3, hostile_text(rng))])

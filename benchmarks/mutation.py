"""Mutate the core, module by module, and count the mutants that the tests notice.

    python benchmarks/mutation.py [MODULE...] [--jobs N] [--sample N] [--seed S] [--list]

Requires the extra ``[mutation]`` (cosmic-ray) and an operating system with ``fork``. The whole run
takes hours. A *mutant* is a module with one small change, such as ``<`` instead of ``<=``. It is
killed if a test of the module's test files fails or runs out of time. A mutant that survives shows
a missing test, unless it cannot change any result. Such mutants are listed with their reason in
``benchmarks/mutation_survivors.toml``. The exit status is 1 if fewer than 90 % of the mutants are
killed or if a survivor is not listed.

The operators are those of cosmic-ray, used through its Python functions. Its own runner starts a
new interpreter for each mutant and changes the working tree. Here the tests run in a copy of the
checkout, in a forked process in which numpy, scipy and pandas are already loaded; this is several
times faster. mutmut 3 changes functions only: limits and tolerances at the top of a module would
stay unchanged.

Not mutated, because no test should depend on them: texts of messages (f-strings, ``raise``
statements, calls of the functions of ``xacle_eval.text``, assignments to the names in ``TEXTS`` and
conditions that only choose between such assignments), annotations, arguments of decorators,
``TYPE_CHECKING`` and ``strict=`` of ``zip``.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import types
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SURVIVORS = ROOT / "benchmarks" / "mutation_survivors.toml"
LEAST_KILLED = 0.9

_METRICS = tuple(
    f"tests/metrics/test_{name}.py"
    for name in (
        "metrics_boundaries",
        "arrays",
        "ranks",
        "discordance",
        "error",
        "registry",
        "correlation",
    )
)
_RANKING = (
    "tests/evaluation/test_ranking_boundaries.py",
    "tests/evaluation/test_ranking.py",
    "tests/evaluation/test_leaderboard.py",
)
_UNCERTAINTY = (
    "tests/evaluation/test_uncertainty_boundaries.py",
    "tests/evaluation/test_uncertainty.py",
)
_CHECKING = ("tests/submissions/test_checking_boundaries.py", "tests/submissions/test_checking.py")
_ARCHIVE = (
    "tests/submissions/test_archive_boundaries.py",
    "tests/submissions/test_zip_directory_boundaries.py",
    "tests/submissions/test_archive.py",
)
_STATISTICS = "tests/statistics/test_statistics_boundaries.py"
_PAIRED = "tests/statistics/test_paired_bootstrap.py"

# Each module with the test files that must notice a change of it, the fast ones first.
MODULES: dict[str, tuple[str, ...]] = {
    "evaluation/ranking.py": _RANKING,
    "evaluation/leaderboard.py": (*_RANKING, *_UNCERTAINTY, "tests/evaluation/test_screening.py"),
    "evaluation/published.py": (*_RANKING, "tests/evaluation/test_published_boundaries.py"),
    "evaluation/uncertainty.py": _UNCERTAINTY,
    "submissions/checking.py": (*_CHECKING, "tests/submissions/test_reading.py"),
    "submissions/archive.py": _ARCHIVE,
    "submissions/zip_directory.py": _ARCHIVE,
    "metrics/arrays.py": _METRICS,
    "metrics/correlation.py": _METRICS,
    "metrics/discordance.py": _METRICS,
    "metrics/error.py": _METRICS,
    "metrics/ranks.py": _METRICS,
    "metrics/registry.py": _METRICS,
    "statistics/bootstrap.py": (_STATISTICS, "tests/statistics/test_bootstrap.py"),
    "statistics/permutation.py": (
        "tests/statistics/test_permutation.py",
        "tests/statistics/test_permutation_boundaries.py",
        _STATISTICS,
    ),
    "statistics/clusters.py": (
        "tests/statistics/test_clusters.py",
        "tests/statistics/test_clusters_boundaries.py",
        _PAIRED,
        _STATISTICS,
    ),
    "statistics/paired_bootstrap.py": (
        _PAIRED,
        "tests/statistics/test_paired_bootstrap_boundaries.py",
    ),
    "statistics/stability.py": ("tests/statistics/test_stability.py", _STATISTICS),
    "listeners/ceiling.py": (
        "tests/listeners/test_ceiling_by_hand.py",
        "tests/listeners/test_ceiling_boundaries.py",
    ),
}

# One or two changes of each operator: cosmic-ray has up to eleven, and more find little more.
_BINARY = (
    "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul",
    "BitAnd_BitOr", "BitOr_BitAnd", "BitXor_BitAnd", "LShift_RShift", "RShift_LShift",
)  # fmt: skip
_COMPARISONS = (
    "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt",
    "GtE_Lt", "Is_IsNot", "IsNot_Is",
)  # fmt: skip
OPERATORS = (
    *(f"ReplaceBinaryOperator_{name}" for name in _BINARY),
    *(f"ReplaceComparisonOperator_{name}" for name in _COMPARISONS),
    *(f"ReplaceUnaryOperator_Delete_{name}" for name in ("USub", "Invert", "Not")),
    "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr",
    "ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
    "ExceptionReplacer", "NumberReplacer", "RemoveDecorator", "ZeroIterationForLoop",
)  # fmt: skip

TEXTS = ("_SHOWN", "message", "reason", "note", "verb", "extremes", "why")
"""Names of text for readers, and of how much of it is shown; what they are given is not mutated."""
_TEXT_FUNCTIONS = ("visible", "listing", "count", "quote")

_LOADED = (
    "numpy", "scipy.stats", "scipy.special", "pandas", "pydantic", "numba", "click", "rich", "yaml",
    "hypothesis.strategies", "pytest",
)  # fmt: skip
_LEFT_OUT = "not two_processes and not workers"
"""Tests that start processes take 10 s, and are about what the processes share."""
_WRONG_COPY = 99
_PAUSE = 0.02
_MEMORY = 8 * 2**30


@dataclass(frozen=True)
class Mutant:
    """One change of a module: the whole changed text, and the lines before and after."""

    module: str
    operator: str
    line: int
    code: str = field(repr=False)
    before: str
    after: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies a mutant though other lines of its module move."""
        return self.module, self.before, self.after


def is_text(node: Any) -> bool:
    """Return whether a syntax node is part of what is not mutated; see the module."""
    child, parent = node, node.parent
    if parent.type == "parameters":  # the * before keyword arguments
        return True
    while parent is not None:
        if parent.type in ("fstring", "raise_stmt", "import_from") or _is_unnoticed(child, parent):
            return True
        child, parent = parent, parent.parent
    return False


def _is_unnoticed(child: Any, parent: Any) -> bool:
    kind = parent.type
    if kind in ("param", "funcdef", "annassign"):
        annotation = parent.children[1] if kind == "annassign" else parent.annotation
        return child is annotation or (kind == "param" and child.type == "tfpdef")
    if kind == "decorator":
        return True
    if kind == "expr_stmt":
        return _assigns_text(parent)
    if kind == "if_stmt":
        typing = parent.children[1].get_code().strip() == "TYPE_CHECKING"
        return typing or (child.type != "suite" and _chooses_text(parent))
    if kind == "argument":
        return bool(parent.children[0].get_code().strip() == "strict")
    first = parent.children[0]
    return kind in ("atom_expr", "power") and first.get_code().strip() in _TEXT_FUNCTIONS


def _assigns_text(statement: Any) -> bool:
    return any(name.value in TEXTS for name in statement.get_defined_names())


def _chooses_text(condition: Any) -> bool:
    """Return whether an if statement does nothing else than assign text."""
    suites = [part for part in condition.children if part.type == "suite"]
    lines = [line for suite in suites for line in suite.children if line.type != "newline"]
    return bool(lines) and all(
        line.type == "simple_stmt"
        and line.children[0].type == "expr_stmt"
        and _assigns_text(line.children[0])
        for line in lines
    )


def mutants_of(module: str, code: str) -> list[Mutant]:
    """Return every mutant of a module, each once."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.operators import provider

    operators = provider.OperatorProvider()
    nodes = list(ast_nodes(get_ast(code)))
    found: dict[str, Mutant] = {}
    for name in OPERATORS:
        operator = operators[name]()
        places = [node for node in nodes for _ in operator.mutation_positions(node)]
        for occurrence, node in enumerate(places):
            own = node.children[1] if name == "AddNot" and node.type == "if_stmt" else node
            if is_text(own):
                continue
            try:
                changed = mutate_code(code, operator, occurrence)
            except AttributeError:  # ExceptionReplacer knows no starred exceptions
                continue
            if changed is not None and changed not in found:
                before, after = _changed_lines(code, changed)
                line = node.start_pos[0]
                found[changed] = Mutant(module, name, line, changed, before, after)
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.operator))


def _changed_lines(code: str, changed: str) -> tuple[str, str]:
    before, after = [], []
    for line in difflib.ndiff(code.splitlines(), changed.splitlines()):
        if line.startswith("- "):
            before.append(" ".join(line[2:].split()))
        elif line.startswith("+ "):
            after.append(" ".join(line[2:].split()))
    return "\n".join(before), "\n".join(after)


class Copy:
    """A copy of the checkout in which one mutant at a time is tested."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.temporary = folder / "temporary"
        ignored = shutil.ignore_patterns(".*", "__pycache__", "dist", "build")
        shutil.copytree(ROOT, self.root, ignore=ignored, symlinks=True)
        self.output = folder / "output"
        self.pid = 0
        self.deadline = 0.0

    def path(self, module: str) -> Path:
        """Return the path of a module of the package."""
        return self.root / "xacle_eval" / module

    def write(self, module: str, code: str) -> None:
        """Write a module; its compiled form, which has the same time stamp, is removed."""
        path = self.path(module)
        path.write_text(code, encoding="utf-8")
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()

    def start(self, tests: Sequence[str], cpu: float, wall: float, compiled: bool = False) -> None:
        """Start the tests in a new process, with limits in seconds."""
        self.deadline = time.monotonic() + wall
        self.pid = os.fork()
        if self.pid == 0:
            try:
                status = self._test(tests, cpu, compiled)
            except BaseException:  # noqa: BLE001 -- the forked process must end here
                status = 3
            os._exit(status)

    def _test(self, tests: Sequence[str], cpu: float, compiled: bool) -> int:
        os.setsid()
        os.chdir(self.root)
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu) + 1, int(cpu) + 1))
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        stream = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number in (1, 2):
            os.dup2(stream, number)
        sys.dont_write_bytecode = not compiled
        if not compiled:
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        os.environ["PYTHONPATH"] = str(self.root)
        # Processes that the tests start must not run this script again.
        sys.modules["__main__"] = types.ModuleType("__main__")
        # The plugins of pytest are not needed, except that of hypothesis, which has the seed.
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        sys.path[:] = [str(self.root), *(p for p in sys.path if p not in (str(ROOT), sys.path[0]))]
        import pytest

        status = pytest.main([
            "-x", "-q", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin", "--no-header",
            "--tb=short", "--hypothesis-seed=0", f"--basetemp={self.temporary}",
            "-k", _LEFT_OUT, *tests,
        ])  # fmt: skip
        package = sys.modules.get("xacle_eval")
        inside = package is None or str(package.__file__).startswith(str(self.root))
        sys.stdout.flush()
        return int(status) if inside else _WRONG_COPY

    def ended(self) -> int | None:
        """Return the exit status of the tests (negative: a signal; None: they run)."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            if time.monotonic() < self.deadline:
                return None
            os.killpg(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
        else:
            # Processes that the tests left behind.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(status)


@dataclass
class Tally:
    """What became of the mutants of a module."""

    module: str
    counts: Counter[str] = field(default_factory=Counter)
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Number of mutants that were tested."""
        return self.counts.total()

    @property
    def killed(self) -> int:
        """Killed mutants, those out of time among them."""
        return self.counts["killed"] + self.counts["timeout"]

    def row(self) -> str:
        """Return the row of the table."""
        share = self.killed / self.total if self.total else 1.0
        numbers = (self.total, self.killed, self.counts["survived"], self.counts["timeout"])
        return f"{self.module:28}" + "".join(f"{n:10}" for n in numbers) + f"{share:9.1%}"


def wait(copy: Copy) -> int:
    """Wait for the tests of a copy to end."""
    while (status := copy.ended()) is None:
        time.sleep(_PAUSE)
    return status


def measure_baseline(copy: Copy, tests: Sequence[str]) -> tuple[float, float]:
    """Run the tests of a module on the unchanged module; return CPU and wall time in seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    copy.start(tests, 3600, 3600, compiled=True)
    status = wait(copy)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status:
        text = copy.output.read_text(errors="replace")[-3000:]
        raise SystemExit(f"the tests fail without a mutation (exit status {status}):\n{text}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - start


def test_module(copies: Sequence[Copy], module: str, mutants: Sequence[Mutant]) -> Tally:
    """Test the mutants of a module in as many processes as there are copies."""
    code, tests = copies[0].path(module).read_text(encoding="utf-8"), MODULES[module]
    for copy in copies:
        cpu, wall = measure_baseline(copy, tests)
    # CPU time, since a busy machine stretches wall time; wall time for tests that never end.
    limits = (2 * cpu + 5, 10 * wall + 60)
    note(f"# {module}: {len(mutants)} mutants, tests take {wall:.1f} s")
    tally, waiting, idle = Tally(module), list(reversed(mutants)), list(copies)
    busy: list[tuple[Copy, Mutant]] = []
    while waiting or busy:
        while waiting and idle:
            copy, mutant = idle.pop(), waiting.pop()
            copy.write(module, mutant.code)
            copy.start(tests, *limits)
            busy.append((copy, mutant))
        for copy, mutant in tuple(busy):
            status = copy.ended()
            if status is not None:
                busy.remove((copy, mutant))
                idle.append(copy)
                _count(tally, mutant, status)
        time.sleep(_PAUSE)
    for copy in copies:
        copy.write(module, code)
    return tally


def note(text: str) -> None:
    """Print progress beside the table."""
    print(text, file=sys.stderr, flush=True)


def _count(tally: Tally, mutant: Mutant, status: int) -> None:
    if status == _WRONG_COPY:
        raise SystemExit("the tests imported xacle_eval from somewhere else than the copy")
    late = status in (-signal.SIGXCPU, -signal.SIGKILL)
    outcome = "timeout" if late else "killed" if status else "survived"
    tally.counts[outcome] += 1
    if outcome == "survived":
        tally.survivors.append(mutant)
        before, after = (text.replace("\n", "\n      ") for text in (mutant.before, mutant.after))
        note(f"{mutant.module}:{mutant.line} {mutant.operator}\n  -   {before}\n  +   {after}")


def read_accepted(path: Path = SURVIVORS) -> dict[tuple[str, str, str], str]:
    """Return the accepted survivors: module, lines before and after, to the reason."""
    if not path.is_file():
        return {}
    accepted = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", []):
        changes = entry["after"]
        for after in [changes] if isinstance(changes, str) else changes:
            accepted[entry["module"], entry["before"], after] = entry["reason"]
    return accepted


def as_entry(mutant: Mutant) -> str:
    """Return a survivor as an entry of the list, its reason to be written."""
    before, after = (f"'''{text}'''" for text in (mutant.before, mutant.after))
    return (
        f"# line {mutant.line}, {mutant.operator}\n[[survivor]]\n"
        f'module = "{mutant.module}"\nbefore = {before}\nafter = {after}\nreason = ""\n'
    )


def report(tallies: Sequence[Tally], accepted: dict[tuple[str, str, str], str]) -> int:
    """Print the table and the survivors that are not listed; return the exit status."""
    head = "".join(f"{name:>10}" for name in ("mutants", "killed", "survived", "timeouts"))
    print(f"{'module':28}{head}{'share':>9}")
    total = Tally("all")
    for tally in tallies:
        print(tally.row())
        total.counts += tally.counts
        total.survivors += tally.survivors
    print(total.row())
    unlisted = [mutant for mutant in total.survivors if not accepted.get(mutant.key)]
    listed = len(total.survivors) - len(unlisted)
    print(f"\n{listed} survivors are listed with a reason, {len(unlisted)} are not.")
    for mutant in unlisted:
        print(as_entry(mutant))
    enough = total.killed >= LEAST_KILLED * total.total
    return 0 if enough and not unlisted else 1


def report_unused(
    mutants: Iterable[Mutant], module: str, accepted: Iterable[tuple[str, str, str]]
) -> None:
    """Print the listed survivors of a module that are no mutants any more."""
    known = {mutant.key for mutant in mutants}
    for listed, before, after in accepted:
        if listed == module and (module, before, after) not in known:
            print(f"listed, but not a mutant: {module}: {before!r} -> {after!r}")


def chosen_modules(names: Sequence[str]) -> Iterator[str]:
    """Yield the modules whose path contains one of the names; all without a name."""
    for module in MODULES:
        if not names or any(name.removeprefix("xacle_eval/") in module for name in names):
            yield module


def main() -> int:
    """Run the mutants; see the module."""
    parser = argparse.ArgumentParser(description="Mutate the core and count what the tests notice.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="as metrics/ or ranking.py")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--sample", type=int, help="at most so many mutants of each module")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--list", action="store_true", help="list the mutants, test nothing")
    given = parser.parse_args()
    modules = list(chosen_modules(given.modules))
    if not modules:
        parser.error(f"no such module; there are {', '.join(MODULES)}")
    accepted = read_accepted()
    mutants: dict[str, list[Mutant]] = defaultdict(list)
    for module in modules:
        every = mutants_of(module, (ROOT / "xacle_eval" / module).read_text(encoding="utf-8"))
        report_unused(every, module, accepted)
        if given.sample is not None and given.sample < len(every):
            picked = random.Random(given.seed).sample(range(len(every)), given.sample)  # noqa: S311
            every = [every[index] for index in sorted(picked)]
        mutants[module] = every
    if given.list:
        for one in (one for module in modules for one in mutants[module]):
            print(f"{one.module}:{one.line} {one.operator}: {one.before!r} -> {one.after!r}")
        print(f"{sum(map(len, mutants.values()))} mutants")
        return 0
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy; threads do not survive fork
    for name in _LOADED:
        try:
            __import__(name)
        except ImportError:
            continue
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copies = [Copy(Path(folder) / str(job)) for job in range(given.jobs)]
        tallies = [test_module(copies, module, mutants[module]) for module in modules]
    return report(tallies, accepted)


if __name__ == "__main__":
    sys.exit(main())

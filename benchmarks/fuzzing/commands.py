"""Cases for every command: its arguments, its files and the paths that it may write."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.fuzzing import archives, bundles, documents, drafts, ledgers, tables
from benchmarks.fuzzing.cases import Case, Link, chance, hostile_text, mutate, some
from benchmarks.fuzzing.inputs import (
    TASK,
    add_challenge,
    add_challenge_file,
    add_format,
    add_output,
    add_references,
)
from benchmarks.fuzzing.ledgers import Seeds
from benchmarks.fuzzing.options import LEVELS, add_options, value_of
from benchmarks.fuzzing.submissions import add_file, add_folder, add_submission, package_files

__all__ = ["COMMANDS", "Seeds", "make_case"]

BUNDLES = ("text", "concise", "json", "csv", "markdown", "github", "sarif")
REPORTS = ("text", "concise", "json", "github", "junit", "sarif")
TABLES = ("text", "json", "csv", "markdown", "latex")
BOARDS = (*TABLES, "html")
_SCHEMAS = (
    "validate", "score", "score-package", "leaderboard", "compare", "listeners", "plan", "rank",
    "audit", "verify", "receipt", "description", "package", "schema", "other", "score-targets",
    "leaderboard-targets", "compare-targets", "rank-targets", "report", "export", "export-bundle",
    "trial",
    "ledger-add", "ledger-attempts", "ledger-log", "ledger-verify", "ledger-rescore",
)  # fmt: skip


def _add_common(rng: random.Random, case: Case) -> None:
    """Add the options of every command, and variables of the environment."""
    if chance(rng, 0.1):
        case.arguments.append("--quiet")
    if chance(rng, 0.02):
        case.arguments.append("--debug")
    if chance(rng, 0.1):
        case.environment["GITHUB_ACTIONS"] = "true"
    if chance(rng, 0.03):
        case.environment["COLUMNS"] = rng.choice(("0", "-1", "x", "1", "20", "500", ""))
    if chance(rng, 0.01):
        name = rng.choice(("CHALLENGE", "BOOTSTRAP", "SEED", "STRICT", "QUIET", "BY", "SPLIT"))
        value = hostile_text(rng).replace("\0", "").encode("utf-8", "replace").decode()
        case.environment[f"XACLE_EVAL_{name}"] = value
    if chance(rng, 0.03):
        # Not in between, where it could become the value of an output.
        case.arguments.insert(rng.choice((0, len(case.arguments))), hostile_text(rng))


# --- commands ------------------------------------------------------------------------------------
def _any_submission(rng: random.Random, case: Case, folders: float) -> str:
    return add_folder(rng, case) if chance(rng, folders) else add_submission(rng, case)


def _validate(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.arguments.append(_any_submission(rng, case, 0.15))
    if chance(rng, 0.1):
        case.arguments.append(add_submission(rng, case, "Kumo_01"))
        case.submissions += 1
    add_format(rng, case, REPORTS)
    names = ("--strict", "--follow-links", "--statistics", "--exit-zero", "--allow-code")
    add_options(rng, case, names)
    add_challenge(rng, case)
    add_output(rng, case)
    receipt = "in/receipt.json" if "in/receipt.json" in case.files else "receipt.json"
    add_output(rng, case, "--receipt", 0.25, receipt)


# A challenge file with own metrics may run code; the fuzzer's files name no module that exists.
_CHOICE = ("--part", "--allow-code")

_RESAMPLING = (
    "--bootstrap", "--seed", "--resample", "--jobs", "--scheduler", "--scheduler-timeout",
    "--fallback", "--interval", "--level",
)  # fmt: skip


def _score(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.arguments.append(add_submission(rng, case))
    add_references(rng, case)
    add_format(rng, case, TABLES)
    add_options(rng, case, (*_RESAMPLING, *_CHOICE, "--profile", "--system", "--by-column"))
    add_challenge(rng, case)
    add_output(rng, case)
    add_output(rng, case, "--official-csv", 0.05, "official")


def _leaderboard(rng: random.Random, case: Case, seeds: Seeds) -> None:
    if chance(rng, 0.7):
        case.arguments.append(add_folder(rng, case))
    else:
        case.arguments += [add_submission(rng, case, f"{team}_01") for team in ("Kumo", "Hibari")]
        case.submissions = 2
    add_references(rng, case)
    add_format(rng, case, BOARDS)
    if chance(rng, 0.1):
        case.files["ledger.db"] = mutate(rng, seeds.ledger) if chance(rng, 0.2) else seeds.ledger
        case.arguments += ["--ledger", value_of(rng, "--ledger")]
        case.outputs += ["ledger.db-wal", "ledger.db-shm"]
    names = ("--by", "--alpha", "--screenings", "--exit-zero", "--rank-suspicious")
    more = ("--follow-links", "--by-column", "--phase", "--as-of")
    add_options(rng, case, (*_RESAMPLING, *_CHOICE, *names, *more))
    add_challenge(rng, case)
    add_output(rng, case)


def _report(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    if chance(rng, 0.7):
        case.arguments.append(add_folder(rng, case))
    elif chance(rng, 0.9):
        case.arguments += [add_submission(rng, case, f"{team}_01") for team in ("Kumo", "Hibari")]
        case.submissions = 2
    else:
        case.arguments += ["--check-page"]
    add_references(rng, case)
    # The default of 10,000 resamples takes more than two seconds, whatever the predictions are.
    case.arguments += ["--bootstrap", rng.choice(("1", "2", "10", "20"))]
    names = ("--alpha", "--exit-zero", "--rank-suspicious", "--no-check-page", "--pyodide")
    more = ("--follow-links", "--force", "--ledger", "--phase", "--as-of")
    add_options(rng, case, (*_RESAMPLING[1:], *_CHOICE, *names, *more))
    add_challenge(rng, case)
    if "--challenge" not in case.arguments:  # the noise ceiling of 3,000 pairs takes seconds
        case.arguments += ["--challenge", TASK]
    if chance(rng, 0.05):
        case.arguments.append("--open")
        case.environment["BROWSER"] = "/bin/true"
    add_output(rng, case, "--output", 1.0, "site")
    add_output(rng, case, "--figures", 0.1, "figures")
    # A page of many systems is larger than the files that it shows.
    case.free = True


def _compare(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    teams = ("Kumo", "Hibari", "Suzume")[: rng.choice((2, 2, 2, 3, 1))]
    for team in teams:
        name = f"{team}_01.csv"
        if chance(rng, 0.4):
            data = tables.valid_predictions(rng)
            case.arguments.append(add_file(rng, case, name, data))
        elif chance(rng, 0.85):
            case.arguments.append(add_file(rng, case, name, *tables.predictions(rng)))
        else:
            case.arguments.append(add_submission(rng, case, f"{team}_01"))
    # The default of 10,000 resamples takes more than two seconds, whatever the predictions are.
    case.arguments += ["--bootstrap", rng.choice(("1", "2", "20", "20", "20"))]
    add_references(rng, case)
    add_format(rng, case, TABLES)
    names = (*_RESAMPLING[1:], *_CHOICE, "--alpha", "--standardise", "--metric", "--against")
    add_options(rng, case, (*names, "--margin", "--pairs", "--correction"))
    add_challenge(rng, case)
    add_output(rng, case)
    case.submissions = len(teams)


def _listeners(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.arguments.append(add_file(rng, case, "ratings.csv", *tables.ratings(rng)))
    if chance(rng, 0.8):
        case.arguments += ["--resamples", "10"]
    if chance(rng, 0.2):
        name = add_file(rng, case, "compared.csv", *tables.averages(rng))
        case.arguments += ["--references", name]
    add_format(rng, case, TABLES)
    names = ("--screen", "--set", "--flag", "--keep-excluded", "--duplicates", "--seed", "--splits")
    add_options(rng, case, (*names, *_CHOICE, "--target", "--force"))
    add_challenge(rng, case)
    add_output(rng, case, "--averages", 0.2, "averages.out")
    add_output(rng, case, "--summary", 0.2, "summary.out")
    add_output(rng, case)


def _plan(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.arguments.append(add_file(rng, case, "ratings.csv", *tables.ratings(rng)))
    case.arguments += ["--difference", rng.choice(("0.05", "0.1", *LEVELS))]
    case.arguments += ["--listeners", rng.choice(("2", "2,4", "0", "x", "", "1,,2", "9" * 9))]
    add_format(rng, case, TABLES)
    names = ("--metric", "--power", "--alpha", "--score", "--between", "--pair-cost", "--seed")
    more = ("--keep-excluded", "--duplicates", "--target", "--force")
    add_options(rng, case, (*names, *more, *_CHOICE))
    add_challenge(rng, case)
    add_output(rng, case, "--plot", 0.2, "plot.svg")
    add_output(rng, case)


def _audit(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.arguments += ["--repetitions", "2", "--tries", rng.choice(("1", "3", "0", "x", "9999"))]
    if chance(rng, 0.3):
        name = add_file(rng, case, "averages.csv", *tables.averages(rng))
        case.arguments += ["--references", name]
    add_format(rng, case, TABLES)
    add_options(rng, case, ("--phase", "--teams", "--bound", "--grid", "--seed", "--strict"))
    add_options(rng, case, ("--history",))
    add_options(rng, case, ("--allow-code",))
    add_challenge(rng, case, split=False)
    add_output(rng, case)


def _rank(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    name, write = rng.choice(
        (
            ("table.csv", tables.results),
            ("export.csv", tables.codabench_export),
            ("page.json", tables.evalai_page),
        )
    )
    case.arguments.append(add_file(rng, case, name, *write(rng)))
    add_format(rng, case, BOARDS)
    add_options(rng, case, ("--by", "--allow-code"))
    add_challenge(rng, case, split=False)
    add_output(rng, case)


def _package(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.free = True
    if chance(rng, 0.15):
        case.arguments.append("--template")
        add_options(rng, case, ("--label", "--label", "--label"))
    else:
        folder = chance(rng, 0.3)
        for name, data in package_files(rng).items():
            path = f"in/{name}" if folder else add_file(rng, case, name, data)
            case.files[path] = data
            case.arguments += [] if folder or chance(rng, 0.02) else [path]
        if folder:
            case.arguments.append("in")
            add_options(rng, case, ("--follow-links",))
            if chance(rng, 0.1):
                case.files["in/link.csv"] = Link("../../canary/note.txt")
    add_options(rng, case, ("--force", "--allow-code"))
    add_challenge(rng, case)
    add_output(rng, case, "-o", 0.95, "Hibari.out.zip")


def _split(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.free = True
    data = archives.archive(rng, package_files(rng))
    name = (
        add_file(rng, case, "Hibari.zip", data) if chance(rng, 0.97) else add_submission(rng, case)
    )
    case.arguments.append(name)
    add_options(rng, case, ("--allow-code",))
    add_challenge(rng, case, split=False)
    if chance(rng, 0.5):
        add_output(rng, case, "-o", 1, "unpacked")
    else:
        case.outputs += [name.rpartition(".")[0] or name, name.partition(".")[0] or name]


def _export(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    if chance(rng, 0.1):
        _try_bundle(rng, case)
        return
    if chance(rng, 0.2):
        _write_bundle(rng, case)
        return
    files = bundles.bundle(rng)
    if chance(rng, 0.5):
        case.files |= {f"bundle/{name}": data for name, data in files.items()}
        name = "bundle"
        if chance(rng, 0.1):
            case.files["bundle/link.md"] = Link("../../canary/note.txt")
    else:
        name = add_file(rng, case, "bundle.zip", archives.archive(rng, files))
    if chance(rng, 0.05):
        name = rng.choice(("/dev/zero", "/dev/null", ".", "missing", hostile_text(rng)))
    if chance(rng, 0.3):
        case.arguments.append(rng.choice(("codabench", "evalai", "evalia", hostile_text(rng))))
    case.arguments += ["--check", name] if chance(rng, 0.97) else []
    add_options(rng, case, ("--strict",))
    add_format(rng, case, BUNDLES)


def _try_bundle(rng: random.Random, case: Case) -> None:
    """Run a submission on a bundle whose programs are as written: they are executed."""
    files = bundles.codabench_files() if chance(rng, 0.5) else bundles.evalai_files()
    for name in ("competition.yaml", "challenge_config.yaml"):
        if name in files and chance(rng, 0.3):
            files[name] = mutate(rng, files[name])
    case.files |= {f"bundle/{name}": data for name, data in files.items()}
    upload = archives.archive(rng, {"answer.csv": b"a,1\n", "notes.txt": b"x"})
    case.files["upload.zip"] = upload
    case.arguments += ["--check", "bundle", "--try", "upload.zip"]
    add_options(rng, case, ("--phase", "--python"))
    add_format(rng, case, ("text", "json", "csv", "markdown"))


def _write_bundle(rng: random.Random, case: Case) -> None:
    """Write the bundle of a challenge that has phases, mostly."""
    name = add_challenge_file(rng, case)
    data = case.files[name]
    if isinstance(data, bytes) and chance(rng, 0.9):
        phases = bundles.PHASES if chance(rng, 0.8) else mutate(rng, bundles.PHASES)
        case.files[name] = data + phases
    case.files["terms.md"] = b"Be fair.\n" if chance(rng, 0.8) else mutate(rng, b"Be fair.\n")
    case.arguments += [rng.choice(("codabench", "evalai", "huggingface")), "--challenge", name]
    add_references(rng, case)
    add_options(rng, case, ("--text", "--contact", "--force", "--allow-code"))
    if chance(rng, 0.2):
        case.arguments += ["--format", rng.choice(("text", "json", "sarif", hostile_text(rng)))]
    add_output(rng, case, "-o", 1.0, "hosted")
    case.free = True  # the scorer is larger than the files that it is made from


def _verify(rng: random.Random, case: Case, seeds: Seeds) -> None:
    name = rng.choice(list(seeds.receipts))
    data, written = seeds.receipts[name]
    case.files["receipt.json"] = documents.receipt(rng, written)
    case.files[name] = mutate(rng, data) if chance(rng, 0.4) else data
    case.arguments += ["receipt.json", name]
    if chance(rng, 0.05):
        at = rng.randrange(2)
        case.arguments[at - 2] = rng.choice(("/dev/zero", "/dev/null", ".", "missing", name))
    add_format(rng, case, TABLES)
    add_output(rng, case)


def _ledger(rng: random.Random, case: Case, seeds: Seeds) -> None:
    command = rng.choice(list(ledgers.OPTIONS))
    case.arguments.append(command)
    case.free = True  # the ledger keeps what was sent
    case.files["head.txt"] = rng.choice((b"2 " + b"0" * 64, b"x", b""))
    ledgers.add_ledger(rng, case, seeds, missing=command == "init")
    ledgers.add_input(rng, case, command, seeds)
    for name in ledgers.OPTIONS[command]:
        if chance(rng, 0.2):
            flag = name in ("--follow-links", "--exit-zero", "--undo")
            case.arguments += [name] if flag else [name, value_of(rng, name)]
    if chance(rng, 0.1):
        case.arguments.append("--allow-code")
    add_challenge(rng, case, split=False)
    if command in ledgers.TABLES:
        add_format(rng, case, TABLES)
    if command in (*ledgers.TABLES, "export"):
        add_output(rng, case)
    for option, name in ledgers.FOLDERS.get(command, {}).items():
        add_output(rng, case, option, 0.2, name)


def _challenge(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    command = some(
        rng, [(6, "check"), (4, "show"), (1, "init"), (3, "draft"), (1, "list"), (2, "template")]
    )
    case.arguments.append("init" if command == "draft" else command)
    if command in ("check", "show", "template") and chance(rng, 0.1):
        case.arguments.append("--allow-code")
    if command == "init":
        add_output(rng, case, "--force" if chance(rng, 0.3) else "--quiet", 1, "new.toml")
    elif command == "draft":
        drafts.add_draft(rng, case)
    elif command == "template":
        case.arguments.append(add_challenge_file(rng, case))
        if chance(rng, 0.5):
            case.arguments += ["--split", rng.choice(("test", "tset", hostile_text(rng)))]
        add_output(rng, case, plain="new.csv")
    elif command != "list":
        path = add_challenge_file(rng, case)
        if chance(rng, 0.05):
            path = rng.choice(("xacle2026", "/dev/zero", ".", "missing.toml", hostile_text(rng)))
        case.arguments.append(path)


def _fix(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.arguments.append(add_file(rng, case, "predictions.csv", *tables.predictions(rng)))
    add_options(rng, case, ("--diff", "--force", "--allow-code", "--strict"))
    add_challenge(rng, case)
    add_output(rng, case, "-o", 0.8, "fixed.csv")


def _explain(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    codes = ("XAC001", "XAC024", "xac031", "XAC999", "24", "")
    for _ in range(rng.choice((1, 1, 2))):
        case.arguments.append(rng.choice(codes) if chance(rng, 0.8) else hostile_text(rng))


def _schema(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    case.arguments.append(rng.choice(_SCHEMAS) if chance(rng, 0.8) else hostile_text(rng))


def _completion(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    shells = ("bash", "zsh", "fish", "tcsh")
    case.arguments.append(rng.choice(shells) if chance(rng, 0.8) else hostile_text(rng))


def _usage(rng: random.Random, case: Case, _seeds: Seeds) -> None:
    """Add the help of a command, or words that are no command line."""
    words: list[str] = [
        "--help", "-h", "--version", "--format", "--hlep", "-o", "--", "-x", "challenge", "show",
        *COMMANDS, hostile_text(rng), hostile_text(rng),
    ]  # fmt: skip
    case.arguments += [rng.choice(words) for _ in range(rng.choice((0, 1, 2, 2, 3)))]
    # No word may become an output.
    case.arguments = [word for word in case.arguments if word != "init" and "init" not in word]
    if "package" in case.arguments or "split" in case.arguments or "-o" in case.arguments:
        case.arguments.append("--help")


Builder = Callable[[random.Random, Case, Seeds], None]
COMMANDS: dict[str, tuple[float, Builder]] = {
    "validate": (18, _validate),
    "score": (18, _score),
    "leaderboard": (16, _leaderboard),
    "report": (1.5, _report),
    "compare": (7, _compare),
    "listeners": (7, _listeners),
    "plan": (2, _plan),
    "rank": (8, _rank),
    "audit": (2, _audit),
    "package": (5, _package),
    "split": (9, _split),
    "export": (4, _export),
    "verify": (8, _verify),
    "ledger": (6, _ledger),
    "challenge": (10, _challenge),
    "fix": (6, _fix),
    "explain": (1, _explain),
    "schema": (1, _schema),
    "completion": (1, _completion),
    "usage": (2, _usage),
}


def make_case(seed: int, number: int, seeds: Seeds, command: str | None = None) -> Case:
    """Return case `number` of a seed; the same numbers give the same case."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 -- not a secret
    drawn = some(rng, [(weight, name) for name, (weight, _) in COMMANDS.items()])
    case = Case(command or drawn)
    COMMANDS[case.command][1](rng, case, seeds)
    if case.command != "usage":
        _add_common(rng, case)
        case.arguments.insert(0, case.command)
    if "init" in case.arguments:
        case.outputs += case.arguments  # a word that was inserted is its FILE
    # No argument of a process has a NUL character.
    case.arguments = [word.replace("\0", "") for word in case.arguments]
    case.outputs = [path.replace("\0", "") for path in case.outputs]
    return case

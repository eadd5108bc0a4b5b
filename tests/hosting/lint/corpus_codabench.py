# One variant stands on one line.
# ruff: noqa: E501

"""Codabench bundles with one trap each: a change of the valid bundle, and the expected code."""

from benchmarks.fuzzing.bundles import codabench_files, picture, zip_bytes

YAML = "competition.yaml"
METADATA = "scoring_program/metadata.yaml"
SCORE = "scoring_program/score.py"


def replace(old, new="", file=YAML):
    """Return a change that replaces the first occurrence of a text in a file."""

    def change(files):
        text = files[file].decode()
        assert old in text, old
        files[file] = text.replace(old, new, 1).encode()

    return change


def drop(name):
    """Return a change that removes a file."""
    return lambda files: files.pop(name)


def put(name, data):
    """Return a change that adds a file, or replaces it."""
    return lambda files: files.update({name: data})


def pack(folder, wrapper=""):
    """Return a change that turns a folder into a ZIP, with or without a folder in it."""

    def change(files):
        names = [name for name in files if name.startswith(f"{folder}/")]
        inner = {wrapper + name.removeprefix(f"{folder}/"): files.pop(name) for name in names}
        files[f"{folder}.zip"] = zip_bytes(inner)
        text = files[YAML].decode().replace(f": {folder}/\n", f": {folder}.zip\n")
        files[YAML] = text.encode()

    return change


def both(*changes):
    """Return several changes as one."""

    def change(files):
        for each in changes:
            each(files)

    return change


def append(text, file=YAML):
    """Return a change that adds lines at the end of a file."""
    return lambda files: files.update({file: files[file] + text.encode()})


_START = 'start: "2027-01-01 00:00:00"'
_END = 'end: "2027-02-01 11:59:59"'
_SECOND = 'start: "2027-02-02 00:00:00"'
_TASK = "  - index: 0\n    name: Test set\n"
_QUESTION = '    is_on_leaderboard: "true"\n'
_COLUMN = "{title: SRCC, key: SRCC, index: 0, sorting: desc, precision: 3}"

# Each change makes exactly one finding of this code: (name, code, change).
CODABENCH = [
    ("no competition.yaml", "CB001", lambda f: f.update({"competition.yml": f.pop(YAML)})),
    ("no version", "CB002", replace("version: 2\n")),
    ("version 2.0", "CB003", replace("version: 2\n", "version: 2.0\n")),
    ("version 3", "CB003", replace("version: 2\n", 'version: "3"\n')),
    ("version 1.5", "CB004", replace("version: 2\n", "version: 1.5\n")),
    ("unknown key", "CB005", append("docker_imagge: x\n")),
    ("key of another file", "CB005", append("admin_names: x\n")),
    ("unknown key of a page", "CB005", replace("  - title: Overview\n", "  - title: O\n    x: 1\n")),
    ("unknown key of a task", "CB005", replace(_TASK, f"{_TASK}    scoring: x\n")),
    ("unknown key of a phase", "CB005", replace("    tasks: [0]\n", "    tasks: [0]\n    colour: 1\n")),
    ("unknown key of a column", "CB005", replace("precision: 3}", "precision: 3, order: 1}")),
    ("program without a value", "CB006", replace("scoring_program: scoring_program/", "scoring_program:")),
    ("page that is a number", "CB006", replace("file: pages/overview.md", "file: 3")),
    ("title is a list", "CB006", replace("title: A challenge", "title: [A, challenge]")),
    ("flag is a text", "CB006", append("forum_enabled: perhaps\n")),
    ("solutions is a mapping", "CB006", append("solutions: {a: 1}\n")),
    ("phase is a text", "CB006", replace("    tasks: [0]\n  - index: 1\n", "    tasks: [0]\n  - X\n  - index: 1\n")),
    ("negative limit", "CB006", replace("max_submissions: 20", "max_submissions: -1")),
    ("long title", "CB007", replace("title: A challenge", f"title: {'x' * 257}")),
    ("long key of a column", "CB007", both(replace("key: MSE", f"key: {'x' * 37}"), append(f"X = '{'x' * 37}'\n", SCORE))),
    ("long image name", "CB007", replace("legacy:py39", f"legacy:py39{'x' * 110}")),
    ("no title", "CB008", replace("title: A challenge\n")),
    ("image without a name", "CB009", replace("image: logo.png", 'image: ""')),
    ("no image", "CB009", replace("image: logo.png\n")),
    ("SVG", "CB010", put("logo.png", b"<svg></svg>")),
    ("damaged PNG", "CB010", put("logo.png", picture()[:20])),
    ("wide image", "CB011", put("logo.png", picture(1000, 9))),
    ("huge image", "CB011", put("logo.png", picture(20_000, 20_000))),
    ("terms without a name", "CB012", replace("pages/terms.md", '""')),
    ("no terms", "CB012", replace("terms: pages/terms.md\n")),
    ("missing page", "CB013", drop("pages/overview.md")),
    ("page in other case", "CB013", replace("pages/overview.md", "pages/Overview.md")),
    ("missing image", "CB013", drop("logo.png")),
    ("missing terms", "CB013", drop("pages/terms.md")),
    ("page that is a folder", "CB013", replace("pages/overview.md", "pages")),
    ("image that is a folder", "CB013", replace("image: logo.png", "image: pages")),
    ("missing data", "CB013", replace("reference_data: reference_data/", "reference_data: data")),
    ("missing program", "CB013", replace("scoring_program: scoring_program/", "scoring_program: x")),
    ("empty page", "CB014", put("pages/overview.md", b"")),
    ("empty terms", "CB014", put("pages/terms.md", b"")),
    ("page outside", "CB015", replace("pages/overview.md", "../../etc/passwd")),
    ("absolute page", "CB015", replace("pages/overview.md", "/etc/passwd")),
    ("no pages", "CB016", replace("pages:\n  - title: Overview\n    file: pages/overview.md\n")),
    ("page without a file", "CB017", replace("    file: pages/overview.md\n")),
    ("page without a title", "CB017", replace("  - title: Overview\n    file", "  - file")),
    ("published", "CB018", append("published: true\n")),
    ("no approval", "CB019", replace("registration_auto_approve: true\n")),
    ("no docker_image", "CB020", replace("docker_image: codalab/codalab-legacy:py39\n")),
    ("competition type", "CB021", append("competition_type: challenge\n")),
    ("runs by hand", "CB022", append("auto_run_submissions: false\n")),
    ("detailed results", "CB023", append("enable_detailed_results: true\n")),
    ("labels as public data", "CB024", replace("    tasks: [0]\n", "    tasks: [0]\n    public_data: reference_data/\n")),
    ("labels in the starting kit", "CB024", replace("    tasks: [0]\n", "    tasks: [0]\n    starting_kit: ./\n")),
    ("file of labels as public data", "CB024", replace("    tasks: [0]\n", "    tasks: [0]\n    public_data: ./reference_data/labels.csv\n")),
    ("labels as input", "CB024", both(append("make_input_data_available: true\n"), replace("    reference_data: r", "    input_data: reference_data/\n    reference_data: r"))),
    ("question without a flag", "CB025", replace(_QUESTION)),
    ("question with one more key", "CB025", replace(_QUESTION, f"{_QUESTION}    hint: x\n")),
    ("type of a question", "CB026", replace("    type: text\n", "    type: number\n")),
    ("flag of a question", "CB027", replace('is_required: "true"', "is_required: true")),
    ("name of a question", "CB028", replace("    key: system\n", "    key: name\n")),
    ("no tasks", "CB030", lambda f: f.update({YAML: f[YAML][: f[YAML].index(b"tasks:")] + f[YAML][f[YAML].index(b"phases:") :]})),
    ("task without an index", "CB031", replace("  - index: 0\n    name: Test set", "  - name: Test set")),
    ("two tasks of one index", "CB032", replace("phases:\n", "  - {index: 0, key: 6f8b8d3e-8d4f-4d6b-9a60-6a2a3a0a7e11}\nphases:\n")),
    ("task without a name", "CB033", replace("    name: Test set\n")),
    ("no scoring program", "CB034", replace("    scoring_program: scoring_program/\n")),
    ("no reference data", "CB035", replace("    reference_data: reference_data/\n")),
    ("program is a file", "CB036", both(put("score.py", b"print()\n"), replace("scoring_program: scoring_program/", "scoring_program: score.py"))),
    ("data is a file", "CB036", replace("reference_data: reference_data/", "reference_data: reference_data/labels.csv")),
    ("program in a folder of its ZIP", "CB037", pack("scoring_program", "scoring_program/")),
    ("no metadata", "CB038", drop(METADATA)),
    ("no metadata in the ZIP", "CB038", both(drop(METADATA), pack("scoring_program"))),
    ("no command", "CB039", put(METADATA, b"description: x\n")),
    ("two commands", "CB040", replace("/app/output", "/app/output && echo done", METADATA)),
    ("redirection", "CB040", replace("/app/output", "/app/output > log.txt", METADATA)),
    ("all files of a folder", "CB040", replace("/app/output", "/app/output /app/input/*", METADATA)),
    ("open quotation mark", "CB040", put(METADATA, b"command: python3 score.py 'x\n")),
    ("missing script", "CB041", drop(SCORE)),
    ("other script", "CB041", replace("score.py", "evaluate.py", METADATA)),
    ("data in a folder of its ZIP", "CB042", pack("reference_data", "reference_data/")),
    ("walrus in Python 3.7", "CB043", both(replace("legacy:py39", "legacy:py37"), append("print(n := 1)\n", SCORE))),
    ("match in Python 3.9", "CB043", append("match 1:\n    case 1:\n        pass\n", SCORE)),
    ("syntax error", "CB044", append("def (\n", SCORE)),
    ("scores.txt", "CB045", append('OLD = "scores.txt"\n', SCORE)),
    ("no scores.json", "CB046", replace("scores.json", "result.json", SCORE)),
    ("NaN", "CB047", replace(", allow_nan=False", "", SCORE)),
    ("no rounding", "CB048", both(replace("round(0.51234, 3)", "0.51", SCORE), replace("round(1.01234, 3)", "1.01", SCORE))),
    ("folder of results", "CB049", append("import os\nos.listdir('/app/input/res')\n", SCORE)),
    ("solution of no task", "CB050", append("solutions:\n  - {index: 0, tasks: [3], path: pages}\n")),
    ("solution without a path", "CB050", append("solutions:\n  - {index: 0, tasks: [0]}\n")),
    ("column that the program does not name", "CB051", replace("key: MSE", "key: RMSE")),
    ("column of a level that the program does not name", "CB051", replace("key: MSE", "key: MSE_system")),
    ("no phases", "CB060", lambda f: f.update({YAML: f[YAML][: f[YAML].index(b"phases:")] + f[YAML][f[YAML].index(b"fact_sheet:") :]})),
    ("phase without an index", "CB061", replace("  - index: 0\n    name: Test\n", "  - name: Test\n")),
    ("phase without a name", "CB062", replace("    name: Final\n")),
    ("phase without a start", "CB063", replace(f"    {_SECOND}\n")),
    ("phase without tasks", "CB064", replace("    tasks: [0]\n")),
    ("unknown task", "CB065", replace("    tasks: [0]\n", "    tasks: [1]\n")),
    ("task in quotation marks", "CB065", replace("    tasks: [0]\n", '    tasks: ["0"]\n')),
    ("date-time without quotation marks", "CB066", replace(_END, "end: 2027-02-01 11:59:59")),
    ("date with an offset, without quotation marks", "CB066", replace(_START, "start: 2027-01-01T00:00:00+09:00")),
    ("offset", "CB067", replace(_END, 'end: "2027-02-01 11:59:59+09:00"')),
    ("offset without minutes", "CB067", replace(_END, 'end: "2027-02-01T11:59:59 -12"')),
    ("name of a zone", "CB067", replace(_END, 'end: "2027-02-01 11:59:59 EST"')),
    ("name of a zone in another form", "CB067", replace(_END, 'end: "Feb 1, 2027 11:59 JST"')),
    ("zone with an offset", "CB067", replace(_END, 'end: "2027-02-01 11:59:59 UTC+9"')),
    ("zone in brackets", "CB067", replace(_END, 'end: "2027-02-01 11:59:59 +09:00 (JST)"')),
    ("month and day", "CB068", replace(_END, 'end: "01/02/2027"')),
    ("no such day", "CB069", replace(_END, 'end: "2027-02-30 00:00:00"')),
    ("anywhere on earth", "CB069", replace(_END, 'end: "2027-02-01 23:59:59 AoE"')),
    ("name of a place", "CB069", replace(_END, 'end: "2027-02-01 23:59:59 Europe/Berlin"')),
    ("zone behind a day", "CB069", replace(_END, 'end: "2027-02-01 EST"')),
    ("number as a date", "CB069", replace(_END, "end: 20270201")),
    ("phases that touch", "CB070", replace(_SECOND, 'start: "2027-02-01 11:59:59"')),
    ("phases that overlap", "CB071", replace(_SECOND, 'start: "2027-01-15 00:00:00"')),
    ("no end", "CB072", replace(f"    {_END}\n")),
    ("end before the start", "CB073", replace(_SECOND, _SECOND + '\n    end: "2027-02-01 23:00:00"')),
    ("max_submissions_per_person", "CB074", replace("max_submissions: 20", "max_submissions_per_person: 20")),
    ("limit of 0", "CB075", replace("max_submissions: 20", "max_submissions: 0")),
    ("daily limit of 0", "CB075", replace("max_submissions_per_day: 2", "max_submissions_per_day: 0")),
    ("no limit", "CB076", replace("    max_submissions: 20\n")),
    ("long runs in quotation marks", "CB077", replace("execution_time_limit: 300", 'execution_time_limit: "3600"')),
    ("long runs", "CB077", replace("execution_time_limit: 300", "execution_time_limit: 3600")),
    ("hidden output", "CB078", replace("    tasks: [0]\n", "    tasks: [0]\n    hide_output: true\n")),
    ("migration to the first phase", "CB079", replace("    tasks: [0]\n", "    tasks: [0]\n    auto_migrate_to_this_phase: true\n")),
    ("leaderboard", "CB080", replace("leaderboards:\n", "leaderboard:\n")),
    ("no leaderboards", "CB081", lambda f: f.update({YAML: f[YAML][: f[YAML].index(b"leaderboards:")]})),
    ("second leaderboard", "CB082", append("  - {title: B, key: b, submission_rule: Add, columns: [{title: A, key: a, index: 0, precision: 2}]}\n")),
    ("leaderboard without a key", "CB083", replace("    key: results\n")),
    ("column without an index", "CB084", replace("key: MSE, index: 1", "key: MSE")),
    ("two columns of one key", "CB085", replace("key: MSE, index: 1, sorting: asc", "key: SRCC, index: 1, sorting: desc")),
    ("two columns of one index", "CB085", replace("key: MSE, index: 1", "key: MSE, index: 0")),
    ("sorting up", "CB086", replace("sorting: asc", "sorting: up")),
    ("MSE descending", "CB087", replace("sorting: asc", "sorting: desc")),
    ("MSE without sorting", "CB087", replace("sorting: asc, ", "")),
    ("SRCC ascending", "CB087", replace("sorting: desc", "sorting: asc")),
    ("MSE of a target, descending", "CB087", both(replace("key: MSE, index: 1, sorting: asc", "key: QUALITY_MSE, index: 1, sorting: desc"), append("TARGET = 'QUALITY'\n", SCORE))),
    ("primary column that does not exist", "CB088", replace("primary_index: 0", "primary_index: 2")),
    ("no submission_rule", "CB089", replace("    submission_rule: Force_Best\n")),
    ("submission_rule in lower case", "CB090", replace("Force_Best", "force_best")),
    ("no precision", "CB091", replace(", precision: 3", "")),
    ("hidden leaderboard", "CB092", replace("    key: results\n", "    key: results\n    hidden: true\n")),
    ("hidden column", "CB093", replace("precision: 3}", "precision: 3, hidden: true}")),
    ("computation of nothing", "CB094", replace("precision: 3}", "precision: 3, computation: avg}")),
    ("computation of itself", "CB094", replace("precision: 3}", "precision: 3, computation: avg, computation_indexes: [0]}")),
    ("None as a score", "CB095", replace("round(0.51234, 3)", "None", SCORE)),
    ("word as a score", "CB095", replace("round(0.51234, 3)", '"n/a"', SCORE)),
    ("list as a score", "CB095", replace("round(0.51234, 3)", "[round(0.51234, 3)]", SCORE)),
    ("None if there is no score", "CB095", replace("round(0.51234, 3)", "round(0.51234, 3) or None", SCORE)),
    ("word that is stored later", "CB095", replace("    Path(outputs", '    scores["MSE"] = "failed"\n    Path(outputs', SCORE)),
    ("text of a score", "CB096", replace("round(0.51234, 3)", "str(round(0.51234, 3))", SCORE)),
    ("formatted score", "CB096", replace("round(0.51234, 3)", 'f"{0.51234:.3f}"', SCORE)),
    ("score in the old format", "CB096", replace("round(0.51234, 3)", '"%.3f" % 0.51234', SCORE)),
    ("text with another name", "CB096", both(replace("    scores = {", "    shown = format(0.5, '.3f')\n    scores = {", SCORE), replace("round(0.51234, 3)", "shown", SCORE))),
    ("texts of all scores", "CB096", replace("json.dumps(scores,", "json.dumps({key: str(value) for key, value in scores.items()},", SCORE)),
    ("scores of a function", "CB096", both(replace("    scores = {", "    scores = compute()\n    other = {", SCORE), replace("def main(", 'def compute():\n    return {"SRCC": str(0.5), "MSE": 1.0}\n\n\ndef main(', SCORE))),
    ("true as a score", "CB096", replace("round(0.51234, 3)", "True", SCORE)),
    ("huge score", "CB097", replace("round(1.01234, 3)", "round(1e10)", SCORE)),
    ("huge whole number", "CB097", replace("round(1.01234, 3)", "10000000000", SCORE)),
    ("program at the top", "CB098", replace("scoring_program: scoring_program/", "scoring_program: scoring_program")),
    ("data at the top", "CB098", replace("reference_data: reference_data/", "reference_data: reference_data")),
    ("public data at the top", "CB098", replace("    tasks: [0]\n", "    tasks: [0]\n    public_data: pages\n")),
    ("duplicate key", "BU012", append("title: Another\n")),
    ("invalid YAML", "BU010", append("reward: @home\n")),
    ("no keys", "BU010", put(YAML, b"- a\n- b\n")),
    ("day that does not exist, without quotation marks", "BU010", replace(_END, "end: 2027-02-30")),
    ("many aliases", "BU011", append("x: &x [1]\ny: [" + "*x, " * 30 + "*x]\n")),
    ("hidden folder of macOS", "BU007", put("__MACOSX/._competition.yaml", b"x")),
    ("wrapper folder", "BU006", lambda f: [f.update({f"bundle/{name}": f.pop(name)}) for name in list(f)]),
    ("no bundle", "BU001", lambda f: [f.pop(name) for name in list(f) if name != "logo.png"]),
]  # fmt: skip


def bundle_of(change):
    """Return the files of the valid bundle with one change."""
    files = codabench_files()
    change(files)
    return files

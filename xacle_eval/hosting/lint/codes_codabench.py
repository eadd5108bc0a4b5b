"""The codes about Codabench bundles (version 2)."""

from __future__ import annotations

from xacle_eval.submissions.rule import Rule

__all__ = ["CODABENCH_CODES"]

_CONFIGURATION = (
    Rule("CB001", "competition-missing", "error", "no competition.yaml",
         "Codabench reads `competition.yaml` at the root of the ZIP; another name or the ending "
         "`.yml` is not read.",
         "Add `competition.yaml` at the root."),
    Rule("CB002", "version-missing", "error", "no version",
         "Without `version`, Codabench reads the file as version 1 and stops with \"HTML pages "
         "could not be found in the yaml file\".",
         "Write `version: 2`."),
    Rule("CB003", "version-refused", "error", "unknown version",
         "Codabench compares the text of the version: `2` is accepted, `2.0` is not.",
         "Write `version: 2`."),
    Rule("CB004", "version-old", "warning", "version 1",
         "Codabench reads versions 1 and 1.5 with another program, whose keys are not checked "
         "here.",
         "Write the bundle in version 2."),
    Rule("CB005", "codabench-key-unknown", "warning", "unknown key",
         "Codabench ignores keys that it does not know, and says nothing; the default is used.",
         "Correct the name of the key, or remove it."),
    Rule("CB006", "value-type", "error", "value of the wrong type",
         "Unpacking stops with a bare TypeError or AttributeError, or with a message about a field "
         "that does not name its place.",
         "Write a value of the expected type."),
    Rule("CB007", "text-too-long", "error", "text too long",
         "Codabench refuses the whole bundle if a text is longer than its column in the database.",
         "Shorten the text."),
    Rule("CB008", "title-missing", "error", "no title",
         "Codabench refuses the bundle: \"title: This field may not be null\".",
         "Write `title: …` with at most 256 characters."),
    Rule("CB009", "image-missing", "error", "no image",
         "Codabench refuses a bundle without `image`: the logo is mandatory.",
         "Add a PNG or JPEG, and name it: `image: logo.png`."),
    Rule("CB010", "image-invalid", "error", "image of another kind",
         "Codabench accepts PNG, JPEG and GIF, by the contents of the file. SVG and damaged images "
         "are refused.",
         "Save the logo as PNG or JPEG."),
    Rule("CB011", "image-proportions", "error", "image that cannot be reduced",
         "Codabench makes an icon of 100 pixels in width. The height of an image that is over 100 "
         "times as wide as high becomes 0, and an image of over 178,956,970 pixels is taken for an "
         "attack: saving ends with an error.",
         "Use a logo of ordinary size and proportions, such as 400 × 400 pixels."),
    Rule("CB012", "terms-missing", "error", "no terms",
         "Codabench refuses a bundle without `terms`.",
         "Name a file with the terms: `terms: pages/terms.md`."),
    Rule("CB013", "named-file-missing", "error", "named file missing",
         "Codabench stops with \"Unable to find page\", \"Cannot find dataset\" or \"Unable to "
         "find image\"; for a folder in place of a file, with a bare IsADirectoryError. Names are "
         "case-sensitive.",
         "Add the file to the bundle, or correct its path."),
    Rule("CB014", "page-empty", "error", "empty page",
         "Codabench refuses a page, or terms, without a character.",
         "Write a text, or remove the page."),
    Rule("CB015", "path-outside", "error", "path outside of the bundle",
         "Codabench joins paths unchecked, so `../` and absolute paths read files of the server, "
         "or nothing.",
         "Write paths relative to `competition.yaml`, to files inside the bundle."),
    Rule("CB016", "pages-missing", "error", "no pages",
         "Unpacking stops with a bare TypeError: 'NoneType' object is not iterable.",
         "Write the pages, or `pages: []`."),
    Rule("CB017", "page-incomplete", "error", "incomplete page",
         "A page without `file` ends in a bare KeyError, one without `title` is refused.",
         "Give each page a `title` and a `file`."),
    Rule("CB018", "published-ignored", "warning", "published in the YAML",
         "Codabench does not read `published` from a bundle: the competition stays private.",
         "Remove the key, and publish the competition on its page."),
    Rule("CB019", "registration-closed", "info", "participants need approval",
         "`registration_auto_approve` defaults to false: the organiser must accept each "
         "participant by hand.",
         "Write `registration_auto_approve: true`, or plan to accept participants."),
    Rule("CB020", "image-default", "warning", "no docker_image",
         "Without `docker_image`, Codabench uses `codalab/codalab-legacy:py37`, with Python 3.7 "
         "and old libraries.",
         "Write `docker_image: …`, also if the default is meant."),
    Rule("CB021", "competition-type", "error", "unknown competition_type",
         "Codabench accepts `competition` and `benchmark`.",
         "Write one of the two, or remove the key."),
    Rule("CB022", "runs-by-hand", "info", "uploads wait for the organiser",
         "With `auto_run_submissions: false` each upload waits until the organiser starts it. This "
         "is useful for a final phase, and a surprise elsewhere.",
         "Set it to true for phases with immediate scores."),
    Rule("CB023", "details-public", "warning", "detailed results are public",
         "`detailed_results.html` is shown in a frame without a sandbox, to everybody once the "
         "competition is published, and `hide_output` does not cover it.",
         "Write nothing into it that may not be public, or set `enable_detailed_results: false`."),
    Rule("CB024", "labels-public", "error", "labels offered for download",
         "Participants can download `public_data` and `starting_kit` of a phase, and `input_data` "
         "with `make_input_data_available: true`. Here they get reference data.",
         "Name another file, or a folder without the labels."),
    Rule("CB025", "fact-sheet-shape", "error", "question with other keys",
         "Each question of `fact_sheet` must be a mapping with exactly the keys `key`, `type`, "
         "`title`, `selection`, `is_required` and `is_on_leaderboard`; Codabench refuses more or "
         "fewer.",
         "Write all six keys, with `selection: \"\"` for a text."),
    Rule("CB026", "fact-sheet-type", "error", "question of an unknown type",
         "Codabench accepts the types `checkbox`, `text` and `select`.",
         "Write one of the three."),
    Rule("CB027", "fact-sheet-flag", "warning", "flag that is not a text",
         "Codabench compares `is_required` and `is_on_leaderboard` with the texts `\"true\"` and "
         "`\"false\"`. A YAML true is neither: the question is not required and not on the board.",
         "Put the word in quotation marks: `\"true\"`."),
    Rule("CB028", "fact-sheet-key", "error", "question with two names",
         "The `key` of a question must be the key that it stands under.",
         "Write the same name twice."),
)  # fmt: skip

_TASKS = (
    Rule("CB030", "tasks-missing", "error", "no tasks",
         "Codabench stops with \"No tasks listed in this competition\".",
         "Add `tasks:` with at least one task."),
    Rule("CB031", "task-index-missing", "error", "task without an index",
         "Codabench stops with \"No index for task\".",
         "Give each task an `index`, from 0."),
    Rule("CB032", "task-index-twice", "error", "two tasks with one index",
         "Codabench stops with \"Duplicate task indexes\".",
         "Give each task an index of its own."),
    Rule("CB033", "task-name-missing", "error", "task without a name",
         "Codabench refuses the bundle: \"name: This field may not be null\".",
         "Give each task a `name`."),
    Rule("CB034", "scoring-program-missing", "error", "task without a scoring program",
         "Codabench stops with \"does not have a scoring program\".",
         "Name the folder or the ZIP: `scoring_program: scoring_program/`."),
    Rule("CB035", "reference-data-missing", "warning", "task without reference data",
         "Codabench accepts the task; `/app/input/ref` does not exist when the program runs.",
         "Name the folder or the ZIP with the labels: `reference_data: reference_data`."),
    Rule("CB036", "program-not-packed", "error", "program or data that is no archive",
         "The worker unpacks programs and data as ZIP files. Codabench packs a folder itself, but "
         "takes a file as it is: every run fails with \"Bad or empty zip file\".",
         "Name a folder, or a ZIP."),
    Rule("CB037", "program-wrapped", "error", "wrapper folder in a program",
         "The worker looks for `metadata.yaml` at the root of the ZIP, so a program inside a "
         "folder of the ZIP is never executed.",
         "Pack the files without a folder around them."),
    Rule("CB038", "metadata-missing", "error", "program without metadata.yaml",
         "Codabench accepts the bundle, the worker never executes the program, and no submission "
         "gets a score.",
         "Add `metadata.yaml` with `command: python3 /app/program/score.py /app/input "
         "/app/output`."),
    Rule("CB039", "command-missing", "error", "metadata without a command",
         "The worker logs a warning and continues without the program, so no submission gets a "
         "score.",
         "Write `command: python3 /app/program/score.py /app/input /app/output`."),
    Rule("CB040", "command-shell", "error", "shell operators in a command",
         "The worker starts the command without a shell: `&&`, `|`, `>`, `;` and `*` are passed to "
         "the program as plain words.",
         "Name one program with its arguments; put the rest into the program."),
    Rule("CB041", "command-file-missing", "error", "command names a missing file",
         "The container starts and ends at once with an error; each submission is Failed.",
         "Add the file to the program, or correct its name in the command."),
    Rule("CB042", "data-wrapped", "warning", "wrapper folder in the data",
         "The worker unpacks the ZIP as it is, so the files are one folder deeper than its root: "
         "`/app/input/ref/FOLDER/` for reference data.",
         "Pack the files without a folder, unless the program expects it."),
    Rule("CB043", "syntax-too-new", "error", "syntax too new for the image",
         "The image runs an older Python, which stops with a SyntaxError before the first line: "
         "each submission is Failed.",
         "Name an image with a newer Python, or write the line for the older one."),
    Rule("CB044", "syntax-invalid", "error", "Python that cannot be parsed",
         "Python stops with a SyntaxError before the first line: each submission is Failed.",
         "Correct the line."),
    Rule("CB045", "scores-txt", "warning", "scores.txt",
         "The worker reads `scores.txt` with a YAML loader that can run code, and only if there is "
         "no `scores.json`.",
         "Write `scores.json`, and no `scores.txt`."),
    Rule("CB046", "scores-json-missing", "warning", "program that does not write scores.json",
         "Without `scores.json` the worker finds no scores, and the run fails or finishes without "
         "a score.",
         "Write `/app/output/scores.json`: an object with a number for each column's key."),
    Rule("CB047", "scores-not-finite", "info", "NaN is not refused",
         "NaN and infinity never leave the worker: there are no scores and no result, and the "
         "submission shows Finished. `json.dump` writes them without `allow_nan=False`.",
         "Pass `allow_nan=False`, and write finite numbers only."),
    Rule("CB048", "scores-not-rounded", "info", "scores that are not rounded",
         "The precision of a column acts on the shown table only. The API gives ten decimals of "
         "every column to everybody, which reveal labels.",
         "Round in the program, before the scores are written."),
    Rule("CB049", "metadata-in-results", "info", "worker's file among the submission's",
         "`/app/input/res` always has a file `metadata` that the worker wrote, beside the files of "
         "the participant.",
         "Ignore the file `metadata`."),
    Rule("CB050", "solution-invalid", "error", "invalid solution",
         "Codabench stops if a solution has no `index`, no `tasks`, neither `path` nor `key`, or "
         "names a task that does not exist.",
         "Write `index`, `tasks` and `path`."),
    Rule("CB051", "score-key-missing", "warning", "column without a score",
         "Codabench looks for the key of each column in `scores.json`; other keys are skipped. A "
         "column whose key is missing shows n/a, which can be ranked first.",
         "Write every key of the columns into `scores.json`, in the same letters."),
)  # fmt: skip

_PHASES = (
    Rule("CB060", "phases-missing", "error", "no phases",
         "Codabench stops with \"Unable to find any phases\", or with an IndexError for an empty "
         "list.",
         "Add `phases:` with at least one phase."),
    Rule("CB061", "phase-index-missing", "warning", "phase without an index",
         "Codabench sorts the phases by `index` and takes a missing one for 0, so the order may "
         "change.",
         "Give each phase an `index`, in the order of their dates."),
    Rule("CB062", "phase-name-missing", "error", "phase without a name",
         "Codabench refuses the bundle: \"name: This field may not be null\".",
         "Give each phase a `name`."),
    Rule("CB063", "phase-start-missing", "error", "phase without a start",
         "Unpacking stops with a bare TypeError, because nothing is compared with a date.",
         "Write `start: \"2027-01-31 12:00:00\"`, in UTC."),
    Rule("CB064", "phase-tasks-missing", "error", "phase without tasks",
         "Codabench stops with \"Phases must contain at least one task to be valid\". It accepts "
         "an empty list, and no submission can run.",
         "Write the indexes of its tasks: `tasks: [0]`."),
    Rule("CB065", "phase-task-unknown", "error", "phase names a missing task",
         "Unpacking stops with a bare KeyError. An index in quotation marks is another one.",
         "Write the `index` of a task."),
    Rule("CB066", "date-unquoted", "error", "date without quotation marks",
         "YAML reads it as a date, and Codabench keeps the day and drops the time: the phase "
         "begins or ends at midnight.",
         "Put the date into quotation marks: `\"2027-01-31 12:00:00\"`."),
    Rule("CB067", "date-offset", "error", "date with a time zone",
         "Codabench drops the offset, or a name such as EST, and stores the time as UTC, so the "
         "phase begins or ends hours too early or too late.",
         "Convert the time to UTC. \"Anywhere on earth\" ends at 11:59:59 UTC of the next day."),
    Rule("CB068", "date-form", "warning", "date in another form",
         "Codabench guesses the order of day and month, and takes the month first.",
         "Write `\"YYYY-MM-DD HH:MM:SS\"`, in UTC."),
    Rule("CB069", "date-invalid", "error", "date that does not exist",
         "Unpacking stops with the message of the date parser.",
         "Write `\"YYYY-MM-DD HH:MM:SS\"`, in UTC."),
    Rule("CB070", "phases-touch", "error", "phases that touch",
         "Codabench refuses a phase that starts at the moment at which the one before ends.",
         "End the earlier phase one second before."),
    Rule("CB071", "phases-overlap", "error", "phases that overlap",
         "Codabench refuses phases that are not one after the other.",
         "Let each phase start after the end of the one before."),
    Rule("CB072", "phase-end-missing", "error", "phase without an end",
         "Codabench refuses a phase without an end that has a phase after it.",
         "Write an `end`; only the last phase can be open."),
    Rule("CB073", "phase-backwards", "error", "phase that ends before it starts",
         "Codabench accepts it, and the phase is never open.",
         "Correct the dates."),
    Rule("CB074", "limit-key", "warning", "max_submissions_per_person",
         "Codabench ignores this key: the limit becomes 100. The key is `max_submissions`.",
         "Write `max_submissions`."),
    Rule("CB075", "limit-zero", "warning", "limit of 0",
         "Codabench takes 0 for unlimited submissions.",
         "Write a number of 1 or more; end the phase to close it."),
    Rule("CB076", "limit-default", "info", "limit not written",
         "Without `max_submissions` the limit is 100 for a participant and phase, without "
         "`max_submissions_per_day` it is 5. Failed submissions do not count.",
         "Write both limits."),
    Rule("CB077", "time-limit", "warning", "time limit that the default queue shortens",
         "The default queue stops each run after 600 seconds; a longer `execution_time_limit` "
         "counts on an own queue only.",
         "Write at most 600, or name an own `queue`."),
    Rule("CB078", "output-hidden", "warning", "output hidden from participants",
         "With `hide_output: true` a participant whose file is invalid sees \"Failed\" and no "
         "reason.",
         "Show the output, and write nothing about labels into it."),
    Rule("CB079", "migration-first", "error", "migration to the first phase",
         "Codabench refuses `auto_migrate_to_this_phase: true` for the first phase.",
         "Remove the key from the first phase."),
)  # fmt: skip

_LEADERBOARDS = (
    Rule("CB080", "leaderboard-singular", "error", "leaderboard instead of leaderboards",
         "Codabench stops with \"Could not find leaderboards in the competition yaml\".",
         "Write `leaderboards:`."),
    Rule("CB081", "leaderboards-missing", "error", "no leaderboards",
         "Codabench stops with \"Could not find leaderboards in the competition yaml\", or with an "
         "IndexError for an empty list.",
         "Add `leaderboards:` with one entry."),
    Rule("CB082", "leaderboard-second", "warning", "second leaderboard",
         "Codabench uses the first entry for every phase and never shows the others.",
         "Keep one leaderboard; add columns for other results."),
    Rule("CB083", "leaderboard-incomplete", "error", "incomplete leaderboard",
         "Codabench refuses a leaderboard without `title`, `key` or `columns`: \"This field is "
         "required\".",
         "Write `title`, `key` and `columns`."),
    Rule("CB084", "column-incomplete", "error", "incomplete column",
         "Codabench refuses a column without `title`, `key` or `index`: \"This field is "
         "required\".",
         "Write `title`, `key` and `index`."),
    Rule("CB085", "board-column-twice", "error", "two columns with one key or index",
         "Codabench refuses the bundle: columns must have unique keys and indexes.",
         "Give each column a key and an index of its own."),
    Rule("CB086", "sorting-unknown", "error", "unknown sorting",
         "Codabench accepts `asc` and `desc`; without `sorting` the column is sorted descending.",
         "Write `asc` or `desc`."),
    Rule("CB087", "sorting-direction", "error", "metric sorted the wrong way",
         "The worst system is ranked first. Without `sorting`, a column is sorted descending.",
         "Write `sorting: asc` for errors such as MSE, and `desc` for correlations."),
    Rule("CB088", "primary-index", "error", "primary_index without a column",
         "Codabench accepts it, and the leaderboard answers with an error as soon as it is "
         "opened.",
         "Write the `index` of a column."),
    Rule("CB089", "submission-rule-missing", "warning", "no submission_rule",
         "Without it the rule is `Add`: a submission is on the board only after its participant "
         "clicked to add it.",
         "Write `submission_rule: Force_Best` or `Force_Last`, or `Add` if this is meant."),
    Rule("CB090", "submission-rule-unknown", "error", "unknown submission_rule",
         "Codabench accepts Add, Add_And_Delete, Add_And_Delete_Multiple, Force_Last, "
         "Force_Latest_Multiple and Force_Best.",
         "Write one of these."),
    Rule("CB091", "precision-default", "info", "column without a precision",
         "A column shows 2 decimals by default.",
         "Write the `precision` of each column."),
    Rule("CB092", "leaderboard-hidden", "warning", "hidden leaderboard",
         "`hidden` removes the board from the page only. The submissions API still gives every "
         "score to anybody.",
         "Keep secret scores out of `scores.json`, or use `auto_run_submissions: false`."),
    Rule("CB093", "column-hidden", "warning", "hidden column",
         "A hidden column does not break ties on the shown board, and the submissions API still "
         "gives its scores to anybody. Force_Best uses it to choose a submission.",
         "Show the column, or keep its score out of `scores.json`."),
    Rule("CB094", "computation-invalid", "error", "invalid computed column",
         "Codabench accepts the computations avg, sum, min and max, with `computation_indexes` "
         "that name other columns.",
         "Write `computation` and `computation_indexes`."),
)  # fmt: skip

_LATER = (
    Rule("CB095", "score-no-number", "error", "score that is not a number",
         "Codabench answers null, words and lists in `scores.json` with HTTP 500: there are no "
         "scores, and the submission shows Finished.",
         "Write a number for each key, or exit with 1 and write no `scores.json`."),
    Rule("CB096", "score-converted", "warning", "score that is a text or true",
         "Codabench takes a text that holds a number, and true as 1. Any other text makes it "
         "answer HTTP 500: there are no scores, and the submission shows Finished.",
         "Write the number itself: `round(value, 3)`, not a text of it."),
    Rule("CB097", "score-too-large", "error", "score of 10,000,000,000 or more",
         "Codabench stores ten digits before the point. A larger score is refused after the "
         "columns before it were stored, and the submission shows Finished.",
         "Write a smaller number, in another unit or as a logarithm."),
    Rule("CB098", "folder-at-top", "warning", "folder at the top of the bundle",
         "Codabench packs a folder into the folder above its parent. One at the top, written "
         "without a slash, is packed outside of the bundle, where the bundles of all competitions "
         "share names.",
         "End the path with a slash (`scoring_program/`), move the folder into another one, or "
         "pack it as a ZIP."),
)  # fmt: skip

CODABENCH_CODES = (*_CONFIGURATION, *_TASKS, *_PHASES, *_LEADERBOARDS, *_LATER)

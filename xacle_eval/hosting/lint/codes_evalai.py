"""The codes about EvalAI bundles."""

from __future__ import annotations

from xacle_eval.submissions.rule import Rule

__all__ = ["EVALAI_CODES"]

_CONFIGURATION = (
    Rule("EV001", "challenge-config-missing", "error", "no challenge_config.yaml",
         "EvalAI reads `challenge_config.yaml` at the root of the ZIP and otherwise stops with "
         "\"There is no YAML file in the zip file you uploaded!\".",
         "Add `challenge_config.yaml` at the root."),
    Rule("EV002", "configs-twice", "error", "two configuration files",
         "EvalAI refuses a ZIP that has `challenge_config.yaml` and also `challenge_config.yml`.",
         "Keep one of them."),
    Rule("EV003", "evalai-key-unknown", "warning", "unknown key",
         "EvalAI ignores keys that it does not know, and says nothing; the default is used.",
         "Correct the name of the key, or remove it."),
    Rule("EV004", "evalai-value-type", "error", "value of the wrong type",
         "EvalAI refuses the bundle with the errors of its serializer, or the upload ends with "
         "HTTP 500.",
         "Write a value of the expected type."),
    Rule("EV005", "evalai-text-too-long", "error", "text too long",
         "EvalAI refuses the bundle if a text is longer than its column in the database.",
         "Shorten the text."),
    Rule("EV006", "evalai-key-missing", "error", "missing key",
         "EvalAI refuses the bundle and names the key.",
         "Add the key."),
    Rule("EV007", "evalai-file-missing", "error", "named file missing",
         "EvalAI refuses the bundle. For a page of a phase it reports only that the description "
         "may not be null. Names are case-sensitive.",
         "Add the file to the bundle, or correct its path."),
    Rule("EV008", "page-not-html", "error", "page that is not HTML",
         "EvalAI accepts pages with the ending `.html` only.",
         "Write the page in HTML, in a file that ends in `.html`."),
    Rule("EV009", "evalai-path-outside", "error", "path outside of the bundle",
         "EvalAI refuses a path that leads outside of the ZIP, and reports the file as missing.",
         "Write paths relative to `challenge_config.yaml`."),
    Rule("EV010", "image-ignored", "warning", "image that is ignored",
         "EvalAI uses an image that ends in `.jpg`, `.jpeg` or `.png`; any other one, or a missing "
         "file, is ignored silently.",
         "Add a PNG or JPEG with such an ending, or remove the key."),
    Rule("EV011", "tags-many", "error", "too many tags",
         "EvalAI accepts at most 4 tags.",
         "Remove some tags."),
    Rule("EV012", "domain-unknown", "error", "unknown domain",
         "EvalAI accepts the domains CV, NLP, RL, MM, AUD and TAB.",
         "Write one of these, or remove the key."),
    Rule("EV013", "prize-invalid", "error", "invalid prize",
         "EvalAI refuses a prize without `rank`, `amount` or `description`, a rank that occurs "
         "twice, and an amount that is not a number with a currency (`100.00USD`).",
         "Write `rank`, `amount` and `description` for each prize."),
    Rule("EV014", "image-foreign", "error", "own worker image",
         "EvalAI accepts images of its own registry and machine images (`ami-…`) only; there is no "
         "own image on hosted workers.",
         "Remove `worker_image_url`; write the script for Python 3.9 and the standard library."),
    Rule("EV015", "python-version", "error", "unknown worker_python_version",
         "Hosted workers have Python 3.7, 3.8 or 3.9, and 3.9 by default.",
         "Write `worker_python_version: \"3.9\"`, with quotation marks."),
    Rule("EV016", "sponsor-invalid", "error", "incomplete sponsor",
         "EvalAI refuses a sponsor without `name` or `website`: \"Sponsor name or url not found\".",
         "Write `name` and `website` for each sponsor."),
)  # fmt: skip

_SCRIPT = (
    Rule("EV020", "script-not-zip", "error", "evaluation script that is no ZIP",
         "EvalAI demands that `evaluation_script` ends in `.zip`. Another file with this ending is "
         "accepted, and the worker cannot load the challenge.",
         "Pack the script: `cd evaluation_script && zip -r ../evaluation_script.zip .`"),
    Rule("EV021", "script-wrapped", "error", "wrapper folder in the script",
         "The worker imports the ZIP as a package. With a folder around the files, the package is "
         "empty: EvalAI accepts the bundle, and every run fails.",
         "Pack the files without a folder around them."),
    Rule("EV022", "script-no-init", "error", "script without __init__.py",
         "The worker imports the ZIP as a package. Without `__init__.py` the package is empty: "
         "EvalAI accepts the bundle, and every run fails.",
         "Add `__init__.py` with `from .main import evaluate`."),
    Rule("EV023", "init-no-evaluate", "error", "package without evaluate",
         "The worker calls `evaluate` of the package. If `__init__.py` does not define or import "
         "it, every run fails with an AttributeError.",
         "Write `from .main import evaluate` in `__init__.py`."),
    Rule("EV024", "import-absolute", "error", "absolute import of an own module",
         "The folder of the script is not on Python's path, so only relative imports find its "
         "modules. The worker cannot load the challenge.",
         "Write a dot before the module: `from .main import evaluate`."),
    Rule("EV025", "evaluate-missing", "error", "missing module or function",
         "The import of the package stops with an ImportError, and the worker cannot load the "
         "challenge.",
         "Define `evaluate` in the module that `__init__.py` imports it from."),
    Rule("EV026", "evaluate-signature", "error", "evaluate with other parameters",
         "The worker calls `evaluate(test_annotation_file, user_submission_file, phase_codename, "
         "submission_metadata=…)`; every run fails with a TypeError.",
         "Write `def evaluate(test_annotation_file, user_submission_file, phase_codename, "
         "**kwargs):`"),
    Rule("EV027", "evaluate-exits", "error", "script that ends its process",
         "The worker catches `Exception` only, so `sys.exit` ends the worker itself, and the "
         "submission stays \"running\". `argparse` calls it for wrong arguments; `os.abort` and "
         "`os.kill` cannot be caught at all.",
         "Raise an exception, such as ValueError, with a text for the participant."),
    Rule("EV028", "evalai-syntax-too-new", "error", "syntax too new for the worker",
         "Hosted workers have Python 3.7, 3.8 or 3.9. They stop with a SyntaxError when they load "
         "the challenge.",
         "Write the line for the older Python, or raise `worker_python_version` up to 3.9."),
    Rule("EV029", "evalai-syntax-invalid", "error", "Python that cannot be parsed",
         "The worker stops with a SyntaxError when it loads the challenge.",
         "Correct the line."),
    Rule("EV030", "requirement-pinned", "error", "requirement against a pinned version",
         "The worker installs `requirements.txt` with its numpy, scipy and pandas pinned. Another "
         "version cannot be installed, and the worker cannot load the challenge.",
         "Remove the version, or the line."),
    Rule("EV031", "script-result-missing", "error", "no result",
         "A submission without `result` in what `evaluate` returns is Failed.",
         "Return `{\"result\": [{split: {label: number}}]}`."),
    Rule("EV032", "error-bar-missing", "error", "missing error bar",
         "If `evaluate` returns `error`, each label needs `error_<label>`: one that is missing "
         "makes the whole leaderboard answer HTTP 500.",
         "Return an error bar for every label of the leaderboard, or none at all."),
    Rule("EV033", "error-bars-none", "info", "no error bars",
         "EvalAI sorts by one metric. Ties go to the smaller error bar, and without error bars to "
         "the newer submission.",
         "Return `\"error\": [{split: {\"error_<label>\": number}}]` with all labels."),
    Rule("EV034", "evalai-scores-not-rounded", "info", "scores that are not rounded",
         "`leaderboard_decimal_precision` acts on the shown table only; the API gives every digit, "
         "and more digits reveal labels.",
         "Round in the script."),
    Rule("EV035", "label-missing", "warning", "label without a score",
         "A label that is missing in `result`, or has the value null, counts as 0 when the "
         "leaderboard is sorted by it.",
         "Return a number for every label of the leaderboard, in the same letters."),
)  # fmt: skip

_PHASES = (
    Rule("EV040", "dates-mixed", "error", "dates with and without quotation marks",
         "EvalAI compares the two dates. A text and a date cannot be compared, and the upload ends "
         "with HTTP 500.",
         "Put all dates into quotation marks."),
    Rule("EV041", "date-unquoted-offset", "error", "date with an offset, without quotation marks",
         "YAML reads it as a date with a time zone, and the upload ends with HTTP 500.",
         "Put all dates into quotation marks: `\"2027-01-31T12:00:00+09:00\"`."),
    Rule("EV042", "date-without-time", "error", "date without a time",
         "EvalAI refuses a date that has no time.",
         "Write `\"2027-01-31T12:00:00+00:00\"`."),
    Rule("EV043", "evalai-date-invalid", "error", "date that cannot be read",
         "EvalAI reads ISO dates only and refuses the others: \"Datetime has wrong format\".",
         "Write `\"2027-01-31T12:00:00+00:00\"`."),
    Rule("EV044", "evalai-backwards", "error", "end before the start",
         "EvalAI refuses a start after the end.",
         "Correct the dates."),
    Rule("EV045", "dates-as-text", "error", "dates whose texts are in another order",
         "EvalAI compares dates in quotation marks as texts. Their texts are in another order than "
         "their times, so right dates are refused, or wrong ones accepted.",
         "Write both dates with the same offset and the same number of digits."),
    Rule("EV046", "phase-incomplete", "error", "incomplete phase",
         "EvalAI refuses a phase without `name`, `codename`, `description` or dates. One without "
         "`id` ends the upload with HTTP 500.",
         "Write `id`, `name`, `codename`, `description`, `start_date` and `end_date`."),
    Rule("EV047", "evalai-phases-missing", "error", "no phases",
         "EvalAI refuses the bundle: \"No challenge phase key found\".",
         "Add `challenge_phases:`."),
    Rule("EV048", "id-twice", "error", "two entries with one id or codename",
         "EvalAI refuses phases and splits with the same codename. Of two entries with one id, the "
         "later one takes the place of the other.",
         "Give each entry an id and a codename of its own."),
    Rule("EV049", "max-submissions-missing", "error", "no limit of submissions",
         "One of `max_submissions_per_month` and `max_submissions` must be written; otherwise "
         "EvalAI refuses the phase: \"This field may not be null\".",
         "Write `max_submissions: 20`."),
    Rule("EV050", "per-day-missing", "warning", "no daily limit",
         "Without `max_submissions_per_day` the limit is 100000 a day. Failed and cancelled tries "
         "do not count.",
         "Write `max_submissions_per_day`."),
    Rule("EV051", "file-types", "info", "file types that are not enforced",
         "`allowed_submission_file_types` is stored and never enforced: the script gets any file.",
         "Check the file in the script."),
    Rule("EV052", "logs-disabled", "warning", "logs disabled",
         "With `disable_logs: true` a failed submission carries no text: a participant "
         "cannot see why a file failed.",
         "Leave the logs on, and let the script write no labels in any path."),
    Rule("EV053", "annotation-missing", "warning", "phase without annotations",
         "EvalAI accepts the phase. Its worker cannot load the challenge until the annotation file "
         "was uploaded.",
         "Name the file: `test_annotation_file: annotations/test.csv`."),
    Rule("EV054", "public-selected", "error", "public submissions and one that is selected",
         "EvalAI refuses `is_submission_public: true` together with "
         "`is_restricted_to_select_one_submission: true`.",
         "Set one of them to false."),
    Rule("EV055", "attribute-invalid", "error", "invalid submission attribute",
         "EvalAI demands `name`, `description` and `type` for each attribute, one of the types "
         "boolean, text, radio and checkbox, and `options` for the last two.",
         "Complete the attribute."),
)  # fmt: skip

_BOARDS = (
    Rule("EV060", "evalai-leaderboard-missing", "error", "no leaderboard",
         "EvalAI refuses the bundle: \"There is no key for the leaderboard\".",
         "Add `leaderboard:` with one entry."),
    Rule("EV061", "schema-incomplete", "error", "incomplete leaderboard",
         "EvalAI refuses a leaderboard without `id`, `schema`, `labels` or `default_order_by`.",
         "Write `id` and `schema: {labels: […], default_order_by: …}`."),
    Rule("EV062", "default-order-unknown", "error", "default_order_by is no label",
         "EvalAI refuses a leaderboard whose `default_order_by` is not among its labels.",
         "Write one of the labels."),
    Rule("EV063", "sort-ascending-missing", "error", "metadata without sort_ascending",
         "As soon as a label has metadata, only `sort_ascending: false` sorts it descending. "
         "Metadata without it turns the order ascending: the worst is ranked first.",
         "Write `sort_ascending: false` or `true` for each label."),
    Rule("EV064", "evalai-sorting", "error", "metric sorted the wrong way",
         "The worst system is ranked first. After an admin's approval, leaderboard and splits "
         "cannot be changed.",
         "Sort errors such as MSE ascending, and correlations descending."),
    Rule("EV065", "order-ignored", "warning", "order that is ignored",
         "The metadata of a label are stronger than `is_leaderboard_order_descending`, which says "
         "the opposite here and is ignored.",
         "Write the same order in both places."),
    Rule("EV066", "dataset-splits-missing", "error", "no dataset splits",
         "EvalAI refuses the bundle: \"There is no key for dataset splits\".",
         "Add `dataset_splits:` with one entry."),
    Rule("EV067", "split-incomplete", "error", "incomplete dataset split",
         "EvalAI refuses a split without `name` or `codename`. One without `id` ends the upload "
         "with HTTP 500.",
         "Write `id`, `name` and `codename`."),
    Rule("EV068", "phase-splits-missing", "error", "no challenge_phase_splits",
         "Without the key the upload ends with HTTP 500 and no reason; an empty list is refused.",
         "Add `challenge_phase_splits:` with an entry for each board of a phase."),
    Rule("EV069", "phase-split-incomplete", "error", "incomplete phase split",
         "EvalAI demands `challenge_phase_id`, `leaderboard_id`, `dataset_split_id`, `visibility`, "
         "`leaderboard_decimal_precision` and `is_leaderboard_order_descending`. Without one of "
         "the ids the upload ends with HTTP 500.",
         "Write all six keys."),
    Rule("EV070", "phase-split-unknown", "error", "phase split names a missing entry",
         "EvalAI refuses an id that no phase, leaderboard or split has. An id in quotation marks "
         "is another one.",
         "Write the `id` of an entry."),
    Rule("EV071", "phase-split-twice", "error", "same phase split twice",
         "EvalAI refuses two phase splits with the same three ids.",
         "Remove one of them."),
    Rule("EV072", "phase-split-key", "warning", "key of a phase split that is ignored",
         "When a challenge is created, EvalAI reads six keys of a phase split and ignores all "
         "others, such as `show_leaderboard_by_latest_submission`.",
         "Remove the key, and set the option on the page of the challenge."),
    Rule("EV073", "visibility-unknown", "error", "unknown visibility",
         "EvalAI accepts 1 (hosts), 2 (participant and hosts) and 3 (public).",
         "Write 1, 2 or 3."),
    Rule("EV074", "board-private", "info", "board that is not public",
         "With a visibility of 1 or 2, participants get \"the leaderboard is not public\".",
         "Write `visibility: 3` for a public board."),
)  # fmt: skip

_LATER = (
    Rule("EV075", "submissions-private", "warning", "submissions that are private",
         "Without `is_submission_public: true` a submission is private until its participant makes "
         "it public, and the public leaderboard shows public submissions only.",
         "Write `is_submission_public: true`."),
    Rule("EV076", "choice-ignored", "warning", "participants cannot choose what is public",
         "Without `leaderboard_public: true` EvalAI ignores whether a participant makes a "
         "submission public, and uses `is_submission_public`.",
         "Write `leaderboard_public: true`."),
    Rule("EV077", "phase-private", "warning", "phase that is not public",
         "Without `is_public: true` EvalAI accepts submissions of the hosts only, and tells "
         "participants that the phase is not public.",
         "Write `is_public: true`, at the latest when the phase begins."),
    Rule("EV078", "evalai-limit-zero", "warning", "limit of 0",
         "EvalAI accepts no submission: \"You have exhausted maximum submission limit!\". A "
         "missing `max_submissions_per_month` is that of `max_submissions`.",
         "Write a number of 1 or more; use the dates to close a phase."),
    Rule("EV079", "evalai-score-no-number", "error", "score that is not a number",
         "One score that is a word, true or a list makes the whole leaderboard answer HTTP 500 if "
         "it is sorted by this label.",
         "Return a number for each label, or raise a ValueError with a text for the participant."),
    Rule("EV080", "evalai-scores-not-finite", "info", "NaN is not refused",
         "With NaN or infinity in what `evaluate` returns, the submission fails, and the "
         "participant sees no reason.",
         "Check scores with `math.isfinite`, and raise a ValueError with a text for the "
         "participant."),
    Rule("EV081", "evalai-score-text", "warning", "score that is a text",
         "EvalAI sorts by the number that a text holds. One text without a number makes the whole "
         "leaderboard answer HTTP 500.",
         "Return the number itself: `round(value, 3)`, not a text of it."),
)  # fmt: skip

EVALAI_CODES = (*_CONFIGURATION, *_SCRIPT, *_PHASES, *_BOARDS, *_LATER)

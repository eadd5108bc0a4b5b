"""The rules: each with its code, severity, title, explanation and hint.

A code is never reused and never changes its meaning, because teams, CI jobs and platforms refer
to it. ``python -m xacle_eval.submissions.rules`` generates ``docs/rules.md`` from this file.
"""

from __future__ import annotations

from xacle_eval.challenge.severities import EXPLANATION, may_become
from xacle_eval.submissions.examples import EXAMPLES
from xacle_eval.submissions.export_rules import EXPORT_RULES
from xacle_eval.submissions.rule import Rule

__all__ = ["RULES", "RULE_SET_VERSION", "Rule", "rule", "rules_markdown"]

RULE_SET_VERSION = 6
"""Increased whenever a rule is added, or its severity or condition changes."""


_ALL = (
    # The file
    Rule("XAC001", "file-missing", "error", "file missing",
         "The file must exist and be readable.",
         "Check the path."),
    Rule("XAC002", "file-empty", "error", "empty file",
         "A submission must have at least one row.",
         "Write one row per pair: the id, a comma, the prediction."),
    Rule("XAC003", "file-too-large", "error", "file too large",
         "Reading stops at the challenge's file size limit.",
         "Check what was written to the file: it needs one short row per pair."),
    Rule("XAC004", "not-text", "error", "not a text file",
         "A prediction file is CSV text. ZIP and Excel files with a CSV name, UTF-16 text and "
         "binary data are detected.",
         "Save the file as CSV text in UTF-8."),
    Rule("XAC005", "not-utf8", "error", "not UTF-8",
         "The text must be UTF-8, with or without a byte order mark.",
         "Save the file as UTF-8."),
    Rule("XAC006", "wrong-delimiter", "error", "wrong delimiter",
         "The fields must be separated by commas. Semicolons, tabs, vertical bars and spaces are "
         "recognised and reported.",
         "Separate the fields with commas and write numbers with a decimal point."),
    Rule("XAC007", "broken-quotes", "error", "broken quotation marks",
         "A quoted field must be closed, and a comma or the end of the line must follow.",
         "Close the quotation mark, or double it inside a quoted field."),
    Rule("XAC008", "too-many-rows", "error", "too many rows",
         "Reading stops after 2n + 100 rows for n pairs, or after ten lines per allowed row.",
         "Write one row per pair."),
    Rule("XAC009", "field-too-long", "error", "field too long",
         "No row may have more than 131,072 characters.",
         "Check the quotation marks and line breaks around it."),
    # The columns
    Rule("XAC010", "header-unknown", "error", "unknown header",
         "The first row must name the columns, or the file must have two columns, id and "
         "prediction, and no header.",
         "Start the file with a header that names the two columns."),
    Rule("XAC011", "column-missing", "error", "missing column",
         "A header must name the id column and the prediction column, by their names or aliases.",
         "Name the column in the header."),
    Rule("XAC012", "column-twice", "error", "duplicate column",
         "Only one column may have the name of the id column, and only one that of the prediction "
         "column. If there is none, only one may have an alias.",
         "Keep one of the columns, or rename the others."),
    Rule("XAC013", "surplus-columns", "warning", "unused columns",
         "Other columns are ignored. They are reported because one of them may be mistyped.",
         "Remove it to silence this warning."),
    Rule("XAC014", "wrong-field-count", "error", "wrong number of fields",
         "Every row must have as many fields as the first row.",
         "Quote fields that contain commas, and write numbers with a decimal point."),
    # The ids
    Rule("XAC020", "id-empty", "error", "empty id",
         "Every row must have an id.",
         "Fill in the id, or delete the row."),
    Rule("XAC021", "id-unknown", "error", "unknown id",
         "Every id must belong to the split. The nearest known id is suggested.",
         "Correct the id, or delete the row."),
    Rule("XAC022", "id-of-other-split", "error", "id of another split",
         "Every id must belong to the split that is scored. The id's own split is reported.",
         "Submit predictions for the right split, or select the split with --split."),
    Rule("XAC023", "id-duplicate", "error", "duplicate id",
         "Every pair must have exactly one prediction. The lines of a duplicate id are reported.",
         "Keep one row per id."),
    Rule("XAC024", "id-missing", "error", "missing ids",
         "Every pair of the split must have a prediction. An incomplete file is never scored.",
         "Add a row for each missing id."),
    Rule("XAC025", "id-with-folders", "warning", "ids with folders",
         "A leading / and folders before the file name are removed.",
         "Write only the file name to silence this warning."),
    Rule("XAC026", "id-ending", "error", "extension or letter case of an id",
         "Ids must be the same as in the manifest, including the extension and letter case.",
         "Write the ids as in the manifest."),
    Rule("XAC027", "id-with-blanks", "warning", "ids with spaces",
         "Spaces around an id are removed.",
         "Write the id without spaces to silence this warning."),
    # The predictions
    Rule("XAC030", "prediction-missing", "error", "missing prediction",
         "Every row must have a prediction. An empty field, NA, N/A, n.a., <NA>, null, None and - "
         "count as missing.",
         "Predict a score for every pair; missing predictions are not filled in."),
    Rule("XAC031", "not-a-number", "error", "not a number",
         "A prediction must be a decimal number such as 7.25 or 1e-3. A decimal comma is "
         "recognised and reported.",
         "Write a number with a decimal point."),
    Rule("XAC032", "prediction-nan", "error", "NaN",
         "A prediction must not be NaN. Rows with NaN are not dropped.",
         "Find out why the model returned NaN, and predict a score for every pair."),
    Rule("XAC033", "prediction-infinite", "error", "infinity",
         "A prediction must be finite.",
         "Find out why the model returned infinity, and predict a finite score."),
    Rule("XAC034", "number-too-large", "error", "number too large",
         "A prediction must not exceed 1e100 in magnitude, because the mean squared error could "
         "overflow. On a platform, the error itself must stay below 1e10.",
         "Find out why the model returned it, and predict a score on the challenge's scale."),
    Rule("XAC035", "out-of-range", "warning", "outside the score range",
         "Predictions outside the listeners' scale are not clipped. They affect MSE more than the "
         "correlations.",
         "Clip the predictions to the scale, unless the values are intended."),
    Rule("XAC036", "constant", "warning", "constant predictions",
         "All predictions are equal, so the correlations are undefined.",
         "Check that the file has the model's output and not a default value."),
    Rule("XAC037", "other-scale", "warning", "another scale",
         "Predictions seem to use 0–1, −1–1 or 0–100, but the challenge uses another scale. This "
         "changes MSE, not the correlations.",
         "Map the predictions to the challenge's scale."),
    Rule("XAC038", "heavy-ties", "info", "many ties",
         "The predictions have few distinct values. Tied pairs lower KTAU and SRCC.",
         "Write more decimals if the model returns them."),
    Rule("XAC039", "far-out-of-range", "error", "far outside the score range",
         "A prediction must not be further outside the scale than the challenge allows: by default "
         "ten times the width of the scale. Such values hide all other errors in the MSE, and "
         "can be used to read the labels from it.",
         "Find out why the model returned it, and predict a score on the challenge's scale."),
    # References only
    Rule("XAC050", "rating-repeated", "warning", "repeated rating",
         "A listener rated the same pair more than once. All ratings are averaged.",
         "Remove the repeated ratings if they are mistakes."),
    Rule("XAC051", "text-differs", "warning", "several texts for one id",
         "Rows with the same id have different texts. Their ratings are averaged together.",
         "Give each pair of audio and text its own id."),
    Rule("XAC052", "listener-empty", "error", "empty listener",
         "Every rating must name its listener.",
         "Fill in the listener, or delete the row."),
    Rule("XAC053", "surplus-pairs", "info", "references of other pairs",
         "References of pairs outside the split are ignored.",
         "No action is needed."),
    # Several submissions together
    Rule("XAC060", "same-bytes", "warning", "identical files of different teams",
         "Identical files of different teams are reported and stay ranked.",
         "Ask the teams."),
    Rule("XAC061", "too-many-systems", "warning", "too many systems",
         "The challenge limits the number of systems per team; without a limit, more than 50 "
         "systems are reported. In a package, too many systems are an error. The scores of many "
         "systems reveal the labels, so a leaderboard does not rank a team with more than twice "
         "the allowed number, unless --rank-suspicious is used.",
         "Ask the team which systems count. In a folder, start the names of the other files with "
         "_; in a ledger, use ledger withdraw or ledger select."),
    Rule("XAC062", "same-label", "error", "same label",
         "A team and a label identify a system, so two files cannot share them. Labels that look "
         "alike or differ in letter case count as the same. If another team's upload has a label "
         "that begins with a team's name, both uploads are unranked.",
         "Remove or rename one of the files; if they are of two teams, ask both."),
    Rule("XAC063", "passed-over", "warning", "ignored file",
         "Folders are searched two levels deep, TEAM/ and TEAM/FOLDER/. Deeper folders, and files "
         "that are neither prediction files nor packages, are ignored. "
         "Files such as Thumbs.db and README.txt are a note.",
         "If it has predictions, save it as CSV; otherwise, start its name with _ to skip it."),
    Rule("XAC064", "undefined-unranked", "error", "undefined metric",
         "The challenge does not rank a system with an undefined correlation.",
         "Submit predictions that vary."),
    Rule("XAC065", "same-predictions", "warning", "same predictions of different teams",
         "Predictions of different teams that are the same within rounding, or linearly related "
         "(a correlation of 1 or −1), are reported and stay ranked.",
         "Ask the teams."),
    Rule("XAC066", "team-repeats-itself", "warning", "same predictions of one team",
         "Systems of one team with the same file, or with predictions that are the same within "
         "rounding or linearly related, are reported.",
         "Check whether a wrong file was submitted."),
    Rule("XAC067", "probe-like", "warning", "predictions like a probe",
         "Predictions that are nearly constant with a few spikes, or ordinary predictions with a "
         "few values far outside the scale, can be used to read single labels from the scores. A "
         "leaderboard does not rank files with values far outside the scale unless "
         "--rank-suspicious is used; validate and score do not report them.",
         "Ask the team; check the file for outliers."),
    Rule("XAC069", "look-alike-teams", "warning", "team names that look alike",
         "Two teams have names that differ only in letter case, in invisible characters, or in "
         "characters that look the same: letters of different scripts, I, l, 1 and |, or O and 0.",
         "Ask the teams; a file may have been sent under another team's name."),
    Rule("XAC160", "averages-and-ratings", "error", "averages that disagree with ratings",
         "If a reference file has ratings and a column of averages, or one file has ratings and "
         "another one averages, the averages of the ratings are used. Those in a file must be "
         "the same to their printed precision.",
         "Remove the column or file that is wrong."),
    Rule("XAC161", "same-as-references", "warning", "predictions equal to the references",
         "Predictions that reproduce the references, with no error or a correlation of 1 over all "
         "pairs, are reported and stay ranked.",
         "Check that the right file was submitted: it may hold the labels."),
    Rule("XAC162", "negative-correlation", "warning", "clearly negative correlation",
         "The rank correlation of the predictions is clearly below zero.",
         "Check the direction: a distance must be turned into a score, because higher must mean a "
         "better match. Check also that every prediction has the id of its own pair."),
    # Tables of published results
    Rule("XAC070", "result-out-of-range", "error", "result outside its metric's range",
         "A correlation is between −1 and 1, and a mean squared error is not negative.",
         "Correct the value, and check that the columns are in the right order."),
    Rule("XAC071", "system-twice", "error", "duplicate system",
         "A table of results must have one row per system.",
         "Keep one row per system, or add a team column to distinguish the teams."),
    # Packages: archives that are refused
    Rule("XAC080", "zip-damaged", "error", "invalid ZIP archive",
         "A package must be a complete ZIP archive, stored or deflated. Its directory, the local "
         "headers and the extra fields must agree, and every byte before the directory must belong "
         "to a listed file.",
         "Create the archive again, for example with `xacle-eval package`."),
    Rule("XAC081", "zip-members", "error", "too many files in the archive",
         "An archive with more entries than the challenge's limit is not unpacked.",
         "Include only the files of your systems."),
    Rule("XAC082", "zip-size", "error", "archive too large",
         "An archive larger than the challenge's limit, packed or unpacked, is not unpacked.",
         "Include only the predictions, the descriptions and the report."),
    Rule("XAC083", "zip-ratio", "error", "compression ratio too high",
         "A file that expands by more than the challenge's limit may be a ZIP bomb.",
         "Create the archive again, for example with `xacle-eval package`."),
    Rule("XAC084", "zip-link", "error", "link or device in the archive",
         "An archive may contain only files and folders, not symbolic links, devices or pipes.",
         "Add the file itself to the archive."),
    Rule("XAC085", "zip-encrypted", "error", "encrypted archive",
         "An encrypted file cannot be checked.",
         "Create the archive without a password."),
    Rule("XAC086", "zip-name", "error", "unsafe name in the archive",
         "Names must be relative, use / between folders, and be valid on every system. They must "
         "not contain .. or invisible characters. Hidden names, which begin with a dot, and names "
         "that Git reads are refused.",
         "Rename the file; use letters, digits, dots, hyphens and underscores."),
    Rule("XAC087", "zip-twice", "error", "same name for two files",
         "Two files must not have the same name, or names that differ only in letter case or "
         "encoding. They would be the same file on some systems.",
         "Rename or remove one of them."),
    Rule("XAC088", "zip-nested", "error", "archive or deep folder in the archive",
         "Archives inside the archive are not opened, and folders are at most four levels deep.",
         "Add the files themselves, at the top of the archive."),
    Rule("XAC089", "zip-reserved", "error", "reserved name",
         "Hosting platforms execute a file named metadata or metadata.yaml at the top of a ZIP.",
         "Name the description after its system: LABEL.yaml."),
    # Packages: their contents
    Rule("XAC090", "package-empty", "error", "no predictions in the package",
         "A package must have a prediction file per system, at its top or in one folder.",
         "Add LABEL.csv at the top of the archive, and LABEL.yaml in the same folder."),
    Rule("XAC091", "predictions-missing", "error", "description without predictions",
         "Every description must belong to a prediction file with the same label.",
         "Add LABEL.csv, or rename the description after its system."),
    Rule("XAC092", "description-missing", "error", "missing description",
         "Every system of a package must have a description with the same label, if the challenge "
         "requires it.",
         "Write LABEL.yaml; `xacle-eval package --template` prints a template."),
    Rule("XAC093", "package-teams", "error", "several teams in a package",
         "The labels of all systems in a package must name the same team.",
         "Start every label with the team's name and end it with a number: Kumo_01, Kumo_02."),
    Rule("XAC094", "surplus-files", "warning", "ignored files",
         "Other files are ignored. They are reported because one of them may be mistyped.",
         "Remove them to silence this warning."),
    Rule("XAC095", "report-not-pdf", "error", "report is not a PDF",
         "A file with the extension .pdf must be a PDF document.",
         "Export the report as PDF."),
    Rule("XAC096", "report-too-short", "error", "report too short",
         "A technical report must have as many pages as the challenge requires: at least two for "
         "XACLE.",
         "Submit a report of the required length, or none."),
    Rule("XAC097", "report-unreadable", "warning", "report unreadable",
         "The pages of an encrypted, damaged or very complex PDF cannot be counted. All reports of "
         "a package share one second of CPU time; after it, no other report is read.",
         "Export the report as a plain PDF."),
    Rule("XAC098", "package-at-fault", "error", "invalid package",
         "A system is valid only if its package is.",
         "Fix the errors of the package."),
    # System descriptions
    Rule("XAC100", "yaml-unreadable", "error", "invalid YAML",
         "A description must be one YAML document in UTF-8, with keys and values.",
         "Fix the line; `xacle-eval package --template` prints a valid template."),
    Rule("XAC101", "yaml-too-complex", "error", "YAML too complex",
         "The size, the nesting, and the number of values and aliases of a description are "
         "limited.",
         "Write the description like the template, without anchors."),
    Rule("XAC102", "yaml-key-twice", "error", "duplicate key",
         "A key must be unique; otherwise the last value would silently replace the others.",
         "Keep one of the keys."),
    Rule("XAC103", "key-unknown", "error", "unknown key",
         "Only the keys of the template are allowed; any other key may be mistyped.",
         "Correct the key, or remove it."),
    Rule("XAC104", "key-missing", "error", "missing key",
         "Every required key of the template must have a value.",
         "Add the key; `xacle-eval package --template` shows where."),
    Rule("XAC105", "value-wrong", "error", "invalid value",
         "Every value must have the type that the template shows.",
         "Correct the value."),
    Rule("XAC106", "placeholder-left", "error", "placeholder not filled in",
         "Placeholders of the template, in angle brackets, must be replaced.",
         "Replace the placeholder with your own value."),
    Rule("XAC107", "label-differs", "error", "label differs from the file name",
         "The label in a description must be the label in the file names.",
         "Correct the label, or rename the files."),
    # Task rules (section 2.3 of the XACLE paper)
    Rule("XAC110", "resource-not-approved", "error", "resource not approved",
         "External data and pre-trained models must be on the challenge's list of approved "
         "resources, or be requested.",
         "Use an approved resource, or ask the organisers and write `requested: true`."),
    Rule("XAC111", "resource-requested", "warning", "requested resource",
         "A resource that is not on the list may be used after the organisers approve it.",
         "No action is needed; the organisers decide."),
    Rule("XAC112", "resources-unchecked", "info", "resources not checked",
         "Resources are not checked if the challenge file has no list of approved resources.",
         "The submission needs no change. Organisers can name the list under [packages] in the "
         "challenge file."),
    Rule("XAC113", "trained-on-missing", "error", "training data of a model not declared",
         "The training data of a pre-trained model must be declared too.",
         "List the data sets under `trained_on`."),
    Rule("XAC114", "ensemble", "error", "ensemble of several models",
         "An ensemble of several models is prohibited; a mixture of experts inside one model is "
         "allowed.",
         "Submit the systems separately."),
    Rule("XAC115", "data-collected", "error", "newly collected data",
         "Collecting new audio, texts or ratings for training is prohibited.",
         "Train on data that are published and openly available."),
    Rule("XAC116", "results-differ", "warning", "claimed results differ",
         "The results in a description must be those that the toolkit computes from the "
         "predictions.",
         "Ask the team which predictions the results belong to."),
    # Added later
    Rule("XAC117", "id-too-long", "error", "id too long",
         "An id, with its folders, must not have more than 4,096 characters.",
         "Write the ids as in the manifest; check the quotation marks around them."),
    Rule("XAC118", "package-too-costly", "error", "package too large to check",
         "The files of a package share limits: 2,000,000 fields (every 8 bytes count as one "
         "more) and 50,000 rows with findings in "
         "prediction files (more for large challenges), 400,000 bytes and 20,000 values in "
         "descriptions. After a limit, no other file is read.",
         "Fix the findings of the other files, make the files smaller, or submit the systems in "
         "several packages."),
    # The toolkit itself
    Rule("XAC120", "internal-error", "error", "internal error",
         "A bug in the toolkit: an unexpected error while a submission was checked, scored or "
         "compared. The other submissions are not affected, and the exit code is 3.",
         "This is a bug in xacle-eval, not an error in your file. Please report it with the "
         "output of the same command with --debug."),
    Rule("XAC121", "similarity-incomplete", "warning", "search for similar predictions incomplete",
         "The number of comparisons is limited. If very many systems are similar, the least "
         "similar ones are not compared.",
         "Compare smaller groups of systems."),
    # Causes of several findings at once
    Rule("XAC145", "odd-characters", "error", "unusual characters",
         "A column name or an id contains an invisible character, or one that looks like another: "
         "a second byte order mark, a zero-width or non-breaking space, a full-width letter, a "
         "typographic dash or quotation mark. The character is named by its code point.",
         "Write the name again, without the character."),
    Rule("XAC146", "leading-zeros", "error", "leading zeros of an id",
         "Numbers in ids must have the leading zeros of the manifest. Spreadsheets and pandas "
         "remove them from a column of numbers.",
         "Write the ids as in the manifest."),
    Rule("XAC147", "columns-exchanged", "error", "swapped columns",
         "The column of ids holds the predictions, and the column of predictions holds the ids.",
         "Swap the names in the header; without a header, write the id first."),
    Rule("XAC148", "header-repeated", "error", "repeated header",
         "The header must be in the first row only. It is repeated if files were joined.",
         "Delete the line, and check that the rows after it belong to this file."),
    Rule("XAC149", "merge-conflict", "error", "merge conflict",
         "The file contains the lines <<<<<<<, ======= and >>>>>>>, with which Git marks the "
         "two versions of a conflict. Nothing else is reported.",
         "Keep one of the versions, and delete the marker lines."),
    Rule("XAC150", "rows-in-quotes", "error", "rows in quotation marks",
         "A row in one pair of quotation marks is one field. Excel writes such rows if the whole "
         "row was pasted into one cell.",
         "Remove the quotation marks around the rows."),
    Rule("XAC151", "other-kind", "error", "another kind of file",
         "The header shows another kind of file: references or ratings instead of predictions, "
         "predictions instead of references, the results of an evaluation, or one column per "
         "listener.",
         "Pass the right file."),
    # Special files and links
    Rule("XAC125", "not-a-regular-file", "error", "not a regular file",
         "Pipes, sockets and devices are not read, because reading them may never end.",
         "Write the contents to a file and pass that file."),
    Rule("XAC126", "link-not-followed", "error", "link not followed",
         "Symbolic links in a folder are not followed. With --follow-links, they are followed if "
         "they lead to a place in the same folder.",
         "Replace the link with a copy of the file or folder."),
    # Several targets
    Rule("XAC130", "target-absent", "info", "optional target not predicted",
         "A submission can leave out a target that the challenge file marks as optional. It is "
         "not ranked on the board of this target, and not on the overall board.",
         "Add the column to be ranked on the board of this target, too."),
    Rule("XAC131", "not-on-every-board", "error", "not ranked for every target",
         "The overall board ranks the systems that are on the board of every target.",
         "Predict every target."),
    Rule("XAC132", "target-unknown", "error", "unknown target",
         "The column `target` of a table of results must name a target of the challenge.",
         "Write the name of the target as in the challenge file."),
    # Names of files and systems
    Rule("XAC175", "copied-name", "warning", "name of a copy",
         "A name such as `Kumo_01 (1)`, `Kumo_01 - Copy` or `Copy of Kumo_01` is what browsers and "
         "file managers give to a second copy. The file belongs to the team of the original "
         "name.",
         "Send one of the files, or rename the copy: another system needs a number of its own."),
    Rule("XAC176", "label-without-team", "warning", "label without a team",
         "The label does not match `label_pattern` of the challenge file, so it counts as a team "
         "of its own. It is an info for a single file of a participant. In a team's folder, the "
         "folder is the team.",
         "Name the file TEAM_NN, such as Kumo_01, or put it into a folder with the team's name."),
    Rule("XAC177", "names-decoded", "warning", "encoding of names in the archive",
         "A ZIP marks names in UTF-8. Other names that are not ASCII are read as UTF-8, as "
         "Japanese (cp932) or as Western (cp437), in this order; the result may be wrong. Names "
         "that are valid UTF-8 are an info.",
         "Check the names. Create the archive with `xacle-eval package`, or use ASCII names."),
    Rule("XAC178", "pattern-unused", "info", "pattern without a submission",
         "A pattern of `baselines` or `out_of_competition` in the challenge file matches no "
         "submission. It may be mistyped, or its file may be missing.",
         "Compare the pattern with the labels: letter case matters."),
    # Tables of published results, continued
    Rule("XAC179", "metrics-exchanged", "warning", "metric columns that look swapped",
         "In every row, KTAU is larger in magnitude than SRCC. For real scores, KTAU is about two "
         "thirds of SRCC. In Table 1 of the XACLE paper, LCC and KTAU are swapped.",
         "Compare the header with the source of the table, and swap the two names."),
    Rule("XAC180", "result-missing", "error", "missing result",
         "In a table of results, a system without a value for the first metric of the ranking is "
         "not ranked. If another metric is missing, the system is ranked by the metrics before "
         "it, behind the systems that have a value.",
         "Add the value if it is known."),
    Rule("XAC181", "published-notation", "info", "notation of published values",
         "The formatting of a value in a table is ignored: bold, a reference mark, ± with an "
         "error. A correlation in percent is divided by 100.",
         "No action is needed."),
    # Ratings and columns, continued
    Rule("XAC182", "listener-variants", "warning", "listeners that are probably the same",
         "Names of listeners that differ only in leading zeros, letter case or spaces, such as 01 "
         "and 1, are probably one person. They count as different listeners.",
         "Write the name of a listener the same way in every row."),
    Rule("XAC183", "second-name", "warning", "several names of one column",
         "The header has the proper name of a column and also an alias of it. The column with the "
         "proper name is used.",
         "Remove or rename the other column."),
    *EXPORT_RULES,
)  # fmt: skip

RULES: dict[str, Rule] = {rule.code: rule for rule in sorted(_ALL, key=lambda each: each.code)}
_BY_NAME = {rule.name: rule for rule in _ALL}


def rule(name: str) -> Rule:
    """Return a rule by its name (``id-missing``)."""
    return _BY_NAME[name]


def rules_markdown() -> str:
    """Return ``docs/rules.md``."""
    lines = [
        "# Rules",
        "",
        "<!-- Generated from xacle_eval/submissions/rules.py by",
        "python -m xacle_eval.submissions.rules; do not edit. -->",
        "",
        "A submission with an *error* is not scored. A *warning* does not prevent scoring, except",
        "with `--strict`. An *info* needs no action. The same problem in many lines is one finding",
        "with a count and the first five lines. Each code has an example below, such as",
        "`rules.md#xac024`; `xacle-eval explain XAC024` prints it.",
        f"Codes are never reused. This is rule set {RULE_SET_VERSION}.",
        "",
        *EXPLANATION,
        "",
        "| code | name | severity | may become | rule | how to fix it |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in RULES.values():
        about, hint = (text.replace("|", "\\|") for text in (each.about, each.hint))
        code = f"[{each.code}](#{each.code.lower()})"
        words = [code, each.name, each.severity, may_become(each.code), about, hint]
        lines.append(f"| {' | '.join(words)} |")
    for each in RULES.values():
        lines += ["", *_section(each)]
    return "\n".join(lines) + "\n"


def _section(each: Rule) -> list[str]:
    """Return the section of a rule, whose heading is its anchor, such as ``rules.md#xac024``."""
    example = EXAMPLES.get(each.code, "")
    block = ["", "```text", *example.split("\n"), "```"] if example else []
    about = f"{each.title[0].upper()}{each.title[1:]} ({each.severity}). {each.about}"
    return [f"## {each.code}", "", about, *block, "", f"**Fix:** {each.hint}"]


if __name__ == "__main__":
    print(rules_markdown(), end="")  # noqa: T201 -- generates docs/rules.md

"""Every rule once: its code, severity, title, and how to mend what it finds.

Codes are for ever: a code is never reused and never changes its meaning, since teams,
CI runs and platforms refer to it. ``docs/rules.md`` is made from this file by
``python -m xacle_eval.submissions.rules``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xacle_eval.submissions.findings import SHOWN_LINES, Finding, Severity

__all__ = ["RULES", "RULE_SET_VERSION", "Rule", "rule", "rules_markdown"]

RULE_SET_VERSION = 2
"""Raised whenever a rule is added or a rule's severity or condition changes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: ``name`` is how the code refers to it, ``about`` what it demands and why."""

    code: str
    name: str
    severity: Severity
    title: str
    about: str
    hint: str

    def finding(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        count: int = 1,
        lines: Sequence[int] = (),
        hint: str | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding of this rule; ``hint`` and ``severity`` replace the rule's own."""
        return Finding(
            code=self.code,
            severity=severity or self.severity,
            title=self.title,
            message=message,
            file=file,
            line=line if line is not None or not lines else lines[0],
            column=column,
            count=count,
            lines=tuple(lines[:SHOWN_LINES]) or ((line,) if line is not None else ()),
            hint=self.hint if hint is None else hint,
        )


_ALL = (
    # The file
    Rule("XAC001", "file-missing", "error", "file missing",
         "The file must exist and be readable.",
         "Check the path."),
    Rule("XAC002", "file-empty", "error", "file empty",
         "A file without a single row holds no predictions.",
         "Write one row for each pair: the id, a comma, the prediction."),
    Rule("XAC003", "file-too-large", "error", "file too large",
         "A file larger than the challenge's limit is refused without reading on.",
         "A prediction file has one short row for each pair; check what was written into it."),
    Rule("XAC004", "not-text", "error", "not a text file",
         "A prediction file is CSV text. ZIP and Excel files under a CSV name, UTF-16 text and "
         "binary data are recognised and named.",
         "Save it as CSV text in UTF-8."),
    Rule("XAC005", "not-utf8", "error", "not UTF-8",
         "The text must be UTF-8, with or without a byte order mark.",
         "Save the file as UTF-8."),
    Rule("XAC006", "wrong-delimiter", "error", "wrong delimiter",
         "Fields are separated by commas; semicolons, tabs, bars and blanks are recognised and named.",
         "Separate the fields with commas and write numbers with a decimal point."),
    Rule("XAC007", "broken-quotes", "error", "broken quotation marks",
         "A quoted field must be closed, and be followed by a comma or the end of the line.",
         "Close the quotation mark, or write it twice inside a quoted field."),
    Rule("XAC008", "too-many-rows", "error", "too many rows",
         "Reading stops when a file has more than twice as many rows as there are pairs.",
         "Send one row for each pair."),
    Rule("XAC009", "field-too-long", "error", "field too long",
         "A single field, or a row, of over 131,072 characters is no id and no number.",
         "Check the quotation marks and line breaks around it."),
    # The columns
    Rule("XAC010", "header-unknown", "error", "header unknown",
         "The first row must name the columns, or the file must have two columns, id and prediction, "
         "and no header.",
         "Begin the file with a header that names the two columns."),
    Rule("XAC011", "column-missing", "error", "column missing",
         "A header must name the id column and the prediction column, by their names or their aliases.",
         "Name the column in the header."),
    Rule("XAC012", "column-twice", "error", "column given twice",
         "Only one column may go by the names of the id column, and one by those of the prediction column.",
         "Keep one of the columns, or rename the others."),
    Rule("XAC013", "surplus-columns", "warning", "surplus columns",
         "Other columns are ignored; they are named so that a mistyped one is noticed.",
         "They are ignored; leave them out to silence this."),
    Rule("XAC014", "wrong-field-count", "error", "wrong number of fields",
         "Every row has as many fields as the first one.",
         "Quote fields that hold commas; write numbers with a decimal point."),
    # The ids
    Rule("XAC020", "id-empty", "error", "empty id",
         "Every row says which pair it is about.",
         "Fill in the id, or delete the row."),
    Rule("XAC021", "id-unknown", "error", "unknown id",
         "Every id is one of the split's; the nearest known one is named.",
         "Correct the id, or delete the row."),
    Rule("XAC022", "id-of-other-split", "error", "id of another split",
         "Every id is of the split that is scored; the split it belongs to is named.",
         "Send the predictions of the right split, or name the split with --split."),
    Rule("XAC023", "id-duplicate", "error", "duplicate id",
         "Every pair has exactly one prediction; all lines of a repeated id are named.",
         "Keep one row for each id."),
    Rule("XAC024", "id-missing", "error", "ids missing",
         "Every pair of the split has a prediction: a part of the pairs is never scored as if it were all.",
         "Add a row for each of them."),
    Rule("XAC025", "id-with-folders", "warning", "ids with folders",
         "A leading / or folders before the file name are taken off.",
         "Write the file name alone to silence this."),
    Rule("XAC026", "id-ending", "error", "ending or letter case of an id",
         "Ids are written exactly as in the manifest, with their ending and in the same letter case.",
         "Write the ids as in the manifest."),
    Rule("XAC027", "id-with-blanks", "warning", "ids with blanks",
         "Blanks around an id are taken off.",
         "Write the id without blanks to silence this."),
    # The predictions
    Rule("XAC030", "prediction-missing", "error", "no prediction",
         "Every row holds a prediction; an empty field, NA, N/A, null and None are none.",
         "Predict a score for every pair; nothing is filled in."),
    Rule("XAC031", "not-a-number", "error", "not a number",
         "A prediction is a decimal number such as 7.25 or 1e-3; a decimal comma is recognised.",
         "Write a decimal number with a point."),
    Rule("XAC032", "prediction-nan", "error", "NaN",
         "A prediction is a number; nan is not. Rows with nan are not dropped.",
         "Find out why the model gave nan; predict a score for every pair."),
    Rule("XAC033", "prediction-infinite", "error", "infinity",
         "A prediction is finite.",
         "Find out why the model gave infinity; predict a finite score."),
    Rule("XAC034", "number-too-large", "error", "number too large",
         "A number beyond 1.8e308 is infinity to a 64-bit float, and the square of one beyond 1e100 can "
         "overflow in the mean squared error.",
         "Find out why the model gave it; predict a score on the challenge's scale."),
    Rule("XAC035", "out-of-range", "warning", "outside the score range",
         "Predictions outside the listeners' scale are scored as they are, never clipped: "
         "correlations bear it, MSE suffers.",
         "Clip them yourself if that is what you mean."),
    Rule("XAC036", "constant", "warning", "constant predictions",
         "All predictions are equal, so the correlations are undefined.",
         "Check that the model's output was written, not a default."),
    Rule("XAC037", "other-scale", "warning", "looks like another scale",
         "All predictions lie on 0–1, −1–1 or 0–100 while the challenge's scale is another one: "
         "correlations do not notice, MSE does.",
         "Map the predictions to the challenge's scale."),
    Rule("XAC038", "heavy-ties", "info", "heavy ties",
         "The predictions take few distinct values; tied pairs lower KTAU and SRCC.",
         "Write more decimals, if the model gives them."),
    # References, where they differ from submissions
    Rule("XAC050", "rating-repeated", "warning", "a listener's repeated rating",
         "A listener rated the same pair more than once; all ratings are kept and averaged.",
         "Remove the repetitions if they are mistakes."),
    Rule("XAC051", "text-differs", "warning", "one id, several texts",
         "Rows of one id carry different texts; their ratings are averaged together.",
         "Give each pair of audio and text an id of its own."),
    Rule("XAC052", "listener-empty", "error", "empty listener",
         "Every rating says which listener gave it.",
         "Fill in the listener, or delete the row."),
    Rule("XAC053", "surplus-pairs", "info", "references of other pairs",
         "References of pairs that are not in the split are not used.",
         "They are ignored."),
    # Several submissions together
    Rule("XAC060", "same-bytes", "warning", "identical files of different teams",
         "Files of different teams that are the same to the byte are named; they stay ranked.",
         "Ask the teams."),
    Rule("XAC061", "too-many-systems", "warning", "too many systems of a team",
         "A team may send as many systems as the challenge allows.",
         "Ask the team which systems count."),
    Rule("XAC062", "same-label", "error", "one label for two files",
         "A system is known by its team and label; two files cannot share them.",
         "Rename one of the files."),
    Rule("XAC063", "passed-over", "info", "file passed over",
         "Files in a folder of submissions that are not prediction files by their ending are named.",
         "Give it the ending of a prediction file, or a name that begins with _ to leave it out."),
    Rule("XAC064", "undefined-unranked", "error", "undefined metric",
         "A challenge may choose not to rank a system whose correlation is undefined.",
         "Send predictions that vary."),
    Rule("XAC065", "same-predictions", "warning", "same predictions of different teams",
         "Predictions of different teams that are the same within their rounding, or that one straight line turns "
         "into each other (a correlation of 1 or −1), are named; they stay ranked.",
         "Ask the teams."),
    Rule("XAC066", "team-repeats-itself", "warning", "a team's systems are the same",
         "Systems of one team that are the same file, the same predictions within their rounding, or a straight "
         "line of each other, are named: they take the place of systems that differ.",
         "Ask the team whether a wrong file was sent."),
    # Tables of published results
    Rule("XAC070", "result-out-of-range", "error", "result outside its metric's range",
         "A correlation lies in −1 to 1, a mean squared error is not negative.",
         "Correct the value; check that no two columns are exchanged."),
    Rule("XAC071", "system-twice", "error", "system given twice",
         "A system stands once in a table of results.",
         "Keep one row for each system, or tell the teams apart by a column team."),
    # Packages: what keeps a ZIP from being opened at all
    Rule("XAC080", "zip-damaged", "error", "not a sound ZIP archive",
         "A package is a plain ZIP archive, stored or deflated, that can be read to its end and whose contents "
         "are what its directory says.",
         "Make the archive again, for instance with `xacle-eval package`."),
    Rule("XAC081", "zip-members", "error", "too many files in the archive",
         "An archive with more entries than the challenge's limit is refused unread.",
         "Send the files of your systems only."),
    Rule("XAC082", "zip-size", "error", "archive too large",
         "An archive that is larger than the challenge's limit, packed or unpacked, is refused unread.",
         "Send the predictions, the descriptions and the report only."),
    Rule("XAC083", "zip-ratio", "error", "compressed too strongly",
         "A file that grows by more than the challenge's limit when it is unpacked is taken for a bomb.",
         "Make the archive again, for instance with `xacle-eval package`."),
    Rule("XAC084", "zip-link", "error", "link or device in the archive",
         "An archive holds files and folders: no symbolic links, devices or pipes.",
         "Put the file itself into the archive."),
    Rule("XAC085", "zip-encrypted", "error", "encrypted archive",
         "An encrypted file cannot be checked.",
         "Make the archive without a password."),
    Rule("XAC086", "zip-name", "error", "unsafe name in the archive",
         "Names are relative, use / between folders, hold no .. and no control, bidirectional or other invisible "
         "characters, and are names on every system.",
         "Rename the file: letters, digits, dots, hyphens and underscores."),
    Rule("XAC087", "zip-twice", "error", "one name for two files",
         "No two files have the same name, or names that differ only in letter case or in how letters are encoded: "
         "they would be one file on some machines.",
         "Rename or remove one of them."),
    Rule("XAC088", "zip-nested", "error", "archive or folders inside the archive",
         "Archives inside the archive are never opened, and folders go no deeper than four levels.",
         "Put the files themselves into the archive, at its top."),
    Rule("XAC089", "zip-reserved", "error", "reserved name",
         "A file named metadata or metadata.yaml at the top of a ZIP is taken for a program on hosting platforms.",
         "Name the description after its system: LABEL.yaml."),
    # Packages: what belongs into them
    Rule("XAC090", "package-empty", "error", "no predictions in the package",
         "A package holds a prediction file for each system, at its top or in one folder.",
         "Put LABEL.csv at the top of the archive, and LABEL.yaml beside it."),
    Rule("XAC091", "predictions-missing", "error", "description without predictions",
         "Every description belongs to a prediction file of the same label.",
         "Add LABEL.csv, or rename the description after its system."),
    Rule("XAC092", "description-missing", "error", "system without a description",
         "Every system of a package has a description of the same label, where the challenge asks for one.",
         "Write LABEL.yaml; `xacle-eval package --template` prints one to fill in."),
    Rule("XAC093", "package-teams", "error", "several teams in a package",
         "All systems of a package are one team's by their labels.",
         "Begin every label with the team's name, and end it in a number: Kumo_01, Kumo_02."),
    Rule("XAC094", "surplus-files", "warning", "surplus files",
         "Other files are not read; they are named so that a mistyped one is noticed.",
         "They are ignored; leave them out to silence this."),
    Rule("XAC095", "report-not-pdf", "error", "the report is no PDF",
         "A file with the ending .pdf is a PDF document.",
         "Export the report as PDF."),
    Rule("XAC096", "report-too-short", "error", "the report is too short",
         "A technical report has as many pages as the challenge asks for: two or more for XACLE.",
         "Send a report of the asked length, or none."),
    Rule("XAC097", "report-unreadable", "warning", "the report's pages cannot be counted",
         "The pages of an encrypted, damaged or extraordinary PDF cannot be counted.",
         "Export the report as a plain PDF."),
    Rule("XAC098", "package-at-fault", "error", "the package is at fault",
         "A system is accepted together with its package.",
         "Mend the package."),
    # System descriptions
    Rule("XAC100", "yaml-unreadable", "error", "not YAML",
         "A description is YAML text in UTF-8: one document of keys and values.",
         "Mend the line; `xacle-eval package --template` prints a right one."),
    Rule("XAC101", "yaml-too-complex", "error", "YAML too complex",
         "A description is small: its size, its depth, the number of its values and of its aliases are limited.",
         "Write it as the template does, without anchors."),
    Rule("XAC102", "yaml-key-twice", "error", "key given twice",
         "A key stands once; the second value would replace the first without a word.",
         "Keep one of them."),
    Rule("XAC103", "key-unknown", "error", "unknown key",
         "Only the keys of the template are read; a mistyped one would be lost.",
         "Correct the key, or remove it."),
    Rule("XAC104", "key-missing", "error", "key missing",
         "Every key that the template marks as required has a value.",
         "Add the key; `xacle-eval package --template` shows where."),
    Rule("XAC105", "value-wrong", "error", "wrong value",
         "Every value is of the kind that the template shows.",
         "Correct the value."),
    Rule("XAC106", "placeholder-left", "error", "placeholder not filled in",
         "Values of the template in pointed brackets are to be replaced.",
         "Write your own value in its place."),
    Rule("XAC107", "label-differs", "error", "another label than the file's",
         "The label in a description is that of the files' names.",
         "Correct the label, or rename the files."),
    # Task rules (section 2.3 of the XACLE paper)
    Rule("XAC110", "resource-not-approved", "error", "resource not approved",
         "External data and pre-trained models are those on the challenge's list of approved ones, or asked for.",
         "Choose an approved one, or ask the organisers and write `requested: true`."),
    Rule("XAC111", "resource-requested", "warning", "resource asked for",
         "A resource that is not on the list may be used once the organisers allow it.",
         "Nothing to mend: the organisers decide."),
    Rule("XAC112", "resources-unchecked", "info", "resources not checked",
         "Where a challenge file names no list of approved resources, they cannot be held against one.",
         "Organisers name the list under [packages] in the challenge file."),
    Rule("XAC113", "trained-on-missing", "error", "training data of a model not declared",
         "What a pre-trained model was trained on is declared too.",
         "List the data sets under `trained_on`."),
    Rule("XAC114", "ensemble", "error", "ensemble of several models",
         "An ensemble of several models is prohibited; a mixture of experts inside one model is allowed.",
         "Send the systems one by one."),
    Rule("XAC115", "data-collected", "error", "new recordings, texts or ratings",
         "Collecting new audio, texts or ratings for training is prohibited.",
         "Train on openly available, already published data."),
    Rule("XAC116", "results-differ", "warning", "claimed results differ",
         "Results that a description claims are those the toolkit computes from the predictions in the package.",
         "Ask the team which predictions the results are of."),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.code: rule for rule in _ALL}
_BY_NAME = {rule.name: rule for rule in _ALL}


def rule(name: str) -> Rule:
    """Return a rule by its name (``id-missing``)."""
    return _BY_NAME[name]


def rules_markdown() -> str:
    """Return ``docs/rules.md``."""
    lines = [
        "# Rules",
        "",
        "Made from `xacle_eval/submissions/rules.py` by `python -m xacle_eval.submissions.rules`;",
        "do not edit.",
        "",
        "An *error* keeps a submission from being scored, a *warning* does not (it does under `--strict`),",
        "an *info* is only said. The same fault in many lines is one finding with a count and the first",
        "five lines.",
        f"Codes are never reused. This is rule set {RULE_SET_VERSION}.",
        "",
        "| code | name | severity | what it demands | how to mend it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in _ALL:
        about, hint = (text.replace("|", "\\|") for text in (each.about, each.hint))
        lines.append(f"| {each.code} | {each.name} | {each.severity} | {about} | {hint} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(rules_markdown(), end="")  # noqa: T201 -- this is how docs/rules.md is made

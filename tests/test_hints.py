"""Hints that name an edit: the edit is applied to each invalid case, and the finding is gone.

Every hint of the corpus in tests/data/invalid and of `tests.submissions.cases` is either an edit
or needs a decision, such as a new prediction. A new hint has to be added to one of the two lists.
"""

import csv
import io
import json
import re

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.submissions.cases import CASES, small_challenge
from tests.submissions.test_causes import EDITS as LINE_EDITS
from tests.submissions.test_causes import edit, report_of
from xacle_eval.submissions.checking import check_file

CORPUS = DATA / "invalid"
# Only the author of the file can do these: a value, a file or an intention is missing.
DECISIONS = [
    "Accepted names: ",
    "Add a row for each missing id",
    "Add the column to be ranked",
    "Check that the file has the model's output",
    "Check the quotation marks and line breaks",
    "Check what was written to the file",
    "Close the quotation mark",
    "Export the table as CSV",
    "Find out why the model returned",
    "In Excel, choose Save As",
    "Pass the prediction file",
    "Predict a score for every pair",
    "Quote fields that contain commas",
    "Replace these rows",
    "Run git lfs pull",
    "Save the file as CSV text in UTF-8",  # if it is not UTF-16; see below
    "The page of a website was saved",
    r"Write \d+ fields",
    "Write a number with a decimal point",
    "Write more decimals",
    "Write one row per pair",
    "Write or copy the file again",
]


def rows_of(text):
    """Return the fields of each line."""
    return list(csv.reader(io.StringIO(text, newline="")))


def text_of(rows):
    """Return the text of rows."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def id_place(rows):
    """Return the column of ids."""
    return next(
        (n for n, name in enumerate(rows[0]) if name.strip() in ("wav_file_name", "filename")), 0
    )


def with_ids(change):
    """Return an edit that changes every id as `change` does; it gets the id and the challenge."""

    def apply(_found, text, _finding, challenge):
        rows = rows_of(text)
        place = id_place(rows)
        for row in rows:
            if len(row) > place:
                row[place] = change(row[place], challenge)
        return text_of(rows)

    return apply


def as_in_manifest(pair, challenge):
    """Return the id of the manifest that has the same number."""
    number = re.match(r"\s*0*(\d+)", pair)
    ids = {int(re.match(r"\d+", each)[0]): each for each in challenge.manifest.ids}
    return ids.get(int(number[1]), pair) if number else pair


def without_columns(text, places):
    """Return a text without some columns."""
    return text_of([f for n, f in enumerate(row) if n not in places] for row in rows_of(text))


def drop_named(_found, text, finding, _challenge):
    """Remove the columns that the message calls unused, or all but the first duplicate."""
    names = re.findall(r"'([^']*)'", finding.message)
    names = names[1:] if finding.code in ("XAC012", "XAC183") else names
    header = [name.strip() for name in rows_of(text)[0]]
    return without_columns(text, {header.index(name) for name in names})


def without_lines(text, numbers):
    """Return a text without some lines."""
    kept = enumerate(text.splitlines(keepends=True), start=1)
    return "".join(line for number, line in kept if number not in numbers)


def keep_first(_found, text, finding, _challenge):
    """Keep the first line of each duplicate."""
    groups = re.findall(r"\(lines ([^)]*)\)", finding.message)
    later = [int(n) for group in groups for n in re.findall(r"\d+", group)[1:]]
    return without_lines(text, {*later, finding.line})


def set_id(found, text, finding, _challenge):
    """Write an id in the line of the finding."""
    rows = rows_of(text)
    rows[finding.line - 1][id_place(rows)] = found[1]
    return text_of(rows)


def set_number(found, text, finding, _challenge):
    """Write a number at the place of the finding."""
    rows = rows_of(text)
    rows[finding.line - 1][-1] = found[1]
    return text_of(rows)


def join_decimals(_found, text, _finding, _challenge):
    """Join the halves of numbers with a decimal comma."""
    lines = [re.sub(r",(\d+),(\d+)$", r",\1.\2", line) for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def keep_ours(_found, text, _finding, _challenge):
    """Keep the first version of each part in conflict."""
    return re.sub(r"<<<<<<<.*\n((?:.*\n)*?)=======\n(?:.*\n)*?>>>>>>>.*\n", r"\1", text)


def change_values(change):
    """Return an edit that changes every prediction."""

    def apply(_found, text, _finding, challenge):
        rows = rows_of(text)
        scales = [one.scores for one in challenge.each_target().values()]
        for row in rows:
            for place, field in enumerate(row):
                if re.fullmatch(r"-?[0-9.]+", field):
                    scores = scales[place - 1] if challenge.targets else scales[0]
                    row[place] = f"{change(float(field), scores, text):g}"
        return text_of(rows)

    return apply


def map_to_scale(value, scores, text):
    """Map a value from 0–1, −1–1 or 0–100 to the scale of the challenge."""
    values = [float(each) for each in re.findall(r",(-?[\d.]+)$", text, re.MULTILINE)]
    low, high = (-1, 1) if min(values) < 0 else (0, 1) if max(values) <= 1 else (0, 100)
    return scores.minimum + (value - low) / (high - low) * scores.width


def clip(value, scores, _text):
    """Return the nearest value on the scale."""
    return min(max(value, scores.minimum), scores.maximum)


def in_pandas(_found, text, _finding, challenge):
    """Write the values again without the numbers of rows and columns."""
    rows = [row for row in rows_of(text) if challenge.manifest.find(row[-2].strip()) is not None]
    return text_of([["wav_file_name", "pred_score"], *(row[-2:] for row in rows)])


def rename(found, text, _finding, _challenge):
    """Rename a column of the header."""
    rows = rows_of(text)
    rows[0] = [found[2] if name.strip() == found[1] else name for name in rows[0]]
    return text_of(rows)


def add_names(found, text, finding, challenge):
    """Add, or replace, a header with a name for each column; ids and numbers are found by value."""
    rows = rows_of(without_lines(text, {1}) if finding.hint.startswith("Replace") else text)
    place = next(n for n, f in enumerate(rows[0]) if f in challenge.manifest.ids)
    header = [f"column {n}" for n in range(int(found[1]))]
    header[place], header[-1] = "wav_file_name", "pred_score"
    return text_of([header, *rows])


# The edits of hints, as functions of the match, the text, the finding and the challenge.
EDITS = {
    r"Rename '(.*)' if it is that column. Accepted names: (\w+)": rename,
    r"Replace line 1 with the header (\S+)\.$": lambda found, text, *_: (
        f"{found[1]}\n{without_lines(text, {1})}"
    ),
    r"(?:Start the file|Replace line 1) with a header of (\d+) names": add_names,
    r"(?:Keep one of the columns|Remove (?:it|them), or rename|Remove (?:it|them) to)": drop_named,
    r"Keep one row per id": keep_first,
    r"Did you mean ([\w.]+)\? Correct the id": set_id,
    r"(?:Ids look like \S+ )?Correct the id, or delete the row": lambda _, text, finding, __: (
        without_lines(text, {finding.line})
    ),
    r"Fill in the id, or delete the row": lambda _, text, finding, __: without_lines(
        text, {finding.line}
    ),
    r"Write (\d+\.wav)\.$": set_id,
    r"Write \d+\.wav\. Spreadsheets": with_ids(as_in_manifest),
    r"Write the ids as in the manifest": with_ids(as_in_manifest),
    r"Write only the file name": with_ids(lambda pair, _: re.split(r"[/\\]", pair)[-1]),
    r"Write the id without spaces": with_ids(lambda pair, _: pair.strip()),
    r"Write a decimal point: (\S+)\.$": set_number,
    r"Write a decimal point instead of a decimal comma": join_decimals,
    r"Keep one of the versions": keep_ours,
    r"Clip the predictions": change_values(clip),
    r"Map the predictions": change_values(map_to_scale),
    r"(?:In pandas, write|The first column is a pandas index)": in_pandas,
    r"Write the file with index=False": lambda _, text, *__: without_columns(text, {0}),
}
SPLIT = r"Submit predictions for the split \w+, or use --split (\w+)\."
ENCODINGS = r"Save the file as (?:CSV text in )?UTF-8\."
FILE = r"Did you mean (\S+)\?$"


def applied(finding, text, challenge):
    """Return the text after the edit of a finding; None if the hint is no edit of the text."""
    for pattern, change in EDITS.items():
        if found := re.match(pattern, finding.hint):
            return change(found, text, finding, challenge)
    edited = edit(finding.hint, text, finding.line, finding.column)
    return None if edited is None else "\n".join(edited) + "\n"


def corpus():
    """Return every case as its name, the bytes of the file, and the challenge."""
    small = small_challenge()
    for name, case in CASES.items():
        yield name, case if isinstance(case, bytes) else case.encode(), small
    for file in sorted((CORPUS / "submissions").glob("*.json")):
        spec = json.loads(file.read_text(encoding="utf-8"))
        if file.with_suffix(".csv").is_file():
            challenge = CORPUS / spec.get("challenge", "challenge.toml")
            loaded = xe.load_challenge(challenge, spec.get("split"))
            yield f"invalid/{file.stem}", file.with_suffix(".csv").read_bytes(), loaded


FILES = {name: (data, challenge) for name, data, challenge in corpus()}
FOUND = [
    pytest.param(name, finding, id=f"{name}-{finding.code}")
    for name, (data, challenge) in FILES.items()
    for finding in report_of(data, challenge).findings
]
MECHANICAL = [
    each for each in FOUND
    if any(re.match(pattern, each.values[1].hint) for pattern in (*EDITS, *LINE_EDITS))
]  # fmt: skip


@pytest.mark.parametrize(("name", "finding"), FOUND)
def test_every_hint_is_an_edit_or_needs_a_decision(name, finding):
    """No hint of the corpus is left without a test."""
    known = (*EDITS, *LINE_EDITS, *DECISIONS, SPLIT, ENCODINGS)
    assert [pattern for pattern in known if re.match(pattern, finding.hint)], finding.hint


@pytest.mark.parametrize(("name", "finding"), MECHANICAL)
def test_the_finding_is_gone_after_its_edit(name, finding):
    """The edit, repeated while the file has the finding, removes it and adds no other error."""
    data, challenge = FILES[name]
    text = data.decode("utf-8", "replace")
    before = {one.code for one in report_of(data, challenge).findings}
    wanted, seen = finding, set()
    while wanted is not None:
        assert text not in seen, f"the edit changes nothing: {wanted.hint}"
        seen.add(text)
        text = applied(wanted, text, challenge)
        left = [one for one in report_of(text, challenge).findings if one.code == finding.code]
        wanted = left[0] if left else None
        assert len(seen) < 200
    after = [one for one in report_of(text, challenge).findings if one.severity == "error"]
    # Where the columns or rows could not be read, what they hold is checked only now.
    hidden = {"XAC024"} if finding.code in ("XAC020", "XAC021", "XAC023") else set()
    assert {one.code for one in after} <= before | hidden


@pytest.mark.parametrize(
    ("name", "finding"), [e for e in FOUND if re.match(SPLIT, e.values[1].hint)]
)
def test_the_split_of_a_hint_works(name, finding):
    """With the split that the hint names, the file has no ids of another split."""
    data, challenge = FILES[name]
    split = re.match(SPLIT, finding.hint)[1]
    left = report_of(data, challenge.with_split(split)).findings
    assert "XAC022" not in {one.code for one in left}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("invalid/not_utf8", "latin-1"), ("invalid/not_text_utf16", "utf-16"), ("utf16", "utf-16")],
)
def test_a_file_saved_as_utf_8_is_read(name, encoding):
    """A file in another encoding is valid after it is saved as UTF-8."""
    data, challenge = FILES[name]
    codes = {one.code for one in report_of(data, challenge).findings}
    assert codes & {"XAC004", "XAC005"}
    report = report_of(data.decode(encoding), challenge)
    assert report.valid


def test_the_file_that_is_suggested_exists():
    """A mistyped name is completed to a file that can be read."""
    challenge = xe.load_challenge(CORPUS / "challenge.toml")
    (finding,) = check_file(CORPUS / "submissions" / "file_missing.csv", challenge).report.findings
    right = re.match(FILE, finding.hint)[1]
    name = right.rpartition("/")[2]
    found = check_file(CORPUS / "submissions" / name, challenge).report.findings
    assert "XAC001" not in {one.code for one in found}


def test_most_hints_are_edits():
    """The edits cover more than half of all findings of the corpus."""
    assert len(MECHANICAL) > len(FOUND) / 2


def keep_one(text, found):
    """Keep the first line of each duplicate, or remove the line of a repetition."""
    groups = re.findall(r"\(lines ([^)]*)\)", found.message)
    later = [int(n) for group in groups for n in re.findall(r"\d+", group)[1:]]
    return without_lines(text, {*later, found.line})


def one_way(text, found):
    """Write the first of the names of a listener everywhere."""
    first, *others = re.findall(r"'([^']*)'", found.message)
    return re.sub(rf",(?:{'|'.join(map(re.escape, others))})$", f",{first}", text, flags=re.M)


# The same for references and tables of results: functions of the text and the finding.
OTHER_EDITS = {
    "Keep one row per": keep_one,
    "Remove the repeated ratings": keep_one,
    "Fill in the": keep_one,
    "Write the name of each listener": one_way,
    r"Did you mean (\w+)\?": lambda text, found: text.replace(
        re.search("'(.*)'", found.message)[1], re.match(r"Did you mean (\w+)", found.hint)[1]
    ),
}
OTHER_DECISIONS = [
    "Accepted names: ",
    "Add a row for each missing id",
    "Correct the value",
    "Fix the file, or the range in the challenge file",
    "Give each pair of audio and text its own id",
    "No action is needed",
    "Write the name of a listener the same way in every row",
    "Write one row per system",
]
OTHERS = sorted(
    file.relative_to(CORPUS).as_posix()
    for kind in ("references", "tables")
    for file in (CORPUS / kind).glob("*.csv")
)


def found_in(path, name):
    """Return the findings of a reference file or a table, valid or not."""
    spec = json.loads((CORPUS / name).with_suffix(".json").read_text(encoding="utf-8"))
    challenge = xe.load_challenge(
        CORPUS / spec.get("challenge", "challenge.toml"), spec.get("split")
    )
    try:
        if name.startswith("references"):
            return xe.load_references(path, challenge).findings
        return getattr(xe.rank(path, challenge=challenge), "findings", ())
    except (xe.ReferencesError, xe.TableError) as error:
        return error.findings


@pytest.mark.parametrize("name", OTHERS)
def test_hints_about_references_and_tables_work(name, tmp_path):
    """The edit of each hint removes its finding, and the others need a decision."""
    for finding in found_in(CORPUS / name, name):
        change = next((c for p, c in OTHER_EDITS.items() if re.match(p, finding.hint)), None)
        if change is None:
            assert any(re.match(pattern, finding.hint) for pattern in OTHER_DECISIONS), finding.hint
            continue
        file = tmp_path / "edited.csv"
        file.write_text(change((CORPUS / name).read_text(encoding="utf-8"), finding))
        left = {one.code for one in found_in(file, name)}
        assert finding.code not in left, finding.hint

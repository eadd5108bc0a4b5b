"""The phases of a challenge on a platform: dates, limits, references and notes."""

import json

import pytest

import xacle_eval as xe
from tests.hosting.challenges import KINDS, PHASES, POLICIES, bundle_files, copy_challenge, plan
from tests.submissions.descriptions import zipped
from xacle_eval.hosting import exporting, pages
from xacle_eval.hosting.blocks import Code, Heading, Items, Rows, Term, to_html, to_markdown
from xacle_eval.hosting.codabench import files as codabench_files
from xacle_eval.hosting.evalai import files as evalai_files
from xacle_eval.hosting.hosted import load_phase_references, plan_phases
from xacle_eval.hosting.huggingface import files as huggingface_files
from xacle_eval.hosting.huggingface import texts as huggingface_texts
from xacle_eval.hosting.own_texts import OwnTexts, placeholders
from xacle_eval.hosting.scoring import entry
from xacle_eval.hosting.scoring.data import scorer_data

ONE_PHASE = '\n[phases.final]\nsplit = "{split}"\nopens = 2027-01-01T00:00:00Z\n'


def names(hosted):
    """Return the names of the notes, each once."""
    return list(dict.fromkeys(note.name for note in hosted.notes))


def plan_of(tmp_path, text, platform="codabench", kind="voicemos"):
    """Return a challenge with these phases as a platform runs it."""
    return plan(platform, copy_challenge(kind, tmp_path / "challenge", text))


@pytest.mark.parametrize(
    ("keys", "limits", "noted"),
    [
        ("", (2, 10), ["no-limits"]),
        ("valid_total = 7", (7, 7), []),
        ("valid_per_day = 2", (2, 1_000_000), ["no-total"]),
        ("valid_per_day = 2\ncloses = 2027-01-05T00:00:00Z", (2, 12), ["no-total"]),
        ("valid_per_day = 2\ncloses = 2027-01-03T00:00:00Z", (2, 8), []),
        ("valid_per_day = 2\nvalid_total = 9", (2, 9), []),
        ("valid_total = 9\nall_per_day = 20\nfinal_systems = 2", (9, 9),
         ["all-per-day", "final-systems"]),
    ],
)  # fmt: skip
def test_limits(keys, limits, noted, tmp_path):
    """A missing limit never means no limit, and what a platform does not apply is noted."""
    hosted = plan_of(tmp_path, f"{ONE_PHASE}{keys}\n")
    (phase,) = hosted.phases
    assert (phase.per_day, phase.total) == limits
    assert [name for name in names(hosted) if name != "final-scores"] == noted


TEXTS = (codabench_files._TEXTS, evalai_files._TEXTS, huggingface_texts.PLATFORM)


@pytest.mark.parametrize("texts", TEXTS, ids=lambda texts: texts.name)
def test_descriptions_that_are_required(texts, tmp_path):
    """The rules say which upload needs no description; the scorer takes the same ones."""
    change = ("[phases.final]", '[packages]\ndescription = "required"\n\n[phases.final]')
    file = copy_challenge("voicemos2024_track3", tmp_path / "challenge", ONE_PHASE, [change])
    challenge = xe.load_challenge(file)
    rules = to_markdown(pages.page_blocks("rules", plan("codabench", file), texts, None))
    assert "- Each system needs a description for the organisers; " in rules
    assert (
        f"- {texts.name} accepts a prediction file without a description, alone or as the only "
        "file in a ZIP. A ZIP with more files needs the description beside the file.\n"
    ) in rules
    submission = file.parent / "submissions" / "Kaze.csv"
    data = json.loads(json.dumps(scorer_data(challenge)))
    upload = tmp_path / "Kaze.zip"
    for more, valid in (({}, True), ({"Kaze.pdf": b"a report"}, False)):
        upload.write_bytes(zipped({"Kaze.csv": submission.read_bytes(), **more}))
        answer = entry.check_upload(data, str(upload))
        assert (answer["valid"], "XAC092" in answer["message"]) == (valid, not valid), answer


def test_days_of_another_time_zone_and_a_ladder_are_noted(tmp_path):
    """The platform counts days in UTC, and knows no earlier scores of a team."""
    text = ONE_PHASE.replace("00:00:00Z", "00:00:00+09:00") + "valid_per_day = 1\n"
    hosted = plan_of(tmp_path, text + "[publish.phase.final]\nladder = 0.05\n")
    assert names(hosted) == ["no-total", "days-in-utc", "ladder-without-history", "final-scores"]


@pytest.mark.parametrize(("most", "noted"), [(29, ["slow-scores"]), (30, [])])
def test_scores_that_take_too_long_are_noted(most, noted, tmp_path, monkeypatch):
    """A quadratic metric of many pairs would be stopped by the platform."""
    monkeypatch.setattr("xacle_eval.hosting.hosted._MOST_QUADRATIC", most)
    text = ONE_PHASE + 'valid_total = 3\n[publish.phase.final]\nmetrics = ["SRCC", "ACC_EQ_TIES"]\n'
    change = ('default_split = "test"', 'default_split = "test"\nmetrics = ["SRCC", "ACC_EQ_TIES"]')
    order = ('order = ["SRCC", "MSE"]', 'order = ["SRCC"]')
    file = copy_challenge("voicemos", tmp_path / "challenge", text, [change, order])
    assert [name for name in names(plan("codabench", file)) if name != "final-scores"] == noted


def test_scores_of_the_last_phase_that_decide_all_ties_are_not_noted(tmp_path):
    """A last phase with the whole order at the decimals of the ranking needs no note."""
    text = ONE_PHASE + "valid_total = 3\n[publish.phase.final]\n"
    hosted = plan_of(tmp_path, text + 'metrics = ["SRCC", "MSE"]\ndecimals = 4\n')
    assert names(hosted) == []


def test_columns_of_all_phases_are_in_ranking_order(tmp_path):
    """Phases with different scores share a board, whose columns break ties as the ranking does."""
    shown = """
[publish.phase.dev]
metrics = ["SRCC", "KTAU", "LCC"]

[publish.phase.final]
metrics = ["MSE", "SRCC", "KTAU"]
"""
    hosted = plan_of(tmp_path, PHASES + shown)
    assert [key.key for key in hosted.keys] == [
        *("SRCC_system", "MSE_system", "LCC_system", "KTAU_system"),
        *("SRCC", "MSE", "LCC", "KTAU"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"phases: there is none, and a platform needs at least one: add a table "
             r"\[phases\.test\] with opens"),
        ("[phases.final]\nsplit = 'test'\n", r"phases\.final: .* add opens = 2027"),
        (PHASES.replace("closes = 2027-01-10T23:59:59-12:00\n", ""),
         r"phases\.dev: a platform needs the date, because another phase follows: add closes"),
        (PHASES.replace("closes = 2027-01-10T23:59:59-12:00", "closes = 2027-01-12T00:00:00Z"),
         r"phases\.final\.opens: the phase begins before dev ends"),
        (PHASES.replace("phases.final", "phases.Dev"), r"the same name but for case"),
    ],
)  # fmt: skip
def test_dates_that_a_platform_refuses(text, message, tmp_path):
    """Missing dates, overlapping phases and names of one folder are errors with their keys."""
    with pytest.raises(xe.ChallengeError, match=message):
        plan_of(tmp_path, text)


def test_phases_may_overlap_on_evalai(tmp_path):
    """EvalAI runs phases at the same time, so their dates stay as they are."""
    text = PHASES.replace("closes = 2027-01-10T23:59:59-12:00", "closes = 2027-01-12T00:00:00Z")
    hosted = plan_of(tmp_path, text, "evalai")
    assert [phase.name for phase in hosted.phases] == ["dev", "final"]
    assert hosted.phases[1].opens < hosted.phases[0].closes


def test_references_of_several_splits(tmp_path):
    """`references` are those of the default split, `references_of` of the others."""
    base = copy_challenge("voicemos", tmp_path / "challenge", "")
    dev = "[splits.dev]\nlist = 'dev.scp'\n"
    phases = PHASES.replace('split = "{split}"', 'split = "dev"', 2).replace("dev", "test", 1)
    base.write_text(base.read_text(encoding="utf-8") + dev + phases, encoding="utf-8")
    (base.parent / "dev.scp").write_text("sysA-1\nsysA-2\nsysB-1\nsysC-1\n")
    labels = tmp_path / "dev.csv"
    labels.write_text("utterance,mos\nsysA-1,1\nsysA-2,2\nsysB-1,3\nsysC-1,4.125\n")
    hosted = plan("codabench", base, None, {"dev": labels})
    assert {phase.name: phase.pairs for phase in hosted.phases} == {"dev": 4, "final": 30}
    assert hosted.phases[0].labels.splitlines()[1:] == [
        "sysA-1,1.0", "sysA-2,2.0", "sysB-1,3.0", "sysC-1,4.125"
    ]  # fmt: skip
    with pytest.raises(xe.UsageError, match="dev"):
        plan("codabench", base)
    with pytest.raises(xe.UsageError, match="no phase uses it"):
        plan("codabench", base, None, {"dve": labels})
    with pytest.raises(xe.UsageError, match="'test' are given twice"):
        plan("codabench", base, labels, {"test": labels, "dev": labels})


def test_references_of_no_phase(tmp_path):
    """References need a phase that scores their split, and any phase at all."""
    base = copy_challenge("voicemos", tmp_path / "challenge", "")
    labels = base.parent / "references.csv"
    with pytest.raises(xe.ChallengeError, match="phases: there is none"):
        plan("codabench", base, labels)
    splits = "[splits.dev]\nlist = 'dev.scp'\n[splits.extra]\nlist = 'dev.scp'\n"
    phases = PHASES.replace("{split}", "extra", 1).replace("{split}", "dev")
    base.write_text(base.read_text(encoding="utf-8") + splits + phases, encoding="utf-8")
    (base.parent / "dev.scp").write_text("sysA-1\nsysA-2\n")
    with pytest.raises(xe.UsageError, match=r"split 'test', .* --references-of 'dev'=FILE"):
        plan("codabench", base, labels)


def test_labels_without_variance_are_refused(tmp_path):
    """A correlation that is undefined for every submission is an error of the export."""
    file = copy_challenge("voicemos", tmp_path / "challenge", PHASES)
    ids = xe.load_challenge(file).manifest.ids
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(["utterance,mos", *(f"{pair},3" for pair in ids)]) + "\n")
    with pytest.raises(xe.ChallengeError, match="references are constant there"):
        plan("codabench", file, labels)


def test_a_target_without_labels(tmp_path, monkeypatch):
    """An optional target without labels is not scored, and no page speaks of it."""
    file = copy_challenge("voicemos2024_track3", tmp_path / "challenge", PHASES)
    ids = xe.load_challenge(file).manifest.ids
    rows = [f"{pair},{place % 7 / 2 + 1},{place % 9 / 2 + 1}" for place, pair in enumerate(ids)]
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(["file_id,SIG,OVRL", *rows]) + "\n")
    hosted = plan("codabench", file, labels)
    assert names(hosted)[0] == "target-without-labels"
    assert hosted.phases[0].labels.startswith("id,SIG,OVRL\n")
    files = bundle_files("codabench", file, references=labels)
    pages = "".join(data.decode() for name, data in files.items() if name.startswith("pages/"))
    assert "background noise" not in pages
    assert "`SIG`, `OVRL`, separated by" in pages
    written = {}

    def program(challenge, *, targets):
        written.update(scorer_data(challenge, targets)["phases"])
        return ""

    monkeypatch.setattr(exporting, "single_file", program)
    monkeypatch.setattr(exporting, "_require_clean", lambda *_: None)
    xe.export("codabench", tmp_path / "out", challenge=file, references=labels)
    assert written == {phase.name: phase.scored.data() for phase in hosted.phases}


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_page_is_a_valid_file(kind, tmp_path, monkeypatch):
    """With a row for every pair, the example on the page passes the check of submissions."""
    monkeypatch.setattr(pages, "_EXAMPLE_PAIRS", 1_000_000)
    file = copy_challenge(kind, tmp_path / "challenge")
    references = file.parent / "ratings.csv" if kind == "relate" else None
    page = bundle_files("codabench", file, references=references)["pages/submission.md"].decode()
    rows = [line[4:] for line in page.splitlines() if line.startswith("    ")]
    example = [row for row in rows if not row.startswith("xacle-eval ")]
    challenge = xe.load_challenge(file)
    path = tmp_path / f"Kumo_01{challenge.submissions.endings[0]}"
    path.write_text("\n".join(example) + "\n", encoding="utf-8")
    assert [report.valid for report in xe.validate(path, challenge=challenge)] == [True]


def test_when_days_begin(tmp_path, monkeypatch):
    """Pages give the beginning of a day in UTC: where the platform counts by the phase, its own."""
    monkeypatch.setattr(huggingface_files, "single_file", lambda *_, **__: "")
    text = PHASES.replace("2027-01-11T11:59:59Z", "2027-01-11T14:00:00+02:00")
    file = copy_challenge("voicemos", tmp_path / "challenge", text)
    page = bundle_files("codabench", file)["pages/overview.md"].decode()
    assert "A day begins at 00:00 UTC. Submissions with errors do not count.\n" in page
    page = bundle_files("huggingface", file)["space/pages/1-overview.md"].decode()
    assert "A day begins at 15:00 UTC in Dev phase, at 22:00 UTC in Final " in page
    file.write_text(file.read_text(encoding="utf-8").replace("14:00:00+02:00", "21:00:00+09:00"))
    page = bundle_files("huggingface", file)["space/pages/1-overview.md"].decode()
    assert "A day begins at 15:00 UTC. The time of a submission is" in page


def test_a_ladder_on_pages(tmp_path, monkeypatch):
    """A page says what a ladder hides only where the platform knows the history of a team."""
    monkeypatch.setattr(huggingface_files, "single_file", lambda *_, **__: "")
    text = PHASES + "[publish.phase.dev]\nladder = 0.05\n"
    file = copy_challenge("voicemos", tmp_path / "challenge", text)
    sentence = "only where it beats the team's best so far by more than the step."
    for platform, name, times in (
        ("codabench", "pages/evaluation.md", 0),
        ("huggingface", "space/pages/4-evaluation.md", 1),
    ):
        page = bundle_files(platform, file)[name].decode()
        assert page.count(sentence) == times
        assert page.count("| in steps of 0.05 |") == 1


def test_a_target_that_can_be_left_out(tmp_path):
    """A page says what scores a submission has there, and only where a target is optional."""
    for kind, there in (("voicemos2024_track3", True), ("audiomos2025_track1", False)):
        file = copy_challenge(kind, tmp_path / kind)
        page = bundle_files("codabench", file)["pages/evaluation.md"].decode()
        assert ("A rating that is not required can be left out; each of its" in page) is there


def test_a_required_target_without_labels_is_refused(tmp_path):
    """The references of a phase have the labels of each target that is not optional."""
    file = copy_challenge("voicemos2024_track3", tmp_path / "challenge", PHASES)
    challenge = xe.load_challenge(file)
    (truth, _) = load_phase_references(challenge).values()
    some = {phase: {"BAK": truth["BAK"], "SIG": truth["SIG"]} for phase in challenge.phases}
    with pytest.raises(xe.ChallengeError, match="phase final: no references for the target OVRL"):
        plan_phases(challenge, some, needs_end=False, one_by_one=True)


def test_demo_ratings_mark_the_bundle(tmp_path):
    """The title says that the labels are not real, and so does the overview."""
    file = tmp_path / "challenge.toml"
    phases = PHASES.replace("{split}", "test")
    file.write_text(f'extends = "xacle2026"\nname = "mine"\n{phases}', encoding="utf-8")
    hosted = plan("codabench", file)
    assert hosted.is_demo
    assert hosted.title == "DEMO RATINGS, not a real challenge: XACLE Challenge 2026"
    files = bundle_files("codabench", file)
    assert b"title: 'DEMO RATINGS, not a real challenge" in files["competition.yaml"]
    assert files["pages/overview.md"].startswith(b"DEMO RATINGS: ")


def test_own_texts_take_the_place_of_pages(tmp_path):
    """A file replaces its page, as it is, and its placeholder is no longer reported."""
    file = copy_challenge("wmt", tmp_path / "challenge", PHASES + POLICIES)
    terms = tmp_path / "terms.md"
    terms.write_text("Be *fair*.\n")
    texts = {"terms": terms}
    assert bundle_files("codabench", file, texts=texts)["pages/terms.md"] == b"Be *fair*.\n"
    assert bundle_files("evalai", file, texts=texts)["templates/terms.html"] == b"Be *fair*.\n"
    assert [note.name for note in placeholders(OwnTexts.read({}, None))] == ["terms", "contact"]
    assert [note.name for note in placeholders(OwnTexts.read(texts, None))] == ["contact"]
    assert placeholders(OwnTexts.read(texts, "a@example.org")) == []


@pytest.mark.parametrize(
    ("texts", "contact", "message"),
    [
        ({"term": "x"}, None, r"unknown page 'term'; did you mean terms\?"),
        ({"terms": "missing.md"}, None, "cannot read missing.md"),
        ({"terms": "empty.md"}, None, "the page terms is empty"),
        ({"terms": "latin.md"}, None, "must be text in UTF-8"),
        ({}, "organisers", "must be an e-mail address"),
        ({}, "a@b.c\nd@e.f", "must be an e-mail address"),
    ],
)
def test_texts_that_are_refused(texts, contact, message, tmp_path, monkeypatch):
    """Unknown, missing, empty and wrongly encoded pages, and what is no address, are errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.md").write_text(" \n")
    (tmp_path / "latin.md").write_bytes(b"\xe9t\xe9")
    with pytest.raises(xe.UsageError, match=message):
        OwnTexts.read(texts, contact)


HOSTILE = "a|b <i>`c`</i> [x](y) $z$ *w* _v_ \u202e"


def test_blocks_as_markdown_and_html():
    """Every text is escaped, in cells and code too, and blocks keep their form."""
    blocks = [
        Heading("Title <b>"),
        ("See ", Term("a`b|c"), f" and {HOSTILE}"),
        Items(("one", Term("two"))),
        Rows(("A", "B"), ((Term("x|y"), HOSTILE),)),
        Code("a,b\n<c>\t`d`\n"),
    ]
    markdown, html = to_markdown(blocks), to_html(blocks)
    assert "## Title &lt;b&gt;\n\nSee ``a`b|c`` and " in markdown
    assert "a\\|b &lt;i&gt;\\`c\\`&lt;/i&gt; \\[x\\](y) \\$z\\$ \\*w\\* \\_v\\_" in markdown
    assert "- one\n- `two`" in markdown
    assert "| A | B |\n| --- | --- |\n| `x\\|y` | a\\|b " in markdown
    assert "    a,b\n    <c>\t`d`\n" in markdown
    assert "<h2>Title &lt;b&gt;</h2>\n<p>See <code>a`b|c</code> and a|b &lt;i&gt;" in html
    assert "<ul>\n<li>one</li>\n<li><code>two</code></li>\n</ul>" in html
    assert "<tr><th>A</th><th>B</th></tr>\n<tr><td><code>x|y</code></td>" in html
    assert "<pre>a,b\n&lt;c&gt;\t`d`</pre>" in html
    assert "\u202e" not in markdown + html


@pytest.mark.parametrize("start", ["- ", "1. ", "23) ", "    - "])
def test_a_title_begins_no_list(start):
    """A text of the challenge file at the start of a line or item stays a text in Markdown."""
    escaped = start.lstrip().replace("-", "\\-").replace(".", "\\.").replace(")", "\\)")
    shown = to_markdown([f"{start}Phase: open", Items((f"{start}Phase",))])
    assert shown == f"{escaped}Phase: open\n\n- {escaped}Phase\n"


def test_a_bundle_with_findings_is_not_written(tmp_path, monkeypatch):
    """Each finding of the check is named, and an earlier bundle is unchanged."""
    kind = exporting.EXPORTS["codabench"]
    broken = kind._replace(files=lambda *_: {"competition.yaml": b"title: A\n"})
    monkeypatch.setitem(exporting.EXPORTS, "codabench", broken)
    monkeypatch.setattr(exporting, "single_file", lambda *_, **__: "")
    file = copy_challenge("voicemos", tmp_path / "challenge", PHASES)
    with pytest.raises(xe.ChallengeError, match=r"competition\.yaml:1:1: CB002"):
        xe.export("codabench", tmp_path / "out", challenge=file)
    assert not (tmp_path / "out").exists()

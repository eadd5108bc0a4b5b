"""The ledger's tables and messages: they fit 80 columns, and say what, where and how to fix it."""

import json
import os
from datetime import datetime

import pytest

import xacle_eval as xe
from tests.cli.helpers import in_process, plain
from tests.records.ledger.helpers import PHASES, make_challenge, make_upload
from xacle_eval.reports.formats.console import print_views
from xacle_eval.reports.formats.console import render as printed
from xacle_eval.reports.views.ledger import ledger_contents

TWO_PER_DAY = PHASES.replace("closes = 2026-11-22", "valid_per_day = 2\ncloses = 2026-11-22")


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """A folder with a ledger: two teams, two phases, an invalid and a late upload, corrections."""
    place = tmp_path_factory.mktemp("tables")
    challenge = make_challenge(place / "task", TWO_PER_DAY)
    ledger = xe.Ledger.init(place / "ledger.db", challenge, time="2026-10-31T09:00:00+09:00")
    for label, phase, time, valid in (
        ("Kumo_01", "validation", "2026-11-02T01:00:40Z", True),
        ("Kumo_02", "validation", "2026-11-30T01:00:00Z", True),
        ("Hibari_01", "final", "2026-11-16T10:00:00+09:00", False),
        ("Hibari_02", "final", "2026-11-16T11:00:00+09:00", True),
        ("Kumo_01", "final", "2026-11-16T12:00:00+09:00", True),
        ("Kumo_02", "final", "2026-11-16T13:00:00+09:00", True),
    ):
        team = label[:-3]
        file = make_upload(
            place / phase / team / f"{label}.csv", len(label) + int(label[-1]), valid
        )
        os.utime(file, (datetime.fromisoformat(time).timestamp(),) * 2)
        ledger.add(file, phase=phase, time=time)
    ledger.withdraw(5, time="2026-11-17T00:00:00Z", reason="it was made with the wrong model")
    ledger.select("Kumo_02", team="Kumo", phase="final", time="2026-11-17T01:00:00Z")
    return place


def opened(place):
    """Return the ledger."""
    return xe.Ledger(place / "ledger.db", place / "task/challenge.toml")


def on_terminal(found, monkeypatch, columns=80):
    """Return the lines of a result's tables in a terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    views = ledger_contents(found).views()
    return plain(printed(lambda out: print_views(out, views), terminal=True)).splitlines()


def run(place, *words, ledger="ledger.db"):
    """Run a command of the ledger."""
    paths = {
        "XACLE_EVAL_CHALLENGE": "task/challenge.toml",
        "XACLE_EVAL_LEDGER": str(ledger),
    }
    return in_process("ledger", *words, cwd=place, **paths)


def test_the_tables_fit_80_columns(sent, monkeypatch):
    """Log, uploads and attempts are single tables; times and names of files are whole."""
    ledger = opened(sent)
    added = ledger.add(sent / "final", phase="final")
    for found in (ledger.log(), added, ledger.attempts()):
        lines = on_terminal(found, monkeypatch)
        assert max(map(len, lines)) <= 80
        assert sum(line.startswith("──") for line in lines) == 1
    log = on_terminal(ledger.log(), monkeypatch)
    assert "    2   2026-11-02 10:00   Kumo     validation   counts         Kumo_01.csv" in log
    assert "    6   2026-11-16 12:00   Kumo     final        not selected   Kumo_01.csv" in log
    uploads = on_terminal(added, monkeypatch)
    assert "    4   Hibari   Hibari/Hibari_01.csv   2026-11-16 10:00   invalid        no" in uploads
    assert not any("sha" in line.lower() or ledger.head()[1][:12] in line for line in log)


def test_times_are_those_of_the_phase(sent):
    """People see the time of Tokyo, programs that of UTC; the zone is named once."""
    ledger = opened(sent)
    log = ledger.log()
    assert "Time (+09:00)" in log.to_text()
    assert "2026-11-02 10:00" in log.to_text()
    assert "2026-11-02T01:00:40Z" in log.to_csv()
    assert json.loads(log.to_json())["utc_offsets"] == {"validation": "+09:00", "final": "+09:00"}
    text = ledger.attempts(as_of="2026-11-16T03:30:00Z").to_text()
    assert "Attempts as of 2026-11-16 12:30 +09:00" in text
    assert "opens 2026-11-15 00:00, closes 2026-11-22 00:00" in text
    assert "Z" not in text.replace("Zone", "")


def test_several_time_zones(tmp_path):
    """If phases have days of different zones, each time has its own."""
    phases = PHASES.replace("22T00:00:00+09:00", "22T00:00:00Z").replace(
        '[phases.final]\nsplit = "test"\nopens = 2026-11-15T00:00:00+09:00',
        '[phases.final]\nsplit = "test"\nopens = 2026-11-15T00:00:00Z',
    )
    ledger = xe.Ledger.init(tmp_path / "ledger.db", make_challenge(tmp_path / "task", phases))
    for phase in ("validation", "final"):
        file = make_upload(tmp_path / phase / "Kumo_01.csv", len(phase))
        ledger.add(file, phase=phase, time="2026-11-02T01:00:00Z")
    text = ledger.log().to_text()
    assert "2026-11-02 10:00 +09:00" in text
    assert "2026-11-02 01:00 UTC" in text


def test_when_the_next_upload_is_free(sent):
    """Now, a later time, or never."""
    as_of = "2026-11-16T13:00:00+09:00"
    found = opened(sent).attempts(phase="final", as_of=as_of)
    free = {each.team: (each.free_now, each.next_free) for each in found.teams}
    assert free == {
        "Hibari": (True, "2026-11-16T04:00:00Z"), "Kumo": (False, "2026-11-16T15:00:00Z"),
    }  # fmt: skip
    rows = [line.split("   ") for line in found.to_text().splitlines()]
    ends = {row[0].strip(): row[-1].strip() for row in rows if row[0].strip() in free}
    assert ends == {"Hibari": "now", "Kumo": "2026-11-17 00:00"}
    closed = opened(sent).attempts(phase="final", as_of="2026-11-23")
    assert {row.split()[-1] for row in closed.to_text().splitlines()[4:6]} == {"never"}


def test_a_team_that_sent_nothing_is_named(sent):
    """A misspelt team is no row of zeros and no empty log."""
    ledger = opened(sent)
    for read in (ledger.attempts, ledger.log):
        with pytest.raises(xe.UsageError, match=r"no upload of the team 'hibari'; did you mean Hi"):
            read("hibari")
        with pytest.raises(
            xe.UsageError, match="no upload of the team 'Zzz'; the teams are Hibari, K"
        ):
            read("Zzz")


def test_uploads_of_a_lost_phase_are_named(sent, tmp_path):
    """After a phase got another name, log and attempts say how many uploads have no phase."""
    text = (sent / "task/challenge.toml").read_text().replace("[phases.final]", "[phases.last]")
    (tmp_path / "challenge.toml").write_text(text)
    for name in ("ratings.csv", "approved.csv"):
        (tmp_path / name).write_bytes((sent / "task" / name).read_bytes())
    ledger = xe.Ledger(sent / "ledger.db", tmp_path / "challenge.toml")
    for found in (ledger.log(), ledger.attempts()):
        assert found.lost_phases == {"final": 4}
        assert "4 uploads are of the phase 'final', which the challenge file does not" in str(found)
    assert ledger.log(phase="last").lost_phases == {}


def test_old_and_new_values_are_in_one_cell(sent, monkeypatch):
    """In a narrow terminal too, a metric before and after the label fix stands in one cell."""
    ratings = sent / "task/ratings.csv"
    fixed = sent / "fixed.csv"
    fixed.write_text(ratings.read_text().replace(",9,", ",1,").replace(",2,", ",8,"))
    found = opened(sent).rescore(fixed, ratings, phase="final")
    for columns in (80, 60):
        lines = on_terminal(found, monkeypatch, columns)
        assert max(map(len, lines)) <= columns
        for each in found.systems:
            old, new = each.before["SRCC"], each.after["SRCC"]
            assert old != new
            assert any(f"{old:.3f} → {new:.3f}" in line for line in lines), lines
    assert r"$\rightarrow$" in found.to_latex()
    same = opened(sent).rescore(ratings, ratings, phase="final")
    assert "→" not in same.to_text()


def test_the_check_of_a_ledger(sent, tmp_path):
    """A head that the ledger has is named, equal faults share a row, and no table is empty."""
    ledger = opened(sent)
    number, digest = ledger.head()
    found = ledger.verify([ledger.head()])
    assert found.heads == (number,)
    assert f"The ledger has the given head: entry {number}." in found.to_text()
    assert ledger.verify([(number, "0" * 64)]).heads == ()
    markdown = found.to_markdown()
    assert "|" not in markdown
    assert "Every entry follows from the one before it" in markdown
    assert f"SHA-256: `{digest}`\n" in markdown
    assert "Every entry follows" in found.to_latex()
    lines = tmp_path / "lines.jsonl"
    ledger.export(lines)
    made = run(sent, "import", lines, ledger=tmp_path / "copy.db")
    assert "3 files are missing: copy the folder of the other ledger to" in made.err
    assert "copy.db.files" in made.err
    checked = run(sent, "verify", ledger=tmp_path / "copy.db")
    assert checked.code == 1
    assert checked.out.count("its file is missing") == 1
    assert "2, 3, 5" in checked.out


def test_messages_of_withdraw(sent, tmp_path):
    """The upload is named; what is no entry and what is no upload says which entries there are."""
    place = tmp_path
    for name in ("ledger.db", "task"):
        (place / name).symlink_to(sent / name)
    time = ("--time", "2026-11-20T00:00:00Z")
    for words, message in (
        (("Kumo_02", *time), "expected the number of an entry, as xacle-eval ledger log shows it"),
        (
            ("99", *time),
            "the ledger has no entry 99; its entries are 1 to 9; xacle-eval ledger log",
        ),
        (("1", *time), "entry 1 of the ledger is not an upload, but 'created'"),
        (
            ("2", "--time", "2026-11-01T00:00:00Z"),
            "entry 2 is of 2026-11-02 10:00:40 +09:00, after 2026-11-01 09:00:00 +09:00",
        ),
        (("2",), "missing option --time, such as --time 2026-11-20T18:00:00+09:00"),
    ):
        refused = run(sent, "withdraw", *words)
        assert (refused.code, message in refused.err) == (2, True), refused.err
    copy = place / "own.db"
    lines = place / "lines.jsonl"
    opened(sent).export(lines)
    run(sent, "import", lines, ledger=copy)
    done = run(sent, "withdraw", "7", *time, ledger=copy)
    assert done.err == "withdrawn: Kumo_02.csv of Kumo, entry 7 (recorded as entry 10)\n"
    earlier = run(sent, "withdraw", "7", "--time", "2026-11-19T00:00:00Z", ledger=copy)
    assert "warning: entry 10 has the later time 2026-11-20 09:00 +09:00" in earlier.err


def test_a_known_upload_keeps_its_time(sent):
    """Another --time for an upload that was recorded before is not ignored silently."""
    file = "final/Kumo/Kumo_02.csv"
    words = ("add", file, "--phase", "final", "--time")
    again = run(sent, *words, "2026-11-16T20:00:00+09:00")
    assert again.err == (
        f"{file} is entry 7 already, and keeps its time: 2026-11-16 13:00 +09:00; if it is wrong, "
        "use xacle-eval ledger withdraw 7 --time TIME, and add the upload again\n"
    )
    assert run(sent, *words, "2026-11-16T13:00:00+09:00").err == ""


def test_errors_name_the_option(sent, tmp_path):
    """Phase, file and challenge are given by an option, and the message says which."""
    for words, options, message in (
        (("add", "final"), {}, "name one with --phase: validation, final"),
        (("init",), {}, "name another file with --ledger"),
        (("log",), {"ledger": "no.db"}, "ledger init --challenge FILE --ledger no.db"),
        (("log",), {"ledger": tmp_path / "empty"}, "is not a ledger; create one with"),
    ):
        (tmp_path / "empty").touch()
        refused = run(sent, *words, **options)
        assert refused.code != 0
        assert message in refused.err

"""The pages of a ledger through the real command: the phase they name, and options."""

import json

import pytest

import xacle_eval as xe
from tests.cli.helpers import in_process
from tests.records.ledger.helpers import PHASES, make_ledger, send

pytest.importorskip("jinja2", reason="the extra report is not installed")
LADDER = f'{PHASES}\ntitle = "The last weeks"\n[publish.phase.final]\nladder = 0.05\n'
END = "2026-11-22T00:00:00+09:00"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a ledger of a phase with a ladder."""
    folder = tmp_path_factory.mktemp("ladder")
    ledger = make_ledger(folder, LADDER)
    for number, label in enumerate(("Kumo_01", "Suzume_01", "Kumo_02")):
        send(ledger, folder, label, f"2026-11-16T1{number}:00:00+09:00", seed=number)
    return folder


def report(place, site, *words):
    """Write the pages of the final phase, and return the run and the text of each page."""
    given = ("--ledger", "ledger.db", "--phase", "final", "--force", "-o", site, *words)
    made = in_process("report", *given, cwd=place, XACLE_EVAL_CHALLENGE="task/challenge.toml")
    pages = (place / site).rglob("*.html")
    return made, {each.name: each.read_text(encoding="utf-8") for each in pages}


def test_every_page_names_its_phase(place):
    """Title, dates and the time are on each page, in the time zone of the phase; before the end,
    also what is shown. A page about uncertainty is there after the end.
    """
    made, pages = report(place, "open", "--as-of", "2026-11-18")
    assert made.code == 0, made.err
    assert sorted(pages) == ["history.html", "index.html"]
    dates = "opens 2026-11-15 00:00:00, closes 2026-11-22 00:00:00 (+09:00)"
    for page in pages.values():
        assert f"Phase: The last weeks (final), {dates}" in page
        assert "Uploads as of 2026-11-18 23:59:59 (+09:00)" in page
        assert "Until the phase has ended, these pages show SRCC in steps of 0.05" in page
        assert "uncertainty.html" not in page
    assert "Time (+09:00)" in pages["history.html"]
    assert "2026-11-16 10:00:00" in pages["history.html"]
    assert "SRCC, in steps of 0.05" in pages["index.html"]
    made, pages = report(place, "all", "--as-of", END, "--bootstrap", "10")
    assert made.code == 0, made.err
    assert {"uncertainty.html", "Kumo_02.html"} < set(pages)
    for page in pages.values():
        assert "Uploads as of 2026-11-22 00:00:00 (+09:00)" in page
        assert "Until the phase has ended" not in page
    assert "that the team did not select" in pages["history.html"]


def test_a_page_names_the_phases_that_it_waits_for(place):
    """The pages of a phase name another one that scores the same pairs, before and after the end of
    the phase; a page of leaderboard waits for it, too.
    """
    ledger = xe.Ledger(place / "ledger.db", place / "task/challenge.toml")
    send(ledger, place, "Kumo_01", "2026-11-12T10:00:00+09:00", phase="validation")
    other = "the phase final, which scores the same pairs,"
    given = ("--phase", "validation", "--as-of")
    for time, ended in (
        ("2026-11-12", f"this phase and {other} have ended"),
        ("2026-11-16", f"{other} has ended"),
    ):
        made, pages = report(place, "other", *given, time)
        assert made.code == 0, made.err
        assert f"Until {ended}, these pages show SRCC with 1 decimal." in pages["index.html"]
        assert f"{other} ha" in " ".join(made.err.split())
    words = ("leaderboard", "--ledger", "ledger.db", *given, "2026-11-16", "-f", "html")
    made = in_process(*words, cwd=place, XACLE_EVAL_CHALLENGE="task/challenge.toml")
    assert (made.code, "name 2026-11-22T00:00:00+09:00" in " ".join(made.err.split())) == (2, True)


def all_text(site):
    """Return the text of all files of a site."""
    files = [each for each in site.rglob("*") if each.is_file()]
    return "".join(each.read_text(encoding="utf-8") for each in files)


@pytest.mark.parametrize("phases", [PHASES, LADDER])
def test_pages_without_an_upload_that_counts(tmp_path, phases):
    """The line that publishes a phase works before the first upload, and when the only one was
    withdrawn: its name is on no page, also after the end.
    """
    ledger = make_ledger(tmp_path, phases)
    made, pages = report(tmp_path, "site")
    assert made.code == 0, made.err
    assert "no upload of the phase final counts: no upload was added yet" in made.err
    for page in pages.values():
        assert "No upload was added yet" in page
    assert "No system is ranked" in pages["index.html"]
    entry = send(ledger, tmp_path, "Kumo_01", "2026-11-16T10:00:00+09:00").entry
    for as_of in (("--as-of", "2026-11-17"), ("--as-of", END)):
        made, _ = report(tmp_path, "site", *as_of, "--bootstrap", "10")
        assert (made.code, "Kumo" in all_text(tmp_path / "site")) == (0, True)
    ledger.withdraw(entry, time="2026-11-16T12:00:00+09:00", reason="wrong model")
    words = ("report", "--ledger", "ledger.db", "--phase", "final", "-o", "site", "--bootstrap")
    for as_of in ("2026-11-17", END):
        made = in_process(
            *words, "10", "--as-of", as_of,
            cwd=tmp_path, XACLE_EVAL_CHALLENGE="task/challenge.toml",
        )  # fmt: skip
        assert (made.code, "Kumo" in all_text(tmp_path / "site")) == (0, False)
        board = ledger.report(phase="final", as_of=as_of, bootstrap=10).boards["system"]
        assert (board.entries, board.unranked) == ((), ())


def test_an_empty_page_needs_the_phases_of_the_ledger(tmp_path):
    """Uploads of a phase that was renamed in the challenge file are an error; the pages stay."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", "2026-11-16T10:00:00+09:00")
    assert report(tmp_path, "site")[0].code == 0
    file = tmp_path / "task/challenge.toml"
    text = file.read_text(encoding="utf-8").replace("[phases.final]", "[phases.end]")
    file.write_text(text, encoding="utf-8")
    made, pages = report(tmp_path, "site", "--phase", "end")
    assert (made.code, "uploads of final, which the challenge file does not name" in made.err) == (
        2, True,
    )  # fmt: skip
    assert "Kumo" in pages["index.html"]


def test_a_phase_without_a_table_shows_one_decimal(tmp_path):
    """The page says so; a phase without dates has only its name and the time."""
    ledger = make_ledger(tmp_path, '[phases.final]\nsplit = "test"\n')
    send(ledger, tmp_path, "Kumo_01", "2026-11-16T10:00:00+09:00")
    made, pages = report(tmp_path, "open")
    assert made.code == 0, made.err
    assert "<bdi>Phase: final</bdi>" in pages["index.html"]
    assert "Uploads as of 2026-11-16 01:00:00 (+00:00)" in pages["index.html"]
    assert "these pages show SRCC with 1 decimal." in pages["index.html"]


def test_options_of_an_open_phase(place):
    """What would rank suspicious files is refused, what belongs to resamples is named in a note,
    and references of other splits are used.
    """
    made, _ = report(place, "open", "--rank-suspicious")
    assert (made.code, "--rank-suspicious: the scores" in made.err) == (2, True)
    made, _ = report(place, "open", "--bootstrap", "5", "--jobs", "2")
    note = "--bootstrap, --jobs have no effect before the end"
    assert (made.code, note in made.err) == (0, True)
    made, _ = report(place, "open")
    assert (made.code, "no effect" in made.err) == (0, False)
    made, _ = report(place, "open", "--references-of", "tset=task/ratings.csv")
    assert (made.code, "tset" in made.err) == (2, True)


def test_a_report_has_its_phase(place):
    """The JSON of a report has the phase, with times in UTC."""
    ledger = xe.Ledger(place / "ledger.db", place / "task/challenge.toml")
    phase = json.loads(ledger.report(phase="final").to_json())["phase"]
    assert phase == {
        "phase": "final",
        "title": "The last weeks",
        "opens": "2026-11-14T15:00:00Z",
        "closes": "2026-11-21T15:00:00Z",
        "utc_offset": "+09:00",
        "as_of": "2026-11-16T03:00:00Z",
        "is_open": True,
        "open_phases": ["final"],
        "metrics": ["SRCC"],
        "decimals": 2,
        "ladder": 0.05,
    }

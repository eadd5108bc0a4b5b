"""The command ``ledger``, and boards and reports of a ledger, through the real command."""

import json
import os
import re
import shutil
import subprocess

import pytest

from tests.cli.helpers import in_process, xacle_eval
from tests.helpers import REPOSITORY
from tests.records.ledger.helpers import change, make_challenge, make_upload

SSH_KEYGEN = shutil.which("ssh-keygen")
NOON = "2026-11-16T12:00:00+09:00"


@pytest.fixture
def place(tmp_path):
    """A folder with a challenge, a ledger and two teams' uploads in an inbox."""
    make_challenge(tmp_path / "task")
    assert run(tmp_path, "ledger", "init").code == 0
    for team, number in (("Kumo", 1), ("Kumo", 2), ("Suzume", 1)):
        file = make_upload(
            tmp_path / f"inbox/{team}/{team}_{number:02d}.csv", hash_of(team, number)
        )
        os.utime(file, (1_794_800_000 + number,) * 2)  # 2026-11-16 in Tokyo
    return tmp_path


def hash_of(team, number):
    """Return a number that depends on the label."""
    return len(team) * 100 + number


def run(place, *words, **options):
    """Run the command in a folder with its challenge."""
    options.setdefault("XACLE_EVAL_CHALLENGE", "task/challenge.toml")
    return in_process(*words, cwd=place, **options)


def lines(place):
    """Return the exported entries."""
    return run(place, "ledger", "export").out


def test_the_real_command(place):
    """In a process of its own, the command records an upload and shows the log."""
    words = ("inbox/Kumo/Kumo_01.csv", "--phase", "final", "--challenge", "task/challenge.toml")
    assert xacle_eval("ledger", "add", *words, cwd=place).code == 0
    log = xacle_eval("ledger", "log", "-c", "task/challenge.toml", "-f", "csv", cwd=place)
    assert [row.split(",")[2] for row in log.out.splitlines()] == ["kind", "created", "valid"]


def test_recording_twice_gives_the_same_entries(place):
    """A folder is added with the time of each file; a second run adds nothing."""
    first = run(place, "ledger", "add", "inbox", "--phase", "final", "-f", "json")
    assert first.code == 0, first.err
    found = json.loads(first.out)
    assert found["schema"] == "xacle-eval/ledger-add/1"
    assert [(one["entry"], one["team"], one["status"]) for one in found["uploads"]] == [
        (2, "Kumo", "counts"), (3, "Suzume", "counts"), (4, "Kumo", "counts"),
    ]  # fmt: skip
    before = lines(place)
    again = json.loads(run(place, "ledger", "add", "inbox", "--phase", "final", "-f", "json").out)
    assert [one["new"] for one in again["uploads"]] == [False] * 3
    assert lines(place) == before


def test_the_board_is_that_of_the_folder(place):
    """Every format of the board has the bytes of the board of the same files in a folder."""
    run(place, "ledger", "add", "inbox", "--phase", "final")
    end = ("--as-of", "2026-11-22T00:00:00+09:00")
    for format_ in ("text", "csv", "markdown", "latex", "html"):
        of_ledger = run(
            place, "leaderboard", "--ledger", "ledger.db", "--phase", "final", "-f", format_, *end
        )
        of_folder = run(place, "leaderboard", "inbox", "-f", format_)
        assert of_ledger.out == of_folder.out
        assert of_ledger.code == of_folder.code == 0
    of_ledger, of_folder = (
        run(place, "leaderboard", *words, "-f", "json", "--by", "team").out
        for words in (("--ledger", "ledger.db", "--phase", "final"), ("inbox",))
    )
    assert of_ledger == of_folder.replace('"path": "inbox/', '"path": "')


def test_the_board_as_of_a_time(place):
    """Later uploads do not change the board as of an earlier time, date or entry."""
    run(place, "ledger", "add", "inbox/Kumo/Kumo_01.csv", "--phase", "final", "--time", NOON)
    board = ("leaderboard", "--ledger", "ledger.db", "--phase", "final", "--as-of")
    first = run(place, *board, "2026-11-16")
    assert first.code == 0
    late = "2026-11-17T00:00:00+09:00"
    run(place, "ledger", "add", "inbox/Suzume", "--phase", "final", "--time", late)
    for state in ("2026-11-16", "2", "2026-11-16T23:59:59+09:00", "2026-11-16T14:59:59Z"):
        assert run(place, *board, state).out == first.out
    assert run(place, *board, "2026-11-17").out != first.out
    none = run(place, *board, "2026-11-15")
    assert (none.code, none.out) == (2, "")
    assert "no upload of the phase final counts as of 2026-11-15 23:59:59 +09:00" in none.err
    for state in ("99", "soon"):
        assert run(place, *board, state).code == 2


def test_marks_and_exit_codes(place):
    """An invalid upload is recorded with exit code 1, a late one with 0; both are marked."""
    make_upload(place / "bad/Kumo_09.csv", 9, valid=False)
    bad = run(place, "ledger", "add", "bad", "--phase", "final", "--time", NOON)
    assert (bad.code, "invalid" in bad.out) == (1, True)
    late = ("inbox/Kumo/Kumo_01.csv", "--phase", "final", "--time", "2026-12-01T00:00:00Z")
    found = run(place, "ledger", "add", *late)
    assert (found.code, "late" in found.out) == (0, True)
    table = run(place, "ledger", "log", "--format", "csv").out.splitlines()
    assert [row.split(",")[5] for row in table] == ["status", "", "invalid", "late"]
    text = run(place, "ledger", "attempts", "--team", "Kumo", "--as-of", "2026-11-16").out
    assert "Phase final: a team has at most 2 final systems; opens 2026-11-15 00:00" in text


def test_an_upload_that_is_sent_again_is_named(place):
    """Who adds a withdrawn upload with another time is told that it is a new one, and how to undo
    that; once.
    """
    file = "inbox/Kumo/Kumo_01.csv"
    run(place, "ledger", "add", file, "--phase", "final", "--time", NOON)
    run(place, "ledger", "withdraw", "2", "--time", NOON)
    found = run(place, "ledger", "add", "inbox/Kumo", "--phase", "final", "-f", "json")
    assert found.err == (
        f"{file} is a new upload, entry 4, with the bytes of entry 2, which does not count; if "
        "that is wrong, use xacle-eval ledger withdraw 4 --time TIME\n"
    )
    assert [one["repeats"] for one in json.loads(found.out)["uploads"]] == [2, None]
    again = run(place, "ledger", "add", "inbox/Kumo", "--phase", "final", "-f", "json")
    assert again.err == ""
    assert [one["repeats"] for one in json.loads(again.out)["uploads"]] == [None, None]


def test_intake_writes_a_reply_for_each_upload(place):
    """Each upload has a reply and a receipt that do not depend on the labels; again, nothing."""
    make_upload(place / "inbox/Hibari/Hibari_01.csv", 7, valid=False)
    first = run(place, "ledger", "intake", "inbox", "--phase", "final")
    assert first.code == 0, first.err
    replies = sorted((place / "ledger.db.replies").glob("*/reply.txt"))
    assert [path.parent.name[:6] for path in replies] == ["000002", "000003", "000004", "000005"]
    texts = {path.parent.name[7:]: path.read_text(encoding="utf-8") for path in replies}
    assert "Result: valid. It counts." in texts["Suzume"]
    assert "Result: invalid." in texts["Hibari"]
    assert "- Hibari_01.csv: missing id (1 of 24): 024.wav (XAC024)" in texts["Hibari"]
    receipt = replies[0].with_name("receipt.json")
    assert run(place, "verify", receipt, "inbox/Kumo/Kumo_01.csv").code == 0
    assert "inbox" not in "".join(texts.values())
    written = {path: path.read_bytes() for path in (place / "ledger.db.replies").rglob("*.*")}
    replies[1].unlink()
    before = lines(place)
    ratings = place / "task/ratings.csv"
    ratings.write_text(ratings.read_text().replace(",9,", ",1,"))
    assert run(place, "ledger", "intake", "inbox", "--phase", "final").code == 0
    assert lines(place) == before
    assert {p: p.read_bytes() for p in (place / "ledger.db.replies").rglob("*.*")} == written


def test_intake_of_hostile_names(place):
    """No reply is written outside its folder, whatever a team is called; no name is shown raw."""
    names = ["..x", "a b", "\u202eevil", "x\x1b[31m", "-rf", "$(id)", "'; DROP TABLE entries; --"]
    for number, name in enumerate(names):
        make_upload(place / "hostile" / name / f"{name}_01.csv", 50 + number)
    (place / "hostile" / "link").symlink_to("/etc")
    found = run(place, "ledger", "intake", "hostile", "--phase", "final")
    assert "\x1b" not in found.out + found.err
    folders = [path.name for path in (place / "ledger.db.replies").iterdir()]
    # Names with a dot at the beginning are skipped, as in every folder of submissions, and a team
    # has no invisible characters in its name.
    recorded = [name for name in folders if not name.startswith("not-recorded-")]
    assert (len(recorded), len(folders)) == (len(names) - 3, len(names))  # two, and the link
    assert "visible characters" in found.out
    assert all(name.isascii() and "/" not in name for name in folders)
    assert run(place, "ledger", "verify").code == 0
    assert "Not recorded" in found.out


def test_an_empty_inbox_is_no_error(place):
    """Cron runs before the first upload arrives; replies among the uploads are refused."""
    (place / "empty").mkdir()
    assert run(place, "ledger", "intake", "empty", "--phase", "final").code == 0
    words = ("ledger", "intake", "inbox", "--phase", "final", "--replies", "inbox/replies")
    refused = run(place, *words)
    assert (refused.code, "in the folder of the uploads" in refused.err) == (2, True)


def test_a_tampered_row_is_named(place):
    """The check names the entry and exits with 1; a head that was written before finds the rest."""
    run(place, "ledger", "add", "inbox", "--phase", "final")
    good = run(place, "ledger", "verify", "--write-head", "head.txt")
    assert good.code == 0
    change(place / "ledger.db", "UPDATE entries SET team = 'Suzume' WHERE sequence = 2")
    bad = run(place, "ledger", "verify", "-f", "json", "--write-head", "bad.txt")
    assert bad.code == 1
    assert json.loads(bad.out)["faults"] == [
        {"entry": 2, "fault": "its content was changed after it was recorded"}
    ]
    assert not (place / "bad.txt").exists()
    change(place / "ledger.db", "DELETE FROM entries WHERE sequence > 1")
    assert run(place, "ledger", "verify").code == 0
    assert run(place, "ledger", "verify", "--head", "head.txt").code == 1
    assert run(place, "ledger", "verify", "--head", "ledger.db").code == 2


@pytest.mark.skipif(SSH_KEYGEN is None, reason="ssh-keygen is not installed")
def test_the_head_is_signed_with_ssh_keygen(place):
    """The documented commands sign the head, also a second time, and check the signature; a changed
    head fails.
    """
    run(place, "ledger", "add", "inbox", "--phase", "final")
    run(place, "ledger", "verify", "--write-head", "head.txt")
    text = (REPOSITORY / "docs/organisers-ledger.md").read_text(encoding="utf-8")
    commands = [line for line in text.splitlines() if line.startswith(("ssh-keygen", "rm -f head"))]
    assert [words.split()[1:4] for words in commands] == [
        ["-t", "ed25519", "-f"],
        ["-f", "head.txt.sig", "#"],
        ["-Y", "sign", "-f"],
        ["-Y", "verify", "-f"],
    ]
    make, remove, sign, check = commands
    shell(place, f'{make} -N "" -q')
    key = (place / "ledger-key.pub").read_text().split()
    (place / "signers.txt").write_text(f"organisers {key[0]} {key[1]}\n")
    for line in (remove, sign) * 2:
        shell(place, line)
    assert "Good" in shell(place, check).stdout
    head = place / "head.txt"
    head.write_text(head.read_text().replace("4 ", "3 ", 1))
    assert shell(place, check, fails=True).returncode != 0


def shell(place, line, fails=False):
    """Run a line of the documentation in a folder."""
    done = subprocess.run(
        ["sh", "-c", line], cwd=place, capture_output=True, text=True, check=False
    )
    assert fails or done.returncode == 0, done.stderr
    return done


def test_scoring_again_after_a_label_fix(place):
    """Old and new ranks stand side by side with what differs, equal to both boards."""
    run(place, "ledger", "add", "inbox", "--phase", "final")
    ratings = (place / "task/ratings.csv").read_text()
    rows = ratings.splitlines()
    (place / "fixed.csv").write_text("\n".join([rows[0], *rows[2:], rows[1]]) + "\n")
    same = run(place, "ledger", "rescore", "-r", "fixed.csv", "--phase", "final", "-f", "json")
    assert [one["key"] for one in json.loads(same.out)["differences"]] == ["ref"]
    (place / "fixed.csv").write_text(ratings.replace(",9,", ",0,").replace(",8,", ",1,"))
    words = ("ledger", "rescore", "-r", "fixed.csv", "--phase", "final", "-f", "json")
    found = json.loads(run(place, *words, "--time", "2026-12-01T00:00:00Z").out)
    board = ("leaderboard", "--ledger", "ledger.db", "--phase", "final", "-f", "json")
    old = json.loads(run(place, *board).out)
    new = json.loads(run(place, *board, "-r", "fixed.csv").out)
    assert found["signature_before"] == old["signature"]
    assert found["signature_after"] == new["signature"]
    for side, document in (("before", old), ("after", new)):
        expected = {one["system"]: (one["rank"], one["rounded"]) for one in document["entries"]}
        assert {
            one["system"]: (one[f"rank_{side}"], one[side]) for one in found["systems"]
        } == expected
    log = json.loads(run(place, "ledger", "log", "-f", "json").out)["entries"]
    assert log[-1]["kind"] == "rescoring"
    assert found["entry"] == log[-1]["entry"]


def test_the_pages_of_a_ledger(place):
    """The site of a ledger has the page of the history; that of the same folder has not."""
    pytest.importorskip("jinja2", reason="the extra report is not installed")
    run(place, "ledger", "add", "inbox", "--phase", "final")
    words = ("--bootstrap", "10", "-q", "-o")
    made = run(place, "report", "--ledger", "ledger.db", "--phase", "final", *words, "site")
    assert made.code == 0, made.err
    page = (place / "site/history.html").read_text(encoding="utf-8")
    assert page.index("Who was first when") < page.index("Kumo") < page.index("The best of each")
    assert 'href="history.html"' in (place / "site/index.html").read_text(encoding="utf-8")
    assert run(place, "report", "inbox", *words, "other").code == 0
    assert not (place / "other/history.html").exists()


def test_corrections_by_command(place):
    """withdraw and select add entries; the export shows each as one more line."""
    run(place, "ledger", "add", "inbox", "--phase", "final")
    before = lines(place)
    late = ("--time", "2026-11-20T00:00:00Z")
    assert run(place, "ledger", "withdraw", "3", *late, "--reason", "twice").code == 0
    words = ("ledger", "select", "Kumo_02", "--team", "Kumo", "--phase", "final", *late)
    assert run(place, *words).code == 0
    after = lines(place)
    assert after.startswith(before)
    kinds = [json.loads(line)["kind"] for line in after[len(before) :].splitlines()]
    assert kinds == ["withdrawal", "selection"]
    board = run(place, "leaderboard", "--ledger", "ledger.db", "--phase", "final", "-f", "csv")
    assert [row.split(",")[2] for row in board.out.splitlines()[1:]] == ["Kumo_02"]
    assert run(place, "ledger", "withdraw", "1", *late).code == 2
    (place / "lines.jsonl").write_text(after)
    assert run(place, "ledger", "import", "lines.jsonl", "--ledger", "copy.db").code == 0
    assert run(place, "ledger", "export", "--ledger", "copy.db").out == after


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("leaderboard", "inbox", "--as-of", "2026-11-16"), "--as-of has no effect"),
        (("leaderboard", "--ledger", "missing.db"), "ledger init"),
        (("leaderboard",), "missing argument DIR|FILE"),
        (("leaderboard", "--ledger", "ledger.db"), "several phases"),
        (("ledger", "add", "missing.csv", "--phase", "final"), "No such file"),
        (("ledger", "add", "-", "--phase", "final"), "no name and no time"),
        (("ledger", "add", "inbox", "--phase", "final", "--time", "2026-11-16"), "time zone"),
        (("ledger", "add", "inbox", "--phase", "final", "--team", "a\tb"), "visible characters"),
        (("ledger", "init"), "never replaced"),
        (("ledger", "log", "-o", "ledger.db"), "ledger"),
        (("ledger", "rescore", "--phase", "final"), "--references"),
        (("ledger", "withdraw", "2"), "--time"),
    ],
)
def test_usage_errors(place, words, message):
    """Each has exit code 2, a message that names the reason, and no traceback."""
    found = run(place, *words)
    assert found.code == 2
    assert message in " ".join(found.err.split())
    assert "Traceback" not in found.err


def test_a_ledger_of_the_environment_is_for_calls_without_files(place):
    """XACLE_EVAL_LEDGER serves the commands of the ledger and does not change other boards."""
    run(place, "ledger", "add", "inbox/Kumo", "--phase", "final")
    variables = {"XACLE_EVAL_LEDGER": "ledger.db", "XACLE_EVAL_PHASE": "final"}
    board = run(place, "leaderboard", "-f", "csv", **variables)
    assert len(board.out.splitlines()) == 3
    other = run(place, "leaderboard", "inbox/Suzume", "-f", "csv", **variables)
    assert len(other.out.splitlines()) == 2


def test_the_ledger_in_the_folder_of_the_uploads(place):
    """Its own files are no uploads and no reason to fail, however often the folder is added."""
    words = (
        "ledger",
        "add",
        ".",
        "--team",
        "Kumo",
        "--phase",
        "final",
        "--exit-zero",
        "-f",
        "json",
    )
    run(place, *words)
    (place / "ledger.db.replies/000002-Kumo").mkdir(parents=True)
    (place / "ledger.db.replies/000002-Kumo/reply.txt").write_text("Your upload has arrived.\n")
    found = json.loads(run(place, *words).out)
    assert len(found["uploads"]) >= 3
    assert not [one["path"] for one in found["skipped"] if "ledger.db" in one["path"]]


@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.files"])
def test_no_result_is_written_over_the_ledger(place, name):
    """The file, its write-ahead log and the kept files are no targets of a result."""
    run(place, "ledger", "add", "inbox", "--phase", "final")
    before = lines(place)
    if name == "ledger.db.files":
        name = f"{name}/{next((place / name).iterdir()).name}"
    for words in (("export", "-o"), ("verify", "--write-head"), ("log", "-o")):
        refused = run(place, "ledger", *words, name)
        assert (refused.code, "overwritten" in refused.err) == (2, True)
    assert lines(place) == before
    assert run(place, "ledger", "verify").code == 0


@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal"])
def test_no_result_is_written_over_a_ledger_behind_a_link(place, name):
    """The files beside the target of the link are those of the ledger."""
    (place / "links").mkdir()
    (place / "links/link.db").symlink_to(place / "ledger.db")
    refused = run(place, "ledger", "export", "--ledger", "links/link.db", "-o", name)
    assert (refused.code, "overwritten" in refused.err) == (2, True)


def test_a_phase_that_the_challenge_file_has_lost(place):
    """Entries of a phase that was renamed stay in the log, and using them is an error that says
    what the phases are.
    """
    run(place, "ledger", "add", "inbox", "--phase", "final")
    file = place / "task/challenge.toml"
    file.write_text(file.read_text().replace("[phases.final]", "[phases.last]"))
    assert run(place, "ledger", "log", "-f", "csv").out.count(",final,") == 3
    assert run(place, "ledger", "verify").code == 0
    for words in (
        ("ledger", "withdraw", "2", "--time", NOON),
        ("leaderboard", "--ledger", "ledger.db", "--phase", "final"),
    ):
        found = run(place, *words)
        assert (found.code, "the phases are validation, last" in found.err) == (2, True)
    board = run(place, "leaderboard", "--ledger", "ledger.db", "--phase", "last")
    assert "the ledger has uploads of final, which the challenge file does not name" in board.err


def test_the_pages_of_an_open_phase(place):
    """Until its end is named, the pages show the metric and decimals of the phase, and no details;
    a board as a page is refused.
    """
    pytest.importorskip("jinja2", reason="the extra report is not installed")
    run(place, "ledger", "add", "inbox", "--phase", "final")
    words = ("report", "--ledger", "ledger.db", "--phase", "final", "--bootstrap", "10")
    for state in ((), ("--as-of", "2026-11-21"), ("--as-of", "4")):
        made = run(place, *words, "-o", "open", "--force", *state)
        assert (
            made.code,
            "2026-11-22T00:00:00+09:00 or a later time with --as-of" in made.err,
        ) == (0, True)
        assert not (place / "open/systems").exists()
        text = "".join(path.read_text(encoding="utf-8") for path in (place / "open").rglob("*.*"))
        assert not re.search(r"[^0-9.][0-9]\.[0-9]{2}[^0-9]*</td>", text)
        table = (place / "open/downloads/leaderboard.csv").read_text(encoding="utf-8")
        values = [row.split(",") for row in table.splitlines()]
        assert "SRCC" in values[0]
        assert not {"LCC", "KTAU", "MSE", "SRCC_low"} & set(values[0])
        place_of = values[0].index("SRCC")
        assert all(len(row[place_of].lstrip("-")) == 3 for row in values[1:4])
        page = ("leaderboard", "--ledger", "ledger.db", "--phase", "final", "-f", "html")
        assert run(place, *page, *state).code == 2
    end = ("--as-of", "2026-11-22T00:00:00+09:00")
    assert run(place, *words, "-o", "all", *end, "-q").code == 0
    assert "LCC" in (place / "all/downloads/leaderboard.csv").read_text(encoding="utf-8")
    refused = run(place, *words, "-o", "open", "--force", "--part", "x")
    assert refused.code == 2

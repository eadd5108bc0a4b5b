"""A whole challenge without a platform: 25 teams, three weeks, two phases, and a label fix.

In the default tests, docs/organisers-ledger.md plays a small challenge from beginning to end.
"""

import csv
import hashlib
import io
import random
import shutil
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from scipy import stats

import xacle_eval as xe
from tests.helpers import make_submission
from tests.records.ledger.helpers import PAIRS, make_challenge
from tests.records.ledger.test_standing import slow_statuses
from xacle_eval.records.ledger.standing import Try
from xacle_eval.records.ledger.times import parse_time

pytestmark = pytest.mark.long

TOKYO = timezone(timedelta(hours=9))
START = datetime(2026, 11, 1, tzinfo=TOKYO)
TEAMS = [f"Team{number:02d}" for number in range(25)]
PHASES = """
[phases.validation]
split = "test"
opens = 2026-11-01T00:00:00+09:00
closes = 2026-11-15T00:00:00+09:00
valid_per_day = 2
valid_total = 12
all_per_day = 3

[phases.final]
split = "test"
opens = 2026-11-15T00:00:00+09:00
closes = 2026-11-22T00:00:00+09:00
valid_per_day = 3
final_systems = 2
"""


def read_averages(ratings):
    """Return the average of each pair's ratings, in the order of the pairs."""
    values = {}
    for row in csv.DictReader(io.StringIO(ratings.read_text(encoding="utf-8"))):
        values.setdefault(row["wav_file_name"], []).append(float(row["score"]))
    return np.array([np.mean(values[pair]) for pair in PAIRS])


def draw_uploads(folder, averages):
    """Write the files of all teams; return each with its phase, team and time, in time order."""
    draw = random.Random(7)  # noqa: S311 -- not a secret
    rng = np.random.default_rng(7)
    sent = []
    for place, team in enumerate(TEAMS):
        for number in range(draw.randrange(6, 14)):
            final = draw.random() < 0.35
            first, last = (14, 21.3) if final else (-0.2, 14.2)
            time = START + timedelta(minutes=int(1440 * draw.uniform(first, last)))
            # Several versions of four systems, better and better, and one in six is invalid.
            noise = rng.normal(
                scale=3.0 + place / 10 - 2 * max(0, (time - START).days) / 21, size=24
            )
            rows = dict(zip(PAIRS, np.clip(averages + noise, 0, 10).round(3).tolist(), strict=True))
            valid = draw.random() > 1 / 6
            if not valid:
                rows.popitem()
            label = f"{team}_{draw.randrange(1, 5):02d}"
            file = make_submission(folder / f"{team}-{number}" / f"{label}.csv", rows)
            sent.append((time, "final" if final else "validation", team, file, valid))
    return sorted(sent, key=lambda one: (one[0], one[2]))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The ledger after three weeks, what was sent, and the board of each Sunday as it was shown."""
    folder = tmp_path_factory.mktemp("challenge")
    challenge = make_challenge(folder / "task", PHASES)
    ledger = xe.Ledger.init(folder / "ledger.db", challenge)
    sent = draw_uploads(folder / "sent", read_averages(folder / "task/ratings.csv"))
    shown, sundays = {}, [START + timedelta(days=days) for days in (7, 14)]
    for time, phase, _, file, _ in sent:
        for sunday in [each for each in sundays if each <= time]:
            board = ledger.leaderboard(phase="validation", as_of=sunday)
            shown[sunday] = (board.to_json(), board.to_csv(), board.to_text())
            sundays.remove(sunday)
        ledger.add(file, phase=phase, time=time)
    return ledger, sent, shown


def test_every_upload_is_judged_by_its_time(played):
    """Each status is that of a slow count of what the team had sent before."""
    ledger, sent, _ = played
    log = [each for each in ledger.log().entries if each.status is not None]
    assert len(log) == len(sent)
    seen = set()
    for phase in ("validation", "final"):
        limits = ledger.challenge.phases[phase]
        for team in TEAMS:
            tries = [
                Try(0, "valid" if valid else "invalid", parse_time(time), team)
                for time, of, whose, _, valid in sent
                if (of, whose) == (phase, team)
            ]
            expected = slow_statuses(tries, limits, timedelta(hours=9))
            found = [e.status for e in log if (e.phase, e.team) == (phase, team)]
            later = {"replaced", "not selected"}
            assert ["counts" if each in later else each for each in found] == expected
            seen |= set(found)
            attempts = ledger.attempts(team, phase=phase).teams[0]
            assert (attempts.valid, attempts.all) == (expected.count("counts"), len(tries))
    assert seen == {
        "counts", "invalid", "early", "late", "over the limit", "replaced", "not selected",
    }  # fmt: skip


def test_last_weeks_board_has_the_same_bytes(played):
    """The boards that were shown on two Sundays are made again from the finished ledger."""
    ledger, _, shown = played
    assert len(shown) == 2
    for sunday, texts in shown.items():
        board = ledger.leaderboard(phase="validation", as_of=sunday)
        assert (board.to_json(), board.to_csv(), board.to_text()) == texts


def test_the_board_is_that_of_the_files(played, tmp_path):
    """The counting files of the finished phase in a folder give the same board."""
    ledger, _, _ = played
    for one in ledger.submissions(phase="validation"):
        target = tmp_path / one.shown
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((ledger.store.folder / one.inside[1]).read_bytes())
    of_files = xe.leaderboard(tmp_path, challenge=ledger.challenge)
    of_ledger = ledger.leaderboard(phase="validation")
    assert of_ledger.to_csv() == of_files.to_csv()
    assert [e.sha256 for e in of_ledger.entries] == [e.sha256 for e in of_files.entries]
    assert of_ledger.signature == of_files.signature


def test_the_history(played):
    """Who was first when, and the best of each team, as scipy's metrics of each file give them."""
    ledger, sent, _ = played
    averages = read_averages(ledger.path.parent / "task/ratings.csv")
    files = {hashlib.sha256(file.read_bytes()).hexdigest(): file for *_, file, _ in sent}
    best, first, bests, leaders = {}, (), [], []
    for each in sorted(ledger.log(phase="validation").entries, key=lambda one: one.time):
        if each.status not in ("counts", "replaced"):
            continue
        rows = csv.DictReader(io.StringIO(files[each.sha256].read_text()))
        values = np.array([float(row["pred_score"]) for row in rows])
        key = (
            round(stats.spearmanr(values, averages).statistic, 3),
            round(stats.pearsonr(values, averages).statistic, 3),
            round(stats.kendalltau(values, averages).statistic, 3),
            -round(np.mean((values - averages) ** 2), 3),
        )
        if key > best.get(each.team, ()):
            best[each.team] = key
            bests.append((each.time, each.team))
            if key > first:
                first = key
                leaders.append((each.time, each.team))
    history = ledger.history(phase="validation")
    assert [(step.time, step.team) for step in history.bests] == bests
    assert [(step.time, step.team) for step in history.leaders] == leaders
    assert len({team for _, team in leaders}) > 2
    end = "2026-11-22T00:00:00+09:00"  # of both phases, which score the same pairs
    report = ledger.report(phase="validation", bootstrap=10, as_of=end)
    assert [step.time for step in report.history.leaders] == [time for time, _ in leaders]


def test_the_end_of_the_challenge(played, tmp_path):
    """Selections, a withdrawn system, a label fix and the final table; the board that was shown
    before all that is made again with the same bytes.
    """
    finished, _, _ = played
    path = tmp_path / "ledger.db"
    shutil.copy(finished.path, path)
    (tmp_path / "ledger.db.files").symlink_to(finished.store.folder)
    ledger = xe.Ledger(path, finished.challenge)
    end = "2026-11-22T00:00:00+09:00"
    before, number = ledger.leaderboard(phase="final"), ledger.head()[0]
    systems = {team: [e.system for e in before.entries if e.team == team] for team in TEAMS}
    assert all(len(each) <= 2 for each in systems.values())
    chosen = {team: each[-1] for team, each in systems.items() if len(each) == 2}
    for team, system in chosen.items():
        ledger.select(system, team=team, phase="final", time=end)
    winner = ledger.leaderboard(phase="final").entries[0]
    (entry,) = (
        each.entry
        for each in ledger.log(winner.team, phase="final").entries
        if each.sha256 == winner.sha256
    )
    ledger.withdraw(entry, time=end, reason="used data that were not approved")
    final = ledger.leaderboard(phase="final")
    assert winner.team not in {e.team for e in final.entries if e.system == winner.system}
    for team, system in chosen.items():
        if team != winner.team:
            assert [e.system for e in final.entries if e.team == team] == [system]
    ratings = ledger.path.parent / "fixed.csv"
    text = (finished.path.parent / "task/ratings.csv").read_text(encoding="utf-8")
    ratings.write_text(text.replace(",9,", ",2,").replace(",1,", ",8,"), encoding="utf-8")
    found = ledger.rescore(ratings, phase="final", time=end)
    fixed = ledger.leaderboard(ratings, phase="final")
    assert [one.key for one in found.differences] == ["ref"]
    assert (found.signature_before, found.signature_after) == (final.signature, fixed.signature)
    ranks = {(one.team, one.system): (one.rank_before, one.rank_after) for one in found.systems}
    old = {(e.team, e.system): e.rank for e in final.entries}
    new = {(e.team, e.system): e.rank for e in fixed.entries}
    assert ranks == {key: (old[key], new[key]) for key in old}
    assert any(one.moved for one in found.systems)
    again = ledger.leaderboard(phase="final", as_of=number)
    assert (again.to_json(), again.to_text()) == (before.to_json(), before.to_text())
    assert ledger.verify([finished.head()]).valid
    copied = xe.Ledger.import_(export(ledger, tmp_path), tmp_path / "copy.db", ledger.challenge)
    (tmp_path / "copy.db.files").symlink_to(finished.store.folder)
    assert copied.leaderboard(ratings, phase="final").to_json() == fixed.to_json()


def export(ledger, folder):
    """Return the exported lines of a ledger."""
    ledger.export(folder / "lines.jsonl")
    return folder / "lines.jsonl"

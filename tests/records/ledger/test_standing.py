"""What counts: limits by day and in total, deadlines, withdrawals, versions and selections."""

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest

import xacle_eval as xe
from tests.records.ledger.helpers import (
    PHASES,
    make_challenge,
    make_ledger,
    make_upload,
    send,
    statuses,
)
from xacle_eval.challenge.phases import Phase
from xacle_eval.records.ledger.attempts import EVERY, next_free, read_board, read_standing
from xacle_eval.records.ledger.chain import Head, body_text
from xacle_eval.records.ledger.database import Database, chained
from xacle_eval.records.ledger.standing import Counting, Try, count_tries
from xacle_eval.records.ledger.times import day_of, from_seconds, parse_time

TOKYO = timezone(timedelta(hours=9))


def slow_statuses(tries, phase, offset):
    """Count every limit again for each upload, from the uploads before it."""
    found = []
    for place, (_, kind, time, *_) in enumerate(tries):
        moment = datetime.fromisoformat(time)
        day = (moment + offset).date()
        before = list(zip(tries[:place], found, strict=True))
        today = [
            s for (_, _, t, *_), s in before if (datetime.fromisoformat(t) + offset).date() == day
        ]
        if phase.opens is not None and moment < phase.opens:
            found.append("early")
        elif phase.closes is not None and not moment < phase.closes:
            found.append("late")
        elif phase.all_per_day is not None and len(today) + 1 > phase.all_per_day:
            found.append("over the limit")
        elif kind == "invalid":
            found.append("invalid")
        elif (
            phase.valid_per_day is not None and today.count("counts") + 1 > phase.valid_per_day
        ) or (phase.valid_total is not None and found.count("counts") + 1 > phase.valid_total):
            found.append("over the limit")
        else:
            found.append("counts")
    return found


@pytest.mark.parametrize("seed", range(60))
def test_limits_equal_a_slow_count(seed):
    """For drawn uploads and limits, each status is that of counting everything again."""
    draw = random.Random(seed)  # noqa: S311 -- not a secret
    opens = datetime(2026, 11, 1, 15, tzinfo=TOKYO)
    zone = timezone(timedelta(minutes=draw.choice((-720, -210, 0, 330, 540))))
    phase = Phase(
        opens=opens.astimezone(zone) if draw.random() < 0.8 else None,
        closes=(opens + timedelta(days=3)).astimezone(zone) if draw.random() < 0.8 else None,
        valid_per_day=draw.choice((None, 1, 2, 3)),
        valid_total=draw.choice((None, 3, 6)),
        all_per_day=draw.choice((None, 3, 5)),
    )
    times = sorted(opens + timedelta(minutes=draw.randrange(-600, 6_000)) for _ in range(40))
    tries = [
        Try(number, draw.choice(("valid", "valid", "invalid")), parse_time(time), "Kumo")
        for number, time in enumerate(times)
    ]
    found = count_tries(tries, Counting(phase))
    assert list(found.statuses.values()) == slow_statuses(tries, phase, phase.utc_offset)
    assert found.used.valid.total() == list(found.statuses.values()).count("counts")
    assert found.used.all.total() == 40


@pytest.mark.parametrize("hours", [0, 9, -3.5])
def test_attempts_equal_a_slow_count(tmp_path, hours):
    """For drawn uploads of ten teams, the attempts are those of counting each upload again; some
    teams send more on a day than may be sent.
    """
    draw = random.Random(hours)  # noqa: S311 -- not a secret
    offset = f"{'-' if hours < 0 else '+'}{int(abs(hours)):02d}:{int(abs(hours) % 1 * 60):02d}"
    ledger = make_ledger(
        tmp_path,
        f"""
[phases.final]
opens = 2026-11-02T05:00:00{offset}
closes = 2026-11-05T00:00:00{offset}
valid_per_day = 3
valid_total = 7
all_per_day = 5
""",
    )
    start = datetime(2026, 11, 2, tzinfo=UTC)
    last, entries, tries = Head(*ledger.head()), [], {f"Team{number}": [] for number in range(10)}
    for _ in range(200):
        team = draw.choice(list(tries)[: draw.randrange(1, 11)])
        kind = draw.choice(("valid", "valid", "invalid"))
        time = parse_time(start + timedelta(minutes=draw.randrange(-600, 5_000)))
        body = body_text({"file": "x.csv", "systems": []})
        entry = chained(last, kind, time, body, team=team, phase="final", sha256="0" * 64)
        last = Head(entry.sequence, entry.hash)
        entries.append(entry)
        tries[team].append(Try(entry.sequence, kind, time, team))
    with Database(ledger.path, write=True) as database, database.transaction():
        database.insert(entries)
    phase = ledger.challenge.phases["final"]
    zone = timezone(phase.utc_offset)
    for moment in ("2026-11-03T12:00:00Z", "2026-11-04T18:00:00Z", "2026-11-09T00:00:00Z"):
        found = {each.team: each for each in ledger.attempts(as_of=moment).teams}
        for team, sent in tries.items():
            until = sorted((each for each in sent if each.time <= moment), key=lambda each: each[2])
            status = slow_statuses(until, phase, phase.utc_offset)
            days = [day_of(each.time, zone) for each in until]
            counted = [day for day, each in zip(days, status, strict=True) if each == "counts"]
            today = day_of(moment, zone)
            expected = (len(counted), len(days), counted.count(today), days.count(today))
            one = found.get(team)
            numbers = one and (one.valid, one.all, one.valid_today, one.all_today)
            assert (numbers or (0, 0, 0, 0)) == expected


@pytest.mark.parametrize("seed", range(40))
def test_the_next_free_time_is_the_first_that_counts(seed):
    """A valid upload at that time counts, and none counts before it."""
    draw = random.Random(seed)  # noqa: S311 -- not a secret
    opens = datetime(2026, 11, 1, tzinfo=TOKYO)
    phase = Phase(
        opens=opens, closes=opens + timedelta(days=4), valid_per_day=2, valid_total=5, all_per_day=3
    )
    rules = Counting(phase)
    moment = opens + timedelta(minutes=draw.randrange(-600, 6_500))
    times = sorted(opens + timedelta(minutes=draw.randrange(0, 5_000)) for _ in range(8))
    tries = [
        Try(number, draw.choice(("valid", "invalid")), parse_time(time), "Kumo")
        for number, time in enumerate(times)
        if time <= moment
    ]
    free = next_free(count_tries(tries, rules).used, rules, parse_time(moment))

    def counts(time):
        status = count_tries([*tries, Try(99, "valid", parse_time(time), "Kumo")], rules).statuses
        return status[99] == "counts"

    later = [moment + timedelta(minutes=10 * step) for step in range(800)]
    first = next((time for time in later if counts(time)), None)
    assert (free is None) == (first is None)
    if free is not None:
        assert counts(datetime.fromisoformat(free))
        assert parse_time(first) >= free
        assert not counts(
            datetime.fromisoformat(free) - timedelta(seconds=1)
        ) or free == parse_time(moment)


def test_the_next_free_day_is_after_days_that_are_full():
    """Uploads that were added with later times than the moment fill their days, too."""
    opens = datetime(2026, 11, 1, tzinfo=TOKYO)
    rules = Counting(Phase(opens=opens, closes=opens + timedelta(days=9), valid_per_day=1))
    tries = [
        Try(day, "valid", parse_time(opens + timedelta(days=day)), "Kumo") for day in (0, 1, 3)
    ]
    used = count_tries(tries, rules).used
    assert next_free(used, rules, parse_time(opens)) == parse_time(opens + timedelta(days=2))


def test_days_begin_at_midnight_of_the_phase():
    """23:59:59 in Tokyo and the second after it are two days; in UTC they are one."""
    assert day_of("2026-11-01T14:59:59Z", TOKYO) == "2026-11-01"
    assert day_of("2026-11-01T15:00:00Z", TOKYO) == "2026-11-02"
    assert day_of("2026-11-01T15:00:00Z", UTC) == "2026-11-01"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-11-20T18:00:00+09:00", "2026-11-20T09:00:00Z"),
        ("2026-11-20T18:00:00.999Z", "2026-11-20T18:00:00Z"),
        ("2026-11-20 18:00-12:00", "2026-11-21T06:00:00Z"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
    ],
)
def test_times_are_stored_in_utc(text, stored):
    """Every time becomes UTC in whole seconds."""
    assert parse_time(text) == stored


@pytest.mark.parametrize(
    "text", ["2026-11-20T18:00:00", "2026-11-20", "now", "", "9999-12-31T23:59:59-12:00", "1e9"]
)
def test_times_without_a_zone_are_refused(text):
    """A time without a zone could be another day, so it is an error with an example."""
    with pytest.raises(xe.UsageError):
        parse_time(text)


def test_the_time_of_a_file():
    """Fractions of seconds are cut; a time that no calendar has is an error."""
    assert from_seconds(1.999) == "1970-01-01T00:00:01Z"
    assert from_seconds(-0.5) == "1969-12-31T23:59:59Z"
    with pytest.raises(xe.UsageError, match="out of range"):
        from_seconds(1e15)


def test_deadlines(tmp_path):
    """The phase is open at its first second and closed at its last; nothing is refused."""
    ledger = make_ledger(tmp_path)
    for number, time in enumerate(
        ("2026-11-14T23:59:59", "2026-11-15T00:00:00", "2026-11-21T23:59:59", "2026-11-22T00:00:00")
    ):
        send(ledger, tmp_path, f"Kumo_{number:02d}", f"{time}+09:00", seed=number)
    assert list(statuses(ledger).values()) == ["early", "counts", "counts", "late"]


def test_the_same_bytes_are_one_entry(tmp_path):
    """A file that is sent again, under another name too, is known; of another team it is not."""
    ledger = make_ledger(tmp_path)
    file = make_upload(tmp_path / "Kumo_01.csv", 1)
    (tmp_path / "Kumo_02.csv").write_bytes(file.read_bytes())
    noon = "2026-11-16T12:00:00+09:00"
    first = ledger.add(file, phase="final", time=noon).uploads[0]
    again = ledger.add(tmp_path / "Kumo_02.csv", phase="final", time=noon).uploads[0]
    assert (first.new, again.new, again.entry) == (True, False, first.entry)
    assert ledger.add(file, phase="final", team="Suzume", time=noon).uploads[0].new
    assert ledger.add(file, phase="validation", time=noon).uploads[0].new
    assert ledger.verify().files == 1


def test_bytes_that_did_not_count_can_be_sent_again(tmp_path):
    """An early upload and one over the limit, sent again later, are new uploads; the same call
    again changes nothing.
    """
    ledger = make_ledger(tmp_path)
    sent = [
        send(ledger, tmp_path, label, f"{time}:00:00+09:00", seed=seed, phase="validation")
        for label, seed, time in (
            ("Kumo_01", 1, "2026-10-30T00"),
            ("Kumo_01", 1, "2026-11-02T01"),
            ("Kumo_02", 2, "2026-11-02T02"),
            ("Kumo_03", 3, "2026-11-02T03"),
            ("Kumo_03", 3, "2026-11-03T04"),
            ("Kumo_03", 3, "2026-11-02T05"),
        )
    ]
    assert [(one.entry, one.new, one.status) for one in sent] == [
        (2, True, "early"),
        (3, True, "counts"),
        (4, True, "counts"),
        (5, True, "over the limit"),
        (6, True, "counts"),
        (5, False, "over the limit"),
    ]
    before = ledger.lines()
    for time in ("2026-10-30T00:00:00+09:00", "2026-11-05T00:00:00+09:00"):
        assert not send(ledger, tmp_path, "Kumo_01", time, seed=1, phase="validation").new
    assert ledger.lines() == before


def test_an_upload_that_new_rules_allow_is_recorded_again(tmp_path):
    """An invalid upload is checked again after the challenge file has changed; if it is valid now,
    it counts, and the same call again changes nothing.
    """
    ledger = make_ledger(tmp_path)
    file = make_upload(tmp_path / "Kumo_01.csv", 1, valid=False)
    noon = "2026-11-16T12:00:00+09:00"
    assert ledger.add(file, team="Kumo", phase="final", time=noon).uploads[0].status == "invalid"
    task = tmp_path / "task/challenge.toml"
    text = task.read_text(encoding="utf-8")
    task.write_text(
        text.replace("systems_per_team = 20", "systems_per_team = 21"), encoding="utf-8"
    )
    assert not xe.Ledger(ledger.path, task).add(file, phase="final", time=noon).uploads[0].new
    task.write_text(text.replace("last = 24", "last = 23"), encoding="utf-8")
    other = xe.Ledger(ledger.path, task)
    (added,) = other.add(file, team="Kumo", phase="final", time=noon).uploads
    assert (added.new, added.status) == (True, "counts")
    assert statuses(other) == {2: "invalid", 3: "counts"}
    (again,) = other.add(file, team="Kumo", phase="final", time=noon).uploads
    assert (again.new, again.entry) == (False, 3)


@pytest.mark.parametrize("team", ["kumo", "Кumo", "Ku mo", "Kumo\u200b", " Kumo", "K" * 201])
def test_teams_that_look_alike_are_refused(tmp_path, team):
    """A second team with such a name would have limits of its own; a file of a folder is skipped,
    and the others are recorded.
    """
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", "2026-11-16T10:00:00+09:00", seed=1)
    for number, name in enumerate((team, "Suzume")):
        (tmp_path / "inbox" / name).mkdir(parents=True)
        make_upload(tmp_path / "inbox" / name / f"run{number}.csv", 2 + number)
    found = ledger.add(tmp_path / "inbox", phase="final", time="2026-11-16T11:00:00+09:00")
    assert [one.team for one in found.uploads] == ["Suzume"]
    assert len(found.skipped) == 1
    with pytest.raises(xe.UsageError, match=r"looks like the team|visible characters"):
        ledger.add(tmp_path / "inbox" / team / "run0.csv", team=team, phase="final")


def test_an_earlier_time_changes_what_counts(tmp_path):
    """The uploads that come over a limit because an earlier one was added are named."""
    ledger = make_ledger(tmp_path)
    for number, hour in enumerate((10, 11)):
        time = f"2026-11-02T{hour}:00:00+09:00"
        send(ledger, tmp_path, f"Kumo_{number:02d}", time, seed=number, phase="validation")
    file = make_upload(tmp_path / "Kumo_09.csv", 9)
    found = ledger.add(file, phase="validation", time="2026-11-02T09:00:00+09:00")
    (change,) = found.changes
    assert (change.entry, change.before, change.after) == (3, "counts", "over the limit")
    assert statuses(ledger, as_of=3) == {2: "counts", 3: "counts"}
    assert ledger.add(file, phase="validation", time="2026-11-02T09:00:00+09:00").changes == ()


def test_corrections(tmp_path):
    """A withdrawn upload stays an attempt, can come back, and every step is an entry."""
    ledger = make_ledger(tmp_path)
    day = "2026-11-02T12:00:00+09:00"
    for number in range(3):
        send(ledger, tmp_path, f"Kumo_{number:02d}", day, seed=number, phase="validation")
    assert list(statuses(ledger).values()) == ["counts", "counts", "over the limit"]
    added = ledger.withdraw(2, time=day, reason="wrong file")
    assert (added.entry, added.kind, added.team) == (5, "withdrawal", "Kumo")
    assert list(statuses(ledger).values()) == ["withdrawn", "counts", "over the limit"]
    assert ledger.attempts("Kumo", phase="validation").teams[0].valid == 2
    with pytest.raises(xe.UsageError, match="withdrawn already"):
        ledger.withdraw(2, time=day)
    ledger.withdraw(2, time=day, undo=True)
    assert statuses(ledger)[2] == "counts"
    assert statuses(ledger, as_of=5)[2] == "withdrawn"
    for entry, message in (
        (1, "entry 1 of the ledger is not an upload, but 'created'"),
        (5, "not an upload, but 'withdrawal'"),
        (99, "no entry 99; its entries are 1 to 6"),
    ):
        with pytest.raises(xe.UsageError, match=message):
            ledger.withdraw(entry, time=day)
    with pytest.raises(xe.UsageError, match="after"):
        ledger.withdraw(3, time="2026-11-01T12:00:00+09:00")


def test_versions_and_selections(tmp_path):
    """A newer file of the same name takes the place of an older one; the newest systems are final
    unless the team selects others, and as of an earlier time the old ones count.
    """
    ledger = make_ledger(tmp_path)
    for number, (label, hour) in enumerate(
        [("Kumo_01", 1), ("Kumo_02", 2), ("Kumo_03", 3), ("Kumo_01", 4)]
    ):
        send(ledger, tmp_path, label, f"2026-11-16T{hour:02d}:00:00+09:00", seed=number)
    assert statuses(ledger) == {2: "replaced", 3: "not selected", 4: "counts", 5: "counts"}
    assert list(statuses(ledger, as_of="2026-11-16T03:30:00+09:00").values()) == [
        "not selected", "counts", "counts",
    ]  # fmt: skip
    ledger.select("Kumo_02", team="Kumo", phase="final", time="2026-11-20T00:00:00+09:00")
    assert statuses(ledger) == {2: "replaced", 3: "counts", 4: "not selected", 5: "not selected"}
    assert [one.shown for one in ledger.submissions(phase="final")] == ["Kumo/Kumo_02.csv"]
    ledger.select(team="Kumo", phase="final", time="2026-11-20T00:00:00+09:00")
    assert statuses(ledger)[5] == "counts"


@pytest.mark.parametrize(
    ("team", "systems", "message"),
    [
        ("Kumo", ["Kumo_01", "Kumo_02", "Kumo_03"], "at most 2 final systems"),
        ("Kumo", ["Kumo_1"], "did you mean"),
        ("Nobody", [], "'Nobody' has sent no upload to the phase final by 2026"),
        ("Kumo", ["Kumo_04"], "no system 'Kumo_04' that counts in the phase final at 2026"),
    ],
)
def test_invalid_selections(tmp_path, team, systems, message):
    """Too many systems, systems that do not count at that time, and teams without an upload are
    refused with the reason.
    """
    ledger = make_ledger(tmp_path)
    for number in range(1, 4):
        send(ledger, tmp_path, f"Kumo_{number:02d}", "2026-11-16T12:00:00+09:00", seed=number)
    send(ledger, tmp_path, "Kumo_04", "2026-11-16T12:00:01+09:00", seed=4)
    before = ledger.lines()
    with pytest.raises(xe.UsageError, match=message):
        ledger.select(*systems, team=team, phase="final", time="2026-11-16T12:00:00+09:00")
    with pytest.raises(xe.UsageError, match="add final_systems to"):
        ledger.select("Kumo_01", team="Kumo", phase="validation", time="2026-11-16T12:00:00+09:00")
    assert ledger.lines() == before


def test_corrections_apply_in_the_order_of_their_times(tmp_path):
    """A selection and a withdrawal that are recorded later, but dated earlier, do not replace newer
    ones; if no selected system is left, the newest ones count.
    """
    ledger = make_ledger(tmp_path)
    for number in range(1, 5):
        send(ledger, tmp_path, f"Kumo_{number:02d}", "2026-11-16T12:00:00+09:00", seed=number)
    for day, systems in ((20, ["Kumo_01"]), (19, ["Kumo_02"])):
        ledger.select(*systems, team="Kumo", phase="final", time=f"2026-11-{day}T00:00:00+09:00")
    assert [one.shown for one in ledger.submissions(phase="final")] == ["Kumo/Kumo_01.csv"]
    ledger.withdraw(2, time="2026-11-21T00:00:00+09:00")
    assert statuses(ledger) == {
        2: "withdrawn", 3: "not selected", 4: "counts", 5: "counts",
    }  # fmt: skip


def test_a_lower_number_of_final_systems_applies_to_selections(tmp_path):
    """Of a selection that the challenge file no longer allows, the newest systems count."""
    ledger = make_ledger(tmp_path)
    for number in range(1, 4):
        time = f"2026-11-16T12:0{number}:00+09:00"
        send(ledger, tmp_path, f"Kumo_{number:02d}", time, seed=number)
    ledger.select("Kumo_01", "Kumo_02", team="Kumo", phase="final", time="2026-11-20T00:00:00Z")
    make_challenge(tmp_path / "task", PHASES.replace("final_systems = 2", "final_systems = 1"))
    fewer = xe.Ledger(ledger.path, tmp_path / "task/challenge.toml")
    assert statuses(fewer) == {2: "not selected", 3: "counts", 4: "not selected"}


def test_phases_by_name(tmp_path):
    """Without phases in the file, the splits are phases without limits; otherwise one is named."""
    plain = make_ledger(tmp_path / "plain", phases="")
    send(plain, tmp_path, "Kumo_01", "2026-11-16T12:00:00+09:00", phase=None)
    assert plain.attempts().teams[0].phase == "test"
    ledger = make_ledger(tmp_path)
    for phase, message in ((None, "several phases; name one"), ("finale", "did you mean")):
        with pytest.raises(xe.UsageError, match=message):
            send(ledger, tmp_path, "Kumo_01", "2026-11-16T12:00:00+09:00", phase=phase)
    with pytest.raises(xe.UsageError, match="ledger of the challenge 'example'"):
        xe.Ledger(ledger.path)


@pytest.mark.parametrize("seed", range(6))
def test_the_board_equals_that_of_judging_every_upload(tmp_path, seed):
    """For drawn uploads with equal times, limits that are exceeded and withdrawals, the board that
    the database finds is that of the statuses.
    """
    draw = random.Random(seed)  # noqa: S311 -- not a secret
    ledger = make_ledger(tmp_path)
    phase = ("validation", "final")[seed % 2]
    start = datetime(2026, 11, 1 if phase == "validation" else 15, tzinfo=TOKYO)
    last, entries = Head(*ledger.head()), []
    for _ in range(150):
        team, label = f"Team{draw.randrange(8)}", f"{draw.randrange(4)}"
        kind = draw.choice(("valid", "valid", "invalid"))
        time = parse_time(start + timedelta(hours=draw.randrange(-5, 180)))
        body = {"file": f"{label}.csv", "systems": [{"system": label, "valid": kind == "valid"}]}
        uploads = [one.sequence for one in entries if one.team == team and one.kind == "valid"]
        if uploads and draw.random() < 0.1:
            kind, body = "withdrawal", {"entry": draw.choice(uploads), "withdrawn": True}
            body["reason"] = ""
        entry = chained(
            last, kind, time, body_text(body), team=team, phase=phase, sha256=f"{len(entries):064d}"
        )
        last = Head(entry.sequence, entry.hash)
        entries.append(entry)
    with Database(ledger.path, write=True) as database, database.transaction():
        database.insert(entries)
    rules = Counting(ledger.challenge.phases[phase])
    with Database(ledger.path) as database:
        for condition in (
            ("sequence <= ?", 90),
            ("time <= ?", parse_time(start + timedelta(days=3))),
            EVERY,
        ):
            fast = read_board(database, phase, rules, condition).uploads
            slow = read_standing(database, phase, rules, condition)
            assert fast == slow.board
            assert {one.entry.sequence for one in fast} == {
                number for number, status in slow.statuses.items() if status == "counts"
            }


def test_a_label_of_another_team_does_not_count(tmp_path):
    """A team cannot take another one off the board by sending a system with its label, whoever is
    first; without that team, the label is only an unusual one.
    """
    ledger = make_ledger(tmp_path)
    file = make_upload(tmp_path / "Kumo_01.csv", 1)
    ledger.add(file, team="Hibari", phase="final", time="2026-11-16T10:00:00+09:00")
    assert statuses(ledger) == {2: "counts"}
    make_upload(file, 2)
    added = ledger.add(file, team="kumo", phase="final", time="2026-11-16T11:00:00+09:00")
    assert statuses(ledger) == {2: "another team's label", 3: "counts"}
    (change,) = added.changes
    assert (change.entry, change.team, change.before) == (2, "Hibari", "counts")
    assert ledger.add(file, team="kumo", phase="final").changes == ()
    assert statuses(ledger, as_of=2) == {2: "counts"}
    board = ledger.leaderboard(phase="final")
    assert [(one.team, one.system) for one in board.entries] == [("kumo", "Kumo_01")]
    assert board.unranked == ()


def test_the_newest_of_labels_that_look_alike_counts(tmp_path):
    """A label in other letters takes the place of the older version, so that both are not lost."""
    ledger = make_ledger(tmp_path)
    for number, label in enumerate(("Kumo_01", "kumo_01", "Кumo_01")):
        file = make_upload(tmp_path / f"{label}.csv", number)
        ledger.add(file, team="Kumo", phase="final", time=f"2026-11-16T1{number}:00:00+09:00")
    assert statuses(ledger) == {2: "replaced", 3: "replaced", 4: "counts"}
    assert len(ledger.leaderboard(phase="final").entries) == 1

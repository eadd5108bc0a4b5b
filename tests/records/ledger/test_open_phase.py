"""The pages of a phase before its end: its metrics, its decimals and its ladder."""

import csv
import io
import json
import re
import shutil
import zipfile
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import xacle_eval as xe
from tests.helpers import DATA, make_submission
from tests.records.ledger.helpers import PAIRS, PHASES, make_ledger, make_upload, send

START = "2026-11-16T{:02d}:00:00+09:00"
END = "2026-11-22T00:00:00+09:00"


def make_phase(folder, table, uploads=12):
    """Return a ledger with a policy for its final phase, and the SRCC of each upload in order."""
    ledger = make_ledger(folder, f"{PHASES}\n[publish.phase.final]\n{table}")
    ratings = (folder / "task/ratings.csv").read_text(encoding="utf-8")
    sums = {}
    for row in csv.DictReader(io.StringIO(ratings)):
        sums.setdefault(row["wav_file_name"], []).append(float(row["score"]))
    averages = [np.mean(sums[pair]) for pair in PAIRS]
    sent = []
    for number in range(uploads):
        team = ("Kumo", "Suzume", "Hibari")[number % 3]
        label = f"{team}_{number:02d}"
        send(ledger, folder, label, START.format(number), seed=number)
        rows = csv.DictReader(io.StringIO((folder / f"{label}.csv").read_text()))
        values = [float(row["pred_score"]) for row in rows]
        sent.append((team, label, stats.spearmanr(values, averages).statistic))
    return ledger, sent


def test_a_phase_shows_its_metrics_and_decimals(tmp_path):
    """Scores and ranks are those of the rounded values, and nothing else is in the report."""
    ledger, sent = make_phase(tmp_path, 'metrics = ["SRCC", "MSE"]\ndecimals = 2\n')
    shown = ledger.report(phase="final", bootstrap=10)
    (board,) = shown.boards_of("system").values()
    srcc = {label: round(value, 2) for _, label, value in sent}
    assert len(board.entries) == 6  # final_systems is 2
    for entry in board.entries:
        assert list(entry.metrics) == ["SRCC", "MSE"]
        assert entry.metrics["SRCC"] == srcc[entry.system]
        assert (entry.uncertainty, entry.breakdown, entry.levels) == (None, None, {})
        keys = [
            (-each.metrics["SRCC"], each.metrics["MSE"])
            for each in board.entries
            if each.rank < entry.rank
        ]
        assert all(key < (-entry.metrics["SRCC"], entry.metrics["MSE"]) for key in keys)
    assert (shown.details, shown.ratings, board.resampling) == ({}, {}, None)
    for step in (*shown.history.bests, *shown.history.leaders):
        assert step.metrics["SRCC"] == srcc[step.system]
        assert list(step.metrics) == ["SRCC", "MSE"]


@pytest.mark.parametrize("step", [0.1, 0.05, 0.025])
def test_a_ladder_shows_only_steps(tmp_path, step):
    """History and board have, of each team, the uploads that are better than its shown score by
    more than the step; both show the same scores, rounded to the step.
    """
    ledger, sent = make_phase(tmp_path, f"ladder = {step}\n")
    best, bests, leaders, last = {}, [], [], {}
    for team, label, value in sent:
        if team in best and value <= best[team] + step + 1e-12:
            continue
        rounded = round(round(value / step) * step, 10)
        if all(rounded > each for each in best.values()):
            leaders.append(label)
        best[team] = rounded
        last[team] = label
        bests.append((label, rounded))
    shown = ledger.report(phase="final", bootstrap=10)
    assert [(one.system, one.metrics["SRCC"]) for one in shown.history.bests] == bests
    assert [one.system for one in shown.history.leaders] == leaders
    (board,) = shown.boards_of("system").values()
    assert {one.team: one.system for one in board.entries} == last
    assert {one.team: one.metrics["SRCC"] for one in board.entries} == best
    assert (board.step, shown.history.step, shown.phase.ladder) == (step, step, step)
    assert f"rounded to multiples of {step}" in board.to_markdown()
    assert f"|step:{step}|" in board.signature
    assert 3 < len(bests) < len(sent)


def averages_of(folder):
    """Return the average rating of each pair."""
    ratings = pd.read_csv(folder / "task/ratings.csv")
    return ratings.groupby("wav_file_name").score.mean().loc[PAIRS].to_numpy()


def send_values(ledger, folder, label, number, values, team=None):
    """Add an upload with these predictions, in the hour with this number."""
    rows = dict(zip(PAIRS, np.clip(values, 0.0, 10.0).round(3).tolist(), strict=True))
    file = make_submission(folder / f"{label}.csv", rows)
    added = ledger.add(file, phase="final", team=team, time=START.format(number))
    return added.uploads[0].entry


def what_a_policy_shows(sent, table, labels):
    """Return what each upload shows by the rule of the policy, with exact fractions."""
    best, found = {}, []
    for team, values in sent:
        score = stats.spearmanr(values, labels).statistic
        if "ladder" not in table:
            found.append(round(score, 1))
            continue
        exact, step = Fraction(repr(float(score))), Fraction(1, 20)
        if team not in best or exact > best[team] + step:
            best[team] = round(exact / step) * step
            found.append((len(found), best[team]))
        else:
            found.append(None)
    return tuple(found)


def published(ledger, labels):
    """Return all that the pages of two days publish, without the hash of the labels."""
    truth = pd.DataFrame({"wav_file_name": PAIRS, "average_score": labels})
    texts = []
    for day in ("2026-11-16", "2026-11-18"):
        report = json.loads(ledger.report(truth, phase="final", as_of=day).to_json())
        for board in report["boards"].values():
            board["references"].pop("sha256")
            board["signature"] = re.sub(r"ref:\w+@\w+", "", board["signature"])
        texts.append(json.dumps(report))
    return texts


@pytest.mark.parametrize("table", ["ladder = 0.05\n", "decimals = 1\n"])
@pytest.mark.parametrize("draws", [12, pytest.param(150, marks=pytest.mark.long)])
def test_pages_reveal_no_more_than_the_policy(tmp_path, table, draws):
    """A simulation: of labels for which the policy shows the same of every upload, all pages are
    the same, whatever is withdrawn, selected or clearly negative.
    """
    rng = np.random.default_rng(5)
    base = rng.uniform(1, 9, len(PAIRS))
    ledger = make_ledger(tmp_path, f"{PHASES}\n[publish.phase.final]\n{table}")
    sent, entries = [], []
    for number in range(9):
        team = ("Kumo", "Suzume", "Hibari")[number % 3]
        # The SRCC of team Hibari is near the limit of the finding XAC162.
        noise = rng.normal(0, (1.0, 3.0)[number % 2] if team != "Hibari" else 2.7, len(PAIRS))
        values = (base if team != "Hibari" else 10 - base) + noise
        sent.append((team, np.clip(values, 0.0, 10.0).round(3)))
        label = f"{team}_{number // 3 % 2:02d}"
        entries.append(send_values(ledger, tmp_path, label, number, values))
    ledger.withdraw(entries[0], time="2026-11-17T00:00:00Z")
    ledger.withdraw(entries[7], time="2026-11-17T00:00:00Z")
    ledger.select("Suzume_01", team="Suzume", phase="final", time="2026-11-17T00:00:00Z")
    pages, scores = {}, {}
    for _ in range(draws):
        labels = (base + rng.normal(0, 0.1, len(PAIRS))).round(3)
        key = what_a_policy_shows(sent, table, labels)
        pages.setdefault(key, set()).add(tuple(published(ledger, labels)))
        exact = [stats.spearmanr(values, labels).statistic for _, values in sent]
        scores.setdefault(key, set()).add(tuple(exact))
    assert {len(each) for each in pages.values()} == {1}
    assert 2 < len(pages) < draws - 2
    assert max(map(len, scores.values())) > 2


def test_a_withdrawn_upload_stays_the_best(tmp_path):
    """A team cannot see what a ladder has hidden by withdrawing its best upload."""
    ledger = make_ledger(tmp_path, f"{PHASES}\n[publish.phase.final]\nladder = 0.05\n")
    labels = averages_of(tmp_path)
    noise = np.random.default_rng(1).normal(0, 3, len(PAIRS))
    first = send_values(ledger, tmp_path, "Kumo_01", 1, 5 + noise)
    best = send_values(ledger, tmp_path, "Kumo_02", 2, labels)
    send_values(ledger, tmp_path, "Kumo_03", 3, labels + 0.5 * noise)
    before = ledger.report(phase="final").history
    assert [step.system for step in before.bests] == ["Kumo_01", "Kumo_02"]
    ledger.withdraw(best, time=START.format(4))
    after = ledger.report(phase="final")
    assert [step.system for step in after.history.bests] == ["Kumo_01"]
    assert [one.system for one in after.boards["system"].entries] == ["Kumo_01"]
    ledger.withdraw(first, time=START.format(5))
    nothing = ledger.report(phase="final")
    assert (nothing.boards["system"].entries, nothing.history.bests) == ((), ())


def test_an_upload_that_is_sent_again_is_shown_again(tmp_path):
    """The same bytes after their withdrawal have the score that the ladder has shown before."""
    ledger = make_ledger(tmp_path, f"{PHASES}\n[publish.phase.final]\nladder = 0.05\n")
    values = averages_of(tmp_path)
    entry = send_values(ledger, tmp_path, "Kumo_01", 1, values)
    (shown,) = ledger.report(phase="final").history.bests
    ledger.withdraw(entry, time=START.format(2))
    assert ledger.report(phase="final").history.bests == ()
    send_values(ledger, tmp_path, "Kumo_01", 3, values)
    report = ledger.report(phase="final")
    (again,) = report.history.bests
    assert (again.metrics, again.time > shown.time) == (shown.metrics, True)
    assert [one.system for one in report.boards["system"].entries] == ["Kumo_01"]


SPLITS = """
[splits.half]
pattern = "{:03d}.wav"
first = 1
last = 12

[phases.progress]
split = "half"
closes = 2026-11-15T00:00:00+09:00

[phases.final]
split = "test"
closes = 2026-11-22T00:00:00+09:00
"""


def test_pages_wait_for_another_split_with_the_same_pairs(tmp_path):
    """A pair has its id in every split, so scores of one split say something about the other."""
    ledger = make_ledger(tmp_path, SPLITS)
    assert ledger.open_phases("progress", as_of="2026-11-16") == ("final",)
    apart = SPLITS.replace("first = 1", "first = 101").replace("last = 12", "last = 112")
    ledger = make_ledger(tmp_path / "apart", apart)
    assert ledger.open_phases("progress", as_of="2026-11-16") == ()


@pytest.mark.parametrize("key", ["baselines", "out_of_competition"])
def test_a_ladder_hides_scores_of_every_kind(tmp_path, key):
    """A label that does not compete climbs too, beside the competing systems of its team, and is
    not in the history.
    """
    ledger = make_ledger(tmp_path, f"{PHASES}\n[publish.phase.final]\nladder = 0.05\n")
    file = tmp_path / "task/challenge.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[submissions]", f'[submissions]\n{key} = ["Guest*"]'))
    ledger = xe.Ledger(ledger.path, file)
    labels = averages_of(tmp_path)
    noise = np.random.default_rng(1).normal(0, 3, len(PAIRS))
    shown, other = [], set()
    for number, share in enumerate((1.5, 0.7, 2, 1, 0)):
        values = labels + share * noise
        entry = send_values(ledger, tmp_path, f"Guest_{number}", number, values, team="Kumo")
        if number == 1:
            send_values(ledger, tmp_path, "Kumo_01", 8, 5 + noise)
        report = ledger.report(phase="final")
        board = report.boards["system"]
        kinds = {one.kind: (one.system, one.metrics["SRCC"]) for one in board.entries}
        shown.append(kinds.pop(next(kind for kind in kinds if kind != "competing")))
        other |= set(kinds.values())
        assert {step.system for step in report.history.bests} <= {"Kumo_01"}
    assert [label for label, _ in shown] == ["Guest_0", "Guest_1", "Guest_1", "Guest_1", "Guest_4"]
    assert len({score for _, score in shown}) == 3
    assert [label for label, _ in other] == ["Kumo_01"]
    ledger.withdraw(entry, time=START.format(9))
    assert "Guest_4" not in ledger.report(phase="final").boards["system"].to_csv()


def test_a_package_is_on_two_ladders(tmp_path):
    """A ZIP with a system of the competition and one out of it has both on the board once."""
    ledger = make_ledger(tmp_path, f"{PHASES}\n[publish.phase.final]\nladder = 0.05\n")
    file = tmp_path / "task/challenge.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("[submissions]", '[submissions]\nout_of_competition = ["Kumo_9*"]')
    file.write_text(text, encoding="utf-8")
    ledger = xe.Ledger(ledger.path, file)
    with zipfile.ZipFile(tmp_path / "Kumo.zip", "w") as package:
        for number, label in enumerate(("Kumo_01", "Kumo_90")):
            package.write(make_upload(tmp_path / f"{label}.csv", number), f"{label}.csv")
    ledger.add(tmp_path / "Kumo.zip", phase="final", time=START.format(1))
    report = ledger.report(phase="final")
    board = report.boards["system"]
    kinds = {(one.system, one.kind) for one in board.entries}
    assert kinds == {("Kumo_01", "competing"), ("Kumo_90", "out of competition")}
    assert (len(board.entries), board.unranked) == (2, ())
    assert [step.system for step in report.history.bests] == ["Kumo_01"]


def test_a_ladder_of_groups_shows_no_metric_of_pairs(tmp_path):
    """With a ranking by group averages, their metric is the only one that the ladder shows."""
    group = "[group]\nname = 'tens'\npattern = '^([0-9]{2})'\n"
    ledger = make_ledger(tmp_path, f"{PHASES}\n[publish.phase.final]\nladder = 0.05\n{group}")
    file = tmp_path / "task/challenge.toml"
    text = file.read_text(encoding="utf-8").replace("decimals = 3", 'decimals = 3\nlevel = "tens"')
    file.write_text(text, encoding="utf-8")
    ledger = xe.Ledger(ledger.path, file)
    for number, label in enumerate(("Kumo_01", "Suzume_01")):
        send(ledger, tmp_path, label, START.format(number), seed=number)
    (board,) = ledger.report(phase="final").boards.values()
    assert board.to_csv().splitlines()[0].startswith("rank,team,system,SRCC_tens,references")
    for entry in board.entries:
        assert (entry.metrics, list(entry.levels)) == ({}, ["tens"])
        assert entry.levels["tens"].metrics == entry.rounded
        assert round(entry.rounded["SRCC"] * 20, 9) % 1 == 0


@pytest.mark.parametrize("table", ["", "[publish.phase.final]\nladder = 0.01\n"])
def test_the_history_has_no_unranked_system(tmp_path, table):
    """A system that the board does not rank is not in the history, and nobody is second to it; a
    system that was not selected is in it, and one with the label of another team is not.
    """
    ledger = make_ledger(tmp_path, f"{PHASES}\n{table}")
    averages = averages_of(tmp_path)
    noise = np.random.default_rng(1).normal(0, 3, len(PAIRS))
    send_values(ledger, tmp_path, "Kumo_01", 1, averages)
    send_values(ledger, tmp_path, "Kumo_02", 2, averages + 0.1 * noise, team="Hibari")
    for number in (1, 2, 3):
        label = f"Suzume_{number:02d}"
        send_values(ledger, tmp_path, label, 2 + number, averages + 2 * noise / number)
    ledger.select("Suzume_02", "Suzume_03", team="Suzume", phase="final", time=START.format(6))
    history = ledger.report(phase="final").history
    assert [step.system for step in history.leaders] == ["Kumo_01"]
    suzume = [step.system for step in history.bests if step.team == "Suzume"]
    assert suzume == ["Suzume_01", "Suzume_02", "Suzume_03"]
    assert "Hibari" not in {step.team for step in history.bests}
    # A file beside the ledger has the label of team Kumo, so the board ranks neither.
    (tmp_path / "more/Tsuru").mkdir(parents=True)
    (tmp_path / "Kumo_01.csv").rename(tmp_path / "more/Tsuru/Kumo_01.csv")
    report = ledger.open_report(None, tmp_path / "more", phase="final")
    assert ("Kumo", "Kumo_01") in {(one.team, one.system) for one in report.unranked}
    assert [step.system for step in report.history.leaders] == suzume
    assert {step.team for step in report.history.bests} == {"Suzume"}


def test_suspicious_teams_are_ranked_after_the_end_alone(tmp_path):
    """Board and history have a team with too many systems only if asked; an open phase refuses it,
    because the scores of so many systems show labels.
    """
    ledger = make_ledger(tmp_path, PHASES.replace("final_systems = 2\n", ""))
    file = tmp_path / "task/challenge.toml"
    text = file.read_text(encoding="utf-8").replace("per_team = 20", "per_team = 1")
    file.write_text(text, encoding="utf-8")
    ledger = xe.Ledger(ledger.path, file)
    for number, label in enumerate(("Kumo_01", "Kumo_02", "Kumo_03", "Suzume_01")):
        send(ledger, tmp_path, label, START.format(number), seed=number)
    with pytest.raises(xe.UsageError, match=r"rank_suspicious: .* reveal labels"):
        ledger.report(phase="final", rank_suspicious=True)
    for wanted in (False, True):
        report = ledger.report(phase="final", as_of=END, bootstrap=10, rank_suspicious=wanted)
        assert ("Kumo" in {one.team for one in report.history.bests}) is wanted
        assert ("Kumo" in {one.team for one in report.boards["system"].entries}) is wanted


def test_a_phase_without_an_end_is_open(tmp_path):
    """A split of a challenge without phases has no policy; a phase without closes never ends."""
    ledger = make_ledger(tmp_path / "a", "")
    assert not ledger.is_open(as_of=END)
    ledger = make_ledger(tmp_path / "b", "[phases.main]\nopens = 2026-11-01T00:00:00Z\n")
    assert ledger.is_open(as_of=END)
    assert "add closes to [phases.main]" in ledger.limits_of_pages()
    ledger = make_ledger(tmp_path / "c")
    states = ("2026-11-21T23:59:59+09:00", END, "2026-11-22", 1, None)
    assert [ledger.is_open("final", as_of=each) for each in states] == [
        True, False, False, True, True,
    ]  # fmt: skip
    send(ledger, tmp_path / "c", "Kumo_01", START.format(1), seed=1)
    with pytest.raises(xe.ChallengeError, match="the challenge file defines no parts"):
        ledger.report(phase="final", part="public")


@pytest.mark.parametrize(
    ("closes", "last"),
    [
        ("2026-11-14T23:59:59+09:00", "2026-11-14"),
        ("2026-11-14T00:00:01+09:00", "2026-11-14"),
        ("2026-11-14T00:00:00+09:00", "2026-11-13"),
        ("9999-12-31T12:00:00+09:00", "9999-12-31"),
    ],
)
def test_a_phase_is_open_on_its_last_day(tmp_path, closes, last):
    """A date has begun, but may not be over: the phase has ended on the first day that begins at
    its end or later, while the board has the uploads of the whole day.
    """
    opens = "2026-11-01T00:00:00+09:00"
    ledger = make_ledger(tmp_path, f"[phases.main]\nopens = {opens}\ncloses = {closes}\n")
    assert ledger.is_open(as_of="0001-01-01")
    assert ledger.is_open(as_of=last)
    if not last.startswith("9999"):
        after = date.fromisoformat(last) + timedelta(days=1)
        assert not ledger.is_open(as_of=after.isoformat())
    send(ledger, tmp_path, "Kumo_01", "2026-11-13T20:00:00+09:00", phase="main")
    assert len(ledger.report(as_of="2026-11-13").boards["system"].entries) == 1


PARTS = {"low": PAIRS[:12], "middle": PAIRS[10:14], "high": PAIRS[12:]}
OF_PARTS = """
[phases.validation]
title = "Validation phase"
split = "test"
opens = 2026-11-01T00:00:00+09:00
closes = 2026-11-15T00:00:00+09:00

[phases.final]
split = "test"
opens = 2026-11-15T00:00:00+09:00
closes = 2026-11-22T00:00:00+09:00

[publish.phase.validation]
part = "FIRST"
[publish.phase.final]
part = "SECOND"
decimals = 3
"""


def make_parts(folder, first, second):
    """Return a ledger of two phases that score these parts of the same split."""
    (folder / "task").mkdir(parents=True)
    tables = OF_PARTS.replace("FIRST", first).replace("SECOND", second)
    for name, pairs in PARTS.items():
        (folder / f"task/{name}.txt").write_text("\n".join(pairs), encoding="utf-8")
        tables += f'[splits.test.parts.{name}]\nlist = "{name}.txt"\n'
    return make_ledger(folder, tables)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("all", "all", True),
        ("low", "all", True),
        ("all", "high", True),
        ("low", "low", True),
        ("low", "middle", True),
        ("low", "high", False),
    ],
)
def test_pages_wait_for_phases_that_score_the_same_pairs(tmp_path, first, second, shared):
    """A phase that has closed is shown as an open one until another one with some of its pairs has
    closed, also before that opens; a phase does not wait for one that has closed.
    """
    ledger = make_parts(tmp_path, first, second)
    both, other = ("validation", "final"), ("final",)
    states = {
        "2026-11-14T23:59:59+09:00": both if shared else both[:1],
        "2026-11-15T00:00:00+09:00": other if shared else (),
        "2026-11-21": other if shared else (),
        END: (),
    }
    assert {each: ledger.open_phases("validation", as_of=each) for each in states} == states
    assert ledger.open_phases("final", as_of="2026-11-18") == other
    send(ledger, tmp_path, "Kumo_01", "2026-11-14T10:00:00+09:00", phase="validation")
    assert ledger.open_phases("final") == (both if shared else other)
    send(ledger, tmp_path, "Kumo_01", START.format(1))
    assert ledger.open_phases("final") == other
    for as_of in (START.format(1), END):
        report = ledger.report(phase="validation", as_of=as_of, bootstrap=10)
        (entry,) = report.boards["system"].entries
        is_open = shared and as_of != END
        assert (report.phase.is_open, list(entry.metrics) == ["SRCC"]) == (is_open, is_open)
        assert report.phase.open_phases == (other if is_open else ())


def test_another_part_waits_for_the_phase_that_scores_it(tmp_path):
    """The labels of a part that an open phase scores are not shown by naming the part, either."""
    ledger = make_parts(tmp_path, "low", "high")
    send(ledger, tmp_path, "Kumo_01", "2026-11-14T10:00:00+09:00", phase="validation")
    given = {"phase": "validation", "as_of": START.format(1), "bootstrap": 10}
    for part in ("all", "high", "middle"):
        message = f"part {part}: the phase validation shows the part low, and until the phase final"
        with pytest.raises(xe.UsageError, match=message):
            ledger.report(**given, part=part)
    assert len(ledger.report(**given, part="low").details[""]) == 1


def test_the_limits_of_pages_name_the_last_phase(tmp_path):
    """The message names the phases that score the same pairs, and the time when all have ended."""
    ledger = make_parts(tmp_path / "a", "all", "all")
    text = ledger.limits_of_pages("validation", as_of="2026-11-14")
    assert text == (
        "until the phase validation and the phase final, which scores the same pairs, have ended, "
        "pages show no more than [publish.phase.validation] allows; for all of them, name "
        "2026-11-22T00:00:00+09:00 or a later time with --as-of"
    )
    text = ledger.limits_of_pages("validation", as_of="2026-11-18")
    assert text.startswith("until the phase final, which scores the same pairs, has ended, pages")
    more = "[phases.last]\nsplit = 'test'\n"
    ledger = make_ledger(tmp_path / "b", f"{PHASES}\n{more}")
    text = ledger.limits_of_pages("validation", as_of="2026-11-18")
    assert text.startswith("until the phases final and last, which score the same pairs, have")
    assert "add closes to [phases.last], and name that time or a later one with --as-of" in text


@pytest.mark.parametrize("name", ["audiomos2025_track1", "voicemos2024_track3"])
def test_targets_without_an_upload_have_empty_boards(tmp_path, name):
    """The pages of several targets have a board for each of them before the first upload."""
    shutil.copytree(DATA / "challenges" / name, tmp_path / "task")
    file = tmp_path / "task/challenge.toml"
    challenge = xe.load_challenge(file)
    table = f'\n[phases.main]\nsplit = "{challenge.split}"\ncloses = {END}\n'
    file.write_text(file.read_text(encoding="utf-8") + table, encoding="utf-8")
    ledger = xe.Ledger.init(tmp_path / "ledger.db", file)
    for as_of in ("2026-11-16", END):
        report = ledger.report(as_of=as_of, bootstrap=10)
        boards = report.boards_of("system")
        assert list(boards) == list(challenge.targets)
        assert {len(board.entries) for board in boards.values()} == {0}

"""The evaluator of the generated project: order, limits, times, ladder, label fixes, crashes."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.hosting.huggingface.settings import make_phase, make_settings
from xacle_eval.hosting.huggingface.project import evaluate
from xacle_eval.hosting.huggingface.project.evaluate import Evaluator, run
from xacle_eval.hosting.huggingface.project.records import (
    RESULTS,
    STATUSES,
    Upload,
    read_results,
    read_statuses,
)
from xacle_eval.hosting.huggingface.project.scorer import Verdict
from xacle_eval.hosting.huggingface.project.settings import Board
from xacle_eval.hosting.huggingface.project.store import FolderStore, StoreError

START = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


class Trial:
    """A store, an evaluator whose scores are the contents of the files, and a clock."""

    def __init__(self, folder, *phases, baselines=()):
        self.now = START
        self.store = FolderStore(folder / "store", clock=lambda: self.now)
        self.labels = folder / "labels"
        self.labels.mkdir()
        self.settings = make_settings(*phases, baselines=baselines)
        for name in self.settings.phases:
            (self.labels / f"{name}.csv").write_text("0")
        self.scored, self.count, self.is_broken = [], 0, True
        self.evaluator = Evaluator(self.store, self.settings, self.labels, self.score)

    def score(self, name, data, phase, labels, best):
        """Return the number in a file, plus the one in the labels; on a ladder of step 0.1."""
        self.scored.append((name, best))
        if data == b"invalid":
            return Verdict(valid=False, text=f"{name}: not valid")
        if data == b"broken" and self.is_broken:
            return Verdict(valid=False, text="stopped", failed=True)
        value = float(data.replace(b"broken", b"0.9")) + float(labels.read_text())
        if self.settings.phases[phase].ladder and best and value <= best["SRCC"] + 0.1:
            return Verdict(valid=True, text="ok", scores=best, improved=False)
        return Verdict(valid=True, text="ok", scores={"SRCC": value})

    def upload(self, account, data, *, phase="test", system="s", file="x.csv", later=60, **changes):
        """Commit an upload a minute later, or another time in seconds, and return its id."""
        self.now += timedelta(seconds=later)
        self.count += 1
        upload = Upload(
            id=f"{self.now:%Y%m%dT%H%M%SZ}-{self.count:08x}",
            account=account,
            phase=phase,
            system=system,
            file=file,
            sha256=hashlib.sha256(data).hexdigest(),
            received="2027-01-01T00:00:00Z",
        )
        upload = replace(upload, **changes)
        files = {upload.path: upload.to_json()}
        if file is not None:
            files[upload.file_path] = data
        self.store.commit("submissions", files, "add")
        return upload.id

    def statuses(self):
        """Return what became of each upload."""
        return read_statuses(self.store.read("submissions", STATUSES))

    def outcomes(self):
        """Return the outcome of each upload, in their order."""
        return [each.outcome for each in self.statuses()]

    def results(self):
        """Return what is published."""
        return read_results(self.store.read("results", RESULTS))


def test_scores_are_published(tmp_path):
    """A scored upload is published with its time and kind; nothing of an invalid one is."""
    trial = Trial(tmp_path, baselines=("organisers/*",))
    trial.upload("a", b"0.5", system="Über <b>")
    trial.upload("b", b"invalid")
    trial.upload("organisers", b"0.25")
    assert trial.evaluator.step() == 3
    assert trial.evaluator.step() == 0
    assert trial.outcomes() == ["scored", "invalid", "scored"]
    assert trial.statuses()[1].text == "x.csv: not valid"
    first, last = trial.results()
    assert first == {
        "id": trial.statuses()[0].id,
        "account": "a",
        "system": "Über <b>",
        "kind": "competing",
        "phase": "test",
        "submitted": "2027-01-12T09:01:00Z",
        "scores": {"SRCC": 0.5},
        "errors": {},
        "absent": [],
    }
    assert (last["account"], last["kind"]) == ("organisers", "baseline")


def test_nothing_changes_without_uploads(tmp_path):
    """A run without new uploads makes no commit, however often it is repeated."""
    trial = Trial(tmp_path)
    trial.upload("a", b"0.5")
    run(trial.evaluator.step, once=True)
    heads = [trial.store.head(name) for name in ("submissions", "results")]
    for _ in range(3):
        run(trial.evaluator.step, once=True)
    assert heads == [trial.store.head(name) for name in ("submissions", "results")]


def test_limits(tmp_path):
    """Limits count in the history, by day of the phase's zone; refused uploads count for none."""
    zone = timedelta(hours=-12)
    trial = Trial(tmp_path, make_phase(valid_per_day=2, valid_total=4, all_per_day=4, offset=zone))
    for data in (b"0.1", b"invalid", b"invalid", b"invalid", b"0.2"):
        trial.upload("a", data)
    trial.upload("b", b"0.9")
    # 11:59 and 12:00 UTC are on both sides of midnight in this zone.
    trial.now = datetime(2027, 1, 12, 11, 58, tzinfo=UTC)
    for data in (b"0.3", b"0.4", b"0.5", b"0.6"):
        trial.upload("a", data)
    trial.now += timedelta(days=1)
    for data in (b"0.7", b"0.8"):
        trial.upload("a", data)
    trial.evaluator.step()
    day = "The limit is 4 uploads in a day, including invalid ones; this upload was not scored."
    valid = "The limit is 2 valid submissions in a day; this upload was not scored."
    total = "The limit is 4 valid submissions in this phase; this upload was not scored."
    found = [each.text if each.outcome == "over the limit" else each.outcome
             for each in trial.statuses() if each.account == "a"]  # fmt: skip
    assert found == [
        "scored", "invalid", "invalid", "invalid", day,
        day, "scored", "scored", valid,
        "scored", total,
    ]  # fmt: skip
    # An upload that is refused is not even read by the scorer.
    assert len(trial.scored) == 8


@pytest.mark.parametrize("often", [True, False], ids=["often", "once"])
@pytest.mark.parametrize("later", [0, 0.2], ids=["the same time", "parts of a second"])
def test_uploads_of_the_same_second(tmp_path, often, later):
    """The order is that of the commits, whatever the ids are; each counts for those after it."""
    trial = Trial(tmp_path, make_phase(valid_total=2))
    expected = []
    for place, data in enumerate((b"0.4", b"0.1", b"0.3", b"0.2")):
        trial.count = 9 - 2 * place  # ids in the opposite order
        expected.append(trial.upload("a", data, later=later))
        if often:
            trial.evaluator.step()
    trial.evaluator.step()
    assert len({each.submitted for each in trial.statuses()}) == 1
    assert [each.id for each in trial.statuses()] == expected
    assert trial.outcomes() == ["scored", "scored", "over the limit", "over the limit"]
    assert [each["scores"]["SRCC"] for each in trial.results()] == [0.4, 0.1]


def test_an_upload_that_failed_keeps_its_place_in_its_second(tmp_path):
    """Scored again, it counts before the uploads of the same second that came after it."""
    trial = Trial(tmp_path, make_phase(valid_total=2))
    for data in (b"broken", b"0.1", b"0.3"):
        trial.upload("a", data, later=0)
    trial.evaluator.step()
    assert trial.outcomes() == ["failed", "scored", "scored"]
    ids = [each.id for each in trial.statuses()]
    trial.is_broken = False
    trial.evaluator.step(retry=True)
    assert [each.id for each in trial.statuses()] == ids
    assert trial.outcomes() == ["scored"] * 3


def test_limits_do_not_depend_on_when_the_evaluator_runs(tmp_path):
    """After each upload or only once at the end: the outcomes are the same."""
    files = [b"0.1", b"invalid", b"0.2", b"0.3", b"invalid", b"0.4"] * 5
    found = []
    for name in ("often", "once"):
        (tmp_path / name).mkdir()
        trial = Trial(tmp_path / name, make_phase(valid_per_day=9, all_per_day=15))
        for data in files:
            trial.upload("a", data)
            if name == "often":
                trial.evaluator.step()
        run(trial.evaluator.step, once=True)
        found.append([(each.id, each.outcome) for each in trial.statuses()])
    assert found[0] == found[1]
    assert {outcome for _, outcome in found[0]} == {"scored", "invalid", "over the limit"}


def test_early_and_late(tmp_path):
    """The time of the commit decides: open at the first moment, closed at the last one."""
    trial = Trial(tmp_path)
    for moment in (
        datetime(2027, 1, 9, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 1, 10, tzinfo=UTC),
        datetime(2027, 2, 1, 11, 59, 58, tzinfo=UTC),
        datetime(2027, 2, 1, 11, 59, 59, tzinfo=UTC),
    ):
        trial.now = moment - timedelta(minutes=1)
        trial.upload("a", b"0.5")
    trial.evaluator.step()
    assert trial.outcomes() == ["early", "scored", "scored", "late"]
    assert trial.statuses()[0].text == "test phase opens at 2027-01-10 00:00 UTC."
    assert trial.statuses()[3].text == "test phase closed at 2027-02-01 11:59 UTC."


def test_the_ladder_knows_the_history(tmp_path):
    """Each team climbs by itself; what a ladder does not show is no row of the results."""
    trial = Trial(tmp_path, make_phase(ladder=True))
    for account, data in (("a", b"0.5"), ("b", b"0.1"), ("a", b"0.55"), ("a", b"0.7")):
        trial.upload(account, data)
        trial.evaluator.step()
    assert [each.scores["SRCC"] for each in trial.statuses()] == [0.5, 0.1, 0.5, 0.7]
    assert [each.improved for each in trial.statuses()] == [True, True, False, True]
    assert [each["scores"]["SRCC"] for each in trial.results()] == [0.5, 0.1, 0.7]
    assert [best for _, best in trial.scored] == [{}, {}, {"SRCC": 0.5}, {"SRCC": 0.5}]


def test_a_target_that_is_left_out_does_not_begin_a_ladder_again(tmp_path):
    """What a ladder shows of a target is kept while a team leaves it out, but not published."""
    boards = tuple(Board(n, n, (f"{n}_SRCC",), (f"{n}_SRCC",), (), (n,)) for n in "ab")
    keys = ("a_SRCC", "b_SRCC")
    trial = Trial(tmp_path, make_phase(ladder=True, keys=keys, boards=boards))
    bests = []

    def score(name, data, phase, labels, best):
        bests.append(best)
        if data == b"both":
            return Verdict(True, "ok", {"a_SRCC": 0.1, "b_SRCC": 0.4})
        return Verdict(True, "ok", {"a_SRCC": 0.3, "b_SRCC": 0.4}, absent=["b"])

    trial.evaluator = Evaluator(trial.store, trial.settings, trial.labels, score)
    for data in (b"both", b"one", b"both"):
        trial.upload("a", data)
        trial.evaluator.step()
    assert bests[-1] == {"a_SRCC": 0.3, "b_SRCC": 0.4}
    assert [(each["scores"], each["absent"]) for each in trial.results()][1] == (
        {"a_SRCC": 0.3}, ["b"]
    )  # fmt: skip


def test_a_label_fix(tmp_path):
    """New labels of a phase: all its valid uploads are scored again, others are not."""
    trial = Trial(tmp_path, make_phase(ladder=True), make_phase("final"))
    for data in (b"0.1", b"0.15", b"invalid", b"0.4"):
        trial.upload("a", data)
    trial.upload("a", b"0.8", phase="final")
    trial.evaluator.step()
    (trial.labels / "test.csv").write_text("1")
    trial.scored.clear()
    trial.upload("b", b"0.2")
    trial.evaluator.step()
    assert [each["scores"]["SRCC"] for each in trial.results()] == [1.1, 1.4, 0.8, 1.2]
    # The ladder began again from its first step.
    bests = [best for _, best in trial.scored]
    assert bests == [{}, {"SRCC": 1.1}, {"SRCC": 1.1}, {}]
    assert trial.outcomes() == ["scored", "scored", "invalid", "scored", "scored", "scored"]


def test_a_crash_loses_nothing(tmp_path, monkeypatch):
    """A run that ends between its two commits is completed by the next one, without duplicates."""
    trial = Trial(tmp_path)
    trial.upload("a", b"0.5")
    commit = trial.store.commit

    def fail(dataset, *arguments):
        if dataset == "results":
            raise StoreError("the hub is away")
        commit(dataset, *arguments)

    monkeypatch.setattr(trial.store, "commit", fail)
    with pytest.raises(StoreError):
        trial.evaluator.step()
    assert trial.results() == []
    monkeypatch.undo()
    trial.evaluator.step()
    assert [each["account"] for each in trial.results()] == ["a"]
    assert len(trial.scored) == 1


def test_two_evaluators(tmp_path):
    """What another evaluator has done since is not overwritten; an upload meanwhile is fine."""
    trial = Trial(tmp_path)
    score, others = trial.score, [lambda: trial.upload("b", b"0.25"), trial.evaluator.step]

    def slow(*given):
        if others:
            others.pop(0)()
        return score(*given)

    evaluator = Evaluator(trial.store, trial.settings, trial.labels, slow)
    trial.upload("a", b"0.5")
    evaluator.step()
    with pytest.raises(StoreError, match="another evaluator runs at the same time"):
        evaluator.step()
    assert trial.outcomes() == ["scored", "scored"]
    assert len(trial.results()) == 2


def test_failed_scoring_is_tried_again_on_request(tmp_path):
    """An upload whose scoring failed counts for no limit, and can be scored again."""
    trial = Trial(tmp_path, make_phase(valid_total=1, all_per_day=1))
    trial.upload("a", b"broken")
    trial.upload("a", b"0.5")
    trial.evaluator.step()
    assert trial.outcomes() == ["failed", "scored"]
    trial.evaluator.step()
    assert len(trial.scored) == 2
    trial.evaluator.step(retry=True)
    assert len(trial.scored) == 3


def test_missing_labels_stop_the_evaluator(tmp_path):
    """Without a file of labels, uploads wait; they are not counted as invalid."""
    trial = Trial(tmp_path)
    trial.upload("a", b"0.5")
    (trial.labels / "test.csv").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"no labels of the phase test: add labels/test\.csv"
    ):
        trial.evaluator.step()
    assert trial.statuses() == []


HOSTILE = {
    "another account": {"account": "victim"},
    "a path": {"account": "../../results"},
    "a file elsewhere": {"file": "../../status.jsonl"},
    "a hidden character": {"system": "a\u202eb"},
    "an empty name": {"system": " "},
    "no phase": {"phase": 7},
    "no id": {"id": "x"},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_records_that_are_not_the_space_s(tmp_path, case):
    """A record with foreign names or paths fails by itself, and the evaluator goes on."""
    trial = Trial(tmp_path)
    good = trial.upload("a", b"0.5")
    path = f"uploads/a/{good}/submission.json"
    record = json.loads(trial.store.read("submissions", path))
    trial.store.commit("submissions", {path: json.dumps(record | HOSTILE[case]).encode()}, "bad")
    trial.upload("b", b"0.25")
    trial.evaluator.step()
    assert [(each.account, each.outcome) for each in trial.statuses()] == [
        ("a", "failed"),
        ("b", "scored"),
    ]
    assert [each["account"] for each in trial.results()] == ["b"]


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{}", b"\xff", b'{"id": NaN}'])
def test_records_that_are_no_records(tmp_path, data):
    """A file that is no record fails by itself."""
    trial = Trial(tmp_path)
    path = "uploads/a/20270112T090000Z-00000001/submission.json"
    others = dict.fromkeys(("uploads/submission.json", "uploads/a/b/c/submission.json"), b"x")
    trial.store.commit("submissions", {path: data, **others}, "bad")
    trial.evaluator.step()
    assert trial.outcomes() == ["failed"]


def test_a_file_that_changed_is_not_scored(tmp_path):
    """The file of an upload is the one that was checked; another one, or none, is invalid."""
    trial = Trial(tmp_path)
    good = trial.upload("a", b"0.5")
    trial.store.commit("submissions", {f"uploads/a/{good}/file/x.csv": b"0.9"}, "replace")
    trial.upload("a", b"0.1", file=None)
    trial.upload("a", b"0.1", phase="none")
    trial.evaluator.step()
    assert trial.outcomes() == ["invalid", "invalid", "invalid"]
    assert trial.scored == []


def test_the_loop_goes_on_after_an_error(monkeypatch, caplog):
    """An error is logged and the step repeated later; a single run ends with it."""
    answers = iter([ValueError("away"), 3, 0, KeyboardInterrupt()])
    pauses = []
    monkeypatch.setattr(evaluate.time, "sleep", pauses.append)

    def step():
        answer = next(answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    with pytest.raises(KeyboardInterrupt):
        run(step, once=False, seconds=5)
    assert pauses == [5, 5]
    assert "the step failed; trying again in 5 seconds" in caplog.text
    with pytest.raises(ValueError, match="away"):
        run(lambda: (_ for _ in ()).throw(ValueError("away")), once=True)


def test_uploads_wait_for_their_turn(tmp_path):
    """A step handles 20 uploads, so that the first results are there soon; a run handles all."""
    trial = Trial(tmp_path)
    for _ in range(25):
        trial.upload("a", b"0.5")
    assert trial.evaluator.step() == 20
    assert len(trial.results()) == 20
    run(trial.evaluator.step, once=True)
    assert len(trial.results()) == 25

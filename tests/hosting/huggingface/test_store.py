"""The store of the generated project: the same with a folder and with the hub."""

import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.hosting.huggingface.fake_hub import Hub
from xacle_eval.hosting.huggingface.project import store as stores

NAMES = {"submissions": "kumo-submissions", "results": "kumo-results"}


def with_hub(hub, monkeypatch):
    """Return a store on a hub."""
    for name in NAMES.values():
        hub.create(f"owner/{name}")
    for name, module in hub.module().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("XACLE_EVAL_OWNER", "owner")
    monkeypatch.delenv("XACLE_EVAL_STORE", raising=False)
    return stores.open_store(NAMES)


@pytest.fixture(params=["folder", "hub"])
def store(request, tmp_path, monkeypatch):
    """A store whose clock moves on by a second with each commit."""
    if request.param == "folder":
        moments = iter(datetime(2027, 1, 12, 9, tzinfo=UTC) + timedelta(0, s) for s in range(1, 99))
        return stores.FolderStore(tmp_path, clock=lambda: next(moments))
    return with_hub(Hub(tmp_path), monkeypatch)


def test_files_and_times(store):
    """Files are there after their commit, with its time; a missing file or folder is none."""
    assert store.names("submissions", "uploads") == []
    assert store.read("submissions", "uploads/a/1/x.csv") is None
    store.commit("submissions", {"uploads/a/1/x.csv": b"1", "uploads/a/1/y.json": b"{}"}, "first")
    store.commit("submissions", {"uploads/b/2/x.csv": b"2", "status.jsonl": b"s"}, "second")
    expected = ["uploads/a/1/x.csv", "uploads/a/1/y.json", "uploads/b/2/x.csv"]
    assert store.names("submissions", "uploads") == expected
    assert store.names("submissions", "uploads/b") == expected[2:]
    assert store.read("submissions", "uploads/b/2/x.csv") == b"2"
    times = store.times("submissions", [*expected, "uploads/none"])
    first = datetime(2027, 1, 12, 9, 0, 1, tzinfo=UTC)
    assert times == dict(zip(expected, [first, first, first + timedelta(seconds=1)], strict=True))
    assert store.names("results", "uploads") == []


def test_a_commit_on_an_older_one_is_refused(store):
    """A commit that is made for an older commit than the newest changes nothing."""
    head = store.head("results")
    store.commit("results", {"results.jsonl": b"1"}, "first", head)
    with pytest.raises(stores.ConflictError):
        store.commit("results", {"results.jsonl": b"2"}, "second", head)
    assert store.read("results", "results.jsonl") == b"1"


def test_a_conflict_is_repeated_with_what_is_there_now(store, monkeypatch):
    """After a conflict the files are made again, so that no commit of another program is lost."""
    monkeypatch.setattr(stores.time, "sleep", lambda _: None)
    tries = []

    def append(head):
        before = store.read("results", "list", head) or b""
        tries.append(before)
        if len(tries) == 1:
            store.commit("results", {"list": before + b"other\n"}, "of another program")
        return {"list": before + b"mine\n"}

    stores.commit_until_done(store, "results", append, "mine")
    assert store.read("results", "list") == b"other\nmine\n"
    assert tries == [b"", b"other\n"]


def test_conflicts_without_end(store, monkeypatch):
    """If every commit meets another one, an error says so."""
    monkeypatch.setattr(stores.time, "sleep", lambda _: None)

    def late(_):
        store.commit("results", {"x": store.head("results").encode()}, "of another program")
        return {"list": b"mine"}

    with pytest.raises(stores.StoreError, match="results: 8 commits in a row met another one"):
        stores.commit_until_done(store, "results", late, "mine")


def test_uploads_in_the_same_second(tmp_path):
    """Uploads of several threads at once are all there, each with its time."""
    store = stores.FolderStore(tmp_path)

    def upload(number):
        files = {f"uploads/a/{number}/x": str(number).encode()}
        stores.commit_until_done(store, "submissions", lambda _: files, "add", exclusive=False)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = store.names("submissions", "uploads")
    assert len(names) == 12
    assert len(store.times("submissions", names)) == 12
    assert store.head("submissions") == "12"


@pytest.mark.parametrize("kind", ["folder", "hub"])
def test_the_order_within_a_second(tmp_path, monkeypatch, kind):
    """Times are in the order of the newest commits of the files, also where they are equal."""
    hub = Hub(tmp_path)
    hub.step = timedelta(0)
    store = stores.FolderStore(tmp_path, clock=lambda: hub.now)
    if kind == "hub":
        store = with_hub(hub, monkeypatch)
    for name in ("c", "a", "d", "b"):
        store.commit("submissions", {name: name.encode()}, "add")
    store.commit("submissions", {"c": b"again"}, "change")
    times = store.times("submissions", ["a", "b", "c", "d"])
    assert list(times) == ["a", "d", "b", "c"]
    assert set(times.values()) == {hub.now}


@pytest.mark.parametrize("path", ["../outside", "a/../../outside", "/etc/outside"])
def test_no_path_leads_outside(tmp_path, path):
    """A folder refuses a path outside its dataset."""
    store = stores.FolderStore(tmp_path / "store")
    with pytest.raises(stores.StoreError, match="outside the dataset"):
        store.commit("submissions", {path: b""}, "bad")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("status", [409, 412, 429])
def test_answers_that_ask_for_another_try(tmp_path, monkeypatch, status):
    """The hub's answers about conflicts and rates are tried again; others are errors."""
    monkeypatch.setattr(stores.time, "sleep", lambda _: None)
    hub = Hub(tmp_path)
    hub.create("owner/kumo-results")
    for name, module in hub.module().items():
        monkeypatch.setitem(sys.modules, name, module)
    store = stores.HubStore({"results": "owner/kumo-results"}, "secret")
    hub.refusals = [status, status]
    stores.commit_until_done(store, "results", lambda _: {"x": b"1"}, "add")
    assert store.read("results", "x") == b"1"
    hub.refusals = [403]
    with pytest.raises(Exception, match="HTTP 403"):
        stores.commit_until_done(store, "results", lambda _: {"x": b"2"}, "add")


def test_public_repositories_are_refused(tmp_path, monkeypatch):
    """The evaluator stops if the submissions, or its own Space with the labels, are public."""
    hub = Hub(tmp_path)
    hub.create("owner/kumo-submissions")
    hub.create("owner/kumo-evaluator", "space")
    for name, module in hub.module().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("SPACE_ID", "owner/kumo-evaluator")
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.delenv("XACLE_EVAL_STORE", raising=False)
    monkeypatch.delenv("XACLE_EVAL_OWNER", raising=False)
    store = stores.open_store(NAMES)
    store.require_private("submissions")
    assert hub.tokens == {"secret"}
    for kind, name in (("space", "kumo-evaluator"), ("dataset", "kumo-submissions")):
        hub.private[kind, f"owner/{name}"] = False
        with pytest.raises(stores.StoreError, match=f"the {kind} owner/{name} is public"):
            store.require_private("submissions")
        hub.private[kind, f"owner/{name}"] = True


def test_settings_that_are_missing(monkeypatch):
    """Without a token, and for another kind of store, an error says what to set."""
    for name in ("HF_TOKEN", "SPACE_ID", "XACLE_EVAL_OWNER", "XACLE_EVAL_STORE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(stores.StoreError, match="set the secret HF_TOKEN"):
        stores.open_store(NAMES)
    monkeypatch.setenv("XACLE_EVAL_STORE", "s3:bucket")
    with pytest.raises(stores.StoreError, match="expected folder:PATH, got 's3:bucket'"):
        stores.open_store(NAMES)

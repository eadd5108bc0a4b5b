"""The generated Space with a real gradio in a real browser: check, upload, scores, leaderboard."""

import hashlib
import json
import subprocess
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.helpers import REPOSITORY
from tests.hosting.huggingface.challenge import write_project
from tests.hosting.huggingface.gradio_space import environment, gradio_python, running_space
from tests.reports.site.browsing import browser
from xacle_eval.hosting.huggingface.project.records import Upload
from xacle_eval.hosting.huggingface.project.store import FolderStore

pytestmark = pytest.mark.long

# What the hub's library must take: the calls of `store`, by the names of their arguments.
_CALLS = """
import inspect, sys
from pathlib import Path
import huggingface_hub
from huggingface_hub import CommitOperationAdd, DatasetCard, HfApi, SpaceCard
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError
calls = {
    "repo_info": (["r"], ["repo_type"]),
    "list_repo_tree": (["r", "folder"], ["recursive", "repo_type"]),
    "hf_hub_download": (["r", "file"], ["repo_type", "revision"]),
    "get_paths_info": (["r", []], ["expand", "repo_type"]),
    "create_commit": (["r", []], ["commit_message", "repo_type", "parent_commit"]),
}
for name, (given, named) in calls.items():
    inspect.signature(getattr(HfApi, name)).bind(None, *given, **dict.fromkeys(named))
inspect.signature(HfApi).bind(token="x")
inspect.signature(CommitOperationAdd).bind("path", b"data")
assert issubclass(EntryNotFoundError, Exception) and issubclass(HfHubHTTPError, Exception)
out = Path(sys.argv[1])
space = SpaceCard((out / "space/README.md").read_text()).data
assert (space.sdk, space.app_file, space.hf_oauth) == ("gradio", "app.py", True), space
assert SpaceCard((out / "evaluator/README.md").read_text()).data.sdk == "gradio"
results = DatasetCard((out / "datasets/results/README.md").read_text()).data
assert results.configs[0]["data_files"] == "results.jsonl", results
assert DatasetCard((out / "datasets/submissions/README.md").read_text()).data.viewer is False
"""
NAME = '<img src=x onerror="document.title=1"> **x** $a$'


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The folders of an export, and the folder with the predictions beside them."""
    gradio_python()
    return write_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def chromium():
    """Return a browser, or skip."""
    with browser() as found:
        yield found


class Page:
    """The Space in a browser, with what its console says and which hosts it asks."""

    def __init__(self, chromium, address):
        from playwright.sync_api import expect

        self.expect = expect
        self.context = chromium.new_context(viewport={"width": 1200, "height": 900})
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors, self.hosts = [], set()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        self.page.goto(address)
        self.expect(self.page.get_by_role("tab", name="Leaderboard")).to_be_visible()

    def tab(self, name):
        """Open a tab."""
        self.page.get_by_role("tab", name=name, exact=True).click()

    def shows(self, text):
        """Wait until a text is visible."""
        self.expect(self.page.get_by_text(text)).to_be_visible()

    def submit(self, file, system, button="Submit"):
        """Fill the form and return the answer."""
        self.tab("Submit")
        clear = self.page.get_by_label("Remove this file").or_(self.page.get_by_label("Clear"))
        if clear.first.is_visible():
            clear.first.click()
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_text("Click to Upload").click()
        chooser.value.set_files(file)
        self.expect(self.page.get_by_text(Path(file).stem).first).to_be_visible()
        self.page.get_by_label("Name of the system").fill(system)
        before = self.page.locator(".answer").count()
        if before:
            self.page.evaluate("document.querySelector('.answer').remove()")
        self.page.get_by_role("button", name=button, exact=True).click()
        self.expect(self.page.locator(".answer")).to_be_visible()
        return self.page.locator(".answer").inner_text()

    def board(self, system):
        """Return the texts of the leaderboard when it shows a system."""
        self.tab("Leaderboard")
        self.page.get_by_role("button", name="Refresh").first.click()
        table = self.page.locator("#leaderboard")
        self.expect(table).to_contain_text(system)
        return table.inner_text()


def score(project, store):
    """Run the evaluator once with the Python that has gradio."""
    program = str(project / "evaluator" / "evaluate.py")
    done = subprocess.run(
        [gradio_python(), program, "--once"],
        env=environment(XACLE_EVAL_STORE=f"folder:{store}"),
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def add_baseline(folder, file):
    """Put an upload of the organisers into a store, as a Space does."""
    upload = Upload(
        id="20270101T000000Z-00000001",
        account="organisers",
        phase="open",
        system="Mean",
        file=file.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        received="2027-01-01T00:00:00Z",
    )
    files = {upload.path: upload.to_json(), upload.file_path: file.read_bytes()}
    FolderStore(folder).commit("submissions", files, "add")


def ask_check(address, path):
    """Ask the Space to check a file on its own disk, and return the answer."""
    data = [{"path": str(path), "meta": {"_type": "gradio.FileData"}}, "open"]
    call = f"{address}/gradio_api/call/check"
    body, kind = json.dumps({"data": data}).encode(), {"Content-Type": "application/json"}
    with urlopen(Request(call, body, kind)) as started:  # noqa: S310 -- of this computer
        event = json.load(started)["event_id"]
    with urlopen(f"{call}/{event}") as answer:  # noqa: S310
        return answer.read().decode()


def test_from_an_upload_to_the_leaderboard(project, chromium, tmp_path):
    """Check, upload, score, rank: with the real single file, for a team and a baseline."""
    store, inputs = tmp_path / "store", project.parent
    variables = {"XACLE_EVAL_STORE": f"folder:{store}", "XACLE_EVAL_ACCOUNT": "kumo-lab"}
    with running_space(project / "space", tmp_path / "space.log", **variables) as address:
        page = Page(chromium, address)
        page.shows("No system is on this leaderboard yet.")
        checked = page.submit(inputs / "Bad_01.csv", NAME, button="Check only")
        assert "XAC024" in checked
        assert "pair039" in checked
        assert "Not valid, so not submitted" in page.submit(inputs / "Bad_01.csv", NAME)
        assert "Submitted" in page.submit(inputs / "Kumo_01.csv", "Kumo_01")
        assert "Submitted" in page.submit(inputs / "Kumo_00.csv", NAME)
        add_baseline(store, inputs / "Kumo_02.csv")
        score(project, store)
        shown = page.board(NAME)
        assert "Mean (baseline)" in shown
        assert "Kumo_01" not in shown
        page.shows("1 system of 1 team, and 1 without a rank.")
        page.page.get_by_label("Only the best system of each team").uncheck()
        page.expect(page.page.locator("#leaderboard")).to_contain_text("Kumo_01")
        page.tab("My submissions")
        page.page.get_by_role("button", name="Refresh").last.click()
        own = page.page.locator(".own")
        page.expect(own).to_contain_text(NAME)
        outcomes = own.locator("td:nth-child(4)").all_inner_texts()
        assert outcomes == ["scored", "scored", "invalid"]
        assert "Mean" not in own.inner_text()
        for path in (inputs / "Kumo_00.csv", inputs / "labels.csv", "/proc/self/environ"):
            assert ask_check(address, path).startswith("event: error")
        page.tab("Rules")
        page.shows("Use one account for each team.")
        assert page.errors == []
        # gradio before 6.31 asks for a script of its own elsewhere.
        assert page.hosts <= {address.removeprefix("http://"), "cdnjs.cloudflare.com"}
        assert page.page.title() == "Kumo challenge 2027 & <friends>"
    lines = (store / "results" / "results.jsonl").read_text().splitlines()
    found = {each["system"]: each for each in map(json.loads, lines)}
    assert {name: each["kind"] for name, each in found.items()} == {
        NAME: "competing", "Kumo_01": "competing", "Mean": "baseline",
    }  # fmt: skip
    assert list(found[NAME]["scores"]) == ["KTAU", "LCC", "MSE", "SRCC"]


def test_the_space_of_the_evaluator(project, tmp_path):
    """The private Space scores what waits, and shows its log."""
    store = tmp_path / "store"
    add_baseline(store, project.parent / "Kumo_02.csv")
    results = store / "results" / "results.jsonl"
    log = tmp_path / "evaluator.log"
    with running_space(project / "evaluator", log, XACLE_EVAL_STORE=f"folder:{store}") as address:
        end = time.monotonic() + 30
        while not results.exists() and time.monotonic() < end:
            time.sleep(0.2)
        with urlopen(f"{address}/config") as config:  # noqa: S310
            assert "This Space must be private" in config.read().decode()
    assert json.loads(results.read_text())["system"] == "Mean"
    assert "uploads handled: 1" in log.read_text()


def test_only_an_account_can_submit(project, chromium, tmp_path):
    """With the hub: signed out, nothing is stored; signed in, the account is the team."""
    variables = {"HUB_FOLDER": str(tmp_path), "HF_TOKEN": "t", "XACLE_EVAL_OWNER": "owner"}
    log = tmp_path / "space.log"
    with running_space(project / "space", log, with_hub=True, **variables) as address:
        page = Page(chromium, address)
        file = project.parent / "Kumo_00.csv"
        assert "Sign in first" in page.submit(file, "Kumo_00")
        page.tab("My submissions")
        page.shows("Sign in to see your uploads.")
        page.page.goto(f"{address}/login/huggingface")
        page.page.goto(address)
        assert "Submitted" in page.submit(file, "Kumo_00")
        page.tab("My submissions")
        page.page.get_by_role("button", name="Refresh").last.click()
        page.expect(page.page.locator(".own")).to_contain_text("Kumo_00")
        assert "waiting" in page.page.locator(".own").inner_text()
        assert page.errors == []


def test_the_library_of_the_hub(project):
    """The installed library takes the calls of the store, and reads the cards."""
    done = subprocess.run(
        [gradio_python(), "-c", _CALLS, str(project)],
        env=environment(),
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stderr

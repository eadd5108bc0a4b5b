"""The action on pull requests that hide files from it: nothing unchecked is called valid."""

import json
import os
import shutil
from functools import partial

import pytest

from tests.helpers import DATA
from tests.workspaces import (
    HIBARI,
    NEEDS,
    commit_as_pull_request,
    git,
    make_workspace,
    run_here,
    workflow_commands,
)

pytestmark = NEEDS
NOTHING = {"valid": "false", "checked": "false", "submissions": "0"}
ONE = {"valid": "true", "checked": "true", "submissions": "1"}
BROKEN = HIBARI.replace("001.wav", "x.wav")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The folder that each test copies."""
    folder = make_workspace(tmp_path_factory.mktemp("template"))
    for file in (folder / "submissions").iterdir():
        if file.name != "Good_01.csv":
            file.unlink()
    commit_as_pull_request(folder)
    return folder.parent


@pytest.fixture
def workspace(template, tmp_path):
    """A repository with one valid submission; its next commit is the pull request."""
    shutil.copytree(template, tmp_path / "job")
    return tmp_path / "job" / "work"


@pytest.fixture
def run(workspace, capfd):
    """A function that runs the action on the workspace."""
    return partial(run_here, workspace, capfd)


@pytest.fixture
def check(workspace, run):
    """A function that commits the workspace as a pull request and checks what it changes."""

    def commit_and_run(**inputs):
        commit_as_pull_request(workspace)
        return run(changed_only="true", **inputs)

    return commit_and_run


def unchecked(out):
    """Return the names and reasons of the first annotation."""
    command, values, message = workflow_commands(out)[0][0]
    assert (command, values) == ("error", {"title": "xacle-eval"})
    beginning, _, rest = message.partition(": ")
    assert beginning == "not checked, so nothing is valid"
    return rest.split("; ")


def write(folder, name, text=HIBARI):
    """Write a file and its folders."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def link_folder(folder):
    """Replace the submissions folder by a link to another folder, in the base branch."""
    (folder / "submissions").rename(folder / "uploads")
    (folder / "submissions").symlink_to("uploads")
    commit_as_pull_request(folder)
    write(folder, "uploads/Evil_01.csv", BROKEN)


def link_folder_now(folder):
    """Replace the submissions folder by a link in the pull request itself."""
    (folder / "submissions").rename(folder / "uploads")
    (folder / "submissions").symlink_to("uploads")


def remove_folder(folder):
    """Remove the submissions folder."""
    (folder / "submissions" / "Good_01.csv").unlink()
    (folder / "submissions").rmdir()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (link_folder, "submissions is a link: "),
        (link_folder_now, "submissions is a link: "),
        (remove_folder, "the path 'submissions' does not exist"),
    ],
)
def test_the_folder_is_not_a_folder(workspace, change, reason, check):
    """A submissions folder that is a link or missing stops the action."""
    change(workspace)
    code, out, outputs, _ = check()
    assert (code, outputs) == (2, NOTHING)
    ((_, _, message),) = workflow_commands(out)[0]
    assert message.startswith(reason)


def new_target(folder):
    """Change the file that an old link names."""
    write(folder, "uploads/Kumo_01.csv")
    (folder / "submissions" / "Kumo_01.csv").symlink_to("../uploads/Kumo_01.csv")
    commit_as_pull_request(folder)
    write(folder, "uploads/Kumo_01.csv", BROKEN)


def linked_team(folder):
    """Add a file to a folder that an old link names."""
    write(folder, "uploads/Kumo/Kumo_01.csv")
    (folder / "submissions" / "Kumo").symlink_to("../uploads/Kumo")
    commit_as_pull_request(folder)
    write(folder, "uploads/Kumo/Kumo_02.csv", BROKEN)


def new_link(folder):
    """Add a link to a file outside the folder."""
    write(folder, "uploads/Kumo_01.csv")
    (folder / "submissions" / "Kumo_01.csv").symlink_to("../uploads/Kumo_01.csv")


def new_type(folder):
    """Replace a submission by a link."""
    (folder / "submissions" / "Good_01.csv").unlink()
    (folder / "submissions" / "Good_01.csv").symlink_to("../click.py")


def submodule(folder, ignore=""):
    """Add another repository as a submodule."""
    other = folder.parent / "other"
    other.mkdir()
    git(other, "init", "-q")
    write(other, "Kumo_01.csv", BROKEN)
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "x")
    git(folder, "clone", "-q", str(other), "submissions/Kumo")
    write(
        folder,
        ".gitmodules",
        f'[submodule "k"]\n\tpath = submissions/Kumo\n\turl = {other}\n\tignore = all\n',
    )


def changed_submodule(folder):
    """Change the commit of a submodule whose changes git is told to ignore."""
    submodule(folder)
    commit_as_pull_request(folder)
    write(folder, "submissions/Kumo/Kumo_02.csv")
    git(folder / "submissions/Kumo", "add", ".")
    git(folder / "submissions/Kumo", "commit", "-q", "-m", "x")


def removal(folder):
    """Remove a submission."""
    (folder / "submissions" / "Good_01.csv").unlink()
    write(folder, "submissions/.gitkeep", "")
    commit_as_pull_request(folder)
    write(folder, "submissions/A_01.csv")
    commit_as_pull_request(folder)
    (folder / "submissions" / "A_01.csv").unlink()


OTHER = "does not end with .csv or .zip"
HIDDEN = "is hidden: a name begins with '.' or '_'"
DEEP = "is more than two folders deep"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (new_target, "submissions/Kumo_01.csv is a link"),
        (linked_team, "submissions/Kumo is a link"),
        (new_link, "submissions/Kumo_01.csv is a link"),
        (new_type, "submissions/Good_01.csv is a link"),
        (submodule, "submissions/Kumo is a submodule"),
        (changed_submodule, "submissions/Kumo is a submodule"),
        (removal, "submissions/A_01.csv was removed"),
        ("submissions/Kumo_01.tsv", f"submissions/Kumo_01.tsv {OTHER}"),
        ("submissions/Kumo_01.txt", f"submissions/Kumo_01.txt {OTHER}"),
        ("submissions/Kumo_01", f"submissions/Kumo_01 {OTHER}"),
        ("submissions/Kumo_01.csv ", f"submissions/Kumo_01.csv  {OTHER}"),
        ("submissions/Kumo_01.csv\n", f"submissions/Kumo_01.csv\\n {OTHER}"),
        ("submissions/_Kumo_01.csv", f"submissions/_Kumo_01.csv {HIDDEN}"),
        ("submissions/.Kumo/Kumo_01.csv", f"submissions/.Kumo/Kumo_01.csv {HIDDEN}"),
        ("submissions/Kumo/1/2/Kumo_01.csv", f"submissions/Kumo/1/2/Kumo_01.csv {DEEP}"),
    ],
)
def test_what_is_not_checked(workspace, change, found, check):
    """Each change that is not checked is named with the reason, and nothing is valid."""
    if isinstance(change, str):
        write(workspace, change)
    else:
        change(workspace)
    code, out, outputs, _ = check()
    assert (code, outputs) == (1, NOTHING)
    assert unchecked(out) == [found]


def test_a_valid_file_beside_others(workspace, check):
    """A valid file is checked, but the pull request is not valid beside an unchecked change."""
    write(workspace, "submissions/Kumo_01.csv")
    write(workspace, "submissions/Kumo_02.tsv", BROKEN)
    code, out, outputs, _ = check()
    assert (code, outputs) == (1, {"valid": "false", "checked": "false", "submissions": "1"})
    assert unchecked(out) == [f"submissions/Kumo_02.tsv {OTHER}"]
    assert "1 of 1 submission valid" in out


def test_a_renamed_file(workspace, check):
    """The new name of a renamed file is checked; the old name is a removal."""
    (workspace / "submissions" / "Good_01.csv").rename(workspace / "submissions" / "New_01.csv")
    code, out, outputs, _ = check()
    assert (code, outputs) == (1, {"valid": "false", "checked": "false", "submissions": "1"})
    assert unchecked(out) == ["submissions/Good_01.csv was removed"]


def test_a_changed_mode(workspace, check):
    """A file of which only the mode changed is checked like a changed file."""
    (workspace / "submissions" / "Good_01.csv").chmod(0o755)
    code, _, outputs, _ = check()
    assert (code, outputs) == (0, ONE)


ODD = ("-rf_01", "$(touch x)_01", "*_01", ":(top)x_01", "a b;c_01", "a\nb_01", "`touch x`_01")


def test_odd_names_are_checked(workspace, check):
    """Names that a shell or git could interpret are names only: each file is checked."""
    for name in ODD:
        write(workspace, f"submissions/{name}.csv")
    code, out, outputs, _ = check()
    assert (code, outputs) == (0, {**ONE, "submissions": str(len(ODD))}), out
    write(workspace, f"submissions/{ODD[1]}.csv", BROKEN)
    code, out, outputs, _ = check()
    assert (code, outputs) == (1, {**ONE, "valid": "false"})
    assert workflow_commands(out)[0][0][1]["file"] == f"submissions/{ODD[1]}.csv"
    assert not (workspace / "x").exists()


def test_many_unchecked_files(workspace, check):
    """An annotation names the first ten files, and the log at most a thousand, without commands."""
    for number in range(1_200):
        write(workspace, f"submissions/##[error]{'x' * 200}{number}.tsv", "")
    code, out, outputs, _ = check()
    assert (code, outputs) == (1, NOTHING)
    annotations, printed = workflow_commands(out)
    assert len(annotations) == 1
    assert annotations[0][2].endswith("; and 1,190 more")
    assert len(unchecked(out)) == 11
    assert "and 200 more" in printed
    assert len(out) < 500_000


def test_names_that_are_not_utf_8(workspace, check):
    """A name with bytes that are not UTF-8 is printed with escapes."""
    with open(os.fsencode(workspace) + b"/submissions/\xff\xe9.tsv", "w"):  # noqa: PTH123
        pass
    code, out, _, _ = check()
    assert code == 1
    assert unchecked(out) == [f"submissions/\\udcff\\udce9.tsv {OTHER}"]


def test_endings_of_the_challenge(workspace, check):
    """The endings are those of the challenge, here .txt instead of .csv."""
    settings = (DATA / "example" / "challenge.toml").read_text()
    folder = workspace.parent / "challenge"
    folder.mkdir()
    endings = '[submissions]\nendings = [".txt"]\n'
    assert "[submissions]" in settings
    (folder / "challenge.toml").write_text(settings.replace("[submissions]\n", endings))
    for file in (DATA / "example").iterdir():
        if file.is_file() and file.name != "challenge.toml":
            (folder / file.name).write_bytes(file.read_bytes())
    write(workspace, "submissions/Kumo_01.TXT")
    code, out, outputs, _ = check(challenge=str(folder))
    assert (code, outputs) == (0, ONE), out
    write(workspace, "submissions/Kumo_02.csv")
    code, out, outputs, _ = check(challenge=str(folder))
    assert (code, outputs) == (1, NOTHING)
    assert unchecked(out) == ["submissions/Kumo_02.csv does not end with .txt or .zip"]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"paths": "/etc"}, "the path '/etc' is outside the checkout"),
        ({"paths": "submissions\n../x"}, "the path '../x' is outside the checkout"),
        ({"paths": "submisions"}, "the path 'submisions' does not exist in the checkout"),
        ({"challenge": "xacle2025"}, "challenge xacle2025: no challenge or file has this name"),
    ],
)
def test_inputs_that_name_nothing(run, inputs, reason):
    """A path or challenge that does not exist stops the action: nothing under it can change."""
    code, out, outputs, _ = run(changed_only="true", **inputs)
    assert (code, outputs) == (2, NOTHING)
    ((_, _, message),) = workflow_commands(out)[0]
    assert message.startswith(reason)


def test_a_shallow_checkout(workspace, capfd):
    """A checkout without the base commit stops the action and names the option to set."""
    shallow = workspace.parent / "shallow"
    git(workspace, "clone", "-q", "--depth", "1", f"file://{workspace}", str(shallow))
    for inputs in ({"changed_only": "true"}, {"challenge": "click.py"}):
        code, out, outputs, _ = run_here(shallow, capfd, **inputs)
        assert (code, outputs) == (2, NOTHING)
        assert "fetch-depth: 0" in workflow_commands(out)[0][0][2]


def test_a_checkout_of_the_base_branch(workspace, run):
    """A checkout without the pull request stops the action, as with pull_request_target."""
    base = git(workspace, "rev-parse", "HEAD")
    write(workspace, "submissions/Kumo_01.csv", BROKEN)
    commit_as_pull_request(workspace)
    git(workspace, "checkout", "-q", base)
    code, out, outputs, _ = run(changed_only="true")
    assert (code, outputs) == (2, NOTHING)
    assert "does not contain the last commit of the pull request" in out


def test_a_merge_of_the_pull_request(workspace, run):
    """In the merge commit that GitHub checks out, changes of the base branch are not checked."""
    git(workspace, "checkout", "-q", "-b", "pull")
    write(workspace, "submissions/Kumo_01.csv")
    commit_as_pull_request(workspace)
    event = json.loads((workspace.parent / "event.json").read_text())
    git(workspace, "checkout", "-q", "main")
    write(workspace, "submissions/Other_01.tsv", BROKEN)
    commit_as_pull_request(workspace)
    event["pull_request"]["base"]["sha"] = git(workspace, "rev-parse", "HEAD")
    (workspace.parent / "event.json").write_text(json.dumps(event))
    git(workspace, "merge", "-q", "-m", "merge", "pull")
    code, out, outputs, _ = run(changed_only="true")
    assert (code, outputs) == (0, ONE), out


def test_links_without_changed_only(workspace, run):
    """A link in the folder is named as an error, also if all files are checked."""
    new_link(workspace)
    code, out, outputs, _ = run()
    assert code == 1
    assert outputs["valid"] == outputs["checked"] == "false"
    assert unchecked(out) == ["submissions/Kumo_01.csv is a link"]


@pytest.mark.parametrize("name", ["receipt", "keep"])
@pytest.mark.parametrize("place", ["result", "link/result", "x/../link/result"])
def test_results_are_not_written_through_links(workspace, name, place, run):
    """A link in the place of a result stops the action, and its target is not written."""
    target = workspace.parent / "target"
    target.mkdir()
    (workspace / ("result" if place == "result" else "link")).symlink_to(target)
    code, out, outputs, _ = run(**{name: place})
    assert (code, outputs) == (2, NOTHING)
    assert " is a link: " in workflow_commands(out)[0][0][2]
    assert list(target.iterdir()) == []


def test_kept_files(workspace, check):
    """The kept folder has the checked files and their receipt, and exists only if all are valid."""
    kept = workspace.parent / "kept"
    write(workspace, "submissions/Kumo/Kumo_01.csv")
    code, _, _, _ = check(keep=str(kept))
    assert code == 0
    names = {path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()}
    assert names == {"receipt.json", "submissions/Kumo/Kumo_01.csv"}
    assert (kept / "submissions/Kumo/Kumo_01.csv").read_text() == HIBARI
    (receipt,) = json.loads((kept / "receipt.json").read_text())["files"]
    assert receipt["path"] == "submissions/Kumo/Kumo_01.csv"
    write(workspace, "submissions/Kumo/Kumo_02.csv", BROKEN)
    assert check(keep=str(kept.with_name("other")))[0] == 1
    assert not kept.with_name("other").exists()


def test_a_challenge_of_the_base_branch(workspace, run, check):
    """A pull request cannot change the challenge file, or the list of ids that it names."""
    for file in (DATA / "example").iterdir():
        if file.is_file():
            write(workspace, f"rules/{file.name}", file.read_text())
    commit_as_pull_request(workspace)
    for file in (workspace / "rules").iterdir():
        file.write_text('list = "../../labels.csv"\n')
    write(workspace, "submissions/Kumo_01.csv")
    code, out, outputs, _ = check(challenge="./x/../rules")
    assert (code, outputs) == (0, ONE), out
    write(workspace, "mine.toml", (DATA / "example" / "challenge.toml").read_text())
    code, out, outputs, _ = check(challenge="mine.toml")
    assert (code, outputs) == (2, NOTHING)
    assert "'mine.toml' is not on the base branch" in workflow_commands(out)[0][0][2]

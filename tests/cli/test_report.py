"""``xacle-eval report`` writes a site in one step, and says what it left out."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.helpers import (
    DATA,
    EXAMPLE,
    command,
    environment,
    in_process,
    in_terminal,
    xacle_eval,
)
from tests.cli.test_interrupts import READY
from tests.helpers import interruptible
from xacle_eval.io.folders import FILE_LIST

SUBMISSIONS = "example/submissions"
PLAN = ("--bootstrap", "200")
RATINGS = ("--references", "example/ratings.csv")
ARGUMENTS = ("report", SUBMISSIONS, *EXAMPLE, *RATINGS, *PLAN)
WITHOUT_JINJA = "import sys\nsys.modules['jinja2'] = None\n"


def files(folder):
    """Return the bytes of every file in a folder by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the site of the example, and the result of the command."""
    folder = tmp_path_factory.mktemp("report") / "site"
    return folder, xacle_eval(*ARGUMENTS, "-o", folder)


def test_the_files_of_a_site(site):
    """The site has its pages, a page for each system, and the files to download."""
    folder, result = site
    assert (result.code, result.out) == (0, "")
    found = sorted(files(folder))
    assert [name for name in found if name.endswith(".html")] == [
        "index.html",
        "listeners.html",
        "systems/Hibari_01.html",
        "systems/Hibari_02.html",
        "systems/Suzume_01.html",
        "uncertainty.html",
    ]
    assert {f"downloads/leaderboard.{ending}" for ending in ("csv", "json", "tex", "md")} < {*found}
    assert {f"downloads/teams.{ending}" for ending in ("csv", "json", "tex", "md")} < {*found}
    assert sorted(json.loads((folder / FILE_LIST).read_text())["files"]) == sorted(
        {*found} - {FILE_LIST}
    )
    assert re.search(r"has no page that checks files; .*--pyodide", result.err, re.DOTALL)
    assert f"wrote {len(found) - 1} files" in result.err


def test_every_link_of_a_site_leads_to_one_of_its_files(site):
    """No page names a file that is not there, or another host."""
    folder, _ = site
    for page in folder.rglob("*.html"):
        text = page.read_text()
        links = re.findall(r"(?:href|src)=\"([^\"]*)\"", text)
        assert links
        for link in links:
            target = link.partition("#")[0]
            if target:
                assert (page.parent / target).resolve().is_file(), (page.name, link)
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


@pytest.mark.long
def test_the_downloads_are_what_leaderboard_writes(site, tmp_path):
    """The files to download are those of the command for the same resamples."""
    folder, _ = site
    for ending in ("md", "tex"):
        output = tmp_path / f"board.{ending}"
        shared = (SUBMISSIONS, *EXAMPLE, *RATINGS, *PLAN, "--screenings", "all", "-o", output)
        assert xacle_eval("leaderboard", *shared).code == 0
        assert output.read_text() == (folder / "downloads" / f"leaderboard.{ending}").read_text()


@pytest.mark.long
def test_the_same_input_gives_the_same_bytes(site, tmp_path):
    """A run with two processes, in another folder and with absolute paths, writes the same."""
    folder, _ = site
    arguments = ("report", DATA / SUBMISSIONS, *ARGUMENTS[2:], "--jobs", "2")
    again = xacle_eval(*arguments, "-q", "-o", tmp_path / "again")
    assert (again.code, again.err) == (0, "")
    assert files(tmp_path / "again") == files(folder)


@pytest.mark.long
def test_a_second_run_replaces_the_site(site, tmp_path):
    """A site is replaced without an option; one with other files is left as it is."""
    folder = tmp_path / "site"
    assert xacle_eval(*ARGUMENTS, "-o", folder, "-q").code == 0
    (folder / "index.html").write_text("edited")
    refused = xacle_eval(*ARGUMENTS, "-o", folder, "-q")
    assert (refused.code, "--force" in refused.err) == (2, True)
    assert (folder / "index.html").read_text() == "edited"
    assert xacle_eval(*ARGUMENTS, "-o", folder, "-q", "--force").code == 0
    assert files(folder) == files(site[0])
    (folder / "CNAME").write_text("example.org")
    refused = xacle_eval(*ARGUMENTS, "-o", folder, "-q", "--force")
    assert (refused.code, "CNAME" in refused.err) == (2, True)
    assert (folder / "CNAME").read_text() == "example.org"


@pytest.mark.long
def test_an_unranked_submission(tmp_path):
    """The exit code is 1 and the site names the file; with --exit-zero it is 0."""
    broken = tmp_path / "Kumo_01.csv"
    broken.write_text("wav_file_name,pred_score\n001.wav,nan\n")
    arguments = ("report", SUBMISSIONS, broken, *EXAMPLE, *RATINGS, *PLAN)
    result = xacle_eval(*arguments, "-o", tmp_path / "site")
    assert result.code == 1
    assert "Kumo_01" in result.err
    page = (tmp_path / "site" / "index.html").read_text()
    assert "Kumo_01" in page
    assert "XAC024" in page
    assert xacle_eval(*arguments, "--exit-zero", "-o", tmp_path / "site", "-q").code == 0


@pytest.mark.long
def test_an_empty_site_does_not_replace_a_public_one(site, tmp_path):
    """If no submission is ranked, an earlier site stays; with --force it is replaced."""
    folder, broken = tmp_path / "site", tmp_path / "Kumo_01.csv"
    assert xacle_eval(*ARGUMENTS, "-o", folder, "-q").code == 0
    broken.write_text("wav_file_name,pred_score\n001.wav,nan\n")
    arguments = ("report", broken, *EXAMPLE, *RATINGS, *PLAN, "-q", "-o", folder)
    refused = xacle_eval(*arguments)
    assert (refused.code, "no submission is ranked" in refused.err) == (2, True)
    assert files(folder) == files(site[0])
    assert xacle_eval(*arguments, "--force").code == 1
    assert "Kumo_01" in (folder / "index.html").read_text()


def test_the_organisers_see_what_the_pages_leave_out(tmp_path):
    """Ids and lines are in the terminal and not on the page; so are findings between teams."""
    broken = tmp_path / "in" / "Kumo_01.csv"
    broken.parent.mkdir()
    broken.write_text("wav_file_name,pred_score\n001.wav,7.25x\n")
    for team in ("Sora", "Umi"):
        copied = (DATA / "example" / "submissions" / "Hibari_01.csv").read_bytes()
        (tmp_path / "in" / f"{team}_01.csv").write_bytes(copied)
    arguments = ("report", tmp_path / "in", *EXAMPLE, *RATINGS, *PLAN)
    result = xacle_eval(*arguments, "-o", tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    for text in ("7.25x", "001.wav", "XAC060"):
        assert text in result.err
        assert text not in page


def test_a_page_of_a_board_has_what_the_challenge_publishes(tmp_path):
    """leaderboard -o board.html shows the metrics of [publish]; the other formats show all."""
    shutil.copytree(DATA / "example", tmp_path / "task")
    challenge = tmp_path / "task" / "challenge.toml"
    challenge.write_text(challenge.read_text() + '\n[publish]\nmetrics = ["SRCC"]\n')
    (tmp_path / "task" / "submissions" / "Kumo_01.csv").write_text(
        "wav_file_name,pred_score\n001.wav,7.25x\n"
    )
    shared = ("leaderboard", tmp_path / "task" / "submissions", "-c", challenge, *RATINGS)
    page = xacle_eval(*shared, "-f", "html").out
    assert "SRCC" in page
    assert "KTAU ↓" not in page
    assert "KTAU ↑" not in page
    assert "7.25x" not in page
    assert "KTAU" in xacle_eval(*shared, "-f", "csv").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SUBMISSIONS,), "--output"),
        (("-o", "SITE"), "DIR or FILE is required"),
        (("--check-page", "-o", "SITE"), "npm install pyodide"),
        ((SUBMISSIONS, "--check-page", "-o", "SITE"), "npm install pyodide"),
        ((SUBMISSIONS, "--pyodide", "example", "-o", "SITE"), "pyodide"),
        ((SUBMISSIONS, "-o", SUBMISSIONS), "input"),
        ((SUBMISSIONS, "-o", "missing/site"), "create its folder first"),
        ((SUBMISSIONS, "-o", "SITE", "--figures", "SITE"), "--figures"),
        ((SUBMISSIONS, "-o", "SITE", "--figures", "SITE/figures"), "choose two folders"),
        ((SUBMISSIONS, "-o", "."), "current folder"),
        (("example/submision", "-o", "SITE"), "Did you mean"),
        ((SUBMISSIONS, "-o", "SITE", "--scheduler-timeout", "3"), "--scheduler"),
    ],
)
def test_what_is_refused(arguments, message, tmp_path):
    """A run that cannot write the site ends before it scores, with the reason."""
    given = [word.replace("SITE", str(tmp_path / "site")) for word in arguments]
    result = in_process("report", *given, *EXAMPLE, *RATINGS, *PLAN)
    assert (result.code, result.out) == (2, "")
    assert message in " ".join(result.err.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_jinja2_is_named_if_it_is_missing(tmp_path):
    """Without Jinja2 the error says what to install, before anything is scored."""
    for arguments in (
        (*ARGUMENTS, "-o", tmp_path / "site"),
        ("leaderboard", SUBMISSIONS, *EXAMPLE, "-f", "html"),
    ):
        result = xacle_eval(*arguments, before=WITHOUT_JINJA)
        assert (result.code, result.out) == (2, "")
        assert "pip install jinja2" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_figures(tmp_path):
    """The figures are SVG files that contain their style, in a folder of their own."""
    result = xacle_eval(*ARGUMENTS, "-q", "-o", tmp_path / "s", "--figures", tmp_path / "f")
    assert (result.code, result.err) == (0, "")
    names = {path.name for path in (tmp_path / "f").glob("*.svg")}
    assert names >= {"forest-system.svg", "blob-system.svg", "matrix-team.svg"}
    for name in names:
        text = (tmp_path / "f" / name).read_text()
        assert text.startswith("<svg")
        assert "<style>" in text


@pytest.mark.long
def test_open(tmp_path):
    """--open gives the index to the browser that the environment names."""
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    browser.chmod(0o755)
    result = xacle_eval(*ARGUMENTS, "-q", "-o", tmp_path / "site", "--open", BROWSER=str(browser))
    assert result.code == 0
    assert seen.read_text().strip() == (tmp_path / "site" / "index.html").as_uri()


@pytest.mark.long
def test_demo_ratings_are_marked(tmp_path):
    """With demo ratings every page says so, in its title and in a banner."""
    sample = DATA.parents[1] / "sample_submissions" / "Minimal_Reference_01.csv"
    result = xacle_eval("report", sample, "--bootstrap", "50", "-o", tmp_path / "site")
    assert (result.code, "DEMO" in result.err) == (0, True)
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) == 4
    for page in pages:
        text = page.read_text()
        assert re.search(r"<title>[^<]*DEMO[^<]*</title>", text)
        assert 'class="demo"' in text


@pytest.mark.long
def test_a_board_as_a_page(tmp_path):
    """leaderboard writes the index alone, chosen by the ending, by --format, and to stdout."""
    output = tmp_path / "board.html"
    shared = ("leaderboard", SUBMISSIONS, *EXAMPLE, *RATINGS, *PLAN)
    assert xacle_eval(*shared, "-o", output).code == 0
    text = output.read_text()
    assert text.startswith("<!doctype html>")
    assert xacle_eval(*shared, "-f", "html").out == text
    assert "Hibari" in text
    assert "<nav" not in text


@pytest.mark.long
def test_progress_on_a_terminal(tmp_path):
    """A run of over a second shows a bar on stderr, and leaves the name of the folder there."""
    result = in_terminal(*ARGUMENTS[:-1], "300000", "-o", tmp_path / "site")
    assert result.code == 0
    assert "resampling" in result.out
    assert "wrote" in result.out


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="sends signals to a process group")
def test_an_interrupted_run_leaves_the_earlier_site(site, tmp_path):
    """After Ctrl-C the folder has the earlier site, and there is nothing beside it."""
    folder = tmp_path / "site"
    assert xacle_eval(*ARGUMENTS, "-o", folder, "-q").code == 0
    arguments = (*ARGUMENTS[:-1], "300000", "-o", folder)
    with subprocess.Popen(
        command(*arguments, before=READY),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=DATA, env=environment(),
        start_new_session=True, preexec_fn=interruptible,
    ) as process:  # fmt: skip
        while b"ready" not in process.stderr.readline():
            pass
        time.sleep(1.0)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert files(folder) == files(site[0])
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.long
def test_python_writes_what_the_command_writes(site, tmp_path):
    """`report` and `write_site` in Python give the same bytes as the command."""
    program = (
        "import sys, xacle_eval as xe\n"
        "found = xe.report('example/submissions', references='example/ratings.csv',"
        " challenge='example', bootstrap=200)\n"
        "print(xe.write_site(found, sys.argv[1])[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "site"],
        capture_output=True, cwd=DATA, env=environment(), check=False, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "index.html\n", "")
    assert files(tmp_path / "site") == files(site[0])

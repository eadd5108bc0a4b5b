"""Under the default policy, no file of a site has a value of a single pair, an id or a text."""

import re
import zlib

import pytest

import xacle_eval as xe
from tests.leaks import PLANTS, find_leaks, write_challenge
from xacle_eval.hosting.bundle import standalone_validator
from xacle_eval.reports.site.build import figure_files, site_files

pytest.importorskip("jinja2")

# Those that pages show; the others are in the JSON document only.
SHOWN = ("id in a finding", "prediction in a finding", "text in a description",
         "id of a large error", "references with 1 decimal")  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Write the challenge; return its folder, its secrets and the report of its submissions."""
    folder = tmp_path_factory.mktemp("leaks")
    secrets = write_challenge(folder)
    return folder, secrets, xe.report(folder / "submissions", challenge=folder, bootstrap=300)


def leaks_in(files, secrets):
    """Return the leaks of all files of a site by the names of the files that have any."""
    found = {name: find_leaks(data, secrets) for name, data in files.items()}
    return {name: leaks for name, leaks in found.items() if leaks}


def unpacked(data):
    """Return a PDF with its compressed streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    parts = []
    for stream in streams:
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            parts.append(stream)
    return b"\n".join(parts)


def test_no_file_of_the_site_has_a_secret(made):
    """Every page, every download and every figure has aggregates only."""
    _, secrets, report = made
    files = site_files(report)
    assert {"index.html", "uncertainty.html", "listeners.html"} < files.keys()
    assert sum(name.startswith("systems/") for name in files) == 13
    assert sum(name.startswith("downloads/") for name in files) == 8
    files |= figure_files(report)
    files |= {name: unpacked(data) for name, data in files.items() if name.endswith(".pdf")}
    assert leaks_in(files, secrets) == {}


@pytest.mark.parametrize("plant", SHOWN)
def test_a_planted_leak_is_found_on_a_page(made, plant):
    """The search finds a secret that is in the report on the page that shows it."""
    _, secrets, report = made
    kind, change = PLANTS[plant]
    found = leaks_in(site_files(change(report, secrets)), secrets)
    assert kind in {each for leaks in found.values() for each, _ in leaks}


def test_the_check_of_submissions_has_ids_only(made):
    """The program of the check page needs the ids of the pairs, and nothing else about them."""
    folder, secrets, _ = made
    program = standalone_validator(xe.load_challenge(folder))
    assert {kind for kind, _ in find_leaks(program.encode(), secrets)} <= {"id of a pair"}

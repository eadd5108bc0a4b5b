"""Challenges with phases, and their bundles, for the tests of exports."""

import re
import shutil
import zipfile
from io import BytesIO
from pathlib import Path

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.hosting.exporting import EXPORTS
from xacle_eval.hosting.hosted import load_phase_references, plan_phases
from xacle_eval.hosting.own_texts import OwnTexts

PHASES = """
[phases.final]
title = "Final <b>phase</b> $x$ | _y_"
split = "{split}"
opens = 2027-01-11T11:59:59Z
closes = 2027-01-20T23:59:59-12:00
valid_total = 4

[phases.dev]
split = "{split}"
opens = 2027-01-01T09:30:00+09:00
closes = 2027-01-10T23:59:59-12:00
valid_per_day = 3
"""
"""Two phases that touch: the first one ends on 10 January anywhere on earth."""
POLICIES = """
[publish.phase.dev]
part = "public"

[publish.phase.final]
part = "private"
metrics = ["KTAU", "LCC", "SRCC", "MSE"]
decimals = 4
decimals_by_metric = { MSE = 2 }
"""
KINDS = ("audiomos2025_track1", "relate", "voicemos", "voicemos2024_track3", "wmt")
"""The folders of tests/data/challenges."""


def copy_challenge(kind, folder, text=PHASES, changes=()):
    """Copy a challenge into a folder, add phases, and return its file."""
    shutil.copytree(DATA / "challenges" / kind, folder)
    file = folder / "challenge.toml"
    found = file.read_text(encoding="utf-8")
    split = re.search(r'^default_split = "(.+)"$', found, re.MULTILINE)[1]
    for old, new in changes:
        assert old in found + text
        found, text = found.replace(old, new), text.replace(old, new)
    file.write_text(found + text.replace("{split}", split), encoding="utf-8")
    return file


def bundle_files(platform, file, *, references=None, texts=None, contact=None):
    """Return the files of a bundle with a short text in place of the scorer, which takes long."""
    kind = EXPORTS[platform]
    hosted = plan(platform, file, references)
    return kind.files(hosted, b"# the scorer\n", OwnTexts.read(texts or {}, contact))


def plan(platform, file, references=None, references_of=None):
    """Return a challenge as a platform runs it."""
    challenge, kind = xe.load_challenge(file), EXPORTS[platform]
    truth = load_phase_references(challenge, references, references_of)
    settings = {"needs_end": kind.needs_end, "one_by_one": kind.one_by_one}
    return plan_phases(challenge, truth, **settings)


def export(platform, file, output, **settings):
    """Write a bundle; the challenge without references in its file has ratings beside it."""
    if "[splits.kept]" in file.read_text(encoding="utf-8"):
        settings.setdefault("references", file.parent / "ratings.csv")
    return xe.export(platform, output, challenge=file, **settings)


def unzip(data):
    """Return the files of a ZIP by name, and refuse folders and times."""
    archive = zipfile.ZipFile(BytesIO(data) if isinstance(data, bytes) else Path(data))
    assert archive.testzip() is None
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert archive.namelist() == sorted(archive.namelist())
    return {name: archive.read(name) for name in archive.namelist()}

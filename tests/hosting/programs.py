"""The standalone validator and the command, run on the same files."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import xacle_eval as xe
from tests.cli.helpers import environment
from xacle_eval.hosting.bundle import standalone_validator

# The reason that a YAML parser gives; libyaml, which the command uses, has other words.
_PARSER = re.compile(r" The parser reports: .*?\.(?=\"?$)", re.MULTILINE)


@cache
def python(version):
    """Return the Python of a version, from PATH or pyenv; None if this machine has none."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places = [
        shutil.which(f"python{version}"),
        *(root / "versions").glob(f"{version}.*/bin/python"),
    ]
    for place in filter(None, places):
        asked = [place, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if (
            subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
            == version
        ):
            return str(place)
    return None


def write_program(folder, challenge, split=None):
    """Write the validator of a challenge into a folder and return its path."""
    path = folder / "validator.py"
    path.write_text(standalone_validator(xe.load_challenge(challenge, split)), encoding="utf-8")
    return path


def by_program(program, files, cwd, version):
    """Check files with the validator; without site-packages, and without the toolkit."""
    command = [python(version), "-I", "-S", program, *files]
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def by_command(files, cwd, challenge, split=None):
    """Check files with ``xacle-eval validate``."""
    options = ["--format", "json", "--challenge", challenge, *(["--split", split] if split else [])]
    command = [sys.executable, "-m", "xacle_eval", "validate", *options, *files]
    done = subprocess.run(command, cwd=cwd, capture_output=True, env=environment(), check=False)
    return done.returncode, done.stdout.decode()


def without_parser(document):
    """Return a document without the words of the YAML parser."""
    return _PARSER.sub("", document)

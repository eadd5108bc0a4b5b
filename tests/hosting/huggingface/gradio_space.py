"""Starts the generated Space with a real gradio, which is not a dependency of the toolkit."""

import os
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.helpers import REPOSITORY

SECONDS = 90
# The hub of `fake_hub`, and the identity that gradio's own stand-in for the login gives.
_WITH_HUB = """
import os, runpy, sys
sys.path.insert(0, os.environ["REPOSITORY"])
import gradio.oauth, huggingface_hub, huggingface_hub.errors
from tests.hosting.huggingface import fake_hub
hub = fake_hub.Hub(os.environ["HUB_FOLDER"])
hub.create("owner/kumo2027-submissions")
hub.create("owner/kumo2027-results", private=False)
huggingface_hub.HfApi = lambda token: fake_hub.Api(hub, token)
huggingface_hub.CommitOperationAdd = fake_hub.CommitOperationAdd
huggingface_hub.errors.EntryNotFoundError = fake_hub.EntryNotFoundError
huggingface_hub.errors.HfHubHTTPError = fake_hub.HfHubHTTPError
person = {"type": "user", "name": "kumo-lab", "fullname": "Kumo", "avatarUrl": ""}
gradio.oauth.get_token, gradio.oauth.whoami = lambda: "x", lambda: person
sys.path.insert(0, os.environ["SPACE"])
runpy.run_path(os.environ["SPACE"] + "/app.py", run_name="__main__")
"""


def gradio_python():
    """Return the Python that has gradio; skip the test if there is none."""
    python = os.environ.get("XACLE_EVAL_GRADIO")
    if not python:
        pytest.skip(
            "needs XACLE_EVAL_GRADIO=DIR/bin/python after python -m venv DIR and "
            "DIR/bin/pip install 'gradio[oauth]' huggingface_hub"
        )
    return python


def environment(**changes):
    """Return the environment of a Space: no token and no proxy of this machine."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
        **changes,
    }


@contextmanager
def running_space(folder, log, *, with_hub=False, **variables):
    """Start the Space in a folder, give its address, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables["GRADIO_SERVER_PORT"] = str(port)
    program = [str(Path(folder) / "app.py")]
    if with_hub:
        program = ["-c", _WITH_HUB]
        variables |= {"REPOSITORY": str(REPOSITORY), "SPACE": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [gradio_python(), *program],
            env=environment(**variables),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process, address, log):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{address}/config", timeout=5):  # noqa: S310 -- of this computer
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(log.read_text(errors="replace"))

"""Fixtures of the neural recipe; tests that require the extra [neural] are skipped without it."""

import importlib.util

import pytest

from reference.neural.config import Config, load_config
from reference.world import WorldConfig, plan, write_audio, write_metadata

TINY = {
    "audio": {"seconds": 1.0, "pool": 5, "normalisation": "own"},
    "encoders": {"text": "random", "audio": "random", "tokens": 50, "size": 8, "heads": 2},
    "model": {"hidden": 8, "projection": 8},
    "training": {
        "batch": 4,
        "epochs": 2,
        "learning_rate": 1e-3,
        "workers": 0,
        "precision": "float32",
        "save_every": 2,
    },
}


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Use one thread: more threads slow down small models, and tests run in parallel."""
    if importlib.util.find_spec("torch") is not None:
        import torch

        torch.set_num_threads(1)


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Return a world of 14 + 6 + 6 pairs with clips of 2 s; the models use the first second."""
    folder = tmp_path_factory.mktemp("neural") / "world"
    world = plan(WorldConfig(n_train=14, n_validation=6, n_test=6, seconds=2.0))
    write_metadata(world, folder)
    write_audio(world, folder, jobs=1)
    return folder


@pytest.fixture
def tiny() -> Config:
    """Return the settings of a model that trains in a second."""
    return load_config(None, TINY)

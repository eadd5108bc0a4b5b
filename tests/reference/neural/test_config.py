"""Settings: official values by default, all errors of a file at once."""

import pytest

from reference.errors import RecipeError
from reference.neural.config import Config, load_config
from tests.helpers import REPOSITORY

CONFIGS = REPOSITORY / "reference" / "neural" / "configs"


def test_the_official_values():
    """The defaults are the values of the official code, and official.toml contains all of them."""
    config = load_config(None)
    training, loss, model = config.training, config.loss, config.model
    assert (training.learning_rate, training.weight_decay, training.batch, training.epochs) == (
        2e-5,
        1e-5,
        12,
        20,
    )
    assert (training.plateau_factor, training.plateau_patience, training.early_stop) == (0.5, 5, 10)
    assert (loss.form, loss.tau, loss.margin, loss.beta, loss.clipped, loss.contrastive) == (
        "official",
        0.25,
        0.1,
        0.99,
        1.0,
        0.5,
    )
    assert (model.hidden, model.projection, model.dropout) == (512, 2048, 0.3)
    assert (config.samples, config.audio.normalisation, config.encoders.text) == (
        160_000,
        "official",
        "roberta-large",
    )
    assert load_config(CONFIGS / "official.toml") == config


def test_bundled_settings_are_valid():
    """All settings files of the recipe can be loaded."""
    for file in CONFIGS.glob("*.toml"):
        assert isinstance(load_config(file), Config)


def test_all_errors_at_once(tmp_path):
    """Unknown keys and invalid values are all reported, each with its key."""
    path = tmp_path / "x.toml"
    path.write_text("[training]\nlearing_rate = 1\nbatch = 1\n[loss]\nform = 'x'\n[bonus]\na = 1\n")
    with pytest.raises(RecipeError) as raised:
        load_config(path)
    for key in ("training.learing_rate", "training.batch", "loss.form", "bonus"):
        assert key in str(raised.value)


@pytest.mark.parametrize("text", ["[", "\xff"])
def test_invalid_toml(tmp_path, text):
    """A file that is missing or not valid TOML is reported."""
    (tmp_path / "x.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(RecipeError, match="is not valid TOML"):
        load_config(tmp_path / "x.toml")
    with pytest.raises(RecipeError, match="cannot be read"):
        load_config(tmp_path / "none.toml")


def test_options_override_the_file(tmp_path):
    """Values from the command line override those in the file."""
    (tmp_path / "x.toml").write_text("[training]\nseed = 1\nbatch = 7\n")
    config = load_config(tmp_path / "x.toml", {"training": {"seed": 3}})
    assert (config.training.seed, config.training.batch) == (3, 7)

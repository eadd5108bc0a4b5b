"""Weights: official names load strictly, what does not match is named, and no file runs code."""

import os
import pickle
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")
pytest.importorskip("transformers", reason="the extra [neural] is not installed")

from reference.errors import RecipeError  # noqa: E402
from reference.neural.audio_encoder import AudioNTT2022  # noqa: E402
from reference.neural.config import load_config  # noqa: E402
from reference.neural.weights import (  # noqa: E402
    HashedWords,
    build_model,
    load_checkpoint,
    load_official,
    read_weights,
    save_checkpoint,
    save_official,
)
from tests.helpers import REPOSITORY  # noqa: E402


@pytest.fixture
def model(tiny):
    """A tiny model with weights of its own."""
    torch.manual_seed(5)
    return build_model(tiny, -4.0, 2.0)[0].eval()


def outputs(model):
    """What a model makes of two pairs."""
    torch.manual_seed(0)
    with torch.no_grad():
        return model(torch.randn(2, 16_000), *HashedWords(50)(["a dog barks", "rain"]))


def test_an_official_checkpoint_there_and_back(model, tiny, tmp_path):
    """Weights under the official names load into another model, which then predicts the same."""
    save_official(model, tmp_path / "best_model.pt")
    other, _ = build_model(tiny, -4.0, 2.0)
    assert not torch.equal(outputs(other.eval()), outputs(model))
    assert load_official(other, tmp_path / "best_model.pt") == ()
    assert torch.equal(outputs(other.eval()), outputs(model))


@pytest.mark.parametrize("wrap", [None, "state_dict", "model_state_dict"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_what_official_checkpoints_carry_besides(model, tiny, tmp_path, wrap, prefix):
    """Buffers of the official front end and of old RoBERTas are ignored by name, wrappers are
    looked through.
    """
    extra = {
        "audio_encoder.to_melspec.mel_basis": torch.ones(64, 513),
        "audio_encoder.to_melspec.stft.wsin": torch.ones(3),
        "text_encoder.model.embeddings.position_ids": torch.arange(4),
    }
    weights = {prefix + name: value for name, value in {**model.state_dict(), **extra}.items()}
    torch.save(weights if wrap is None else {wrap: weights, "epoch": 3}, tmp_path / "best_model.pt")
    other, _ = build_model(tiny, -4.0, 2.0)
    assert load_official(other, tmp_path / "best_model.pt") == tuple(extra)
    assert torch.equal(outputs(other.eval()), outputs(model))


def test_everything_else_must_match(model, tiny, tmp_path):
    """Missing, unexpected and wrongly shaped weights are listed by name, all at once, and nothing
    is loaded.
    """
    weights = model.state_dict()
    del weights["projection.net.3.bias"]
    weights["projection.net.0.weight"] = torch.zeros(3, 3)
    weights["audio_encoder.model.extra"] = torch.zeros(1)
    torch.save(weights, tmp_path / "x.pt")
    other, _ = build_model(tiny, -4.0, 2.0)
    before = outputs(other.eval())
    with pytest.raises(RecipeError) as raised:
        load_official(other, tmp_path / "x.pt")
    text = str(raised.value)
    assert "1 missing: projection.net.3.bias" in text
    assert "1 unexpected: audio_encoder.model.extra" in text
    assert "1 of another shape: projection.net.0.weight: (3, 3), expected (8, 16)" in text
    assert torch.equal(outputs(other), before)


class _Evil:
    def __reduce__(self):
        return os.mkdir, ("pwned",)


def test_no_file_runs_code(tmp_path, monkeypatch):
    """A pickle that would run a command is refused in a sentence, and runs nothing."""
    monkeypatch.chdir(tmp_path)
    torch.save({"model": _Evil()}, tmp_path / "evil.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(_Evil()))
    for name in ("evil.pt", "plain.pt"):
        with pytest.raises(RecipeError, match="read safely"):
            read_weights(tmp_path / name)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", None])
def test_what_is_no_file_of_weights(tmp_path, data):
    """Anything else than weights, and a file that is not there, is refused in a sentence."""
    if data is not None:
        (tmp_path / "x.pt").write_bytes(data)
    with pytest.raises(RecipeError, match=r"x\.pt"):
        read_weights(tmp_path / "x.pt")
    with pytest.raises(RecipeError, match=r"x\.pt"):
        load_checkpoint(tmp_path / "x.pt")


def test_a_state_dict_of_something_else(tmp_path):
    """A file of other values than tensors holds no state dict."""
    torch.save({"a": 1}, tmp_path / "x.pt")
    with pytest.raises(RecipeError, match="no state dict"):
        read_weights(tmp_path / "x.pt")


def test_our_own_checkpoint(model, tiny, tmp_path):
    """A safetensors file carries the settings, the normalisation and what is known about the model."""
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, model, tiny, {"epoch": 4, "validation_srcc": 0.5})
    other, tokenize, config, about = load_checkpoint(path)
    assert (config, about) == (tiny, {"epoch": 4, "validation_srcc": 0.5})
    assert (other.audio_encoder.mean, other.audio_encoder.std) == (-4.0, 2.0)
    assert torch.equal(outputs(other.eval()), outputs(model))
    assert torch.equal(tokenize(["a b"])[0], HashedWords(50)(["a b"])[0])
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(RecipeError, match="cut off"):
        load_checkpoint(path)


def test_a_checkpoint_of_another_program(tmp_path):
    """A safetensors file without our format is refused."""
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(RecipeError, match="no checkpoint of this recipe"):
        load_checkpoint(tmp_path / "x.safetensors")


def test_byol_a_from_a_file(tiny, tmp_path):
    """The audio encoder's weights come from a state dict of AudioNTT2022; another one is refused by
    name.
    """
    encoder = AudioNTT2022()
    torch.save(encoder.state_dict(), tmp_path / "byol.pth")
    encoders = tiny.encoders.model_copy(update={"audio": str(tmp_path / "byol.pth")})
    named = tiny.model_copy(update={"encoders": encoders})
    model, _ = build_model(named, 0.0, 1.0)
    assert torch.equal(model.audio_encoder.model.fc[0].weight, encoder.fc[0].weight)
    torch.save({"fc.0.weight": torch.zeros(2)}, tmp_path / "byol.pth")
    with pytest.raises(RecipeError, match="missing: features"):
        build_model(named, 0.0, 1.0)


def test_byol_a_from_a_hub(tmp_path):
    """A name of the form OWNER/REPOSITORY/FILE leads to a hub's file, here as the hub's client
    keeps it on the disk.
    """
    kept = tmp_path / "models--someone--byol-a"
    (kept / "snapshots" / "1234" / "weights").mkdir(parents=True)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("1234")
    encoder = AudioNTT2022()
    torch.save(encoder.state_dict(), kept / "snapshots" / "1234" / "weights" / "byol.pth")
    code = """if True:
        import sys
        from reference.errors import RecipeError
        from reference.neural.config import load_config
        from reference.neural.weights import build_model
        encoders = {"text": "random", "audio": sys.argv[1]}
        try:
            model, _ = build_model(load_config(None, {"encoders": encoders}), 0.0, 1.0)
        except RecipeError as error:
            sys.exit(str(error))
        print(model.audio_encoder.model.fc[0].weight.sum().item())
    """
    # The client reads where it keeps files when it is imported.
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "HF_HUB_CACHE": str(tmp_path),
        "HF_HUB_OFFLINE": "1",
    }

    def built(name):
        return subprocess.run(
            [sys.executable, "-c", code, name],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    found = built("someone/byol-a/weights/byol.pth")
    assert float(found.stdout) == pytest.approx(encoder.fc[0].weight.sum().item()), found.stderr
    absent = built("someone/byol-a/weights/other.pth")
    assert absent.returncode == 1
    assert "OWNER/REPOSITORY/FILE" in absent.stderr
    assert "Traceback" not in absent.stderr


def test_a_roberta_from_a_folder(tmp_path):
    """A RoBERTa and its tokenizer come from a local folder, with the padding and the mask of
    transformers.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaModel

    words = {
        word: n for n, word in enumerate(["<s>", "<pad>", "</s>", "<unk>", "a", "dog", "rain"])
    }
    raw = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    raw.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
    )
    fast.save_pretrained(tmp_path)
    small = RobertaConfig(
        vocab_size=7, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    RobertaModel(small).save_pretrained(tmp_path)
    config = load_config(
        None, {"encoders": {"text": str(tmp_path)}, "model": {"hidden": 4, "projection": 4}}
    )
    model, tokenize = build_model(config, 0.0, 1.0)
    ids, mask = tokenize(["a dog", "rain"])
    assert ids.tolist() == [[0, 4, 5, 2], [0, 6, 2, 1]]
    assert mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert model.eval().encode_text(ids, mask).shape == (2, 8)
    # Where a checkpoint follows, the weights need not be there.
    (tmp_path / "model.safetensors").unlink()
    assert (
        build_model(config, 0.0, 1.0, fresh=False)[0].state_dict().keys()
        == model.state_dict().keys()
    )
    with pytest.raises(RecipeError, match="cannot be loaded"):
        build_model(config, 0.0, 1.0)


def test_a_roberta_that_cannot_be_had(monkeypatch, tmp_path):
    """A name that is neither a folder nor to be had from a hub is a sentence that says what to name
    instead.
    """
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    config = load_config(None, {"encoders": {"text": str(tmp_path / "nowhere")}})
    with pytest.raises(RecipeError, match="cannot be loaded"):
        build_model(config, 0.0, 1.0)

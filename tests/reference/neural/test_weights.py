"""Weights: official names load strictly, mismatches are named, and no file runs code."""

import json
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
    """Return a tiny model with random weights."""
    torch.manual_seed(5)
    return build_model(tiny, -4.0, 2.0)[0].eval()


def outputs(model):
    """Return the outputs of a model for two pairs."""
    torch.manual_seed(0)
    with torch.no_grad():
        return model(torch.randn(2, 16_000), *HashedWords(50)(["a dog barks", "rain"]))


def test_an_official_checkpoint_round_trip(model, tiny, tmp_path):
    """Another model that loads official weights predicts the same."""
    save_official(model, tmp_path / "best_model.pt")
    other, _ = build_model(tiny, -4.0, 2.0)
    assert not torch.equal(outputs(other.eval()), outputs(model))
    assert load_official(other, tmp_path / "best_model.pt") == ()
    assert torch.equal(outputs(other.eval()), outputs(model))


@pytest.mark.parametrize("wrap", [None, "state_dict", "model_state_dict"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_extra_contents_of_official_checkpoints(model, tiny, tmp_path, wrap, prefix):
    """Buffers of the front end and of old RoBERTas are ignored by name, wrappers are unpacked."""
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
    """Missing, unexpected and misshapen weights are all listed by name, and nothing is loaded."""
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
    assert "1 with another shape: projection.net.0.weight: (3, 3), expected (8, 16)" in text
    assert torch.equal(outputs(other), before)


class _Evil:
    def __reduce__(self):
        return os.mkdir, ("pwned",)


def test_files_cannot_run_code(tmp_path, monkeypatch):
    """A pickle that would run a command is rejected and runs nothing."""
    monkeypatch.chdir(tmp_path)
    torch.save({"model": _Evil()}, tmp_path / "evil.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(_Evil()))
    for name in ("evil.pt", "plain.pt"):
        with pytest.raises(RecipeError, match="read safely"):
            read_weights(tmp_path / name)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", None])
def test_files_without_weights(tmp_path, data):
    """Missing files and files without weights are reported."""
    if data is not None:
        (tmp_path / "x.pt").write_bytes(data)
    with pytest.raises(RecipeError, match=r"x\.pt"):
        read_weights(tmp_path / "x.pt")
    with pytest.raises(RecipeError, match=r"x\.pt"):
        load_checkpoint(tmp_path / "x.pt")


def test_a_state_dict_without_tensors(tmp_path):
    """A file whose values are not tensors contains no state dict."""
    torch.save({"a": 1}, tmp_path / "x.pt")
    with pytest.raises(RecipeError, match="no state dict"):
        read_weights(tmp_path / "x.pt")


def test_own_checkpoint(model, tiny, tmp_path):
    """A checkpoint contains the settings, the normalisation and further values."""
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, model, tiny, {"epoch": 4, "validation_srcc": 0.5})
    other, tokenize, config, about = load_checkpoint(path)
    assert (config, about) == (tiny, {"epoch": 4, "validation_srcc": 0.5})
    assert (other.audio_encoder.mean, other.audio_encoder.std) == (-4.0, 2.0)
    assert torch.equal(outputs(other.eval()), outputs(model))
    assert torch.equal(tokenize(["a b"])[0], HashedWords(50)(["a b"])[0])
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(RecipeError, match="truncated"):
        load_checkpoint(path)


def test_a_checkpoint_with_another_order(model, tiny, tmp_path):
    """A model trained on frames in the earlier order is rejected: it would predict wrongly."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = tmp_path / "model.safetensors"
    save_checkpoint(path, model, tiny, {})
    with safe_open(path, framework="pt") as file:
        metadata = {**file.metadata(), "format": "xacle-neural/1"}
    save_file({"a": torch.zeros(1)}, path, metadata=metadata)
    with pytest.raises(RecipeError, match="ordered the audio features in another way"):
        load_checkpoint(path)


def test_a_checkpoint_of_another_program(tmp_path):
    """A safetensors file in another format is rejected."""
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(RecipeError, match="not a checkpoint of this recipe"):
        load_checkpoint(tmp_path / "x.safetensors")


def test_byol_a_from_a_file(tiny, tmp_path):
    """The audio encoder loads a state dict of AudioNTT2022; another one is rejected by name."""
    encoder = AudioNTT2022()
    torch.save(encoder.state_dict(), tmp_path / "byol.pth")
    encoders = tiny.encoders.model_copy(update={"audio": str(tmp_path / "byol.pth")})
    named = tiny.model_copy(update={"encoders": encoders})
    model, _ = build_model(named, 0.0, 1.0)
    assert torch.equal(model.audio_encoder.model.fc[0].weight, encoder.fc[0].weight)
    torch.save({"fc.0.weight": torch.zeros(2)}, tmp_path / "byol.pth")
    with pytest.raises(RecipeError, match="missing: features"):
        build_model(named, 0.0, 1.0)


@pytest.mark.parametrize("wrap", [None, "state_dict", "model"])
def test_byol_a_as_published(tiny, tmp_path, wrap):
    """A prefix `model.` is removed, and names outside the encoder are ignored and listed."""
    encoder = AudioNTT2022()
    weights = {f"model.{name}": value for name, value in encoder.state_dict().items()}
    weights |= {"projector.net.0.weight": torch.zeros(2), "to_spec.mel": torch.zeros(3)}
    path = tmp_path / "byol.pth"
    torch.save(weights if wrap is None else {wrap: weights, "epoch": 9}, path)
    encoders = tiny.encoders.model_copy(update={"audio": str(path)})
    messages = []
    model, _ = build_model(
        tiny.model_copy(update={"encoders": encoders}), 0.0, 1.0, log=messages.append
    )
    for name, value in encoder.state_dict().items():
        assert torch.equal(model.audio_encoder.model.state_dict()[name], value)
    assert messages == [
        f"note: {path}: ignored 2 names outside the audio encoder:"
        " projector.net.0.weight, to_spec.mel"
    ]


def test_byol_a_from_a_hub(tmp_path):
    """OWNER/REPOSITORY/FILE loads a file of a hub, here from the client's cache on disk."""
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
    # The client reads the location of its cache on import.
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
    """A RoBERTa and its tokenizer are loaded from a local folder, with padding and mask."""
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
    # A RoBERTa without some of its weights would have random ones.
    deeper = RobertaConfig(**{**small.to_dict(), "num_hidden_layers": 2})
    deeper.save_pretrained(tmp_path)
    with pytest.raises(RecipeError, match=r"it has no weights for encoder\.layer\.1"):
        build_model(config, 0.0, 1.0)
    settings = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**settings, "model_type": "bert"}))
    with pytest.raises(RecipeError, match="it is a bert, expected a RoBERTa"):
        build_model(config, 0.0, 1.0)
    small.save_pretrained(tmp_path)
    # The weights are not required if a checkpoint is loaded afterwards.
    (tmp_path / "model.safetensors").unlink()
    assert (
        build_model(config, 0.0, 1.0, fresh=False)[0].state_dict().keys()
        == model.state_dict().keys()
    )
    with pytest.raises(RecipeError, match="cannot be loaded"):
        build_model(config, 0.0, 1.0)


def test_a_missing_roberta(monkeypatch, tmp_path):
    """A name that is neither a folder nor found on a hub is reported."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    config = load_config(None, {"encoders": {"text": str(tmp_path / "nowhere")}})
    with pytest.raises(RecipeError, match="cannot be loaded"):
        build_model(config, 0.0, 1.0)

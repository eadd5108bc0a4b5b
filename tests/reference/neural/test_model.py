"""The model has the shapes, parameters and names of the official one."""

import pytest

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")
transformers = pytest.importorskip("transformers", reason="the extra [neural] is not installed")

from reference.neural.audio_encoder import AudioEncoder, AudioNTT2022  # noqa: E402
from reference.neural.model import BaselineModel, to_score, to_target  # noqa: E402
from reference.neural.weights import build_model  # noqa: E402


def parameters(module):
    """Return the number of parameters of a module."""
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_audio_encoder():
    """Ten seconds give 250 frames of 1,024 + 2,048 values; the sizes are those of AudioNTT2022."""
    encoder = AudioEncoder(0.0, 1.0).eval()
    with torch.no_grad():
        frames = encoder(torch.randn(2, 160_000))
        spectrogram = encoder.logmel(torch.randn(1, 160_000))
        local = encoder.model.features(spectrogram)
        found = encoder.model(spectrogram)
    assert frames.shape == (2, 250, 3072)
    assert local.shape == (1, 64, 16, 250)
    # Channel-major order: value c * 16 + m of a frame is channel c, band m.
    assert torch.equal(found[0, 7, :1024], local[0, :, :, 7].reshape(-1))
    with torch.no_grad():
        torch.testing.assert_close(
            found[0, 7, 1024:], encoder.model.fc(local[0, :, :, 7].reshape(-1))
        )
    convolutions = (9 * 64 + 64) + 2 * 64 + (9 * 64 * 64 + 64) + 2 * 64
    linear = 1024 * 2048 + 2048 + 2048 * 2048 + 2048
    assert parameters(AudioNTT2022()) == convolutions + linear == 6_333_376


def test_the_official_sizes():
    """With RoBERTa-large, sizes and state dict names are those of the released checkpoint."""
    config = transformers.RobertaConfig(
        hidden_size=1024, num_hidden_layers=0, vocab_size=10, num_attention_heads=16
    )
    model = BaselineModel(transformers.RobertaModel(config), mean=0.0, std=1.0)
    lstm = 2 * (4 * 512 * (4096 + 512) + 2 * 4 * 512)
    projection = 1024 * 2048 + 2048 + 2048 + 1
    assert parameters(model.ldconditioner) == lstm
    assert parameters(model.projection) == projection
    assert lstm + projection == 20_983_809
    names = {name for name in model.state_dict() if not name.startswith("text_encoder.model.")}
    features = {f"features.{n}.{part}" for n in (0, 4) for part in ("weight", "bias")}
    features |= {
        f"features.{n}.{part}"
        for n in (1, 5)
        for part in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    }
    linear = {f"fc.{n}.{part}" for n in (0, 3) for part in ("weight", "bias")}
    lstm_names = {
        f"ldconditioner.rnn.{kind}_{part}_l0{way}"
        for kind in ("weight", "bias")
        for part in ("ih", "hh")
        for way in ("", "_reverse")
    }
    projected = {f"projection.net.{n}.{part}" for n in (0, 3) for part in ("weight", "bias")}
    assert (
        names
        == {f"audio_encoder.model.{name}" for name in features | linear} | lstm_names | projected
    )


def test_the_head_step_by_step(tiny):
    """The mean of first and last LSTM output over frames with the text vector is projected."""
    model, tokenize = build_model(tiny, 0.0, 1.0)
    model.eval()
    ids, mask = tokenize(["a dog barks"])
    with torch.no_grad():
        frames, text = model.encode_audio(torch.randn(1, 16_000)), model.encode_text(ids, mask)
        assert torch.equal(
            text,
            model.text_encoder.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0],
        )
        rows = torch.stack([torch.cat([frame, text[0]]) for frame in frames[0]])
        outputs, _ = model.ldconditioner.rnn(rows[None])
        expected = model.projection.net((outputs[0, 0] + outputs[0, -1]) / 2)
        torch.testing.assert_close(model.head(frames, text), expected)


def test_padding_does_not_change_outputs(tiny):
    """Single pairs and batches with texts of different lengths give equal outputs to 1e-5."""
    model, tokenize = build_model(tiny, -5.0, 3.0)
    model.eval()
    texts = [
        "rain",
        "a dog barks while rain falls on a roof",
        "an engine",
        "birds sing in the distance " * 4,
    ]
    clips = torch.randn(4, 16_000) * 0.1
    with torch.no_grad():
        together = model(clips, *tokenize(texts))
        alone = torch.cat([model(clips[n : n + 1], *tokenize(texts[n : n + 1])) for n in range(4)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_scores_and_targets():
    """Targets are (score - 5) / 5 and scores 5y + 5; one is the inverse of the other."""
    scores = torch.tensor([0.0, 2.5, 5.0, 10.0])
    assert to_target(scores).tolist() == [-1.0, -0.5, 0.0, 1.0]
    assert torch.equal(to_score(to_target(scores)), scores)

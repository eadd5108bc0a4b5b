"""The model has the shapes, parameters and names of the official one."""

import numpy as np
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
    # Value f * 64 + c of a frame is channel c of band f.
    assert torch.equal(found[0, 7, :1024], local[0, :, :, 7].T.reshape(-1))
    with torch.no_grad():
        torch.testing.assert_close(
            found[0, 7, 1024:], encoder.model.fc(local[0, :, :, 7].T.reshape(-1))
        )
    convolutions = (9 * 64 + 64) + 2 * 64 + (9 * 64 * 64 + 64) + 2 * 64
    linear = 1024 * 2048 + 2048 + 2048 * 2048 + 2048
    assert parameters(AudioNTT2022()) == convolutions + linear == 6_333_376


def test_the_order_of_frame_values():
    """Bands are slow and channels fast: value f * 64 + c of frame t is channel c of band f."""
    encoder = AudioNTT2022().eval()
    encoder.features = torch.nn.Identity()
    channel, band, frame = (torch.arange(size) for size in (64, 16, 3))
    # Each value shows its place: 10,000 x channel + 100 x band + frame.
    marks = 10_000 * channel[:, None, None] + 100 * band[:, None] + frame
    with torch.no_grad():
        found = encoder(marks[None].float())[0, :, :1024]
    places = [0, 1, 2, 63, 64, 65, 127, 128, 1000, 1023]
    assert found[0, places].tolist() == [
        0, 10_000, 20_000, 630_000, 100, 10_100, 630_100, 200, 401_500, 631_500,
    ]  # fmt: skip
    assert found[2, places].tolist() == [
        2, 10_002, 20_002, 630_002, 102, 10_102, 630_102, 202, 401_502, 631_502,
    ]  # fmt: skip
    expected = [10_000 * c + 100 * f + 1 for f in range(16) for c in range(64)]
    assert found[1].tolist() == expected


def wave(shape, step):
    """Return an array of sines: weights that need no file and no generator."""
    return np.sin(step * np.arange(1, np.prod(shape) + 1)).reshape(shape)


def slow_block(values, weights, bias, scale, shift, mean, variance):
    """Convolve, normalise, rectify and pool with numpy, from the definition; shape (C, F, T)."""
    bands, frames = values.shape[1:]
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)))
    result = np.zeros((len(weights), bands, frames))
    for i in range(3):
        for j in range(3):
            shifted = padded[:, i : i + bands, j : j + frames]
            result += np.tensordot(weights[:, :, i, j], shifted, axes=1)
    result += bias[:, None, None]
    result = (result - mean[:, None, None]) / np.sqrt(variance + 1e-5)[:, None, None]
    result = np.maximum(0, result * scale[:, None, None] + shift[:, None, None])
    return result.reshape(len(weights), bands // 2, 2, frames // 2, 2).max(axis=(2, 4))


# Values of the second frame of the test below, computed once by `slow_frames` in float64.
FROZEN = {
    0: 0.135412,
    3: 0.099782,
    64: 0.136712,
    67: 0.092983,
    1018: 0.012146,
    1023: 0.080277,
    1024: 0.110584,
    1502: 0.20821,
    3002: 0.172858,
    3069: 0.094385,
    3070: 0.065712,
}


def slow_frames(values, weights):
    """Return the frames of AudioNTT2022 from its definition, shape (frames, 3072)."""
    for conv, norm in (("0", "1"), ("4", "5")):
        values = slow_block(
            values,
            weights[f"features.{conv}.weight"],
            weights[f"features.{conv}.bias"],
            weights[f"features.{norm}.weight"],
            weights[f"features.{norm}.bias"],
            weights[f"features.{norm}.running_mean"],
            weights[f"features.{norm}.running_var"],
        )
    channels, bands, frames = values.shape
    rows = []
    for t in range(frames):
        local = np.array([values[c, f, t] for f in range(bands) for c in range(channels)])
        hidden = np.maximum(0, weights["fc.0.weight"] @ local + weights["fc.0.bias"])
        last = np.maximum(0, weights["fc.3.weight"] @ hidden + weights["fc.3.bias"])
        rows.append(np.concatenate([local, last]))
    return np.array(rows)


def test_frames_against_the_definition():
    """The whole encoder equals its definition in numpy, and frozen values of it."""
    encoder = AudioNTT2022().eval()
    weights = {
        name: wave(tuple(value.shape), 0.7 + number / 9) / (4 if value.ndim == 4 else 8)
        for number, (name, value) in enumerate(encoder.state_dict().items())
        if value.ndim
    }
    for name in ("features.1.running_var", "features.5.running_var"):
        weights[name] = 1 + abs(weights[name])
    loaded = {name: torch.from_numpy(value).float() for name, value in weights.items()}
    counts = {f"features.{n}.num_batches_tracked": torch.tensor(0) for n in (1, 5)}
    encoder.load_state_dict(loaded | counts)
    spectrogram = 2 * wave((1, 64, 8), 0.37)
    with torch.no_grad():
        found = encoder(torch.from_numpy(spectrogram)[None].float())[0].numpy()
    expected = slow_frames(spectrogram, weights)
    assert found.shape == expected.shape == (2, 3072)
    np.testing.assert_allclose(found, expected, atol=2e-5, rtol=1e-4)
    np.testing.assert_allclose(found[1, list(FROZEN)], list(FROZEN.values()), atol=2e-5, rtol=1e-4)


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

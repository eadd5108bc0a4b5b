"""Batches, normalisation and cached features are repeatable and equal plain computations."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")
pytest.importorskip("transformers", reason="the extra [neural] is not installed")

from reference.dataset import load_split  # noqa: E402
from reference.neural.data import Clips, batches, order_of, waveform  # noqa: E402
from reference.neural.features import encode_clips, encode_texts  # noqa: E402
from reference.neural.frontend import LogMel, fit_length  # noqa: E402
from reference.neural.normalisation import normalisation  # noqa: E402
from reference.neural.weights import HashedWords, build_model  # noqa: E402

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def split(world):
    """Return the train split of the tiny world."""
    return load_split(world, "train", rated=True)


def test_the_order_of_an_epoch():
    """The order depends only on seed and epoch, and contains every pair once."""
    assert order_of(50, 1, 3) == order_of(50, 1, 3)
    assert order_of(50, 1, 3) != order_of(50, 1, 4)
    assert order_of(50, 1, 3) != order_of(50, 2, 3)
    assert sorted(order_of(50, 1, 3)) == list(range(50))


@pytest.mark.parametrize("workers", [0, 1])
def test_batches(split, workers):
    """Batches follow the order, with or without workers; incomplete ones are dropped on request."""
    order = order_of(14, 0, 1)
    clips = Clips(split, 16_000)
    state = torch.get_rng_state()
    found = list(
        batches(split, clips, HashedWords(50), None, order, 4, whole=True, workers=workers)
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert [len(batch.scores) for batch in found] == [4, 4, 4]
    assert torch.cat([batch.scores for batch in found]).tolist() == pytest.approx(
        split.scores()[order[:12]].tolist()
    )
    assert torch.equal(
        found[0].audio[1],
        torch.from_numpy(fit_length(waveform(split.pairs[order[1]].audio), 16_000)),
    )
    rest = list(batches(split, clips, HashedWords(50), None, order, 4, whole=False))
    assert [len(batch.scores) for batch in rest] == [4, 4, 4, 2]


def test_words_are_hashed():
    """Equal words have equal ids in any position and case; texts have RoBERTa's special tokens."""
    ids, mask = HashedWords(1000)(["Rain falls", "a dog barks in the rain!"])
    assert (ids[0, 0], ids[0, 3], ids[0, 4]) == (0, 2, 1)
    assert ids[0, 1] == ids[1, 6]
    assert mask.sum(1).tolist() == [4, 8]
    assert int(ids.max()) < 1000


@pytest.mark.parametrize("kind", ["own", "official"])
def test_normalisation(split, kind, tmp_path):
    """Mean and population deviation equal numpy's over all values of all clips, and are cached."""
    logmel = LogMel("htk" if kind == "official" else "slaney")
    clips = np.stack([fit_length(waveform(pair.audio), 32_000) for pair in split.pairs])
    values = logmel(torch.from_numpy(clips)).double().numpy()
    mean, std = normalisation(split, kind, 32_000, 0, tmp_path)
    assert (mean, std) == pytest.approx((values.mean(), values.std()), rel=1e-6)
    (file,) = tmp_path.iterdir()
    file.write_text(json.dumps({"mean": 1.5, "std": 2.5}))
    assert normalisation(split, kind, 32_000, 0, tmp_path) == (1.5, 2.5)
    assert normalisation(split, kind, 31_000, 0, tmp_path) != (1.5, 2.5)


def test_random_cuts_of_the_official_statistics_come_from_the_seed(split):
    """If clips are too long, the official statistics depend only on the seed."""
    numbers = [normalisation(split, "official", 8_000, seed, None) for seed in (0, 0, 1)]
    assert numbers[0] == numbers[1] != numbers[2]


def test_frozen_features(split, tiny, tmp_path):
    """Cached frames and text vectors equal the encoder outputs; other weights use another file."""
    model, tokenize = build_model(tiny, -4.0, 2.0)
    model.eval()
    frames = encode_clips(model, split, 16_000, tmp_path, CPU)
    again = encode_clips(model, split, 16_000, tmp_path, CPU)
    assert isinstance(again, np.memmap)
    np.testing.assert_array_equal(frames, again)
    clip = torch.from_numpy(fit_length(waveform(split.pairs[3].audio), 16_000))[None]
    with torch.no_grad():
        np.testing.assert_allclose(
            frames[3], model.encode_audio(clip)[0].numpy(), rtol=2e-3, atol=2e-3
        )
        ids, mask = tokenize([split.pairs[3].text])
        torch.testing.assert_close(
            encode_texts(model, split, tokenize, CPU)[3],
            model.encode_text(ids, mask)[0],
            atol=1e-5,
            rtol=0,
        )
        model.audio_encoder.model.fc[0].bias += 1
    encode_clips(model, split, 16_000, tmp_path, CPU)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"hello"])
def test_damaged_caches_are_replaced(split, tiny, tmp_path, damage):
    """An empty, truncated or foreign cache file is written again with the same values."""
    model, _ = build_model(tiny, -4.0, 2.0)
    numbers = normalisation(split, "own", 16_000, 0, tmp_path)
    frames = np.array(encode_clips(model, split, 16_000, tmp_path, CPU))
    for file in tmp_path.iterdir():
        file.write_bytes(damage)
    assert normalisation(split, "own", 16_000, 0, tmp_path) == numbers
    np.testing.assert_array_equal(encode_clips(model, split, 16_000, tmp_path, CPU), frames)
    assert all(file.stat().st_size > len(damage) for file in tmp_path.iterdir())

"""The official baseline: a bidirectional LSTM over BYOL-A frames and a RoBERTa vector.

The submodules have the same names as in the official code, so that its checkpoint can be loaded.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from reference.neural.audio_encoder import AudioEncoder, AudioNTT2022

__all__ = ["BaselineModel", "to_score", "to_target"]

CENTRE = HALF_RANGE = 5.0


def to_score(outputs: Tensor) -> Tensor:
    """Return the scores 5y + 5, from 0 to 10, for outputs y in about [-1, 1]."""
    return HALF_RANGE * outputs + CENTRE


def to_target(scores: Tensor) -> Tensor:
    """Return the targets (score - 5) / 5 for scores from 0 to 10."""
    return (scores - CENTRE) / HALF_RANGE


class _TextEncoder(nn.Module):
    """A RoBERTa; the last hidden state of the first token represents the text."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        states: Tensor = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return states[:, 0]


class _Conditioner(nn.Module):
    """A one-layer bidirectional LSTM over audio frames, each concatenated with the text vector."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.rnn = nn.LSTM(inputs, hidden, batch_first=True, bidirectional=True)

    def forward(self, frames: Tensor, text: Tensor) -> Tensor:
        repeated = text[:, None].expand(-1, frames.shape[1], -1)
        outputs, _ = self.rnn(torch.cat([frames, repeated], dim=2))
        return (outputs[:, 0] + outputs[:, -1]) / 2


class _Projection(nn.Module):
    def __init__(self, inputs: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 1)
        )

    def forward(self, vectors: Tensor) -> Tensor:
        outputs: Tensor = self.net(vectors)
        return outputs[:, 0]


class BaselineModel(nn.Module):
    """The baseline of the XACLE Challenge.

    Parameters
    ----------
    text_model : Module
        A RoBERTa from transformers, with ``config.hidden_size``.
    mean, std : float
        Normalisation of the log-mel values; not part of the state dict.
    hidden : int
        Units of the LSTM per direction.
    projection : int
        Units of the layer before the output.
    dropout : float
        Dropout of that layer.
    pool : int
        Number of audio frames averaged into one; officially 1.

    Notes
    -----
    With RoBERTa-large the text vector has 1,024 values and the LSTM 3,072 + 1,024 inputs; without
    the two encoders the model has 20,983,809 parameters.
    """

    def __init__(
        self,
        text_model: Any,
        *,
        mean: float,
        std: float,
        hidden: int = 512,
        projection: int = 2048,
        dropout: float = 0.3,
        pool: int = 1,
    ) -> None:
        super().__init__()
        self.text_encoder = _TextEncoder(text_model)
        self.audio_encoder = AudioEncoder(mean, std, pool)
        self.ldconditioner = _Conditioner(
            AudioNTT2022.dimensions + int(text_model.config.hidden_size), hidden
        )
        self.projection = _Projection(2 * hidden, projection, dropout)

    def encode_audio(self, waveforms: Tensor) -> Tensor:
        """Return the frames, shape (batch, frames, 3072), of waveforms, shape (batch, samples)."""
        frames: Tensor = self.audio_encoder(waveforms)
        return frames

    def encode_text(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the vectors, shape (batch, size), of tokens and mask, shape (batch, tokens)."""
        vectors: Tensor = self.text_encoder(ids, mask)
        return vectors

    def head(self, frames: Tensor, text: Tensor) -> Tensor:
        """Return the outputs, shape (batch,), for encoded audio and text."""
        outputs: Tensor = self.projection(self.ldconditioner(frames, text))
        return outputs

    def forward(self, audio: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the outputs y, shape (batch,); the score is 5y + 5.

        Parameters
        ----------
        audio : Tensor, shape (batch, samples) or (batch, frames, 3072)
            Waveforms or encoded frames.
        ids, mask : Tensor, shape (batch, tokens)
            Tokens and their mask; or text vectors, shape (batch, size), and an unused mask.
        """
        frames = self.encode_audio(audio) if audio.ndim == 2 else audio
        text = ids if ids.is_floating_point() else self.encode_text(ids, mask)
        return self.head(frames, text)

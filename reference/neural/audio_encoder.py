"""AudioNTT2022, the encoder of BYOL-A: log-mel spectrograms to frames of 3,072 values.

Source: Niizumi et al., IEEE/ACM TASLP 31, 2023.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference.neural.frontend import N_MELS, LogMel

__all__ = ["AudioEncoder", "AudioNTT2022"]

CHANNELS = 64
BANDS = N_MELS // 4
HIDDEN = 2048
DROPOUT = 0.3


def _block(channels_in: int) -> list[nn.Module]:
    convolution = nn.Conv2d(channels_in, CHANNELS, 3, stride=1, padding=1)
    return [convolution, nn.BatchNorm2d(CHANNELS), nn.ReLU(), nn.MaxPool2d(2, stride=2)]


class AudioNTT2022(nn.Module):
    """Two convolution blocks and two linear layers per frame; 6,333,376 parameters."""

    dimensions = CHANNELS * BANDS + HIDDEN

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(*_block(1), *_block(CHANNELS))
        self.fc = nn.Sequential(
            nn.Linear(CHANNELS * BANDS, HIDDEN),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(),
        )

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Return the frames of normalised log-mel spectrograms.

        Parameters
        ----------
        spectrograms : Tensor, shape (batch, 1, 64, time)

        Returns
        -------
        Tensor, shape (batch, time // 4, 3072)
            The 1,024 local values of each frame, then the 2,048 values of the linear layers. Value
            ``f * 64 + c`` of a frame is channel c of band f: bands are slow, channels fast.
        """
        local = self.features(spectrograms)  # (batch, channels, bands, frames)
        # The released weights expect this order; another one changes scores by up to a point.
        local = local.permute(0, 3, 2, 1).flatten(2)
        return torch.cat([local, self.fc(local)], dim=2)


class AudioEncoder(nn.Module):
    """The front end, the normalisation and the encoder; a state dict contains only ``model.*``.

    Parameters
    ----------
    mean, std : float
        Mean and standard deviation used to normalise the log-mel values.
    pool : int
        Number of frames averaged into one; 1 in the official model, more in small models.
    """

    def __init__(self, mean: float, std: float, pool: int = 1) -> None:
        super().__init__()
        self.logmel = LogMel()
        self.model = AudioNTT2022()
        self.mean, self.std, self.pool = mean, std, pool

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return the frames of waveforms.

        Parameters
        ----------
        waveforms : Tensor, shape (batch, samples)
            In [-1, 1].

        Returns
        -------
        Tensor, shape (batch, frames, 3072)
        """
        frames: Tensor = self.model((self.logmel(waveforms) - self.mean) / self.std)
        if self.pool == 1:
            return frames
        whole = frames.shape[1] // self.pool * self.pool
        return frames[:, :whole].unflatten(1, (-1, self.pool)).mean(2)

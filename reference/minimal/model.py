"""The predictor: a bilinear map between a clip's statistics and a caption's words.

A clip is represented by ``u``: the principal components of its standardised statistics, scaled by a
power of their standard deviation and to unit length, and a constant. A caption is represented by
``v``: hashed terms with higher weights for rare ones, scaled to unit length, and a constant. The
score is

    score(u, v) = offset + uᵀ W v,

with W learned by ridge regression (`reference.minimal.training`). The singular vectors of W span
the joint space: a pair gets a high score if clip and caption have the same direction there. The
constants give W a row that depends only on the caption and a column that depends only on the clip.
Without the audio side ``u`` is only the constant, without the text side ``v`` is.

Predictions are clipped to the scale, 0 to 10, because values outside can only increase the error.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from reference.errors import RecipeError
from reference.files import write_bytes
from reference.metadata import SCORE_MAXIMUM, SCORE_MINIMUM
from reference.minimal.audio_features import FEATURE_VERSION, GROUPS, group_columns
from reference.minimal.text_features import hash_texts, unit_rows

__all__ = [
    "SIDES",
    "AudioMap",
    "Config",
    "Model",
    "Sides",
    "audio_side",
    "fit_audio_map",
    "load_model",
    "save_model",
    "select_groups",
    "text_side",
]

Sides = Literal["both", "audio", "text"]
SIDES: tuple[Sides, ...] = ("both", "audio", "text")
Array = NDArray[np.float64]

FORMAT = "xacle-eval reference minimal model"
VERSION = 1
CONSTANT = 0.3
"""The constant in u and v; it scales one-sided weights by its square relative to joint ones."""

LARGEST_STANDARD_SCORE = 5.0  # limits statistics far outside the range of the training clips


@dataclass(frozen=True)
class Config:
    """The inputs of a model and its regularisation.

    Attributes
    ----------
    sides : {"both", "audio", "text"}
        The sides of a pair that it uses.
    groups : tuple of str
        Groups of audio statistics.
    buckets : int
        Number of hash buckets of the words.
    bigrams : bool
        Whether to use bigrams and the positions of words.
    components : int
        Number of principal components of the statistics.
    whitening : float
        Components are divided by this power of their standard deviation: 0 changes nothing, 1
        makes all standard deviations equal.
    mismatch : float
        Weight γ of mismatched pairs (a clip with the caption of another pair).
    ridge : float
        Weight λ of the penalty on W.
    """

    sides: Sides = "both"
    groups: tuple[str, ...] = tuple(GROUPS)
    buckets: int = 1024
    bigrams: bool = True
    components: int = 60
    whitening: float = 0.5
    mismatch: float = 1.0
    ridge: float = 1.0


@dataclass(frozen=True)
class AudioMap:
    """Map from statistics to principal components.

    Attributes
    ----------
    mean, scale : ndarray, shape (statistics,)
        Mean and standard deviation over the training clips.
    projection : ndarray, shape (statistics, components)
        Principal directions divided by a power of their standard deviation.
    """

    mean: Array
    scale: Array
    projection: Array

    def first(self, components: int) -> AudioMap:
        """Return the map to the first `components` components."""
        return AudioMap(self.mean, self.scale, self.projection[:, :components])

    def __call__(self, statistics: NDArray[np.float32]) -> Array:
        """Return unit vectors, shape (clips, components)."""
        standard = np.clip(
            (statistics - self.mean) / self.scale, -LARGEST_STANDARD_SCORE, LARGEST_STANDARD_SCORE
        )
        return unit_rows(standard @ self.projection)


def select_groups(statistics: NDArray[np.float32], groups: Sequence[str]) -> NDArray[np.float32]:
    """Return the columns of some groups, shape (clips, columns)."""
    return np.hstack([statistics[:, slice(*group_columns(name))] for name in groups])


def fit_audio_map(statistics: NDArray[np.float32], components: int, whitening: float) -> AudioMap:
    """Fit the map to principal components.

    Parameters
    ----------
    statistics : ndarray, shape (clips, columns)
        Statistics of the training clips.
    components : int
        Largest number of components.
    whitening : float
        See `Config`.
    """
    mean, scale = (
        statistics.mean(axis=0, dtype=np.float64),
        statistics.std(axis=0, dtype=np.float64),
    )
    # A constant statistic becomes 0.
    scale = np.where(scale > 1e-6 * (1.0 + np.abs(mean)), scale, 1.0)
    standard = np.clip((statistics - mean) / scale, -LARGEST_STANDARD_SCORE, LARGEST_STANDARD_SCORE)
    variances, directions = np.linalg.eigh(standard.T @ standard / len(standard))
    order = np.argsort(variances)[::-1][:components]
    order = order[variances[order] > 1e-9 * variances[-1]]
    # The sign of an eigenvector is arbitrary: make the largest entry positive.
    directions = directions[:, order]
    directions *= np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(len(order))])
    return AudioMap(mean, scale, directions / np.sqrt(variances[order]) ** whitening)


@dataclass(frozen=True)
class Model:
    """A trained predictor.

    Attributes
    ----------
    config : Config
        Its settings.
    audio_map : AudioMap
        Map from statistics to components.
    terms : ndarray, shape (buckets,)
        Weight of each hash bucket of the captions.
    weights : ndarray, shape (components + 1, buckets + 1)
        W; the last row and column belong to the constants.
    offset : float
        The score where uᵀ W v is 0.
    """

    config: Config
    audio_map: AudioMap
    terms: Array
    weights: Array
    offset: float

    def predict(self, statistics: NDArray[np.float32], texts: Sequence[str]) -> Array:
        """Return the predictions for pairs, shape (pairs,), clipped to 0 to 10.

        Parameters
        ----------
        statistics : ndarray, shape (pairs, statistics)
            All groups, from `reference.minimal.cache.clip_features`.
        texts : sequence of str
            The caption of each clip.
        """
        clipped: Array = np.clip(self.raw_scores(statistics, texts), SCORE_MINIMUM, SCORE_MAXIMUM)
        return clipped

    def raw_scores(self, statistics: NDArray[np.float32], texts: Sequence[str]) -> Array:
        """Return the scores of pairs before clipping, shape (pairs,)."""
        left = audio_side(self.config, self.audio_map, statistics)
        right = text_side(self.config, self.terms, texts)
        scores: Array = self.offset + np.einsum("ij,ij->i", left @ self.weights, right)
        return scores


def audio_side(config: Config, audio_map: AudioMap, statistics: NDArray[np.float32]) -> Array:
    """Return u of each clip, shape (clips, components + 1)."""
    unit = audio_map(select_groups(statistics, config.groups))
    return _with_constant(unit if config.sides != "text" else np.zeros_like(unit))


def text_side(config: Config, terms: Array, texts: Sequence[str]) -> Array:
    """Return v of each caption, shape (captions, buckets + 1)."""
    unit = unit_rows(terms * hash_texts(texts, buckets=config.buckets, bigrams=config.bigrams))
    return _with_constant(unit if config.sides != "audio" else np.zeros_like(unit))


def _with_constant(unit: Array) -> Array:
    return np.hstack([unit, np.full((len(unit), 1), CONSTANT)])


def save_model(model: Model, path: Path) -> None:
    """Write a model atomically to one ``.npz`` file without pickled objects.

    Raises
    ------
    RecipeError
        If the file cannot be written.
    """
    header = {
        "format": FORMAT,
        "version": VERSION,
        "features": FEATURE_VERSION,
        "config": asdict(model.config),
    }
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        header=np.array(json.dumps(header, sort_keys=True)),
        audio_mean=model.audio_map.mean,
        audio_scale=model.audio_map.scale,
        audio_projection=model.audio_map.projection,
        terms=model.terms,
        weights=model.weights,
        offset=np.array(model.offset),
    )
    write_bytes(path, buffer.getvalue())


def load_model(path: Path) -> Model:
    """Read a model written by `save_model`.

    Raises
    ------
    RecipeError
        If the file is missing, is not a model, or has another version.
    """
    arrays = _arrays(path)
    header = _header(arrays, path)
    try:
        settings = {**header["config"], "groups": tuple(header["config"]["groups"])}
        model = Model(
            Config(**settings),
            AudioMap(arrays["audio_mean"], arrays["audio_scale"], arrays["audio_projection"]),
            arrays["terms"],
            arrays["weights"],
            float(arrays["offset"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _model_error(path, f"it is incomplete ({error})") from error
    _check_shapes(model, path)
    return model


def _arrays(path: Path) -> dict[str, Any]:
    try:
        file = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise _model_error(path, "it contains a single array")
        with file:
            return {name: file[name] for name in file.files}
    except OSError as error:
        raise RecipeError(
            f"the model {path} cannot be read: {error.strerror or error}. {_TRAIN}"
        ) from error
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise _model_error(path, "it is not an .npz archive of plain arrays") from error


def _header(arrays: dict[str, Any], path: Path) -> dict[str, Any]:
    try:
        header = json.loads(str(arrays["header"]))
    except (KeyError, ValueError) as error:
        raise _model_error(path, "it has no header") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise _model_error(path, "its header is from another program")
    found, expected = (header.get("version"), header.get("features")), (VERSION, FEATURE_VERSION)
    if found != expected:
        raise _model_error(path, f"it has version {found}, expected {expected}")
    return header


def _check_shapes(model: Model, path: Path) -> None:
    unknown = [name for name in model.config.groups if name not in GROUPS]
    if unknown or model.config.sides not in SIDES:
        raise _model_error(path, "its settings contain unknown names")
    columns = sum(stop - start for start, stop in map(group_columns, model.config.groups))
    width = model.audio_map.projection.shape[-1]
    shapes = (
        (model.audio_map.mean.shape, (columns,)),
        (model.audio_map.scale.shape, (columns,)),
        (model.audio_map.projection.shape, (columns, width)),
        (model.terms.shape, (model.config.buckets,)),
        (model.weights.shape, (width + 1, model.config.buckets + 1)),
    )
    if any(found != expected for found, expected in shapes) or not np.isfinite(model.weights).all():
        raise _model_error(path, "the shapes or values of its arrays are invalid")


_TRAIN = "Create one with `python -m reference train DIR -o MODEL.npz`."


def _model_error(path: Path, reason: str) -> RecipeError:
    return RecipeError(f"{path} is not a model of this recipe: {reason}. {_TRAIN}")

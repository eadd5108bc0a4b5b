"""Write a submission with a trained model or the official checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference.dataset import Split, load_split
from reference.neural.config import Config
from reference.neural.data import Clips
from reference.neural.devices import Place, working_place
from reference.neural.inference import Prepared, predict_outputs
from reference.neural.model import BaselineModel, to_score
from reference.neural.normalisation import normalisation
from reference.neural.preparation import check_clips, check_folder, try_model
from reference.neural.weights import Tokenize, build_model, load_checkpoint, load_official
from reference.progress import progress_bar
from reference.systems import write_submission

__all__ = ["predict", "predict_scores"]


def predict(
    data: Path,
    output: Path,
    model: Path,
    *,
    split: str,
    config: Config | None = None,
    batch: int | None = None,
    workers: int | None = None,
    cache: Path | None = None,
) -> int:
    """Write the predictions of a model as a submission.

    Parameters
    ----------
    data : Path
        A dataset folder.
    output : Path
        The submission file; with `config`, rounded and written as by the official code.
    model : Path
        A model written by training, or the official checkpoint if `config` is given.
    split : {"train", "validation", "test"}
        The pairs to predict.
    config : Config, optional
        Settings of the official checkpoint, which does not contain them.
    batch : int, optional
        Pairs per batch, by default as in training; it does not change the predictions.
    workers : int, optional
        Number of processes that read clips, by default as in training.
    cache : Path, optional
        Cache of the normalisation, by default the ``cache`` folder next to the model, if it exists.

    Returns
    -------
    int
        The number of predictions.

    Raises
    ------
    RecipeError
        If the data or the model are invalid.
    """
    pairs = load_split(data, split, rated=False)
    check_clips(data, [pairs])
    check_folder(output.parent)
    loaded, tokenize, settings = _model(model, config)
    try_model(loaded, tokenize, settings)
    if workers is not None:
        training = settings.training.model_copy(update={"workers": workers})
        settings = settings.model_copy(update={"training": training})
    if cache is None and (model.parent / "cache").is_dir():
        cache = model.parent / "cache"
    # Full precision on every device: in half precision, the batch size would change the fourth
    # decimal.
    with working_place("float32") as place:
        scores = predict_scores(loaded, tokenize, pairs, settings, place, batch, cache)
    ids = [pair.id for pair in pairs.pairs]
    write_submission(output, ids, scores, official=config is not None)
    return len(scores)


def _model(path: Path, config: Config | None) -> tuple[BaselineModel, Tokenize, Config]:
    if config is None:
        loaded, tokenize, settings, _ = load_checkpoint(path)
        return loaded, tokenize, settings
    loaded, tokenize = build_model(config, 0.0, 1.0, fresh=False)
    load_official(loaded, path)
    return loaded, tokenize, config


def predict_scores(
    model: BaselineModel,
    tokenize: Tokenize,
    split: Split,
    config: Config,
    place: Place,
    batch: int | None = None,
    cache: Path | None = None,
) -> NDArray[np.float64]:
    """Return the scores of a split, shape (pairs,), on the scale from 0 to 10.

    With ``official`` normalisation, mean and standard deviation are computed on the split, as in
    the official code; with ``own`` they are those of the train split, stored in the model.
    """
    numbers = model.audio_encoder.mean, model.audio_encoder.std
    if config.audio.normalisation == "official":
        with progress_bar(f"normalisation of {split.name}") as progress:
            seed = config.training.seed
            numbers = normalisation(split, "official", config.samples, seed, cache, progress)
    data = Prepared(split, Clips(split, config.samples), None, *numbers)
    return to_score(predict_outputs(model, tokenize, data, config, place, batch)).numpy()

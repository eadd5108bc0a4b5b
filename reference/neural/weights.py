"""Weights: encoders from files, hubs or chance, the official checkpoint, and checkpoints of our
own.

PyTorch files are only ever read with ``weights_only=True``: no code of a file is run. Our
own checkpoints are safetensors with the settings inside.
"""

from __future__ import annotations

import json
import re
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference.errors import RecipeError
from reference.files import write_bytes
from reference.neural.config import Config
from reference.neural.model import BaselineModel

__all__ = [
    "HashedWords",
    "Tokenize",
    "build_model",
    "load_checkpoint",
    "load_official",
    "read_weights",
    "save_checkpoint",
    "save_official",
    "text_encoder",
]

FORMAT = "xacle-neural/1"
LONGEST_TEXT = 64
_NAMES_SHOWN = 8

# Buffers of the official front end, and of RoBERTa as older versions of transformers wrote it:
# nothing that is learned.
_IGNORED = re.compile(
    r"audio_encoder\.to_melspec\..*|text_encoder\.model\.embeddings\.position_ids"
)

Tokenize = Callable[[Sequence[str]], tuple[Tensor, Tensor]]
"""Texts to (ids, mask), both of shape (texts, tokens)."""


class HashedWords:
    """Tokens for a random RoBERTa: each word is a number by its hash; no vocabulary is needed.

    The special tokens are RoBERTa's: 0 begins, 1 fills up, 2 ends.
    """

    begin, fill, end, first = 0, 1, 2, 4

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return ids and mask of texts, filled up to the longest of them."""
        rows = [self._ids(text) for text in texts]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [self.fill] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        return ids, mask

    def _ids(self, text: str) -> list[int]:
        words = re.findall(r"[a-z0-9']+", text.casefold())[: LONGEST_TEXT - 2]
        numbers = [
            self.first + zlib.crc32(word.encode()) % (self.tokens - self.first) for word in words
        ]
        return [self.begin, *numbers, self.end]


def text_encoder(config: Config, *, fresh: bool = True) -> tuple[Any, Tokenize]:
    """Return a RoBERTa and what turns texts into its tokens.

    Parameters
    ----------
    config : Config
        The settings.
    fresh : bool
        Whether its weights are read; where a checkpoint follows, its sizes and its tokenizer are
        enough.

    Raises
    ------
    RecipeError
        If it can be had neither from the disk nor from a hub.
    """
    from transformers import RobertaConfig, RobertaModel

    settings = config.encoders
    if settings.text == "random":
        small = RobertaConfig(
            vocab_size=settings.tokens,
            hidden_size=settings.size,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            intermediate_size=4 * settings.size,
            max_position_embeddings=LONGEST_TEXT + 2,
        )
        return RobertaModel(small), HashedWords(settings.tokens)
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(settings.text)
        if fresh:
            model = RobertaModel.from_pretrained(settings.text)
        else:
            model = RobertaModel(RobertaConfig.from_pretrained(settings.text))
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise RecipeError(
            f"the text encoder {settings.text} cannot be loaded: {reason}\n"
            "Name a folder that holds a RoBERTa and its tokenizer, or `random`."
        ) from error

    def tokenize(texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        found = tokenizer(
            list(texts), padding=True, truncation=True, max_length=512, return_tensors="pt"
        )
        return found["input_ids"], found["attention_mask"]

    return model, tokenize


def build_model(
    config: Config, mean: float, std: float, *, fresh: bool = True
) -> tuple[BaselineModel, Tokenize]:
    """Return a model by its settings, and its tokenizer.

    Parameters
    ----------
    config : Config
        The settings.
    mean, std : float
        Normalisation of the log-mel values.
    fresh : bool
        Whether the weights of the encoders are read; not needed where a checkpoint follows.

    Raises
    ------
    RecipeError
        If an encoder cannot be loaded.
    """
    text, tokenize = text_encoder(config, fresh=fresh)
    model = BaselineModel(
        text,
        mean=mean,
        std=std,
        hidden=config.model.hidden,
        projection=config.model.projection,
        dropout=config.model.dropout,
        pool=config.audio.pool,
    )
    if fresh and config.encoders.audio != "random":
        weights = read_weights(_audio_weights(config.encoders.audio))
        _load_strictly(model.audio_encoder.model, weights, config.encoders.audio)
    return model, tokenize


def _audio_weights(name: str) -> Path:
    """Return the file that a path, or the name of a file on a hub (OWNER/REPOSITORY/FILE), leads
    to.
    """
    path = Path(name)
    owner, _, rest = name.partition("/")
    repository, _, file = rest.partition("/")
    if path.exists() or path.is_absolute() or owner in {"", ".", ".."} or not file:
        return path
    from transformers.utils.hub import cached_file

    try:
        found = cached_file(f"{owner}/{repository}", file)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise RecipeError(
            f"the audio encoder {name} is no file here, and the hub's cannot be loaded: {reason}\n"
            "Name a file with BYOL-A's weights, one of a hub as OWNER/REPOSITORY/FILE, or `random`."
        ) from error
    return Path(str(found))


def read_saved(path: Path, what: str) -> Any:
    """Read what PyTorch saved, onto the CPU and without running code.

    Raises
    ------
    RecipeError
        If the file is none, or damaged; `what` says what was expected.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of odd pickles, which are then refused in our own words
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # what unpickling garbage raises is not to be foreseen
        raise RecipeError(
            f"{path} holds no {what} that can be read safely (torch.load, weights_only)"
        ) from error


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict, by itself or inside a training checkpoint, without running code.

    Raises
    ------
    RecipeError
        If the file is none.
    """
    data = read_saved(path, "weights")
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(data, Mapping) and isinstance(data.get(key), Mapping):
            data = data[key]
    if (
        not isinstance(data, Mapping)
        or not all(isinstance(value, Tensor) for value in data.values())
        or not data
    ):
        raise RecipeError(f"{path} holds no state dict: expected names and tensors")
    return {str(name).removeprefix("module."): value for name, value in data.items()}


def load_official(model: BaselineModel, path: Path) -> tuple[str, ...]:
    """Load the released ``best_model.pt``.

    Parameters
    ----------
    model : BaselineModel
        With RoBERTa-large and the official sizes.
    path : Path
        The file.

    Returns
    -------
    tuple of str
        The names that were ignored: buffers of the official front end.

    Raises
    ------
    RecipeError
        If anything else does not match; every name that does not is in the message, or counted.
    """
    weights = read_weights(path)
    ignored = tuple(name for name in weights if _IGNORED.fullmatch(name))
    _load_strictly(
        model, {name: value for name, value in weights.items() if name not in ignored}, str(path)
    )
    return ignored


def _load_strictly(model: nn.Module, weights: Mapping[str, Tensor], source: str) -> None:
    own = model.state_dict()
    shapes = [
        f"{name}: {tuple(weights[name].shape)}, expected {tuple(own[name].shape)}"
        for name in own
        if name in weights and weights[name].shape != own[name].shape
    ]
    problems = {
        "missing": [name for name in own if name not in weights],
        "unexpected": [name for name in weights if name not in own],
        "of another shape": shapes,
    }
    lines = [
        f"  {len(names)} {what}: {', '.join(names[:_NAMES_SHOWN])}{' …' if len(names) > _NAMES_SHOWN else ''}"
        for what, names in problems.items()
        if names
    ]
    if lines:
        raise RecipeError("\n".join([f"the weights in {source} are not this model's:", *lines]))
    model.load_state_dict(dict(weights))


def save_official(model: BaselineModel, path: Path) -> None:
    """Write a model's weights under the official names, as ``best_model.pt`` is."""
    import io

    memory = io.BytesIO()
    torch.save(model.state_dict(), memory)
    write_bytes(path, memory.getvalue())


def save_checkpoint(
    path: Path, model: BaselineModel, config: Config, about: Mapping[str, Any]
) -> None:
    """Write a model as safetensors, whole or not at all, with its settings and what is known about
    it.

    Parameters
    ----------
    path : Path
        The file.
    model : BaselineModel
        The model.
    config : Config
        Its settings.
    about : mapping
        Plain values, such as the epoch and its SRCC.
    """
    from safetensors.torch import save

    metadata = {
        "format": FORMAT,
        "config": config.model_dump_json(),
        "normalisation": json.dumps([model.audio_encoder.mean, model.audio_encoder.std]),
        "about": json.dumps(dict(about)),
    }
    weights = {
        name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()
    }
    write_bytes(path, save(weights, metadata=metadata))


def load_checkpoint(path: Path) -> tuple[BaselineModel, Tokenize, Config, dict[str, Any]]:
    """Read a model that `save_checkpoint` wrote.

    Returns
    -------
    tuple of (BaselineModel, Tokenize, Config, dict)
        The model, its tokenizer, its settings and what is known about it.

    Raises
    ------
    RecipeError
        If the file is none, or of another version.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- no mapping
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise RecipeError(
            f"{path} is no checkpoint (safetensors), or it is cut off: {error}"
        ) from error
    if metadata.get("format") != FORMAT:
        raise RecipeError(f"{path} is no checkpoint of this recipe: expected the format {FORMAT}")
    try:
        config = Config.model_validate_json(metadata["config"])
        mean, std = json.loads(metadata["normalisation"])
        about = json.loads(metadata["about"])
    except (KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{path} is damaged: its settings cannot be read") from error
    model, tokenize = build_model(config, mean, std, fresh=False)
    _load_strictly(model, weights, str(path))
    return model, tokenize, config, about

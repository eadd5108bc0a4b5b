"""Weights: encoders (from files, hubs or random), the official checkpoint, and own checkpoints.

PyTorch files are only read with ``weights_only=True``, so no code in a file is executed. Own
checkpoints are safetensors files that contain the settings.
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

FORMAT = "xacle-neural/2"
OTHER_ORDER = "xacle-neural/1"  # trained on frames with channels slow and bands fast
LONGEST_TEXT = 64
_NAMES_SHOWN = 8
_ROBERTAS = {"roberta", "xlm-roberta", "camembert"}  # the same architecture and weight names

# The names of AudioNTT2022's weights; published files may contain more, such as training heads.
_AUDIO_NAMES = re.compile(r"(features|fc)\..*")

# Buffers of the official front end, and of RoBERTa in older versions of transformers. They contain
# no trained weights.
_IGNORED = re.compile(
    r"audio_encoder\.to_melspec\..*|text_encoder\.model\.embeddings\.position_ids"
)

Tokenize = Callable[[Sequence[str]], tuple[Tensor, Tensor]]
"""Converts texts to (ids, mask), both of shape (texts, tokens)."""


class HashedWords:
    """A tokenizer for a random RoBERTa: the hash of a word is its id, so no vocabulary is needed.

    The special tokens are those of RoBERTa: 0 begin, 1 padding, 2 end.
    """

    begin, fill, end, first = 0, 1, 2, 4

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return the ids and the mask of texts, padded to the longest one."""
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
    """Return a RoBERTa and its tokenizer.

    Parameters
    ----------
    config : Config
        The settings.
    fresh : bool
        Whether to read its weights; False if a checkpoint is loaded afterwards.

    Raises
    ------
    RecipeError
        If it is found neither on disk nor on a hub.
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
    from transformers import AutoConfig, AutoTokenizer

    try:
        shape = AutoConfig.from_pretrained(settings.text)
        if shape.model_type not in _ROBERTAS:
            raise ValueError(f"it is a {shape.model_type}, expected a RoBERTa")
        tokenizer = AutoTokenizer.from_pretrained(settings.text)
        model = _roberta(settings.text) if fresh else RobertaModel(shape)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).strip().splitlines()[0]
        raise RecipeError(
            f"the text encoder {settings.text} cannot be loaded: {reason}\n"
            "Use a folder with a RoBERTa and its tokenizer, or `random`."
        ) from error

    def tokenize(texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        found = tokenizer(
            list(texts), padding=True, truncation=True, max_length=512, return_tensors="pt"
        )
        return found["input_ids"], found["attention_mask"]

    return model, tokenize


def _roberta(name: str) -> Any:
    """Return a RoBERTa with its weights; a missing weight would be random without an error."""
    from transformers import RobertaModel

    # Annotated as a model alone, whatever this option adds.
    loaded: Any = RobertaModel.from_pretrained(name, output_loading_info=True)
    model, found = loaded
    missing = sorted(key for key in found["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise ValueError(f"it has no weights for {_some(missing)}")
    return model


def build_model(
    config: Config,
    mean: float,
    std: float,
    *,
    fresh: bool = True,
    log: Callable[[str], None] | None = None,
) -> tuple[BaselineModel, Tokenize]:
    """Return a model with the given settings, and its tokenizer.

    Parameters
    ----------
    config : Config
        The settings.
    mean, std : float
        Normalisation of the log-mel values.
    fresh : bool
        Whether to read the weights of the encoders; False if a checkpoint is loaded afterwards.

    log : callable, optional
        Called with a note if names in the file of the audio encoder are ignored.

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
        ignored = _load_audio(model.audio_encoder.model, config.encoders.audio)
        if ignored and log is not None:
            log(
                f"note: {config.encoders.audio}: ignored {len(ignored)} names outside the audio"
                f" encoder: {_some(ignored)}"
            )
    return model, tokenize


def _load_audio(encoder: nn.Module, source: str) -> list[str]:
    """Load BYOL-A weights as published; return the names outside the encoder, which are ignored.

    As in the official code, a prefix ``model.`` is removed.
    """
    weights = {
        name.removeprefix("model."): value
        for name, value in read_weights(_audio_weights(source)).items()
    }
    ignored = sorted(name for name in weights if not _AUDIO_NAMES.fullmatch(name))
    _load_strictly(
        encoder, {name: value for name, value in weights.items() if name not in ignored}, source
    )
    return ignored


def _audio_weights(name: str) -> Path:
    """Return the local file for a path or the name of a hub file (OWNER/REPOSITORY/FILE)."""
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
            f"the audio encoder {name} is not a local file and cannot be loaded from a hub:"
            f" {reason}\nUse a file with the weights of BYOL-A, a hub file"
            " (OWNER/REPOSITORY/FILE), or `random`."
        ) from error
    return Path(str(found))


def read_torch_file(path: Path, what: str) -> Any:
    """Read a PyTorch file to the CPU without executing code.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        The expected content, for messages.

    Raises
    ------
    RecipeError
        If the file is not a PyTorch file or is damaged.
    """
    try:
        with warnings.catch_warnings():
            # Warnings about invalid pickles, which raise our own error below.
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # unpickling invalid data may raise anything
        raise RecipeError(
            f"{path} contains no {what} that can be read safely (torch.load, weights_only)"
        ) from error


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict, alone or inside a training checkpoint, without executing code.

    Raises
    ------
    RecipeError
        If the file does not contain a state dict.
    """
    data = read_torch_file(path, "weights")
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(data, Mapping) and isinstance(data.get(key), Mapping):
            data = data[key]
    if (
        not isinstance(data, Mapping)
        or not all(isinstance(value, Tensor) for value in data.values())
        or not data
    ):
        raise RecipeError(f"{path} contains no state dict: expected names and tensors")
    return {str(name).removeprefix("module."): value for name, value in data.items()}


def load_official(model: BaselineModel, path: Path) -> tuple[str, ...]:
    """Load the released ``best_model.pt`` into a model.

    Parameters
    ----------
    model : BaselineModel
        A model with RoBERTa-large and the official sizes.
    path : Path
        The file.

    Returns
    -------
    tuple of str
        The ignored names: buffers of the official front end.

    Raises
    ------
    RecipeError
        If any other name or shape does not match; the message lists them.
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
        "with another shape": shapes,
    }
    lines = []
    for what, names in problems.items():
        if names:
            lines.append(f"  {len(names)} {what}: {_some(names)}")
    if lines:
        raise RecipeError("\n".join([f"the weights in {source} do not match the model:", *lines]))
    model.load_state_dict(dict(weights))


def _some(names: Sequence[str]) -> str:
    """Return the first names of a list, with an ellipsis if there are more."""
    return ", ".join(names[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")


def save_official(model: BaselineModel, path: Path) -> None:
    """Write the weights of a model in the format of ``best_model.pt``."""
    import io

    memory = io.BytesIO()
    torch.save(model.state_dict(), memory)
    write_bytes(path, memory.getvalue())


def save_checkpoint(
    path: Path, model: BaselineModel, config: Config, about: Mapping[str, Any]
) -> None:
    """Write a model and its settings atomically to a safetensors file.

    Parameters
    ----------
    path : Path
        The file.
    model : BaselineModel
        The model.
    config : Config
        Its settings.
    about : mapping
        Further values, such as the epoch and its SRCC.
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
    """Read a model written by `save_checkpoint`.

    Returns
    -------
    tuple of (BaselineModel, Tokenize, Config, dict)
        The model, its tokenizer, its settings and the values of `about`.

    Raises
    ------
    RecipeError
        If the file is not a checkpoint, is damaged or has another version.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a mapping
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise RecipeError(
            f"{path} is not a safetensors checkpoint or is truncated: {error}"
        ) from error
    if metadata.get("format") == OTHER_ORDER:
        raise RecipeError(
            f"{path} was trained by an earlier version, which ordered the audio features in another"
            " way: its predictions would be wrong. Train it again."
        )
    if metadata.get("format") != FORMAT:
        raise RecipeError(f"{path} is not a checkpoint of this recipe: expected format {FORMAT}")
    try:
        config = Config.model_validate_json(metadata["config"])
        mean, std = json.loads(metadata["normalisation"])
        about = json.loads(metadata["about"])
    except (KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{path} is damaged: its settings cannot be read") from error
    model, tokenize = build_model(config, mean, std, fresh=False)
    _load_strictly(model, weights, str(path))
    return model, tokenize, config, about

"""Training: the official schedule, resumed from the last saved step exactly, on one device or
several.

In the output folder::

    model.safetensors   the best model by validation SRCC, with its settings
    history.csv         a row for each epoch; epoch 0 is the untrained model
    state.pt            everything needed to go on; it stays when the run is done
    cache/              normalisation, and what frozen encoders made of the data

A state holds the weights, the optimiser, the schedule, the generators' states and the place
in the epoch. The order of the pairs depends on the seed and the epoch alone, so a run that
was killed goes on to the same weights as one that was not (CPU, float32).
"""

from __future__ import annotations

import csv
import io
import math
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import xacle_eval as xe
from reference.dataset import Split, load_split
from reference.errors import RecipeError
from reference.files import write_bytes
from reference.neural.config import Config
from reference.neural.data import Batch, Clips, batches, order_of
from reference.neural.devices import Place, repeatable, working_place
from reference.neural.features import frozen_audio, frozen_text
from reference.neural.losses import BINS, class_weights, clipped_mse, contrastive, rating_bins
from reference.neural.model import BaselineModel, to_score, to_target
from reference.neural.normalisation import normalisation
from reference.neural.weights import Tokenize, build_model, read_saved, save_checkpoint
from reference.progress import progress_bar

__all__ = ["Prepared", "StoppedError", "predicted", "train"]

COLUMNS = ("epoch", "train_loss", "validation_loss", "validation_srcc", "learning_rate")
# Settings that no weight depends on: a run may be resumed with others, for more epochs too.
_FREE = {"epochs", "save_every", "workers"}
_KEPT = {"config", "model", "optimiser", "schedule", "scaler", "state", "generators"}
Say = Callable[[str], None]


class StoppedError(RecipeError):
    """The run was asked to stop, and did so; it goes on from its last saved state."""


@dataclass
class Prepared:
    """A split ready for the model: its clips or frames, its text vectors if they are fixed, its
    normalisation.
    """

    split: Split
    clips: Clips
    texts: Tensor | None
    mean: float
    std: float


@dataclass
class _State:
    """What changes while training, besides the weights."""

    epoch: int = 1
    step: int = 0
    loss: float = 0.0
    best: float = -math.inf
    stale: int = 0
    history: list[list[float]] = field(default_factory=list)


@torch.no_grad()
def predicted(
    model: BaselineModel,
    tokenize: Tokenize,
    data: Prepared,
    config: Config,
    place: Place,
    size: int | None = None,
) -> Tensor:
    """Return outputs y for every pair of a split, float64 on the CPU; the score is 5y + 5."""
    model.to(place.device).eval()
    model.audio_encoder.mean, model.audio_encoder.std = data.mean, data.std
    parts = []
    order = range(len(data.split.pairs))
    size = size or config.training.batch
    for batch in batches(
        data.split,
        data.clips,
        tokenize,
        data.texts,
        order,
        size,
        whole=False,
        workers=config.training.workers,
    ):
        moved = batch.to(place.device)
        with place.autocast():
            parts.append(model(moved.audio, moved.text, moved.mask).double().cpu())
    return torch.cat(parts)


def train(data: Path, output: Path, config: Config, *, resume: bool, say: Say) -> float:
    """Train a model on the train split of a dataset folder.

    Parameters
    ----------
    data : Path
        The folder, in the challenge's layout.
    output : Path
        Where the model, its history and its state are written.
    config : Config
        The settings.
    resume : bool
        Whether a state in `output` is gone on from; otherwise there must be none.
    say : callable
        Takes a line about the progress.

    Returns
    -------
    float
        The best validation SRCC.

    Raises
    ------
    RecipeError
        If the data, the encoders or the state are at fault.
    StoppedError
        If a signal asked the run to stop; its last saved state stays.
    """
    training = config.training
    with (
        working_place(training.precision) as place,
        repeatable(training.seed),
        ExitStack() as stack,
    ):
        stop = stack.enter_context(_stopping())
        try:
            run = _Run(data, output, config, place, say, stop, resume=resume)
            if place.processes > 1:
                # torchrun ends all its processes together, and waits for no step.
                stack.close()
                stop.heed()
            run.restore()
            return run.to_the_end()
        except KeyboardInterrupt:
            raise StoppedError("interrupted; --resume goes on from the last saved step") from None


class _Run:
    """One training run."""

    def __init__(
        self,
        data: Path,
        output: Path,
        config: Config,
        place: Place,
        say: Say,
        stop: _Stop,
        *,
        resume: bool,
    ) -> None:
        self.config, self.place, self.output, self.state = config, place, output, _State()
        self._kept = self._saved(resume)
        self.say: Say = say if place.first else _silent
        self.stop = stop
        if config.encoders.audio == "random" and config.encoders.text != "random":
            self.say(
                "note: the audio encoder starts from random weights; encoders.audio names those of BYOL-A"
            )
        splits = [load_split(data, name, rated=True) for name in ("train", "validation")]
        if len(splits[0].pairs) < config.training.batch * place.processes:
            each = f" for each of {place.processes} processes" if place.processes > 1 else ""
            raise RecipeError(
                f"the train split has fewer pairs than a batch of {config.training.batch}{each}"
            )
        cache = output / "cache"
        numbers = self._normalisations(splits, cache)
        self.model, self.tokenize = build_model(config, *numbers[0])
        self.training, self.validation = (
            self._prepared(split, each, cache) for split, each in zip(splits, numbers, strict=True)
        )
        self.model.to(place.device)
        self.counts = torch.bincount(
            rating_bins(torch.from_numpy(splits[0].scores())), minlength=BINS
        )
        self._freeze()
        settings = config.training
        learned = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.Adam(
            learned, lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimiser, factor=settings.plateau_factor, patience=settings.plateau_patience
        )
        self.scaler = place.scaler()
        self.parallel: nn.Module = self.model
        if place.processes > 1:
            devices = [place.device] if place.device.type == "cuda" else None
            self.parallel = nn.parallel.DistributedDataParallel(self.model, device_ids=devices)
        # Dropout differs between processes, as their pairs do; the weights were drawn alike.
        torch.manual_seed(settings.seed + 1 + place.rank)

    def _normalisations(self, splits: list[Split], cache: Path) -> list[tuple[float, float]]:
        audio, seed = self.config.audio, self.config.training.seed
        found: list[tuple[float, float]] = []
        for split in splits:
            if audio.normalisation == "own" and found:
                found.append(found[0])
                continue
            with self._bar(f"normalisation of {split.name}") as progress:
                found.append(
                    normalisation(
                        split, audio.normalisation, self.config.samples, seed, cache, progress
                    )
                )
        return found

    def _prepared(self, split: Split, numbers: tuple[float, float], cache: Path) -> Prepared:
        """Return a split ready for the model; frozen encoders are run over it once."""
        model, config, device = self.model, self.config, self.place.device
        model.audio_encoder.mean, model.audio_encoder.std = numbers
        frames, texts = None, None
        if config.encoders.frozen != "none":
            with self._bar(f"audio of {split.name}") as progress:
                workers = config.training.workers
                frames = frozen_audio(
                    model, split, config.samples, cache, device, workers=workers, progress=progress
                )
        if config.encoders.frozen == "both":
            with self._bar(f"texts of {split.name}") as progress:
                texts = frozen_text(model, split, self.tokenize, device, progress)
        return Prepared(split, Clips(split, config.samples, frames), texts, *numbers)

    @contextmanager
    def _bar(self, description: str) -> Iterator[Callable[[int, int], None]]:
        """Show the progress of a preparation, which ends where a signal asks for it."""

        def move(done: int, total: int) -> None:
            progress(done, total)
            self.stop.heed()

        with progress_bar(description, shown=self.place.first) as progress:
            yield move

    def _freeze(self) -> None:
        """Fix what is not trained: frozen encoders, and RoBERTa's pooler, which nothing is read
        from.
        """
        frozen = {
            "none": (),
            "audio": ("audio_encoder.",),
            "both": ("audio_encoder.", "text_encoder."),
        }
        for name, parameter in self.model.named_parameters():
            if name.startswith(
                (*frozen[self.config.encoders.frozen], "text_encoder.model.pooler.")
            ):
                parameter.requires_grad_(False)

    # --- the state -------------------------------------------------------------------------------------------------

    @property
    def _state_file(self) -> Path:
        return self.output / "state.pt"

    def _saved(self, resume: bool) -> dict[str, Any] | None:
        """Return the saved state, if there is one and it is this run's: before minutes of
        preparation, not after.
        """
        file = self._state_file
        if not file.is_file():
            return None
        if not resume:
            raise RecipeError(
                f"{self.output} holds a run already: --resume goes on with it, or name another folder"
            )
        kept = read_saved(file, "state")
        if not isinstance(kept, dict) or set(kept) != _KEPT:
            raise RecipeError(f"{file} is no state of a run; start anew in another folder")
        if kept["config"] != _lasting(self.config):
            free = ", ".join(f"training.{name}" for name in sorted(_FREE))
            raise RecipeError(
                f"the run in {self.output} has other settings; only {free} may change when it is resumed"
            )
        if len(kept["generators"]) != self.place.processes:
            raise RecipeError(
                f"the run was of {len(kept['generators'])} processes; resume it with as many"
            )
        return kept

    def restore(self) -> None:
        """Go on from the saved state, or evaluate the untrained model."""
        kept, self._kept = self._kept, None
        if kept is None:
            self._evaluate(epoch=0)
            self.save()
            return
        self.model.load_state_dict(kept["model"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.schedule.load_state_dict(kept["schedule"])
        self.scaler.load_state_dict(kept["scaler"])
        self.state = _State(**kept["state"])
        cpu, gpu = kept["generators"][self.place.rank]
        torch.set_rng_state(cpu)
        if gpu is not None:
            torch.cuda.set_rng_state(gpu)
        self.say(f"resumed in epoch {self.state.epoch}, after step {self.state.step}")

    def save(self) -> None:
        """Write everything that the run needs to go on, whole or not at all."""
        gpu = torch.cuda.get_rng_state() if self.place.device.type == "cuda" else None
        generators = self.place.from_all((torch.get_rng_state(), gpu))
        if not self.place.first:
            return
        memory = io.BytesIO()
        kept = {
            "config": _lasting(self.config),
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "state": vars(self.state),
            "generators": generators,
        }
        torch.save(kept, memory)
        write_bytes(self._state_file, memory.getbuffer())  # with RoBERTa-large 4.6 GB: not twice

    # --- the work --------------------------------------------------------------------------------------------------

    def to_the_end(self) -> float:
        """Train until the last epoch or the early stop."""
        settings = self.config.training
        while self.state.stale < settings.early_stop and self.state.epoch <= settings.epochs:
            self._epoch()
            self.state.epoch, self.state.step, self.state.loss = self.state.epoch + 1, 0, 0.0
            self.save()
        self.say(f"best validation SRCC {self.state.best:.4f}: {self.output / 'model.safetensors'}")
        return self.state.best

    def _epoch(self) -> None:
        state, settings = self.state, self.config.training
        order = self._own_order(
            order_of(len(self.training.split.pairs), settings.seed, state.epoch)
        )
        steps = len(order) // settings.batch
        left = order[state.step * settings.batch :]
        data = self.training
        self.model.audio_encoder.mean, self.model.audio_encoder.std = data.mean, data.std
        self._training_mode()
        with progress_bar(f"epoch {state.epoch}", shown=self.place.first) as progress:
            for batch in batches(
                data.split, data.clips, self.tokenize, data.texts, left, settings.batch, whole=True,
                workers=settings.workers,
            ):  # fmt: skip
                state.loss += self._step(batch.to(self.place.device))
                state.step += 1
                progress(state.step, steps)
                self._pause()
        self._evaluate(
            state.epoch, sum(self.place.from_all(state.loss)) / (steps * self.place.processes)
        )

    def _own_order(self, order: list[int]) -> list[int]:
        """Return this process's share: its part of every batch of all processes, incomplete ones
        left out.
        """
        size, every = self.config.training.batch, self.config.training.batch * self.place.processes
        first = self.place.rank * size
        starts = range(0, len(order) // every * every, every)
        return [index for start in starts for index in order[start + first : start + first + size]]

    def _training_mode(self) -> None:
        """Switch dropout and batch normalisation on, but for what is frozen."""
        self.parallel.train()
        frozen = self.config.encoders.frozen
        self.model.audio_encoder.train(frozen == "none")
        self.model.text_encoder.train(frozen != "both")

    def _step(self, batch: Batch) -> float:
        self.optimiser.zero_grad(set_to_none=True)
        with self.place.autocast():
            outputs = self.parallel(batch.audio, batch.text, batch.mask)
        loss = self._loss(outputs.float(), batch.scores)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return float(loss.detach())

    def _loss(self, outputs: Tensor, scores: Tensor) -> Tensor:
        settings, targets = self.config.loss, to_target(scores)
        weights = class_weights(scores, self.counts.to(scores.device), settings.beta)
        clipped = clipped_mse(outputs, targets, weights, form=settings.form, tau=settings.tau)
        apart = contrastive(outputs, targets, weights, margin=settings.margin)
        return settings.clipped * clipped + settings.contrastive * apart

    def _pause(self) -> None:
        """Save now and then, and stop if a signal asked for it."""
        if self.state.step % self.config.training.save_every == 0:
            self.save()
        if self.stop.asked:
            self.save()
            raise StoppedError(
                f"stopped after step {self.state.step} of epoch {self.state.epoch}; --resume goes on"
            )

    def _evaluate(self, epoch: int, train_loss: float = math.nan) -> None:
        """Score the validation split, keep the best model, and move the schedule."""
        loss, srcc = self.place.from_first(self._validation() if self.place.first else None)
        if epoch:
            self.schedule.step(loss)
        rate = self.optimiser.param_groups[0]["lr"]
        self.state.history.append([epoch, train_loss, loss, srcc, rate])
        better = srcc > self.state.best
        self.state.stale = 0 if better else self.state.stale + 1
        if better:
            self.state.best = srcc
        said = f"epoch {epoch}: validation loss {loss:.4f}, SRCC {srcc:.4f}"
        rest = (
            f", train loss {train_loss:.4f}{' (best)' if better else ''}"
            if epoch
            else " (untrained)"
        )
        self.say(f"{said}{rest}")
        if not self.place.first:
            return
        if better:
            about = {"epoch": epoch, "validation_srcc": srcc}
            save_checkpoint(self.output / "model.safetensors", self.model, self.config, about)
        write_bytes(self.output / "history.csv", _history(self.state.history))

    def _validation(self) -> tuple[float, float]:
        """Return the loss, averaged over batches of the training's size, and the SRCC; undefined is
        -1.
        """
        outputs = predicted(self.model, self.tokenize, self.validation, self.config, self.place)
        scores = torch.from_numpy(self.validation.split.scores())
        size = self.config.training.batch
        losses = [
            float(
                self._loss(
                    outputs[first : first + size].float(), scores[first : first + size].float()
                )
            )
            for first in range(0, len(scores), size)
        ]
        srcc = xe.metrics.srcc(to_score(outputs).numpy(), scores.numpy())
        return sum(losses) / len(losses), -1.0 if math.isnan(srcc) else srcc


def _lasting(config: Config) -> str:
    return config.model_dump_json(exclude={"training": _FREE})


def _silent(_: str) -> None:
    """Say nothing: only the first process speaks."""


def _history(rows: list[list[float]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([int(row[0]), *(f"{value:.6g}" for value in row[1:])] for row in rows)
    return text.getvalue().encode()


class _Stop:
    """SIGINT and SIGTERM ask a run to stop; a second one ends it where it is.

    Nothing is raised at the first: it may come while Python cleans up, where exceptions are lost.
    """

    asked = False

    def __call__(self, _: int, __: Any) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def heed(self) -> None:
        """End the run where it is, if it was asked to stop."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def _stopping() -> Iterator[_Stop]:
    stop = _Stop()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

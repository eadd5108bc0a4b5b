"""Training: the official schedule on one device or several; interrupted runs resume exactly.

The output folder contains::

    model.safetensors   the best model by validation SRCC, with its settings
    history.csv         one row per epoch; epoch 0 is the untrained model
    state.pt            everything needed to resume; kept after the run
    cache/              normalisation, and the outputs of frozen encoders

The order of the pairs depends only on the seed and the epoch, so a killed run, once resumed, ends
with the same weights as an uninterrupted one (CPU, float32).
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

import xacle_eval as xe
from reference.dataset import Split, load_split
from reference.errors import RecipeError
from reference.files import write_bytes
from reference.neural.config import Config
from reference.neural.data import Batch, Clips, batches, order_of
from reference.neural.devices import Place, repeatable, working_place
from reference.neural.features import encode_clips, encode_texts
from reference.neural.inference import Prepared, predict_outputs
from reference.neural.losses import BINS, class_weights, clipped_mse, contrastive, rating_bins
from reference.neural.model import to_score, to_target
from reference.neural.normalisation import normalisation
from reference.neural.state import State, fixed_settings, history_csv, read_state, state_file
from reference.neural.stopping import StoppedError, StopRequest, stop_on_signals
from reference.neural.weights import build_model, save_checkpoint
from reference.progress import progress_bar

__all__ = ["StoppedError", "train"]

Log = Callable[[str], None]


def train(data: Path, output: Path, config: Config, *, resume: bool, log: Log) -> float:
    """Train a model on the train split of a dataset folder.

    Parameters
    ----------
    data : Path
        The folder, in the challenge's layout.
    output : Path
        Folder for the model, its history and its state.
    config : Config
        The settings.
    resume : bool
        Whether to resume from the state in `output`; otherwise the folder must not contain one.
    log : callable
        Called with progress messages.

    Returns
    -------
    float
        The best validation SRCC.

    Raises
    ------
    RecipeError
        If the data, the encoders or the state are invalid.
    StoppedError
        If a signal stopped the run; its last saved state is kept.
    """
    training = config.training
    with (
        working_place(training.precision) as place,
        repeatable(training.seed),
        ExitStack() as stack,
    ):
        stop = stack.enter_context(stop_on_signals())
        try:
            run = _Run(data, output, config, place, log, stop, resume=resume)
            if place.processes > 1:
                # torchrun stops all processes together and does not wait for the current step.
                stack.close()
                stop.raise_if_requested()
            run.restore()
            return run.run()
        except KeyboardInterrupt:
            raise StoppedError(
                "interrupted; use --resume to continue from the last saved step"
            ) from None


class _Run:
    """One training run."""

    def __init__(
        self,
        data: Path,
        output: Path,
        config: Config,
        place: Place,
        log: Log,
        stop: StopRequest,
        *,
        resume: bool,
    ) -> None:
        self.config, self.place, self.output, self.state = config, place, output, State()
        self._saved = read_state(output, config, place.processes, resume=resume)
        self.log: Log = log if place.first else _discard
        self.stop = stop
        if config.encoders.audio == "random" and config.encoders.text != "random":
            self.log(
                "note: the audio encoder has random weights;"
                " set encoders.audio to use those of BYOL-A"
            )
        splits = [load_split(data, name, rated=True) for name in ("train", "validation")]
        if len(splits[0].pairs) < config.training.batch * place.processes:
            each = f" in each of {place.processes} processes" if place.processes > 1 else ""
            raise RecipeError(
                f"the train split has {len(splits[0].pairs)} pairs, fewer than one batch of"
                f" {config.training.batch}{each}; use a smaller training.batch"
            )
        cache = output / "cache"
        numbers = self._normalisations(splits, cache)
        self.model, self.tokenize = build_model(config, *numbers[0])
        self.training, self.validation = (
            self._prepare(split, each, cache) for split, each in zip(splits, numbers, strict=True)
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
        # Dropout differs between processes, like their pairs; the initial weights are the same.
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

    def _prepare(self, split: Split, numbers: tuple[float, float], cache: Path) -> Prepared:
        """Return a split ready for the model; run frozen encoders over it once."""
        model, config, device = self.model, self.config, self.place.device
        model.audio_encoder.mean, model.audio_encoder.std = numbers
        frames, texts = None, None
        if config.encoders.frozen != "none":
            with self._bar(f"audio of {split.name}") as progress:
                workers = config.training.workers
                frames = encode_clips(
                    model, split, config.samples, cache, device, workers=workers, progress=progress
                )
        if config.encoders.frozen == "both":
            with self._bar(f"texts of {split.name}") as progress:
                texts = encode_texts(model, split, self.tokenize, device, progress)
        return Prepared(split, Clips(split, config.samples, frames), texts, *numbers)

    @contextmanager
    def _bar(self, description: str) -> Iterator[Callable[[int, int], None]]:
        """Show the progress of a preparation step, which a signal can stop."""

        def move(done: int, total: int) -> None:
            progress(done, total)
            self.stop.raise_if_requested()

        with progress_bar(description, shown=self.place.first) as progress:
            yield move

    def _freeze(self) -> None:
        """Exclude frozen encoders and the unused pooler of RoBERTa from training."""
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

    def restore(self) -> None:
        """Restore the saved state, or evaluate the untrained model."""
        saved, self._saved = self._saved, None
        if saved is None:
            self._evaluate(epoch=0)
            self.save()
            return
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.schedule.load_state_dict(saved["schedule"])
        self.scaler.load_state_dict(saved["scaler"])
        self.state = State(**saved["state"])
        cpu, gpu = saved["generators"][self.place.rank]
        torch.set_rng_state(cpu)
        if gpu is not None:
            torch.cuda.set_rng_state(gpu)
        self.log(f"resumed in epoch {self.state.epoch} after step {self.state.step}")

    def save(self) -> None:
        """Write everything needed to resume the run, atomically."""
        gpu = torch.cuda.get_rng_state() if self.place.device.type == "cuda" else None
        generators = self.place.from_all((torch.get_rng_state(), gpu))
        if not self.place.first:
            return
        memory = io.BytesIO()
        contents = {
            "config": fixed_settings(self.config),
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "state": vars(self.state),
            "generators": generators,
        }
        torch.save(contents, memory)
        # 4.6 GB with RoBERTa-large: do not copy it.
        write_bytes(state_file(self.output), memory.getbuffer())

    def run(self) -> float:
        """Train until the last epoch or the early stop; return the best validation SRCC."""
        settings = self.config.training
        while self.state.stale < settings.early_stop and self.state.epoch <= settings.epochs:
            self._epoch()
            self.state.epoch, self.state.step, self.state.loss = self.state.epoch + 1, 0, 0.0
            self.save()
        self.log(f"best validation SRCC {self.state.best:.4f}: {self.output / 'model.safetensors'}")
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
                data.split,
                data.clips,
                self.tokenize,
                data.texts,
                left,
                settings.batch,
                whole=True,
                workers=settings.workers,
            ):
                state.loss += self._step(batch.to(self.place.device))
                state.step += 1
                progress(state.step, steps)
                self._pause()
        self._evaluate(
            state.epoch, sum(self.place.from_all(state.loss)) / (steps * self.place.processes)
        )

    def _own_order(self, order: list[int]) -> list[int]:
        """Return this process's part of every batch, without incomplete batches."""
        size, every = self.config.training.batch, self.config.training.batch * self.place.processes
        first = self.place.rank * size
        starts = range(0, len(order) // every * every, every)
        return [index for start in starts for index in order[start + first : start + first + size]]

    def _training_mode(self) -> None:
        """Enable dropout and batch normalisation, except in frozen encoders."""
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
        """Save the state every `save_every` steps, and stop if a signal requested it."""
        if self.state.step % self.config.training.save_every == 0:
            self.save()
        if self.stop.requested:
            self.save()
            raise StoppedError(
                f"stopped after step {self.state.step} of epoch {self.state.epoch};"
                " use --resume to continue"
            )

    def _evaluate(self, epoch: int, train_loss: float = math.nan) -> None:
        """Evaluate the validation split, save the best model and update the schedule."""
        loss, srcc = self.place.from_first(self._validation() if self.place.first else None)
        if epoch:
            self.schedule.step(loss)
        rate = self.optimiser.param_groups[0]["lr"]
        self.state.history.append([epoch, train_loss, loss, srcc, rate])
        better = srcc > self.state.best
        self.state.stale = 0 if better else self.state.stale + 1
        if better:
            self.state.best = srcc
        line = f"epoch {epoch}: validation loss {loss:.4f}, SRCC {srcc:.4f}"
        rest = (
            f", train loss {train_loss:.4f}{' (best)' if better else ''}"
            if epoch
            else " (untrained)"
        )
        self.log(f"{line}{rest}")
        if not self.place.first:
            return
        if better:
            about = {"epoch": epoch, "validation_srcc": srcc}
            save_checkpoint(self.output / "model.safetensors", self.model, self.config, about)
        write_bytes(self.output / "history.csv", history_csv(self.state.history))

    def _validation(self) -> tuple[float, float]:
        """Return the loss, averaged over batches, and the SRCC, or -1 if it is undefined."""
        outputs = predict_outputs(
            self.model, self.tokenize, self.validation, self.config, self.place
        )
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


def _discard(_: str) -> None:
    """Discard a message: only the first process reports progress."""

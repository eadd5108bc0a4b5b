"""Training: the official schedule on one device or several; interrupted runs resume exactly.

The output folder contains::

    model.safetensors   the best trained model by validation SRCC, with its settings
    history.csv         one row per epoch; epoch 0 is the untrained model, which is never kept
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
from torch import nn

from reference.dataset import Split, load_split
from reference.errors import RecipeError
from reference.files import write_bytes
from reference.neural.config import Config
from reference.neural.data import Batch, Clips, batches, order_of
from reference.neural.devices import Place, repeatable, working_place
from reference.neural.features import encode_clips, encode_texts
from reference.neural.inference import Prepared, predict_outputs
from reference.neural.normalisation import normalisation
from reference.neural.preparation import (
    check_clips,
    check_folder,
    check_scores,
    check_space,
    try_model,
)
from reference.neural.state import (
    COLUMNS,
    State,
    fixed_settings,
    history_csv,
    read_state,
    state_file,
)
from reference.neural.stopping import StoppedError, StopRequest, stop_on_signals
from reference.neural.validation import Measures, bin_counts, loss_of, measure
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
        check_scores(splits[1])
        check_clips(data, splits)
        check_folder(output)
        # Encoders are loaded and tried before the clips are read, which can take an hour.
        self.model, self.tokenize = build_model(config, 0.0, 1.0, log=self.log)
        check_space(
            self.model, splits, try_model(self.model, self.tokenize, config), config, output
        )
        cache = output / "cache"
        numbers = self._normalisations(splits, cache)
        self.training, self.validation = (
            self._prepare(split, each, cache) for split, each in zip(splits, numbers, strict=True)
        )
        self.model.to(place.device)
        self.counts = bin_counts(torch.from_numpy(splits[0].scores()))
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
        if not self._finished():
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
        finished = self._finished()
        while not self._finished():
            self._epoch()
            self.state.epoch, self.state.step, self.state.loss = self.state.epoch + 1, 0, 0.0
            self.save()
        self._report(already=finished)
        return self.state.best

    def _finished(self) -> bool:
        settings = self.config.training
        return self.state.stale >= settings.early_stop or self.state.epoch > settings.epochs

    def _report(self, *, already: bool) -> None:
        """Say why the run has ended, which model is the best, and whether it has learned."""
        state, last = self.state, self.state.epoch - 1
        start = "already finished: " if already else ""
        if state.stale >= self.config.training.early_stop:
            self.log(
                f"{start}stopped early after epoch {last}"
                f" ({state.stale} epochs without a better validation SRCC)"
            )
        elif already:
            self.log(
                f"{start}all {last} epochs are done; for more epochs, use --epochs N with N"
                f" above {last}"
            )
        untrained = state.history[0][COLUMNS.index("validation_srcc")]
        if untrained >= state.best:
            self.log(
                "warning: no epoch has a better validation SRCC than the untrained model"
                f" ({untrained:.4f}): training had no effect. Use more epochs or another"
                " learning rate."
            )
        self.log(
            f"best validation SRCC {state.best:.4f} in epoch {state.best_epoch}:"
            f" {self.output / 'model.safetensors'}"
        )

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
        loss = loss_of(outputs.float(), batch.scores, self.counts, self.config.loss)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return float(loss.detach())

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
        found = self.place.from_first(self._measure() if self.place.first else None)
        if epoch:
            self.schedule.step(found.loss)
        rate = self.optimiser.param_groups[0]["lr"]
        metrics = (found.srcc, found.lcc, found.ktau, found.mse)
        self.state.history.append([epoch, train_loss, found.loss, *metrics, rate])
        # As in the official code, the first candidate is the first trained epoch.
        better = epoch > 0 and found.key > self.state.best
        if better:
            self.state.best, self.state.best_epoch, self.state.stale = found.key, epoch, 0
        elif epoch:
            self.state.stale += 1
        trained = f", train loss {train_loss:.4f}{' (best)' if better else ''}"
        self.log(f"epoch {epoch}: validation {found}{trained if epoch else ' (untrained)'}")
        if not self.place.first:
            return
        if better:
            about = {"epoch": epoch, "validation_srcc": found.key}
            save_checkpoint(self.output / "model.safetensors", self.model, self.config, about)
        write_bytes(self.output / "history.csv", history_csv(self.state.history))

    def _measure(self) -> Measures:
        outputs = predict_outputs(
            self.model, self.tokenize, self.validation, self.config, self.place
        )
        scores = torch.from_numpy(self.validation.split.scores())
        return measure(outputs, scores, self.counts, self.config)


def _discard(_: str) -> None:
    """Discard a message: only the first process reports progress."""

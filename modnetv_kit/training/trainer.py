"""The training loop: one for every stage, device and number of processes."""

import dataclasses
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from ..data import Clip
from ..devices import cpu_has_bf16
from ..errors import TrainingError
from ..files import replace_file
from ..models import MattingBranches
from .callbacks import Callback
from .config import SAVED, TrainConfig
from .data_echo import echo_batch
from .ema import averaged
from .image_stage import layout
from .revision import git_revision
from .stages import make_stage

CHECKPOINT = "checkpoint.pt"
KEPT = {"stage": str, "step": int, "model": dict, "ema": dict, "optimizer": dict, "schedule": dict, "random": Tensor}


class Taken(NamedTuple):
    """A step whose results are still unchecked: gradient norm, loss terms, and the files of its batch."""

    gradient: Tensor
    terms: dict[str, Tensor]
    names: list[str]


class Trainer:
    """Trains `model` for one stage.

    Args:
        model: MODNet for the image stage, MODNetV for the others; changed in place.
        dataset: item i is the i-th batch, a `Clip` of tensors (B, T, C, H, W).
        config: the settings of the run.
        folder: receives checkpoint, log and weights; created if missing.
        callbacks: see `callbacks.Callback`.
        export: writes a model's weights to the folder; called with the averaged model at every checkpoint.
        accelerator: devices and processes; by default those that Accelerate finds, with bf16 autocast where it is
            faster.

    Raises:
        TrainingError: a loss that is not finite (the last checkpoint stays as it was), or a checkpoint of another model
            or stage.

    Attributes:
        precision: precision of the networks, "bf16", "fp16" or "fp32".
    """

    log_every = 10

    def __init__(
        self,
        model: MattingBranches,
        dataset: Dataset[Clip],
        config: TrainConfig,
        folder: Path,
        callbacks: Sequence[Callback] = (),
        export: Callable[[nn.Module, Path], None] | None = None,
        accelerator: Accelerator | None = None,
    ):
        self.config, self.folder, self.dataset = config, folder, dataset
        self.callbacks, self.export = callbacks, export
        # without cpu=True Accelerate ignores a launcher's processes on the CPU instead of joining them
        no_gpu = not torch.accelerator.is_available()
        self.accelerator = accelerator or Accelerator(mixed_precision=precision(no_gpu), cpu=no_gpu)
        self.precision = str(self.accelerator.mixed_precision).replace("no", "fp32")
        self.model = model.to(memory_format=layout(self.accelerator.device))  # type: ignore[call-overload]
        stage = make_stage(model, config)
        model.encoder.features[: config.frozen_layers].requires_grad_(False)
        for part in config.frozen_parts:
            if not isinstance(getattr(model, part, None), nn.Module):
                parts = ", ".join(name for name, _ in model.named_children())
                raise TrainingError(f"frozen_parts names {part!r}; the model's parts are {parts}")
            getattr(model, part).requires_grad_(False)
        learning = [p for p in stage.parameters() if p.requires_grad]
        kernels, rest = [p for p in learning if p.ndim > 1], [p for p in learning if p.ndim <= 1]
        groups = [{"params": kernels, "weight_decay": config.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=config.lr)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._lr_factor)
        self.ema = averaged(model.to(self.accelerator.device), config.ema_decay)
        self.stage, self.optimizer = self.accelerator.prepare(stage, optimizer)
        self.step = 0
        self._unchecked: list[Taken] = []

    def fit(self) -> None:
        """Train from the current step to the last; an interrupt saves a checkpoint first."""
        main = self.accelerator.is_main_process
        self.folder.mkdir(parents=True, exist_ok=True)
        callbacks = self.callbacks if main else ()
        for callback in callbacks:
            callback.start(self)
        saved = noted = time.monotonic()
        noted_step, frames, sums = self.step, 0, defaultdict[str, float | Tensor](float)
        try:
            for batch in self._batches():
                terms = self._step(batch)
                for name, value in terms.items():
                    sums[name] += value  # stays on the device, since reading it would wait for the step
                frames += batch.frames.shape[0] * batch.frames.shape[1]
                if self.step % self.log_every == 0 or self.step == self.config.steps:
                    self._check()
                    now = time.monotonic()
                    # means since the last record, since single batches vary too much to show a trend
                    record = {name: float(total) / (self.step - noted_step) for name, total in sums.items()}
                    record |= {
                        "step": self.step,
                        "lr": float(self.schedule.get_last_lr()[0]),
                        "images_per_s": frames * self.accelerator.num_processes / (now - noted),
                    }
                    noted, noted_step, frames, sums = now, self.step, 0, defaultdict(float)
                    for callback in callbacks:
                        callback.step(self, record)
                    if main and now - saved > 60 * self.config.checkpoint_minutes:
                        self.save()
                        saved = time.monotonic()
        except KeyboardInterrupt:
            self._check()
            if main:
                self.save()
            raise
        finally:
            for callback in callbacks:
                callback.stop(self)
        if main:
            self.save()

    def _batches(self) -> Iterator[Clip]:
        """The remaining batches, on the device, split among the processes; a resumed run repeats and skips none."""
        processes, rank = self.accelerator.num_processes, self.accelerator.process_index
        uses = 2 if self.config.echo else 1
        done, needed = self.step // uses, math.ceil(self.config.steps / uses)
        loader = DataLoader(
            self.dataset,
            batch_size=None,
            sampler=range(done * processes + rank, needed * processes, processes),
            num_workers=self.config.workers,
            worker_init_fn=one_thread,
            collate_fn=_halved,  # type: ignore[arg-type]  # without a batch size it is given the item itself
            generator=torch.Generator(),  # otherwise the loader would draw from the restored generator
            pin_memory=self.accelerator.device.type == "cuda",
        )
        for index, batch in enumerate(loader, done):
            batch = self._on_device(batch)
            if self.step <= index * uses:
                yield batch
            if self.config.echo and self.step < self.config.steps:
                yield echo_batch(batch)

    def _on_device(self, batch: Clip) -> Clip:
        """The batch on the device, in the precision of the losses."""
        device = self.accelerator.device
        return batch.map(lambda x: x.to(device, non_blocking=True).float())

    def _step(self, batch: Clip) -> dict[str, Tensor]:
        """One optimizer step; returns the detached terms and their sum."""
        self.stage.train()
        with self.accelerator.autocast():
            terms = self.stage(*batch[:-1])
        loss = sum(terms.values())
        # a NaN loss makes every gradient NaN. The processes share their gradients, so all of them stop at the next
        # check, and none waits for the others
        spoilt = torch.where(loss.detach().isfinite(), 1.0, float("nan"))
        self.accelerator.backward(loss * spoilt)
        gradient = self.accelerator.clip_grad_norm_(self.stage.parameters(), self.config.clip_norm)
        detached = {name: value.detach() for name, value in terms.items()}
        self._unchecked.append(Taken(gradient, detached, batch.names))
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.ema.update_parameters(self.model)
        self.step += 1
        return {"loss": loss.detach()} | detached

    def _check(self) -> None:
        """Raise for the first NaN step since the last check; every process raises at the same step.

        Checking every step would make the GPU wait. Nothing is saved between a bad step and the check after it.
        """
        taken, self._unchecked = self._unchecked, []
        finite = torch.stack([step.gradient for step in taken]).isfinite().tolist() if taken else []
        if all(finite):
            return
        index = finite.index(False)
        bad = taken[index]
        values = ", ".join(f"{name} {value.item():.3g}" for name, value in bad.terms.items())
        raise TrainingError(
            f"the loss is not a number at step {self.step - len(taken) + index} ({values}); "
            f"batch of {', '.join(bad.names)}. "
            f"The last checkpoint in {self.folder} is good: resume with a lower learning rate"
        )

    def _lr_factor(self, step: int) -> float:
        """Warm-up, then a half cosine down to 1 %."""
        warm = min(1.0, (step + 1) / max(1, self.config.warmup))
        return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / self.config.steps))))

    def save(self) -> None:
        """Write the checkpoint and the averaged weights, each to a temporary file that then replaces the old one."""
        state = {
            "stage": self.config.stage,
            "step": self.step,
            "model": self.model.state_dict(),
            "ema": self.ema.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "random": torch.get_rng_state(),
        }
        replace_file(self.folder / CHECKPOINT, lambda path: torch.save(state, path))
        settings = json.dumps(dataclasses.asdict(self.config) | {"revision": git_revision()}, indent=2) + "\n"
        replace_file(self.folder / SAVED, lambda path: path.write_text(settings))
        if self.export:
            self.export(self.ema.module, self.folder)

    def resume(self) -> None:
        """Continue exactly from the folder's checkpoint.

        Raises:
            TrainingError: there is no checkpoint, or it belongs to another stage or model.
        """
        path = self.folder / CHECKPOINT
        if not path.exists():
            raise TrainingError(f"nothing to resume: {path} does not exist; start without --resume")
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged file makes torch raise anything from EOFError to IndexError
            raise TrainingError(
                f"{path} is damaged and cannot be resumed; start a new run in another folder"
            ) from error
        if not isinstance(state, dict) or any(not isinstance(state.get(key), kind) for key, kind in KEPT.items()):
            raise TrainingError(f"{path} is not a checkpoint of this kit; start a new run in another folder")
        if state["stage"] != self.config.stage:
            raise TrainingError(f"{path} is of stage {state['stage']!r}, not {self.config.stage!r}; use --init for it")
        try:
            self.model.load_state_dict(state["model"])
            self.ema.module.load_state_dict(state["ema"])
        except RuntimeError as error:
            raise TrainingError(f"{path} is of another model: {str(error).splitlines()[1].strip()}") from None
        try:
            self.optimizer.load_state_dict(state["optimizer"])
        except (ValueError, KeyError):
            raise TrainingError(
                f"{path} was made with other frozen layers or parts: resume with the run's own, or start a new run in "
                f"another folder with --init {self.folder}"
            ) from None
        self.schedule.load_state_dict(state["schedule"])
        # the checkpoint holds its own learning rate; the settings may give another
        self.schedule.base_lrs = [self.config.lr] * len(self.schedule.base_lrs)
        for group in self.optimizer.param_groups:
            group["initial_lr"] = self.config.lr
            group["lr"] = self.config.lr * self._lr_factor(state["step"])
        torch.set_rng_state(state["random"])
        self.step = state["step"]
        self.ema.n_averaged.fill_(self.step + 1)


def precision(cpu: bool) -> str:
    """Accelerate's name for the training precision: bf16, except on a CPU without bf16 instructions.

    Such a CPU emulates bf16 15 times slower than fp32.
    """
    return "bf16" if not cpu or cpu_has_bf16() else "no"


def _halved(batch: Clip) -> Clip:
    """The batch as float16, finer than 8-bit video, which halves the transfer from the workers to the GPU."""
    return batch.map(Tensor.half)


def one_thread(worker: int) -> None:
    """Limit a worker process to one core (a named function, since spawned workers cannot receive a lambda)."""
    torch.set_num_threads(1)

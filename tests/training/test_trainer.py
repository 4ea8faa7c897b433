"""The training loop: it learns, stops on a NaN, and exports its averaged weights."""

import json
import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from modnetv_kit.data import Clip
from modnetv_kit.errors import TrainingError
from modnetv_kit.training import Trainer
from modnetv_kit.training import trainer as trainer_module
from modnetv_kit.training.callbacks import Record
from modnetv_kit.training.stages import ImageStage

MakeTrainer = Callable[..., Trainer]


class Recorder:
    """Records the trainer's calls of its callbacks."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.calls: list[str] = []

    def start(self, trainer: Trainer) -> None:
        self.calls.append(f"start {trainer.step}")

    def step(self, trainer: Trainer, record: Record) -> None:
        self.records.append(record)
        self.calls.append(f"step {trainer.step}")

    def stop(self, trainer: Trainer) -> None:
        self.calls.append(f"stop {trainer.step}")


class Damaged(Dataset[Clip]):
    """A dataset whose batch `index` holds NaN in its frames."""

    def __init__(self, dataset: Dataset[Clip], index: int):
        self.dataset, self.index = dataset, index

    def __getitem__(self, index: int) -> Clip:
        batch = self.dataset[index]
        return batch._replace(frames=batch.frames * float("nan")) if index == self.index else batch

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]


@pytest.mark.slow
def test_training_lowers_the_loss_on_its_pictures_and_on_a_batch_kept_back(make_trainer: MakeTrainer) -> None:
    recorder = Recorder()
    trainer = make_trainer(steps=60, clips={"batch_size": 4}, lr=2e-3, warmup=5, callbacks=[recorder])
    kept_back = trainer.dataset[1000][:-1]

    def loss() -> float:
        with torch.no_grad():
            return sum(ImageStage(trainer.model).eval()(*kept_back).values()).item()

    before = loss()
    trainer.fit()
    course = [record["loss"] for record in recorder.records]
    assert sum(course[-10:]) < 0.6 * sum(course[:10])
    assert loss() < 0.6 * before


def test_callbacks_hear_every_record_and_its_terms_add_up(make_trainer: MakeTrainer) -> None:
    recorder = Recorder()
    make_trainer(steps=5, log_every=2, callbacks=[recorder]).fit()
    # every second step, and the last
    assert recorder.calls == ["start 0", "step 2", "step 4", "step 5", "stop 5"]
    for record in recorder.records:
        assert set(record) == {"step", "loss", "semantic", "detail", "alpha", "lr", "images_per_s"}
        assert record["loss"] == pytest.approx(record["semantic"] + record["detail"] + record["alpha"])
        assert record["images_per_s"] > 0


def test_a_record_is_the_mean_over_its_steps(make_trainer: MakeTrainer, tmp_path: Path) -> None:
    every, third = Recorder(), Recorder()
    make_trainer(steps=6, callbacks=[every], folder=tmp_path / "a").fit()
    make_trainer(steps=6, log_every=3, callbacks=[third], folder=tmp_path / "b").fit()
    losses = [record["loss"] for record in every.records]
    assert [record["loss"] for record in third.records] == pytest.approx([sum(losses[:3]) / 3, sum(losses[3:]) / 3])


def test_settings_and_the_code_they_ran_on_are_kept_beside_the_weights(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modnetv_kit.training.trainer.git_revision", lambda: "0123abc-dirty")
    trainer = make_trainer(steps=1, lr=0.002)
    trainer.fit()
    kept = json.loads((trainer.folder / "train_config.json").read_text())
    assert kept["revision"] == "0123abc-dirty"
    assert (kept["stage"], kept["steps"], kept["lr"]) == ("image", 1, 0.002)


def test_learning_rate_warms_up_and_falls_along_a_half_cosine(make_trainer: MakeTrainer) -> None:
    factor = make_trainer(steps=1000, warmup=10)._lr_factor
    assert [factor(step) for step in (0, 4)] == pytest.approx([0.1, 0.5], rel=1e-3)
    assert factor(10) == pytest.approx(1, rel=1e-3)
    assert factor(500) == pytest.approx(0.01 + 0.99 / 2)
    assert factor(1000) == factor(1500) == pytest.approx(0.01)


def test_weights_decay_on_kernels_only(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(weight_decay=0.1)
    decay = {id(p): group["weight_decay"] for group in trainer.optimizer.param_groups for p in group["params"]}
    for name, p in trainer.model.named_parameters():
        assert decay[id(p)] == (0.1 if p.ndim > 1 else 0.0), name


def test_gradients_are_clipped(make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make_trainer(steps=1, clip_norm=0.01)
    norms: list[float] = []
    step = trainer.optimizer.step

    def spy(*args: object, **kwargs: object) -> None:
        grads = [p.grad for p in trainer.model.parameters()]
        norms.append(torch.nn.utils.get_total_norm(grads).item())
        step(*args, **kwargs)

    monkeypatch.setattr(trainer.optimizer, "step", spy)
    trainer.fit()
    assert norms == [pytest.approx(0.01, rel=1e-2)]


def test_averaged_weights_are_exported_with_the_configuration(make_trainer: MakeTrainer) -> None:
    exported: list[tuple[nn.Module, Path]] = []
    trainer = make_trainer(steps=2, export=lambda model, folder: exported.append((model, folder)))
    trainer.fit()
    assert exported == [(trainer.ema.module, trainer.folder)]
    settings = json.loads((trainer.folder / "train_config.json").read_text())
    assert (settings["stage"], settings["steps"], settings["clips"]["sizes"]) == ("image", 2, [[64, 64]])


@pytest.mark.parametrize("broken", ["frames", "weights"])
def test_a_nan_stops_the_run_names_step_and_files_and_keeps_the_last_good_checkpoint(
    make_trainer: MakeTrainer, broken: str
) -> None:
    class Break(Recorder):
        """After step 3, one weight is no number any more."""

        def step(self, trainer: Trainer, record: Record) -> None:
            if trainer.step == 3:
                trainer.save()
                if broken == "weights":
                    trainer.model.semantic.predict.bias.data.fill_(float("nan"))

    last = Break()
    trainer = make_trainer(steps=6, callbacks=[last])
    if broken == "frames":
        trainer.dataset = Damaged(trainer.dataset, 3)
    with pytest.raises(TrainingError, match="not a number at step 3") as error:
        trainer.fit()
    assert "\n" not in str(error.value)
    assert all(name in str(error.value) for name in trainer.dataset[3].names)
    assert last.calls[-1] == "stop 4"  # the step was taken, and found out right after
    state = torch.load(trainer.folder / "checkpoint.pt", weights_only=True)
    assert state["step"] == 3
    assert all(x.isfinite().all() for part in ("model", "ema") for x in state[part].values())


def test_a_nan_between_two_looks_is_found_at_the_next_and_nothing_is_saved_before(make_trainer: MakeTrainer) -> None:
    last = Recorder()
    trainer = make_trainer(steps=9, log_every=3, checkpoint_minutes=0, callbacks=[last])
    trainer.dataset = Damaged(trainer.dataset, 3)
    with pytest.raises(TrainingError, match="not a number at step 3 ") as error:
        trainer.fit()
    assert all(name in str(error.value) for name in trainer.dataset[3].names)
    assert last.calls == ["start 0", "step 3", "stop 6"]
    state = torch.load(trainer.folder / "checkpoint.pt", weights_only=True)
    assert state["step"] == 3
    assert all(x.isfinite().all() for part in ("model", "ema") for x in state[part].values())


def test_precision_is_bf16_only_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for has, name in ((True, "bf16"), (False, "no")):
        monkeypatch.setattr(trainer_module, "cpu_has_bf16", lambda has=has: has)
        assert trainer_module.precision(cpu=True) == name
        assert trainer_module.precision(cpu=False) == "bf16"


def test_checkpoints_are_also_written_on_the_way(make_trainer: MakeTrainer) -> None:
    saved: list[int] = []
    trainer = make_trainer(
        steps=3,
        checkpoint_minutes=0,
        export=lambda model, folder: saved.append(torch.load(folder / "checkpoint.pt")["step"]),
    )
    trainer.fit()
    assert saved == [1, 2, 3, 3]


@pytest.mark.slow
def test_batches_composed_by_a_worker_are_the_same(make_trainer: MakeTrainer) -> None:
    # spawned, as on macOS and Windows: everything a worker needs must travel there
    method = multiprocessing.get_start_method()
    multiprocessing.set_start_method("spawn", force=True)
    try:
        batches: list[Clip] = list(make_trainer(steps=2, workers=1)._batches())
    finally:
        multiprocessing.set_start_method(method, force=True)
    here: list[Tensor] = [x for batch in make_trainer(steps=2)._batches() for x in batch[:-1]]
    there = [x for batch in batches for x in batch[:-1]]
    assert len(there) == 10
    assert all(torch.equal(a, b) for a, b in zip(here, there, strict=True))


def test_with_echo_every_batch_is_used_twice_and_an_odd_end_is_kept(make_trainer: MakeTrainer) -> None:
    plain = list(make_trainer(steps=3)._batches())
    used: list[Clip] = []
    trainer = make_trainer(steps=5, echo=True)
    step = trainer._step

    def spy(batch: Clip) -> dict[str, Tensor]:
        used.append(batch)
        return step(batch)

    trainer._step = spy  # type: ignore[method-assign]
    trainer.fit()
    assert trainer.step == 5
    assert [clip.names for clip in used] == [plain[i].names for i in (0, 0, 1, 1, 2)]
    assert all(torch.equal(used[2 * i].frames, plain[i].frames) for i in range(3))
    assert all(torch.equal(used[2 * i + 1].alpha, plain[i].alpha.flip(-1)) for i in range(2))


def test_a_run_with_echo_that_stopped_between_two_uses_goes_on_with_the_second(make_trainer: MakeTrainer) -> None:
    first = make_trainer(steps=6, echo=True)
    whole = [clip.frames for clip in _counted(first)]
    stopped = make_trainer(steps=6, echo=True)
    stopped.step = 3
    rest = [clip.frames for clip in _counted(stopped)]
    assert len(whole) == 6
    assert len(rest) == 3
    assert all(torch.equal(a, b) for a, b in zip(whole[3:], rest, strict=True))


def _counted(trainer: Trainer) -> Iterator[Clip]:
    """A trainer's batches, with a step counted for each."""
    for batch in trainer._batches():
        trainer.step += 1
        yield batch

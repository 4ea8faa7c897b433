"""Interrupting, resuming and the checkpoint file itself."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from modnetv_kit.errors import TrainingError
from modnetv_kit.models import MODNet
from modnetv_kit.training import JsonLog, Trainer
from modnetv_kit.training.callbacks import Record
from modnetv_kit.training.config import Stage

MakeTrainer = Callable[..., Trainer]


class Interrupt:
    """Presses Ctrl-C after a step."""

    def __init__(self, after: int):
        self.after = after

    def start(self, trainer: Trainer) -> None: ...

    def step(self, trainer: Trainer, record: Record) -> None:
        if trainer.step == self.after:
            raise KeyboardInterrupt

    def stop(self, trainer: Trainer) -> None: ...


def tensors(value: object, path: str = "") -> dict[str, object]:
    """The leaves of nested dicts and lists, by their path."""
    if isinstance(value, dict | list | tuple):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {name: leaf for key, item in items for name, leaf in tensors(item, f"{path}/{key}").items()}
    return {path: value}


def differences(a: dict[str, object], b: dict[str, object]) -> list[str]:
    """Where two checkpoints are not bit-equal."""
    x, y = tensors(a), tensors(b)
    assert x.keys() == y.keys()
    return [k for k in x if not (torch.equal(x[k], y[k]) if isinstance(x[k], Tensor) else x[k] == y[k])]  # type: ignore[arg-type]


def checkpoint(folder: Path) -> dict[str, object]:
    return torch.load(folder / "checkpoint.pt", weights_only=True)


@pytest.mark.parametrize("stage", ["image", "video", "refine"])
def test_a_resumed_run_ends_bit_equal_to_one_never_interrupted(
    make_trainer: MakeTrainer, tmp_path: Path, stage: Stage
) -> None:
    settings = {"clips": {"batch_size": 1}} if stage == "refine" else {}
    make_trainer(stage, folder=tmp_path / "whole", callbacks=[JsonLog(tmp_path / "whole.jsonl")], **settings).fit()

    parts, log = tmp_path / "parts", JsonLog(tmp_path / "parts.jsonl")
    with pytest.raises(KeyboardInterrupt):
        make_trainer(stage, folder=parts, callbacks=[log, Interrupt(after=3)], **settings).fit()
    assert checkpoint(parts)["step"] == 3
    log.path.write_text(log.path.read_text() + '{"step": 4, "loss": 9}\n')  # as if killed a step after a checkpoint
    resumed = make_trainer(stage, folder=parts, callbacks=[log], weights_seed=5, **settings)  # other weights until...
    resumed.resume()
    assert resumed.step == 3
    resumed.fit()

    assert checkpoint(parts)["step"] == 6
    assert differences(checkpoint(parts), checkpoint(tmp_path / "whole")) == []
    assert differences({"weights": resumed.model.state_dict()}, {"weights": checkpoint(parts)["model"]}) == []
    whole, logged = (
        [json.loads(x) for x in (tmp_path / name).read_text().splitlines()] for name in ("whole.jsonl", "parts.jsonl")
    )
    assert [record.pop("images_per_s") > 0 for record in whole + logged] == [True] * 12
    assert logged == whole


def test_a_finished_run_resumed_does_nothing_more(make_trainer: MakeTrainer) -> None:
    make_trainer(steps=2).fit()
    done = checkpoint(make_trainer(steps=2).folder)
    again = make_trainer(steps=2, weights_seed=5)
    again.resume()
    again.fit()
    assert differences(checkpoint(again.folder), done) == []


def test_a_crash_while_writing_leaves_the_earlier_checkpoint_whole(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(steps=1)
    trainer.fit()
    before = (trainer.folder / "checkpoint.pt").read_bytes()

    def full_disk(state: object, path: Path) -> None:
        Path(path).write_bytes(b"half a checkp")
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full_disk)
        with pytest.raises(OSError, match="no space"):
            trainer.save()
    assert (trainer.folder / "checkpoint.pt").read_bytes() == before
    again = make_trainer(steps=1, weights_seed=5)
    again.resume()
    assert again.step == 1


def test_an_interrupted_save_leaves_nothing_to_resume(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(state: object, path: Path) -> None:
        Path(path).write_bytes(b"half a checkp")
        raise KeyboardInterrupt

    trainer = make_trainer(steps=1)
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            trainer.fit()
    assert list(trainer.folder.iterdir()) == []
    with pytest.raises(TrainingError, match="nothing to resume"):
        trainer.resume()


def test_resuming_without_a_checkpoint_is_an_error_of_one_line(make_trainer: MakeTrainer) -> None:
    with pytest.raises(TrainingError, match=r"nothing to resume: .*checkpoint.pt does not exist") as error:
        make_trainer().resume()
    assert "\n" not in str(error.value)


def test_a_checkpoint_of_another_stage_is_refused(make_trainer: MakeTrainer) -> None:
    make_trainer("image", steps=1).fit()
    with pytest.raises(TrainingError, match="is of stage 'image', not 'video'") as error:
        make_trainer("video", steps=1).resume()
    assert "\n" not in str(error.value)


def test_a_checkpoint_of_another_model_is_refused_and_names_the_difference(make_trainer: MakeTrainer) -> None:
    make_trainer("image", steps=1).fit()
    wider, deeper = MODNet(), MODNet()
    wider.semantic.predict = nn.Conv2d(64, 2, 1)
    deeper.extra = nn.Linear(1, 1)
    for model, message in ((wider, "semantic.predict.weight"), (deeper, "extra.weight")):
        with pytest.raises(TrainingError, match=f"is of another model: .*{message}") as error:
            make_trainer("image", steps=1, model=model).resume()
        assert "\n" not in str(error.value)


def test_a_damaged_checkpoint_is_one_line(make_trainer: MakeTrainer, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"torn")
    with pytest.raises(TrainingError, match="is damaged") as error:
        make_trainer(folder=tmp_path).resume()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [[1, 2], {"weights": 3}, {"stage": "image", "step": "one", "model": {}}], ids=str)
def test_a_foreign_checkpoint_is_one_line(make_trainer: MakeTrainer, tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "checkpoint.pt")
    with pytest.raises(TrainingError, match="not a checkpoint of this kit") as error:
        make_trainer(folder=tmp_path).resume()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("changed", [{"frozen_layers": 4}, {"frozen_parts": ("semantic",)}], ids=str)
def test_other_frozen_layers_on_resume_are_one_line(make_trainer: MakeTrainer, changed: dict[str, object]) -> None:
    make_trainer(steps=1).fit()
    with pytest.raises(TrainingError, match="other frozen layers or parts") as error:
        make_trainer(steps=2, **changed).resume()
    assert "\n" not in str(error.value)

"""Who gets the cores: a video's networks leave one, and PyTorch gets its threads back whatever happens."""

import threading

import pytest
import torch

from modnetv_kit.inference import cores
from modnetv_kit.inference.engines import choose
from modnetv_kit.models import MODNetV


@pytest.mark.parametrize(("usable", "for_networks"), [(1, 1), (2, 1), (8, 7)])
def test_networks_leave_one_core_to_all_else(monkeypatch: pytest.MonkeyPatch, usable: int, for_networks: int) -> None:
    monkeypatch.setattr(cores, "usable_cores", lambda: usable)
    assert cores.network_threads() == for_networks


def test_usable_cores_are_counted() -> None:
    assert cores.usable_cores() >= 1


def test_pytorch_works_in_one_thread_within_and_has_its_threads_back_after_the_last_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count = [4]
    monkeypatch.setattr(torch, "get_num_threads", lambda: count[0])
    monkeypatch.setattr(torch, "set_num_threads", lambda n: count.__setitem__(0, n))
    first, second = cores.one_torch_thread(), cores.one_torch_thread()
    first.__enter__()
    second.__enter__()
    assert count == [1]
    first.__exit__(None, None, None)
    assert count == [1]  # the second run goes on
    second.__exit__(None, None, None)
    assert count == [4]
    with pytest.raises(ValueError, match="broken"), cores.one_torch_thread():
        raise ValueError("broken")
    assert count == [4]


def test_threads_that_start_within_have_one() -> None:
    seen: list[int] = []

    def look() -> None:
        torch.rand(200_000).exp()  # a thread asks for its number at its first parallel work
        seen.append(torch.get_num_threads())

    with cores.one_torch_thread():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [1]


def test_an_engine_for_a_video_leaves_a_core_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, red_model: MODNetV
) -> None:
    asked: list[tuple[str, int | None]] = []
    monkeypatch.setattr(choose, "network_threads", lambda: 5)
    monkeypatch.setattr(choose, "fastest", lambda device: "openvino")
    monkeypatch.setattr(choose, "open_engine", lambda model, name, device, threads: asked.append((name, threads)))
    for name, threads in (("auto", None), ("onnxruntime", None), ("openvino", 2), ("openvino", 0), ("torch", None)):
        choose.open_engine_for_video(red_model, name, "cpu", threads)
    # PyTorch's threads are those of the whole process, and stay
    assert asked == [("openvino", 5), ("onnxruntime", 5), ("openvino", 2), ("openvino", 0), ("torch", None)]

"""Shares of the cores: a video's networks leave one, and PyTorch always gets its threads back."""

import threading

import cv2
import pytest
import torch

from modnetv_kit.engines import choose, cores
from modnetv_kit.models import MODNetV


@pytest.mark.parametrize(("usable", "for_networks"), [(1, 1), (2, 1), (8, 7)])
def test_networks_leave_one_core_to_all_else(monkeypatch: pytest.MonkeyPatch, usable: int, for_networks: int) -> None:
    monkeypatch.setattr(cores, "usable_cores", lambda: usable)
    assert cores.network_threads() == for_networks


def test_usable_cores_are_counted() -> None:
    assert cores.usable_cores() >= 1


def test_pytorch_and_opencv_hold_back_within_and_have_their_threads_back_after_the_last_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count = {"torch": 4, "opencv": 4}
    monkeypatch.setattr(cores, "network_threads", lambda: 3)
    monkeypatch.setattr(torch, "get_num_threads", lambda: count["torch"])
    monkeypatch.setattr(torch, "set_num_threads", lambda n: count.update(torch=n))
    monkeypatch.setattr(cv2, "getNumThreads", lambda: count["opencv"])
    monkeypatch.setattr(cv2, "setNumThreads", lambda n: count.update(opencv=n))
    first, second = cores.cores_shared(), cores.cores_shared()
    first.__enter__()
    second.__enter__()
    assert count == {"torch": 1, "opencv": 3}
    first.__exit__(None, None, None)
    assert count == {"torch": 1, "opencv": 3}  # the second run goes on
    second.__exit__(None, None, None)
    assert count == {"torch": 4, "opencv": 4}
    with pytest.raises(ValueError, match="broken"), cores.cores_shared():
        raise ValueError("broken")
    assert count == {"torch": 4, "opencv": 4}


def test_opencv_never_gets_more_threads_than_it_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "network_threads", lambda: 7)
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        with cores.cores_shared():
            assert cv2.getNumThreads() == 1
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)


def test_threads_that_start_within_have_one() -> None:
    seen: list[int] = []

    def look() -> None:
        torch.rand(200_000).exp()  # a thread asks for its number at its first parallel work
        seen.append(torch.get_num_threads())

    with cores.cores_shared():
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

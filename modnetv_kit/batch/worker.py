"""A worker process: `python -m modnetv_kit.batch.worker`, started and controlled by `LocalWorkers`."""

import os
import pickle
import queue
import sys
import threading
from dataclasses import replace
from typing import BinaryIO


def main() -> None:
    """Load the networks, then run one task after another until the parent process ends."""
    inbox, outbox = _take_over_pipes()
    tasks: queue.SimpleQueue[object] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(inbox, tasks), daemon=True).start()

    def send(message: object) -> None:
        pickle.dump(message, outbox)
        outbox.flush()

    from ..errors import MattingError
    from .local import Greeting
    from .tasks import Networks
    from .workers import Failed, attempt

    greeting = tasks.get()
    assert isinstance(greeting, Greeting)
    setup = replace(greeting.setup, device=device_of_worker(greeting.setup.device, greeting.rank))
    _limit_opencv(setup.threads)
    try:
        networks = Networks.load(setup)
    except MattingError as error:
        send(("ended", Failed(str(error))))
        return
    send("ready")
    while True:
        task = tasks.get()
        outcome = attempt(task, networks, lambda done, total: send(("progress", done, total)))  # type: ignore[arg-type]
        send(("ended", outcome))


def device_of_worker(device: str, rank: int) -> str:
    """The device of worker number `rank`; "auto" distributes workers over this machine's GPUs."""
    import torch

    gpus = torch.cuda.device_count()
    return f"cuda:{rank % gpus}" if device == "auto" and gpus > 1 else device


def _limit_opencv(threads: int | None) -> None:
    import cv2

    if threads is not None:
        cv2.setNumThreads(threads)


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Reserve stdin and stdout for messages; printed output goes to stderr."""
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return inbox, outbox


def _receive(inbox: BinaryIO, tasks: "queue.SimpleQueue[object]") -> None:
    """Put messages into the queue. When the pipe closes, the parent process has ended: exit at once."""
    while True:
        try:
            tasks.put(pickle.load(inbox))
        except (EOFError, pickle.UnpicklingError):
            os._exit(1)


if __name__ == "__main__":
    main()

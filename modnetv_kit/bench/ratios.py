"""The engines against each other: the same frame, the same threads, in alternation."""

from dataclasses import dataclass

import torch

from ..engines import open_engine
from ..models import MODNetV
from .drawn_clip import DrawnClip
from .isolated import run_isolated
from .timing import RUNS, Timing, time_turns


@dataclass(frozen=True)
class EngineRatio:
    """The frame step in an engine and in the reference.

    Attributes:
        engine, reference: their names.
        timing, reference_timing: of a frame.
        ratio: `timing / reference_timing` of each turn.
    """

    engine: str
    reference: str
    timing: Timing
    reference_timing: Timing
    ratio: Timing


def measure_ratio(
    model: MODNetV,
    engine: str,
    reference: str,
    device: torch.device,
    threads: int | None,
    size: tuple[int, int] = (512, 288),
    runs: int = RUNS,
) -> EngineRatio:
    """Compare two engines in one process.

    Args:
        model: the weights.
        engine, reference: names, as for `open_engine`.
        device: to run on.
        threads: of the CPU, for both; None lets each engine choose.
        size: (width, height) of the frame, at most 512 on the long side.
        runs: number of turns.

    Raises:
        InputError: an engine is not installed, or cannot run on the device.
    """
    return run_isolated(_measure, model.cpu(), engine, reference, str(device), threads, size, runs)


@torch.inference_mode()
def _measure(
    model: MODNetV, name: str, reference: str, device: str, threads: int | None, size: tuple[int, int], runs: int
) -> EngineRatio:
    first, second = (open_engine(model, each, device, threads=threads) for each in (name, reference))
    image = DrawnClip(*size).frame(0)
    frame = torch.from_numpy(image).permute(2, 0, 1)[None].to(first.device).float() / 255
    state = second.step(frame, model.empty_state(frame))[1]
    turns = time_turns(lambda: first.step(frame, state), lambda: second.step(frame, state), runs)
    return EngineRatio(name, reference, *turns)

"""What one frame costs the networks: by engine and by size of the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from ..engines import Engine, open_engine
from ..errors import DeviceError
from ..models import MODNetV
from .drawn_clip import DrawnClip
from .isolated import run_isolated
from .machine import matrix_rate, peak_memory, synchronise
from .timing import RUNS, Timing, time_calls

SIZES = ((512, 288), (1280, 720), (1920, 1080), (3840, 2160))


@dataclass(frozen=True)
class StepCost:
    """The cost of one frame in one engine at one size: shrinking, S, D, F, B, the flaw map and P.

    Attributes:
        engine: its name.
        width, height: of the frame, in pixels.
        timing: of the frame.
        refined: share of the patches that P refined, in [0, 1].
        multiply_adds: of the frame, counted.
        peak_rate: flops a second of a large matrix product in the precision of this engine.
        memory: peak of the process up to then, in bytes; None where unknown.
    """

    engine: str
    width: int
    height: int
    timing: Timing
    refined: float
    multiply_adds: int
    peak_rate: float
    memory: int | None

    @property
    def rate(self) -> float:
        """Flops a second; a multiply-add is two."""
        return 2 * self.multiply_adds / self.timing.median

    @property
    def share(self) -> float:
        """The share of the machine's peak rate."""
        return self.rate / self.peak_rate


def measure_steps(
    model: MODNetV,
    engine: str,
    device: torch.device,
    threads: int | None,
    sizes: Sequence[tuple[int, int]] = SIZES,
    runs: int = RUNS,
) -> list[StepCost]:
    """Measure one engine in a process of its own, small frames first.

    Args:
        model: the weights.
        engine: its name, as for `open_engine`.
        device: to run on.
        threads: of the CPU; None lets the engine choose.
        sizes: (width, height) of the frames.
        runs: timed frames at each size.

    Raises:
        InputError: the engine is not installed, or cannot run on the device.
        DeviceError: too little memory.
    """
    return run_isolated(_measure, model.cpu(), engine, str(device), threads, sorted(sizes), runs)


def _measure(
    model: MODNetV, name: str, device: str, threads: int | None, sizes: Sequence[tuple[int, int]], runs: int
) -> list[StepCost]:
    engine = open_engine(model, name, device, threads=threads)
    half = torch.bfloat16 if name.endswith("bf16") else torch.float16 if engine.device.type == "cuda" else torch.float32
    peak = matrix_rate(engine.device, half, threads)
    return [_measure_size(engine, width, height, runs, peak) for width, height in sizes]


@torch.inference_mode()
def _measure_size(engine: Engine, width: int, height: int, runs: int, peak: float) -> StepCost:
    model, device = engine.model, engine.device
    frame = torch.from_numpy(DrawnClip(width, height).frame(0)).permute(2, 0, 1)[None].to(device)
    output, state = model.matte(frame, step=engine.step, patch_net=engine.patches)

    def matte() -> None:
        model.matte(frame, state, step=engine.step, patch_net=engine.patches)
        synchronise(device)

    try:
        timing = time_calls(matte, runs)
    except torch.OutOfMemoryError:
        raise DeviceError(f"{device} has too little memory for frames of {width}x{height}") from None
    counter = FlopCounterMode(display=False)  # counted in PyTorch; other runtimes compute the same
    with counter:
        model.matte(frame, state)
    refined, flops = float(output.refined.float().mean()), counter.get_total_flops()
    return StepCost(engine.name, width, height, timing, refined, flops // 2, peak, peak_memory(device))

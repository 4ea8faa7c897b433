"""One video, one session: frames go in one after the other, mattes come out."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..engines import Engine, open_engine
from ..errors import DeviceError, InputError
from ..models import BackgroundState, MattingOutput, MODNetV
from ..models.modnetv import MIN_SIDE
from .clean_plate import CleanPlate, fill_holes, update_clean_plate
from .foreground import estimate_foreground
from .scenecut import Glance, glance, is_scene_cut

Reset = Literal["start", "frame size", "scene cut"]


@dataclass(frozen=True)
class FrameResult:
    """What the session knows after a frame of H x W pixels. What costs time is computed when first asked for.

    Attributes:
        alpha: float32, (H, W) in [0, 1].
        flaw_map: float32, (k, k) in [0, 1], how likely each patch of the coarse alpha is wrong.
        refined: bool, (k, k), the patches that were refined.
        reset: why the state was emptied before this frame ("start", "frame size", "scene cut"), or None.
    """

    alpha: np.ndarray
    flaw_map: np.ndarray
    refined: np.ndarray
    reset: Reset | None
    _frame: np.ndarray = field(repr=False)
    _plate: CleanPlate = field(repr=False)

    @cached_property
    def foreground(self) -> np.ndarray:
        """The person's own colours, without the old background, uint8 (H, W, 3)."""
        return estimate_foreground(self._frame, self.alpha, self._plate)

    @cached_property
    def background(self) -> np.ndarray:
        """The background restored so far, uint8 (H, W, 3); where it was never seen, filled from around it."""
        return fill_holes(self._plate.image, self._plate.mask)

    @cached_property
    def background_mask(self) -> np.ndarray:
        """Where the background was truly seen, bool (H, W)."""
        return self._plate.mask


@dataclass(frozen=True)
class NetworkOutput:
    """What the networks say of a frame of H x W pixels; `MattingSession.restore` makes a `FrameResult` of it.

    Attributes:
        frame: RGB, uint8 (H, W, 3).
        alpha, flaw_map, refined, reset: as in `FrameResult`.
        s_p: float32, (h, w) in [0, 1].
    """

    frame: np.ndarray = field(repr=False)
    alpha: np.ndarray
    s_p: np.ndarray
    flaw_map: np.ndarray
    refined: np.ndarray
    reset: Reset | None


class MattingSession:
    """Mattes the frames of one video, in order.

    The session owns the state: the model holds none, so any number of sessions may share one model. It starts anew
    by itself when the frame size changes or the scene cuts, and says so in the result.

    Args:
        model: the network, in eval mode; it is moved to the device.
        device: "auto" (CUDA, else Apple's MPS, else the CPU) or a torch device.
        engine: what computes the networks, by a name of `open_engine`, or one that is open already and has a device
            of its own. "torch" starts at once; "auto" is faster over many frames.

    Raises:
        InputError, DeviceError: no such engine or device.
    """

    def __init__(self, model: MODNetV, device: str | torch.device = "auto", engine: str | Engine = "torch"):
        self.engine = open_engine(model, engine, device) if isinstance(engine, str) else engine
        self.device = self.engine.device
        self.model: MODNetV = model.to(self.device).eval()
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._state: BackgroundState | None = None
        self._plate: CleanPlate | None = None
        self._last: Glance | None = None
        self._size: tuple[int, ...] | None = None

    def reset(self) -> None:
        """Forget everything; the next frame is a first frame."""
        self._state = self._plate = self._last = self._size = None

    def step(self, frame: np.ndarray) -> FrameResult:
        """Matte the next frame.

        Args:
            frame: RGB, uint8 (H, W, 3), H and W from 32 up. The result refers to it: leave it as it is for as long
                as the result's colours are wanted.

        Raises:
            InputError: an array of another type or shape.
            DeviceError: the device has too little memory for frames of this size.
        """
        return self.restore(self.predict(frame))

    def observe(
        self, frame: np.ndarray, with_detail: bool = True
    ) -> tuple[FrameResult, MattingOutput, BackgroundState]:
        """`step`, and with its result all that the network said of the frame, and the state after it.

        Args:
            frame: as for `step`.
            with_detail: also return `d_p`, `bg_p`, `e_4x` and `p`; the model then computes everything, whatever the
                engine.
        """
        prediction, output, state = self._run(frame, with_detail)
        return self.restore(prediction), output, state

    def predict(self, frame: np.ndarray) -> NetworkOutput:
        """The first half of `step`, the networks, with its arguments and errors."""
        return self._run(frame, with_detail=False)[0]

    def restore(self, prediction: NetworkOutput) -> FrameResult:
        """The second half of `step`: brings the restored background up to date.

        Predictions come in order, each once. It may run in another thread than `predict`, which goes on meanwhile.
        """
        before = None if prediction.reset else self._plate
        rules = self.model.background
        self._plate = update_clean_plate(
            before or CleanPlate.empty(prediction.frame),
            prediction.frame,
            prediction.alpha,
            prediction.s_p,
            rules.theta,
            rules.update_rule,
        )
        return FrameResult(
            prediction.alpha,
            prediction.flaw_map,
            prediction.refined,
            prediction.reset,
            prediction.frame,
            self._plate,
        )

    def _run(self, frame: np.ndarray, with_detail: bool) -> tuple[NetworkOutput, MattingOutput, BackgroundState]:
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            raise InputError(f"a frame is RGB, uint8 of shape (H, W, 3), not {frame.dtype} of shape {frame.shape}")
        if min(frame.shape[:2]) < MIN_SIDE:
            raise InputError(f"frames must be at least {MIN_SIDE} pixels on each side, not {frame.shape[1::-1]}")
        reset = self._look(frame)
        try:
            with torch.inference_mode():
                picture = torch.from_numpy(frame).to(self.device).permute(2, 0, 1)[None]
                output, state = self.model.matte(
                    picture,
                    self._state,
                    with_detail=with_detail,
                    with_picture=with_detail,
                    step=None if with_detail else self.engine.step,
                    patch_net=None if with_detail else self.engine.patches,
                )
                self._state = state
        except torch.OutOfMemoryError:
            self.reset()
            raise DeviceError(
                f"{self.device} has too little memory for frames of {frame.shape[1]}x{frame.shape[0]}; "
                "use device='cpu' or smaller frames"
            ) from None
        alpha, s_p = (x[0, 0].float().cpu().numpy() for x in (output.alpha, output.semantic))
        flaw, refined = (x[0, 0].cpu().numpy() for x in (output.flaw, output.refined))
        return NetworkOutput(frame, alpha, s_p, flaw, refined, reset), output, state

    def _look(self, frame: np.ndarray) -> Reset | None:
        """Empty the state where this frame does not continue the one before, and say why."""
        now = glance(frame)
        reset: Reset | None = None
        if self._last is None:
            reset = "start"
        elif self._size != frame.shape:
            reset = "frame size"
        elif is_scene_cut(self._last, now):
            reset = "scene cut"
        if reset:
            self._state = None  # the plate is emptied in its turn
        self._last, self._size = now, frame.shape
        return reset


def to_image(x: Tensor) -> np.ndarray:
    """(1, 3, H, W) in [0, 1] -> uint8 (H, W, 3)."""
    return (x[0].permute(1, 2, 0) * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()

"""One video, one session: frames go in one after the other, mattes come out."""

import numpy as np
import torch
from torch import Tensor

from ..engines import Engine
from ..models import BackgroundState, MattingOutput, MODNetV
from .group import GroupSession
from .prompt import Prompt
from .results import FrameResult, NetworkOutput


class MattingSession:
    """Mattes the frames of one video, in order.

    The session owns the state: the model holds none, so any number of sessions may share one model. It starts anew
    by itself when the frame size changes or the scene cuts, and says so in the result. Prompts are forgotten then: who
    was meant must be said again.

    Args:
        model: the network, in eval mode; it is moved to the device.
        device: "auto" (CUDA, else Apple's MPS, else the CPU) or a torch device.
        engine: what computes the networks, by a name of `open_engine`, or one that is open already and has a device
            of its own. "torch" starts at once; "auto" is faster over many frames.
        plate: a photo of the empty place, RGB, uint8 (h, w, 3) of any size; see `align_plate`. The background is known
            from it at the first frame, and where the session starts anew in the same place.

    Raises:
        InputError, DeviceError: no such engine or device; a plate that is no picture.
    """

    def __init__(
        self,
        model: MODNetV,
        device: str | torch.device = "auto",
        engine: str | Engine = "torch",
        plate: np.ndarray | None = None,
    ):
        self._group = GroupSession(model, 1, device, engine, plate)
        self.engine, self.device, self.model = self._group.engine, self._group.device, self._group.model

    def reset(self) -> None:
        """Forget everything but the plate that was given; the next frame is a first frame."""
        self._group.reset()

    def step(self, frame: np.ndarray, prompt: Prompt | None = None) -> FrameResult:
        """Matte the next frame.

        Args:
            frame: RGB, uint8 (H, W, 3), H and W from 32 up. The result refers to it: leave it as it is for as long
                as the result's colours are wanted.
            prompt: who is meant in this frame. From then on that person is followed, and all else is background. Later
                prompts correct what is kept by then; without any, every person is cut out.

        Raises:
            InputError: an array of another type or shape; a prompt that does not fit the frame; at the first frame, a
                plate of another place.
            DeviceError: the device has too little memory for frames of this size.
        """
        return self.restore(self.predict(frame, prompt))

    def observe(
        self, frame: np.ndarray, with_detail: bool = True, prompt: Prompt | None = None
    ) -> tuple[FrameResult, MattingOutput, BackgroundState]:
        """`step`, and with its result all that the network said of the frame, and the state after it.

        Args:
            frame: as for `step`.
            prompt: as for `step`.
            with_detail: also return `d_p`, `bg_p`, `e_4x` and `p`; the model then computes everything, whatever the
                engine.
        """
        predictions, output, state = self._group.run(frame, [prompt], with_detail)
        return self.restore(predictions[0]), output, state

    def predict(self, frame: np.ndarray, prompt: Prompt | None = None) -> NetworkOutput:
        """The first half of `step`, the networks, with its arguments and errors."""
        return self._group.predict(frame, [prompt])[0]

    def restore(self, prediction: NetworkOutput) -> FrameResult:
        """The second half of `step`: brings the restored background up to date.

        Predictions come in order, each once. It may run in another thread than `predict`, which goes on meanwhile.
        """
        return self._group.restore([prediction])[0]


def to_image(x: Tensor) -> np.ndarray:
    """(1, 3, H, W) in [0, 1] -> uint8 (H, W, 3)."""
    return (x[0].permute(1, 2, 0) * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()

"""A session mattes the frames of one video in order."""

import numpy as np
import torch
from torch import Tensor

from ..engines import Engine
from ..models import BackgroundState, MattingOutput, MODNetV
from .group import GroupSession
from .prompt import Prompt
from .results import FrameResult, NetworkOutput


class MattingSession:
    """Matte the frames of one video, in order.

    The session owns the state. The model has none, so any number of sessions may share one model. A session resets
    itself when the frame size changes or the scene cuts, and reports that in the result. A reset also discards prompts,
    which must then be given again.

    Args:
        model: the network, in eval mode; it is moved to the device.
        device: "auto" (CUDA, else Apple's MPS, else the CPU) or a torch device.
        engine: a name for `open_engine`, or an open engine, which has its own device. "torch" starts at once; "auto" is
            faster over many frames.
        plate: a photo of the empty scene, RGB, uint8 (h, w, 3) of any size; see `align_plate`. It initialises the
            memory at the first frame, and after a reset in the same place.

    Raises:
        InputError: no such engine, or a plate that is not a picture.
        DeviceError: no such device.
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
        """Empty the state, except for the given plate; the next frame counts as the first."""
        self._group.reset()

    def step(self, frame: np.ndarray, prompt: Prompt | None = None) -> FrameResult:
        """Matte the next frame.

        Args:
            frame: RGB, uint8 (H, W, 3), H and W from 32 up. The result refers to it, so do not change it while the
                colours of the result are in use.
            prompt: the person to cut out. From this frame on the session follows them, and everything else is
                background. Later prompts correct the matte. Without prompts every person is cut out.

        Raises:
            InputError: an array of another type or shape, a prompt that does not fit the frame or, at the first frame,
                a plate of another place.
            DeviceError: the device has too little memory for frames of this size.
        """
        return self.restore(self.predict(frame, prompt))

    def observe(
        self, frame: np.ndarray, with_detail: bool = True, prompt: Prompt | None = None
    ) -> tuple[FrameResult, MattingOutput, BackgroundState]:
        """`step`, which also returns the output of the network and the state after the frame.

        Args:
            frame: as for `step`.
            prompt: as for `step`.
            with_detail: also return `d_p`, `bg_p`, `e_4x` and `p`; PyTorch then computes everything, with any engine.
        """
        predictions, outputs, states = self._group.run(frame, [prompt], with_detail)
        return self.restore(predictions[0]), outputs[0], states[0]

    def predict(self, frame: np.ndarray, prompt: Prompt | None = None) -> NetworkOutput:
        """The first half of `step`, the networks, with the same arguments and errors."""
        return self._group.predict(frame, [prompt])[0]

    def restore(self, prediction: NetworkOutput) -> FrameResult:
        """The second half of `step`, which updates the restored background.

        Pass every prediction once, in order. This may run in another thread than `predict`, which continues meanwhile.
        """
        return self._group.restore([prediction])[0]


def to_image(x: Tensor) -> np.ndarray:
    """(1, 3, H, W) in [0, 1] -> uint8 (H, W, 3).

    Examples:
        >>> to_image(torch.tensor([0.0, 0.5, 1.0]).reshape(1, 3, 1, 1)).tolist()
        [[[0, 128, 255]]]
    """
    return (x[0].permute(1, 2, 0) * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()

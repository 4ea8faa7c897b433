"""The weights under test as they ship: through a `MattingSession` and an engine."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import torch

from ..devices import choose_device
from ..engines import Engine, choose, open_engine
from ..inference import MattingSession
from .baselines import Neighbours, OneFrameDelay
from .clip_files import ClipFiles
from .facts import Facts
from .network import VideoNetwork, refinement_of, to_numpy
from .prediction import Method, Prediction, RestoredPlate
from .prompted import CorrectedNetwork, PromptedNetwork

IN_SESSIONS = ("off", "paper", "accumulate", "refresh")  # what a session can do; the others reach into the state


class SessionNetwork:
    """A `VideoNetwork` in sessions: frames of bytes, scene cuts and jumps of brightness, and an engine's arithmetic.

    "off" resets the session before every frame.

    Args:
        network: with one of the memories in `IN_SESSIONS`.
        engine: a name for `open_engine`, except "auto".
    """

    def __init__(self, network: VideoNetwork, engine: str):
        self.name, self.memory, self.model = network.name, network.memory, network.model
        self.network, self.engine = network, engine
        self.identity = f"{network.identity} session {engine}"

    @cached_property
    def _opened(self) -> Engine:
        # converts the weights on first use, so results that are already stored cost nothing
        return open_engine(self.model, self.engine, next(self.model.parameters()).device)

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame.

        Raises:
            DataError: a damaged frame.
            DeviceError: too little memory.
        """
        session = MattingSession(self.model, engine=self._opened)
        for frame in clip.read_frames():
            if self.memory == "off":
                session.reset()
            result, output, state = session.observe(frame, with_detail=False)
            restored = None
            if self.memory != "off":
                with torch.inference_mode():
                    picture = self.model.background.picture(state)
                restored = RestoredPlate(to_numpy(picture), to_numpy(state.bgM) > 0)
            foreground = result.foreground.astype(np.float32) / 255 if clip.foregrounds else None
            yield Prediction(result.alpha, foreground, restored, refinement_of(output))

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return self.network.facts()


def as_shipped(method: Method, engine: str) -> Method:
    """The same method with the weights under test in sessions with an engine.

    Args:
        method: any. Other people's models, and "plate" and "poisoned", which reach into the state, stay as they are.
        engine: a name for `open_engine`, except "auto".

    Examples:
        >>> from modnetv_kit.models import MODNetV
        >>> network = VideoNetwork(MODNetV(), "refresh")
        >>> type(as_shipped(network, "torch")).__name__
        'SessionNetwork'
        >>> truth = VideoNetwork(MODNetV(), "plate")
        >>> as_shipped(truth, "torch") is truth  # it reaches into the state
        True
    """
    if isinstance(method, VideoNetwork) and method.memory in IN_SESSIONS:
        return SessionNetwork(method, engine)
    if isinstance(method, PromptedNetwork):
        return PromptedNetwork(method.model, method.said, engine)
    if isinstance(method, CorrectedNetwork):
        return CorrectedNetwork(method.model, method.clicks, engine)
    if isinstance(method, OneFrameDelay | Neighbours):
        return type(method)(as_shipped(method.method, engine))
    return method


def shipped_engine(device: torch.device) -> str:
    """The name of the engine that "auto" means on a device.

    Examples:
        >>> shipped_engine(torch.device("cpu")) == choose.fastest(torch.device("cpu"))
        True
    """
    return choose.fastest(choose_device(device))

"""The weights under test with a prompt."""

import copy
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from ..engines import Engine, open_engine
from ..errors import DataError
from ..inference import MattingSession, Prompt
from ..model_files import model_hash
from ..models import MODNetV
from .clip_files import ClipFiles
from .cost import network_facts
from .facts import FIRST_TRIMAP, Facts
from .first_prompts import FIRST_PROMPTS, click, correction
from .prediction import Prediction

# {what is said: (family, what the method is told)}
SAID = {
    "click": ("interactive", "click in the first frame"),
    "box": ("interactive", "box in the first frame"),
    "mask": ("interactive", "true mask of the first frame"),
    "trimap": ("propagated trimap", FIRST_TRIMAP),
    "photo": ("background-based", "true plate of the first frame"),
}


class PromptedNetwork:
    """A MODNetV with its own update rule, in a session with a prompt for the first frame.

    Args:
        model: is copied.
        said: "click", "box", "mask" or "trimap" for the clip's targets; or "photo", the true background of the first
            frame, given once as the session's plate.
        engine: the session's, see `open_engine`.
    """

    def __init__(self, model: MODNetV, said: str, engine: str = "torch"):
        self.name = said
        self.said = said
        self.model = copy.deepcopy(model).eval()
        self.engine = engine
        self.identity = _identity(said, self.model, engine)

    @cached_property
    def _opened(self) -> Engine:
        return open_engine(self.model, self.engine, next(self.model.parameters()).device)

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """A prediction for every frame.

        Raises:
            DataError: a damaged file, or an empty first frame; with "photo", no background/ for it.
            InputError: the background cannot be aligned.
            DeviceError: too little memory.
        """
        if self.said != "photo":
            prompt = FIRST_PROMPTS[self.said](clip)
            yield from map(Prediction, _mattes(self.model, clip, {0: prompt}, self._opened))
        elif 0 in clip.plates:
            yield from map(Prediction, _mattes(self.model, clip, {}, self._opened, clip.read_plate(0)))
        else:
            raise DataError("it has no background/ or bgr/ for its first frame, which the method `photo` needs")

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return network_facts(self.model, *SAID[self.said])


class CorrectedNetwork:
    """A MODNetV with corrective clicks.

    The first click comes from the method `click`. Each further click is the `correction` of the last run, and the clip
    is matted again from the start.

    Args:
        model: is copied.
        clicks: number of clicks, from 1 up.
        engine: the session's, see `open_engine`.
    """

    def __init__(self, model: MODNetV, clicks: int, engine: str = "torch"):
        self.name = f"click:{clicks}"
        self.clicks = clicks
        self.model = copy.deepcopy(model).eval()
        self.engine = engine
        self.identity = _identity(self.name, self.model, engine)

    @cached_property
    def _opened(self) -> Engine:
        return open_engine(self.model, self.engine, next(self.model.parameters()).device)

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame in the last run; raises the errors of `PromptedNetwork.matte`."""
        *_, alphas = click_by_click(self.model, clip, self.clicks, self._opened)
        yield from map(Prediction, alphas)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return network_facts(self.model, "interactive", "click" if self.clicks == 1 else f"{self.clicks} clicks")


def click_by_click(
    model: MODNetV, clip: ClipFiles, clicks: int, engine: str | Engine = "torch"
) -> Iterator[list[np.ndarray]]:
    """Mattes of the whole clip after one click, two, and so on; see `CorrectedNetwork`.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from modnetv_kit.evaluation import list_clips, open_clip
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "frames", "0.png"), Path(folder, "alpha", "0.png")):
        ...         path.parent.mkdir()
        ...         Image.new("L", (32, 32), 255).save(path)
        ...     clip = open_clip(list_clips(Path(folder))[0])
        ...     [alphas[0].shape for alphas in click_by_click(MODNetV().eval(), clip, clicks=2)]
        [(32, 32), (32, 32)]
    """
    said = {0: click(clip)}
    truths = [clip.read_alpha(index) for index in range(len(clip))]
    alphas: list[np.ndarray] = []
    for _ in range(clicks):
        found = correction(alphas, truths) if alphas else None
        if found:
            frame, point = found
            before = said[frame].points if frame in said else ()
            said[frame] = Prompt([*before, point])
        if found or not alphas:  # a correct matte needs no click
            alphas = list(_mattes(model, clip, said, engine))
        yield alphas


def _mattes(
    model: MODNetV,
    clip: ClipFiles,
    said: dict[int, Prompt],
    engine: str | Engine,
    plate: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    session = MattingSession(model, next(model.parameters()).device, engine, plate)
    for index, frame in enumerate(clip.read_frames()):
        yield session.predict(frame, said.get(index)).alpha


def _identity(name: str, model: MODNetV, engine: str) -> str:
    b = model.background
    return f"{model_hash(model, (name, b.update_rule, b.theta, b.rho, model.coarse_size, model.xi))} session {engine}"

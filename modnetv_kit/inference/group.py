"""Sessions for several people of one video, each matted separately."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..engines import Engine, open_engine
from ..errors import DeviceError, InputError
from ..models import BackgroundState, MattingOutput, MODNetV
from ..models.modnetv import MIN_SIDE
from .brightness import Exposure, follow
from .clean_plate import CleanPlate, update_clean_plate
from .given_plate import align_plate, check_plate, known_background
from .prompt import Prompt
from .results import FrameResult, NetworkOutput, Reset
from .scenecut import glance
from .strangers import strangers, without
from .whole_people import only_clicks, with_whole_people

Prompts = Sequence[Prompt | None]


class GroupSession:
    """Matte the frames of one video, in order, once for each of several people.

    Each person has a state in which the others are background; the networks process them as a batch. Alphas are divided
    by their sum where it exceeds 1. A person without a prompt, at first or since a scene cut, has alpha 0. In all other
    respects this is a `MattingSession`, which is a group of one.

    Args:
        model: as for `MattingSession`, like the next three.
        device: where it runs.
        engine: what computes the networks.
        plate: a clean plate.
        people: their number.

    Raises:
        InputError, DeviceError: no such engine or device; fewer than one person; a plate that is no picture.
    """

    def __init__(
        self,
        model: MODNetV,
        people: int,
        device: str | torch.device = "auto",
        engine: str | Engine = "torch",
        plate: np.ndarray | None = None,
    ):
        if people < 1:
            raise InputError(f"a group has at least one person, not {people}")
        if plate is not None:
            check_plate(plate)
        self.people = people
        self.engine = open_engine(model, engine, device) if isinstance(engine, str) else engine
        self.device = self.engine.device
        self.model: MODNetV = model.to(self.device).eval()
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._given = plate
        self.reset()

    def reset(self) -> None:
        """Empty the states, except for the given plate; the next frame is a first frame."""
        self._state: BackgroundState | None = None
        self._plates: list[CleanPlate | None] = [None] * self.people
        self._strangers: list[np.ndarray | None] = [None] * self.people
        self._exposure = Exposure()
        self._size: tuple[int, ...] | None = None

    def step(self, frame: np.ndarray, prompts: Prompts | None = None) -> list[FrameResult]:
        """Matte the next frame and return a result for each person.

        Args:
            frame: as for `MattingSession.step`.
            prompts: one for each person; None for those without a new prompt.

        Raises:
            InputError, DeviceError: as `MattingSession.step`; or prompts for another number of people.
        """
        return self.restore(self.predict(frame, prompts))

    def predict(self, frame: np.ndarray, prompts: Prompts | None = None) -> list[NetworkOutput]:
        """The first half of `step`, the networks, with the same arguments and errors."""
        return self.run(frame, prompts)[0]

    def restore(self, predictions: Sequence[NetworkOutput]) -> list[FrameResult]:
        """The second half of `step`, which updates the restored backgrounds; see `MattingSession.restore`."""
        rules = self.model.background
        results = []
        for person, prediction in enumerate(predictions):
            frame, learned = prediction.frame, prediction.learned
            plate = prediction.known if prediction.reset else self._plates[person]
            plate = plate or CleanPlate.empty(frame)
            if learned:
                plate = update_clean_plate(plate, frame, prediction.alpha, rules.theta, rules.update_rule)
            else:
                plate = plate.distrusted()
            self._plates[person] = plate
            maps = prediction.alpha, prediction.flaw_map, prediction.refined
            results.append(FrameResult(*maps, prediction.reset, frame, plate, learned))
        return results

    def run(
        self, frame: np.ndarray, prompts: Prompts | None = None, with_detail: bool = False
    ) -> tuple[list[NetworkOutput], MattingOutput, BackgroundState]:
        """`predict`, which also returns the output of the network and the states, as batches of people."""
        prompts = self._checked(frame, prompts)
        reset, known, learned = self._look(frame)
        try:
            with torch.inference_mode():
                picture = torch.from_numpy(frame).to(self.device).permute(2, 0, 1)[None]
                told = self._told(frame, prompts)
                output, state = self.model.matte(
                    picture.expand(self.people, -1, -1, -1),
                    told if learned or told is None else without_memory(told),
                    with_detail=with_detail,
                    with_picture=with_detail,
                    step=None if with_detail else self.engine.step,
                    patch_net=None if with_detail else self.engine.patches,
                )
        except torch.OutOfMemoryError:
            self.reset()
            raise DeviceError(
                f"{self.device} has too little memory for frames of {frame.shape[1]}x{frame.shape[0]}; "
                "use device='cpu' or smaller frames"
            ) from None
        alpha = output.alpha[:, 0].float().cpu().numpy()
        flaw, refined = (x[:, 0].cpu().numpy() for x in (output.flaw, output.refined))
        if told is not None and told.prompt.any():
            alpha, state = self._followed(alpha, told, state, prompts)
        if not learned:
            # what was known is known again when the light is back
            state = without_memory(state) if told is None else told
        self._state = state
        if self.people > 1:
            named = state.prompt[:, 2].amax((1, 2)).cpu().numpy() > 0
            alpha = alpha * named[:, None, None]
            alpha /= np.maximum(alpha.sum(0), 1)
        maps = zip(alpha, flaw, refined, strict=True)
        return [NetworkOutput(frame, *each, reset, known, learned) for each in maps], output, state

    def _followed(
        self, alpha: np.ndarray, told: BackgroundState, state: BackgroundState, prompts: Sequence[Prompt | None]
    ) -> tuple[np.ndarray, BackgroundState]:
        """The mattes (N, H, W) of prompted people without strangers, and the states in which those are to be removed.

        The cells of a stranger are written into the memory as background before the next frame (R), and are not kept
        (K). Where strangers were is remembered while the network does not show them.
        """
        keep, remove = (told.prompt[:, i].float().cpu().numpy() for i in (0, 1))
        prompt = state.prompt.clone()
        followed = []
        for person, (matte, said) in enumerate(zip(alpha, prompts, strict=True)):
            before = self._strangers[person]
            if said is not None:  # after clicks R is other people; after a mask it is all that is not the person
                before = remove[person] > 0.5 if only_clicks(said) else None
            cells = strangers(matte, keep[person], before)
            followed.append(without(matte, cells))
            away = torch.from_numpy(cells).to(prompt)
            prompt[person, 0] *= 1 - away
            prompt[person, 1] = torch.maximum(prompt[person, 1], away)
            mine = prompt[person, 0].float().cpu().numpy() > 0.5
            self._strangers[person] = cells if before is None else cells | (before & ~mine)
        return np.stack(followed), state._replace(prompt=prompt)

    def _checked(self, frame: np.ndarray, prompts: Prompts | None) -> list[Prompt | None]:
        """Check the prompts and the frame, and return the prompts."""
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            raise InputError(f"a frame is RGB, uint8 of shape (H, W, 3), not {frame.dtype} of shape {frame.shape}")
        if min(frame.shape[:2]) < MIN_SIDE:
            raise InputError(f"frames must be at least {MIN_SIDE} pixels on each side, not {frame.shape[1::-1]}")
        if prompts is None:
            return [None] * self.people
        if len(prompts) != self.people:
            raise InputError(f"there are prompts for {len(prompts)} people, but the session has {self.people}")
        for prompt in prompts:
            if prompt:
                prompt.check(frame.shape[:2])
        return list(prompts)

    def _look(self, frame: np.ndarray) -> tuple[Reset | None, CleanPlate | None, bool]:
        """Reset the state if this frame does not continue the previous one, and write the plate.

        Returns the reason, the plate, and whether the memory may learn from the frame.
        """
        reset: Reset | None = None
        known: CleanPlate | None = None
        if self._size != frame.shape:
            reset = "start" if self._size is None else "frame size"
            self._exposure = Exposure()
        is_first = self._exposure.learned is None
        self._exposure, verdict = follow(self._exposure, glance(frame))
        learned = verdict != "wait"
        if verdict in ("scene cut", "brightness"):
            reset = reset or verdict
        if reset == "brightness" and self._state is not None:
            self._state = without_memory(self._state)  # the prompts still hold
        elif reset:
            self._state = None  # `restore` empties the plates
            self._strangers = [None] * self.people
        if reset and learned:
            known = self._aligned(frame, is_first)
            if known:
                state = known_background(self.model, known)
                self._state = BackgroundState(*(x.repeat(self.people, 1, 1, 1) for x in state))
        self._size = frame.shape
        return reset, known, learned

    def _aligned(self, frame: np.ndarray, is_first: bool) -> CleanPlate | None:
        """The given plate, aligned with the frame."""
        if self._given is None:
            return None
        try:
            return align_plate(self._given, frame)
        except InputError:
            if is_first:
                raise
            return None  # the video shows another place

    def _told(self, frame: np.ndarray, prompts: Sequence[Prompt | None]) -> BackgroundState | None:
        """The states for the frame, with the prompts written into them."""
        if not any(prompts):
            return self._state
        size = (frame.shape[0], frame.shape[1])
        height, width = self.model.coarse_shape(*size)
        frames = torch.zeros(self.people, 3, height + height % 2, width + width % 2, device=self.device)
        states = self.model.empty_state(frames) if self._state is None else self._state
        told = []
        everybody: np.ndarray | None = None  # people without a prompt have the same state, and so the same matte
        for person, prompt in enumerate(prompts):
            state = BackgroundState(*(x[person : person + 1] for x in states))
            if prompt is not None:
                if not state.prompt.any() and only_clicks(prompt):
                    everybody = self._unprompted(frame, state) if everybody is None else everybody
                    others = [other for other in prompts if other is not None and other is not prompt]
                    prompt = with_whole_people(prompt, others, everybody)
                state = _prompted(state, prompt, size)
            told.append(state)
        return BackgroundState(*(torch.cat(parts) for parts in zip(*told, strict=True)))

    def _unprompted(self, frame: np.ndarray, state: BackgroundState) -> np.ndarray:
        """The matte of everybody in the frame, float32 (H, W); the state stays as it is."""
        picture = torch.from_numpy(frame).to(self.device).permute(2, 0, 1)[None]
        output, _ = self.model.matte(picture, state, step=self.engine.step, patch_net=self.engine.patches)
        return np.asarray(output.alpha[0, 0].float().cpu().numpy())


def without_memory(state: BackgroundState) -> BackgroundState:
    """A state in which nothing is restored, and what was said in prompts still holds."""
    return BackgroundState(torch.zeros_like(state.bgF), torch.zeros_like(state.bgM), state.prompt)


def _prompted(state: BackgroundState, prompt: Prompt, size: tuple[int, int]) -> BackgroundState:
    """The state of one person after a prompt: `K = max(K (1 - R_new), K_new)`, `R = R_new`."""
    grid = state.bgM.shape[-2], state.bgM.shape[-1]
    keep, remove = (torch.from_numpy(x).to(state.prompt)[None, None] for x in prompt.maps(size, grid))
    sure: Tensor = state.prompt[:, :1] * (1 - remove)
    return state.prompted(torch.maximum(sure, keep), remove)

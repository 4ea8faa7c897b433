"""Sessions for several people of one video, each matted separately."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..engines import Engine, open_engine
from ..errors import DeviceError, InputError
from ..models import BackgroundState, MattingOutput, MODNetV
from ..models.modnetv import MIN_SIDE
from .brightness import Exposure, track_exposure
from .clean_plate import CleanPlate, update_clean_plate
from .given_plate import align_plate, check_plate, known_background
from .identity import divide_into_cells
from .person import Person
from .prompt import Prompt
from .results import FrameResult, NetworkOutput, Reset
from .scenecut import glance
from .told import without_memory

Prompts = Sequence[Prompt | None]


class Seen(NamedTuple):
    """The output of the network for one person, tensors of batch size 1, and the states around the frame."""

    output: MattingOutput
    before: BackgroundState | None
    after: BackgroundState

    @property
    def alpha(self) -> np.ndarray:
        """Float32 (H, W)."""
        return _numpy(self.output.alpha)


class GroupSession:
    """Matte the frames of one video, in order, once for each of several people.

    The network cuts out everybody, once for all people, and `identity` divides the matte. A person of whom the network
    was told has a state of their own (`whole_people.needs_network`); states are a batch. Alphas are divided by their
    sum where it exceeds 1. A person without a prompt, at first or since a scene cut, has alpha 0. In all other respects
    this is a `MattingSession`, which is a group of one.

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
        self._shared: BackgroundState | None = None
        self._persons = [Person() for _ in range(self.people)]
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
        for person, prediction in zip(self._persons, predictions, strict=True):
            frame, learned = prediction.frame, prediction.learned
            plate = prediction.known if prediction.reset else person.plate
            plate = plate or CleanPlate.empty(frame)
            if learned:
                plate = update_clean_plate(plate, frame, prediction.alpha, rules.theta, rules.update_rule)
            else:
                plate = plate.distrusted()
            person.plate = plate
            maps = prediction.alpha, prediction.flaw_map, prediction.refined
            results.append(FrameResult(*maps, prediction.reset, frame, plate, learned))
        return results

    def run(
        self, frame: np.ndarray, prompts: Prompts | None = None, with_detail: bool = False
    ) -> tuple[list[NetworkOutput], list[MattingOutput], list[BackgroundState]]:
        """`predict`, which also returns the output of the network and the state after the frame for each person."""
        said = self._checked(frame, prompts)
        reset, known, learned = self._look(frame)
        try:
            with torch.inference_mode():
                shared, seen, everybody = self._see(frame, said, learned, reset == "brightness", with_detail)
        except torch.OutOfMemoryError:
            self.reset()
            raise DeviceError(
                f"{self.device} has too little memory for frames of {frame.shape[1]}x{frame.shape[0]}; "
                "use device='cpu' or smaller frames"
            ) from None
        mattes = self._divide(frame, everybody, learned, reset == "brightness")
        states = self._keep(shared, seen, learned)
        if self.people > 1:
            named = np.array([person.identity is not None for person in self._persons])
            alphas = np.stack(mattes) * named[:, None, None]
            mattes = list(alphas / np.maximum(alphas.sum(0), 1))
        predictions = [
            NetworkOutput(frame, matte, _numpy(one.output.flaw), _numpy(one.output.refined), reset, known, learned)
            for matte, one in zip(mattes, seen, strict=True)
        ]
        return predictions, [one.output for one in seen], states

    def _see(
        self, frame: np.ndarray, prompts: Sequence[Prompt | None], learned: bool, relearn: bool, with_detail: bool
    ) -> tuple[Seen, list[Seen], list[np.ndarray]]:
        """What the network sees, without a prompt and for each person, and each person's matte of everybody (H, W).

        It runs once more for each person of whom it was told, and is told what it must know. Whom a prompt means is
        noted.
        """
        size = (frame.shape[0], frame.shape[1])
        for person, prompt in zip(self._persons, prompts, strict=True):
            if person.own is not None and prompt is not None:
                person.tell(person.own, prompt, size)
        told = [person.own for person in self._persons if person.own is not None]
        shared, *own = self._network(frame, [self._shared, *told], learned, with_detail)
        rows, alpha = iter(own), shared.alpha
        seen, everybody = [], []
        for person, prompt in zip(self._persons, prompts, strict=True):
            one = shared if person.own is None else next(rows)
            if prompt is not None and person.must_be_told(alpha, prompt):
                state = person.tell(self._shared or self._empty(size), prompt, size, alpha)
                (one,) = self._network(frame, [state], learned, with_detail)
            matte = alpha if one is shared else person.edited(alpha, one.alpha, learned)
            if prompt is not None:
                others = [point for other in prompts if other not in (None, prompt) for point in other.points]
                person.point_out(frame, matte, prompt, others, learned, relearn)
            seen.append(one)
            everybody.append(matte)
        return shared, seen, everybody

    def _network(
        self, frame: np.ndarray, states: Sequence[BackgroundState | None], learned: bool, with_detail: bool
    ) -> list[Seen]:
        """The network on a frame with each of the states; only the first may be None."""
        picture = torch.from_numpy(frame).to(self.device).permute(2, 0, 1)[None]
        if states[0] is None and len(states) > 1:
            states = [self._empty((frame.shape[0], frame.shape[1])), *states[1:]]
        given = [state if learned or state is None else without_memory(state) for state in states]
        batch = None if given[0] is None else BackgroundState(*(torch.cat(x) for x in zip(*given, strict=True)))
        output, after = self.model.matte(
            picture.expand(len(states), -1, -1, -1),
            batch,
            with_detail=with_detail,
            with_picture=with_detail,
            step=None if with_detail else self.engine.step,
            patch_net=None if with_detail else self.engine.patches,
        )
        rows = []
        for row, state in enumerate(states):
            one = MattingOutput(*(None if x is None else x[row : row + 1] for x in output))  # type: ignore[arg-type]
            rows.append(Seen(one, state, BackgroundState(*(x[row : row + 1] for x in after))))
        return rows

    def _divide(
        self, frame: np.ndarray, mattes: Sequence[np.ndarray], learned: bool, relearn: bool
    ) -> list[np.ndarray]:
        """The mattes (H, W) of each person alone."""
        cells = shared = None
        divided = []
        for person, matte in zip(self._persons, mattes, strict=True):
            if person.identity is None:
                divided.append(matte)
                continue
            if person.own is None:  # described once for all who share the network's matte
                cells = shared = shared or divide_into_cells(frame, matte)
            else:
                cells = divide_into_cells(frame, matte)
            divided.append(person.part_of(matte, cells, learned, relearn))
        return divided

    def _keep(self, shared: Seen, seen: Sequence[Seen], learned: bool) -> list[BackgroundState]:
        """Store the states after the frame, and return them for each person.

        What was known before a frame that teaches nothing is known again when the light is back.
        """

        def after(one: Seen) -> BackgroundState:
            if learned:
                return one.after
            return without_memory(one.after) if one.before is None else one.before

        self._shared = after(shared)
        for person, one in zip(self._persons, seen, strict=True):
            if person.own is not None:
                person.own = after(one)
        return [person.own or self._shared for person in self._persons]

    def _empty(self, size: tuple[int, int]) -> BackgroundState:
        """The state of a video that begins, for frames of `size` = (H, W)."""
        height, width = self.model.coarse_shape(*size)
        return self.model.empty_state(torch.zeros(1, 3, height + height % 2, width + width % 2, device=self.device))

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
        self._exposure, verdict = track_exposure(self._exposure, glance(frame))
        learned = verdict != "wait"
        if verdict in ("scene cut", "brightness"):
            reset = reset or verdict
        if reset == "brightness":  # the prompts still hold
            self._shared = None
            for person in self._persons:
                person.own = None if person.own is None else without_memory(person.own)
        elif reset:
            self._shared = None
            for person in self._persons:
                person.forget()  # `restore` empties the plate
        if reset and learned:
            known = self._aligned(frame, is_first)
            if known:
                self._shared = known_background(self.model, known)
                for person in self._persons:
                    person.own = None if person.own is None else self._shared._replace(prompt=person.own.prompt)
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


def _numpy(x: Tensor) -> np.ndarray:
    """(1, 1, H, W) -> (H, W); numbers as float32."""
    plain: np.ndarray = (x[0, 0].float() if x.is_floating_point() else x[0, 0]).cpu().numpy()
    return plain

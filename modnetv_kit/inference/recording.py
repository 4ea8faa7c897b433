"""Recordings of everything inside the network while it mattes a clip, and replays of B."""

import copy
from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..models import BackgroundRestoration, BackgroundState, MODNetV
from ..models.background import Update, restore
from .clean_plate import CleanPlate, fill_holes, update_clean_plate
from .results import Reset
from .session import MattingSession, to_image

MAX_FRAMES = 250  # ten seconds of most videos
MAX_BYTES = 1 << 30  # 250 frames of 512 x 288, 54 of 1080p, 14 of 4K


@dataclass(frozen=True, eq=False)
class Recording:
    """The maps of the network for T frames of H x W pixels; h x w is the input size of S, D, F and B.

    Attributes:
        frames: uint8 (T, H, W, 3).
        alpha: the matte, float16 (T, H, W) in [0, 1].
        coarse_alpha: before P, uint8 (T, h, w) in [0, 255].
        s_p: semantics, float32 (T, h/16, w/16) in [0, 1].
        p: presence, the input of B's update, float32 (T, h/4, w/4) in [0, 1]; see `presence`.
        d_p: boundary detail, uint8 (T, h, w) in [0, 255].
        e_4x: the encoder's features, the input of B's update, float16 (T, 24, h/4, w/4).
        bgF: the restored background's features after each frame, float16 (T, 24, h/4, w/4).
        bgM: the restored cells, bool (T, h/4, w/4).
        bg_p: the restored background decoded by the network, uint8 (T, h/4, w/4, 3), meaningful where bgM is True.
        plate: the restored background in pixels, holes filled, uint8 (T, H, W, 3); see `inference/clean_plate.py`.
        plate_mask: its pixels that have been seen, bool (T, H, W).
        flaw: the flaw map, float32 (T, k, k) in [0, 1].
        refined: the patches that P refined, bool (T, k, k).
        learned: the frames that updated the memory, bool (T,).
        resets: {frame: reason} for every frame before which the state was emptied; frame 0 has "start".
        update, theta, rho: B's rules while recording.
        truncated: whether later frames were dropped.
    """

    frames: np.ndarray
    alpha: np.ndarray
    coarse_alpha: np.ndarray
    s_p: np.ndarray
    p: np.ndarray
    d_p: np.ndarray
    e_4x: np.ndarray
    bgF: np.ndarray
    bgM: np.ndarray
    bg_p: np.ndarray
    plate: np.ndarray
    plate_mask: np.ndarray
    flaw: np.ndarray
    refined: np.ndarray
    learned: np.ndarray
    resets: dict[int, Reset]
    update: Update
    theta: float
    rho: float
    truncated: bool
    _background: BackgroundRestoration = field(repr=False)

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True, eq=False)
class Replay:
    """A replay of B's restoration under other rules. Pictures are computed on first use.

    Attributes:
        bgF: float16 (T, 24, h/4, w/4).
        bgM: bool (T, h/4, w/4).
        update, theta, rho: the rules.
    """

    bgF: np.ndarray
    bgM: np.ndarray
    update: Update
    theta: float
    rho: float
    _recording: Recording = field(repr=False)

    @property
    def coverage(self) -> np.ndarray:
        """The restored share of the picture after each frame, float (T,) in [0, 1]."""
        shares: np.ndarray = self.bgM.mean((1, 2))
        return shares

    @cached_property
    def bg_p(self) -> np.ndarray:
        """The restored background decoded by the network, uint8 (T, h/4, w/4, 3), meaningful where bgM is True."""
        bgM = torch.zeros(1)  # the picture is made from bgF alone
        with torch.inference_mode():
            pictures = [
                to_image(self._recording._background.picture(BackgroundState.known(_as_float(bgF), bgM)))
                for bgF in self.bgF
            ]
        return np.stack(pictures)

    @cached_property
    def _plates(self) -> tuple[np.ndarray, np.ndarray]:
        recording = self._recording
        plate: CleanPlate | None = None
        images, masks = [], []
        for t, frame in enumerate(recording.frames):
            if plate is None or t in recording.resets:
                plate = CleanPlate.empty(frame)
            alpha = recording.alpha[t].astype(np.float32)
            if recording.learned[t]:
                plate = update_clean_plate(plate, frame, alpha, self.theta, self.update)
            images.append(fill_holes(plate.image, plate.mask))
            masks.append(plate.mask)
        return np.stack(images), np.stack(masks)

    @property
    def plate(self) -> np.ndarray:
        """The restored background in pixels, holes filled, uint8 (T, H, W, 3)."""
        return self._plates[0]

    @property
    def plate_mask(self) -> np.ndarray:
        """The pixels of `plate` that have been seen, bool (T, H, W)."""
        return self._plates[1]


def record(
    model: MODNetV,
    frames: Iterable[np.ndarray],
    *,
    device: str | torch.device = "auto",
    update: Update | None = None,
    max_frames: int = MAX_FRAMES,
    progress: Callable[[int, int | None], None] | None = None,
) -> Recording:
    """Matte a clip and keep all maps of the network.

    The state is reset at scene cuts, as in `MattingSession`. A recording holds at most `max_frames` frames and
    `MAX_BYTES`, so fewer frames if they are large; `truncated` is set if frames were dropped.

    Args:
        model: the network; other threads may use it at the same time.
        frames: RGB, uint8 (H, W, 3), H and W from 32 up, all of one size.
        device: see `choose_device`.
        update: B's update rule; the model's by default.
        max_frames: maximal number of frames.
        progress: called after every frame with the number of frames done and, if known, their total.

    Raises:
        InputError: no frames, frames of different sizes, or arrays that are not frames.
        DeviceError: no such device, or too little memory for frames of this size.

    Examples:
        >>> frames = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8).repeat(2, axis=0)
        >>> kept = record(MODNetV().eval(), frames, device="cpu")
        >>> kept.alpha.shape, kept.bgF.shape, kept.resets
        ((2, 32, 32), (2, 24, 8, 8), {0: 'start'})
    """
    if max_frames < 1:
        raise InputError(f"max_frames must be at least 1, not {max_frames}")
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise InputError("there are no frames to record: give at least one")
    rules = model.background
    session = MattingSession(model if update is None else model.with_rule(update), device)
    total = min(len(frames), max_frames) if isinstance(frames, Sized) else None
    limit, truncated = max_frames, False
    resets: dict[int, Reset] = {}
    kept: dict[str, list[np.ndarray]] = {}
    for index, frame in enumerate(chain([first], rest)):
        if index == limit:
            truncated = True
            break
        if frame.shape != first.shape:
            raise InputError(f"frame {index} has shape {frame.shape}, those before it {first.shape}; record one size")
        maps = _observe(session, frame, index, resets)
        for name, value in maps.items():
            kept.setdefault(name, []).append(value)
        if index == 0:
            limit = max(1, min(max_frames, MAX_BYTES // sum(value.nbytes for value in maps.values())))
            total = None if total is None else min(total, limit)
        if progress:
            progress(index + 1, total)
    stacked: dict[str, Any] = {name: np.stack(kept.pop(name)) for name in list(kept)}  # one copy at a time
    return Recording(
        **stacked,
        resets=resets,
        update=update or rules.update_rule,
        theta=rules.theta,
        rho=rules.rho,
        truncated=truncated,
        _background=copy.deepcopy(rules).cpu(),
    )


def replay(
    recording: Recording, *, theta: float | None = None, update: Update | None = None, rho: float | None = None
) -> Replay:
    """Replay B's restoration under other rules, without running the network.

    The replay uses the recorded `e_4x` and `p`. Other rules would also change `p`, since the network would see another
    memory; a new recording includes this.

    Args:
        recording: from `record`.
        theta: as in `BackgroundRestoration`; None means the recorded value.
        update: the update rule.
        rho: the rate of "refresh".

    Examples:
        >>> frames = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)
        >>> kept = record(MODNetV().eval(), frames, device="cpu")
        >>> replay(kept, theta=0.0).coverage.tolist(), replay(kept, theta=1.1, update="accumulate").coverage.tolist()
        ([0.0], [1.0])
    """
    theta = recording.theta if theta is None else theta
    update = recording.update if update is None else update
    rho = recording.rho if rho is None else rho
    state: BackgroundState | None = None
    bgF, bgM = np.empty_like(recording.bgF), np.empty_like(recording.bgM)
    for t in range(len(recording)):
        e_4x = _as_float(recording.e_4x[t])
        if state is None or t in recording.resets:
            state = BackgroundState.empty(e_4x)
        if recording.learned[t]:
            state = restore(e_4x, torch.from_numpy(recording.p[t])[None, None], state, theta, update, rho)
        bgF[t], bgM[t] = state.bgF[0].numpy(), state.bgM[0, 0].numpy()
    return Replay(bgF, bgM, update, theta, rho, recording)


def _observe(session: MattingSession, frame: np.ndarray, index: int, resets: dict[int, Reset]) -> dict[str, np.ndarray]:
    """The maps of one frame, by their names in `Recording`; stores a reset."""
    result, output, state = session.observe(frame)
    if result.reset:
        resets[index] = result.reset
    assert output.detail is not None  # these three were requested
    assert output.e_4x is not None
    assert output.p is not None
    return {
        "frames": frame,
        "alpha": output.alpha[0, 0].half().cpu().numpy(),
        "coarse_alpha": _as_bytes(output.coarse_alpha),
        "s_p": output.semantic[0, 0].float().cpu().numpy(),
        "d_p": _as_bytes(output.detail),
        "p": output.p[0, 0].float().cpu().numpy(),
        "e_4x": output.e_4x[0].half().cpu().numpy(),
        "bgF": state.bgF[0].half().cpu().numpy(),
        "bgM": state.bgM[0, 0].bool().cpu().numpy(),
        "bg_p": to_image(output.background),
        "plate": result.background,
        "plate_mask": result.background_mask,
        "flaw": result.flaw_map,
        "refined": result.refined,
        "learned": np.array(result.learned),
    }


def _as_bytes(x: Tensor) -> np.ndarray:
    """(1, 1, H, W) in [0, 1] -> uint8 (H, W)."""
    return (x[0, 0].float() * 255).round().to(torch.uint8).cpu().numpy()


def _as_float(x: np.ndarray) -> Tensor:
    """float16 (C, h, w) -> float32 (1, C, h, w)."""
    return torch.from_numpy(x)[None].float()

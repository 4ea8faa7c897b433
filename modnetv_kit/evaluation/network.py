"""The kit's own networks as methods to measure."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..errors import DeviceError, WeightsError
from ..hub import load_model
from ..inference.clean_plate import CleanPlate, update_clean_plate
from ..inference.foreground import estimate_foreground
from ..inference.given_plate import known_background
from ..model_files import WEIGHTS, fill, find_files, model_hash, read_tensors
from ..models import BackgroundState, MattingOutput, MODNet, MODNetV
from ..models.blocks import resize_like, shrink
from .clip_files import ClipFiles
from .cost import network_facts
from .facts import EVERY_PLATE, NOTHING, Facts
from .poisoned import POISONED, poison
from .prediction import Method, Prediction, Refinement, RestoredPlate
from .true_plate import TruePlates

Memory = Literal["off", "paper", "accumulate", "refresh", "plate", "poisoned"]
IMAGE_SIDE = 512  # long side at which an image model sees frames, as MODNet does


class VideoNetwork:
    """A MODNetV with a fixed use of B's memory.

    Args:
        model: copied, so its own update rule does not change.
        memory: "off" empties the state before every frame; "paper" keeps it under the paper's rule, "accumulate" with
            s_p; "accumulate" and "refresh" keep it under that update rule, with the matte; "plate" replaces it with the
            features of the true background, with bgM = 1 wherever it is known; "poisoned" is "refresh" with half of the
            person wrongly restored before frame `POISONED`.
        name: the name in tables, `memory` by default.
    """

    def __init__(self, model: MODNetV, memory: Memory, name: str | None = None):
        self.name = name or memory
        self.memory = memory
        self.model = copy.deepcopy(model).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        b = self.model.background
        b.update_rule = "accumulate" if memory in ("paper", "accumulate") else "refresh"
        if memory == "paper":
            self.model.presence = "semantic"
        settings = (memory, b.theta, b.rho, self.model.coarse_size, self.model.xi)
        self.identity = model_hash(self.model, settings)

    @torch.inference_mode()
    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame.

        Raises:
            DataError: a damaged frame; with "plate", a true background that is missing or cannot be aligned.
            DeviceError: too little memory.
        """
        device = next(self.model.parameters()).device
        truth = TruePlates(clip) if self.memory == "plate" else None
        state: BackgroundState | None = None
        plate: CleanPlate | None = None
        for index, frame in enumerate(clip.read_frames()):
            picture = to_tensor(frame, device)
            if truth is not None:
                image, known = truth.at(index, frame)
                plate = CleanPlate(image, known, known)
                state = known_background(self.model, plate)
            elif self.memory == "off":
                state = plate = None
            elif self.memory == "poisoned" and index == POISONED and state is not None:
                alpha_true = torch.from_numpy(clip.read_alpha(index)).to(device)[None, None]
                state = poison(self.model, picture, alpha_true, state)
            try:
                output, state = self.model(picture, state)
            except torch.OutOfMemoryError:
                raise DeviceError(f"{device} has too little memory for its frames; use --device cpu") from None
            alpha = to_numpy(output.alpha)
            foreground = None
            if clip.foregrounds:
                plate = self._restore(plate, frame, alpha)
                foreground = estimate_foreground(frame, alpha, plate).astype(np.float32) / 255
            yield Prediction(alpha, foreground, self._restored(output), refinement_of(output))

    def facts(self) -> Facts:
        """See `Described.facts`."""
        family = "auxiliary-free" if self.memory == "off" else "background restoration"
        return network_facts(self.model, family, EVERY_PLATE if self.memory == "plate" else NOTHING)

    def _restore(self, plate: CleanPlate | None, frame: np.ndarray, alpha: np.ndarray) -> CleanPlate | None:
        """The background for foreground estimation: the session's, the true one, or none."""
        if self.memory in ("off", "plate"):
            return plate
        b = self.model.background
        return update_clean_plate(plate or CleanPlate.empty(frame), frame, alpha, b.theta, b.update_rule)

    def _restored(self, output: MattingOutput) -> RestoredPlate | None:
        if self.memory in ("off", "plate"):
            return None
        return RestoredPlate(to_numpy(output.background), to_numpy(output.restored) > 0)


class ImageNetwork:
    """A MODNet. It sees every frame alone, downsampled to 512 pixels, and its matte is upsampled.

    Args:
        model: moved to the device.
        name: in tables.
        device: to run on.
    """

    def __init__(self, model: MODNet, name: str, device: torch.device):
        self.name = name
        self.model = model.eval().to(device)
        self.identity = model_hash(model)

    @torch.inference_mode()
    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """A prediction for every frame.

        Raises:
            DataError: a damaged frame.
        """
        width, height = clip.size
        scale = min(1.0, IMAGE_SIDE / max(clip.size))
        size = round(height * scale), round(width * scale)
        for frame in clip.read_frames():
            picture = to_tensor(frame, next(self.model.parameters()).device)
            alpha = to_numpy(resize_like(self.model(shrink(picture, size)).alpha, picture))
            foreground = estimate_foreground(frame, alpha).astype(np.float32) / 255 if clip.foregrounds else None
            yield Prediction(alpha, foreground)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return network_facts(self.model, "auxiliary-free")


def refinement_of(output: MattingOutput) -> Refinement | None:
    """The effect of P on a frame; None if the frame is not larger than the coarse size.

    Examples:
        >>> with torch.inference_mode():
        ...     small, large = (MODNetV(coarse_size=32).eval()(torch.zeros(1, 3, side, side))[0] for side in (32, 64))
        >>> refinement_of(small) is None, refinement_of(large).upsampled.shape
        (True, (64, 64))
    """
    if output.coarse_alpha.shape[-2:] == output.alpha.shape[-2:]:
        return None
    upsampled = to_numpy(resize_like(output.coarse_alpha, output.alpha))
    return Refinement(upsampled, to_numpy(output.flaw), output.refined[0, 0].cpu().numpy())


def open_image_network(source: Path, device: torch.device) -> Method:
    """Open a MODNet from its weights; a MODNetV's weights run with the memory off.

    Args:
        source: a folder with config.json and model.safetensors, or a MODNet's .safetensors file.
        device: to run on.

    Raises:
        WeightsError: the weights cannot be read, or fit neither model.

    Examples:
        >>> import tempfile
        >>> from safetensors.torch import save_file
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_file(MODNet().state_dict(), Path(folder, "net.safetensors"))
        ...     open_image_network(Path(folder, "net.safetensors"), torch.device("cpu")).name
        'modnet:net.safetensors'
    """
    if not source.exists():
        raise WeightsError(f"{source} does not exist: give a folder with {WEIGHTS}, or a .safetensors file")
    name = f"modnet:{source.name}"
    tensors = read_tensors(find_files(source).weights if source.is_dir() else source)
    if source.is_dir() and any(key.startswith("background.") for key in tensors):
        return VideoNetwork(load_model(source, device=device), "off", name)
    model = MODNet()
    fill(model, tensors, str(source))
    return ImageNetwork(model, name, device)


def to_tensor(image: np.ndarray, device: torch.device) -> Tensor:
    """uint8 (H, W, 3) -> float (1, 3, H, W) in [0, 1].

    Examples:
        >>> to_tensor(np.full((2, 4, 3), 255, np.uint8), torch.device("cpu")).shape
        torch.Size([1, 3, 2, 4])
    """
    return torch.from_numpy(image).to(device).permute(2, 0, 1)[None].contiguous().float() / 255


def to_numpy(x: Tensor) -> np.ndarray:
    """(1, 1, H, W) -> float32 (H, W); (1, 3, H, W) -> float32 (H, W, 3).

    Examples:
        >>> to_numpy(torch.zeros(1, 1, 2, 4)).shape, to_numpy(torch.zeros(1, 3, 2, 4)).shape
        ((2, 4), (2, 4, 3))
    """
    array = x[0].permute(1, 2, 0).float().cpu().numpy()
    return array[..., 0] if array.shape[2] == 1 else array

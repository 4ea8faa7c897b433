"""Any matting or segmentation model of the field that has been exported, frame by frame."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import InputError, one_line
from ..inference.foreground import estimate_foreground
from .clip_files import ClipFiles
from .facts import EVERY_PLATE, EVERY_TRIMAP, FRAME, NOTHING, Facts
from .first_prompts import trimap_of
from .onnx_model import MEMORY, OnnxModel
from .peer_cost import count_cost
from .peer_inputs import find_slots
from .peer_pictures import as_alpha, as_input, input_size
from .peer_runtimes import OnnxFile, Runtime, TfliteFile
from .prediction import Method, Prediction
from .preset import Preset, find_preset, shipped_presets, split_spec
from .true_plate import TruePlates

FOREGROUND = "fgr"  # the output with foreground colours, in BackgroundMattingV2's exports


class PeerModel:
    """A model that sees every frame alone, with a true trimap or plate if it has an input for one.

    It is run once on a grey frame when it is opened, so that a preset that does not fit is found before measuring.
    Where a trimap is known, alpha is 0 or 1, as the scripts of trimap-based methods set it.

    Args:
        runtime: the model.
        preset: what it wants and gives.
        name: in tables.

    Raises:
        InputError: the preset does not fit the model. The line names the field.
    """

    def __init__(self, runtime: Runtime, preset: Preset, name: str):
        self.name = name
        self.identity = f"{runtime.identity} {preset}"
        self.preset = preset
        self.runtime = runtime
        self._slots, self._layout = find_slots(runtime, preset)
        self._outputs = [self._output()]
        if FOREGROUND in runtime.outputs:
            self._outputs.append(FOREGROUND)
        roles = {slot.role for slot in self._slots}
        self._with_trimap = bool(roles & {"trimap", "distances"}) or any(slot.channels == 4 for slot in self._slots)
        self._with_plate = "plate" in roles
        grey = np.full((FRAME[1], FRAME[0], 3), 128, np.uint8)
        self._grey = grey, np.full(grey.shape[:2], 0.5, np.float32), grey
        self._predict(*self._grey)

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame.

        Raises:
            DataError: a damaged frame; for a model with a plate, a true background that is missing or cannot be
                aligned.
            InputError: the model fails on frames of this size.
        """
        plates = TruePlates(clip) if self._with_plate else None
        for index, frame in enumerate(clip.read_frames()):
            trimap = trimap_of(clip.read_alpha(index)) if self._with_trimap else None
            plate = plates.at(index, frame)[0] if plates else None
            alpha, foreground = self._predict(frame, trimap, plate)
            if not clip.foregrounds:
                foreground = None
            elif foreground is None:
                foreground = estimate_foreground(frame, alpha).astype(np.float32) / 255
            yield Prediction(alpha, foreground)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        told = [EVERY_TRIMAP] * self._with_trimap + [EVERY_PLATE] * self._with_plate
        cost = count_cost(self.runtime, self._inputs(*self._grey))
        return Facts(
            family=self.preset.family or self._family(),
            told=self.preset.told or " and ".join(told) or NOTHING,
            parameters=cost.parameters,
            multiply_adds=cost.multiply_adds,
            licence=self.preset.licence,
        )

    def _family(self) -> str | None:
        if self._with_plate:
            return "background-based"
        return "trimap-based" if self._with_trimap else None

    def _output(self) -> str:
        """The name of the output with the map; `pha` if there is one and the preset names none."""
        outputs, wanted = self.runtime.outputs, self.preset.output
        if isinstance(wanted, str):
            if wanted in outputs:
                return wanted
        elif wanted == 0 and "pha" in outputs:
            return "pha"
        elif wanted < len(outputs):
            return outputs[wanted]
        raise InputError(
            f"{self.runtime.path}: field output is {wanted!r}, but the model has no such output; its outputs are "
            + ", ".join(outputs)
        )

    def _inputs(self, frame: np.ndarray, trimap: np.ndarray | None, plate: np.ndarray | None) -> dict[str, np.ndarray]:
        size = input_size(self.preset, self._slots, (frame.shape[1], frame.shape[0]))
        return {
            slot.port.name: as_input(slot, self.preset, self._layout, size, frame, trimap, plate)
            for slot in self._slots
        }

    def _predict(
        self, frame: np.ndarray, trimap: np.ndarray | None, plate: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Alpha, float32 (H, W), and the model's own foreground at full size, float32 (H, W, 3), if it gives one."""
        height, width = frame.shape[:2]
        size = input_size(self.preset, self._slots, (width, height))
        try:
            value, *others = self.runtime.run(self._outputs, self._inputs(frame, trimap, plate))
        except Exception as error:  # runtimes have no common base of errors
            shown = f"{width}x{height}, seen at {size[0]}x{size[1]}"
            raise InputError(
                f"{self.name} fails on frames of {shown} ({one_line(error)[:200]}); correct the field size or multiple "
                "of its preset"
            ) from None
        try:
            alpha = as_alpha(value, self.preset, self._layout, (width, height))
        except InputError as error:
            raise InputError(f"{self.runtime.path}: {error}") from None
        if self._with_trimap and trimap is not None:
            alpha = np.where(trimap == 0.5, alpha, trimap)
        if others and size == (width, height):
            picture = others[0][0].transpose(1, 2, 0) if self._layout == "nchw" else others[0][0]
            return alpha, picture.astype(np.float32).clip(0, 1)
        return alpha, None


def open_onnx(spec: str) -> Method:
    """Open FILE or FILE@PRESET in ONNX Runtime.

    A model with RVM's interface needs no preset, and neither does one with BackgroundMattingV2's (src and bgr). Any
    other has its preset in a YAML file beside it, or names one of `shipped_presets`.

    Raises:
        InputError: the file cannot be used, or there is no preset that fits it.

    Examples:
        >>> import onnx
        >>> import tempfile
        >>> graph = "net (float[1,3,8,8] x) => (float[1,1,8,8] y) <float[1,3,1,1] w = {0.2,0.2,0.2}> { y = Conv(x, w) }"
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "net.onnx")
        ...     onnx.save(onnx.parser.parse_model('<ir_version: 9, opset_import: ["": 17]> ' + graph), path)
        ...     open_onnx(f"{path}@modnet").name
        'onnx:net.onnx@modnet'
    """
    path, chosen = split_spec(spec)
    runtime = OnnxFile(path)
    preset = find_preset(path, chosen)
    name = f"onnx:{_shown(path, chosen)}"
    names = {port.name for port in runtime.inputs}
    if names & {f"{memory}i" for memory in MEMORY}:
        return OnnxModel(path, preset, name, runtime)
    if preset is None and names == {"src", "bgr"}:
        preset = Preset(output="pha", multiple=4)
    return PeerModel(runtime, preset or _missing(path), name)


def open_tflite(spec: str) -> Method:
    """Open FILE or FILE@PRESET in LiteRT; see `open_onnx`.

    Raises:
        InputError: the file cannot be used, or there is no preset that fits it.

    Examples:
        >>> open_tflite("missing.tflite@mediapipe_selfie")  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: missing.tflite cannot be read (No such file or directory); ...
    """
    path, chosen = split_spec(spec)
    runtime = TfliteFile(path)
    return PeerModel(runtime, find_preset(path, chosen) or _missing(path), f"tflite:{_shown(path, chosen)}")


def _shown(path: Path, chosen: str | None) -> str:
    return f"{path.name}@{chosen}" if chosen else path.name


def _missing(path: Path) -> Preset:
    raise InputError(
        f"{path} needs a preset that says how it wants pictures: write {path.with_suffix('.yaml').name} beside it, or "
        f"add @NAME with one of {', '.join(shipped_presets())}"
    )

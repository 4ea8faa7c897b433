"""Presets: how a model of the field wants its pictures and what its output means, read from YAML."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from ..errors import InputError, one_line

SHIPPED = Path(__file__).with_name("presets")
Layout = Literal["nchw", "nhwc"]
LAYOUTS: tuple[Layout, ...] = ("nchw", "nhwc")
ORDERS = ("rgb", "bgr")
ROLES = ("picture", "raw", "trimap", "distances", "plate")


@dataclass(frozen=True)
class Preset:
    """What a model wants and gives, one field a line in its YAML file.

    Attributes:
        size: (width, height) in pixels to which frames are stretched; or a side s, to which the short side is scaled if
            it is longer than s or the long side is shorter, as MODNet's scripts do; None leaves frames as they are.
        multiple: both sides are rounded to a multiple of this, unless `size` is exact.
        mean: subtracted from the channels of a picture in [0, 1].
        std: by which the channels are then divided.
        layout: "nchw" or "nhwc"; None tells it from the shape of the input.
        order: of the channels of a picture, "rgb" or "bgr".
        output: the name of the output with the map, or its index.
        category: index of the person among the channels of the map, called `class` in the file.
        sigmoid: the map is logits: alpha is their sigmoid or, with a class, the softmax over all channels.
        stretch: alpha is stretched to [0, 1] in every frame, as the scripts of salient object detectors do.
        inputs: {role: name of the input}, with the roles of `ROLES`; empty tells them from names and shapes.
        family: of methods, for tables.
        told: what the method was told, for tables; None tells it from the inputs.
        licence: of the weights.
    """

    size: tuple[int, int] | int | None = None
    multiple: int = 1
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    layout: Layout | None = None
    order: str = "rgb"
    output: str | int = 0
    category: int | None = None
    sigmoid: bool = False
    stretch: bool = False
    inputs: dict[str, str] = field(default_factory=dict)
    family: str | None = None
    told: str | None = None
    licence: str | None = None


def shipped_presets() -> list[str]:
    """The names of the presets that come with the kit.

    Examples:
        >>> "modnet" in shipped_presets()
        True
    """
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def split_spec(spec: str) -> tuple[Path, str | None]:
    """Split FILE@PRESET; a file whose own name has an @ is a file.

    Examples:
        >>> split_spec("u2net.onnx@u2net")[1]
        'u2net'
        >>> split_spec("u2net.onnx")[1] is None
        True
    """
    path, at, name = spec.rpartition("@")
    return (Path(path), name) if at and path and not Path(spec).is_file() else (Path(spec), None)


def find_preset(model: Path, name: str | None = None) -> Preset | None:
    """The preset of a model: the shipped one called `name`, else the YAML file beside the model, else None.

    Args:
        model: the model's file; `net.yaml` belongs to `net.onnx`.
        name: one of `shipped_presets`.

    Raises:
        InputError: no shipped preset is called `name`, or the file is not a preset.

    Examples:
        >>> find_preset(Path("net.onnx"), "u2net").size
        (320, 320)
        >>> find_preset(Path("net.onnx")) is None  # there is no net.yaml beside it
        True
    """
    if name is not None:
        if name not in shipped_presets():
            raise InputError(f"there is no preset {name!r}; choose one of {', '.join(shipped_presets())}")
        return read_preset(SHIPPED / f"{name}.yaml")
    beside = model.with_suffix(".yaml")
    return read_preset(beside) if beside.is_file() else None


def read_preset(path: Path) -> Preset:
    """Read a preset.

    Raises:
        InputError: the file cannot be read, holds an unknown field or a field of the wrong kind, or PyYAML is not
            installed. The line names the field.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "net.yaml")
        ...     _ = path.write_text("{size: [320, 256], class: 15}")
        ...     preset = read_preset(path)
        >>> preset.size, preset.category
        ((320, 256), 15)
    """
    try:
        import yaml
    except ImportError:
        raise InputError('presets need PyYAML: pip install "modnetv-kit[eval]"') from None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read as a preset ({one_line(error)[:200]}); correct it") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} is not a preset; write one `field: value` a line, such as `size: [320, 320]`")
    names = ["class" if each.name == "category" else each.name for each in fields(Preset)]
    values: dict[str, Any] = {}
    for name, value in content.items():
        if name not in names:
            raise InputError(f"{path}: there is no field {name!r}; the fields are {', '.join(names)}")
        check, wanted = CHECKS[name]
        if not check(value):
            raise InputError(f"{path}: field {name} is {value!r}; give {wanted}")
        values["category" if name == "class" else name] = tuple(value) if isinstance(value, list) else value
    return Preset(**values)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_index(value: object) -> bool:
    return value == 0 or _is_count(value)


def _is_size(value: object) -> bool:
    return _is_count(value) or (isinstance(value, list) and len(value) == 2 and all(map(_is_count, value)))


def _is_colour(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(type(each) in (int, float) for each in value)


def _is_spread(value: object) -> bool:
    return _is_colour(value) and isinstance(value, list) and all(each > 0 for each in value)


def _is_inputs(value: object) -> bool:
    return isinstance(value, dict) and all(role in ROLES and isinstance(name, str) for role, name in value.items())


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "size": (_is_size, "[width, height] in pixels, or one side"),
    "multiple": (_is_count, "a number from 1 up"),
    "mean": (_is_colour, "three numbers in [0, 1], such as [0.5, 0.5, 0.5]"),
    "std": (_is_spread, "three numbers above 0, such as [0.5, 0.5, 0.5]"),
    "layout": (lambda value: value in LAYOUTS, f"one of {', '.join(LAYOUTS)}"),
    "order": (lambda value: value in ORDERS, f"one of {', '.join(ORDERS)}"),
    "output": (lambda value: _is_text(value) or _is_index(value), "the name of an output, or its index from 0 up"),
    "class": (_is_index, "the index of a channel, from 0 up"),
    "sigmoid": (_is_switch, "true or false"),
    "stretch": (_is_switch, "true or false"),
    "inputs": (_is_inputs, f"names of inputs, such as {{picture: input}}, for any of {', '.join(ROLES)}"),
    "family": (_is_text, "a text"),
    "told": (_is_text, "a text"),
    "licence": (_is_text, "a text"),
}

"""Which input of a foreign model takes what, and in which shape."""

from typing import NamedTuple

from ..errors import InputError
from .peer_runtimes import Port, Runtime
from .preset import LAYOUTS, Layout, Preset

# what the names of inputs contain, in the exports of the field
NAMES = {"trimap": ("trimap",), "plate": ("bgr", "background", "plate")}
CHANNELS = {"picture": (3, 4), "raw": (3,), "trimap": (1, 2, 3), "distances": (6,), "plate": (3,)}


class Slot(NamedTuple):
    """An input and what it takes.

    Attributes:
        role: one of `ROLES`.
        port: the input.
        channels: how many it takes; a picture of four channels has the trimap as its fourth.
        size: (width, height) if it takes no other.
    """

    role: str
    port: Port
    channels: int
    size: tuple[int, int] | None


def find_slots(runtime: Runtime, preset: Preset) -> tuple[list[Slot], Layout]:
    """The inputs of a model with what they take, and the order of their sides.

    Without `inputs` in the preset, a single input is the picture, alone or with the trimap as its fourth channel; of
    two, the one whose name contains "trimap" is the trimap, and "bgr", "background" or "plate" the plate.

    Raises:
        InputError: an input is not recognised, or contradicts the preset. The line names the field.

    Examples:
        >>> from types import SimpleNamespace
        >>> ports = [Port("img", (1, 3, None, None), float), Port("trimap", (1, 1, None, None), float)]
        >>> slots, layout = find_slots(SimpleNamespace(path="net.onnx", inputs=ports), Preset())
        >>> [(slot.role, slot.channels) for slot in slots], layout
        ([('picture', 3), ('trimap', 1)], 'nchw')
    """
    roles = _roles(runtime, preset)
    layout = _layout(runtime, roles["picture"], preset)
    slots = [_slot(runtime, role, port, layout) for role, port in roles.items()]
    for slot in slots:
        if slot.size and isinstance(preset.size, tuple) and slot.size != preset.size:
            taken, given = (f"[{width}, {height}]" for width, height in (slot.size, preset.size))
            raise InputError(
                f"{runtime.path}: field size is {given}, but the input {slot.port.name} takes {taken}; write "
                f"`size: {taken}`, or leave the field out"
            )
    return slots, layout


def _roles(runtime: Runtime, preset: Preset) -> dict[str, Port]:
    """{role: input}, always with a picture."""
    ports = {port.name: port for port in runtime.inputs}
    named = preset.inputs or _recognise(runtime)
    for role, name in named.items():
        if name not in ports:
            raise InputError(
                f"{runtime.path}: field inputs: the model has no input {name!r} for the {role}; its inputs are "
                + ", ".join(ports)
            )
    left = [name for name in ports if name not in named.values()]
    if left or "picture" not in named:
        raise InputError(
            f"{runtime.path}: field inputs: the inputs {', '.join(left or ports)} are not recognised; name each, such "
            f"as `inputs: {{picture: {next(iter(ports), 'input')}}}`"
        )
    return {role: ports[name] for role, name in named.items()}


def _recognise(runtime: Runtime) -> dict[str, str]:
    """{role: name} of inputs whose names tell what they take; the only other input is the picture."""
    names = [port.name for port in runtime.inputs]
    found = {
        role: name for role, parts in NAMES.items() for name in names if any(part in name.lower() for part in parts)
    }
    others = [name for name in names if name not in found.values()]
    return {"picture": others[0], **found} if len(others) == 1 else found


def _layout(runtime: Runtime, picture: Port, preset: Preset) -> Layout:
    """The preset's, else what the shape of the picture's input says, else nchw."""
    shape = picture.shape
    if len(shape) != 4:
        raise InputError(
            f"{runtime.path}: the input {picture.name} has {len(shape)} sides, but a picture has four (nchw or nhwc); "
            "export the model with such an input"
        )
    possible: list[Layout] = [each for each in LAYOUTS if shape[_channel_side(each)] in (*CHANNELS["picture"], None)]
    if preset.layout is None and possible:
        certain = [each for each in possible if shape[_channel_side(each)] is not None]
        return (certain or possible)[0]
    if preset.layout in possible:
        return preset.layout
    told = f"field layout is {preset.layout}" if preset.layout else "field layout is not told"
    right = f"write `layout: {possible[0]}`" if possible else "a picture has three channels, or four with a trimap"
    raise InputError(f"{runtime.path}: {told}, but the input {picture.name} takes {_shown(shape)}; {right}")


def _slot(runtime: Runtime, role: str, port: Port, layout: Layout) -> Slot:
    """Check the shape of an input; a free number of channels is the smallest possible."""
    side = _channel_side(layout)
    channels = port.shape[side] if len(port.shape) == 4 else 0
    if channels is None:
        channels = CHANNELS[role][0]
    if channels not in CHANNELS[role] or port.shape[0] not in (1, None):
        wanted = " or ".join(map(str, CHANNELS[role]))
        raise InputError(
            f"{runtime.path}: field inputs: {port.name} takes {_shown(port.shape)}, but a {role} is one {layout} "
            f"picture of {wanted} channels; name another input"
        )
    height, width = (port.shape[i] for i in ((2, 3) if layout == "nchw" else (1, 2)))
    return Slot(role, port, channels, (width, height) if width and height else None)


def _channel_side(layout: str) -> int:
    return 1 if layout == "nchw" else 3


def _shown(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("?" if side is None else str(side) for side in shape) + ")"

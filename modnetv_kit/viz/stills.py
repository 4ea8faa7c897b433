"""The explorers' pictures as plain images, which need neither widgets nor a running kernel."""

from collections.abc import Sequence

import numpy as np

from ..inference.patches import PatchInspection
from ..inference.recording import Recording, Replay, replay
from ..models.background import Update
from .background import bgf_images
from .flaws import flaw_picture
from .images import UNKNOWN, colour_map, sheet, to_rgb

RULES: tuple[Update, ...] = ("accumulate", "refresh")
NETWORK_MAPS = ("input", "alpha", "s_p", "d_p", "coarse alpha", "flaw map", "refined patches")
BACKGROUND_MAPS = ("bgM", "bgF", "bg_p", "restored background")
PORTRAIT_HEIGHT = 600  # pixels; overview of a frame in portrait orientation
CHOSEN = ("input", "alpha", "s_p", "bgF", "bg_p", "restored background")


class Restorations:
    """The backgrounds of a recording under both update rules for one theta; bgF is coloured on first use."""

    def __init__(self, recording: Recording, theta: float | None = None):
        self.recording = recording
        self.replays: dict[Update, Replay] = {rule: replay(recording, theta=theta, update=rule) for rule in RULES}
        self._colours: dict[Update, np.ndarray] = {}

    def picture(self, name: str, rule: Update, t: int) -> np.ndarray:
        """One of `BACKGROUND_MAPS` after frame t under a rule."""
        replayed = self.replays[rule]
        picture: np.ndarray
        if name == "bgM":
            picture = replayed.bgM[t]
        elif name == "bgF":
            picture = self._features()[rule][t]
        elif name == "bg_p":
            picture = np.where(replayed.bgM[t][..., None], replayed.bg_p[t], np.uint8(UNKNOWN[0]))
        else:
            picture = replayed.plate[t]
        return picture

    def _features(self) -> dict[Update, np.ndarray]:
        """bgF in colours shared by both rules."""
        if not self._colours:
            both = list(self.replays.values())
            colours = bgf_images(np.concatenate([r.bgF for r in both]), np.concatenate([r.bgM for r in both]))
            self._colours = dict(zip(self.replays, np.split(colours, len(both)), strict=True))
        return self._colours


def background_still(
    recording: Recording,
    t: int,
    maps: Sequence[str] = CHOSEN,
    *,
    theta: float | None = None,
    width: int = 1000,
    restorations: Restorations | None = None,
) -> np.ndarray:
    """One frame of a recording: the network's maps, and below them the background under both rules.

    Args:
        recording: from `record`.
        t: the frame.
        maps: names from `NETWORK_MAPS` and `BACKGROUND_MAPS`.
        theta: for replaying B; by default as recorded.
        width: of the picture in pixels.
        restorations: of this recording and theta, to avoid replaying B for every frame.

    Returns:
        uint8 (H, width, 3).

    Raises:
        ValueError: there is no map, or an unknown one.
    """
    if unknown := set(maps) - {*NETWORK_MAPS, *BACKGROUND_MAPS}:
        raise ValueError(f"unknown maps: {', '.join(sorted(unknown))}")
    network = [name for name in NETWORK_MAPS if name in maps]
    restored = [name for name in BACKGROUND_MAPS if name in maps]
    shape = recording.frames.shape[1:3]
    columns = max(len(network), len(restored))
    rows = []
    if network:
        rows.append(sheet({name: _network_map(recording, name, t) for name in network}, shape, columns, width))
    if restored:
        known = restorations or Restorations(recording, theta)
        for rule in RULES:
            pictures = {f"{rule}: {name}": known.picture(name, rule, t) for name in restored}
            rows.append(sheet(pictures, shape, columns, width))
    if not rows:
        raise ValueError("choose at least one map")
    return np.vstack(rows)


def _network_map(recording: Recording, name: str, t: int) -> np.ndarray:
    """One of `NETWORK_MAPS` of frame t."""
    if name == "flaw map":
        return colour_map(recording.flaw[t], 0, 1)
    fields = {"input": "frames", "coarse alpha": "coarse_alpha", "refined patches": "refined"}
    maps: np.ndarray = getattr(recording, fields.get(name, name))[t]
    return maps


def flaw_still(
    inspection: PatchInspection, patch: tuple[int, int] | None = None, *, xi: float | None = None, k: int | None = None
) -> np.ndarray:
    """The refined patches, and a close-up of one: the frame, the coarse alpha and the matte.

    Args:
        inspection: from `inspect_patches`.
        patch: (row, column); by default the one with the highest flaw.
        xi: threshold; by default the model's own.
        k: patches along each side; by default the model's own.

    Returns:
        uint8 (h, 1000, 3).
    """
    k, xi = k or inspection.k, inspection.xi if xi is None else xi
    flaw = inspection.flaw[k]
    i, j = worst_patch(flaw) if patch is None else patch
    height, width = inspection.coarse.shape
    part = window(height, width, k, i, j)
    matte = inspection.alpha(xi, k)
    portrait = height > 1.2 * width  # pictures then go side by side, since a stack would be too tall
    overview_width = round(PORTRAIT_HEIGHT * width / height) if portrait else 1000
    overview = flaw_picture(inspection.frame, flaw, xi, overview_width)
    verdict = "refined" if flaw[i, j] > xi else "not refined"
    close = {
        f"flaw {flaw[i, j]:.4f}: {verdict}": inspection.frame[part],
        "coarse alpha": inspection.coarse[part],
        "matte": matte[part],
    }
    if not portrait:
        return np.vstack([overview, sheet(close, columns=3, width=1000)])
    beside = sheet(close, columns=3, width=1000 - overview_width)
    below = ((0, max(0, len(overview) - len(beside))), (0, 0), (0, 0))
    return np.hstack([overview, np.pad(beside, below)[: len(overview)]])


def worst_patch(flaw: np.ndarray) -> tuple[int, int]:
    """(row, column) of the highest flaw."""
    i, j = np.unravel_index(int(flaw.argmax()), flaw.shape)
    return int(i), int(j)


def window(height: int, width: int, k: int, i: int, j: int) -> tuple[slice, slice]:
    """A patch of a height x width frame with a margin of half a patch, shifted to lie inside the frame."""
    ph, pw = -(-height // k), -(-width // k)
    high, wide = min(height, 2 * ph), min(width, 2 * pw)
    top = min(max(0, i * ph - ph // 2), height - high)
    left = min(max(0, j * pw - pw // 2), width - wide)
    return slice(top, top + high), slice(left, left + wide)


def wipe(left: np.ndarray, right: np.ndarray, position: float = 0.5) -> np.ndarray:
    """Two pictures in one: `left` on the left of a line, `right` on its right.

    Args:
        left: a picture or map, see `to_rgb`.
        right: another of the same size.
        position: of the line, in [0, 1].

    Returns:
        uint8 (H, W, 3).

    Raises:
        ValueError: they differ in size.
    """
    a, b = to_rgb(left), to_rgb(right)
    if a.shape != b.shape:
        raise ValueError(f"the pictures differ in size: {a.shape[:2]} and {b.shape[:2]}")
    line = round(min(max(position, 0.0), 1.0) * a.shape[1])
    picture = np.concatenate([a[:, :line], b[:, line:]], 1)
    picture[:, max(0, line - 1) : line + 1] = (230, 159, 0)
    return picture

"""Who is who: the parts of a matte that belong to the person who is meant, from frame to frame.

The network finds people. Which of them is meant is decided by what they look like. The matte is divided into cells,
and each is described by its colours, those around it, and its height in the frame. A cell belongs to whoever has shown
the most similar one, at first or lately. Where looks do not tell, it belongs to whoever was there before.
"""

from typing import NamedTuple

import cv2
import numpy as np

LONG_SIDE = 64  # cells along the frame's long side
SOLID = 0.3  # a cell shows somebody where the mean alpha is above it
REMEMBERED = 250  # cells of each side that are remembered, of the first frame and of the latest
BLURS = (0.0, 0.75, 2.0)  # in cells: the surroundings whose colours describe a cell
WEIGHTS = (0.5, 1.0, 1.0)  # of these colours, in CIELAB
HEIGHT_WEIGHT = 30.0  # from the top of the frame to its bottom, in units of CIELAB
CONTRAST = 5.0  # a difference of distances, in units of CIELAB, that tells two people apart
PRIOR = 0.2  # belief that who was in a place in the frame before still is
SMOOTHING = 0.75  # cells: neighbours mostly belong to one person
NEAR = 3  # cells: how far somebody moves from one frame to the next
CERTAIN = 1.75  # belief from which a cell is remembered
LIMIT = 4.0  # of the evidence of one cell


class Cells(NamedTuple):
    """A matte on a grid of cells.

    Attributes:
        solid: bool (h, w), where it shows somebody.
        looks: float32 (h, w, 10), what each cell looks like.
    """

    solid: np.ndarray
    looks: np.ndarray


class Identity(NamedTuple):
    """What is known of the person who is meant, and of everybody else.

    Attributes:
        mine, others: float32 (n, 10), looks at first and lately, up to `REMEMBERED` cells of each.
        belief: float32 (h, w), above 0 where the latest frame shows the person, below 0 where it shows others.
        exclusive: whether parts that appear from nowhere are others; if not, they belong to who is meant.
    """

    mine: tuple[np.ndarray, np.ndarray]
    others: tuple[np.ndarray, np.ndarray]
    belief: np.ndarray
    exclusive: bool


def divide_into_cells(frame: np.ndarray, alpha: np.ndarray) -> Cells:
    """The cells of a matte.

    Args:
        frame: RGB, uint8 (H, W, 3).
        alpha: float32 (H, W) in [0, 1], of everybody.

    Examples:
        >>> cells = divide_into_cells(np.zeros((36, 64, 3), np.uint8), np.ones((36, 64), np.float32))
        >>> cells.solid.all(), cells.looks.shape
        (np.True_, (36, 64, 10))
    """
    height, width = alpha.shape
    scale = LONG_SIDE / max(height, width)
    h, w = max(1, round(height * scale)), max(1, round(width * scale))
    fine = (2 * w, 2 * h)  # so that a cell's colours are those of the people in it, and not of what is beside them
    colours = cv2.cvtColor(
        cv2.resize(frame, fine, interpolation=cv2.INTER_AREA).astype(np.float32) / 255, cv2.COLOR_RGB2LAB
    )
    shown = cv2.resize(alpha, fine, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(shown, (w, h), interpolation=cv2.INTER_AREA)
    premultiplied = cv2.resize(colours * shown[..., None], (w, h), interpolation=cv2.INTER_AREA)
    looks = []
    for blur, importance in zip(BLURS, WEIGHTS, strict=True):
        colour = _blurred(premultiplied, blur) / np.maximum(_blurred(weight, blur), 1e-3)[..., None]
        looks.append(importance * colour)
    rows = np.repeat(np.linspace(0, HEIGHT_WEIGHT, h, dtype=np.float32)[:, None, None], w, 1)
    return Cells(weight > SOLID, np.concatenate([*looks, rows], -1))


def begin(cells: Cells, mine: np.ndarray, others: np.ndarray, exclusive: bool) -> Identity:
    """The identity of a person who is pointed out.

    Args:
        cells: of the frame.
        mine: where the person is, bool (H, W); what is in neither is unknown.
        others: where others are, bool (H, W).
        exclusive: as in `Identity`.

    Examples:
        >>> frame, everybody = np.zeros((36, 64, 3), np.uint8), np.zeros((36, 64), np.float32)
        >>> everybody[:, :20], everybody[:, 40:] = 1, 1
        >>> mine, others = everybody > 0, everybody > 0
        >>> mine[:, 40:], others[:, :20] = False, False
        >>> known = begin(divide_into_cells(frame, everybody), mine, others, exclusive=True)
        >>> share(known, everybody.shape)[0, [10, 50]].tolist()
        [1.0, 0.0]
    """
    size = cells.solid.shape[::-1]
    own, foreign = (cv2.resize(x.astype(np.float32), size, interpolation=cv2.INTER_AREA) for x in (mine, others))
    belief = np.where(cells.solid, 2 * CERTAIN * (own - foreign), 0).astype(np.float32)
    belief = np.where(cells.solid, _extended(belief, NEAR), 0)  # a trimap leaves a band open along the edge
    known = _learned(cells, belief, exclusive)
    return _learned(cells, np.where(belief == 0, _believe(known, cells), belief), exclusive)


def follow(known: Identity, cells: Cells, learn: bool = True) -> Identity:
    """The identity after a frame.

    Args:
        known: after the frame before.
        cells: of the frame.
        learn: whether colours can be trusted; if not, everybody is where they were.

    Examples:
        >>> frame, alpha = np.zeros((36, 64, 3), np.uint8), np.ones((36, 64), np.float32)
        >>> frame[:, 32:] = 200  # another person, in white
        >>> mine = frame[..., 0] == 0
        >>> known = begin(divide_into_cells(frame, alpha), mine, ~mine, exclusive=True)
        >>> after = follow(known, divide_into_cells(frame[:, ::-1], alpha))  # they changed places
        >>> share(after, alpha.shape)[18, [10, 50]].tolist()
        [0.0, 1.0]
    """
    if known.belief.shape != cells.solid.shape:
        return known
    belief = _believe(known, cells, learn)
    if not learn:  # people who cannot be seen in the dark stay where they were
        return known._replace(belief=np.where(cells.solid, belief, known.belief))
    after = known._replace(belief=belief)
    latest = [_sample(cells.looks[cells.solid & (side * belief > CERTAIN)]) for side in (1, -1)]
    mine, others = (
        (old[0] if len(old[0]) else new, new if len(new) else old[1])
        for old, new in zip((known.mine, known.others), latest, strict=True)
    )
    return after._replace(mine=mine, others=others)


def relearned(known: Identity, cells: Cells) -> Identity:
    """The identity after a jump of the brightness: everybody is where they were, and looks as they do now.

    Examples:
        >>> frame, alpha = np.zeros((36, 64, 3), np.uint8), np.ones((36, 64), np.float32)
        >>> frame[:, 32:] = 200  # another person, in white
        >>> mine = frame[..., 0] == 0
        >>> known = begin(divide_into_cells(frame, alpha), mine, ~mine, exclusive=True)
        >>> dim = relearned(known, divide_into_cells(frame // 2, alpha))
        >>> share(dim, alpha.shape)[18, [10, 50]].tolist()
        [1.0, 0.0]
    """
    return _learned(cells, follow(known, cells, learn=False).belief, known.exclusive)


def reassigned(known: Identity, cells: Cells, mine: np.ndarray, others: np.ndarray, learn: bool = True) -> Identity:
    """The identity after a correction: cells that change sides, and what is remembered of their looks.

    Args:
        known: after this frame.
        cells: of the frame.
        mine: what belongs to the person who is meant, bool (H, W).
        others: what belongs to others, bool (H, W).
        learn: whether colours can be trusted; if not, only the cells change sides.

    Examples:
        >>> frame, alpha = np.zeros((36, 64, 3), np.uint8), np.ones((36, 64), np.float32)
        >>> frame[:, 32:48], frame[:, 48:] = 100, 200  # a sleeve, and another person
        >>> black, sleeve = frame[..., 0] == 0, frame[..., 0] == 100
        >>> known = begin(divide_into_cells(frame, alpha), black, ~black, exclusive=True)
        >>> after = reassigned(known, divide_into_cells(frame, alpha), sleeve, np.zeros_like(sleeve))
        >>> share(after, alpha.shape)[18, [10, 40, 60]].tolist()
        [1.0, 1.0, 0.0]
    """
    moved = [_covered(region, cells.solid) for region in (mine, others)]
    after = known
    if learn:
        memories = []
        for (first, latest), gained, lost, side in zip(
            (known.mine, known.others), moved, moved[::-1], (1, -1), strict=True
        ):
            looks = _sample(cells.looks[gained])
            # a cell that leaves this side is not remembered as one of its latest
            stays = _sample(cells.looks[cells.solid & (side * known.belief > CERTAIN) & ~lost])
            kept = stays if len(stays) else latest
            memories.append((_sample(np.concatenate([first, looks])), np.concatenate([kept, looks])))
        after = known._replace(mine=memories[0], others=memories[1])
    belief = _believe(after, cells, learn)
    belief[moved[0]], belief[moved[1]] = 2 * CERTAIN, -2 * CERTAIN
    return after._replace(belief=belief)


def share(known: Identity, size: tuple[int, int]) -> np.ndarray:
    """The person's share of the matte at each pixel, float32 (H, W) in [0, 1], for frames of `size` = (H, W).

    Examples:
        >>> frame, alpha = np.zeros((36, 64, 3), np.uint8), np.ones((36, 64), np.float32)
        >>> mine = np.zeros((36, 64), bool)
        >>> mine[:, :32] = True
        >>> known = begin(divide_into_cells(frame, alpha), mine, ~mine, exclusive=True)
        >>> shared = share(known, (72, 128))  # for frames twice as large
        >>> shared.shape, shared[36, [20, 100]].tolist()
        ((72, 128), [1.0, 0.0])
    """
    reach = max(known.belief.shape)
    belief = cv2.resize(_extended(known.belief, reach), size[::-1], interpolation=cv2.INTER_LINEAR)
    # an edge of about two pixels at 512, since people hide each other with sharp edges
    shared: np.ndarray = np.clip(0.5 + 4 * belief, 0, 1)
    return shared


def _covered(region: np.ndarray, solid: np.ndarray) -> np.ndarray:
    """The solid cells that a region (H, W) covers, bool (h, w); of a small region the one that it covers most."""
    share = cv2.resize(region.astype(np.float32), solid.shape[::-1], interpolation=cv2.INTER_AREA) * solid
    covered: np.ndarray = (share > 0) & (share >= min(SOLID, share.max()))
    return covered


def _learned(cells: Cells, belief: np.ndarray, exclusive: bool) -> Identity:
    """The identity of who is where `belief`, (h, w), says so."""
    mine, others = (_sample(cells.looks[cells.solid & (side * belief > 0)]) for side in (1, -1))
    return Identity((mine, mine), (others, others), belief, exclusive)


def _believe(known: Identity, cells: Cells, learn: bool = True) -> np.ndarray:
    """To whom each cell belongs, float32 (h, w): its looks, where people were, and its neighbours."""
    solid = cells.solid
    new = -1.0 if known.exclusive else 1.0
    if learn and len(known.mine[0]) and len(known.others[0]):
        looks = cells.looks[solid]
        far = (_distance(looks, known.others) - _distance(looks, known.mine)) / CONTRAST
        evidence = np.zeros(solid.shape, np.float32)
        evidence[solid] = np.clip(far, -LIMIT, LIMIT)
        before = _extended(known.belief, NEAR)
        evidence += PRIOR * np.where(before == 0, new, np.sign(before))
    else:
        evidence = _by_place(known.belief, solid, new)
    weight = solid.astype(np.float32)
    for _ in range(2):
        evidence = _blurred(evidence * weight, SMOOTHING) / np.maximum(_blurred(weight, SMOOTHING), 1e-3)
    return np.where(solid, evidence, 0).astype(np.float32)


def _by_place(belief: np.ndarray, solid: np.ndarray, new: float) -> np.ndarray:
    """Evidence from where people were alone, float32 (h, w).

    A part belongs whole to the side that it touches. One that touches both is divided, and one that touches nobody is
    `new`.
    """
    before, nearest = _extended(belief, NEAR), _extended(belief, max(solid.shape))
    evidence = np.zeros(solid.shape, np.float32)
    _, parts = cv2.connectedComponents(solid.astype(np.uint8))
    for part in np.unique(parts[solid]):
        inside = parts == part
        sides = set(np.sign(before[inside]).tolist()) - {0.0}
        if len(sides) == 2:
            evidence[inside] = nearest[inside]
        else:
            evidence[inside] = 2 * sides.pop() if sides else new
    return evidence


def _extended(belief: np.ndarray, reach: int) -> np.ndarray:
    """Beliefs, and around them, up to `reach` cells away, those of the nearest cell that has one."""
    nothing = belief == 0
    if nothing.all() or not nothing.any():
        return belief
    distance, labels = cv2.distanceTransformWithLabels(
        nothing.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    values = np.zeros(labels.max() + 1, np.float32)
    values[labels[~nothing]] = belief[~nothing]
    return np.where(distance <= reach, values[labels], 0).astype(np.float32)


def _distance(looks: np.ndarray, known: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """How different each of the looks (n, 10) is from the most similar known one, float32 (n,)."""
    remembered = np.concatenate(known)
    squares = (looks**2).sum(1)[:, None] + (remembered**2).sum(1)[None] - 2 * looks @ remembered.T
    nearest: np.ndarray = np.sqrt(np.maximum(squares.min(1), 0))
    return nearest


def _sample(looks: np.ndarray) -> np.ndarray:
    """At most `REMEMBERED` of the looks (n, 10), evenly."""
    if len(looks) <= REMEMBERED:
        return looks
    sample: np.ndarray = looks[np.linspace(0, len(looks) - 1, REMEMBERED).astype(int)]
    return sample


def _blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    blurred: np.ndarray = cv2.GaussianBlur(x, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE) if sigma else x
    return blurred

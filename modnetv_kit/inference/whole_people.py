"""From prompts to whole people: what a prompt says about everybody whom the matte shows.

The matte without a prompt shows everybody. Its connected parts are people, or groups who touch each other. A part that
a click keeps is kept whole, and all others are removed whole. If nothing is to be kept, the clicked parts are removed
whole. A part in which one click keeps and another removes is divided between them, unless the second hits a limb. A
part with two heads, in which one click keeps, is divided between the heads.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from ..prompt_maps import REACH, Box, Point
from .limbs import around, is_thin
from .prompt import Prompt
from .two_heads import side

SMALLEST = 2e-4  # of the frame: smaller parts are specks
_REST = 0.25  # of a removed part: if less remains, the part was the person
ALONE = 0.95  # of a part's area: if one side has less, both sides touch in it
SHOWN = 0.6  # a matte shows a region if it covers this share of it
MAIN = 0.7  # of what is cut out: a part that is larger holds the person


class Meant(NamedTuple):
    """Who is meant among the people of a frame.

    Attributes:
        mine: bool (H, W), where the person who is meant is.
        others: bool (H, W), where others are, and what was removed.
        exclusive: whether whoever appears later is somebody else; after prompts that only remove, they are kept too.
    """

    mine: np.ndarray
    others: np.ndarray
    exclusive: bool


def needs_network(alpha: np.ndarray, prompt: Prompt, mine: np.ndarray | None = None) -> bool:
    """Whether a prompt says more than who is who: the network must be told then.

    It must where the matte does not show what is kept, such as a guitar, and where what is removed belongs to
    the same part as the person, such as a chair.

    Args:
        alpha: the matte without the prompt, float32 (H, W) in [0, 1].
        prompt: for the same frame.
        mine: bool (H, W), where the person who is meant is, if that is known.

    Examples:
        >>> alpha = np.zeros((40, 80), np.float32)
        >>> alpha[10:, 5:25] = 1
        >>> needs_network(alpha, Prompt([(15, 20, "keep")])), needs_network(alpha, Prompt([(60, 20, "keep")]))
        (False, True)
    """
    size = (alpha.shape[0], alpha.shape[1])
    solid = alpha > 0.5
    kept = [Prompt([point]) for point in prompt.points if point[2] == "keep"]
    if prompt.mask is not None:
        kept.append(Prompt(mask=prompt.mask))
    if prompt.trimap is not None:
        kept.append(Prompt(trimap=prompt.trimap))
    regions = [solid[cells > 0] for cells in (part.maps(size, size)[0] for part in kept)]
    if any(region.size and region.mean() < SHOWN for region in regions):
        return True
    if kept or len(prompt.boxes):
        return False
    person = solid if mine is None else solid & mine
    return bool(_parts_at(person, prompt.points).sum() > MAIN * person.sum())


def meant(alpha: np.ndarray, prompt: Prompt, others: Iterable[Point] = ()) -> Meant:
    """Who of the people in a frame is meant by a prompt.

    Boxes, mask, trimap and points are read in this order; later ones win. A box keeps the parts of which it holds at
    least half, whole. A mask and a trimap are exact; what a trimap leaves unknown stays unknown. If no
    click that keeps hits anybody, one that just misses a person means that person.

    Args:
        alpha: the matte without the prompt, float32 (H, W) in [0, 1].
        prompt: for the same frame.
        others: clicks that keep other people.

    Examples:
        >>> alpha = np.zeros((40, 80), np.float32)
        >>> alpha[10:, 5:25] = alpha[10:, 50:70] = 1
        >>> who = meant(alpha, Prompt([(15, 20, "keep")]))
        >>> int(who.mine.sum()), int(who.others.sum()), who.exclusive
        (600, 600, True)
    """
    solid = alpha > 0.5
    mine, removed = np.zeros(solid.shape, bool), np.zeros(solid.shape, bool)
    if len(prompt.boxes):
        mine = _boxed(solid, prompt.boxes)
        removed = solid & ~mine
    if prompt.mask is not None:
        mine, removed = solid & (prompt.mask >= 0.5), solid & (prompt.mask < 0.5)
    if prompt.trimap is not None:
        mine, removed = solid & (prompt.trimap >= 1), solid & (prompt.trimap <= 0)
    exclusive = bool(mine.any())
    if len(prompt.points):
        theirs = [point for point in others if point[2] == "keep"]
        keep, remove = whole_people(alpha, _snapped(solid, prompt.points), theirs)
        if exclusive:  # only what was clicked changes sides
            remove &= _parts_at(solid, [point for point in prompt.points if point[2] == "remove"])
        else:
            exclusive = bool(keep.any())
            if not exclusive:
                keep = solid & ~remove
        mine, removed = (mine | keep) & ~remove, (removed & ~keep) | remove
    return Meant(mine, removed, exclusive)


def corrected(alpha: np.ndarray, share: np.ndarray, points: Sequence[Point]) -> tuple[np.ndarray, np.ndarray]:
    """What clicks move on a matte that is already divided.

    Each click moves what it hits to the other side. In a part of the matte that belongs to one side alone, this is the
    whole part, or, where it has two heads, the clicked one. Where both sides touch, it is what lies around the click:
    an arm may hang together with another person. A click that removes never takes away nearly all of the person
    either, since a chair may hang together with them.

    Args:
        alpha: the matte of everybody, float32 (H, W) in [0, 1].
        share: the person's share of it, float32 (H, W) in [0, 1].
        points: (x, y, "keep" or "remove"), in pixels of the frame.

    Returns:
        Two masks, bool (H, W): what becomes the person's, and what becomes others'.

    Examples:
        >>> alpha = np.zeros((40, 80), np.float32)
        >>> alpha[10:, 5:25] = alpha[10:, 50:70] = 1  # two people, both kept so far
        >>> kept, removed = corrected(alpha, np.ones_like(alpha), [(60, 20, "remove")])
        >>> int(kept.sum()), removed[20, [15, 60]].tolist()
        (0, [False, True])
    """
    solid = alpha > 0.5
    mine, others = solid & (share > 0.5), solid & (share <= 0.5)
    kept, removed = np.zeros(solid.shape, bool), np.zeros(solid.shape, bool)
    for x, y, what in points:
        source = others if what == "keep" else mine
        part = _parts_at(solid, [(x, y, what)])
        together = np.count_nonzero(part & source) < ALONE * np.count_nonzero(part)
        moved = _clicked(source, int(x), int(y))
        nearly_all = what == "remove" and np.count_nonzero(mine & ~moved) < _REST * np.count_nonzero(moved)
        if together or nearly_all:
            moved = around(_parts_at(source, [(x, y, what)]), int(x), int(y))
        if what == "keep":
            mine, others, kept, removed = mine | moved, others & ~moved, kept | moved, removed & ~moved
        else:
            mine, others, kept, removed = mine & ~moved, others | moved, kept & ~moved, removed | moved
    return kept, removed


def whole_people(
    alpha: np.ndarray, points: Iterable[Point], others: Iterable[Point] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """The parts of a matte that clicks keep, and those that they remove.

    Args:
        alpha: the matte of the frame without a prompt, float32 (H, W) in [0, 1].
        points: (x, y, "keep" or "remove"), in pixels of the frame.
        others: clicks that keep other people, who are removed here.

    Returns:
        Two masks, bool (H, W), which do not overlap. Clicks beside the matte say nothing here.

    Examples:
        >>> alpha = np.zeros((40, 80), np.float32)
        >>> alpha[10:, 5:25] = alpha[10:, 50:70] = 1  # two people
        >>> keep, remove = whole_people(alpha, [(15, 20, "keep")])
        >>> keep[20, [15, 60]].tolist(), remove[20, [15, 60]].tolist()
        ([True, False], [False, True])
    """
    solid = (alpha > 0.5).astype(np.uint8)
    _, parts = cv2.connectedComponents(solid)
    clicks = [(int(x), int(y), what) for x, y, what in points]
    kept_parts = {int(parts[y, x]) for x, y, what in clicks if what == "keep" and parts[y, x]}
    theirs = [(int(x), int(y), "remove") for x, y, _ in others]
    removed_parts = {int(parts[y, x]) for x, y, what in [*clicks, *theirs] if what == "remove" and parts[y, x]}
    keep, remove = np.zeros(solid.shape, bool), np.zeros(solid.shape, bool)
    for part, size in enumerate(np.bincount(parts.ravel())):
        inside = parts == part
        if part == 0 or size < SMALLEST * solid.size:
            continue
        if part in kept_parts:
            mine = _kept(inside, clicks, theirs)
            keep |= mine
            remove |= inside & ~mine
        elif kept_parts or part in removed_parts:
            remove |= inside
    return keep, remove


def _divide(inside: np.ndarray, clicks: Iterable[tuple[int, int, str]]) -> np.ndarray:
    """What of a part belongs to the clicks that keep, bool (H, W).

    Each pixel goes to the nearest click. People are upright, so up and down count a third of left and right.
    """
    rows, columns = np.indices(inside.shape, dtype=np.float32)
    distances = {"keep": np.full(inside.shape, np.inf, np.float32), "remove": np.full(inside.shape, np.inf, np.float32)}
    for x, y, what in clicks:
        if inside[y, x]:
            np.minimum(distances[what], np.hypot(columns - x, (rows - y) / 3), out=distances[what])
    mine: np.ndarray = inside & (distances["keep"] < distances["remove"])
    return mine


def _kept(
    inside: np.ndarray, clicks: Sequence[tuple[int, int, str]], theirs: Sequence[tuple[int, int, str]]
) -> np.ndarray:
    """What of a part belongs to the people whom clicks keep, bool (H, W).

    The first click names a person. Further ones name others, or, where they are thin, a limb of the first. Clicks that
    remove take away a limb, or divide the part, as clicks on other people (`theirs`) do.
    """
    mine = np.zeros_like(inside)
    for x, y, what in clicks:
        if what == "keep" and inside[y, x] and not mine[y, x]:
            person = _clicked(inside, x, y)
            limb = mine.any() and is_thin(person, x, y)
            mine |= around(person, x, y) if limb else person
    if any(mine[y, x] for x, y, _ in theirs):
        return _divide(inside, [*clicks, *theirs])
    for x, y, what in clicks:
        if what == "remove" and mine[y, x]:
            if not is_thin(side(mine, x), x, y):
                return _divide(inside, clicks)
            mine &= ~around(mine, x, y)
    return mine


def _snapped(solid: np.ndarray, points: Iterable[Point]) -> list[Point]:
    """The clicks. If none that keeps hits a person, those that miss by at most `REACH` move to the nearest pixel."""
    points = list(points)
    _, parts, measures, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
    large = measures[:, cv2.CC_STAT_AREA] >= SMALLEST * solid.size
    large[0] = False  # the background
    people = large[parts]
    rows, columns = np.nonzero(people)
    if not len(rows) or any(people[int(y), int(x)] for x, y, what in points if what == "keep"):
        return points
    snapped = []
    for x, y, what in points:
        distance = np.hypot(columns - x, rows - y)
        nearest = int(distance.argmin())
        if what == "keep" and distance[nearest] <= REACH * max(solid.shape):
            x, y = float(columns[nearest]), float(rows[nearest])
        snapped.append((x, y, what))
    return snapped


def _parts_at(solid: np.ndarray, points: Iterable[Point]) -> np.ndarray:
    """The connected parts that clicks hit, bool (H, W)."""
    _, parts = cv2.connectedComponents(solid.astype(np.uint8))
    hit = {int(parts[int(y), int(x)]) for x, y, _ in points} - {0}
    return np.isin(parts, sorted(hit))


def _clicked(solid: np.ndarray, x: int, y: int) -> np.ndarray:
    """The person at (x, y): the connected part there, or the side of it that was clicked if it has two heads."""
    return side(_parts_at(solid, [(x, y, "keep")]), x)


def _boxed(solid: np.ndarray, boxes: Iterable[Box]) -> np.ndarray:
    """The people in boxes: components of which a box holds half, and of larger ones what is inside.

    Of a component with two heads it is the side with the middle of the box.
    """
    height, width = solid.shape
    reach = REACH * max(height, width)
    _, parts = cv2.connectedComponents(solid.astype(np.uint8))
    held = np.zeros(solid.shape, bool)
    for x, y, w, h in boxes:
        left, right = max(0, int(x - reach)), max(0, int(np.ceil(x + w + reach)))
        top, bottom = max(0, int(y - reach)), max(0, int(np.ceil(y + h + reach)))
        inside = np.zeros(solid.shape, bool)
        inside[top:bottom, left:right] = True
        for part in np.unique(parts[solid & inside]):
            whole = parts == part
            person = side(whole, int(x + w / 2))
            if (person & inside).sum() >= 0.5 * person.sum():
                held |= person
            elif person.sum() == whole.sum():
                held |= whole & inside
    return held

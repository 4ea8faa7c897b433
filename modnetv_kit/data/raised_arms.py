"""Drawn raised arms, which are rare in photos and common in videos of people talking."""

import cv2
import numpy as np

from .cutouts import Placement
from .skin import skin_mask

FINE = 2  # supersampling factor of drawn arms, for soft edges


def raise_arm(rng: np.random.Generator, rgba: np.ndarray, box: Placement) -> tuple[np.ndarray, Placement]:
    """Draw an extra forearm and hand, raised beside or in front of the person.

    Without raised hands in training, the network takes them for background objects. The drawn hand has a palm, four
    fingers and a thumb, bent and spread at random. Its skin takes the person's skin colour if skin is found; its sleeve
    takes the colour of their clothes.

    Args:
        rng: source of all random choices.
        rgba: uint8 (h, w, 4), straight alpha.
        box: the person's placement.

    Returns:
        The cutout, enlarged to hold the arm, and the placement of the person without the arm. Both are unchanged if the
        photo cuts off the person on both left and right.
    """
    sides = [side for side, cut in ((-1, box.cut.left), (1, box.cut.right)) if not cut]
    if not sides:
        return rgba, box
    side = sides[rng.integers(len(sides))]
    wide, tall = box.right - box.left, box.bottom - box.top
    if box.cut.below:  # head and shoulders: the elbow is low, sometimes below the picture
        hand = float(np.clip(wide * np.exp(rng.uniform(np.log(0.18), np.log(0.5))), 12, 0.5 * tall))
        height = box.top + tall * rng.uniform(0.6, 1.1)
    else:  # a whole figure: a hand is about a tenth of the body's height, and the elbow is above the waist
        hand = tall * rng.uniform(0.07, 0.11)
        height = box.top + tall * rng.uniform(0.25, 0.4)
    body = np.flatnonzero(rgba[min(int(height), box.bottom - 1), :, 3] > 127)
    if not len(body):
        return rgba, box
    inside = body[-1] if side > 0 else body[0]
    elbow = np.array([inside - side * rng.uniform(0.1, 0.8) * hand, height])
    lean = rng.uniform(-0.4, 1.2)  # radians, outward
    wrist = elbow + hand * rng.uniform(1.2, 1.8) * np.array([side * np.sin(lean), -np.cos(lean)])
    beyond = int(max(0, 1.3 * hand - wrist[0], wrist[0] + 1.3 * hand - rgba.shape[1]))
    above = int(max(0, 1.3 * hand - wrist[1]))
    moved = np.array([beyond, above])
    skin, cloth = skin_and_cloth(rng, rgba)
    rgba = np.pad(rgba, ((above, 0), (beyond, beyond), (0, 0)))
    _draw(rng, rgba, wrist + moved, elbow + moved, hand, side, skin, cloth)
    return rgba, Placement(box.top + above, box.bottom + above, box.left + beyond, box.right + beyond, box.cut)


def skin_and_cloth(rng: np.random.Generator, rgba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Skin colour, the person's if visible, and a sleeve colour from their lower half; (3,) in [0, 255]."""
    person = rgba[::2, ::2][rgba[::2, ::2, 3] > 250][:, :3]
    tone = np.array([224, 172, 140]) * rng.uniform(0.3, 1.05)
    if not len(person):
        return tone, tone
    sample = person[rng.integers(len(person), size=2000)]
    found = sample[skin_mask(sample[None])[0]]
    skin = np.median(found, 0) if len(found) > 60 else tone
    return skin, person[rng.integers(len(person) // 2, len(person))].astype(float)


def _draw(
    rng: np.random.Generator,
    rgba: np.ndarray,
    wrist: np.ndarray,
    elbow: np.ndarray,
    hand: float,
    side: int,
    skin: np.ndarray,
    cloth: np.ndarray,
) -> None:
    """Draw an arm into `rgba`; `wrist`, `elbow` (x, y) and `hand`, the hand's length, are in its pixels."""
    limits = np.array(rgba.shape[1::-1])
    near = np.clip(np.floor(np.minimum(wrist, elbow) - 1.3 * hand).astype(int), 0, limits - 1)
    far = np.clip(np.ceil(np.maximum(wrist, elbow) + 1.3 * hand).astype(int), near + 1, limits)
    size = (int(far[0] - near[0]), int(far[1] - near[1]))
    arm = np.zeros((size[1] * FINE, size[0] * FINE), np.uint8)
    folds = np.zeros_like(arm)

    def stroke(canvas: np.ndarray, start: np.ndarray, end: np.ndarray, thick: float) -> None:
        """Draw a line with round ends; `thick` in hand lengths."""
        a, b = (np.rint((point - near) * FINE).astype(int).tolist() for point in (start, end))
        cv2.line(canvas, a, b, 255, max(1, round(thick * hand * FINE)), cv2.LINE_AA)

    forearm = elbow - wrist
    reach = float(np.linalg.norm(forearm))
    turn = np.arctan2(-forearm[1], -forearm[0]) + rng.normal(0, 0.3)
    up = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-up[1], up[0]]) * (side if rng.random() < 0.5 else -side)
    for share in np.linspace(0, 1, 5):  # wider toward the elbow
        stroke(arm, wrist + forearm * share, elbow, 0.3 + 0.22 * share)
    slim = rng.uniform(0.55, 1.0)  # narrower if the hand is seen edge-on
    palm = wrist + 0.3 * hand * up
    for offset in (-0.12, 0.0, 0.12):
        stroke(arm, wrist + 0.1 * hand * up, palm + offset * slim * hand * across, 0.26)
    spread = rng.uniform(0.02, 0.28)
    for place in (-1, -1 / 3, 1 / 3, 1):
        root = palm + hand * (0.19 * place * slim * across + 0.12 * up)
        angle = place * spread + rng.normal(0, 0.08)
        along = np.cos(angle) * up + np.sin(angle) * across
        length = hand * (0.5 - 0.06 * abs(place)) * (1.0 if rng.random() < 0.7 else rng.uniform(0.1, 0.7))
        middle = root + 0.5 * length * along
        stroke(arm, root, middle, 0.12)
        stroke(arm, middle, middle + 0.5 * length * (along + rng.normal(0, 0.15) * across), 0.105)
        beside = 0.06 * hand * across
        stroke(folds, root + beside, root + beside + length * along, 0.025)
    thumb = palm - hand * (0.12 * up + 0.16 * slim * across)
    stroke(arm, thumb, thumb + hand * (rng.uniform(0.1, 0.3) * up - rng.uniform(0.12, 0.3) * across), 0.13)

    # shaded like a round limb, darker toward the edges and between the fingers
    depth = cv2.distanceTransform((arm > 127).astype(np.uint8), cv2.DIST_L2, 3) / (0.16 * hand * FINE)
    light = rng.uniform(0.6, 0.9) + 0.4 * np.minimum(depth, 1) - folds / 1000.0
    light = cv2.resize(light.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    grain = rng.normal(1, 0.05, (9, 9)) + rng.normal(0, 0.1) * np.linspace(-1, 1, 9)
    light = light * cv2.resize(grain.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[near[1] : far[1], near[0] : far[0]]
    down = ((x - wrist[0]) * forearm[0] + (y - wrist[1]) * forearm[1]) / reach**2  # 0 at the wrist, 1 at the elbow
    sleeve = down > rng.uniform(-0.1, 1.4)

    region = rgba[near[1] : far[1], near[0] : far[0]]
    over = cv2.resize(arm, size, interpolation=cv2.INTER_AREA)[..., None] / 255.0
    under = region[..., 3:] / 255.0 * (1 - over)
    total = over + under
    colour = np.where(sleeve[..., None], cloth, skin) * light[..., None]
    mixed = (colour * over + region[..., :3] * under) / np.maximum(total, 1e-3)
    region[..., :3] = np.where(over > 0, mixed, region[..., :3]).clip(0, 255).round()
    region[..., 3:] = (total * 255).round()

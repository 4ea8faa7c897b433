"""Still cutouts bent over time: limbs swing and bodies lean, unlike in rigid motion."""

import cv2
import numpy as np

from .cutouts import Placement

CELLS = 5  # control points along each side of the displacement field; few points bend smoothly


def bend(rng: np.random.Generator, rgba: np.ndarray, box: Placement, length: int, stride: int) -> list[np.ndarray]:
    """A cutout in `length` poses, each a smooth local warp; the first pose is warped, too.

    Two displacement fields oscillate, each with its own period. They vanish at the sides cut off by the photo, which
    must stay outside the frame.

    Args:
        rng: source of all random choices.
        rgba: uint8 (h, w, 4), straight alpha.
        box: the person's placement.
        length: number of poses.
        stride: video frames between neighbouring poses.

    Returns:
        Cutouts of the same size, uint8 (h, w, 4).
    """
    h, w = rgba.shape[:2]
    reach = float(rng.uniform(0.02, 0.09)) * min(box.right - box.left, 2 * (box.bottom - box.top))
    fields = rng.normal(0, reach, (2, 2, CELLS, CELLS)).astype(np.float32)
    for axis, first, last in ((-2, box.cut.above, box.cut.below), (-1, box.cut.left, box.cut.right)):
        for cut, knot in ((first, 0), (last, -1)):
            if cut:
                np.moveaxis(fields, axis, 0)[knot] = 0
    smooth = [[cv2.resize(x, (w, h), interpolation=cv2.INTER_CUBIC) for x in field] for field in fields]
    periods, phases = rng.uniform(10, 50, 2), rng.uniform(0, 2 * np.pi, 2)
    y, x = np.mgrid[:h, :w].astype(np.float32)
    # resampled premultiplied, so colours hidden under alpha 0 do not bleed into the edges
    alpha = rgba[..., 3:].astype(np.float32) / 255
    drawn = np.dstack([rgba[..., :3] * alpha, rgba[..., 3:]]).astype(np.uint8)
    poses = []
    for t in range(length):
        swing = np.sin(2 * np.pi * t * stride / periods + phases)
        move_x, move_y = (
            sum(float(s) * field[axis] for s, field in zip(swing, smooth, strict=True)) for axis in (0, 1)
        )
        pose = cv2.remap(drawn, x + move_x, y + move_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        colours = pose[..., :3] * (255 / np.maximum(pose[..., 3:], 1).astype(np.float32))
        poses.append(np.dstack([colours.clip(0, 255).astype(np.uint8), pose[..., 3]]))
    return poses

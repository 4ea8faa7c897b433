"""A clean plate from the user: aligned with the frame and written into B's memory."""

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from ..errors import InputError
from ..models import BackgroundState, MODNetV
from ..models.blocks import as_float, even, shrink
from .clean_plate import CleanPlate

STEADY = 4.0  # difference of plate and frame, of 255, up to which it counts as noise instead of movement
SIDE = 512  # long side for the search for movement
RATIO = 0.75  # Lowe's: a match must be this much closer than the second best
AGREEING = 20  # matches that must agree on the movement
STILL = 1.0  # pixels by which corners may move with a static camera


def check_plate(plate: np.ndarray) -> None:
    """Check that a plate is a picture.

    Raises:
        InputError: an array of another type or shape.

    Examples:
        >>> check_plate(np.zeros((8, 8), np.uint8))
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: a plate is RGB, uint8 of shape (H, W, 3), not uint8 of shape (8, 8)
    """
    if plate.dtype != np.uint8 or plate.ndim != 3 or plate.shape[2] != 3:
        raise InputError(f"a plate is RGB, uint8 of shape (H, W, 3), not {plate.dtype} of shape {plate.shape}")


def align_plate(plate: np.ndarray, frame: np.ndarray) -> CleanPlate:
    """Align a photo of the empty place with the frame.

    The map from `find_movement` moves it. If too few points match, as on plain walls, it is used unchanged if it agrees
    with most of the frame.

    Args:
        plate: uint8 (h, w, 3), of any size.
        frame: uint8 (H, W, 3), with people.

    Raises:
        InputError: they show different places, or views that are too far apart.

    Examples:
        >>> wall = np.full((120, 200, 3), 140, np.uint8)
        >>> frame = wall.copy()
        >>> frame[40:, 60:90] = 20  # a person
        >>> known = align_plate(wall, frame)
        >>> np.array_equal(known.image, wall), bool(known.mask.all())
        (True, True)
    """
    height, width = frame.shape[:2]
    everywhere = np.ones((height, width), bool)
    movement = find_movement(plate, frame, everywhere)
    scale = np.array([plate.shape[1] / width, plate.shape[0] / height])
    if movement is not None and _corners_move(movement, scale, width, height) > STILL:
        image, known = move_plate(plate, movement, (width, height))
        return CleanPlate(image, known, known)
    fitted = plate if plate.shape == frame.shape else cv2.resize(plate, (width, height), interpolation=cv2.INTER_AREA)
    if movement is None and np.median(cv2.absdiff(fitted, frame)) > STEADY:
        raise InputError(
            "the plate cannot be aligned with the video: it must show the same place, empty, from about where the "
            "camera stands in the first frame"
        )
    return CleanPlate(fitted, everywhere, everywhere)


def find_movement(plate: np.ndarray, frame: np.ndarray, empty: np.ndarray) -> np.ndarray | None:
    """The affine map from the frame to the plate with the most inliers among SIFT matches (RANSAC).

    Args:
        plate: uint8 (h, w, 3).
        frame: uint8 (H, W, 3).
        empty: bool (H, W), the pixels of the frame to match.

    Returns:
        float (2, 3), or None if too few agree.

    Examples:
        >>> tiles = np.random.default_rng(0).integers(0, 256, (30, 50, 3), np.uint8)
        >>> plate = cv2.GaussianBlur(tiles.repeat(8, 0).repeat(8, 1), (0, 0), 1)
        >>> frame = plate[20:, 30:]  # seen from further right, and lower
        >>> find_movement(plate, frame, np.ones(frame.shape[:2], bool)).round().astype(int).tolist()
        [[1, 0, 30], [0, 1, 20]]
    """
    points, features = _features(frame, empty)
    plate_points, plate_features = _features(plate, np.ones(plate.shape[:2], bool))
    if min(len(points), len(plate_points)) < 2:
        return None
    best_two = cv2.BFMatcher().knnMatch(features, plate_features, 2)
    good = [first for first, second in best_two if first.distance < RATIO * second.distance]
    if len(good) < AGREEING:
        return None
    here = np.array([points[match.queryIdx] for match in good])
    there = np.array([plate_points[match.trainIdx] for match in good])
    tolerance = 1.5 * max(1.0, max(plate.shape) / SIDE)
    found, inliers = cv2.estimateAffine2D(here, there, ransacReprojThreshold=tolerance)
    return found if found is not None and np.sum(inliers) >= AGREEING else None


def move_plate(plate: np.ndarray, movement: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The plate in a frame of `size` = (W, H), and a mask of the pixels it covers: uint8 (H, W, 3), bool (H, W).

    Examples:
        >>> plate = np.uint8([[[10] * 3, [20] * 3, [30] * 3]])
        >>> moved, covered = move_plate(plate, np.float64([[1, 0, 1], [0, 1, 0]]), (3, 1))  # one pixel to the left
        >>> moved[0, :, 0].tolist(), covered[0].tolist()
        ([20, 30, 30], [True, True, False])
    """
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(plate, movement, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(plate.shape[:2], 255, np.uint8), movement, size, flags=how)
    return moved, inside == 255


@torch.inference_mode()
def known_background(model: MODNetV, plate: CleanPlate) -> BackgroundState:
    """The state with a known plate: `bgF = E(plate)`, `bgM = 1` in completely known cells.

    Examples:
        >>> image, known = np.full((64, 96, 3), 120, np.uint8), np.ones((64, 96), bool)
        >>> known[:, 48:] = False  # the right half is unknown
        >>> with torch.inference_mode():
        ...     state = known_background(MODNetV().eval(), CleanPlate(image, known, known))
        >>> state.bgM.shape, state.bgM.mean().item()
        (torch.Size([1, 1, 16, 24]), 0.5)
    """
    device = next(model.parameters()).device
    picture = torch.from_numpy(plate.image).to(device).permute(2, 0, 1)[None].contiguous()
    e_4x = model.encoder.stem(even(shrink(as_float(picture), model.coarse_shape(*plate.mask.shape))))[1]
    mask = torch.from_numpy(plate.mask).to(e_4x)[None, None]
    bgM = (F.adaptive_avg_pool2d(mask, (e_4x.shape[-2], e_4x.shape[-1])) == 1).to(e_4x.dtype)
    return BackgroundState.known(e_4x * bgM, bgM)


def _corners_move(movement: np.ndarray, scale: np.ndarray, width: int, height: int) -> float:
    """The largest distance between a corner under the movement and under scaling alone, in pixels of the frame."""
    corners = np.array([(x, y, 1) for x in (0, width) for y in (0, height)])
    return float(np.abs(corners @ movement.T / scale - corners[:, :2]).max())


def _features(image: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """SIFT points, (N, 2) as x, y in the full-size image, and their descriptors, (N, 128)."""
    scale = min(1.0, SIDE / max(where.shape))
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    keypoints, features = cv2.SIFT.create().detectAndCompute(small, mask)
    points = np.array([keypoint.pt for keypoint in keypoints], np.float64).reshape(-1, 2)
    return (points + 0.5) / scale - 0.5, features

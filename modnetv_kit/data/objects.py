"""Drawn objects that resemble limbs and laps: jointed arms of lamps and microphones, pipes, and boxes like books."""

import itertools

import cv2
import numpy as np
import torch
from torch import Tensor

SIDE = 256  # pixels; objects are drawn at one size and scaled when they are placed
CANVAS = 4 * SIDE  # drawn larger and shrunk, for smooth edges


def draw_object(rng: np.random.Generator, picture: np.ndarray) -> Tensor:
    """A jointed arm or a box, in a plain colour or with the texture of a picture.

    Without such objects in training, the boom of a microphone becomes a sleeve, and a book on the table before somebody
    becomes part of them.

    Args:
        rng: source of all random choices.
        picture: RGB, uint8 (h, w, 3), for the texture.

    Returns:
        Premultiplied RGBA in [0, 1], (4, SIDE, SIDE).
    """
    shape, light = np.zeros((CANVAS, CANVAS), np.uint8), np.ones((CANVAS, CANVAS), np.float32)
    (_draw_arm if rng.random() < 0.6 else _draw_box)(rng, shape, light)
    alpha = cv2.resize(shape, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    brightness = cv2.resize(light, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    colours = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    if rng.random() < 0.6:  # one colour of the picture, or a dark or light grey, with a little texture
        grey = float(rng.choice([rng.uniform(0.02, 0.2), rng.uniform(0.6, 0.95)]))
        plain = colours[rng.integers(SIDE), rng.integers(SIDE)] if rng.random() < 0.5 else np.full(3, grey, np.float32)
        colours = plain + rng.uniform(0, 0.25) * (colours - colours.mean((0, 1)))
    rgb = (colours * brightness[..., None]).clip(0, 1) * alpha[..., None]
    return torch.from_numpy(np.dstack([rgb, alpha]).astype(np.float32)).permute(2, 0, 1)


def _draw_arm(rng: np.random.Generator, shape: np.ndarray, light: np.ndarray) -> None:
    """A chain of one to four bars, thin as a pole or thick as a sleeve, sometimes with a head like a lamp's.

    Args:
        rng: source of all random choices.
        shape: uint8 (CANVAS, CANVAS), receives 255 inside.
        light: float32 of the same size, receives the brightness of the round bars.
    """
    count = int(rng.integers(1, 5))
    angle = rng.uniform(0, 2 * np.pi)
    steps = []
    for _ in range(count):
        steps.append(rng.uniform(0.5, 1) * np.array([np.cos(angle), np.sin(angle)]))
        angle += rng.choice([-1, 1]) * rng.uniform(0.2, 2.4)
    joints = np.cumsum([np.zeros(2), *steps], 0)
    extent = joints.max(0) - joints.min(0)
    thickness = float(np.exp(rng.uniform(np.log(0.02), np.log(0.2))))
    scale = CANVAS * (0.98 - 2.6 * thickness) / max(extent.max(), 0.3)
    joints = CANVAS / 2 + (joints - (joints.max(0) + joints.min(0)) / 2) * scale
    shade = float(rng.uniform(0, 0.5))
    for start, end in itertools.pairwise(joints):
        width = CANVAS * thickness * rng.uniform(0.7, 1)
        corners = tuple(int(v) for v in start), tuple(int(v) for v in end)
        for part in (1.0, 0.7, 0.4):  # darker towards the edges, as round bars are
            cv2.line(light, *corners, 1 + shade * (0.5 - part), max(1, int(width * part)))
        cv2.line(shape, *corners, 255, max(1, int(width)))
    if rng.random() < 0.5:
        axes = tuple(int(CANVAS * thickness * rng.uniform(0.6, 1.3)) + 1 for _ in range(2))
        centre = tuple(int(v) for v in joints[-1])
        cv2.ellipse(shape, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, cv2.FILLED)


def _draw_box(rng: np.random.Generator, shape: np.ndarray, light: np.ndarray) -> None:
    """A rectangle in perspective, sometimes with a second face; arguments as in `_draw_arm`."""
    flat = rng.uniform(0.15, 1)
    corners = np.array([[-1, -flat], [1, -flat], [1, flat], [-1, flat]]) + rng.normal(0, 0.12, (4, 2))
    angle = rng.normal(0, 0.5)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = cv2.convexHull((corners @ turn.T).astype(np.float32))[:, 0]
    faces = [(corners, 1.0)]
    if rng.random() < 0.6:
        below = corners + np.array([0, rng.uniform(0.05, 0.8)])
        faces.insert(0, (cv2.convexHull(np.vstack([corners, below]).astype(np.float32))[:, 0], rng.uniform(0.5, 0.9)))
    every = np.vstack([face for face, _ in faces])
    middle, extent = (every.max(0) + every.min(0)) / 2, (every.max(0) - every.min(0)).max()
    for face, brightness in faces:
        points = (CANVAS / 2 + (face - middle) / extent * CANVAS * 0.94).astype(np.int32)
        cv2.fillPoly(shape, [points], 255)
        cv2.fillPoly(light, [points], float(brightness))

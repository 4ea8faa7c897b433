"""Photometric augmentation: the effects of cameras, lamps and codecs on a picture."""

import io

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor


def recolour(rng: np.random.Generator, picture: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Random gain, colour cast, contrast, saturation and gamma of a picture, uint8 (H, W, 3) -> uint8 (H, W, 3).

    It is applied to pictures before they are drawn into frames, so it costs one matrix and one lookup table on bytes
    for all frames.
    """
    gain = float(np.exp(rng.normal(0, 0.2 * strength)))
    cast = np.exp(rng.normal(0, 0.06 * strength, 3))
    contrast = float(np.exp(rng.normal(0, 0.15 * strength)))
    saturation = float(np.exp(rng.normal(0, 0.25 * strength)))
    gamma = float(np.exp(rng.normal(0, 0.2 * strength)))
    # grey + (rgb - grey) saturation, then contrast around mid-grey, then gain and colour cast
    mix = np.full((3, 3), (1 - saturation) / 3) + saturation * np.eye(3)
    scale = gain * cast[:, None]
    linear = cv2.transform(picture, np.hstack([scale * contrast * mix, scale * 127.5 * (1 - contrast)]))
    table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return cv2.LUT(linear, table)


def tint_like(rng: np.random.Generator, picture: Tensor, colours: Tensor, alpha: Tensor) -> Tensor:
    """Tint a picture like a person, as for a hand in front of a house of the same colour, or dark cloth in a dark room.

    Mean and standard deviation of each channel move at least halfway to the person's or, half of the time, to those of
    a spot on the person, such as a hand, a sleeve or hair. The picture keeps at least half of its standard deviation,
    so its shapes stay visible.

    Args:
        rng: draws the strength and the spot.
        picture: (3, h, w) in [0, 1].
        colours: the person's premultiplied colours, (T, 3, H, W) in [0, 1].
        alpha: (T, 1, H, W) in [0, 1].

    Returns:
        (3, h, w) in [0, 1]; the picture unchanged if the person is hardly visible.
    """
    inside = alpha[0, 0] > 0.9
    if inside.sum() < 16:
        return picture
    if rng.random() < 0.5:
        places = inside.nonzero()
        y, x = places[rng.integers(len(places))].tolist()
        reach = int(max(inside.shape) * rng.uniform(0.02, 0.1)) + 4
        spot = torch.zeros_like(inside)
        spot[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = True
        inside = inside & spot if (inside & spot).sum() >= 16 else inside
    person = colours[0][:, inside]
    mean, spread = picture.mean((1, 2), keepdim=True), picture.std((1, 2), keepdim=True).clamp_min(0.02)
    share = float(rng.uniform(0.5, 1))
    new_mean = torch.lerp(mean, person.mean(1)[:, None, None], share)
    new_spread = torch.lerp(spread, torch.maximum(person.std(1)[:, None, None], spread / 2), share)
    return ((picture - mean) / spread * new_spread + new_mean).clamp(0, 1)


def lighting_drift(rng: np.random.Generator, length: int) -> Tensor:
    """A gain for each of `length` frames, (T, 1, 1, 1) around 1, like a flickering lamp or a passing cloud."""
    t = np.arange(length)
    wave = np.sin(2 * np.pi * t / rng.uniform(4, 30) + rng.uniform(0, 2 * np.pi))
    gain = np.exp(rng.normal(0, 0.06) * wave + rng.normal(0, 0.01) * t)
    return torch.from_numpy(gain.astype(np.float32)).view(-1, 1, 1, 1)


def lighting_change(rng: np.random.Generator, length: int) -> Tensor:
    """A gain for each frame and channel, (T, 3, 1, 1) around 1.

    It is coloured light, low light, a fade, or an exposure jump. The gain is at least 1/6, so people stay visible.
    """
    kind = rng.random()
    gain = np.ones((length, 3))
    if kind < 0.35:
        cast = np.exp(rng.normal(0, 0.45, 3))
        gain *= cast / cast.max()
    elif kind < 0.65:
        gain *= float(rng.uniform(0.17, 0.5)) * np.exp(rng.normal(0, 0.1, 3))
    elif kind < 0.85:
        fade = np.linspace(float(rng.uniform(0.17, 0.6)), 1, length)[:, None]
        gain *= fade if rng.random() < 0.5 else fade[::-1]
    else:
        gain[int(rng.integers(length)) :] *= float(np.exp(rng.choice([-1, 1]) * rng.uniform(0.3, 0.9)))
    return torch.from_numpy(gain.clip(1 / 6, 3).astype(np.float32))[..., None, None]


def gaussian_blur(x: Tensor, sigma: float) -> Tensor:
    """Blur (T, C, H, W) with a Gaussian of `sigma` pixels."""
    radius = max(1, int(2.5 * sigma + 0.5))
    t = torch.arange(-radius, radius + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-(t**2) / (2 * sigma**2))
    kernel = (kernel / kernel.sum()).expand(x.shape[1], 1, -1)
    x = F.conv2d(F.pad(x, (radius, radius, 0, 0), "replicate"), kernel[:, :, None, :], groups=x.shape[1])
    return F.conv2d(F.pad(x, (0, 0, radius, radius), "replicate"), kernel[:, :, :, None], groups=x.shape[1])


def smear(rng: np.random.Generator, x: Tensor, length: float) -> Tensor:
    """Motion-blur (T, C, H, W) along a line of `length` pixels in a random direction."""
    angle, radius = rng.uniform(0, np.pi), max(1, round(length / 2))
    kernel = np.zeros((2 * radius + 1, 2 * radius + 1), np.float32)
    reach = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    # in 256ths of a pixel, since the line's ends lie between pixels
    start, end = (tuple(int(v) for v in 256 * (radius + sign * reach)) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1, 1, cv2.LINE_AA, 8)
    line = torch.from_numpy(kernel / kernel.sum()).to(x).expand(x.shape[1], 1, -1, -1)
    return F.conv2d(F.pad(x, (radius,) * 4, "replicate"), line, groups=x.shape[1])


def cast_shadow(rng: np.random.Generator, background: Tensor, alpha: Tensor) -> Tensor:
    """Darken `background` (T, 3, H, W) where a shifted, softened copy of `alpha` (T, 1, H, W) falls."""
    height, width = alpha.shape[-2:]
    small = F.adaptive_avg_pool2d(alpha, (max(4, height // 8), max(4, width // 8)))
    shift = (int(rng.integers(-3, 4)), int(rng.integers(-4, 5)))
    small = gaussian_blur(torch.roll(small, shift, (2, 3)), float(rng.uniform(0.5, 2)))
    shadow = F.interpolate(small, size=(height, width), mode="bilinear", align_corners=False)
    return background * (1 - float(rng.uniform(0.15, 0.6)) * shadow)


def camera(rng: np.random.Generator, frames: Tensor) -> Tensor:
    """Random camera artefacts on frames (T, 3, H, W) in [0, 1]: blur, low resolution, noise, JPEG."""
    height, width = frames.shape[-2:]
    if rng.random() < 0.15:
        frames = gaussian_blur(frames, float(rng.uniform(0.4, 1.2)))
    if rng.random() < 0.15:
        factor = rng.uniform(1.3, 3)
        small = F.interpolate(frames, size=(int(height / factor), int(width / factor)), mode="bilinear", antialias=True)
        frames = F.interpolate(small, size=(height, width), mode="bilinear", align_corners=False)
    if rng.random() < 0.4:
        noise = torch.Generator().manual_seed(int(rng.integers(2**31)))
        frames = frames + torch.randn(frames.shape, generator=noise) * float(rng.uniform(0.003, 0.04))
    frames = frames.clamp(0, 1)
    if rng.random() < 0.25:
        frames = torch.stack([_jpeg(frame, int(rng.integers(35, 90))) for frame in frames])
    return frames


def _jpeg(frame: Tensor, quality: int) -> Tensor:
    """Compress and decompress a frame (3, H, W) as JPEG."""
    buffer = io.BytesIO()
    pixels = (frame.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255

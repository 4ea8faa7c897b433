"""Shared by several test folders: helpers imported by bare name, drawn training pictures, a fixed seed."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from modnetv_kit.models import MODNetV

sys.path.insert(0, str(Path(__file__).parent))  # helpers beside the tests, wherever pytest is started
torch.set_num_threads(1)  # on pictures this small, threads cost more than they bring
# a background job ignores Ctrl-C, and would wait for ever for a test's
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _seed() -> None:
    """Every test draws the same random numbers in any order of tests."""
    torch.manual_seed(0)


@pytest.fixture(scope="module")  # not longer: while one is open nothing else in this process can start playwright
def browser() -> "Iterator[Browser]":
    """Chromium, for the tests of one file."""
    from playwright.sync_api import sync_playwright
    from real_browser import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), timeout=180_000)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def picture_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Training data in small: cutouts/ with 8 soft-edged figures (RGBA) and backgrounds/ with 8 textures."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "cutouts").mkdir()
    (folder / "backgrounds").mkdir()
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:96, 0:80] / 96
    for i in range(8):
        head = np.hypot((x - 0.42) / 0.14, (y - 0.25) / 0.18)
        floor = 0.7 if i % 2 else 1.0  # every other figure is cut off by the lower edge
        body = np.hypot((x - 0.42) / rng.uniform(0.2, 0.3), (y - floor) / 0.65)
        alpha = np.clip((1 - np.minimum(head, body)) * 8 + 0.5, 0, 1) * (y < 0.97 if i % 2 else 1)
        skin = np.array([200, 150, 120]) + rng.normal(0, 15, 3)
        rgba = np.concatenate([np.broadcast_to(skin, (96, 80, 3)), alpha[..., None] * 255], 2)
        Image.fromarray(rgba.clip(0, 255).round().astype(np.uint8)).save(folder / f"cutouts/person{i}.png")
        waves = np.stack([np.sin(x * rng.uniform(5, 40) + y * rng.uniform(5, 40) + c) for c in range(3)], 2)
        texture = 100 + 60 * waves + rng.normal(0, 8, (96, 80, 3))
        Image.fromarray(texture.clip(0, 255).astype(np.uint8)).save(folder / f"backgrounds/wall{i}.jpg", quality=95)
    return folder


@pytest.fixture(scope="session")
def red_model() -> "MODNetV":
    """A model with a known result: its alpha is the red channel."""
    from model_helpers import RedIsThePerson

    return RedIsThePerson().eval()

"""One app for all tests that look at pages."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from app_browser import PATIENCE
from app_clips import real_clip
from app_server import AppServer
from matting_clips import write_clip
from playwright.sync_api import Browser, Page, expect
from service_calls import FRAMES, LONG

from modnetv_kit.app.service import request_folder

OpenPage = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: a folder of CI's, or a temporary one."""
    folder = Path(os.environ.get("ARTIFACTS") or tmp_path_factory.mktemp("artifacts"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with small limits; one video at a time."""
    server = AppServer(tmp_path_factory.mktemp("browser"), seconds=3, megabytes=1, recorded_frames=4)
    yield server
    server.stop()


@pytest.fixture
def open_page(app: AppServer, browser: Browser) -> Iterator[OpenPage]:
    """Opens the app for one more visitor; whatever the page does, it asks no other host for anything."""
    hosts = set()
    contexts = []
    logged: dict[AppServer, int] = {}  # how much each server had logged before

    def visit(server: AppServer = app, **options: Any) -> Page:
        logged.setdefault(server, len(server.log))
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
        page.goto(server.url)
        expect(page.locator("#run")).to_be_visible()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert hosts <= {"127.0.0.1", None}  # None: data and blob addresses
    new = "\n".join(server.log[before:] for server, before in logged.items())
    assert "Traceback" not in new, new


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The app in a desktop's window."""
    return open_page()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames of a man talking."""
    return real_clip(tmp_path_factory.mktemp("service") / "a man & his car.mp4", FRAMES)


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that is not matted before a stop takes effect."""
    return write_clip(tmp_path_factory.mktemp("service") / "long.mp4", LONG, sound=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """The folder of a request."""
    with request_folder() as folder:
        yield folder

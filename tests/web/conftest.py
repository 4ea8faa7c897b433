"""The page as `modnetv web` serves it, and Chromium with a camera that shows a given clip."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, Page, expect

from modnetv_kit.web import PageServer, built_page

PATIENCE = 60_000  # milliseconds that anything may take on a busy machine
OpenPage = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def server() -> Iterator[PageServer]:
    """The built page on a free port; without `make web` this is an error that says so."""
    with PageServer(built_page(), "127.0.0.1", 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def open_page(server: PageServer, browser: Browser) -> Iterator[OpenPage]:
    """Opens the page for one more visitor; whatever it does, it asks no other host for anything."""
    hosts, problems, contexts = set(), [], []

    def visit(path: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        context.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.goto(server.url + path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert hosts <= {"127.0.0.1", None, ""}  # None and "": data and blob addresses
    assert problems == []

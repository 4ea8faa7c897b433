"""Calls of the service behind the app."""

from pathlib import Path

from modnetv_kit.app.compositing import Results
from modnetv_kit.app.job import Matted, ProgressEvent
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.look import Look
from modnetv_kit.app.service import Service, Waiting

LIMITS = Limits()
FRAMES = 10
LONG = 1000  # frames: too many to finish before a stop takes effect


GREEN = Look("colour", "#00ff00")
BLUR = Look("blur")
Event = Waiting | ProgressEvent | Matted | Results


def events(
    service: Service, video: Path, folder: Path, look: Look = GREEN, start: object = None, end: object = None
) -> list[Event]:
    return list(service.matte(video, look, folder=folder, start=start, end=end))  # type: ignore[arg-type]


def results(service: Service, video: Path, folder: Path, look: Look = GREEN, **part: object) -> Results:
    last = events(service, video, folder, look, **part)[-1]
    assert isinstance(last, Results)
    return last

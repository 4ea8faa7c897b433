"""HTML snippets for the status of a request and its errors."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr
import numpy as np

from ..errors import MattingError
from ..viz import data_uri
from .compositing import Results
from .job import ProgressEvent
from .service import Waiting
from .uploads import UploadedClip


def refusal(error: MattingError | str) -> gr.Error:
    """An error as a notice on the page, or an exception in a client: one line, without a traceback in the log."""
    return gr.Error(escape(sentence(str(error)), quote=False), print_exception=False, title="This did not work")


def idle(text: str) -> str:
    """The status before a request."""
    return f'<div class="panel idle"><p>{escape(text)}</p></div>'


def problem(error: MattingError | str) -> str:
    """An error in one line."""
    return f'<div class="panel problem" role="alert"><p>{escape(sentence(str(error)))}</p></div>'


def waiting(event: Waiting) -> str:
    """The number of requests ahead."""
    text = f"<b>{event.ahead} ahead of you.</b> Yours starts automatically."
    return f'<div class="panel busy" role="status"><p>{text}</p></div>'


def starting(text: str = "Looking at the video …") -> str:
    """The status between the click and the first frame."""
    return f'<div class="panel busy" role="status"><p>{escape(text)}</p></div>'


def about(clip: UploadedClip, picture: np.ndarray | None = None, note: str = "") -> str:
    """A description of an uploaded video.

    Args:
        clip: the video.
        picture: one of its frames, uint8 (H, W, 3), for browsers that cannot play it.
        note: a further sentence about the video.
    """
    sound = "with sound" if clip.has_audio else "no sound"
    text = f"{clip.seconds:.1f} s, {clip.width} x {clip.height}, {clip.rate:.4g} frames/s, {sound}"
    poster = (
        "" if picture is None else f'<img class="poster refused" src="{data_uri(picture)}" alt="a frame of the video">'
    )
    more = f'<br><span class="refused">{escape(note)}</span>' if note else ""
    return f'{poster}<p class="hint">{text}{more}</p>'


def stale(text: str) -> str:
    """A notice that results do not match the current choices, and how to update them."""
    return (
        f'<div class="panel stale" role="status"><p>{escape(sentence(text))} Press <b>Cut out the person</b> to '
        "update them; finished matting is not repeated.</p></div>"
    )


def rows(states: Sequence[tuple[str, str, float]]) -> str:
    """A table of videos with name, state and a bar for the progress in [0, 1]."""
    lines = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(text)}</td><td>{_bar(round(1000 * done), 1000)}</td></tr>"
        for name, text, done in states
    )
    return f'<div class="panel" role="status"><table class="rows">{lines}</table></div>'


def progress(event: ProgressEvent) -> str:
    """The latest frame, a bar, frames per second and the remaining time."""
    picture = f'<img src="{event.picture}" alt="the latest frame">' if event.picture else ""
    remaining = "" if event.done < 3 else f" · {duration(event.remaining)} left"
    return (
        f'<div class="panel busy" role="status">{picture}'
        f"{_bar(event.done, event.total)}"
        f"<p>{'Writing frame' if event.stage == 'writing' else 'Frame'} {event.done} of {event.total} · "
        f"{event.rate:.1f} frames/s{remaining}</p></div>"
    )


def _bar(done: int, total: int) -> str:
    percent = round(100 * min(1, done / max(1, total)))
    return (
        f'<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}">'
        f'<span style="width: {percent}%"></span></div>'
    )


def done(results: Results) -> str:
    """The summary of a finished request, with notes for the user."""
    rate = results.frames / max(results.seconds, 1e-6)
    notes = "".join(f"<p><b>{escape(sentence(note))}</b></p>" for note in results.notes)
    return (
        f'<div class="panel done" role="status"><p>{results.frames} frames in {duration(results.seconds)} '
        f"({rate:.1f} frames/s). {results.restored:.0%} of the background was seen and restored.</p>{notes}</div>"
    )


def duration(seconds: float) -> str:
    """Seconds as text: "9 s", "2 min 5 s"."""
    rounded = max(1, round(seconds))
    return f"{rounded} s" if rounded < 60 else f"{rounded // 60} min {rounded % 60} s"


def size(path: Path) -> str:
    """The size of a file as text: "41 kB", "3.2 MB"."""
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def sentence(line: str) -> str:
    """Capitalise a message and add a full stop; a leading file name is unchanged."""
    first = line.split(" ")[0]
    line = line if "." in first or "_" in first else line[:1].upper() + line[1:]
    return line if line.endswith((".", "?", "!")) else f"{line}."

"""Short pieces of HTML for the status of a request and its errors."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr
import numpy as np

from ..errors import MattingError
from ..viz import data_uri
from .compositing import Results
from .job import Progress
from .service import Waiting
from .uploads import UploadedClip


def refusal(error: MattingError | str) -> gr.Error:
    """An error as a notice in the page, or an exception in a client: one line, without a traceback in the log."""
    return gr.Error(escape(sentence(str(error)), quote=False), print_exception=False, title="This did not work")


def idle(text: str) -> str:
    """The status before a request."""
    return f'<div class="panel idle"><p>{escape(text)}</p></div>'


def problem(error: MattingError | str) -> str:
    """An error in one line."""
    return f'<div class="panel problem" role="alert"><p>{escape(sentence(str(error)))}</p></div>'


def waiting(event: Waiting) -> str:
    """The number of requests that come first."""
    return (
        f'<div class="panel busy" role="status"><p><b>{event.ahead} ahead of you.</b> Yours begins by itself.</p></div>'
    )


def starting(text: str = "Looking at the video …") -> str:
    """The status between the click and the first frame."""
    return f'<div class="panel busy" role="status"><p>{escape(text)}</p></div>'


def about(clip: UploadedClip, picture: np.ndarray | None = None, note: str = "") -> str:
    """A description of an uploaded video.

    Args:
        clip: the video.
        picture: a frame of it, uint8 (H, W, 3), where browsers may show none.
        note: what else is to be said of it, a sentence.
    """
    sound = "with sound" if clip.has_audio else "no sound"
    text = f"{clip.seconds:.1f} s, {clip.width} x {clip.height}, {clip.rate:.4g} frames/s, {sound}"
    poster = "" if picture is None else f'<img class="poster refused" src="{data_uri(picture)}" alt="a frame of it">'
    more = f'<br><span class="refused">{escape(note)}</span>' if note else ""
    return f'{poster}<p class="hint">{text}{more}</p>'


def stale(text: str) -> str:
    """What on the page does not belong to what is chosen now, and how it will."""
    return (
        f'<div class="panel stale" role="status"><p>{escape(sentence(text))} Press <b>Cut out the person</b> to make '
        "them anew: what is matted already is not matted again.</p></div>"
    )


def rows(states: Sequence[tuple[str, str, float]]) -> str:
    """A table with the name of each video, what is done to it, and a bar for its share in [0, 1]."""
    lines = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(text)}</td><td>{_bar(round(1000 * share), 1000)}</td></tr>"
        for name, text, share in states
    )
    return f'<div class="panel" role="status"><table class="rows">{lines}</table></div>'


def progress(event: Progress) -> str:
    """The latest frame, a bar, frames a second and the time left."""
    picture = f'<img src="{event.picture}" alt="the latest frame">' if event.picture else ""
    left = "" if event.done < 3 else f" · {duration(event.left)} left"
    return (
        f'<div class="panel busy" role="status">{picture}'
        f"{_bar(event.done, event.total)}"
        f"<p>{'Writing frame' if event.doing == 'writing' else 'Frame'} {event.done} of {event.total} · "
        f"{event.rate:.1f} frames/s{left}</p></div>"
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
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def size(path: Path) -> str:
    """Of a file: "41 kB", "3.2 MB"."""
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def sentence(line: str) -> str:
    """A line of the kit, which begins small and has no full stop, as a sentence; a file's name stays as it is."""
    first = line.split(" ")[0]
    line = line if "." in first or "_" in first else line[:1].upper() + line[1:]
    return line if line.endswith((".", "?", "!")) else f"{line}."

"""From a video file to a video file, frame by frame: memory does not grow with length."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..engines import ON_CPU, Engine, open_engine_for_video
from ..engines.cores import cores_shared
from ..errors import BrokenVideoError, OutputError
from ..files import check_parent, replace_file
from ..models import MODNetV
from ..video import Frame, VideoInfo, Writer, open_video, open_writer
from ..video.formats import FORMATS
from .composite import Background, as_rgba, composite, open_background
from .pipeline import Sink, pipeline
from .pixels import to_uint8
from .session import FrameResult, MattingSession, NetworkOutput

Progress = Callable[[int, int | None], None]
Watch = Callable[[Frame, FrameResult, np.ndarray], None]


class StopMatting(Exception):  # noqa: N818  # as StopIteration: a request, not an error
    """Raised by `progress` or `watch` to end a run early: what was done by then becomes whole files."""


@dataclass
class MatteSummary:
    """What a run of `matte_video` did.

    Attributes:
        frames: how many were matted.
        seconds: of wall time.
        outputs: the files written.
        resets: index of every frame before which the state was emptied, with the reason; the first is "start".
        restored: share of the picture whose background was seen by the end, in [0, 1].
        person: mean alpha over all frames, in [0, 1]; near 0 when nobody was found.
        stopped: whether a callback ended it before the source did.
        engine, device: what computed the networks, and where.
    """

    frames: int = 0
    seconds: float = 0.0
    outputs: list[Path] = field(default_factory=list)
    resets: list[tuple[int, str]] = field(default_factory=list)
    restored: float = 0.0
    person: float = 0.0
    stopped: bool = False
    engine: str = ""
    device: str = ""


def matte_video(
    src: str | Path,
    dst: str | Path,
    *,
    background: str | Background | None = None,
    alpha: str | Path | None = None,
    foreground: str | Path | None = None,
    save_background: str | Path | None = None,
    model: MODNetV | None = None,
    device: str = "auto",
    engine: str | Engine = "auto",
    threads: int | None = None,
    start: float | None = None,
    end: float | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> MatteSummary:
    """Cut the person out of a video and put them on a new background, or on none.

    Reading, matting, compositing and writing overlap, each in a thread of its own; the callbacks and `background`'s
    `draw` are called from one thread each, in order.

    Frame count, timestamps, rotation and sound of the source are kept. If the source breaks off or the run is
    interrupted (Ctrl-C), what was done by then is finished into playable files before the exception goes on. A
    callback that raises `StopMatting` ends the run in the same way, and the summary is returned.

    Args:
        src: a video, or a folder of frames.
        dst: the composite; its name decides the format, see `open_writer`.
        background: "none" (transparent), "blur", a colour, a picture, a video, or an object that draws. By default
            transparent where the format of `dst` can hold it, green elsewhere.
        alpha: also write the matte, as a grey video or sequence.
        foreground: also write the person's own colours, without the old background's rim.
        save_background: also write the restored background, a PNG that is transparent where it was never seen.
        model: the network; by default the bundled weights.
        device: "auto", "cpu", "cuda", ...
        engine: what computes the networks, see `open_engine`: a name, or one of `model` that is open already.
        threads: CPU threads of an engine that is opened here; None leaves a core to all other work on the video.
        start: second at which to begin.
        end: second at which to end.
        progress: called after every frame with the number done and, if known, of all.
        watch: called after every frame, before `progress`, with the source's frame, the session's result, and the
            composite: uint8 (H, W, 3), or (H, W, 4) with straight alpha where it is transparent.

    Raises:
        InputError, VideoError: the source, or the background, cannot be used.
        BrokenVideoError: the source broke off; what was decoded has been written.
        OutputError: an output cannot be written. Nothing half-written is left.
        DeviceError, WeightsError: the device or the weights cannot be used.
        InputError: there is no such engine, it is not installed, or threads are below 1.
    """
    began = time.monotonic()
    src, dst = Path(src), Path(dst)
    plate_path = None if save_background is None else _check_plate_path(Path(save_background))
    _check_distinct([src, dst, *(Path(p) for p in (alpha, foreground, save_background) if p is not None)])
    reader = open_video(src, start, end)
    drawn = _default_background(dst) if background is None else background
    behind = open_background(drawn) if isinstance(drawn, str) else drawn
    if model is None:
        from ..hub import load_model  # only here: a caller with a model of their own needs no hub

        model = load_model()
    networks = open_engine_for_video(model, engine, device, threads) if isinstance(engine, str) else engine
    session = MattingSession(model, engine=networks)
    summary = MatteSummary(engine=networks.name, device=str(networks.device))
    outputs = _Outputs()
    try:
        composites = outputs.open(dst, reader.info, src, start, end, transparent=behind is None)
        mattes = outputs.open(Path(alpha), reader.info, src, start, end) if alpha else None
        colours = outputs.open(Path(foreground), reader.info, src, start, end) if foreground else None
        total = _expected_frames(reader.info, start, end)
        result: FrameResult | None = None
        stop: BaseException | None = None

        def predicted(frame: Frame) -> tuple[Frame, NetworkOutput]:
            return frame, session.predict(frame.image)

        def restored(pair: tuple[Frame, NetworkOutput]) -> tuple[Frame, FrameResult]:
            return pair[0], session.restore(pair[1])

        def composed(pair: tuple[Frame, FrameResult]) -> tuple[Frame, FrameResult, np.ndarray]:
            return *pair, _compose(*pair, behind)

        try:
            with _around(networks), closing(pipeline(reader, predicted, restored, composed)) as done:
                for frame, result, picture in done:
                    outputs.write(composites, frame, picture)
                    if mattes:
                        outputs.write(mattes, frame, to_uint8(result.alpha))
                    if colours:
                        outputs.write(colours, frame, result.foreground)
                    _note(summary, result)
                    if watch:
                        watch(frame, result, picture)
                    if progress:
                        progress(summary.frames, total)
        except (KeyboardInterrupt, BrokenVideoError, StopMatting) as error:
            if result is None:
                raise
            stop = error
        summary.outputs = outputs.close(partial=stop is not None)
    except BaseException:
        outputs.abort()
        raise
    if result is not None:
        summary.restored = float(result.background_mask.mean())
        if plate_path is not None:
            _save_plate(plate_path, result)
            summary.outputs.append(plate_path)
    summary.person /= max(1, summary.frames)
    summary.seconds = time.monotonic() - began
    summary.stopped = isinstance(stop, StopMatting)
    if stop is not None and not summary.stopped:
        raise stop
    return summary


class _Outputs:
    """The writers of one run, each encoding in a thread of its own, finished or given up together."""

    def __init__(self) -> None:
        self._writers: list[Writer] = []
        self._sinks: list[Sink] = []

    def open(
        self, path: Path, info: VideoInfo, src: Path, start: float | None, end: float | None, transparent: bool = False
    ) -> Sink:
        """Open one more; the sound goes into every output that can hold it."""
        audio = src if info.has_audio and path.suffix.lower() in FORMATS else None
        writer = open_writer(path, info, alpha=transparent, audio_from=audio, start=start, end=end)
        self._writers.append(writer)
        self._sinks.append(Sink(lambda arguments: writer.write(*arguments)))
        return self._sinks[-1]

    @staticmethod
    def write(sink: Sink, frame: Frame, image: np.ndarray) -> None:
        """Have `image` written at the time of `frame`."""
        sink.give((image, frame.pts, frame.time_base))

    def close(self, partial: bool) -> list[Path]:
        """Finish all; their final names."""
        for sink in self._sinks:
            sink.finish()
        for writer in self._writers:
            writer.close(partial)
        return [writer.path for writer in self._writers]

    def abort(self) -> None:
        """Delete what is not finished."""
        for sink in self._sinks:
            sink.cancel()
        for writer in self._writers:
            writer.abort()


def _around(networks: Engine) -> AbstractContextManager[None]:
    """What a run of these networks leaves of the CPU to PyTorch and OpenCV."""
    return cores_shared() if networks.name in ON_CPU else nullcontext()


def _compose(frame: Frame, result: FrameResult, behind: Background | None) -> np.ndarray:
    if behind is None:
        return as_rgba(result.foreground, result.alpha)
    return composite(result.foreground, result.alpha, behind.draw(frame, result))


def _note(summary: MatteSummary, result: FrameResult) -> None:
    if result.reset:
        summary.resets.append((summary.frames, result.reset))
    summary.frames += 1
    summary.person += float(result.alpha.mean())


def _default_background(dst: Path) -> str:
    form = FORMATS.get(dst.suffix.lower())
    return "green" if form and form.alpha_pixel_format is None else "none"


def _expected_frames(info: VideoInfo, start: float | None, end: float | None) -> int | None:
    if start is None and end is None and info.frames:
        return info.frames
    if info.duration is None:
        return None
    seconds = min(info.duration, info.duration if end is None else end) - (start or 0.0)
    return max(1, round(seconds * float(info.rate)))


def _check_distinct(paths: list[Path]) -> None:
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise OutputError(f"{path} is named twice; give the source and every output a name of its own")
        seen.add(path.resolve())


def _check_plate_path(path: Path) -> Path:
    if path.suffix.lower() != ".png":
        raise OutputError(f"{path}: the restored background is written as .png, which can hold what was never seen")
    check_parent(path)
    return path


def _save_plate(path: Path, result: FrameResult) -> None:
    """RGBA: what was never seen is transparent, with plausible colours underneath for those who flatten it."""
    plate = Image.fromarray(np.dstack([result.background, result.background_mask.astype(np.uint8) * 255]))
    try:
        replace_file(path, plate.save)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from None

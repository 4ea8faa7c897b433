"""Matting a video from file to file, frame by frame, in memory that does not grow with length."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..engines import ON_CPU, Engine, open_engine_for_video
from ..engines.cores import cores_shared
from ..errors import BrokenVideoError, InputError, OutputError
from ..files import check_parent, read_image, replace_file
from ..models import MODNetV
from ..paths import check_apart, is_folder
from ..video import Frame, VideoInfo, VideoReader, Writer, open_video
from ..video.deep import Hdr
from ..video.formats import FORMATS
from ..video.lowered import lowered
from .composite import Background, ImageBackground, VideoBackground, open_background
from .edges import UNCHANGED, Edges
from .group import GroupSession
from .layers import Layers, check_hdr, compose
from .outputs import Files, Outputs, OutputSettings, PersonSinks
from .pipeline import pipeline
from .prompt import Prompt, fit_prompts, prompts_of_people
from .results import FrameResult, NetworkOutput
from .warm_up import warm_up as warm_up_memory

Progress = Callable[[int, int | None], None]
Watch = Callable[[Frame, FrameResult, np.ndarray], None]


class StopMatting(Exception):  # noqa: N818  # as StopIteration: a request, not an error
    """Raised by `progress` or `watch` to end a run early; the frames so far become complete files."""


@dataclass
class MatteSummary:
    """The summary of a run of `matte_video`.

    Attributes:
        frames: number of matted frames.
        seconds: wall-clock time.
        outputs: the written files.
        resets: (index, reason) for every frame before which the state was emptied; the first reason is "start".
        restored: share of the picture whose background has been seen, in [0, 1]; the mean over several targets.
        person: mean alpha over all frames, in [0, 1], of all targets together; near 0 if nobody was found.
        stopped: whether a callback ended the run early.
        engine, device: the engine of the networks and its device.
        notes: lines for the user about the source and the files.
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
    notes: list[str] = field(default_factory=list)


def matte_video(
    src: str | Path | VideoReader,
    dst: str | Path | Writer | None,
    *,
    background: str | Background | None = None,
    alpha: str | Path | None = None,
    foreground: str | Path | None = None,
    save_background: str | Path | None = None,
    prompts: Mapping[int, Prompt] | None = None,
    targets: Sequence[Prompt | Mapping[int, Prompt]] | None = None,
    plate: str | Path | np.ndarray | None = None,
    copies: Sequence[str | Path] = (),
    edges: Edges = UNCHANGED,
    crf: int | None = None,
    size: int | None = None,
    fps: float | None = None,
    hdr: Hdr = "tone-map",
    warm_up: bool = True,
    model: MODNetV | None = None,
    device: str = "auto",
    engine: str | Engine = "auto",
    threads: int | None = None,
    start: float | None = None,
    end: float | None = None,
    max_pixels: int | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> MatteSummary:
    """Cut the person out of a video and composite them onto a new background, or none.

    Reading, matting, compositing and writing overlap, each in its own thread. Each callback, and `background`'s `draw`,
    is called from one thread, in order.

    Frame count, timestamps, rotation and sound of the source are kept. If the source breaks off or the run is
    interrupted (Ctrl-C), the frames so far become playable files before the exception is raised. If a callback raises
    `StopMatting`, the run ends in the same way and returns the summary.

    Args:
        src: a video, a folder of frames, or an open reader; with a reader, sound is not kept.
        dst: the composite; its name decides the format, see `open_writer`. None writes no composite. An open writer
            receives RGBA or RGB frames, depending on `background`.
        background: "none" (transparent), "blur", a colour, a picture, a video, or an object that draws. By default
            transparent if the format of `dst` supports alpha, else green.
        alpha: also write the matte, as a grey video or sequence.
        foreground: also write the foreground colours, without a halo of the old background.
        save_background: also write the restored background, a PNG that is transparent where it is unknown.
        prompts: prompts for the person to cut out, by frame index counted from the first matted frame, in pixels of the
            source; by default every person. A scene cut discards them.
        targets: several people, matted separately in one pass: one prompt per person, or prompts by frame. Every output
            becomes one file per person: out_1.mp4, out_2.mp4, ... See `GroupSession`.
        plate: a photo of the empty scene, a file or RGB, uint8 (h, w, 3); see `align_plate`.
        copies: further files for the composite, such as a GIF beside the video.
        edges: corrections of the edge of every matte.
        crf: quality of .mp4 and .webm outputs, lower is better; by default each format's own value.
        size: long side in pixels to which frames are downsampled first.
        fps: frame rate to which a faster video is reduced; for a folder of frames, their rate, 25 by default.
        hdr: how to write high dynamic range (PQ, HLG): tone-mapped to BT.709, or kept in 10 bits with its tags, in
            transparent .mov files only. The networks see tone-mapped frames either way.
        warm_up: run over the first second before frame 0 is written, so the background is known from the start. There
            is no warm-up for an open reader, with a plate, or with a prompt for frame 0.
        model: the network; by default the bundled weights.
        device: "auto", "cpu", "cuda", ...
        engine: the engine of the networks, see `open_engine`: a name, or an open engine of `model`.
        threads: CPU threads of an engine opened here; None leaves one core for all other work on the video.
        start: second at which to begin.
        end: second at which to end.
        max_pixels: largest frame size of the source; larger frames are refused before decoding, also in mid-video.
        progress: called after every frame with the number done and, if known, the total.
        watch: called after every frame, before `progress`, with the source's frame, the session's result, and the
            composite: uint8 (H, W, 3), or (H, W, 4) with straight alpha where it is transparent. Only the composite has
            corrected edges. With several targets it is called once for each in turn.

    Raises:
        InputError, VideoError: the source, the background, a prompt or the plate cannot be used.
        BrokenVideoError: the source broke off; the decoded frames have been written.
        OutputError: an output cannot be written; no partial file is left.
        DeviceError, WeightsError: the device or the weights cannot be used.
        InputError: no such engine, an engine that is not installed, or threads below 1.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for t in range(2):
        ...         Image.new("RGB", (32, 32), "teal").save(Path(folder, f"{t}.png"))
        ...     out = Path(folder, "out", "%d.png")
        ...     summary = matte_video(folder, out, model=MODNetV().eval(), device="cpu", engine="torch")
        ...     summary.frames, summary.resets, len(list(out.parent.iterdir()))
        (2, [(0, 'start')], 2)
    """
    began = time.monotonic()
    out = dst if isinstance(dst, Writer) else _path(dst)
    files = Files(out, tuple(map(Path, copies)), _path(alpha), _path(foreground), _path(save_background))
    everybody = [files] if targets is None else [files.of_person(i + 1) for i in range(len(targets))]
    for each in everybody:
        _check_plate_path(each.plate)
    if crf is not None:
        _check_crf(dst)
    drawn = _default_background(dst) if background is None else background
    behind = open_background(drawn) if isinstance(drawn, str) else drawn
    for each in everybody:
        check_hdr(hdr, each, behind)
    read = [src, plate, behind.path if isinstance(behind, ImageBackground | VideoBackground) else None]
    written = [path for each in everybody for path in each.paths]
    check_apart([Path(path) for path in read if isinstance(path, str | Path)], written)
    frame_rate = fps if isinstance(src, str | Path) and is_folder(Path(src)) else None  # a folder has no rate
    opened = (
        open_video(src, start, end, fps=frame_rate, max_pixels=max_pixels, hdr=hdr)
        if isinstance(src, str | Path)
        else src
    )
    if hdr == "keep" and opened is src and opened.info.colour is None:
        raise InputError("high dynamic range is kept of files only, not of a pipe or an open reader; give the file")
    reader = lowered(opened, size, fps if frame_rate is None else None)
    source = OutputSettings(Path(src) if isinstance(src, str | Path) else None, start, end, crf)
    said = [
        fit_prompts(person, (opened.info.height, opened.info.width), reader)
        for person in prompts_of_people(prompts, targets)
    ]
    if model is None:
        from ..hub import load_model  # imported here: a caller with a model needs no hub

        model = load_model()
    networks = open_engine_for_video(model, engine, device, threads) if isinstance(engine, str) else engine
    empty_place = read_image(Path(plate)) if isinstance(plate, str | Path) else plate
    session = GroupSession(model, len(said), engine=networks, plate=empty_place)
    summary = MatteSummary(engine=networks.name, device=str(networks.device))
    outputs = Outputs()
    try:
        sinks = [PersonSinks(outputs, each, reader.info, source, transparent=behind is None) for each in everybody]
        total = _expected_frames(reader.info, start, end)
        results: list[FrameResult] = []
        stop: BaseException | None = None

        def predicted(frame: Frame) -> tuple[Frame, list[NetworkOutput]]:
            return frame, session.predict(frame.image, [person.get(frame.index) for person in said])

        def restored(pair: tuple[Frame, list[NetworkOutput]]) -> tuple[Frame, list[FrameResult]]:
            return pair[0], session.restore(pair[1])

        def composed(pair: tuple[Frame, list[FrameResult]]) -> tuple[Frame, list[FrameResult], list[Layers]]:
            return *pair, [compose(pair[0], result, edges, behind) for result in pair[1]]

        # a prompt for the first frame, or a plate, replaces the warm-up
        if warm_up and isinstance(src, str | Path) and plate is None and not any(0 in person for person in said):
            with _around(networks):
                warm_up_memory(session, reader, float(reader.info.rate))
        try:
            with _around(networks), closing(pipeline(reader, predicted, restored, composed)) as done:
                for frame, results, pictures in done:
                    _note(summary, results)
                    for sink, result, layers in zip(sinks, results, pictures, strict=True):
                        sink.write(frame, layers)
                        if watch:
                            watch(frame, result, layers.composite)
                    if progress:
                        progress(summary.frames, total)
        except (KeyboardInterrupt, BrokenVideoError, StopMatting) as error:
            if not results:
                raise
            stop = error
        summary.outputs = outputs.close(partial=stop is not None)
        summary.notes = [*opened.info.notes, *outputs.notes]  # some are known only after the last frame
    except BaseException:
        outputs.abort()
        raise
    for each, result in zip(everybody, results, strict=False):
        summary.restored += float(result.background_mask.mean()) / len(results)
        if each.plate is not None:
            _save_plate(each.plate, result)
            summary.outputs.append(each.plate)
    summary.person /= max(1, summary.frames)
    summary.seconds = time.monotonic() - began
    summary.stopped = isinstance(stop, StopMatting)
    if stop is not None and not summary.stopped:
        raise stop
    return summary


def _around(networks: Engine) -> AbstractContextManager[None]:
    """The thread limits of PyTorch and OpenCV during a run of these networks."""
    return cores_shared() if networks.name in ON_CPU else nullcontext()


def _note(summary: MatteSummary, results: list[FrameResult]) -> None:
    reset = results[0].reset or ("start" if summary.frames == 0 else None)  # after a warm-up the first continues it
    if reset:
        summary.resets.append((summary.frames, reset))
    summary.frames += 1
    summary.person += sum(float(result.alpha.mean()) for result in results)


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)


def _default_background(dst: str | Path | Writer | None) -> str:
    form = FORMATS.get(Path(dst).suffix.lower()) if isinstance(dst, str | Path) else None
    return "green" if form and form.alpha_pixel_format is None else "none"


def _expected_frames(info: VideoInfo, start: float | None, end: float | None) -> int | None:
    if start is None and end is None and info.frames:
        return info.frames
    if info.duration is None:
        return None
    seconds = min(info.duration, info.duration if end is None else end) - (start or 0.0)
    return max(1, round(seconds * float(info.rate)))


def _check_crf(dst: str | Path | Writer | None) -> None:
    known = [suffix for suffix, form in FORMATS.items() if "crf" in form.options]
    if isinstance(dst, str | Path) and Path(dst).suffix.lower() not in known:
        raise OutputError(f"{dst}: crf sets the quality of {' and '.join(known)} only; leave it out")


def _check_plate_path(path: Path | None) -> None:
    if path is None:
        return
    if path.suffix.lower() != ".png":
        raise OutputError(f"{path}: the restored background is written as .png, which can hold what was never seen")
    check_parent(path)


def _save_plate(path: Path, result: FrameResult) -> None:
    """RGBA: unseen pixels are transparent, with plausible colours for viewers that ignore alpha."""
    plate = Image.fromarray(np.dstack([result.background, result.background_mask.astype(np.uint8) * 255]))
    try:
        replace_file(path, plate.save)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from None

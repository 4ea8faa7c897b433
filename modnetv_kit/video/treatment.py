"""Treatment of decoded frames before conversion to RGB: deinterlacing and tone mapping."""

from collections.abc import Callable, Iterator
from itertools import chain, tee
from typing import NamedTuple

import av
from av.filter import Graph

_HDR = {16: "PQ", 18: "HLG"}  # H.273 transfer characteristics


class Timed(NamedTuple):
    """A decoded frame with its timing.

    Attributes:
        pts: presentation timestamp in units of the stream's time base.
        frame: the frame.
        duration: in the same units.
        deep: the frame before tone mapping, if it is kept.
    """

    pts: int
    frame: av.VideoFrame
    duration: int
    deep: av.VideoFrame | None = None


class Treatment(NamedTuple):
    """The treatment that the frames of a stream need.

    Attributes:
        deinterlace: whether frames consist of two fields captured one after the other.
        hdr: name of the transfer curve of high dynamic range, to be tone-mapped to BT.709; None otherwise.
        keep: whether frames are kept as they were before tone mapping, too.
    """

    deinterlace: bool
    hdr: str | None
    keep: bool = False

    @classmethod
    def of(cls, first: av.VideoFrame) -> "Treatment":
        """Choose the treatment by the first frame."""
        return cls(first.interlaced_frame, _HDR.get(first.color_trc))

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines for the user."""
        lines = []
        if self.deinterlace:
            lines.append("the source is interlaced: it is deinterlaced, one frame for each two fields")
        if self.hdr:
            done = "it is kept in 10 bits" if self.keep else "it is tone-mapped to BT.709"
            lines.append(f"the source is HDR ({self.hdr}): {done}")
        return tuple(lines)

    def apply(self, frames: Iterator[Timed], learn: "Callable[[Treatment], None] | None" = None) -> Iterator[Timed]:
        """Treat the frames of a decoder; yields as many frames with the same timing.

        Args:
            frames: as decoded.
            learn: called with the treatment that is used from there on if the video becomes interlaced midway, as
                broadcasts do.
        """
        if not self.deinterlace and not self.hdr:
            for timed in frames:
                if timed.frame.interlaced_frame:
                    changed = self._replace(deinterlace=True)
                    if learn is not None:
                        learn(changed)
                    yield from changed.apply(chain([timed], frames))
                    return
                yield timed
            return
        if self.keep:
            mapped, kept = tee(Treatment(self.deinterlace, None).apply(frames))
            for timed, before in zip(Treatment(False, self.hdr).apply(mapped), kept, strict=False):
                yield timed._replace(deep=before.frame)
            return
        graph: Graph | None = None
        kind: tuple[object, ...] = ()
        waiting: list[Timed] = []  # frames in the graph: deinterlacing looks one frame ahead
        count = 0
        for timed in frames:
            now = (timed.frame.width, timed.frame.height, timed.frame.format.name, timed.frame.colorspace)
            if graph is None or now != kind:
                if graph is not None:
                    yield from self._drain(graph, waiting)
                graph, kind = self._graph(timed.frame), now
            # renumbered: filters reject timestamps that go back, as in broken files
            timed.frame.pts, count = count, count + 1
            waiting.append(timed)
            graph.push(timed.frame)
            yield from self._ready(graph, waiting)
        if graph is not None:
            yield from self._drain(graph, waiting)

    def _graph(self, frame: av.VideoFrame) -> Graph:
        graph = Graph()
        matrix, levels = int(frame.colorspace), "pc" if int(frame.color_range) == 2 else "tv"
        last = graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/25:"
            f"colorspace={matrix}:range={levels}",
        )
        steps = [("bwdif", "mode=send_frame:deint=interlaced")] if self.deinterlace else []
        if self.hdr:
            steps += [("scale", "out_transfer=bt709:out_primaries=bt709:intent=perceptual"), ("format", "gbrp")]
        for name, options in steps:
            following = graph.add(name, options)
            last.link_to(following)
            last = following
        sink = graph.add("buffersink")
        last.link_to(sink)
        graph.configure()
        return graph

    def _ready(self, graph: Graph, waiting: list[Timed]) -> Iterator[Timed]:
        while waiting:
            try:
                treated = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(treated, av.VideoFrame)
            before = waiting.pop(0)
            yield Timed(before.pts, treated, before.duration)

    def _drain(self, graph: Graph, waiting: list[Timed]) -> Iterator[Timed]:
        graph.push(None)
        yield from self._ready(graph, waiting)
        yield from waiting  # frames that a filter never returned are passed on untreated
        waiting.clear()

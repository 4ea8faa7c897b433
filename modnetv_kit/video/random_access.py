"""Fast random access to the frames of a video file by index (decord), for training and notebooks."""

from collections.abc import Iterator
from pathlib import Path

import av
from av.video.reformatter import ColorRange, Colorspace

from ..errors import BrokenVideoError, VideoError
from .frames import Frame
from .picture import ACCURATE
from .source import inspect, timestamps


class RandomReader:
    """Random access to the frames of a video file.

    Keeps the file and its decoder open, so seeking is fast. Opening reads the whole index, so `StreamReader` is the
    better choice for a single pass through a long video. decord turns rotated video upright itself.

    Args:
        path: video file.

    Raises:
        VideoError: the file cannot be used; for AV1, which decord cannot decode, the message names the alternatives.
        BrokenVideoError: at a frame that cannot be decoded.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.info, _, _, assumed, treatment, _ = inspect(self.path)
        self._wrong_matrix = assumed is Colorspace.ITU709
        if "av1" in self.info.codec:
            raise VideoError(
                f"{self.path} is AV1, which has no random access here; use StreamReader, or convert it to H.264"
            )
        if treatment.notes:
            raise VideoError(f"{self.path} has no random access here: {treatment.notes[0]}; use StreamReader")
        import decord  # imported lazily: suspected of crashing processes that also load other runtimes

        self._errors = (decord.DECORDError, RuntimeError)
        try:
            self._reader = decord.VideoReader(str(self.path.absolute()), ctx=decord.cpu(0))
        except (*self._errors, AssertionError) as error:
            raise VideoError(f"{self.path} cannot be opened for random access; use StreamReader") from error
        # Our own index, because decord returns times as rounded floats, counts frames that an edit list hides, and
        # confuses the order of keyframes in the file with presentation order. Where the two differ (open GOPs, common
        # in HEVC), it silently returns the wrong frames.
        self._times, key_frames = timestamps(self.path)
        if len(self._times) != len(self._reader) or key_frames != self._reader.get_key_indices():
            raise VideoError(f"{self.path} has an index that random access cannot rely on; use StreamReader")

    def __len__(self) -> int:
        return len(self._times)

    def __iter__(self) -> Iterator[Frame]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Frame:
        """The frame at `index`; negative indices count from the end."""
        index = range(len(self))[index]
        try:
            image = self._reader[index].asnumpy()
        except self._errors as error:
            raise BrokenVideoError(
                f"{self.path} cannot be decoded at frame {index}; use StreamReader", index
            ) from error
        if self._wrong_matrix:
            # decord assumes BT.601 for untagged video of any size: convert back to YUV with it, then with BT.709.
            yuv = av.VideoFrame.from_ndarray(image).reformat(
                format="yuv444p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG
            )
            rgb = yuv.reformat(format="rgb24", src_colorspace=Colorspace.ITU709, interpolation=ACCURATE)
            image = rgb.to_ndarray()
        return Frame(image, index, self._times[index], self.info.time_base)

"""Fast access to any frame of a video file by its index (decord), for training and notebooks."""

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

    Keeps the file and its decoder open, so a jump costs little; decord turns rotated video upright itself. It reads the
    whole index on opening. To go through a long video once, `StreamReader` is the better choice.

    Args:
        path: video file.

    Raises:
        VideoError: the file cannot be used; for AV1, which decord cannot decode, the line names the way out.
        BrokenVideoError: at a frame that cannot be decoded.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.info, _, _, assumed, treatment = inspect(self.path)
        self._mistaken = assumed is Colorspace.ITU709
        if "av1" in self.info.codec:
            raise VideoError(
                f"{self.path} is AV1, which has no random access here; use StreamReader, or convert it to H.264"
            )
        if treatment.notes:
            raise VideoError(f"{self.path} has no random access here: {treatment.notes[0]}; use StreamReader")
        import decord  # imported on use: it is a suspect in crashes of processes that also run other runtimes

        self._errors = (decord.DECORDError, RuntimeError)
        try:
            self._reader = decord.VideoReader(str(self.path.absolute()), ctx=decord.cpu(0))
        except (*self._errors, AssertionError) as error:
            raise VideoError(f"{self.path} cannot be opened for random access; use StreamReader") from error
        # Our own index, because decord returns times as rounded floats, counts frames that an edit list hides, and
        # confuses the order of key frames in the file with the order of presentation. Where the two differ (open groups
        # of pictures, usual in HEVC) it silently returns other frames than asked for.
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
        if self._mistaken:
            # decord takes untagged video for BT.601, whatever its size. Back to YUV the way it came, and out again.
            yuv = av.VideoFrame.from_ndarray(image).reformat(
                format="yuv444p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG
            )
            rgb = yuv.reformat(format="rgb24", src_colorspace=Colorspace.ITU709, interpolation=ACCURATE)
            image = rgb.to_ndarray()
        return Frame(image, index, self._times[index], self.info.time_base)

"""Exact frame times for sources with a coarse clock, such as the milliseconds of Matroska."""

from fractions import Fraction

from .frames import standard_rate

_FINE = 90_000  # units a second, at least, for frames that do not keep the rate


class Cadence:
    """Move frames to the times of an exact rate, if these are within the rounding of the clock.

    A frame off that rate keeps its time. A clock that can express the rate is not changed.

    Args:
        rate: average frames a second, as the source tells it; None to keep all times.
        time_base: seconds in one unit of the source's times.

    Attributes:
        rate: the exact rate, or None.
    """

    def __init__(self, rate: Fraction | None, time_base: Fraction):
        exact = rate and standard_rate(rate)
        self.rate = exact if exact and (1 / exact / time_base).denominator > 1 else None
        self._tick = time_base
        self._first: Fraction | None = None

    @property
    def time_base(self) -> Fraction | None:
        """A clock that tells the exact rate."""
        if self.rate is None:
            return None
        return Fraction(1, self.rate.numerator * -(-_FINE // self.rate.numerator))

    def exact(self, time: Fraction) -> Fraction:
        """The exact second for a frame's time on the source's clock; the first frame's is taken as it is."""
        if self.rate is None:
            return time
        if self._first is None:
            self._first = time
        nearest = self._first + round((time - self._first) * self.rate) / self.rate
        return nearest if abs(nearest - time) <= self._tick else time

"""Exact frame times for sources with a coarse clock, such as Matroska's milliseconds."""

from fractions import Fraction

from .frames import standard_rate

_FINE = 90_000  # minimum units per second, for frames that deviate from the rate


class Cadence:
    """Snaps frame times to an exact frame rate where they differ only by the clock's rounding.

    Frames off that rate keep their times, and so does any source whose clock can express the rate.

    Args:
        rate: average frames per second as reported by the source; None to keep all times.
        time_base: seconds in one unit of the source's timestamps.

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
        """A time base that can express the exact rate; None if there is none."""
        if self.rate is None:
            return None
        return Fraction(1, self.rate.numerator * -(-_FINE // self.rate.numerator))

    def exact(self, time: Fraction) -> Fraction:
        """The exact time of a frame, in seconds on the source's clock; the first frame keeps its own."""
        if self.rate is None:
            return time
        if self._first is None:
            self._first = time
        nearest = self._first + round((time - self._first) * self.rate) / self.rate
        return nearest if abs(nearest - time) <= self._tick else time

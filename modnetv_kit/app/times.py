"""Parsing of times."""

import re

from ..errors import InputError


def parse_time(text: str | float | None, name: str) -> float | None:
    """Parse "12", "1:05.5" or "1:02:03" into seconds; None if it is empty.

    Args:
        text: user input, or a number of seconds.
        name: of the field, for the error message.

    Raises:
        InputError: it is not a time.
    """
    written = "" if text is None else str(text).strip().replace(",", ".")
    if not written:
        return None
    parts = written.split(":")
    integers = all(re.fullmatch(r"\d{1,9}", part) for part in parts[:-1])
    if len(parts) > 3 or not integers or not re.fullmatch(r"\d{1,9}(\.\d*)?|\.\d+", parts[-1]):
        raise InputError(f"the {name} {written[:20]!r} is not a time; write seconds (12.5) or minutes (1:05.5)")
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + float(part)
    return seconds


def parse_part(start: str | float | None, end: str | float | None) -> tuple[float | None, float | None]:
    """Start and end of the range to process, in seconds; empty or 0 becomes None, the video's own.

    Raises:
        InputError: one of them is not a time, or the end is not later than the start.
    """
    first, last = parse_time(start, "start") or None, parse_time(end, "end") or None
    if first is not None and last is not None and last <= first:
        raise InputError(f"the end ({last:g} s) must be later than the start ({first:g} s)")
    return first, last

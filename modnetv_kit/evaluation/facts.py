"""What a table says of a method beside its errors."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

NOTHING = "nothing"
EVERY_TRIMAP = "true trimap of every frame"
FIRST_TRIMAP = "true trimap of the first frame"
EVERY_PLATE = "true plate"


@dataclass(frozen=True)
class Facts:
    """What is known about a method.

    Attributes:
        family: the family of methods, such as "video" or "trimap-based"; None if unknown.
        told: what the method is told beside the frames.
        parameters: of the network; None if there is none, or if they cannot be counted.
        multiply_adds: of the network on one frame of `FRAME`; None as above.
        licence: of the weights; None if unknown.
    """

    family: str | None = None
    told: str = NOTHING
    parameters: int | None = None
    multiply_adds: int | None = None
    licence: str | None = None


FRAME = (512, 288)
"""(width, height) of the frame on which multiply-adds are counted, at the size to which the method resizes it."""


@runtime_checkable
class Described(Protocol):
    """A method that knows its facts."""

    def facts(self) -> Facts:
        """What is known about the method; networks are run once to count."""
        ...


def facts_of(method: object) -> Facts:
    """The facts of a method; those of one that does not know them are unknown.

    Examples:
        >>> facts_of(object()).family is None
        True
    """
    return method.facts() if isinstance(method, Described) else Facts(told="unknown")

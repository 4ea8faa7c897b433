"""Two people who touch in a matte, told apart by their heads."""

import numpy as np

HEAD = 0.15  # of a part's height: two heads have a valley at least this deep between them
SIDE = 0.25  # of a part's area: a person beside another one covers at least this


def side(inside: np.ndarray, x: int) -> np.ndarray:
    """The person around column x of a connected part, bool (H, W); all of it if it has one head.

    Examples:
        >>> people = np.zeros((40, 60), bool)
        >>> people[15:] = people[:, 10:20] = people[:, 40:50] = True  # two heads on one body
        >>> side(people, 15).any(0)[[5, 15, 45]].tolist()
        [True, True, False]
    """
    inside = inside.copy()
    while (valley := _valley(inside)) is not None:
        if x < valley:
            inside[:, valley:] = False
        else:
            inside[:, :valley] = False
    return inside


def _valley(inside: np.ndarray) -> int | None:
    """The column between two heads of a part, bool (H, W); None if it shows one person.

    A person who touches another one still has a head of their own. Seen from above, the part's outline falls to the
    shoulders between the two heads. An arm is no head, since it is too small.
    """
    columns = np.flatnonzero(inside.any(0))
    rows = np.flatnonzero(inside.any(1))
    if len(columns) < 3:
        return None
    first, last = columns[0], columns[-1] + 1
    top = np.where(inside.any(0), inside.argmax(0), inside.shape[0])[first:last]
    left = np.minimum.accumulate(top)
    right = np.minimum.accumulate(top[::-1])[::-1]
    depth = top - np.maximum(left, right)
    best = int(depth.argmax())
    beside = int(inside[:, first : first + best].sum())
    whole = int(inside.sum())
    two_heads = depth[best] > HEAD * (rows[-1] + 1 - rows[0])
    return int(first + best) if two_heads and min(beside, whole - beside) > SIDE * whole else None

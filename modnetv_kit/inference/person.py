"""One person of a video, as a session knows them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..models import BackgroundState
from ..prompt_maps import Point, Size
from .clean_plate import CleanPlate
from .identity import Cells, Identity, begin, divide_into_cells, follow, reassigned, relearned, share
from .local_edit import Edits, local_edit
from .prompt import Prompt
from .told import prompted
from .whole_people import corrected, meant, needs_network


@dataclass
class Person:
    """One person of a video.

    Attributes:
        own: a state that the person does not share with others, because the network was told of a prompt.
        edits: where `own` has changed their matte; None without it.
        identity: who they are; None before the first prompt.
        plate: their restored background.
    """

    own: BackgroundState | None = None
    edits: Edits | None = None
    identity: Identity | None = None
    plate: CleanPlate | None = None

    def forget(self) -> None:
        """Forget who they are, as after a scene cut."""
        self.own = self.edits = self.identity = None

    def must_be_told(self, alpha: np.ndarray, prompt: Prompt) -> bool:
        """Whether the network must be told of a prompt for the first time: see `needs_network`."""
        if self.own is not None:
            return False
        mine = None if self.identity is None else share(self.identity, _size(alpha)) > 0.5
        return needs_network(alpha, prompt, mine)

    def tell(
        self, state: BackgroundState, prompt: Prompt, size: Size, shown: np.ndarray | None = None
    ) -> BackgroundState:
        """Write a prompt into a state, which is their own from now on.

        Args:
            state: before the frame.
            prompt: for a frame of `size` = (H, W).
            size: see `prompt`.
            shown: the matte of everybody, float32 (H, W), if the network is told for the first time.
        """
        keep, remove = (drawn > 0 for drawn in prompt.maps(size, size))
        nothing = np.zeros(size, bool)
        self.edits = (self.edits or Edits(nothing, nothing)).extended(keep, remove)
        self.own = prompted(state, prompt, size, shown)
        return self.own

    def edited(self, everybody: np.ndarray, told: np.ndarray, learned: bool) -> np.ndarray:
        """The matte of everybody, (H, W), with the changes that this person's prompts make.

        Args:
            everybody: the matte without a prompt, float32 (H, W) in [0, 1].
            told: the matte of the network that was told of the prompts, float32 (H, W) in [0, 1].
            learned: whether the frame can be trusted; if not, the changes are looked for where they were before it.
        """
        assert self.edits is not None  # the network was told
        matte, edits = local_edit(everybody, told, self.edits)
        if learned:
            self.edits = edits
        return matte

    def point_out(
        self,
        frame: np.ndarray,
        alpha: np.ndarray,
        prompt: Prompt,
        others: Iterable[Point],
        learned: bool,
        relearn: bool,
    ) -> None:
        """Note whom a prompt means, or what it corrects.

        Args:
            frame: RGB, uint8 (H, W, 3).
            alpha: the matte of everybody, float32 (H, W) in [0, 1].
            prompt: for this frame.
            others: clicks for other people.
            learned, relearn: as for `part_of`.
        """
        clicks_alone = not prompt.boxes and prompt.mask is None and prompt.trimap is None
        cells = divide_into_cells(frame, alpha)
        if self.identity is not None and clicks_alone:
            known = self._followed(self.identity, cells, learned, relearn)
            moved = corrected(alpha, share(known, _size(alpha)), prompt.points)
            self.identity = reassigned(known, cells, *moved, learned)
        else:
            who = meant(alpha, prompt, others)
            self.identity = begin(cells, who.mine, who.others, who.exclusive)

    def part_of(self, alpha: np.ndarray, cells: Cells, learned: bool, relearn: bool) -> np.ndarray:
        """Their part of a matte, float32 (H, W), while their identity follows the frame.

        Args:
            alpha: the matte of everybody, float32 (H, W) in [0, 1].
            cells: of this matte.
            learned: whether the frame's colours can be trusted.
            relearn: whether the brightness has jumped.
        """
        if self.identity is None:
            return alpha
        self.identity = self._followed(self.identity, cells, learned, relearn)
        part: np.ndarray = alpha * share(self.identity, _size(alpha))
        return part

    @staticmethod
    def _followed(known: Identity, cells: Cells, learned: bool, relearn: bool) -> Identity:
        return relearned(known, cells) if relearn else follow(known, cells, learned)


def _size(alpha: np.ndarray) -> Size:
    return alpha.shape[0], alpha.shape[1]

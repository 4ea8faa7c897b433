"""Finds clips with true alpha on disk, in this kit's layout and in those of published sets."""

import re
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from ..data.published import PHOTOS, TRAIN, by_name, is_held_out
from ..errors import DataError
from ..files import PICTURE_SUFFIXES

PEOPLE_FILE = "clip.json"
HARMONIZED = "har"  # YouTubeMatte's frames, in which the foreground is harmonized with the background
SPARSE = "image_allframe"  # CRGNN's frames, of which every tenth has a true alpha
# this kit's names, then those of VideoMatte240K, RVM's evaluation sets and others
NAMES = {
    "frames": ("frames", "com", HARMONIZED, SPARSE),
    "alpha": ("alpha", "pha"),
    "foreground": ("foreground", "fgr"),
    "background": ("background", "bgr"),
}
VIDEOS = ("rgb.mp4", "alpha.mp4")  # files of a clip stored as videos, see `video_clip.py`


@dataclass(frozen=True)
class ClipFolder:
    """The folders of a clip; `open_clip` checks their content.

    Attributes:
        name: relative to the folder of all clips.
        base: messages give file names relative to this folder.
        folders: the existing folder of each kind in `NAMES`.
        people: the numbers of the people with their own mattes, in alpha_1/, alpha_2/, ...
        person: the target person; None if everybody is foreground.
        is_composed: the frames are composed from foreground colours and alpha, as for VideoMatte240K's own layout.
        photo: the name without suffix of the picture that is the clip, in folders of photos; empty for videos.
    """

    name: str
    base: Path
    folders: dict[str, Path]
    people: tuple[int, ...] = ()
    person: int | None = None
    is_composed: bool = False
    photo: str = ""

    @property
    def is_sparse(self) -> bool:
        """Whether only some frames have a true alpha, as in CRGNN's set."""
        frames = self.folders.get("frames", self.base)
        return SPARSE in (frames.name, frames.parent.name)

    @property
    def people_file(self) -> Path:
        """The path of the file with clicks and boxes for the people."""
        return self.folders["frames"].parent / PEOPLE_FILE

    @property
    def each_person(self) -> "list[ClipFolder]":
        """The same clip once for each person."""
        root = self.people_file.parent if self.people else Path()
        return [
            replace(self, name=f"{self.name}/{i}", folders=self.folders | {"alpha": root / f"alpha_{i}"}, person=i)
            for i in self.people
        ]

    def tell(self, path: Path) -> str:
        """The name of a file or folder in messages."""
        return path.relative_to(self.base).as_posix()


def list_clips(folder: Path) -> list[ClipFolder]:
    """Find the clips in `folder`, complete or not, sorted by name.

    A clip is a folder with frames/ and alpha/ (or com/ and pha/) inside, or with rgb.mp4 and alpha.mp4, or a pair
    com/CLIP and pha/CLIP. `folder` is a clip, or holds clips or sets of clips. A clip with alpha_1/, alpha_2/, ...
    beside alpha/ is also listed once per person, with this person as the only foreground.

    Published sets are listed as they are: YouTubeMatte's har/ and pha/; VideoMatte240K's fgr/ and pha/, to be composed
    over bgr/; CRGNN's image_allframe/CLIP and alpha/CLIP; and folders of photos (see `data.published.PHOTOS`), each a
    clip of one frame. A train/ beside a test/ or validation/ is left out.

    Raises:
        DataError: there is no clip.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b/frames", "b/alpha", "a/com", "a/pha"):
        ...         Path(folder, name).mkdir(parents=True)
        ...     [clip.name for clip in list_clips(Path(folder))]
        ['a', 'b']
    """
    found = _find(folder, folder, depth=2) if folder.is_dir() else []
    clips = sorted((each for clip in found for each in (clip, *clip.each_person)), key=lambda clip: clip.name)
    if not clips:
        raise DataError(
            f"{folder} holds no clips; a clip is a folder with frames/ and alpha/, com/ and pha/, or rgb.mp4 and "
            "alpha.mp4 inside, or a published set that docs/evaluation.md names"
        )
    return clips


def _find(folder: Path, root: Path, depth: int) -> list[ClipFolder]:
    name = "" if folder == root else folder.relative_to(root).as_posix()
    if all((folder / video).is_file() for video in VIDEOS):
        return [ClipFolder(name or folder.resolve().name, folder, {"frames": folder, "alpha": folder})]
    kinds = {}
    for kind, names in NAMES.items():
        if found := [folder / name for name in names if (folder / name).is_dir()]:
            kinds[kind] = found[0]
    if "frames" not in kinds and (photos := PHOTOS.find(folder)) and not _folders(photos[0]):
        return _photos(folder, name, *photos)
    if (folder / HARMONIZED).is_dir():
        kinds["frames"] = folder / HARMONIZED
        kinds.pop("foreground", None)  # its colours are those before the harmonization
    if {"foreground", "alpha"} <= kinds.keys() and "frames" not in kinds and (clips := _composed(folder, name, kinds)):
        return clips
    if "frames" in kinds or "alpha" in kinds:
        inside = {path.name for kind in ("frames", "alpha") if kind in kinds for path in _folders(kinds[kind])}
        if not inside:
            numbers = [re.fullmatch(r"alpha_([1-9]\d*)", path.name) for path in _folders(folder)]
            people = tuple(sorted(int(number[1]) for number in numbers if number)) if "frames" in kinds else ()
            return [ClipFolder(name or folder.resolve().name, folder, kinds, people)]
        return [
            ClipFolder(
                f"{name}/{clip}".lstrip("/"),
                folder,
                {kind: path / clip for kind, path in kinds.items() if (path / clip).is_dir()},
            )
            for clip in inside
        ]
    if name and not any(folder.iterdir()):
        return [ClipFolder(name, folder, {})]  # empty; `open_clip` reports it
    parts = _folders(folder)
    if any(is_held_out(path) for path in parts):
        parts = [path for path in parts if path.name != TRAIN]
    return [clip for path in parts for clip in _find(path, root, depth - 1)] if depth else []


def _photos(folder: Path, name: str, images: Path, mattes: Path) -> list[ClipFolder]:
    """One clip for each photo; `open_clip` reports a photo without a matte, and the other way round."""
    stems = sorted(by_name(images).keys() | by_name(mattes).keys())
    kinds = {"frames": images, "alpha": mattes}
    return [ClipFolder(f"{name}/{stem}".lstrip("/"), folder, kinds, photo=stem) for stem in stems]


def _composed(folder: Path, name: str, kinds: dict[str, Path]) -> list[ClipFolder]:
    """One clip for each video or folder of frames in fgr/ and pha/; none if they hold pictures alone.

    Each gets the background of its name in bgr/, or else the next one in turn.
    """
    videos = {
        kind: {stem: path for stem, path in by_name(kinds[kind]).items() if path.suffix.lower() not in PICTURE_SUFFIXES}
        for kind in ("foreground", "alpha")
    }
    places = by_name(kinds["background"]) if "background" in kinds else {}
    in_turn = cycle(places.values())
    clips = []
    for stem in sorted(videos["foreground"].keys() | videos["alpha"].keys()):
        found = {kind: there.get(stem, kinds[kind] / stem) for kind, there in videos.items()}
        if places:
            found["background"] = places[stem] if stem in places else next(in_turn)
        clips.append(ClipFolder(f"{name}/{stem}".lstrip("/"), folder, found, is_composed=True))
    return clips


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()]

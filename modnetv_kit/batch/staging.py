"""Results are written to a hidden folder in the output folder, and moved out once they are complete."""

import errno
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError
from ..files import replace_file
from ..partial_files import destination
from .locations import download, is_address, upload
from .plan import PARTIAL, Target, VideoJob


@contextmanager
def local_source(source: str) -> Iterator[Path]:
    """The source as a local path. A source at an address is downloaded, and the copy deleted at the end."""
    if not is_address(source):
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="modnetv_") as folder:
        yield download(source, Path(folder))


@contextmanager
def stage(job: VideoJob) -> Iterator[dict[str, Path]]:
    """Temporary paths for a job's outputs, by kind; they are deleted on an error.

    At the end, outputs for an address are uploaded and deleted locally. The others wait for `publish`.

    Raises:
        OutputError: a folder cannot be created or written to.
        InputError: an address cannot be used.
    """
    token = secrets.token_hex(4)
    folders = {kind: _work_folder(target, token) for kind, target in job.outputs.items()}
    paths = {kind: folder / work_name(kind, job.outputs[kind]) for kind, folder in folders.items()}
    finished = False
    try:
        yield paths
        for kind, path in paths.items():
            if is_address(job.outputs[kind].root) and path.exists():
                upload(path, job.outputs[kind].location)
        finished = True
    finally:
        for kind, folder in folders.items():
            if not finished or is_address(job.outputs[kind].root):
                shutil.rmtree(folder, ignore_errors=True)


def publish(job: VideoJob, staged: Mapping[str, str]) -> None:
    """Move the outputs of `stage` to their final names. If the process was killed, another call moves the rest.

    Raises:
        OutputError: a final name cannot be written to.
    """
    for kind, path in ((kind, Path(path)) for kind, path in staged.items()):
        final = Path(job.outputs[kind].location)
        try:
            if path.exists():
                final.parent.mkdir(parents=True, exist_ok=True)
                final = destination(final)  # a link is written through
                if final.is_file():
                    path.chmod(stat.S_IMODE(final.stat().st_mode))
                if final.is_dir():  # cannot be replaced by renaming: move the old folder to where it is deleted below
                    final.rename(path.with_name(f"{path.name}.old"))
                _move(path, final)
        except OSError as error:
            raise OutputError(f"{final} cannot be written: {error.strerror or error}") from None
        shutil.rmtree(path.parent, ignore_errors=True)


def _move(path: Path, final: Path) -> None:
    try:
        path.replace(final)
    except OSError as error:
        if error.errno != errno.EXDEV or path.is_dir():
            raise
        replace_file(final, lambda partial: shutil.copyfile(path, partial))  # a link led to another disk


def clear(roots: Mapping[str, str]) -> None:
    """Delete what killed runs left in the hidden folders of these roots."""
    for root in roots.values():
        if not is_address(root):
            shutil.rmtree(Path(root, PARTIAL), ignore_errors=True)


def _work_folder(target: Target, token: str) -> Path:
    if is_address(target.root):
        return Path(tempfile.mkdtemp(prefix="modnetv_"))
    folder = Path(target.root, PARTIAL, token)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{target.location} cannot be written: {error.strerror or error}") from None
    return folder


def work_name(kind: str, target: Target) -> str:
    """The temporary name of an output: its kind and suffix; a folder of images has no suffix.

    The final name may contain dots or %, which `open_writer` would interpret.
    """
    return kind + (Path(target.name).suffix if target.is_file else "")

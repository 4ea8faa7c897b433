"""`make web`: fetch the page's packages from npm and export the networks, into the ignored folder web/built/."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from ..errors import InputError, MattingError, OutputError
from .page_files import NETWORK_FILES, PACKAGES, PAGE


def build(page: Path = PAGE) -> None:
    """Add to the page what it needs to run; what is there already stays.

    Raises:
        InputError: npm or the ONNX exporter is not installed, or npm cannot fetch a package.
        OutputError: the folder cannot be written.
    """
    built = page / "built"
    try:
        for name, package in PACKAGES.items():
            folder = built / package.folder
            version, digest = pinned(name, page)
            stamp = folder / f"{name}-{version}"
            if not all(file.is_file() for file in (stamp, *(folder / file for file in package.files))):
                fetch_package(name, version, digest, folder)
                stamp.touch()
        export(built / "networks")
    except OSError as error:
        raise OutputError(f"cannot write into {built} ({error.strerror or error}): check its permissions") from None


def pinned(name: str, page: Path = PAGE) -> tuple[str, str]:
    """The version of a package and the digest of its archive (as npm writes it), from web/package.json."""
    package = json.loads((page / "package.json").read_text())
    return package["dependencies"][name], package["integrity"][name]


def fetch_package(name: str, version: str, digest: str, folder: Path) -> None:
    """Replace `folder` by the package's files from npm.

    Raises:
        InputError: there is no npm, it cannot fetch this version, or the archive is another one.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise InputError(
            f"the page needs {name} {version}, which comes by npm: install Node.js, then run `make web` again"
        )
    with tempfile.TemporaryDirectory() as work:
        fetched = subprocess.run(
            [npm, "pack", "--silent", f"{name}@{version}"], cwd=work, capture_output=True, text=True, check=False
        )
        archives = list(Path(work).glob("*.tgz"))
        if fetched.returncode or not archives:
            reason = (fetched.stderr.strip().splitlines() or ["npm gave no reason"])[-1]
            raise InputError(f"npm cannot fetch {name} {version} ({reason}): check the connection, then run `make web`")
        if _digest(archives[0]) != digest:
            raise InputError(f"npm sent another archive for {name} {version} than web/package.json names")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with tarfile.open(archives[0]) as archive:
            for file, path in PACKAGES[name].files.items():
                member = archive.extractfile(f"package/{path}")
                assert member is not None  # the digest says that the archive is the known one
                (folder / file).write_bytes(member.read())


def export(folder: Path) -> None:
    """Export the bundled weights, unless the folder holds them, with their settings as numbers and words.

    Raises:
        InputError: the exporter is not installed.
        OutputError: the folder cannot be written.
    """
    from ..engines.convert import export_networks
    from ..engines.networks import conversion_key, settings
    from ..hub import load_model

    model = load_model(device="cpu")
    described = folder / "settings.json"
    key = conversion_key(model)
    complete = all((folder / name).is_file() for name in NETWORK_FILES)
    if complete and f'"{key}"' in described.read_text(errors="replace"):
        return
    export_networks(model, folder, "onnx")
    values = {name: _number_or_word(value) for name, value in settings(model).items()}
    described.write_text(json.dumps({**values, "key": key}, indent=2) + "\n")


def _digest(archive: Path) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()


def _number_or_word(text: str) -> float | int | str:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


if __name__ == "__main__":
    try:
        build()
    except MattingError as error:
        sys.exit(f"make web: {error}")

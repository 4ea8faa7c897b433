"""Where the page is, and which of its files are built."""

from pathlib import Path
from typing import NamedTuple

from ..errors import InputError

PAGE = Path(__file__).parents[2] / "web"
"""The folder of the page, in a clone; wheels do not contain it, since the runtime is ten times their size."""


class Package(NamedTuple):
    """What the page takes from an npm package.

    Attributes:
        folder: under built/.
        files: {name there: path in the package}.
    """

    folder: str
    files: dict[str, str]


_RUNTIME = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
    "ort.webgpu.min.mjs",
    "ort-wasm-simd-threaded.asyncify.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm",
)
PACKAGES = {
    "onnxruntime-web": Package("runtime", {name: f"dist/{name}" for name in _RUNTIME}),
    # its licence, MPL-2.0, must come with it
    "mediabunny": Package(
        "mediabunny", {"mediabunny.min.mjs": "dist/bundles/mediabunny.min.mjs", "LICENSE": "LICENSE"}
    ),
}
NETWORK_FILES = ("step.onnx", "flaws.onnx", "patches.onnx", "settings.json")
BUILT_FILES = (
    *(f"built/{package.folder}/{name}" for package in PACKAGES.values() for name in package.files),
    *(f"built/networks/{name}" for name in NETWORK_FILES),
)
"""What `make web` adds to the page: ONNX Runtime Web, Mediabunny, and the networks."""


def built_page(page: Path = PAGE) -> Path:
    """The folder of the page, complete with its built files.

    Raises:
        InputError: this is not a clone, or files have not been built.
    """
    if not (page / "index.html").is_file():
        raise InputError(
            "the page is not part of the installed package: run this in a clone of the kit, after `make web`"
        )
    missing = [name for name in BUILT_FILES if not (page / name).is_file()]
    if missing:
        raise InputError(f"{page / missing[0]} is missing: run `make web` in the clone")
    return page

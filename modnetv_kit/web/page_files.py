"""Where the page is, and which of its files are built."""

from pathlib import Path

from ..errors import InputError

PAGE = Path(__file__).parents[2] / "web"
"""The folder of the page, in a clone; wheels do not contain it, since the runtime is ten times their size."""

RUNTIME_FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
    "ort.webgpu.min.mjs",
    "ort-wasm-simd-threaded.asyncify.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm",
)
NETWORK_FILES = ("step.onnx", "flaws.onnx", "patches.onnx", "settings.json")
BUILT_FILES = (
    *(f"built/runtime/{name}" for name in RUNTIME_FILES),
    *(f"built/networks/{name}" for name in NETWORK_FILES),
)
"""What `make web` adds to the page: ONNX Runtime Web, and the networks."""


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

"""A local server for the page, with the headers that WebAssembly needs for threads."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

POLICY = (
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval' blob:",
    "worker-src 'self' blob:",
    "connect-src 'self' blob: data:",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "style-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
)
HEADERS = {
    # both are needed for memory that threads share
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    # as in index.html, which speaks for the page but not for its worker: connections to this server only
    "Content-Security-Policy": "; ".join(POLICY),
    # the browser asks whether a file has changed, so a rebuilt page is never mixed with an old one
    "Cache-Control": "no-cache",
}


class PageServer(ThreadingHTTPServer):
    """Serves a folder until it is closed.

    Args:
        page: the folder.
        host: address to listen on.
        port: 0 for any free port.

    Attributes:
        url: of the page.

    Raises:
        OSError: the address or the port cannot be used.
    """

    daemon_threads = True

    def __init__(self, page: Path, host: str, port: int):
        super().__init__((host, port), partial(_Handler, directory=str(page)))
        self.url = f"http://{host}:{self.server_port}/"


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012  # a class attribute of the base
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        """Add the headers to every answer."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing for a request."""

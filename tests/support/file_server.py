# SPDX-License-Identifier: Apache-2.0
"""HTTP server on the loopback interface with faults that a test chooses."""

import http.server
import re
import socket
import socketserver
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any


@dataclass
class Site:
    """Content and faults of a server, and the requests that it received."""

    pages: dict[str, bytes] = field(default_factory=dict)
    """Path -> content."""

    has_ranges: bool = True
    """Whether range requests are answered with a part of the file."""

    cut_after: dict[str, list[int]] = field(default_factory=dict)
    """Path -> bytes after which each of the next connections is cut."""

    silence: dict[str, float] = field(default_factory=dict)
    """Path -> seconds before anything is sent."""

    drip_seconds: float = 0.0
    """Pause after each byte; 0 for none."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    """Path and Range header of each request, in order."""

    url: str = ""
    """Address of the server, set by `serve`."""


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    """Serve a site on a free port while the block runs."""

    class Handler(_Handler):
        served = site

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw_server(answer: str, pause: float = 0.0) -> Iterator[str]:
    """Answer every connection with a text as it is; give the address.

    Args:
        answer: What is sent after the request.
        pause: Seconds before each further line.
    """

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            try:
                for line in answer.splitlines(keepends=True):
                    self.wfile.write(line.encode())
                    time.sleep(pause)
            except OSError:
                # The client closed the connection, as the test intends.
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/page"
        finally:
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Handler(http.server.BaseHTTPRequestHandler):
    served: Site

    def do_GET(self) -> None:
        site, range_header = self.served, self.headers.get("Range", "")
        site.requests.append((self.path, range_header))
        time.sleep(site.silence.get(self.path, 0.0))
        content = site.pages.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = (
            int(match[1]) if (match := re.match(r"bytes=(\d+)-", range_header)) else 0
        )
        start = start if site.has_ranges else 0
        if start >= len(content) > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            last = len(content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self._send(content[start:])

    def _send(self, content: bytes) -> None:
        cuts = self.served.cut_after.get(self.path)
        cut = cuts.pop(0) if cuts else None
        pause = self.served.drip_seconds
        step = 1 if pause else 1 << 16
        try:
            for offset in range(0, len(content[:cut]), step):
                self.wfile.write(content[:cut][offset : offset + step])
                time.sleep(pause)
        except OSError:
            # The client closed the connection, as the test intends.
            pass

    def log_message(self, *arguments: Any) -> None:
        """Keep the test's output clean."""

"""A provider on loopback that misbehaves as a test tells it to, on real sockets."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest
from cast import ACCOUNT_SID
from conftest import make_settings

from hotline.config import Settings

MESSAGE_SID, MEDIA_SID = "MM" + "1" * 32, "ME" + "2" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{MESSAGE_SID}/Media/{MEDIA_SID}"
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """One HTTP server; `seen` are the requests it got, with their headers."""

    url: str
    answer: Answer
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def netloc(self) -> str:
        return self.url.removeprefix("http://")


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    """Start servers; they end with the test."""
    running: list[Threads] = []

    def start(answer: Answer) -> Server:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.seen.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
                server.answer(self)

            def log_message(self, *args: object) -> None:
                return

        listening = Threads(("127.0.0.1", 0), Handler)
        server = Server(f"http://127.0.0.1:{listening.server_address[1]}", answer)
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        running.append(listening)
        return server

    yield start
    for listening in running:
        listening.shutdown()
        listening.server_close()


def gives(content: bytes, content_type: str = "image/png", **headers: str) -> Answer:
    """An answer with these bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def sends_to(location: str, status: int = 307) -> Answer:
    """A redirect."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def says(status: int) -> Answer:
    """An answer without content."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def settings_for(api: Server, cdn: Server | None = None, **more: str) -> Settings:
    """A hotline whose provider these servers play."""
    changes = {"TWILIO_API_URL": api.url, **({"MEDIA_CDN_URL": cdn.url} if cdn else {}), **more}
    return make_settings("postgresql://nobody@localhost/none", **changes)

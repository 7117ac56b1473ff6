"""A model of somebody else's, on a free port of loopback: it verifies what it is asked and answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Model:
    """`says`: the body of the answer; `status`; `slow`: seconds before it; `drip`: a byte a moment without an end;
    `hang_up`; `location`: where a redirect leads."""

    url: str = ""
    secret: str = ""
    says: bytes = b"{}"
    status: int = 200
    slow: float = 0.0
    drip: bool = False
    hang_up: bool = False
    location: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answers(self, **opinion: Any) -> None:
        self.says = json.dumps(opinion).encode()


@contextmanager
def outside_model(secret: str) -> Iterator[Model]:
    model = Model(secret=secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            Webhook(model.secret).verify(body, {name.lower(): value for name, value in self.headers.items()})
            model.asked.append(json.loads(body))
            if model.hang_up:
                self.close_connection = True
                return
            time.sleep(model.slow)
            self.send_response(model.status)
            if model.location:
                self.send_header("Location", model.location)
            if not model.drip:
                self.send_header("Content-Length", str(len(model.says)))
            self.end_headers()
            try:
                self.wfile.write(model.says)
                while model.drip:
                    self.wfile.write(b" ")
                    time.sleep(0.05)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_port}/triage"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)

"""A partner's machine on a free port of loopback. It checks every signature as a partner would, with the
specification's own library, and answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Partner:
    """What came, and what is answered next: `answers` one a time, then 204; `drop`: hang up after reading;
    `slow`: seconds before the answer. `secret`: what it verifies with; an event that fails is answered 401."""

    url: str = ""
    secret: str = ""
    answers: list[int] = field(default_factory=list)
    drop: int = 0
    slow: float = 0.0
    location: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    forged: int = 0

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@contextmanager
def partner_machine() -> Iterator[Partner]:
    partner = Partner()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            partner.headers.append(headers)
            partner.bodies.append(body)
            if partner.drop:
                partner.drop -= 1
                self.close_connection = True
                self.connection.close()
                return
            time.sleep(partner.slow)
            self.send_response(self._judge(body, headers))
            if partner.location:
                self.send_header("Location", partner.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _judge(self, body: str, headers: dict[str, str]) -> int:
            try:
                Webhook(partner.secret).verify(body, headers)
            except WebhookVerificationError:
                partner.forged += 1
                return 401
            if partner.answers:
                return partner.answers.pop(0)
            partner.events.append(json.loads(body))
            return 204

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    partner.url = f"http://127.0.0.1:{server.server_port}/hooks/trc"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield partner
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)

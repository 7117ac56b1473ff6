"""A stand-in on an ephemeral port, and a product of a few lines for it to talk to."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from hotline.channels.phones import PhonesServer, PhonesSettings, build_server

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN, NEXT_TOKEN = "token-in-use", "token-to-come"
KEY, SECRET = "SK" + "0" * 32, "key-secret"
SERVICE = "MG" + "0" * 32
SMS_FROM, WHATSAPP_FROM = "+12025550143", "+12025550144"
OFFICER, WORKER = "+447700900301", "+447700900101"


@dataclass
class Received:
    """One request the product got."""

    url: str
    headers: dict[str, str]
    form: dict[str, list[str]]
    at: float


@dataclass
class Product:
    """Remembers what it is sent; answers with what it is told to."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    status: int = 200
    body: bytes = b"<Response/>"
    content_type: str = "text/xml"
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    documents: dict[str, bytes] = field(default_factory=dict)  # path -> body, before `body`

    def callbacks(self) -> list[Received]:
        return [each for each in self.received if "/status" in each.url]

    def statuses(self, sid: str = "") -> list[str]:
        found = [each.form for each in self.callbacks() if not sid or each.form["MessageSid"] == [sid]]
        return [form["MessageStatus"][0] for form in found]


@pytest.fixture
def product() -> Iterator[Product]:
    state = Product()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = parse_qs(body, keep_blank_values=True)
            headers = dict(self.headers.items())
            state.received.append(Received(state.url + self.path, headers, form, time.monotonic()))
            time.sleep(state.pause)
            document = state.documents.get(self.path.partition("?")[0], state.body)
            answer = b"" if "/status" in self.path else document
            self.send_response(204 if "/status" in self.path else state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            if answer:
                self.send_header("Content-Type", state.content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # an oversized answer is hung up on
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


@dataclass
class Phones:
    """The stand-in as its callers see it: over HTTP only."""

    server: PhonesServer
    product: Product

    ACCOUNT, TOKEN, NEXT_TOKEN, KEY, SECRET = ACCOUNT, TOKEN, NEXT_TOKEN, KEY, SECRET
    SERVICE, SMS_FROM, WHATSAPP_FROM, OFFICER, WORKER = SERVICE, SMS_FROM, WHATSAPP_FROM, OFFICER, WORKER

    @property
    def messages_url(self) -> str:
        return f"{self.server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    def create(self, to: str = OFFICER, *, auth: tuple[str, str] = (ACCOUNT, TOKEN), **form: Any) -> Any:
        callback = {"StatusCallback": f"{self.product.url}/status?uuid=1"}
        data = {"To": to, "From": SMS_FROM, "Body": "Halo"} | callback | form
        data = {name: value for name, value in data.items() if value is not None}
        return requests.post(self.messages_url, data=data, auth=auth, timeout=10)

    def message(self, sid: str, method: str = "GET", **form: str) -> Any:
        url = self.messages_url.replace("Messages.json", f"Messages/{sid}.json")
        return requests.request(method, url, data=form or None, auth=(ACCOUNT, TOKEN), timeout=10)

    def list(self, url: str = "", **filters: Any) -> Any:
        address = self.server.url + url if url else self.messages_url
        return requests.get(address, params=filters, auth=(ACCOUNT, TOKEN), timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        return requests.get(f"{self.server.url}/_control/{path}", params=query, timeout=10)

    def post(self, path: str, **body: Any) -> Any:
        return requests.post(f"{self.server.url}/_control/{path}", json=body, timeout=10)

    def ledger(self, **query: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.get("ledger", **query).json()["entries"]
        return entries

    def settle(self) -> None:
        """Until nothing is to come."""
        wait_for(lambda: self.get("clock").json()["pending"] == 0)


def wait_for(condition: Callable[[], Any], seconds: float = 5) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def open_phones(product: Product) -> Iterator[Callable[..., Phones]]:
    """Starts a stand-in with settings of the test's choosing; ends all of them afterwards."""
    running: list[PhonesServer] = []

    def start(**more: Any) -> Phones:
        given: dict[str, Any] = {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "auth_token_next": NEXT_TOKEN,
            "api_key_sid": KEY,
            "api_key_secret": SECRET,
            "public_url": product.url,
            "sms_number": SMS_FROM,
            "whatsapp_number": WHATSAPP_FROM,
            "delivery_delay": 0.01,
        }
        server = build_server(PhonesSettings(**given | more))
        server.start()
        running.append(server)
        return Phones(server, product)

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def phones(open_phones: Callable[..., Phones]) -> Phones:
    return open_phones()

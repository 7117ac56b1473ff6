"""Meta's place on a free port of loopback: the Cloud API's message endpoint, media and signed webhooks, in the shapes
its documentation gives (developers.facebook.com, WhatsApp Business Platform, read November 2026)."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

TOKEN, APP_SECRET, VERIFY_TOKEN = "a-token-for-tests", "an-app-secret-for-tests", "a-verify-token-for-tests"
NUMBER_ID = "106540352242922"


@dataclass
class MetaPlace:
    """`messages`: what was accepted, whatever was answered. `answers`: (status, error code) to give one a time before
    accepting; `lose`: accept so many, then answer 500; `drop`: accept so many, then hang up."""

    url: str = ""
    hook: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, int]] = field(default_factory=list)
    lose: int = 0
    drop: int = 0
    garbage: int = 0
    slow: float = 0.0
    media: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    media_sha256: str = ""

    def settings(self) -> dict[str, str]:
        return {
            "WHATSAPP_PROVIDER": "meta",
            "META_API_URL": self.url,
            "META_ACCESS_TOKEN": TOKEN,
            "META_PHONE_NUMBER_ID": NUMBER_ID,
            "META_APP_SECRET": APP_SECRET,
            "META_VERIFY_TOKEN": VERIFY_TOKEN,
        }

    def sid_of(self, index: int = -1) -> str:
        return str(self.messages[index]["sid"])

    def reports(self, status: str, *, index: int = -1, code: int = 0, with_our_id: bool = True) -> int:
        """A status report of one of the accepted messages, signed; gives what the hotline answered."""
        message = self.messages[index]
        told: dict[str, Any] = {
            "id": message["sid"],
            "status": status,
            "timestamp": str(int(time.time())),
            "recipient_id": message.get("to", ""),
        }
        if with_our_id:
            told["biz_opaque_callback_data"] = message["biz_opaque_callback_data"]
        if code:
            told["errors"] = [{"code": code, "title": "x", "error_data": {"details": "x"}}]
        return self.posts(webhook({"statuses": [told]}))

    def writes(self, number: str, text: str, **extra: Any) -> int:
        """Somebody writes to the hotline."""
        return self.posts(webhook(text_message(number, text, **extra)))

    def posts(self, payload: dict[str, Any] | bytes, *, secret: str = APP_SECRET) -> int:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signed(body, secret)}
        return requests.post(self.hook, data=body, headers=headers, timeout=10).status_code


def signed(body: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def webhook(value: dict[str, Any], *, number_id: str = NUMBER_ID) -> dict[str, Any]:
    metadata = {"display_phone_number": "12025550143", "phone_number_id": number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    change = {"value": value, "field": "messages"}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


def text_message(number: str, text: str, *, sid: str | None = None, **extra: Any) -> dict[str, Any]:
    return message_of(number, {"type": "text", "text": {"body": text}, **extra}, sid=sid)


def message_of(
    number: str, content: dict[str, Any], *, sid: str | None = None, user_id: str | None = None
) -> dict[str, Any]:
    """The value of a webhook with one message; without a number it comes from somebody with a username."""
    digits = number.removeprefix("+")
    contact: dict[str, Any] = {"profile": {"name": "Contoh"}}
    message: dict[str, Any] = {
        "id": sid or f"wamid.{hashlib.md5(repr((number, content, time.time_ns())).encode()).hexdigest()}"
    }
    message["timestamp"] = str(int(time.time()))
    if digits:
        contact["wa_id"] = message["from"] = digits
    if user_id:
        contact["user_id"] = message["from_user_id"] = user_id
    return {"contacts": [contact], "messages": [message | content]}


@contextmanager
def meta_place() -> Iterator[MetaPlace]:
    place = MetaPlace()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(place.slow)
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self._error(401, 190)
            if self.path != f"/{NUMBER_ID}/messages":
                return self._error(400, 33)
            if place.garbage:
                place.garbage -= 1
                return self._answer(200, b"<html>it works</html>")
            if place.answers:
                return self._error(*place.answers.pop(0))
            if wrong := _why_refused(body):
                return self._error(400, wrong)
            sid = f"wamid.{len(place.messages):024d}"
            place.messages.append({**body, "sid": sid})
            if place.drop:
                place.drop -= 1
                self.close_connection = True
                self.connection.close()
                return None
            if place.lose:
                place.lose -= 1
                return self._error(500, 1)
            to = body.get("to") or body.get("recipient")
            contact = {"input": to} | ({"wa_id": to} if "to" in body else {"user_id": to})
            accepted = {
                "messaging_product": "whatsapp",
                "contacts": [contact],
                "messages": [{"id": sid, "message_status": "accepted"}],
            }
            return self._answer(200, json.dumps(accepted).encode())

        def do_GET(self) -> None:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self._error(401, 190)
            name = self.path.removeprefix("/")
            if name == NUMBER_ID:
                return self._answer(200, json.dumps({"id": name, "verified_name": "TRC"}).encode())
            if name.startswith("bytes/") and name.removeprefix("bytes/") in place.media:
                content, kind = place.media[name.removeprefix("bytes/")]
                return self._answer(200, content, kind)
            if name not in place.media:
                return self._error(404, 100)
            content, kind = place.media[name]
            told = {
                "messaging_product": "whatsapp",
                "url": f"{place.url}/bytes/{name}",
                "mime_type": kind,
                "sha256": place.media_sha256 or hashlib.sha256(content).hexdigest(),
                "file_size": len(content),
                "id": name,
            }
            return self._answer(200, json.dumps(told).encode())

        def do_DELETE(self) -> None:
            place.deleted.append(self.path.removeprefix("/"))
            place.media.pop(self.path.removeprefix("/"), None)
            self._answer(200, b'{"success":true}')

        def _error(self, status: int, code: int) -> None:
            error = {"message": "x", "type": "OAuthException", "code": code, "fbtrace_id": "x"}
            self._answer(status, json.dumps({"error": error}).encode())

        def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    place.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield place
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _why_refused(body: dict[str, Any]) -> int:
    """The code with which the documented checks refuse a request; 0 for none."""
    to, recipient = body.get("to"), body.get("recipient")
    if body.get("messaging_product") != "whatsapp" or len(body.get("biz_opaque_callback_data", "")) > 512:
        return 100
    if not ((to and to.isdigit()) or (recipient and recipient[2:3] == ".")):
        return 100
    kind = body.get("type")
    if kind == "text":
        return 0 if 0 < len(body["text"]["body"]) <= 4096 else 100
    if kind == "template":
        return 0 if body["template"]["name"] == "neutral_reply" else 132001
    return 131051

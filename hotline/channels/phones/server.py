"""The server of the stand-in: one process, a thread for each connection, loopback only."""

import signal
import threading
from types import FrameType
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from hotline.channels.phones.app import create_phones_app
from hotline.channels.phones.cdn import create_cdn_app
from hotline.channels.phones.guard import is_loopback
from hotline.channels.phones.mailbox import MailServer
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.switchboard import EXTENSION, Switchboard


class NotLoopback(ValueError):
    """The phones have no passwords and are never opened to a network."""


class _Handler(WSGIRequestHandler):
    """Keeps no access log: the ledger holds every request, and numbers stay out of the terminal."""

    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadedWSGIServer):
    request_queue_size = 512
    daemon_threads = True


class PhonesServer:
    """A bound server. ``run`` serves in this thread, ``start`` in another; ``stop`` ends either.

    Media are served from a second port, because that is where clients go wrong outside.
    """

    def __init__(self, settings: PhonesSettings, host: str, port: int, cdn_port: int = 0) -> None:
        self.app = create_phones_app(settings)
        self.board: Switchboard = self.app.extensions[EXTENSION]
        self._server = _Server(host, port, self.app, handler=_Handler)
        self._cdn = _Server(host, cdn_port, create_cdn_app(self.board), handler=_Handler)
        self.mail = (
            MailServer(self.board.mailbox, settings.smtp_port) if settings.smtp_port is not None else None
        )
        self._thread: threading.Thread | None = None
        self.port: int = self._server.server_port
        self.url = _url(host, self.port)
        self.cdn_url = self.board.links.base = _url(host, self._cdn.server_port)

    def run(self) -> None:
        """Serve until ``stop``; gives both ports back at the end."""
        media = threading.Thread(target=self._cdn.serve_forever, args=(0.05,), name="phones-cdn", daemon=True)
        media.start()
        if self.mail is not None:
            self.mail.start()
        try:
            self._server.serve_forever(poll_interval=0.05)
        finally:
            if self.mail is not None:
                self.mail.stop()
            self._cdn.shutdown()
            self._cdn.server_close()
            self._server.server_close()
            self.board.close()

    def start(self) -> None:
        self._thread = threading.Thread(target=self.run, name="phones-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """May be called from any thread but the serving one."""
        self._server.shutdown()
        if self._thread is not None:
            self._thread.join(timeout=5)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def build_server(
    settings: PhonesSettings, *, host: str = "127.0.0.1", port: int = 0, cdn_port: int = 0
) -> PhonesServer:
    """Bind, without serving yet; port 0 takes a free one, `cdn_port` is where media are served.

    Raises NotLoopback for a host other than this machine.
    """
    if not is_loopback(host):
        raise NotLoopback(f"{host}: the phones listen on loopback only")
    return PhonesServer(settings, host, port, cdn_port)


def serve(settings: PhonesSettings, *, host: str = "127.0.0.1", port: int, cdn_port: int = 0) -> None:
    """Serve until SIGTERM or Ctrl-C, then return. Raises NotLoopback for any other host."""
    server = build_server(settings, host=host, port=port, cdn_port=cdn_port)

    def on_term(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.stop, daemon=True).start()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, on_term)
    server.run()

"""A proxy before a PostgreSQL that can fall silent: connections stay up, every byte is acknowledged, nothing comes."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from enum import Enum, auto
from typing import Any

from sqlalchemy.engine import make_url


class Way(Enum):
    """What goes through the proxy."""

    BOTH = auto()
    # What we say arrives, and is done; no answer comes.
    ONLY_TO_SERVER = auto()
    NONE = auto()


class Muffled:
    """A database's address that can fall silent. `url` leads through it; closes with its block."""

    def __init__(self, url: str) -> None:
        target = make_url(url)
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = target.set(
            host="127.0.0.1", port=self._listener.getsockname()[1], query={}
        ).render_as_string(hide_password=False)
        self._way = Way.BOTH
        self._let_through = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Muffled:
        return self

    def __exit__(self, *_error: object) -> None:
        self._shut(self._listener)
        self.forget()

    def falls_silent(self, way: Way = Way.NONE, *, after_answers: int = 0) -> None:
        """From now on, or after so many answers of the server, only this way is open."""
        with self._lock:
            self._then, self._let_through = way, after_answers
            if not after_answers:
                self._way = way

    def speaks(self) -> None:
        """All goes through again: on new connections, for the old ones have lost bytes."""
        self.forget()
        with self._lock:
            self._way, self._let_through = Way.BOTH, 0

    def forget(self) -> None:
        """End all connections, as an outage that is over does."""
        for each in list(self._open):
            self._shut(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._connect()
            self._open |= {client, server}
            threading.Thread(target=self._pump, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket:
        directory: Any = self._target.query.get("host")
        port = self._target.port or 5432
        if directory:
            made = socket.socket(socket.AF_UNIX)
            made.connect(f"{directory}/.s.PGSQL.{port}")
            return made
        return socket.create_connection((self._target.host or "127.0.0.1", port))

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                for source in select.select([client, server], [], [])[0]:
                    said = source.recv(65536)
                    if not said:
                        raise OSError("one side left")
                    if source is client and self._way is not Way.NONE:
                        server.sendall(said)
                    elif source is server and self._answer_passes():
                        client.sendall(said)
        self._shut(client)
        self._shut(server)

    def _answer_passes(self) -> bool:
        with self._lock:
            if self._way is not Way.BOTH:
                return False
            if self._let_through:
                self._let_through -= 1
                if not self._let_through:
                    self._way = self._then
            return True

    def _shut(self, each: socket.socket) -> None:
        self._open.discard(each)
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()

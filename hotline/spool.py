"""A place on disk for webhooks that could not reach the database: written through to the disk before the answer.

One file a webhook, encrypted with ENCRYPTION_KEYS. Names sort by the moment of receipt and say nothing else. A file
is whole or absent: it is written aside, synced, then renamed. `early/` holds what speaks of a call that is not here
yet, `dead/` what could not be taken in, `settled/` what a human has looked at and laid by.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

from cryptography.fernet import InvalidToken

from cases.database import keyring

_WAITING, _EARLY, _DEAD, _SETTLED, _UNFINISHED = "waiting", "early", "dead", "settled", "unfinished"
_SUFFIX, _WHY = ".spooled", ".why"
_SAID = frozenset(["From", "Body", "MessageSid", "CallSid", "NumMedia", "MediaUrl0", "RecordingUrl"])
_MOST_FIELDS, _LONGEST_FIELD = 1000, 2000
# A name may come from a form: it must not lead out of the directory.
_NAME = re.compile(r"\d{20}-[A-Za-z0-9]{0,64}\.spooled")


class Unreadable(Exception):
    """A spooled file that no key opens, or that does not hold what `put` writes."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One signed webhook as it came: the path it was posted to, its body, and when."""

    path: str
    body: bytes
    received_at: datetime

    def words(self) -> Words:
        """Sender, text and ids, cut where they are longer than anybody writes."""
        said = parse_qsl(self.body.decode("utf-8", errors="replace"), max_num_fields=_MOST_FIELDS)
        return Words(
            self.path, tuple((name, value[:_LONGEST_FIELD]) for name, value in said if name in _SAID)
        )


@dataclass(frozen=True, slots=True)
class Words:
    """What a webhook says, for a human who decides about it: never for a log or a list."""

    path: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)


class Spool:
    """One directory, for any number of processes of one machine (or of several that share it)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def put(self, spooled: Spooled) -> str:
        """Keep a webhook; when this returns it is on the disk. Raises OSError when it is not (disk full, no right)."""
        name = f"{time.time_ns():020d}-{secrets.token_hex(6)}{_SUFFIX}"
        self._write(_WAITING, name, _sealed(spooled))
        return name

    def bury(self, spooled: Spooled, *, known_as: str) -> None:
        """Keep among the dead what came by another way and cannot be taken in; once, however often it is tried.
        Raises OSError."""
        name = f"{_nanoseconds(spooled.received_at):020d}-{_safe(known_as)}{_SUFFIX}"
        if not (self.directory / _DEAD / name).exists():
            self._write(_DEAD, name, _sealed(spooled))

    def waiting(self) -> list[str]:
        """The names of what waits, oldest first."""
        return self._names(_WAITING)

    def dead(self) -> list[str]:
        """The names of what was set aside, oldest first."""
        return self._names(_DEAD)

    def early(self) -> list[str]:
        """The names of what came before the thing it speaks of, oldest first."""
        return self._names(_EARLY)

    def read(self, name: str) -> Spooled | None:
        """One webhook that waits or came early; None when another process was quicker. Raises Unreadable."""
        return self._read(name, _WAITING, _EARLY)

    def read_dead(self, name: str) -> Spooled | None:
        """One that was set aside; None when it is not there any more. Raises Unreadable."""
        return self._read(name, _DEAD)

    def _read(self, name: str, *places: str) -> Spooled | None:
        sealed = self._bytes_of(name, places)
        if sealed is None:
            return None
        try:
            content = json.loads(keyring.fernet.decrypt(sealed))
            received_at = datetime.fromisoformat(content["received_at"])
            return Spooled(content["path"], content["body"].encode("latin-1"), received_at)
        except (InvalidToken, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(name) from error

    def _bytes_of(self, name: str, places: tuple[str, ...]) -> bytes | None:
        for place in places:
            with contextlib.suppress(FileNotFoundError):
                return (self.directory / place / name).read_bytes()
        return None

    def remove(self, name: str) -> None:
        """It was taken in. Nothing happens when another process has removed it."""
        for place in (_WAITING, _EARLY):
            (self.directory / place / name).unlink(missing_ok=True)

    def put_off(self, name: str) -> None:
        """It came before what it speaks of: try it again later, and let it hold up nothing meanwhile."""
        self._move(name, _WAITING, _EARLY)

    def set_aside(self, name: str, *, why: str = "") -> None:
        """It cannot be taken in: keep it for a human, out of the way of the others, with a word on `why` (the kind
        of the mistake and the names of fields; never what somebody wrote)."""
        for place in (_WAITING, _EARLY):
            self._move(name, place, _DEAD)
        if why and _NAME.fullmatch(name):
            with contextlib.suppress(OSError):
                (self.directory / _DEAD / f"{name}{_WHY}").write_text(why)

    def why(self, name: str) -> str | None:
        """What was noted when it was set aside."""
        try:
            return (self.directory / _DEAD / f"{name}{_WHY}").read_text() or None
        except OSError:
            return None

    def revive_one(self, name: str) -> bool:
        """Put one that was set aside back in the line. False when it is not there any more."""
        return self._move(name, _DEAD, _WAITING)

    def settle(self, name: str) -> bool:
        """A human has looked at it and it need not be taken in: lay it by, undeleted. False when it is gone."""
        return self._move(name, _DEAD, _SETTLED)

    def revive(self) -> int:
        """Put what was set aside back in the line; returns how many there were."""
        return sum(self.revive_one(name) for name in self.dead())

    def _move(self, name: str, place: str, to: str) -> bool:
        if not _NAME.fullmatch(name):
            return False
        folder = self._folder(to)
        try:
            (self.directory / place / name).rename(folder / name)
        except FileNotFoundError:
            return False
        if place == _DEAD:
            (self.directory / _DEAD / f"{name}{_WHY}").unlink(missing_ok=True)
        _sync(folder)
        return True

    def oldest(self) -> datetime | None:
        """When the first of what waits came in."""
        names = self.waiting()
        return received_at(names[0]) if names else None

    def check(self) -> None:
        """Write and remove a file. Raises OSError when the spool could not keep a webhook now."""
        name = f"check-{secrets.token_hex(6)}"
        path = self._write(_UNFINISHED, name, bytes(4096))
        path.unlink()

    def _write(self, place: str, name: str, content: bytes) -> Path:
        aside = self._folder(_UNFINISHED) / f"{name}.part"
        folder = self._folder(place)
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(folder / name)
            _sync(folder)
        except OSError:
            # What is half written must not hold the last free blocks.
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
            raise
        return folder / name

    def _folder(self, place: str) -> Path:
        folder = self.directory / place
        if not folder.is_dir():
            for made in (self.directory, folder):
                made.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(made.parent)
        return folder

    def _names(self, place: str) -> list[str]:
        return sorted(_files(self.directory / place))


def received_at(name: str) -> datetime:
    """When a spooled webhook came in, from its name."""
    return datetime.fromtimestamp(int(name[:20]) / 1e9, UTC)


def _sealed(spooled: Spooled) -> bytes:
    content = json.dumps(
        {
            "path": spooled.path,
            "body": spooled.body.decode("latin-1"),
            "received_at": spooled.received_at.isoformat(),
        }
    )
    return keyring.fernet.encrypt(content.encode())


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1e9)


def _safe(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isalnum())[:64]


def _files(folder: Path) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_SUFFIX):
                yield entry.name


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

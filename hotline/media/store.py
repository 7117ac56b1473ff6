"""Sealed files, found by the hash of their content: outside the web root, unreadable without our keys.

A file is `HLM1`, the name of its key (8 bytes), a salt (16), then chunks of 64 KiB, each sealed by AES-256-GCM
under a key derived from ours and the salt. A chunk's nonce counts it and says whether it is the last, and the
head is sealed with each: chunks cannot be swapped, dropped or cut off.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MAGIC = b"HLM1"
_KEY_NAME, _SALT, _TAG = 8, 16, 16
_HEAD = len(_MAGIC) + _KEY_NAME + _SALT
CHUNK = 64 * 1024


class NotInStore(Exception):
    """There is no such file."""


class Damaged(Exception):
    """The file is there, but is not what was stored, or no configured key opens it."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many files were removed, and how many stay although nobody names them."""

    removed: int
    stays: int


class MediaStore:
    """One directory of sealed files. The first key seals, every key opens; names come from the last one, which
    stays for as long as its files do."""

    def __init__(self, directory: Path, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one encryption key is needed")
        raw = [urlsafe_b64decode(key) for key in keys]
        self._directory = directory
        self._keys = {_name_of_key(key): key for key in raw}
        self._first = _name_of_key(raw[0])
        self._naming = hashlib.sha256(b"media names:" + raw[-1]).digest()

    def put(self, content: bytes) -> bytes:
        """Keep bytes; returns their SHA-256. When this returns they are on the disk, whole, or it raised."""
        digest = hashlib.sha256(content).digest()
        path = self.path_of(digest)
        with self._guarded(fcntl.LOCK_SH):
            if self._holds(path, digest):
                # The row that names it is still to be written: `prune` leaves young files alone.
                os.utime(path)
            else:
                self._write(path, content)
        return digest

    def get(self, digest: bytes) -> bytes:
        """The bytes with this SHA-256. Raises NotInStore, or Damaged rather than give anything else."""
        content = self._open(self.path_of(digest))
        if not hmac.compare_digest(hashlib.sha256(content).digest(), digest):
            raise Damaged("the content is not what its name says")
        return content

    def path_of(self, digest: bytes) -> Path:
        """Where a content lies. The name is a keyed hash: it does not tell whether we hold a known file."""
        name = self.name_of(digest).hex()
        return self._directory / name[:2] / name[2:]

    def name_of(self, digest: bytes) -> bytes:
        """The keyed hash that is a content's name here."""
        return hmac.digest(self._naming, digest, "sha256")

    def rotate(self) -> tuple[int, int]:
        """Seal every file anew that an older key sealed. Returns how many were, and how many could not be opened."""
        sealed = damaged = 0
        for path in self._files():
            head = path.open("rb").read(_HEAD)
            if head[len(_MAGIC) : len(_MAGIC) + _KEY_NAME] == self._first:
                continue
            try:
                self._write(path, self._open(path))
                sealed += 1
            except Damaged:
                damaged += 1
        return sealed, damaged

    def is_empty(self) -> bool:
        """True when nothing is stored."""
        return next(self._files(), None) is None

    def prune(self, named: Set[bytes], *, before: datetime) -> Pruned:
        """Remove the files that are older and that none of these names (`name_of`) is of, and what an interrupted
        writing has left. A file that our keys do not open, or that has another key's name, is not ours to judge: it
        stays, and is counted. A content that is stored meanwhile is young, and stays."""
        removed = stays = 0
        for path in self._files():
            if bytes.fromhex(path.parent.name + path.name) in named:
                continue
            with self._guarded(fcntl.LOCK_EX):
                if not _is_older(path, before):
                    continue
                if self._is_ours(path):
                    path.unlink()
                    removed += 1
                else:
                    stays += 1
        for part in self._directory.glob("[0-9a-f][0-9a-f]/*.part"):
            if _is_older(part, before):
                part.unlink(missing_ok=True)
        return Pruned(removed, stays)

    def _is_ours(self, path: Path) -> bool:
        try:
            return self.path_of(hashlib.sha256(self._open(path)).digest()) == path
        except (NotInStore, Damaged):
            return False

    @contextmanager
    def _guarded(self, how: int) -> Iterator[None]:
        """Storing and removing exclude each other, on all machines that share the directory; two storings do not."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def check(self) -> tuple[int, list[str]]:
        """Open every file. Returns how many there are, and the names of those that are damaged."""
        count, damaged = 0, []
        for path in self._files():
            count += 1
            try:
                if self.path_of(hashlib.sha256(self._open(path)).digest()) != path:
                    damaged.append(path.name)
            except Damaged:
                damaged.append(path.name)
        return count, damaged

    def _files(self) -> Iterator[Path]:
        return (path for path in sorted(self._directory.glob("[0-9a-f][0-9a-f]/*")) if path.suffix != ".part")

    def _holds(self, path: Path, digest: bytes) -> bool:
        """True when the very content is there already; a damaged file is written anew."""
        try:
            return hashlib.sha256(self._open(path)).digest() == digest
        except (NotInStore, Damaged):
            return False

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for sealed in self._sealed(content):
                    file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync(path.parent)
        _sync(self._directory)

    def _sealed(self, content: bytes) -> Iterator[bytes]:
        salt = secrets.token_bytes(_SALT)
        head = _MAGIC + self._first + salt
        cipher = _cipher(self._keys[self._first], salt)
        yield head
        view = memoryview(content)
        starts = range(0, max(len(content), 1), CHUNK)
        for number, start in enumerate(starts):
            last = start + CHUNK >= len(content)
            yield cipher.encrypt(_nonce(number, last=last), bytes(view[start : start + CHUNK]), head)

    def _open(self, path: Path) -> bytes:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError as error:
            raise NotInStore(path.name) from error
        head, body = sealed[:_HEAD], memoryview(sealed)[_HEAD:]
        key = self._keys.get(head[len(_MAGIC) : len(_MAGIC) + _KEY_NAME])
        if len(head) < _HEAD or head[: len(_MAGIC)] != _MAGIC or key is None or len(body) < _TAG:
            raise Damaged("this is not a file of ours, or its key is gone")
        cipher = _cipher(key, head[-_SALT:])
        content = bytearray()
        starts = range(0, len(body), CHUNK + _TAG)
        try:
            for number, start in enumerate(starts):
                last = start + CHUNK + _TAG >= len(body)
                chunk = bytes(body[start : start + CHUNK + _TAG])
                content += cipher.decrypt(_nonce(number, last=last), chunk, head)
        except InvalidTag as error:
            raise Damaged("the file was changed or cut off") from error
        return bytes(content)


def _is_older(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"hotline media file").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


def _name_of_key(key: bytes) -> bytes:
    return hashlib.sha256(b"media key:" + key).digest()[:_KEY_NAME]


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

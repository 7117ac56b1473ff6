"""A case as a bundle of evidence, and the proof that it is what was exported.

A zip: the case, its messages as JSON and as text, its log with the chain of hashes, its attachments as received and,
for pictures, the copy without place. `manifest.json` names every file with its SHA-256; `manifest.sig.json` holds
an Ed25519 signature over the manifest's bytes by a key derived from SECRET_KEY, and the public half to check it by.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from cases.models import Attachment, Case, Event, Message
from cases.queries.lists import case_file
from cases.rules.event_chain import seal
from cases.services.event_log import record_event
from cases.vocabulary import Actor, EventKind, MessageKind
from hotline.media.serving import ending_of
from hotline.media.store import Damaged, MediaStore, NotInStore

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig.json"
_FORMAT = "hotline-evidence-1"
_LARGEST_FILE = 64 * 1024 * 1024
# These carry codes and links that speak for whoever holds them.
_SECRET = frozenset(
    {MessageKind.PAGE, MessageKind.REFERRAL, MessageKind.COMMAND_ANSWER, MessageKind.PARTNER_EVENT}
)


def signing_key(secret_key: str) -> Ed25519PrivateKey:
    """The key that signs bundles; whoever knows SECRET_KEY can make it again."""
    raw = HKDF(SHA256(), 32, None, b"hotline evidence signature").derive(secret_key.encode())
    return Ed25519PrivateKey.from_private_bytes(raw)


def public_key(secret_key: str) -> str:
    """The public half as hexadecimal digits: publish it, so that others can check bundles."""
    return signing_key(secret_key).public_key().public_bytes_raw().hex()


def export_evidence(
    session: Session,
    case: Case,
    out: IO[bytes],
    *,
    store: MediaStore,
    secret_key: str,
    by: Actor,
    now: datetime,
) -> str:
    """Write the bundle of a (locked) case and, in the caller's transaction, who exported it. Returns the SHA-256
    of its manifest, which the log keeps. An attachment that cannot be read is named as missing, never left out."""
    file = case_file(session, case)
    parts: dict[str, str] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:

        def add(name: str, content: bytes) -> None:
            bundle.writestr(name, content)
            parts[name] = hashlib.sha256(content).hexdigest()

        attachments = [
            _add_attachment(add, number, one, store) for number, one in enumerate(file.attachments, 1)
        ]
        add("case.json", _json(_case(case)))
        add("messages.json", _json([_message(one) for one in file.messages]))
        add("conversation.txt", _conversation(file.messages, file.attachments).encode())
        add("events.json", _json([_event(one) for one in file.events]))
        add("attachments.json", _json(attachments))
        manifest = {
            "format": _FORMAT,
            "reference": case.reference,
            "exported_at": now.astimezone(UTC).isoformat(),
            "exported_by": str(by.user_id or by.kind),
            "last_event_hash": case.last_event_hash.hex(),
            "events": case.event_count,
            "files": parts,
        }
        sealed = _json(manifest)
        bundle.writestr(MANIFEST, sealed)
        bundle.writestr(SIGNATURE, _json(_signature(sealed, secret_key)))
    digest = hashlib.sha256(sealed).hexdigest()
    data = {"manifest": digest, "attachments": [str(one.id) for one in file.attachments]}
    record_event(session, case, EventKind.EVIDENCE_EXPORTED, by=by, now=now, data=data)
    return digest


def verify_evidence(source: IO[bytes], *, expected_key: str | None) -> list[str]:
    """Everything that is wrong with a bundle, in words; empty when it is what was exported. Without an expected
    key only the bundle's own is checked, which a forger could have put there: the caller must say so."""
    try:
        with zipfile.ZipFile(source) as bundle:
            return _Check(bundle, expected_key).run()
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        return [f"this is not a readable bundle ({error})"]


def key_of(source: IO[bytes]) -> str | None:
    """The public key that a bundle says it was signed with."""
    try:
        with zipfile.ZipFile(source) as bundle:
            return str(json.loads(bundle.read(SIGNATURE))["public_key"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError):
        return None


class _Check:
    """One look at one bundle."""

    def __init__(self, bundle: zipfile.ZipFile, expected_key: str | None) -> None:
        self._bundle = bundle
        self._expected = expected_key
        self._wrong: list[str] = []

    def run(self) -> list[str]:
        names = [entry.filename for entry in self._bundle.infolist()]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._wrong.append(f"{name}: is in the bundle more than once")
        sealed = self._content(MANIFEST)
        if sealed is None:
            return self._wrong
        self._check_signature(sealed)
        manifest = self._parsed(MANIFEST, sealed)
        if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
            return [*self._wrong, f"{MANIFEST}: is not one of ours"]
        listed = manifest.get("files")
        contents = self._check_files(listed if isinstance(listed, dict) else {}, names)
        self._check_events(contents.get("events.json", b"[]"), manifest)
        self._check_attachments(contents)
        return self._wrong

    def _check_signature(self, sealed: bytes) -> None:
        stored = self._content(SIGNATURE)
        given = self._parsed(SIGNATURE, stored) if stored is not None else None
        if stored is None or not isinstance(given, dict):
            self._wrong.append(f"{SIGNATURE}: there is no signature")
            return
        try:
            key, signature = bytes.fromhex(str(given["public_key"])), bytes.fromhex(str(given["signature"]))
            Ed25519PublicKey.from_public_bytes(key).verify(signature, sealed)
        except (KeyError, ValueError, InvalidSignature):
            self._wrong.append(f"{MANIFEST}: the signature does not fit, it was changed after the export")
            return
        if stored != _json(_signed(key, signature)):
            self._wrong.append(f"{SIGNATURE}: was changed after the export")
        if self._expected is not None and key.hex() != self._expected.lower():
            self._wrong.append(f"{SIGNATURE}: signed by another key, {key.hex()}")

    def _check_files(self, listed: Mapping[str, Any], names: Sequence[str]) -> dict[str, bytes]:
        contents: dict[str, bytes] = {}
        for name, digest in listed.items():
            content = self._content(name)
            if content is None:
                continue
            if hashlib.sha256(content).hexdigest() != digest:
                self._wrong.append(f"{name}: is not what was exported")
            contents[name] = content
        for name in sorted(set(names) - set(listed) - {MANIFEST, SIGNATURE}):
            self._wrong.append(f"{name}: was added after the export")
        return contents

    def _check_events(self, content: bytes, manifest: Mapping[str, Any]) -> None:
        events = self._parsed("events.json", content)
        previous = b""
        try:
            for number, event in enumerate(events, 1):
                actor = f"{event['actor']}:{event['user_id'] or event['contact_id'] or ''}"
                at = datetime.fromisoformat(event["at"])
                previous = seal(
                    previous, position=number, kind=event["kind"], at=at, actor=actor, data=event["data"]
                )
                if event["position"] != number or event["hash"] != previous.hex():
                    self._wrong.append(f"events.json: the chain breaks at line {number}")
                    return
        except (KeyError, TypeError, ValueError):
            self._wrong.append("events.json: is not a log")
            return
        if previous.hex() != manifest.get("last_event_hash") or len(events) != manifest.get("events"):
            self._wrong.append("events.json: the log is not whole")

    def _check_attachments(self, contents: Mapping[str, bytes]) -> None:
        entries = self._parsed("attachments.json", contents.get("attachments.json", b"[]"))
        if not isinstance(entries, list):
            return
        for entry in entries:
            if not isinstance(entry, dict):
                continue
            if entry.get("problem"):
                self._wrong.append(
                    f"attachment {entry.get('id')}: was missing at the export ({entry['problem']})"
                )
            for name, digest in (("original", "sha256"), ("clean", "clean_sha256")):
                content = contents.get(str(entry.get(name)))
                if content is not None and hashlib.sha256(content).hexdigest() != entry.get(digest):
                    self._wrong.append(f"{entry[name]}: is not what was received")

    def _content(self, name: str) -> bytes | None:
        try:
            if self._bundle.getinfo(name).file_size > _LARGEST_FILE:
                self._wrong.append(f"{name}: is larger than anything we export")
                return None
            return self._bundle.read(name)
        except KeyError:
            self._wrong.append(f"{name}: is missing")
        except Exception as error:  # noqa: BLE001 - a damaged archive fails in as many ways as there are damages
            self._wrong.append(f"{name}: cannot be read ({error})")
        return None

    def _parsed(self, name: str, content: bytes) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            self._wrong.append(f"{name}: is not JSON")
            return None


def _signature(sealed: bytes, secret_key: str) -> dict[str, str]:
    key = signing_key(secret_key)
    return _signed(key.public_key().public_bytes_raw(), key.sign(sealed))


def _signed(key: bytes, signature: bytes) -> dict[str, str]:
    return {"algorithm": "Ed25519", "public_key": key.hex(), "signature": signature.hex()}


def _add_attachment(add: Any, number: int, one: Attachment, store: MediaStore) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": str(one.id),
        "message": str(one.message_id),
        "state": one.state.value,
        "reason": one.reason,
        "declared_type": one.declared_type,
        "type": one.media_type,
        "size": one.size,
        "file_name": one.file_name,
        "place": one.place,
        "scan": one.scan,
        "sha256": one.sha256.hex() if one.sha256 else None,
        "clean_sha256": one.clean_sha256.hex() if one.clean_sha256 else None,
        "received_at": one.received_at.isoformat(),
        "stored_at": one.stored_at.isoformat() if one.stored_at else None,
        "original": None,
        "clean": None,
        "problem": None,
    }
    for name, digest in (("original", one.sha256), ("clean", one.clean_sha256)):
        if digest is None:
            continue
        try:
            content = store.get(digest)
        except (NotInStore, Damaged) as error:
            entry["problem"] = f"{name}: {type(error).__name__}"
            continue
        entry[name] = f"attachments/{number:03}-{name}.{ending_of(one.media_type)}"
        add(entry[name], content)
    return entry


def _case(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "status": case.status.value,
        "urgency": case.urgency.value,
        "categories": case.categories,
        "country": case.country,
        "reporter": case.reporter.designation,
        "opened_at": case.opened_at.isoformat(),
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
    }


def _message(one: Message) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "direction": one.direction.value,
        "kind": one.kind.value,
        "channel": one.channel.value,
        "at": one.created_at.isoformat(),
        "body": None if one.kind in _SECRET else one.body,
        "content": one.content,
        "provider_sid": one.provider_sid,
        "delivery": one.delivery.value if one.delivery else None,
    }


def _event(one: Event) -> dict[str, Any]:
    return {
        "position": one.position,
        "kind": one.kind.value,
        "at": one.at.astimezone(UTC).isoformat(),
        "actor": one.actor.value,
        "user_id": str(one.user_id) if one.user_id else None,
        "contact_id": str(one.contact_id) if one.contact_id else None,
        "data": one.data,
        "hash": one.hash.hex(),
    }


def _conversation(messages: Sequence[Message], attachments: Sequence[Attachment]) -> str:
    lines = []
    for one in messages:
        if one.kind in _SECRET:
            continue
        lines.append(
            f"[{one.created_at.isoformat()}] {one.direction.value} {one.channel.value}: {one.body or ''}"
        )
        lines += [
            f"    attachment {item.id} ({item.media_type or item.declared_type}, {item.state.value})"
            for item in attachments
            if item.message_id == one.id
        ]
    return "\n".join(lines) + "\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()

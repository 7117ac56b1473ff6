"""A file goes when no row names its content any more; never one that a row names, also not just now."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attachments import add_attachment
from cast import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, SMS_NUMBER
from click.testing import CliRunner
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from cases.models import Attachment, Case
from cases.queries.attachments import named_contents
from hotline.cli import hotline
from hotline.config import Settings
from hotline.media.prune import YOUNG, NotItsStore, prune_store
from hotline.media.serving import EXTENSION
from hotline.media.store import MediaStore, NotInStore
from hotline.worker.ticks import Ticks

KEY = Fernet.generate_key().decode()


@pytest.fixture
def store(tmp_path: Path, app: Flask, monkeypatch: pytest.MonkeyPatch) -> MediaStore:
    made = MediaStore(tmp_path / "media", [KEY])
    monkeypatch.setitem(app.extensions, EXTENSION, made)
    return made


def holds(store: MediaStore, content_digest: bytes) -> bool:
    return store.path_of(content_digest).exists()


def age(store: MediaStore, *, days: float) -> None:
    """Make all files older."""
    then = time.time() - days * 86400
    for path in store.path_of(b"").parent.parent.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def test_the_file_of_a_deleted_attachment_goes_and_a_shared_one_stays(
    app: Flask, store: MediaStore, opened_case: Callable[..., Case], session: Session
) -> None:
    case, now = opened_case("halo"), datetime.now(UTC)
    clean, thumbnail = store.put(b"clean"), store.put(b"thumbnail")
    gone = add_attachment(app, session, case, b"gone", clean_sha256=clean, thumbnail_sha256=thumbnail)
    shared = [add_attachment(app, session, case, b"shared") for _ in range(2)]
    age(store, days=2)
    assert prune_store(session, store, now=now).removed == 0

    session.execute(delete(Attachment).where(Attachment.id.in_([gone.id, shared[0].id])))
    session.commit()
    young = store.put(b"being stored")

    pruned = prune_store(session, store, now=now)

    assert (pruned.removed, pruned.stays) == (3, 0)
    assert gone.sha256 is not None
    with pytest.raises(NotInStore):
        store.get(gone.sha256)
    assert shared[1].sha256 is not None
    assert store.get(shared[1].sha256) == b"shared"
    assert store.get(young) == b"being stored"


def test_another_databases_store_is_left_alone(
    app: Flask, store: MediaStore, opened_case: Callable[..., Case], session: Session, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    assert prune_store(session, store, now=now).removed == 0  # nothing here, nothing there
    theirs = store.put(b"another database's")
    age(store, days=2)
    with pytest.raises(NotItsStore, match="names no stored"):
        prune_store(session, store, now=now)
    add_attachment(app, session, opened_case("halo"), b"ours")
    elsewhere = MediaStore(tmp_path / "not-mounted", [KEY])
    with pytest.raises(NotItsStore, match="1 of 1 contents"):
        prune_store(session, elsewhere, now=now)
    assert holds(store, theirs)


def test_what_our_keys_do_not_know_stays(
    app: Flask, store: MediaStore, opened_case: Callable[..., Case], session: Session, tmp_path: Path
) -> None:
    """Also after a key was lost from the settings: its files cannot be told from those of nobody."""
    add_attachment(app, session, opened_case("halo"), b"ours")
    foreign = MediaStore(tmp_path / "media", [Fernet.generate_key().decode()])
    digest = foreign.put(b"sealed by another key")
    (store.path_of(b"x").parent).mkdir(exist_ok=True)
    part = store.path_of(b"x").with_name("ab.0123.part")
    part.write_bytes(b"half")
    age(store, days=2)

    pruned = prune_store(session, store, now=datetime.now(UTC))

    assert (pruned.removed, pruned.stays) == (0, 1)
    assert foreign.get(digest)
    assert not part.exists()


def test_what_is_stored_again_while_it_is_removed_is_there(
    app: Flask,
    store: MediaStore,
    opened_case: Callable[..., Case],
    session: Session,
    sessions: sessionmaker[Session],
) -> None:
    """Old files without a row, whose contents come in again just now: each that is named afterwards is there."""
    case = opened_case("halo")
    add_attachment(app, session, case, b"one that stays")
    contents = [f"picture {number}".encode() for number in range(60)]
    done = threading.Event()
    removed = 0

    def keep_pruning() -> None:
        nonlocal removed
        with sessions() as own:
            while not done.is_set():
                removed += prune_store(own, store, now=datetime.now(UTC)).removed
                own.rollback()

    pruning = threading.Thread(target=keep_pruning)
    for turn in range(3):
        for content in contents:
            store.put(content)
        age(store, days=2)
        if turn == 0:
            pruning.start()
        for content in reversed(contents):
            add_attachment(app, session, case, content)
        session.execute(delete(Attachment).where(Attachment.sha256 != store.put(b"one that stays")))
        session.commit()
        for content in contents:
            row = add_attachment(app, session, case, content)
            assert row.sha256 is not None
            assert store.get(row.sha256) == content
        if turn < 2:
            session.execute(delete(Attachment).where(Attachment.sha256 != store.put(b"one that stays")))
            session.commit()
    done.set()
    pruning.join(20)

    named = list(named_contents(session))
    assert len(named) == 61
    assert all(holds(store, digest) for digest in named)
    assert removed > 0
    print(f"\n{removed} files removed while {len(contents) * 6} were stored")


def test_a_store_that_waits_for_a_removal_writes_the_file_anew(store: MediaStore) -> None:
    """The exact crossing: it was seen, then removed, before it was made young."""
    digest = store.put(b"crossing")
    age(store, days=2)
    with store._guarded(fcntl.LOCK_EX):  # a removal is under way
        storing = threading.Thread(target=store.put, args=(b"crossing",))
        storing.start()
        storing.join(0.3)
        assert storing.is_alive()
        store.path_of(digest).unlink()
    storing.join(5)

    assert store.get(digest) == b"crossing"


def test_by_command_and_by_the_worker(
    app: Flask,
    store: MediaStore,
    opened_case: Callable[..., Case],
    session: Session,
    settings: Settings,
    tmp_path: Path,
) -> None:
    add_attachment(app, session, opened_case("halo"), b"ours")
    orphan = store.put(b"orphan")
    age(store, days=YOUNG / timedelta(days=1) + 1)
    Ticks(sessionmaker(session.connection().engine), name="test").prune_media(store)
    assert not holds(store, orphan)

    session.execute(delete(Attachment))
    session.commit()
    environment = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": "a-secret-for-tests-only",
        "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_SMS_FROM": SMS_NUMBER,
        "ENCRYPTION_KEYS": KEY,
        "MEDIA_DIR": str(tmp_path / "media"),
    }
    refused = CliRunner().invoke(hotline, ["media", "prune"], env=environment)
    assert refused.exit_code == 1
    assert "nothing was removed" in refused.output
    done = CliRunner().invoke(hotline, ["media", "prune", "--even-all"], env=environment)
    assert (done.exit_code, done.output) == (0, "removed: 1, left because our keys do not know them: 0\n")

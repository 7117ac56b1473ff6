"""What is spooled is on the disk, whole, unreadable for others, and comes back in order."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from cases.database import keyring
from hotline.spool import Spool, Spooled, Unreadable

AT = datetime(2026, 11, 24, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    keyring.load([Fernet.generate_key().decode()])
    return Spool(tmp_path / "spool")


def spooled(body: bytes = b"Body=tolong") -> Spooled:
    return Spooled("/twilio/messages", body, AT)


@pytest.mark.parametrize("body", [b"", b"Body=tolong%00", bytes(range(256)), b"x" * 1_000_000])
def test_it_gives_back_what_it_was_given(spool: Spool, body: bytes) -> None:
    name = spool.put(spooled(body))

    assert spool.read(name) == spooled(body)


def test_it_keeps_the_order(spool: Spool) -> None:
    names = [spool.put(spooled(str(number).encode())) for number in range(50)]

    assert spool.waiting() == names


def test_only_its_owner_may_look_and_the_owner_sees_nothing(spool: Spool) -> None:
    name = spool.put(spooled(b"Body=kata-rahasia"))

    path = spool.directory / "waiting" / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (spool.directory, path.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"rahasia" not in path.read_bytes()


def test_what_another_took_is_none(spool: Spool) -> None:
    name = spool.put(spooled())
    spool.remove(name)
    spool.remove(name)
    spool.set_aside(name)

    assert spool.read(name) is None
    assert spool.dead() == []


@pytest.mark.parametrize(
    "content",
    [b"", b"not encrypted", Fernet(Fernet.generate_key()).encrypt(b"{}")],
    ids=["empty", "in the clear", "sealed with another key"],
)
def test_what_no_key_opens_is_told(spool: Spool, content: bytes) -> None:
    name = spool.put(spooled())
    (spool.directory / "waiting" / name).write_bytes(content)

    with pytest.raises(Unreadable):
        spool.read(name)


def test_what_was_set_aside_can_come_back(spool: Spool) -> None:
    name = spool.put(spooled())
    spool.set_aside(name)
    assert (spool.waiting(), spool.dead()) == ([], [name])

    assert spool.revive() == 1
    assert spool.read(name) == spooled()


def test_a_message_is_buried_once(spool: Spool) -> None:
    for _ in range(3):
        spool.bury(spooled(), known_as="SM../1")

    assert len(spool.dead()) == 1


def test_it_says_so_when_there_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = Spool(tmp_path / "file")

    with pytest.raises(OSError):
        blocked.put(spooled())
    with pytest.raises(OSError):
        blocked.check()


def test_it_is_empty_before_its_first_use(spool: Spool) -> None:
    assert (spool.waiting(), spool.dead(), spool.oldest()) == ([], [], None)
    spool.check()
    assert spool.waiting() == []

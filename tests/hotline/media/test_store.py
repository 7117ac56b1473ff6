"""What was stored comes back as it was, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.media.store import CHUNK, Damaged, MediaStore, NotInStore

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media", [OLD])


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 7])
def test_what_is_put_is_got(store: MediaStore, size: int) -> None:
    content = bytes(index % 251 for index in range(size))

    assert store.get(store.put(content)) == content


def test_nothing_readable_lies_on_the_disk(store: MediaStore, tmp_path: Path) -> None:
    content = b"paspor atas nama" * 1000
    digest = store.put(content)

    (path,) = files_in(tmp_path)
    assert b"paspor" not in path.read_bytes()
    assert digest.hex() not in str(path)
    assert path.stat().st_mode & 0o077 == 0


def test_the_same_content_is_kept_once(store: MediaStore, tmp_path: Path) -> None:
    assert store.put(b"same") == store.put(b"same")
    assert len(files_in(tmp_path)) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(min_value=0, max_value=10**6), bit=st.integers(min_value=0, max_value=7))
def test_one_flipped_bit_is_noticed(store: MediaStore, position: int, bit: int) -> None:
    digest = store.put(b"x" * (CHUNK + 100))
    path = store.path_of(digest)
    sealed = bytearray(path.read_bytes())
    sealed[position % len(sealed)] ^= 1 << bit
    path.write_bytes(sealed)

    with pytest.raises(Damaged):
        store.get(digest)
    assert store.put(b"x" * (CHUNK + 100)) == digest, "what is damaged is written anew"


@pytest.mark.parametrize("kept", [0, 10, 28, 28 + CHUNK + 16, -1])
def test_a_file_that_was_cut_off_is_noticed(store: MediaStore, kept: int) -> None:
    digest = store.put(bytes(2 * CHUNK + 5))
    path = store.path_of(digest)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(Damaged):
        store.get(digest)


def test_chunks_cannot_change_places(store: MediaStore) -> None:
    digest = store.put(bytes(CHUNK) + b"\1" * CHUNK + b"end")
    path = store.path_of(digest)
    sealed, step = path.read_bytes(), CHUNK + 16
    head, first, second, rest = (
        sealed[:28],
        sealed[28 : 28 + step],
        sealed[28 + step : 28 + 2 * step],
        sealed[28 + 2 * step :],
    )
    path.write_bytes(head + second + first + rest)

    with pytest.raises(Damaged):
        store.get(digest)


def test_a_file_in_another_files_place_is_noticed(store: MediaStore) -> None:
    one, other = store.put(b"one"), store.put(b"other")
    store.path_of(one).write_bytes(store.path_of(other).read_bytes())

    with pytest.raises(Damaged):
        store.get(one)
    assert store.check() == (2, [store.path_of(one).name])


def test_a_crash_before_the_rename_leaves_nothing(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", power_cut)
    with pytest.raises(KeyboardInterrupt):
        store.put(b"content")
    monkeypatch.undo()

    assert files_in(tmp_path) == []
    with pytest.raises(NotInStore):
        store.get(hashlib.sha256(b"content").digest())


def test_half_a_file_of_a_killed_process_is_in_nobodys_way(store: MediaStore) -> None:
    path = store.path_of(hashlib.sha256(b"content").digest())
    path.parent.mkdir(parents=True)
    path.with_name(path.name + ".0123.part").write_bytes(b"half")

    assert store.get(store.put(b"content")) == b"content"
    assert store.check() == (1, [])


def test_old_files_open_after_rotation_and_are_sealed_anew(tmp_path: Path) -> None:
    digest = MediaStore(tmp_path, [OLD]).put(b"content")
    both = MediaStore(tmp_path, [NEW, OLD])

    assert both.get(digest) == b"content"
    assert both.rotate() == (1, 0)
    assert both.rotate() == (0, 0)
    assert both.get(digest) == b"content"
    with pytest.raises(Damaged):
        # The name still comes from the last key; the content needs the new one.
        MediaStore(tmp_path, [OLD]).get(digest)


def test_without_its_key_a_file_stays_shut(tmp_path: Path) -> None:
    digest = MediaStore(tmp_path, [OLD]).put(b"content")
    stranger = MediaStore(tmp_path, [NEW, OLD])
    stranger._keys.pop(next(name for name in stranger._keys if name != stranger._first))

    with pytest.raises(Damaged):
        stranger.get(digest)
    assert stranger.rotate() == (0, 1)

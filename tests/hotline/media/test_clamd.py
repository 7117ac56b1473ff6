"""A real clamd with a signature of our own: what it finds, refuses and does not answer. Skipped where there is none."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import make_settings
from media_provider import PATH, Answer, Server, gives
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from cases.models import Attachment
from cases.vocabulary import AttachmentState, MediaFailure
from hotline.cli.doctor import scanner_findings
from hotline.config import Settings
from hotline.media import scan as scanning
from hotline.media.addresses import NotFetched
from hotline.media.scan import EICAR, ask_clamd, scan
from hotline.media.store import MediaStore
from hotline.worker.fetch_media import MediaKeeper

CLAMD = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(CLAMD is None, reason="no clamd found")

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
MARK = b"hotline-signature-for-tests"
LARGEST_STREAM = 2 * 1024 * 1024


@dataclass
class Clamd:
    """One clamd that can be stopped and started."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def tcp(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def unix(self) -> str:
        return f"unix://{self.directory}/clamd.ctl"

    def start(self) -> None:
        assert CLAMD is not None
        self.process = subprocess.Popen(
            [CLAMD, "--config-file", str(self.directory / "clamd.conf")], stdout=subprocess.DEVNULL
        )
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                if ask_clamd(b"", self.tcp):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.directory / "clamd.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(10)
            self.process = None


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    directory = tmp_path_factory.mktemp("clamd")
    (directory / "db").mkdir()
    digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
    (directory / "db" / "hotline.hdb").write_text(f"{digest}:{len(EICAR)}:Eicar-Test\n")
    (directory / "db" / "hotline.ndb").write_text(f"Hotline-Test:0:*:{MARK.hex()}\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "DatabaseDirectory": directory / "db",
        "LocalSocket": directory / "clamd.ctl",
        "TCPSocket": port,
        "TCPAddr": "127.0.0.1",
        "LogFile": directory / "clamd.log",
        "TemporaryDirectory": directory,
        "StreamMaxLength": LARGEST_STREAM,
        "Foreground": "yes",
    }
    if os.getuid() == 0:
        settings["User"] = "root"
    (directory / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    made = Clamd(directory, port)
    made.start()
    yield made
    made.stop()


def refusal(content: bytes, url: str) -> MediaFailure:
    with pytest.raises(NotFetched) as refused:
        scan(content, url)
    return refused.value.reason


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_what_is_found_and_what_is_clean(clamd: Clamd, way: str) -> None:
    url = getattr(clamd, way)
    assert refusal(EICAR, url) is MediaFailure.INFECTED
    assert refusal(PDF + MARK, url) is MediaFailure.INFECTED
    assert [scan(content, url) for content in (PDF, b"", EICAR[:-1])] == ["clean"] * 3


@pytest.mark.parametrize("size", [64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, LARGEST_STREAM])
def test_at_the_seams_of_the_chunks(clamd: Clamd, size: int) -> None:
    assert scan(bytes(size), clamd.tcp) == "clean"
    across = bytes(size - len(MARK) - 5) + MARK + bytes(5)
    assert refusal(across, clamd.tcp) is MediaFailure.INFECTED


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_what_is_larger_than_the_scanner_takes_is_not_clean(clamd: Clamd, way: str) -> None:
    """It hangs up while we are still sending."""
    with capture_logs() as told:
        for size in (LARGEST_STREAM + 1, 16 * 1024 * 1024):
            assert refusal(bytes(size), getattr(clamd, way)) is MediaFailure.SCAN_UNAVAILABLE
    if way == "unix":  # over TCP its last words may be lost with the connection
        assert [line["answer"] for line in told] == ["INSTREAM size limit exceeded. ERROR"] * 2


def test_a_scanner_that_is_silent_or_away_passes_nothing(
    clamd: Clamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "_SECONDS", 1.0)
    assert clamd.process is not None
    clamd.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert refusal(PDF, clamd.tcp) is MediaFailure.SCAN_UNAVAILABLE
        assert refusal(bytes(LARGEST_STREAM), clamd.unix) is MediaFailure.SCAN_UNAVAILABLE
        assert time.monotonic() - began < 4
    finally:
        clamd.process.send_signal(signal.SIGCONT)
    monkeypatch.undo()
    assert scan(PDF, clamd.tcp) == "clean"
    clamd.stop()
    try:
        assert refusal(PDF, clamd.tcp) is MediaFailure.SCAN_UNAVAILABLE
        assert refusal(PDF, clamd.unix) is MediaFailure.SCAN_UNAVAILABLE
    finally:
        clamd.start()


def test_the_doctor_says_when_the_scanner_takes_too_little(clamd: Clamd) -> None:
    assert scanner_findings(None) == []
    [(good, finding)] = scanner_findings(clamd.unix)
    assert not good
    assert finding.startswith("the virus scanner does not take 16 MB (StreamMaxLength)")
    [(good, finding)] = scanner_findings("tcp://127.0.0.1:1")
    assert (good, finding) == (False, "the virus scanner cannot be reached: attachments wait for it")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"stream: OK", MediaFailure.SCAN_UNAVAILABLE),  # cut off before its end
        (b"", MediaFailure.SCAN_UNAVAILABLE),
        (b"UNKNOWN COMMAND\0", MediaFailure.SCAN_UNAVAILABLE),
        (b"INSTREAM size limit exceeded. ERROR\0", MediaFailure.SCAN_UNAVAILABLE),
        (b"stream: NOT OK\0", MediaFailure.SCAN_UNAVAILABLE),
        (b"stream: Win.Test FOUND\0", MediaFailure.INFECTED),
    ],
)
def test_only_its_whole_word_is_believed(said: bytes, reason: MediaFailure) -> None:
    """Answers that no clamd here can be brought to give, from a socket that gives them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with ThreadPoolExecutor(1) as thread:
            asking = thread.submit(refusal, b"x", url)
            connection, _ = server.accept()
            with connection:
                while not connection.recv(65536).endswith(b"\0\0\0\0"):
                    pass
                connection.sendall(said)
            assert asking.result(10) is reason


def test_from_a_phone_to_the_case_through_the_scanner(
    clamd: Clamd,
    post_message: Callable[..., Any],
    serve: Callable[[Answer], Server],
    session: Session,
    settings: Settings,
    tmp_path: Path,
) -> None:
    """Infected: refused, with nothing on the disk. Clean while the scanner is away: it waits, also for days, and is
    stored when the scanner is back."""
    sessions = sessionmaker(session.connection().engine)

    def keeper(content: bytes) -> MediaKeeper:
        told = {"TWILIO_API_URL": serve(gives(content)).url, "MEDIA_DIR": str(tmp_path / "media")}
        told |= {"MEDIA_KEEP_AT_PROVIDER": "yes", "CLAMD_URL": clamd.unix}
        return MediaKeeper(make_settings(settings.database_url, **told), sessions)

    for _ in range(2):
        post_message(
            "ini kontrak",
            NumMedia="1",
            MediaUrl0="https://api.twilio.com" + PATH,
            MediaContentType0="application/pdf",
        )
    session.rollback()
    infected, clean = session.scalars(select(Attachment).order_by(Attachment.received_at))

    keeper(PDF + MARK).keep(infected.id)
    session.refresh(infected)
    assert (infected.state, infected.reason) == (AttachmentState.REFUSED, "infected")
    assert not list((tmp_path / "media").rglob("??????*"))

    clamd.stop()
    try:
        for attempts in (0, 5, 40):
            session.execute(update(Attachment).where(Attachment.id == clean.id).values(attempts=attempts))
            session.commit()
            keeper(PDF).keep(clean.id)
            session.refresh(clean)
            assert (clean.state, clean.reason) == (AttachmentState.WAITING, "scan_unavailable")
            assert clean.next_attempt_at is not None
    finally:
        clamd.start()
    keeper(PDF).keep(clean.id)

    session.refresh(clean)
    assert (clean.state, clean.scan) == (AttachmentState.STORED, "clean")
    assert clean.sha256 is not None
    assert MediaStore(tmp_path / "media", settings.encryption_keys).get(clean.sha256) == PDF

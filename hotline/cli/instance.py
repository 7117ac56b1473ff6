"""The data directory of `hotline up`: its secrets, who runs in it, and the environment of other commands."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from cryptography.fernet import Fernet

ENVIRONMENT = "environment.json"
_PROCESSES = "processes.json"
_LOCK = "up.lock"
# Taken from the caller's environment where it has them; never made up.
_PASSED_ON = (
    "DATABASE_URL", "TWILIO_AUTH_TOKEN_NEXT", "TWILIO_MESSAGING_SERVICE_SID",
    "VOICE_MAIL", "MEDIA_CDN_URL", "MEDIA_KEEP_AT_PROVIDER", "CLAMD_URL",
    "SMTP_URL", "SMTP_CA_FILE", "MAIL_FROM", "MAIL_REPLY_TO", "WEBHOOK_LOOPBACK",
    "WHATSAPP_PROVIDER", "META_API_URL", "META_ACCESS_TOKEN", "META_PHONE_NUMBER_ID", "META_APP_SECRET",
    "META_APP_SECRET_NEXT", "META_VERIFY_TOKEN",
)  # fmt: skip


class AlreadyRunning(Exception):
    """Another `hotline up` holds this data directory."""


class Instance:
    """One data directory. Files with secrets are readable by their owner alone."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.expanduser().resolve()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the directory for one `up`. The lock ends with its process, however that ends."""
        self.directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        with (self.directory / _LOCK).open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(self.saved_environment().get("PUBLIC_URL", "")) from None
            yield

    def saved_environment(self) -> dict[str, str]:
        """What the last `up` of this directory ran with; empty when there was none."""
        return {name: str(value) for name, value in self._read(ENVIRONMENT).items()}

    def environment(self, given: Mapping[str, str], *, port: int, phones_port: int) -> dict[str, str]:
        """Settings for the processes of `up`: what the caller's environment gives, else what is saved, else
        made up once and saved. Without a database URL the caller must add one."""
        saved = self.saved_environment()
        made_up = {
            "SECRET_KEY": secrets.token_urlsafe(32),
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
            "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
            "TWILIO_SMS_FROM": "+12025550143",
            "TWILIO_WHATSAPP_FROM": "+12025550143",
        }
        values = {name: given.get(name) or saved.get(name) or value for name, value in made_up.items()}
        values["PUBLIC_URL"] = given.get("PUBLIC_URL") or f"http://127.0.0.1:{port}"
        values["TWILIO_API_URL"] = given.get("TWILIO_API_URL") or f"http://127.0.0.1:{phones_port}"
        if not given.get("TWILIO_API_URL"):
            values["MEDIA_CDN_URL"] = f"http://127.0.0.1:{phones_port + 1}"
        values["SPOOL_DIR"] = given.get("SPOOL_DIR") or str(self.directory / "spool")
        values["MEDIA_DIR"] = given.get("MEDIA_DIR") or str(self.directory / "media")
        for name in _PASSED_ON:
            if given.get(name):
                values[name] = given[name]
        return values

    def save_environment(self, values: Mapping[str, str]) -> None:
        """Keep the settings, so that other commands find this instance."""
        self._write(ENVIRONMENT, dict(values))

    def remember_processes(self, pids: list[int]) -> None:
        """Note the processes that `up` started, with their start times: a number alone may be reused."""
        known = []
        for pid in pids:
            try:
                known.append({"pid": pid, "started": psutil.Process(pid).create_time()})
            except psutil.NoSuchProcess:
                continue
        self._write(_PROCESSES, {"processes": known})

    def end_leftovers(self) -> int:
        """End what a killed `up` left running; returns how many processes there were."""
        ended = 0
        for entry in self._read(_PROCESSES).get("processes", []):
            try:
                process = psutil.Process(entry["pid"])
                if abs(process.create_time() - entry["started"]) > 1:
                    continue
                family = [process, *process.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue
            for member in family:
                _quietly(member.terminate)
            _, alive = psutil.wait_procs(family, timeout=10)
            for member in alive:
                _quietly(member.kill)
            ended += len(family)
        return ended

    def _read(self, name: str) -> dict[str, Any]:
        path = self.directory / name
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        path = self.directory / name
        part = path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=1)
        part.replace(path)


def _quietly(act: Any) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return

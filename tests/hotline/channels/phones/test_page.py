"""The page and the server around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
import requests

from hotline.channels.phones import PhonesSettings, serve

CAST = (
    ("Petugas piket", "Officer on call", "+447700900301", "officer"),
    ("Pekerja", "Worker", "+447700900101", "worker"),
    ("Penyelia", "Supervisor", "+447700900401", "supervisor"),
    ("Kontak mitra", "Agency contact", "+447700900201", "agency"),
)

PROGRAM = """
import sys
from hotline.channels.phones import PhonesSettings, build_server
from hotline.channels.phones import server
made = server.build_server
def announce(*args, **kwargs):
    found = made(*args, **kwargs)
    print(found.url, flush=True)
    return found
server.build_server = announce
server.serve(PhonesSettings(account_sid="AC" + "0" * 32, auth_token="t"), port=0)
print("ended", flush=True)
"""


def test_the_page_is_indonesian_first_and_strict(open_phones: Any) -> None:
    phones = open_phones(cast=CAST)
    answer = requests.get(phones.server.url, timeout=5)
    assert answer.status_code == 200 and '<html lang="id">' in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "style=" not in answer.text and "onclick" not in answer.text
    places = [answer.text.index(label) for label in ("Pekerja", "Kontak mitra", "Petugas piket")]
    assert places == sorted(places)
    english = requests.get(f"{phones.server.url}/?lang=en", timeout=5).text
    assert '<html lang="en">' in english and "Officer on call" in english and "Petugas piket" not in english
    assert "tekan Enter" in answer.text and "press Enter" in english
    assert 'id="sound" aria-pressed="false"' in answer.text
    for name in ("phones.css", "phones.js", "phone.svg"):
        assert requests.get(f"{phones.server.url}/static/{name}", timeout=5).status_code == 200


def test_the_page_polls_for_what_is_new(phones: Any) -> None:
    phones.create("+447700900555", Body="satu")
    phones.settle()
    cursor = phones.get("phones").json()["cursor"]
    assert phones.get("phones").json()["phones"][0]["number"] == "+447700900555"
    phones.create(Body="dua")
    phones.settle()
    news = phones.get("phones", since=cursor).json()
    assert [line["text"] for line in news["lines"]] == ["dua"] and not news["missed"]
    assert phones.get("phones", since=news["cursor"]).json()["lines"] == []
    assert phones.get("phones", since=10**6).json()["missed"]
    assert phones.get("phones/nonsense").status_code == 400
    assert phones.get("phones/+44 7700 900555").json()["lines"][0]["text"] == "satu"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "phones.example"])
def test_no_other_host_than_loopback(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        serve(PhonesSettings(account_sid="AC" + "0" * 32, auth_token="t"), host=host, port=0)


def test_it_ends_cleanly_when_told() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert requests.get(url, timeout=5).status_code == 200
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=5)
    assert (process.returncode, rest) == (0, "ended\n")

"""Attachments: where their bytes are, how they are had, and where a redirect can lead astray."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from hotline.channels.phones.samples import TYPES, sample
from hotline.channels.phones.sound import NotOpus, webm_to_ogg


def photo_of(phones: Any, **more: Any) -> str:
    """The path of a photo just sent, on the first port."""
    done = phones.post(
        "inbound", **{"from": phones.WORKER, "kind": "photo", "channel": "whatsapp"} | more
    ).json()
    assert done["status"] == 200, done
    form = phones.product.received[-1].form
    url = form["MediaUrl0"][0]
    assert url.startswith("https://api.twilio.com/2010-04-01/") and done["message_sid"] in url
    return str(url.removeprefix("https://api.twilio.com"))


def ask(phones: Any, path: str, **more: Any) -> requests.Response:
    """The first hop."""
    auth = more.pop("auth", (phones.ACCOUNT, phones.TOKEN))
    return requests.get(phones.server.url + path, auth=auth, allow_redirects=False, timeout=10)


def follow(phones: Any, path: str) -> requests.Response:
    """Both hops, the second without a password, as a careful client goes."""
    return requests.get(ask(phones, path).headers["Location"], timeout=10)


@pytest.mark.parametrize(
    ("content_type", "start"),
    [
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/png", b"\x89PNG"),
        ("audio/ogg", b"OggS"),
        ("audio/mpeg", b"\xff\xfb"),
        ("audio/x-wav", b"RIFF"),
        ("video/mp4", b"\x00\x00\x00\x14ftyp"),
        ("application/pdf", b"%PDF-"),
        ("text/vcard", b"BEGIN:VCARD"),
    ],
)
def test_samples_begin_as_their_type_does(content_type: str, start: bytes) -> None:
    assert sample(content_type).startswith(start)
    assert sample(content_type) == sample(content_type)


def test_the_sample_photo_says_where_it_was_taken() -> None:
    assert b"Exif\x00\x00II*\x00" in sample("image/jpeg")


def test_bytes_are_behind_a_password_and_a_link_on_another_port(phones: Any) -> None:
    path = photo_of(phones)
    assert ask(phones, path, auth=None).status_code == 401
    answer = ask(phones, path)
    assert answer.status_code == 307
    assert answer.headers["Location"].startswith(phones.server.cdn_url + "/media/ME")
    got = follow(phones, path)
    assert (got.status_code, got.headers["Content-Type"]) == (200, "image/jpeg")
    assert got.content == sample("image/jpeg")
    assert [entry["authorization_leaked"] for entry in phones.ledger(kind="cdn")] == [False]


def test_the_second_port_serves_nothing_else(phones: Any) -> None:
    for path in ("/", "/_control/ledger", f"/2010-04-01/Accounts/{phones.ACCOUNT}/Messages.json"):
        assert requests.get(phones.server.cdn_url + path, timeout=5).status_code == 404


def test_the_link_expires_and_cannot_be_made_up(phones: Any) -> None:
    path = photo_of(phones)
    link = ask(phones, path).headers["Location"]
    assert requests.get(link.replace("Expires=", "Expires=1"), timeout=5).status_code == 403
    phones.post("clock", forward=4 * 3600 + 1)
    assert requests.get(link, timeout=5).status_code == 403
    assert follow(phones, path).status_code == 200


def test_what_was_uploaded_is_what_is_fetched(phones: Any) -> None:
    content = bytes(range(256)) * 5000
    medium = {"content_type": "image/jpeg", "base64": base64.b64encode(content).decode(), "filename": "a.jpg"}
    assert follow(phones, photo_of(phones, media=[medium])).content == content
    line = phones.get(f"phones/{phones.WORKER}").json()["lines"][0]
    assert line["attachments"][0]["filename"] == "a.jpg"
    assert phones.get(f"media/{line['attachments'][0]['sid']}").content == content


def test_media_are_listed_shown_and_deleted(phones: Any) -> None:
    path = photo_of(phones, kind="media", media=["image/jpeg", {"sample": "voice"}])
    listed = phones.list(path.rsplit("/", 1)[0] + ".json").json()["media_list"]
    assert [each["content_type"] for each in listed] == ["image/jpeg", "audio/ogg"]
    assert phones.list(listed[0]["uri"]).json() == listed[0]
    auth = (phones.ACCOUNT, phones.TOKEN)
    link = ask(phones, path).headers["Location"]
    assert requests.delete(phones.server.url + listed[0]["uri"], auth=auth, timeout=5).status_code == 204
    assert ask(phones, path).status_code == 404 and requests.get(link, timeout=5).status_code == 404


def test_a_deleted_message_takes_its_media_along(phones: Any) -> None:
    path = photo_of(phones)
    sid = path.split("/Messages/")[1].split("/")[0]
    assert phones.message(sid, "DELETE").status_code == 204
    assert ask(phones, path).status_code == 404


def test_media_can_be_public(phones: Any) -> None:
    path = photo_of(phones)
    phones.post("faults", media_auth="public")
    assert ask(phones, path, auth=None).status_code == 307
    assert requests.get(phones.messages_url, timeout=5).status_code == 401


def test_not_there_at_first(phones: Any) -> None:
    path = photo_of(phones)
    phones.post("faults", media_not_found_first=2)
    assert [ask(phones, path).status_code for _ in range(3)] == [404, 404, 307]
    assert [entry["fault"] for entry in phones.ledger(kind="rest")] == ["media_not_found_first"] * 2 + [None]


def test_too_much_and_something_else(phones: Any) -> None:
    path = photo_of(phones)
    phones.post("faults", media_oversize_mb=18, media_content_type="text/html")
    answer = follow(phones, path)
    assert len(answer.content) > 18 * 1024 * 1024 and "Content-Length" not in answer.headers
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("where", "begin"),
    [
        ("metadata", "http://169.254.169.254/"),
        ("file", "file:///"),
        ("outside", "https://media.example/"),
        ("second_host", "http://localhost:"),
        ("loop", "http://127.0.0.1:"),
    ],
)
def test_redirects_that_must_not_be_followed(phones: Any, where: str, begin: str) -> None:
    path = photo_of(phones)
    phones.post("faults", media_redirect=where)
    assert ask(phones, path).headers["Location"].startswith(begin)


def test_a_redirect_can_go_round_for_ever(phones: Any) -> None:
    path = photo_of(phones)
    phones.post("faults", media_redirect="loop")
    with pytest.raises(requests.TooManyRedirects):
        requests.get(phones.server.url + path, auth=(phones.ACCOUNT, phones.TOKEN), timeout=5)


def test_a_leaked_password_is_noticed(phones: Any) -> None:
    path = photo_of(phones)
    phones.post("faults", media_redirect="second_host")
    where = ask(phones, path).headers["Location"]
    assert requests.get(where, timeout=5).status_code == 200
    requests.get(where, auth=(phones.ACCOUNT, phones.TOKEN), timeout=5)
    assert [entry["authorization_leaked"] for entry in phones.ledger(kind="cdn")] == [False, True]
    assert len(phones.ledger(kind="alert")) == 1
    assert phones.TOKEN not in phones.get("ledger").text


def test_the_page_gets_pictures_to_show_and_everything_else_as_a_file(phones: Any) -> None:
    html = {"content_type": "text/html", "base64": base64.b64encode(b"<script>alert(1)</script>").decode()}
    photo_of(phones, kind="media", media=["image/jpeg", html])
    sids = [each["sid"] for each in phones.get(f"phones/{phones.WORKER}").json()["lines"][0]["attachments"]]
    image, page = (phones.get(f"media/{sid}") for sid in sids)
    assert (image.headers["Content-Type"], image.headers["Content-Disposition"]) == ("image/jpeg", "inline")
    assert page.headers["Content-Disposition"] == "attachment"
    assert page.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert phones.get("media/ME0").status_code == 400


def test_players_get_pieces(phones: Any) -> None:
    photo_of(phones)
    sid = phones.get(f"phones/{phones.WORKER}").json()["lines"][0]["attachments"][0]["sid"]
    url = f"{phones.server.url}/_control/media/{sid}"
    piece = requests.get(url, headers={"Range": "bytes=2-5"}, timeout=5)
    assert (piece.status_code, piece.content) == (206, sample("image/jpeg")[2:6])


def test_attachments_of_outgoing_messages_are_fetched_and_shown(phones: Any) -> None:
    phones.product.body, phones.product.content_type = sample("image/png"), "image/png"
    sid = phones.create(MediaUrl=f"{phones.product.url}/media/map.png").json()["sid"]
    phones.settle()
    line = phones.get(f"phones/{phones.OFFICER}").json()["lines"][0]
    assert [each["filename"] for each in line["attachments"]] == ["map.png"]
    assert phones.get(f"media/{line['attachments'][0]['sid']}").content == sample("image/png")
    assert phones.message(sid).json()["status"] == "delivered" and len(phones.ledger(kind="media")) == 1


@pytest.mark.parametrize(
    ("answer", "sms", "whatsapp"),
    [
        ({"status": 404}, 11200, 63019),
        ({"content_type": "text/html"}, 12300, 63019),
        ({"body": bytes(5 * 1024 * 1024 + 1)}, 11751, 63034),
    ],
)
def test_attachments_that_cannot_be_had(phones: Any, answer: dict[str, Any], sms: int, whatsapp: int) -> None:
    phones.product.body, phones.product.content_type = sample("image/png"), "image/png"
    phones.post("inbound", **{"from": phones.OFFICER, "channel": "whatsapp", "text": "hai"})
    for name, value in answer.items():
        setattr(phones.product, name, value)
    media = f"{phones.product.url}/media/map.png"
    sids = [
        phones.create(MediaUrl=media).json()["sid"],
        phones.create(
            "whatsapp:" + phones.OFFICER, From="whatsapp:" + phones.WHATSAPP_FROM, MediaUrl=media
        ).json()["sid"],
    ]
    phones.settle()
    assert [phones.message(sid).json()["error_code"] for sid in sids] == [sms, whatsapp]


def test_media_of_other_hosts_are_not_fetched(phones: Any) -> None:
    sid = phones.create(MediaUrl="https://media.example/map.png").json()["sid"]
    phones.settle()
    assert phones.message(sid).json()["status"] == "delivered" and phones.ledger(kind="media") == []


def test_a_browser_s_recording_becomes_what_a_phone_sends(phones: Any) -> None:
    packet = bytes([0xF8, 0xFF, 0xFE])  # 20 ms of silence
    block = bytes([0x81, 0, 0, 0x80]) + packet
    webm = (
        b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01"  # a header to be stepped over
        + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"  # a segment of unknown size
        + b"\x16\x54\xae\x6b\x8b\xae\x89\x86\x86A_OPUS\x00"[:-1]
        + b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff"
        + (b"\xa3" + bytes([0x80 | len(block)]) + block) * 50
    )
    medium = {"content_type": "audio/webm;codecs=opus", "base64": base64.b64encode(webm).decode()}
    got = follow(phones, photo_of(phones, kind="media", media=[medium]))
    assert got.headers["Content-Type"] == "audio/ogg"
    assert got.content.startswith(b"OggS") and got.content.count(packet) == 50
    with pytest.raises(NotOpus):
        webm_to_ogg(b"\x1a\x45\xdf")
    broken = phones.post("inbound", **{"from": phones.WORKER, "media": [medium | {"base64": "GkXf"}]})
    assert broken.status_code == 400


def test_every_sample_can_be_asked_for_by_name(phones: Any) -> None:
    for name, content_type in TYPES.items():
        path = photo_of(phones, kind=name)
        assert follow(phones, path).headers["Content-Type"].partition(";")[0] == content_type

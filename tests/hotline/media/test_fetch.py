"""What a hostile address, a hostile answer and a slow one get: nothing, and a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest
from cast import ACCOUNT_SID
from conftest import make_settings
from hypothesis import given
from hypothesis import strategies as st
from media_provider import (
    MEDIA_SID,
    MESSAGE_SID,
    PATH,
    Answer,
    Server,
    gives,
    says,
    sends_to,
    settings_for,
)

from cases.vocabulary import MediaFailure
from hotline.media.addresses import AddressBook, NotFetched, is_public
from hotline.media.fetch import MediaFetcher

Serve = Callable[[Answer], Server]
SOURCE = "https://api.twilio.com" + PATH
MB = 1024 * 1024


def reason_of(fetcher: MediaFetcher, source: str = SOURCE, largest: int = MB) -> MediaFailure:
    with pytest.raises(NotFetched) as refused:
        fetcher.fetch(source, largest=largest)
    return refused.value.reason


def test_it_follows_the_provider_to_its_store_without_the_password(serve: Serve) -> None:
    cdn = serve(gives(b"bytes", Content_Disposition='attachment; filename="../../surat.png"'))
    api = serve(sends_to(f"{cdn.url}/media?Signature=x"))

    fetched = MediaFetcher(settings_for(api, cdn)).fetch(SOURCE, largest=MB)

    assert fetched.content == b"bytes"
    assert fetched.file_name == "surat.png"
    assert api.seen[0][1]["authorization"].startswith("Basic ")
    assert [path for path, _ in cdn.seen] == ["/media?Signature=x"]
    assert all("authorization" not in headers and "cookie" not in headers for _, headers in cdn.seen)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_password_never_leaves_for_another_door(serve: Serve, status: int) -> None:
    thief = serve(gives(b"thanks"))
    cdn = serve(sends_to(f"{thief.url}/", status))
    api = serve(sends_to(f"{cdn.url}/", status))

    assert reason_of(MediaFetcher(settings_for(api, cdn))) is MediaFailure.PRIVATE_ADDRESS
    assert thief.seen == []


def test_coming_back_to_the_api_the_password_is_not_said_again(serve: Serve) -> None:
    api = serve(says(200))
    api.answer = sends_to(f"{api.url}/elsewhere")

    assert reason_of(MediaFetcher(settings_for(api))) is MediaFailure.TOO_MANY_HOPS
    assert ["authorization" in headers for _, headers in api.seen] == [True, False, False]


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://10.0.0.1/",
        "http://127.0.0.1:1/",
        "http://0.0.0.0/",
        "http://[fe80::1]/",
        "http://192.168.1.1:8080/x",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(serve: Serve, location: str) -> None:
    assert reason_of(MediaFetcher(settings_for(serve(sends_to(location))))) is MediaFailure.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "gopher://mms.twiliocdn.com/",
        "http://mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:8443/x",
        "https://mms.twiliocdn.com.attacker.example/x",
        "https://twiliocdn.com.example/x",
        "https://user@mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com\\@attacker.example/x",
        "https://8.8.8.8/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "//attacker.example/x",
    ],
)
def test_a_redirect_to_a_stranger_is_refused(serve: Serve, location: str) -> None:
    api = serve(sends_to(location))

    assert reason_of(MediaFetcher(settings_for(api))) is MediaFailure.WRONG_ADDRESS
    assert len(api.seen) == 1


@pytest.mark.parametrize(
    "answers",
    [["10.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["169.254.169.254"], ["::1"], ["fd00::1"], ["100.64.0.1"]],
)
def test_a_good_name_with_a_bad_address_is_refused(serve: Serve, answers: list[str]) -> None:
    api = serve(sends_to("https://mms.twiliocdn.com/x"))
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers if "twiliocdn" in host else ["127.0.0.1"]

    fetcher = MediaFetcher(settings_for(api), resolver=resolver)

    assert reason_of(fetcher) is MediaFailure.PRIVATE_ADDRESS
    assert asked == ["127.0.0.1", "mms.twiliocdn.com"], (
        "a name is looked up once: the checked address is called"
    )


def test_the_loopback_is_closed_where_twilio_is_real() -> None:
    settings = make_settings("postgresql://nobody@localhost/none")
    book = AddressBook(settings, lambda host, port: ["127.0.0.1"])

    with pytest.raises(NotFetched) as refused:
        book.first(SOURCE)
    assert refused.value.reason is MediaFailure.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    "source",
    [
        "https://attacker.example" + PATH,
        "https://api.twilio.com.attacker.example" + PATH,
        "http://api.twilio.com" + PATH,
        "https://api.twilio.com:8080" + PATH,
        "https://api.twilio.com" + PATH + "?x=1",
        "https://api.twilio.com" + PATH.replace(ACCOUNT_SID, "AC" + "f" * 32),
        "https://api.twilio.com/2010-04-01/Accounts/../../secret",
        "https://api.twilio.com" + PATH + "/../../x",
        "https://api.twilio.com" + PATH + "\r\nX: y",
        "https://[::1" + PATH,
        "file:///etc/passwd",
        "",
        "␀",
    ],
)
def test_a_made_up_source_is_never_asked(serve: Serve, source: str) -> None:
    api = serve(gives(b"x"))

    assert reason_of(MediaFetcher(settings_for(api)), source) is MediaFailure.WRONG_ADDRESS
    assert api.seen == []


@given(st.text(max_size=60))
def test_no_text_but_a_media_address_names_an_attachment(text: str) -> None:
    book = AddressBook(make_settings("postgresql://nobody@localhost/none"), lambda host, port: [])

    with pytest.raises(NotFetched):
        book.path_of(text)


def test_the_path_names_message_and_medium() -> None:
    book = AddressBook(make_settings("postgresql://nobody@localhost/none"))

    path = book.path_of(SOURCE)

    assert (path.message_sid, path.media_sid) == (MESSAGE_SID, MEDIA_SID)


@pytest.mark.parametrize("network", ["10.0.0.0/8", "127.0.0.0/8", "fc00::/7", "fe80::/10", "2002:a00::/24"])
@given(data=st.data())
def test_no_private_address_is_public(network: str, data: st.DataObject) -> None:
    assert not is_public(str(data.draw(st.ip_addresses(network=network))))


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_counts_as_itself(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(f"64:ff9b::{address}") == is_public(str(address))


def test_a_length_that_is_too_large_is_not_even_read(serve: Serve) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()

    assert reason_of(MediaFetcher(settings_for(serve(answer)))) is MediaFailure.TOO_LARGE


def test_a_stream_without_end_is_cut(serve: Serve) -> None:
    sent = 0

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        try:
            while sent < 200 * MB:
                handler.wfile.write(bytes(MB))
                sent += MB
        except OSError:
            return

    assert reason_of(MediaFetcher(settings_for(serve(answer)))) is MediaFailure.TOO_LARGE
    time.sleep(0.2)
    assert sent < 30 * MB


def test_one_byte_at_a_time_is_cut(serve: Serve) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    began = time.monotonic()
    assert reason_of(MediaFetcher(settings_for(serve(answer)), seconds=0.5)) is MediaFailure.TOO_SLOW
    assert time.monotonic() - began < 2


def test_headers_that_drip_are_cut(serve: Serve) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(200):
                handler.wfile.write(b"X-Drip: 1\r\n")
                handler.wfile.flush()
                time.sleep(0.04)
        except OSError:
            return

    began = time.monotonic()
    assert reason_of(MediaFetcher(settings_for(serve(answer)), seconds=0.5)) is MediaFailure.TOO_SLOW
    assert time.monotonic() - began < 2


def test_an_answer_that_breaks_off_is_no_attachment(serve: Serve) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"half")

    assert reason_of(MediaFetcher(settings_for(serve(answer)))) is MediaFailure.CONNECTION


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, MediaFailure.NOT_THERE),
        (410, MediaFailure.NOT_THERE),
        (401, MediaFailure.NOT_LET_IN),
        (403, MediaFailure.NOT_LET_IN),
        (429, MediaFailure.PROVIDER_ERROR),
        (500, MediaFailure.PROVIDER_ERROR),
        (204, MediaFailure.PROVIDER_ERROR),
        (206, MediaFailure.PROVIDER_ERROR),
    ],
)
def test_every_other_answer_has_its_reason(serve: Serve, status: int, reason: MediaFailure) -> None:
    assert reason_of(MediaFetcher(settings_for(serve(says(status))))) is reason


def test_nobody_listening_is_worth_another_try(serve: Serve) -> None:
    settings = make_settings("postgresql://nobody@localhost/none", TWILIO_API_URL="http://127.0.0.1:9")

    assert reason_of(MediaFetcher(settings)) is MediaFailure.CONNECTION

"""Attachments at Meta, against a server that answers as the Cloud API does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import make_settings
from meta_place import MetaPlace, meta_place

from cases.vocabulary import MediaFailure
from hotline.media.addresses import NotFetched
from hotline.media.meta_media import MetaMedia

PICTURE = b"\x89PNG\r\n" + bytes(1000)
LARGEST = 5_000


@pytest.fixture
def place() -> Iterator[MetaPlace]:
    with meta_place() as made:
        made.media["123"] = (PICTURE, "image/png")
        yield made


def media(place: MetaPlace, **changes: str) -> MetaMedia:
    return MetaMedia(make_settings("postgresql://nowhere/nothing", **place.settings() | changes))


def why(media: MetaMedia, source: str = "meta:123", *, largest: int = LARGEST) -> MediaFailure:
    with pytest.raises(NotFetched) as refused:
        media.fetch(source, largest=largest)
    return refused.value.reason


def test_the_bytes_are_fetched_and_can_be_deleted(place: MetaPlace) -> None:
    assert media(place).fetch("meta:123", largest=LARGEST).content == PICTURE
    assert media(place).delete("meta:123")
    assert place.deleted == ["123"]
    assert why(media(place)) is MediaFailure.NOT_THERE


def test_bytes_that_are_not_the_described_ones_are_refused(place: MetaPlace) -> None:
    place.media_sha256 = "0" * 64

    assert why(media(place)) is MediaFailure.PROVIDER_ERROR


def test_what_is_too_large_is_not_even_fetched(place: MetaPlace) -> None:
    assert why(media(place), largest=100) is MediaFailure.TOO_LARGE


def test_a_wrong_token_is_told(place: MetaPlace) -> None:
    assert why(media(place, META_ACCESS_TOKEN="not-the-token")) is MediaFailure.NOT_LET_IN


@pytest.mark.parametrize("source", ["meta:", "meta:../x", "meta:1?x=1", "meta:a/b"])
def test_what_is_no_id_is_not_asked_for(place: MetaPlace, source: str) -> None:
    assert why(media(place), source) is MediaFailure.WRONG_ADDRESS


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://lookaside.fbsbx.com:8443/x",
        "http://lookaside.fbsbx.com/x",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "",
    ],
)
def test_the_token_is_said_to_the_store_alone(place: MetaPlace, url: str) -> None:
    outside = MetaMedia(
        make_settings("postgresql://nowhere/nothing", **place.settings()),
        resolver=lambda host, port: ["169.254.169.254" if host[0].isdigit() else "93.184.215.14"],
    )

    with pytest.raises(NotFetched) as refused:
        outside._store_hop(url)
    assert refused.value.reason is MediaFailure.WRONG_ADDRESS


def test_the_store_is_known_by_its_names(place: MetaPlace) -> None:
    outside = MetaMedia(
        make_settings("postgresql://nowhere/nothing", **place.settings()),
        resolver=lambda host, port: ["93.184.215.14"],
    )

    hop = outside._store_hop("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&ext=2&hash=x")
    assert (hop.address, hop.port) == ("93.184.215.14", 443)

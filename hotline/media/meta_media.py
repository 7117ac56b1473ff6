"""Attachments at Meta: asked for by their id, then fetched from an address that lives five minutes."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlunsplit

from cases.vocabulary import MediaFailure
from hotline.config import Settings, is_loopback
from hotline.media.addresses import Hop, NotFetched, Resolver, resolve
from hotline.media.fetch import TOTAL_SECONDS, Fetched, connected, read_body
from hotline.media.pinned import WrongAddress, hop_to

SCHEME = "meta:"
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_STORE_HOST = re.compile(r"([a-z0-9-]+\.)+(fbsbx\.com|fbcdn\.net|whatsapp\.net)")
_MOST_JSON = 64 * 1024


class MetaMedia:
    """Fetches and deletes what `meta:ID` names. Our token is said to the API and to Meta's store of media, whose
    names are known, and to nobody else; redirects are not followed."""

    def __init__(
        self, settings: Settings, *, resolver: Resolver = resolve, seconds: float = TOTAL_SECONDS
    ) -> None:
        self._api = settings.meta_api_url
        self._token = settings.meta_access_token
        self._played = is_loopback(settings.meta_api_url)
        self._resolver = resolver
        self._seconds = seconds

    def fetch(self, source_url: str, *, largest: int) -> Fetched:
        """At most `largest` bytes, which must be those that Meta described. Raises NotFetched."""
        ends = time.monotonic() + self._seconds
        told = _told(self._ask("GET", self._api_hop(source_url), _MOST_JSON, ends))
        size = told.get("file_size")
        if isinstance(size, int) and size > largest:
            raise NotFetched(MediaFailure.TOO_LARGE)
        content = self._ask("GET", self._store_hop(str(told.get("url") or "")), largest, ends)
        expected = told.get("sha256")
        if isinstance(expected, str) and expected.lower() != hashlib.sha256(content).hexdigest():
            raise NotFetched(MediaFailure.PROVIDER_ERROR)
        return Fetched(content, None)

    def delete(self, source_url: str) -> bool:
        """True when it is gone, also when it was gone before. Never raises for what a provider does."""
        try:
            self._ask("DELETE", self._api_hop(source_url), _MOST_JSON, time.monotonic() + self._seconds)
        except NotFetched as refused:
            return refused.reason is MediaFailure.NOT_THERE
        return True

    def _api_hop(self, source_url: str) -> Hop:
        media_id = source_url.removeprefix(SCHEME)
        if not self._token or not _ID.fullmatch(media_id):
            raise NotFetched(MediaFailure.WRONG_ADDRESS)
        return self._hop(f"{self._api}/{media_id}")

    def _store_hop(self, url: str) -> Hop:
        hop = self._hop(url)
        if self._played and is_loopback(url):
            return hop
        if not _STORE_HOST.fullmatch(hop.host) or hop.port != 443:
            raise NotFetched(MediaFailure.WRONG_ADDRESS)
        return hop

    def _hop(self, url: str) -> Hop:
        try:
            return hop_to(url, loopback=self._played, resolver=self._resolver)
        except WrongAddress as error:
            raise NotFetched(MediaFailure.WRONG_ADDRESS) from error

    def _ask(self, method: str, hop: Hop, largest: int, ends: float) -> bytes:
        headers = {"Host": hop.url.netloc, "Authorization": f"Bearer {self._token}", "User-Agent": "hotline"}
        try:
            with connected(hop, ends) as connection:
                target = urlunsplit(("", "", hop.url.path or "/", hop.url.query, ""))
                connection.request(method, target, headers=headers)
                answer = connection.getresponse()
                _refuse_status(answer.status)
                content = read_body(answer, largest)
                if time.monotonic() >= ends:
                    raise NotFetched(MediaFailure.TOO_SLOW)
                return content
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # A connection that the watch cut dies in many ways; what counts is that time was up.
            late = time.monotonic() >= ends
            raise NotFetched(MediaFailure.TOO_SLOW if late else MediaFailure.CONNECTION) from error


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotFetched(MediaFailure.PROVIDER_ERROR) from error
    if not isinstance(told, dict):
        raise NotFetched(MediaFailure.PROVIDER_ERROR)
    return told


def _refuse_status(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise NotFetched(MediaFailure.NOT_THERE)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise NotFetched(MediaFailure.NOT_LET_IN)
    raise NotFetched(MediaFailure.PROVIDER_ERROR)

"""Did Meta send this request? (X-Hub-Signature-256: HMAC of the body as it came, keyed with the app's secret.)"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

_HEADER_PREFIX = "sha256="
_HEX_DIGITS = 64


class SignatureCheck:
    """Accepts what any of the secrets signed, so that one can be changed without losing a message. Hostile input
    gives False, never an exception."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [secret.encode() for secret in secrets if secret]
        if not self._keys:
            raise ValueError("without an app secret no signature can be checked")

    def accepts(self, body: bytes, header: str) -> bool:
        """True when the signature fits the body and one of the secrets."""
        if not header.startswith(_HEADER_PREFIX) or not header.isascii():
            return False
        given = header.removeprefix(_HEADER_PREFIX).lower()
        if len(given) != _HEX_DIGITS:
            return False
        # Every secret is tried, so that the time taken does not tell which one fits.
        fits = [hmac.compare_digest(signature_for(key, body), given) for key in self._keys]
        return any(fits)


def signature_for(secret: bytes, body: bytes) -> str:
    """The hexadecimal signature of a body."""
    return hmac.digest(secret, body, "sha256").hex()

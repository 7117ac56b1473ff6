"""Did Twilio send this request? (Twilio's webhook security; SharedKey signing of September 2026.)"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from flask import Request
from twilio.request_validator import RequestValidator, get_signature_algorithm

_SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
_LONGEST_SIGNATURE = 200


class SignatureCheck:
    """Checks signatures over the configured public address; never over the Host header, which anyone can set.

    Both auth tokens count while they are being rotated. Hostile input gives False, never an exception.
    """

    def __init__(self, public_url: str, tokens: Sequence[str]) -> None:
        self._public_url = public_url
        self._validators = [RequestValidator(token) for token in tokens if token]
        if not self._validators:
            raise ValueError("without an auth token no signature can be checked")

    def accepts(self, request: Request) -> bool:
        """True when the signature fits one of the tokens."""
        try:
            return self._fits(request)
        except (TypeError, ValueError, KeyError, UnicodeError):
            return False

    def _fits(self, request: Request) -> bool:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not signature or len(signature) > _LONGEST_SIGNATURE:
            return False
        query = request.query_string.decode("ascii")
        url = self._public_url + request.path + (f"?{query}" if query else "")
        if request.mimetype == "application/x-www-form-urlencoded":
            params: object = request.form
        elif request.mimetype == "application/json" and "bodySHA256" in request.args:
            params = request.get_data().decode("utf-8")
        else:
            return False
        algorithm = get_signature_algorithm(request.headers.get(_SETTINGS_HEADER))
        # Every token is tried, so that the time taken does not tell which one fits.
        answers = [_is_signed(v, url, params, signature, algorithm) for v in self._validators]
        return any(answers)


def _is_signed(validator: RequestValidator, url: str, params: object, signature: str, algorithm: str) -> bool:
    """Whether this token signed it. Nearly every request is a form signed over the address as configured, which costs
    one hash; the library's own check then tries what else Twilio may sign: the address with a port or without, a body
    by its hash."""
    as_configured = not isinstance(params, str) and hmac.compare_digest(
        validator.compute_signature(url, params, algorithm).encode(), signature.encode()
    )
    return as_configured or bool(validator.validate(url, params, signature, algorithm=algorithm))

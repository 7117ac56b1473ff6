"""Signing as Twilio does, for those who play Twilio's part."""

from __future__ import annotations

from collections.abc import Mapping

from twilio.request_validator import RequestValidator


def signature_for(auth_token: str, url: str, parameters: Mapping[str, str]) -> str:
    """The `X-Twilio-Signature` of a form posted to this address."""
    return str(RequestValidator(auth_token).compute_signature(url, dict(parameters)))

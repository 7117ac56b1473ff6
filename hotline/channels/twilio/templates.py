"""Twilio's Content API: which templates the account has, how far WhatsApp's approval is, and submitting ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from cases.services.templates import ListedTemplate
from cases.vocabulary import TemplateState
from hotline.channels.twilio.credentials import Credentials
from hotline.channels.twilio.sender import RebasedHttpClient
from hotline.config import Settings
from hotline.wording.templates import OurTemplate, template_by_key

_CONTENT = "https://content.twilio.com/v1/Content"
_MOST = 1000


class ContentUnavailable(Exception):
    """Twilio does not answer, or not with what was asked for. `args` names the kind of failure."""


class TwilioContent:
    """The templates of the account, by the Content API."""

    def __init__(self, settings: Settings) -> None:
        self._credentials = Credentials(settings, lambda: RebasedHttpClient(settings.twilio_api_url))

    def listed(self) -> list[ListedTemplate]:
        """Our templates as the provider has them. Raises ContentUnavailable."""
        try:
            found = self._credentials.ask(
                lambda client: client.content.v1.content_and_approvals.list(limit=_MOST)
            )
        except (TwilioException, requests.RequestException, ValueError) as error:
            raise ContentUnavailable(type(error).__name__) from error
        return list(_ours(found))

    def submit(self, template: OurTemplate) -> str:
        """Make a template and ask WhatsApp to approve it; returns its id. Raises ContentUnavailable."""
        try:
            made = self._post(
                _CONTENT,
                {
                    "friendly_name": template.key,
                    "language": template.whatsapp_language,
                    "variables": template.samples,
                    "types": {"twilio/text": {"body": template.body}},
                },
            )
            sid = str(made["sid"])
            asked = {"name": template.key, "category": template.category}
            self._post(f"{_CONTENT}/{sid}/ApprovalRequests/whatsapp", asked)
        except (TwilioException, requests.RequestException, ValueError, KeyError) as error:
            raise ContentUnavailable(type(error).__name__) from error
        return sid

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        def ask(client: Client) -> dict[str, Any]:
            answer = client.request("POST", url, data=body, headers={"Content-Type": "application/json"})
            if not 200 <= answer.status_code < 300:
                raise TwilioRestException(answer.status_code, url)
            return dict(json.loads(answer.text))

        return self._credentials.ask(ask)


def _ours(found: list[Any]) -> Iterator[ListedTemplate]:
    for one in found:
        template = template_by_key(one.friendly_name or "")
        if template is None:
            continue
        approval = one.approval_requests or {}
        body = _body_of(one.types or {})
        yield ListedTemplate(
            content_sid=one.sid,
            name=template.name,
            language=template.language,
            body=body,
            category=approval.get("category") or None,
            state=_state_of(approval.get("status")),
            rejection_reason=approval.get("rejection_reason") or None,
            is_current=body == template.body,
        )


def _body_of(types: dict[str, Any]) -> str:
    return next((str(content.get("body") or "") for content in types.values() if content), "")


def _state_of(word: object) -> TemplateState:
    """A word that we do not know keeps a template from being used."""
    return next((state for state in TemplateState if state.value == word), TemplateState.UNSUBMITTED)

"""The words of an attempt: a wording with its values, or one list of the pages that travel together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cases.services.outbox import Attempt, Carried
from cases.vocabulary import Channel
from hotline.config import Settings
from hotline.security.links import PAGE, REFERRAL, sign
from hotline.wording import render, word
from hotline.wording.templates import OurTemplate, our_templates


def words_of(attempt: Attempt, settings: Settings, *, most_named: int) -> str:
    """What is sent. Pages that travel together are counted and named, the most urgent first."""
    if attempt.carried:
        return _words_of_bundle(attempt, settings, most_named)
    values = values_of(attempt, settings)
    if attempt.channel is Channel.CALL:
        return render("call_page", attempt.language, **values)
    if attempt.content_sid is not None and (template := _template_of(attempt)) is not None:
        return template.fill(values)[1]
    return render(attempt.wording or "neutral_reply", attempt.language, **values)


def variables_of(attempt: Attempt, settings: Settings) -> dict[str, str]:
    """What fills the places of the template that an attempt uses."""
    template = _template_of(attempt)
    return template.fill(values_of(attempt, settings))[0] if template else {}


def values_of(attempt: Attempt, settings: Settings) -> dict[str, str]:
    """What fills the places of a wording, the signed link among them."""
    return _values(attempt.parameters, attempt.language, settings)


def _template_of(attempt: Attempt) -> OurTemplate | None:
    return our_templates().get((attempt.wording or "", attempt.language))


def _words_of_bundle(attempt: Attempt, settings: Settings, most_named: int) -> str:
    own = Carried(attempt.wording or "", attempt.parameters, attempt.created_at)
    pages = sorted([own, *attempt.carried], key=_how_urgent)
    language = attempt.language
    named = [_line(page, language) for page in pages[:most_named]]
    if len(pages) > most_named:
        named.append(word("bundle", "more", language).format(count=len(pages) - most_named))
    first = _values(pages[0].parameters, language, settings)
    return render("page_bundle", language, count=str(len(pages)), pages="\n".join(named), link=first["link"])


def _how_urgent(page: Carried) -> tuple[str, Any]:
    return str(page.parameters.get("urgency") or "U4"), page.created_at


def _line(page: Carried, language: str) -> str:
    given = page.parameters
    about = word("page", page.wording.removeprefix("page_"), language)
    return f"{given.get('urgency')} {given.get('reference')} {about}: {given.get('code')}"


def _values(parameters: Mapping[str, Any], language: str, settings: Settings) -> dict[str, str]:
    values = {name: str(value) for name, value in parameters.items() if value is not None}
    if values.get("step"):
        values["step"] = word("step", values["step"], language)
    base, secret = settings.public_url, settings.secret_key
    if "page" in values:
        values["link"] = f"{base}/p/{sign(PAGE, UUID(values['page']), secret_key=secret)}"
    elif "referral" in values:
        values["link"] = f"{base}/r/{sign(REFERRAL, UUID(values['referral']), secret_key=secret)}"
    return values

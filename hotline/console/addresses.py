"""Addresses made from the present one. What a reader typed into the address is data, never an option of `url_for`."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request, url_for

# A form that was refused is answered under its own address, which cannot be opened by a link.
_HOME_OF_FORMS: dict[str, tuple[str, str | None]] = {
    "console.assign_many": ("console.queue", None),
    "console.act": ("console.case", "reference"),
    "console.referral": ("console.case", "reference"),
    "console.register_it": ("console.register", None),
    "console.incident_of_case": ("console.case", "reference"),
    "portal.answer": ("portal.referral", "token"),
}


def with_arguments(path: str, arguments: dict[str, str], **more: str) -> str:
    """A path with the arguments of a query, `more` taking precedence."""
    together = {**arguments, **more}
    return f"{path}?{urlencode(together)}" if together else path


def in_language(language: str) -> str:
    """This page in another language, with its filters; from a refused form, the page that holds the form."""
    home = _HOME_OF_FORMS.get(request.endpoint or "")
    if request.method != "GET" and home is not None:
        endpoint, name = home
        arguments = {name: (request.view_args or {})[name]} if name else {}
        return url_for(endpoint, **arguments, lang=language)
    # A filter may stand in the address more than once.
    given = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*given, ('lang', language)])}"

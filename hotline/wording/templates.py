"""Our wordings as templates for WhatsApp: the same words, with numbered places."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from hotline.wording import LANGUAGES, WORKER_LANGUAGES, wording_of

_FILE = Path(__file__).with_name("templates.toml")
_PLACE = re.compile(r"\{(\w+)\}")
_PREFIX = "trc"


@dataclass(frozen=True, slots=True)
class OurTemplate:
    """One wording in one language, as WhatsApp is asked to approve it. `places` names what stands in {{1}}, {{2}} …"""

    name: str
    language: str
    whatsapp_language: str
    category: str
    body: str
    places: tuple[str, ...] = ()
    samples: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its name at the provider."""
        return f"{_PREFIX}_{self.name}_{self.language}"

    def fill(self, values: dict[str, str]) -> tuple[dict[str, str], str]:
        """The variables to send and the words that result. Raises KeyError for a value that is missing."""
        variables = {str(number): values[place] for number, place in enumerate(self.places, start=1)}
        words = self.body
        for number, value in variables.items():
            words = words.replace("{{" + number + "}}", value)
        return variables, words


@cache
def our_templates() -> dict[tuple[str, str], OurTemplate]:
    """Every template we want, by wording and language."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    found = {}
    for group, languages in (("person", WORKER_LANGUAGES), ("duty", LANGUAGES)):
        for name in data[group]["names"]:
            for language in languages:
                ends = data[group].get("ends", {}).get(language, "")
                places, body = _numbered(wording_of(name, language), ends)
                found[name, language] = OurTemplate(
                    name=name,
                    language=language,
                    whatsapp_language=data["languages"][language],
                    category=data["category"],
                    body=body,
                    places=places,
                    samples={
                        str(number): data["samples"][place] for number, place in enumerate(places, start=1)
                    },
                )
    return found


def template_by_key(key: str) -> OurTemplate | None:
    """The template that has this name at the provider; None for one that is not ours."""
    return {template.key: template for template in our_templates().values()}.get(key)


def _numbered(words: str, ends: str) -> tuple[tuple[str, ...], str]:
    """The places in their order, and the words with numbers in them. A place that comes twice keeps its number."""
    places = tuple(dict.fromkeys(_PLACE.findall(words)))
    body = _PLACE.sub(lambda place: "{{" + str(places.index(place[1]) + 1) + "}}", words)
    return places, body + ends if body.endswith("}}") else body

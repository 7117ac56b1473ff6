"""The reference data an act needs, loaded once and passed as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from cases.rules.codes import CodeBook
from cases.rules.triage import Classifier
from escalation.queries.directory import directory, open_endpoints
from escalation.queries.on_call import Contacts, contacts_of_agencies
from escalation.rules.places import AreaIndex
from escalation.rules.policy import Policy
from escalation.rules.routing import Directory, RoutingRules
from escalation.services.load_areas import load_areas
from escalation.services.load_codes import load_codes
from escalation.services.load_countries import Country, load_countries
from escalation.services.load_policy import load_policy
from escalation.services.load_routing import load_routing
from escalation.services.load_triage import load_triage


@dataclass(frozen=True, slots=True)
class Book:
    """Classifier, policy, routing rules, short codes and directory, each of one version."""

    classifier: Classifier
    policy: Policy
    routing: RoutingRules
    directory: Directory
    contacts: Contacts
    areas: AreaIndex
    countries: dict[str, Country]
    codes: CodeBook
    # The machines of agencies that have one, by agency.
    endpoints: Mapping[UUID, UUID] = field(default_factory=dict)


def load_book(session: Session) -> Book:
    """Read the shipped data files and the directory in the database."""
    found = directory(session)
    return Book(
        classifier=load_triage(),
        policy=load_policy(),
        routing=load_routing(),
        directory=found,
        contacts=contacts_of_agencies(session, list(found.by_id)),
        areas=load_areas(),
        countries=load_countries(),
        codes=load_codes(),
        endpoints=open_endpoints(session),
    )

"""The agencies in the database as routing wants them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Agency, PartnerEndpoint
from escalation.rules.routing import AgencyEntry, Directory


def directory(session: Session) -> Directory:
    """All active agencies, indexed."""
    return Directory.of(
        AgencyEntry(
            id=agency.id,
            key=agency.key,
            kind=agency.kind,
            country=agency.country,
            province_code=agency.province_code,
            regency_code=agency.regency_code,
            city=agency.city,
            is_main=agency.is_main,
            timezone=agency.timezone,
            weekend=frozenset(int(day) for day in agency.weekend.split("-") if day),
            accredited=tuple(agency.accredited),
        )
        for agency in session.scalars(select(Agency).where(Agency.active))
    )


def open_endpoints(session: Session) -> dict[UUID, UUID]:
    """The machines that are told of referrals, by agency."""
    query = select(PartnerEndpoint.agency_id, PartnerEndpoint.id).where(PartnerEndpoint.closed_at.is_(None))
    return {row.agency_id: row.id for row in session.execute(query)}

"""What of her consent holds: the latest word about an agency, and her last word to all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from cases.vocabulary import ConsentPurpose


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the ledger; `agency_id` None: to all of them."""

    agency_id: UUID | None
    purpose: ConsentPurpose
    given: bool


def consent_holds(ledger: Iterable[Said], agency_id: UUID | None, purpose: ConsentPurpose) -> bool | None:
    """True: given and not taken back; False: taken back; None: nothing was ever said. Lines are in the order in which
    they were said; one to all speaks of every agency."""
    holds: bool | None = None
    for said in ledger:
        if said.purpose is purpose and said.agency_id in {None, agency_id}:
            holds = said.given
    return holds

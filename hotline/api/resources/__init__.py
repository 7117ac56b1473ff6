"""The endpoints, one noun a file."""

from hotline.api.resources import (
    agencies,
    attachments,
    cases,
    clocks,
    handling,
    incidents,
    messages,
    parties,
    persons,
    referrals,
    reports,
    tasks,
    users,
)

BLUEPRINTS = (
    cases.blueprint,
    messages.blueprint,
    parties.blueprint,
    persons.blueprint,
    tasks.blueprint,
    attachments.blueprint,
    handling.blueprint,
    incidents.blueprint,
    referrals.blueprint,
    clocks.blueprint,
    agencies.blueprint,
    users.blueprint,
    reports.blueprint,
)
